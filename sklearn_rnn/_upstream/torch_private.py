"""Private names of torch.

The ``foreach`` functions take a list of tensors in one call, which is faster than a
loop. The ``fused`` functions are the steps of the optimisers of that name.
"""

import torch
from torch import _foreach_add_ as foreach_add_
from torch import _foreach_mul_ as foreach_mul_
from torch import _foreach_norm as foreach_norm
from torch import _fused_adam_ as fused_adam_
from torch import _fused_adamw_ as fused_adamw_

__all__ = [
    "MODULE_HOOKS",
    "foreach_add_",
    "foreach_mul_",
    "foreach_norm",
    "fused_adam_",
    "fused_adamw_",
    "mse_loss_backward",
]

# (gradient of the loss, outputs, targets, 1 for the mean) -> gradient of the outputs
mse_loss_backward = torch.ops.aten.mse_loss_backward.default

# Attributes in which a module keeps the hooks that users have registered.
MODULE_HOOKS = (
    "_forward_pre_hooks",
    "_forward_hooks",
    "_backward_pre_hooks",
    "_backward_hooks",
)
