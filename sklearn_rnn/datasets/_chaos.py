"""Series and tasks that recurrent networks are compared on, made to order.

They are public, and tested, as part of `datasets`.
"""

from array import array
from itertools import accumulate
from math import ceil, isfinite, tanh

import numpy as np

from sklearn_rnn._checks import is_integer, read_count, read_positive, short

# Of make_mso, in radians a step.
_MSO_FREQUENCIES = (0.2, 0.311, 0.42, 0.51, 0.63, 0.74, 0.85, 0.97)

# Of make_narma. Where the output of the system of order 10 has passed 1 it may still
# come back; in 100 million rows it never did from beyond 1.4.
_NARMA_BOUND = 1.0
_NARMA_BLOCK = 1000

# Rows, and steps of integration, of one call: below a minute, and below a gibibyte.
_MOST_STEPS = 20_000_000
# What a delay of make_mackey_glass costs beside its steps, in steps.
_DELAY_COST = 20


def make_mackey_glass(
    n_steps=2000,
    *,
    tau=17.0,
    beta=0.2,
    gamma=0.1,
    exponent=10.0,
    step=1.0,
    substeps=10,
    x0=1.2,
    washout=1000,
    random_state=None,
):
    r"""Make a Mackey-Glass series: a chaotic one that depends on its own delayed value.

    The series samples the solution of

    .. math::

        \frac{dx}{dt} = \beta \, \frac{x(t - \tau)}{1 + x(t - \tau)^n} - \gamma \, x(t)

    with ``n = exponent``. With the other parameters at their defaults it is chaotic
    from a delay of about 17 on [1]_; 17 (mildly chaotic) and 30 are the delays in
    use [2]_.

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
        How sharply a large delayed value shuts production off; positive.
    step : float, default=1.0
        Time units between successive rows; positive.
    substeps : int, default=10
        Steps of integration between successive rows, at least 1: so many or, where
        the delay is no whole number of them, somewhat more.
    x0 : float, default=1.2
        Value up to time 0; positive.
    washout : int, default=1000
        Number of rows, from time 0 on, to leave out before the first; 0 or more.
    random_state : int, RandomState instance or None, default=None
        Where given, the value up to time 0 is not `x0` but `x0` times one number drawn
        uniformly from [0.9, 1.1): what comes after the washout is another stretch of
        the attractor for every seed. None draws nothing, and always makes the same
        series.

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
    that divide the delay exactly. So the delayed values at the ends of a step are ones
    computed before, and the jump of the derivative at time 0 and what it leaves at
    ``tau``, ``2 * tau``, ... fall between steps. Delayed values in the middle of a
    step, and rows that lie inside one, are read from the cubic Hermite polynomial
    through values and slopes at its ends. All of this is of order 4: doubling
    `substeps` divides the error by 16.

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
    >>> x.shape
    (3000,)
    >>> X, y = x[:-84, None], x[84:]  # 84 time units ahead
    """
    counts = _read_counts(n_steps=n_steps, substeps=substeps, washout=washout)
    n_steps, substeps, washout = counts.values()
    numbers = _read_positives(
        tau=tau, beta=beta, gamma=gamma, exponent=exponent, step=step, x0=x0
    )
    tau, beta, gamma, exponent, step, x0 = numbers.values()
    if random_state is not None:
        x0 = x0 * _check_random_state(random_state).uniform(0.9, 1.1)
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
        Number of steps in a delay, or of those that are looked at.
    h : float
        Time units in a step.
    apart : float
        Steps between rows.
    """
    wanted = tau / step * substeps
    if wanted > n_rows * substeps + 1:  # no row comes after the first delay
        return n_rows * substeps + 1, step / substeps, float(substeps)
    # A hair less, for quotients that rounding lifts above a whole number.
    n_lags = max(1, ceil(wanted * (1 - 1e-12)))
    return n_lags, tau / n_lags, step / tau * n_lags


def _mackey_glass_path(n_points, n_lags, h, x0, beta, gamma, exponent):
    """Integrate from time 0, in steps of `h`, one delay after the other.

    Within one delay all delayed values are known, so that what is left is linear in x.

    Parameters
    ----------
    n_points : int
        Number of points in time that are wanted, time 0 among them.
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
        # The delay before, at whose ends x and slopes are; (n_lags + 1,)
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
    n_steps=2000,
    *,
    sigma=10.0,
    rho=28.0,
    beta=8 / 3,
    step=0.02,
    substeps=5,
    washout=1000,
    random_state=None,
):
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
        Number of rows to leave out before the first, while the trajectory comes onto
        the attractor; 0 or more.
    random_state : int, RandomState instance or None, default=None
        Draws the point to start from, uniformly from the cube with sides of 20 about
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
    units, one Lyapunov time, which is 55.2 rows at the default `step`. How long a
    forecast stays valid is best given in Lyapunov times.

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
    >>> series.shape
    (3000, 3)
    >>> X, y = series[:-1], series[1:]  # the next state, from this one
    """
    counts = _read_counts(n_steps=n_steps, substeps=substeps, washout=washout)
    n_steps, substeps, washout = counts.values()
    numbers = _read_positives(sigma=sigma, rho=rho, beta=beta, step=step)
    sigma, rho, beta, step = numbers.values()
    random = _check_random_state(random_state)
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
    """Return points, `substeps` steps of length `h` apart, `point` the first.

    There are `n_rows` of them, or fewer where they overflow, (n_rows, 3).
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


