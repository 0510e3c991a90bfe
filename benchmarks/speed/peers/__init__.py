"""The time of an optimiser step, ours beside other packages'.

Each module without a leading underscore trains the network of a cell, ``lstm`` or
``gru``, which is its argument, and prints the time of one optimiser step. ``__main__``
runs the modules in turn, each in a fresh interpreter of its package's environment.
"""
