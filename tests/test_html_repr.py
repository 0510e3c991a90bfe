"""What a notebook shows of an estimator: links to its page, its fit and its report."""

import inspect
import time
from html.parser import HTMLParser
from importlib import import_module

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sktime.datasets import load_airline

from sklearn_rnn import (
    ESNRegressor,
    ESNRegressorCV,
    GRURegressor,
    LSTMRegressor,
    ReservoirTransformer,
    RNNRegressor,
    SlidingWindowTransformer,
)
from sklearn_rnn._doc_link import API_REFERENCE
from sklearn_rnn._recurrent.report import FitReport
from sklearn_rnn.forecasting import ESNForecaster, RecurrentForecaster

ESTIMATORS = [
    ESNRegressor(n_reservoir=5),
    ESNRegressorCV(n_reservoir=5),
    GRURegressor(hidden_size=4, max_epochs=1),
    LSTMRegressor(hidden_size=4, max_epochs=1),
    RNNRegressor(hidden_size=4, max_epochs=1),
    ReservoirTransformer(n_reservoir=5),
    SlidingWindowTransformer(window_length=2),
]
# Not in the tests of whether a fit is shown: sktime's diagram has no place for it.
FORECASTERS = [ESNForecaster(), RecurrentForecaster()]

X = np.random.default_rng(0).normal(size=(40, 3))
y = X[:, 0]


def named(estimators):
    return pytest.mark.parametrize(
        "estimator", [clone(it) for it in estimators], ids=lambda it: type(it).__name__
    )


def as_seen_by(estimator):
    """Give rows to a transformer, and a regressor each row as a sequence."""
    return X[:, :, np.newaxis] if hasattr(estimator, "predict") else X


class Page(HTMLParser):
    """Where a diagram's links lead, and whether it says that a model is fitted."""

    def __init__(self, html):
        super().__init__()
        self.html = html
        # Addresses of pages, and what is looked for on them
        self.links, self.fragments = set(), set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        page, _, fragment = dict(attrs).get("href", "").partition("#")
        self.links |= {page} - {""}
        self.fragments |= {fragment} - {""}

    @property
    def is_fitted(self):
        says = "<span>Fitted</span>", "<span>Not fitted</span>"
        assert sum(word in self.html for word in says) == 1
        return says[0] in self.html


def shown(estimator):
    return Page(estimator._repr_html_())


def page_of(estimator):
    name = type(estimator).__name__
    module = "sklearn_rnn.forecasting" if "Forecaster" in name else "sklearn_rnn"
    return f"{API_REFERENCE}/{module}.{name}.html"


@named(ESTIMATORS + FORECASTERS)
def test_an_estimator_links_to_the_page_of_what_it_is_imported_as(estimator):
    (link,) = shown(estimator).links
    assert link.startswith(f"{API_REFERENCE}/")
    assert link.endswith(".html")
    name = link.removeprefix(f"{API_REFERENCE}/").removesuffix(".html")
    module, _, name = name.rpartition(".")
    assert getattr(import_module(module), name) is type(estimator)


@pytest.mark.skipif(
    "doc_link"
    not in inspect.signature(
        getattr(BaseEstimator, "_get_params_html", lambda: None)
    ).parameters,
    reason="this scikit-learn links to the page only, not to its parts",
)
@named(ESTIMATORS)
def test_every_parameter_and_fitted_attribute_links_to_its_lines(estimator):
    estimator.fit(as_seen_by(estimator), y)
    starts = {fragment.split(",")[0] for fragment in shown(estimator).fragments}
    names = {start.removeprefix(":~:text=") for start in starts}
    assert names >= estimator.get_params().keys()
    if hasattr(estimator, "_get_fitted_attr_html"):
        public = {name for name in vars(estimator) if not name.startswith("_")}
        assert names >= public


@pytest.mark.parametrize("base", [LSTMRegressor, ESNForecaster])
def test_a_class_of_somebody_else_links_to_no_page_of_ours(base):
    class Own(base):
        pass

    assert shown(Own()).links == set()


@named(ESTIMATORS)
def test_it_is_shown_whether_an_estimator_is_fitted(estimator):
    data = as_seen_by(estimator)
    assert not shown(estimator).is_fitted
    estimator.fit(data, y)
    assert shown(estimator).is_fitted
    assert not shown(clone(estimator)).is_fitted
    assert shown(clone(estimator).partial_fit(data, y)).is_fitted


@named(ESTIMATORS)
def test_a_fit_that_fails_leaves_an_estimator_shown_as_not_fitted(estimator):
    data = as_seen_by(estimator).copy()
    data[3, 1] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        estimator.fit(data, y)
    assert not shown(estimator).is_fitted


def test_a_network_whose_training_diverges_is_shown_as_not_fitted():
    model = LSTMRegressor(hidden_size=4, max_epochs=5, clip_grad_norm=None, lr=1e30)
    with pytest.raises(ValueError, match="diverge"):
        model.fit(as_seen_by(model), y)
    assert not hasattr(model, "n_features_in_")
    assert not shown(model).is_fitted


