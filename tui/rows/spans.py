"""A span in one line, and its stack as a line and as a table of frames."""

from analysis.activity import Activity
from analysis.callnames import call_name
from analysis.framenames import frames, function, place, telling
from analysis.table import Column, Table
from analysis.timeline import Moment, Wake, assisting, own_stack, region, wake
from analysis.timetext import duration, moment
from parsers.trace.model import Trace
from tui import glyphs
from tui.place import Selection
from tui.rows.spanwords import NOBODY, doing, goroutine_name
from tui.widgets.line import Part, Run


def described(trace: Trace, here: Moment, at: int, step: int) -> tuple[Part, ...]:
    """A span in one line: whose it is, what it is, for how long and since when, where, and who ended the wait.

    `at` is the moment looked at, `step` (ns) how exactly times are written.
    """
    what = doing(trace, here)
    if here.activity is Activity.RUNNING and assisting(trace, here.goroutine, at):
        what = "running in a mark assist"
    begun, ended = own_stack(trace, here.span)
    frame = telling(trace, begun or ended)
    parts: list[Part] = _named(trace, here.goroutine, "title")
    parts.append(f"  {what} {duration(here.length)} since {moment(here.start, step)}")
    parts.append(f"  after {duration(here.waited)} runnable" if here.waited else "")
    if within := region(trace, here.goroutine, at):
        parts.append(f"  region {within}")
    if frame >= 0:
        begins = begun or here.activity is Activity.RUNNABLE
        parts += [
            "  at " if begins else "  until ",
            Run(function(trace, frame), name=True),
            (f" {place(trace, frame)}", "dim"),
        ]
        named = call_name(trace, begun or ended)
        parts.append(f"  ({named})" if named else "")
    return (*parts, *_woken(trace, wake(trace, here.span), here))


def _woken(trace: Trace, woken: Wake | None, here: Moment) -> list[Part]:
    if woken is None or woken.by == here.goroutine:
        return []
    verb = "created by" if woken.created else "unblocked by"
    if woken.by < 0:
        return [f"  {verb} ", (NOBODY, "dim")]
    return [f"  {verb} ", *_named(trace, woken.by)]


def _named(trace: Trace, goroutine: int, style: str = "") -> list[Part]:
    """A goroutine's name, of which its id is never cut."""
    id, _, name = goroutine_name(trace, goroutine).partition(" ")
    return [(f"{id} ", style), Run(name, style, name=True)]


def stack_line(trace: Trace, here: Moment) -> str:
    """The frames of a span's stack in one line, from the one that says most outwards."""
    begun, ended = own_stack(trace, here.span)
    stack = begun or ended
    rows = frames(trace, stack).tolist()
    if not rows:
        return ""
    rows = rows[rows.index(telling(trace, stack)) :]
    return f" {glyphs.current().left} ".join(f"{function(trace, row)} {place(trace, row)}".rstrip() for row in rows)


def stack_table(trace: Trace, here: Moment) -> tuple[Table, list[Selection], int]:
    """The frames of a span's stack, leaf first, and below them those of whoever made its goroutine runnable.

    With each row's selection, and the row of the frame that says most.
    """
    begun, ended = own_stack(trace, here.span)
    rows = _section("", begun, trace)
    if ended and ended != begun:
        rows += _section("ran until it stopped at" if here.activity is Activity.RUNNING else "then", ended, trace)
    telling_frame = telling(trace, begun or ended)
    first = next((row for row, (_, frame) in enumerate(rows) if frame == telling_frame >= 0), 0)
    woken = wake(trace, here.span)
    if woken is not None and woken.by != here.goroutine:
        by = goroutine_name(trace, woken.by) if woken.by >= 0 else NOBODY
        rows += _section(f"{'created' if woken.created else 'unblocked'} by {by}", woken.stack, trace)

    def name(row: int) -> str:
        title, frame = rows[row]
        return title if frame < 0 else f"  {function(trace, frame)}"

    def where(row: int) -> str:
        frame = rows[row][1]
        return place(trace, frame) if frame >= 0 else ""

    table = Table(
        columns=(Column("name", "stack", "<", 0, name), Column("place", "line", "<", 16, where)),
        length=len(rows),
        identity=lambda row: (*rows[row], row),
    )
    return table, [_selected(trace, frame) for _, frame in rows], first


def _section(title: str, stack: int, trace: Trace) -> list[tuple[str, int]]:
    heading = [(title, -1)] if title else []
    return [*heading, *(("", frame) for frame in frames(trace, stack).tolist())]


def _selected(trace: Trace, frame: int) -> Selection:
    if frame < 0:
        return Selection()
    stacks = trace.stacks
    name = function(trace, frame)
    known = trace.strings[stacks.function[frame]]
    return Selection(known, trace.strings[stacks.file[frame]], int(stacks.line[frame]), name)
