"""The pages of the garbage collector: its cycles, the pauses of the world, and what was left to the program."""

import numpy as np

from analysis.gc import gc_cycles, pauses
from analysis.load import capacity
from analysis.timeline import highest
from analysis.timetext import duration
from analysis.units import label
from analysis.utilisation import mmu, mut, utilisation, worst
from parsers.trace.model import Int64
from tui.picture import Picture
from tui.rows.braille import COLUMNS, Axes, Curve, Kind, room
from tui.rows.lanecells import Floats
from tui.rows.runtime.sheet import Ask, Field, Sheet, at, number, on_timeline, share, time
from tui.rows.runtime.strips import columns_of, drawn, histogram, window_of
from tui.rows.runtime.words import selected, where, who

# The lines that curves take, of the screen's.
_PART = 3
_LEAST = 4
_WINDOWS = (*(factor * 10**power for power in range(3, 9) for factor in (1, 2, 5)), 10**9)
_FLAGS = {"stw": "pauses", "mark": "mark workers", "assist": "mark assists", "sweep": "sweeping"}
# As many windows do worse as one in a hundred, or in twenty.
_SHARES = (0.0, 0.01, 0.05)


def cycles(ask: Ask) -> Sheet:
    """Every cycle, over the heap against its goal."""
    trace = ask.trace
    found = gc_cycles(trace, ask.view.window)
    seen = window_of(trace, ask.view.window)
    length = found.end - found.start
    edges = np.column_stack([found.start, found.end]).ravel()
    had = capacity(trace, edges)[::2] if len(found) else length
    marking = (length.sum() / (seen.end - seen.start)) if len(found) else 0.0
    used = found.marking / np.maximum(had, 1)
    return Sheet(
        fields=[
            Field("start_ns", "start", found.start, at, 9),
            Field("duration_ns", "took", length, time),
            Field("assist_ns", "assists", found.assist, time),
            Field("workers", "workers", found.workers, number, drop=4),
            Field("marking_ns", "marking", found.marking, time, drop=3),
            Field("procs", "of Ps", used, share, 6, drop=5),
            Field("heap_start", "before", found.heap_start, _bytes, 9),
            Field("heap_end", "after", found.heap_end, _bytes, 9),
            Field("goal", "goal", found.goal, _bytes, 9),
            Field("note", "", ["" if whole else "cut off by the trace" for whole in found.whole], width=0, align="<"),
        ],
        by="start_ns",
        rising=frozenset({"start_ns"}),
        share="duration_ns",
        heading=f"{len(found)} GC cycle{'s' * (len(found) != 1)}, marking {share(float(marking))} of the time",
        picture=_heap(ask) if len(trace.heap) else None,
        identity=lambda row: int(found.start[row]),
        leads=lambda row: on_timeline(ask, int(found.start[row]), int(found.end[row])),
        stretch=lambda row: (int(found.start[row]), int(found.end[row])),
        reason="No garbage was collected here.",
    )


def _bytes(size: int) -> str:
    return label(int(size), "bytes") if size >= 0 else "-"


