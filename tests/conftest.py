"""What all tests share."""

import os

# The suite runs in as many processes as there are cores: threads on top of that only
# wait for each other. Set here, before anything loads torch or a BLAS, it costs nothing
# to tests that load neither, and reaches the processes that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Has scikit-learn's check of array API input run; it is read when scipy is loaded.
os.environ.setdefault("SCIPY_ARRAY_API", "1")
