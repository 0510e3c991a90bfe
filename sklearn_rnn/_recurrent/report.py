"""The errors of a fit's candidates, as a table."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FitReport", "ShowsFitReport"]

_WIDTH = 80  # characters of a line of text
_HEADER = ("model", "steps", "error", "relative", "")


@dataclass(frozen=True, eq=False, repr=False)
class FitReport:
    """Errors of a fit's candidates on samples it did not train on, and its choice.

    A report prints as a table, and a notebook shows it as one. The lines of a model
    stand together, by their number of steps; models stand in the order given. Two
    reports are equal where all but `seconds` is.

    Parameters
    ----------
    metric : str
        Name of the error, such as ``"root mean squared error"``.
    judged_on : str
        Samples that the errors are of, such as ``"the last 600 of 3,000 samples"``.
    models : sequence of str, of shape (n_lines,)
        Model of each line. The first is the forecast that learns nothing, such as
        ``"mean"`` or ``"naive"``: the other errors are shown relative to its error.
    n_steps : sequence of int or None, of shape (n_lines,)
        Number of optimiser steps of each line. ``None``: the model has no network.
    errors : sequence of float, of shape (n_lines,)
        Error of each line, in the units of y. NaN and infinity are valid.
    chosen : int
        Number of the chosen line, from 0.
    reason : str
        Why this line was chosen, in one sentence.
    seconds : float
        Time that the whole fit took.

    Raises
    ------
    ValueError
        If `models`, `n_steps` and `errors` differ in length, or `chosen` is not the
        number of a line.

    Examples
    --------
    >>> from sklearn_rnn._recurrent.report import FitReport
    >>> FitReport(
    ...     metric="root mean squared error",
    ...     judged_on="the last 600 of 3,000 samples",
    ...     models=["mean", "ridge", "network", "network", "network on ridge"],
    ...     n_steps=[None, None, 300, 1200, 300],
    ...     errors=[46.52, 19.58, 3.114, 1.713, 8.06],
    ...     chosen=3,
    ...     reason="its squared error is 99 % below the ridge's",
    ...     seconds=3.2,
    ... )
    Errors on samples that training did not see: the last 600 of 3,000 samples.
    Root mean squared error, in the units of y, and relative to the first line.
    <BLANKLINE>
    model             steps  error  relative
    mean                  -  46.52    1.0000
    ridge                 -  19.58    0.4209
    network             300   3.11    0.0669
    network           1,200   1.71    0.0368  chosen
    network on ridge    300   8.06    0.1733
    <BLANKLINE>
    Chosen: network, 1,200 steps. Its squared error is 99 % below the ridge's.
    The fit took 3.2 s.
    """

    metric: str
    judged_on: str
    models: Sequence[str]
    n_steps: Sequence[int | None]
    errors: Sequence[float]
    chosen: int
    reason: str
    seconds: float

    def __post_init__(self) -> None:
        """Order the lines, and keep plain numbers alone, which every format stores."""
        models = list(self.models)
        lengths = len(models), len(self.n_steps), len(self.errors)
        if len(set(lengths)) > 1:
            raise ValueError(
                "models, n_steps and errors have {}, {} and {} lines; they must have "
                "the same number.".format(*lengths)
            )
        if not 0 <= self.chosen < len(models):
            raise ValueError(
                f"chosen={self.chosen} must be the number of a line, from 0 to "
                f"{len(models) - 1}."
            )
        order = sorted(
            range(len(models)),
            key=lambda line: (models.index(models[line]), self.n_steps[line] or 0),
        )
        steps = [self.n_steps[line] for line in order]
        values: dict[str, Any] = {
            "models": tuple(models[line] for line in order),
            "n_steps": tuple(None if n is None else int(n) for n in steps),
            "errors": tuple(float(self.errors[line]) for line in order),
            "chosen": order.index(int(self.chosen)),
            "seconds": float(self.seconds),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def chosen_model(self) -> str:
        """Model of the chosen line."""
        return self.models[self.chosen]

    @property
    def chosen_n_steps(self) -> int:
        """Optimiser steps of the chosen line; 0 if it has no network."""
        return self.n_steps[self.chosen] or 0

    def to_frame(self) -> pd.DataFrame:
        """Return the lines as a DataFrame.

        Returns
        -------
        frame : DataFrame of shape (n_lines, 4)
            Columns ``model``, ``n_steps`` (``<NA>``: no network), ``error`` in the
            units of y, and ``chosen``, True in one line.
        """
        import pandas as pd  # noqa: PLC0415, loaded only for those who ask for it

        return pd.DataFrame(
            {
                "model": list(self.models),
                "n_steps": pd.array(list(self.n_steps), dtype="Int64"),
                "error": list(self.errors),
                "chosen": [line == self.chosen for line in range(len(self.models))],
            }
        )

    # ------------------------------------------------------------------- comparison

    def _key(self):
        # The words of numbers, as NaN is not equal to itself
        errors = tuple(map(repr, self.errors))
        lines = self.models, self.n_steps, errors, self.chosen
        return self.metric, self.judged_on, *lines, self.reason

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FitReport):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    # ---------------------------------------------------------------------- display

    def __repr__(self) -> str:
        before, after = self._texts()
        table = _align(self._cells())
        return "\n".join([*_wrap(before), "", *table, "", *_wrap(after)])

    def _repr_html_(self) -> str:
        before, after = ("<br>".join(map(escape, texts)) for texts in self._texts())
        table = _table_html(before, self._cells(), self.chosen)
        note = f'<p style="margin: 0.3em 0.8em">{after}</p>'
        return (
            '<div class="sklearn-rnn-fit-report" style="margin: 0.6em 0">\n'
            f"{table}\n{note}\n</div>"
        )

    def _texts(self):
        """Return the sentences above and below the table."""
        before = [
            f"Errors on samples that training did not see: {_sentence(self.judged_on)}",
            f"{_capitalised(self.metric)}, in the units of y, and relative to the "
            "first line.",
        ]
        choice = self.chosen_model
        if self.n_steps[self.chosen] is not None:
            unit = "step" if self.chosen_n_steps == 1 else "steps"
            choice += f", {self.chosen_n_steps:,} {unit}"
        after = [
            f"Chosen: {choice}. {_capitalised(_sentence(self.reason))}",
            f"The fit took {_format_seconds(self.seconds)} s.",
        ]
        return before, after

    def _cells(self):
        """Return the table as rows of text, the header first."""
        first = self.errors[0]
        relative = ["-"] * len(self.errors)
        if math.isfinite(first) and first != 0:
            relative = _format_errors([error / first for error in self.errors])
        steps = ["-" if n is None else f"{n:,}" for n in self.n_steps]
        marks = ["chosen" if n == self.chosen else "" for n in range(len(steps))]
        errors = _format_errors(self.errors)
        lines = zip(self.models, steps, errors, relative, marks, strict=True)
        return [_HEADER, *lines]


class ShowsFitReport:
    """Mixin of estimators and forecasters: a notebook shows their ``fit_report_``.

    It stands below the diagram that scikit-learn or sktime makes. Inside of a pipeline,
    which makes one diagram for all of its steps, it is not shown.
    """

    @property
    def _repr_html_(self):
        # It raises AttributeError where diagrams are switched off.
        show = super()._repr_html_
        report = _html_of(self)
        return (lambda: show() + report) if report else show

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        if "text/html" in bundle:
            bundle["text/html"] += _html_of(self)
        return bundle


def _html_of(estimator):
    """Return an estimator's report in HTML; nothing where it has none."""
    report = getattr(estimator, "fit_report_", None)
    return "" if report is None else report._repr_html_()


