"""Chaotic series: solutions of differential equations."""

from array import array
from itertools import accumulate
from math import ceil, isfinite

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn._checks import read_count, read_positive, short

from ._arguments import MOST_STEPS, read_random_state

__all__ = ["make_lorenz", "make_mackey_glass"]

# The cost of a delay of make_mackey_glass beside its steps, in steps.
_DELAY_COST = 20


def make_mackey_glass(
    n_steps: int = 2000,
    *,
    tau: float = 17.0,
    beta: float = 0.2,
    gamma: float = 0.1,
    exponent: float = 10.0,
    step: float = 1.0,
    substeps: int = 10,
    x0: float = 1.2,
    washout: int = 1000,
    random_state: int | np.random.RandomState | None = None,
) -> NDArray[np.float64]:
    r"""Make a Mackey-Glass series, which depends on its own delayed value.

    The series samples the solution of

    .. math::

        \frac{dx}{dt} = \beta \, \frac{x(t - \tau)}{1 + x(t - \tau)^n} - \gamma \, x(t)

    with ``n = exponent``. With the other parameters at their defaults the series is
    chaotic from a delay of about 17 on [1]_. The usual delays are 17 (mildly chaotic)
    and 30 [2]_.

    Parameters
    ----------
    n_steps : int, default=2000
        Number of rows to make, from 1 to 20 million.
    tau : float, default=17.0
        The delay, in time units; positive.
    beta : float, default=0.2
        Rate of production, per time unit; positive.
    gamma : float, default=0.1
        Rate of decay, per time unit; positive.
    exponent : float, default=10.0
        Exponent of the delayed value; a larger exponent shuts production off more
        sharply at large values; positive.
    step : float, default=1.0
        Time units between successive rows; positive.
    substeps : int, default=10
        Steps of integration between successive rows, at least 1. If the delay is not a
        whole number of these steps, somewhat more are made.
    x0 : float, default=1.2
        Value up to time 0; positive.
    washout : int, default=1000
        Number of rows to leave out, from time 0 on; 0 or more.
    random_state : int, RandomState instance or None, default=None
        If given, the value up to time 0 is `x0` times a number drawn uniformly from
        [0.9, 1.1): after the washout, each seed yields another stretch of the
        attractor. None draws nothing, and always makes the same series.

    Returns
    -------
    x : ndarray of shape (n_steps,)
        Row i is ``x(t)`` at ``t = (washout + i) * step``.

    Raises
    ------
    ValueError
        If a parameter is out of range; the integration would take more than 20 million
        steps; or it overflows, because its steps are too long or a value too large.
    TypeError
        If a number is of a wrong type.

    Notes
    -----
    The equation is integrated by the classical Runge-Kutta method of order 4, in steps
    that divide the delay exactly. The delayed values at the ends of a step have then
    been computed before, and the jump of the derivative at time 0, like its traces at
    ``tau``, ``2 * tau``, ..., falls between steps. Delayed values in the middle of a
    step, and rows inside a step, are read from the cubic Hermite polynomial through the
    values and slopes at its ends. The whole method is of order 4: doubling `substeps`
    divides the error by 16.

    References
    ----------
    .. [1] Mackey, M. C., Glass, L. (1977). Oscillation and chaos in physiological
       control systems. Science 197(4300), 287-289.
    .. [2] Jaeger, H., Haas, H. (2004). Harnessing nonlinearity: predicting chaotic
       systems and saving energy in wireless communication. Science 304(5667), 78-80.

    Examples
    --------
    >>> from sklearn_rnn.datasets import make_mackey_glass
    >>> x = make_mackey_glass(3000)
    >>> x[:4].round(3)
    array([0.947, 0.901, 0.858, 0.817])
    >>> X, y = x[:-84, None], x[84:]  # 84 time units ahead
    >>> X.shape, y.shape
    ((2916, 1), (2916,))
    """
    counts = _read_counts(n_steps=n_steps, substeps=substeps, washout=washout)
    n_steps, substeps, washout = counts.values()
    numbers = _read_positives(
        tau=tau, beta=beta, gamma=gamma, exponent=exponent, step=step, x0=x0
    )
    tau, beta, gamma, exponent, step, x0 = numbers.values()
    if random_state is not None:
        x0 = x0 * read_random_state(random_state).uniform(0.9, 1.1)
    n_lags, h, apart = _divide_delay(tau, step, substeps, washout + n_steps)
    n_points = (washout + n_steps) * apart
    cost = n_points + _DELAY_COST * (n_points / n_lags)
    _check_cost(cost, {"tau": tau, "step": step} | counts)
    at = np.arange(washout, washout + n_steps) * apart
    with np.errstate(over="ignore", invalid="ignore"):
        x, slopes = _mackey_glass_path(
            int(at[-1]) + 2, n_lags, h, x0, beta, gamma, exponent
        )
        left = at.astype(int)
        rows = _hermite(
            at - left, h, x[left], x[left + 1], slopes[left], slopes[left + 1]
        )
    return _check_integrated(rows, numbers | {"substeps": substeps})


