"""Arguments that the makers of series have in common."""

import numpy as np

from sklearn_rnn._checks import as_random_state, short

__all__ = ["MOST_STEPS", "read_random_state"]

# Rows, or steps of integration, that a call may take: less than a minute, and less than
# a gibibyte.
MOST_STEPS = 20_000_000


def read_random_state(
    random_state: int | np.random.RandomState | None,
) -> np.random.RandomState:
    """Return the RandomState that scikit-learn's ``check_random_state`` returns."""
    if isinstance(random_state, bool):  # a seed, as in scikit-learn
        random_state = int(random_state)
    generator = as_random_state(random_state)
    if generator is None:
        raise ValueError(
            f"random_state must be None, an integer from 0 to {2**32 - 1} or a numpy "
            f"RandomState, got {short(random_state)}."
        )
    return generator
