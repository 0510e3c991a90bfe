"""Rows of the readout: blocks against all states at once."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_rnn._reservoir import readout_rows as module
from sklearn_rnn._reservoir.drawing import draw_reservoir
from sklearn_rnn._reservoir.readout_rows import ReadoutRows
from sklearn_rnn._sequences.sequences import Sequences

N_UNITS, N_FEATURES = 7, 2


def draw(pooling=None, *, washout=0, direct_input=True, n_settings=1, **options):
    """Return the readout rows of a small reservoir."""
    reservoir = draw_reservoir(
        N_FEATURES,
        **{
            "n_reservoir": N_UNITS,
            "connectivity": 0.4,
            "num_layers": 1,
            "bidirectional": False,
            "nonlinearity": "tanh",
            "spectral_radius": np.linspace(0.9, 0.3, n_settings),
            "leak_rate": 0.6,
            "input_scaling": 0.5,
            "bias_scaling": 0.3,
            "seed": 0,
        }
        | options,
    )
    return ReadoutRows(reservoir, N_FEATURES, direct_input, pooling, washout)


def a_batch(n_samples=9, n_steps=12, lengths=None, seed=0):
    """Sequences, padded with NaN where they are shorter."""
    values = np.random.default_rng(seed).normal(size=(n_samples, n_steps, N_FEATURES))
    if lengths is None:
        return Sequences(values)
    for x, length in zip(values, lengths, strict=True):
        x[: n_steps - length] = np.nan
    return Sequences(values, np.array(lengths))


def present(sequences):
    """Each sequence without its absent steps."""
    for row, x in enumerate(sequences.values):
        n_absent = 0
        if sequences.lengths is not None:
            n_absent = sequences.n_steps - sequences.lengths[row]
        yield x[n_absent:]


def all_states(readout_rows, x):
    """States after all steps of one sequence, in each setting, and the last ones."""
    reservoir = readout_rows.reservoir
    states = np.empty((readout_rows.n_settings, len(x), reservoir.n_states))
    return states, reservoir.run(x[np.newaxis], states=states)


def expected_rows(readout_rows, x):
    """Rows of one sequence by their definition, (n_settings, n_rows, n_columns)."""
    states, last = all_states(readout_rows, x)
    states, inputs = states[:, readout_rows.washout :], x[readout_rows.washout :]
    if readout_rows.pooling is None:
        of_input = np.broadcast_to(inputs, (len(states), *inputs.shape))
        parts = [(states, of_input)]
    else:
        parts = []
        if readout_rows.pooling != "mean":
            parts.append((last, x[-1]))
        if readout_rows.pooling != "last":
            parts.append((states.mean(axis=1), inputs.mean(axis=0)))
        parts = [
            (of_states[:, np.newaxis], np.broadcast_to(of_input, (len(last), 1, 2)))
            for of_states, of_input in parts
        ]
    columns = [of_states for of_states, _ in parts]
    if readout_rows.direct_input:
        columns += [of_input for _, of_input in parts]
    return np.concatenate(columns, axis=2)


def rows_of(readout_rows, sequences):
    """All blocks put where they say they belong; every place must be filled once."""
    shape = (sequences.n_samples,)
    if readout_rows.pooling is None:
        shape = (sequences.n_samples, sequences.n_steps)
    rows = np.full((*shape, readout_rows.n_settings, readout_rows.n_columns), np.nan)
    counts = np.zeros(shape, int)
    for at, Z in readout_rows.blocks(sequences):
        counts[at] += 1
        # (n_settings, n_rows, n_columns) -> (n_samples[, n_steps], n_settings, ...)
        rows[at] = Z.swapaxes(0, 1).reshape(rows[at].shape)
    expected = 1
    if readout_rows.pooling is None:
        expected = sequences.present(readout_rows.washout)
    assert (counts == expected).all()
    assert counts.sum() == readout_rows.count_rows(sequences)
    return rows


options = {
    "pooling": st.sampled_from([None, "last", "mean", "both"]),
    "washout": st.integers(0, 3),
    "direct_input": st.booleans(),
    "n_settings": st.integers(1, 3),
    "num_layers": st.integers(1, 2),
    "bidirectional": st.booleans(),
}
lengths = st.none() | st.lists(st.integers(4, 12), min_size=9, max_size=9)


@given(**options, lengths=lengths, size=st.sampled_from([1, 40, 300, 2**20]))
@settings(deadline=None, max_examples=120)
def test_rows_are_those_of_all_states_at_once_however_they_are_cut(
    lengths, size, **options
):
    readout_rows, sequences = draw(**options), a_batch(lengths=lengths)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BLOCK", size)
        patch.setattr(module, "_LARGEST_BLOCK", size)
        patch.setattr(module, "_LEAST_ROWS", 1 if size < 2**20 else 64)
        patch.setattr(module, "_LANES", 3 if size < 2**20 else 16)
        rows = rows_of(readout_rows, sequences)
    for of_one, x in zip(rows, present(sequences), strict=True):
        expected = expected_rows(readout_rows, x)
        if readout_rows.pooling is None:
            of_one = of_one[sequences.n_steps - len(x) + readout_rows.washout :]
        else:
            of_one = of_one[np.newaxis]
        assert_allclose(of_one.swapaxes(0, 1), expected, rtol=1e-12, atol=1e-14)


@given(**options)
@settings(deadline=None, max_examples=30)
def test_a_setting_among_others_makes_the_rows_it_makes_alone(**options):
    readout_rows, sequences = draw(**options), a_batch()
    together = rows_of(readout_rows, sequences)
    for number in range(readout_rows.n_settings):
        alone = rows_of(readout_rows.take(number), sequences)
        assert_array_equal(alone[..., 0, :], together[..., number, :])


def test_blocks_hold_no_more_than_they_may(monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 500)
    monkeypatch.setattr(module, "_LARGEST_BLOCK", 800)
    monkeypatch.setattr(module, "_LEAST_ROWS", 1)
    monkeypatch.setattr(module, "_LANES", 1)
    sequences = a_batch(n_samples=200, n_steps=40)
    for n_settings, most in ((1, 500), (2, 800), (3, 800)):
        for pooling in (None, "last", "both"):
            readout_rows = draw(pooling, n_settings=n_settings)
            sizes = [Z.size for _, Z in readout_rows.blocks(sequences)]
            assert len(sizes) > 1
            assert max(sizes) <= most


def test_a_block_is_overwritten_by_the_next_so_that_memory_stays_where_it_is(
    monkeypatch,
):
    monkeypatch.setattr(module, "_BLOCK", 1)
    monkeypatch.setattr(module, "_LEAST_ROWS", 5)
    sequences = a_batch(n_samples=1, n_steps=40)
    (first, *others) = [Z for _, Z in draw().blocks(sequences)]
    assert all(np.shares_memory(first, Z) for Z in others)


def test_columns_are_states_layer_by_layer_then_the_input():
    readout_rows = draw("both", num_layers=2, bidirectional=True)
    (x,) = a_batch(n_samples=1).values
    (row,) = rows_of(readout_rows, Sequences(x[np.newaxis]))[:, 0]
    states, last = all_states(readout_rows, x)
    n_states = 2 * 2 * N_UNITS
    assert readout_rows.n_columns == 2 * (n_states + N_FEATURES)
    assert_allclose(row[:n_states], last[0])
    assert_allclose(row[n_states : 2 * n_states], states[0].mean(axis=0))
    assert_array_equal(row[-4:-2], x[-1])
    assert_allclose(row[-2:], x.mean(axis=0))
    # The first layer stands first, and in it the direction from the first step on
    forward = draw("last")
    assert_array_equal(row[:N_UNITS], rows_of(forward, a_batch(1))[0, 0, :N_UNITS])


def test_the_last_state_of_a_backward_direction_is_that_after_the_first_step():
    readout_rows = draw("last", bidirectional=True, direct_input=False)
    (x,) = a_batch(n_samples=1).values
    states, _ = all_states(readout_rows, x)
    (row,) = rows_of(readout_rows, Sequences(x[np.newaxis]))[:, 0]
    assert_array_equal(row[:N_UNITS], states[0, -1, :N_UNITS])
    assert_array_equal(row[N_UNITS:], states[0, 0, N_UNITS:])


@pytest.mark.parametrize("pooling", ["last", "mean", "both"])
def test_without_direct_input_the_states_are_what_they_were(pooling):
    sequences = a_batch()
    seeing = draw(pooling)
    blind = replace(seeing, direct_input=False)
    rows = rows_of(seeing, sequences)
    assert_array_equal(rows_of(blind, sequences), rows[..., : blind.n_columns])
    assert rows.shape[-1] - blind.n_columns == (2 if pooling == "both" else 1) * 2


def test_what_stands_at_absent_steps_is_not_read():
    sequences = a_batch(lengths=[4, 12, 7, 4, 9, 12, 5, 4, 11])
    wild = Sequences(np.nan_to_num(sequences.values, nan=1e9), sequences.lengths)
    for pooling in (None, "both"):
        readout_rows = draw(pooling, washout=2)
        assert_array_equal(
            rows_of(readout_rows, wild), rows_of(readout_rows, sequences)
        )


def test_steps_that_count_are_present_and_past_the_washout():
    counts = a_batch(3, 5, lengths=[5, 3, 2]).present(1)
    expected = [[0, 1, 1, 1, 1], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1]]
    assert_array_equal(counts, np.array(expected, bool))
    assert a_batch(2, 4).present().all()
