"""The tasks of the echo state networks: arrays and scores, for every environment.

One long series each; the first 100 steps are washed out, and nothing of the test part
is seen in training, scaling or choosing.

- NARMA10 (Atiya & Parlos 2000): 3000 steps to train on, the 3000 that follow to test,
  less the first 100; NRMSE of the output from the input alone.
- Mackey-Glass, tau 17, step 1 (Jaeger & Haas 2004): 3000 steps to train one step ahead;
  from 60 starts in what follows 500 steps drive the network, which then runs on its own
  predictions; NRMSE of the 84th, root mean square over the starts over the standard
  deviation of the series.
- Lorenz, step 0.02: 5000 steps to train one step ahead; from 50 starts 200 steps drive
  it; valid prediction time in Lyapunov times (largest exponent 0.9056), the median over
  the starts: when the norm of the error first exceeds 0.4 of the root mean square
  distance of the attractor from its mean.
"""

import numpy as np

from sklearn_rnn._generators import make_lorenz, make_mackey_glass, make_narma

__all__ = ["SEEDS", "TASKS", "WASHOUT", "long_series"]

WASHOUT = 100
SEEDS = range(5)


def nrmse(predictions, targets, scale):
    """Root mean square error over `scale`."""
    return float(np.sqrt(np.mean((predictions - targets) ** 2)) / scale)


class Narma:
    """NARMA10, from input to output.

    Parameters
    ----------
    seed : int
        Of the input.
    """

    n_train = 3000

    def __init__(self, seed):
        self.x, y = make_narma(2 * self.n_train, random_state=seed)
        self.y = y[:, np.newaxis]

    def train(self):
        """Return inputs and targets, (n_steps, n_features) and (n_steps, n_outputs)."""
        return self.x[: self.n_train], self.y[: self.n_train]

    def score(self, network):
        """Score a network on what follows."""
        test = slice(self.n_train, None)
        predictions = network.predict(self.x[test])[WASHOUT:]
        targets = self.y[test][WASHOUT:]
        return nrmse(predictions, targets, targets.std())


class ClosedLoop:
    """A series that is run on its own predictions.

    Parameters
    ----------
    seed : int
        Of the start.
    """

    n_train = n_drive = n_free = n_starts = n_apart = 0

    def __init__(self, seed):
        n_steps = self.n_train + self.n_starts * self.n_apart + self.n_drive
        self.series = self.make(n_steps + self.n_free, seed)

    def train(self):
        """Return inputs and targets: the next step."""
        return self.series[: self.n_train], self.series[1 : self.n_train + 1]

    def runs(self):
        """Return what drives and what follows, (n_starts, n_steps, n_features)."""
        at = self.n_train + self.n_apart * np.arange(self.n_starts)
        at = at[:, np.newaxis]
        drives = self.series[at + np.arange(self.n_drive)]
        return drives, self.series[at + self.n_drive + np.arange(self.n_free)]


class MackeyGlass(ClosedLoop):
    """Mackey-Glass, 84 steps ahead."""

    n_train, n_drive, n_free, n_starts, n_apart = 3000, 500, 84, 60, 100

    def make(self, n_steps, seed):
        return make_mackey_glass(n_steps, random_state=seed)[:, np.newaxis]

    def score(self, network):
        """Score a network on what follows."""
        drives, truth = self.runs()
        ends = network.free_run(drives, self.n_free)[:, -1]
        return nrmse(ends, truth[:, -1], self.series.std())


class Lorenz(ClosedLoop):
    """Lorenz, for as long as it lasts."""

    n_train, n_drive, n_free, n_starts, n_apart = 5000, 200, 1000, 50, 400
    step, exponent, threshold = 0.02, 0.9056, 0.4

    def make(self, n_steps, seed):
        return make_lorenz(n_steps, step=self.step, random_state=seed)

    def score(self, network):
        """Score a network on what follows."""
        drives, truth = self.runs()
        missed = np.linalg.norm(network.free_run(drives, self.n_free) - truth, axis=2)
        size = np.linalg.norm(self.series.std(axis=0))
        # A step more, which exceeds, for runs that never do
        exceeds = np.pad(missed > self.threshold * size, ((0, 0), (0, 1)), "constant")
        exceeds[:, -1] = True
        valid = exceeds.argmax(axis=1) * self.step * self.exponent
        return float(np.median(valid))


TASKS = {"NARMA10": Narma, "Mackey-Glass": MackeyGlass, "Lorenz": Lorenz}


def long_series(n_steps, seed=0):
    """Return noise and what is made of it, for timings: (n_steps, 1) each."""
    x, y = make_narma(n_steps, random_state=seed)
    return x, y[:, np.newaxis]
