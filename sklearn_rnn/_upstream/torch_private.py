"""Private names of torch.

The ``foreach`` functions take a list of tensors in one call, which is faster than a
loop.
"""

from torch import _foreach_mul_ as foreach_mul_
from torch import _foreach_norm as foreach_norm

__all__ = ["MODULE_HOOKS", "foreach_mul_", "foreach_norm"]

# Attributes in which a module keeps the hooks that users have registered.
MODULE_HOOKS = (
    "_forward_pre_hooks",
    "_forward_hooks",
    "_backward_pre_hooks",
    "_backward_hooks",
)
