"""Centred rows, and the moments that they keep."""

import numpy as np
from numpy.testing import assert_allclose
from ridge_tasks import TALL, a_task

from sklearn_rnn._ridge.moments import CentredRows


def test_joined_and_compressed_rows_keep_their_moments():
    Z, Y = a_task(TALL, n_outputs=2)
    weights = np.random.default_rng(0).uniform(0.5, 2.0, size=len(Z))
    whole = CentredRows.of(Z.copy(), Y, weights)
    parts = [
        CentredRows.of(Z[rows].copy(), Y[rows], weights[rows])
        for rows in (slice(0, 20), slice(20, None))
    ]
    joined = parts[0].join(parts[1]).compress()
    assert len(joined.A) == Z.shape[1] + 2
    assert joined.n_rows == whole.n_rows
    assert_allclose(joined.mean_z, whole.mean_z)
    assert_allclose(joined.A.T @ joined.A, whole.A.T @ whole.A, rtol=1e-9, atol=1e-6)
    assert_allclose(joined.A.T @ joined.B, whole.A.T @ whole.B, rtol=1e-9, atol=1e-6)
    assert_allclose(joined.B.T @ joined.B, whole.B.T @ whole.B, rtol=1e-9, atol=1e-6)
