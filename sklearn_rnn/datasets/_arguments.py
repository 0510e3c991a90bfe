"""Arguments that the makers of series have in common."""

import numpy as np

from sklearn_rnn._checks import is_integer, short

__all__ = ["MOST_STEPS", "read_random_state"]

# Rows, or steps of integration, that a call may take: less than a minute, and less than
# a gibibyte.
MOST_STEPS = 20_000_000


def read_random_state(
    random_state: int | np.random.RandomState | None,
) -> np.random.RandomState:
    """Return the RandomState that scikit-learn's check_random_state would.

    That function is not imported, since loading scikit-learn takes much longer than
    making most series.
    """
    if random_state is None or random_state is np.random:
        return np.random.mtrand._rand
    if isinstance(random_state, np.random.RandomState):
        return random_state
    is_seed = isinstance(random_state, bool) or is_integer(random_state)
    if is_seed and 0 <= int(random_state) < 2**32:
        return np.random.RandomState(int(random_state))
    raise ValueError(
        f"random_state must be None, an integer from 0 to {2**32 - 1} or a numpy "
        f"RandomState, got {short(random_state)}."
    )
