"""Columns of multivariate series that one model forecasts each by itself."""

from dataclasses import replace

import numpy as np

__all__ = ["join_columns", "split_requests", "split_series"]


def split_series(known):
    """Return the columns of series, each as a series of its own.

    Parameters
    ----------
    known : dict of tuple to KnownSeries
        The series.

    Returns
    -------
    columns : dict of tuple to KnownSeries
        Series by series, column by column; the keys have the number of the column at
        their end.
    """
    columns = [one for series in known.values() for one in _columns(series)]
    return {column.key: column for column in columns}


def split_requests(requests):
    """Return requests for the columns of series, request by request."""
    return [
        replace(request, series=column)
        for request in requests
        for column in _columns(request.series)
    ]


def join_columns(forecasts, requests):
    """Return forecasts of whole series from those of their columns.

    Parameters
    ----------
    forecasts : list of ndarray of shape (n_steps, 1) or (n_steps, 1, n_levels)
        As `split_requests` orders them.
    requests : list of Request
        Of the series.

    Returns
    -------
    forecasts : list of ndarray of shape (n_steps, n_columns) or with n_levels as well
    """
    counts = [request.series.values.shape[1] for request in requests]
    firsts = np.cumsum([0, *counts])
    return [
        np.concatenate(forecasts[first : first + count], axis=1)
        for first, count in zip(firsts[:-1], counts, strict=True)
    ]


def _columns(series):
    """Return the columns of a series, each as a series of its own."""
    return [
        replace(
            series,
            key=(*series.key, number),
            values=series.values[:, [number]],
            is_column=True,
        )
        for number in range(series.values.shape[1])
    ]
