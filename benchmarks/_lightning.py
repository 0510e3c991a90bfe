"""Settings of the peers that train with Lightning."""

import logging

import torch

from .speed._setting import LR, MAX_NORM, WEIGHT_DECAY

__all__ = ["OPTIMIZER", "QUIET", "TRAINER", "be_quiet"]

OPTIMIZER = {
    "optimizer": torch.optim.AdamW,
    "optimizer_kwargs": {"weight_decay": WEIGHT_DECAY, "fused": True, "lr": LR},
}

# Nothing that training can do without
QUIET = {
    "accelerator": "cpu",
    "enable_checkpointing": False,
    "enable_model_summary": False,
    "enable_progress_bar": False,
    "logger": False,
}

# Clipping as ours
TRAINER = QUIET | {"gradient_clip_val": MAX_NORM}


def be_quiet():
    """Silence Lightning, except for errors."""
    for name in ("pytorch_lightning", "lightning_fabric", "lightning"):
        logging.getLogger(name).setLevel(logging.ERROR)
