"""Echo state networks beside reservoirpy and PyRCN, and beside code written by hand.

Other packages run in environments of their own, which the first run installs; each
measurement runs in a fresh interpreter. `tasks` describes the tasks on which accuracy
is measured; the modules in `peers` have the settings of other packages, as documented
and as tuned for each task. Ours have one default for all tasks. Memory is the growth of
the process during a fit, at its peak.
"""

import json
import sys

import numpy as np
import torch

from benchmarks._environments import ensure_environment, run_module
from benchmarks._harness import Line, compare, interleave
from sklearn_rnn import ESNRegressor, ESNRegressorCV, make_windows
from sklearn_rnn._reservoir.drawing import draw_reservoir

from .tasks import N_UNITS, SEEDS, TASKS, WASHOUT, long_series

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

# Bounds on the median over the seeds, with all parameters but washout and
# return_sequences at their defaults: the largest error, or for Lorenz the least number
# of Lyapunov times.
_BOUNDS = {
    "ESNRegressor": {"NARMA10": 0.20, "Mackey-Glass": 0.015, "Lorenz": 7.0},
    "ESNRegressorCV": {"NARMA10": 0.13, "Mackey-Glass": 0.002, "Lorenz": 9.5},
}
_LEAST_ACCURACY = 0.98  # on JapaneseVowels

_N_FIT, _N_LONG, _MOST_BYTES = 20_000, 1_000_000, 200e6

_N_WINDOWS, _N_STEPS = 20_000, 60
_SETTINGS = {
    "spectral_radius": np.repeat([0.9, 1.0], 8),
    "leak_rate": np.tile(np.repeat([0.5, 1.0], 4), 2),
    "input_scaling": np.tile([0.005, 0.02, 0.1, 0.4], 4),
}


def _ask(package, *question, module=None):
    """Run a package's module in a fresh interpreter and return its answer.

    The module is that of the same name in `peers`, unless another one is given.
    """
    python = sys.executable
    if package != "ours":
        python = ensure_environment(package, _PEERS[package])
    module = f"{__package__}.{module or f'peers.{package}'}"
    done = run_module(python, module, *question)
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
        *workers, seconds=0, min_rounds=3, warms_up=False, measure=_time_worker
    )
    sizes = [
        _ask(package, "memory", _N_FIT)["bytes"] for package in ("ours", "reservoirpy")
    ]
    mega = [f"{size / 1e6:.4g} MB" for size in sizes]
    ratio = sizes[0] / sizes[1]
    return [
        *compare("esn fit, 20k steps", *times, bound=0.5),
        Line("esn fit, 20k steps", "memory", *mega, ratio, None, 0.2),
    ]


def esn_memory():
    """Measure the memory of a fit to 1,000,000 steps, beside its bound."""
    size = _ask("ours", "memory", _N_LONG)["bytes"]
    mega = [f"{number / 1e6:.4g} MB" for number in (size, _MOST_BYTES)]
    case = "esn fit, 1M steps"
    return [Line(case, "memory / bound", *mega, size / _MOST_BYTES, None, 1.0)]


def _draw(**settings):
    """Return a reservoir of 500 units."""
    return draw_reservoir(
        1,
        n_reservoir=N_UNITS,
        connectivity=0.1,
        num_layers=1,
        bidirectional=False,
        nonlinearity="tanh",
        bias_scaling=0.5,
        seed=0,
        **settings,
    )


def esn_windows():
    """Compare the last states of 20,000 windows of 60 with a GEMM per step in torch."""
    x, _ = make_windows(long_series(_N_WINDOWS + _N_STEPS)[0], _N_STEPS)
    reservoir = _draw(spectral_radius=0.9, leak_rate=1.0, input_scaling=0.1)
    ((weights,),), ((radius,),) = reservoir.layers, reservoir.radii
    W = torch.zeros(N_UNITS, N_UNITS, dtype=torch.float64)
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
        h = torch.zeros(len(x), N_UNITS, dtype=torch.float64)
        for step in steps:
            h = torch.addmm(bias, step, w_in).addmm_(h, W).tanh_()
        results["gemm"] = h.numpy()

    times = interleave(ours, gemm, seconds=0, min_rounds=2, warms_up=False)
    np.testing.assert_allclose(results["ours"], results["gemm"], atol=1e-12)
    return compare("esn windows / GEMM", *times, bound=0.6)


def esn_choice():
    """Compare ESNRegressorCV of 16 candidates with 16 fits, states alone and whole."""
    x, y = (values[np.newaxis] for values in long_series(5_000))
    stacked = _draw(**_SETTINGS)
    singles = [stacked.take(number) for number in range(16)]
    few = x[:, :1000]
    states = np.empty((16, few.shape[1], N_UNITS))

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
    """Score our estimators, and other packages' networks."""
    ours = {name: _ask("ours", "accuracy", name) for name in _BOUNDS}
    peers = {
        f"{package}, {kind}": _ask(package, "accuracy", kind)
        for package in ("reservoirpy", "pyrcn")
        for kind in ("documented", "tuned")
    }
    lines = []
    for name, task in TASKS.items():

        def ratio(score, reference, is_error=task.is_error):
            return np.divide(*((score, reference) if is_error else (reference, score)))

        for estimator, bounds in _BOUNDS.items():
            scores, bound = ours[estimator][name], bounds[name]
            low, middle, high = np.quantile(ratio(scores, bound), [0.25, 0.5, 0.75])
            text = f"{np.median(scores):.3g}", f"{bound:g}"
            case, measured = f"esn {name}, {estimator}", f"{task.measure}, bound"
            lines.append(Line(case, measured, *text, middle, (low, high), 1.0))
        best = np.median(ours["ESNRegressorCV"][name])
        for peer, scores in peers.items():
            score = np.median(scores[name])
            text = f"{best:.3g}", f"{score:.3g}"
            case = f"esn {name}, {peer}"
            lines.append(Line(case, task.measure, *text, ratio(best, score)))
    return lines


def esn_vowels():
    """Recognise the speakers of JapaneseVowels by the largest of one-hot outputs."""
    data = _ask("sktime", module="vowels")
    sequences, speakers = {}, {}
    for split, of_split in data.items():
        sequences[split] = [np.array(x) for x in of_split["X"]]
        speakers[split] = np.array(of_split["y"])
    kinds = np.unique(speakers["train"])
    one_hot = (speakers["train"][:, np.newaxis] == kinds).astype(float)
    accuracies = []
    for seed in SEEDS:
        esn = ESNRegressorCV(random_state=seed).fit(sequences["train"], one_hot)
        found = kinds[esn.predict(sequences["test"]).argmax(axis=1)]
        accuracies.append(np.mean(found == speakers["test"]))
    low, ratio, high = np.quantile(
        _LEAST_ACCURACY / np.array(accuracies), [0.25, 0.5, 0.75]
    )
    text = f"{np.median(accuracies):.3f}", f"{_LEAST_ACCURACY:g}"
    case = "esn JapaneseVowels"
    return [Line(case, "accuracy, bound", *text, ratio, (low, high), 1.0)]
