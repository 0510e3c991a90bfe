"""Errors of a fit's candidates by their number of steps."""

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._checks import short
from sklearn_rnn._recurrent.report import FitReport

from ._axes import (
    COLORS,
    GREY,
    INK,
    LARGEST,
    check_keywords,
    find_axes,
    get_matplotlib,
    naming,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D
    from matplotlib.text import Annotation

__all__ = ["FitReportDisplay"]

_VALID = (
    "a recurrent regressor fitted with max_epochs='auto', a fitted "
    "RecurrentForecaster, or a Pipeline that ends in one"
)
_DASHES = ("--", "-.", ":")
_LARGE_RANGE = 4  # ratio of errors from which their axis is logarithmic
_MOST_TICKS = 10
_LINE_HEIGHT = 13.0  # of a label, in points


class FitReportDisplay:
    """Errors of a fit's candidates over the number of optimiser steps.

    Each kind of network has a line, over a logarithmic axis of steps. Models without a
    network, such as the ridge, are horizontal lines. The chosen model is marked; if it
    has no network, the mark is where the axis of steps begins. Errors that are NaN or
    infinite are not drawn. Where the largest error is more than 4 times the smallest,
    the axis of errors is logarithmic.

    Use `from_estimator` to make a display of a fitted estimator. The parameter is
    stored as an attribute.

    Parameters
    ----------
    fit_report : FitReport
        The attribute ``fit_report_`` of a fitted estimator or forecaster.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes of the plot.
    figure_ : matplotlib Figure
        Figure of the plot.
    lines_ : list of matplotlib Line2D
        Errors of networks, one line for each kind, labelled with its name.
    level_lines_ : list of matplotlib Line2D
        Errors of models without a network, labelled with their names.
    labels_ : list of matplotlib Annotation
        Names of the models, right of the axes at the height where their lines end.
    chosen_point_ : matplotlib Line2D
        The chosen model. Where it has no network, its x is 0 in the coordinates of the
        axes.

    See Also
    --------
    TrainingCurveDisplay : Losses over the steps of one training.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn_rnn._recurrent.report import FitReport
    >>> from sklearn_rnn.plotting import FitReportDisplay
    >>> report = FitReport(
    ...     metric="root mean squared error",
    ...     judged_on="the last 600 of 3,000 samples",
    ...     models=["mean", "ridge", "network", "network"],
    ...     n_steps=[None, None, 300, 1200],
    ...     errors=[46.52, 19.58, 3.114, 1.713],
    ...     chosen=3,
    ...     reason="its squared error is 99 % below the ridge's",
    ...     seconds=3.2,
    ... )
    >>> display = FitReportDisplay(report).plot()
    >>> display.lines_[0].get_xdata().tolist(), display.chosen_point_.get_label()
    ([300, 1200], 'Chosen: network, 1,200 steps')
    >>> plt.close(display.figure_)
    """

    ax_: "Axes"
    figure_: "Figure | SubFigure"
    lines_: "list[Line2D]"
    level_lines_: "list[Line2D]"
    labels_: "list[Annotation]"
    chosen_point_: "Line2D"

    def __init__(self, fit_report: FitReport) -> None:
        self.fit_report = fit_report

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, ax: "Axes | None" = None, **kwargs: Any
    ) -> Self:
        """Draw the report of a fitted estimator.

        Parameters
        ----------
        estimator : estimator or forecaster
            A recurrent regressor that was fitted with ``max_epochs="auto"``, a fitted
            ``RecurrentForecaster``, or a pipeline that ends in one.
        ax : matplotlib Axes or None, default=None
            Axes to draw in; ``None``: new ones.
        **kwargs : dict
            Further keywords of ``plot``.

        Returns
        -------
        display : FitReportDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If `estimator` is not fitted.
        TypeError
            If it has no ``fit_report_``.
        ValueError
            If its ``fit_report_`` is None: its fit judged no candidates.
        ImportError
            If matplotlib is not installed.
        """
        return cls(_read_report(estimator)).plot(ax, **kwargs)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        line_kw: Mapping[str, Any] | None = None,
        level_kw: Mapping[str, Any] | None = None,
        chosen_kw: Mapping[str, Any] | None = None,
    ) -> Self:
        """Draw the errors.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw in; ``None``: new ones.
        line_kw : dict or None, default=None
            Keywords of ``Axes.plot`` for the errors of networks.
        level_kw : dict or None, default=None
            Keywords of ``Axes.axhline`` for the errors of models without a network.
        chosen_kw : dict or None, default=None
            Keywords of ``Axes.plot`` for the chosen model.

        Returns
        -------
        self : FitReportDisplay
            With its artists as attributes.

        Raises
        ------
        TypeError
            If `fit_report` is not a report, or `ax` is not an Axes.
        ValueError
            If no error is finite.
        ImportError
            If matplotlib is not installed.
        """
        check_keywords(line_kw=line_kw, level_kw=level_kw, chosen_kw=chosen_kw)
        report = self.fit_report
        if not isinstance(report, FitReport):
            raise TypeError(
                f"fit_report={short(report)} must be the fit_report_ of {_VALID}."
            )
        errors = np.array(report.errors)
        errors[~(np.abs(errors) <= LARGEST)] = np.nan
        if np.isnan(errors).all():
            raise ValueError(
                "fit_report has no error that can be drawn: they are "
                f"{short(report.errors)}; one must be finite."
            )
        (self.ax_,) = find_axes(ax)
        self.figure_ = self.ax_.figure
        self._draw_levels(errors, level_kw)
        self._draw_lines(errors, line_kw)
        self._draw_chosen(errors, chosen_kw)
        name = report.metric[:1].upper() + report.metric[1:]
        self.ax_.set_ylabel(f"{name} [units of y]")
        self._set_scales(errors)
        self.ax_.grid(alpha=0.25)
        self._write_labels()
        return self

    def _draw_levels(self, errors, given):
        self.level_lines_ = []
        for model, n_steps, error in zip(
            self.fit_report.models, self.fit_report.n_steps, errors, strict=True
        ):
            if n_steps or np.isnan(error):
                continue
            number = len(self.level_lines_)
            kw = {
                "color": (GREY, INK)[number % 2],
                "linestyle": _DASHES[number % len(_DASHES)],
                "linewidth": 1.3,
                "label": model,
            }
            with naming("level_kw", given):
                line = self.ax_.axhline(error, **kw | dict(given or {}))
            self.level_lines_.append(line)

    def _draw_lines(self, errors, given):
        self.lines_ = []
        for model, lines in self._list_networks(errors).items():
            steps = [self.fit_report.n_steps[line] for line in lines]
            kw = {
                "color": COLORS[len(self.lines_) % len(COLORS)],
                "marker": "o",
                "markersize": 4,
                "label": model,
            }
            with naming("line_kw", given):
                (line,) = self.ax_.plot(
                    np.array(steps), errors[lines], **kw | dict(given or {})
                )
            self.lines_.append(line)

    def _draw_chosen(self, errors, given):
        report = self.fit_report
        x, label = report.chosen_n_steps, f"Chosen: {report.chosen_model}"
        if x:
            label += f", {x:,} step" if x == 1 else f", {x:,} steps"
        kw = {
            "color": INK,
            "linestyle": "none",
            "marker": "o",
            "markersize": 10,
            "markerfacecolor": "none",
            "markeredgewidth": 1.8,
            "zorder": 3,
            "label": label,
        }
        if not x:  # at the left end of its level
            kw |= {"transform": self.ax_.get_yaxis_transform(), "clip_on": False}
        error = errors[report.chosen]
        with naming("chosen_kw", given):
            (self.chosen_point_,) = self.ax_.plot(
                [x], [error], **kw | dict(given or {})
            )
        if np.isnan(error):
            return
        self.ax_.annotate(
            "chosen",
            (x, error),
            xycoords=self.chosen_point_.get_transform(),
            xytext=(0 if x else 9, 9),
            textcoords="offset points",
            color=self.chosen_point_.get_color(),
            ha="center" if x else "left",
        )

    def _write_labels(self):
        """Write the name of each line beside the axes, at the height of its end."""
        lines = [*self.level_lines_, *self.lines_]
        ends = np.array([_last_finite(line.get_ydata()) for line in lines])
        self.ax_.get_ylim()  # sets the limits, which the transform below needs
        to_points = 72 / self.ax_.figure.dpi
        heights = self.ax_.transData.transform(np.column_stack([ends, ends]))[:, 1]
        heights = heights * to_points
        places = _set_apart(heights, self.ax_.bbox.y1 * to_points)
        self.labels_ = [
            self.ax_.annotate(
                line.get_label(),
                (1, end),
                xycoords=self.ax_.get_yaxis_transform(),
                xytext=(6, place - height),
                textcoords="offset points",
                color=line.get_color(),
                va="center",
            )
            for line, end, place, height in zip(
                lines, ends, places, heights, strict=True
            )
        ]

    def _list_networks(self, errors):
        """Return the lines of each kind of network that has an error to draw."""
        networks = {}
        for line, model in enumerate(self.fit_report.models):
            if self.fit_report.n_steps[line]:
                networks.setdefault(model, []).append(line)
        return {
            model: lines
            for model, lines in networks.items()
            if not np.isnan(errors[lines]).all()
        }

    def _set_scales(self, errors):
        ticker = get_matplotlib("matplotlib.ticker")
        plain = ticker.FuncFormatter(lambda value, _: f"{value:,g}")
        largest, smallest = np.nanmax(errors), np.nanmin(errors)
        if smallest > 0 and largest > _LARGE_RANGE * smallest:
            self.ax_.set_yscale("log")
            y_axis = self.ax_.yaxis
            few = largest < 1000 * smallest
            y_axis.set_major_locator(
                ticker.LogLocator(subs=(1, 2, 5) if few else (1,), numticks=12)
            )
            y_axis.set_major_formatter(plain)
            y_axis.set_minor_formatter(ticker.NullFormatter())
        steps = np.unique([n for n in self.fit_report.n_steps if n])
        if not len(steps):
            self.ax_.set_xticks([])
            return
        self.ax_.set_xscale("log", base=2)
        self.ax_.set_xlim(steps[0] / 1.25, steps[-1] * 1.25)
        self.ax_.set_xlabel("Optimiser steps")
        self.ax_.xaxis.set_major_locator(ticker.FixedLocator(_thin_out(steps)))
        self.ax_.xaxis.set_major_formatter(
            ticker.FuncFormatter(lambda value, _: f"{value:,.0f}")
        )
        self.ax_.xaxis.set_minor_locator(ticker.NullLocator())


