"""The report of a fit: its table, its HTML, and what stores it."""

import copy
import math
import pickle
import re
import subprocess
import sys
from html.parser import HTMLParser

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
from displays import raises
from hypothesis import given
from hypothesis import strategies as st

from sklearn_rnn import GRURegressor
from sklearn_rnn._recurrent.report import FitReport

HEADER = ["model", "steps", "error", "relative"]


def report(errors=(2.0, 1.0, 0.5, 0.25), **given):
    n_networks = len(errors) - 2
    values = {
        "metric": "mean absolute error",
        "judged_on": "the last 600 of 3,000 samples",
        "models": ["mean", "ridge"][: len(errors)] + ["network"] * n_networks,
        "n_steps": [None, None][: len(errors)]
        + [150 * 2**number for number in range(n_networks)],
        "errors": list(errors),
        "chosen": len(errors) - 1,
        "reason": "its error is the least",
        "seconds": 1.5,
    }
    return FitReport(**values | given)


def table(shown):
    """Return the lines of a printed table: its header, and those below it."""
    header, *lines = str(shown).split("\n\n")[1].split("\n")
    return header, lines


def cells(line):
    return re.split(r" {2,}", line)


def column(shown, name):
    header, lines = table(shown)
    return [cells(line)[cells(header).index(name)] for line in lines]


