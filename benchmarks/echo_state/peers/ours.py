"""Our echo state networks."""

import numpy as np

from sklearn_rnn import ESNRegressor, ESNRegressorCV
from sklearn_rnn._reservoir.drawing import draw_reservoir

from ..tasks import WASHOUT
from ._work import answer

_ESTIMATORS = {"ESNRegressor": ESNRegressor, "ESNRegressorCV": ESNRegressorCV}


class Network:
    """A trained network with the methods that the tasks call.

    Parameters
    ----------
    estimator : estimator
        The estimator, not fitted.
    x, y : ndarray of shape (n_steps, n_features) and (n_steps, n_outputs)
        Inputs and targets to fit.
    """

    def __init__(self, estimator, x, y):
        self.estimator = estimator.fit(x[np.newaxis], y[np.newaxis])

    def predict(self, x):
        """Predict every step."""
        return self.estimator.predict(x[np.newaxis])[0]

    def free_run(self, drives, n_steps):
        """Run on its own predictions; all NaN if a run diverges."""
        try:
            return self.estimator.free_run(drives, n_steps)
        except ValueError as error:
            if "diverges" not in str(error):
                raise
        return np.full((len(drives), n_steps, drives.shape[2]), np.nan)


def make_network(kind, name, task, seed):
    estimator = _ESTIMATORS[kind](
        return_sequences=True, washout=WASHOUT, random_state=seed
    )
    return Network(estimator, *task.train())


def run_states(n_units):
    reservoir = draw_reservoir(
        1,
        n_reservoir=n_units,
        connectivity=0.1,
        num_layers=1,
        bidirectional=False,
        nonlinearity="tanh",
        spectral_radius=0.9,
        leak_rate=1.0,
        input_scaling=1.0,
        bias_scaling=0.0,
        seed=0,
    )

    def drive(x):
        states = np.empty((1, len(x), n_units))
        reservoir.run(x[np.newaxis], states=states)
        return states

    return drive


def fit(x, y):
    esn = ESNRegressor(return_sequences=True, washout=WASHOUT, random_state=0)
    esn.fit(x[np.newaxis], y[np.newaxis])


if __name__ == "__main__":
    answer(run_states, fit, make_network)