def _divide_delay(tau, step, substeps, n_rows):
    """Divide the delay into steps of integration.

    Parameters
    ----------
    tau, step : float
        Time units in a delay, and between rows.
    substeps : int
        Steps of integration between rows, or somewhat more.
    n_rows : int
        Number of rows that are integrated.

    Returns
    -------
    n_lags : int
        Number of steps in a delay; if no row comes after the first delay, the number of
        steps up to the last row.
    h : float
        Time units in a step.
    apart : float
        Steps between rows.
    """
    wanted = tau / step * substeps
    if wanted > n_rows * substeps + 1:  # no row comes after the first delay
        return n_rows * substeps + 1, step / substeps, float(substeps)
    # A little less, for quotients that rounding lifts above a whole number.
    n_lags = max(1, ceil(wanted * (1 - 1e-12)))
    return n_lags, tau / n_lags, step / tau * n_lags


def _mackey_glass_path(n_points, n_lags, h, x0, beta, gamma, exponent):
    """Integrate from time 0, in steps of `h`, one delay after the other.

    Within one delay all delayed values are known, and the equation is linear in x.

    Parameters
    ----------
    n_points : int
        Number of points in time, time 0 included.
    n_lags : int
        Number of steps in a delay.
    h : float
        Time units in a step.
    x0, beta, gamma, exponent : float
        As in `make_mackey_glass`.

    Returns
    -------
    x, slopes : ndarray of shape (n_points or more,)
        Values, and their derivatives by time.
    """

    def production(delayed):
        return beta * delayed / (1 + delayed**exponent)

    def runge_kutta(x, start, middle, end):
        """Make one step from `x`, given the production at its start, middle, end."""
        k1 = start - gamma * x
        k2 = middle - gamma * (x + h / 2 * k1)
        k3 = middle - gamma * (x + h / 2 * k2)
        k4 = end - gamma * (x + h * k3)
        return x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    factor = runge_kutta(1.0, 0.0, 0.0, 0.0)
    x, slopes = np.full(n_lags + 1, x0), np.zeros(n_lags + 1)
    path = []
    for _ in range(ceil((n_points - 1) / n_lags)):
        # Production from the delay before, at the ends of its steps; (n_lags + 1,)
        ends = production(x)
        middles = production(_hermite(0.5, h, x[:-1], x[1:], slopes[:-1], slopes[1:]))
        added = runge_kutta(0.0, ends[:-1], middles, ends[1:]).tolist()
        steps = accumulate(added, lambda x, b: factor * x + b, initial=x[-1].item())
        x = np.fromiter(steps, float, n_lags + 1)
        slopes = ends - gamma * x
        path.append((x, slopes))
    # The end of a delay is the start of the next.
    x, slopes = (
        np.concatenate([part[:-1] for part in parts] + [parts[-1][-1:]])
        for parts in zip(*path, strict=True)
    )
    return x, slopes


def _hermite(theta, h, start, end, start_slope, end_slope):
    """Read the cubic Hermite polynomial at the part `theta` of a step of length `h`."""
    return (
        (1 + 2 * theta) * (1 - theta) ** 2 * start
        + theta**2 * (3 - 2 * theta) * end
        + h * theta * (1 - theta) * ((1 - theta) * start_slope - theta * end_slope)
    )


