"""The template of echo state networks: a fixed reservoir, a readout that is fitted."""

from abc import ABCMeta, abstractmethod
from dataclasses import replace
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._checks import is_integer, plain, read_count, read_numbers, short
from sklearn_rnn._one_step import learns_in_one_step, reads_one_state
from sklearn_rnn._sequences.scaling import SequenceScaler
from sklearn_rnn._sequences.sequence_input import SequenceInput
from sklearn_rnn._sequences.sequences import is_ragged
from sklearn_rnn._sequences.targets import read_sample_weight, score_predictions
from sklearn_rnn._upstream.sklearn_private import Interval, StrOptions, fit_context

from .closed_loop import LEAST_STEPS, Feedback, run_closed_loop
from .drawing import draw_reservoir
from .readout_rows import DF_WEIGHT, POOLINGS, ReadoutRows, Training
from .reservoir import NONLINEARITIES

__all__ = ["BaseESN"]

_LOSSES = ("squared_error", "absolute_error", "huber")

_MOST_SEQUENCES = 256  # that run on their own predictions at a time
_MOST_NUMBERS = 2**28  # that they predict, 2 GiB


def _is_exact(estimator):
    if estimator.solver != "ridge":
        raise AttributeError(
            "partial_fit adds sequences exactly, which only solver='ridge' can; got "
            f"solver={estimator.solver!r}."
        )
    return True


