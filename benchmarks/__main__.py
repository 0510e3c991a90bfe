"""``python -m benchmarks [case ...]``: a table; status 1 if a bound is missed.

``esn`` selects all cases whose names begin with ``esn-``.
"""

import argparse
import sys

from sklearn_rnn import show_versions

from ._harness import one_thread, report
from .echo_state.cases import (
    esn_accuracy,
    esn_choice,
    esn_fit,
    esn_memory,
    esn_states,
    esn_vowels,
    esn_windows,
)
from .speed.effort import effort
from .speed.forecasts import forecast_evaluate, forecast_fit
from .speed.imports import imports
from .speed.network import network, sizes
from .speed.prediction import predict
from .speed.training import fallback, overhead, skorch, train
from .speed.windows import windows

CASES = {
    "train": train,
    "fallback": fallback,
    "network": network,
    "overhead": overhead,
    "skorch": skorch,
    "effort": effort,
    "predict": predict,
    "windows": windows,
    "import": imports,
    "forecast-fit": forecast_fit,
    "forecast-evaluate": forecast_evaluate,
    "esn-states": esn_states,
    "esn-fit": esn_fit,
    "esn-memory": esn_memory,
    "esn-windows": esn_windows,
    "esn-choice": esn_choice,
    "esn-accuracy": esn_accuracy,
    "esn-vowels": esn_vowels,
}

# Studies promise nothing, and run only if they are named.
STUDIES = {"sizes": sizes}


def main():
    known = CASES | STUDIES
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "case", nargs="*", help=f"of {', '.join(known)}; default: {', '.join(CASES)}"
    )
    names = []
    for name in parser.parse_args().case or CASES:
        group = [case for case in known if case.startswith(f"{name}-")]
        names += group if name not in known and group else [name]
    if unknown := set(names) - set(known):
        parser.error(
            f"no case {', '.join(sorted(unknown))}; there are {', '.join(known)}"
        )
    show_versions()
    with one_thread():
        return report({name: known[name] for name in names})


if __name__ == "__main__":
    sys.exit(main())
