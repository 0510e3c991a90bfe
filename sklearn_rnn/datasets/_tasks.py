"""Benchmark tasks of recurrent networks: NARMA, superimposed sines, adding."""

from array import array
from math import tanh
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn._checks import is_integer, read_count, short

from ._arguments import MOST_STEPS, read_random_state

__all__ = ["make_adding_problem", "make_mso", "make_narma"]

# Frequencies of make_mso, in radians a step.
_MSO_FREQUENCIES = (0.2, 0.311, 0.42, 0.51, 0.63, 0.74, 0.85, 0.97)

# Bound on the output of make_narma. The system of order 10 may still come back after
# its output has passed 1; in 100 million rows it never came back from beyond 1.4.
_NARMA_BOUND = 1.0
_NARMA_BLOCK = 1000


def make_narma(
    n_steps: int = 2000,
    *,
    order: Literal[10, 20] = 10,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Make the input and the output of a nonlinear moving-average (NARMA) system.

    The input ``u`` is drawn uniformly from [0, 0.5]. With ``order=10`` the output is
    [1]_

    .. math::

        y_t = 0.3 \, y_{t-1} + 0.05 \, y_{t-1} \sum_{i=1}^{10} y_{t-i}
              + 1.5 \, u_{t-9} \, u_t + 0.1

    and with ``order=20``, where the tanh prevents divergence [2]_,

    .. math::

        y_t = \tanh\Bigl(0.3 \, y_{t-1} + 0.05 \, y_{t-1} \sum_{i=1}^{20} y_{t-i}
              + 1.5 \, u_{t-19} \, u_t + 0.01\Bigr)

    Row t of the output depends on the rows of the input up to t: ``u[: t + 1]``
    determines ``y[t]``, and says nothing about later rows. (The papers call our
    ``y[t]`` the output at time t + 1.)

    Parameters
    ----------
    n_steps : int, default=2000
        Number of rows to make, from 1 to 20 million.
    order : {10, 20}, default=10
        Number of rows that the system looks back.
    random_state : int, RandomState instance or None, default=None
        Draws the input. An int makes the same rows at every call; None draws from
        numpy's global generator.

    Returns
    -------
    u : ndarray of shape (n_steps, 1)
        The input, as a single column of X.
    y : ndarray of shape (n_steps,)
        The output; row t belongs to row t of `u`.

    Raises
    ------
    ValueError
        If a parameter is out of range.
    TypeError
        If a number is of a wrong type.

    Notes
    -----
    Before the first row ``u`` and ``y`` are 0, so that `y` is a function of `u` alone.
    The system forgets this start after some 50 rows; leave them out if a stationary
    series is needed.

    The system of order 10 diverges for some inputs, about once in 200,000 rows, and
    hence for nearly every long input. Rows are therefore drawn in blocks of 1,000, and
    a block in which the output passes 1 is drawn anew (about one in 60): `y` always
    stays within [0, 1], and `u` is uniform, except that inputs which drive `y` out of
    this range do not occur.

    References
    ----------
    .. [1] Atiya, A. F., Parlos, A. G. (2000). New results on recurrent network
       training: unifying the algorithms and accelerating convergence. IEEE
       Transactions on Neural Networks 11(3), 697-709.
    .. [2] Rodan, A., Tino, P. (2011). Minimum complexity echo state network. IEEE
       Transactions on Neural Networks 22(1), 131-144.

    Examples
    --------
    >>> from sklearn_rnn.datasets import make_narma
    >>> u, y = make_narma(3000, random_state=0)
    >>> u.shape
    (3000, 1)
    >>> y[:4].round(3)
    array([0.1  , 0.13 , 0.141, 0.145])
    >>> make_narma(3000, order=30)
    Traceback (most recent call last):
        ...
    ValueError: order must be 10 or 20, got 30.
    """
    n_steps = read_count(n_steps, "n_steps", most=MOST_STEPS)
    if not is_integer(order):
        raise TypeError(f"order must be 10 or 20, got {short(order)}.")
    n_back = int(order)
    if n_back not in (10, 20):
        raise ValueError(f"order must be 10 or 20, got {short(order)}.")
    random = read_random_state(random_state)
    u, y = array("d", [0.0] * (n_back - 1)), array("d", [0.0] * n_back)
    while (n_left := n_steps + n_back - len(y)) > 0:
        drawn = random.uniform(0.0, 0.5, size=min(n_left, _NARMA_BLOCK)).tolist()
        outputs = _narma_outputs(u[1 - n_back :].tolist() + drawn, y[-n_back:].tolist())
        if max(outputs) <= _NARMA_BOUND:
            u.extend(drawn)
            y.extend(outputs)
    return np.array(u[n_back - 1 :])[:, np.newaxis], np.array(y[n_back:])


def _narma_outputs(u, y):
    """Continue the output from `y`, its last `order` rows, as far as `u` reaches."""
    order = len(y)
    y = y.copy()
    for earlier, latest in zip(u, u[order - 1 :], strict=False):
        total = 0.3 * y[-1] + 0.05 * y[-1] * sum(y[-order:]) + 1.5 * earlier * latest
        y.append(total + 0.1 if order == 10 else tanh(total + 0.01))
    return y[order:]


def make_mso(
    n_steps: int = 2000,
    *,
    n_sines: int = 8,
    random_state: int | np.random.RandomState | None = None,
) -> NDArray[np.float64]:
    r"""Make multiple superimposed oscillators (MSO): a sum of sines.

    .. math::

        x_t = \sum_{i=1}^{k} \sin(\alpha_i t + \varphi_i)

    with ``k = n_sines`` and the first k of the frequencies 0.2, 0.311, 0.42, 0.51,
    0.63, 0.74, 0.85 and 0.97 radians a step [1]_ [2]_ [3]_. A sum of two or more sines
    repeats itself only after 2000 pi, some 6283, steps. The sum obeys a linear
    recurrence over 2k steps, so that a linear model with 2k lags can predict it.

    Parameters
    ----------
    n_steps : int, default=2000
        Number of rows to make, from 1 to 20 million.
    n_sines : int, default=8
        Number of sines, from 1 to 8.
    random_state : int, RandomState instance or None, default=None
        If given, draws the phases, uniformly from [0, 2 pi). None draws nothing: all
        phases are 0, as in the benchmark.

    Returns
    -------
    x : ndarray of shape (n_steps,)
        Row t is the value at time t, counted in steps from 0.

    Raises
    ------
    ValueError
        If a parameter is out of range.
    TypeError
        If a number is of a wrong type.

    References
    ----------
    .. [1] Wierstra, D., Gomez, F. J., Schmidhuber, J. (2005). Modeling systems with
       internal state using Evolino. GECCO, 1795-1802.
    .. [2] Schmidhuber, J., Wierstra, D., Gagliolo, M., Gomez, F. (2007). Training
       recurrent networks by Evolino. Neural Computation 19(3), 757-779.
    .. [3] Roeschies, B., Igel, C. (2010). Structure optimization of reservoir networks.
       Logic Journal of the IGPL 18(5), 635-669.

    Examples
    --------
    >>> from sklearn_rnn.datasets import make_mso
    >>> make_mso(4, n_sines=2).round(3)
    array([0.   , 0.505, 0.972, 1.368])
    """
    n_steps = read_count(n_steps, "n_steps", most=MOST_STEPS)
    n_sines = read_count(n_sines, "n_sines", most=len(_MSO_FREQUENCIES))
    phases = np.zeros(n_sines)
    if random_state is not None:
        phases = read_random_state(random_state).uniform(0, 2 * np.pi, size=n_sines)
    t, x = np.arange(n_steps), np.zeros(n_steps)
    for frequency, phase in zip(_MSO_FREQUENCIES[:n_sines], phases, strict=True):
        x += np.sin(t * frequency + phase)
    return x


def make_adding_problem(
    n_samples: int = 1000,
    n_steps: int = 200,
    *,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Make sequences of numbers, with the sum of two marked numbers as the target.

    A network has to carry the first marked number over up to `n_steps` steps. The mean
    squared error of the constant prediction 1, the mean, is 1 / 6.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of sequences to make, at least 1.
    n_steps : int, default=200
        Number of steps in a sequence, at least 2; all sequences together may have 20
        million.
    random_state : int, RandomState instance or None, default=None
        Draws numbers and marks. An int makes the same sequences at every call; None
        draws from numpy's global generator.

    Returns
    -------
    X : ndarray of shape (n_samples, n_steps, 2)
        Feature 0 holds numbers drawn uniformly from [0, 1]. Feature 1 holds the marks:
        1 at one of the first ``n_steps // 2`` steps and at one of the others, 0
        elsewhere.
    y : ndarray of shape (n_samples,)
        The sum of the two marked numbers.

    Raises
    ------
    ValueError
        If a parameter is out of range.
    TypeError
        If a number is of a wrong type.

    Notes
    -----
    The task was proposed in [1]_; here each half has one mark, as in [2]_.

    References
    ----------
    .. [1] Hochreiter, S., Schmidhuber, J. (1997). Long short-term memory. Neural
       Computation 9(8), 1735-1780.
    .. [2] Arjovsky, M., Shah, A., Bengio, Y. (2016). Unitary evolution recurrent neural
       networks. ICML.

    Examples
    --------
    >>> from sklearn_rnn.datasets import make_adding_problem
    >>> X, y = make_adding_problem(1, n_steps=4, random_state=0)
    >>> X[0].round(2)
    array([[0.55, 0.  ],
           [0.72, 1.  ],
           [0.6 , 0.  ],
           [0.54, 1.  ]])
    >>> y.round(2)
    array([1.26])
    """
    n_samples = read_count(n_samples, "n_samples")
    n_steps = read_count(n_steps, "n_steps", least=2)
    if n_samples * n_steps > MOST_STEPS:
        raise ValueError(
            f"n_samples={short(n_samples)} and n_steps={short(n_steps)} must make at "
            f"most {MOST_STEPS} steps together."
        )
    random = read_random_state(random_state)
    X = np.zeros((n_samples, n_steps, 2))
    X[:, :, 0] = random.uniform(size=(n_samples, n_steps))
    samples, half = np.arange(n_samples), n_steps // 2
    for first, end in ((0, half), (half, n_steps)):
        X[samples, random.randint(first, end, size=n_samples), 1] = 1
    return X, (X[:, :, 0] * X[:, :, 1]).sum(axis=1)
