"""Speed and memory of training, prediction, windows, imports and grid searches."""