class Cells(HTMLParser):
    """The rows of the tables of a page, as lists of text."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.scopes, self.open, self.caption = [], [], [], ""
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        if tag == "br":
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self.scopes.append(dict(attrs).get("scope"))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "caption" in self.open:
            self.caption += data
        elif self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


# -------------------------------------------------------------------- the printed table

NAMES = st.text("abcdefgh", min_size=1, max_size=25)
ERRORS = st.one_of(
    st.floats(0, 1e6),
    st.floats(0, 1e308),  # tiny, huge
    st.just(math.inf),
    st.just(math.nan),
)
LINES = st.lists(
    st.tuples(NAMES, st.none() | st.integers(0, 10**7), ERRORS), min_size=1, max_size=9
)


@given(LINES, st.data())
def test_columns_of_the_table_are_aligned(lines, data):
    chosen = data.draw(st.integers(0, len(lines) - 1))
    models, n_steps, errors = zip(*lines, strict=True)
    shown = report(errors, models=models, n_steps=n_steps, chosen=chosen)
    header, rows = table(shown)
    assert cells(header) == HEADER
    ends = [re.search(name, header).end() for name in HEADER[1:]]
    for row in rows:
        model, *numbers = cells(row.removesuffix("  chosen"))
        assert row.startswith(model)
        assert len(numbers) == 3
        for end, number in zip(ends, numbers, strict=True):
            # Numbers end where the name of their column ends.
            assert row[:end].endswith(f"  {number}")
            assert row[end : end + 2].strip() == ""
    assert sum(row.endswith("  chosen") for row in rows) == 1
    assert len(rows) == len(lines)


@given(LINES)
def test_every_error_can_be_read_from_the_table(lines):
    models, n_steps, errors = zip(*lines, strict=True)
    shown = report(errors, models=models, n_steps=n_steps, chosen=0)
    printed = [float(text.replace(",", "")) for text in column(shown, "error")]
    # Three significant digits: half a unit of the third
    np.testing.assert_allclose(printed, shown.errors, rtol=0.0051)
    printed = [text.replace(",", "") for text in column(shown, "steps")]
    assert printed == ["-" if n is None else str(n) for n in shown.n_steps]
    first = shown.errors[0]
    if not 0 < first < math.inf:
        assert set(column(shown, "relative")) == {"-"}
        return
    with np.errstate(over="ignore"):
        expected = np.array(shown.errors) / first
    printed = [float(text.replace(",", "")) for text in column(shown, "relative")]
    np.testing.assert_allclose(printed, expected, rtol=0.0051)


@given(st.lists(st.floats(1, 1000), min_size=1, max_size=6), st.floats(-8, 8))
def test_errors_of_like_size_have_the_same_decimals_or_all_an_exponent(errors, power):
    texts = column(report([10**power * error for error in errors]), "error")
    decimals = {len(text.partition(".")[2].partition("e")[0]) for text in texts}
    assert len(decimals) == 1
    assert len({"e" in text for text in texts}) == 1
    assert max(map(len, texts)) <= 13


def test_large_numbers_have_separators_of_thousands():
    shown = report([1234567.0, 1200.0], models=["a", "b"], n_steps=[None, 19200])
    assert column(shown, "error") == ["1,234,567", "1,200"]
    assert column(shown, "steps") == ["-", "19,200"]


def test_errors_that_are_zero_or_not_finite_leave_a_table():
    shown = report([math.inf, math.nan, 0.0, 2.0], chosen=3)
    assert column(shown, "error") == ["inf", "nan", "0.000", "2.000"]
    assert column(report([0.0, 0.0]), "error") == ["0", "0"]
    assert column(report([math.nan]), "error") == ["nan"]


def test_one_error_far_from_the_others_leaves_them_readable():
    shown = report([46.52, 19.58, 3.114, 1e30], chosen=2)
    assert column(shown, "error") == ["46.52", "19.58", "3.11", "1.000e+30"]


def test_lines_of_a_model_stand_together_by_their_steps():
    shown = report(
        [4.0, 0.3, 3.0, 0.1, 0.2, 0.5],
        models=["mean", "network", "ridge", "on ridge", "network", "on ridge"],
        n_steps=[None, 600, None, 300, 150, 150],
        chosen=1,
    )
    assert list(zip(shown.models, shown.n_steps, shown.errors, strict=True)) == [
        ("mean", None, 4.0),
        ("network", 150, 0.2),
        ("network", 600, 0.3),
        ("ridge", None, 3.0),
        ("on ridge", 150, 0.5),
        ("on ridge", 300, 0.1),
    ]
    assert (shown.chosen_model, shown.chosen_n_steps) == ("network", 600)
    assert table(shown)[1][2].endswith("chosen")


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        (1, "Chosen: ridge. Its error is the least."),
        (2, "Chosen: network, 1 step. Its error is the least."),
        (3, "Chosen: network, 4,800 steps. Its error is the least."),
    ],
)
def test_the_choice_is_told_in_words(chosen, sentence):
    shown = report(n_steps=[None, None, 1, 4800], chosen=chosen)
    assert sentence in str(shown).split("\n")
    assert shown.chosen_n_steps == (None, 0, 1, 4800)[chosen]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.051, "0.05"), (3.21, "3.2"), (14.4, "14"), (3600, "3,600")]
)
def test_seconds_of_the_fit_are_told(seconds, text):
    assert str(report(seconds=seconds)).endswith(f"\nThe fit took {text} s.")


def test_the_sentences_above_the_table_tell_what_was_measured_and_where():
    above = " ".join(str(report()).split("\n\n")[0].split("\n"))
    assert above == (
        "Errors on samples that training did not see: the last 600 of 3,000 samples. "
        "Mean absolute error, in the units of y, and relative to the first line."
    )


def test_long_sentences_are_wrapped():
    reason = "no network has a squared error that is 4 % below the ridge's " * 3
    assert max(map(len, str(report(reason=reason)).split("\n"))) <= 80


def test_what_is_shown_where_it_is_typed_is_what_is_printed():
    assert repr(report()) == str(report())


# ----------------------------------------------------------------------- HTML and frame


@given(LINES, st.data())
def test_html_has_the_cells_of_the_printed_table(lines, data):
    chosen = data.draw(st.integers(0, len(lines) - 1))
    models, n_steps, errors = zip(*lines, strict=True)
    shown = report(errors, models=models, n_steps=n_steps, chosen=chosen)
    html = shown._repr_html_()
    page = Cells(html)
    printed = [cells(line) for line in table(shown)[1]]
    assert page.rows[0] == [*HEADER, ""]
    assert [[one for one in row if one] for row in page.rows[1:]] == printed
    # Screen readers name the column and the model of each cell.
    assert page.scopes.count("col") == 4
    assert page.scopes.count("row") == len(lines)
    assert shown.judged_on in page.caption
    assert html.count("font-weight: bold") == 2  # the header and the chosen row


def test_text_is_escaped_in_html():
    odd = "<b>&\"'"
    shown = report(models=[odd, *"abc"], metric=odd, judged_on=odd, reason=odd)
    assert odd not in shown._repr_html_()
    assert Cells(shown._repr_html_()).rows[1][0] == odd


def test_html_has_no_colours_of_its_own():
    assert set(re.findall(r"color: (\w+)", report()._repr_html_())) == {"inherit"}
    assert not re.findall(r"#[0-9a-fA-F]{3}|rgb", report()._repr_html_())
    assert set(re.findall(r"background: (\w+)", report()._repr_html_())) == {"none"}


def test_frame_has_the_lines():
    shown = report([2.0, 1.0, math.nan])
    expected = pd.DataFrame(
        {
            "model": ["mean", "ridge", "network"],
            "n_steps": pd.array([None, None, 150], dtype="Int64"),
            "error": [2.0, 1.0, math.nan],
            "chosen": [False, False, True],
        }
    )
    pd.testing.assert_frame_equal(shown.to_frame(), expected)


# ------------------------------------------------------------------ stored and compared


def through_skops(shown):
    dumped = skops.io.dumps(shown)
    types = skops.io.get_untrusted_types(data=dumped)
    assert types == ["sklearn_rnn._recurrent.report.FitReport"]
    return skops.io.loads(dumped, trusted=types)


def through_joblib(shown):
    (returned,) = joblib.Parallel(2)([joblib.delayed(copy.copy)(shown)])
    return returned


@pytest.mark.parametrize(
    "through",
    [
        lambda shown: pickle.loads(pickle.dumps(shown)),
        copy.copy,
        copy.deepcopy,
        through_joblib,
        through_skops,
    ],
    ids=["pickle", "copy", "deepcopy", "joblib", "skops"],
)
def test_a_stored_report_is_equal_and_prints_the_same(through):
    # Numbers of numpy, as a fit may have them
    shown = report(
        np.array([2.0, math.inf, math.nan, 0.25]),
        n_steps=[None, None, *np.array([150, 300])],
        chosen=np.int64(3),
        seconds=np.float32(1.5),
    )
    loaded = through(shown)
    assert loaded == shown
    assert hash(loaded) == hash(shown)
    assert str(loaded) == str(shown)


def test_a_stored_estimator_keeps_its_report():
    network = GRURegressor(hidden_size=2, max_epochs=1)
    network.fit(np.arange(12.0).reshape(6, 2), np.arange(6.0))
    without = set(skops.io.get_untrusted_types(data=skops.io.dumps(network)))
    network.fit_report_ = report()
    dumped = skops.io.dumps(network)
    types = skops.io.get_untrusted_types(data=dumped)
    assert set(types) - without == {"sklearn_rnn._recurrent.report.FitReport"}
    assert skops.io.loads(dumped, trusted=types).fit_report_ == report()


def test_reports_are_equal_where_all_but_the_seconds_is():
    assert report() == report(seconds=60.0)
    assert report([1.0, math.nan]) == report([1.0, float("nan")])
    others = [
        report(metric="mean pinball loss"),
        report(judged_on="80 samples, each left out once"),
        report(models=["naive", "ridge", "network", "network"]),
        report(n_steps=[None, None, 150, 301]),
        report([2.0, 1.0, 0.5, math.nextafter(0.25, 1)]),
        report(chosen=1),
        report(reason="its error is less"),
        "text",
    ]
    assert all(report() != other for other in others)


def test_a_report_cannot_be_changed():
    with pytest.raises(AttributeError):
        report().chosen = 0
    with pytest.raises(TypeError):
        report().errors[0] = 0.0


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"n_steps": [None, None, 150]},
            "models, n_steps and errors have 4, 3 and 4 lines; they must have the same "
            "number.",
        ),
        ({"chosen": 4}, "chosen=4 must be the number of a line, from 0 to 3."),
        ({"chosen": -1}, "chosen=-1 must be the number of a line, from 0 to 3."),
    ],
)
def test_lines_that_do_not_fit_are_an_error(changed, sentence):
    with raises(ValueError, sentence):
        report(**changed)


def test_a_report_is_shown_without_torch_and_pandas():
    code = "import sys\n"
    code += "from sklearn_rnn._recurrent.report import FitReport\n"
    code += "print(FitReport('e', 's', ['mean'], [None], [1.0], 0, 'r', 1.0))\n"
    code += "assert not {'torch', 'pandas', 'sklearn'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
