"""Any regressor of scikit-learn, and the networks of this package, used alike."""

from contextlib import closing
from copy import copy, deepcopy

from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.multioutput import MultiOutputRegressor
from sklearn.utils import get_tags

from sklearn_rnn._recurrent.base import BaseRecurrent
from sklearn_rnn._recurrent.regressors import LSTMRegressor

__all__ = [
    "MANY_EXAMPLES",
    "MANY_SERIES",
    "MANY_STEPS",
    "SEGMENT_STEPS",
    "default_regressor",
    "fit_regressor",
    "is_closed_form",
    "is_network",
    "learns_segments",
    "multi_output",
    "n_optimiser_steps",
    "planned_steps",
    "predict_along",
    "predict_regressor",
    "seed_names",
    "seeded",
    "trained_on",
]

# With this many examples one block of rows held out tells enough.
MANY_EXAMPLES = 20_000
# With this many series a trainable linear map does better than the ridge, absolute
# errors do better than Huber's, and each choice needs a smaller gain on held-out rows.
MANY_SERIES = 20
# Of the default network with many examples, where no block of rows chooses; and of a
# network of segments, whose error still falls then, and whose steps take little time
MANY_STEPS = 600
SEGMENT_STEPS = 2_400


def default_regressor(n_series, segment_length):
    """Return the network that forecasts if the user gives no regressor.

    Parameters
    ----------
    n_series : int
        Number of series to learn from.
    segment_length : int
        Number of rows that are one step of the network.
    """
    params = {"dropout": 0.2, "loss": "huber", "linear_skip": "ridge"}
    if n_series >= MANY_SERIES:
        params = {"dropout": 0.1, "loss": "absolute_error", "linear_skip": "trainable"}
    if segment_length > 1:
        return LSTMRegressor(hidden_size=64, segment_length=segment_length, **params)
    return LSTMRegressor(**params)


def multi_output(regressor, n_outputs):
    """Return an unfitted clone for several outputs, one regressor each if need be."""
    if n_outputs > 1 and not get_tags(regressor).target_tags.multi_output:
        return MultiOutputRegressor(regressor)
    return clone(regressor)


def is_network(regressor):
    """Whether a regressor is a recurrent network of this package."""
    return isinstance(regressor, BaseRecurrent)


def is_closed_form(regressor):
    """Whether a regressor is scikit-learn's ridge, and solved without a tolerance."""
    return (
        type(regressor) is Ridge
        and regressor.solver in ("auto", "cholesky", "svd")
        and not regressor.positive
    )


def learns_segments(regressor, n_samples):
    """Whether a regressor is a network of segments that learns from many examples."""
    is_of_segments = is_network(regressor) and regressor.segment_length > 1
    return is_of_segments and n_samples >= MANY_EXAMPLES


def seed_names(regressor):
    """Return the names of the seeds that a regressor and its parts draw from."""
    if is_closed_form(regressor):
        return []  # only iterative solvers draw
    return [
        name
        for name in regressor.get_params()
        if name.rpartition("__")[2] == "random_state"
    ]


def seeded(regressor, seed):
    """Return an unfitted clone with the seed set, if it takes a seed."""
    return clone(regressor).set_params(**dict.fromkeys(seed_names(regressor), seed))


def planned_steps(regressor, n_samples):
    """Return the number of steps that an unfitted network plans; None for others."""
    return regressor._plan_steps(n_samples) if is_network(regressor) else None


def fit_regressor(regressor, X, y, n_steps, deadline=None):
    """Fit a regressor in place.

    Parameters
    ----------
    regressor : estimator
        Unfitted.
    X : ndarray of shape (n_samples, n_steps, n_features)
        Windows.
    y : ndarray of shape (n_samples, n_outputs)
        Targets.
    n_steps : int or None
        Number of optimiser steps of a network; other regressors ignore it.
    deadline : float or None, default=None
        Reading of ``time.monotonic()`` at which a network's training ends.
    """
    if not is_network(regressor):
        regressor.fit(_as_read(regressor, X), _targets(y))
        return
    regressor._fit_steps(X, _targets(y), n_steps, deadline=deadline)
    if regressor.net_.interrupted_:
        raise KeyboardInterrupt


def predict_along(regressor, X, y, X_held_out, lengths, deadline=None):
    """Fit a regressor in one run, and predict after each of several numbers of steps.

    Parameters
    ----------
    regressor : estimator
        Unfitted; a network stays as it is.
    X, y, deadline
        As in `fit_regressor`.
    X_held_out : ndarray of shape (n_held_out, n_steps, n_features)
        Windows to predict from.
    lengths : list of int, or [None]
        Numbers of optimiser steps, increasing; ``[None]`` if it is no network.

    Yields
    ------
    n_steps : int or None
        Number of steps made; the last may be less than its length at the deadline.
    outputs : ndarray of shape (n_held_out, n_outputs)
        Predictions.
    """
    if is_network(regressor):
        run = regressor._predict_along(
            X, _targets(y), X_held_out, lengths, deadline=deadline
        )
        with closing(run):
            for n_steps, outputs in run:
                yield n_steps, outputs.reshape(len(X_held_out), -1)
        return
    fit_regressor(regressor, X, y, None)
    yield None, predict_regressor(regressor, X_held_out)


def predict_regressor(regressor, X):
    """Return predictions for windows, of shape (n_samples, n_outputs)."""
    if is_closed_form(regressor):
        # As its `predict`, without checks that take longer than a few forecasts
        outputs = X.reshape(len(X), -1) @ regressor.coef_.T + regressor.intercept_
        return outputs.reshape(len(X), -1)
    return regressor.predict(_as_read(regressor, X)).reshape(len(X), -1)


def n_optimiser_steps(regressor):
    """Return the number of optimiser steps of a fitted network; None for others."""
    if not is_network(regressor):
        return None
    return sum(record["train_batch_count"] for record in regressor.net_.history)


def trained_on(regressors, X, y):
    """Return copies of fitted regressors that have learnt new examples too.

    The regressors given stay as they are, since training may fail halfway.

    Parameters
    ----------
    regressors : list of estimators
        Fitted.
    X : ndarray of shape (n_samples, n_steps, n_features)
        Windows.
    y : ndarray of shape (n_samples, n_outputs)
        Targets.

    Returns
    -------
    regressors : list of estimators or None
        None if one of them has no ``partial_fit``.
    """
    if not all(hasattr(regressor, "partial_fit") for regressor in regressors):
        return None
    # Our networks replace their state, so a shallow copy is enough; other regressors
    # change theirs in place.
    copies = [
        copy(regressor) if is_network(regressor) else deepcopy(regressor)
        for regressor in regressors
    ]
    for regressor in copies:
        regressor.partial_fit(_as_read(regressor, X), _targets(y))
    return copies


def _as_read(regressor, X):
    """Return windows as a regressor reads them: 3-D, or flat and time-major."""
    if get_tags(regressor).input_tags.three_d_array:
        return X
    return X.reshape(len(X), -1)


def _targets(y):
    """Return targets, (n_samples, n_outputs), with a single output as a vector."""
    return y[:, 0] if y.shape[1] == 1 else y
