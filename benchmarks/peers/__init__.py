"""Other packages' networks beside ours, each trained in an environment of its own.

A module of this package without a leading underscore trains one network and prints the
time of one optimiser step. ``__main__`` runs them in turn, each in a fresh interpreter.
"""
