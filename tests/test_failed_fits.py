"""A recurrent regressor whose fit fails is the one that it was."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from bad_input import put
from sklearn.base import clone
from skorch.callbacks import Callback, Checkpoint, EarlyStopping, EpochScoring

from sklearn_rnn import ESNRegressor, GRURegressor, LSTMRegressor, RNNRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 5, 2))
y = X[:, -1, 0] + np.tanh(X[:, -2, 1])
CELLS = [GRURegressor, LSTMRegressor, RNNRegressor]


def make(cell=GRURegressor, **params):
    defaults = {"hidden_size": 3, "max_epochs": 2, "random_state": 0}
    return cell(**(defaults | params))


def failing(hook):
    """Return a callback that raises in one hook, the second time that it is called."""
    calls = []

    def fail(self, net, **kwargs):
        calls.append(1)
        if len(calls) % 2 == 0:
            raise LookupError("as a user's callback may")

    return type("Failing", (Callback,), {hook: fail})()


HOOKS = ("on_epoch_begin", "on_epoch_end", "on_batch_end", "on_grad_computed")

# What is wrong -> (parameters, X, y; the error, part of its sentence).
DATA = {
    "another number of features": (
        {},
        X[:, :, :1],
        put(y, 0, np.nan),
        ValueError,
        "y|features",
    ),
    "NaN in X": ({}, put(X, (3, 2, 1), np.nan), y, ValueError, "NaN"),
    "a sequence without a step": ({}, put(X, 3, np.nan), y, ValueError, "no step"),
    "infinity in y": ({}, X, put(y, 7, np.inf), ValueError, "infinity"),
    "fewer targets": ({}, X, y[:-1], ValueError, "inconsistent"),
    "y of three axes": ({}, X, y.reshape(-1, 1, 1), ValueError, "y"),
    "no y": ({}, X, None, ValueError, "y"),
    "no row": ({}, X[:0], y[:0], ValueError, "0 sample"),
    "strings": ({}, X.astype(str).astype(object) + "x", y, ValueError, "X"),
    "a text": ({}, "text", y, ValueError, "X"),
}
PARAMETERS = {
    "a wrong parameter": ({"hidden_size": -1}, X, y, ValueError, "hidden_size"),
    "an unknown feature": ({"target_feature": 9}, X, y, ValueError, "target_feature"),
    "an unknown device": ({"device": "abacus"}, X, y, ValueError, "device"),
    "crossing quantiles": (
        {"loss": "quantile", "quantiles": [0.9, 0.1]}, X, y, ValueError, "quantiles",
    ),
    "an unknown callback": ({"callbacks": [1]}, X, y, TypeError, "callbacks"),
    "training that diverges": (
        {"lr": 1e30, "lr_schedule": None, "clip_grad_norm": None, "max_epochs": 5},
        X, y, ValueError, "diverged",
    ),
    "a last step that diverges": (
        {"lr": 1e300, "lr_schedule": None, "max_epochs": 1, "batch_size": 40},
        X, y, ValueError, "diverged",
    ),
    "no row to train on": (
        {"early_stopping": True, "validation_fraction": 0.99},
        X, y, ValueError, "validation_fraction",
    ),
    "a network beyond memory": ({"hidden_size": 10**7}, X, y, MemoryError, "hidden_"),
    "layers beyond memory": ({"num_layers": 2**60}, X, y, MemoryError, "num_layers"),
    **{
        f"a callback that fails in {hook}": (
            {"callbacks": [failing(hook)], "batch_size": 10},
            X, y, LookupError, "user's",
        )
        for hook in HOOKS
    },
}  # fmt: skip


# Of these, those that a pass over more rows looks at, too.
WRONG_FOR_ALL = list(PARAMETERS)[1:5]


def state(model):
    """Return all of a model that can change, bit for bit."""
    return {
        "vars": {k: v for k, v in vars(model).items() if k not in model.get_params()},
        "predictions": model.predict(X).tobytes(),
        "weights": [w.tolist() for w in model.module_.parameters()],
        "history": len(model.net_.history),
        "losses": list(model.loss_curve_),
    }


def assert_same(after, before):
    assert after["vars"].keys() == before["vars"].keys()
    for name, value in before["vars"].items():
        assert after["vars"][name] is value, name
    for name in ("predictions", "weights", "history", "losses"):
        assert after[name] == before[name], name


def fail(model, method, case):
    """Call a method in a way that fails, and return what the model was before."""
    params, inputs, targets, error, words = (DATA | PARAMETERS)[case]
    own, before = model.get_params(), state(model)
    model.set_params(**params)
    call = getattr(model, method) if isinstance(method, str) else partial(method, model)
    with pytest.raises(error, match=words):
        call(inputs, targets)
    model.set_params(**own)
    return before


def fit_steps(model, inputs, targets):
    return model._fit_steps(inputs, targets, 10)


@pytest.mark.parametrize("case", DATA | PARAMETERS)
@pytest.mark.parametrize("method", ["fit", fit_steps])
def test_a_refit_that_fails_changes_nothing(case, method):
    if case == "no row to train on" and method is fit_steps:
        return  # it holds nothing out
    model = make(init="xavier").fit(X, y)
    assert_same(state(model), fail(model, method, case))


@pytest.mark.parametrize("hook", HOOKS)
def test_a_callback_that_fails_after_a_judgement_changes_nothing(hook):
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(120, 3, 1))
    targets = inputs[:, -1, 0] * inputs[:, -2, 0]
    model = make().fit(X, y)
    before = state(model)
    given = {"max_epochs": "auto", "callbacks": [failing(hook)], "hidden_size": 16}
    with pytest.raises(LookupError, match="user's"):
        model.set_params(**given).fit(inputs, targets)
    assert_same(state(model.set_params(callbacks=None)), before)


@pytest.mark.parametrize("case", [*DATA, *WRONG_FOR_ALL])
def test_a_partial_fit_that_fails_changes_nothing(case):
    model = make(init="xavier").fit(X, y)
    assert_same(state(model), fail(model, "partial_fit", case))


@pytest.mark.parametrize("case", DATA | PARAMETERS)
def test_a_first_fit_that_fails_leaves_no_attribute(case):
    params, inputs, targets, error, _ = (DATA | PARAMETERS)[case]
    model = make(**params)
    before = vars(model).copy()
    with pytest.raises(error):
        model.fit(inputs, targets)
    assert vars(model) == before


def test_a_warm_start_that_fails_changes_nothing():
    model = make(warm_start=True).fit(X, y)
    before = state(model)
    for params in ({"lr": 1e30, "lr_schedule": None}, {"hidden_size": 4}):
        changed = model.set_params(**params)
        with pytest.raises(ValueError, match=r"diverged|hidden_size"):
            changed.fit(X, y)
        changed.set_params(lr=1e-2, lr_schedule="onecycle", hidden_size=3)
        assert_same(state(model), before)


def test_a_parameter_that_is_set_while_a_fit_runs_stays_set():
    class Setting(Callback):
        def on_epoch_end(self, net, **kwargs):
            model.set_params(lr=0.5)

    model = make(callbacks=[Setting()])
    model.fit(X, y)
    assert model.lr == 0.5
    assert model.net_.lr == 1e-2


# -------------------------------------------------------------------- numpy's scalars


SCALARS = {
    "hidden_size": [np.int8(4), np.uint8(4), np.int64(4), np.uint64(4)],
    "num_layers": [np.int16(2), np.uint32(2)],
    "max_epochs": [np.int64(3), np.uint8(3)],
    "max_fit_time": [np.float32(1000), np.int64(1000)],  # seconds that are not needed
    "batch_size": [np.int64(16), np.uint8(16)],
    "n_threads": [np.int64(2), np.uint64(2)],
    "window_length": [np.int32(5), np.uint8(5)],
    "segment_length": [np.int64(3), np.uint8(200)],
    "n_iter_no_change": [np.int64(2)],
    "verbose": [np.int64(0)],
    "target_feature": [np.int64(1), np.uint8(1)],
    "lr": [np.float64(0.5), np.float32(0.5), np.float16(0.5), np.longdouble(0.5)],
    "weight_decay": [np.float32(0.25)],
    "dropout": [np.float32(0.5), np.float64(0.5)],
    "clip_grad_norm": [np.float32(0.5)],
    "validation_fraction": [np.float32(0.25)],
    "tol": [np.float32(0.25)],
    "quantiles": [np.float32(0.5), np.array([0.25, 0.75]), np.float64(0.5)],
    "bidirectional": [np.True_, np.False_],
    "standardize": [np.False_],
    "warm_start": [np.True_],
    "early_stopping": [np.True_, np.str_("refit")],
    "linear_skip": [np.str_("trainable")],
    "pooling": [np.str_("attention")],
    "init": [np.str_("he")],
    "loss": [np.str_("huber")],
    "optimizer": [np.str_("sgd")],
    "device": [np.str_("cpu")],
    "random_state": [np.int64(3), np.uint8(3)],
}


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("name", SCALARS)
def test_a_numpy_scalar_is_the_plain_value(cell, name):
    inputs = X.reshape(40, -1) if name == "window_length" else X
    given = {"loss": "quantile"} if name == "quantiles" else {}
    if name in ("n_iter_no_change", "tol", "validation_fraction"):
        given["early_stopping"] = True
    for scalar in SCALARS[name]:
        value = scalar.tolist()
        value = float(value) if isinstance(value, np.longdouble) else value
        expected = make(cell, **given | {name: value}).fit(inputs, y)
        model = make(cell, **given | {name: scalar}).fit(inputs, y)
        assert model.get_params()[name] is scalar
        for _ in range(2):
            np.testing.assert_array_equal(
                model.predict(inputs), expected.predict(inputs)
            )
            model.partial_fit(inputs, y)
            expected.partial_fit(inputs, y)


def test_every_parameter_that_holds_a_number_is_tried_with_numpys():
    odd = {"callbacks", "nonlinearity", "lr_schedule", "recurrent_constraint"}
    assert SCALARS.keys() == make().get_params().keys() - odd


# ------------------------------------------------------------- large and small numbers


@pytest.mark.parametrize("linear_skip", ["ridge", None])
@pytest.mark.parametrize("standardize", [True, False])
def test_a_prediction_that_is_no_number_is_an_error_that_names_the_row(
    linear_skip, standardize
):
    model = make(linear_skip=linear_skip, standardize=standardize).fit(X, y)
    for value in (1e39, -1e60, 1e150):
        huge = put(X, (3, -1, 0), value)
        with pytest.raises(ValueError, match=r"row 3\b") as raised:
            model.predict(huge)
        assert len(str(raised.value)) < 300


def test_losses_of_endless_partial_fits_take_bounded_memory(monkeypatch):
    from sklearn_rnn._recurrent import net

    monkeypatch.setattr(net, "_MOST_RECORDS", 5)
    model, few = make(), []
    for n_calls in range(1, 12):
        model.partial_fit(X, y)
        assert model.n_iter_ == n_calls
        few.append(len(model.loss_curve_))
    assert few == [*range(1, 7), *[6] * 5]
    assert model.fit(X, y).n_iter_ == len(model.loss_curve_) == 2


def test_the_schedule_of_many_epochs_is_not_listed():
    class Stopping(Callback):
        def on_batch_end(self, net, **kwargs):
            raise LookupError(sizes.append(len(net._schedule.__dict__)))

    import tracemalloc

    sizes = []
    tracemalloc.start()
    with pytest.raises(LookupError):
        make(max_epochs=10**7, callbacks=[Stopping()]).fit(X, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sizes
    assert peak < 10e6


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("is_bidirectional", [False, True])
@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("linear_skip", ["ridge", "trainable", None])
@pytest.mark.parametrize("segment_length", [1, 3, 9])
def test_memory_is_refused_for_weights_that_the_network_has_and_no_others(
    cell, is_bidirectional, num_layers, linear_skip, segment_length, monkeypatch
):
    from sklearn_rnn._recurrent import building

    model = make(
        cell,
        linear_skip=linear_skip,
        max_epochs=0,
        num_layers=num_layers,
        bidirectional=is_bidirectional,
        segment_length=segment_length,
    ).fit(X, y)
    needed = 16 * sum(weight.numel() for weight in model.module_.parameters())
    bias_of_head = 16  # bytes, which the check leaves out
    monkeypatch.setattr(building, "_memory_of_machine", lambda: needed)
    model.fit(X, y)
    monkeypatch.setattr(
        building, "_memory_of_machine", lambda: needed - bias_of_head - 1
    )
    with pytest.raises(MemoryError, match="hidden_size=3"):
        model.fit(X, y)


@pytest.mark.parametrize("method", ["fit", "partial_fit", "predict"])
def test_torchs_lack_of_memory_is_a_memory_error_with_the_size(method, monkeypatch):
    from sklearn_rnn._recurrent.net import RecurrentNet

    def fail(self, *args):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:128] can't allocate memory")

    model = make().fit(X, y)
    before = state(model)
    with monkeypatch.context() as patch:
        for step in ("infer", "train_step"):  # a training step may do without `infer`
            patch.setattr(RecurrentNet, step, fail)
        with pytest.raises(MemoryError, match="hidden_size=3 and num_layers=1"):
            getattr(model, method)(*([X] if method == "predict" else [X, y]))
    assert_same(state(model), before)


# ----------------------------------------------------------------------------- words


@pytest.mark.parametrize("cell", CELLS)
def test_a_misspelt_keyword_names_the_class_that_was_called(cell):
    with pytest.raises(TypeError, match=rf"{cell.__name__}\.__init__\(\) .*hiden_size"):
        cell(hiden_size=3)

    class Mine(cell):
        pass

    with pytest.raises(TypeError, match=r"Mine\.__init__\(\)"):
        Mine(hiden_size=3)
    assert Mine().get_params() == cell().get_params()
    assert clone(Mine(hidden_size=3)).hidden_size == 3


@pytest.mark.parametrize(
    ("callback", "words"),
    [
        ((None, EarlyStopping()), "pair of a name"),
        (("name", None), "pair of a name"),
        (("name", EarlyStopping(), 3), "pair of a name"),
        (None, "must be a skorch callback"),
        (EpochScoring, "needs arguments"),
        (torch.nn.Linear, "must be a skorch callback"),
    ],
)
def test_a_callback_that_is_none_is_told_so(callback, words):
    with pytest.raises(TypeError, match=f"callbacks holds .*{words}"):
        make(callbacks=[callback]).fit(X, y)


@pytest.mark.parametrize(
    "callback",
    [
        EarlyStopping(monitor="xyz"),
        ("mine", EarlyStopping(monitor="xyz", load_best=True)),
        Checkpoint(monitor="xyz"),
        Checkpoint(monitor="xyz_best"),
        EarlyStopping(monitor="valid_acc"),
    ],
)
def test_a_monitor_that_nothing_records_is_told_with_those_there_are(
    callback, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"monitor='\w+', but .* 'train_loss'") as info:
        make(callbacks=[callback]).fit(X, y)
    assert len(str(info.value)) < 300


def test_names_of_frames_are_those_of_the_last_fit_that_succeeded():
    frame = pd.DataFrame(X[:, :, 0], columns=list("abcde"))
    model = make().fit(frame, y)
    with pytest.raises(ValueError, match="NaN"):
        model.fit(frame.rename(columns=str.upper), np.full(40, np.nan))
    assert list(model.feature_names_in_) == list("abcde")


# ------------------------------------------------------------------------- subclasses


class Small(RNNRegressor):
    """Take fewer parameters than its base."""

    def __init__(self, hidden_size=3, random_state=0):
        super().__init__(
            hidden_size=hidden_size, max_epochs=2, random_state=random_state
        )


class SmallEcho(ESNRegressor):
    """Take fewer parameters than its base."""

    def __init__(self, n_reservoir=5, random_state=0):
        super().__init__(n_reservoir, random_state=random_state)


@pytest.mark.parametrize(
    ("small", "whole", "fixed"),
    [
        (Small(4), RNNRegressor(hidden_size=4, max_epochs=2, random_state=0), "tol"),
        (SmallEcho(6), ESNRegressor(6, random_state=0), "washout"),
    ],
)
def test_a_subclass_may_take_fewer_parameters(small, whole, fixed):
    expected = whole.fit(X, y).predict(X)
    np.testing.assert_array_equal(clone(small).fit(X, y).predict(X), expected)
    setattr(small, fixed, -1)
    with pytest.raises(ValueError, match=f"{fixed}.*{type(small).__name__}"):
        small.fit(X, y)
