"""Goroutines, stacks and spans in a few words, and what the other panes select of them."""

from collections.abc import Iterable

from analysis.callnames import call_name
from analysis.causes import WORDS, Cause
from analysis.framenames import frames, function, owned, place, telling
from analysis.goroutines import group_name
from analysis.timeline import own_stack
from analysis.timetext import duration
from analysis.waits import instead
from parsers.trace.model import Trace
from tui.place import Selection
from tui.rows.spanwords import NOBODY, goroutine_name


def who(trace: Trace, goroutine: int) -> str:
    """A goroutine by id and entry function; whoever is none by what it is."""
    return goroutine_name(trace, goroutine) if goroutine >= 0 else NOBODY


def where(trace: Trace, stack: int) -> str:
    """The telling frame of a stack, with what libraries call what is done there: before it, unless it is our own."""
    frame = telling(trace, stack)
    named = call_name(trace, stack)
    spot = f"{function(trace, frame)} {place(trace, frame)}".rstrip() if frame >= 0 else ""
    if not named or not spot:
        return spot or named
    return f"{spot}  ({named})" if owned(trace)[frame] else f"{named}  {spot}"


def where_span(trace: Trace, span: int) -> str:
    """The same of a span: where it began, or else ended."""
    return where(trace, stack_of(trace, span)) if span >= 0 else ""


def at_span(trace: Trace, span: int) -> str:
    """The telling frame of a span's stack, and no more."""
    return at_stack(trace, stack_of(trace, span)) if span >= 0 else ""


def at_stack(trace: Trace, stack: int) -> str:
    """The telling frame of a stack."""
    frame = telling(trace, stack)
    return f"{function(trace, frame)} {place(trace, frame)}".rstrip() if frame >= 0 else ""


def named_span(trace: Trace, span: int) -> str:
    """What a span does in one name: a frame of the program's own, else what libraries call it, else a frame."""
    if span < 0:
        return ""
    stack = stack_of(trace, span)
    frame = telling(trace, stack)
    own = frame >= 0 and bool(owned(trace)[frame])
    return at_span(trace, span) if own else call_name(trace, stack) or at_span(trace, span)


def meanwhile(trace: Trace, row: int, ns: int) -> str:
    """What the P did that a goroutine was to run on, in the last `ns` of the span in which it was runnable."""
    parts = []
    for each in instead(trace, row, ns):
        name = f"{'GC ' if each.gc else ''}{who(trace, each.goroutine)}" if each.goroutine >= 0 else "idle"
        parts.append(f"{duration(each.ns)} {name}")
    return ", ".join(parts)


def stack_of(trace: Trace, span: int) -> int:
    begun, ended = own_stack(trace, span)
    return begun or ended


def lines_of(trace: Trace, stack: int) -> tuple[str, ...]:
    """A stack a frame a line, leaf first."""
    return tuple(f"{function(trace, row)} {place(trace, row)}".rstrip() for row in frames(trace, stack).tolist())


def selected(trace: Trace, stack: int, goroutine: int = -1) -> Selection:
    """What the other panes select of a stack: its telling frame; without one, what the goroutine runs."""
    id = int(trace.goroutines.id[goroutine]) if goroutine >= 0 else None
    frame = telling(trace, stack)
    if frame < 0:
        name = group_name(trace, int(trace.goroutines.name[goroutine])) if goroutine >= 0 else ""
        return Selection(name, label=name, goroutine=id)
    stacks = trace.stacks
    name, file = trace.strings[stacks.function[frame]], trace.strings[stacks.file[frame]]
    return Selection(name, file, int(stacks.line[frame]), function(trace, frame))


def cause_words(own: int, real: int, arrow: str) -> str:
    """What was waited for, and what that waited for in the end."""
    first, last = WORDS[Cause(own)], WORDS[Cause(real)]
    return first if own == real else f"{first} {arrow} {last}"


def together(parts: Iterable[str]) -> str:
    return "  ".join(part for part in parts if part)
