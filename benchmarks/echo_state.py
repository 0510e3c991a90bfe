"""Echo state networks beside reservoirpy and PyRCN, and beside what one would write.

Other packages run in environments of their own, each measurement in a fresh
interpreter; the first time they are installed. See `_esn_tasks` for the tasks that
accuracy is measured on.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

from sklearn_rnn import ESNRegressor, ESNRegressorCV, make_windows
from sklearn_rnn._reservoir import draw_reservoir

from ._esn_tasks import SEEDS, WASHOUT, long_series
from ._harness import Line, compare, interleave, peak_memory
from .peers._environments import ensure_environment

__all__ = [
    "esn_accuracy",
    "esn_choice",
    "esn_fit",
    "esn_memory",
    "esn_states",
    "esn_vowels",
    "esn_windows",
]

_PEERS = {
    "reservoirpy": ("reservoirpy==0.4.2",),
    "sktime": ("sktime==1.2.0",),
    "pyrcn": ("PyRCN==0.1.0", "torch==2.13.0", "scikit-learn==1.9.1"),
}

# Task -> bounds of ESNRegressor and of ESNRegressorCV; of Lorenz the least, in Lyapunov
# times, of the others the largest error.
_BOUNDS = {
    "NARMA10": (0.20, 0.13),
    "Mackey-Glass": (0.015, 0.002),
    "Lorenz": (7.0, 9.5),
}

_CHECKOUT = Path(__file__).parents[1]
_N_UNITS, _N_WINDOWS, _N_STEPS = 500, 20_000, 60
_SETTINGS = {
    "spectral_radius": np.repeat([0.9, 1.0], 8),
    "leak_rate": np.tile(np.repeat([0.5, 1.0], 4), 2),
    "input_scaling": np.tile([0.005, 0.02, 0.1, 0.4], 4),
}


def _ask(package, *what, worker="esn"):
    """Ask a package's worker, in a fresh interpreter, and return what it answers."""
    python = sys.executable
    if package != "ours":
        python = ensure_environment(package, _PEERS[package])
    module = f"{__package__}.peers.{package}_{worker}"
    done = subprocess.run(
        [python, "-m", module, *map(str, what)],
        cwd=_CHECKOUT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{module} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def _time_worker(question):
    took = _ask(*question)
    return took["cpu"], took["wall"]


def esn_states():
    """Compare the states of a reservoir over 10,000 steps with reservoirpy's."""
    lines = []
    for n_units in (500, 1000, 2000):
        workers = [(package, "states", n_units) for package in ("ours", "reservoirpy")]
        times = interleave(
            *workers, seconds=0, min_rounds=3, warms_up=False, measure=_time_worker
        )
        lines += compare(f"esn states, {n_units} units", *times, bound=0.5)
    return lines


def esn_fit():
    """Compare a whole fit, 500 units and 20,000 steps, with reservoirpy's."""
    workers = [(package, "fit") for package in ("ours", "reservoirpy")]
    times = interleave(
        *workers, seconds=0, min_rounds=5, warms_up=False, measure=_time_worker
    )
    sizes = [_ask(package, "memory")["bytes"] for package in ("ours", "reservoirpy")]
    mega = [f"{size / 1e6:.4g} MB" for size in sizes]
    ratio = sizes[0] / sizes[1]
    return [
        *compare("esn fit, 20k steps", *times, bound=0.5),
        Line("esn fit, 20k steps", "memory", *mega, ratio, None, 0.2),
    ]


def esn_memory():
    """Measure the peak of a fit to 1,000,000 steps, beside the 200 MB it may take."""
    x, y = (values[np.newaxis] for values in long_series(1_000_000))
    esn = ESNRegressor(return_sequences=True, washout=WASHOUT, random_state=0)
    peak, most = peak_memory(lambda: esn.fit(x, y)), 200e6
    return [
        Line(
            "esn fit, 1M steps",
            "memory beyond data",
            f"{peak / 1e6:.4g} MB",
            f"{most / 1e6:.4g} MB",
            peak / most,
            None,
            1.0,
        )
    ]


def _draw(**settings):
    """Return a reservoir of 500 units."""
    return draw_reservoir(
        1,
        n_reservoir=_N_UNITS,
        connectivity=0.1,
        num_layers=1,
        bidirectional=False,
        nonlinearity="tanh",
        bias_scaling=0.5,
        seed=0,
        **settings,
    )


def esn_windows():
    """Compare the last states of 20,000 windows of 60 with a GEMM a step in torch."""
    x, _ = make_windows(long_series(_N_WINDOWS + _N_STEPS)[0], _N_STEPS)
    reservoir = _draw(spectral_radius=0.9, leak_rate=1.0, input_scaling=0.1)
    ((weights,),), ((radius,),) = reservoir.layers, reservoir.radii
    W = torch.zeros(_N_UNITS, _N_UNITS, dtype=torch.float64)
    W.scatter_(
        1, torch.from_numpy(weights.links).long(), torch.from_numpy(weights.w).double()
    )
    W = (W * 0.9 / radius).T.contiguous()
    w_in = 0.1 * torch.from_numpy(weights.w_in).double().T
    bias = 0.5 * torch.from_numpy(weights.bias).double()
    results = {}

    def ours():
        results["ours"] = reservoir.run(x)

    def gemm():
        steps = torch.from_numpy(np.ascontiguousarray(x.transpose(1, 0, 2)))
        h = torch.zeros(len(x), _N_UNITS, dtype=torch.float64)
        for step in steps:
            h = torch.addmm(bias, step, w_in).addmm_(h, W).tanh_()
        results["gemm"] = h.numpy()

    times = interleave(ours, gemm, seconds=0, min_rounds=3, warms_up=False)
    np.testing.assert_allclose(results["ours"], results["gemm"], atol=1e-12)
    return compare("esn windows / GEMM", *times, bound=0.6)


def esn_choice():
    """Compare ESNRegressorCV of 16 candidates with 16 fits, states alone and whole."""
    x, y = (values[np.newaxis] for values in long_series(10_000))
    stacked = _draw(**_SETTINGS)
    singles = [stacked.take(number) for number in range(16)]
    few = x[:, :1000]
    states = np.empty((16, few.shape[1], _N_UNITS))

    def run_stacked():
        stacked.run(few, states=states)

    def run_singles():
        for number, single in enumerate(singles):
            single.run(few, states=states[number : number + 1])

    options = {"return_sequences": True, "washout": WASHOUT, "random_state": 0}
    settings = [
        dict(zip(_SETTINGS, values, strict=True))
        for values in zip(*_SETTINGS.values(), strict=True)
    ]

    def choose():
        ESNRegressorCV(**options).fit(x, y)

    def fit_all():
        for setting in settings:
            ESNRegressor(**options, **setting).fit(x, y)

    times = interleave(run_stacked, run_singles, seconds=5)
    whole = interleave(choose, fit_all, seconds=0, min_rounds=3, warms_up=False)
    return [
        *compare("esn choice of 16, states", *times, bound=0.45),
        *compare("esn choice of 16, whole", *whole, bound=0.75),
    ]


def esn_accuracy():
    """Score the default network and the one that chooses, and other packages'."""
    ours = {kind: _ask("ours", "accuracy", kind) for kind in ("default", "tuned")}
    peers = {
        f"{package}, {kind}": _ask(package, "accuracy", kind)
        for package in ("reservoirpy", "pyrcn")
        for kind in ("documented", "tuned")
    }
    lines = []
    for task, bounds in _BOUNDS.items():
        for kind, bound in zip(ours, bounds, strict=True):
            score = float(np.median(ours[kind][task]))
            # Lorenz is better where it is larger
            ratio = bound / score if task == "Lorenz" else score / bound
            text = f"{score:.3g}", f"{bound:g}"
            case = f"esn {task}, {kind}"
            lines.append(Line(case, "median / bound", *text, ratio, None, 1.0))
        chosen = float(np.median(ours["tuned"][task]))
        for name, scores in peers.items():
            if not scores[task]:
                continue
            score = float(np.median(scores[task]))
            ratio = score / chosen if task == "Lorenz" else chosen / score
            text = f"{chosen:.3g}", f"{score:.3g}"
            lines.append(Line(f"esn {task}, tuned", name, *text, ratio))
    return lines


def esn_vowels():
    """Tell the speakers of JapaneseVowels by the largest of one-hot outputs."""
    data = _ask("sktime", worker="vowels")
    X, y = ([np.array(x) for x in data["train"]["X"]], np.array(data["train"]["y"]))
    X_test, y_test = [np.array(x) for x in data["test"]["X"]], data["test"]["y"]
    speakers = np.unique(y)
    one_hot = (y[:, np.newaxis] == speakers).astype(float)
    accuracies, least = [], 0.98
    for seed in SEEDS:
        esn = ESNRegressorCV(random_state=seed).fit(X, one_hot)
        said = speakers[esn.predict(X_test).argmax(axis=1)]
        accuracies.append(np.mean(said == np.array(y_test)))
    accuracy = float(np.median(accuracies))
    text = f"{accuracy:.3f}", f"{least:g}"
    case = "esn JapaneseVowels"
    return [Line(case, "bound / accuracy", *text, least / accuracy, None, 1.0)]
