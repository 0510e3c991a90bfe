"""
Look into fitted models: the four displays
==========================================

``sklearn_rnn.plotting`` draws in scikit-learn's manner: ``from_estimator`` computes and
draws, the display keeps the data and the artists, and ``plot`` draws them again.
"""

# %%
# How training went
# -----------------
# Five superimposed sines with noise, windows of 30 rows, and the next value to predict.
# Without the ridge the network has all of it to learn; with ``early_stopping`` the last
# tenth of the windows decides where it stops.
import numpy as np
from sklearn.pipeline import make_pipeline
from sktime.datasets import load_airline

from sklearn_rnn import ESNRegressorCV, GRURegressor, SlidingWindowTransformer
from sklearn_rnn.datasets import make_lorenz, make_mso
from sklearn_rnn.forecasting import RecurrentForecaster
from sklearn_rnn.plotting import (
    ForecastDisplay,
    ReservoirDisplay,
    TrainingCurveDisplay,
    WindowImportanceDisplay,
)

rng = np.random.default_rng(0)
series = make_mso(1500, n_sines=5).ravel()
series = series + rng.normal(scale=0.3, size=len(series))
other = rng.normal(size=len(series))  # it has nothing to do with the target
X, y = np.column_stack([series, other])[:-1], series[1:]
X_train, X_test, y_train, y_test = X[:1200], X[1200:], y[:1200], y[1200:]

model = make_pipeline(
    SlidingWindowTransformer(window_length=30),
    GRURegressor(linear_skip=None, early_stopping=True, random_state=0),
).fit(X_train, y_train)
TrainingCurveDisplay.from_estimator(model)

# %%
# What the windows are used for
# -----------------------------
# Permutation asks by how much the score falls where a lag of a feature is exchanged
# between windows. It works for any regressor, and costs a prediction of all windows for
# each lag, feature and repeat. The second feature is noise, and is hardly used.
WindowImportanceDisplay.from_estimator(
    model,
    X_test,
    y_test,
    n_repeats=2,
    feature_names=["series", "noise"],
    random_state=0,
)

# %%
# The gradient of the network asks something else: how much a prediction moves with each
# value, whether that helps or not. It costs one pass back through the network.
WindowImportanceDisplay.from_estimator(
    model, X_test, y_test, method="gradient", feature_names=["series", "noise"]
)

# %%
# A forecast and its intervals
# ----------------------------
passengers = load_airline()
forecaster = RecurrentForecaster(random_state=0).fit(passengers[:-24], fh=range(1, 25))
ForecastDisplay.from_estimator(
    forecaster, passengers, n_history=60, value_name="Passengers [thousand]"
)

# %%
# Inside a reservoir
# ------------------
# The states of a few units as the Lorenz system drives them, the eigenvalues of the
# recurrent weights, and how the strength of the readout was chosen.
lorenz = make_lorenz(2001, random_state=0)
esn = ESNRegressorCV(return_sequences=True, washout=100, random_state=0)
esn.fit(lorenz[None, :-1], lorenz[None, 1:])
display = ReservoirDisplay.from_estimator(esn, lorenz[None, :400])

# %%
# A display can be drawn again, with other keywords or into axes of yours:
display.plot(n_units=3)
