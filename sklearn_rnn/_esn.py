"""Echo state networks: fixed reservoirs whose readout alone is trained."""

from dataclasses import replace
from itertools import product
from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from ._closed_loop import LEAST_STEPS, Feedback, score_free_runs
from ._esn_base import BaseESN
from ._sequences import Sequences

__all__ = ["ESNRegressor", "ESNRegressorCV"]

_TAIL = 0.1  # of the shortest sequence: what free runs are scored on

_ALPHAS = (
    1e-12,
    1e-11,
    1e-10,
    1e-9,
    1e-8,
    1e-7,
    1e-6,
    1e-5,
    1e-4,
    1e-3,
    1e-2,
    0.1,
    1.0,
)


class ESNRegressor(BaseESN):
    """Echo state network."""

    _parameter_constraints = {
        **BaseESN._parameter_constraints,
        "spectral_radius": [Interval(Real, 0, None, closed="left")],
        "leak_rate": [Interval(Real, 0, 1, closed="right")],
        "input_scaling": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        n_reservoir=500,
        *,
        spectral_radius=1.0,
        leak_rate=1.0,
        input_scaling=0.1,
        bias_scaling=0.5,
        connectivity=0.1,
        nonlinearity="tanh",
        washout=0,
        num_layers=1,
        bidirectional=False,
        direct_input=True,
        pooling="last",
        alphas=_ALPHAS,
        solver="ridge",
        loss="squared_error",
        feedback_features=None,
        return_sequences=False,
        window_length=None,
        standardize=True,
        random_state=None,
    ):
        self.n_reservoir = n_reservoir
        self.spectral_radius = spectral_radius
        self.leak_rate = leak_rate
        self.input_scaling = input_scaling
        self.bias_scaling = bias_scaling
        self.connectivity = connectivity
        self.nonlinearity = nonlinearity
        self.washout = washout
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.direct_input = direct_input
        self.pooling = pooling
        self.alphas = alphas
        self.solver = solver
        self.loss = loss
        self.feedback_features = feedback_features
        self.return_sequences = return_sequences
        self.window_length = window_length
        self.standardize = standardize
        self.random_state = random_state

    def _settings(self):
        return [
            {
                "spectral_radius": self.spectral_radius,
                "leak_rate": self.leak_rate,
                "input_scaling": self.input_scaling,
            }
        ]

    def _choose(self, training, alphas):
        (path,) = training.fit_paths(alphas)
        return 0, path


class ESNRegressorCV(BaseESN):
    """Echo state network that chooses."""

    _parameter_constraints = {
        **BaseESN._parameter_constraints,
        "spectral_radii": ["array-like", Interval(Real, 0, None, closed="left")],
        "leak_rates": ["array-like", Interval(Real, 0, 1, closed="right")],
        "input_scalings": ["array-like", Interval(Real, 0, None, closed="left")],
        "scoring": [StrOptions({"gcv", "free_run"})],
    }

    def __init__(
        self,
        n_reservoir=500,
        *,
        spectral_radii=(0.9, 1.0),
        leak_rates=(0.5, 1.0),
        input_scalings=(0.005, 0.02, 0.1, 0.4),
        bias_scaling=0.5,
        scoring="gcv",
        connectivity=0.1,
        nonlinearity="tanh",
        washout=0,
        num_layers=1,
        bidirectional=False,
        direct_input=True,
        pooling="last",
        alphas=_ALPHAS,
        solver="ridge",
        loss="squared_error",
        feedback_features=None,
        return_sequences=False,
        window_length=None,
        standardize=True,
        random_state=None,
    ):
        self.n_reservoir = n_reservoir
        self.spectral_radii = spectral_radii
        self.leak_rates = leak_rates
        self.input_scalings = input_scalings
        self.bias_scaling = bias_scaling
        self.scoring = scoring
        self.connectivity = connectivity
        self.nonlinearity = nonlinearity
        self.washout = washout
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.direct_input = direct_input
        self.pooling = pooling
        self.alphas = alphas
        self.solver = solver
        self.loss = loss
        self.feedback_features = feedback_features
        self.return_sequences = return_sequences
        self.window_length = window_length
        self.standardize = standardize
        self.random_state = random_state

    def _settings(self):
        values = {
            "spectral_radius": self._check_values("spectral_radii", np.inf, True),
            "leak_rate": self._check_values("leak_rates", 1.0, False),
            "input_scaling": self._check_values("input_scalings", np.inf, True),
        }
        return [
            dict(zip(values, one, strict=True)) for one in product(*values.values())
        ]

    def _check_values(self, name, largest, may_be_zero):
        """Return the values of a parameter that holds several."""
        given = getattr(self, name)
        values = np.atleast_1d(np.asarray(given))
        is_valid = values.dtype.kind in "fiu" and values.ndim == 1 and values.size > 0
        if is_valid:
            is_valid = (values >= 0).all() if may_be_zero else (values > 0).all()
            is_valid = is_valid and (values <= largest).all()
            is_valid = is_valid and np.isfinite(values).all()
        if not is_valid:
            begin = "[0" if may_be_zero else "(0"
            end = "inf)" if np.isinf(largest) else f"{largest:g}]"
            raise ValueError(
                f"{name}={given!r} must be one or more numbers in {begin}, {end}."
            )
        return [float(value) for value in values]

    def _check_options(self):
        super()._check_options()
        self._settings()
        if self.scoring == "free_run" and not self.return_sequences:
            raise ValueError(
                "scoring='free_run' needs return_sequences=True, got "
                "return_sequences=False."
            )

    def _choose(self, training, alphas):
        settings = self._settings()
        if self.scoring == "gcv":
            paths = training.fit_paths(alphas)
            scores = np.array([path.scores.min() for path in paths])
            best = int(np.argmin(scores))
            path = paths[best]
        else:
            scores = self._score_free_runs(training, alphas)
            best = int(np.argmin(scores))
            chosen = replace(training, design=training.design.take(best))
            (path,) = chosen.fit_paths(alphas)
        self.candidates_, self.candidate_scores_ = settings, scores
        for name, value in settings[best].items():
            setattr(self, f"{name}_", value)
        return best, path

    def _score_free_runs(self, training, alphas):
        """Score each setting by free runs over the tail of the sequences."""
        columns = self._check_closed_loop(training.design)
        sequences, targets = training.sequences, training.targets
        lengths = sequences.lengths
        shortest = sequences.n_steps if lengths is None else lengths.min()
        n_tail = max(1, round(_TAIL * shortest))
        n_needed = max(LEAST_STEPS, self.washout + 1)
        if shortest - n_tail < n_needed:
            raise ValueError(
                f"X has a sequence of {shortest} steps, of which scoring='free_run' "
                f"holds out the last {n_tail}; at least {n_needed} must go before them."
            )
        head = replace(
            training,
            sequences=Sequences(
                sequences.values[:, :-n_tail],
                None if lengths is None else lengths - n_tail,
            ),
            targets=targets[:, :-n_tail],
        )
        ridges = [path.ridge() for path in head.fit_paths(alphas)]
        readouts = (
            np.stack([ridge.coef for ridge in ridges]),
            np.stack([ridge.intercept for ridge in ridges]),
        )
        scaler = self._scaler
        scale = scaler.feature_scale[columns]
        feedback = Feedback(
            columns,
            scaler.target_scale / scale,
            (scaler.target_mean - scaler.feature_mean[columns]) / scale,
        )
        return score_free_runs(training, readouts, feedback, n_tail)
