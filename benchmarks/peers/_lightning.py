"""What the two peers that train with Lightning have in common."""

import logging

import torch

from .._setting import LR, MAX_NORM, WEIGHT_DECAY

__all__ = ["OPTIMIZER", "TRAINER", "be_quiet"]

OPTIMIZER = {
    "optimizer": torch.optim.AdamW,
    "optimizer_kwargs": {"weight_decay": WEIGHT_DECAY, "fused": True, "lr": LR},
}

# Clipping as ours; without what training can do without.
TRAINER = {
    "accelerator": "cpu",
    "gradient_clip_val": MAX_NORM,
    "enable_checkpointing": False,
    "enable_model_summary": False,
    "enable_progress_bar": False,
    "logger": False,
}


def be_quiet():
    """Let Lightning say only what went wrong."""
    for name in ("pytorch_lightning", "lightning_fabric", "lightning"):
        logging.getLogger(name).setLevel(logging.ERROR)
