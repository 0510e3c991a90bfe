"""A sequence through the compiled kernel does not depend on the rest of its batch."""

import math
import multiprocessing
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from sklearn_rnn import make_windows
from sklearn_rnn._kernels.batch import SequenceBatch
from sklearn_rnn._kernels.choice import instruction_sets
from sklearn_rnn._kernels.layers import run_layers
from sklearn_rnn._kernels.recurrence import Direction, run_compiled

pytestmark = pytest.mark.skipif(
    not instruction_sets(), reason="the compiled kernel was not built"
)

CELLS = ["rnn_tanh", "rnn_relu", "gru", "lstm"]
DTYPES = [torch.float32, torch.float64]
N_GATES = {"gru": 3, "lstm": 4}


def draw(*shape, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=dtype)


def draw_lengths(n_samples, n_steps, seed=0):
    lengths = np.random.default_rng(seed).integers(1, n_steps + 1, n_samples)
    return torch.from_numpy(lengths)


def draw_weights(cell, n_features, n_hidden, seed=0, dtype=torch.float64):
    n_sums = N_GATES.get(cell, 1) * n_hidden
    shapes = [(n_sums, n_features), (n_sums, n_hidden), (n_sums,), (n_sums,)]
    scale = 1 / math.sqrt(n_hidden)
    return [
        (scale * draw(*shape, seed=seed + i, dtype=dtype)).requires_grad_()
        for i, shape in enumerate(shapes)
    ]


def draw_initial(cell, n_samples, n_hidden, seed=3, dtype=torch.float64):
    n_initial = 2 if cell == "lstm" else 1
    return [
        draw(n_samples, n_hidden, seed=seed + i, dtype=dtype) for i in range(n_initial)
    ]


def present_steps(batch):
    """Return which steps are there, (n_samples, n_steps, 1)."""
    n_steps = batch.values.shape[1]
    if batch.lengths is None:
        return torch.ones(len(batch), n_steps, 1, dtype=torch.bool)
    return (torch.arange(n_steps) >= batch.starts[:, None])[:, :, None]


class Layer:
    """One layer in one direction, and a loss that weighs every state of a row."""

    def __init__(self, cell, kernel, weights, is_reverse=False):
        self.kernel = kernel
        self.weights = weights
        self.direction = Direction(cell, is_reverse, wants_states=True)

    def run(self, batch, initial=(), n_threads=1):
        return run_compiled(
            self.kernel, self.direction, batch, self.weights, initial, n_threads
        )

    def by_row(self, x, lengths, initial, d_states):
        """Return the results and gradients of each row."""
        x = x.clone().requires_grad_()
        initial = [state.clone().requires_grad_() for state in initial]
        states, final = self.run(SequenceBatch(x, lengths=lengths), initial)
        loss = (states * d_states).sum() + sum(state.sum() for state in final)
        gradients = torch.autograd.grad(loss, [x, *initial])
        return [states.detach(), *(f.detach() for f in final), *gradients]


def take(rows, *tensors):
    return [tensor if tensor is None else tensor[rows] for tensor in tensors]


# ------------------------------------------------------------------- rows of a batch


