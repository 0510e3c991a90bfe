"""
Who forecasts best? Networks beside statistics and boosting
===========================================================

This example compares recurrent networks of three kinds and an echo state network with
the seasonal naive forecast, Theta, exponential smoothing and gradient boosting, on
three classic series. All of them are sktime forecasters at their defaults, so one loop
runs them all.
"""

# %%
# Three series, 12 rows ahead
# ---------------------------
# Airline passengers grow and have a season of a year. The trapped lynx and the sunspots
# rise and fall in cycles of about ten years, which follow no calendar. Each series is
# forecast 12 rows ahead from the last two origins, 12 rows apart, and only from the
# rows before them.

# sphinx_gallery_thumbnail_path = 'figures/drawn/lynx-light.svg'
import sys
import warnings

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from sklearn.ensemble import HistGradientBoostingRegressor
from sktime.datasets import load_airline, load_lynx
from sktime.forecasting.ets import AutoETS
from sktime.forecasting.model_evaluation import evaluate
from sktime.forecasting.naive import NaiveForecaster
from sktime.forecasting.theta import ThetaForecaster
from sktime.performance_metrics.forecasting import MeanAbsoluteScaledError
from sktime.split import ExpandingWindowSplitter
from statsmodels.datasets import sunspots
from tqdm.auto import tqdm

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor
from sklearn_rnn.forecasting import ESNForecaster, RecurrentForecaster
from sklearn_rnn.plotting import ForecastDisplay

# At every construction, sktime warns of a default that its next version changes.
warnings.filterwarnings(
    "ignore", "The default of config ``remember_data`` will change", FutureWarning
)

HORIZON = np.arange(1, 13)
N_ORIGINS = 2

spots = sunspots.load_pandas().data
spots = pd.Series(
    spots["SUNACTIVITY"].to_numpy(),
    pd.PeriodIndex(spots["YEAR"].astype(int).astype(str), freq="Y"),
    name="sunspots",
)
# The series, the season given to the statistical methods, and the season of the scale
SERIES = {
    "airline": (load_airline(), 12, 12),
    "lynx": (load_lynx(), 10, 1),
    "sunspots": (spots, 11, 1),
}

# %%
# The entrants
# ------------
# ``RecurrentForecaster`` takes any scikit-learn regressor. With gradient boosting
# inside, boosting reads the same windows, logarithms and differences as the networks.
# "Ridge" is the linear model from which the networks start: the gain of a network is
# the difference between its line and this line. The statistical methods are given the
# season; the networks find it.


def entrants(y, season):
    """Return a forecaster for each name; `y` is a series' training part."""
    networks = {
        f"{name} network": RecurrentForecaster(Regressor(loss="huber"), random_state=0)
        for name, Regressor in (
            ("RNN", RNNRegressor),
            ("LSTM", LSTMRegressor),
            ("GRU", GRURegressor),
        )
    }
    is_positive = bool((y > 0).all())
    boosting = HistGradientBoostingRegressor(random_state=0)
    return {
        "seasonal naive": NaiveForecaster(sp=season),
        # Its seasons are factors, so a series with zeros has none.
        "Theta": ThetaForecaster(sp=season, deseasonalize=is_positive),
        "exponential smoothing": AutoETS(auto=True, sp=season),
        "gradient boosting": RecurrentForecaster(boosting, n_estimators=1),
        "ridge": RecurrentForecaster(LSTMRegressor(max_epochs=0), n_estimators=1),
        **networks,
        "echo state network": ESNForecaster(random_state=0),
    }


# %%
# Every forecaster, from every origin
# -----------------------------------
scores, seconds, last = {}, {}, {}
n_all = len(SERIES) * len(entrants(load_airline(), 12))
bar = tqdm(total=n_all, unit="forecaster", desc="compare")
# Exponential smoothing warns of models that do not converge, and sktime of changes to
# come; no filter stops these warnings, so they are recorded and not shown.
with bar, warnings.catch_warnings(record=True):
    for name, (y, season, m) in SERIES.items():
        n_first = len(y) - N_ORIGINS * len(HORIZON)
        origins = ExpandingWindowSplitter(HORIZON, n_first, len(HORIZON))
        for entrant, forecaster in entrants(y[:n_first], season).items():
            result = evaluate(
                forecaster,
                origins,
                y,
                scoring=MeanAbsoluteScaledError(sp=m),
                return_model=True,
                error_score="raise",
            )
            scores[entrant, name] = result["test_MeanAbsoluteScaledError"].mean()
            seconds[entrant, name] = (result["fit_time"] + result["pred_time"]).mean()
            last[entrant, name] = result["fitted_forecaster"].iloc[-1]
            bar.update()

table = pd.Series(scores).unstack()[list(SERIES)]
table["mean rank"] = table.rank().mean(axis=1)
table["seconds a fit"] = pd.Series(seconds).unstack().mean(axis=1)
table = table.sort_values("mean rank")
print(
    f"Mean absolute scaled error, {len(HORIZON)} rows ahead, "
    f"mean of {N_ORIGINS} origins\n"
)
print(table.round(2).to_string())

# %%
# In plain words
# --------------
print()
for name in SERIES:
    order = table[name].sort_values()
    print(
        f"{name}: {order.index[0]} is best ({order.iloc[0]:.2f}), then "
        f"{order.index[1]} ({order.iloc[1]:.2f}); "
        f"the seasonal naive forecast has {table[name]['seasonal naive']:.2f}."
    )
for name in SERIES:
    ridge, network = table.loc["ridge", name], table.loc["LSTM network", name]
    word = "adds to" if network < 0.99 * ridge else "adds nothing to"
    print(f"{name}: the LSTM {word} the ridge under it: {network:.2f}, {ridge:.2f}.")
print("Two origins of three series rank nobody for good: compare on your own data.")

# %%
# Forecasts with intervals
# ------------------------
# The intervals of ``RecurrentForecaster`` come from its errors on rows held out,
# horizon by horizon. The intervals of ``ESNForecaster`` come from closed loops that
# draw from its one-step errors.
shown = "LSTM network", "echo state network"
figure, axes = plt.subplots(
    len(SERIES), len(shown), figsize=(11, 8), layout="constrained", sharey="row"
)
for row, (name, (y, _, _)) in zip(axes, SERIES.items(), strict=True):
    for ax, entrant in zip(row, shown, strict=True):
        display = ForecastDisplay.from_estimator(
            last[entrant, name], y, n_history=4 * len(HORIZON), value_name=name, ax=ax
        )
        other = last["exponential smoothing", name].predict(HORIZON)
        ax.plot(
            display.line_.get_xdata(), other,
            "--", color="0.4", lw=1, label="Exponential smoothing",
        )  # fmt: skip
        ax.set_title(entrant)
        ax.legend().remove()
axes[0, 0].legend(fontsize=8, loc="upper left", frameon=False)

# %%
# Run as a script, this file saves its figure.
if "sphinx_gallery" not in sys.modules:
    figure.savefig("forecasting_comparison.png", dpi=120)
    print("Figure written to forecasting_comparison.png")
