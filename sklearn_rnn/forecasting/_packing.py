"""State without objects of pandas, for storage formats that do not know pandas."""

import pandas as pd
from pandas.tseries.frequencies import to_offset
from sktime.forecasting.base import ForecastingHorizon

from ._sktime_hooks import frequency_of

__all__ = ["PackedState"]


class PackedState:
    """Mixin that packs its attributes: no object of pandas is in its state.

    skops cannot store an index. Pickles and deep copies use the packed state too.
    Attributes named in `_not_stored` have a default in the class, and are left out.
    """

    _not_stored: tuple[str, ...] = ()

    def __copy__(self):
        copied = object.__new__(type(self))
        vars(copied).update(vars(self))
        return copied

    def __getstate__(self):
        return {
            name: _pack(value)
            for name, value in vars(self).items()
            if name not in self._not_stored
        }

    def __setstate__(self, state):
        vars(self).update({name: _unpack(value) for name, value in state.items()})


class Packed:
    """The stand-in for an object in a packed state.

    Parameters
    ----------
    kind : str
        Name of the object's class.
    content : dict
        Arguments of the function in `_BUILDERS` that builds the object.
    """

    def __init__(self, kind, content):
        self.kind = kind
        self.content = content


def _pack(value):
    """Return a value without objects of pandas, and with text as keys of dicts."""
    if isinstance(value, pd.Index):
        return _pack_index(value)
    if isinstance(value, ForecastingHorizon):
        content = {
            "values": _pack(value.to_pandas()),
            "is_relative": value.is_relative,
            "freq": _pack_offset(frequency_of(value)),
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
    """Return the name of a frequency, or the offset if the name does not tell it."""
    return offset.freqstr if offset is not None and _is_told(offset) else offset


def _is_told(offset):
    """Whether pandas reads the offset from its name; not so with own holidays."""
    try:
        return to_offset(offset.freqstr) == offset
    except ValueError:
        return False


def _unpack(value):
    """Return the value that `_pack` packed."""
    if isinstance(value, Packed):
        return _BUILDERS[value.kind](**value.content)
    if type(value) is list:
        return [_unpack(one) for one in value]
    if type(value) is dict:
        return {key: _unpack(one) for key, one in value.items()}
    return value


def _build_periods(ordinals, freq, names):
    # The names of periods differ from those of offsets.
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
