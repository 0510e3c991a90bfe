import pandas as pd
import pytest

from sklearn_rnn.datasets import load_aapl


@pytest.fixture(scope="module")
def prices():
    return load_aapl()


def test_aapl_has_the_documented_rows_and_columns(prices):
    assert prices.shape == (3270, 6)
    columns = ["Open", "High", "Low", "Close", "Volume", "Adj Close"]
    assert prices.columns.tolist() == columns
    assert prices.index[0] == pd.Timestamp("2000-03-01")
    assert prices.index[-1] == pd.Timestamp("2013-03-01")


def test_aapl_dates_are_weekdays_in_strict_order(prices):
    assert isinstance(prices.index, pd.DatetimeIndex)
    assert prices.index.name == "Date"
    assert prices.index.is_monotonic_increasing
    assert prices.index.is_unique
    assert (prices.index.day_of_week < 5).all()


def test_aapl_prices_are_floats_and_volumes_whole_numbers(prices):
    assert (prices.drop(columns="Volume").dtypes == "float64").all()
    assert prices["Volume"].dtype == "int64"


def test_aapl_has_no_missing_value(prices):
    assert not prices.isna().to_numpy().any()
    assert (prices > 0).to_numpy().all()


def test_aapl_prices_lie_between_low_and_high(prices):
    for column in ("Open", "Close"):
        assert prices[column].between(prices["Low"], prices["High"]).all()


def test_aapl_jumps_only_in_the_unadjusted_columns_at_a_split(prices):
    splits = ["2000-06-21", "2005-02-28"]
    change = prices[["Close", "Adj Close"]].pct_change().loc[splits]
    assert (change["Close"] < -0.4).all()
    assert (change["Adj Close"] > 0).all()


def test_aapl_naive_forecast_has_the_known_error(prices):
    error = prices["Close"].diff()[-654:]  # the last 20 %
    assert (error**2).mean() ** 0.5 == pytest.approx(8.399, abs=5e-4)


def test_a_changed_frame_leaves_the_next_call_as_it_was(prices):
    changed = load_aapl()
    changed["Close"] = 0.0
    pd.testing.assert_frame_equal(load_aapl(), prices)