def make_narma(n_steps=2000, *, order=10, random_state=None):
    r"""Make the input and the output of a nonlinear moving-average (NARMA) system.

    The input ``u`` is drawn uniformly from [0, 0.5]. With ``order=10`` the output is
    [1]_

    .. math::

        y_t = 0.3 \, y_{t-1} + 0.05 \, y_{t-1} \sum_{i=1}^{10} y_{t-i}
              + 1.5 \, u_{t-9} \, u_t + 0.1

    and with ``order=20``, which without the tanh would diverge [2]_,

    .. math::

        y_t = \tanh\Bigl(0.3 \, y_{t-1} + 0.05 \, y_{t-1} \sum_{i=1}^{20} y_{t-i}
              + 1.5 \, u_{t-19} \, u_t + 0.01\Bigr)

    Row t of the output is thus known once row t of the input is: ``u[: t + 1]`` says
    all about ``y[t]`` and nothing about what comes later. (The papers call our
    ``y[t]`` the output at time t + 1.)

    Parameters
    ----------
    n_steps : int, default=2000
        Number of rows to make, from 1 to 20 million.
    order : {10, 20}, default=10
        How many rows back the system looks.
    random_state : int, RandomState instance or None, default=None
        Draws the input. An int makes the same rows at every call; None draws from
        numpy's global generator.

    Returns
    -------
    u : ndarray of shape (n_steps, 1)
        The input, a column as of X.
    y : ndarray of shape (n_steps,)
        The output, in step with `u`.

    Raises
    ------
    ValueError
        If a parameter is out of range.
    TypeError
        If a number is of a wrong type.

    Notes
    -----
    Before the first row ``u`` and ``y`` are 0, so that `y` is a function of `u` alone.
    It takes some 50 rows to forget that start: leave as many out where a stationary
    series is wanted.

    The system of order 10 diverges for some inputs, in the long run for nearly all:
    about once in 200,000 rows. Rows are therefore drawn in blocks of 1,000, and a block
    in which the output passes 1 is drawn anew (about one in 60): `y` is always within
    [0, 1], and `u` is uniform but for what would drive `y` out of there.

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
    >>> u.shape, y.shape
    ((3000, 1), (3000,))
    >>> make_narma(3000, order=30)
    Traceback (most recent call last):
        ...
    ValueError: order must be 10 or 20, got 30.
    """
    n_steps = read_count(n_steps, "n_steps", most=_MOST_STEPS)
    if not is_integer(order):
        raise TypeError(f"order must be 10 or 20, got {short(order)}.")
    order = int(order)
    if order not in (10, 20):
        raise ValueError(f"order must be 10 or 20, got {short(order)}.")
    random = _check_random_state(random_state)
    u, y = array("d", [0.0] * (order - 1)), array("d", [0.0] * order)
    while (n_left := n_steps + order - len(y)) > 0:
        drawn = random.uniform(0.0, 0.5, size=min(n_left, _NARMA_BLOCK)).tolist()
        outputs = _narma_outputs(u[1 - order :].tolist() + drawn, y[-order:].tolist())
        if max(outputs) <= _NARMA_BOUND:
            u.extend(drawn)
            y.extend(outputs)
    return np.array(u[order - 1 :])[:, np.newaxis], np.array(y[order:])


def _narma_outputs(u, y):
    """Continue the output `y`, its last `order` rows, by all rows that `u` allows."""
    order = len(y)
    y = y.copy()
    for earlier, latest in zip(u, u[order - 1 :], strict=False):
        total = 0.3 * y[-1] + 0.05 * y[-1] * sum(y[-order:]) + 1.5 * earlier * latest
        y.append(total + 0.1 if order == 10 else tanh(total + 0.01))
    return y[order:]


