from sklearn.metrics import root_mean_squared_error
from sklearn_rnn import LSTMRegressor, make_windows
from sklearn_rnn.datasets import make_mackey_glass

series = make_mackey_glass(4000, random_state=0)
X, y = make_windows(series, window_length=60, horizon=15)
X_train, y_train = X[:2000], y[:2000, -1]  # the value 15 steps ahead
X_test, y_test = X[2015:], y[2015:, -1]
for name, n_epochs in {"linear model": 0, "LSTM on top": 100}.items():
    model = LSTMRegressor(max_epochs=n_epochs, random_state=0).fit(X_train, y_train)
    error = root_mean_squared_error(y_test, model.predict(X_test)) / y_test.std()
    print(f"{name}: error {error:.2f} of the standard deviation")
