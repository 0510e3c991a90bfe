"""scikit-learn's own checks, whole."""

import pytest
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import (
    check_estimator,
    estimator_checks_generator,
    parametrize_with_checks,
)

from sklearn_rnn import (
    ESNRegressor,
    ESNRegressorCV,
    GRURegressor,
    LSTMRegressor,
    ReservoirTransformer,
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
            {"pooling": "attention", "segment_length": 3},
        )
    ],
]
ECHO_STATE = [
    ESNRegressor(),
    ESNRegressor(n_reservoir=30, pooling="both", bidirectional=True, num_layers=2),
    ESNRegressor(n_reservoir=20, solver="adam", loss="huber"),
    ESNRegressorCV(),
    ESNRegressorCV(n_reservoir=50, spectral_radii=0.9, alphas=(1e-6, 1e-3)),
]
REGRESSORS += ECHO_STATE
# Whose output rows depend on earlier rows.
WITH_PAST = [
    SlidingWindowTransformer(window_length=5),
    ReservoirTransformer(),
    ReservoirTransformer(n_reservoir=20, num_layers=2, leak_rate=0.5),
    ReservoirTransformer(n_reservoir=20, nonlinearity="relu", spectral_radius=0.5),
]
TRANSFORMERS = [SlidingWindowTransformer(), *WITH_PAST]

# Of any transformer whose output row depends on earlier rows these two cannot hold.
REASON = "an output row depends on earlier rows"
ORDER_CHECKS = {
    "check_methods_sample_order_invariance": REASON,
    "check_methods_subset_invariance": REASON,
}


def expected_failed_checks(estimator):
    return ORDER_CHECKS if estimator in WITH_PAST else {}


# A check that is expected to fail and does not is a failure: xfail_strict.
@parametrize_with_checks(
    REGRESSORS + TRANSFORMERS, expected_failed_checks=expected_failed_checks
)
def test_estimators_keep_the_promises_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.parametrize("transformer", WITH_PAST, ids=repr)
def test_transformers_with_a_past_fail_two_checks_and_no_other(transformer):
    results = check_estimator(transformer, on_skip=None, on_fail=None)
    failed = {
        result["check_name"] for result in results if result["status"] == "failed"
    }
    assert failed == set(ORDER_CHECKS)


@pytest.mark.parametrize("estimator", ECHO_STATE, ids=repr)
def test_echo_state_networks_are_held_to_the_equivalence_of_weights(estimator):
    names = {check.func.__name__ for _, check in estimator_checks_generator(estimator)}
    assert "check_sample_weight_equivalence_on_dense_data" in names


@pytest.mark.parametrize("estimator", REGRESSORS + TRANSFORMERS, ids=repr)
def test_no_tag_hides_a_check(estimator):
    tags = get_tags(estimator)
    assert not tags.non_deterministic
    assert not tags.no_validation
    assert not tags._skip_test
    if tags.regressor_tags is not None:
        assert not tags.regressor_tags.poor_score
