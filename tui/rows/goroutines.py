"""What Goroutines writes in its rows: where groups, and the goroutines in them, spent their time."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from analysis.goroutine_tables import MOSTLY, STATES, mostly, time_text
from analysis.goroutines import group_name
from analysis.spot import Spot
from analysis.table import Column, Table
from analysis.timetext import moment
from analysis.units import percent
from parsers.trace.model import Int64, State, Trace
from tui import glyphs
from tui.filterlang import nothing_left
from tui.place import Amounts, GoroutineOrder, Place, Selection
from tui.rows.content import Content
from tui.rows.goroutine_rows import GROUP, SPREADS, GoroutineRows
from tui.widgets.line import Part, Run

_TITLES = {"sched_wait": "sched", "syscall_block": "sysblk", "name": "function"}
# Where room is short, columns go by these numbers, the highest first; those of reasons before them.
_DROP = {"blocked": 1, "max": 2, "syscall": 3, "count": 4, "mostly": 5, "total": 6, "p95": 7, "median": 8}
_DROP |= {"syscall_block": 9, "assist": 10, "sched_wait": 0, "exec": 0, "stw": 11, "sweep": 12}
_DROP_REASON = 13
_DOING = {
    State.GONE: "ended",
    State.RUNNABLE: "runnable",
    State.RUNNING: "running",
    State.SYSCALL: "in a system call",
    State.WAITING: "waiting",
    State.SYSCALL_BLOCKED: "in a system call, without a P",
}
# Reasons for waiting that the detail line has room for.
REASONS = 4
# Goroutines of a group whose stacks are looked at.
_SOME = 1000


def goroutines_content(
    trace: Trace, place: Place, order: GoroutineOrder, opened: frozenset[str], amounts: Amounts
) -> Content:
    """The rows of Goroutines, the cursor on what is selected."""
    rows = GoroutineRows(trace, place, order, opened)
    if not len(rows):
        return Content(reason=_why_none(rows), heading=noted(trace.notes), warning=True, goroutines=rows)
    return Content(
        table=Table(
            columns=tuple(_column(rows, key, amounts) for key in rows.columns),
            length=len(rows),
            identity=lambda row: _identity(rows, row),
            share=lambda row: _share(rows, row),
            find=lambda identity: rows.row_of(*identity),
        ),
        selection=lambda row: _selection(rows, row),
        detail=lambda row: tuple(_detail(rows, row)),
        cursor=rows.selected(place.selection),
        heading=noted(trace.notes),
        warning=True,
        goroutines=rows,
    )


def _why_none(rows: GoroutineRows) -> str:
    if rows.filters:
        return nothing_left(())
    return f"No goroutine {'lived in the marked window' if rows.window else 'is in the trace'}."


def noted(notes: Sequence[str]) -> str:
    """What is missing of a trace."""
    more = f"  (and {len(notes) - 1} more: goscope info)" if len(notes) > 1 else ""
    return notes[0] + more if notes else ""


def _identity(rows: GoroutineRows, row: int) -> tuple[str, int]:
    group, goroutine = rows.at(row)
    return rows.names[group], rows.id(goroutine)


def _selection(rows: GoroutineRows, row: int) -> Selection:
    group, goroutine = rows.at(row)
    return selection_of(rows.trace, int(rows.groups.name[group]), rows.id(goroutine))


def selection_of(trace: Trace, function: int, id: int = 0) -> Selection:
    """The goroutine with this id, 0 for all of them, that runs `function`, a row of the trace's strings."""
    stacks, name = trace.stacks, trace.strings[function]
    frames = np.flatnonzero((stacks.function == function) & (function > 0))
    file, line = (trace.strings[stacks.file[frames[0]]], int(stacks.line[frames[0]])) if len(frames) else ("", 0)
    return Selection(name, file, line, group_name(trace, function), goroutine=id)


def _share(rows: GoroutineRows, row: int) -> float:
    """The row's part of what rows are sorted by."""
    group, goroutine = rows.at(row)
    sums = rows.spread(rows.measured).sum
    whole = int(sums.sum())
    value = sums[group] if goroutine == GROUP else rows.figures[rows.measured][goroutine]
    return float(value) / whole if whole else 0.0


# Columns


def _column(rows: GoroutineRows, key: str, amounts: Amounts) -> Column:
    title, drop = column_title(key, rows.by, rows.order.reverse), column_drop(key, rows.by, rows.columns)
    if key == "name":
        return Column(key, title, "<", 0, lambda row: _name(rows, row))
    if key == "count":
        return Column(key, title, ">", 5, lambda row: _count(rows, row), drop=drop)
    if key == "mostly":
        return Column(key, title, "<", MOSTLY, lambda row: _mostly(rows, row), drop=drop)
    text = _spread_text(rows, key, amounts) if key in SPREADS else _figure_text(rows, key, amounts)
    return Column(key, title, ">", 7, text, "nanoseconds", drop)


