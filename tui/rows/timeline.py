"""The Timeline as a pane shows it: a picture of the trace at one place, and what its keys ask about the crosshair.

The picture is worked out away from the screen; what is asked about the lane under the crosshair is a matter of
microseconds.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis.activity import Activity
from analysis.framenames import frames, function
from analysis.goroutine_filters import of_goroutines
from analysis.goroutines import group_name
from analysis.laneorder import Order, lane_name, lane_order, matching
from analysis.lanes import lanes
from analysis.spot import LaneKind, Spot
from analysis.timeline import Moment, event, life, longest_waits, moment, own_stack, span, wake
from analysis.timetext import duration
from analysis.timetext import moment as time_text
from analysis.view import View
from parsers.trace.model import Bool, Int64, Trace
from tui.filterlang import nothing_left
from tui.place import Selection
from tui.rows.content import Content
from tui.rows.lanecells import BUSY
from tui.rows.lanepicture import Drawn, Size, drawn
from tui.rows.spans import described, stack_line, stack_table
from tui.rows.spanwords import NOBODY
from tui.runtimespot import Stretch
from tui.widgets.line import Part, Run

_WORDS = {
    Activity.NONE: "idle",
    Activity.RUNNING: "running",
    Activity.GC: "for the GC",
    Activity.RUNNABLE: "runnable",
    Activity.SYSCALL: "in system calls",
    Activity.SYSCALL_BLOCKED: "blocked in system calls",
    Activity.SYNC: "on locks",
    Activity.CHANNEL: "on channels",
    Activity.NETWORK: "on the network",
    Activity.SLEEP: "asleep",
    Activity.GC_WAIT: "waiting for the GC",
    Activity.WAITING: "in other waits",
}
# A column's smaller parts are not told.
_TOLD = 3
NOTHING = "There is nothing here."


@dataclass(frozen=True, eq=False, slots=True)
class TimelineContent(Content):
    """What is drawn, or the reason why nothing is."""

    drawn: Drawn | None = None


def timeline_content(trace: Trace, spot: Spot, size: Size, top: int, view: View) -> TimelineContent:
    """The picture at `spot`; `top` is the first lane on the screen, if the cursor's lane is then on it too.

    Of `view` the marked window is shown, and the filters leave lanes out.
    """
    every, filters, marked = lanes(trace, spot.lanes), of_goroutines(view.filters), view.window
    order = lane_order(trace, spot.lanes, spot.sorted_by, spot.reverse, spot.group, filters)
    if not len(order) and len(every) and filters:
        return TimelineContent(reason=nothing_left(()))
    if not len(order):
        return TimelineContent(reason=f"There are no {spot.lanes} in the trace.")
    return TimelineContent(drawn=drawn(every, order, spot, size, top, marked))


def stack_content(trace: Trace, spot: Spot) -> Content:
    """The stack of the span at `spot`, a frame a row."""
    every, at = lanes(trace, spot.lanes), spot.time(trace.duration_ns)
    lane = every.row_of(spot.lane)
    found = moment(every, lane, at) if lane is not None else None
    if found is None:
        return Content(reason=NOTHING)
    table, selections, first = stack_table(trace, found)
    parts = described(trace, found, at, max(1, found.length // 100))
    heading = "".join(part if isinstance(part, str) else part[0] for part in parts)
    if not table.length:
        return Content(reason=f"{heading}. The trace has no stack of it.")
    return Content(
        table=table,
        selection=lambda row: selections[row],
        detail=lambda row: _frame_detail(selections[row]),
        text=table.columns[0].text,
        cursor=first,
        heading=heading,
    )


def _frame_detail(frame: Selection) -> tuple[Part, ...]:
    where = f"  {frame.file}:{frame.line}" if frame.file else ""
    return Run(f" {frame.label}", "title", name=True), Run(where, "dim", name=True)


@dataclass(frozen=True, eq=False, slots=True)
class Matches:
    """Lanes that a search found: int64 `places` among all that there could be, ascending, and bool per lane."""

    query: str
    full: Order
    places: Int64
    found: Bool

    def __len__(self) -> int:
        return len(self.places)

    def beside(self, place: int, step: int) -> int:
        """The next match after a place, or the one before, round the end."""
        at = self.places.searchsorted(place, "right") if step > 0 else self.places.searchsorted(place) - 1
        return int(self.places[at % len(self.places)])

    def count(self, place: int) -> str:
        """Which of the matches a place is, and how many there are: `3/17`."""
        at = int(self.places.searchsorted(place))
        on = at < len(self) and self.places[at] == place
        return f"{at + 1 if on else '-'}/{len(self)}" if len(self) else "no match"


def matches(shown: Drawn, query: str) -> Matches:
    """The lanes whose name has `query`, whether they are there now or not; small letters find large ones as well."""
    small = query == query.lower()
    places = matching(shown.every, shown.full, lambda name: query in (name.lower() if small else name), query)
    found = np.zeros(len(shown.every), np.bool_)
    found[shown.full.lanes[places]] = True
    return Matches(query, shown.full, places, found)


@dataclass(frozen=True, eq=False)
class Crosshair:
    """Row `row` of what is drawn, at the moment `at`: what is there, and what there is to go to from there."""

    drawn: Drawn
    row: int
    at: int

    @property
    def _trace(self) -> Trace:
        return self.drawn.trace

    @property
    def _kind(self) -> LaneKind:
        return self.drawn.every.kind

    @property
    def _lane(self) -> int:
        return self.drawn.lane(self.row)

    @cached_property
    def _here(self) -> Moment | None:
        """The span there."""
        return moment(self.drawn.every, self._lane, self.at)

    @property
    def _goroutine(self) -> int:
        """The goroutine (its row) there; -1 for none."""
        every = self.drawn.every
        if self._kind is LaneKind.GOROUTINES:
            return self._lane
        if every.goroutine is not None:
            return int(every.goroutine[self._lane])
        return self._here.goroutine if self._here else -1

    # What is there

    def selection(self) -> Selection | None:
        """What other panes are to find: the goroutine there, or of a group's lane the group."""
        if self._kind is LaneKind.GROUPS:
            name = str(self.drawn.identity(self.row))
            return Selection(function=name, label=name, goroutine=0)
        if self._goroutine < 0:
            return None
        name = self._function_of(self._goroutine)
        return Selection(function=name, label=name, goroutine=int(self._trace.goroutines.id[self._goroutine]))

    def _function_of(self, goroutine: int) -> str:
        return group_name(self._trace, int(self._trace.goroutines.name[goroutine]))

    def detail(self) -> tuple[Part, ...]:
        """The crosshair in one line."""
        every, edges = self.drawn.every, self.drawn.edges
        step = max(1, int(edges[-1] - edges[0]) // (len(edges) - 1))
        named = "" if self._kind is LaneKind.GOROUTINES else f" {lane_name(every, self._lane)}"
        begin = (Run(named, name=every.many), f" at {time_text(self.at, step)}: ")
        if every.many:
            return *begin, self._counted()
        if self._here is None:
            lasting = self._kind in (LaneKind.PROCS, LaneKind.THREADS)
            return *begin, ("idle" if lasting else "not there", "dim")
        return *begin, *described(self._trace, self._here, self.at, step)

    def _counted(self) -> str:
        """How many goroutines of a group do what."""
        counts = self.drawn.every.counts(np.array([self._lane]), np.array([self.at]))[0, 0]
        facts = [f"{count} {words}" for each, words in _WORDS.items() if each and (count := int(counts[each]))]
        there = int(counts[1:].sum())
        return f"{there} goroutine{'' if there == 1 else 's'}" + (f": {', '.join(facts)}" if facts else "")

    def below(self) -> tuple[str, str]:
        """The line below the lanes: the stack of the span there; what else is in its column, and which lane it is."""
        stack = stack_line(self._trace, self._here) if self._here else ""
        return stack, "  ".join(filter(None, (self._mixture(), f"{self.row + 1}/{len(self.drawn.order)}")))

    def _mixture(self) -> str:
        """What the lane does in the column, where that is more than one thing: `22ms: 61% running, 30% idle`."""
        edges, line = self.drawn.edges, self.row - self.drawn.picture.first
        if self.drawn.every.many or not 0 <= line < len(self.drawn.times):
            return ""
        column = self.drawn.column(self.at)
        doing, length = self.drawn.times[line, column].copy(), int(edges[column + 1] - edges[column])
        doing[Activity.NONE] = max(0, length - int(doing.sum()))
        shares = [(int(time) * 100 / max(1, length), Activity(each)) for each, time in enumerate(doing)]
        told = sorted((share for share in shares if share[0] >= 1), reverse=True)[:_TOLD]
        if len(told) < 2:
            return ""
        return f"{duration(length)}: {', '.join(f'{share:.0f}% {_WORDS[each]}' for share, each in told)}"

    def stack(self) -> tuple[str, ...]:
        """The functions of the stack there, the root first."""
        begun, ended = own_stack(self._trace, self._here.span) if self._here else (0, 0)
        rows = frames(self._trace, begun or ended).tolist()
        return tuple(function(self._trace, frame) for frame in reversed(rows))

    # Where one can go

    def event(self, step: int) -> int | None:
        """The next moment of an event on the lane, or the one before."""
        return event(self.drawn.every, self._lane, self.at, step)

    def stretches(self) -> list[tuple[int, int]]:
        """What there is to zoom to, the narrowest first: the span there, and the life of the lane."""
        every = self.drawn.every
        around = [(self._here.start, self._here.end)] if self._here else []
        if self._kind is LaneKind.GOROUTINES:
            around.append(life(self._trace, self._lane))
        elif every.low is not None and every.high is not None:
            around.append((int(every.low[self._lane]), int(every.high[self._lane])))
        return around

    def stretch(self) -> Stretch | None:
        """What there is to ask about: the task of the lane, else the span there; None where there is no goroutine."""
        every, trace = self.drawn.every, self._trace
        if every.low is not None and every.high is not None and self._goroutine >= 0:
            tasks, lane = trace.tasks, self._lane
            last = int(tasks.ended_by[lane]) if tasks.ended_by[lane] >= 0 else self._goroutine
            title = f"{trace.strings[tasks.name[lane]]} task {tasks.id[lane]}".strip()
            id = int(trace.goroutines.id[last])
            return Stretch(id, int(every.low[lane]), int(every.high[lane]), title, int(tasks.id[lane]))
        if self._here is None:
            return None
        return Stretch(int(trace.goroutines.id[self._here.goroutine]), self._here.start, self._here.end)

    def has_stack(self) -> bool:
        return self._here is not None

    def unblocker(self, spot: Spot) -> Spot | str:
        """Where the goroutine there was made runnable, or will be, or why one cannot go there."""
        if self._here is None:
            return "There is no goroutine here that something made runnable."
        woken = wake(self._trace, self._here.span)
        if woken is None:
            return "The trace does not tell what made it runnable."
        if woken.by == self._here.goroutine:
            return "Nothing else made it runnable: it was stopped, or came out of a system call."
        if woken.by < 0:
            return f"No goroutine made it runnable, but {NOBODY}."
        kind = LaneKind.GOROUTINES if self._kind is LaneKind.GROUPS else self._kind
        lane = self._lane_of(kind, woken.by, woken.proc, woken.thread, woken.time)
        if lane is None:
            kind, lane = LaneKind.GOROUTINES, int(self._trace.goroutines.id[woken.by])
        group = spot.group if spot.group == self._function_of(woken.by) else None
        there = replace(spot.to(woken.time, self._trace.duration_ns), lanes=kind, lane=lane, group=group)
        return there if kind is spot.lanes else replace(there, sort=None, reverse=False)

    def longest(self, spot: Spot) -> Spot | str:
        """The longest wait for a lock, all of it in view; from one of them, the next longest."""
        waits = longest_waits(self._trace).tolist()
        if not waits:
            return "No goroutine waited for a lock."
        here = self._here.span if self._here else -1
        wait = span(self._trace, waits[(waits.index(here) + 1) % len(waits) if here in waits else 0])
        lane = int(self._trace.goroutines.id[wait.goroutine])
        there = replace(spot, at=wait.start).fitted(wait.start, wait.end, self._trace.duration_ns)
        if spot.lanes is LaneKind.GOROUTINES and spot.group in (None, self._function_of(wait.goroutine)):
            return replace(there, lane=lane)
        return replace(there, lanes=LaneKind.GOROUTINES, lane=lane, group=None, sort=None, reverse=False)

    def in_lanes(self, spot: Spot, kind: LaneKind) -> Spot:
        """The same moment of the same goroutine in lanes of another kind; of a group's, the one looked at before."""
        goroutine = self._goroutine
        if goroutine < 0 and spot.last:
            goroutine = lanes(self._trace, LaneKind.GOROUTINES).row_of(spot.last) or 0
            if self._function_of(goroutine) != self.drawn.identity(self.row):
                goroutine = -1
        if goroutine < 0:
            return replace(spot, lanes=kind, lane=None, at=self.at, group=None, sort=None, reverse=False)
        found = moment(lanes(self._trace, LaneKind.GOROUTINES), goroutine, self.at)
        spans, row = self._trace.spans, found.span if found and found.activity in BUSY else -1
        proc, thread = (int(spans.proc[row]), int(spans.thread[row])) if row >= 0 else (-1, -1)
        lane = self._lane_of(kind, goroutine, proc, thread, self.at)
        last = int(self._trace.goroutines.id[goroutine])
        return replace(spot, lanes=kind, lane=lane, at=self.at, group=None, sort=None, reverse=False, last=last)

    def _lane_of(self, kind: LaneKind, goroutine: int, proc: int, thread: int, at: int) -> int | str | None:
        """The lane of a kind that a goroutine is on at a moment when it runs on this P and thread."""
        trace = self._trace
        match kind:
            case LaneKind.GOROUTINES:
                return int(trace.goroutines.id[goroutine])
            case LaneKind.GROUPS:
                return self._function_of(goroutine)
            case LaneKind.PROCS:
                return int(trace.procs.id[proc]) if proc >= 0 else None
            case LaneKind.THREADS:
                return int(trace.threads[thread]) if thread >= 0 else None
            case LaneKind.TASKS:
                every = lanes(trace, kind)
                assert every.low is not None and every.high is not None
                own = np.flatnonzero((trace.tasks.goroutine == goroutine) & (every.low <= at) & (at < every.high))
                return int(trace.tasks.id[own[-1]]) if len(own) else None
