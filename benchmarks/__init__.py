"""What the package promises about speed and memory, measured.

``make bench`` (``python -m benchmarks``) measures this package against what one
would write by hand with torch and numpy; ``make bench-peers``
(``python -m benchmarks.peers``) measures other packages, each in its own environment.
"""

import os

# Libraries read these when they are loaded, so this stands before any other import.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
