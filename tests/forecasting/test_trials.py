"""Trials: the number of optimiser steps that is chosen."""

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor

pytest.importorskip("sktime")

from direct_forecasters import FH, network, ridge, small, waves


@pytest.mark.parametrize("cell", [GRURegressor, LSTMRegressor, RNNRegressor])
def test_networks_make_as_many_steps_as_they_are_set_to_at_the_most(cell):
    y = waves()
    regressor = network(cell, max_epochs=3, batch_size=16)
    full = small(regressor, refit=False).fit(y, fh=FH)
    # 111 windows have four rows after them: seven batches, three times
    assert full.n_steps_ == 3 * 7
    chosen = small(regressor).fit(y, fh=FH)
    assert 0 <= chosen.n_steps_ <= 3 * 7
    assert chosen.n_steps_ % 7 == 0
    assert ridge().fit(y, fh=FH).n_steps_ is None


def test_no_step_is_made_where_none_helps():
    # What a window's last row says is all there is: the ridge has it already
    y = pd.DataFrame({"y": 1.01 ** np.arange(120.0)})
    forecaster = small(network(lr=0.3, max_epochs=5), sp=1).fit(y, fh=FH)
    assert forecaster.n_steps_ == 0
    np.testing.assert_allclose(
        forecaster.predict().iloc[:, 0], 1.01 ** np.arange(120.0, 124), rtol=1e-3
    )