@pytest.mark.parametrize("is_ragged", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kernel", instruction_sets())
@pytest.mark.parametrize("cell", CELLS)
def test_a_row_has_the_same_bits_alone_and_in_batches_of_all_sizes(
    cell, kernel, dtype, is_ragged
):
    weights = draw_weights(cell, 2, 7, dtype=dtype)
    layer = Layer(cell, kernel, weights, is_reverse=is_ragged)
    x = draw(70, 5, 2, dtype=dtype)
    lengths = draw_lengths(70, 5) if is_ragged else None
    initial = draw_initial(cell, 70, 7, dtype=dtype)
    d_states = draw(70, 5, 7, seed=2, dtype=dtype)

    def by_row(rows):
        x_, lengths_, d_states_ = take(rows, x, lengths, d_states)
        return layer.by_row(x_, lengths_, take(rows, *initial), d_states_)

    whole = by_row(slice(None))
    for n_samples in range(1, 71):
        among_first = by_row(slice(0, n_samples))
        alone = by_row(slice(n_samples - 1, n_samples))
        for together, one, other in zip(whole, among_first, alone, strict=True):
            assert torch.equal(together[:n_samples], one)
            assert torch.equal(together[n_samples - 1], other[0])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kernel", instruction_sets())
@pytest.mark.parametrize("cell", CELLS)
def test_a_row_has_the_same_bits_at_every_place_of_a_batch(cell, kernel, dtype):
    layer = Layer(cell, kernel, draw_weights(cell, 2, 7, dtype=dtype))
    x, lengths = draw(40, 5, 2, dtype=dtype), draw_lengths(40, 5)
    initial = draw_initial(cell, 40, 7, dtype=dtype)
    d_states = draw(40, 5, 7, seed=2, dtype=dtype)
    whole = layer.by_row(x, lengths, initial, d_states)
    for shift in range(1, 40):
        moved = [t.roll(shift, dims=0) for t in (x, lengths, d_states, *initial)]
        actual = layer.by_row(moved[0], moved[1], moved[3:], moved[2])
        for one, other in zip(whole, actual, strict=True):
            assert torch.equal(one.roll(shift, dims=0), other)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("cell", CELLS)
@settings(deadline=None, max_examples=25)
@given(
    n_samples=st.integers(1, 70),
    n_steps=st.integers(1, 50),
    n_features=st.integers(1, 20),
    n_hidden=st.integers(1, 70),
    is_ragged=st.booleans(),
    is_reverse=st.booleans(),
    seed=st.integers(0, 999),
    data=st.data(),
)
def test_any_rows_in_any_order_have_the_same_bits(
    cell,
    dtype,
    n_samples,
    n_steps,
    n_features,
    n_hidden,
    is_ragged,
    is_reverse,
    seed,
    data,
):
    weights = draw_weights(cell, n_features, n_hidden, seed=seed, dtype=dtype)
    x = draw(n_samples, n_steps, n_features, seed=seed, dtype=dtype)
    d_states = draw(n_samples, n_steps, n_hidden, seed=seed + 1, dtype=dtype)
    lengths = draw_lengths(n_samples, n_steps, seed) if is_ragged else None
    rows = st.lists(st.integers(0, n_samples - 1), min_size=1, max_size=70)
    rows = torch.tensor(data.draw(rows))
    for kernel in instruction_sets():
        layer = Layer(cell, kernel, weights, is_reverse)
        whole = layer.by_row(x, lengths, (), d_states)
        x_, lengths_, d_states_ = take(rows, x, lengths, d_states)
        some = layer.by_row(x_, lengths_, (), d_states_)
        for one, other in zip(whole, some, strict=True):
            assert torch.equal(one[rows], other)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("kernel", instruction_sets())
def test_an_empty_batch_has_no_states_and_gradients_of_zero(cell, kernel):
    weights = draw_weights(cell, 2, 5)
    x = torch.zeros(0, 4, 2, dtype=torch.float64, requires_grad=True)
    states, final = Layer(cell, kernel, weights).run(SequenceBatch(x))
    assert states.shape == (0, 4, 5)
    assert final[0].shape == (0, 5)
    gradients = torch.autograd.grad(states.sum() + final[0].sum(), [x, *weights])
    for gradient, tensor in zip(gradients, [x, *weights], strict=True):
        assert gradient.shape == tensor.shape
        assert (gradient == 0).all()


# --------------------------------------------------------------------------- threads


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("cell", CELLS)
@settings(deadline=None, max_examples=15)
@given(
    n_samples=st.integers(1, 200),
    n_steps=st.integers(1, 12),
    n_features=st.integers(1, 5),
    n_hidden=st.integers(1, 30),
    is_ragged=st.booleans(),
    is_reverse=st.booleans(),
    seed=st.integers(0, 999),
)
def test_threads_change_no_bit_of_states_and_gradients(
    cell, dtype, n_samples, n_steps, n_features, n_hidden, is_ragged, is_reverse, seed
):
    weights = draw_weights(cell, n_features, n_hidden, seed=seed, dtype=dtype)
    x = draw(n_samples, n_steps, n_features, seed=seed, dtype=dtype).requires_grad_()
    lengths = draw_lengths(n_samples, n_steps, seed) if is_ragged else None
    initial = draw_initial(cell, n_samples, n_hidden, seed=seed, dtype=dtype)
    initial = [state.requires_grad_() for state in initial]
    d_states = draw(n_samples, n_steps, n_hidden, seed=seed + 1, dtype=dtype)
    for kernel in instruction_sets():
        layer = Layer(cell, kernel, weights, is_reverse)
        batch = SequenceBatch(x, lengths=lengths)
        expected = None
        for n_threads in (1, 2, 3, 5):
            states, final = layer.run(batch, initial, n_threads)
            with torch.no_grad():
                calm_states, calm_final = layer.run(batch, initial, n_threads)
            loss = (states * d_states).sum() + sum(f.sum() for f in final)
            gradients = torch.autograd.grad(loss, [x, *initial, *weights])
            actual = [states, *final, *gradients]
            if expected is None:
                expected = actual
            for one, other in zip(actual, expected, strict=True):
                assert torch.equal(one, other)
            # Where nothing is kept for going back
            assert torch.equal(calm_states, states)
            assert all(map(torch.equal, calm_final, final))


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_all_layers_run_on_the_threads_asked_for(cell, monkeypatch):
    monkeypatch.setenv("SKLEARN_RNN_KERNEL", instruction_sets()[0])
    layer = {"gru": nn.GRU, "lstm": nn.LSTM}[cell]
    rnn = layer(2, 5, num_layers=2, bidirectional=True, batch_first=True)
    x = draw(100, 6, 2, dtype=torch.float32)
    asked = []
    run = run_compiled

    def spy(*args, n_threads, **options):
        asked.append(n_threads)
        return run(*args, n_threads=n_threads, **options)

    monkeypatch.setattr("sklearn_rnn._kernels.layers.run_compiled", spy)
    alone = run_layers(rnn, x)
    assert asked == [1] * 4
    shared = run_layers(rnn, x, n_threads=3)
    assert asked[4:] == [3] * 4
    assert torch.equal(alone[0], shared[0])
    assert torch.equal(alone[1], shared[1])


def run_in_child(layer, x, queue):
    with torch.no_grad():
        states, _ = layer.run(SequenceBatch(x), n_threads=2)
    queue.put(states.numpy().tobytes())


@pytest.mark.skipif(
    sys.platform != "linux", reason="forking is how Linux starts processes"
)
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_goes_on_with_threads_of_its_own():
    weights = [weight.detach() for weight in draw_weights("gru", 2, 5)]
    layer = Layer("gru", instruction_sets()[0], weights)
    x = draw(100, 6, 2)
    expected, _ = layer.run(SequenceBatch(x), n_threads=2)
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=run_in_child, args=(layer, x, queue), daemon=True)
    child.start()
    child.join(timeout=60)
    assert child.exitcode == 0
    assert queue.get() == expected.numpy().tobytes()


