"""The page that says why: what really held a request or a wait up, who woke whom, and what happened, in order."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from analysis.activity import ends
from analysis.causes import WORDS, Cause
from analysis.chain import Blame, Path, blame, chain, critical_path, doing
from analysis.requests import annotations
from analysis.units import percent
from analysis.view import Window
from parsers.trace.model import Int64, State, Trace
from tui import glyphs
from tui.place import Selection
from tui.rows.runtime.sheet import Ask, Changes, Field, Sheet, on_timeline, time, to
from tui.rows.runtime.story import story
from tui.rows.runtime.strips import path_strips
from tui.rows.runtime.whylines import BAR, Line, bar, lasting, mark
from tui.rows.runtime.words import (
    at_span,
    at_stack,
    cause_words,
    lines_of,
    meanwhile,
    named_span,
    selected,
    stack_of,
    who,
)
from tui.rows.spanwords import NOBODY
from tui.runtimespot import Page, Stretch
from tui.widgets.line import Part, Run

# Where the screen is narrower, what rows say has the bars' room.
_WIDE = 100
# Causes below so much of the whole are told together.
_LITTLE = 0.005
_STRIPS = 4
# Chains are told of so many waits at most, that took so much of the whole.
_CHAINS, _CHAINED = 3, 0.1
# What is told of in any case.
_ALWAYS = (Cause.RUNNING, Cause.RUNNABLE, Cause.GC)
_TOLD = 3
_CUT = " (the path is too long: its oldest waits are not followed)"


def why(ask: Ask) -> Sheet:
    """Where the time of a stretch went: its critical path, the chain of its longest wait, and what happened in it."""
    trace, there = ask.trace, ask.spot.stretch
    goroutine = _row_of(trace, there.goroutine) if there is not None else -1
    if there is None or goroutine < 0 or there.end <= there.start:
        return Sheet(fields=[], reason="There is nothing to explain here.")
    path = critical_path(trace, goroutine, there.start, there.end)
    found = blame(trace, path)
    lines = [*_causes(trace, there, found), *_chains(trace, there, found), *story(trace, there, goroutine, path)]
    title = there.title or f"the wait of {who(trace, goroutine)}"
    seen = Window(there.start, there.end)
    strips = path_strips(trace, path, _involved(trace, there, goroutine, path), seen, ask.width)
    return Sheet(
        fields=[
            Field("start_ns", "at", [each.start - there.start for each in lines], _offset, 8),
            Field("ns", "time", [each.ns for each in lines], lambda ns: time(ns) if ns >= 0 else ""),
            Field("share", "share", [each.share for each in lines], _percent, 6),
            *([Field("bar", "", [each.bar for each in lines], width=BAR, align="<")] if ask.width >= _WIDE else []),
            Field("what", title, [each.what for each in lines], width=0, align="<"),
        ],
        heading=_heading(trace, there, goroutine, found) + ("" if path.whole else _CUT),
        picture=strips,
        selection=lambda row: _selection(trace, lines[row]),
        detail=lambda row: _detail(lines[row]),
        leads=lambda row: _leads(ask, there, lines[row]),
        why=lambda row: _deeper(ask, lines[row]),
        copied=lambda row: _ticket(trace, there, goroutine, found, lines),
        stretch=lambda row: _time_of(there, lines[row]),
        sortable=False,
        first=1,
    )


def _offset(ns: int) -> str:
    return f"+{time(ns)}" if ns > 0 else "+0" if ns == 0 else ""


def _percent(share: float) -> str:
    return percent(round(share * 100_000), 100_000).strip() if share else ""


def _row_of(trace: Trace, id: int) -> int:
    found = np.flatnonzero(trace.goroutines.id == id) if id >= 0 else np.zeros(0, np.int64)
    return int(found[0]) if len(found) else -1


def _heading(trace: Trace, there: Stretch, goroutine: int, found: Blame) -> str:
    """The verdict, in one line."""
    length = there.end - there.start
    arrow = glyphs.current().left
    most = zip(found.own.tolist(), found.real.tolist(), found.ns.tolist(), strict=True)
    parts = [f"{time(ns)} {cause_words(own, real, arrow)}" for own, real, ns in islice(most, _TOLD)]
    return f"{there.title or who(trace, goroutine)} took {time(length)}: {', '.join(parts)}"


# What held it up


def _causes(trace: Trace, there: Stretch, found: Blame) -> Iterator[Line]:
    """What took most of the time; and in any case how much of it went to running, to waiting to run, and to the GC."""
    yield Line("what held it up: as it waited, and what that waited for in the end", section=True)
    length = there.end - there.start
    always = np.isin(found.real, _ALWAYS)
    told = np.flatnonzero(~always & (found.ns >= length * _LITTLE))
    rows = [(int(found.ns[row]), _held(trace, there, found, row, int(found.ns[row]))) for row in told.tolist()]
    for cause in _ALWAYS:
        mine = np.flatnonzero(found.real == cause)
        ns = int(found.ns[mine].sum())
        line = _held(trace, there, found, int(mine[0]), ns) if len(mine) else Line(f"  {WORDS[cause]}", there.start, 0)
        rows.append((ns, line))
    yield from (line for _, line in sorted(rows, key=lambda pair: -pair[0]))
    rest = length - sum(ns for ns, _ in rows)
    if rest:
        yield Line("  all else", there.start, rest, share=rest / length, bar=bar(rest / length))


def _held(trace: Trace, there: Stretch, found: Blame, row: int, ns: int) -> Line:
    """A row of what held a stretch up, in all for so many ns, as its longest step tells."""
    span, wait, real = int(found.span[row]), int(found.wait[row]), int(found.real[row])
    own = real if real in _ALWAYS else int(found.own[row])
    places = [at_span(trace, wait)]
    if real == Cause.RUNNABLE and span >= 0:
        length = int(ends(trace, np.array([span]))[0] - trace.spans.start[span])
        places.append(f"on its P meanwhile: {meanwhile(trace, span, length)}")
    elif span != wait:
        goroutine = int(found.goroutine[row])
        places.append(f"G{trace.goroutines.id[goroutine]} {named_span(trace, span) or who(trace, goroutine)}")
    text = f" {glyphs.current().left} ".join(place for place in places if place)
    words = cause_words(own, real, glyphs.current().left)
    start = max(there.start, int(trace.spans.start[wait])) if wait >= 0 else there.start
    share = ns / (there.end - there.start)
    return Line(f"  {words}  {text}", start, ns, int(found.goroutine[row]), span, share=share, bar=bar(share))


# Who woke whom


def _chains(trace: Trace, there: Stretch, found: Blame) -> Iterator[Line]:
    """The chains of the waits that took most of the time."""
    length = there.end - there.start
    pairs = zip(found.wait.tolist(), found.ns.tolist(), strict=True)
    waits = [wait for wait, ns in pairs if ns >= length * _CHAINED and wait >= 0]
    waits = [wait for wait in dict.fromkeys(waits) if trace.spans.state[wait] == State.WAITING][:_CHAINS]
    if waits:
        yield Line("who woke whom", section=True)
    for wait in waits:
        yield from _chain(trace, there, wait)


def _chain(trace: Trace, there: Stretch, wait: int) -> Iterator[Line]:
    arrow, woken_at = glyphs.current().left, ""
    for depth, link in enumerate(chain(trace, wait)):
        waited = f"{WORDS[doing(trace, link.span)]}  {at_span(trace, link.span)}".rstrip()
        who_did = f"G{trace.goroutines.id[link.goroutine]}"
        lead = "  " * (depth + 1)
        text = f"{lead}{arrow} {who_did}{woken_at}, after {waited}" if depth else f"{lead}{who_did} waited: {waited}"
        yield lasting(there, text, link.since, link.until, link.goroutine, link.span)
        frame = at_stack(trace, link.stack)
        woken_at = f" in {frame}" if frame else ""
    lead = "  " * (depth + 2)
    if link.by < 0:
        yield Line(f"{lead}{arrow} {NOBODY}", link.until, bar=mark(there, link.until))
    else:
        text = f"{lead}{arrow} {who(trace, link.by)}{woken_at}, which had not waited meanwhile"
        yield lasting(there, text, link.since, link.until, link.by, -1)


def _involved(trace: Trace, there: Stretch, goroutine: int, path: Path) -> list[int]:
    """The goroutines to draw: the one that is asked about, then those that the critical path was on longest."""
    owner, place = np.unique(path.goroutine, return_inverse=True)
    spent: Int64 = np.bincount(place, path.end - path.start, len(owner)).astype(np.int64)
    ranked = owner[np.argsort(-spent, kind="stable")].tolist()
    if there.task >= 0 and len(rows := np.flatnonzero(trace.tasks.id == there.task)):
        known = annotations(trace)
        row = int(rows[0])
        ranked += known.goroutine[known.offsets[row] : known.offsets[row + 1]].tolist()
    return list(dict.fromkeys([goroutine, *ranked]))[:_STRIPS]


# Rows


def _selection(trace: Trace, line: Line) -> Selection:
    if line.span < 0 and line.goroutine < 0:
        return Selection()
    return selected(trace, stack_of(trace, line.span) if line.span >= 0 else 0, line.goroutine)


def _detail(line: Line) -> tuple[Part, ...]:
    """The row in full, for which it seldom has the room."""
    return (Run(f" {line.what.strip()}", "title" if line.section else "", name=True),)


def _time_of(there: Stretch, line: Line) -> tuple[int, int]:
    """When what a row tells of was going on; of one that is about all of it, all of it."""
    return (line.start, line.start + line.ns) if line.start >= 0 and line.ns > 0 else (there.start, there.end)


def _leads(ask: Ask, there: Stretch, line: Line) -> Changes | None:
    if line.section:
        return None
    if line.goroutine < 0:
        return on_timeline(ask, there.start, there.end, _row_of(ask.trace, there.goroutine))
    start = line.start if line.start >= 0 else there.start
    end = start + max(line.ns, 0)
    if line.span >= 0:
        start, end = int(ask.trace.spans.start[line.span]), int(ends(ask.trace, np.array([line.span]))[0])
        start, end = max(start, there.start), min(end, there.end)
    return on_timeline(ask, start, max(end, start + 1), line.goroutine)


def _deeper(ask: Ask, line: Line) -> Changes | None:
    """Why the wait behind a row took so long."""
    if line.span < 0 or ask.trace.spans.state[line.span] != State.WAITING:
        return None
    start, end = int(ask.trace.spans.start[line.span]), int(ends(ask.trace, np.array([line.span]))[0])
    stretch = Stretch(int(ask.trace.goroutines.id[line.goroutine]), start, end)
    return to(replace(ask.spot.to(Page.WHY), stretch=stretch))


def _ticket(trace: Trace, there: Stretch, goroutine: int, found: Blame, lines: list[Line]) -> tuple[str, ...]:
    """The whole page as text, with the stack of what held it up most."""
    text = [_heading(trace, there, goroutine, found)]
    for line in lines:
        took = time(line.ns) if line.ns >= 0 else ""
        text.append(f"{line.what}:" if line.section else f"{took:>8}  {line.what.removeprefix('  ')}")
    if len(found) and (span := int(found.span[0])) >= 0 and (stack := stack_of(trace, span)):
        text += [f"stack of {who(trace, int(found.goroutine[0]))}:", *(f"  {each}" for each in lines_of(trace, stack))]
    return tuple(text)
