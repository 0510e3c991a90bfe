"""The parts of a fitted model, taken out of its pipelines and searches."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sklearn.compose import TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._checks import short

__all__ = ["OpenedModel", "check_model", "open_model"]


def check_model(estimator: object, valid: str) -> None:
    """Raise unless `estimator` is a fitted estimator and not a forecaster.

    Parameters
    ----------
    estimator : object
        The model that the user gave.
    valid : str
        Description of a valid model, for errors.
    """
    if isinstance(estimator, type) or not hasattr(estimator, "fit"):
        raise TypeError(f"estimator={short(estimator)} must be {valid}.")
    if hasattr(estimator, "cutoff"):
        raise TypeError(
            f"estimator is a forecaster, {type(estimator).__name__}; it must be "
            f"{valid}."
        )
    check_is_fitted(estimator)


@dataclass(frozen=True)
class OpenedModel:
    """A fitted model without the pipelines and searches around it.

    Parameters
    ----------
    steps : list of transformers
        Transformers of X, in the order of their application.
    last : estimator
        The estimator that reads their output.
    targets : list of TransformedTargetRegressor
        Transformers of the target around `last`, the outermost first.
    scorer : callable or None
        The score of the outermost search; None: no search, or no score of its own.
    """

    steps: list[Any]
    last: Any
    targets: list[TransformedTargetRegressor]
    scorer: Callable[..., float] | None

    def behind(self, n_steps: int) -> Any:
        """Return the model without its first steps, in the units of the target."""
        rest = self.steps[n_steps:]
        # A single step stays itself, so that it can be asked for its gradient.
        reader = make_pipeline(*rest, self.last) if rest else self.last
        for target in reversed(self.targets):
            outer = copy.copy(target)
            outer.regressor_ = reader
            reader = outer
        return reader


def open_model(estimator: Any) -> OpenedModel:
    """Take a fitted model out of its pipelines and searches."""
    steps: list[Any] = []
    targets: list[TransformedTargetRegressor] = []
    scorer = None
    while True:
        if isinstance(estimator, Pipeline):
            *before, estimator = _flat_steps(estimator)
            steps += before
        elif hasattr(estimator, "best_estimator_"):
            # The score of a search is not in the units of transformed targets.
            if scorer is None and not targets:
                scorer = _scorer_of(estimator)
            estimator = estimator.best_estimator_
        elif hasattr(estimator, "cv_results_"):
            raise TypeError(
                f"estimator has a {type(estimator).__name__} with refit="
                f"{short(estimator.refit)}, which keeps no fitted model; a search must "
                "have refit=True or the name of a score."
            )
        elif isinstance(estimator, TransformedTargetRegressor):
            targets.append(estimator)
            estimator = estimator.regressor_
        elif isinstance(estimator, FrozenEstimator):
            estimator = estimator.estimator
        else:
            return OpenedModel(steps, estimator, targets, scorer)


def _flat_steps(pipeline):
    """Return the steps of a pipeline; a pipeline inside counts as its steps."""
    *before, last = [step for _, step in pipeline.steps]
    steps = []
    for step in before:
        if isinstance(step, Pipeline):
            steps += _flat_steps(step)
        elif step is not None and step != "passthrough":
            steps.append(step)
    return [*steps, last]


def _scorer_of(search):
    """Return the score that the user gave to a search, or None."""
    if getattr(search, "scoring", None) is None:
        return None
    scorer = search.scorer_
    # A search with several scores may choose by a function of them.
    return scorer.get(search.refit) if isinstance(scorer, dict) else scorer
