"""Every parameter of every public name, times a list of odd values.

The parameters are those of the signatures, so that a new one is covered by itself; the
values are in `odd`.
"""

import pytest
from odd import value_faults
from odd_calls import ALSO, TABLE

# Padding may be NaN, and what is drawn have a gap.
MISSING = ("nan", "np.array([None])", "[None]", "(0.5, nan)")


def faults_of(case):
    run, name, words = TABLE[case]
    names = (name, *ALSO.get(name, ()))
    return value_faults(run, names, words=words, may_be_nan=MISSING)


@pytest.mark.parametrize("case", TABLE)
def test_an_odd_value_gives_a_right_result_or_one_sentence_that_names_it(case, capsys):
    faults = faults_of(case)
    assert not faults, "\n".join(faults)
