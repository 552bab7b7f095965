"""Walking the spans of a trace in stretches that fit the cache: whose they are, and when they begin and end."""

from dataclasses import dataclass

import numpy as np

from analysis.view import Window
from parsers.trace.model import Int64, State, Trace, UInt8

# Spans in a stretch: its scratch is some ten times eight bytes for each.
_STRETCH = 1 << 17


@dataclass(frozen=True, eq=False, slots=True)
class Stretch:
    """Spans of `count` goroutines from row `base` on, and of no others; the columns have a row per span."""

    base: int
    count: int
    row: Int64  # of Trace.spans
    owner: Int64  # the goroutine, counted from `base`
    state: UInt8
    start: Int64
    end: Int64


def stretches(trace: Trace, most: int = _STRETCH) -> list[tuple[int, int]]:
    """Ranges of spans, of at most `most` goroutines each: of whole ones, but for those with very many spans."""
    offsets = trace.goroutines.offsets
    found: list[tuple[int, int]] = []
    first = 0
    while first < len(trace.spans):
        owner = int(np.searchsorted(offsets, first, side="right")) - 1
        reach = min(first + _STRETCH, int(offsets[min(owner + most, len(offsets) - 1)]))
        whole = int(offsets[np.searchsorted(offsets, reach, side="right") - 1])
        last = whole if whole > first else reach
        found.append((first, last))
        first = last
    return found


def stretch(trace: Trace, first: int, last: int, window: Window | None = None) -> Stretch:
    """The spans from `first` up to `last`, and of these what `window` leaves.

    That is the part inside it of what overlaps it, and what takes no time at all but lies inside.
    """
    spans, offsets = trace.spans, trace.goroutines.offsets
    base = int(np.searchsorted(offsets, first, side="right")) - 1
    beyond = int(np.searchsorted(offsets, last, side="left"))
    bounds: Int64 = np.clip(offsets[base : beyond + 1], first, last)
    owner = np.repeat(np.arange(beyond - base), bounds[1:] - bounds[:-1])
    row, start, state = np.arange(first, last), spans.start[first:last], spans.state[first:last]
    end = np.append(start[1:], spans.start[last : last + 1])[: len(start)]
    if len(end) < len(start):
        end = np.append(end, 0)
    # A goroutine's last span does not end where the next goroutine begins.
    final = offsets[base + 1 : beyond + 1] - 1 - first
    final = final[final < len(start)]
    end[final] = np.where(state[final] == State.GONE, start[final], trace.duration_ns)
    if window is not None:
        seen = np.flatnonzero((start < window.end) & (np.maximum(end, start + 1) > window.start))
        row, owner, state = row[seen], owner[seen], state[seen]
        start, end = np.maximum(start[seen], window.start), np.minimum(end[seen], window.end)
    return Stretch(base, beyond - base, row, owner, state, start, end)
