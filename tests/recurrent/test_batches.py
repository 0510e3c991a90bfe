import itertools
import math

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_rnn._recurrent.batches import SequenceDataset, ShuffledBatches
from sklearn_rnn._sequences.sequences import Sequences


def numbered(n_rows):
    """Return a dataset whose targets are the numbers of its rows."""
    dataset = SequenceDataset(Sequences(np.zeros((n_rows, 1, 1))))
    return dataset.with_targets(np.arange(n_rows)[:, np.newaxis])


@settings(deadline=None, max_examples=100)
@given(
    n_rows=st.integers(1, 40),
    batch_size=st.integers(1, 50),
    n_batches=st.integers(1, 12),
    n_epochs=st.integers(1, 5),
)
def test_every_row_is_seen_once_before_any_is_seen_again(
    n_rows, batch_size, n_batches, n_epochs
):
    batches = ShuffledBatches(numbered(n_rows), batch_size, n_batches)
    epochs = [[targets for _, targets in batches] for _ in range(n_epochs)]
    assert [len(epoch) for epoch in epochs] == [n_batches] * n_epochs
    sizes = [len(targets) for epoch in epochs for targets in epoch]
    assert max(sizes) <= batch_size
    # A pass is full batches and a rest, for epochs of any length.
    last = (n_rows - 1) % batch_size + 1
    of_a_pass = [batch_size] * (math.ceil(n_rows / batch_size) - 1) + [last]
    assert sizes == [*itertools.islice(itertools.cycle(of_a_pass), len(sizes))]
    seen = torch.cat([targets for epoch in epochs for targets in epoch]).flatten()
    for first in range(0, len(seen), n_rows):
        one_pass = seen[first : first + n_rows].tolist()
        assert len(set(one_pass)) == len(one_pass)


def test_the_order_of_rows_is_drawn_anew_in_each_pass():
    batches = ShuffledBatches(numbered(40), batch_size=40, n_batches=1)
    first, second = (torch.cat([t for _, t in batches]) for _ in range(2))
    assert not torch.equal(first, second)


@settings(deadline=None, max_examples=50)
@given(
    lengths=st.lists(st.integers(1, 5), min_size=1, max_size=6),
    n_steps=st.integers(1, 7),
    target_feature=st.sampled_from([None, 0, 1]),
    seed=st.integers(0, 99),
)
def test_the_design_holds_the_latest_steps_relative_to_the_last(
    lengths, n_steps, target_feature, seed
):
    longest = max(lengths)
    values = np.random.default_rng(seed).normal(size=(len(lengths), longest, 2))
    sequences = [x[longest - n :].copy() for x, n in zip(values, lengths, strict=True)]
    for x, length in zip(values, lengths, strict=True):
        x[: longest - length] = np.nan
    expected = np.zeros((len(lengths), n_steps, 2))
    for row, x in enumerate(sequences):
        if target_feature is not None:
            x[:, target_feature] -= x[-1, target_feature]
        kept = x[-n_steps:]
        expected[row, n_steps - len(kept) :] = kept
    dataset = SequenceDataset(Sequences(values, np.array(lengths)), target_feature)
    design = dataset.design(slice(None), n_steps)
    np.testing.assert_allclose(design, expected.reshape(len(lengths), -1), atol=1e-12)


def test_reading_batches_leaves_the_sequences_as_they_are():
    values = np.random.default_rng(0).normal(size=(6, 4, 2))
    before = values.copy()
    dataset = SequenceDataset(Sequences(values), target_feature=1)
    dataset.batch(slice(None)).gather()
    dataset.batch(torch.arange(6)).gather()
    np.testing.assert_array_equal(values, before)
