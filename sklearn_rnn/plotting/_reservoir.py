"""States and eigenvalues of a reservoir, and the choice of its readout's strength."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._checks import read_count, read_numbers, short
from sklearn_rnn._inspection.model_parts import check_model

from ._axes import (
    BLUE,
    COLORS,
    GREY,
    INK,
    LARGEST,
    ORANGE,
    check_keywords,
    find_axes,
    naming,
    read_texts,
    read_values,
    set_limits,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

__all__ = ["ReservoirDisplay"]

_MARKERS = "os^D"


class ReservoirDisplay:
    r"""States of a reservoir, its eigenvalues, and the choice of its readout.

    The display has three axes, side by side. The first shows states over time. The
    second shows the eigenvalues of the recurrent weights :math:`\rho W` of each layer,
    the unit circle, and the circle whose radius is the spectral radius :math:`\rho`,
    the largest modulus of an eigenvalue. The third shows the generalised
    cross-validation score of the strengths of the readout's ridge, by which one of them
    was chosen. A reservoir without a readout has only the first two axes.

    Use `from_estimator` to make a display. All parameters are stored as attributes.

    Parameters
    ----------
    states : array-like of shape (n_steps, n_states)
        States after each step.
    eigenvalues : list of array-like of shape (n_units,), complex
        Eigenvalues of each layer, in each direction.
    spectral_radius : float
        Largest modulus to which the eigenvalues were scaled, at least 0.
    alphas : array-like of shape (n_alphas,) or None, default=None
        Strengths of the ridge, above 0. ``None``: there is no readout.
    gcv_scores : array-like of shape (n_alphas,) or None, default=None
        Score of each strength; NaN or infinite if it has no score.
    alpha : float or None, default=None
        The chosen strength, one of `alphas`.
    names : list of str or None, default=None
        Names of the layers. ``None``: ``"Layer 1"`` and so on.

    Attributes
    ----------
    axes_ : ndarray of shape (2,) or (3,)
        Axes of the plot.
    figure_ : matplotlib Figure
        Figure of the plot.
    state_lines_ : list of matplotlib Line2D
        States of single units.
    eigenvalue_points_ : list of matplotlib Line2D
        Eigenvalues, one line for each layer and direction.
    unit_circle_ : matplotlib Line2D
        The unit circle.
    radius_circle_ : matplotlib Line2D
        The circle of the spectral radius.
    gcv_line_ : matplotlib Line2D or None
        The scores.
    alpha_point_ : matplotlib Line2D or None
        The chosen strength.

    Raises
    ------
    ValueError
        If an array has a wrong shape, or holds NaN or infinity that is not allowed;
        `spectral_radius` is below 0; or `alpha` is not in `alphas`.
    TypeError
        If an array does not hold numbers.

    See Also
    --------
    sklearn_rnn.ESNRegressor : A reservoir and its readout.
    sklearn_rnn.ReservoirTransformer : The states themselves.

    Notes
    -----
    With a leak rate of 1, the memory of a state is longer the nearer the spectral
    radius is to 1 [1]_. The score of a strength :math:`\alpha` is, in the form of [2]_,

    .. math::

        \mathrm{GCV}(\alpha)
        = \frac{n \, \mathrm{RSS}(\alpha)}{(n - 2.5 \, \mathrm{df}(\alpha))^2},

    with n the number of rows, RSS the residual sum of squares of the standardised
    targets and df the readout's degrees of freedom. The guide explains
    :ref:`the weight of 2.5 <esn-gcv>`.

    References
    ----------
    .. [1] H. Jaeger, "The 'echo state' approach to analysing and training recurrent
       neural networks", GMD Report 148, German National Research Center for Information
       Technology, 2001.
    .. [2] G. H. Golub, M. Heath, G. Wahba, "Generalized cross-validation as a method
       for choosing a good ridge parameter", Technometrics 21(2), 215-223, 1979.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from sklearn_rnn import ESNRegressor
    >>> from sklearn_rnn.datasets import make_narma
    >>> from sklearn_rnn.plotting import ReservoirDisplay
    >>> u, y = make_narma(500, random_state=0)
    >>> X, y = u[None], y[None]  # one sequence, (1, 500, 1) and (1, 500)
    >>> esn = ESNRegressor(60, spectral_radius=0.8, return_sequences=True)
    >>> display = ReservoirDisplay.from_estimator(esn.fit(X, y), X)
    >>> float(np.abs(display.eigenvalues[0]).max().round(6))
    0.8
    >>> display.gcv_line_.get_xdata()[:3].tolist()
    [1e-12, 1e-11, 1e-10]
    >>> plt.close(display.figure_)
    """

    axes_: "NDArray[np.object_]"
    figure_: "Figure | SubFigure"
    state_lines_: "list[Line2D]"
    eigenvalue_points_: "list[Line2D]"
    unit_circle_: "Line2D"
    radius_circle_: "Line2D"
    gcv_line_: "Line2D | None"
    alpha_point_: "Line2D | None"

    def __init__(
        self,
        states: ArrayLike,
        eigenvalues: Sequence[ArrayLike],
        spectral_radius: float,
        *,
        alphas: ArrayLike | None = None,
        gcv_scores: ArrayLike | None = None,
        alpha: float | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        self.states = states
        self.eigenvalues = eigenvalues
        self.spectral_radius = spectral_radius
        self.alphas = alphas
        self.gcv_scores = gcv_scores
        self.alpha = alpha
        self.names = names

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike | Sequence[ArrayLike],
        *,
        sample: int = 0,
        axes: "ArrayLike | Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Drive a fitted reservoir with a sequence, and draw its states and properties.

        All eigenvalues are computed, in O(n_units^3) operations per layer: a fraction
        of a second for 500 units, some ten seconds for 2,000.

        Parameters
        ----------
        estimator : ESNRegressor, ESNRegressorCV, ReservoirTransformer or Pipeline
            A fitted estimator. In a pipeline, the last step with a reservoir is drawn,
            and the steps before it transform X.
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences, in any form that ``predict`` takes; in a list each has shape
            (n_steps_i, n_features) or (n_steps_i,). For ``ReservoirTransformer``, rows
            of one series in time order, of shape (n_rows, n_features).
        sample : int, default=0
            Number of the sequence in X that drives the reservoir from rest; negative
            numbers count from the last sequence. For ``ReservoirTransformer``, whose
            rows are one sequence, it must be 0.
        axes : array-like of matplotlib Axes or None, default=None
            Axes to draw in, of shape (3,), or (2,) for ``ReservoirTransformer``;
            ``None``: new ones.
        **kwargs : dict
            Further keywords of ``plot``.

        Returns
        -------
        display : ReservoirDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If `estimator` is not fitted.
        TypeError
            If it has no reservoir, or `sample` is not an integer.
        ValueError
            If X is not valid for `estimator`, or has rows of several series; `sample`
            is out of range; or `alphas` of `estimator` were changed after ``fit``.
        ImportError
            If matplotlib is not installed.
        """
        valid = (
            "a fitted ESNRegressor, ESNRegressorCV or ReservoirTransformer, or a "
            "Pipeline that holds one"
        )
        check_model(estimator, valid)
        given = X  # steps before the reservoir may drop its index
        if isinstance(estimator, Pipeline):
            estimator, X = _last_reservoir(estimator, X)
            check_is_fitted(estimator)
        reservoir = getattr(estimator, "reservoir_", None)
        if reservoir is None:
            raise TypeError(
                f"estimator is a {type(estimator).__name__} without a reservoir; it "
                f"must be {valid}."
            )
        states = estimator._drive_sample(X, sample, given)
        path = _read_path(estimator) if hasattr(estimator, "gcv_scores_") else {}
        display = cls(
            states,
            [values[0] for values in reservoir.eigenvalues()],
            float(reservoir.settings.spectral_radius[0]),
            names=_name_layers(reservoir),
            **path,
        )
        return display.plot(axes, **kwargs)

    def plot(
        self,
        axes: "ArrayLike | Axes | None" = None,
        *,
        n_units: int = 6,
        state_kw: Mapping[str, Any] | None = None,
        eigenvalue_kw: Mapping[str, Any] | None = None,
        gcv_kw: Mapping[str, Any] | None = None,
    ) -> Self:
        """Draw states, eigenvalues and scores.

        Parameters
        ----------
        axes : array-like of matplotlib Axes or None, default=None
            Axes to draw in, of shape (3,), or (2,) without `alphas`; ``None``: new
            ones.
        n_units : int, default=6
            Number of units whose states are drawn, at least 1, evenly spaced among all
            units; all units if there are fewer.
        state_kw, eigenvalue_kw, gcv_kw : dict or None, default=None
            Keywords of ``Axes.plot`` for states, eigenvalues and scores.

        Returns
        -------
        self : ReservoirDisplay
            With its artists as attributes.

        Raises
        ------
        ValueError
            If `n_units` is below 1, or the data are not valid.
        TypeError
            If `n_units` is not an integer, or `axes` are not Axes.
        ImportError
            If matplotlib is not installed.
        """
        n_units = read_count(n_units, "n_units")
        check_keywords(state_kw=state_kw, eigenvalue_kw=eigenvalue_kw, gcv_kw=gcv_kw)
        states = read_values(self.states, "states", ("n_steps", "n_states"))
        eigenvalues = self._read_eigenvalues()
        path = self._read_path()
        n_axes = 2 if path is None else 3
        self.axes_ = find_axes(axes, n_axes, "axes", figsize=(4.2 * n_axes, 3.8))
        self.figure_ = self.axes_[0].figure
        self._draw_states(self.axes_[0], states, n_units, state_kw or {})
        self._draw_eigenvalues(self.axes_[1], eigenvalues, eigenvalue_kw or {})
        self.gcv_line_ = self.alpha_point_ = None
        if path is not None:
            self._draw_path(self.axes_[2], path, gcv_kw or {})
        return self

    # -------------------------------------------------------------------- reading data

    def _read_eigenvalues(self):
        """Return the eigenvalues of each layer and direction, complex."""
        if not isinstance(self.eigenvalues, (list, tuple)) or not self.eigenvalues:
            raise TypeError(
                "eigenvalues must be a list of one or more arrays of shape (n_units,), "
                f"got {type(self.eigenvalues).__name__}."
            )
        radius = read_numbers(self.spectral_radius)
        if radius is None or len(radius) != 1 or not 0 <= radius[0] < 1e100:
            raise ValueError(
                f"spectral_radius={short(self.spectral_radius)} must be a number "
                "from 0 to 1e100."
            )
        n_layers = len(self.eigenvalues)
        if self.names is not None and read_texts(self.names, n_layers) is None:
            raise ValueError(
                f"names={short(self.names)} must be {n_layers} strings, one for each "
                "of eigenvalues."
            )
        return [
            _read_complex(values, f"eigenvalues[{number}]")
            for number, values in enumerate(self.eigenvalues)
        ]

    def _read_path(self):
        """Return the strengths in increasing order and their scores, or None."""
        if self.alphas is None:
            return None
        alphas = read_values(self.alphas, "alphas", ("n_alphas",))
        if not (alphas > 0).all():
            raise ValueError(f"alphas={short(self.alphas)} must be numbers above 0.")
        try:
            scores = np.asarray(self.gcv_scores)
            is_number = scores.dtype.kind in "biufO"
            scores = scores.astype(np.float64) if is_number else np.empty(0)
        except Exception:  # from an array-like of the user's own
            scores = np.empty(0)
        drawn = np.abs(scores[np.isfinite(scores)])
        if scores.shape != alphas.shape or (drawn > LARGEST).any():
            raise ValueError(
                f"gcv_scores={short(self.gcv_scores)} must be {len(alphas)} numbers, "
                "one for each of alphas."
            )
        alpha = read_numbers(self.alpha)
        if alpha is None or len(alpha) != 1 or alpha[0] not in alphas:
            raise ValueError(
                f"alpha={short(self.alpha)} must be one of alphas={short(self.alphas)}."
            )
        order = np.argsort(alphas, kind="stable")
        return alphas[order], scores[order]

    # ------------------------------------------------------------------------- drawing

    def _draw_states(self, ax, states, n_units, given):
        n_steps, n_states = states.shape
        units = np.linspace(0, n_states - 1, min(n_units, n_states)).round().astype(int)
        self.state_lines_ = []
        for number, unit in enumerate(units):
            kw = {
                "color": COLORS[number % len(COLORS)],
                "linewidth": 0.9,
                "alpha": 0.85,
                "marker": "o" if n_steps == 1 else None,
                "markersize": 3,
                "label": f"Unit {unit}",
            }
            with naming("state_kw", given):
                (line,) = ax.plot(
                    np.arange(n_steps), states[:, unit], **kw | dict(given)
                )
            self.state_lines_.append(line)
        ax.set(xlabel="Step", ylabel="State", title=f"{len(units)} of {n_states} units")
        set_limits(ax, np.arange(n_steps))
        ax.grid(alpha=0.25)

    def _draw_eigenvalues(self, ax, eigenvalues, given):
        angle = np.linspace(0, 2 * np.pi, 361)
        circle = np.cos(angle), np.sin(angle)
        radius = float(read_numbers(self.spectral_radius)[0])
        kw = {"color": GREY, "linewidth": 1, "linestyle": "--", "label": "Unit circle"}
        (self.unit_circle_,) = ax.plot(*circle, **kw)
        (self.radius_circle_,) = ax.plot(
            *(radius * part for part in circle),
            color=INK,
            linewidth=1,
            label=f"Spectral radius: {radius:.3g}",
        )
        names = self.names
        if names is not None:
            names = read_texts(names, len(eigenvalues))
        else:
            names = [f"Layer {number + 1}" for number in range(len(eigenvalues))]
        self.eigenvalue_points_ = []
        for number, (values, name) in enumerate(zip(eigenvalues, names, strict=True)):
            kw = {
                "color": COLORS[number % len(COLORS)],
                "marker": _MARKERS[number % len(_MARKERS)],
                "markersize": 3.5,
                "markeredgewidth": 0,
                "alpha": 0.7,
                "linestyle": "none",
            }
            if len(eigenvalues) > 1:
                kw["label"] = name
            with naming("eigenvalue_kw", given):
                (points,) = ax.plot(values.real, values.imag, **kw | dict(given))
            self.eigenvalue_points_.append(points)
        ax.set(xlabel="Real part", ylabel="Imaginary part", title="Eigenvalues")
        ax.grid(alpha=0.25)
        handles, _ = ax.get_legend_handles_labels()
        reach, below = 1.1 * max(1.0, radius), 1.1 + 0.17 * len(handles)
        ax.set(xlim=(-reach, reach), ylim=(-below * reach, reach), aspect="equal")
        ax.legend(frameon=False, loc="lower center", fontsize="small")

    def _draw_path(self, ax, path, given):
        alphas, scores = path
        alpha = float(read_numbers(self.alpha)[0])
        at = int(np.flatnonzero(alphas == alpha)[0])
        kw = {"color": BLUE, "marker": "o", "markersize": 3}
        with naming("gcv_kw", given):
            (self.gcv_line_,) = ax.plot(alphas, scores, **kw | dict(given))
        (self.alpha_point_,) = ax.plot(
            alphas[at : at + 1],
            scores[at : at + 1],
            "o",
            color=ORANGE,
            markersize=8,
            markerfacecolor="none",
            markeredgewidth=1.8,
            label=f"Chosen: {alpha:.3g}",
        )
        ax.set_xscale("log")
        drawn = scores[np.isfinite(scores)]
        if len(drawn) and (drawn > 0).all():
            ax.set_yscale("log")
        ax.set(
            xlabel="Strength of the ridge [mean eigenvalues]",
            ylabel="GCV score of standardised targets",
            title="Choice of the readout",
        )
        ax.grid(alpha=0.25)
        ax.legend(frameon=False)


