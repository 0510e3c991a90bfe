"""Recurrent layers, compiled where the installation has it, and in plain torch.

Importing this package loads neither torch nor the compiled module.
"""
