"""Forecasts of other packages, each run in an environment of its own.

`packages` writes a request to a folder and runs the module of a package, which leaves
its forecasts there.
"""
