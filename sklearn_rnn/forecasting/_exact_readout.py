"""Readouts of echo state networks that learn from new rows exactly."""

from copy import copy
from dataclasses import dataclass

import numpy as np

from ._closed_loop import Continued, Network, examples, longer

__all__ = ["ReadSeries", "read_to_end", "relearn", "start_at_end"]

_MOST_NUMBERS = 2**24  # of states of new rows that are held at once; 128 MiB


@dataclass(frozen=True)
class ReadSeries:
    """A series that a readout has learnt from, and the state that it leaves.

    Parameters
    ----------
    z, covariates : ndarray of shape (n_rows, n_columns) and (n_rows, n_covariates)
        A scaled series and its covariates.
    state : ndarray of shape (1, n_states)
        State of the reservoir before the last row is read.
    """

    z: np.ndarray
    covariates: np.ndarray
    state: np.ndarray

    def begins(self, z, covariates):
        """Tell whether a series begins with all rows of this series."""
        n_rows = len(self.z)
        return np.array_equal(z[:n_rows], self.z) and np.array_equal(
            covariates[:n_rows], self.covariates
        )


def relearn(network, series, read):
    """Return a network whose readout is fitted to all rows of all series.

    The reservoir, the scales and the candidate strengths are those of the network. Rows
    that it has read are not read again, unless they were revised, or the moments kept
    of them lack digits.

    Parameters
    ----------
    network : Network
        It stays as it is.
    series : dict of tuple to (z, covariates)
        All scaled series and their covariates.
    read : dict of tuple to ReadSeries or None
        The series that the readout of the network was fitted to, if they are known.

    Returns
    -------
    network : Network
        The new network.
    read : dict of tuple to ReadSeries
        The series that its readout was fitted to.
    """
    esn = copy(network.esn)  # learning replaces attributes, never changes them
    new = Network(esn, network.is_centered)
    if read is not None and _is_continued(series, read, esn):
        rows, read = _read_rows(new, series, read)
        if not rows or esn._learn_rows(*map(np.concatenate, zip(*rows, strict=True))):
            return new, read
    else:
        read = read_to_end(new, series)
    esn._relearn(*examples(longer(series.values(), esn.washout), new.is_centered))
    return new, read


def read_to_end(network, series):
    """Return series as a network has read them.

    Parameters
    ----------
    network : Network
        The network.
    series : dict of tuple to (z, covariates)
        Scaled series and their covariates.

    Returns
    -------
    read : dict of tuple to ReadSeries
    """
    return {
        key: ReadSeries(z, covariates, _state_at_end(network, z, covariates, None))
        for key, (z, covariates) in series.items()
    }


def start_at_end(network, z, covariates, ahead, read=None):
    """Return the start of a loop at the end of a series.

    Parameters
    ----------
    network : Network
        That runs the loop.
    z, covariates : ndarray of shape (n_rows, n_columns) and (n_rows, n_covariates)
        A scaled series and its covariates.
    ahead : ndarray of shape (n_steps, n_covariates)
        Covariates of the rows that follow.
    read : ReadSeries or None, default=None
        The first rows of the series, if their state is known and they were not revised.
    """
    if read is not None and not read.begins(z, covariates):
        read = None
    state = _state_at_end(network, z, covariates, read)
    step = np.diff(z[-2:], axis=0, prepend=z[-2:][:1])[-1:]
    return Continued(state, z[-1:], step, ahead[np.newaxis])


def _is_continued(series, read, esn):
    """Tell whether series begin with all that was read, and few rows follow."""
    n_new = 0
    for key, (z, _) in series.items():
        n_new += len(z) - (len(read[key].z) if key in read else 0)
    n_columns = len(esn._network().coef)
    return n_new * n_columns <= _MOST_NUMBERS and all(
        key in series and old.begins(*series[key]) for key, old in read.items()
    )


def _unread(network, z, covariates, read):
    """Return the inputs that are not read yet, their targets, and the state before.

    Returns
    -------
    x : ndarray of shape (n_steps, n_features)
        Scaled as the reservoir reads them.
    y : ndarray of shape (n_steps, n_columns)
        The row, or difference, that follows each step.
    state : ndarray of shape (1, n_states)
    """
    (x,), (y,) = examples([(z, covariates)], network.is_centered)
    n_read = 0 if read is None else len(read.z) - 1
    state = network.esn.reservoir_.rest(1) if read is None else read.state
    return network.esn._network().scale_steps(x[n_read:]), y[n_read:], state


def _state_at_end(network, z, covariates, read):
    """Return the state before the last row is read, (1, n_states)."""
    x, _, state = _unread(network, z, covariates, read)
    return network.esn.reservoir_.run(x[np.newaxis], state) if len(x) else state


def _read_rows(network, series, read):
    """Read the rows of series that are not read yet.

    Returns
    -------
    rows : list of tuple (Z, y)
        Rows of the readout and targets, of series with new rows after the washout.
    read : dict of tuple to ReadSeries
        All series.
    """
    esn, now, rows = network.esn, dict(read), []
    readout_rows, n_states = esn._network().readout_rows, esn.reservoir_.n_states
    for key, (z, covariates) in series.items():
        old = read.get(key)
        x, y, state = _unread(network, z, covariates, old)
        if old is not None and not len(x):
            continue
        Z = np.empty((1, len(x), readout_rows.n_columns))
        if len(x):
            state = esn.reservoir_.run(x[np.newaxis], state, states=Z[:, :, :n_states])
        if readout_rows.direct_input:
            Z[0, :, n_states:] = x
        now[key] = ReadSeries(z, covariates, state)
        first = max(0, esn.washout - (len(z) - 1 - len(x)))
        if len(x) > first:
            rows.append((Z[0, first:], y[first:]))
    return rows, now
