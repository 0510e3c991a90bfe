"""State of plain Python and numpy, which formats without pandas can store."""

import pandas as pd
from pandas.tseries.frequencies import to_offset
from sktime.forecasting.base import ForecastingHorizon

__all__ = ["PackedState"]


class PackedState:
    """Hands out its attributes without pandas' objects, and takes them back so.

    pickle and copies go this way too; skops could not store an index.
    """

    def __getstate__(self):
        return {name: _pack(value) for name, value in vars(self).items()}

    def __setstate__(self, state):
        vars(self).update({name: _unpack(value) for name, value in state.items()})


class Packed:
    """What stands for an object in a state.

    Parameters
    ----------
    kind : str
        Name of the object's class.
    content : dict
        What it is made of.
    """

    def __init__(self, kind, content):
        self.kind = kind
        self.content = content


def _pack(value):
    """Return a value without pandas' objects, and dicts with keys of text only."""
    if isinstance(value, pd.Index):
        return _pack_index(value)
    if isinstance(value, ForecastingHorizon):
        content = {
            "values": _pack(value.to_pandas()),
            "is_relative": value.is_relative,
            "freq": _pack_offset(getattr(value, "_freq", None)),
        }
        return Packed("ForecastingHorizon", content)
    if type(value) is list:
        return [_pack(one) for one in value]
    if type(value) is dict:
        values = [_pack(one) for one in value.values()]
        if all(isinstance(key, str) for key in value):
            return dict(zip(value, values, strict=True))
        return Packed("dict", {"keys": list(value), "values": values})
    return value


def _pack_index(index):
    content = {"names": list(index.names)}
    if isinstance(index, pd.MultiIndex):
        parts = [index.get_level_values(n) for n in range(index.nlevels)]
        return Packed("MultiIndex", {"levels": _pack(parts), **content})
    if isinstance(index, pd.RangeIndex):
        content.update(start=index.start, stop=index.stop, step=index.step)
        return Packed("RangeIndex", content)
    if isinstance(index, pd.PeriodIndex | pd.DatetimeIndex):
        content["freq"] = _pack_offset(index.freq)
    if isinstance(index, pd.PeriodIndex):
        return Packed("PeriodIndex", {"ordinals": index.asi8, **content})
    if isinstance(index, pd.DatetimeIndex):
        content["tz"] = None if index.tz is None else str(index.tz)
    if isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex):
        content.update(counts=index.asi8, unit=index.unit)
        return Packed(type(index).__name__, content)
    is_number = index.dtype.kind in "iufb"
    content["labels"] = index.to_numpy() if is_number else list(index)
    return Packed("Index", content)


def _pack_offset(offset):
    """Return the name of a frequency; itself, if it has holidays, say, of its own."""
    return offset.freqstr if offset is not None and _is_told(offset) else offset


def _is_told(offset):
    try:
        return to_offset(offset.freqstr) == offset
    except ValueError:
        return False


def _unpack(value):
    """Return what `_pack` was given."""
    if isinstance(value, Packed):
        return _BUILDERS[value.kind](**value.content)
    if type(value) is list:
        return [_unpack(one) for one in value]
    if type(value) is dict:
        return {key: _unpack(one) for key, one in value.items()}
    return value


def _build_periods(ordinals, freq, names):
    # By an offset: periods have names of their own for it.
    periods = pd.PeriodIndex.from_ordinals(ordinals, freq=to_offset(freq))
    return periods.rename(names[0])


def _build_dates(counts, unit, tz, freq, names):
    dates = pd.DatetimeIndex(counts.view(f"M8[{unit}]"), name=names[0])
    if tz is not None:
        dates = dates.tz_localize("UTC").tz_convert(tz)
    return pd.DatetimeIndex(dates, freq=freq)


_BUILDERS = {
    "dict": lambda keys, values: dict(zip(keys, _unpack(values), strict=True)),
    "ForecastingHorizon": lambda values, is_relative, freq: ForecastingHorizon(
        _unpack(values), is_relative, freq
    ),
    "Index": lambda labels, names: pd.Index(labels, name=names[0]),
    "RangeIndex": lambda start, stop, step, names: pd.RangeIndex(
        start, stop, step, name=names[0]
    ),
    "MultiIndex": lambda levels, names: pd.MultiIndex.from_arrays(
        _unpack(levels), names=names
    ),
    "PeriodIndex": _build_periods,
    "DatetimeIndex": _build_dates,
    "TimedeltaIndex": lambda counts, unit, names: pd.TimedeltaIndex(
        counts.view(f"m8[{unit}]"), name=names[0]
    ),
}