def make_mso(n_steps=2000, *, n_sines=8, random_state=None):
    r"""Make multiple superimposed oscillators (MSO): a sum of sines.

    .. math::

        x_t = \sum_{i=1}^{k} \sin(\alpha_i t + \varphi_i)

    with ``k = n_sines`` and the first k of the frequencies 0.2, 0.311, 0.42, 0.51,
    0.63, 0.74, 0.85 and 0.97 radians a step [1]_ [2]_ [3]_. From two sines on
    the sum repeats itself only after 2000 pi, some 6283, steps. It obeys a linear
    recurrence over 2k steps, so that a linear model of that many lags can predict it.

    Parameters
    ----------
    n_steps : int, default=2000
        Number of rows to make, from 1 to 20 million.
    n_sines : int, default=8
        Number of sines, from 1 to 8.
    random_state : int, RandomState instance or None, default=None
        Where given, draws the phases, uniformly from [0, 2 pi). None draws nothing:
        all phases are 0, as in the benchmark.

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
    n_steps = read_count(n_steps, "n_steps", most=_MOST_STEPS)
    n_sines = read_count(n_sines, "n_sines", most=len(_MSO_FREQUENCIES))
    phases = np.zeros(n_sines)
    if random_state is not None:
        phases = _check_random_state(random_state).uniform(0, 2 * np.pi, size=n_sines)
    t, x = np.arange(n_steps), np.zeros(n_steps)
    for frequency, phase in zip(_MSO_FREQUENCIES[:n_sines], phases, strict=True):
        x += np.sin(t * frequency + phase)
    return x


def make_adding_problem(n_samples=1000, n_steps=200, *, random_state=None):
    """Make sequences of numbers, two of them marked, whose sum is to be told.

    A network has to carry the first marked number over up to `n_steps` steps. Always to
    answer with the mean, 1, has a mean squared error of 1 / 6.

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
        Feature 0 holds numbers drawn uniformly from [0, 1], feature 1 the marks: 1 at
        one step of the first ``n_steps // 2`` and at one of the rest, 0 elsewhere.
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
    The task is that of [1]_, in the form of [2]_: one mark in each half.

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
    if n_samples * n_steps > _MOST_STEPS:
        raise ValueError(
            f"n_samples={short(n_samples)} and n_steps={short(n_steps)} must make at "
            f"most {_MOST_STEPS} steps together."
        )
    random = _check_random_state(random_state)
    X = np.zeros((n_samples, n_steps, 2))
    X[:, :, 0] = random.uniform(size=(n_samples, n_steps))
    samples, half = np.arange(n_samples), n_steps // 2
    for first, end in ((0, half), (half, n_steps)):
        X[samples, random.randint(first, end, size=n_samples), 1] = 1
    return X, (X[:, :, 0] * X[:, :, 1]).sum(axis=1)


def _read_counts(*, n_steps, substeps, washout):
    """Return the numbers of rows and of steps between them as ints, by name."""
    return {
        "n_steps": read_count(n_steps, "n_steps", most=_MOST_STEPS),
        "substeps": read_count(substeps, "substeps", most=_MOST_STEPS),
        "washout": read_count(washout, "washout", least=0, most=_MOST_STEPS),
    }


def _read_positives(**numbers):
    """Return numbers above 0, by name, as Python's own floats.

    numpy's are several times slower one by one.
    """
    return {name: read_positive(value, name) for name, value in numbers.items()}


def _check_cost(n_needed, given):
    """Raise where the integration would take too many steps."""
    if n_needed > _MOST_STEPS:
        shown = ", ".join(f"{name}={short(value, 20)}" for name, value in given.items())
        raise ValueError(
            f"The integration must take at most {_MOST_STEPS} steps, and takes more "
            f"with {shown}."
        )


def _check_integrated(rows, given):
    """Return `rows`; raise where the integration has made them overflow."""
    if not np.isfinite(rows).all():
        shown = ", ".join(f"{name}={value:.6g}" for name, value in given.items())
        raise ValueError(
            f"The integration overflowed with {shown}; use more substeps, or values "
            "nearer to the defaults."
        )
    return rows


def _check_random_state(random_state):
    """Return the RandomState that scikit-learn's check_random_state would.

    That function is not imported: loading scikit-learn takes much longer than making
    most series.
    """
    if random_state is None or random_state is np.random:
        return np.random.mtrand._rand
    if isinstance(random_state, np.random.RandomState):
        return random_state
    is_seed = isinstance(random_state, bool) or is_integer(random_state)
    if is_seed and 0 <= int(random_state) < 2**32:
        return np.random.RandomState(int(random_state))
    raise ValueError(
        f"random_state must be None, an integer from 0 to {2**32 - 1} or a numpy "
        f"RandomState, got {short(random_state)}."
    )
