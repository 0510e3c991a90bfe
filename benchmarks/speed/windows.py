"""`SlidingWindowTransformer` beside one contiguous copy of the windows.

1,000,000 rows of 8 float32 features, windows of 60. Memory is the peak that tracemalloc
reports, with the result and without the input, in a run apart from the timed ones.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks._harness import Line, compare, interleave, peak_memory
from sklearn_rnn import SlidingWindowTransformer

__all__ = ["windows"]

_N_ROWS = 1_000_000
_N_FEATURES = 8
_WINDOW_LENGTH = 60


def windows():
    """Compare `fit_transform` with ``np.ascontiguousarray`` of the sliding view."""
    X = np.random.default_rng(0).random((_N_ROWS, _N_FEATURES), dtype=np.float32)

    def ours():
        SlidingWindowTransformer(_WINDOW_LENGTH).fit_transform(X)

    def copy():
        # (n_windows, n_features, n_steps) -> (n_windows, n_steps, n_features)
        view = sliding_window_view(X, _WINDOW_LENGTH, axis=0).transpose(0, 2, 1)
        np.ascontiguousarray(view)

    times = interleave(ours, copy, seconds=20)
    peak, peak_of_copy = peak_memory(ours), peak_memory(copy)
    mega = [f"{size / 1e6:.4g} MB" for size in (peak, peak_of_copy, X.nbytes)]
    return [
        *compare("windows", *times),
        Line("windows", "memory", *mega[:2], peak / peak_of_copy),
        Line("windows", "memory / input", mega[0], mega[2], peak / X.nbytes, None, 1.1),
    ]
