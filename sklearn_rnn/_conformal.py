"""Conformal quantiles of forecast errors, by horizon and series, and their levels."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, t
from sklearn.isotonic import isotonic_regression

__all__ = ["AdaptiveLevels", "ResidualQuantiles", "find_surprises", "in_part"]

# Spans, as long as the farthest horizon, of residuals of usual size that may be added
# to the residuals of a series, the first unless another does better
_PRIORS = (4.0, 1.0, 0.25)
_MOST_GROUPS = 8  # of residuals, by time; each is left out in turn
# Weight of a group relative to the group after it, with many series. The errors of the
# latest rows are the most like those to come. A few series have too few.
_DECAY = 0.5
_MANY_SERIES = 20
# Powers of the recent change of a series that the size of its errors may follow
_EXPONENTS = (0.0, 0.25, 0.5)
_LEAST_CHANGE = 0.1  # of the usual change
_JUDGED = ((0.8, 1.0), (0.95, 0.5))  # coverages that an exponent is judged by; weights
# Degrees of freedom of errors: over the number of spans without a common row that they
# fill, and at least. Half of the first, or of the second, makes most intervals of 40
# rows too wide.
_FREEDOM, _LEAST_FREEDOM = 2.0, 4.0
_COVERAGES = np.append(np.arange(1_000) / 1_000, 0.9995)  # at which sizes are kept
_MOST_RESIDUALS = 2_000_000  # that quantiles are of; of more, every second, third, ...

# Step of a level, over the rate at which intervals are to miss. Errors twice as large
# are met after some forty rows, and levels of steady errors stay near their own.
_STEP = 0.1
_LEVELS = np.append(np.arange(1, 100) / 100, 0.995)  # coverages that are followed
_MOST_SCORES = 64  # errors of a row that levels follow
_MOST_NUMBERS = 2**22  # in comparisons that are made at a time

# A recent error that is this many times as large as all earlier errors shows a change.
_SURPRISING = 4.0


@dataclass(frozen=True)
class ResidualQuantiles:
    """Conformal quantiles of residuals, scaled by horizon, series and recent change.

    A residual is modelled as the product of the scale of its horizon, the scale of its
    series, a power of the recent change of its series, and a draw from one
    distribution. The scale of the horizon does not fall as the horizon grows.

    Residuals are grouped by time, and divided by scales that come from the other
    groups. The quotients are then as large as those of new errors, which no scale has
    seen either.

    Parameters
    ----------
    horizon_scale : ndarray of shape (n_horizons, n_columns)
        Mean absolute residual, in scaled units.
    series_scale : ndarray of shape (n_series,)
        Scale of each series relative to all series.
    exponent : float
        Power of the recent change.
    usual_change : ndarray of shape (n_columns,)
        Mean of the recent changes.
    sizes : ndarray of shape (n_coverages,)
        Standardised absolute error within which a new error is with each probability
        of a grid from 0 to .9995.
    """

    horizon_scale: np.ndarray
    series_scale: np.ndarray
    exponent: float
    usual_change: np.ndarray
    sizes: np.ndarray

    @classmethod
    def fit(cls, residuals, keys, age, changes, horizons):
        """Learn from residuals of rows held out.

        Parameters
        ----------
        residuals : ndarray of shape (n_samples, n_horizons, n_columns)
            In scaled units; NaN if a sample has no residual at a horizon.
        keys : ndarray of shape (n_samples,)
            Number of the series of each sample.
        age : ndarray of shape (n_samples, n_horizons)
            Number of rows of the series after the row of each residual.
        changes : ndarray of shape (n_samples, n_columns)
            Recent change of the series before each sample, in scaled units.
        horizons : ndarray of shape (n_horizons,)
            Numbers of rows ahead, increasing.
        """
        every = -(-residuals.size // _MOST_RESIDUALS)
        some = slice((len(keys) - 1) % every, None, every)  # with the latest
        n_series = keys.max() + 1
        residuals, keys, age = residuals[some], keys[some], age[some]
        usual = changes.mean(axis=0)
        usual = np.where(usual > 0, usual, 1.0)
        changes = changes[some]
        groups = _Groups(residuals, keys, age, n_series, int(horizons[-1]))
        exponents = _EXPONENTS if changes.any() else _EXPONENTS[:1]
        factors = {of: _factors(changes, usual, of) for of in exponents}
        priors = _PRIORS if groups.tell_series else _PRIORS[:1]
        best, prior = min(
            ((groups.fit(factors[0.0], of), of) for of in priors), key=_score_of
        )
        others = [(groups.fit(factors[of], prior), of) for of in exponents[1:]]
        (_, *scales, sizes, ranks), exponent = min(
            [(best, 0.0), *others], key=_score_of
        )
        # Errors whose horizons overlap are not independent.
        n_spans = groups.n_rows / np.mean(horizons)
        freedom = max(_LEAST_FREEDOM, _FREEDOM * n_spans)
        sizes = _predictive_sizes(sizes, ranks, freedom)
        return cls(*scales, exponent, usual, sizes)

    def factors(self, changes):
        """Return the factors of errors after recent changes, (..., n_columns)."""
        return _factors(changes, self.usual_change, self.exponent)

    def scales(self, numbers):
        """Return the scales of errors, by horizon and series.

        Parameters
        ----------
        numbers : ndarray of shape (n_samples,)
            Numbers of series, which may have no residuals.

        Returns
        -------
        scales : ndarray of shape (n_samples, n_horizons, n_columns)
            In scaled units.
        """
        series_scale = np.append(self.series_scale, 1.0)
        scales = series_scale[np.minimum(numbers, len(self.series_scale))]
        return scales[:, np.newaxis, np.newaxis] * self.horizon_scale

    def size(self, coverage):
        """Return the standardised error that intervals of a coverage reach to.

        Parameters
        ----------
        coverage : float
            At 0 and below the size is 0; at 1 and above it is infinite.
        """
        if coverage >= 1:
            return np.inf
        return float(np.interp(coverage, _COVERAGES, self.sizes))

    def coverage(self, sizes):
        """Return the coverage of the least intervals that hold standardised errors.

        It is 1 for an error that only an infinite interval holds, and NaN for NaN.
        """
        found = np.interp(sizes, self.sizes, _COVERAGES)
        return np.where(sizes > self.sizes[-1], 1.0, found)


class _Groups:
    """Absolute residuals of several series, grouped by time.

    Parameters
    ----------
    residuals, keys, age
        As in `ResidualQuantiles.fit`.
    n_series : int
        Number of series, some without residuals.
    reach : int
        The farthest horizon; a group spans as many rows at least.
    """

    def __init__(self, residuals, keys, age, n_series, reach):
        self.sizes, self.keys, self.n_series = np.abs(residuals), keys, n_series
        self.is_in = np.isfinite(residuals)
        n_horizons = residuals.shape[1]
        has = self.is_in.any(axis=2)
        span = int(age[has].max()) + 1
        length = max(reach, -(-span // _MOST_GROUPS))
        self.n_groups = -(-span // length)
        self.group = np.minimum(age // length, self.n_groups - 1)  # 0 is the latest
        self.n_rows = len(np.unique((keys[:, np.newaxis] * span + age)[has]))
        # Number of the series, the group and the horizon of each residual
        cells = keys[:, np.newaxis] * self.n_groups + self.group
        self.cells = cells * n_horizons + np.arange(n_horizons)
        self.counts = self._sum(self.is_in)
        # Number of residuals in a span of a series as long as the farthest horizon
        self.of_span = self.is_in.sum() * reach / self.n_rows
        # Whether a series is known by other groups than that of a residual
        self.tell_series = self.n_groups > 1 and n_series > 1
        # Each horizon counts alike.
        many = len(np.unique(keys)) >= _MANY_SERIES
        weights = ((_DECAY if many else 1.0) ** self.group)[:, :, np.newaxis]
        weights = weights / np.maximum(self.is_in.sum(axis=0), 1)
        self.weights = weights[self.is_in]
        mean = np.nansum(self.sizes, axis=0) / np.maximum(self.is_in.sum(axis=0), 1)
        least = max(1e-300, 1e-9 * mean.max(initial=0.0))
        self.usual = np.broadcast_to(np.maximum(mean, least), self.sizes.shape)

    def _sum(self, parts):
        """Sum up by cells: (n_series, n_groups, n_horizons, n_columns)."""
        n_horizons, n_columns = parts.shape[1:]
        shape = self.n_series, self.n_groups, n_horizons
        cells = self.cells.ravel()
        sums = [
            np.bincount(cells, parts[..., j].ravel(), np.prod(shape)).reshape(shape)
            for j in range(n_columns)
        ]
        return np.stack(sums, axis=-1)

    def fit(self, factors, prior):
        """Fit scales of residuals.

        Parameters
        ----------
        factors : ndarray of shape (n_samples, n_columns)
            Residuals are divided by them.
        prior : float
            Spans of residuals of usual size that are added to those of a series.

        Returns
        -------
        score : float
            Mean interval score of the residuals, by scales of the other groups; of a
            single series by the scales of all groups.
        horizon_scale : ndarray of shape (n_horizons, n_columns)
        series_scale : ndarray of shape (n_series,)
        sizes, ranks : ndarray of shape (n_residuals,)
            Residuals standardised by these scales, increasing, and the share of
            residuals, by weight, that are not larger.
        """
        factors, added = factors[:, np.newaxis], prior * self.of_span
        totals = self._sum(np.where(self.is_in, self.sizes / factors, 0.0))
        total, count = totals.sum(axis=0), self.counts.sum(axis=0)
        horizon_scale = _rising(total.sum(axis=0), count.sum(axis=0))
        # (n_groups, n_horizons, n_columns): scales from the other groups
        others = np.array(
            [
                _rising(*rest, otherwise=horizon_scale)
                for rest in zip(
                    total.sum(axis=0) - total, count.sum(axis=0) - count, strict=True
                )
            ]
        )
        series_scale = np.ones(self.n_series)
        series_others = np.ones((self.n_series, self.n_groups))
        if self.tell_series:
            of_group = self.counts.sum(axis=(2, 3))
            # (n_series, n_groups, n_groups): of a group, over scales without a group
            relative = np.einsum("sahc,ghc->sag", totals, 1 / others)
            apart = 1 - np.eye(self.n_groups)
            series_others = (np.einsum("sag,ag->sg", relative, apart) + added) / (
                of_group @ apart + added
            )
            relative = (totals / horizon_scale).sum(axis=(1, 2, 3))
            series_scale = (relative + added) / (of_group.sum(axis=1) + added)
        if self.n_series == 1:
            # Its few groups, of models that knew fewer and fewer rows, differ more from
            # each other than the rows to come differ from all of them.
            others = np.broadcast_to(horizon_scale, others.shape)
        scales = others[self.group, np.arange(self.group.shape[1])]
        scales = scales * factors
        scales *= series_others[self.keys[:, np.newaxis], self.group][:, :, np.newaxis]
        scales, found = scales[self.is_in], self.sizes[self.is_in]
        standard = found / scales
        order = np.argsort(standard)
        sizes, ranks = standard[order], np.cumsum(self.weights[order])
        ranks /= ranks[-1]
        score = 0.0
        for coverage, weight in _JUDGED:
            widths = scales * np.interp(coverage, ranks, sizes)
            missed = np.maximum(found - widths, 0.0)
            scores = (widths + missed / (1 - coverage)) / self.usual[self.is_in]
            score += weight * np.average(scores, weights=self.weights)
        return score, horizon_scale, series_scale, sizes, ranks


def _score_of(candidate):
    """Return the score of a fit, which stands first in a candidate."""
    return candidate[0][0]


def _rising(total, count, otherwise=None):
    """Return means that do not fall along the first axis, and are above 0.

    Parameters
    ----------
    total, count : ndarray of shape (n_horizons, n_columns)
        Sums, and numbers of what is summed up.
    otherwise : ndarray of shape (n_horizons, n_columns) or None, default=None
        Means where there is nothing to sum up; None: 0.
    """
    means = np.zeros_like(total) if otherwise is None else otherwise.copy()
    np.divide(total, count, out=means, where=count > 0)
    if len(means) > 1:
        weights = np.maximum(count, 1e-6)
        for j in range(means.shape[1]):
            means[:, j] = isotonic_regression(means[:, j], sample_weight=weights[:, j])
    return np.maximum(means, 1e-12)


def _factors(changes, usual, exponent):
    """Return a power of changes, over the usual change and not far below it."""
    return np.maximum(changes / usual, _LEAST_CHANGE) ** exponent


def _predictive_sizes(sizes, ranks, freedom):
    """Return the sizes within which a new error is with the probabilities of the grid.

    Parameters
    ----------
    sizes, ranks : ndarray of shape (n_residuals,)
        Standardised residuals, increasing, and the share that is not larger.
    freedom : float
        Number of independent errors that the scale is estimated from.
    """
    n = len(sizes)
    # The new residual has any rank among n + 1 exchangeable residuals.
    wanted = _COVERAGES * (n + 1) / n
    found = np.interp(wanted, np.r_[0.0, ranks], np.r_[0.0, sizes])
    normal = norm.ppf((1 + _COVERAGES) / 2)
    # Beyond the largest residual, the tail is that of a normal distribution.
    last = norm.ppf((1 + n / (n + 1)) / 2)
    found = np.where(wanted > 1, found * normal / last, found)
    # The scale is uncertain: normal errors over their scale have Student's t.
    found[1:] *= t.ppf((1 + _COVERAGES[1:]) / 2, freedom) / normal[1:]
    return np.maximum.accumulate(found)


@dataclass(frozen=True)
class AdaptiveLevels:
    r"""Levels of intervals that follow the coverage of the rows that come.

    A series starts with the level :math:`\beta_1 = 1 - \alpha`, the coverage that is
    asked for. With each row the level takes a step,

    .. math::

        \beta_{t+1} = \beta_t + \gamma (e_t - \alpha),

    where :math:`e_t` is the part of the row's errors that intervals of level
    :math:`\beta_t` miss, and :math:`\gamma = \alpha / 10`. Whatever the errors are,
    the mean of :math:`e_t` over :math:`T` rows differs from :math:`\alpha` by at most
    :math:`(\max(\alpha, 1 - \alpha) + \gamma) / (\gamma T)`.

    Parameters
    ----------
    levels : ndarray of shape (n_series, n_coverages)
        Levels of each series, for a grid of coverages from .01 to .995.

    References
    ----------
    .. Gibbs, I., Candes, E. (2021). Adaptive conformal inference under distribution
       shift. NeurIPS 34, 1660-1672.
    """

    levels: np.ndarray

    @classmethod
    def start(cls):
        """Return levels of no series; each series starts with those asked for."""
        return cls(np.empty((0, len(_LEVELS))))

    def moved(self, numbers, coverages):
        """Return the levels after rows have come.

        Parameters
        ----------
        numbers : ndarray of shape (n_new,)
            Numbers of the series with new rows.
        coverages : ndarray of shape (n_new, n_rows, n_scores)
            Coverage of the least interval that holds each error, in order of time; NaN
            where there is none.

        Returns
        -------
        moved : AdaptiveLevels
        """
        n_series = max(len(self.levels), int(numbers.max()) + 1)
        levels = np.tile(_LEVELS, (n_series, 1))
        levels[: len(self.levels)] = self.levels
        rate = 1 - _LEVELS
        scores = coverages[:, :, :: -(-coverages.shape[2] // _MOST_SCORES)]
        size = max(1, _MOST_NUMBERS // (len(_LEVELS) * scores.shape[2]))
        for first in range(0, len(numbers), size):
            some = numbers[first : first + size]
            for row in range(scores.shape[1]):
                of_row = scores[first : first + size, row]  # (n_some, n_scores)
                n_told = np.isfinite(of_row).sum(axis=1)
                told = n_told > 0
                own = levels[some[told]]
                is_missed = of_row[told, np.newaxis] > own[:, :, np.newaxis]
                missed = is_missed.sum(axis=2) / n_told[told, np.newaxis]
                levels[some[told]] = own + _STEP * rate * (missed - rate)
        return AdaptiveLevels(levels)

    def at(self, coverage, number=None):
        """Return the level that stands for a coverage.

        It is no lower than the levels of less coverage, so that quantiles rise.

        Parameters
        ----------
        coverage : float
            In [0, 1).
        number : int or None, default=None
            Number of the series; None for a new series.
        """
        if number is None or number >= len(self.levels):
            return coverage
        levels = np.maximum.accumulate(np.append(0.0, self.levels[number]))
        known = np.r_[0.0, _LEVELS, 1.0]
        return float(np.interp(coverage, known, np.append(levels, max(1, levels[-1]))))


def in_part(alpha):
    """Return the part of an error of unknown size that a quantile takes in.

    Parameters
    ----------
    alpha : float or list of float
        Levels of quantiles, in (0, 1).

    Returns
    -------
    part : float or ndarray of shape (n_levels,)
        From -1 to 1: the whole error at the quartiles and beyond, none at the median.
    """
    return np.clip(4 * np.asarray(alpha) - 2, -1.0, 1.0)


def find_surprises(missed, keys, is_recent):
    """Return the largest recent error of each series, if it exceeds all before by far.

    An error of the last rows that is far larger than all earlier errors shows that the
    series has changed, and that the next rows may have errors as large.

    Parameters
    ----------
    missed : ndarray of shape (n_samples, n_horizons, n_columns)
        Errors; NaN if a row has none at a horizon.
    keys : ndarray of shape (n_samples,)
        Number of the series of each row.
    is_recent : ndarray of shape (n_samples, n_horizons)
        Whether a target is among the last rows of its series.

    Returns
    -------
    surprises : ndarray of shape (n_series, n_columns)
        0 if no recent error is far larger, or there is no earlier error. The largest
        over all horizons, as the near horizons are the last to show a change.
    """
    sizes = np.nan_to_num(np.abs(missed))
    is_recent = is_recent[:, :, np.newaxis]
    recent, earlier = np.zeros((2, keys.max(initial=0) + 1, sizes.shape[2]))
    np.maximum.at(recent, keys, np.where(is_recent, sizes, 0.0).max(axis=1))
    np.maximum.at(earlier, keys, np.where(is_recent, 0.0, sizes).max(axis=1))
    has_earlier = np.zeros((len(recent), 1), bool)
    is_told = np.isfinite(missed).any(axis=2) & ~is_recent[:, :, 0]
    has_earlier[keys[is_told.any(axis=1)]] = True
    return np.where(has_earlier & (recent > _SURPRISING * earlier), recent, 0.0)
