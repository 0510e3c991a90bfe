from sklearn.pipeline import make_pipeline
from sklearn_rnn import LSTMRegressor, SlidingWindowTransformer
from sklearn_rnn.datasets import load_aapl

X = load_aapl()[["Close"]]  # one row per trading day
y = X["Close"].shift(-1)  # the value to predict at each row: the next close
model = make_pipeline(SlidingWindowTransformer(60), LSTMRegressor(target_feature=0))
y_pred = model.fit(X[:-250], y[:-250]).predict(X[-250:])
print("mean error:", (y[-250:] - y_pred).abs().mean().round(1), "dollars")
print("without a model:", (y - X["Close"])[-250:].abs().mean().round(1), "dollars")
print("next close:", y_pred[-1].round(), "dollars")