# ----------------------------------------------------------------------------- texts


def _capitalised(text):
    return text[:1].upper() + text[1:]


def _sentence(text):
    return text if text.endswith(".") else f"{text}."


def _wrap(texts):
    return [line for text in texts for line in textwrap.wrap(text, _WIDTH)]


def _align(rows):
    """Return rows of text with aligned columns: text to the left, numbers right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for model, *numbers, mark in rows:
        cells = [model.ljust(widths[0])]
        cells += [n.rjust(w) for n, w in zip(numbers, widths[1:-1], strict=True)]
        lines.append("  ".join([*cells, mark]).rstrip())
    return lines


def _table_html(caption, rows, chosen):
    """Return rows of text as a table, its colours those of the page.

    Parameters
    ----------
    caption : str
        HTML that stands above it.
    rows : list of sequence of str
        Cells, the header first; the last column marks the chosen row.
    chosen : int
        Number of the row below the header that is bold.
    """
    cell = "padding: 0.1em 0.8em; border: 0; background: none; color: inherit"
    left, right = f"{cell}; text-align: left", f"{cell}; text-align: right"
    styles = [left, right, right, right, left]
    plain = "background: none; font-weight"
    header, *lines = rows
    body = []
    for row, (model, *others) in enumerate(lines):
        cells = f'<th scope="row" style="{left}; font-weight: inherit">'
        cells += f"{escape(model)}</th>"
        for style, text in zip(styles[1:], others, strict=True):
            cells += f'<td style="{style}">{escape(text)}</td>'
        weight = "bold" if row == chosen else "normal"
        body.append(f'<tr style="{plain}: {weight}">{cells}</tr>')
    head = "".join(
        f'<th scope="col" style="{style}">{escape(name)}</th>'
        for style, name in zip(styles[:-1], header[:-1], strict=True)
    )
    line = "border-bottom: 1px solid currentColor"
    return "\n".join(
        [
            '<table style="border-collapse: collapse; color: inherit; '
            'font-variant-numeric: tabular-nums">',
            f'<caption style="{left}; caption-side: top">{caption}</caption>',
            f'<thead><tr style="{plain}: bold; {line}">{head}<td></td></tr></thead>',
            "<tbody>",
            *body,
            "</tbody>",
            "</table>",
        ]
    )


def _format_seconds(seconds):
    n_decimals = 0 if seconds >= 10 else 1 if seconds >= 1 else 2
    return f"{seconds:,.{n_decimals}f}"


def _format_errors(errors):
    """Return errors as text with the same number of decimals.

    The largest has 4 significant digits, the smallest 3 or more. An error that is far
    from the first, or any if they are tiny or huge, has an exponent.
    """
    usual = [abs(error) for error in errors if math.isfinite(error) and error != 0]
    if not usual:
        return [f"{error:g}" for error in errors]
    first = abs(errors[0]) if abs(errors[0]) in usual else min(usual)
    usual = [error for error in usual if 1e-4 <= error / first <= 1e3]
    largest, smallest = max(usual), min(usual)
    n_decimals = max(3 - _exponent(largest), 2 - _exponent(smallest), 0)
    is_plain = 1e-3 <= largest < 1e9

    def as_text(error):
        if not math.isfinite(error):
            return f"{error:g}"
        if (is_plain and abs(error) in usual) or error == 0:
            return f"{error:,.{n_decimals if is_plain else 0}f}"
        return f"{error:.3e}"

    return [as_text(error) for error in errors]


def _exponent(number):
    return math.floor(math.log10(number))
