"""Other packages' networks beside ours, each trained in an environment of its own.

A module of this package without a leading underscore trains the network of the cell it
is given, ``lstm`` or ``gru``, and prints the time of one optimiser step. ``__main__``
runs them in turn, each in a fresh interpreter. Those in ``_esn`` and ``_forecasts`` are
asked by `echo_state` and by `accuracy`.
"""
