"""Mixtures: means of forecasts that differ in kind, with weights from held-out rows."""

from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sklearn_rnn._recurrent.regressors import GRURegressor

from ._any_regressor import (
    MANY_EXAMPLES,
    fit_regressor,
    predict_regressor,
    seeded,
)
from ._mixture import fit_absolute_weights, fit_weights
from ._season import rows_a_season_before
from ._series_scale import transform, transform_limits
from ._theta import theta_forecasts

__all__ = ["Mixture", "Other", "fit_mixture", "with_ridge"]

_MOST_VALUES = 1 << 22  # rows of all origins that the Theta method reads at once
_MOST_ROWS = 1_000  # that it reads of a series, the latest
_MOST_SAMPLES = 4_000  # windows of all blocks that weights are fitted to
# Number of held-out spans, each as long as the farthest horizon, at which the penalty
# on the distance from the prior weights is halved.
_TELLING = 20


@dataclass(frozen=True)
class Other:
    """Networks that see series in other units than the first networks of a forecaster.

    Parameters
    ----------
    name : str
        Name of the member.
    model : DirectModel
        Fitted.
    choice : Choice
        Of their number of steps.
    """

    name: str
    model: Any
    choice: Any


@dataclass(frozen=True)
class Mixture:
    """Members of a forecast, and their weights.

    Parameters
    ----------
    names : list of str
        The regressor, then the ridge where it is another model, then networks in other
        units, then the forecasts that need no training.
    weights : ndarray of shape (n_members,)
        At least 0; their sum is 1.
    sp : int
        Number of rows in a season.
    ridge : estimator or None, default=None
        Fitted, where the ridge is a member with a weight.
    others : list of DirectModel, default=[]
        Networks in other units.
    """

    names: list
    weights: np.ndarray
    sp: int
    ridge: object = None
    others: list = field(default_factory=list)

    @property
    def has_ridge(self):
        """Whether the ridge is a member beside the regressor."""
        return "ridge" in self.names[1:]

    def predict_ridge(self, X):
        """Return the outputs of the ridge, (n_samples, n_outputs), 0 without weight."""
        return 0.0 if self.ridge is None else predict_regressor(self.ridge, X)

    def forecasts_in_other_units(self, origins):
        """Return the forecasts of the networks in other units, in the user's units.

        Parameters
        ----------
        origins : list of tuple (values, covariates, ends)
            As in `DirectModel.outputs`.

        Returns
        -------
        forecasts : list of ndarray of shape (n_origins, n_horizons, n_columns)
            0 for networks without weight.
        """
        weights = self.weights[1 + self.has_ridge :]
        return [
            model.forecasts(origins) if weight > 0 else np.zeros(1)
            for model, weight in zip(self.others, weights, strict=False)
        ]

    def trained_on(self, known, first_target=None):
        """Return the mixture with networks in other units that know new rows too.

        Parameters
        ----------
        known, first_target
            As in `DirectModel.examples`.
        """
        others = []
        for model in map(copy, self.others):
            examples = model.examples(known, first_target)
            if examples is not None:
                model.train_on(examples, known)
            others.append(model)
        return replace(self, others=others)

    def of(self, trained, parts, horizons):
        """Return the mixture of forecasts, in the user's units.

        Parameters
        ----------
        trained : list of ndarray of shape (n_origins, n_horizons, n_columns)
            Forecasts of the regressor, of the ridge if it is a member, and of networks
            in other units.
        parts : list of tuple (values, covariates, ends)
            Series, (n_rows, n_columns), their covariates, and numbers of known rows,
            one after another.
        horizons : ndarray of shape (n_horizons,)
            Numbers of rows ahead, from 1.

        Returns
        -------
        forecasts : ndarray of shape (n_origins, n_horizons, n_columns)
        """
        members = [*trained]
        if self.weights[len(trained) :].any():
            members += _simple_forecasts(parts, horizons, self.sp)
        return sum(
            weight * member
            for weight, member in zip(self.weights, members, strict=False)
            if weight > 0
        )

    def residuals(self, missed, spreads, keys, left, units, horizons):
        """Return what the mixture misses, from what its trained members miss.

        Parameters
        ----------
        missed : list of ndarray of shape (n_samples, n_horizons, n_columns)
            Row less forecast of the regressor and, if it is a member, of the ridge, in
            units of the windows.
        spreads, keys, left, horizons
            As in `Units.forecasts`.
        units : Units
            The series.

        Returns
        -------
        residuals : ndarray of shape (n_samples, n_horizons, n_columns)
            In units of the windows.
        """
        told = [units.forecasts(one, spreads, keys, left, horizons) for one in missed]
        actual, trained = told[0][0], [forecasts for _, forecasts in told]
        parts = units.parts(keys, left)
        trained += self.forecasts_in_other_units(parts)
        return _missed(actual, self.of(trained, parts, horizons), spreads, units.power)


