"""A clock that is wrong by a fixed amount: an honest environment does not notice.

The shift is constant, so durations and deadlines measured with it stay what they are.
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


@contextlib.contextmanager
def shifted() -> Iterator[None]:
    """Replaces the clocks of `time` and `datetime`, wherever they have been imported to."""
    fakes: dict[int, Any] = {}
    for name in ("time", "monotonic", "perf_counter"):
        real = getattr(time, name)
        fakes[id(real)] = _plus(real, SHIFT_S)
        real = getattr(time, name + "_ns")
        fakes[id(real)] = _plus(real, int(SHIFT_S * 1e9))
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
        yield
    finally:
        for names, name, value in undo:
            names[name] = value


def _plus(real: Callable[[], Any], shift: Any) -> Callable[[], Any]:
    return lambda: real() + shift


def _of_now(real: Callable[..., Any], now: Callable[[], float]) -> Callable[..., Any]:
    return lambda seconds=None: real(now() + SHIFT_S if seconds is None else seconds)


_Datetime = datetime.datetime


class _ShiftedDatetime(_Datetime):
    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return _Datetime.now(tz) + datetime.timedelta(seconds=SHIFT_S)

    @classmethod
    def utcnow(cls) -> Any:
        return _Datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(
            seconds=SHIFT_S
        )

    @classmethod
    def today(cls) -> Any:
        return cls.now()