class BaseESN(SequenceInput, RegressorMixin, BaseEstimator, metaclass=ABCMeta):
    """Base of the echo state networks; see them for the parameters."""

    _df_weight, _leaves_out = DF_WEIGHT, True

    _parameter_constraints = {
        "n_reservoir": [Interval(Integral, 1, None, closed="left")],
        "bias_scaling": [Interval(Real, 0, None, closed="left")],
        "connectivity": [Interval(Real, 0, 1, closed="right")],
        "nonlinearity": [StrOptions(set(NONLINEARITIES))],
        "washout": [Interval(Integral, 0, None, closed="left")],
        "num_layers": [Interval(Integral, 1, None, closed="left")],
        "bidirectional": ["boolean"],
        "direct_input": ["boolean"],
        "pooling": [StrOptions(set(POOLINGS))],
        "alphas": ["array-like", Interval(Real, 0, None, closed="neither")],
        "solver": [StrOptions({"ridge", "adam"})],
        "loss": [StrOptions(set(_LOSSES))],
        "feedback_features": ["array-like", None],
        "return_sequences": ["boolean"],
        "window_length": [Interval(Integral, 1, None, closed="left"), None],
        "standardize": ["boolean"],
        "random_state": ["random_state"],
    }

    def __sklearn_is_fitted__(self):
        return hasattr(self, "coef_")

    @abstractmethod
    def _settings(self):
        """Return the settings of the reservoir that are tried, a list of dict."""

    # ------------------------------------------------------------------ fit and predict

    @fit_context(prefer_skip_nested_validation=True)
    @learns_in_one_step
    def fit(self, X, y, sample_weight=None):
        """Draw the reservoir, and fit the readout.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences; or 2-D, of shape (n_samples, n_columns), each row one sequence,
            whose columns are the steps of one feature, or with `window_length` set that
            many steps, time-major; or a list of n_samples arrays of shape
            (n_steps_i, n_features) or (n_steps_i,). Leading steps that are NaN in every
            feature are absent, which makes a sequence shorter, in 3-D input and in 2-D
            input with `window_length` set; elsewhere NaN is an error.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs) or list of arrays
            Targets. With ``return_sequences=True`` one for each step, of shape
            (n_samples, n_steps) or (n_samples, n_steps, n_outputs), or where X is a
            list, a list of arrays of shape (n_steps_i,) or (n_steps_i, n_outputs).
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the sequences, at least 0: a weight of 2 counts as the sequence
            given twice, one of 0 as the sequence left out.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter is out of range or does not fit the data or another one; X
            or y has a wrong shape, too few samples or steps, or a value that is NaN
            (other than in absent steps) or infinite; or no weight is above 0.
        TypeError
            If a parameter has a wrong type or X is sparse.
        """
        given = self._read_training_data(X, y, sample_weight, reset=True)
        self._check_options()
        self._scaler = self._fit_scaler(*given)
        design = self._draw_design()
        self._learn(self._as_training(design, *given))
        return self

    @available_if(_is_exact)
    @fit_context(prefer_skip_nested_validation=True)
    @learns_in_one_step
    def partial_fit(self, X, y, sample_weight=None):
        """Add sequences to those that the readout was fitted to.

        The readout is the one that a single ``fit`` on all of them would find at the
        scales of the first call, which stay; its strength is chosen anew. It is there
        with ``solver="ridge"`` only.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences, as in ``fit``; in a list each of shape (n_steps_i, n_features).
        y : array-like of shape (n_samples,) or (n_samples, n_outputs) or list of arrays
            Targets, as in ``fit``; in a list each of shape (n_steps_i,) or
            (n_steps_i, n_outputs).
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the sequences, as in ``fit``.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            As in ``fit``, and if X has another number of features, or y of outputs,
            than in the first call.
        TypeError
            If a parameter has a wrong type or X is sparse.
        """
        if not hasattr(self, "coef_"):
            return self.fit(X, y, sample_weight)
        given = self._read_training_data(X, y, sample_weight, reset=False)
        training = self._as_training(self._design, *given)
        (path,) = training.fit_paths(self._check_alphas(), self._kept)
        self._keep(training.refine(path, self._kept))
        return self

    @reads_one_state
    def predict(self, X):
        """Predict the targets of sequences, each from rest.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences, as in ``fit``, of any length; in a list each of shape
            (n_steps_i, n_features).

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs) or list of ndarray
            Predictions, float64, in the shape of the training targets. With
            ``return_sequences=True`` for every step, the first `washout` ones
            included: of shape (n_samples, n_steps) or (n_samples, n_steps, n_outputs),
            NaN at absent steps, and for a list of sequences a list of arrays of shape
            (n_steps_i,) or (n_steps_i, n_outputs).

        Raises
        ------
        NotFittedError
            If called before ``fit``.
        ValueError
            If X has another number of features than in ``fit``, a sequence without a
            step (of `washout` steps or fewer, where means are taken), or a value that
            is NaN (other than in absent steps) or infinite.
        TypeError
            If X is sparse.
        """
        check_is_fitted(self)
        sequences = self._read_sequences(X, reset=False)
        y = self._predict(sequences)
        y = y[..., 0] if self._is_1d_target else y
        if self._design.pooling is None and is_ragged(X):
            lengths = sequences.n_present
            return [of_one[-length:] for of_one, length in zip(y, lengths, strict=True)]
        return y

    @reads_one_state
    def free_run(self, X, n_steps):
        """Drive the reservoir with sequences, then leave it to its own predictions.

        Output k of each prediction becomes feature ``feedback_features[k]`` of the next
        step. It is for networks trained to predict the next step, ``y[i, t]`` being
        ``X[i, t + 1]``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences, as in ``fit``, of 100 steps or more each; in a list each of shape
            (n_steps_i, n_features).
        n_steps : int
            Number of steps to predict, at least 1.

        Returns
        -------
        y : ndarray of shape (n_samples, n_steps) or (n_samples, n_steps, n_outputs)
            What follows each sequence; the first step is what ``predict`` answers for
            its last one. The last axis is there where the training targets have it.

        Raises
        ------
        NotFittedError
            If called before ``fit``.
        ValueError
            If X is as it may not be in ``predict``, or has a sequence of fewer than 100
            steps; if the outputs do not cover every feature, or the network is
            bidirectional or sees means; or if the run diverges.
        TypeError
            If `n_steps` is not an integer or X is sparse.
        """
        check_is_fitted(self)
        n_steps = read_count(n_steps, "n_steps")
        columns = self._check_closed_loop(self._design)
        sequences = self._read_sequences(X, reset=False)
        most = _MOST_NUMBERS // (sequences.n_samples * self.n_outputs_)
        if n_steps > most:
            raise ValueError(
                f"n_steps={short(n_steps)} of {sequences.n_samples} sequences are more "
                f"than a free run can hold; at most {most} are possible."
            )
        self._check_steps(
            sequences, LEAST_STEPS, "free_run needs that many to drive the reservoir"
        )
        scale = self._scaler.feature_scale[columns]
        feedback = Feedback(
            columns, 1 / scale, -self._scaler.feature_mean[columns] / scale
        )
        y = np.empty((sequences.n_samples, n_steps, self.n_outputs_))
        readouts = [values[np.newaxis] for values in self._readout()]
        for rows, part in self._scale(sequences).parts(_MOST_SEQUENCES):
            x = part.values
            state = self.reservoir_.run(x)
            y[rows] = run_closed_loop(
                self._design, state, x[:, -1], readouts, feedback, n_steps
            )[0]
        is_finite = np.isfinite(y).all(axis=(0, 2))
        if not is_finite.all():
            raise ValueError(
                f"The free run diverges: its step {int(np.argmin(is_finite))} is no "
                "finite number; a larger alpha or a smaller spectral radius holds it."
            )
        return y[..., 0] if self._is_1d_target else y

    @reads_one_state
    def score(self, X, y, sample_weight=None):
        """Return the coefficient of determination R^2 of the predictions.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences, as in ``predict``; in a list each of shape
            (n_steps_i, n_features).
        y : array-like of shape (n_samples,) or (n_samples, n_outputs) or list of arrays
            The true values, as in ``fit``; in a list each of shape (n_steps_i,) or
            (n_steps_i, n_outputs). With ``return_sequences=True`` the steps after the
            `washout` of each sequence are scored.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the sequences in the score.

        Returns
        -------
        score : float
            R^2, at most 1, the mean over outputs.

        Raises
        ------
        NotFittedError
            If called before ``fit``.
        ValueError
            As in ``predict``, and if y does not fit the predictions in shape.
        TypeError
            If X is sparse.
        """
        check_is_fitted(self)
        if self._design.pooling is not None:
            return score_predictions(y, self.predict(X), sample_weight)
        sequences = self._read_sequences(X, reset=False)
        self._check_washout(sequences, self._design.washout)
        y = self._read_step_targets(y, sequences, is_list=is_ragged(X), reset=False)
        counts = sequences.present(self._design.washout)
        if sample_weight is not None:
            sample_weight = read_sample_weight(sample_weight, sequences.n_samples)
            sample_weight = np.repeat(sample_weight, counts.sum(axis=1))
        y_pred = self._predict(sequences)
        return r2_score(y[counts], y_pred[counts], sample_weight=sample_weight)

    # ----------------------------------------------------------------- reading the data

    def _least_samples(self):
        return 1 if self.return_sequences else 2

    def _read_training_data(self, X, y, sample_weight, *, reset):
        """Return sequences, targets with an axis for outputs, and weights above 0."""
        self._check_given(y)
        sequences = self._read_sequences(X, reset=reset)
        if reset:
            given = self._given()
            is_by_step, washout = given.return_sequences, given.washout
        else:
            is_by_step = self._design.pooling is None
            washout = self._design.washout
        if is_by_step:
            is_list = is_ragged(X)
            y = self._read_step_targets(y, sequences, is_list=is_list, reset=reset)
        else:
            y = self._read_targets(y, sequences, reset=reset)
        self._check_washout(sequences, washout)
        if sample_weight is None:
            return sequences, y, None
        weights = read_sample_weight(sample_weight, sequences.n_samples)
        counts = np.flatnonzero(weights)
        if len(counts) == 0:
            raise ValueError(
                "sample_weight is 0 for every sample; at least one must be above 0."
            )
        if len(counts) < len(weights):
            sequences, y = sequences.take(counts), y[counts]
        return sequences, y, weights[counts]

    def _check_steps(self, sequences, n_needed, why):
        """Raise a ValueError where a sequence has fewer steps than are needed."""
        lengths = sequences.n_present
        if lengths.min() < n_needed:
            raise ValueError(
                f"X has a sequence of {lengths.min()} steps (row "
                f"{int(np.argmin(lengths))}), and needs at least {n_needed}: {why}."
            )

    def _check_washout(self, sequences, washout):
        self._check_steps(
            sequences, washout + 1, f"washout={washout} leaves none otherwise"
        )

    def _check_options(self):
        """Check what constraints cannot."""
        self._check_alphas()
        if self.solver == "ridge" and self.loss != "squared_error":
            raise ValueError(
                f"loss={plain(self.loss)!r} has no closed form: it needs "
                "solver='adam', got solver='ridge'."
            )
        if self.feedback_features is not None:
            self._feedback_columns()

    def _check_alphas(self):
        alphas = read_numbers(self.alphas)
        if alphas is None or not (alphas > 0).all():
            raise ValueError(
                f"alphas={short(self.alphas)} must be one or more finite numbers above "
                "0."
            )
        return alphas

    def _feedback_columns(self):
        """Return the feature that each output is fed back into."""
        features = self.feedback_features
        if features is None:
            features = range(self.n_outputs_)
        is_one = getattr(features, "ndim", 1) == 0
        features = [features] if is_one else list(features)
        if len(features) != self.n_outputs_:
            raise ValueError(
                f"feedback_features={short(self.feedback_features)} names "
                f"{len(features)} features; y has {self.n_outputs_} outputs, each of "
                "which needs one."
            )
        for feature in features:
            if not is_integer(feature) and not isinstance(feature, str):
                raise TypeError(
                    f"feedback_features holds {short(feature)}; each must be a "
                    "feature's number or name."
                )
        columns = [
            self._find_feature(
                feature, f"feedback_features holds {short(feature)}, which"
            )
            for feature in features
        ]
        if len(set(columns)) < len(columns):
            raise ValueError(
                f"feedback_features={short(self.feedback_features)} names a feature "
                "twice."
            )
        return np.array(columns)

    def _check_closed_loop(self, design):
        """Return the feedback columns of a network that can run on its own."""
        if design.reservoir.n_directions > 1:
            raise ValueError(
                "A network with bidirectional=True cannot run on its own predictions: "
                "its states depend on later steps."
            )
        if design.pooling in ("mean", "both"):
            raise ValueError(
                f"A network with pooling={design.pooling!r} cannot run on its own "
                "predictions; fit it with return_sequences=True or pooling='last'."
            )
        if self.n_outputs_ != self._n_step_features:
            raise ValueError(
                "A free run needs an output for every feature of X: y has "
                f"{self.n_outputs_} outputs, and X {self._n_step_features} features."
            )
        return self._feedback_columns()

    # ---------------------------------------------------------------------- the network

    def _draw_design(self):
        """Draw the reservoir, in all of its settings."""
        given, settings = self._given(), self._settings()
        generator = check_random_state(self.random_state)
        reservoir = draw_reservoir(
            self._n_step_features,
            n_reservoir=given.n_reservoir,
            connectivity=given.connectivity,
            num_layers=given.num_layers,
            bidirectional=given.bidirectional,
            nonlinearity=given.nonlinearity,
            bias_scaling=given.bias_scaling,
            seed=int(generator.randint(np.iinfo(np.int32).max)),
            **{name: [one[name] for one in settings] for name in settings[0]},
        )
        return ReadoutRows(
            reservoir,
            self._n_step_features,
            given.direct_input,
            None if given.return_sequences else given.pooling,
            given.washout,
        )

    def _fit_scaler(self, sequences, y, weights):
        """Learn scales from the steps and targets that count."""
        target_weight = weights
        if self.return_sequences:
            counts = sequences.present(plain(self.washout))
            if weights is not None:
                target_weight = np.repeat(weights, counts.sum(axis=1))
            y = y[counts]
        return SequenceScaler.fit(
            sequences,
            y,
            standardize=plain(self.standardize),
            sample_weight=weights,
            target_weight=target_weight,
        )

    def _scale(self, sequences):
        return self._scaler.scale(sequences, np.float64)

    def _as_training(self, design, sequences, y, weights):
        """Scale training data, and put it together with what the readout sees."""
        targets = (y - self._scaler.target_mean) / self._scaler.target_scale
        return Training(
            design,
            self._scale(sequences),
            targets,
            weights,
            self._df_weight,
            self._leaves_out,
        )

    def _choose_plainly(self):
        """Choose strengths by plain GCV, for callers that judge the choice themselves.

        A closed loop may want a readout that follows its training rows more closely.
        """
        self._df_weight, self._leaves_out = 1.0, False

    def _learn(self, training):
        """Choose a setting, and fit its readout."""
        number, path = self._choose(training, self._check_alphas())
        training = replace(training, design=training.design.take(number))
        self._design = training.design
        self.reservoir_ = training.design.reservoir
        self._fit_readout(training, training.refine(path))

    def _relearn(self, X, y):
        """Fit the readout to these sequences alone, in a reservoir that is chosen.

        Scales stay as ``fit`` has learnt them; the strength is chosen anew.
        """
        given = self._read_training_data(X, y, None, reset=False)
        training = self._as_training(self._design, *given)
        (path,) = training.fit_paths(self._check_alphas())
        self._fit_readout(training, training.refine(path))

    def _fit_readout(self, training, path):
        """Fit the readout by the solver asked for, from a ridge path."""
        ridge = self._keep(path)
        vars(self).pop("loss_curve_", None)  # of an earlier fit
        if self.solver == "adam":
            # torch and skorch take seconds to load, and no other solver needs them.
            from .adam_readout import train_readout  # noqa: PLC0415

            coef, intercept, self.loss_curve_ = train_readout(
                *training.rows(), ridge, plain(self.loss)
            )
            self._set_readout(coef, intercept)

    @abstractmethod
    def _choose(self, training, alphas):
        """Return the number of the best setting, and its ridge path."""

    def _keep(self, path):
        """Take over the ridge that a path chooses, and return it."""
        ridge = path.ridge()
        self._kept = path.kept
        self.alpha_, self.gcv_scores_ = ridge.alpha, ridge.gcv_scores
        self._set_readout(ridge.coef, ridge.intercept)
        return ridge

    def _set_readout(self, coef, intercept):
        """Set the readout, given in units of scaled targets."""
        scaler = self._scaler
        coef = (coef * scaler.target_scale).T  # (n_outputs, n_columns)
        intercept = intercept * scaler.target_scale + scaler.target_mean
        self.coef_ = coef[0] if self._is_1d_target else coef
        self.intercept_ = float(intercept[0]) if self._is_1d_target else intercept

    def _readout(self):
        """Return the readout: (n_columns, n_outputs) and (n_outputs,)."""
        return np.atleast_2d(self.coef_).T, np.atleast_1d(self.intercept_)

    def _predict(self, sequences):
        """Predict sequences, ``(n_samples, n_outputs)`` or with an axis for steps."""
        design, shape = self._design, (sequences.n_samples,)
        if design.pooling in ("mean", "both"):
            self._check_washout(sequences, design.washout)
        if design.pooling is None:
            design = replace(design, washout=0)  # every step is answered for
            shape = (sequences.n_samples, sequences.n_steps)
        y = np.full((*shape, self.n_outputs_), np.nan)
        for at, Z in design.blocks(self._scale(sequences)):
            y[at] = self._read_out(Z[0]).reshape(y[at].shape)
        return y

    def _read_out(self, Z):
        """Return outputs (n_rows, n_outputs) of rows of the design."""
        coef, intercept = self._readout()
        # A dot product for each row: a matrix product's last digits would depend on
        # the number of rows.
        outputs = [np.einsum("rc,c->r", Z, np.ascontiguousarray(c)) for c in coef.T]
        return np.stack(outputs, axis=1) + intercept
