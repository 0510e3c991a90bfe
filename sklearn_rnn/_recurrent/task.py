"""The samples of a fit, and the networks that are made and trained for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from sklearn_rnn._isolation import check_device, isolated
from sklearn_rnn._sequences.sequences import Sequences

from .batches import SequenceDataset
from .building import build_net, check_memory, list_module_options, memory_errors
from .linear_part import LinearPart
from .net import RecurrentNet
from .options import Objective, Options

__all__ = ["Task", "Trained", "copy_generator", "seed_generator", "training_context"]


@dataclass(frozen=True)
class Trained:
    """The two parts of a fit.

    Parameters
    ----------
    linear_part : LinearPart
        Scales, and the ridge.
    net : RecurrentNet
        The network.
    """

    linear_part: LinearPart
    net: RecurrentNet


@dataclass(frozen=True)
class Task:
    """The samples of a fit, and how a network starts on them.

    Parameters
    ----------
    sequences : Sequences
        Sequences.
    y : ndarray of shape (n_samples, n_outputs)
        Targets.
    n_steps : int
        Number of steps of the longest training sequence.
    name : str
        Name of the estimator, for progress bars.
    find_first_outputs : callable
        From the loss and the targets of the network to the outputs from which training
        starts, or None for 0; see `BaseRecurrent`.
    """

    sequences: Sequences
    y: NDArray[np.float64]
    n_steps: int
    name: str
    find_first_outputs: Callable[[Objective, NDArray], NDArray | None]

    def __len__(self):
        return len(self.y)

    def fit_linear_part(
        self, options: Options, n_train: int, *, has_ridge: bool
    ) -> tuple[LinearPart, SequenceDataset]:
        """Fit the linear part on the first `n_train` samples; see `LinearPart.fit`."""
        return LinearPart.fit(
            self.sequences,
            self.y,
            n_train,
            standardize=options.standardize,
            target_feature=options.target_feature,
            has_ridge=has_ridge,
        )

    def make_net(
        self,
        options: Options,
        generator: torch.Generator,
        *,
        n_train: int,
        n_validation: int = 0,
        targets: torch.Tensor | None = None,
    ) -> RecurrentNet:
        """Return a network with its first weights.

        Parameters
        ----------
        options : Options
            Settled options.
        generator : torch.Generator
            The generator of the first weights.
        n_train : int
            Number of training samples.
        n_validation : int, default=0
            Number of samples that the network holds out itself.
        targets : tensor of shape (n_train, n_outputs) or None, default=None
            Targets of the network, which its first outputs follow; None: it starts from
            other weights.
        """
        n_features, n_targets = self.sequences.values.shape[2], self.y.shape[1]
        module = list_module_options(options, n_features, self.n_steps, n_targets)
        check_memory(module)
        net = build_net(
            options,
            module,
            options.plan(len(self), n_train),
            n_validation=n_validation,
            generator=generator,
            name=self.name,
        )
        if targets is not None:
            first = self.find_first_outputs(options.objective, targets.numpy())
            if first is not None:
                with torch.no_grad():
                    net.module_.head.bias.copy_(torch.from_numpy(first.ravel()))
        return net

    def start(
        self,
        options: Options,
        generator: torch.Generator,
        *,
        n_validation: int = 0,
        before: Trained | None = None,
    ) -> tuple[Trained, SequenceDataset]:
        """Fit the linear part, and make the network that learns its residuals.

        Parameters
        ----------
        options : Options
            Settled options.
        generator : torch.Generator
            The generator of the first weights.
        n_validation : int, default=0
            Number of the last samples that are held out.
        before : Trained or None, default=None
            The fit whose linear part and weights are the start; None: a new start.

        Returns
        -------
        trained : Trained
            Linear part, and the network with its first weights.
        dataset : SequenceDataset
            All samples, scaled; the targets are the residuals of the linear part.
        """
        n_train = len(self) - n_validation
        sizes: dict[str, Any] = {"n_train": n_train, "n_validation": n_validation}
        if before is not None:
            dataset = before.linear_part.residuals(self.sequences, self.y)
            net = self.make_net(options, generator, **sizes)
            net.module_.load_state_dict(before.net.module_.state_dict())
            return Trained(before.linear_part, net), dataset
        linear_part, dataset = self.fit_linear_part(
            options, n_train, has_ridge=options.linear_skip == "ridge"
        )
        net = self.make_net(
            options, generator, **sizes, targets=dataset.targets[:n_train]
        )
        return Trained(linear_part, net), dataset

    def train(
        self,
        options: Options,
        generator: torch.Generator,
        *,
        n_validation: int = 0,
        before: Trained | None = None,
    ) -> Trained:
        """Train a network, from the start that `start` makes."""
        trained, dataset = self.start(
            options, generator, n_validation=n_validation, before=before
        )
        trained.net.train_on(dataset, generator)
        return trained


def seed_generator(random_state) -> torch.Generator:
    """Return a generator of a fit's own, seeded by `random_state`."""
    seed = check_random_state(random_state).randint(np.iinfo(np.int32).max)
    return torch.Generator().manual_seed(int(seed))


def copy_generator(generator: torch.Generator) -> torch.Generator:
    """Return a generator that begins where `generator` began."""
    return torch.Generator().manual_seed(generator.initial_seed())


@contextmanager
def training_context(options: Options) -> Iterator[None]:
    """Train apart from the rest of the process, and say so where memory is short."""
    with (
        isolated(check_device(options.device)),
        memory_errors(options.hidden_size, options.num_layers),
    ):
        yield