# --------------------------------------------------------------------------- windows


def assert_reads_as_gathered(batch, dtype):
    """Compare sequences that the kernel reads in place with a copy, bit for bit."""
    x = batch.gather_segments(dtype)
    gathered = SequenceBatch(x, lengths=batch.lengths_in_segments)
    n_features = x.shape[2]
    for kernel in instruction_sets():
        for cell in CELLS:
            for is_reverse in (False, True):
                weights = draw_weights(cell, n_features, 5, dtype=dtype)
                layer = Layer(cell, kernel, weights, is_reverse)
                results = []
                for one in (batch, gathered):
                    states, final = layer.run(one)
                    loss = (states * states).sum() + final[0].sum()
                    gradients = torch.autograd.grad(loss, weights)
                    results.append([states, *final, *gradients])
                for actual, expected in zip(*results, strict=True):
                    assert expected.isfinite().all()
                    assert torch.equal(actual, expected)


def draw_windows(n_rows, n_steps, n_features, dtype, seed=0):
    series = np.random.default_rng(seed).normal(size=(n_rows, n_features)) + 50
    windows, _ = make_windows(series.astype(dtype), n_steps)
    values = torch.from_numpy(windows)
    assert values.stride(0) == values.stride(1)  # a view of the series
    return values


@pytest.mark.filterwarnings("ignore:The given NumPy array is not writable")
@settings(deadline=None, max_examples=15)
@given(
    n_steps=st.integers(1, 12),
    n_features=st.integers(1, 4),
    values_dtype=st.sampled_from([np.float32, np.float64]),
    dtype=st.sampled_from(DTYPES),
    has_rows=st.booleans(),
    is_ragged=st.booleans(),
    segment_length=st.integers(1, 14),
    seed=st.integers(0, 99),
    data=st.data(),
)
def test_windows_are_read_where_they_lie_in_the_series(
    n_steps,
    n_features,
    values_dtype,
    dtype,
    has_rows,
    is_ragged,
    segment_length,
    seed,
    data,
):
    values = draw_windows(40, n_steps, n_features, values_dtype, seed)
    batch = SequenceBatch(values, segment_length=segment_length)
    if has_rows:
        rows = st.lists(st.integers(0, len(values) - 1), min_size=1, max_size=40)
        batch = replace(batch, rows=torch.tensor(data.draw(rows)))
    if is_ragged:
        batch = replace(batch, lengths=draw_lengths(len(batch), n_steps, seed))
    relative_to = data.draw(st.none() | st.integers(0, n_features - 1))
    assert_reads_as_gathered(replace(batch, relative_to=relative_to), dtype)


