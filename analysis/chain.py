"""What a goroutine really waited for: the chain of those who woke each other, and the critical path through them.

A wait ends when somebody ends it. What that goroutine did meanwhile is what the wait was for: it ran, waited for a P,
or waited itself, and then the question goes on to whoever woke it. Followed back from the end of a stretch of time,
this says of each of its moments what held it up, and on which goroutine.
"""

from dataclasses import dataclass, field

import numpy as np

from analysis.activity import ends
from analysis.causes import Cause, causes
from analysis.cover import assist_cover, ranges_named
from analysis.goroutines import STOPPED
from analysis.memo import memo_last
from analysis.prefix import last_at, ragged
from analysis.spot import LaneKind
from parsers.trace.model import Int32, Int64, State, Trace, UInt8

# A path through more spans says no more to a reader; the waits that are left are then held to be their goroutine's own.
# Wakers of a damaged trace may go round in a circle, too.
_SPANS = 100_000
NOBODY = -1


@dataclass(frozen=True, eq=False, slots=True)
class Path:
    """The critical path of a stretch of time: steps that follow each other without a gap, in the order of time.

    A step is a part of span `span` (a row of Trace.spans, -1 for none), of `goroutine`. `depth` is how many wakers and
    creators are between that and the goroutine asked about, `wait` the span of that one, or of its creator before it
    was created, in which it waited for this step; the span itself where it did not. It is not `whole` where it led
    through more spans than are followed: its oldest waits are then held to be their goroutine's own.
    """

    start: Int64
    end: Int64
    goroutine: Int32
    span: Int64
    depth: Int32
    wait: Int64
    whole: bool

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True)
class Link:
    """One wait in a chain: `goroutine` waited in `span` up to `until`, when `by` woke it, NOBODY for the runtime, or
    where it is waiting still.

    `stack`, a row of Stacks, is where `by` was then.
    """

    goroutine: int
    span: int
    since: int
    until: int
    by: int
    stack: int


@memo_last(8)
def critical_path(trace: Trace, goroutine: int, start: int, end: int) -> Path:
    """What held the goroutine of row `goroutine` up from `start` to `end` (ns).

    Each moment stands for itself: the path of a part of the stretch is that part of the path.
    """
    walk = _Walk(trace)
    walk.todo.append(_Stretch(goroutine, start, end, 0, NOBODY))
    while walk.todo:
        walk.back(walk.todo.pop())
    return walk.path()


@dataclass(frozen=True, slots=True)
class _Stretch:
    """To find out what `goroutine` did from `start` to `end`."""

    goroutine: int
    start: int
    end: int
    depth: int
    wait: int


@dataclass(slots=True)
class _Walk:
    """A walk back in time over goroutines' spans."""

    trace: Trace
    todo: list[_Stretch] = field(default_factory=list)
    steps: list[tuple[int, int, int, int, int, int]] = field(default_factory=list)
    seen: int = 0  # spans

    def back(self, part: _Stretch) -> None:
        spans, offsets = self.trace.spans, self.trace.goroutines.offsets
        first, beyond = int(offsets[part.goroutine]), int(offsets[part.goroutine + 1])
        row, upto = first + int(np.searchsorted(spans.start[first:beyond], part.end, side="left")) - 1, part.end
        while upto > part.start and row >= first:
            since = max(int(spans.start[row]), part.start)
            if since < upto:
                self._held(part, row, since, upto)
            upto, row = since, row - 1
        if upto > part.start:
            self._before(part, first, upto)

    def _held(self, part: _Stretch, row: int, since: int, upto: int) -> None:
        """What a goroutine did in one span: to wait for a waker is to do what that did meanwhile."""
        self.seen += 1
        woken = _woken(self.trace, part.goroutine, row) if self.seen <= _SPANS else NOBODY
        by = int(self.trace.spans.by[woken]) if woken >= 0 else NOBODY
        if by in (NOBODY, part.goroutine):
            self._step(part, row, since, upto)
        else:
            wait = row if part.wait < 0 else part.wait
            self.todo.append(_Stretch(by, since, upto, part.depth + 1, wait))

    def _before(self, part: _Stretch, first: int, upto: int) -> None:
        """Before a goroutine was created, its creator did what was to be done."""
        self.seen += 1
        known = self.trace.goroutines.created[part.goroutine] and self.seen <= _SPANS
        creator = int(self.trace.spans.by[first]) if known else NOBODY
        if creator not in (NOBODY, part.goroutine):
            self.todo.append(_Stretch(creator, part.start, upto, part.depth + 1, part.wait))
        else:
            self._step(part, NOBODY, part.start, upto)

    def _step(self, part: _Stretch, row: int, since: int, upto: int) -> None:
        wait = row if part.wait < 0 else part.wait
        self.steps.append((since, upto, part.goroutine, row, part.depth, wait))

    def path(self) -> Path:
        steps = np.array(sorted(self.steps), np.int64).reshape(len(self.steps), 6)
        start, end, goroutine, span, depth, wait = steps.T
        return Path(start, end, goroutine.astype(np.int32), span, depth.astype(np.int32), wait, self.seen <= _SPANS)