@pytest.mark.parametrize("is_fitted", [False, True], ids=["not fitted", "fitted"])
def test_steps_of_a_pipeline_link_to_their_pages(is_fitted):
    windows = SlidingWindowTransformer(window_length=3)
    regressor = LSTMRegressor(hidden_size=4, max_epochs=1)
    model = make_pipeline(windows, regressor)
    if is_fitted:
        model.fit(X, y)
    page = shown(model)
    assert {page_of(windows), page_of(regressor)} <= page.links
    assert page.is_fitted == is_fitted


@pytest.mark.parametrize("is_fitted", [False, True], ids=["not fitted", "fitted"])
def test_what_a_search_is_over_links_to_its_pages(is_fitted):
    windows = SlidingWindowTransformer(window_length=3, flatten=True)
    regressor = ESNRegressor(n_reservoir=5, window_length=3)
    model = GridSearchCV(
        make_pipeline(windows, regressor),
        {"esnregressor__leak_rate": [0.5, 1.0]},
        cv=TimeSeriesSplit(2),
    )
    if is_fitted:
        model.fit(X, y)
    page = shown(model)
    assert {page_of(windows), page_of(regressor)} <= page.links
    assert page.is_fitted == is_fitted


@pytest.mark.parametrize("is_fitted", [False, True], ids=["not fitted", "fitted"])
def test_a_forecaster_links_to_its_page_and_that_of_its_regressor(is_fitted):
    regressor = ESNRegressor(n_reservoir=5)
    forecaster = RecurrentForecaster(regressor)
    if is_fitted:
        forecaster.fit(load_airline()[:60], fh=[1, 2])
    assert shown(forecaster).links == {page_of(forecaster), page_of(regressor)}


@pytest.mark.parametrize(
    ("small", "large"),
    [
        (
            SlidingWindowTransformer(window_length=50, flatten=True),
            SlidingWindowTransformer(window_length=20_000, flatten=True),
        ),
        (ReservoirTransformer(n_reservoir=200), ReservoirTransformer(n_reservoir=1500)),
        (ESNRegressor(n_reservoir=200), ESNRegressor(n_reservoir=1500)),
        (
            LSTMRegressor(hidden_size=4, max_epochs=1),
            LSTMRegressor(hidden_size=64, num_layers=3, max_epochs=9),
        ),
    ],
    ids=lambda it: type(it).__name__,
)
def test_a_large_model_is_shown_at_once_and_as_briefly_as_a_small_one(small, large):
    small.fit(as_seen_by(small), y)
    large.fit(np.tile(as_seen_by(large), (1, 30, 1)[: as_seen_by(large).ndim]), y)
    begin = time.process_time()  # its own: others may keep the processor busy
    html = large._repr_html_()
    assert time.process_time() - begin < 2
    assert len(html) < len(small._repr_html_()) + 1000


# ------------------------------------------------------------------- the fit's report

REPORT = FitReport(
    metric="root mean squared error",
    judged_on="the last 8 of 40 samples",
    models=["mean", "ridge", "network"],
    n_steps=[None, None, 150],
    errors=[2.0, 1.0, 0.5],
    chosen=2,
    reason="its squared error is 75 % below the ridge's",
    seconds=0.3,
)
REPORTING = [*ESTIMATORS[2:5], *FORECASTERS]


@named(REPORTING)
def test_the_report_of_a_fit_stands_below_the_diagram(estimator):
    begin = estimator._repr_html_().partition(">")[0]
    estimator.fit_report_ = REPORT
    for html in (estimator._repr_html_(), estimator._repr_mimebundle_()["text/html"]):
        assert html.startswith(begin)
        assert html.endswith(REPORT._repr_html_())
        assert html.count(REPORT._repr_html_()) == 1


@named(REPORTING)
def test_without_a_report_the_diagram_stands_alone(estimator):
    mark = "sklearn-rnn-fit-report"
    assert mark in REPORT._repr_html_()
    assert mark not in estimator._repr_html_()
    estimator.fit_report_ = None  # nothing was judged
    assert mark not in estimator._repr_html_()
    assert mark not in estimator._repr_mimebundle_()["text/html"]


def test_where_diagrams_are_switched_off_no_report_is_shown():
    network, forecaster = GRURegressor(), RecurrentForecaster()
    network.fit_report_ = forecaster.fit_report_ = REPORT
    forecaster.set_config(display="text")
    with config_context(display="text"):
        for estimator in (network, forecaster):
            assert not hasattr(estimator, "_repr_html_")
            assert estimator._repr_mimebundle_() == {"text/plain": repr(estimator)}


def test_a_pipeline_shows_the_diagram_of_scikit_learn_alone():
    pipe = make_pipeline(SlidingWindowTransformer(window_length=3), GRURegressor())
    pipe[-1].fit_report_ = REPORT
    assert REPORT._repr_html_() not in pipe._repr_html_()
    assert page_of(pipe[-1]) in shown(pipe).links
