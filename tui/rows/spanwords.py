"""A span in a few words: whose it is, what it is, and the caption inside it."""

from rich.cells import cell_len

from analysis.activity import Activity
from analysis.callnames import call_name
from analysis.framenames import function, owned, place, telling
from analysis.goroutines import group_name
from analysis.timeline import Moment, own_stack, region
from parsers.trace.model import Trace
from tui.widgets.elide import cut, elide

_DOING = {
    Activity.RUNNING: "running",
    Activity.GC: "running for the GC",
    Activity.RUNNABLE: "runnable",
    Activity.SYSCALL: "in a system call",
    Activity.SYSCALL_BLOCKED: "blocked in a system call",
}
# Names and words cut shorter than that say nothing.
_LEAST_NAME, _LEAST_WORD = 6, 3
# What the wait for an unblocker is called that is no goroutine.
NOBODY = "the runtime (the network, a timer)"


def goroutine_name(trace: Trace, goroutine: int) -> str:
    return f"G{trace.goroutines.id[goroutine]} {group_name(trace, int(trace.goroutines.name[goroutine]))}"


def doing(trace: Trace, here: Moment) -> str:
    """What a span is, in words: `running`, `waiting: sync`."""
    if here.activity in _DOING:
        return _DOING[here.activity]
    reason = trace.reasons[trace.spans.reason[here.span]]
    return f"waiting: {reason}" if reason else "waiting"


def short(trace: Trace, here: Moment) -> str:
    """The same in a word, for a caption."""
    match here.activity:
        case Activity.RUNNING | Activity.GC | Activity.RUNNABLE:
            return _DOING[here.activity].partition(" ")[0]
        case Activity.SYSCALL | Activity.SYSCALL_BLOCKED:
            return "syscall"
        case _:
            return trace.reasons[trace.spans.reason[here.span]] or "waiting"


def caption(trace: Trace, here: Moment, on_p: bool, room: int) -> str:
    """What stands inside a span, in at most `room` cells: on a P or thread who runs, else what is done and where."""
    if on_p:
        id, _, name = goroutine_name(trace, here.goroutine).partition(" ")
        left = room - len(id) - 1
        return f"{id} {elide(name, left)}" if left >= _LEAST_NAME else id if len(id) <= room else ""
    within = region(trace, here.goroutine, here.start)
    words = f"{within}: {short(trace, here)}" if within else short(trace, here)
    begun, ended = own_stack(trace, here.span)
    frame = telling(trace, begun or ended)
    left = room - cell_len(words) - 1
    if frame < 0 or left < _LEAST_NAME:
        return cut(words, room) if room >= _LEAST_WORD else ""
    if (known := library_call(trace, begun or ended)) and cell_len(known) <= left:
        return f"{words} {known}"
    name, where = function(trace, frame), place(trace, frame)
    whole = f"{name} {where}"
    return f"{words} {whole if cell_len(whole) <= left else elide(name, left)}"


def library_call(trace: Trace, stack: int) -> str:
    """What libraries call what is done in a stack, where the program's own code is not in it to say more."""
    frame = telling(trace, stack)
    return call_name(trace, stack) if frame >= 0 and not owned(trace)[frame] else ""