def _woken(trace: Trace, goroutine: int, span: int) -> int:
    """The span behind a wait, which says who ended it; -1 where nobody did, or it is no wait."""
    spans, after = trace.spans, span + 1
    there = spans.state[span] == State.WAITING and after < trace.goroutines.offsets[goroutine + 1]
    # A goroutine that is not there any more has not been woken.
    return after if there and spans.state[after] == State.RUNNABLE else -1


def chain(trace: Trace, span: int, most: int = 100) -> list[Link]:
    """From a wait, who ended it, what that goroutine had waited for meanwhile, who ended that, and so on.

    Of several waits of a waker that lie in the wait it ended, the longest is followed. It ends with whoever did not
    wait meanwhile, or was woken by the runtime.
    """
    links: list[Link] = []
    spans, offsets = trace.spans, trace.goroutines.offsets
    low = int(spans.start[span])
    while span >= 0 and len(links) < most:
        goroutine = int(np.searchsorted(offsets, span, side="right")) - 1
        since, until = int(spans.start[span]), int(ends(trace, np.array([span]))[0])
        woken = _woken(trace, goroutine, span)
        by, stack = (int(spans.by[woken]), int(spans.stack[woken])) if woken >= 0 else (NOBODY, 0)
        links.append(Link(goroutine, span, since, until, by, stack))
        low = max(low, since)
        span = _longest_wait(trace, by, low, until) if by not in (NOBODY, goroutine) else -1
    return links


def _longest_wait(trace: Trace, goroutine: int, start: int, end: int) -> int:
    """The span in which a goroutine waited longest from `start` to `end`; -1 if it did not."""
    offsets = trace.goroutines.offsets
    low, high = offsets[goroutine : goroutine + 1], offsets[goroutine + 1 : goroutine + 2]
    first, last = last_at(trace.spans.start, None, low, high, np.array([[start, end - 1]]))[0]
    rows = np.arange(max(int(first), int(low[0])), int(last) + 1)
    rows = rows[trace.spans.state[rows] == State.WAITING]
    if not len(rows):
        return -1
    inside = np.minimum(ends(trace, rows), end) - np.maximum(trace.spans.start[rows], start)
    longest = int(inside.argmax())
    return int(rows[longest]) if inside[longest] > 0 else -1


@dataclass(frozen=True, eq=False, slots=True)
class Blame:
    """What a path's time adds up to, a row for each pair of what was waited for and what held that up, the longest
    first.

    `own` is the Cause as the goroutine itself saw it, `real` what it was in the end; they are the same where nobody
    else is to blame. `ns` is how long, `goroutine` and `span` the longest step's, and `wait` the own span it was in.
    """

    own: UInt8
    real: UInt8
    ns: Int64
    goroutine: Int32
    span: Int64
    wait: Int64

    def __len__(self) -> int:
        return len(self.ns)


