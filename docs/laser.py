from sklearn_rnn import GRURegressor, make_windows
from sklearn_rnn.datasets import load_santafe_laser

X, y = make_windows(load_santafe_laser()[:3000], window_length=30)
model = GRURegressor(random_state=0).fit(X, y)
print(model.fit_report_)
