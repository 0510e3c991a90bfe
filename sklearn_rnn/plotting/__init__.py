"""Displays of training, models and forecasts, in scikit-learn's convention.

They need matplotlib, the extra ``plot``, which is loaded when a display is drawn.
"""

from ._fit_report import FitReportDisplay
from ._forecast import ForecastDisplay
from ._reservoir import ReservoirDisplay
from ._training_curve import TrainingCurveDisplay
from ._window_importance import WindowImportanceDisplay

__all__ = [
    "FitReportDisplay",
    "ForecastDisplay",
    "ReservoirDisplay",
    "TrainingCurveDisplay",
    "WindowImportanceDisplay",
]
