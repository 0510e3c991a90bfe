"""The last days of Apple's close, and the predictions of the LSTM of start.py."""

from matplotlib.dates import ConciseDateFormatter
from sklearn.pipeline import make_pipeline

from sklearn_rnn import LSTMRegressor, SlidingWindowTransformer
from sklearn_rnn.datasets import load_aapl

N_TEST, N_SHOWN = 250, 40
X = load_aapl()[["Close"]]
y = X["Close"].shift(-1)
model = make_pipeline(
    SlidingWindowTransformer(60), LSTMRegressor(target_feature=0, random_state=0)
)
y_pred = model.fit(X[:-N_TEST], y[:-N_TEST]).predict(X[-N_TEST:])
days = X.index[-N_SHOWN:]
close = X["Close"][-N_SHOWN:]
predicted = y_pred[-N_SHOWN - 1 : -1]  # made on the day before


def draw(figure, color):
    """Draw both lines."""
    axis = figure.subplots()
    axis.plot(days, close, "o-", color=color.ink, ms=4, lw=1.2, label="close")
    axis.plot(days, predicted, "s--", color=color.orange, ms=4, lw=1.2)
    axis.lines[-1].set_label("predicted the day before")
    axis.set(ylabel="close [$]")
    axis.xaxis.set_major_formatter(ConciseDateFormatter(axis.xaxis.get_major_locator()))
    axis.legend()
