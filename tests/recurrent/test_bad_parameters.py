"""Bad parameters: the right class of error, and a sentence that names the mistake."""

import numpy as np
import pytest
from bad_input import (
    FLAT,
    FLAT_FRAME,
    INCREASING,
    LATEST,
    TWO_FEATURES,
    X,
    fit,
    make_fitted,
    never_train,
    one_of,
    y,
)
from sklearn.utils._param_validation import InvalidParameterError
from skorch.callbacks import EarlyStopping

from sklearn_rnn import (
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
)
from sklearn_rnn._recurrent.net import RecurrentNet


@pytest.fixture(scope="module")
def fitted():
    return make_fitted()


# Bad call -> (call, given fitted estimators; class of the error; sentence).
CASES = {
    # --------------------------------------------------- regressors: parameters by kind
    "a network of no unit": (
        lambda _: fit(X, hidden_size=0),
        InvalidParameterError,
        r"'hidden_size' .* GRURegressor .* int in the range \[1, inf\). Got 0 instead",
    ),
    "a size in words": (
        lambda _: fit(X, hidden_size="8", cell=LSTMRegressor),
        InvalidParameterError,
        r"'hidden_size' .* LSTMRegressor .* int in the range \[1, inf\). Got '8'",
    ),
    "no layer": (
        lambda _: fit(X, num_layers=0, cell=RNNRegressor),
        InvalidParameterError,
        r"'num_layers' .* RNNRegressor .* int in the range \[1, inf\). Got 0 instead",
    ),
    "directions in words": (
        lambda _: fit(X, bidirectional="yes"),
        InvalidParameterError,
        "'bidirectional' .* instance of 'bool' .* Got 'yes' instead",
    ),
    "all units dropped": (
        lambda _: fit(X, dropout=1.0),
        InvalidParameterError,
        r"'dropout' .* a float in the range \[0.0, 1.0\). Got 1.0 instead",
    ),
    "less than no unit dropped": (
        lambda _: fit(X, dropout=-0.1),
        InvalidParameterError,
        r"'dropout' .* a float in the range \[0.0, 1.0\). Got -0.1 instead",
    ),
    "an unknown pooling": (
        lambda _: fit(X, pooling="sum"),
        InvalidParameterError,
        "'pooling' .* "
        + one_of("last", "mean", "max", "attention")
        + r"\}. Got 'sum' instead",
    ),
    "an unknown initialisation": (
        lambda _: fit(X, init="glorot"),
        InvalidParameterError,
        "'init' .* "
        + one_of("auto", "xavier", "he", "orthogonal", "torch")
        + r"\}. Got 'glorot' instead",
    ),
    "a misspelt skip": (
        lambda _: fit(X, linear_skip="rigde"),
        InvalidParameterError,
        "'linear_skip' .* "
        + one_of("auto", "ridge", "trainable")
        + r"\} or None. Got 'rigde' instead",
    ),
    "a skip as a truth value": (
        lambda _: fit(X, linear_skip=True),
        InvalidParameterError,
        "'linear_skip' .* "
        + one_of("auto", "ridge", "trainable")
        + r"\} or None. Got True instead",
    ),
    "an unknown loss": (
        lambda _: fit(X, loss="mse"),
        InvalidParameterError,
        "'loss' .* "
        + one_of("squared_error", "absolute_error", "huber", "quantile")
        + r"\}. Got 'mse' instead",
    ),
    "no epoch": (
        lambda _: fit(X, max_epochs=-1),
        InvalidParameterError,
        r"'max_epochs' .* \{'auto'\} or an int in the range \[0, inf\). Got -1 instead",
    ),
    "epochs in other words": (
        lambda _: fit(X, max_epochs="automatic"),
        InvalidParameterError,
        r"'max_epochs' .* \{'auto'\} or an int in .* Got 'automatic' instead",
    ),
    "no time": (
        lambda _: fit(X, max_fit_time=0),
        InvalidParameterError,
        r"'max_fit_time' .* a float in the range \(0.0, inf\) or None. Got 0 instead",
    ),
    "time before now": (
        lambda _: fit(X, max_fit_time=-1.0, cell=RNNRegressor),
        InvalidParameterError,
        r"'max_fit_time' .* RNNRegressor .* \(0.0, inf\) or None. Got -1.0 instead",
    ),
    "a time that is no number": (
        lambda _: fit(X, max_fit_time=float("nan")),
        InvalidParameterError,
        r"'max_fit_time' .* \(0.0, inf\) or None. Got nan instead",
    ),
    "time without end": (
        lambda _: fit(X, max_fit_time=float("inf")),
        InvalidParameterError,
        r"'max_fit_time' .* \(0.0, inf\) or None. Got inf instead",
    ),
    "time in words": (
        lambda _: fit(X, max_fit_time="long"),
        InvalidParameterError,
        r"'max_fit_time' .* \(0.0, inf\) or None. Got 'long' instead",
    ),
    "dropout in other words": (
        lambda _: fit(X, dropout="none"),
        InvalidParameterError,
        r"'dropout' .* \{'auto'\} or a float in .* Got 'none' instead",
    ),
    "batches of no row": (
        lambda _: fit(X, batch_size=0),
        InvalidParameterError,
        r"'batch_size' .* \{'auto'\} or an int in the range \[1, inf\). Got 0 instead",
    ),
    "a learning rate of nothing": (
        lambda _: fit(X, lr=0),
        InvalidParameterError,
        r"'lr' .* a float in the range \(0.0, inf\). Got 0 instead",
    ),
    "a learning rate of NaN": (
        lambda _: fit(X, lr=np.nan),
        InvalidParameterError,
        r"'lr' .* a float in the range \(0.0, inf\). Got nan instead",
    ),
    "a negative rate, first seen in partial_fit": (
        lambda _: GRURegressor(lr=-1).partial_fit(X, y),
        InvalidParameterError,
        r"'lr' .* a float in the range \(0.0, inf\). Got -1 instead",
    ),
    "an unknown optimiser": (
        lambda _: fit(X, optimizer="lbfgs"),
        InvalidParameterError,
        "'optimizer' .* "
        + one_of("adam", "adamw", "rmsprop", "sgd")
        + r"\}. Got 'lbfgs' instead",
    ),
    "weights that grow": (
        lambda _: fit(X, weight_decay=-1),
        InvalidParameterError,
        r"'weight_decay' .* a float in the range \[0.0, inf\). Got -1 instead",
    ),
    "an unknown schedule": (
        lambda _: fit(X, lr_schedule="cosine"),
        InvalidParameterError,
        "'lr_schedule' .* "
        + one_of("auto", "onecycle")
        + r"\} or None. Got 'cosine' instead",
    ),
    "gradients clipped to nothing": (
        lambda _: fit(X, clip_grad_norm=0),
        InvalidParameterError,
        r"'clip_grad_norm' .* in the range \(0.0, inf\) or None. Got 0 instead",
    ),
    "an unknown constraint": (
        lambda _: fit(X, recurrent_constraint="orthogonal"),
        InvalidParameterError,
        r"'recurrent_constraint' .* \{'spectral'\} or None. Got 'orthogonal' instead",
    ),
    "a device that nobody has": (
        lambda _: fit(X, device="gpu"),
        ValueError,
        r"^device='gpu' is not a device of this machine; use one of \['cpu'",
    ),
    "a device that is not there": (
        lambda _: fit(X, device="cuda:99", cell=LSTMRegressor),
        ValueError,
        r"^device='cuda:99' is not a device of this machine; use one of \['cpu'",
    ),
    "a device as a number": (
        lambda _: fit(X, device=0),
        InvalidParameterError,
        "'device' .* an instance of 'str'. Got 0 instead",
    ),
    "the name of a callback for callbacks": (
        lambda _: fit(X, callbacks="EarlyStopping"),
        InvalidParameterError,
        "'callbacks' .* 'list', .* 'tuple' or None. Got 'EarlyStopping' instead",
    ),
    "one callback for callbacks": (
        lambda _: fit(X, callbacks=EarlyStopping()),
        InvalidParameterError,
        "'callbacks' .* 'list', .* 'tuple' or None. Got <skorch.callbacks",
    ),
    "a number among the callbacks": (
        lambda _: fit(X, callbacks=[EarlyStopping(), 1]),
        TypeError,
        "^callbacks holds 1; each must be a skorch callback, or a pair of a name",
    ),
    "another class among the callbacks": (
        lambda _: fit(X, callbacks=[int]),
        TypeError,
        "^callbacks holds <class 'int'>; each must be a skorch callback",
    ),
    "a callback that is a name alone": (
        lambda _: fit(X, callbacks=[("stop", "early")]),
        TypeError,
        r"^callbacks holds \('stop', 'early'\); each must be a skorch callback",
    ),
    "a callback that is a name without a callback": (
        lambda _: fit(X, callbacks=[("stop",)]),
        TypeError,
        r"^callbacks holds \('stop',\); each must be a skorch callback",
    ),
    "progress in words": (
        lambda _: fit(X, verbose="yes"),
        InvalidParameterError,
        r"'verbose' .* an int in the range \[0, inf\), .* 'bool' .* Got 'yes' instead",
    ),
    "stopping in other words": (
        lambda _: fit(X, early_stopping="yes"),
        InvalidParameterError,
        r"'early_stopping' .* 'bool' .* \{'refit'\}. Got 'yes' instead",
    ),
    "nothing to validate on": (
        lambda _: fit(X, validation_fraction=0.0),
        InvalidParameterError,
        r"'validation_fraction' .* in the range \(0.0, 1.0\). Got 0.0 instead",
    ),
    "nothing left to train on": (
        lambda _: fit(X, early_stopping=True, validation_fraction=0.99),
        ValueError,
        "^validation_fraction=0.99 of 20 samples leaves 0 to train on; at least 2 are",
    ),
    "nothing left to train on beside a callback": (
        lambda _: fit(X[:2], y[:2], callbacks=[EarlyStopping()]),
        ValueError,
        "^validation_fraction=0.1 of 2 samples leaves 1 to train on; at least 2 are",
    ),
    "no epoch to wait": (
        lambda _: fit(X, n_iter_no_change=0),
        InvalidParameterError,
        r"'n_iter_no_change' .* an int in the range \[1, inf\). Got 0 instead",
    ),
    "a negative tolerance": (
        lambda _: fit(X, tol=-1e-4),
        InvalidParameterError,
        r"'tol' .* a float in the range \[0.0, inf\). Got -0.0001 instead",
    ),
    "a warm start in words": (
        lambda _: fit(X, warm_start="yes"),
        InvalidParameterError,
        "'warm_start' .* 'bool' .* Got 'yes' instead",
    ),
    "flat windows of no step": (
        lambda _: fit(FLAT, window_length=0),
        InvalidParameterError,
        r"'window_length' .* in the range \[1, inf\) or None. Got 0 instead",
    ),
    "scales in words": (
        lambda _: fit(X, standardize="yes"),
        InvalidParameterError,
        "'standardize' .* 'bool' .* Got 'yes' instead",
    ),
    "segments of no step": (
        lambda _: fit(X, segment_length=0),
        InvalidParameterError,
        r"'segment_length' .* an int in the range \[1, inf\). Got 0 instead",
    ),
    "segments in words": (
        lambda _: fit(X, segment_length="auto"),
        InvalidParameterError,
        r"'segment_length' .* an int in the range \[1, inf\). Got 'auto' instead",
    ),
    "a seed in words": (
        lambda _: fit(X, random_state="seed"),
        InvalidParameterError,
        "'random_state' .* an int in the range .* or None. Got 'seed' instead",
    ),
    "a negative seed": (
        lambda _: fit(X, random_state=-1),
        InvalidParameterError,
        r"'random_state' .* an int in the range \[0, .* Got -1 instead",
    ),
    "an unknown nonlinearity": (
        lambda _: fit(X, nonlinearity="sigmoid", cell=RNNRegressor),
        InvalidParameterError,
        "'nonlinearity' .* " + one_of("tanh", "relu") + r"\}. Got 'sigmoid' instead",
    ),
    "a nonlinearity where there is none to choose": (
        lambda _: GRURegressor(nonlinearity="relu"),
        TypeError,
        r"^GRURegressor\.__init__\(\) got an unexpected .* 'nonlinearity'",
    ),
    "a misspelt parameter": (
        lambda _: LSTMRegressor(hidden_sizes=3),
        TypeError,
        r"^LSTMRegressor\.__init__\(\) got an unexpected .* 'hidden_sizes'",
    ),
    "a misspelt parameter, set later": (
        lambda _: GRURegressor().set_params(hidden=3),
        ValueError,
        r"Invalid parameter 'hidden' .* Valid parameters are: \['batch_size',",
    ),
    "weights of samples": (
        lambda _: GRURegressor().fit(X, y, sample_weight=np.ones(20)),
        TypeError,
        r"^GRURegressor\.fit\(\) got an unexpected keyword argument 'sample_weight'",
    ),
    # ------------------------------------------------ regressors: quantiles and targets
    "a quantile of 0": (
        lambda _: fit(X, loss="quantile", quantiles=0.0),
        InvalidParameterError,
        r"'quantiles' .* array-like, a float in the range \(0.0, 1.0\) or None",
    ),
    "a quantile in words": (
        lambda _: fit(X, loss="quantile", quantiles="median"),
        InvalidParameterError,
        r"'quantiles' .* a float in the range \(0.0, 1.0\) or None. Got 'median'",
    ),
    "quantiles that fall": (
        lambda _: fit(X, loss="quantile", quantiles=[0.5, 0.1]),
        ValueError,
        rf"^quantiles=\[0.5, 0.1\] {INCREASING}",
    ),
    "a quantile twice": (
        lambda _: fit(X, loss="quantile", quantiles=[0.1, 0.1]),
        ValueError,
        rf"^quantiles=\[0.1, 0.1\] {INCREASING}",
    ),
    "quantiles past 1": (
        lambda _: fit(X, loss="quantile", quantiles=[0.5, 1.5]),
        ValueError,
        rf"^quantiles=\[0.5, 1.5\] {INCREASING}",
    ),
    "quantiles of NaN": (
        lambda _: fit(X, loss="quantile", quantiles=[0.1, np.nan]),
        ValueError,
        rf"^quantiles=\[0.1, nan\] {INCREASING}",
    ),
    "no quantile": (
        lambda _: fit(X, loss="quantile", quantiles=[]),
        ValueError,
        rf"^quantiles=\[\] {INCREASING}",
    ),
    "words for quantiles": (
        lambda _: fit(X, loss="quantile", quantiles=["a", "b"]),
        ValueError,
        rf"^quantiles=\['a', 'b'\] {INCREASING}",
    ),
    "a table of quantiles": (
        lambda _: fit(X, loss="quantile", quantiles=[[0.1, 0.9]]),
        ValueError,
        rf"^quantiles=\[\[0.1, 0.9\]\] {INCREASING}",
    ),
    "quantiles of another loss": (
        lambda _: fit(X, quantiles=[0.1, 0.9], cell=RNNRegressor),
        ValueError,
        r"^quantiles=\[0.1, 0.9\] needs loss='quantile', got loss='squared_error'",
    ),
    "a target feature past the features": (
        lambda _: fit(X, target_feature=2),
        ValueError,
        f"^target_feature=2 {TWO_FEATURES}",
    ),
    "a target feature past those of a flat window": (
        lambda _: fit(FLAT, target_feature=2, window_length=4, cell=LSTMRegressor),
        ValueError,
        f"^target_feature=2 {TWO_FEATURES}",
    ),
    "a target feature counted from the end": (
        lambda _: fit(X, target_feature=-1),
        InvalidParameterError,
        r"'target_feature' .* an int in the range \[0, inf\), .* Got -1 instead",
    ),
    "half a target feature": (
        lambda _: fit(X, target_feature=1.5),
        InvalidParameterError,
        r"'target_feature' .* an int in the range \[0, inf\), .* Got 1.5 instead",
    ),
    "a target feature with a name where there is none": (
        lambda _: fit(X, target_feature="close"),
        ValueError,
        "^target_feature='close' is not a feature of X; use its number, 0 to 1: X has",
    ),
    "a target feature with a wrong name": (
        lambda _: fit(FLAT_FRAME, target_feature="Close", window_length=4),
        ValueError,
        f"^target_feature='Close' {LATEST}",
    ),
    "a target feature that is a past step": (
        lambda _: fit(FLAT_FRAME, target_feature="close_lag3", window_length=4),
        ValueError,
        f"^target_feature='close_lag3' {LATEST}",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_an_error_that_says_what_is_wrong_before_training_starts(
    name, fitted, monkeypatch
):
    monkeypatch.setattr(RecurrentNet, "fit_loop", never_train)
    call, error, sentence = CASES[name]
    with pytest.raises(error, match=sentence):
        call(fitted)
