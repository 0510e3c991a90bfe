"""Prices of shares that come with the package."""

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["load_aapl"]


def load_aapl() -> "pd.DataFrame":
    """Load the daily share price of Apple, 2000-03-01 to 2013-03-01.

    Returns
    -------
    prices : DataFrame of shape (3270, 6)
        One row per trading day, oldest first, on a DatetimeIndex named
        ``"Date"``; no value is missing.

        ==============  =======  ==================================================
        column          dtype    meaning
        ==============  =======  ==================================================
        ``Open``        float64  first price of the day, US dollars per share
        ``High``        float64  highest price of the day, US dollars per share
        ``Low``         float64  lowest price of the day, US dollars per share
        ``Close``       float64  last price of the day, US dollars per share
        ``Volume``      int64    number of shares traded on the day
        ``Adj Close``   float64  ``Close`` adjusted for splits and dividends, US
                                 dollars per share
        ==============  =======  ==================================================

        A new DataFrame on every call.

    Notes
    -----
    The first five columns are as traded. Each of the two splits of the period, two
    shares for one, shows as a jump: ``Close`` falls from 101.25 to 55.63 on
    2000-06-21 and from 88.99 to 44.86 on 2005-02-28, although holders of shares
    gained on both days. The fall from 53.50 to 25.75 on 2000-09-29 is not a split:
    the share lost half of its value.

    ``Adj Close`` does not jump at splits. It is adjusted for all splits and
    dividends that the source knew, later than 2013 too, so that even its last value
    (56.14) is far below the last ``Close`` (430.47). Its relative changes are
    returns, dividends included; its dollar amounts were never paid.

    The rows come from the Quandl WIKI Prices, which Quandl declared to be in the
    public domain, free to copy and to redistribute [1]_, by way of an archived
    copy [2]_ and the package bokeh_sampledata 2026.1 (ticker AAPL of
    ``stocks.csv.gz``). Their values and decimals are those of the source; nobody
    vouches for their accuracy.

    References
    ----------
    .. [1] Quandl, "WIKI Prices", publisher's notice of 2015,
       https://web.archive.org/web/20150411011214/https://www.quandl.com/data/WIKI
    .. [2] "Quandl WIKI Prices US Equities",
       https://www.kaggle.com/datasets/marketneutral/quandl-wiki-prices-us-equites

    Examples
    --------
    >>> from sklearn_rnn.datasets import load_aapl
    >>> prices = load_aapl()
    >>> prices[["Open", "Close", "Volume"]].head(3)
                  Open   Close   Volume
    Date
    2000-03-01  118.56  130.31  9616100
    2000-03-02  127.00  122.00  2779100
    2000-03-03  124.87  128.00  2887200
    >>> close = prices["Close"]
    >>> X, y = close.to_frame(), close.shift(-1)  # tomorrow's close, from today's
    """
    import pandas as pd  # noqa: PLC0415, the other series need numpy alone

    with files("sklearn_rnn").joinpath("data/aapl.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, index_col="Date", parse_dates=["Date"])
