"""Small tables of rows, for property tests."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

# Small integers: rows often repeat, which is where a rule on repeated rows can slip.
FEW_VALUES = st.integers(-1, 1)


def some_rows(n_rows, elements=FEW_VALUES):
    return st.tuples(n_rows, st.integers(1, 3)).flatmap(
        lambda shape: hnp.arrays(np.float64, shape, elements=elements)
    )
