"""The parts of a fitted model that can be looked at."""

from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._checks import short


def check_model(estimator, valid):
    """Raise where an estimator is none, or a forecaster, or not fitted."""
    if isinstance(estimator, type) or not hasattr(estimator, "fit"):
        raise TypeError(f"estimator={short(estimator)} must be {valid}.")
    if hasattr(estimator, "cutoff"):
        raise TypeError(
            f"estimator is a forecaster, {type(estimator).__name__}; it must be "
            f"{valid}."
        )
    check_is_fitted(estimator)
