"""Moments and lengths of time as people read them: as exact as there is need for, in pprof's units."""

_UNITS = ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us"), (1, "ns"))
_DIGITS = 3


def duration(ns: int) -> str:
    """A length of time in three digits: `1.84ms`, `11.2ms`, `180us`; from 1000s on whole seconds."""
    if ns < 0:
        return f"-{duration(-ns)}"
    for factor, unit in _UNITS:
        # What would be rounded up to a thousand belongs to the unit above.
        if ns * 2000 >= factor * 1999 or factor == 1:
            whole = ns / factor
            decimals = max(0, _DIGITS - len(str(int(whole))))
            text = f"{whole:.{decimals}f}"
            return (text.rstrip("0").rstrip(".") if "." in text else text) + unit
    raise AssertionError


def moment(ns: int, step: int) -> str:
    """A moment in seconds, to the digit in which one `step` later differs: `2.1437s` for a step of 180us."""
    decimals = 0
    while decimals < 9 and 10 ** (9 - decimals) > step:
        decimals += 1
    units = 10 ** (9 - decimals)
    # Never rounded up: no event is said to be later than it is.
    whole, rest = divmod(ns // units, 10**decimals)
    return f"{whole}.{rest:0{decimals}d}s" if decimals else f"{whole}s"
