"""Models, windows and errors, for the tests of displays and of importances."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV

from sklearn_rnn import SlidingWindowTransformer

SMALL = {"hidden_size": 4, "random_state": 0}


def raises(error, sentence):
    """Expect an error whose message is `sentence`, to the letter."""

    class Sentence:
        def __enter__(self):
            self.context = pytest.raises(error)
            self.caught = self.context.__enter__()

        def __exit__(self, *given):
            result = self.context.__exit__(*given)
            assert str(self.caught.value) == sentence
            return result

    return Sentence()


FH = np.arange(1, 25)


def band(display, number):
    """Return the times and the ends of a band."""
    (path,) = display.bands_[number].get_paths()
    x, y = path.vertices.T
    times = np.unique(x)
    return times, np.array([[y[x == t].min(), y[x == t].max()] for t in times])


def windows_of(n_samples=150, n_steps=4, n_features=2, seed=0):
    """Return windows of noise, and a target of one lag and feature of them."""
    X = np.random.default_rng(seed).normal(size=(n_samples, n_steps, n_features))
    return X, np.tanh(2 * X[:, -2, 0])


def rows_of(n_rows=120):
    """Return rows, and a target of the row before."""
    rows = np.random.default_rng(0).normal(size=(n_rows, 2))
    return rows, np.exp(np.roll(rows[:, 1], 1))


def grid(model, **given):
    return GridSearchCV(model, {}, cv=2, **given)


def sliding():
    return SlidingWindowTransformer(3, flatten=True)


class Recorder(LinearRegression):
    """Keeps what it is asked to predict."""

    def predict(self, X):
        self.asked_.append(np.array(X))
        return super().predict(X)
