"""Echo state networks of this package and of others.

`cases` runs each module in a fresh interpreter of its package's environment, with a
question on the command line; `_work` says which.
"""
