"""The training step without torch's graph: that of torch's graph, wherever it runs."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skorch.callbacks import Callback
from torch import nn

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor
from sklearn_rnn._kernels.choice import instruction_sets
from sklearn_rnn._recurrent.direct_step import DirectStep

CELLS = {"gru": GRURegressor, "lstm": LSTMRegressor, "rnn": RNNRegressor}

pytestmark = pytest.mark.skipif(
    not instruction_sets(), reason="the compiled kernel is not built"
)


@pytest.fixture(autouse=True)
def compiled_kernel(monkeypatch):
    """Run on the compiled kernel, whichever kernel the other tests run on."""
    monkeypatch.delenv("SKLEARN_RNN_KERNEL", raising=False)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 7, 2))
    return X, X[:, -1, 0] * X[:, -2, 1]


def count_steps(function):
    """Return the number of networks that took the direct step within a call."""
    found, original = [], DirectStep.find.__func__

    def find(cls, *args):
        found.append(original(cls, *args))
        return found[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DirectStep, "find", classmethod(find))
        function()
    return sum(step is not None for step in found)


def fit(cell, X, y, **options):
    options = {"hidden_size": 5, "max_epochs": 3, "random_state": 0} | options
    return CELLS[cell](**options).fit(X, y)


@given(
    cell=st.sampled_from(sorted(CELLS)),
    hidden_size=st.integers(1, 20),
    n_features=st.integers(1, 3),
    is_ragged=st.booleans(),
    n_outputs=st.integers(1, 3),
    options=st.fixed_dictionaries(
        {
            "loss": st.sampled_from(["squared_error", "absolute_error", "huber"]),
            "optimizer": st.sampled_from(["adam", "adamw"]),
            "weight_decay": st.sampled_from([0.0, 0.1]),
            "linear_skip": st.sampled_from([None, "ridge", "trainable"]),
            "dropout": st.sampled_from([0.0, 0.4]),
            "lr_schedule": st.sampled_from([None, "onecycle", "auto"]),
            "clip_grad_norm": st.sampled_from([None, 1e-2, 1.0]),
            "recurrent_constraint": st.sampled_from([None, "spectral"]),
            "early_stopping": st.booleans(),
            "batch_size": st.integers(1, 50),
            "segment_length": st.integers(1, 7),
        }
    ),
    seed=st.integers(0, 100),
)
@settings(deadline=None, max_examples=60)
def test_a_step_is_that_of_torchs_graph(
    cell, hidden_size, n_features, is_ragged, n_outputs, options, seed
):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(40, 6, n_features))
    if is_ragged:
        X = [x[-rng.integers(1, 7) :] for x in X]
    y = rng.normal(size=(40, n_outputs))
    options |= {"hidden_size": hidden_size, "random_state": seed}
    direct = []
    assert count_steps(lambda: direct.append(fit(cell, X, y, **options))) == 1
    watched = fit(cell, X, y, **options, callbacks=[Callback()])
    (direct,) = direct
    np.testing.assert_allclose(
        direct.predict(X), watched.predict(X), rtol=1e-3, atol=1e-4
    )
    np.testing.assert_allclose(direct.loss_curve_, watched.loss_curve_, rtol=1e-3)
    ours, theirs = (m.net_.optimizer_.state_dict()["state"] for m in (direct, watched))
    assert ours.keys() == theirs.keys()
    for number, state in theirs.items():
        assert ours[number]["step"] == state["step"]
        assert ours[number]["exp_avg"].shape == state["exp_avg"].shape


def test_the_pinball_loss_steps_directly(data):
    X, y = data
    options = {"loss": "quantile", "quantiles": (0.1, 0.5, 0.9)}
    models = []
    assert count_steps(lambda: models.append(fit("gru", X, y, **options))) == 1
    watched = fit("gru", X, y, **options, callbacks=[Callback()])
    np.testing.assert_allclose(
        models[0].predict_quantiles(X), watched.predict_quantiles(X), atol=1e-4
    )


@pytest.mark.parametrize(
    "options",
    [
        {"num_layers": 2},
        {"bidirectional": True},
        {"pooling": "mean"},
        {"optimizer": "sgd"},
        {"optimizer": "rmsprop"},
        {"callbacks": [Callback()]},
    ],
    ids=lambda options: next(iter(options)),
)
def test_other_trainings_stay_on_torchs_graph(data, options):
    assert count_steps(lambda: fit("gru", *data, **options)) == 0


@pytest.mark.parametrize("kernel", ["torch", "off"])
def test_other_kernels_stay_on_torchs_graph(data, monkeypatch, kernel):
    monkeypatch.setenv("SKLEARN_RNN_KERNEL", kernel)
    assert count_steps(lambda: fit("gru", *data)) == 0


def _freeze(net):
    net.module_.head.bias.requires_grad_(False)


def _hook_the_head(net):
    net.module_.head.register_forward_hook(lambda *args: None)


def _hook_the_loss(net):
    net.criterion_.register_forward_hook(lambda *args: None)


def _add_a_group(net):
    net.optimizer_.add_param_group({"params": [nn.Parameter(torch.zeros(2))]})


def _maximize(net):
    net.optimizer_.param_groups[0]["maximize"] = True


@pytest.mark.parametrize(
    "change", [_freeze, _hook_the_head, _hook_the_loss, _add_a_group, _maximize]
)
def test_a_net_that_its_user_changed_stays_on_torchs_graph(data, change):
    X, y = data
    model = fit("gru", X, y)
    assert count_steps(lambda: model.partial_fit(X, y)) == 1
    change(model.net_)
    assert count_steps(lambda: model.partial_fit(X, y)) == 0


def test_moments_go_on_where_a_training_left_them(data):
    X, y = data
    models = [
        fit("lstm", X, y),
        fit("lstm", X, y, callbacks=[Callback()]),
    ]
    for model in models:
        for _ in range(3):
            model.partial_fit(X, y)
    ours, theirs = (m.net_.optimizer_.state_dict()["state"] for m in models)
    for number, state in theirs.items():
        assert ours[number]["step"] == state["step"]
        torch.testing.assert_close(
            ours[number]["exp_avg_sq"], state["exp_avg_sq"], rtol=1e-2, atol=1e-6
        )


def test_each_weight_has_memory_of_its_own_after_training(data):
    X, y = data
    model = fit("gru", X, y, lr_schedule="auto", max_epochs="auto")
    storages = {p.untyped_storage().data_ptr() for p in model.net_.module_.parameters()}
    assert len(storages) == len(list(model.net_.module_.parameters()))
