"""Measurements of the speed, memory and accuracy that the package promises.

``make bench`` (``python -m benchmarks``) compares this package with code written by
hand on torch and numpy:

- ``train``, ``fallback``: ``fit`` beside a loop over torch's own recurrent modules,
  with our compiled kernel and without it;
- ``network``: forward and backward passes alone, and their share of the rate of a
  matrix product;
- ``overhead``, ``skorch``: the work around the network, and plain skorch;
- ``effort``: a fit at the defaults, which chooses how long to train, beside a fit of
  300 steps;
- ``predict``, ``windows``, ``import``: prediction, windows, imports;
- ``esn-states``, ``esn-fit``, ``esn-memory``, ``esn-windows``, ``esn-choice``,
  ``esn-accuracy``, ``esn-vowels``: echo state networks, beside reservoirpy and PyRCN.
  The first run installs both into environments of their own, and sktime for its data.

``python -m benchmarks sizes`` compares our kernel with torch's modules over sizes.
``make bench-search`` (``python -m benchmarks.speed.search``) measures whole grid
searches, ``make bench-peers`` (``python -m benchmarks.speed.peers``) other packages,
each in its own environment. ``make bench-accuracy`` (``python -m benchmarks.accuracy``)
measures the accuracy of forecasters and of networks at their defaults, beside simple
models.

`speed`, `accuracy` and `echo_state` hold the cases; `_samples` has series for several
of them. The modules in their folders ``peers`` run in the environments of other
packages, and import nothing that such an environment may lack.
"""

import os

# Libraries read these variables when they are loaded, so that they are set before any
# other import.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