def column_title(key: str, by: str, reverse: bool) -> str:
    """What stands above a column; with an arrow above the one that is sorted by."""
    arrow = glyphs.current().up if reverse else glyphs.current().down
    return _TITLES.get(key, key) + (arrow if key == by else "")


def column_drop(key: str, by: str, columns: tuple[str, ...]) -> int:
    """When a column goes where room is short: see Column. The one that is sorted by never does."""
    return 0 if key == by else _DROP.get(key, _DROP_REASON + columns.index(key))


def _name(rows: GoroutineRows, row: int) -> str:
    group, goroutine = rows.at(row)
    glyph = glyphs.current()
    if goroutine == GROUP:
        return f"{glyph.tree_open if group in rows.members else glyph.tree_closed} {rows.titles[group]}"
    return f"  {glyph.tree_leaf} G{rows.id(goroutine)}  {_doing(rows, goroutine)}"


def _count(rows: GoroutineRows, row: int) -> str:
    group, goroutine = rows.at(row)
    return str(rows.groups.count[group]) if goroutine == GROUP else ""


def _figure_text(rows: GoroutineRows, key: str, amounts: Amounts) -> Callable[[int], str]:
    """Times of groups and goroutines; as percentages of their lives, and these of all lives."""
    sums, lives = rows.spread(key).sum, rows.spread("total").sum
    whole = int(lives.sum())

    def text(row: int) -> str:
        group, goroutine = rows.at(row)
        if goroutine == GROUP:
            value, life = int(sums[group]), int(lives[group])
        else:
            value, life = int(rows.figures[key][goroutine]), int(rows.stats.total[goroutine])
        return _written(rows, value, whole if key == "total" else life, amounts)

    return text


def _spread_text(rows: GoroutineRows, key: str, amounts: Amounts) -> Callable[[int], str]:
    """How a figure differs among a group's goroutines; as percentages of the time looked at."""
    values: Int64 = getattr(rows.spread(rows.order.figure), key)

    def text(row: int) -> str:
        group, goroutine = rows.at(row)
        return _written(rows, int(values[group]), rows.length_ns, amounts) if goroutine == GROUP else ""

    return text


def _written(rows: GoroutineRows, ns: int, whole: int, amounts: Amounts) -> str:
    """A time in the unit that fits it: a column has nanoseconds as well as minutes, which no one unit can show."""
    match amounts:
        case Amounts.PERCENT:
            return percent(ns, whole).strip()
        case Amounts.RATE:
            return f"{time_text(round(ns * 1e9 / max(rows.length_ns, 1)))}/s" if ns else "0"
    return time_text(ns)


def _mostly(rows: GoroutineRows, row: int) -> str:
    """The state that took most of the time."""
    group, goroutine = rows.at(row)
    if goroutine == GROUP:
        states = {name: int(rows.spread(key).sum[group]) for key, name in STATES.items()}
    else:
        states = {name: int(getattr(rows.stats, key)[goroutine]) for key, name in STATES.items()}
    return mostly(states | _waits(rows, group, goroutine))


def _waits(rows: GoroutineRows, group: int, goroutine: int) -> dict[str, int]:
    """How long was waited for what."""
    if goroutine == GROUP:
        return {name or "waiting": int(each.sum[group]) for name, each in rows.groups.reasons.items()}
    return {rows.trace.reasons[kind] or "waiting": ns for kind, ns in rows.stats.reasons.of(goroutine)}


# The one under the cursor


def _detail(rows: GoroutineRows, row: int) -> Iterator[Part]:
    """What the columns have no room for: a goroutine's life and creator, and all reasons."""
    group, goroutine = rows.at(row)
    yield Run(" " + rows.titles[group], "title", name=True)
    if goroutine == GROUP:
        count = int(rows.groups.count[group])
        yield f"  {count} goroutine{'s' * (count != 1)}"
    else:
        yield f"  G{rows.id(goroutine)}  {_life(rows, goroutine)}  {_doing(rows, goroutine, since=True)}"
        yield _creator(rows, goroutine)
    waits = _waits(rows, group, goroutine)
    for reason in sorted(filter(waits.__getitem__, waits), key=lambda reason: -waits[reason])[:REASONS]:
        yield f"  {reason} {time_text(waits[reason])}"


