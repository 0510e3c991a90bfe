"""Ridges that learn from new examples exactly, without reading the earlier ones."""

from copy import copy
from dataclasses import dataclass

import numpy as np
from sklearn.utils import gen_batches

from sklearn_rnn._recurrent.base import BaseRecurrent
from sklearn_rnn._recurrent.ridge_alone import ridge_alone, ridge_rows, with_coef
from sklearn_rnn._ridge.factor import RidgeFactor

from ._any_regressor import is_closed_form
from ._window_layout import are_settled, that_tell_units

__all__ = ["ExactRidge", "extend"]

_MOST_NUMBERS = 2**24  # of a factor; 128 MiB
_CHUNK = 2**20  # numbers of a chunk of rows


@dataclass(frozen=True)
class ExactRidge:
    """A fitted regressor that is a ridge.

    Parameters
    ----------
    regressor : Ridge or BaseRecurrent
        Of scikit-learn; or a network on a ridge that made no step.
    strength : float
        Of the penalty, absolute; above 0.
    has_intercept : bool
        Whether the ridge has an intercept.
    n_columns, n_outputs : int
        Numbers of columns and outputs.
    """

    regressor: object
    strength: float
    has_intercept: bool
    n_columns: int
    n_outputs: int

    @classmethod
    def of(cls, regressor):
        """Return a fitted regressor as a ridge, or None if it cannot learn exactly.

        It cannot if it is no ridge; has no penalty; is positive; or is solved to a
        tolerance; or if its factor takes more than 128 MiB.
        """
        if isinstance(regressor, BaseRecurrent):
            linear_part = ridge_alone(regressor)
            if linear_part is None:
                return None
            ridge = linear_part.ridge
            found = cls(regressor, ridge.strength, True, *ridge.coef.shape)
        elif is_closed_form(regressor):
            if np.ndim(regressor.alpha) > 0:
                return None
            n_outputs, n_columns = np.atleast_2d(regressor.coef_).shape
            found = cls(
                regressor,
                float(regressor.alpha),
                bool(regressor.fit_intercept),
                n_columns,
                n_outputs,
            )
        else:
            return None
        n_numbers = found.n_columns * (found.n_columns + found.n_outputs)
        return found if found.strength > 0 and n_numbers <= _MOST_NUMBERS else None

    def start(self):
        """Return the factor of no example."""
        return RidgeFactor.empty(
            self.n_columns,
            self.n_outputs,
            strength=self.strength,
            has_intercept=self.has_intercept,
        )

    def add(self, factor, examples):
        """Return a factor with further examples.

        Parameters
        ----------
        factor : RidgeFactor
            Of earlier examples.
        examples : Examples
            New.
        """
        if isinstance(self.regressor, BaseRecurrent):
            chunks = ridge_rows(self.regressor, examples.X, examples.y)
        else:
            size = max(1, _CHUNK // self.n_columns)
            flat = examples.X.reshape(len(examples), -1)
            chunks = (
                (flat[rows].astype(np.float64), examples.y[rows])
                for rows in gen_batches(len(examples), size)
            )
        for Z, targets in chunks:
            factor = factor.add(Z, targets)
        return factor

    def solved(self, factor):
        """Return a copy of the regressor with the weights that a factor tells."""
        regressor = self.regressor
        coef, intercept = factor.solve()
        if isinstance(regressor, BaseRecurrent):
            return with_coef(regressor, coef, intercept)
        changed = copy(regressor)
        changed.coef_ = coef.T.reshape(regressor.coef_.shape)
        if self.has_intercept:
            # A single output has a number; some releases have an array of one.
            shape = np.shape(regressor.intercept_)
            changed.intercept_ = intercept.reshape(shape) if shape else intercept[0]
        return changed


@dataclass(frozen=True)
class Learnt:
    """All that ridges have learnt from, in closed form.

    It is not stored in pickles: the known series tell it.

    Parameters
    ----------
    factors : list of RidgeFactor
        One for each ridge.
    known : dict of tuple to KnownSeries
        The series of the examples.
    """

    factors: list
    known: dict

    def is_start_of(self, known, layout):
        """Tell whether the examples of `known` begin with those that were learnt.

        They do not if known rows were revised, or if a longer series has no use for
        the shortest of its windows any more.

        Parameters
        ----------
        known : dict of tuple to KnownSeries
            The series.
        layout : Layout
            Of the windows.
        """
        for key, old in self.known.items():
            new = known.get(key)
            if new is old:
                continue
            n_rows = len(old)
            if new is None or len(new) < n_rows:
                return False
            begins = [layout.ends(len(series))[:1] for series in (old, new)]
            if len(begins[0]) and begins[0] != begins[1]:
                return False
            for name in ("values", "covariates"):
                if not np.array_equal(getattr(new, name)[:n_rows], getattr(old, name)):
                    return False
        return True

    def first_targets(self, known):
        """Return the first new row of each series with new rows."""
        return {
            key: len(self.known[key]) if key in self.known else 0
            for key, series in known.items()
            if series is not self.known.get(key)
        }


def extend(before, ridges, known, layout, gather):
    """Return the factors of ridges that have learnt from all examples.

    Parameters
    ----------
    before : Learnt or None
        All that the ridges had learnt from, if it is kept.
    ridges : list of ExactRidge
        The ridges.
    known : dict of tuple to KnownSeries
        All series.
    layout : Layout
        Of the windows.
    gather : callable
        ``gather(known, first_target)`` returns examples, and which of them tell a unit,
        as `DirectModel` does; or None.

    Returns
    -------
    factors : list of RidgeFactor
        One for each ridge.
    learnt : Learnt or None
        To be kept; None if later examples may change the units of these.
    """
    if before is not None and before.is_start_of(known, layout):
        factors, first_targets = before.factors, before.first_targets(known)
    else:
        factors, first_targets = [ridge.start() for ridge in ridges], None
    gathered = gather(known, first_targets)
    is_settled = True
    if gathered is not None:
        examples, told = gathered
        if first_targets is None:
            is_settled = are_settled(told)
            examples = that_tell_units(examples, told)
        else:
            examples = examples.at(told)
        factors = [
            ridge.add(factor, examples)
            for ridge, factor in zip(ridges, factors, strict=True)
        ]
    return factors, Learnt(factors, known) if is_settled else None
