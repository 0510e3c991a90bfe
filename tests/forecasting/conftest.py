"""Fixtures of several test modules of the forecasters."""

import pytest


@pytest.fixture(scope="module")
def all_fitted():
    """Fitted forecasters of each kind, which tests copy before they change them."""
    from bad_forecasts import echo_state, fitted, recurrent

    return {make: fitted(make) for make in (recurrent, echo_state)}


@pytest.fixture
def never_fitted(monkeypatch):
    """Let a test fail as soon as a forecaster starts to fit."""
    from sklearn_rnn.forecasting import _esn
    from sklearn_rnn.forecasting._direct_model import DirectModel

    def never_fit(*args, **kwargs):
        raise AssertionError("Fitting started.")

    monkeypatch.setattr(DirectModel, "fit", never_fit)
    monkeypatch.setattr(_esn, "fit_network", never_fit)
