"""Forecasts of statsforecast's automatic models, each fitted to one series at a time.

They are given the season; all else has its defaults. A model that cannot be fitted to a
series is an error.
"""

import numpy as np
from statsforecast.models import AutoARIMA, AutoETS, DynamicOptimizedTheta

from ._request import answer

_MODELS = {
    "AutoARIMA": AutoARIMA,
    "AutoETS-sf": AutoETS,
    "DOTheta": DynamicOptimizedTheta,
}


def forecast(request):
    make = _MODELS[request.model]
    return np.stack(
        [
            make(season_length=request.season).forecast(rows, request.horizon)["mean"]
            for rows in request.train
        ]
    )


if __name__ == "__main__":
    answer(forecast)