def _heap(ask: Ask) -> Picture:
    """The heap against its goal over time."""
    trace, seen = ask.trace, window_of(ask.trace, ask.view.window)
    height = max(_LEAST, ask.height // _PART)
    # As wide as it comes out: the labels of both axes are known only with the greatest value.
    edges = columns_of(seen, ask.width * COLUMNS)
    heap, goal = highest(trace.heap, edges), highest(trace.heap_goal, edges)
    top = max(int(heap.max(initial=0)), int(goal.max(initial=0)), 1)
    axes = Axes(
        up=((1.0, label(top, "bytes")), (0.5, label(top // 2, "bytes")), (0.0, "0")),
        along=((0.0, at(seen.start)), (0.5, at((seen.start + seen.end) // 2)), (1.0, at(seen.end))),
    )
    columns = columns_of(seen, room(ask.width, height, axes)[0] * COLUMNS)
    area = Curve(highest(trace.heap, columns) / top, Kind.AREA)
    line = highest(trace.heap_goal, columns) / top
    line[line == 0] = np.nan
    return drawn(
        [(area, "channel"), (Curve(line, Kind.LINE), "runnable")],
        axes,
        ask.width,
        height,
        [("heap, filled", "channel"), ("goal, line", "runnable")],
    )


def stopped(ask: Ask) -> Sheet:
    """Every pause, by whom it was asked for."""
    trace = ask.trace
    found = pauses(trace, ask.view.window)
    seen = window_of(trace, ask.view.window)
    length = found.end - found.start
    names = [f"{who(trace, g)}  {where(trace, s)}".rstrip() for g, s in zip(found.goroutine, found.stack, strict=True)]
    return Sheet(
        fields=[
            Field("start_ns", "start", found.start, at, 9),
            Field("duration_ns", "took", length, time),
            Field("kind", "world stopped for", [found.kinds[kind] for kind in found.kind], width=22, align="<"),
            Field("asked_by", "asked for by", names, width=0, align="<"),
        ],
        by="duration_ns",
        rising=frozenset({"start_ns"}),
        share="duration_ns",
        heading=f"The world was stopped {len(found)} time{'s' * (len(found) != 1)}, {time(int(length.sum()))} in all, "
        f"{share(float(length.sum()) / (seen.end - seen.start))} of the time",
        picture=histogram(length, ask.width, "pauses"),
        identity=lambda row: (int(found.start[row]), int(found.kind[row])),
        selection=lambda row: selected(trace, int(found.stack[row]), int(found.goroutine[row])),
        leads=lambda row: on_timeline(ask, int(found.start[row]), int(found.end[row])),
        stretch=lambda row: (int(found.start[row]), int(found.end[row])),
        reason="The world was never stopped here.",
    )


def left(ask: Ask) -> Sheet:
    """Minimum mutator utilisation: what was left to the program, in its worst windows of each length."""
    trace = ask.trace
    windows: Int64 = np.array([each for each in _WINDOWS if each <= max(trace.duration_ns, _WINDOWS[0])])
    flags = frozenset(ask.spot.flags)
    least = mmu(trace, windows, flags)
    quantiles = np.array([mut(trace, int(each), _SHARES, flags) for each in windows])
    starts = [worst(trace, int(each), 1, flags)[0] for each in windows]
    begin = [int(each[0]) if len(each) else -1 for each in starts]
    return Sheet(
        fields=[
            Field("window_ns", "window", windows, time, 8),
            Field("mmu", "MMU", least, _share, 8),
            Field("mut_p1", "1% below", quantiles[:, 1], _share, 8),
            Field("mut_p5", "5% below", quantiles[:, 2], _share, 8),
            Field("worst_ns", "worst at", begin, lambda start: at(start) if start >= 0 else "-", 10),
            Field("note", "", [_words(float(value)) for value in least], width=0, align="<"),
        ],
        heading=f"{utilisation(trace, flags).mean():.2%} of the whole trace left by "
        f"{', '.join(_FLAGS[flag] for flag in ask.spot.flags)}; MMU: in the worst window of a length",
        picture=_curve(ask, windows, least, quantiles[:, 2]),
        leads=lambda row: None if begin[row] < 0 else on_timeline(ask, begin[row], begin[row] + int(windows[row])),
        stretch=lambda row: None if begin[row] < 0 else (begin[row], begin[row] + int(windows[row])),
        reason="The trace is empty.",
    )


def _share(value: float) -> str:
    return f"{value:.3f}"


def _words(least: float) -> str:
    if least >= 0.9995:
        return "all of it was the program's"
    if least <= 0:
        return "at worst, nothing was left to the program"
    return f"at worst {least:.1%} were left"


def _curve(ask: Ask, windows: Int64, least: Floats, five: Floats) -> Picture:
    """The MMU over the windows' lengths, on a logarithmic axis."""
    height = max(_LEAST, ask.height // _PART)
    first, last = float(np.log10(windows[0])), float(np.log10(max(windows[-1], windows[0] * 10)))
    marks = [power for power in range(3, 10) if first <= power <= last]
    along = tuple(((power - first) / (last - first), duration(10**power)) for power in marks)
    axes = Axes(up=((1.0, "1.0"), (0.5, "0.5"), (0.0, "0")), along=along)
    dots = room(ask.width, height, axes)[0] * COLUMNS
    lengths = np.linspace(first, last, dots)
    known = np.log10(windows.astype(np.float64))
    area = Curve(np.interp(lengths, known, np.asarray(least, np.float64)), Kind.AREA)
    line = Curve(np.interp(lengths, known, np.asarray(five, np.float64)), Kind.DOTTED)
    words = [("MMU, filled", "running"), ("all but the worst 5 % of windows, dotted", "channel")]
    return drawn([(area, "running"), (line, "channel")], axes, ask.width, height, words)