@pytest.mark.parametrize("segment_length", [1, 2, 4])
@pytest.mark.parametrize("dtype", DTYPES)
def test_nan_at_absent_steps_is_never_read(dtype, segment_length):
    x, lengths = draw(21, 6, 2), draw_lengths(21, 6)
    rows = torch.arange(20, -1, -1)
    batch = SequenceBatch(
        x, rows, lengths[rows], relative_to=1, segment_length=segment_length
    )
    for row, length in enumerate(lengths.tolist()):
        x[row, : 6 - length] = math.nan
    assert x.isnan().any()
    assert_reads_as_gathered(batch, dtype)


@pytest.mark.parametrize("segment_length", [1, 4])
@pytest.mark.parametrize("kernel", instruction_sets())
@pytest.mark.parametrize("is_reverse", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_absent_steps_have_states_and_gradients_of_zero(
    cell, is_reverse, kernel, segment_length
):
    lengths = draw_lengths(21, 6)
    x = draw(21, 6, 2)
    batch = SequenceBatch(x, lengths=lengths, segment_length=segment_length)
    absent = ~present_steps(batch)
    x[absent[:, :, 0]] = math.nan
    x.requires_grad_()
    weights = draw_weights(cell, 2 * segment_length, 5)
    states, final = Layer(cell, kernel, weights, is_reverse).run(batch)
    # Gradients of absent steps are not looked at either.
    n_segments = states.shape[1]
    without = torch.arange(n_segments) < n_segments - batch.lengths_in_segments[:, None]
    d_states = draw(*states.shape).masked_fill(without[:, :, None], math.nan)
    gradients = torch.autograd.grad(
        [states, *final], [x, *weights], [d_states, *map(torch.ones_like, final)]
    )
    assert (states[without] == 0).all()
    assert (gradients[0][absent[:, :, 0]] == 0).all()
    assert all(gradient.isfinite().all() for gradient in gradients)


def test_a_number_is_made_relative_before_it_is_rounded_to_float32():
    # A level of 1e9 leaves float32 no digits for the values on top of it.
    steps = draw(30, 8, 1)
    batch = SequenceBatch(steps + 1e9, relative_to=0)
    levels = SequenceBatch((steps - steps[:, -1:]).float())
    for kernel in instruction_sets():
        weights = draw_weights("gru", 1, 5, dtype=torch.float32)
        layer = Layer("gru", kernel, weights)
        actual, expected = layer.run(batch)[0], layer.run(levels)[0]
        torch.testing.assert_close(actual, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kernel", instruction_sets())
def test_the_gradient_reaches_the_sequences_that_rows_were_taken_of(kernel):
    weights = draw_weights("gru", 2, 5)
    x = draw(6, 4, 2).requires_grad_()
    batches = {
        "all rows, in another order": SequenceBatch(x, torch.arange(5, -1, -1)),
        "some rows": SequenceBatch(x, torch.tensor([1, 1, 3])),
        "relative": SequenceBatch(x, relative_to=1),
    }
    layer = Layer("gru", kernel, weights)
    for name, batch in batches.items():
        taken, _ = layer.run(SequenceBatch(batch.gather()))
        (expected,) = torch.autograd.grad(taken.sum(), x)
        states, _ = layer.run(batch)
        (actual,) = torch.autograd.grad(states.sum(), x)
        torch.testing.assert_close(actual, expected, msg=name)


# -------------------------------------------------------------------------- segments


@given(
    n_steps=st.integers(1, 12),
    n_features=st.integers(1, 3),
    segment_length=st.integers(1, 14),
    is_ragged=st.booleans(),
    relative_to=st.none() | st.just(0),
    seed=st.integers(0, 99),
)
def test_segments_are_steps_side_by_side_after_zeros(
    n_steps, n_features, segment_length, is_ragged, relative_to, seed
):
    values = draw(5, n_steps, n_features, seed=seed)
    lengths = draw_lengths(5, n_steps, seed) if is_ragged else None
    batch = SequenceBatch(
        values, None, lengths, relative_to, segment_length=segment_length
    )
    actual = batch.gather_segments()
    in_segments = batch.lengths_in_segments
    for row in range(5):
        length = n_steps if lengths is None else int(lengths[row])
        steps = values[row, n_steps - length :].tolist()
        if relative_to is not None:
            level = steps[-1][relative_to]
            for step in steps:
                step[relative_to] -= level
        segments = []
        while steps:  # from the last segment to the first
            segment, steps = steps[-segment_length:], steps[:-segment_length]
            numbers = [number for step in segment for number in step]
            missing = segment_length * n_features - len(numbers)
            segments.insert(0, [0.0] * missing + numbers)
        if in_segments is not None:
            assert in_segments[row] == len(segments)
        expected = torch.tensor(segments, dtype=values.dtype)
        assert torch.equal(actual[row, -len(segments) :], expected)
        assert (actual[row, : -len(segments)] == 0).all()
    assert actual.shape[1] == batch.n_segments == math.ceil(n_steps / segment_length)


def test_segments_that_steps_fill_are_a_view():
    values = draw(9, 6, 2)
    segments = SequenceBatch(values, segment_length=3).gather_segments()
    assert segments.shape == (9, 2, 6)
    assert segments.data_ptr() == values.data_ptr()


@pytest.mark.parametrize("kernel", instruction_sets())
def test_a_layer_reads_segments_of_windows_without_a_copy(kernel, monkeypatch):
    values = draw_windows(500, 48, 2, np.float32)
    weights = draw_weights("gru", 48, 5, dtype=torch.float32)

    def copied(*args):
        raise AssertionError

    monkeypatch.setattr(SequenceBatch, "gather", copied)
    batch = SequenceBatch(values, relative_to=1, segment_length=24)
    states, _ = Layer("gru", kernel, weights).run(batch)
    assert states.shape == (len(values), 2, 5)


def test_segments_stay_on_the_way_to_a_device():
    batch = SequenceBatch(draw(3, 4, 2), lengths=torch.tensor([4, 1, 3]))
    moved = replace(batch, segment_length=3).to("meta", torch.float32)
    assert moved.segment_length == 3
    assert moved.gather_segments().shape == (3, 2, 6)


# ---------------------------------------------------------------------------- memory


def resident_bytes():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


@pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="memory in use is read from /proc"
)
@pytest.mark.parametrize("goes_back", [False, True])
def test_memory_does_not_grow_with_the_number_of_passes(goes_back):
    weights = draw_weights("lstm", 2, 64)
    x = draw(64, 60, 2).requires_grad_()
    # One pass keeps 64 * 60 steps of 7 numbers for each of 64 units.
    kept = 64 * 60 * 7 * 64 * 8
    layer = Layer("lstm", instruction_sets()[0], weights)

    def run_once():
        states, _ = layer.run(SequenceBatch(x))
        assert states.requires_grad
        if goes_back:
            torch.autograd.grad(states.sum(), [x, *weights])

    for _ in range(5):
        run_once()
    before = resident_bytes()
    for _ in range(100):
        run_once()
    # An address sanitizer holds back 256 MiB of freed memory.
    assert resident_bytes() - before < max(20 * kept, 400e6) < 100 * kept
