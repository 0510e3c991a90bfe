"""Importances of the lags and features of a model's windows."""

from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import is_regressor
from sklearn.metrics import check_scoring

from sklearn_rnn._checks import check_choice, is_integer, read_count, short
from sklearn_rnn._inspection.importance import gradient_importances, permuted_scores
from sklearn_rnn._inspection.windows import read_windows
from sklearn_rnn._parameters import read_random_state

from ._axes import (
    BLUE,
    check_flag,
    check_keywords,
    check_text,
    find_axes,
    naming,
    read_texts,
    read_values,
    set_limits,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection
    from matplotlib.colorbar import Colorbar
    from matplotlib.container import BarContainer
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.image import AxesImage
    from matplotlib.lines import Line2D

__all__ = ["WindowImportanceDisplay"]

_MOST_REPEATS = 100_000


class WindowImportanceDisplay:
    r"""Importances of the lags and features that a fitted model reads in its windows.

    The lag of a step is its distance to the last step of the window, which has lag 0.

    The permutation importance of a group of values (one lag of one feature, one lag, or
    one feature) is the decrease of a score when these values are exchanged between
    windows. The gradient importance is the change of the prediction, in standard
    deviations of the target, when the value changes by one standard deviation.

    Use `from_estimator` to make a display. All parameters are stored as attributes.

    Parameters
    ----------
    importances_mean : array-like of shape (n_steps, n_features)
        Mean importances, the oldest step first. Grouped by lag they are of shape
        (n_steps,), grouped by feature of shape (n_features,).
    importances_std : array-like of shape (n_steps, n_features) or None, default=None
        Standard deviations over repeats, in the shape of `importances_mean`.
    importances : array-like or None, default=None
        Importances in each repeat, of shape (n_steps, n_features, n_repeats); in groups
        of the shape of `importances_mean` with a last axis of n_repeats.
    group_by : {"lag", "feature"} or None, default=None
        Grouping of the values; ``None``: each lag of each feature by itself.
    feature_names : array-like of str of shape (n_features,) or None, default=None
        Names of the features. ``None``: ``"Feature 0"`` and so on.
    importance_name : str, default="Importance"
        Label of importances, with their unit.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes of the plot.
    figure_ : matplotlib Figure
        Figure of the plot.
    image_ : matplotlib AxesImage or None
        Heat map of several features, one row per feature, the oldest lag on the left.
    colorbar_ : matplotlib Colorbar or None
        Colour scale of the heat map.
    line_ : matplotlib Line2D or None
        Importances by lag, of one feature or grouped by lag.
    band_ : matplotlib PolyCollection or None
        One standard deviation on either side of the line.
    bars_ : matplotlib BarContainer or None
        Importances grouped by feature.

    Raises
    ------
    ValueError
        If an array has a wrong shape or holds NaN or infinity, or `group_by` is not
        valid.
    TypeError
        If an array does not hold numbers.

    See Also
    --------
    sklearn.inspection.permutation_importance : The same for columns of a table.

    Notes
    -----
    The permutation importance of a group g of values, for a score s and R random orders
    of the windows, is [1]_, [2]_

    .. math::

        I_g = s(y, f(X))
        - \frac{1}{R} \sum_{r=1}^{R} s\bigl(y, f(X^{(g, r)})\bigr).

    The gradient importance of feature j of step t is the mean over the N windows and K
    outputs of the absolute derivative [3]_, with :math:`\sigma` the standard deviation
    over the windows,

    .. math::

        I_{tj} = \frac{1}{K} \sum_{k=1}^{K} \frac{\sigma(x_{tj})}{\sigma(y_k)}
        \, \frac{1}{N} \sum_{i=1}^{N}
        \left| \frac{\partial f_k(x_i)}{\partial x_{itj}} \right|,

    which in a linear model is the size of its standardised coefficients.

    Neighbouring lags are often correlated. Permuted alone, each of them then seems of
    little use, and permuted windows are unlike real ones; in a group, lags are judged
    together.

    Importances describe the windows in X: on training rows they show the values that
    the model has learnt to use, on later rows the values that are useful there.

    References
    ----------
    .. [1] L. Breiman, "Random forests", Machine Learning 45(1), 5-32, 2001.
    .. [2] A. Fisher, C. Rudin, F. Dominici, "All models are wrong, but many are useful:
       learning a variable's importance by studying an entire class of prediction models
       simultaneously", Journal of Machine Learning Research 20(177), 1-81, 2019.
    .. [3] K. Simonyan, A. Vedaldi, A. Zisserman, "Deep inside convolutional networks:
       visualising image classification models and saliency maps", ICLR workshop, 2014.

    Examples
    --------
    The target is the value two steps before the last, of the first of two features:

    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from sklearn_rnn import GRURegressor
    >>> from sklearn_rnn.plotting import WindowImportanceDisplay
    >>> X = np.random.default_rng(0).normal(size=(300, 5, 2))
    >>> gru = GRURegressor(random_state=0).fit(X, X[:, -3, 0])
    >>> display = WindowImportanceDisplay.from_estimator(
    ...     gru, X, X[:, -3, 0], n_repeats=2, random_state=0
    ... )
    >>> float(display.importances_mean[2, 0].round(1)), display.image_.get_array().shape
    (1.9, (2, 5))
    >>> plt.close(display.figure_)

    For a network, one backward pass shows the same:

    >>> display = WindowImportanceDisplay.from_estimator(
    ...     gru, X, X[:, -3, 0], method="gradient", group_by="lag"
    ... )
    >>> display.importances_mean.round(1)
    array([0., 0., 1., 0., 0.])
    >>> plt.close(display.figure_)
    """

    ax_: "Axes"
    figure_: "Figure | SubFigure"
    image_: "AxesImage | None"
    colorbar_: "Colorbar | None"
    line_: "Line2D | None"
    band_: "PolyCollection | None"
    bars_: "BarContainer | None"

    def __init__(
        self,
        importances_mean: ArrayLike,
        *,
        importances_std: ArrayLike | None = None,
        importances: ArrayLike | None = None,
        group_by: Literal["lag", "feature"] | None = None,
        feature_names: ArrayLike | None = None,
        importance_name: str = "Importance",
    ) -> None:
        self.importances_mean = importances_mean
        self.importances_std = importances_std
        self.importances = importances
        self.group_by = group_by
        self.feature_names = feature_names
        self.importance_name = importance_name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike | Sequence[ArrayLike],
        y: ArrayLike,
        *,
        method: Literal["permutation", "gradient"] = "permutation",
        group_by: Literal["lag", "feature"] | None = None,
        n_repeats: int = 5,
        scoring: str | Callable[..., float] | None = None,
        max_samples: int | float | None = 1000,
        window_length: int | None = None,
        feature_names: ArrayLike | None = None,
        random_state: int | np.random.RandomState | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Compute the importances of a fitted model, and draw them.

        Parameters
        ----------
        estimator : estimator
            A fitted regressor of windows, or a pipeline. In a pipeline with a
            ``SlidingWindowTransformer``, the values of its output windows are permuted,
            each window by itself, although neighbouring windows share rows; the steps
            after it predict. Of a search the best estimator is used; a
            ``TransformedTargetRegressor`` may stand anywhere.
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Input of `estimator`: windows; or flat windows, time-major, of shape
            (n_samples, n_steps * n_features); or a list of sequences of shape
            (n_steps_i, n_features), with lags counted from the end of each; or, for a
            pipeline with a ``SlidingWindowTransformer``, rows in time order, of shape
            (n_samples, n_features). A step that one of two windows lacks is not
            exchanged between them.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        method : {"permutation", "gradient"}, default="permutation"
            ``"permutation"`` works with any regressor, and predicts all windows
            ``n_steps * n_features * n_repeats + 1`` times, or with `group_by`
            ``n_steps * n_repeats + 1`` or ``n_features * n_repeats + 1`` times.
            ``"gradient"`` needs a recurrent regressor, in a pipeline as the step after
            the windows, and makes one backward pass per output through network and
            ridge (of several quantiles, for the one that ``predict`` returns).
        group_by : {"lag", "feature"} or None, default=None
            ``"lag"``: all features of a step are permuted together. ``"feature"``: all
            steps of a feature are permuted together, so that each window gets the whole
            past of another. Gradients are summed in each group. ``None``: each lag of
            each feature by itself.
        n_repeats : int, default=5
            Number of permutations, from 1 to 100,000.
        scoring : str, callable or None, default=None
            Score for ``"permutation"``, as in ``cross_val_score``. ``None``: the score
            of the estimator, which is R^2 for a regressor, or the `scoring` of a
            search.
        max_samples : int, float or None, default=1000
            Largest number of windows, at least 2, or their fraction of all windows, in
            (0, 1]. If X has more windows, they are drawn at random. ``None``: all
            windows are used.
        window_length : int or None, default=None
            Number of steps in a row of 2-D X. ``None``: as in the pipeline's
            ``SlidingWindowTransformer`` or the estimator's `window_length`. In a
            recurrent regressor or an echo state network without `window_length`, each
            column is one step of one feature; any other regressor needs a number.
        feature_names : array-like of str of shape (n_features,) or None, default=None
            Names of the features. ``None``: the names in X, if they are known.
        random_state : int, RandomState instance or None, default=None
            Seeds permutations and the choice of windows. If all windows are used and no
            step is absent, importances equal those of
            ``sklearn.inspection.permutation_importance`` on flat windows, at the same
            seed.
        ax : matplotlib Axes or None, default=None
            Axes to draw in; ``None``: new ones.
        **kwargs : dict
            Further keywords of ``plot``.

        Returns
        -------
        display : WindowImportanceDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If `estimator` is not fitted.
        ValueError
            If a parameter is not valid; X and y differ in length; X is not valid for
            `estimator`; it predicts for each step; `window_length` is missing; or y is
            constant with ``method="gradient"``.
        TypeError
            If `estimator` has no ``predict``; steps that read windows remember rows, as
            a ``ReservoirTransformer`` does; `estimator` is not a recurrent regressor
            with ``method="gradient"``; or a number is not an integer.
        ImportError
            If matplotlib is not installed.
        """
        check_choice(method, "method", ("permutation", "gradient"))
        check_choice(group_by, "group_by", ("lag", "feature", None))
        n_repeats = read_count(n_repeats, "n_repeats", most=_MOST_REPEATS)
        windows = read_windows(estimator, X, window_length)
        targets = _read_targets(y, windows)
        generator = read_random_state(random_state)
        # Drawn first, as in scikit-learn, so that both agree if all windows are used.
        seed = int(generator.randint(np.iinfo(np.int32).max + 1))
        rows = _draw_rows(max_samples, len(targets), generator)
        windows, targets = windows.take(rows), targets[rows]
        names = windows.names if feature_names is None else feature_names
        if method == "gradient":
            display = cls(
                gradient_importances(windows, targets, group_by),
                group_by=group_by,
                feature_names=names,
                importance_name="|Gradient|\n[sd of target per sd of value]",
            )
            return display.plot(ax, **kwargs)
        scorer = windows.scorer
        if scoring is not None or scorer is None:
            scorer = _read_scoring(windows.estimator, scoring)
        score, permuted = permuted_scores(
            windows, targets, scorer, group_by=group_by, n_repeats=n_repeats, seed=seed
        )
        importances = score - permuted
        display = cls(
            importances.mean(axis=-1),
            importances_std=importances.std(axis=-1),
            importances=importances,
            group_by=group_by,
            feature_names=names,
            importance_name=_name_fall(scoring, windows),
        )
        return display.plot(ax, **kwargs)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        colorbar: bool = True,
        image_kw: Mapping[str, Any] | None = None,
        line_kw: Mapping[str, Any] | None = None,
        band_kw: Mapping[str, Any] | None = None,
        bar_kw: Mapping[str, Any] | None = None,
    ) -> Self:
        """Draw a heat map of lags and features, a line over lags, or bars of features.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw in; ``None``: new ones.
        colorbar : bool, default=True
            Whether to draw a colour scale beside a heat map.
        image_kw : dict or None, default=None
            Keywords of ``Axes.imshow``.
        line_kw : dict or None, default=None
            Keywords of ``Axes.plot``.
        band_kw : dict or None, default=None
            Keywords of ``Axes.fill_between``.
        bar_kw : dict or None, default=None
            Keywords of ``Axes.barh``.

        Returns
        -------
        self : WindowImportanceDisplay
            With its artists as attributes.

        Raises
        ------
        ValueError
            If the data are not valid.
        TypeError
            If `ax` is not an Axes.
        ImportError
            If matplotlib is not installed.
        """
        check_choice(self.group_by, "group_by", ("lag", "feature", None))
        check_text(self.importance_name, "importance_name")
        check_flag(colorbar, "colorbar")
        check_keywords(
            image_kw=image_kw, line_kw=line_kw, band_kw=band_kw, bar_kw=bar_kw
        )
        axes = {
            None: ("n_steps", "n_features"),
            "lag": ("n_steps",),
            "feature": ("n_features",),
        }[self.group_by]
        mean = read_values(self.importances_mean, "importances_mean", axes)
        std = None
        if self.importances_std is not None:
            std = read_values(self.importances_std, "importances_std", mean.shape)
        if self.importances is not None:
            read_values(self.importances, "importances", (*mean.shape, "n_repeats"))
        names = None
        if self.group_by != "lag":
            names = self._name_features(mean.shape[-1])
        (self.ax_,) = find_axes(ax, figsize=_size_of(mean.shape, self.group_by))
        self.figure_ = self.ax_.figure
        self.image_ = self.colorbar_ = self.line_ = self.band_ = self.bars_ = None
        if self.group_by == "feature":
            self._draw_bars(mean, std, names, bar_kw or {})
        elif mean.ndim == 1 or mean.shape[1] == 1:
            std = None if std is None else std.ravel()
            self._draw_line(mean.ravel(), std, line_kw or {}, band_kw or {})
            if names is not None and self.feature_names is not None:
                self.ax_.set_title(names[0])
        else:
            self._draw_image(mean, names, colorbar, image_kw or {})
        return self

    def _name_features(self, n_features):
        if self.feature_names is None:
            return [f"Feature {number}" for number in range(n_features)]
        names = read_texts(self.feature_names, n_features)
        if names is None:
            raise ValueError(
                f"feature_names={short(self.feature_names)} must be {n_features} "
                "names, one for each feature."
            )
        return names

    def _draw_image(self, mean, names, colorbar, given):
        n_steps, n_features = mean.shape
        kw = {
            "aspect": "auto",
            "cmap": "cividis",
            "interpolation": "nearest",
            "vmin": min(0.0, mean.min()),
            # Lags fall from left to right
            "extent": (n_steps - 0.5, -0.5, n_features - 0.5, -0.5),
        }
        with naming("image_kw", given):
            self.image_ = self.ax_.imshow(mean.T, **kw | dict(given))
        if colorbar:
            self.colorbar_ = self.figure_.colorbar(
                self.image_, ax=self.ax_, label=self.importance_name
            )
        self.ax_.set_yticks(np.arange(n_features), names)
        self._label_lags(n_steps)

    def _draw_line(self, mean, std, line_kw, band_kw):
        lags = np.arange(len(mean))[::-1]
        kw = {"color": BLUE, "marker": "o", "markersize": 4}
        with naming("line_kw", line_kw):
            (self.line_,) = self.ax_.plot(lags, mean, **kw | dict(line_kw))
        if std is not None:
            kw = {"color": self.line_.get_color(), "alpha": 0.25, "linewidth": 0}
            with naming("band_kw", band_kw):
                self.band_ = self.ax_.fill_between(
                    lags, mean - std, mean + std, **kw | dict(band_kw)
                )
        self.ax_.set_ylabel(self.importance_name)
        set_limits(self.ax_, lags)
        self.ax_.invert_xaxis()
        self.ax_.grid(alpha=0.25)
        self._label_lags(len(mean))

    def _draw_bars(self, mean, std, names, given):
        places = np.arange(len(mean))
        kw = {"color": BLUE, "xerr": std, "capsize": 3}
        with naming("bar_kw", given):
            self.bars_ = self.ax_.barh(places, mean, **kw | dict(given))
        self.ax_.set_yticks(places, names)
        self.ax_.invert_yaxis()
        self.ax_.set_xlabel(self.importance_name)
        self.ax_.grid(alpha=0.25, axis="x")

    def _label_lags(self, n_steps):
        """Name the axis of lags, at whole numbers."""
        self.ax_.set_xlabel("Lag [steps before the last]")
        apart = max(1, -(-n_steps // 12))
        self.ax_.set_xticks(np.arange(0, n_steps, apart))


def _draw_rows(max_samples, n_samples, generator):
    """Return the numbers of the windows to use, in increasing order."""
    n_wanted = n_samples if max_samples is None else max_samples
    if isinstance(max_samples, float | np.floating) and 0 < max_samples <= 1:
        n_wanted = max(2, int(float(max_samples) * n_samples))
    if not is_integer(n_wanted) or int(n_wanted) < 2:
        raise ValueError(
            f"max_samples={short(max_samples)} is not valid; it must be an integer of "
            "at least 2, a float in (0, 1] as a part of all windows, or None."
        )
    if int(n_wanted) >= n_samples:
        return np.arange(n_samples)
    return np.sort(generator.choice(n_samples, int(n_wanted), replace=False))


def _read_targets(y, windows):
    """Return the targets, one row per window."""
    try:
        array = np.asarray(y)
        axes = ("n_samples", "n_outputs")[: max(1, min(2, array.ndim))]
        if array.dtype.kind in "biuf" or is_regressor(windows.estimator):
            read_values(y, "y", axes)
    except Exception as error:  # from an array-like of the user's own
        if str(error).startswith("y "):
            raise
        raise TypeError(
            f"y={short(y)} must be an array of shape (n_samples,) or (n_samples, "
            "n_outputs)."
        ) from error
    if array.ndim == 0 or len(array) != len(windows.values):
        n_rows = len(array) if array.ndim else "no"
        raise ValueError(
            f"y has {n_rows} rows, but X has {len(windows.values)} windows; there must "
            "be one for each."
        )
    return array


def _read_scoring(estimator, scoring):
    """Return the scorer of a name or a function, with checked results."""
    valid = (
        f"scoring={short(scoring)} must be None, a function of estimator, X and y that "
        "returns a number, or one of sklearn.metrics.get_scorer_names()."
    )
    is_function = callable(scoring) and not isinstance(scoring, type)
    if not (scoring is None or isinstance(scoring, str) or is_function):
        raise TypeError(valid)
    try:
        scorer = check_scoring(estimator, scoring=scoring)
    except Exception as error:  # scikit-learn prints the value, which can fail
        raise ValueError(valid) from error

    def score(estimator, X, y):
        value = scorer(estimator, X, y)
        if not isinstance(value, Real):
            raise TypeError(valid)
        return value

    return score


def _name_fall(scoring, windows):
    """Return the label of a decrease of the score."""
    if scoring is None:
        is_default = windows.scorer is None and is_regressor(windows.estimator)
        return "Fall of R²" if is_default else "Fall of the score"
    name = scoring if isinstance(scoring, str) else "the_score"
    name = getattr(scoring, "__name__", name)
    if name.startswith("neg_"):
        return f"Rise of the {name.removeprefix('neg_').replace('_', ' ')}"
    return f"Fall of {name.replace('_', ' ')}"


def _size_of(shape, group_by):
    """Return the size of a figure in inches, higher for more features, up to 9."""
    if group_by is None and shape[1] > 1:
        return 8, min(9.0, 2.2 + 0.4 * shape[1])
    return (6.4, min(9.0, 1.2 + 0.4 * shape[0])) if group_by == "feature" else (7, 3.8)
