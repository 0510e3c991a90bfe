"""Forecasts of mlforecast with LightGBM, one model for all series.

The model has its defaults. It reads the values of two seasons, or six, each series
standardised by its mean and deviation and taken as differences from row to row, as the
package's guide does for series with a trend. It forecasts one step at a time, from its
own forecasts. A lag before the first row is missing, which LightGBM can read.
"""

import numpy as np
import pandas as pd
from lightgbm import LGBMRegressor
from mlforecast import MLForecast
from mlforecast.target_transforms import Differences, LocalStandardScaler

from ._request import answer

_LEAST_LAGS = 6


def forecast(request):
    n_lags = max(_LEAST_LAGS, 2 * request.season)
    sizes = [len(rows) for rows in request.train]
    table = pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(len(sizes)), sizes),
            "ds": np.concatenate([np.arange(size) for size in sizes]),
            "y": np.concatenate(request.train),
        }
    )
    model = LGBMRegressor(random_state=request.seed, n_jobs=1, verbose=-1)
    forecaster = MLForecast(
        models={"model": model},
        freq=1,
        lags=range(1, n_lags + 1),
        target_transforms=[LocalStandardScaler(), Differences([1])],
    )
    forecaster.fit(table, dropna=False)
    found = forecaster.predict(request.horizon).sort_values(["unique_id", "ds"])
    return found["model"].to_numpy(float).reshape(-1, request.horizon)


if __name__ == "__main__":
    answer(forecast)
