"""Moments and lengths of time as they are typed, `10ms` or `1m2.5s`, as Go writes durations (time.ParseDuration)."""

import re
from decimal import Decimal

_UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_PART = re.compile(r"(\d{1,18})(?:\.(\d{0,18}))?(ns|us|µs|μs|ms|s|m|h)")


def nanoseconds(text: str) -> int:
    """The time that `text` stands for. Raises ValueError."""
    parts = list(_PART.finditer(text))
    if text == "0":
        return 0
    if not parts or "".join(part.group() for part in parts) != text:
        raise ValueError(f"“{text}” is not a time such as 10ms or 1.5s")
    return sum(int(Decimal(f"{part[1]}.{part[2] or 0}") * _UNITS[part[3]]) for part in parts)


def stretch(text: str) -> tuple[int, int]:
    """The two ends of `10ms..20ms`. Raises ValueError."""
    begin, dots, end = text.partition("..")
    if not dots:
        raise ValueError(f"“{text}” is not a stretch of time such as 10ms..20ms")
    return nanoseconds(begin.strip()), nanoseconds(end.strip())
