"""Series of one length side by side, so that one call computes for many of them."""

import numpy as np

__all__ = ["apart", "groups_of", "side_by_side"]

_MOST_VALUES = 2**22  # in a group


def groups_of(keys, width):
    """Return the numbers of equal keys, in groups that are not too large.

    Parameters
    ----------
    keys : list of hashable
        One for each series.
    width : callable
        The number of values that a series with a key adds to its group.

    Returns
    -------
    groups : list of list of int
        In the order in which the keys first appear; the numbers of a group increase.
    """
    by_key = {}
    for number, key in enumerate(keys):
        by_key.setdefault(key, []).append(number)
    groups = []
    for key, numbers in by_key.items():
        size = max(1, int(_MOST_VALUES // max(1, width(key))))
        groups += [numbers[at : at + size] for at in range(0, len(numbers), size)]
    return groups


def side_by_side(series):
    """Put series of one length side by side.

    Parameters
    ----------
    series : list of ndarray of shape (n_rows_i, n_columns)
        The series.

    Yields
    ------
    numbers : list of int
        Numbers of the series of a group.
    values : ndarray of shape (n_rows, n_group * n_columns)
        Their columns, series after series.
    """
    lengths = [len(values) for values in series]
    n_columns = series[0].shape[1] if series else 1
    for numbers in groups_of(lengths, lambda n_rows: n_rows * n_columns):
        if len(numbers) == 1:
            yield numbers, series[numbers[0]]
        else:
            yield numbers, np.concatenate([series[n] for n in numbers], axis=1)


def apart(values, n_series):
    """Return values of series side by side, series after series.

    Parameters
    ----------
    values : ndarray of shape (..., n_series * n_columns)
        Values of the columns.
    n_series : int
        Number of series.

    Returns
    -------
    values : ndarray of shape (n_series, ..., n_columns)
    """
    values = values.reshape(*values.shape[:-1], n_series, -1)
    return np.moveaxis(values, -2, 0)
