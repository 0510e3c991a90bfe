"""sktime's private names, all in one place.

sktime documents the methods that a forecaster defines: ``_fit``, ``_predict``,
``_update``, ``_predict_quantiles``, ``_pretrain`` and ``_pretrain_update``, and the
dicts ``_tags`` and ``_config``. The package uses further private names of sktime. All
of them stand in this module, so that a new release of sktime has one place to mend:

- overridden: ``_check_X_y``, ``_check_fh``, ``_set_cutoff_from_y``,
  ``_update_predict_single``, ``_predict_moving_cutoff`` and ``_generate_doc_link``;
- called: ``_check_X``, ``_get_varnames`` and ``_format_moving_cutoff_predictions``;
- read: ``_cutoff``, ``_fh``, ``_state``, ``_y_metadata`` and ``_converter_store_y`` of
  a forecaster, and ``_freq`` of a horizon;
- set: ``_y``, ``_X`` and ``_converter_store_y``.
"""

from copy import copy

import numpy as np
import pandas as pd
from sktime.datatypes import check_is_scitype, convert_to
from sktime.forecasting.base._base import _format_moving_cutoff_predictions

from sklearn_rnn._checks import is_integer, short

from ._given import as_numbers, raise_short

__all__ = ["SktimeHooks", "frequency_of"]

_MOST_STEPS = 10_000_000  # of a horizon


class SktimeHooks:
    """Mixin for a forecaster: reads and overrides sktime's private names.

    It stands left of sktime's ``BaseForecaster``. The forecaster defines
    ``_past_names``.
    """

    def __init__(self):
        super().__init__()
        self._y = self._X = None  # sktime keeps no copy of the data

    @classmethod
    def _generate_doc_link(cls):
        """Return the address of the forecaster's page, for sktime's diagrams."""
        return cls._doc_link_template.format(
            estimator_module="sklearn_rnn.forecasting", estimator_name=cls.__name__
        )

    def _check_X_y(self, X=None, y=None, **options):
        """Read X and y as sktime does, and shorten its errors."""
        # sktime empties this dict in place and refills it. A copy of the forecaster
        # shares the dict and must not change with it.
        self._converter_store_y = dict(self._converter_store_y)
        y, X = as_numbers(y, "y"), as_numbers(X, "X")
        try:
            X = self._without_unknown(X, y)
            return super()._check_X_y(X=X, y=y, **options)
        except Exception as error:  # sktime's own have up to 2,000 characters
            raise_short(error, X=X, y=y)
            raise

    def _check_fh(self, fh, pred_int=False):
        """Read a horizon as sktime does; refuse a horizon that is too far first."""
        # sktime lists all steps of a range, and all steps up to a number.
        n_steps = fh if is_integer(fh) else len(fh) if isinstance(fh, range) else 0
        if abs(int(n_steps)) > _MOST_STEPS:
            raise ValueError(
                f"fh={short(fh)} is too far; steps are within {_MOST_STEPS} rows."
            )
        try:
            return super()._check_fh(fh, pred_int)
        except OverflowError as error:
            raise ValueError(
                f"fh={short(fh)} has a step that is too large; steps are whole numbers "
                "within 2**63."
            ) from error

    def _set_cutoff_from_y(self, y):
        """Set the cutoff to the last time of y, as sktime does."""
        times = getattr(y, "index", None)
        # sktime finds out first which of its formats y has: a tenth of an update.
        if len(y) and isinstance(times, pd.PeriodIndex | pd.RangeIndex):
            self._cutoff = times[[-1]]
        else:
            super()._set_cutoff_from_y(y)

    def _update_predict_single(self, y, fh, X=None, update_params=True):
        """Update, then forecast, with the covariates that the forecast needs."""
        self._update(y, X, update_params)
        return self._predict(fh, self._without_unknown(X, None))

    def _predict_moving_cutoff(
        self, y, cv, X=None, update_params=True, reset_forecaster=True
    ):
        """Forecast after each window of `cv`, with all that is known by then."""
        # Updates replace attributes, so a shallow copy is enough.
        forecaster = copy(self) if reset_forecaster else self
        cutoffs = []

        def windows():
            for rows, _ in cv.split(y):
                new = y.iloc[rows]
                forecaster._set_cutoff_from_y(new)
                cutoffs.append(forecaster._cutoff)
                yield new, forecaster._check_fh(cv.get_fh())

        frames = forecaster._forecast_along(
            windows(), X, learns=update_params, is_kept=not reset_forecaster
        )
        frames = [self._as_given(frame) for frame in frames]
        return _format_moving_cutoff_predictions(frames, cutoffs)

    def _without_unknown(self, X, y):
        """Return X without the values that need not be known ahead.

        Parameters
        ----------
        X : time series in any format or None
            Covariates. Past covariates may be NaN or missing in rows to come.
        y : time series in any format or None
            The rows that need all covariates; None: all rows of X are to come.

        Returns
        -------
        X : time series or None
            For sktime to check.
        """
        names = self._past_names()
        if X is None or not names:
            return X
        formats = self.get_tag("X_inner_mtype")
        frame = _as_frame(X, formats)
        if frame is None:
            return X  # sktime raises the error
        is_past = frame.columns.isin(names)
        if y is None:
            return None if is_past.all() else frame.loc[:, ~is_past]
        rows = _as_frame(y, formats)
        if rows is None:
            return X
        # The zeros are never read, but sktime wants numbers.
        is_ahead = ~frame.index.isin(rows.index)
        return frame.mask(frame.isna() & np.outer(is_ahead, is_past), 0.0)

    def _column_labels(self):
        """Return the labels of the columns of y, as sktime read it last."""
        return self._get_varnames()

    def _sktime_cutoff(self):
        """Return the last known time as sktime holds it, an index or None."""
        return self._cutoff

    def _horizon_held(self):
        """Return the ForecastingHorizon that was given before, or None."""
        return self._fh

    def _was_pretrained(self):
        """Whether the forecaster is pretrained, and not fitted yet."""
        # Of a forecaster without the capability sktime sets the state too.
        return self._state == "pretrained" and self.get_tag("capability:pretrain")

    def _reader(self):
        """Return a shallow copy that may read data; sktime notes each y it reads."""
        return copy(self)

    def _read_X(self, X):
        """Return covariates as sktime reads them, a frame or None."""
        return self._check_X(X)

    def _read_y(self, y):
        """Return y as sktime reads it, a frame."""
        return self._check_X_y(y=y)[1]

    def _as_given(self, frame):
        """Return a frame in the format of the y that sktime read last."""
        return convert_to(
            frame,
            self._y_metadata["mtype"],
            store=self._converter_store_y,
            store_behaviour="freeze",
        )


def _as_frame(given, formats):
    """Return a series as a frame that sktime can check; None if it is no series."""
    kinds = ["Series", "Panel", "Hierarchical"]
    is_valid, _, kind = check_is_scitype(given, kinds, return_metadata=["scitype"])
    return convert_to(given, formats, as_scitype=kind["scitype"]) if is_valid else None


def frequency_of(horizon):
    """Return the frequency that a ForecastingHorizon holds, or None."""
    return getattr(horizon, "_freq", None)