def fit_mixture(view, choice, name, *, has_ridge, others=()):
    """Fit the weights of a mixture to the errors on the blocks held out.

    With many examples to learn from, as many errors tell of each weight, and the
    weights minimise absolute errors, as the networks do; else squared errors, which
    need fewer.

    Parameters
    ----------
    view : View
        The series as the fit sees them.
    choice : Choice
        Of the number of steps of the regressor, and its trials.
    name : str
        Name of the regressor.
    has_ridge : bool
        Whether the ridge is a member beside the regressor.
    others : sequence of Other, default=()
        Networks in other units.

    Returns
    -------
    mixture : Mixture
        Its weights are equal without a block.
    trials : list of Trial
        Residuals of the mixture on the blocks; NaN at windows that were left out.
    """
    horizons, power = view.model.layout.horizons, view.model.power
    # Blocks differ where the units of other networks tell of too few windows.
    others = [
        other for other in others if len(other.choice.trials) == len(choice.trials)
    ]
    names = [name, *(["ridge"] if has_ridge else [])]
    names += [other.name for other in others] + _simple_names(view.sp)
    models = [other.model for other in others]
    units, samples, errors = view.ruler.units, [], []
    n_all = sum(len(trial.keys) for trial in choice.trials)
    every = max(1, -(-n_all // _MOST_SAMPLES))
    n_spans = 0
    for number, trial in enumerate(choice.trials):
        at = _thin(trial, every)
        of_others = [other.choice.trials[number] for other in others]
        for of_other in of_others:
            at = at[_find(_at(trial, at), of_other)[1]]
        few = _at(trial, at)
        missed = [few.residuals[choice.best]]
        if has_ridge:
            ridge_trial = view.ridge_trials[number]
            missed.append(_at(ridge_trial, at).residuals[0])
        missed = [(one, few.spreads) for one in missed]
        for other, of_other in zip(others, of_others, strict=True):
            same = _at(of_other, _find(few, of_other)[0])
            missed.append((same.residuals[other.choice.best], same.spreads))
        low, high = view.past.limits(trial.n_rows)
        told = [
            units.forecasts(one, spreads, few.keys, few.left, horizons)
            for one, spreads in missed
        ]
        trained = [
            np.clip(forecasts, low[few.keys], high[few.keys]) for _, forecasts in told
        ]
        actual = told[0][0]
        actual = np.where(np.isnan(missed[0][0]), np.nan, actual)
        parts = units.parts(few.keys, few.left)
        members = [*trained, *_simple_forecasts(parts, horizons, view.sp)]
        changes = view.past.changes(trial.n_rows)[few.keys][:, np.newaxis]
        errors.append([((one - actual) / changes).ravel() for one in members])
        samples.append((trial, at, few.spreads, actual, members))
        n_held_out = int(np.isfinite(trial.residuals[0][:, -1, 0]).sum())
        n_spans += max(1, n_held_out // int(horizons[-1]))
    if not errors:
        weights = np.full(len(names), 1 / len(names))
        return Mixture(names, weights, view.sp, others=models), []
    shrinkage = 1 / (1 + n_spans / _TELLING)
    errors = np.concatenate(errors, axis=1)
    errors = errors[:, ~np.isnan(errors[0])]
    fit = fit_absolute_weights if len(view.examples) >= MANY_EXAMPLES else fit_weights
    weights = fit(errors, shrinkage=shrinkage)
    trials = []
    for trial, at, spreads, actual, members in samples:
        mixed = np.tensordot(weights, np.array(members), axes=1)
        residuals = np.full_like(trial.residuals[0], np.nan)
        residuals[at] = _missed(actual, mixed, spreads, power)
        trials.append(replace(trial, residuals=[residuals]))
    return Mixture(names, weights, view.sp, others=models), trials


def _missed(actual, mixed, spreads, power):
    """Return rows less forecasts in units of the windows, from the user's units."""
    moved = [transform(actual, power), transform_limits(mixed, power)]
    return np.subtract(*moved) / spreads[:, np.newaxis]


def with_ridge(mixture, examples):
    """Return a mixture with its ridge fitted to all examples."""
    if not mixture.has_ridge or mixture.weights[1] == 0:
        return mixture
    # A network that makes no step is its ridge.
    ridge = seeded(GRURegressor(linear_skip="ridge"), 0)
    fit_regressor(ridge, examples.X, examples.y, 0)
    return replace(mixture, ridge=ridge)


def _thin(trial, every):
    """Return the numbers of every so many windows of each series, the latest first."""
    # Windows of a series stand one after the other.
    is_new = np.r_[True, trial.keys[1:] != trial.keys[:-1]]
    number = np.arange(len(trial.keys))
    firsts = number[is_new]
    sizes = np.diff(np.r_[firsts, len(number)])
    from_end = np.repeat(firsts + sizes - 1, sizes) - number
    return number[from_end % every == 0]


def _find(trial, other):
    """Return where the windows of a trial stand in another, and which stand there.

    The windows of both stand in the order of series and time.
    """
    width = 1 + max(trial.left.max(initial=0), other.left.max(initial=0))
    wanted, there = (of.keys * width + width - 1 - of.left for of in (trial, other))
    places = np.minimum(np.searchsorted(there, wanted), len(there) - 1)
    return places, there[places] == wanted


def _at(trial, at):
    """Return a trial with some of its windows."""
    return replace(
        trial,
        residuals=[residuals[at] for residuals in trial.residuals],
        spreads=trial.spreads[at],
        keys=trial.keys[at],
        left=trial.left[at],
        changes=trial.changes[at],
    )


def _simple_names(sp):
    """Return the names of the members that need no training."""
    return ["Theta", "naive" if sp == 1 else "seasonal naive"]


def _simple_forecasts(parts, horizons, sp):
    """Return the forecasts that need no training, as `_simple_names` names them.

    Parameters
    ----------
    parts, horizons
        As in `Mixture.of`.
    sp : int
        Number of rows in a season.

    Returns
    -------
    forecasts : list of ndarray of shape (n_origins, n_horizons, n_columns)
        In the user's units.
    """
    shape = len(horizons), parts[0][0].shape[1]
    naive = [
        values[rows_a_season_before(0, np.maximum(ends, 1), horizons, sp)]
        for values, _, ends in parts
    ]
    rows, lengths = [], []
    for values, _, ends in parts:
        for end in np.maximum(ends, 1):
            known = values[max(0, end - _MOST_ROWS) : end]
            rows.append(known)
            lengths.append(len(known))
    lengths = np.array(lengths)
    theta = np.empty((len(rows), *shape))
    order = np.argsort(lengths, kind="stable")
    first = 0
    while first < len(order):
        # Series of about one length are padded to the longest.
        after = min(
            len(order), first + max(1, _MOST_VALUES // max(1, lengths[order[first]]))
        )
        while (
            after - first > 1 and lengths[order[after - 1]] > 2 * lengths[order[first]]
        ):
            after = first + (after - first) // 2
        some = order[first:after]
        longest = lengths[some].max()
        for column in range(shape[1]):
            padded = np.zeros((len(some), longest))
            for row, number in enumerate(some):
                padded[row, : lengths[number]] = rows[number][:, column]
            theta[some, :, column] = theta_forecasts(
                padded, lengths[some], horizons, sp
            )
        first = after
    return [theta, np.concatenate(naive)]
