"""Drive a reservoir through runs of rows."""

from dataclasses import dataclass

import numpy as np

__all__ = ["N_KEPT", "ReservoirRuns"]

# Rows kept of the end of each series: a block that begins within them goes on from the
# state before it.
N_KEPT = 20

# Runs side by side, and states in a buffer: some 8 MB of float64.
_MOST_LANES = 64
_MOST_STATES = 2**20


@dataclass(frozen=True)
class ReservoirRuns:
    """Runs end to end, those of a series next to each other.

    Parameters
    ----------
    x : ndarray of shape (n_steps, n_features)
        Their rows, kept and given.
    firsts, ends : ndarray of shape (n_runs,)
        Where in `x` each run begins, and where it is over.
    series : ndarray of shape (n_runs,)
        Number of each run's series.
    goes_on : ndarray of shape (n_runs,)
        Whether a run begins with the first of the rows kept of its series.
    places : ndarray of shape (n_steps,)
        Place of each row among those given, -1 of a row kept.
    """

    x: np.ndarray
    firsts: np.ndarray
    ends: np.ndarray
    series: np.ndarray
    goes_on: np.ndarray
    places: np.ndarray

    @classmethod
    def of(cls, runs, n_rows, dtype):
        """Lay out `runs`, which hold `n_rows` rows given."""
        x = np.concatenate([runs.before, runs.values], dtype=dtype, casting="same_kind")
        places = np.full(len(x), -1)
        places[len(runs.before) :][runs.given] = np.arange(n_rows)
        firsts = len(runs.before) + runs.begins
        firsts[0] = 0
        ends = np.append(firsts[1:], len(x))
        return cls(x, firsts, ends, runs.series, runs.goes_on, places)

    def go_to_end(self, reservoir, kept, n_series, states=None):
        """Drive the reservoir to where the rows to keep of each series begin.

        Parameters
        ----------
        reservoir : Reservoir
            The reservoir, in one setting.
        kept : ndarray of shape (n_series_before, n_states)
            States before the first of the rows kept of each series up to now.
        n_series : int
            Number of series from now on; the new ones come after.
        states : ndarray of shape (n_rows, n_states) or None, default=None
            Overwritten with the states after each of the rows given.

        Returns
        -------
        kept : ndarray of shape (n_series, n_states)
            States before the first of the rows to keep of each series.
        """
        starts, firsts = self.starts(kept), self.firsts.copy()
        cuts, runs = self.cuts()
        at_cuts = starts[runs]
        self.drive(reservoir, firsts[runs], cuts - firsts[runs], at_cuts, states)
        if states is not None:  # the rest of these runs, and the other ones
            firsts[runs], starts[runs] = cuts, at_cuts
            self.drive(reservoir, firsts, self.ends - firsts, starts, states)
        kept = np.concatenate([kept, reservoir.rest(n_series - len(kept))])
        kept[self.series[runs]] = at_cuts
        return kept

    def n_needed(self):
        """Count the rows of each run up to the last one given, (n_runs,)."""
        given = np.flatnonzero(self.places >= 0)
        runs = np.searchsorted(self.firsts, given, side="right") - 1
        n_needed = np.zeros(len(self.firsts), dtype=np.intp)
        n_needed[runs] = given - self.firsts[runs] + 1  # of equal runs the last counts
        return n_needed

    def cuts(self):
        """Return where in `x` the rows to keep of each series begin, and their runs."""
        is_last = np.append(self.series[1:] != self.series[:-1], True)
        is_first = np.append(True, is_last[:-1])
        cuts = np.maximum(self.ends[is_last] - N_KEPT, self.firsts[is_first])
        return cuts, np.searchsorted(self.firsts, cuts, side="right") - 1

    def starts(self, kept):
        """Return the state before each run, (n_runs, n_states).

        Parameters
        ----------
        kept : ndarray of shape (n_series, n_states)
            States before the first of the rows kept of each series.
        """
        starts = np.zeros((len(self.firsts), kept.shape[1]), self.x.dtype)
        starts[self.goes_on] = kept[self.series[self.goes_on]]
        return starts

    def drive(self, reservoir, firsts, n_steps, state, states=None):
        """Drive the reservoir through parts of runs, side by side.

        Parameters
        ----------
        reservoir : Reservoir
            The reservoir, in one setting.
        firsts, n_steps : ndarray of shape (n_parts,)
            Where in `x` each part begins, and how many rows it has.
        state : ndarray of shape (n_parts, n_states)
            States before each part; overwritten with those after it.
        states : ndarray of shape (n_rows, n_states) or None, default=None
            Overwritten, where the rows given have their places, with their states.
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
                # (n_lanes, n): where in x the next rows of each lane are
                steps = firsts[lanes][:, np.newaxis] + np.arange(n_done, n_done + n)
                state[lanes] = self._drive_lanes(reservoir, steps, state[lanes], states)
                n_done += n

    def _drive_lanes(self, reservoir, steps, state, states):
        """Drive lanes through the rows at `steps`, and return their states after it."""
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
    """Return the part of `states` that one lane fills, or None where it is none.

    Parameters
    ----------
    states : ndarray of shape (n_rows, n_states)
        The states.
    places : ndarray of shape (n_lanes, n_steps)
        Rows of `states`; -1: none.

    Returns
    -------
    part : ndarray of shape (1, n_steps, n_states) or None
        A view, where there is one lane and its rows lie one after another.
    """
    n_lanes, n_steps = places.shape
    first = places[0, 0]
    if n_lanes > 1 or first < 0 or (np.diff(places[0]) != 1).any():
        return None
    return states[np.newaxis, first : first + n_steps]
