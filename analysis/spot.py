"""Where one is on a trace's Timeline: which lanes, which stretch of time, and what the crosshair is on.

Plain arithmetic on nanoseconds, so that whoever answers keys can move about without the columns of the trace. Lanes
are named by what they stand for and never by their row.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from analysis.timetext import duration, moment
from analysis.view import Window

# No window is narrower: the clock ticks every 64 ns, and a screen has some hundred columns.
_LEAST = 2_000


class LaneKind(StrEnum):
    """What a lane stands for."""

    PROCS = "procs"
    GROUPS = "groups"
    GOROUTINES = "goroutines"
    THREADS = "threads"
    TASKS = "tasks"


class LaneSort(StrEnum):
    """What lanes are sorted by; times are totals over the trace, the longest first."""

    ID = "id"
    START = "start"
    DURATION = "duration"
    RUNNING = "running"
    RUNNABLE = "runnable"
    BLOCKED = "blocked"
    NAME = "name"


_SORTED_BY = {LaneKind.GROUPS: LaneSort.RUNNING, LaneKind.TASKS: LaneSort.DURATION}


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the Timeline; every moment is in nanoseconds since the trace's start.

    `lane` is the id of a P, goroutine, thread or task, or the entry function of a group; None for the first lane. `at`
    is the time cursor, None for the middle of what is seen; `window` what is seen, None for the whole trace. `sort` is
    None for the lanes' own order. `group` leaves only the goroutines that run this function; with `stack` the stack
    under the crosshair is open. `goroutine` is the one that was last selected here, 0 for a group; `last` the one the
    crosshair was last on.
    """

    lanes: LaneKind = LaneKind.PROCS
    lane: int | str | None = None
    at: int | None = None
    window: Window | None = None
    sort: LaneSort | None = None
    reverse: bool = False
    group: str | None = None
    stack: bool = False
    goroutine: int | None = None
    last: int | None = None

    # What is seen

    def seen(self, duration_ns: int) -> Window:
        """The window, of a trace that takes so long."""
        return self.window or Window(0, max(duration_ns, _LEAST))

    def time(self, duration_ns: int) -> int:
        """Where the time cursor is."""
        seen = self.seen(duration_ns)
        at = (seen.start + seen.end) // 2 if self.at is None else self.at
        return max(seen.start, min(at, seen.end - 1))

    @property
    def sorted_by(self) -> LaneSort:
        return self.sort or _SORTED_BY.get(self.lanes, LaneSort.ID)

    def facts(self) -> tuple[str, ...]:
        """How it is looked at, a few words each."""
        shown = [f"lanes: {self.lanes}"]
        shown += [f"by {self.sorted_by}{', reversed' if self.reverse else ''}"] if self.sort or self.reverse else []
        shown += [f"only {self.group}"] if self.group else []
        return tuple(shown)

    def within(self, duration_ns: int) -> "Spot":
        """The same in a trace that takes so long; the whole of it where what was seen is not in it."""
        if self.window is None or self.window.end <= duration_ns:
            return self
        return replace(self, at=None, window=None)

    # Moving in time

    def zoomed(self, steps: int, duration_ns: int) -> "Spot":
        """Twice as near for each step, or half; what the time cursor is on keeps its place."""
        seen, at = self.seen(duration_ns), self.time(duration_ns)
        length = seen.end - seen.start
        wanted = length >> steps if steps > 0 else length << -steps
        wanted = max(_LEAST, min(wanted, duration_ns))
        start = at - (at - seen.start) * wanted // length
        return replace(self, at=at, window=_within(start, wanted, duration_ns))

    def panned(self, quarters: int, duration_ns: int) -> "Spot":
        """So many quarters of what is seen further on; the time cursor stays as long as it can be seen."""
        seen = self.seen(duration_ns)
        length = seen.end - seen.start
        window = _within(seen.start + length * quarters // 4, length, duration_ns)
        return replace(self, at=self.time(duration_ns), window=window)._visible(duration_ns)

    def to(self, at: int, duration_ns: int) -> "Spot":
        """The time cursor on `at`, in the middle of what is seen if it could not be seen before."""
        at = max(0, min(at, duration_ns - 1))
        seen = self.seen(duration_ns)
        if seen.start <= at < seen.end:
            return replace(self, at=at)
        length = seen.end - seen.start
        return replace(self, at=at, window=_within(at - length // 2, length, duration_ns))

    def fitted(self, start: int, end: int, duration_ns: int) -> "Spot":
        """All of `start` to `end` in view, with a margin, and the time cursor in it."""
        length = max(_LEAST, end - start + max(2, (end - start) // 8))
        window = _within((start + end - length) // 2, min(length, duration_ns), duration_ns)
        at = self.time(duration_ns)
        return replace(self, window=window, at=at if start <= at < end else start)._visible(duration_ns)

    def _visible(self, duration_ns: int) -> "Spot":
        return replace(self, at=self.time(duration_ns))

    # Going to other lanes

    def on_goroutine(self, id: int) -> "Spot":
        """Goroutine `id`'s lane."""
        return replace(self, lanes=LaneKind.GOROUTINES, lane=id, group=None, stack=False, goroutine=id)

    def on_group(self, function: str) -> "Spot":
        """The lane of the goroutines that run `function`."""
        return replace(self, lanes=LaneKind.GROUPS, lane=function, group=None, stack=False, goroutine=0)

    def shifted(self, ns: int) -> "Spot":
        """The same with every moment `ns` nanoseconds later."""
        window = self.window and Window(self.window.start + ns, self.window.end + ns)
        return replace(self, at=None if self.at is None else self.at + ns, window=window)


def _within(start: int, length: int, duration_ns: int) -> Window | None:
    """A window of this length as near to `start` as the trace allows; None for the whole trace."""
    if length >= duration_ns:
        return None
    start = max(0, min(start, duration_ns - length))
    return Window(start, start + length)


def window_text(window: Window) -> str:
    """A window as people write it: `2.143s +180us`."""
    length = window.end - window.start
    return f"{moment(window.start, length)} +{duration(length)}"
