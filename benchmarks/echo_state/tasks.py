"""Tasks of echo state networks: arrays and scores, for every environment.

A network of 500 units is trained on one long series, without its first 100 steps, and
tested on the rest of the series. A seed draws the series and the network's weights.
Training, scaling and choosing see nothing of the test part.

- NARMA10 [1]_: predict the output of the system from its input, uniform in [0, 0.5].
  3000 steps are for training; the next 3000, from rest and without the first 100, are
  for the test. The score is the NRMSE, the root mean square error over the standard
  deviation of the target.
- Mackey-Glass, tau 17, step 1 [2]_: 3000 steps train the prediction of the next step.
  From 60 starts in the test part, 100 steps apart, 500 steps drive the network, which
  then runs on its own predictions. The score is the NRMSE of their 84th step: the root
  mean square error over the starts, over the standard deviation of the series.
- Lorenz, standard parameters, step 0.02 [3]_: 5000 steps train the prediction of the
  next step. From 50 starts, 400 steps apart, 200 steps drive the network, which then
  runs for 1000. The score is the median over the starts of the valid prediction time in
  Lyapunov times (largest exponent 0.9056): the time until the norm of the error exceeds
  0.4 times the root mean square distance of the series from its mean.

References
----------
.. [1] Atiya, A. F., Parlos, A. G. (2000). New results on recurrent network training:
   unifying the algorithms and accelerating convergence. IEEE Transactions on Neural
   Networks 11(3), 697-709.
.. [2] Jaeger, H., Haas, H. (2004). Harnessing nonlinearity: predicting chaotic systems
   and saving energy in wireless communication. Science 304(5667), 78-80.
.. [3] Pathak, J., Wikner, A., Fussell, R., Chandra, S., Hunt, B. R., Girvan, M., Ott,
   E. (2018). Hybrid forecasting of chaotic processes: using machine learning in
   conjunction with a knowledge-based model. Chaos 28(4), 041101.
"""

import numpy as np

from sklearn_rnn.datasets import make_lorenz, make_mackey_glass, make_narma

__all__ = ["N_UNITS", "SEEDS", "TASKS", "WASHOUT", "long_series"]

N_UNITS = 500
WASHOUT = 100
SEEDS = range(5)


def nrmse(predictions, targets, scale):
    """Root mean square error over `scale`; infinite if a prediction is NaN."""
    with np.errstate(over="ignore", invalid="ignore"):
        error = float(np.sqrt(np.mean((predictions - targets) ** 2)) / scale)
    return np.inf if np.isnan(error) else error


class Narma:
    """NARMA10, from input to output.

    Parameters
    ----------
    seed : int
        Seed of the input.
    """

    n_train = 3000
    measure, is_error = "NRMSE", True

    def __init__(self, seed):
        self.x, y = make_narma(2 * self.n_train, random_state=seed)
        self.y = y[:, np.newaxis]

    def train(self):
        """Return inputs and targets, (n_steps, n_features) and (n_steps, n_outputs)."""
        return self.x[: self.n_train], self.y[: self.n_train]

    def score(self, network):
        """Score a network on the test part."""
        test = slice(self.n_train, None)
        predictions = network.predict(self.x[test])[WASHOUT:]
        targets = self.y[test][WASHOUT:]
        return nrmse(predictions, targets, targets.std())


class ClosedLoop:
    """A series to continue from the network's own predictions.

    Parameters
    ----------
    seed : int
        Seed of the series.
    """

    n_train = n_drive = n_free = n_starts = n_apart = 0

    def __init__(self, seed):
        n_steps = self.n_train + self.n_starts * self.n_apart + self.n_drive
        self.series = self.make(n_steps + self.n_free, seed)

    def train(self):
        """Return inputs and targets: the next step."""
        return self.series[: self.n_train], self.series[1 : self.n_train + 1]

    def runs(self):
        """Return inputs that drive and values that follow, (n_starts, n_steps, ...)."""
        at = self.n_train + self.n_apart * np.arange(self.n_starts)
        at = at[:, np.newaxis]
        drives = self.series[at + np.arange(self.n_drive)]
        return drives, self.series[at + self.n_drive + np.arange(self.n_free)]


class MackeyGlass(ClosedLoop):
    """Mackey-Glass, 84 steps ahead."""

    n_train, n_drive, n_free, n_starts, n_apart = 3000, 500, 84, 60, 100
    measure, is_error = "NRMSE of step 84", True

    def make(self, n_steps, seed):
        return make_mackey_glass(n_steps, random_state=seed)[:, np.newaxis]

    def score(self, network):
        """Score a network on the test part."""
        drives, truth = self.runs()
        ends = network.free_run(drives, self.n_free)[:, -1]
        return nrmse(ends, truth[:, -1], self.series.std())


class Lorenz(ClosedLoop):
    """Lorenz, by the time for which predictions stay valid."""

    n_train, n_drive, n_free, n_starts, n_apart = 5000, 200, 1000, 50, 400
    measure, is_error = "Lyapunov times", False
    step, exponent, threshold = 0.02, 0.9056, 0.4

    def make(self, n_steps, seed):
        return make_lorenz(n_steps, step=self.step, random_state=seed)

    def score(self, network):
        """Score a network on the test part."""
        drives, truth = self.runs()
        with np.errstate(over="ignore", invalid="ignore"):
            missed = network.free_run(drives, self.n_free) - truth
            missed = np.linalg.norm(missed, axis=2)
        size = np.linalg.norm(self.series.std(axis=0))
        # NaN exceeds the threshold, and so does an added step after the last.
        exceeds = ~(missed <= self.threshold * size)
        exceeds = np.pad(exceeds, ((0, 0), (0, 1)), constant_values=True)
        valid = exceeds.argmax(axis=1) * self.step * self.exponent
        return float(np.median(valid))


TASKS = {"NARMA10": Narma, "Mackey-Glass": MackeyGlass, "Lorenz": Lorenz}


def long_series(n_steps, seed=0):
    """Return input and output of NARMA10 for timings, (n_steps, 1) each."""
    x, y = make_narma(n_steps, random_state=seed)
    return x, y[:, np.newaxis]
