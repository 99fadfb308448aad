"""A clock that is wrong by a fixed amount: an honest environment does not notice.

The shift is constant while the environment is at work, so durations and deadlines that it measures
stay what they are; between two calls it may be advanced, as if the agent had taken long.
"""

from __future__ import annotations

import contextlib
import datetime
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

SHIFT_S = 201 * 86400 + 7 * 3600 + 31 * 60 + 17.53
"""Moves second, minute, hour, weekday, month and the fraction of a second."""


class Clock:
    """How far the shifted clock is from the true one."""

    def __init__(self, shift_s: float) -> None:
        self.shift_s = shift_s

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        self.shift_s += seconds


_clock = Clock(SHIFT_S)


@contextlib.contextmanager
def shifted() -> Iterator[Clock]:
    """Replaces the clocks of `time` and `datetime`, wherever they have been imported to."""
    _clock.shift_s = SHIFT_S
    fakes: dict[int, Any] = {}
    for name in ("time", "monotonic", "perf_counter"):
        real = getattr(time, name)
        fakes[id(real)] = _plus(real, float)
        real = getattr(time, name + "_ns")
        fakes[id(real)] = _plus(real, _nanoseconds)
    for name in ("localtime", "gmtime", "ctime"):
        real = getattr(time, name)
        fakes[id(real)] = _of_now(real, time.time)
    fakes[id(datetime.datetime)] = _ShiftedDatetime
    undo: list[tuple[dict[str, Any], str, Any]] = []
    for module in list(sys.modules.values()):
        if module is sys.modules[__name__]:
            continue
        names = getattr(module, "__dict__", {})
        for name, value in list(names.items()):
            if id(value) in fakes:
                undo.append((names, name, value))
                names[name] = fakes[id(value)]
    try:
        yield _clock
    finally:
        for names, name, value in undo:
            names[name] = value


def _plus(real: Callable[[], Any], unit: Callable[[float], Any]) -> Callable[[], Any]:
    return lambda: real() + unit(_clock.shift_s)


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)


def _of_now(real: Callable[..., Any], now: Callable[[], float]) -> Callable[..., Any]:
    return lambda seconds=None: real(now() + _clock.shift_s if seconds is None else seconds)


_Datetime = datetime.datetime


class _ShiftedDatetime(_Datetime):
    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return _Datetime.now(tz) + datetime.timedelta(seconds=_clock.shift_s)

    @classmethod
    def utcnow(cls) -> Any:
        return _Datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(
            seconds=_clock.shift_s
        )

    @classmethod
    def today(cls) -> Any:
        return cls.now()
