"""Which kernel runs, and which arguments it refuses."""

import math
import os
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor
from sklearn_rnn._kernels import choice as _choice
from sklearn_rnn._kernels import layers as _layers
from sklearn_rnn._kernels.batch import SequenceBatch
from sklearn_rnn._kernels.choice import (
    compiled,
    describe_kernel,
    instruction_sets,
    kernel_in_use,
)
from sklearn_rnn._kernels.layers import run_layers
from sklearn_rnn._recurrent.module import RecurrentModule

VARIABLE = "SKLEARN_RNN_KERNEL"
KERNELS = [*instruction_sets(), "torch", "off"]
LAYERS = {
    "rnn_tanh": nn.RNN,
    "rnn_relu": lambda *args: nn.RNN(*args, nonlinearity="relu"),
    "gru": nn.GRU,
    "lstm": nn.LSTM,
}

needs_compiled = pytest.mark.skipif(
    not instruction_sets(), reason="the compiled kernel was not built"
)


def forget_what_was_looked_up():
    for function in vars(_choice).values():
        if hasattr(function, "cache_clear"):
            function.cache_clear()


@pytest.fixture
def not_built(monkeypatch):
    """Have the compiled module missing, as where there was no compiler."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setitem(sys.modules, "sklearn_rnn._kernels._compiled", None)
    forget_what_was_looked_up()
    yield
    monkeypatch.undo()
    forget_what_was_looked_up()


def kernels_that_run(rnn, x, monkeypatch):
    """Run layers; return the names of their kernels: "torch", "off" and others."""
    ran = []

    def spy_compiled(kernel, *args, **options):
        ran.append(kernel)
        return run_compiled(kernel, *args, **options)

    def spy_torch(*args):
        ran.append("torch")
        return run_through_time(*args)

    run_compiled, run_through_time = _layers.run_compiled, _layers.run_through_time
    with monkeypatch.context() as patch:
        patch.setattr(_layers, "run_compiled", spy_compiled)
        patch.setattr(_layers, "run_through_time", spy_torch)
        run_layers(rnn, x)
    return set(ran) or {"off"}


# ------------------------------------------------------------------- the one in use


@needs_compiled
def test_the_fastest_compiled_kernel_is_used_by_default(monkeypatch):
    for unset in (None, ""):
        monkeypatch.delenv(VARIABLE, raising=False)
        if unset is not None:
            monkeypatch.setenv(VARIABLE, unset)
        assert kernel_in_use() == instruction_sets()[0]
        assert describe_kernel() == f"compiled, {instruction_sets()[0]}"


@needs_compiled
def test_instruction_sets_come_fastest_first_and_end_with_the_one_of_all_machines():
    assert set(instruction_sets()) <= {"avx512", "avx2", "baseline"}
    assert list(instruction_sets()) == [
        name for name in ("avx512", "avx2", "baseline") if name in instruction_sets()
    ]
    assert instruction_sets()[-1] == "baseline"


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", LAYERS)
def test_the_variable_chooses_what_runs(cell, kernel, monkeypatch):
    monkeypatch.setenv(VARIABLE, kernel)
    assert kernel_in_use() == kernel
    assert f"by {VARIABLE}" in describe_kernel() or not instruction_sets()
    rnn = LAYERS[cell](2, 3, 2)
    # An LSTM gains nothing from plain torch.
    expected = "off" if (cell, kernel) == ("lstm", "torch") else kernel
    assert kernels_that_run(rnn, torch.zeros(4, 5, 2), monkeypatch) == {expected}


def test_the_variable_is_read_at_each_call(monkeypatch):
    for kernel in (*KERNELS, *KERNELS[::-1]):
        monkeypatch.setenv(VARIABLE, kernel)
        assert kernel_in_use() == kernel


@pytest.mark.parametrize("nonsense", ["fast", "AVX2", " torch", "neon"])
def test_a_kernel_that_is_none_is_refused_with_those_there_are(nonsense, monkeypatch):
    monkeypatch.setenv(VARIABLE, nonsense)
    sentence = (
        f"The environment variable {VARIABLE} is {nonsense!r}; here it may be unset or "
        f"one of {', '.join(KERNELS)}."
    )
    with pytest.raises(ValueError, match=re.escape(sentence)):
        kernel_in_use()
    with pytest.raises(ValueError, match=re.escape(sentence)):
        run_layers(nn.GRU(2, 3), torch.zeros(4, 5, 2))
    X = np.zeros((20, 3, 1))
    with pytest.raises(ValueError, match=re.escape(sentence)):
        GRURegressor(max_epochs=1).fit(X, np.arange(20.0))
    assert describe_kernel() == sentence


@pytest.mark.parametrize(
    ("kernel", "words"),
    [("torch", "none, plain torch"), ("off", "none, torch's modules")],
)
def test_what_runs_is_said_in_words(kernel, words, monkeypatch):
    monkeypatch.setenv(VARIABLE, kernel)
    assert describe_kernel() == f"{words} (by {VARIABLE})"


# ------------------------------------------------------------- where nothing was built


def test_without_the_compiled_module_plain_torch_runs(not_built, monkeypatch):
    assert compiled() is None
    assert instruction_sets() == ()
    assert kernel_in_use() == "torch"
    words = "none, plain torch (not built when this was installed)"
    assert describe_kernel() == words
    x = torch.zeros(4, 5, 2)
    assert kernels_that_run(nn.GRU(2, 3), x, monkeypatch) == {"torch"}
    assert kernels_that_run(nn.LSTM(2, 3), x, monkeypatch) == {"off"}


@pytest.mark.parametrize("estimator", [RNNRegressor, GRURegressor, LSTMRegressor])
def test_without_the_compiled_module_estimators_fit_as_with_it(
    estimator, monkeypatch, request
):
    X = np.random.default_rng(0).normal(size=(60, 5, 2))
    y = np.tanh(X[:, :, 0].sum(axis=1))
    model = estimator(hidden_size=4, max_epochs=3, random_state=0)
    monkeypatch.delenv(VARIABLE, raising=False)
    expected = model.fit(X, y).predict(X)
    request.getfixturevalue("not_built")
    assert kernel_in_use() == "torch"
    np.testing.assert_allclose(model.predict(X), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        model.fit(X, y).predict(X), expected, rtol=1e-2, atol=1e-3
    )


def test_a_module_that_was_built_and_does_not_load_is_told_as_such(
    not_built, monkeypatch
):
    def fail(name):
        raise ImportError("GLIBC_9.99 not found")

    monkeypatch.setattr(_choice, "import_module", fail)
    forget_what_was_looked_up()
    assert kernel_in_use() == "torch"
    words = "none, plain torch (built, but does not load: GLIBC_9.99 not found)"
    assert describe_kernel() == words


def test_without_the_compiled_module_an_instruction_set_is_refused(
    not_built, monkeypatch
):
    monkeypatch.setenv(VARIABLE, "baseline")
    with pytest.raises(ValueError, match="may be unset or one of torch, off"):
        kernel_in_use()


# ---------------------------------------------------------- cases of torch's module


@pytest.mark.parametrize("kernel", KERNELS[:-1])
@pytest.mark.parametrize("cell", ["rnn_tanh", "rnn_relu", "gru"])
def test_torchs_module_runs_states_larger_than_the_rule_says(cell, kernel, monkeypatch):
    monkeypatch.setenv(VARIABLE, kernel)
    monkeypatch.setitem(_layers._LARGEST_HIDDEN, cell.upper(), 3)
    x = torch.zeros(4, 5, 2)
    assert kernels_that_run(LAYERS[cell](2, 3), x, monkeypatch) == {kernel}
    assert kernels_that_run(LAYERS[cell](2, 4), x, monkeypatch) == {"off"}


@pytest.mark.parametrize("cell", ["rnn_tanh", "rnn_relu", "gru"])
def test_plain_torch_runs_batches_no_larger_than_the_rule_says(cell, monkeypatch):
    monkeypatch.setenv(VARIABLE, "torch")
    monkeypatch.setattr(_layers, "_MOST_STATES_THROUGH_TIME", 12)
    rnn, x = LAYERS[cell](2, 3), torch.zeros(6, 5, 2)
    assert kernels_that_run(rnn, x[:4], monkeypatch) == {"torch"}
    assert kernels_that_run(rnn, x[:5], monkeypatch) == {"off"}
    for n_rows, size, runs in ((6, None, "off"), (2, 4, "torch"), (2, 5, "off")):
        batch = SequenceBatch(x, torch.arange(n_rows), size=size)
        assert kernels_that_run(rnn, batch, monkeypatch) == {runs}


@pytest.mark.parametrize("cell", LAYERS)
def test_the_rule_has_a_size_for_every_cell(cell):
    assert _layers._LARGEST_HIDDEN[cell.upper()] >= 128  # sizes that users train


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported")
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(
    "options", [{"bias": False}, {"proj_size": 2}], ids=["no bias", "projection"]
)
def test_torchs_module_runs_what_the_kernels_do_not_know(options, kernel, monkeypatch):
    monkeypatch.setenv(VARIABLE, kernel)
    rnn = nn.LSTM(2, 3, batch_first=True, **options)
    x = torch.ones(4, 5, 2)
    assert kernels_that_run(rnn, x, monkeypatch) == {"off"}
    states, final, _ = run_layers(rnn, x)
    assert torch.equal(states, rnn(x)[0])
    assert torch.equal(final, rnn(x)[1][0][0])


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", ["rnn_tanh", "gru", "lstm"])
def test_half_precision_goes_to_torchs_module(cell, kernel, monkeypatch):
    monkeypatch.setenv(VARIABLE, kernel)
    rnn = LAYERS[cell](2, 3).to(torch.bfloat16)
    states, final, _ = run_layers(rnn, torch.ones(4, 5, 2))
    assert states.dtype == final.dtype == torch.bfloat16
    for dtype in (torch.float16, torch.bfloat16):
        x = torch.ones(4, 5, 2)
        assert kernels_that_run(rnn.to(dtype), x, monkeypatch) == {"off"}


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", ["rnn_tanh", "gru", "lstm"])
def test_weights_on_another_device_go_to_torchs_module(cell, kernel, monkeypatch):
    monkeypatch.setenv(VARIABLE, kernel)
    rnn = LAYERS[cell](2, 3).to("meta")
    rnn.batch_first = True
    states, final, _ = run_layers(rnn, torch.ones(4, 5, 2, device="meta"))
    assert states.shape == (4, 5, 3)
    assert final.shape == (4, 3)
    assert states.device.type == final.device.type == "meta"


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(
    "register",
    [
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "register_full_backward_pre_hook",
    ],
)
def test_hooks_of_the_recurrent_module_are_called(register, kernel, monkeypatch):
    monkeypatch.setenv(VARIABLE, kernel)
    rnn, calls = nn.GRU(2, 3, batch_first=True), []
    x = torch.ones(4, 5, 2, requires_grad=True)
    handle = getattr(rnn, register)(lambda *_: calls.append(1))
    run_layers(rnn, x)[1].sum().backward()
    assert calls
    handle.remove()
    assert kernels_that_run(rnn, x, monkeypatch) == {kernel}


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_subclass_may_compute_something_else(kernel, monkeypatch):
    class Doubled(nn.GRU):
        def forward(self, x):
            states, final = super().forward(x)
            return 2 * states, 2 * final

    monkeypatch.setenv(VARIABLE, kernel)
    rnn, x = Doubled(2, 3, batch_first=True), torch.ones(4, 5, 2)
    assert torch.equal(run_layers(rnn, x)[1], rnn(x)[1][0])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch.jit's own
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
@pytest.mark.parametrize("kernel", KERNELS)
def test_a_traced_module_computes_what_the_module_does(kernel, monkeypatch):
    monkeypatch.setenv(VARIABLE, kernel)
    module = RecurrentModule("gru", 2, 1, 5, 3, 1, False, 0.0, "last", "auto").eval()
    nn.init.normal_(module.head.weight)
    with torch.no_grad():
        traced = torch.jit.trace(module, torch.zeros(4, 5, 2))
        x = torch.ones(4, 5, 2)
        torch.testing.assert_close(traced(x), module(x))


@pytest.mark.parametrize("kernel", KERNELS)
def test_automatic_precision_is_left_to_torch(kernel, monkeypatch):
    monkeypatch.setenv(VARIABLE, kernel)
    rnn, x = nn.GRU(2, 3, batch_first=True), torch.ones(4, 5, 2)
    with torch.autocast("cpu", torch.bfloat16):
        assert kernels_that_run(rnn, x, monkeypatch) == {"off"}


@pytest.mark.parametrize("kernel", KERNELS)
def test_lengths_may_be_any_kind_of_whole_number(kernel, monkeypatch):
    monkeypatch.setenv(VARIABLE, kernel)
    rnn, x = nn.GRU(2, 3, batch_first=True), torch.ones(3, 5, 2)
    lengths = torch.tensor([5, 1, 3])
    expected = run_layers(rnn, x, lengths)[1]
    assert torch.equal(run_layers(rnn, x, lengths.int())[1], expected)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.int64])
def test_sequences_of_another_kind_of_number_are_converted(dtype, kernel, monkeypatch):
    monkeypatch.setenv(VARIABLE, kernel)
    rnn = nn.GRU(2, 3, batch_first=True)
    x = torch.arange(40).reshape(4, 5, 2).to(dtype)
    states, _, _ = run_layers(rnn, x)
    torch.testing.assert_close(states, rnn(x.float())[0])


# ---------------------------------------------------------------- refused arguments


def arguments(cell="gru", segment_length=1):
    """Return valid arguments of the compiled forward."""
    n_samples, n_steps, n_features, n_hidden = 6, 4, 2, 3
    n_segments = math.ceil(n_steps / segment_length)
    n_sums = {"gru": 3, "lstm": 4}.get(cell, 1) * n_hidden
    state = (n_samples, n_hidden)
    return {
        "isa": instruction_sets()[0],
        "cell": cell,
        "x": np.zeros((n_samples, n_steps, n_features), np.float32),
        "rows": np.arange(n_samples),
        "starts": np.zeros(n_samples, np.int64),
        "relative_to": -1,
        "w_ih": np.zeros((n_sums, segment_length * n_features), np.float32),
        "w_hh": np.zeros((n_sums, n_hidden), np.float32),
        "b_ih": np.zeros(n_sums, np.float32),
        "b_hh": np.zeros(n_sums, np.float32),
        "h_0": np.zeros(state, np.float32),
        "c_0": np.zeros(state, np.float32) if cell == "lstm" else None,
        "is_reverse": False,
        "states": np.zeros((n_samples, n_segments, n_hidden), np.float32),
        "h_n": np.zeros(state, np.float32),
        "c_n": np.zeros(state, np.float32) if cell == "lstm" else None,
        "keep_tape": True,
        "n_threads": 1,
        "segment_length": segment_length,
    }


def gradient_arguments(cell="gru", segment_length=1):
    """Return valid arguments of the compiled backward after `arguments`."""
    given = arguments(cell, segment_length)
    n_weights = sum(given[name].size for name in ("w_ih", "w_hh", "b_ih", "b_hh"))
    return {
        "pass_": compiled().forward(**given),
        "starts": given["starts"],
        "w_ih": given["w_ih"],
        "w_hh": given["w_hh"],
        "d_states": np.zeros_like(given["states"]),
        "d_h_n": np.zeros_like(given["h_n"]),
        "d_c_n": np.zeros_like(given["h_n"]) if cell == "lstm" else None,
        "d_weights": np.zeros(n_weights, np.float32),
        "d_x": np.zeros_like(given["x"]),
        "d_h_0": np.zeros_like(given["h_0"]),
        "d_c_0": np.zeros_like(given["h_0"]) if cell == "lstm" else None,
        "n_threads": 1,
    }


def array(*shape, dtype=np.float32):
    return np.zeros(shape, dtype)


def index(*numbers):
    return np.array(numbers, np.int64)


# Of 6 samples, 4 steps, 2 features and a GRU of 3 units
WRONG = [
    ("isa", "sse9"),
    ("isa", ""),
    ("cell", "gru2"),
    ("cell", "GRU"),
    ("x", array(6, 4)),
    ("x", array(6, 4, 2, 1)),
    ("x", array(6, 0, 2)),
    ("x", array(6, 4, 2, dtype=np.float16)),
    ("x", array(6, 4, 2, dtype=np.int64)),
    ("rows", index(0, 1, 2, 3, 4, 6)),
    ("rows", index(0, 1, 2, 3, 4, -1)),
    ("rows", index(0, 1, 2, 3, 4, 2**62)),
    ("rows", index(0, 1, 2, 3, 4, 5).astype(np.int32)),
    ("rows", index(0, 1, 2, 3, 4, 5).reshape(2, 3)),
    ("rows", np.repeat(index(0, 1, 2, 3, 4, 5), 2)[::2]),
    ("rows", array(6)),
    ("starts", index(0, 0, 0, 0, 0, 4)),
    ("starts", index(0, 0, 0, 0, 0, -1)),
    ("starts", index(0, 0, 0, 0, 0)),
    ("starts", index(0, 0, 0, 0, 0, 0, 0)),
    ("starts", index(0, 0, 0, 0, 0, 0).astype(np.int32)),
    ("starts", array(6, dtype=np.float64)),
    ("relative_to", 2),
    ("relative_to", -2),
    ("w_ih", array(9, 3)),
    ("w_ih", array(8, 2)),
    ("w_ih", array(18)),
    ("w_ih", array(9, 2, dtype=np.float64)),
    ("w_ih", array(2, 9).T),
    ("w_hh", array(8, 3)),
    ("w_hh", array(27)),
    ("w_hh", array(9, 3, dtype=np.float16)),
    ("w_hh", array(3, 9).T),
    ("b_ih", array(8)),
    ("b_ih", array(9, 1)),
    ("b_ih", array(9, dtype=np.float64)),
    ("b_hh", array(10)),
    ("b_hh", array(18)[::2]),
    ("h_0", array(5, 3)),
    ("h_0", array(6, 4)),
    ("h_0", array(6, 3, dtype=np.float64)),
    ("h_0", array(3, 6).T),
    ("states", array(6, 4, 2)),
    ("states", array(6, 3, 3)),
    ("states", array(5, 4, 3)),
    ("states", array(6, 4, 3, dtype=np.float64)),
    ("states", array(4, 6, 3).transpose(1, 0, 2)),
    ("h_n", array(6, 2)),
    ("h_n", array(6, 3, dtype=np.float64)),
    ("h_n", array(12, 3)[::2]),
    ("n_threads", 0),
    ("n_threads", -3),
    ("segment_length", 0),
    ("segment_length", -1),
    ("segment_length", 2**62),
]


def shown(value):
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape}"
    return repr(value)


@needs_compiled
@pytest.mark.parametrize(
    ("name", "value"), WRONG, ids=[f"{name}={shown(value)}" for name, value in WRONG]
)
def test_a_wrong_argument_is_refused_by_its_name(name, value):
    right = arguments()
    compiled().forward(**right)
    words = {"isa": f"no kernel named '{value}'"}
    # Weights of the state tell the numbers and sizes that all else is compared with.
    names = {"w_hh": r"\b(w_hh|w_ih)\b"}
    match = words.get(name, names.get(name, rf"\b{name}\b"))
    with pytest.raises(ValueError, match=match):
        compiled().forward(**(right | {name: value}))


@needs_compiled
@pytest.mark.parametrize("name", ["c_0", "c_n"])
def test_a_wrong_cell_state_is_refused_by_its_name(name):
    right = arguments("lstm")
    compiled().forward(**right)
    for value in (array(6, 4), array(5, 3), array(6, 3, dtype=np.float64), array(18)):
        with pytest.raises(ValueError, match=rf"\b{name}\b"):
            compiled().forward(**(right | {name: value}))


@needs_compiled
def test_a_sentence_tells_the_shape_that_is_wrong_and_the_right_one():
    with pytest.raises(ValueError, match=r"^w_ih has shape \(8, 2\), not \(9, 2\)$"):
        compiled().forward(**(arguments() | {"w_ih": array(8, 2)}))
    with pytest.raises(ValueError, match=r"^b_ih has shape \(8,\), not \(9,\)$"):
        compiled().forward(**(arguments() | {"b_ih": array(8)}))


WRONG_GRADIENTS = [
    ("starts", None),
    ("starts", index(0, 0, 0, 0, 0)),
    ("starts", index(0, 0, 0, 0, 0, 4)),
    ("starts", index(0, 0, 0, 0, 0, -1)),
    ("w_ih", array(9, 3)),
    ("w_ih", array(9, 2, dtype=np.float64)),
    ("w_hh", array(9, 4)),
    ("w_hh", array(3, 9).T),
    ("d_states", array(6, 4, 4)),
    ("d_states", array(6, 4)),
    ("d_states", array(6, 4, 3, dtype=np.float64)),
    ("d_h_n", array(6, 4)),
    ("d_h_n", array(6, 3, dtype=np.float64)),
    ("d_c_n", array(7, 3)),
    ("d_weights", array(71)),
    ("d_weights", array(73)),
    ("d_weights", array(72, dtype=np.float64)),
    ("d_weights", array(144)[::2]),
    ("d_x", array(6, 4, 3)),
    ("d_x", array(5, 4, 2)),
    ("d_x", array(6, 4, 2, dtype=np.float64)),
    ("d_x", array(4, 6, 2).transpose(1, 0, 2)),
    ("d_h_0", array(6, 4)),
    ("d_h_0", array(3, 6).T),
    ("d_c_0", array(6, 4)),
    ("n_threads", 0),
]


@needs_compiled
@pytest.mark.parametrize(
    ("name", "value"),
    WRONG_GRADIENTS,
    ids=[f"{name}={shown(value)}" for name, value in WRONG_GRADIENTS],
)
def test_a_wrong_argument_of_the_gradient_is_refused_by_its_name(name, value):
    right = gradient_arguments()
    compiled().backward(**right)
    with pytest.raises(ValueError, match=rf"\b{name}\b"):
        compiled().backward(**(right | {name: value}))


@needs_compiled
@pytest.mark.parametrize("segment_length", [1, 2, 3, 5])
@pytest.mark.parametrize("cell", LAYERS)
def test_every_gradient_is_written_and_nothing_beside_it(cell, segment_length):
    given = gradient_arguments(cell, segment_length)
    written = [
        name
        for name in ("d_weights", "d_x", "d_h_0", "d_c_0")
        if given[name] is not None
    ]
    wide = {}
    for name in written:
        # The same shape with a margin of NaN on both sides
        flat = np.full(given[name].size + 128, np.nan, np.float32)
        wide[name] = flat
        given[name] = flat[64:-64].reshape(given[name].shape)
    compiled().backward(**given)
    for name in written:
        assert not np.isnan(given[name]).any(), name
        assert np.isnan(wide[name][:64]).all(), name
        assert np.isnan(wide[name][-64:]).all(), name


@needs_compiled
@pytest.mark.parametrize("segment_length", [1, 2, 3, 5])
@pytest.mark.parametrize("cell", LAYERS)
def test_every_state_is_written_and_nothing_beside_it(cell, segment_length):
    given = arguments(cell, segment_length)
    written = [name for name in ("states", "h_n", "c_n") if given[name] is not None]
    wide = {}
    for name in written:
        flat = np.full(given[name].size + 128, np.nan, np.float32)
        wide[name] = flat
        given[name] = flat[64:-64].reshape(given[name].shape)
    compiled().forward(**given)
    for name in written:
        assert not np.isnan(given[name]).any(), name
        assert np.isnan(wide[name][:64]).all(), name
        assert np.isnan(wide[name][-64:]).all(), name


# ------------------------------------------------------------------------- at the end

SCRIPT = """
import torch
from torch import nn
from sklearn_rnn._kernels.layers import run_layers
from sklearn_rnn._recurrent.module import RecurrentModule

states, final, _ = run_layers(nn.GRU(2, 3, batch_first=True), torch.ones(4, 5, 2))
loss = final.sum()
loss.backward()
"""


@needs_compiled
def test_a_script_that_ends_with_a_graph_in_hand_ends_silently():
    environment = {k: v for k, v in os.environ.items() if k != VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
