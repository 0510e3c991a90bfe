"""Small reservoirs over rows in every form, and their states by a plain loop."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from sklearn_rnn import ReservoirTransformer

N_KEPT = 20
F = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0.0), "identity": lambda x: x}


# The tests try out gaps and rows without times on purpose; tests/windows tests when the
# warnings come.
gaps_are_told = pytest.mark.filterwarnings("ignore:The index of X has gaps")
rows_after_rows_are_told = pytest.mark.filterwarnings(
    "ignore:X has no index that places it"
)


def small(**parameters):
    """A reservoir that is quickly drawn, and remembers its start for long."""
    options = {"n_reservoir": 12, "connectivity": 0.5, "random_state": 0}
    return ReservoirTransformer(**options | parameters)


def alone(rows, **parameters):
    """States of rows that nothing came before."""
    return small(**parameters).fit_transform(rows)


def after(train, rows, **parameters):
    """States of rows after training rows."""
    return small(**parameters).fit(train).transform(rows)


def assert_same(states, expected):
    assert_allclose(states, expected, rtol=1e-9, atol=1e-12)


def assert_other(states, others):
    assert not np.isclose(states, others, rtol=1e-6, atol=1e-9).all(axis=1).any()


def plain_states(transformer, rows, start=None):
    """Go through the equation row by row, layer after layer."""
    f, a = F[transformer.nonlinearity], transformer.leak_rate
    x, states = np.asarray(rows, float), []
    n = transformer.n_reservoir
    starts = np.zeros(n * transformer.num_layers) if start is None else start
    for number, (weights,) in enumerate(transformer.reservoir_.layers):
        W = np.zeros((n, n))
        np.put_along_axis(W, weights.links.astype(int), weights.w.astype(float), axis=1)
        W *= transformer.spectral_radius / np.abs(np.linalg.eigvals(W)).max()
        w_in = weights.w_in * np.float64(1.0 if number else transformer.input_scaling)
        bias = transformer.bias_scaling * weights.bias.astype(float)
        h, of_layer = starts[number * n : (number + 1) * n], []
        for x_i in x:
            h = (1 - a) * h + a * f(W @ h + w_in @ x_i + bias)
            of_layer.append(h)
        x = np.reshape(of_layer, (len(x), n))
        states.append(x)
    return np.hstack(states)


def dated(rows):
    return pd.DataFrame(rows, index=pd.date_range("2020", periods=len(rows)))


def with_gaps(rows):
    ticks = np.cumsum(np.where(np.arange(len(rows)) % 25 == 14, 100, 1))
    return pd.DataFrame(rows, index=ticks)


def worded(rows):
    return pd.DataFrame(rows, index=[f"t{i}" for i in range(len(rows))])


def panel(rows):
    """Three series that take turns, one of them half as long and later than others."""
    names = np.array(list("abacbabc" * (len(rows) // 8 + 1)))[: len(rows)]
    return rows.set_axis(pd.MultiIndex.from_arrays([names, rows.index]))


FORMS = {
    "numpy": lambda rows: rows,
    "RangeIndex": pd.DataFrame,
    "words": worded,
    "dates": dated,
    "weekdays": lambda rows: pd.DataFrame(
        rows, index=pd.bdate_range("2024-01-01", periods=len(rows))
    ),
    "gaps": with_gaps,
    "panel": lambda rows: panel(dated(rows)),
    "panel with gaps": lambda rows: panel(with_gaps(rows)),
    "panel of words": lambda rows: panel(worded(rows)),
}
TIMED = ["dates", "weekdays", "gaps", "panel", "panel with gaps"]
# One or two rows tell no usual step, and so no gap.
CUTS = [
    (form, n_train)
    for form in FORMS
    for n_train in (2, 12, 40, 79)
    if n_train > 2 or form not in ("gaps", "panel with gaps")
]
every_form = pytest.mark.parametrize("form", FORMS)
every_timed_form = pytest.mark.parametrize("form", TIMED)
