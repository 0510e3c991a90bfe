"""Fits that neither change nor feel what the rest of the process does."""

import threading
from contextlib import ExitStack, contextmanager

import torch

from ._checks import short

__all__ = ["check_device", "isolated", "one_thread"]


def check_device(device):
    """Return the torch device named `device`.

    Parameters
    ----------
    device : str
        ``"cpu"``, ``"cuda"`` or ``"cuda:<number>"``.

    Returns
    -------
    device : torch.device
        One that is there.

    Raises
    ------
    ValueError
        If there is no such device.
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
def one_thread(*, may_start_threads=False):
    """Compute on one torch thread in this Python thread, and restore their number.

    Torch counts threads in each Python thread, and has a number besides that new Python
    threads begin with. Setting the first changes the second, which is set back at once.

    Parameters
    ----------
    may_start_threads : bool, default=False
        Whether code of the user's, which may start Python threads, is called inside.
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
def isolated(device, *, trains=True):
    """Compute as outside of all contexts that torch knows, on one thread.

    Gradients, automatic precision and the default device are those of a new process.
    Nothing is drawn from torch's own generators on the CPU, which all threads share;
    the generator of a GPU is set back.

    Parameters
    ----------
    device : torch.device
        Where the network computes.
    trains : bool, default=True
        Whether gradients are needed, and code of the user's is called.
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
