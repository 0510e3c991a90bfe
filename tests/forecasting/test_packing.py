"""skops and pickle store a forecaster."""

import pickle
from copy import deepcopy

import pytest

pytest.importorskip("sktime")

from small_forecasters import (
    FH,
    N_TIMES,
    TIMES,
    descent,
    echo_state,
    network,
    panel,
    recurrent,
    wave,
)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        *((echo_state, kind) for kind in ("dates MS", "periods Q-NOV", "spans")),
        (network, "periods 3M"),
        (descent, "hours of a place"),
        (recurrent, "numbers from 5"),
    ],
)
def test_skops_and_pickle_store_a_forecaster_that_goes_on(make, kind, tmp_path):
    skops = pytest.importorskip("skops.io")
    times = TIMES[kind]
    a, b = wave(N_TIMES, times[:N_TIMES]), wave(20, times[:20], seed=1)
    for y in (a, panel(a=a, b=b)):
        forecaster = make().fit(y, fh=FH)
        skops.dump(forecaster, tmp_path / "forecaster.skops")
        types = skops.get_untrusted_types(file=tmp_path / "forecaster.skops")
        loaded = skops.load(tmp_path / "forecaster.skops", trusted=types)
        for other in (loaded, pickle.loads(pickle.dumps(forecaster))):
            assert other.cutoff.equals(forecaster.cutoff)
            assert other.cutoff.names == forecaster.cutoff.names
            for _ in range(2):
                for method in ("predict", "predict_interval", "predict_residuals"):
                    expected = getattr(forecaster, method)()
                    assert expected.equals(getattr(other, method)())
                if y is a:
                    new = wave(4, times[N_TIMES:])
                    forecaster = deepcopy(forecaster).update(new)
                    other.update(new)
            forecaster = make().fit(y, fh=FH)
