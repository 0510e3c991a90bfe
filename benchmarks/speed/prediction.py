"""`predict` beside direct batches of 1024 through torch's own module.

20,000 windows of 60 steps, 1 feature, an LSTM of hidden size 50 without linear skip.
Ours starts from a float64 view of overlapping windows; the batches are slices of a
scaled float32 tensor, made beforehand. A ratio below 1 does not mean faster arithmetic:
glibc may return the states' memory between the batches of the loop, which then takes
page faults (a fifth of its time) that ours happens to avoid.
"""

import numpy as np
import torch

from benchmarks._harness import compare, interleave

from . import _setting, _task

__all__ = ["predict"]

_BATCH_SIZE = 1024


def predict():
    """Compare `predict` with the module in inference mode, and check the outputs."""
    X, y = _task.make_task(20_000)
    train = slice(0, _setting.N_WINDOWS)
    estimator = _task.make_estimator().set_params(max_epochs=1).fit(X[train], y[train])
    module = estimator.module_.eval()
    scaled = (X - X[train].mean()) / X[train].std()
    scaled = torch.from_numpy(scaled.astype(np.float32))
    outputs = {}

    def ours():
        outputs["ours"] = estimator.predict(X)

    def direct():
        with torch.inference_mode():
            finals = [module.rnn(batch)[1][0] for batch in scaled.split(_BATCH_SIZE)]
            batches = [module.head(final[-1]) for final in finals]
            outputs["direct"] = torch.cat(batches)[:, 0].numpy()

    times = interleave(ours, direct, seconds=30)
    direct_outputs = outputs["direct"] * y[train].std() + y[train].mean()
    np.testing.assert_allclose(outputs["ours"], direct_outputs, atol=1e-4)
    return compare("predict", *times, bound=1.25)
