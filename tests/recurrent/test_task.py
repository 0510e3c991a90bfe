"""Seeds of a fit, and trainings of a chosen number of steps."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from recurrent_fits import make_data, make_regressor
from skorch.callbacks import Callback

from sklearn_rnn._recurrent.task import copy_generator, seed_generator


def draw(generator):
    return torch.rand(5, generator=generator)


@given(seed=st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_a_seed_gives_one_stream_whatever_was_drawn_elsewhere(seed):
    first = draw(seed_generator(seed))
    torch.rand(3)
    assert torch.equal(draw(seed_generator(seed)), first)
    state = np.random.RandomState(seed)
    assert torch.equal(draw(seed_generator(state)), first)
    assert not torch.equal(draw(seed_generator(state)), first)


def test_a_copy_begins_where_the_generator_began():
    generator = seed_generator(3)
    first, later = draw(generator), draw(generator)
    copied = copy_generator(generator)
    assert torch.equal(draw(copied), first)
    assert torch.equal(draw(copied), later)
    following = draw(generator)  # nothing was drawn from it meanwhile
    assert not torch.equal(following, first)
    assert torch.equal(draw(copied), following)


class Counter(Callback):
    counts: list = []

    def on_batch_end(self, net, training=False, **kwargs):
        self.counts.append(1)


@pytest.mark.parametrize("n_samples", [5, 200])
@pytest.mark.parametrize("n_steps", [0, 1, 7, 75])
def test_a_training_makes_the_number_of_steps_that_was_chosen(n_samples, n_steps):
    X, y = make_data(n_samples)
    Counter.counts.clear()
    model = make_regressor(callbacks=[Counter()])
    model._fit_steps(X, y, n_steps)
    assert len(Counter.counts) == n_steps
    assert model.fit_report_ is None


@pytest.mark.parametrize("skip", ["ridge", "trainable", None])
def test_the_start_of_a_training_is_the_model_without_it(skip):
    X, y = make_data(100)
    options = {"linear_skip": skip, "random_state": 5}
    ((n_steps, first),) = make_regressor(**options)._predict_along(X, y, X, [0])
    assert n_steps == 0
    untrained = make_regressor(max_epochs=0, **options).fit(X, y)
    np.testing.assert_allclose(first, untrained.predict(X), rtol=1e-6)
    if skip != "ridge":
        np.testing.assert_allclose(first, y.mean(), rtol=1e-6)
