"""The record of the checked options of a fit."""

from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest
from torch import nn

from sklearn_rnn import GRURegressor, RNNRegressor
from sklearn_rnn._recurrent.options import (
    MODEL_PARAMETERS,
    Options,
    Plan,
    check_same_model,
    count_validation,
    plan_training,
)


def options_of(regressor):
    """Return the options with which a regressor trains on two small sequences."""
    X = np.random.default_rng(0).normal(size=(4, 3, 2))
    return regressor._read_training(X, X[:, -1, 0], reset=True)[1]


def test_options_do_not_change():
    options = options_of(GRURegressor())
    for field in fields(Options):
        with pytest.raises(FrozenInstanceError):
            setattr(options, field.name, None)


def test_options_hold_plain_values():
    regressor = RNNRegressor(
        hidden_size=np.int64(3),
        lr=1,
        bidirectional=np.bool_(True),
        dropout=np.float32(0),
    )
    options = options_of(regressor)
    values = (options.hidden_size, options.lr, options.bidirectional, options.dropout)
    assert [(type(value), value) for value in values] == [
        (int, 3),
        (float, 1.0),
        (bool, True),
        (float, 0.0),
    ]
    assert options.cell_options == {"nonlinearity": "tanh"}
    assert options.objective.criterion is nn.MSELoss


def test_every_parameter_of_the_model_is_an_option():
    assert set(MODEL_PARAMETERS) <= {field.name for field in fields(Options)}


def test_several_quantiles_have_an_output_each():
    regressor = GRURegressor(loss="quantile", quantiles=[0.1, 0.5, 0.9])
    objective = options_of(regressor).objective
    assert objective.n_per_target == 3
    assert objective.criterion_options == {"quantiles": [0.1, 0.5, 0.9]}


@pytest.mark.parametrize(
    ("n_samples", "plan"),
    [(64, Plan(32, 2, 150)), (960, Plan(32, 30, 10)), (60_000, Plan(128, 30, 10))],
)
def test_automatic_training_makes_300_steps(n_samples, plan):
    assert plan_training("auto", "auto", n_samples, n_samples) == plan


def test_a_chosen_number_of_epochs_leaves_their_length():
    options = replace(options_of(GRURegressor()), n_epochs=7)
    assert options.plan(60_000, 60_000) == Plan(128, 30, 7)


@pytest.mark.parametrize(("n_samples", "expected"), [(10, 1), (11, 2), (100, 10)])
def test_held_out_samples_are_rounded_up(n_samples, expected):
    assert count_validation(n_samples, 0.1) == expected


def test_too_few_samples_to_train_on_are_an_error():
    with pytest.raises(ValueError, match=r"validation_fraction=0.5 of 3 .* leaves 1"):
        count_validation(3, 0.5)


def test_another_model_is_an_error_that_names_the_parameter():
    before = {"hidden_size": 3, "pooling": "last"}
    check_same_model(before, before)
    with pytest.raises(ValueError, match="pooling='mean' is not the 'last'"):
        check_same_model(before | {"pooling": "mean"}, before)
