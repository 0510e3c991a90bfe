"""Torch settings of a fit, kept apart from those of the rest of the process."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

from ._checks import short

__all__ = ["check_device", "isolated", "one_thread"]


def check_device(device: str) -> torch.device:
    """Return the torch device named `device`.

    Parameters
    ----------
    device : str
        ``"cpu"``, ``"cuda"`` or ``"cuda:<number>"``.

    Returns
    -------
    device : torch.device
        A device of this machine.

    Raises
    ------
    ValueError
        If this machine has no device of that name.
    """
    valid = ["cpu"]
    if torch.cuda.is_available():
        valid += ["cuda", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
    if device not in valid:
        raise ValueError(
            f"device={short(device)} is not a device of this machine; use one of "
            f"{valid}."
        )
    return torch.device(device)


@contextmanager
def one_thread(*, may_start_threads: bool = False) -> Iterator[None]:
    """Compute on one torch thread in this Python thread, and restore their number.

    Torch has a number of threads for each Python thread, and another number for new
    Python threads. Setting the first number changes the second, which is set back at
    once.

    Parameters
    ----------
    may_start_threads : bool, default=False
        Whether the context calls code of the user, which may start Python threads.
    """
    before = torch.get_num_threads()
    if before == 1:
        yield
        return
    torch.set_num_threads(1)
    if may_start_threads or threading.active_count() > 1:
        new = threading.Thread(target=torch.set_num_threads, args=(before,))
        new.start()
        new.join()
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def isolated(device: torch.device, *, trains: bool = True) -> Iterator[None]:
    """Compute outside of all contexts of torch, on one thread.

    Gradients, automatic precision and the default device are those of a new process.
    torch's own generator on the CPU, which all threads share, is not used; the state of
    a GPU's generator is restored.

    Parameters
    ----------
    device : torch.device
        Where the network computes.
    trains : bool, default=True
        Whether gradients are needed, and code of the user is called.
    """
    with ExitStack() as stack:
        stack.enter_context(one_thread(may_start_threads=trains))
        for kind in {"cpu", device.type}:
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        if torch.get_default_device().type != "cpu":
            stack.enter_context(torch.device("cpu"))
        if trains:
            stack.enter_context(torch.inference_mode(False))
            stack.enter_context(torch.enable_grad())
            if device.type == "cuda":
                stack.callback(
                    torch.cuda.set_rng_state, torch.cuda.get_rng_state(device), device
                )
        yield