def _read_complex(values, name):
    """Return complex numbers, finite, of shape (n_units,)."""
    try:
        array = np.asarray(values)
        real, imaginary = array.real, array.imag
    except Exception:  # from an array-like of the user's own
        real = imaginary = values
    return read_values(real, name, ("n_units",)) + 1j * read_values(
        imaginary, name, ("n_units",)
    )


def _last_reservoir(pipeline, X):
    """Return the last step that has a reservoir, and its input."""
    for number in range(len(pipeline) - 1, -1, -1):
        if hasattr(pipeline[number], "reservoir_"):
            return pipeline[number], pipeline[:number].transform(X) if number else X
    return pipeline, X


def _read_path(esn):
    """Return the strengths of a readout and their scores, as keywords of a display."""
    alphas, scores = read_numbers(esn.alphas), esn.gcv_scores_
    if alphas is None or len(alphas) != len(scores) or esn.alpha_ not in alphas:
        raise ValueError(
            f"alphas={short(esn.alphas)} of estimator are not those that it was fitted "
            "with; fit it anew."
        )
    return {"alphas": alphas, "gcv_scores": scores, "alpha": esn.alpha_}


def _name_layers(reservoir):
    """Return names of layers and directions, in the order of their states."""
    ways = [""] if reservoir.n_directions == 1 else [", forward", ", backward"]
    return [
        f"Layer {number + 1}{way}"
        for number in range(len(reservoir.layers))
        for way in ways
    ]