def make_lorenz(
    n_steps: int = 2000,
    *,
    sigma: float = 10.0,
    rho: float = 28.0,
    beta: float = 8 / 3,
    step: float = 0.02,
    substeps: int = 5,
    washout: int = 1000,
    random_state: int | np.random.RandomState | None = None,
) -> NDArray[np.float64]:
    r"""Make a trajectory on the Lorenz attractor.

    The rows sample a solution of [1]_

    .. math::

        \frac{dx}{dt} = \sigma (y - x), \qquad
        \frac{dy}{dt} = x (\rho - z) - y, \qquad
        \frac{dz}{dt} = x y - \beta z

    Parameters
    ----------
    n_steps : int, default=2000
        Number of rows to make, from 1 to 20 million.
    sigma : float, default=10.0
        Prandtl number; positive.
    rho : float, default=28.0
        Rayleigh number relative to the critical one; positive.
    beta : float, default=8/3
        Geometric factor; positive.
    step : float, default=0.02
        Time units between successive rows; positive.
    substeps : int, default=5
        Steps of integration between successive rows, by the classical Runge-Kutta
        method of order 4; at least 1.
    washout : int, default=1000
        Number of rows to leave out at the start, while the trajectory approaches the
        attractor; 0 or more.
    random_state : int, RandomState instance or None, default=None
        Draws the starting point, uniformly from the cube with sides of 20 about
        ``(0, 0, rho - 1)``. An int makes the same trajectory at every call; None draws
        from numpy's global generator.

    Returns
    -------
    X : ndarray of shape (n_steps, 3)
        Columns x, y and z; row i is the state at time ``(washout + i) * step``.

    Raises
    ------
    ValueError
        If a parameter is out of range; the integration would take more than 20 million
        steps; or it overflows, because its steps are too long or a value too large.
    TypeError
        If a number is of a wrong type.

    Notes
    -----
    With the default sigma, rho and beta the largest Lyapunov exponent is 0.9056 per
    time unit [2]_ [3]_: small errors grow by a factor of e in 1 / 0.9056 = 1.104 time
    units, one Lyapunov time, which is 55.2 rows at the default `step`. The time for
    which a forecast stays valid is best given in Lyapunov times.

    References
    ----------
    .. [1] Lorenz, E. N. (1963). Deterministic nonperiodic flow. Journal of the
       Atmospheric Sciences 20(2), 130-141.
    .. [2] Viswanath, D. (1998). Lyapunov exponents from random Fibonacci sequences to
       the Lorenz equations. PhD thesis, Cornell University.
    .. [3] Sprott, J. C. (2003). Chaos and Time-Series Analysis. Oxford University
       Press.

    Examples
    --------
    >>> from sklearn_rnn.datasets import make_lorenz
    >>> series = make_lorenz(3000, random_state=0)
    >>> series[:2].round(2)
    array([[-3.94, -7.1 , 11.23],
           [-4.63, -8.38, 11.29]])
    >>> X, y = series[:-1], series[1:]  # the next state, from this one
    """
    counts = _read_counts(n_steps=n_steps, substeps=substeps, washout=washout)
    n_steps, substeps, washout = counts.values()
    numbers = _read_positives(sigma=sigma, rho=rho, beta=beta, step=step)
    sigma, rho, beta, step = numbers.values()
    random = read_random_state(random_state)
    _check_cost((washout + n_steps) * substeps, counts)
    x, y, z = random.uniform(-10.0, 10.0, size=3).tolist()
    rows = _lorenz_path(
        (x, y, z + rho - 1),
        sigma,
        rho,
        beta,
        step / substeps,
        washout + n_steps,
        substeps,
    )
    rows = _check_integrated(rows, numbers | {"substeps": substeps})
    return rows[washout:].copy()


def _lorenz_path(point, sigma, rho, beta, h, n_rows, substeps):
    """Return points that are `substeps` steps of length `h` apart, from `point` on.

    There are `n_rows` points, or fewer if they overflow; shape (n_rows, 3).
    """

    def slope(x, y, z):
        return sigma * (y - x), x * (rho - z) - y, x * y - beta * z

    half, sixth = h / 2, h / 6
    x, y, z = point
    rows = array("d", point)
    for _ in range(n_rows - 1):
        if not isfinite(x):
            break
        for _ in range(substeps):
            a1, b1, c1 = slope(x, y, z)
            a2, b2, c2 = slope(x + half * a1, y + half * b1, z + half * c1)
            a3, b3, c3 = slope(x + half * a2, y + half * b2, z + half * c2)
            a4, b4, c4 = slope(x + h * a3, y + h * b3, z + h * c3)
            x += sixth * (a1 + 2 * (a2 + a3) + a4)
            y += sixth * (b1 + 2 * (b2 + b3) + b4)
            z += sixth * (c1 + 2 * (c2 + c3) + c4)
        rows.extend((x, y, z))
    return np.frombuffer(rows).reshape(-1, 3)


def _read_counts(*, n_steps, substeps, washout):
    """Return the numbers of rows and of steps between rows as ints, by name."""
    return {
        "n_steps": read_count(n_steps, "n_steps", most=MOST_STEPS),
        "substeps": read_count(substeps, "substeps", most=MOST_STEPS),
        "washout": read_count(washout, "washout", least=0, most=MOST_STEPS),
    }


def _read_positives(**numbers):
    """Return numbers above 0, by name, as Python's own floats.

    Arithmetic with single numbers of numpy is several times slower.
    """
    return {name: read_positive(value, name) for name, value in numbers.items()}


def _check_cost(n_needed, given):
    """Raise if the integration would take too many steps."""
    if n_needed > MOST_STEPS:
        shown = ", ".join(f"{name}={short(value, 20)}" for name, value in given.items())
        raise ValueError(
            f"The integration must take at most {MOST_STEPS} steps, and takes more "
            f"with {shown}."
        )


def _check_integrated(rows, given):
    """Return `rows`; raise if they have overflowed in the integration."""
    if not np.isfinite(rows).all():
        shown = ", ".join(f"{name}={value:.6g}" for name, value in given.items())
        raise ValueError(
            f"The integration overflowed with {shown}; use more substeps, or values "
            "nearer to the defaults."
        )
    return rows
