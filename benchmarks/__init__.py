"""What the package promises about speed and memory, measured.

``make bench`` (``python -m benchmarks``) measures this package against what one would
write by hand with torch and numpy:

- ``train``, ``fallback``: ``fit`` beside a loop over torch's own recurrent modules,
  with our compiled kernel and without it;
- ``network``: forward and backward passes alone, and their share of what a matrix
  product reaches;
- ``overhead``, ``skorch``: what surrounds the network, and plain skorch;
- ``predict``, ``windows``, ``import``: prediction, windows, imports;
- ``esn-states``, ``esn-fit``, ``esn-memory``, ``esn-windows``, ``esn-choice``,
  ``esn-accuracy``, ``esn-vowels``: echo state networks, beside reservoirpy and PyRCN,
  which the first run installs into environments of their own (and sktime, for data).

``python -m benchmarks sizes`` compares our kernel with torch's modules over sizes.
``make bench-search`` (``python -m benchmarks.search``) measures whole grid searches,
``make bench-peers`` (``python -m benchmarks.peers``) other packages, each in its own
environment. ``make bench-accuracy`` (``python -m benchmarks.accuracy``) measures how
well forecasters forecast, beside simple ones.
"""

import os

# Libraries read these when they are loaded, so this stands before any other import.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
