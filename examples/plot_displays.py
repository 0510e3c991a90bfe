"""
Look into fitted models: the five displays
==========================================

``sklearn_rnn.plotting`` draws in scikit-learn's manner: ``from_estimator`` computes and
draws, the display keeps the data and the artists, and ``plot`` draws them again.
"""

# %%
# How training went
# -----------------
# The series is a sum of five sines with noise. The network reads windows of 30 rows and
# predicts the next value. Without the ridge, the network learns all of the task. With
# ``early_stopping``, the last tenth of the windows decides when training stops.

# sphinx_gallery_thumbnail_number = 5
import numpy as np
from sklearn.pipeline import make_pipeline
from sktime.datasets import load_airline

from sklearn_rnn import (
    ESNRegressorCV,
    GRURegressor,
    LSTMRegressor,
    SlidingWindowTransformer,
)
from sklearn_rnn.datasets import make_lorenz, make_mso
from sklearn_rnn.forecasting import RecurrentForecaster
from sklearn_rnn.plotting import (
    FitReportDisplay,
    ForecastDisplay,
    ReservoirDisplay,
    TrainingCurveDisplay,
    WindowImportanceDisplay,
)

rng = np.random.default_rng(0)
series = make_mso(1500, n_sines=5).ravel()
series = series + rng.normal(scale=0.3, size=len(series))
other = rng.normal(size=len(series))  # independent of the target
X, y = np.column_stack([series, other])[:-1], series[1:]
X_train, X_test, y_train, y_test = X[:1200], X[1200:], y[:1200], y[1200:]

model = make_pipeline(
    SlidingWindowTransformer(window_length=30),
    GRURegressor(linear_skip=None, early_stopping=True, random_state=0),
).fit(X_train, y_train)
TrainingCurveDisplay.from_estimator(model)

# %%
# What the network earned
# -----------------------
# With its defaults, a fit judges on the last fifth of the windows how long to train and
# whether the network stands on a ridge regression or alone. The display has the errors
# by the number of optimiser steps, beside the levels of the mean and of the ridge. The
# choice is marked: sines are linear in their past, so the ridge needs no network.
judged = make_pipeline(
    SlidingWindowTransformer(window_length=30), GRURegressor(random_state=0)
).fit(X_train, y_train)
FitReportDisplay.from_estimator(judged)

# %%
# The same numbers as a table:
print(judged[-1].fit_report_)

# %%
# The importance of each lag
# --------------------------
# Permutation importance is the fall of the score when the values of a lag are exchanged
# between windows. It works for any regressor, and costs a prediction of all windows for
# each lag, feature and repeat. The second feature is noise, and has little importance.
WindowImportanceDisplay.from_estimator(
    model,
    X_test,
    y_test,
    n_repeats=2,
    feature_names=["series", "noise"],
    random_state=0,
)

# %%
# The gradient measures how much a prediction moves with each value, whether or not the
# movement lowers the error. It costs one backward pass through the network.
WindowImportanceDisplay.from_estimator(
    model, X_test, y_test, method="gradient", feature_names=["series", "noise"]
)

# %%
# A forecast and its intervals
# ----------------------------
# The logarithm of this series is nearly linear in its past as well: with a network the
# forecaster warns that no step improves on the ridge. ``max_epochs=0`` is the ridge.
passengers = load_airline()
train, test = passengers[:-24], passengers[-24:]
ridge = LSTMRegressor(max_epochs=0)
forecaster = RecurrentForecaster(ridge, random_state=0).fit(train, fh=range(1, 25))
ForecastDisplay.from_estimator(
    forecaster, test, n_history=60, value_name="Passengers [thousand]"
)

# %%
# Inside a reservoir
# ------------------
# The display shows the states of a few units while the Lorenz system drives them, the
# eigenvalues of the recurrent weights, and the choice of the ridge's strength.
lorenz = make_lorenz(2001, random_state=0)
esn = ESNRegressorCV(return_sequences=True, washout=100, random_state=0)
esn.fit(lorenz[None, :-1], lorenz[None, 1:])
display = ReservoirDisplay.from_estimator(esn, lorenz[None, :400])

# %%
# A display can be drawn again, with other keywords or into given axes:
display.plot(n_units=3)
