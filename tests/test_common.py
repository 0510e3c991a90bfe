"""scikit-learn's own checks, whole."""

import pytest
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from sklearn_rnn import (
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
    SlidingWindowTransformer,
)

REGRESSORS = [
    GRURegressor(),
    LSTMRegressor(),
    RNNRegressor(),
    *[
        Regressor(max_epochs=20, **options)
        for Regressor in (GRURegressor, LSTMRegressor)
        for options in (
            {"bidirectional": True, "num_layers": 2},
            {"linear_skip": None},
            {"pooling": "attention"},
        )
    ],
]
TRANSFORMERS = [SlidingWindowTransformer(), SlidingWindowTransformer(window_length=5)]

# Of any transformer whose output row depends on earlier rows these two cannot hold.
REASON = "an output row depends on earlier rows"
ORDER_CHECKS = {
    "check_methods_sample_order_invariance": REASON,
    "check_methods_subset_invariance": REASON,
}


def expected_failed_checks(estimator):
    is_window = getattr(estimator, "window_length", None) not in (None, 1)
    return ORDER_CHECKS if is_window else {}


# A check that is expected to fail and does not is a failure: xfail_strict.
@parametrize_with_checks(
    REGRESSORS + TRANSFORMERS, expected_failed_checks=expected_failed_checks
)
def test_estimators_keep_the_promises_of_scikit_learn(estimator, check):
    check(estimator)


def test_windows_of_several_rows_fail_two_checks_and_no_other():
    results = check_estimator(
        SlidingWindowTransformer(window_length=5), on_skip=None, on_fail=None
    )
    failed = {
        result["check_name"] for result in results if result["status"] == "failed"
    }
    assert failed == set(ORDER_CHECKS)


@pytest.mark.parametrize("estimator", REGRESSORS + TRANSFORMERS, ids=repr)
def test_no_tag_hides_a_check(estimator):
    tags = get_tags(estimator)
    assert not tags.non_deterministic
    assert not tags.no_validation
    assert not tags._skip_test
    if tags.regressor_tags is not None:
        assert not tags.regressor_tags.poor_score
