"""Forecasters for sktime, over the networks of this package.

Only this part of the package needs sktime, 1.2 or later.
"""

try:
    import sktime  # noqa: F401
except ImportError as error:
    raise ImportError(
        "sklearn_rnn.forecasting needs sktime; install it with "
        "python -m pip install 'sklearn-rnn[forecasting]'."
    ) from error

from ._esn import ESNForecaster
from ._recurrent import RecurrentForecaster

__all__ = ["ESNForecaster", "RecurrentForecaster"]
