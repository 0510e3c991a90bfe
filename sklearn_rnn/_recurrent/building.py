"""From the checked options of a fit to a network that fits into memory."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from skorch.callbacks import Callback

from sklearn_rnn._checks import short

from .module import CELLS, RecurrentModule
from .net import OPTIMIZERS, RecurrentNet, watches_validation
from .options import Options, Plan

__all__ = [
    "RECENCY",
    "build_net",
    "check_callback",
    "check_memory",
    "list_module_options",
    "memory_errors",
]


# How closely averaged weights follow the latest steps. By themselves networks learn a
# tenth more with 4 than with 0 at most lengths (laser and maps, on held-out rows). The
# residuals of a ridge are mostly noise, against which the average of all steps guards.
RECENCY, _RECENCY_ON_RIDGE = 4, 0


def list_module_options(
    options: Options, n_features: int, n_steps: int, n_targets: int
) -> dict[str, Any]:
    """Return the keywords of the network's module, without its generator.

    Parameters
    ----------
    options : Options
        Of the fit.
    n_features, n_steps, n_targets : int
        Number of features of a step, of steps of the longest training sequence, and of
        targets.
    """
    return {
        "cell": options.cell,
        "n_features": n_features,
        "n_outputs": n_targets * options.objective.n_per_target,
        "n_steps": n_steps,
        # Longer segments than sequences would only hold more zeros.
        "segment_length": min(options.segment_length, n_steps),
        "hidden_size": options.hidden_size,
        "num_layers": options.num_layers,
        "bidirectional": options.bidirectional,
        "dropout": options.dropout,
        "pooling": options.pooling,
        "init": options.init,
        "has_skip": options.linear_skip == "trainable",
        "n_threads": options.n_threads,
        **options.cell_options,
    }


def build_net(
    options: Options,
    module: Mapping[str, Any],
    plan: Plan,
    *,
    n_validation: int,
    generator: torch.Generator,
    name: str,
) -> RecurrentNet:
    """Return an initialised net.

    Parameters
    ----------
    options : Options
        Of the fit.
    module : mapping of str to object
        From `list_module_options`.
    plan : Plan
        How long to train.
    n_validation : int
        Number of held-out samples.
    generator : torch.Generator
        The generator of the first weights.
    name : str
        Name of the estimator, for the progress bar.
    """
    objective = options.objective
    optimizer, settings = OPTIMIZERS[options.optimizer]
    keywords = {
        **{f"module__{key}": value for key, value in module.items()},
        **{f"criterion__{k}": v for k, v in objective.criterion_options.items()},
        **{f"optimizer__{key}": value for key, value in settings.items()},
    }
    net = RecurrentNet(
        RecurrentModule,
        module__generator=generator,
        criterion=objective.criterion,
        optimizer=optimizer,
        optimizer__weight_decay=options.weight_decay,
        **keywords,
        lr=options.lr,
        max_epochs=plan.n_epochs,
        batch_size=plan.batch_size,
        callbacks=[
            _copied(callback)
            for callback in options.callbacks or ()
            if n_validation or not watches_validation(callback)
        ],
        device=options.device,
        verbose=options.verbose,
        n_batches=plan.n_batches,
        n_validation=n_validation,
        stop_early=bool(options.early_stopping) and n_validation > 0,
        n_iter_no_change=options.n_iter_no_change,
        tol=options.tol,
        lr_schedule=options.lr_schedule,
        recency=_choose_recency(options),
        clip_grad_norm=options.clip_grad_norm,
        recurrent_constraint=options.recurrent_constraint,
        deadline=options.deadline,
        name=name,
        keep_bar=options.early_stopping != "refit" or n_validation == 0,
    )
    return net.initialize()


def _choose_recency(options):
    """Return how closely averaged weights follow the latest steps."""
    if options.recency is not None:
        return options.recency
    return _RECENCY_ON_RIDGE if options.linear_skip == "ridge" else RECENCY


def _copied(callback):
    """Copy a callback, so that its state is not the user's; its contents are shared."""
    if isinstance(callback, tuple):
        return callback[0], copy.copy(callback[1])
    return copy.copy(callback)


def check_callback(callback: Any) -> None:
    """Raise where an element of `callbacks` is not a callback of skorch."""
    is_pair = isinstance(callback, tuple) and len(callback) == 2
    kind = callback[1] if is_pair else callback
    is_class = isinstance(kind, type) and issubclass(kind, Callback)
    is_named = not is_pair or isinstance(callback[0], str)
    if not is_named or not (isinstance(kind, Callback) or is_class):
        raise TypeError(
            f"callbacks holds {short(callback)}; each must be a skorch callback, or a "
            "pair of a name and one."
        )
    if is_class:
        try:
            kind()
        except TypeError as error:
            raise TypeError(
                f"callbacks holds the class {kind.__name__}, which needs arguments; "
                "give an instance of it."
            ) from error


# ------------------------------------------------------------------------------- memory


def check_memory(module: Mapping[str, Any]) -> None:
    """Raise a MemoryError where weights alone would fill the machine's memory.

    Parameters
    ----------
    module : mapping of str to object
        From `list_module_options`.
    """
    n_features, n_hidden = module["n_features"], module["hidden_size"]
    n_first = module["segment_length"] * n_features  # inputs of the first layer
    n_directions, n_outputs = 1 + bool(module["bidirectional"]), module["n_outputs"]
    n_gates, n_states = CELLS[module["cell"]][1], n_directions * n_hidden
    n_weights = n_states * n_outputs
    if module["has_skip"]:
        n_weights += module["n_steps"] * n_features * n_outputs
    # Inputs, recurrence and two biases of the first layer, and of those above it
    for n_layers, n_inputs in ((1, n_first), (module["num_layers"] - 1, n_states)):
        n_of_unit = n_inputs + n_hidden + 2
        n_weights += n_layers * n_directions * n_gates * n_hidden * n_of_unit
    n_bytes = 16 * n_weights  # with the gradient and the optimizer's two moments
    if n_bytes > _memory_of_machine():
        raise MemoryError(
            f"{_size_words(n_hidden, module['num_layers'])} make {n_weights:.2g} "
            f"weights, whose training needs {n_bytes / 2**30:.3g} GiB, more than this "
            "machine's memory."
        )


def _memory_of_machine():
    """Return the memory of the machine in bytes, infinite where it is not known."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return float("inf")


def _size_words(hidden_size, num_layers):
    return f"hidden_size={hidden_size} and num_layers={num_layers}"


@contextmanager
def memory_errors(
    hidden_size: int, num_layers: int, task: str = "Training"
) -> Iterator[None]:
    """Raise a MemoryError that names the network's size where torch lacks memory."""
    try:
        yield
    except RuntimeError as error:
        if "memory" not in str(error):
            raise
        raise MemoryError(
            f"{task} with {_size_words(hidden_size, num_layers)} needs more memory "
            "than there is; use a smaller network, smaller batches or shorter "
            "sequences."
        ) from error
