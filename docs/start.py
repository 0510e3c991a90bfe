from sklearn.pipeline import make_pipeline
from sklearn_rnn import LSTMRegressor, SlidingWindowTransformer
from sklearn_rnn.datasets import load_aapl

close = load_aapl()[["Close"]]  # one row a trading day
X, y = close[:-1], close["Close"].shift(-1)[:-1]  # y: the next day's close
windows = SlidingWindowTransformer(window_length=60)
model = make_pipeline(windows, LSTMRegressor(target_feature=0, random_state=0))
model.fit(X[:-250], y[:-250])

error = y[-250:] - model.predict(X[-250:])
change = y[-250:] - X[-250:]["Close"]  # the error of "tomorrow is like today"
print(f"RMSE over the last 250 days: {(error**2).mean() ** 0.5:.1f} dollars")
print(f"Of 'tomorrow is like today': {(change**2).mean() ** 0.5:.1f} dollars")
print(f"After {close.iloc[-1, 0]} comes {model.predict(close[-1:])[0]:.0f}")
