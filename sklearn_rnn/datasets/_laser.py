"""A recording of a chaotic laser, which comes with the package."""

from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

__all__ = ["load_santafe_laser"]


def load_santafe_laser() -> NDArray[np.float64]:
    """Load the Santa Fe laser, the intensity of a laser in a chaotic state.

    The recording is a standard benchmark of nonlinear prediction. The intensity
    oscillates with a growing amplitude until it collapses, and then grows again. A
    linear model does not foresee the collapse.

    Returns
    -------
    intensity : ndarray of shape (10093,)
        One value per sample in time, oldest first: readings of an 8-bit converter,
        whole numbers from 0 to 255 without a physical unit, as float64. No value is
        missing. A new array on every call.

    Notes
    -----
    The laser is that of Huebner, Abraham and Weiss [1]_: a continuous far-infrared NH3
    laser with a wavelength of 81.5 micrometres. By the description that came with the
    data [3]_, an oscilloscope recorded the intensity, and nothing was processed
    afterwards; the ratio of signal to noise was about 300, so that the noise is
    slightly less than half a step of the converter; and the chaotic pulsations more or
    less follow the Lorenz model.

    The series is data set A of the time series competition of the Santa Fe Institute
    [2]_. Rows 0 to 999 were given to those who took part, who had to predict rows 1000
    to 1099. The rest is the continuation that was published later.

    The values are those of the copy in reservoirpy 0.4.2, which names the collection of
    J. McNames as its source [4]_. The largest value that 8 bits can hold, 255, occurs
    12 times.

    References
    ----------
    .. [1] Huebner, U., Abraham, N. B., Weiss, C. O. (1989). Dimensions and entropies of
       chaotic intensity pulsations in a single-mode far-infrared NH3 laser. Physical
       Review A 40(11), 6354.
    .. [2] Weigend, A. S., Gershenfeld, N. A. (eds.) (1994). Time Series Prediction:
       Forecasting the Future and Understanding the Past. Addison-Wesley.
    .. [3] "The Santa Fe Time Series Competition Data",
       https://web.archive.org/web/20160427182805/http://www-psych.stanford.edu/~andreas/Time-Series/SantaFe.html
    .. [4] McNames, J., "Data Sets", http://web.cecs.pdx.edu/mcnames/DataSets/index.html

    Examples
    --------
    A ridge regression on the last 30 values predicts the next one. Its error is two
    fifths of the standard deviation of the test values; to say that the intensity stays
    as it is errs by all of it.

    >>> from sklearn.linear_model import RidgeCV
    >>> from sklearn.metrics import root_mean_squared_error
    >>> from sklearn_rnn import make_windows
    >>> from sklearn_rnn.datasets import load_santafe_laser
    >>> laser = load_santafe_laser()
    >>> laser[:7]
    array([ 86., 141.,  95.,  41.,  22.,  21.,  32.])
    >>> X, y = make_windows(laser[:6000], window_length=30)
    >>> X, n_train = X[:, :, 0], 3000 - 30  # y[n_train] is laser[3000]
    >>> X_test, y_test = X[n_train:], y[n_train:]
    >>> ridge = RidgeCV([1e3, 1e4, 1e5]).fit(X[:n_train], y[:n_train])
    >>> for y_pred in (X_test[:, -1], ridge.predict(X_test)):
    ...     print(f"{root_mean_squared_error(y_test, y_pred) / y_test.std():.3f}")
    0.975
    0.410
    """
    with (
        files("sklearn_rnn")
        .joinpath("data/santafe_laser.csv")
        .open(encoding="utf-8") as file
    ):
        return np.loadtxt(file, dtype=np.float64, skiprows=1)
