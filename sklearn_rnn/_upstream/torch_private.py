"""Private names of torch: one call for a list of tensors, faster than a loop."""

from torch import _foreach_mul_ as foreach_mul_
from torch import _foreach_norm as foreach_norm

__all__ = ["foreach_mul_", "foreach_norm"]
