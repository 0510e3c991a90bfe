"""The base of echo state networks: a fixed reservoir, and a readout by ridge."""

from abc import ABCMeta, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator

from sklearn_rnn._checks import is_integer, read_numbers, short
from sklearn_rnn._ridge.paths import (
    MomentsPath,
    Ridge,
    RidgePath,
    fit_ridge_paths,
)
from sklearn_rnn._sequences.sequence_input import SequenceInput
from sklearn_rnn._sequences.sequences import Sequences, is_ragged
from sklearn_rnn._sequences.targets import read_sample_weight
from sklearn_rnn._upstream.sklearn_private import Interval, StrOptions

from .fitted_network import FittedNetwork
from .options import Options
from .readout_rows import CAREFUL_GCV, PLAIN_GCV, POOLINGS, ReadoutRows, Training
from .reservoir import NONLINEARITIES
from .samples import Samples, check_washout

__all__ = ["BaseESN"]


class BaseESN(SequenceInput, BaseEstimator, metaclass=ABCMeta):
    """Base of the echo state networks.

    It reads training samples, draws the reservoir, and fits and applies a linear
    readout. A mixin, left of this class, has the public methods and reads targets; a
    final class has the parameters and chooses the setting of its reservoir.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
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
        "return_sequences": ["boolean"],
        "window_length": [Interval(Integral, 1, None, closed="left"), None],
        "standardize": ["boolean"],
        "random_state": ["random_state"],
    }

    _fitted_attribute = "coef_"
    _has_plain_gcv = False  # see _fit_plainly

    @abstractmethod
    def _settings(self) -> list[dict[str, float]]:
        """Return the settings of the reservoir that are tried."""

    @abstractmethod
    def _choose(self, training: Training, options: Options) -> tuple[int, RidgePath]:
        """Return the number of the best setting, and its ridge path."""

    @abstractmethod
    def _read_y(
        self,
        y: ArrayLike,
        sequences: Sequences,
        *,
        by_step: bool,
        is_list: bool,
        reset: bool,
    ) -> NDArray[np.float64]:
        """Read targets, of shape (n_samples[, n_steps], n_outputs).

        Parameters
        ----------
        y : array-like
            Targets from the user.
        sequences : Sequences
            The sequences that the targets belong to.
        by_step : bool
            Whether each step has a target.
        is_list : bool
            Whether the sequences came as a list.
        reset : bool
            Whether this is ``fit``.
        """

    # ----------------------------------------------------------------- reading the data

    def _least_samples(self) -> int:
        return 1 if self.return_sequences else 2

    def _read_samples(
        self, X, y, sample_weight, *, by_step: bool, washout: int, reset: bool
    ) -> Samples:
        """Read training samples, without the samples of weight 0."""
        self._check_given(y)
        sequences = self._read_sequences(X, reset=reset)
        y = self._read_y(
            y, sequences, by_step=by_step, is_list=is_ragged(X), reset=reset
        )
        check_washout(sequences, washout)
        if sample_weight is None:
            return Samples(sequences, y, None)
        weights = read_sample_weight(sample_weight, sequences.n_samples)
        counts = np.flatnonzero(weights)
        if len(counts) < len(weights):
            sequences, y = sequences.take(counts), y[counts]
        return Samples(sequences, y, weights[counts])

    def _read_more_samples(self, X, y, sample_weight) -> Samples:
        """Read training samples like those of ``fit``."""
        readout_rows = self._readout_rows
        return self._read_samples(
            X,
            y,
            sample_weight,
            by_step=readout_rows.pooling is None,
            washout=readout_rows.washout,
            reset=False,
        )

    def _check_options(self) -> None:
        """Raise where parameters do not fit each other or the training samples."""
        self._check_alphas()

    def _check_alphas(self) -> NDArray[np.float64]:
        alphas = read_numbers(self.alphas)
        if alphas is None or not (alphas > 0).all():
            raise ValueError(
                f"alphas={short(self.alphas)} must be one or more finite numbers above "
                "0."
            )
        return alphas

    # ------------------------------------------------------------------------- learning

    def _fit(self, X, y, sample_weight) -> None:
        """Draw the reservoir, choose its setting, and fit the readout."""
        given = self._given()
        samples = self._read_samples(
            X,
            y,
            sample_weight,
            by_step=given.return_sequences,
            washout=given.washout,
            reset=True,
        )
        self._check_options()
        options = Options(
            settings=self._settings(),
            alphas=self._check_alphas(),
            n_reservoir=given.n_reservoir,
            connectivity=given.connectivity,
            num_layers=given.num_layers,
            bidirectional=given.bidirectional,
            nonlinearity=given.nonlinearity,
            bias_scaling=given.bias_scaling,
            direct_input=given.direct_input,
            washout=given.washout,
            standardize=given.standardize,
            pooling=None if given.return_sequences else given.pooling,
        )
        self._scaler = samples.fit_scaler(
            standardize=options.standardize, washout=options.washout
        )
        readout_rows = options.draw_readout_rows(
            self._n_step_features, self.random_state
        )
        training = self._as_training(readout_rows, samples)
        number, path = self._choose(training, options)
        training = replace(training, readout_rows=readout_rows.take(number))
        self._readout_rows = training.readout_rows
        self.reservoir_ = training.readout_rows.reservoir
        self._fit_readout(training, training.refine(path))

    def _add(self, X, y, sample_weight) -> None:
        """Fit the readout to these samples and those before."""
        samples = self._read_more_samples(X, y, sample_weight)
        training = self._as_training(self._readout_rows, samples)
        (path,) = training.fit_paths(self._check_alphas(), self._kept)
        self._keep(training.refine(path, self._kept))

    def _as_training(self, readout_rows: ReadoutRows, samples: Samples) -> Training:
        """Scale training samples, and lay them out as rows of the readout."""
        scaled = samples.scaled(self._scaler)
        return Training(
            readout_rows,
            scaled.sequences,
            scaled.targets,
            scaled.weights,
            PLAIN_GCV if self._has_plain_gcv else CAREFUL_GCV,
        )

    def _fit_readout(self, training: Training, path: RidgePath) -> Ridge:
        """Fit the readout to the rows of a ridge path, and return the path's ridge."""
        return self._keep(path)

    def _keep(self, path: RidgePath) -> Ridge:
        """Take over the ridge that a path chooses, and return it."""
        ridge = path.ridge()
        self._kept = path.kept
        self.alpha_, self.gcv_scores_ = ridge.alpha, ridge.gcv_scores
        self._set_readout(ridge.coef, ridge.intercept)
        return ridge

    def _set_readout(
        self, coef: NDArray[np.float64], intercept: NDArray[np.float64]
    ) -> None:
        """Set the readout, given in units of scaled targets.

        Parameters
        ----------
        coef : ndarray of shape (n_columns, n_outputs)
            Weights.
        intercept : ndarray of shape (n_outputs,)
            Intercept.
        """
        scaler = self._scaler
        coef = (coef * scaler.target_scale).T  # (n_outputs, n_columns)
        intercept = intercept * scaler.target_scale + scaler.target_mean
        self.coef_ = coef[0] if self._is_1d_target else coef
        self.intercept_ = float(intercept[0]) if self._is_1d_target else intercept

    # For forecasting and plotting.

    def _network(self) -> FittedNetwork:
        """Return scales, reservoir and readout of the fitted network, as arrays."""
        return FittedNetwork(
            self._readout_rows,
            self._scaler,
            np.atleast_2d(self.coef_).T,
            np.atleast_1d(self.intercept_),
        )

    def _fit_plainly(
        self, X: ArrayLike | Sequence[ArrayLike], y: ArrayLike | Sequence[ArrayLike]
    ) -> Self:
        """Fit, with strengths chosen by plain generalised cross-validation.

        It is for callers that judge the choice by closed loops: these may want a
        readout that follows its training rows more closely. Later calls of `_relearn`
        choose as plainly.

        Parameters
        ----------
        X, y : array-like or list of arrays
            Sequences and targets of ``fit``.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        self._has_plain_gcv = True
        return self.fit(X, y)

    def _relearn(
        self, X: ArrayLike | Sequence[ArrayLike], y: ArrayLike | Sequence[ArrayLike]
    ) -> None:
        """Fit the readout to these samples alone, in the reservoir of ``fit``.

        Scales stay as ``fit`` has learnt them; the strength is chosen anew. The fitted
        attributes are replaced, not changed in place, so that a shallow copy can learn.

        Parameters
        ----------
        X, y : array-like or list of arrays
            Sequences and targets of ``fit``.
        """
        samples = self._read_more_samples(X, y, None)
        training = self._as_training(self._readout_rows, samples)
        (path,) = training.fit_paths(self._check_alphas())
        self._fit_readout(training, training.refine(path))

    def _learn_rows(self, Z: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
        """Fit the readout to these rows and those before; scales stay.

        The strength is chosen anew. The fitted attributes are replaced, not changed in
        place, so that a shallow copy can learn.

        Parameters
        ----------
        Z : ndarray of shape (n_rows, n_columns)
            Rows of the readout: states, and the scaled direct input.
        y : ndarray of shape (n_rows, n_outputs)
            Targets.

        Returns
        -------
        is_exact : bool
            Whether the moments that are kept of earlier rows have the digits that the
            chosen strength needs; if not, the readout stays as it is.
        """
        scaler = self._scaler
        targets = (y - scaler.target_mean) / scaler.target_scale
        gcv = PLAIN_GCV if self._has_plain_gcv else CAREFUL_GCV
        (path,) = fit_ridge_paths(
            lambda: iter([(Z[np.newaxis].copy(), targets, None)]),
            *Z.shape,
            kept=self._kept,
            alphas=self._check_alphas(),
            df_weight=gcv.df_weight,
            leaves_out=gcv.leaves_out,
        )
        if isinstance(path, MomentsPath) and not path.is_exact:
            return False
        self._keep(path)
        return True

    def _drive_sample(
        self, X: ArrayLike | Sequence[ArrayLike], sample: int, given: object
    ) -> NDArray[np.float64]:
        """Return the states that one sequence of X drives, from rest.

        Parameters
        ----------
        X : array-like or list of arrays
            Sequences of ``predict``.
        sample : int
            Number of the sequence, from 0, or from -1 down as counted from the last.
        given : object
            Not used here: X as a pipeline got it.

        Returns
        -------
        states : ndarray of shape (n_steps, n_states)
            State after each step.
        """
        sequences = self._read_sequences(X, reset=False)
        if not is_integer(sample):
            raise TypeError(f"sample={short(sample)} must be an integer.")
        n = sequences.n_samples
        if not -n <= int(sample) < n:
            raise ValueError(
                f"sample={short(sample)} is not one of the {n} sequences of X; use "
                f"{-n} to {n - 1}."
            )
        one = self._network().scale(sequences.take(np.array([int(sample) % n])))
        ((_, part),) = one.parts(1)
        states = np.empty((1, part.n_steps, self.reservoir_.n_states))
        self.reservoir_.run(part.values, states=states)
        return states[0]
