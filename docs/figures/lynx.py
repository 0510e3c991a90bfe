"""The trapped lynx, forecast by an echo state network."""

from sktime.datasets import load_lynx

from sklearn_rnn.forecasting import ESNForecaster

lynx = load_lynx()
train, test = lynx[:-12], lynx[-12:]
forecaster = ESNForecaster(random_state=0).fit(train, fh=range(1, 13))
y_pred = forecaster.predict()
low, high = forecaster.predict_interval(coverage=0.8).to_numpy().T


def draw(figure, color):
    """Draw the last decades, the forecast and the truth."""
    axis = figure.subplots()
    years = lynx.index.year
    axis.plot(years[-60:-12], train[-48:] / 1000, color=color.grey, label="known")
    axis.fill_between(
        years[-12:], low / 1000, high / 1000, color=color.orange, alpha=0.3, lw=0
    )
    axis.plot(years[-12:], y_pred / 1000, color=color.orange, lw=2, label="forecast")
    axis.plot(years[-12:], test / 1000, "o", color=color.ink, ms=4, label="truth")
    axis.set(ylabel="lynx trapped [thousand]")
    axis.legend(ncols=3, loc="upper left")
    axis.margins(y=0.2)