def _read_report(estimator):
    """Return the report of a fitted estimator, forecaster or pipeline."""
    if isinstance(estimator, type) or not hasattr(estimator, "fit"):
        raise TypeError(f"estimator={short(estimator)} must be {_VALID}.")
    if hasattr(estimator, "check_is_fitted"):  # sktime's
        estimator.check_is_fitted()
    else:
        check_is_fitted(estimator)
    while isinstance(estimator, Pipeline):
        estimator = estimator[-1]
    name = type(estimator).__name__
    if not hasattr(estimator, "fit_report_"):
        raise TypeError(
            f"estimator is a {name} without fit_report_; it must be {_VALID}."
        )
    if estimator.fit_report_ is None:
        raise ValueError(
            f"fit_report_ of the {name} is None, as its fit had nothing to choose; "
            f"estimator must be {_VALID}."
        )
    return estimator.fit_report_


def _last_finite(values):
    values = np.asarray(values, dtype=np.float64)
    return values[np.isfinite(values)][-1]


def _set_apart(heights, top):
    """Return heights of texts, in points, of which none covers another.

    Texts move up as far as they need, and down together where they pass the top.
    """
    order = np.argsort(heights, kind="stable")
    places = np.array(heights, dtype=np.float64)
    for before, after in pairwise(order):
        places[after] = max(places[after], places[before] + _LINE_HEIGHT)
    for number in order[::-1]:
        places[number] = min(places[number], top)
        top = places[number] - _LINE_HEIGHT
    return places


def _thin_out(steps):
    """Return at most `_MOST_TICKS` of increasing steps, the last one among them."""
    apart = max(1.3, (steps[-1] / steps[0]) ** (1 / _MOST_TICKS))
    kept = [steps[-1]]
    for n in steps[-2::-1]:
        if kept[-1] >= apart * n:
            kept.append(n)
    return kept[:_MOST_TICKS][::-1]
