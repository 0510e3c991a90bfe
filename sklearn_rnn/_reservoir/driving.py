"""Runs of rows that drive a reservoir."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sklearn_rnn._windows.runs import Runs

from .reservoir import Reservoir

__all__ = ["N_KEPT", "ReservoirRuns"]

# Rows kept of the end of each series: a block that begins within them continues from
# the state before its first row.
N_KEPT = 20

# Runs side by side, and numbers in a buffer of states: 8 MiB of float64.
_MOST_LANES = 64
_MOST_STATES = 2**20


_Floats = NDArray[np.floating]
_Ints = NDArray[np.intp]


@dataclass(frozen=True)
class ReservoirRuns:
    """Runs of rows, end to end; runs of the same series stand next to each other.

    A run is a stretch of rows through which a state continues. Its rows are kept rows,
    given rows of a call, or both.

    Parameters
    ----------
    x : ndarray of shape (n_steps, n_features)
        Rows of all runs.
    firsts, ends : ndarray of shape (n_runs,)
        First row of each run in `x`, and the row behind its last.
    series : ndarray of shape (n_runs,)
        Number of the series of each run.
    goes_on : ndarray of shape (n_runs,)
        Whether the run starts at the first kept row, so that its state can continue.
    places : ndarray of shape (n_steps,)
        Place of each row among the given rows, -1 for a kept row.
    """

    x: _Floats
    firsts: _Ints
    ends: _Ints
    series: _Ints
    goes_on: NDArray[np.bool_]
    places: _Ints

    @classmethod
    def of(cls, runs: Runs, n_rows: int, dtype: DTypeLike) -> Self:
        """Lay out runs with `n_rows` given rows."""
        x = np.concatenate([runs.before, runs.values], dtype=dtype, casting="same_kind")
        places = np.full(len(x), -1)
        places[len(runs.before) :][runs.given] = np.arange(n_rows)
        firsts = len(runs.before) + runs.begins
        firsts[0] = 0
        ends = np.append(firsts[1:], len(x))
        return cls(x, firsts, ends, runs.series, runs.goes_on, places)

    def go_to_end(
        self,
        reservoir: Reservoir,
        kept: _Floats,
        n_series: int,
        states: _Floats | None = None,
    ) -> _Floats:
        """Drive the reservoir to the first row to keep of each series.

        Parameters
        ----------
        reservoir : Reservoir
            Reservoir in one setting.
        kept : ndarray of shape (n_series_before, n_states)
            State before the first kept row of each series up to now.
        n_series : int
            Number of series from now on; new series come after the known ones.
        states : ndarray of shape (n_rows, n_states) or None, default=None
            Overwritten with the state after each given row.

        Returns
        -------
        kept : ndarray of shape (n_series, n_states)
            State before the first row to keep of each series.
        """
        starts, firsts = self.starts(kept), self.firsts.copy()
        cuts, runs = self.cuts()
        at_cuts = starts[runs]
        self.drive(reservoir, firsts[runs], cuts - firsts[runs], at_cuts, states)
        if states is not None:  # the rest of these runs, and the other runs
            firsts[runs], starts[runs] = cuts, at_cuts
            self.drive(reservoir, firsts, self.ends - firsts, starts, states)
        kept = np.concatenate([kept, reservoir.rest(n_series - len(kept))])
        kept[self.series[runs]] = at_cuts
        return kept

    def n_needed(self) -> _Ints:
        """Return the number of rows of each run up to its last given row, (n_runs,)."""
        given = np.flatnonzero(self.places >= 0)
        runs = np.searchsorted(self.firsts, given, side="right") - 1
        n_needed = np.zeros(len(self.firsts), dtype=np.intp)
        n_needed[runs] = given - self.firsts[runs] + 1  # the last of equal runs counts
        return n_needed

    def cuts(self) -> tuple[_Ints, _Ints]:
        """Return the first row to keep of each series in `x`, and its run."""
        is_last = np.append(self.series[1:] != self.series[:-1], True)
        is_first = np.append(True, is_last[:-1])
        cuts = np.maximum(self.ends[is_last] - N_KEPT, self.firsts[is_first])
        return cuts, np.searchsorted(self.firsts, cuts, side="right") - 1

    def starts(self, kept: _Floats) -> _Floats:
        """Return the state before each run, (n_runs, n_states).

        Parameters
        ----------
        kept : ndarray of shape (n_series, n_states)
            State before the first kept row of each series.
        """
        starts = np.zeros((len(self.firsts), kept.shape[1]), self.x.dtype)
        starts[self.goes_on] = kept[self.series[self.goes_on]]
        return starts

    def drive(
        self,
        reservoir: Reservoir,
        firsts: _Ints,
        n_steps: _Ints,
        state: _Floats,
        states: _Floats | None = None,
    ) -> None:
        """Drive the reservoir through parts of runs, side by side.

        Parameters
        ----------
        reservoir : Reservoir
            Reservoir in one setting.
        firsts, n_steps : ndarray of shape (n_parts,)
            First row of each part in `x`, and its number of rows.
        state : ndarray of shape (n_parts, n_states)
            State before each part; overwritten with the state after it.
        states : ndarray of shape (n_rows, n_states) or None, default=None
            Overwritten at the places of the given rows with the states after them.
        """
        longest_first = np.argsort(-n_steps, kind="stable")
        for at in range(0, len(n_steps), _MOST_LANES):
            lanes, n_done = longest_first[at : at + _MOST_LANES], 0
            while True:
                lanes = lanes[n_steps[lanes] > n_done]
                if len(lanes) == 0:
                    break
                n_most = max(1, _MOST_STATES // (len(lanes) * reservoir.n_states))
                n = min(n_steps[lanes[-1]] - n_done, n_most)
                # (n_lanes, n): the next rows of each lane in x
                steps = firsts[lanes][:, np.newaxis] + np.arange(n_done, n_done + n)
                state[lanes] = self._drive_lanes(reservoir, steps, state[lanes], states)
                n_done += n

    def _drive_lanes(self, reservoir, steps, state, states):
        """Drive lanes through rows `steps` of `x`, and return the states after them."""
        block = places = None
        if states is not None:
            places = self.places[steps]
            block = _rows_of(states, places)
        is_copy = block is None and states is not None
        if is_copy:
            block = np.empty((*steps.shape, reservoir.n_states), state.dtype)
        end = reservoir.run(self.x[steps], state, states=block)
        if is_copy:
            states[places[places >= 0]] = block[places >= 0]
        return end


def _rows_of(states, places):
    """Return the part of `states` that a single lane fills, or None.

    Parameters
    ----------
    states : ndarray of shape (n_rows, n_states)
        The states.
    places : ndarray of shape (n_lanes, n_steps)
        Rows of `states`; -1: no row.

    Returns
    -------
    part : ndarray of shape (1, n_steps, n_states) or None
        A view, where there is a single lane and its rows follow each other.
    """
    n_lanes, n_steps = places.shape
    first = places[0, 0]
    if n_lanes > 1 or first < 0 or (np.diff(places[0]) != 1).any():
        return None
    return states[np.newaxis, first : first + n_steps]
