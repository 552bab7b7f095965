"""The first page: what held the program up, each in one row with its distribution, and where to look further."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.causes import WORDS
from analysis.cover import ranges_named
from analysis.gc import Pauses, gc_cycles, pauses
from analysis.goroutines import ASSIST
from analysis.load import complete, load
from analysis.percentiles import Distribution, distribution
from analysis.requests import RequestKind, request_types
from analysis.utilisation import mmu
from analysis.view import Window
from analysis.waits import blocked_by_cause, sched_latency
from parsers.trace.model import Int64, Trace
from tui.rows.runtime.requesting import NAMELESS
from tui.rows.runtime.sheet import Ask, Field, Sheet, number, share, time, to
from tui.rows.runtime.strips import overview as picture
from tui.rows.runtime.strips import window_of
from tui.runtimespot import Page, RuntimeSpot

MMU_WINDOWS = (1_000_000, 10_000_000, 100_000_000, 1_000_000_000)
# Request types of goroutines that are told on the first page, beside all tasks and HTTP requests.
_GROUPS = 2


@dataclass(frozen=True, slots=True)
class _Fact:
    """A row: `of` says what a share is of, the time that passed or nothing that there is a share of."""

    name: str
    spread: Distribution
    spot: RuntimeSpot
    wall: bool = False


def overview(ask: Ask) -> Sheet:
    """Requests, the collector, waits to run, and what was waited for."""
    trace, window = ask.trace, ask.view.window
    facts = list(_facts(trace, window, ask.spot))
    seen = window_of(trace, window)
    length = seen.end - seen.start

    def values(name: str) -> list[int]:
        return [getattr(fact.spread, name) for fact in facts]

    shares = [fact.spread.total / length if fact.wall else 0.0 for fact in facts]
    return Sheet(
        fields=[
            Field("count", "count", values("count"), number, 9, drop=3),
            Field("p50_ns", "p50", values("p50"), time, drop=2),
            Field("p95_ns", "p95", values("p95"), time),
            Field("p99_ns", "p99", values("p99"), time, drop=4),
            Field("max_ns", "max", values("max"), time),
            Field("total_ns", "total", values("total"), time, drop=1),
            Field("share", "time%", shares, share, 6, drop=5),
            Field("what", "what", [fact.name for fact in facts], width=0, align="<"),
        ],
        heading=heading(trace, window),
        picture=picture(trace, window, ask.width),
        identity=lambda row: facts[row].name,
        leads=lambda row: to(facts[row].spot),
        reason="The trace is empty.",
    )


def heading(trace: Trace, window: Window | None) -> str:
    """What the Ps had to do, and how much the collector left, in one line."""
    found, seen = load(trace, window), window or complete(trace)
    parts = []
    if found.capacity:
        parts.append(f"Ps {found.busy / found.capacity:.0%} busy")
    idle = found.idle_while_runnable
    parts.append(f"a P idle while goroutines waited {time(idle)} ({share(idle / (seen.end - seen.start))})")
    if len(gc_cycles(trace, None)):
        windows = np.array(MMU_WINDOWS[:3])
        least = ", ".join(
            f"{value:.2f} in {time(each)}" for each, value in zip(MMU_WINDOWS, mmu(trace, windows), strict=False)
        )
        parts.append(f"MMU {least}")
    return "  ".join(parts)


def _facts(trace: Trace, window: Window | None, spot: RuntimeSpot) -> Iterator[_Fact]:
    groups = 0
    for each in request_types(trace):
        groups += each.kind is RequestKind.GROUP
        if each.spread.count and groups <= _GROUPS:
            name = f"{each.kind} {each.name or NAMELESS}" if each.kind is not RequestKind.HTTP else each.name
            yield _Fact(name, each.spread, spot.to(Page.REQUESTS, each.kind, each.name))
    cycles = gc_cycles(trace, window)
    marking = distribution(_within(cycles.start, cycles.end, window))
    yield _Fact("GC cycles, marking", marking, spot.to(Page.CYCLES), wall=True)
    rows = ranges_named(trace, ASSIST)
    start, end = trace.ranges.start[rows], trace.ranges.end[rows]
    assists = _within(start, end, window)
    if len(cycles):
        yield _Fact("mark assists", distribution(assists[assists >= 0]), spot.to(Page.CYCLES))
    stops = pauses(trace, window)
    for at, kind in enumerate(stops.kinds):
        spread = distribution(_stopped(stops, at, window))
        yield _Fact(f"world stopped: {kind or 'not known yet'}", spread, spot.to(Page.PAUSES), wall=True)
    yield _Fact("waiting to run", sched_latency(trace, window), spot.to(Page.LATENCY))
    for cause, spread in blocked_by_cause(trace, window).items():
        yield _Fact(f"blocked: {WORDS[cause]}", spread, spot.to(Page.BLOCKING))


def _stopped(stops: Pauses, kind: int, window: Window | None) -> Int64:
    mine = stops.kind == kind
    return _within(stops.start[mine], stops.end[mine], window)


def _within(start: Int64, end: Int64, window: Window | None) -> Int64:
    """How long each lasts, or how much of it lies in the window; -1 for what does not touch it."""
    if window is None:
        return end - start
    inside = np.minimum(end, window.end) - np.maximum(start, window.start)
    return np.where(inside >= 0, inside, -1)
