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

    With :math:`x_t`, of shape (n_features,), the scaled step t of a sequence, and
    :math:`h_t`, of shape (hidden_size,), the state after it, :math:`h_0 = 0`, a layer
    computes

    .. math::

        r_t &= \mathrm{sigmoid}(W_{ir} x_t + b_{ir} + W_{hr} h_{t-1} + b_{hr}) \\
        z_t &= \mathrm{sigmoid}(W_{iz} x_t + b_{iz} + W_{hz} h_{t-1} + b_{hz}) \\
        n_t &= \tanh(W_{in} x_t + b_{in} + r_t \odot (W_{hn} h_{t-1} + b_{hn})) \\
        h_t &= (1 - z_t) \odot n_t + z_t \odot h_{t-1}

    in torch's convention: the reset gate :math:`r_t` acts on the product with the
    recurrent weights, not on the state in front of it as in Cho et al.

    A layer above the first reads the states of the one below in the place of
    :math:`x_t`. The states of the last layer are pooled into one, :math:`p` of shape
    (n_directions * hidden_size,), and the prediction, of shape (n_outputs,), is

    .. math::

        \hat{y} = \ell + m + d \odot \bigl(A \bar{x} + a + u \odot (V p + v)\bigr)

    with :math:`\bar{x}`, of shape (n_steps * n_features,), the flattened sequence;
    :math:`A` and :math:`a` the linear skip; :math:`V` and :math:`v` the head, which
    starts at 0 (:math:`v` with ``loss="quantile"`` at the quantiles of what the network
    is to learn); :math:`u` the root mean square of what the ridge misses of the scaled
    training targets (1 without a ridge); :math:`m` and :math:`d` the targets' mean and
    standard deviation; and :math:`\ell` the last value of `target_feature` (0 without
    one). Each of several `quantiles` has a head of its own; all else they share.

    Parameters
    ----------
    hidden_size : int, default=32
        Number of units in the state of a layer and direction, at least 1.
    num_layers : int, default=1
        Number of layers, at least 1; each reads the states of the one below.
    bidirectional : bool, default=False
        Whether each layer also reads the sequence backwards. The states of both
        directions stand side by side, ``(2 * hidden_size,)``. Both read only the steps
        of the sequence itself, none after it.
    dropout : float, default=0.2
        Probability, in [0, 1), that a unit is set to 0 in training, between layers and
        before the head (with one layer too). With ``lr_schedule="onecycle"`` it fades
        linearly to 0 over the first half of the optimiser steps and stays there (early
        dropout, Liu et al.); otherwise, and in ``partial_fit``, it is constant.
    pooling : {"last", "mean", "max", "attention"}, default="last"
        How the last layer's states of all steps become one. ``"last"`` takes the final
        state of each direction, ``"mean"`` and ``"max"`` act over steps unit by unit,
        ``"attention"`` is a mean whose weights a small network (one tanh layer as wide
        as the state, softmax over steps) learns. Absent steps do not count.
    init : {"auto", "xavier", "he", "orthogonal", "torch"}, default="auto"
        How the weights of the recurrent layers start, gate by gate. ``"auto"``: input
        weights uniform with variance 1 / fan-in (LeCun's), recurrent weights
        orthogonal, biases 0; but the forget gates of an LSTM start open, with bias 1,
        or where training sequences have 100 steps or more with random biases for
        memories of all lengths (and the opposite ones for the input gates).
        ``"xavier"``, ``"he"`` (both uniform) and ``"orthogonal"`` set input and
        recurrent weights alike, biases to 0; ``"torch"`` leaves all as torch draws
        them, uniform up to 1 / sqrt(hidden_size).
    linear_skip : {"ridge", "trainable"} or None, default="ridge"
        Linear map from the flattened scaled sequence (absent steps are 0) to the
        outputs, to which the network's are added.

        - ``"ridge"``: a ridge regression in closed form, fitted first and kept; the
          network learns what it misses. Its strength, 1e-12 to 1e8 times the mean
          eigenvalue of the centred Gram matrix, is chosen by generalised
          cross-validation in which a degree of freedom is priced 1.4 (Kim & Gu), so
          that where there is little to learn, little is learnt. Where a sequence has
          more than 5,000 values it reads only the latest steps, up to that number.
        - ``"trainable"``: a layer that starts at 0 and is trained with the rest.
        - ``None``: the network alone. Only then may ``predict`` be given sequences
          longer than those of ``fit``.
    target_feature : int, str or None, default=None
        The feature that holds the target's own past: its number within a step, 0 to
        ``n_features - 1``, or its name where X has column names (of a flat window's
        ``close_lag1, close_lag0`` also plainly ``close``). Its values are read relative
        to the one at the last step of each sequence, and the predictions of all outputs
        are made relative to that: the level of a price or a load is carried, not
        learnt.
    loss : str, default="squared_error"
        What the network minimises, on scaled targets: ``"squared_error"``,
        ``"absolute_error"``, ``"huber"`` (quadratic up to an error of 1, linear beyond)
        or ``"quantile"`` (the pinball loss, averaged over `quantiles`). The ridge of
        `linear_skip` minimises squared errors whatever the loss.
    quantiles : float, array-like of shape (n_quantiles,) or None, default=None
        Increasing levels in (0, 1), for ``loss="quantile"`` only; ``None`` is the
        median, 0.5. With more than one, predictions have a last axis for them, in which
        values never fall.
    max_epochs : int or "auto", default="auto"
        Largest number of epochs, at least 0, which leaves the network out: the linear
        skip alone. An epoch is a pass over the training samples. ``"auto"`` makes some
        300 optimiser steps whatever the number of samples: an epoch is then at most 30
        batches, a part of a pass where samples are many, and there are
        ``round(300 / n_batches)`` epochs.
    batch_size : int or "auto", default="auto"
        Number of samples in a batch, at least 1; the last batch of a pass may be
        smaller. ``"auto"`` is ``min(128, max(32, n_samples // 60))``.
    lr : float, default=1e-2
        Learning rate, above 0; the highest one where `lr_schedule` changes it.
    optimizer : {"adam", "adamw", "rmsprop", "sgd"}, default="adamw"
        torch's optimiser; ``"sgd"`` has Nesterov momentum 0.9.
    weight_decay : float, default=1e-2
        The optimiser's weight decay, at least 0, on every weight and bias of the
        network. It is decoupled from the gradient in ``"adamw"`` (Loshchilov & Hutter)
        and added to the gradient in the others. The ridge has its own strength.
    lr_schedule : {"onecycle"} or None, default="onecycle"
        ``"onecycle"`` (Smith & Topin): within `max_epochs` epochs the rate rises from
        ``lr / 25`` to `lr` over the first 30 % of the optimiser steps and falls to
        ``lr / 250_000``, both along a cosine, while the momentum of every optimiser
        (Adam's first beta) moves from 0.95 to 0.85 and back, and `dropout` fades.
        ``None``: constant. A skorch ``LRScheduler`` in `callbacks` takes its place.
    clip_grad_norm : float or None, default=1.0
        Largest Euclidean norm, above 0, of the gradient of all weights together; a
        larger one is scaled down to it. ``None`` does not clip.
    recurrent_constraint : {"spectral"} or None, default=None
        ``"spectral"`` scales the recurrent weights of each gate back to a spectral norm
        of at most 1 after each optimiser step.
    device : str, default="cpu"
        Where the network trains and predicts: ``"cpu"``, ``"cuda"`` or a numbered one
        such as ``"cuda:0"``. Scales and ridge are computed on the CPU.
    n_threads : int, default=1
        Number of threads, at least 1, that share the samples of each batch on the CPU
        where the compiled kernel runs (``sklearn_rnn.show_versions()`` tells); results
        do not depend on it. More than one pays from some 64 samples for each; in a
        search, let ``n_jobs`` use the cores.
    callbacks : list or tuple of skorch callbacks, or None, default=None
        Callbacks, their classes, or pairs of a name and one; called as skorch calls
        them. Losses and targets that they see are scaled: what the ridge misses,
        divided by its root mean square (without a ridge, the standardised targets).
        Where one watches validation (``EarlyStopping`` and ``Checkpoint`` with their
        default monitors, ``EpochScoring`` unless it has ``on_train=True``) the last
        `validation_fraction` of the samples is held out of training.
    verbose : int or bool, default=0
        0 is silent; any other shows one progress bar over the epochs, with the losses.
    early_stopping : bool or "refit", default=False
        With ``True`` the last `validation_fraction` of the samples, in the order given,
        is held out, also from scales and ridge; training ends when the validation loss
        has not fallen by more than `tol` for `n_iter_no_change` epochs, and the weights
        of the epoch with the lowest one are restored (those before training, if no
        epoch did better). ``"refit"`` finds the best number of epochs in this way, 0
        allowed, and then fits anew, scales and ridge too, with that many on all
        samples.
    validation_fraction : float, default=0.1
        Part of the samples held out where validation is asked for by `early_stopping`
        or `callbacks`, in (0, 1), rounded up to whole samples; at least 2 samples must
        be left to train on.
    n_iter_no_change : int, default=10
        Number of epochs without a lower validation loss after which `early_stopping`
        ends training, at least 1.
    tol : float, default=1e-4
        By how much the validation loss must fall to count as lower for
        `n_iter_no_change`, at least 0, in units of the loss of scaled targets.
    warm_start : bool, default=False
        With ``True``, a second ``fit`` starts from the present weights and keeps scales
        and ridge; optimiser and schedule start anew. The shapes of X and y, the
        network's size, `pooling`, `linear_skip` and the number of `quantiles` must
        stay.
    window_length : int or None, default=None
        Number of steps in a row of 2-D X, at least 1, time-major (what
        ``SlidingWindowTransformer(flatten=True)`` gives); it must divide the number of
        columns. ``None``: each column of 2-D X is one step of one feature. Flat windows
        that come straight from the transformer, and columns named after lags
        (``open_lag1``, ``close_lag1``, ``open_lag0``, ``close_lag0``), are read as
        windows instead; columns named after lags in another order are an error. It
        does not touch 3-D X and lists.
    standardize : bool, default=True
        Whether to scale each feature, over all its steps, and each output of y to mean
        0 and standard deviation 1, learnt from the training samples and undone in
        ``predict``. With `target_feature` set, that feature's scale is the root mean
        square of its differences from the last step, and the target's mean and scale
        are those of the differences that are to be predicted.
    random_state : int, RandomState instance or None, default=None
        Seeds first weights, order of batches and dropout. An int makes ``fit`` repeat
        bit for bit on one machine. Global generators (torch's, numpy's, Python's) are
        left as they were; with ``None`` the seed is drawn from numpy's.

    Attributes
    ----------
    net_ : RecurrentNet
        The skorch net.
    module_ : RecurrentModule
        The trained torch module, that of `net_`: it maps a scaled float32 tensor of
        shape (n_samples, n_steps, n_features) to one of shape
        (n_samples, n_outputs * n_quantiles).
    n_iter_ : int
        Number of epochs trained in the last ``fit`` and in every ``partial_fit`` since;
        with ``early_stopping="refit"`` those of the training on all samples.
    loss_curve_ : list of float, of shape (`n_iter_`,)
        Mean training loss of each epoch, of scaled targets and with dropout. With
        ``partial_fit`` the latest 1,000 earlier epochs are kept.
    validation_loss_curve_ : list of float, of shape (n_epochs,), or None
        Loss of the held-out samples after each epoch, of scaled targets; with
        ``early_stopping="refit"`` in the training that found the number of epochs.
        None where nothing was held out.
    n_features_in_ : int
        Number of columns of 2-D X, size of the last axis of 3-D X and of the arrays of
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
        one, `device` is not there, X or y has a wrong shape, fewer than 2 samples, or
        holds NaN (other than absent steps) or infinity, or the loss becomes so in
        training. In ``predict``, if X differs from that of ``fit`` in its number of
        features, or its sequences are longer while `linear_skip` is set.
    TypeError
        If a parameter has a wrong type, `callbacks` holds anything but skorch
        callbacks, or X is sparse.
    NotFittedError
        If ``predict``, ``score`` or `module_` is used before ``fit``.

    Warns
    -----
    ConvergenceWarning
        If training is interrupted (Ctrl-C). The best weights so far are kept: those of
        the lowest validation loss, or of the lowest training loss where nothing is held
        out.

    See Also
    --------
    LSTMRegressor : Long short-term memory, which keeps a cell beside its state.
    RNNRegressor : Elman's simple recurrent network; the fastest.
    SlidingWindowTransformer : From rows in time order to sequences.
    make_windows : Sequences and the values that follow them.

    Notes
    -----
    The network computes in float32, the ridge in float64; predictions are float64. On a
    CPU ``fit`` and ``predict`` use one torch thread, and restore their number after.
    Fits in threads of one process do not change each other's results, since each fit
    has a random generator of its own; processes (``n_jobs=2``) share no interpreter
    and are faster. A fit changes the estimator when it ends. If it fails, the estimator
    stays as it was, and other threads may predict with it in the meantime.

    Nothing is written to disk, unless by a callback that is meant to, such as
    ``Checkpoint``.

    ``skops.io.load`` asks which types to trust. With skorch 1.4 these are, for all
    recurrent regressors, ``functools.partial``, ``skorch.dataset.Dataset``,
    ``skorch.dataset.ValidSplit``, ``skorch.history.History``,
    ``skorch.setter.optimizer_setter``, ``torch.utils.data.dataloader.DataLoader``,
    ``sklearn_rnn._recurrent.linear_part.LinearPart``,
    ``sklearn_rnn._recurrent.module.RecurrentModule``,
    ``sklearn_rnn._sequences.scaling.SequenceScaler`` and
    ``sklearn_rnn._recurrent.net.RecurrentNet``; with ``linear_skip="ridge"``
    ``sklearn_rnn._ridge.paths.Ridge``; the estimator itself,
    ``sklearn_rnn._recurrent.regressors.GRURegressor``; its loss,
    ``torch.nn.modules.loss.MSELoss``, ``torch.nn.modules.loss.L1Loss``,
    ``torch.nn.modules.loss.HuberLoss`` or
    ``sklearn_rnn._recurrent.losses.QuantileLoss``; its optimiser,
    ``torch.optim.adam.Adam``, ``torch.optim.adamw.AdamW``,
    ``torch.optim.rmsprop.RMSprop`` or ``torch.optim.sgd.SGD``; and what its callbacks
    add. ``skops.io.get_untrusted_types`` lists those of a file. A fit with a skorch
    ``LRScheduler`` can be pickled, but not stored by skops.

    References
    ----------
    Cho, K., van Merrienboer, B., Gulcehre, C., Bahdanau, D., Bougares, F., Schwenk, H.,
    Bengio, Y. (2014). Learning phrase representations using RNN encoder-decoder for
    statistical machine translation. EMNLP.

    Golub, G. H., Heath, M., Wahba, G. (1979). Generalized cross-validation as a method
    for choosing a good ridge parameter. Technometrics 21(2), 215-223.

    Kim, Y.-J., Gu, C. (2004). Smoothing spline Gaussian regression: more scalable
    computation via efficient approximation. Journal of the Royal Statistical Society B
    66(2), 337-356.

    Smith, L. N., Topin, N. (2019). Super-convergence: very fast training of neural
    networks using large learning rates. SPIE 11006.

    Loshchilov, I., Hutter, F. (2019). Decoupled weight decay regularization. ICLR.

    Liu, Z., Xu, Z., Jin, J., Shen, Z., Darrell, T. (2023). Dropout reduces
    underfitting. ICML.

    Examples
    --------
    In the Hénon map, a chaotic series, each value is a quadratic function of the two
    before it, of which a linear model of the same windows sees little:

    >>> import numpy as np
    >>> from sklearn.linear_model import RidgeCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_rnn import GRURegressor, SlidingWindowTransformer
    >>> series = np.zeros(501)
    >>> for t in range(2, 501):
    ...     series[t] = 1 - 1.4 * series[t - 1] ** 2 + 0.3 * series[t - 2]
    >>> X, y = series[:-1, np.newaxis], series[1:]  # (500, 1) and (500,)
    >>> gru = make_pipeline(SlidingWindowTransformer(3), GRURegressor(random_state=0))
    >>> ridge = make_pipeline(SlidingWindowTransformer(3, flatten=True), RidgeCV())
    >>> for model in (gru, ridge):
    ...     bool(model.fit(X[:400], y[:400]).score(X[400:], y[400:]) > 0.95)
    True
    False

    The linear skip has one weight for each step seen in ``fit``:

    >>> gru[-1].predict(np.ones((1, 4, 1)))
    Traceback (most recent call last):
        ...
    ValueError: X has sequences of 4 steps, but linear_skip='ridge' maps at most the 3
    steps seen in fit; shorten them, or fit with linear_skip=None.
    """

    _cell = "gru"


class LSTMRegressor(RecurrentRegressorMixin, BaseRecurrent):
    r"""Long short-term memory (LSTM) network that predicts numbers from sequences.

    With :math:`x_t`, of shape (n_features,), the scaled step t of a sequence, and
    :math:`h_t` and :math:`c_t`, of shape (hidden_size,), the state and the cell after
    it, :math:`h_0 = c_0 = 0`, a layer computes

    .. math::

        i_t &= \mathrm{sigmoid}(W_{ii} x_t + b_{ii} + W_{hi} h_{t-1} + b_{hi}) \\
        f_t &= \mathrm{sigmoid}(W_{if} x_t + b_{if} + W_{hf} h_{t-1} + b_{hf}) \\
        g_t &= \tanh(W_{ig} x_t + b_{ig} + W_{hg} h_{t-1} + b_{hg}) \\
        o_t &= \mathrm{sigmoid}(W_{io} x_t + b_{io} + W_{ho} h_{t-1} + b_{ho}) \\
        c_t &= f_t \odot c_{t-1} + i_t \odot g_t \\
        h_t &= o_t \odot \tanh(c_t)

    with input, forget and output gates :math:`i_t`, :math:`f_t`, :math:`o_t`, without
    peepholes.

    A layer above the first reads the states of the one below in the place of
    :math:`x_t`. The states of the last layer are pooled into one, :math:`p` of shape
    (n_directions * hidden_size,), and the prediction, of shape (n_outputs,), is

    .. math::

        \hat{y} = \ell + m + d \odot \bigl(A \bar{x} + a + u \odot (V p + v)\bigr)

    with :math:`\bar{x}`, of shape (n_steps * n_features,), the flattened sequence;
    :math:`A` and :math:`a` the linear skip; :math:`V` and :math:`v` the head, which
    starts at 0 (:math:`v` with ``loss="quantile"`` at the quantiles of what the network
    is to learn); :math:`u` the root mean square of what the ridge misses of the scaled
    training targets (1 without a ridge); :math:`m` and :math:`d` the targets' mean and
    standard deviation; and :math:`\ell` the last value of `target_feature` (0 without
    one). Each of several `quantiles` has a head of its own; all else they share.

    Parameters
    ----------
    hidden_size : int, default=32
        Number of units in the state of a layer and direction, at least 1.
    num_layers : int, default=1
        Number of layers, at least 1; each reads the states of the one below.
    bidirectional : bool, default=False
        Whether each layer also reads the sequence backwards. The states of both
        directions stand side by side, ``(2 * hidden_size,)``. Both read only the steps
        of the sequence itself, none after it.
    dropout : float, default=0.2
        Probability, in [0, 1), that a unit is set to 0 in training, between layers and
        before the head (with one layer too). With ``lr_schedule="onecycle"`` it fades
        linearly to 0 over the first half of the optimiser steps and stays there (early
        dropout, Liu et al.); otherwise, and in ``partial_fit``, it is constant.
    pooling : {"last", "mean", "max", "attention"}, default="last"
        How the last layer's states of all steps become one. ``"last"`` takes the final
        state of each direction, ``"mean"`` and ``"max"`` act over steps unit by unit,
        ``"attention"`` is a mean whose weights a small network (one tanh layer as wide
        as the state, softmax over steps) learns. Absent steps do not count.
    init : {"auto", "xavier", "he", "orthogonal", "torch"}, default="auto"
        How the weights of the recurrent layers start, gate by gate. ``"auto"``: input
        weights uniform with variance 1 / fan-in (LeCun's), recurrent weights
        orthogonal, biases 0; but the forget gates of an LSTM start open, with bias 1,
        or where training sequences have 100 steps or more with random biases for
        memories of all lengths (and the opposite ones for the input gates).
        ``"xavier"``, ``"he"`` (both uniform) and ``"orthogonal"`` set input and
        recurrent weights alike, biases to 0; ``"torch"`` leaves all as torch draws
        them, uniform up to 1 / sqrt(hidden_size).
    linear_skip : {"ridge", "trainable"} or None, default="ridge"
        Linear map from the flattened scaled sequence (absent steps are 0) to the
        outputs, to which the network's are added.

        - ``"ridge"``: a ridge regression in closed form, fitted first and kept; the
          network learns what it misses. Its strength, 1e-12 to 1e8 times the mean
          eigenvalue of the centred Gram matrix, is chosen by generalised
          cross-validation in which a degree of freedom is priced 1.4 (Kim & Gu), so
          that where there is little to learn, little is learnt. Where a sequence has
          more than 5,000 values it reads only the latest steps, up to that number.
        - ``"trainable"``: a layer that starts at 0 and is trained with the rest.
        - ``None``: the network alone. Only then may ``predict`` be given sequences
          longer than those of ``fit``.
    target_feature : int, str or None, default=None
        The feature that holds the target's own past: its number within a step, 0 to
        ``n_features - 1``, or its name where X has column names (of a flat window's
        ``close_lag1, close_lag0`` also plainly ``close``). Its values are read relative
        to the one at the last step of each sequence, and the predictions of all outputs
        are made relative to that: the level of a price or a load is carried, not
        learnt.
    loss : str, default="squared_error"
        What the network minimises, on scaled targets: ``"squared_error"``,
        ``"absolute_error"``, ``"huber"`` (quadratic up to an error of 1, linear beyond)
        or ``"quantile"`` (the pinball loss, averaged over `quantiles`). The ridge of
        `linear_skip` minimises squared errors whatever the loss.
    quantiles : float, array-like of shape (n_quantiles,) or None, default=None
        Increasing levels in (0, 1), for ``loss="quantile"`` only; ``None`` is the
        median, 0.5. With more than one, predictions have a last axis for them, in which
        values never fall.
    max_epochs : int or "auto", default="auto"
        Largest number of epochs, at least 0, which leaves the network out: the linear
        skip alone. An epoch is a pass over the training samples. ``"auto"`` makes some
        300 optimiser steps whatever the number of samples: an epoch is then at most 30
        batches, a part of a pass where samples are many, and there are
        ``round(300 / n_batches)`` epochs.
    batch_size : int or "auto", default="auto"
        Number of samples in a batch, at least 1; the last batch of a pass may be
        smaller. ``"auto"`` is ``min(128, max(32, n_samples // 60))``.
    lr : float, default=1e-2
        Learning rate, above 0; the highest one where `lr_schedule` changes it.
    optimizer : {"adam", "adamw", "rmsprop", "sgd"}, default="adamw"
        torch's optimiser; ``"sgd"`` has Nesterov momentum 0.9.
    weight_decay : float, default=1e-2
        The optimiser's weight decay, at least 0, on every weight and bias of the
        network. It is decoupled from the gradient in ``"adamw"`` (Loshchilov & Hutter)
        and added to the gradient in the others. The ridge has its own strength.
    lr_schedule : {"onecycle"} or None, default="onecycle"
        ``"onecycle"`` (Smith & Topin): within `max_epochs` epochs the rate rises from
        ``lr / 25`` to `lr` over the first 30 % of the optimiser steps and falls to
        ``lr / 250_000``, both along a cosine, while the momentum of every optimiser
        (Adam's first beta) moves from 0.95 to 0.85 and back, and `dropout` fades.
        ``None``: constant. A skorch ``LRScheduler`` in `callbacks` takes its place.
    clip_grad_norm : float or None, default=1.0
        Largest Euclidean norm, above 0, of the gradient of all weights together; a
        larger one is scaled down to it. ``None`` does not clip.
    recurrent_constraint : {"spectral"} or None, default=None
        ``"spectral"`` scales the recurrent weights of each gate back to a spectral norm
        of at most 1 after each optimiser step.
    device : str, default="cpu"
        Where the network trains and predicts: ``"cpu"``, ``"cuda"`` or a numbered one
        such as ``"cuda:0"``. Scales and ridge are computed on the CPU.
    n_threads : int, default=1
        Number of threads, at least 1, that share the samples of each batch on the CPU
        where the compiled kernel runs (``sklearn_rnn.show_versions()`` tells); results
        do not depend on it. More than one pays from some 64 samples for each; in a
        search, let ``n_jobs`` use the cores.
    callbacks : list or tuple of skorch callbacks, or None, default=None
        Callbacks, their classes, or pairs of a name and one; called as skorch calls
        them. Losses and targets that they see are scaled: what the ridge misses,
        divided by its root mean square (without a ridge, the standardised targets).
        Where one watches validation (``EarlyStopping`` and ``Checkpoint`` with their
        default monitors, ``EpochScoring`` unless it has ``on_train=True``) the last
        `validation_fraction` of the samples is held out of training.
    verbose : int or bool, default=0
        0 is silent; any other shows one progress bar over the epochs, with the losses.
    early_stopping : bool or "refit", default=False
        With ``True`` the last `validation_fraction` of the samples, in the order given,
        is held out, also from scales and ridge; training ends when the validation loss
        has not fallen by more than `tol` for `n_iter_no_change` epochs, and the weights
        of the epoch with the lowest one are restored (those before training, if no
        epoch did better). ``"refit"`` finds the best number of epochs in this way, 0
        allowed, and then fits anew, scales and ridge too, with that many on all
        samples.
    validation_fraction : float, default=0.1
        Part of the samples held out where validation is asked for by `early_stopping`
        or `callbacks`, in (0, 1), rounded up to whole samples; at least 2 samples must
        be left to train on.
    n_iter_no_change : int, default=10
        Number of epochs without a lower validation loss after which `early_stopping`
        ends training, at least 1.
    tol : float, default=1e-4
        By how much the validation loss must fall to count as lower for
        `n_iter_no_change`, at least 0, in units of the loss of scaled targets.
    warm_start : bool, default=False
        With ``True``, a second ``fit`` starts from the present weights and keeps scales
        and ridge; optimiser and schedule start anew. The shapes of X and y, the
        network's size, `pooling`, `linear_skip` and the number of `quantiles` must
        stay.
    window_length : int or None, default=None
        Number of steps in a row of 2-D X, at least 1, time-major (what
        ``SlidingWindowTransformer(flatten=True)`` gives); it must divide the number of
        columns. ``None``: each column of 2-D X is one step of one feature. Flat windows
        that come straight from the transformer, and columns named after lags
        (``open_lag1``, ``close_lag1``, ``open_lag0``, ``close_lag0``), are read as
        windows instead; columns named after lags in another order are an error. It
        does not touch 3-D X and lists.
    standardize : bool, default=True
        Whether to scale each feature, over all its steps, and each output of y to mean
        0 and standard deviation 1, learnt from the training samples and undone in
        ``predict``. With `target_feature` set, that feature's scale is the root mean
        square of its differences from the last step, and the target's mean and scale
        are those of the differences that are to be predicted.
    random_state : int, RandomState instance or None, default=None
        Seeds first weights, order of batches and dropout. An int makes ``fit`` repeat
        bit for bit on one machine. Global generators (torch's, numpy's, Python's) are
        left as they were; with ``None`` the seed is drawn from numpy's.

    Attributes
    ----------
    net_ : RecurrentNet
        The skorch net.
    module_ : RecurrentModule
        The trained torch module, that of `net_`: it maps a scaled float32 tensor of
        shape (n_samples, n_steps, n_features) to one of shape
        (n_samples, n_outputs * n_quantiles).
    n_iter_ : int
        Number of epochs trained in the last ``fit`` and in every ``partial_fit`` since;
        with ``early_stopping="refit"`` those of the training on all samples.
    loss_curve_ : list of float, of shape (`n_iter_`,)
        Mean training loss of each epoch, of scaled targets and with dropout. With
        ``partial_fit`` the latest 1,000 earlier epochs are kept.
    validation_loss_curve_ : list of float, of shape (n_epochs,), or None
        Loss of the held-out samples after each epoch, of scaled targets; with
        ``early_stopping="refit"`` in the training that found the number of epochs.
        None where nothing was held out.
    n_features_in_ : int
        Number of columns of 2-D X, size of the last axis of 3-D X and of the arrays of
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
        one, `device` is not there, X or y has a wrong shape, fewer than 2 samples, or
        holds NaN (other than absent steps) or infinity, or the loss becomes so in
        training. In ``predict``, if X differs from that of ``fit`` in its number of
        features, or its sequences are longer while `linear_skip` is set.
    TypeError
        If a parameter has a wrong type, `callbacks` holds anything but skorch
        callbacks, or X is sparse.
    NotFittedError
        If ``predict``, ``score`` or `module_` is used before ``fit``.

    Warns
    -----
    ConvergenceWarning
        If training is interrupted (Ctrl-C). The best weights so far are kept: those of
        the lowest validation loss, or of the lowest training loss where nothing is held
        out.

    See Also
    --------
    GRURegressor : Gated recurrent units; fewer weights than an LSTM.
    RNNRegressor : Elman's simple recurrent network; the fastest.
    SlidingWindowTransformer : From rows in time order to sequences.
    make_windows : Sequences and the values that follow them.

    Notes
    -----
    The network computes in float32, the ridge in float64; predictions are float64. On a
    CPU ``fit`` and ``predict`` use one torch thread, and restore their number after.
    Fits in threads of one process do not change each other's results, since each fit
    has a random generator of its own; processes (``n_jobs=2``) share no interpreter
    and are faster. A fit changes the estimator when it ends. If it fails, the estimator
    stays as it was, and other threads may predict with it in the meantime.

    Nothing is written to disk, unless by a callback that is meant to, such as
    ``Checkpoint``.

    The types that ``skops.io.load`` is to trust are listed in the notes of
    GRURegressor, with this class in the place of that.

    References
    ----------
    Hochreiter, S., Schmidhuber, J. (1997). Long short-term memory. Neural Computation
    9(8), 1735-1780.

    Gers, F. A., Schmidhuber, J., Cummins, F. (2000). Learning to forget: continual
    prediction with LSTM. Neural Computation 12(10), 2451-2471.

    Tallec, C., Ollivier, Y. (2018). Can recurrent neural networks warp time? ICLR.

    Golub, G. H., Heath, M., Wahba, G. (1979). Generalized cross-validation as a method
    for choosing a good ridge parameter. Technometrics 21(2), 215-223.

    Kim, Y.-J., Gu, C. (2004). Smoothing spline Gaussian regression: more scalable
    computation via efficient approximation. Journal of the Royal Statistical Society B
    66(2), 337-356.

    Smith, L. N., Topin, N. (2019). Super-convergence: very fast training of neural
    networks using large learning rates. SPIE 11006.

    Loshchilov, I., Hutter, F. (2019). Decoupled weight decay regularization. ICLR.

    Liu, Z., Xu, Z., Jin, J., Shen, Z., Darrell, T. (2023). Dropout reduces
    underfitting. ICML.

    Examples
    --------
    A series whose steps follow the Hénon map, and whose level rises beyond all that is
    seen in training. With `target_feature` the level need not be learnt, and the error
    is less than a tenth of that of the last value:

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
    ...     SlidingWindowTransformer(6), LSTMRegressor(target_feature=0, random_state=0)
    ... )
    >>> y_pred = lstm.fit(X[:300], y[:300]).predict(X[300:])
    >>> naive = mean_absolute_error(y[300:], X[300:, 0])
    >>> bool(mean_absolute_error(y[300:], y_pred) < naive / 10)
    True

    Parameters that contradict each other are an error:

    >>> LSTMRegressor(quantiles=[0.1, 0.9]).fit(X, y)
    Traceback (most recent call last):
        ...
    ValueError: quantiles=[0.1, 0.9] needs loss='quantile', got loss='squared_error'.
    """

    _cell = "lstm"


class RNNRegressor(RecurrentRegressorMixin, BaseRecurrent):
    r"""Simple recurrent network (Elman's) that predicts numbers from sequences.

    With :math:`x_t`, of shape (n_features,), the scaled step t of a sequence, and
    :math:`h_t`, of shape (hidden_size,), the state after it, :math:`h_0 = 0`, a layer
    computes

    .. math::

        h_t = \phi(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh})

    where :math:`\phi` is the `nonlinearity`.

    A layer above the first reads the states of the one below in the place of
    :math:`x_t`. The states of the last layer are pooled into one, :math:`p` of shape
    (n_directions * hidden_size,), and the prediction, of shape (n_outputs,), is

    .. math::

        \hat{y} = \ell + m + d \odot \bigl(A \bar{x} + a + u \odot (V p + v)\bigr)

    with :math:`\bar{x}`, of shape (n_steps * n_features,), the flattened sequence;
    :math:`A` and :math:`a` the linear skip; :math:`V` and :math:`v` the head, which
    starts at 0 (:math:`v` with ``loss="quantile"`` at the quantiles of what the network
    is to learn); :math:`u` the root mean square of what the ridge misses of the scaled
    training targets (1 without a ridge); :math:`m` and :math:`d` the targets' mean and
    standard deviation; and :math:`\ell` the last value of `target_feature` (0 without
    one). Each of several `quantiles` has a head of its own; all else they share.

    Parameters
    ----------
    hidden_size : int, default=32
        Number of units in the state of a layer and direction, at least 1.
    num_layers : int, default=1
        Number of layers, at least 1; each reads the states of the one below.
    nonlinearity : {"tanh", "relu"}, default="tanh"
        What each new state passes through. With ``"relu"`` states are not bounded; over
        long sequences `recurrent_constraint` keeps them from growing exponentially.
    bidirectional : bool, default=False
        Whether each layer also reads the sequence backwards. The states of both
        directions stand side by side, ``(2 * hidden_size,)``. Both read only the steps
        of the sequence itself, none after it.
    dropout : float, default=0.2
        Probability, in [0, 1), that a unit is set to 0 in training, between layers and
        before the head (with one layer too). With ``lr_schedule="onecycle"`` it fades
        linearly to 0 over the first half of the optimiser steps and stays there (early
        dropout, Liu et al.); otherwise, and in ``partial_fit``, it is constant.
    pooling : {"last", "mean", "max", "attention"}, default="last"
        How the last layer's states of all steps become one. ``"last"`` takes the final
        state of each direction, ``"mean"`` and ``"max"`` act over steps unit by unit,
        ``"attention"`` is a mean whose weights a small network (one tanh layer as wide
        as the state, softmax over steps) learns. Absent steps do not count.
    init : {"auto", "xavier", "he", "orthogonal", "torch"}, default="auto"
        How the weights of the recurrent layers start, gate by gate. ``"auto"``: input
        weights uniform with variance 1 / fan-in (LeCun's), recurrent weights
        orthogonal, biases 0; but the forget gates of an LSTM start open, with bias 1,
        or where training sequences have 100 steps or more with random biases for
        memories of all lengths (and the opposite ones for the input gates).
        ``"xavier"``, ``"he"`` (both uniform) and ``"orthogonal"`` set input and
        recurrent weights alike, biases to 0; ``"torch"`` leaves all as torch draws
        them, uniform up to 1 / sqrt(hidden_size).
    linear_skip : {"ridge", "trainable"} or None, default="ridge"
        Linear map from the flattened scaled sequence (absent steps are 0) to the
        outputs, to which the network's are added.

        - ``"ridge"``: a ridge regression in closed form, fitted first and kept; the
          network learns what it misses. Its strength, 1e-12 to 1e8 times the mean
          eigenvalue of the centred Gram matrix, is chosen by generalised
          cross-validation in which a degree of freedom is priced 1.4 (Kim & Gu), so
          that where there is little to learn, little is learnt. Where a sequence has
          more than 5,000 values it reads only the latest steps, up to that number.
        - ``"trainable"``: a layer that starts at 0 and is trained with the rest.
        - ``None``: the network alone. Only then may ``predict`` be given sequences
          longer than those of ``fit``.
    target_feature : int, str or None, default=None
        The feature that holds the target's own past: its number within a step, 0 to
        ``n_features - 1``, or its name where X has column names (of a flat window's
        ``close_lag1, close_lag0`` also plainly ``close``). Its values are read relative
        to the one at the last step of each sequence, and the predictions of all outputs
        are made relative to that: the level of a price or a load is carried, not
        learnt.
    loss : str, default="squared_error"
        What the network minimises, on scaled targets: ``"squared_error"``,
        ``"absolute_error"``, ``"huber"`` (quadratic up to an error of 1, linear beyond)
        or ``"quantile"`` (the pinball loss, averaged over `quantiles`). The ridge of
        `linear_skip` minimises squared errors whatever the loss.
    quantiles : float, array-like of shape (n_quantiles,) or None, default=None
        Increasing levels in (0, 1), for ``loss="quantile"`` only; ``None`` is the
        median, 0.5. With more than one, predictions have a last axis for them, in which
        values never fall.
    max_epochs : int or "auto", default="auto"
        Largest number of epochs, at least 0, which leaves the network out: the linear
        skip alone. An epoch is a pass over the training samples. ``"auto"`` makes some
        300 optimiser steps whatever the number of samples: an epoch is then at most 30
        batches, a part of a pass where samples are many, and there are
        ``round(300 / n_batches)`` epochs.
    batch_size : int or "auto", default="auto"
        Number of samples in a batch, at least 1; the last batch of a pass may be
        smaller. ``"auto"`` is ``min(128, max(32, n_samples // 60))``.
    lr : float, default=1e-2
        Learning rate, above 0; the highest one where `lr_schedule` changes it.
    optimizer : {"adam", "adamw", "rmsprop", "sgd"}, default="adamw"
        torch's optimiser; ``"sgd"`` has Nesterov momentum 0.9.
    weight_decay : float, default=1e-2
        The optimiser's weight decay, at least 0, on every weight and bias of the
        network. It is decoupled from the gradient in ``"adamw"`` (Loshchilov & Hutter)
        and added to the gradient in the others. The ridge has its own strength.
    lr_schedule : {"onecycle"} or None, default="onecycle"
        ``"onecycle"`` (Smith & Topin): within `max_epochs` epochs the rate rises from
        ``lr / 25`` to `lr` over the first 30 % of the optimiser steps and falls to
        ``lr / 250_000``, both along a cosine, while the momentum of every optimiser
        (Adam's first beta) moves from 0.95 to 0.85 and back, and `dropout` fades.
        ``None``: constant. A skorch ``LRScheduler`` in `callbacks` takes its place.
    clip_grad_norm : float or None, default=1.0
        Largest Euclidean norm, above 0, of the gradient of all weights together; a
        larger one is scaled down to it. ``None`` does not clip.
    recurrent_constraint : {"spectral"} or None, default=None
        ``"spectral"`` scales the recurrent weights of each gate back to a spectral norm
        of at most 1 after each optimiser step.
    device : str, default="cpu"
        Where the network trains and predicts: ``"cpu"``, ``"cuda"`` or a numbered one
        such as ``"cuda:0"``. Scales and ridge are computed on the CPU.
    n_threads : int, default=1
        Number of threads, at least 1, that share the samples of each batch on the CPU
        where the compiled kernel runs (``sklearn_rnn.show_versions()`` tells); results
        do not depend on it. More than one pays from some 64 samples for each; in a
        search, let ``n_jobs`` use the cores.
    callbacks : list or tuple of skorch callbacks, or None, default=None
        Callbacks, their classes, or pairs of a name and one; called as skorch calls
        them. Losses and targets that they see are scaled: what the ridge misses,
        divided by its root mean square (without a ridge, the standardised targets).
        Where one watches validation (``EarlyStopping`` and ``Checkpoint`` with their
        default monitors, ``EpochScoring`` unless it has ``on_train=True``) the last
        `validation_fraction` of the samples is held out of training.
    verbose : int or bool, default=0
        0 is silent; any other shows one progress bar over the epochs, with the losses.
    early_stopping : bool or "refit", default=False
        With ``True`` the last `validation_fraction` of the samples, in the order given,
        is held out, also from scales and ridge; training ends when the validation loss
        has not fallen by more than `tol` for `n_iter_no_change` epochs, and the weights
        of the epoch with the lowest one are restored (those before training, if no
        epoch did better). ``"refit"`` finds the best number of epochs in this way, 0
        allowed, and then fits anew, scales and ridge too, with that many on all
        samples.
    validation_fraction : float, default=0.1
        Part of the samples held out where validation is asked for by `early_stopping`
        or `callbacks`, in (0, 1), rounded up to whole samples; at least 2 samples must
        be left to train on.
    n_iter_no_change : int, default=10
        Number of epochs without a lower validation loss after which `early_stopping`
        ends training, at least 1.
    tol : float, default=1e-4
        By how much the validation loss must fall to count as lower for
        `n_iter_no_change`, at least 0, in units of the loss of scaled targets.
    warm_start : bool, default=False
        With ``True``, a second ``fit`` starts from the present weights and keeps scales
        and ridge; optimiser and schedule start anew. The shapes of X and y, the
        network's size, `pooling`, `linear_skip` and the number of `quantiles` must
        stay.
    window_length : int or None, default=None
        Number of steps in a row of 2-D X, at least 1, time-major (what
        ``SlidingWindowTransformer(flatten=True)`` gives); it must divide the number of
        columns. ``None``: each column of 2-D X is one step of one feature. Flat windows
        that come straight from the transformer, and columns named after lags
        (``open_lag1``, ``close_lag1``, ``open_lag0``, ``close_lag0``), are read as
        windows instead; columns named after lags in another order are an error. It
        does not touch 3-D X and lists.
    standardize : bool, default=True
        Whether to scale each feature, over all its steps, and each output of y to mean
        0 and standard deviation 1, learnt from the training samples and undone in
        ``predict``. With `target_feature` set, that feature's scale is the root mean
        square of its differences from the last step, and the target's mean and scale
        are those of the differences that are to be predicted.
    random_state : int, RandomState instance or None, default=None
        Seeds first weights, order of batches and dropout. An int makes ``fit`` repeat
        bit for bit on one machine. Global generators (torch's, numpy's, Python's) are
        left as they were; with ``None`` the seed is drawn from numpy's.

    Attributes
    ----------
    net_ : RecurrentNet
        The skorch net.
    module_ : RecurrentModule
        The trained torch module, that of `net_`: it maps a scaled float32 tensor of
        shape (n_samples, n_steps, n_features) to one of shape
        (n_samples, n_outputs * n_quantiles).
    n_iter_ : int
        Number of epochs trained in the last ``fit`` and in every ``partial_fit`` since;
        with ``early_stopping="refit"`` those of the training on all samples.
    loss_curve_ : list of float, of shape (`n_iter_`,)
        Mean training loss of each epoch, of scaled targets and with dropout. With
        ``partial_fit`` the latest 1,000 earlier epochs are kept.
    validation_loss_curve_ : list of float, of shape (n_epochs,), or None
        Loss of the held-out samples after each epoch, of scaled targets; with
        ``early_stopping="refit"`` in the training that found the number of epochs.
        None where nothing was held out.
    n_features_in_ : int
        Number of columns of 2-D X, size of the last axis of 3-D X and of the arrays of
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
        one, `device` is not there, X or y has a wrong shape, fewer than 2 samples, or
        holds NaN (other than absent steps) or infinity, or the loss becomes so in
        training. In ``predict``, if X differs from that of ``fit`` in its number of
        features, or its sequences are longer while `linear_skip` is set.
    TypeError
        If a parameter has a wrong type, `callbacks` holds anything but skorch
        callbacks, or X is sparse.
    NotFittedError
        If ``predict``, ``score`` or `module_` is used before ``fit``.

    Warns
    -----
    ConvergenceWarning
        If training is interrupted (Ctrl-C). The best weights so far are kept: those of
        the lowest validation loss, or of the lowest training loss where nothing is held
        out.

    See Also
    --------
    GRURegressor : Gated recurrent units; fewer weights than an LSTM.
    LSTMRegressor : Long short-term memory, which keeps a cell beside its state.
    SlidingWindowTransformer : From rows in time order to sequences.
    make_windows : Sequences and the values that follow them.

    Notes
    -----
    The network computes in float32, the ridge in float64; predictions are float64. On a
    CPU ``fit`` and ``predict`` use one torch thread, and restore their number after.
    Fits in threads of one process do not change each other's results, since each fit
    has a random generator of its own; processes (``n_jobs=2``) share no interpreter
    and are faster. A fit changes the estimator when it ends. If it fails, the estimator
    stays as it was, and other threads may predict with it in the meantime.

    Nothing is written to disk, unless by a callback that is meant to, such as
    ``Checkpoint``.

    The types that ``skops.io.load`` is to trust are listed in the notes of
    GRURegressor, with this class in the place of that.

    References
    ----------
    Elman, J. L. (1990). Finding structure in time. Cognitive Science 14(2), 179-211.

    Golub, G. H., Heath, M., Wahba, G. (1979). Generalized cross-validation as a method
    for choosing a good ridge parameter. Technometrics 21(2), 215-223.

    Kim, Y.-J., Gu, C. (2004). Smoothing spline Gaussian regression: more scalable
    computation via efficient approximation. Journal of the Royal Statistical Society B
    66(2), 337-356.

    Smith, L. N., Topin, N. (2019). Super-convergence: very fast training of neural
    networks using large learning rates. SPIE 11006.

    Loshchilov, I., Hutter, F. (2019). Decoupled weight decay regularization. ICLR.

    Liu, Z., Xu, Z., Jin, J., Shen, Z., Darrell, T. (2023). Dropout reduces
    underfitting. ICML.

    Examples
    --------
    The logistic map is chaotic, but its next value follows from the last one:

    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_rnn import RNNRegressor, SlidingWindowTransformer
    >>> series = np.full(501, 0.3)
    >>> for t in range(1, 501):
    ...     series[t] = 3.9 * series[t - 1] * (1 - series[t - 1])
    >>> X, y = series[:-1, np.newaxis], series[1:]  # (500, 1) and (500,)
    >>> rnn = make_pipeline(SlidingWindowTransformer(3), RNNRegressor(random_state=0))
    >>> bool(rnn.fit(X[:400], y[:400]).score(X[400:], y[400:]) > 0.95)
    True

    A list holds sequences of different lengths; a value that is missing inside of one
    is an error:

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
        dropout: float = 0.2,
        pooling: Literal["last", "mean", "max", "attention"] = "last",
        init: Literal["auto", "xavier", "he", "orthogonal", "torch"] = "auto",
        linear_skip: Literal["ridge", "trainable"] | None = "ridge",
        target_feature: int | str | None = None,
        loss: Literal[
            "squared_error", "absolute_error", "huber", "quantile"
        ] = "squared_error",
        quantiles: float | ArrayLike | None = None,
        max_epochs: int | Literal["auto"] = "auto",
        batch_size: int | Literal["auto"] = "auto",
        lr: float = 1e-2,
        optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = "adamw",
        weight_decay: float = 1e-2,
        lr_schedule: Literal["onecycle"] | None = "onecycle",
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
            random_state=random_state,
        )
        self.nonlinearity = nonlinearity

    def _cell_options(self):
        return {"nonlinearity": self.nonlinearity}
