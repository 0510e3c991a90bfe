"""Every interval holds its forecast, and has a width."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from sklearn_rnn import ESNRegressor, ESNRegressorCV

pytest.importorskip("sktime")

from small_forecasters import both, panel, wave

from sklearn_rnn.forecasting import ESNForecaster, RecurrentForecaster


def intermittent(seed, n_rows=80):
    generator = np.random.default_rng(seed)
    shape = generator.choice(["often", "rarely", "in lumps"])
    rate = {"often": 0.5, "rarely": 0.15, "in lumps": 0.1}[shape]
    sizes = generator.poisson(3, n_rows) + 1.0
    return pd.Series(np.where(generator.uniform(size=n_rows) < rate, sizes, 0.0))


@pytest.mark.parametrize("seed", range(5))
@both
def test_every_interval_holds_its_forecast_and_quantiles_rise(make, seed):
    fh = np.arange(-5, 13)
    y = panel(a=intermittent(seed), b=wave(50, seed=seed) - 20)
    forecaster = make().fit(y, fh=fh)
    point = forecaster.predict().to_numpy()
    alpha = [0.01, 0.1, 0.25, 0.45, 0.5, 0.55, 0.75, 0.9, 0.99]
    quantiles = forecaster.predict_quantiles(alpha=alpha).to_numpy()
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert (quantiles[:, :4] <= point).all()
    assert (quantiles[:, 5:] >= point).all()


@pytest.mark.parametrize("n_rows", [4, 5, 9])
@pytest.mark.parametrize(
    "forecaster",
    [
        ESNForecaster(random_state=0),
        ESNForecaster(ESNRegressor(50, alphas=1e-12), random_state=0),
        ESNForecaster(ESNRegressorCV(50, alphas=1e-12), center=False, random_state=0),
        RecurrentForecaster(Ridge(1e-9), random_state=0),
    ],
    ids=["esn", "weak esn", "weak esn of rows", "weak ridge"],
)
def test_few_rows_make_no_interval_of_width_0(forecaster, n_rows):
    y = wave(n_rows + 2, seed=1)
    fitted = forecaster.clone().fit(y[:n_rows], fh=[1, 2])
    for _ in range(2):
        interval = fitted.predict_interval(coverage=[0.5, 0.9]).to_numpy()
        width = interval[:, [1, 3]] - interval[:, [0, 2]]
        assert (width > 0.01 * y.diff().abs().mean()).all()
        fitted.update(y[n_rows:])
