"""Losses over the steps of a training."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline

from sklearn_rnn._checks import check_choice, is_integer, short
from sklearn_rnn._inspection.model_parts import check_model

from ._axes import (
    BLUE,
    INK,
    ORANGE,
    check_flag,
    check_keywords,
    check_text,
    find_axes,
    get_matplotlib,
    naming,
    read_values,
    set_limits,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

__all__ = ["TrainingCurveDisplay"]

# Names of losses by the name of their class, so that torch need not be loaded
_LOSS_NAMES = {
    "MSELoss": "squared_error",
    "L1Loss": "absolute_error",
    "HuberLoss": "huber",
    "QuantileLoss": "quantile",
}


class TrainingCurveDisplay:
    """Loss and validation loss over the steps of training.

    Use `from_estimator` to make a display of a fitted estimator. All parameters are
    stored as attributes.

    Parameters
    ----------
    loss : array-like of shape (n_epochs,) or None
        Mean training loss of each epoch. ``None``: no epoch was trained, as when
        ``early_stopping="refit"`` finds that zero epochs are best.
    steps : array-like of shape (n_epochs,) or None, default=None
        Number of optimiser steps up to the end of each epoch, increasing. ``None``:
        losses can be drawn by epoch only.
    epochs : array-like of shape (n_epochs,) or None, default=None
        Number of epochs after which each loss was measured, increasing. ``None``: from
        1 to n_epochs.
    validation_loss : array-like of shape (n_points,) or None, default=None
        Loss of held-out samples. ``None``: no samples were held out.
    validation_epochs : array-like of shape (n_points,) or None, default=None
        Number of epochs after which each validation loss was measured, 0 before
        training. ``None``: from 1 to n_points.
    validation_steps : array-like of shape (n_points,) or None, default=None
        Number of optimiser steps after which each validation loss was measured.
    best_epoch : int or None, default=None
        Number of epochs, one of `validation_epochs`, whose weights were kept, or after
        which training on all samples ended. ``None``: no epoch was chosen.
    loss_name : str, default="Loss"
        Label of the losses, with their unit.
    is_refit : bool, default=False
        Whether `loss` is from a later training on all samples, and not from the
        training that `validation_loss` is from.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes of the plot.
    figure_ : matplotlib Figure
        Figure of the plot.
    line_ : matplotlib Line2D or None
        The training loss.
    validation_line_ : matplotlib Line2D or None
        The validation loss.
    stop_line_ : matplotlib Line2D or None
        Vertical line at the best epoch.
    stop_point_ : matplotlib Line2D or None
        The validation loss of the best epoch.

    Raises
    ------
    ValueError
        If an array has a wrong shape, or holds NaN or infinity; steps or epochs do not
        increase; or `best_epoch` is not in `validation_epochs`.
    TypeError
        If an array does not hold numbers.

    See Also
    --------
    sklearn.model_selection.LearningCurveDisplay : Scores by number of samples.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from sklearn_rnn import GRURegressor, make_windows
    >>> from sklearn_rnn.plotting import TrainingCurveDisplay
    >>> X, y = make_windows(np.sin(np.arange(200.0) ** 1.2), window_length=8)
    >>> gru = GRURegressor(early_stopping=True, random_state=0).fit(X, y)
    >>> display = TrainingCurveDisplay.from_estimator(gru)
    >>> display.ax_.get_xlabel(), display.line_.get_xdata()[:3].tolist()
    ('Optimiser steps', [6.0, 12.0, 18.0])
    >>> plt.close(display.figure_)
    """

    ax_: "Axes"
    figure_: "Figure | SubFigure"
    line_: "Line2D | None"
    validation_line_: "Line2D | None"
    stop_line_: "Line2D | None"
    stop_point_: "Line2D | None"

    def __init__(
        self,
        *,
        loss: ArrayLike | None,
        steps: ArrayLike | None = None,
        epochs: ArrayLike | None = None,
        validation_loss: ArrayLike | None = None,
        validation_epochs: ArrayLike | None = None,
        validation_steps: ArrayLike | None = None,
        best_epoch: int | None = None,
        loss_name: str = "Loss",
        is_refit: bool = False,
    ) -> None:
        self.loss = loss
        self.steps = steps
        self.epochs = epochs
        self.validation_loss = validation_loss
        self.validation_epochs = validation_epochs
        self.validation_steps = validation_steps
        self.best_epoch = best_epoch
        self.loss_name = loss_name
        self.is_refit = is_refit

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, ax: "Axes | None" = None, **kwargs: Any
    ) -> Self:
        """Draw the losses of a fitted estimator.

        Parameters
        ----------
        estimator : estimator
            A fitted recurrent regressor, an echo state network that was fitted with
            ``solver="adam"``, or a pipeline that ends in such an estimator. With
            ``early_stopping`` the stopping point is marked, unless ``partial_fit`` has
            continued the training, and the validation loss begins before training, with
            the loss of the linear skip alone. With ``early_stopping="refit"`` the
            validation losses are from the training that found the number of epochs, the
            training losses from the later training on all samples.
        ax : matplotlib Axes or None, default=None
            Axes to draw in; ``None``: new ones.
        **kwargs : dict
            Further keywords of ``plot``.

        Returns
        -------
        display : TrainingCurveDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If `estimator` is not fitted.
        TypeError
            If it has no losses.
        ValueError
            If no epoch was trained.
        ImportError
            If matplotlib is not installed.
        """
        valid = (
            "a fitted recurrent regressor, or an echo state network fitted with "
            "solver='adam', or a Pipeline that ends in one"
        )
        check_model(estimator, valid)
        if isinstance(estimator, Pipeline):
            estimator = estimator[-1]
        if not hasattr(estimator, "loss_curve_"):
            raise TypeError(
                f"estimator is a {type(estimator).__name__} without loss_curve_; it "
                f"must be {valid}."
            )
        loss_name = estimator.loss
        if hasattr(estimator, "net_"):
            data = _read_history(estimator)
            # The parameter may have been changed after fit.
            loss_name = _LOSS_NAMES.get(estimator.net_.criterion.__name__, loss_name)
        else:  # the readout of a reservoir: a step reads all rows, as an epoch does
            before = np.arange(len(estimator.loss_curve_))
            data = {"steps": before, "epochs": before}
        loss_name = f"Loss of scaled targets ({loss_name.replace('_', ' ')})"
        loss = estimator.loss_curve_ or None
        return cls(loss=loss, loss_name=loss_name, **data).plot(ax, **kwargs)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        x_axis: Literal["step", "epoch"] = "step",
        line_kw: Mapping[str, Any] | None = None,
        validation_line_kw: Mapping[str, Any] | None = None,
        stop_kw: Mapping[str, Any] | None = None,
    ) -> Self:
        """Draw the losses.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw in; ``None``: new ones.
        x_axis : {"step", "epoch"}, default="step"
            Unit of the horizontal axis, optimiser steps or epochs.
        line_kw, validation_line_kw : dict or None, default=None
            Keywords of ``Axes.plot`` for the training and the validation loss.
        stop_kw : dict or None, default=None
            Keywords of ``Axes.axvline`` for the stopping point.

        Returns
        -------
        self : TrainingCurveDisplay
            With its artists as attributes.

        Raises
        ------
        ValueError
            If `x_axis` or the data are not valid.
        TypeError
            If `ax` is not an Axes.
        ImportError
            If matplotlib is not installed.
        """
        check_choice(x_axis, "x_axis", ("step", "epoch"))
        check_text(self.loss_name, "loss_name")
        check_flag(self.is_refit, "is_refit")
        check_keywords(
            line_kw=line_kw, validation_line_kw=validation_line_kw, stop_kw=stop_kw
        )
        training = self._read_training(x_axis)
        validation = self._read_validation(x_axis)
        (self.ax_,) = find_axes(ax)
        self.figure_ = self.ax_.figure
        self.line_ = self.validation_line_ = self.stop_line_ = self.stop_point_ = None
        if training is not None:
            on_all = ", refit on all samples" if self.is_refit else ""
            kw: dict[str, Any] = {"color": BLUE, "label": f"Training{on_all}"}
            kw |= _marker(training)
            with naming("line_kw", line_kw):
                (self.line_,) = self.ax_.plot(*training, **kw | dict(line_kw or {}))
        if validation is not None:
            kw = {"color": ORANGE, "label": "Validation", **_marker(validation)}
            kw |= dict(validation_line_kw or {})
            with naming("validation_line_kw", validation_line_kw):
                (self.validation_line_,) = self.ax_.plot(*validation[:2], **kw)
            self._draw_stop(validation, x_axis, stop_kw or {})
        label = "Optimiser steps" if x_axis == "step" else "Epochs"
        self.ax_.set(xlabel=label, ylabel=self.loss_name)
        drawn = [curve[0] for curve in (training, validation) if curve is not None]
        set_limits(self.ax_, np.concatenate(drawn))
        ticker = get_matplotlib("matplotlib.ticker")
        whole = ticker.MaxNLocator(nbins=8, integer=True, steps=[1, 2, 5, 10])
        self.ax_.xaxis.set_major_locator(whole)
        self.ax_.grid(alpha=0.25)
        self.ax_.legend(frameon=False)
        return self

    def _read_training(self, x_axis):
        """Return positions and sizes of the training losses, or None."""
        if self.loss is None:
            if self.validation_loss is None:
                raise ValueError(
                    "loss=None needs validation_loss, which is None too; at least one "
                    "of them must be an array."
                )
            return None
        loss = read_values(self.loss, "loss", ("n_epochs",))
        if x_axis == "step":
            return _read_increasing(self.steps, "steps", len(loss)), loss
        if self.epochs is None:
            return np.arange(1, len(loss) + 1), loss
        return _read_increasing(self.epochs, "epochs", len(loss)), loss

    def _read_validation(self, x_axis):
        """Return positions, sizes and epochs of the validation losses, or None."""
        if self.validation_loss is None:
            if self.best_epoch is not None:
                raise ValueError(
                    f"best_epoch={short(self.best_epoch)} needs validation_loss; "
                    "without it best_epoch must be None."
                )
            return None
        loss = read_values(self.validation_loss, "validation_loss", ("n_points",))
        epochs = np.arange(1, len(loss) + 1)
        if self.validation_epochs is not None:
            epochs = _read_increasing(
                self.validation_epochs, "validation_epochs", len(loss)
            )
        x = epochs
        if x_axis == "step":
            x = _read_increasing(self.validation_steps, "validation_steps", len(loss))
        is_one = is_integer(self.best_epoch) and int(self.best_epoch) in epochs.tolist()
        if self.best_epoch is not None and not is_one:
            raise ValueError(
                f"best_epoch={short(self.best_epoch)} is not one of validation_epochs, "
                f"which go from {epochs[0]:g} to {epochs[-1]:g}."
            )
        return x, loss, epochs

    def _draw_stop(self, validation, x_axis, stop_kw):
        """Mark the best epoch."""
        if self.best_epoch is None:
            return
        x, loss, epochs = validation
        at = int(np.flatnonzero(epochs == self.best_epoch)[0])
        label = f"Best epoch: {self.best_epoch}"
        if x_axis == "step":
            label = f"Best: step {x[at]:g} (epoch {self.best_epoch})"
        kw = {"color": INK, "linestyle": ":", "linewidth": 1.2, "label": label}
        with naming("stop_kw", stop_kw):
            self.stop_line_ = self.ax_.axvline(x[at], **kw | dict(stop_kw))
        (self.stop_point_,) = self.ax_.plot(
            x[at : at + 1],
            loss[at : at + 1],
            "o",
            color=self.stop_line_.get_color(),
            markersize=6,
            zorder=3,
        )


def _read_history(estimator):
    """Return the record of a recurrent regressor's training, as keywords."""
    data = {"steps": _count_steps(estimator.net_.history)}
    watched = estimator._watched_training()
    history = estimator.net_.history if watched is None else watched.history
    at = [i for i, record in enumerate(history) if "valid_loss" in record]
    if len(history) == 0:
        raise ValueError(
            "estimator has trained for 0 epochs, so that there is no loss to draw; "
            "it must have trained for at least 1."
        )
    if not at:
        return data
    loss = [history[i]["valid_loss"] for i in at]
    epochs, steps = np.array(at) + 1, _count_steps(history)[at]
    if watched is not None:
        loss = [watched.first_loss, *loss]
        epochs, steps = np.append(0, epochs), np.append(0, steps)
        data["best_epoch"] = watched.best_epoch
        data["is_refit"] = watched.is_refit
    return data | {
        "validation_loss": loss,
        "validation_epochs": epochs,
        "validation_steps": steps,
    }


def _count_steps(history):
    """Return the number of optimiser steps by the end of each epoch, (n_epochs,)."""
    return np.cumsum([record["train_batch_count"] for record in history], dtype=int)


def _read_increasing(values, name, n_values):
    """Return increasing numbers of steps or epochs, of shape (n_values,)."""
    if values is None:
        raise ValueError(
            f"x_axis='step' needs {name}, which is None; use x_axis='epoch'."
        )
    values = read_values(values, name, (n_values,))
    if (np.diff(values) <= 0).any():
        at = int(np.argmax(np.diff(values) <= 0)) + 1
        raise ValueError(
            f"{name} does not increase at {at}: {values[at]:g} follows "
            f"{values[at - 1]:g}; it must be increasing numbers."
        )
    return values


def _marker(curve):
    """Return keywords that make a curve of a single point visible."""
    return {"marker": "o", "markersize": 4} if len(curve[0]) == 1 else {}
