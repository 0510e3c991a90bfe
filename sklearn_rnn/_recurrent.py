"""The recurrent regressors: a cell and a docstring each."""

from ._base import BaseRecurrentRegressor

class GRURegressor(BaseRecurrentRegressor):
    _cell = "gru"
class LSTMRegressor(BaseRecurrentRegressor):
    _cell = "lstm"
class RNNRegressor(BaseRecurrentRegressor):
    _cell = "rnn"