def blame(trace: Trace, path: Path) -> Blame:
    """The time of a path by its causes.

    What ran in a mark assist or was stopped by the collector is GC, though its spans say that it ran or was runnable.
    """
    real = _causes(trace, path.span)
    own = np.where(path.span == path.wait, real, _causes(trace, path.wait))
    ns = path.end - path.start
    collected = _collected(trace, path, real)
    key = own.astype(np.int64) * len(Cause) + real
    gc = np.where(own == real, Cause.GC, own).astype(np.int64) * len(Cause) + Cause.GC
    row = np.arange(len(path))
    keys, times, of = np.concatenate([key, gc]), np.concatenate([ns - collected, collected]), np.tile(row, 2)
    some = times > 0
    keys, times, of = keys[some], times[some], of[some]
    # The longest step of each pair stands for it.
    order = np.lexsort((-times, keys))
    begins = np.flatnonzero(np.diff(keys[order], prepend=-1))
    sums = np.add.reduceat(times[order], begins) if len(begins) else times
    most = np.argsort(-sums, kind="stable")
    pair, step = keys[order[begins]][most], of[order[begins]][most]
    return Blame(
        own=(pair // len(Cause)).astype(np.uint8),
        real=(pair % len(Cause)).astype(np.uint8),
        ns=sums[most],
        goroutine=path.goroutine[step],
        span=path.span[step],
        wait=path.wait[step],
    )


def _causes(trace: Trace, spans: Int64) -> UInt8:
    found = causes(trace, np.maximum(spans, 0))
    found[spans < 0] = Cause.UNKNOWN
    return found


def _collected(trace: Trace, path: Path, real: UInt8) -> Int64:
    """How much of each step that ran or was runnable went to the collector: in mark assists, or while it had the world
    stopped.
    """
    every = np.arange(len(path))
    assisting = np.where(real == Cause.RUNNING, _assisting(trace, path, every, path.start, path.end), 0)
    rows = ranges_named(trace, STOPPED)
    collects = np.array(["GC" in name for name in trace.range_names], np.bool_)
    rows = rows[collects[trace.ranges.name[rows]]]
    # Steps lie one behind the other: those that a pause touches are a stretch of them.
    low = np.searchsorted(path.end, trace.ranges.start[rows], side="right")
    count = np.maximum(np.searchsorted(path.start, trace.ranges.end[rows], side="left") - low, 0)
    step, pause = ragged(low, count), np.repeat(rows, count)
    start = np.maximum(path.start[step], trace.ranges.start[pause])
    end = np.minimum(path.end[step], trace.ranges.end[pause])
    # Whoever ends the marking stops the world in the middle of its assist.
    alone = end - start - np.where(real[step] == Cause.RUNNING, _assisting(trace, path, step, start, end), 0)
    stopped = np.zeros(len(path), np.int64)
    np.add.at(stopped, step, alone)
    found = assisting + np.where(np.isin(real, (Cause.RUNNING, Cause.RUNNABLE)), stopped, 0)
    # Only of a damaged trace do pauses overlap.
    least: Int64 = np.minimum(found, path.end - path.start)
    return least


def _assisting(trace: Trace, path: Path, step: Int64, start: Int64, end: Int64) -> Int64:
    """How long the goroutines of steps ran in mark assists from `start` to `end`."""
    goroutine, times = path.goroutine[step].astype(np.int64), np.column_stack([start, end])
    found: Int64 = assist_cover(trace, LaneKind.GOROUTINES).between(goroutine, times)[:, 0]
    return found


def doing(trace: Trace, span: int) -> Cause:
    """The Cause of one span; UNKNOWN for -1."""
    return Cause(int(_causes(trace, np.array([span]))[0]))
