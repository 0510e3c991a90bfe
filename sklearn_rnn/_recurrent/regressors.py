"""The recurrent regressors: a cell and a docstring each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from sklearn_rnn._upstream.sklearn_private import StrOptions

from .base import BaseRecurrent
from .regression import RecurrentRegressorMixin

__all__ = ["GRURegressor", "LSTMRegressor", "RNNRegressor"]


class GRURegressor(RecurrentRegressorMixin, BaseRecurrent):
    r"""Gated recurrent unit (GRU) network that predicts numbers from sequences.

    Update and reset gates set how much of the old state each step keeps and reads. A
    GRU is a good first choice for nonlinear series: it has three quarters of the
    weights of an LSTM of the same size. Read more in the :ref:`User Guide <gru>`.

    Parameters
    ----------
    hidden_size : int, default=32
        Number of units in the state of each layer and direction, at least 1.
    num_layers : int, default=1
        Number of layers, at least 1. Each layer reads the states of the layer below.
    bidirectional : bool, default=False
        Whether each layer also reads the sequence backwards. The states of both
        directions are concatenated, ``(2 * hidden_size,)``. Both directions read only
        the steps of the sequence, none after it.
    dropout : float or "auto", default="auto"
        Probability, in [0, 1), of setting a unit to 0 in training. Dropout acts between
        layers and before the head, with one layer too. ``"auto"`` is 0 where held-out
        samples decide how long to train (`max_epochs`), and 0.2 otherwise. In one cycle
        of the learning rate it fades linearly to 0 over the first half of the optimiser
        steps (early dropout, Liu et al.); otherwise, and in ``partial_fit``, it is
        constant.
    pooling : {"last", "mean", "max", "attention"}, default="last"
        How the states of all steps of the last layer become one state. ``"last"`` takes
        the final state of each direction; ``"mean"`` and ``"max"`` pool each unit over
        steps; ``"attention"`` is a weighted mean, whose weights a small network learns
        (one tanh layer as wide as the state, softmax over steps). Absent steps do not
        count. The steps are segments where `segment_length` is above 1.
    init : {"auto", "xavier", "he", "orthogonal", "torch"}, default="auto"
        Initial weights of the recurrent layers, gate by gate. With ``"auto"`` the input
        weights are uniform with variance 1 / fan-in (LeCun's), the recurrent weights
        orthogonal and the biases 0, except that the forget gates of an LSTM start open:
        with bias 1, or, where training sequences have 100 segments of `segment_length`
        steps or more, with random biases for memories of all lengths (and their
        negatives at the input gates).
        ``"xavier"``, ``"he"`` (both uniform) and ``"orthogonal"`` draw input and
        recurrent weights alike and set biases to 0. ``"torch"`` draws weights and
        biases as torch does, uniform up to 1 / sqrt(hidden_size).
    linear_skip : {"auto", "ridge", "trainable"} or None, default="auto"
        Linear map from the flattened scaled sequence (absent steps are 0) to the
        outputs. The outputs of the network are added to it.

        - ``"auto"``: ``"ridge"`` or ``None``, by the errors that also decide how long
          to train (`max_epochs`). Where nothing is judged it is ``"ridge"``.
        - ``"ridge"``: a ridge regression in closed form. It is fitted first and then
          fixed; the network learns its residuals. Generalised cross-validation chooses
          its strength, 1e-12 to 1e8 times the mean eigenvalue of the centred Gram
          matrix, at a price of 1.4 for each degree of freedom (Kim & Gu), which guards
          against fitting noise. Of a sequence with more than 5,000 values it reads only
          the latest steps, up to that number of values.
        - ``"trainable"``: a layer that starts at 0 and is trained with the network.
        - ``None``: the network alone.

        Of a sequence longer than those of ``fit``, the linear map reads the latest
        `n_steps_` steps, and the network all steps.
    target_feature : int, str or None, default=None
        Feature that holds the target's own past: its number within a step, 0 to
        ``n_features - 1``, or its name where X has column names (for the columns
        ``close_lag1, close_lag0`` of a flat window also ``close``). The regressor reads
        this feature relative to its value at the last step of each sequence, and
        predicts all outputs relative to that value. The level of a price or a load is
        then carried over, not learnt.
    loss : str, default="squared_error"
        Loss of the network, on scaled targets: ``"squared_error"``,
        ``"absolute_error"``, ``"huber"`` (quadratic up to an error of 1, linear beyond)
        or ``"quantile"`` (the pinball loss, averaged over `quantiles`). The ridge of
        `linear_skip` minimises squared errors with every loss.
    quantiles : float, array-like of shape (n_quantiles,) or None, default=None
        Increasing levels in (0, 1), for ``loss="quantile"`` only; ``None`` is the
        median, 0.5. ``predict`` returns the level nearest 0.5 (the lower of two equally
        near), so every scorer works. ``predict_quantiles`` returns all levels.
    max_epochs : int or "auto", default="auto"
        How long to train. An epoch is a pass over the training samples.

        - ``"auto"``: samples that training does not see decide on the number of
          optimiser steps, from 0 to 19,200. Notes has the rule, and `fit_report_` the
          errors. With `early_stopping`, and in a second ``fit`` with `warm_start`,
          nothing is judged: about 300 steps are made. An epoch then has at most 30
          batches, about a pass over the samples or, over many samples, a part of it.
        - int, at least 0: the number of epochs, the largest with `early_stopping`. With
          0 epochs the model is its linear skip alone. Nothing is judged.
    max_fit_time : float or None, default=None
        Seconds on the clock, above 0, that ``fit`` may take, about; ``None``: no limit.
        While the length of training is judged, the trials end early enough for the
        training on all samples. With a number of epochs, training ends when the time is
        up. Scales and ridge are fitted in any case. Where the limit acts, the result
        depends on the speed of the machine. ``partial_fit`` has no limit.
    batch_size : int or "auto", default="auto"
        Number of samples in a batch, at least 1; the last batch of a pass may be
        smaller. ``"auto"`` is ``min(128, max(32, n_samples // 60))``.
    lr : float, default=1e-2
        Learning rate, above 0; the highest rate of an `lr_schedule`.
    optimizer : {"adam", "adamw", "rmsprop", "sgd"}, default="adamw"
        Optimiser of torch; ``"sgd"`` has Nesterov momentum 0.9.
    weight_decay : float, default=1e-2
        Weight decay of the optimiser, at least 0, on every weight and bias of the
        network. ``"adamw"`` decouples it from the gradient (Loshchilov & Hutter); the
        other optimisers add it to the gradient. The ridge has its own strength.
    lr_schedule : {"auto", "onecycle"} or None, default="auto"
        Learning rate over the steps of the optimiser.

        - ``"auto"``: schedule-free (Defazio et al.) where the length of training is
          judged, and ``"onecycle"`` otherwise. A schedule-free training makes its
          predictions with the average of its weights. After a rise over 100 steps the
          rate stays at `lr`, without momentum, so one training gives the weights of
          every length.
        - ``"onecycle"`` (Smith & Topin): the rate rises from ``lr / 25`` to `lr` over
          the first 30 % of the optimiser steps and then falls to ``lr / 250_000``, both
          along a cosine. The momentum of every optimiser (the first beta of Adam) moves
          from 0.95 to 0.85 and back, and `dropout` fades. Lengths are still judged by
          schedule-free trainings, because a cycle has to know its end.
        - ``None``: a constant rate.

        A skorch ``LRScheduler`` in `callbacks` replaces the schedule of the training on
        all samples.
    clip_grad_norm : float or None, default=1.0
        Largest Euclidean norm, above 0, of the gradient of all weights together; a
        larger gradient is scaled down to it. ``None`` does not clip.
    recurrent_constraint : {"spectral"} or None, default=None
        ``"spectral"`` scales the recurrent weights of each gate back to a spectral norm
        of at most 1 after each optimiser step.
    device : str, default="cpu"
        Device of the network: ``"cpu"``, ``"cuda"`` or a numbered device such as
        ``"cuda:0"``. Scales and ridge are computed on the CPU.
    n_threads : int, default=1
        Number of threads, at least 1, that share the samples of each batch on the CPU
        where the compiled kernel runs (see ``sklearn_rnn.show_versions()``). Results do
        not depend on it. Several threads pay from about 64 samples for each; in a
        search, let ``n_jobs`` use the cores.
    callbacks : list or tuple of skorch callbacks, or None, default=None
        Callbacks, their classes, or pairs of a name and a callback; called as skorch
        calls them, in the training on all samples only, not in the trials that judge
        its length. They see scaled losses and targets: the residuals of the ridge
        divided by their root mean square (without a ridge, the standardised targets).
        The last `validation_fraction` of the samples is held out of training where a
        callback watches validation: ``EarlyStopping`` and ``Checkpoint`` with their
        default monitors, ``EpochScoring`` unless it has ``on_train=True``.
    verbose : int or bool, default=0
        0 is silent; any other value shows progress bars: over the optimiser steps of
        the trials while the length of training is judged, then over the epochs, with
        the losses.
    early_stopping : bool or "refit", default=False
        ``True`` holds out the last `validation_fraction` of the samples, in the order
        given, also from scales and ridge. Training ends when the validation loss has
        not fallen by more than `tol` for `n_iter_no_change` epochs, and the weights of
        the epoch with the lowest validation loss are restored (the weights before
        training, if no epoch did better). ``"refit"`` finds the best number of epochs
        in this way, 0 allowed, and then fits scales, ridge and network anew with that
        number of epochs on all samples. Both replace the judgement of
        ``max_epochs="auto"``, which is then about 300 optimiser steps.
    validation_fraction : float, default=0.1
        Fraction of the samples, in (0, 1), that is held out where `early_stopping` or
        `callbacks` ask for validation. It is rounded up to whole samples; at least 2
        samples must be left to train on.
    n_iter_no_change : int, default=10
        Number of epochs without a lower validation loss after which `early_stopping`
        ends training, at least 1.
    tol : float, default=1e-4
        Least decrease of the validation loss, at least 0, that counts as lower for
        `n_iter_no_change`, in units of the loss of scaled targets.
    warm_start : bool, default=False
        With ``True``, a second ``fit`` starts from the present weights and keeps scales
        and ridge; optimiser and schedule start anew. It judges nothing:
        ``max_epochs="auto"`` is about 300 optimiser steps, along one cycle. The shapes
        of X and y, the size of the network, `pooling`, `linear_skip`, `segment_length`
        and the number of `quantiles` must stay the same.
    window_length : int or None, default=None
        Number of steps in a row of 2-D X, at least 1, time-major (the layout of
        ``SlidingWindowTransformer(flatten=True)``); it must divide the number of
        columns. ``None``: each column of 2-D X is one step of one feature. Flat windows
        that come straight from the transformer, and columns named after lags
        (``open_lag1``, ``close_lag1``, ``open_lag0``, ``close_lag0``), are read as
        windows instead; columns named after lags in another order are an error. The
        parameter has no effect on 3-D X and lists.
    standardize : bool, default=True
        Whether to scale each feature, over all its steps, and each output of y to mean
        0 and standard deviation 1. Scales are learnt from the training samples and
        undone in ``predict``. The scale of a `target_feature` is the root mean square
        of its differences from the last step; the mean and scale of the targets are
        then those of the differences to predict.
    segment_length : int, default=1
        Number of steps of X, at least 1, that are one step of the network, side by
        side (Lin et al.; see :ref:`segments`): 24, for example, for long windows of
        hourly rows with a daily season. Only the network reads segments; the linear
        skip reads the steps. The last segment ends with the last step. Where the steps
        do not fill the first segment, zeros stand for the missing steps: the mean of a
        scaled feature, and the last value of a `target_feature`. A segment has at most
        as many steps as the longest sequence of ``fit``.
    random_state : int, RandomState instance or None, default=None
        Seeds initial weights, order of batches and dropout. An int makes ``fit`` repeat
        bit for bit on one machine, unless `max_fit_time` cuts it short. The global
        generators of torch, numpy and Python are left as they were; with ``None`` the
        seed is drawn from numpy's.

    Attributes
    ----------
    net_ : RecurrentNet
        The skorch net.
    module_ : RecurrentModule
        The trained torch module of `net_`. It maps a scaled float32 tensor of shape
        (n_samples, n_steps, n_features) to a tensor of shape
        (n_samples, n_outputs * n_quantiles).
    n_iter_ : int
        Number of epochs in the last ``fit``, of the training on all samples, and in
        every ``partial_fit`` since.
    loss_curve_ : list of float, of shape (`n_iter_`,)
        Mean training loss of each epoch, of scaled targets and with dropout. With
        ``partial_fit`` the latest 1,000 earlier epochs are kept.
    validation_loss_curve_ : list of float, of shape (n_epochs,), or None
        Loss of the held-out samples after each epoch, of scaled targets; with
        ``early_stopping="refit"`` in the training that found the number of epochs.
        None where nothing was held out.
    fit_report_ : FitReport or None
        Errors on samples that training did not see, in units of y: of the mean (with
        `target_feature` of the last value), of the ridge, and of the network by number
        of optimiser steps; the choice and the seconds. It prints as a table, and
        ``to_frame()`` returns a DataFrame. None where nothing was judged.
    n_features_in_ : int
        Number of columns of 2-D X; size of the last axis of 3-D X and of the arrays in
        a list.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, where X has string names.
    n_outputs_ : int
        Number of outputs, columns of y.
    n_steps_ : int
        Number of steps of the longest training sequence.

    Raises
    ------
    ValueError
        In ``fit``, if a parameter is out of range or does not fit the data or another
        parameter; `device` is not there; X or y has a wrong shape, fewer than 2
        samples, or a value that is NaN (other than absent steps) or infinite; or the
        loss becomes NaN or infinite in training. In ``predict``, if X differs from the
        X of ``fit`` in its number of features.
    TypeError
        If a parameter has a wrong type, `callbacks` holds anything but skorch
        callbacks, or X is sparse.
    NotFittedError
        If ``predict``, ``predict_quantiles``, ``score`` or `module_` is used before
        ``fit``.

    Warns
    -----
    ConvergenceWarning
        If training is interrupted (Ctrl-C). The best weights so far are kept: those of
        the lowest validation loss, or of the lowest training loss where nothing is held
        out. If the length of training was still being judged, the best model so far is
        kept; a network has then learnt from a part of the samples.

    See Also
    --------
    LSTMRegressor : Long short-term memory, which keeps a cell beside its state.
    RNNRegressor : Elman's simple recurrent network; the fastest.
    SlidingWindowTransformer : From rows in time order to sequences.
    make_windows : Sequences and the values that follow them.

    Notes
    -----
    A layer computes

    .. math::

        n_t &= \tanh(W_{in} x_t + b_{in} + r_t \odot (W_{hn} h_{t-1} + b_{hn})) \\
        h_t &= (1 - z_t) \odot n_t + z_t \odot h_{t-1}

    with the candidate :math:`n_t`, the reset gate :math:`r_t` and the update gate
    :math:`z_t`. In torch's convention the reset gate acts on the product with the
    recurrent weights, not on the state in front of it as in Cho et al.

    The prediction is

    .. math::

        \hat{y} = \ell + m + d \odot \bigl(A \bar{x} + a + u \odot (V p + v)\bigr)

    with the flattened scaled sequence :math:`\bar{x}`, the linear skip :math:`A, a`,
    the pooled state :math:`p` and the head :math:`V, v`. The User Guide has
    :ref:`all symbols and shapes <recurrent-symbols>`, the
    :ref:`papers behind the defaults <recurrent-references>`, notes on
    :ref:`threads and failed fits <recurrent-threads>`, and the
    :ref:`types that skops asks to trust <recurrent-types>`.

    With ``max_epochs="auto"`` the last fifth of the samples, in the order given,
    decides how long to train. Scales, ridge and networks learn from the samples before
    it. The errors of the network, on the ridge and alone, are read after 75, 150, 300,
    ... 19,200 steps. A training ends where twice the steps lower the squared error by
    less than a twentieth. A network is used if its squared error is 4 % below that of
    the ridge, or of the mean where the mean is better, and by more than chance. The
    chosen model is then trained on all samples. Below 100 samples no sample is held
    out: errors of leaving out each sample, in closed form, decide whether a network
    makes 300 steps. The User Guide has :ref:`the rule in full <training-length>`.

    References
    ----------
    Cho, K., van Merrienboer, B., Gulcehre, C., Bahdanau, D., Bougares, F., Schwenk, H.,
    Bengio, Y. (2014). Learning phrase representations using RNN encoder-decoder for
    statistical machine translation. EMNLP.

    Defazio, A., Yang, X., Mehta, H., Mishchenko, K., Khaled, A., Cutkosky, A. (2024).
    The road less scheduled. NeurIPS.

    Examples
    --------
    In the Hénon map, a chaotic series, each value is a quadratic function of the two
    values before it. A linear model of the same windows explains little of it, and the
    error of a network falls for thousands of steps. `max_fit_time` ends them sooner:

    >>> import numpy as np
    >>> from sklearn.linear_model import RidgeCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_rnn import GRURegressor, SlidingWindowTransformer
    >>> series = np.zeros(501)
    >>> for t in range(2, 501):
    ...     series[t] = 1 - 1.4 * series[t - 1] ** 2 + 0.3 * series[t - 2]
    >>> X, y = series[:-1, np.newaxis], series[1:]  # (500, 1) and (500,)
    >>> gru = make_pipeline(
    ...     SlidingWindowTransformer(3), GRURegressor(max_fit_time=10, random_state=0)
    ... )
    >>> ridge = make_pipeline(SlidingWindowTransformer(3, flatten=True), RidgeCV())
    >>> for model in (gru, ridge):
    ...     r2 = model.fit(X[:400], y[:400]).score(X[400:], y[400:])
    ...     print(f"{type(model[-1]).__name__}: R2 {r2:.3f}")
    GRURegressor: R2 1.000
    RidgeCV: R2 0.081
    >>> report = gru[-1].fit_report_.to_frame()
    >>> report.loc[report["chosen"], "model"].item()
    'network'

    Quantiles tell how far a value may lie from its prediction. This noise has the
    standard deviation 1.5 plus the previous value:

    >>> noise = np.random.default_rng(0).normal(size=500) * (1.5 + X[:, 0])
    >>> windows = SlidingWindowTransformer(3).fit_transform(X)
    >>> gru = GRURegressor(loss="quantile", quantiles=[0.1, 0.9], random_state=0)
    >>> gru = gru.fit(windows[:400], (y + noise)[:400])
    >>> low, high = gru.predict_quantiles(windows[400:]).T
    >>> for name, rows in [("below", X[400:, 0] < 0), ("above", X[400:, 0] > 0)]:
    ...     print(f"{name} 0: 80 % within {(high - low)[rows].mean():.0f}")
    below 0: 80 % within 2
    above 0: 80 % within 6
    """

    _cell = "gru"


class LSTMRegressor(RecurrentRegressorMixin, BaseRecurrent):
    r"""Long short-term memory (LSTM) network that predicts numbers from sequences.

    An LSTM keeps a cell beside its state. Input, forget and output gates write to the
    cell, clear it and read it, so that memories can last for many steps. Read more in
    the :ref:`User Guide <lstm>`.

    Parameters
    ----------
    hidden_size : int, default=32
        Number of units in the state of each layer and direction, at least 1.
    num_layers : int, default=1
        Number of layers, at least 1. Each layer reads the states of the layer below.
    bidirectional : bool, default=False
        Whether each layer also reads the sequence backwards. The states of both
        directions are concatenated, ``(2 * hidden_size,)``. Both directions read only
        the steps of the sequence, none after it.
    dropout : float or "auto", default="auto"
        Probability, in [0, 1), of setting a unit to 0 in training. Dropout acts between
        layers and before the head, with one layer too. ``"auto"`` is 0 where held-out
        samples decide how long to train (`max_epochs`), and 0.2 otherwise. In one cycle
        of the learning rate it fades linearly to 0 over the first half of the optimiser
        steps (early dropout, Liu et al.); otherwise, and in ``partial_fit``, it is
        constant.
    pooling : {"last", "mean", "max", "attention"}, default="last"
        How the states of all steps of the last layer become one state. ``"last"`` takes
        the final state of each direction; ``"mean"`` and ``"max"`` pool each unit over
        steps; ``"attention"`` is a weighted mean, whose weights a small network learns
        (one tanh layer as wide as the state, softmax over steps). Absent steps do not
        count. The steps are segments where `segment_length` is above 1.
    init : {"auto", "xavier", "he", "orthogonal", "torch"}, default="auto"
        Initial weights of the recurrent layers, gate by gate. With ``"auto"`` the input
        weights are uniform with variance 1 / fan-in (LeCun's), the recurrent weights
        orthogonal and the biases 0, except that the forget gates of an LSTM start open:
        with bias 1, or, where training sequences have 100 segments of `segment_length`
        steps or more, with random biases for memories of all lengths (and their
        negatives at the input gates).
        ``"xavier"``, ``"he"`` (both uniform) and ``"orthogonal"`` draw input and
        recurrent weights alike and set biases to 0. ``"torch"`` draws weights and
        biases as torch does, uniform up to 1 / sqrt(hidden_size).
    linear_skip : {"auto", "ridge", "trainable"} or None, default="auto"
        Linear map from the flattened scaled sequence (absent steps are 0) to the
        outputs. The outputs of the network are added to it.

        - ``"auto"``: ``"ridge"`` or ``None``, by the errors that also decide how long
          to train (`max_epochs`). Where nothing is judged it is ``"ridge"``.
        - ``"ridge"``: a ridge regression in closed form. It is fitted first and then
          fixed; the network learns its residuals. Generalised cross-validation chooses
          its strength, 1e-12 to 1e8 times the mean eigenvalue of the centred Gram
          matrix, at a price of 1.4 for each degree of freedom (Kim & Gu), which guards
          against fitting noise. Of a sequence with more than 5,000 values it reads only
          the latest steps, up to that number of values.
        - ``"trainable"``: a layer that starts at 0 and is trained with the network.
        - ``None``: the network alone.

        Of a sequence longer than those of ``fit``, the linear map reads the latest
        `n_steps_` steps, and the network all steps.
    target_feature : int, str or None, default=None
        Feature that holds the target's own past: its number within a step, 0 to
        ``n_features - 1``, or its name where X has column names (for the columns
        ``close_lag1, close_lag0`` of a flat window also ``close``). The regressor reads
        this feature relative to its value at the last step of each sequence, and
        predicts all outputs relative to that value. The level of a price or a load is
        then carried over, not learnt.
    loss : str, default="squared_error"
        Loss of the network, on scaled targets: ``"squared_error"``,
        ``"absolute_error"``, ``"huber"`` (quadratic up to an error of 1, linear beyond)
        or ``"quantile"`` (the pinball loss, averaged over `quantiles`). The ridge of
        `linear_skip` minimises squared errors with every loss.
    quantiles : float, array-like of shape (n_quantiles,) or None, default=None
        Increasing levels in (0, 1), for ``loss="quantile"`` only; ``None`` is the
        median, 0.5. ``predict`` returns the level nearest 0.5 (the lower of two equally
        near), so every scorer works. ``predict_quantiles`` returns all levels.
    max_epochs : int or "auto", default="auto"
        How long to train. An epoch is a pass over the training samples.

        - ``"auto"``: samples that training does not see decide on the number of
          optimiser steps, from 0 to 19,200. Notes has the rule, and `fit_report_` the
          errors. With `early_stopping`, and in a second ``fit`` with `warm_start`,
          nothing is judged: about 300 steps are made. An epoch then has at most 30
          batches, about a pass over the samples or, over many samples, a part of it.
        - int, at least 0: the number of epochs, the largest with `early_stopping`. With
          0 epochs the model is its linear skip alone. Nothing is judged.
    max_fit_time : float or None, default=None
        Seconds on the clock, above 0, that ``fit`` may take, about; ``None``: no limit.
        While the length of training is judged, the trials end early enough for the
        training on all samples. With a number of epochs, training ends when the time is
        up. Scales and ridge are fitted in any case. Where the limit acts, the result
        depends on the speed of the machine. ``partial_fit`` has no limit.
    batch_size : int or "auto", default="auto"
        Number of samples in a batch, at least 1; the last batch of a pass may be
        smaller. ``"auto"`` is ``min(128, max(32, n_samples // 60))``.
    lr : float, default=1e-2
        Learning rate, above 0; the highest rate of an `lr_schedule`.
    optimizer : {"adam", "adamw", "rmsprop", "sgd"}, default="adamw"
        Optimiser of torch; ``"sgd"`` has Nesterov momentum 0.9.
    weight_decay : float, default=1e-2
        Weight decay of the optimiser, at least 0, on every weight and bias of the
        network. ``"adamw"`` decouples it from the gradient (Loshchilov & Hutter); the
        other optimisers add it to the gradient. The ridge has its own strength.
    lr_schedule : {"auto", "onecycle"} or None, default="auto"
        Learning rate over the steps of the optimiser.

        - ``"auto"``: schedule-free (Defazio et al.) where the length of training is
          judged, and ``"onecycle"`` otherwise. A schedule-free training makes its
          predictions with the average of its weights. After a rise over 100 steps the
          rate stays at `lr`, without momentum, so one training gives the weights of
          every length.
        - ``"onecycle"`` (Smith & Topin): the rate rises from ``lr / 25`` to `lr` over
          the first 30 % of the optimiser steps and then falls to ``lr / 250_000``, both
          along a cosine. The momentum of every optimiser (the first beta of Adam) moves
          from 0.95 to 0.85 and back, and `dropout` fades. Lengths are still judged by
          schedule-free trainings, because a cycle has to know its end.
        - ``None``: a constant rate.

        A skorch ``LRScheduler`` in `callbacks` replaces the schedule of the training on
        all samples.
    clip_grad_norm : float or None, default=1.0
        Largest Euclidean norm, above 0, of the gradient of all weights together; a
        larger gradient is scaled down to it. ``None`` does not clip.
    recurrent_constraint : {"spectral"} or None, default=None
        ``"spectral"`` scales the recurrent weights of each gate back to a spectral norm
        of at most 1 after each optimiser step.
    device : str, default="cpu"
        Device of the network: ``"cpu"``, ``"cuda"`` or a numbered device such as
        ``"cuda:0"``. Scales and ridge are computed on the CPU.
    n_threads : int, default=1
        Number of threads, at least 1, that share the samples of each batch on the CPU
        where the compiled kernel runs (see ``sklearn_rnn.show_versions()``). Results do
        not depend on it. Several threads pay from about 64 samples for each; in a
        search, let ``n_jobs`` use the cores.
    callbacks : list or tuple of skorch callbacks, or None, default=None
        Callbacks, their classes, or pairs of a name and a callback; called as skorch
        calls them, in the training on all samples only, not in the trials that judge
        its length. They see scaled losses and targets: the residuals of the ridge
        divided by their root mean square (without a ridge, the standardised targets).
        The last `validation_fraction` of the samples is held out of training where a
        callback watches validation: ``EarlyStopping`` and ``Checkpoint`` with their
        default monitors, ``EpochScoring`` unless it has ``on_train=True``.
    verbose : int or bool, default=0
        0 is silent; any other value shows progress bars: over the optimiser steps of
        the trials while the length of training is judged, then over the epochs, with
        the losses.
    early_stopping : bool or "refit", default=False
        ``True`` holds out the last `validation_fraction` of the samples, in the order
        given, also from scales and ridge. Training ends when the validation loss has
        not fallen by more than `tol` for `n_iter_no_change` epochs, and the weights of
        the epoch with the lowest validation loss are restored (the weights before
        training, if no epoch did better). ``"refit"`` finds the best number of epochs
        in this way, 0 allowed, and then fits scales, ridge and network anew with that
        number of epochs on all samples. Both replace the judgement of
        ``max_epochs="auto"``, which is then about 300 optimiser steps.
    validation_fraction : float, default=0.1
        Fraction of the samples, in (0, 1), that is held out where `early_stopping` or
        `callbacks` ask for validation. It is rounded up to whole samples; at least 2
        samples must be left to train on.
    n_iter_no_change : int, default=10
        Number of epochs without a lower validation loss after which `early_stopping`
        ends training, at least 1.
    tol : float, default=1e-4
        Least decrease of the validation loss, at least 0, that counts as lower for
        `n_iter_no_change`, in units of the loss of scaled targets.
    warm_start : bool, default=False
        With ``True``, a second ``fit`` starts from the present weights and keeps scales
        and ridge; optimiser and schedule start anew. It judges nothing:
        ``max_epochs="auto"`` is about 300 optimiser steps, along one cycle. The shapes
        of X and y, the size of the network, `pooling`, `linear_skip`, `segment_length`
        and the number of `quantiles` must stay the same.
    window_length : int or None, default=None
        Number of steps in a row of 2-D X, at least 1, time-major (the layout of
        ``SlidingWindowTransformer(flatten=True)``); it must divide the number of
        columns. ``None``: each column of 2-D X is one step of one feature. Flat windows
        that come straight from the transformer, and columns named after lags
        (``open_lag1``, ``close_lag1``, ``open_lag0``, ``close_lag0``), are read as
        windows instead; columns named after lags in another order are an error. The
        parameter has no effect on 3-D X and lists.
    standardize : bool, default=True
        Whether to scale each feature, over all its steps, and each output of y to mean
        0 and standard deviation 1. Scales are learnt from the training samples and
        undone in ``predict``. The scale of a `target_feature` is the root mean square
        of its differences from the last step; the mean and scale of the targets are
        then those of the differences to predict.
    segment_length : int, default=1
        Number of steps of X, at least 1, that are one step of the network, side by
        side (Lin et al.; see :ref:`segments`): 24, for example, for long windows of
        hourly rows with a daily season. Only the network reads segments; the linear
        skip reads the steps. The last segment ends with the last step. Where the steps
        do not fill the first segment, zeros stand for the missing steps: the mean of a
        scaled feature, and the last value of a `target_feature`. A segment has at most
        as many steps as the longest sequence of ``fit``.
    random_state : int, RandomState instance or None, default=None
        Seeds initial weights, order of batches and dropout. An int makes ``fit`` repeat
        bit for bit on one machine, unless `max_fit_time` cuts it short. The global
        generators of torch, numpy and Python are left as they were; with ``None`` the
        seed is drawn from numpy's.

    Attributes
    ----------
    net_ : RecurrentNet
        The skorch net.
    module_ : RecurrentModule
        The trained torch module of `net_`. It maps a scaled float32 tensor of shape
        (n_samples, n_steps, n_features) to a tensor of shape
        (n_samples, n_outputs * n_quantiles).
    n_iter_ : int
        Number of epochs in the last ``fit``, of the training on all samples, and in
        every ``partial_fit`` since.
    loss_curve_ : list of float, of shape (`n_iter_`,)
        Mean training loss of each epoch, of scaled targets and with dropout. With
        ``partial_fit`` the latest 1,000 earlier epochs are kept.
    validation_loss_curve_ : list of float, of shape (n_epochs,), or None
        Loss of the held-out samples after each epoch, of scaled targets; with
        ``early_stopping="refit"`` in the training that found the number of epochs.
        None where nothing was held out.
    fit_report_ : FitReport or None
        Errors on samples that training did not see, in units of y: of the mean (with
        `target_feature` of the last value), of the ridge, and of the network by number
        of optimiser steps; the choice and the seconds. It prints as a table, and
        ``to_frame()`` returns a DataFrame. None where nothing was judged.
    n_features_in_ : int
        Number of columns of 2-D X; size of the last axis of 3-D X and of the arrays in
        a list.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, where X has string names.
    n_outputs_ : int
        Number of outputs, columns of y.
    n_steps_ : int
        Number of steps of the longest training sequence.

    Raises
    ------
    ValueError
        In ``fit``, if a parameter is out of range or does not fit the data or another
        parameter; `device` is not there; X or y has a wrong shape, fewer than 2
        samples, or a value that is NaN (other than absent steps) or infinite; or the
        loss becomes NaN or infinite in training. In ``predict``, if X differs from the
        X of ``fit`` in its number of features.
    TypeError
        If a parameter has a wrong type, `callbacks` holds anything but skorch
        callbacks, or X is sparse.
    NotFittedError
        If ``predict``, ``predict_quantiles``, ``score`` or `module_` is used before
        ``fit``.

    Warns
    -----
    ConvergenceWarning
        If training is interrupted (Ctrl-C). The best weights so far are kept: those of
        the lowest validation loss, or of the lowest training loss where nothing is held
        out. If the length of training was still being judged, the best model so far is
        kept; a network has then learnt from a part of the samples.

    See Also
    --------
    GRURegressor : Gated recurrent units; fewer weights than an LSTM.
    RNNRegressor : Elman's simple recurrent network; the fastest.
    SlidingWindowTransformer : From rows in time order to sequences.
    make_windows : Sequences and the values that follow them.

    Notes
    -----
    A layer computes the cell :math:`c_t = f_t \odot c_{t-1} + i_t \odot g_t` and the
    state :math:`h_t = o_t \odot \tanh(c_t)`, with forget, input and output gates
    :math:`f_t`, :math:`i_t`, :math:`o_t` and the candidate :math:`g_t`, without
    peepholes.

    The prediction is

    .. math::

        \hat{y} = \ell + m + d \odot \bigl(A \bar{x} + a + u \odot (V p + v)\bigr)

    with the flattened scaled sequence :math:`\bar{x}`, the linear skip :math:`A, a`,
    the pooled state :math:`p` and the head :math:`V, v`. The User Guide has
    :ref:`all symbols and shapes <recurrent-symbols>`, the
    :ref:`papers behind the defaults <recurrent-references>`, notes on
    :ref:`threads and failed fits <recurrent-threads>`, and the
    :ref:`types that skops asks to trust <recurrent-types>`.

    With ``max_epochs="auto"`` the last fifth of the samples, in the order given,
    decides how long to train. Scales, ridge and networks learn from the samples before
    it. The errors of the network, on the ridge and alone, are read after 75, 150, 300,
    ... 19,200 steps. A training ends where twice the steps lower the squared error by
    less than a twentieth. A network is used if its squared error is 4 % below that of
    the ridge, or of the mean where the mean is better, and by more than chance. The
    chosen model is then trained on all samples. Below 100 samples no sample is held
    out: errors of leaving out each sample, in closed form, decide whether a network
    makes 300 steps. The User Guide has :ref:`the rule in full <training-length>`.

    References
    ----------
    Hochreiter, S., Schmidhuber, J. (1997). Long short-term memory. Neural Computation
    9(8), 1735-1780.

    Gers, F. A., Schmidhuber, J., Cummins, F. (2000). Learning to forget: continual
    prediction with LSTM. Neural Computation 12(10), 2451-2471.

    Tallec, C., Ollivier, Y. (2018). Can recurrent neural networks warp time? ICLR.

    Defazio, A., Yang, X., Mehta, H., Mishchenko, K., Khaled, A., Cutkosky, A. (2024).
    The road less scheduled. NeurIPS.

    Examples
    --------
    The steps of this series follow the Hénon map, and its level rises beyond the levels
    of the training rows. `target_feature` carries the level over, and the error is a
    small part of the error of the last value:

    >>> import numpy as np
    >>> from sklearn.metrics import mean_absolute_error
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_rnn import LSTMRegressor, SlidingWindowTransformer
    >>> steps = np.zeros(401)
    >>> for t in range(2, 401):
    ...     steps[t] = 1 - 1.4 * steps[t - 1] ** 2 + 0.3 * steps[t - 2]
    >>> level = np.cumsum(steps + 0.5)
    >>> X, y = level[:-1, np.newaxis], level[1:]  # (400, 1) and (400,)
    >>> lstm = make_pipeline(
    ...     SlidingWindowTransformer(6),
    ...     LSTMRegressor(target_feature=0, max_fit_time=10, random_state=0),
    ... )
    >>> y_pred = lstm.fit(X[:300], y[:300]).predict(X[300:])
    >>> for name, forecast in [("last value", X[300:, 0]), ("LSTM", y_pred)]:
    ...     print(f"{name}: MAE {mean_absolute_error(y[300:], forecast):.1f}")
    last value: MAE 0.9
    LSTM: MAE 0.0

    Parameters that contradict each other are an error:

    >>> LSTMRegressor(quantiles=[0.1, 0.9]).fit(X, y)
    Traceback (most recent call last):
        ...
    ValueError: quantiles=[0.1, 0.9] needs loss='quantile', got loss='squared_error'.
    """

    _cell = "lstm"


class RNNRegressor(RecurrentRegressorMixin, BaseRecurrent):
    r"""Simple recurrent network (Elman's) that predicts numbers from sequences.

    Each step computes the whole state anew, without gates. The network is the fastest
    to train, and suits short windows. Read more in the :ref:`User Guide <simple-rnn>`.

    Parameters
    ----------
    hidden_size : int, default=32
        Number of units in the state of each layer and direction, at least 1.
    num_layers : int, default=1
        Number of layers, at least 1. Each layer reads the states of the layer below.
    nonlinearity : {"tanh", "relu"}, default="tanh"
        Function that each new state passes through. With ``"relu"`` states are
        unbounded; over long sequences `recurrent_constraint` keeps them from growing
        exponentially.
    bidirectional : bool, default=False
        Whether each layer also reads the sequence backwards. The states of both
        directions are concatenated, ``(2 * hidden_size,)``. Both directions read only
        the steps of the sequence, none after it.
    dropout : float or "auto", default="auto"
        Probability, in [0, 1), of setting a unit to 0 in training. Dropout acts between
        layers and before the head, with one layer too. ``"auto"`` is 0 where held-out
        samples decide how long to train (`max_epochs`), and 0.2 otherwise. In one cycle
        of the learning rate it fades linearly to 0 over the first half of the optimiser
        steps (early dropout, Liu et al.); otherwise, and in ``partial_fit``, it is
        constant.
    pooling : {"last", "mean", "max", "attention"}, default="last"
        How the states of all steps of the last layer become one state. ``"last"`` takes
        the final state of each direction; ``"mean"`` and ``"max"`` pool each unit over
        steps; ``"attention"`` is a weighted mean, whose weights a small network learns
        (one tanh layer as wide as the state, softmax over steps). Absent steps do not
        count. The steps are segments where `segment_length` is above 1.
    init : {"auto", "xavier", "he", "orthogonal", "torch"}, default="auto"
        Initial weights of the recurrent layers, gate by gate. With ``"auto"`` the input
        weights are uniform with variance 1 / fan-in (LeCun's), the recurrent weights
        orthogonal and the biases 0, except that the forget gates of an LSTM start open:
        with bias 1, or, where training sequences have 100 segments of `segment_length`
        steps or more, with random biases for memories of all lengths (and their
        negatives at the input gates).
        ``"xavier"``, ``"he"`` (both uniform) and ``"orthogonal"`` draw input and
        recurrent weights alike and set biases to 0. ``"torch"`` draws weights and
        biases as torch does, uniform up to 1 / sqrt(hidden_size).
    linear_skip : {"auto", "ridge", "trainable"} or None, default="auto"
        Linear map from the flattened scaled sequence (absent steps are 0) to the
        outputs. The outputs of the network are added to it.

        - ``"auto"``: ``"ridge"`` or ``None``, by the errors that also decide how long
          to train (`max_epochs`). Where nothing is judged it is ``"ridge"``.
        - ``"ridge"``: a ridge regression in closed form. It is fitted first and then
          fixed; the network learns its residuals. Generalised cross-validation chooses
          its strength, 1e-12 to 1e8 times the mean eigenvalue of the centred Gram
          matrix, at a price of 1.4 for each degree of freedom (Kim & Gu), which guards
          against fitting noise. Of a sequence with more than 5,000 values it reads only
          the latest steps, up to that number of values.
        - ``"trainable"``: a layer that starts at 0 and is trained with the network.
        - ``None``: the network alone.

        Of a sequence longer than those of ``fit``, the linear map reads the latest
        `n_steps_` steps, and the network all steps.
    target_feature : int, str or None, default=None
        Feature that holds the target's own past: its number within a step, 0 to
        ``n_features - 1``, or its name where X has column names (for the columns
        ``close_lag1, close_lag0`` of a flat window also ``close``). The regressor reads
        this feature relative to its value at the last step of each sequence, and
        predicts all outputs relative to that value. The level of a price or a load is
        then carried over, not learnt.
    loss : str, default="squared_error"
        Loss of the network, on scaled targets: ``"squared_error"``,
        ``"absolute_error"``, ``"huber"`` (quadratic up to an error of 1, linear beyond)
        or ``"quantile"`` (the pinball loss, averaged over `quantiles`). The ridge of
        `linear_skip` minimises squared errors with every loss.
    quantiles : float, array-like of shape (n_quantiles,) or None, default=None
        Increasing levels in (0, 1), for ``loss="quantile"`` only; ``None`` is the
        median, 0.5. ``predict`` returns the level nearest 0.5 (the lower of two equally
        near), so every scorer works. ``predict_quantiles`` returns all levels.
    max_epochs : int or "auto", default="auto"
        How long to train. An epoch is a pass over the training samples.

        - ``"auto"``: samples that training does not see decide on the number of
          optimiser steps, from 0 to 19,200. Notes has the rule, and `fit_report_` the
          errors. With `early_stopping`, and in a second ``fit`` with `warm_start`,
          nothing is judged: about 300 steps are made. An epoch then has at most 30
          batches, about a pass over the samples or, over many samples, a part of it.
        - int, at least 0: the number of epochs, the largest with `early_stopping`. With
          0 epochs the model is its linear skip alone. Nothing is judged.
    max_fit_time : float or None, default=None
        Seconds on the clock, above 0, that ``fit`` may take, about; ``None``: no limit.
        While the length of training is judged, the trials end early enough for the
        training on all samples. With a number of epochs, training ends when the time is
        up. Scales and ridge are fitted in any case. Where the limit acts, the result
        depends on the speed of the machine. ``partial_fit`` has no limit.
    batch_size : int or "auto", default="auto"
        Number of samples in a batch, at least 1; the last batch of a pass may be
        smaller. ``"auto"`` is ``min(128, max(32, n_samples // 60))``.
    lr : float, default=1e-2
        Learning rate, above 0; the highest rate of an `lr_schedule`.
    optimizer : {"adam", "adamw", "rmsprop", "sgd"}, default="adamw"
        Optimiser of torch; ``"sgd"`` has Nesterov momentum 0.9.
    weight_decay : float, default=1e-2
        Weight decay of the optimiser, at least 0, on every weight and bias of the
        network. ``"adamw"`` decouples it from the gradient (Loshchilov & Hutter); the
        other optimisers add it to the gradient. The ridge has its own strength.
    lr_schedule : {"auto", "onecycle"} or None, default="auto"
        Learning rate over the steps of the optimiser.

        - ``"auto"``: schedule-free (Defazio et al.) where the length of training is
          judged, and ``"onecycle"`` otherwise. A schedule-free training makes its
          predictions with the average of its weights. After a rise over 100 steps the
          rate stays at `lr`, without momentum, so one training gives the weights of
          every length.
        - ``"onecycle"`` (Smith & Topin): the rate rises from ``lr / 25`` to `lr` over
          the first 30 % of the optimiser steps and then falls to ``lr / 250_000``, both
          along a cosine. The momentum of every optimiser (the first beta of Adam) moves
          from 0.95 to 0.85 and back, and `dropout` fades. Lengths are still judged by
          schedule-free trainings, because a cycle has to know its end.
        - ``None``: a constant rate.

        A skorch ``LRScheduler`` in `callbacks` replaces the schedule of the training on
        all samples.
    clip_grad_norm : float or None, default=1.0
        Largest Euclidean norm, above 0, of the gradient of all weights together; a
        larger gradient is scaled down to it. ``None`` does not clip.
    recurrent_constraint : {"spectral"} or None, default=None
        ``"spectral"`` scales the recurrent weights of each gate back to a spectral norm
        of at most 1 after each optimiser step.
    device : str, default="cpu"
        Device of the network: ``"cpu"``, ``"cuda"`` or a numbered device such as
        ``"cuda:0"``. Scales and ridge are computed on the CPU.
    n_threads : int, default=1
        Number of threads, at least 1, that share the samples of each batch on the CPU
        where the compiled kernel runs (see ``sklearn_rnn.show_versions()``). Results do
        not depend on it. Several threads pay from about 64 samples for each; in a
        search, let ``n_jobs`` use the cores.
    callbacks : list or tuple of skorch callbacks, or None, default=None
        Callbacks, their classes, or pairs of a name and a callback; called as skorch
        calls them, in the training on all samples only, not in the trials that judge
        its length. They see scaled losses and targets: the residuals of the ridge
        divided by their root mean square (without a ridge, the standardised targets).
        The last `validation_fraction` of the samples is held out of training where a
        callback watches validation: ``EarlyStopping`` and ``Checkpoint`` with their
        default monitors, ``EpochScoring`` unless it has ``on_train=True``.
    verbose : int or bool, default=0
        0 is silent; any other value shows progress bars: over the optimiser steps of
        the trials while the length of training is judged, then over the epochs, with
        the losses.
    early_stopping : bool or "refit", default=False
        ``True`` holds out the last `validation_fraction` of the samples, in the order
        given, also from scales and ridge. Training ends when the validation loss has
        not fallen by more than `tol` for `n_iter_no_change` epochs, and the weights of
        the epoch with the lowest validation loss are restored (the weights before
        training, if no epoch did better). ``"refit"`` finds the best number of epochs
        in this way, 0 allowed, and then fits scales, ridge and network anew with that
        number of epochs on all samples. Both replace the judgement of
        ``max_epochs="auto"``, which is then about 300 optimiser steps.
    validation_fraction : float, default=0.1
        Fraction of the samples, in (0, 1), that is held out where `early_stopping` or
        `callbacks` ask for validation. It is rounded up to whole samples; at least 2
        samples must be left to train on.
    n_iter_no_change : int, default=10
        Number of epochs without a lower validation loss after which `early_stopping`
        ends training, at least 1.
    tol : float, default=1e-4
        Least decrease of the validation loss, at least 0, that counts as lower for
        `n_iter_no_change`, in units of the loss of scaled targets.
    warm_start : bool, default=False
        With ``True``, a second ``fit`` starts from the present weights and keeps scales
        and ridge; optimiser and schedule start anew. It judges nothing:
        ``max_epochs="auto"`` is about 300 optimiser steps, along one cycle. The shapes
        of X and y, the size of the network, `pooling`, `linear_skip`, `segment_length`
        and the number of `quantiles` must stay the same.
    window_length : int or None, default=None
        Number of steps in a row of 2-D X, at least 1, time-major (the layout of
        ``SlidingWindowTransformer(flatten=True)``); it must divide the number of
        columns. ``None``: each column of 2-D X is one step of one feature. Flat windows
        that come straight from the transformer, and columns named after lags
        (``open_lag1``, ``close_lag1``, ``open_lag0``, ``close_lag0``), are read as
        windows instead; columns named after lags in another order are an error. The
        parameter has no effect on 3-D X and lists.
    standardize : bool, default=True
        Whether to scale each feature, over all its steps, and each output of y to mean
        0 and standard deviation 1. Scales are learnt from the training samples and
        undone in ``predict``. The scale of a `target_feature` is the root mean square
        of its differences from the last step; the mean and scale of the targets are
        then those of the differences to predict.
    segment_length : int, default=1
        Number of steps of X, at least 1, that are one step of the network, side by
        side (Lin et al.; see :ref:`segments`): 24, for example, for long windows of
        hourly rows with a daily season. Only the network reads segments; the linear
        skip reads the steps. The last segment ends with the last step. Where the steps
        do not fill the first segment, zeros stand for the missing steps: the mean of a
        scaled feature, and the last value of a `target_feature`. A segment has at most
        as many steps as the longest sequence of ``fit``.
    random_state : int, RandomState instance or None, default=None
        Seeds initial weights, order of batches and dropout. An int makes ``fit`` repeat
        bit for bit on one machine, unless `max_fit_time` cuts it short. The global
        generators of torch, numpy and Python are left as they were; with ``None`` the
        seed is drawn from numpy's.

    Attributes
    ----------
    net_ : RecurrentNet
        The skorch net.
    module_ : RecurrentModule
        The trained torch module of `net_`. It maps a scaled float32 tensor of shape
        (n_samples, n_steps, n_features) to a tensor of shape
        (n_samples, n_outputs * n_quantiles).
    n_iter_ : int
        Number of epochs in the last ``fit``, of the training on all samples, and in
        every ``partial_fit`` since.
    loss_curve_ : list of float, of shape (`n_iter_`,)
        Mean training loss of each epoch, of scaled targets and with dropout. With
        ``partial_fit`` the latest 1,000 earlier epochs are kept.
    validation_loss_curve_ : list of float, of shape (n_epochs,), or None
        Loss of the held-out samples after each epoch, of scaled targets; with
        ``early_stopping="refit"`` in the training that found the number of epochs.
        None where nothing was held out.
    fit_report_ : FitReport or None
        Errors on samples that training did not see, in units of y: of the mean (with
        `target_feature` of the last value), of the ridge, and of the network by number
        of optimiser steps; the choice and the seconds. It prints as a table, and
        ``to_frame()`` returns a DataFrame. None where nothing was judged.
    n_features_in_ : int
        Number of columns of 2-D X; size of the last axis of 3-D X and of the arrays in
        a list.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, where X has string names.
    n_outputs_ : int
        Number of outputs, columns of y.
    n_steps_ : int
        Number of steps of the longest training sequence.

    Raises
    ------
    ValueError
        In ``fit``, if a parameter is out of range or does not fit the data or another
        parameter; `device` is not there; X or y has a wrong shape, fewer than 2
        samples, or a value that is NaN (other than absent steps) or infinite; or the
        loss becomes NaN or infinite in training. In ``predict``, if X differs from the
        X of ``fit`` in its number of features.
    TypeError
        If a parameter has a wrong type, `callbacks` holds anything but skorch
        callbacks, or X is sparse.
    NotFittedError
        If ``predict``, ``predict_quantiles``, ``score`` or `module_` is used before
        ``fit``.

    Warns
    -----
    ConvergenceWarning
        If training is interrupted (Ctrl-C). The best weights so far are kept: those of
        the lowest validation loss, or of the lowest training loss where nothing is held
        out. If the length of training was still being judged, the best model so far is
        kept; a network has then learnt from a part of the samples.

    See Also
    --------
    GRURegressor : Gated recurrent units, which remember longer.
    LSTMRegressor : Long short-term memory, which keeps a cell beside its state.
    SlidingWindowTransformer : From rows in time order to sequences.
    make_windows : Sequences and the values that follow them.

    Notes
    -----
    A layer computes :math:`h_t = \phi(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh})`,
    where :math:`\phi` is the `nonlinearity`.

    The prediction is

    .. math::

        \hat{y} = \ell + m + d \odot \bigl(A \bar{x} + a + u \odot (V p + v)\bigr)

    with the flattened scaled sequence :math:`\bar{x}`, the linear skip :math:`A, a`,
    the pooled state :math:`p` and the head :math:`V, v`. The User Guide has
    :ref:`all symbols and shapes <recurrent-symbols>`, the
    :ref:`papers behind the defaults <recurrent-references>`, notes on
    :ref:`threads and failed fits <recurrent-threads>`, and the
    :ref:`types that skops asks to trust <recurrent-types>`.

    With ``max_epochs="auto"`` the last fifth of the samples, in the order given,
    decides how long to train. Scales, ridge and networks learn from the samples before
    it. The errors of the network, on the ridge and alone, are read after 75, 150, 300,
    ... 19,200 steps. A training ends where twice the steps lower the squared error by
    less than a twentieth. A network is used if its squared error is 4 % below that of
    the ridge, or of the mean where the mean is better, and by more than chance. The
    chosen model is then trained on all samples. Below 100 samples no sample is held
    out: errors of leaving out each sample, in closed form, decide whether a network
    makes 300 steps. The User Guide has :ref:`the rule in full <training-length>`.

    References
    ----------
    Elman, J. L. (1990). Finding structure in time. Cognitive Science 14(2), 179-211.

    Defazio, A., Yang, X., Mehta, H., Mishchenko, K., Khaled, A., Cutkosky, A. (2024).
    The road less scheduled. NeurIPS.

    Examples
    --------
    The logistic map is chaotic, but its next value follows from the last value:

    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_rnn import RNNRegressor, SlidingWindowTransformer
    >>> series = np.full(501, 0.3)
    >>> for t in range(1, 501):
    ...     series[t] = 3.9 * series[t - 1] * (1 - series[t - 1])
    >>> X, y = series[:-1, np.newaxis], series[1:]  # (500, 1) and (500,)
    >>> rnn = make_pipeline(
    ...     SlidingWindowTransformer(3), RNNRegressor(max_fit_time=10, random_state=0)
    ... )
    >>> r2 = rnn.fit(X[:400], y[:400]).score(X[400:], y[400:])
    >>> print(f"R2 {r2:.1f}")
    R2 1.0

    A list holds sequences of different lengths. A missing value inside a sequence is an
    error:

    >>> rnn[-1].predict([[0.3, 0.8, 0.6], [0.8, 0.6]]).shape
    (2,)
    >>> rnn[-1].predict([[0.3, np.nan, 0.6], [0.8, 0.6]])
    Traceback (most recent call last):
        ...
    ValueError: Input X contains NaN at row 0, step 1, column 0; all values must be
    finite numbers (impute or drop what is missing).
    """

    _cell = "rnn"

    _parameter_constraints = {
        **RecurrentRegressorMixin._parameter_constraints,
        "nonlinearity": [StrOptions({"tanh", "relu"})],
    }

    def __init__(
        self,
        *,
        hidden_size: int = 32,
        num_layers: int = 1,
        nonlinearity: Literal["tanh", "relu"] = "tanh",
        bidirectional: bool = False,
        dropout: float | Literal["auto"] = "auto",
        pooling: Literal["last", "mean", "max", "attention"] = "last",
        init: Literal["auto", "xavier", "he", "orthogonal", "torch"] = "auto",
        linear_skip: Literal["auto", "ridge", "trainable"] | None = "auto",
        target_feature: int | str | None = None,
        loss: Literal[
            "squared_error", "absolute_error", "huber", "quantile"
        ] = "squared_error",
        quantiles: float | ArrayLike | None = None,
        max_epochs: int | Literal["auto"] = "auto",
        max_fit_time: float | None = None,
        batch_size: int | Literal["auto"] = "auto",
        lr: float = 1e-2,
        optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = "adamw",
        weight_decay: float = 1e-2,
        lr_schedule: Literal["auto", "onecycle"] | None = "auto",
        clip_grad_norm: float | None = 1.0,
        recurrent_constraint: Literal["spectral"] | None = None,
        device: str = "cpu",
        n_threads: int = 1,
        callbacks: Sequence[Any] | None = None,
        verbose: int | bool = 0,
        early_stopping: bool | Literal["refit"] = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        warm_start: bool = False,
        window_length: int | None = None,
        standardize: bool = True,
        segment_length: int = 1,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        super().__init__(
            hidden_size=hidden_size,
            num_layers=num_layers,
            bidirectional=bidirectional,
            dropout=dropout,
            pooling=pooling,
            init=init,
            linear_skip=linear_skip,
            target_feature=target_feature,
            loss=loss,
            quantiles=quantiles,
            max_epochs=max_epochs,
            max_fit_time=max_fit_time,
            batch_size=batch_size,
            lr=lr,
            optimizer=optimizer,
            weight_decay=weight_decay,
            lr_schedule=lr_schedule,
            clip_grad_norm=clip_grad_norm,
            recurrent_constraint=recurrent_constraint,
            device=device,
            n_threads=n_threads,
            callbacks=callbacks,
            verbose=verbose,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            tol=tol,
            warm_start=warm_start,
            window_length=window_length,
            standardize=standardize,
            segment_length=segment_length,
            random_state=random_state,
        )
        self.nonlinearity = nonlinearity

    def _cell_options(self):
        return {"nonlinearity": self.nonlinearity}
