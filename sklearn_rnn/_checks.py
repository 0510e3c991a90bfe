"""Values as errors show them."""

import re

__all__ = ["short"]

_MOST_CHARACTERS = 60


def short(value, most=_MOST_CHARACTERS):
    """Return how an error shows a value: on one line, the middle of a long one cut.

    Parameters
    ----------
    value : object
        Anything, also where ``repr`` cannot tell it.
    most : int, default=60
        How many characters may be shown.

    Returns
    -------
    text : str
        At most `most` characters.
    """
    try:
        text = repr(value)
    except Exception:  # an integer of over 4,300 digits, a class of the user's own
        text = f"<{type(value).__name__}>"
    text = re.sub(r"\s+", " ", text)
    if len(text) > most:
        n_last = (most - 5) // 4
        text = f"{text[: most - 5 - n_last]} ... {text[len(text) - n_last :]}"
    return text
