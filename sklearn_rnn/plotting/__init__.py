"""Displays of what was learnt and forecast, in scikit-learn's convention.

They need matplotlib, the extra ``plot``, which is loaded when something is drawn.
"""

from sklearn_rnn.plotting._forecast import ForecastDisplay
from sklearn_rnn.plotting._reservoir import ReservoirDisplay
from sklearn_rnn.plotting._training_curve import TrainingCurveDisplay
from sklearn_rnn.plotting._window_importance import WindowImportanceDisplay

__all__ = [
    "ForecastDisplay",
    "ReservoirDisplay",
    "TrainingCurveDisplay",
    "WindowImportanceDisplay",
]
