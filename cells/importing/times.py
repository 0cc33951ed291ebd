"""Dates and times of a source, in whatever way it writes them, to moments; without a zone they are the city's time."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from cells.importing.errors import ImportRefused

# Tried in this order on a sample; the first that reads nearly all of it counts.
_FORMATS = (
    "ISO8601",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日",
    "%Y%m%d%H%M%S",
    "%Y%m%d",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
    "%d/%m/%Y %I:%M:%S %p",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%m/%d/%y %H:%M",
    "%m/%d/%y",
    "mixed",
)
_SAMPLE = 5000
_NEARLY_ALL = 0.98
_EPOCH_UNITS = ((1e8, 1e11, "s"), (1e11, 1e14, "ms"), (1e14, 1e17, "us"))


class Times:
    """Reads the times of one column; the way of writing is found on the first rows and kept for the file.

    Parameters
    ----------
    zone : the zone of times that name none
    form : strptime format, if it cannot be found or is found wrong
    """

    def __init__(self, zone: str, form: str | None = None) -> None:
        self._zone = ZoneInfo(zone)
        self.form = form

    def parse(self, texts: np.ndarray) -> np.ndarray:
        """(n,) datetime64[us] in UTC, NaT where the text is empty or no time.

        A clock time that a change of clocks skips is moved to the next that exists; one that comes twice is the
        second.
        """
        series = pd.Series(texts, dtype="object").replace("", None)
        numbers = pd.to_numeric(series, errors="coerce")
        for low, high, unit in _EPOCH_UNITS:
            if self.form is None and len(numbers.dropna()) and numbers.abs().dropna().between(low, high).all():
                return _utc(pd.to_datetime(numbers, unit=unit, utc=True, errors="coerce"))
        if self.form is None:
            self.form = _form_of(series.dropna().head(_SAMPLE))
        found = pd.to_datetime(series, format=self.form, errors="coerce", utc=True)
        if not self._names_a_zone(series):
            plain = pd.Series(found).dt.tz_localize(None)
            found = plain.dt.tz_localize(
                self._zone, ambiguous=np.zeros(len(plain), dtype=bool), nonexistent="shift_forward"
            )
        return _utc(found)

    def _names_a_zone(self, series: pd.Series) -> bool:
        sample = series.dropna().head(50)
        return bool(len(sample)) and bool(sample.str.contains(r"(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})\s*$", regex=True).all())

    def dates(self, texts: np.ndarray) -> np.ndarray:
        """(n,) ISO dates as text, None where there is none: the city's calendar day of the moment."""
        moments = pd.Series(self.parse(texts)).dt.tz_localize("UTC").dt.tz_convert(self._zone)
        return np.array([None if pd.isna(m) else m.date().isoformat() for m in moments], dtype=object)


def _form_of(sample: pd.Series) -> str:
    if not len(sample):
        return _FORMATS[-1]
    share = 0.0
    best = _FORMATS[-1]
    for form in _FORMATS:
        read = float(pd.to_datetime(sample, format=form, errors="coerce", utc=True).notna().mean())
        if read > share:
            share, best = read, form
        if share >= _NEARLY_ALL:
            break
    if share < 0.5:
        raise ImportRefused(
            f"These are no times: {', '.join(map(repr, sample.head(3)))}.",
            hint="Name the format, as in --time-format '%d/%m/%Y %H:%M'.",
        )
    return best


# What lies beyond is no time of a city's, and neither Python nor a page can show it (NaT compares as neither).
_FIRST, _LAST = np.datetime64("0001-01-02", "us"), np.datetime64("9999-12-30", "us")


def _utc(moments: pd.Series) -> np.ndarray:
    found = np.asarray(moments.dt.tz_convert("UTC").dt.tz_localize(None), dtype="datetime64[us]")
    return np.where((found >= _FIRST) & (found <= _LAST), found, np.datetime64("NaT"))
