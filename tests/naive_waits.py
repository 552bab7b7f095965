"""The waits of a described trace, listed one goroutine after the other."""

from collections.abc import Callable, Sequence

from tests.tracebuild import G

WAITED: dict[str, Callable[[str, str], bool]] = {
    "blocked": lambda state, _: state in ("waiting", "syscall", "blocked"),
    "sched": lambda state, _: state == "runnable",
    "sync": lambda state, why: state == "waiting" and any(word in why for word in ("chan", "sync", "select")),
    "net": lambda state, why: state == "waiting" and why == "network",
    "syscall": lambda state, _: state in ("syscall", "blocked"),
}
"""Which spans, by state and reason, are of the kind."""


def parsed(span: str) -> tuple[int, str, str, str]:
    """A span's time, state, reason and stack."""
    what, _, stack = span.partition(" @")
    time, _, kind = what.partition(" #")[0].partition(" ")
    state, _, why = kind.partition(":")
    return int(time), state, why, stack


def listed(
    goroutines: Sequence[G], duration: int, kind: str, bounds: tuple[int, int] | None = None
) -> list[tuple[int, int]]:
    """The row of the span that each wait begins with, and how long it took, or what of that lies within `bounds`."""
    found = []
    before = 0
    for goroutine in goroutines:
        own = [parsed(span) for span in goroutine.spans]
        times = [time for time, *_ in own] + [duration]
        at = 0
        while at < len(own):
            _, state, why, _ = own[at]
            first = at
            at += 1
            if not WAITED[kind](state, why):
                continue
            if state == "syscall" and at < len(own) and own[at][1] == "blocked":
                at += 1
            start, end = times[first], times[at]
            low, high = bounds or (0, duration)
            if bounds is None or (start < high and max(end, start + 1) > low):
                found.append((before + first, min(end, high) - max(start, low)))
        before += len(own)
    return found
