"""The JapaneseVowels set that sktime ships, as JSON (Kudo et al. 1999).

Nine speakers say the same vowels: sequences of 7 to 29 steps of 12 coefficients.
"""

import json

import numpy as np
from sktime.datasets import load_japanese_vowels


def read(split):
    """Return sequences, lists of (n_steps_i, n_features), and speakers."""
    X, y = load_japanese_vowels(split=split, return_type="nested_univ")
    rows = (np.stack([np.asarray(cell) for cell in row], 1) for row in X.to_numpy())
    return {"X": [x.tolist() for x in rows], "y": [str(speaker) for speaker in y]}


if __name__ == "__main__":
    print(json.dumps({split: read(split) for split in ("train", "test")}))
