"""Whether an estimator is fitted is told by what `fit` alone sets."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sklearn_rnn import (
    ESNRegressor,
    ESNRegressorCV,
    GRURegressor,
    LSTMRegressor,
    ReservoirTransformer,
    RNNRegressor,
    SlidingWindowTransformer,
)

X = np.zeros((4, 3))


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        *(
            (kind, "predict")
            for kind in (
                ESNRegressor,
                ESNRegressorCV,
                GRURegressor,
                LSTMRegressor,
                RNNRegressor,
            )
        ),
        (ReservoirTransformer, "transform"),
        (SlidingWindowTransformer, "transform"),
    ],
)
def test_an_attribute_of_the_users_own_makes_no_estimator_fitted(kind, method):
    estimator = kind()
    estimator.note_ = "of a user"
    with pytest.raises(NotFittedError, match=kind.__name__):
        getattr(estimator, method)(X)