def _life(rows: GoroutineRows, goroutine: int) -> str:
    """From when to when a goroutine was there: `1.204s to 1.516s`."""
    lives, duration = rows.stats.lives, rows.trace.duration_ns
    created, ended = int(lives.created[goroutine]), int(lives.ended[goroutine])
    step = max(1, ((ended if ended >= 0 else duration) - created) // 1000)
    begins = moment(created, step) if rows.trace.goroutines.created[goroutine] else "before"
    return f"{begins} to {moment(ended, step) if ended >= 0 else 'end'}"


def _creator(rows: GoroutineRows, goroutine: int) -> str:
    """Who created a goroutine, where the trace has that."""
    trace = rows.trace
    first = int(trace.goroutines.offsets[goroutine])
    by, stack = int(trace.spans.by[first]), int(trace.spans.stack[first])
    if not trace.goroutines.created[goroutine] or not stack:
        return ""
    leaf = trace.stacks.frame[trace.stacks.offsets[stack]]
    creator = f"G{trace.goroutines.id[by]} " if by >= 0 else ""
    return f"  created by {creator}{trace.strings[trace.stacks.function[leaf]]}"


def _doing(rows: GoroutineRows, goroutine: int, *, since: bool = False) -> str:
    """What a goroutine does at the end of what is looked at: `waiting 1.2s: chan receive`."""
    at, end = _last(rows, goroutine)
    spans = rows.trace.spans
    state, reason = State(int(spans.state[at])), rows.trace.reasons[spans.reason[at]]
    lasting = f" {time_text(end - int(spans.start[at]))}" if since and state is not State.GONE else ""
    return f"{_DOING[state]}{lasting}{f': {reason}' if reason else ''}"


def _last(rows: GoroutineRows, goroutine: int) -> tuple[int, int]:
    """The row of the span that a goroutine is in at the end of what is looked at, and that end."""
    first, beyond = rows.trace.goroutines.offsets[goroutine : goroutine + 2].tolist()
    if rows.window is None or rows.window.end >= rows.trace.duration_ns:
        return beyond - 1, rows.trace.duration_ns
    place = int(np.searchsorted(rows.trace.spans.start[first:beyond], rows.window.end)) - 1
    return first + max(place, 0), rows.window.end


def spot_of(rows: GoroutineRows, row: int, spot: Spot) -> Spot:
    """Where the Timeline shows a group or a goroutine, that with its life in view and its longest wait under the
    crosshair.
    """
    group, goroutine = rows.at(row)
    if goroutine == GROUP:
        return spot.on_group(rows.names[group])
    trace = rows.trace
    first, beyond = trace.goroutines.offsets[goroutine : goroutine + 2].tolist()
    start, state = trace.spans.start[first:beyond], trace.spans.state[first:beyond]
    end = np.append(start[1:], start[-1] if state[-1] == State.GONE else trace.duration_ns)
    low, high = (rows.window.start, rows.window.end) if rows.window else (0, trace.duration_ns)
    start, end = np.clip(start, low, high), np.clip(end, low, high)
    waited = np.where((state == State.RUNNING) | (state == State.GONE), 0, end - start)
    longest = int(waited.argmax())
    spot = spot.on_goroutine(rows.id(goroutine)).fitted(int(start[0]), int(end[-1]), trace.duration_ns)
    return replace(spot, at=int(start[longest] + end[longest]) // 2)


# Its stack


def goroutine_stack(rows: GoroutineRows, row: int) -> tuple[str, ...]:
    """The names on the stack that a goroutine was last seen in, or else was created from, the root first.

    Of a group the stack that most of its goroutines were in; of a large one, most of some.
    """
    group, goroutine = rows.at(row)
    offsets = rows.groups.offsets
    some = rows.groups.order[offsets[group] : offsets[group + 1]] if goroutine == GROUP else np.array([goroutine])
    seen = Counter(_stack(rows, each) for each in some[:: len(some) // _SOME + 1].tolist())
    del seen[0]
    return _functions(rows.trace, seen.most_common(1)[0][0]) if seen else ()


def _stack(rows: GoroutineRows, goroutine: int) -> int:
    """The row of that stack, 0 for none."""
    spans, first = rows.trace.spans, int(rows.trace.goroutines.offsets[goroutine])
    at, _ = _last(rows, goroutine)
    # A runnable goroutine's span has the stack of whoever made it so, unless it was stopped.
    while at > first and (not spans.stack[at] or (spans.state[at] == State.RUNNABLE and not spans.reason[at])):
        at -= 1
    return int(spans.stack[at])


def _functions(trace: Trace, stack: int) -> tuple[str, ...]:
    frames = trace.stacks.frame[trace.stacks.offsets[stack] : trace.stacks.offsets[stack + 1]]
    return tuple(trace.strings[function] for function in reversed(trace.stacks.function[frames].tolist()))
