"""A forecast of airline passengers, with its interval."""

from sktime.datasets import load_airline

from sklearn_rnn.forecasting import RecurrentForecaster

passengers = load_airline()
train, test = passengers[:-24], passengers[-24:]
forecaster = RecurrentForecaster(random_state=0).fit(train, fh=range(1, 25))
y_pred = forecaster.predict()
interval = forecaster.predict_interval(coverage=0.9)
low, high = interval.to_numpy().T


def draw(figure, color):
    """Draw the last years, the forecast and the truth."""
    axis = figure.subplots()
    months = passengers.index.to_timestamp()
    ahead = months[-24:]
    axis.plot(months[-84:-24], train[-60:], color=color.grey, label="known")
    axis.fill_between(
        ahead, low, high, color=color.orange, alpha=0.3, lw=0, label="90 % interval"
    )
    axis.plot(ahead, y_pred, color=color.orange, lw=2, label="forecast")
    axis.plot(ahead, test, "o", color=color.ink, ms=3.5, label="truth")
    axis.set(ylabel="passengers [thousand]")
    axis.legend(loc="upper left", ncols=2)
