"""The tutorial's notebook is what its example says, and its traps are real."""

import ast
import functools
import json
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from sklearn.metrics import root_mean_squared_error
from sphinx_gallery.notebook import python_to_jupyter_cli

from sklearn_rnn import SlidingWindowTransformer, make_windows

EXAMPLE = Path(__file__).parents[1] / "examples" / "plot_stock_price_tutorial.py"
NOTEBOOK = EXAMPLE.with_suffix(".ipynb")

# ----------------------------------------------------------------------- the notebook


def without_python_version(notebook):
    """Leave out which Python ran the converter."""
    notebook["metadata"]["language_info"].pop("version", None)
    return notebook


@pytest.fixture
def notebook():
    return nbformat.reads(NOTEBOOK.read_text(), as_version=nbformat.NO_CONVERT)


def test_the_notebook_is_what_the_converter_makes_of_the_example(tmp_path):
    """To renew it: `sphinx_gallery_py2jupyter examples/plot_stock_price_tutorial.py`"""
    copy = Path(shutil.copy(EXAMPLE, tmp_path))
    python_to_jupyter_cli([str(copy)])
    made = json.loads(copy.with_suffix(".ipynb").read_text())
    kept = json.loads(NOTEBOOK.read_text())
    assert without_python_version(kept) == without_python_version(made)


def test_the_notebook_is_valid_and_has_no_output(notebook):
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_no_restructured_text_is_left_in_the_notebook(notebook):
    text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    assert text.lstrip().startswith("# ")
    assert "\n## " in text
    assert "](https://" in text
    assert r"\begin{align}" in text
    for left in ("\n.. ", ":math:", ":class:", ":ref:", ">`_", "\n---", "\n==="):
        assert left not in text


# -------------------------------------------------------------------------- the traps

N_TRAIN = 320


@pytest.fixture(scope="module")
def tutorial():
    """The imports, constants and functions of the example, without its runs."""
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    body = [
        node
        for node in ast.parse(EXAMPLE.read_text()).body
        if isinstance(node, kinds)
        or (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id.isupper()
        )
    ]
    names = {"__name__": "tutorial"}
    exec(compile(ast.Module(body, []), str(EXAMPLE), "exec"), names)

    # A random walk that has risen far above its training part by the end
    steps = np.random.default_rng(0).normal(0.006, 0.02, 400)
    prices = 20 * np.exp(np.cumsum(steps))[:, None]
    names["prices"] = prices
    names["predicted"] = {}
    names["n_train"] = N_TRAIN
    # A tenth of the rows: more epochs for as honest a training
    names["train"] = functools.partial(names["train"], n_epochs=30)
    return names


@pytest.fixture(scope="module")
def days(tutorial):
    """Training and test days: split in time, and at random."""
    first, n_days = tutorial["WINDOW"], len(tutorial["prices"])
    return {
        "in time": (np.arange(first, N_TRAIN), np.arange(N_TRAIN, n_days)),
        "at random": tutorial["train_test_split"](
            np.arange(first, n_days), train_size=0.8, random_state=0
        ),
    }


def error_over_naive(tutorial, forecast, test_days):
    """Divide the error of a forecast of the days from WINDOW on by the naive one's."""
    actual = tutorial["prices"][test_days, 0]
    return root_mean_squared_error(
        actual, forecast[test_days - tutorial["WINDOW"]]
    ) / root_mean_squared_error(actual, tutorial["naive"](test_days))


@pytest.fixture(scope="module")
def errors(tutorial, days):
    """Error over naive with an honest scaler and a split in time, and one at random."""
    found = {}
    for split, (train_days, test_days) in days.items():
        scaled_on = np.arange(N_TRAIN) if split == "in time" else train_days
        forecast = tutorial["follow_tutorial"](
            tutorial["prices"], scaled_on, train_days, seed=0
        )
        found[split] = error_over_naive(tutorial, forecast, test_days)
    return found


def test_the_tutorials_loop_cuts_the_windows_of_make_windows(tutorial):
    X, y = tutorial["cut_windows"](tutorial["prices"], 60)
    ours_X, ours_y = make_windows(tutorial["prices"], 60)
    np.testing.assert_allclose(X, ours_X, rtol=1e-6)
    np.testing.assert_allclose(y[:, 0], ours_y, rtol=1e-6)


def test_scaling_on_all_rows_lets_a_later_price_move_training_rows(tutorial):
    prices = tutorial["prices"]
    tutorial["what_if"] = what_if = prices.copy()
    what_if[-1] = 2 * prices.max()
    change = tutorial["change_of_training_rows"]
    assert change(np.arange(len(prices))) > 0.1
    assert change(np.arange(N_TRAIN)) == 0


def test_scaling_on_all_rows_flatters_the_score(tutorial, days, errors):
    train_days, test_days = days["in time"]
    prices = tutorial["prices"]
    forecast = tutorial["follow_tutorial"](
        prices, np.arange(len(prices)), train_days, seed=0
    )
    assert error_over_naive(tutorial, forecast, test_days) < 0.8 * errors["in time"]


def test_prices_above_the_training_rows_are_out_of_the_networks_reach(errors):
    assert errors["in time"] > 2


def test_windows_relative_to_their_last_price_carry_the_level(tutorial, days):
    train_days, test_days = days["in time"]
    forecast = tutorial["follow_changes"](tutorial["prices"], train_days, seed=0)
    assert error_over_naive(tutorial, forecast, test_days) < 1.3


def test_a_random_split_flatters_the_score(errors):
    assert errors["at random"] < 0.5 * errors["in time"]


def test_test_days_of_a_random_split_are_inputs_of_training(tutorial, days):
    seen = tutorial["seen_in_training"]
    (train_days, test_days), (shuffled_train, shuffled_test) = days.values()
    assert set(seen(test_days, train_days).values()) == {0}
    assert min(seen(shuffled_test, shuffled_train).values()) > 50


def test_the_shift_of_the_naive_forecast_is_a_day(tutorial, days):
    _, test_days = days["in time"]
    by_shift, shifts = tutorial["correlation_by_shift"], tutorial["SHIFTS"]
    actual = tutorial["prices"][test_days, 0]
    naive = tutorial["naive"](test_days)
    assert by_shift(np.diff(naive), np.diff(actual), shifts).idxmax() == -1
    assert by_shift(np.diff(actual), np.diff(actual), shifts).idxmax() == 0


def test_the_loop_loses_the_first_rows_of_a_test_part(tutorial):
    before, after = np.split(tutorial["prices"], [N_TRAIN])
    window_length = tutorial["WINDOW"]
    windows, _ = tutorial["cut_windows"](after, window_length)
    assert len(windows) == len(after) - window_length
    ours = SlidingWindowTransformer(window_length).fit(before).transform(after)
    assert len(ours) == len(after)
    np.testing.assert_array_equal(ours[0, :-1], before[1 - window_length :])


@pytest.mark.parametrize(
    ("error", "verdict"), [(0.1, "better"), (1, "within"), (3, "worse")]
)
def test_only_a_difference_beyond_chance_is_called_one(
    tutorial, days, capsys, error, verdict
):
    _, tutorial["test_days"] = days["in time"]
    actual = tutorial["prices"][tutorial["test_days"], 0]
    naive = tutorial["naive"](tutorial["test_days"])
    tutorial["beside_naive"]("it", actual + error * (naive - actual))
    assert verdict in capsys.readouterr().out
