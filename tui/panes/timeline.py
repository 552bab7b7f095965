"""The Timeline pane: what ran when, under a crosshair.

It draws what `tui.rows.timeline` has worked out and moves the crosshair in it; where that is, the capture's Spot says.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.widgets import Static

from analysis.spot import LaneKind, Spot
from tui.finder import Finder
from tui.keys import Where, bindings
from tui.opencapture import OpenCapture
from tui.panes.pane import Pane, Rows
from tui.place import PaneName, Selection
from tui.widgets.line import Line, Part
from tui.widgets.timeline import Canvas

if TYPE_CHECKING:
    from tui.frame import Frame
    from tui.rows.content import Content
    from tui.rows.lanepicture import Drawn
    from tui.rows.timeline import Crosshair, Matches

# Lines of the screen that are not the canvas's, until it has a size of its own.
_BARS = 6
# Cells that a stack's names move by, as in other tables.
_SIDEWAYS = 8


class TimelinePane(Pane):
    """Lanes of a trace over time, or the stack of the span under the crosshair."""

    pane = PaneName.TIMELINE
    where = Where.TIMELINE
    BINDINGS: ClassVar = [*bindings(Where.TIMELINE)]

    def __init__(self, finder: Finder) -> None:
        super().__init__(finder)
        self._capture: OpenCapture | None = None
        self._drawn: Drawn | None = None
        self._ahead = False  # the spot is one gone to, of which there is no picture yet
        self._row = 0
        self._top = 0
        self._found: Matches | None = None

    def compose(self) -> ComposeResult:
        yield Line(classes="heading")
        yield Static(classes="reason", markup=False)
        # As with rows: never hidden but for a stack, only empty.
        yield Canvas()
        yield Line(classes="below")
        yield Rows(fit=self.fit)

    def on_mount(self) -> None:
        self._open(stack=False)

    @property
    def canvas(self) -> Canvas:
        return self.query_one(Canvas)

    @property
    def below(self) -> Line:
        return self.query_one(".below", Line)

    def take_keys(self) -> None:
        self.screen.set_focus(self.rows if self.rows.display else self.canvas)

    # Working it out

    def work(self, capture: OpenCapture) -> "Callable[[], Content]":
        self._capture = capture
        trace, spot, view = capture.trace, _followed(capture), capture.view
        assert trace is not None
        capture.aim(spot)
        size, top = self._room(), self._top

        def work() -> "Content":
            from tui.rows.lanepicture import Size
            from tui.rows.timeline import stack_content, timeline_content

            return stack_content(trace, spot) if spot.stack else timeline_content(trace, spot, Size(*size), top, view)

        return work

    def _room(self) -> tuple[int, int]:
        size = self.canvas.size
        return (size.width, size.height) if size.area else (self.app.size.width, max(1, self.app.size.height - _BARS))

    # Showing

    def show(self, content: "Content") -> None:
        self._ahead = False
        from tui.rows.timeline import TimelineContent

        if not isinstance(content, TimelineContent) or content.drawn is None:
            self._clear(stack=content.table is not None)
            super().show(content)
            return
        self._open(stack=False)
        self._put("")
        self.query_one(".heading", Line).display = False
        self.content, self._drawn = content, content.drawn
        self._row, self._top = content.drawn.row, content.drawn.picture.first
        self.canvas.show(content.drawn.picture, self._row - self._top, content.drawn.column(self._at))
        self._write_below()
        if self._spot.lanes in (LaneKind.GOROUTINES, LaneKind.GROUPS):
            self._select()

    def say(self, reason: str) -> None:
        self._ahead = False
        self._clear(stack=False)
        super().say(reason)

    def _clear(self, *, stack: bool) -> None:
        self._drawn = None
        self._open(stack=stack)
        self.canvas.show(None)
        self.below.show()

    def _open(self, *, stack: bool) -> None:
        """Have the canvas on the screen, or the table with a stack; with the keys, if the other had them."""
        if self.rows.display != stack or self.canvas.display == stack:
            had_keys = self.rows.has_focus or self.canvas.has_focus
            self.rows.display, self.canvas.display, self.below.display = stack, not stack, not stack
            if had_keys:
                self.take_keys()

    def _write_below(self) -> None:
        """The line below the lanes: the stack under the crosshair, and what else its column holds."""
        if cross := self._cross:
            stack, facts = cross.below()
            self.below.show(" ", (stack, "dim"), right=((f"{facts} ", "dim"),))

    def _note(self, sentence: str) -> None:
        """Say something in the line below the lanes, until the crosshair moves."""
        self.below.show(" ", (sentence, "warn"))

    # What the crosshair is on

    @property
    def _cross(self) -> "Crosshair | None":
        """What is asked about the crosshair; None where there is none."""
        if self._drawn is None:
            return None
        from tui.rows.timeline import Crosshair

        return Crosshair(self._drawn, self._row, self._at)

    @property
    def _spot(self) -> Spot:
        assert self._capture is not None
        return self._capture.place.timeline

    @property
    def _at(self) -> int:
        return self._spot.time(self._duration)

    @property
    def _duration(self) -> int:
        return self._drawn.trace.duration_ns if self._drawn is not None else 0

    @property
    def _named(self) -> Spot:
        """The spot, of which the crosshair's lane and moment are said."""
        assert self._drawn is not None
        return self._spot if self._ahead else replace(self._spot, lane=self._drawn.identity(self._row), at=self._at)

    @property
    def row(self) -> int | None:
        return self._row if self._drawn is not None else super().row

    @property
    def position(self) -> int:
        """The place of the lane among all that there could be, of which zoomed in not all are there."""
        if self._drawn is None:
            return super().position
        # The lane that is gone to may not be drawn yet.
        lane = self._drawn.every.row_of(self._spot.lane)
        return int(self._drawn.full.places[self._drawn.lane(self._row) if lane is None else lane])

    def selection(self) -> Selection | None:
        return cross.selection() if (cross := self._cross) else super().selection()

    def detail(self) -> tuple[Part, ...]:
        return cross.detail() if (cross := self._cross) else super().detail()

    def stack(self) -> tuple[str, ...]:
        return cross.stack() if (cross := self._cross) else ()

    # Moving

    def _aim(self, spot: Spot) -> None:
        """Go to a spot that another picture is needed for."""
        assert self._capture is not None
        if spot != self._spot:
            self._capture.aim(spot)
            self.post_message(self.Wanted(self))

    def _select(self) -> None:
        """Have the other panes on what the crosshair is on; the spot remembers it, to tell what they select."""
        if self._capture is not None and (there := self.selection()):
            self._capture.select(there)
            last = there.goroutine or self._spot.last
            self._capture.aim(replace(self._spot, goroutine=there.goroutine, last=last))

    def _step(self, spot: Spot) -> None:
        """Go to a spot from which Esc comes back: at once, for the keys that are typed behind go on from there."""
        if self._capture is not None and spot != self._spot:
            self._capture.go(timeline=spot)
            self._ahead = True
            self.post_message(self.Wanted(self))

    def _put_cross(self, row: int, at: int) -> None:
        """Put the crosshair on what can be seen already, or have a picture of it worked out."""
        drawn, capture = self._drawn, self._capture
        if drawn is None or capture is None or self._ahead:
            return
        spot = replace(self._spot.to(at, self._duration), lane=drawn.identity(row))
        first, body = drawn.picture.first, drawn.picture.lanes
        if spot.window == self._spot.window and first <= row < first + body:
            capture.aim(spot)
            self._row = row
            self.canvas.move(row - first, drawn.column(self._at))
            self._write_below()
            self._select()
            # At once and not by a message, which would come too late for the same frame.
            cast("Frame", self.app).draw_detail()
            return
        # At the edge the lanes move by half of those on the screen, to repaint rarely.
        if row < first:
            self._top = max(0, row - body // 2)
        elif row >= first + body:
            self._top = row - body + 1 + body // 2
        self._aim(spot)

    def move_to(self, position: int) -> None:
        if self._drawn is None:
            super().move_to(position)
            return
        from tui.rows.lanepicture import row_of

        lane = int(self._drawn.full.lanes[position])
        row = row_of(self._drawn.order, lane)
        if self._drawn.lane(row) == lane:
            self._put_cross(row, self._at)
        else:
            self._aim(replace(self._named, lane=self._drawn.every.identity(lane)))

    def _go_to(self, row: int) -> None:
        if self._drawn is not None:
            self._put_cross(max(0, min(row, self._drawn.picture.count - 1)), self._at)

    def action_lane(self, delta: int) -> None:
        self._go_to(self._row + delta)

    def action_lanes_page(self, direction: int) -> None:
        """Move by a screenful of lanes, the cursor keeping its line."""
        if (drawn := self._drawn) is not None:
            step = direction * max(1, drawn.picture.lanes)
            self._top = max(0, self._top + step)
            row = max(0, min(self._row + step, drawn.picture.count - 1))
            self._aim(replace(self._named, lane=drawn.identity(row)))

    def action_edge(self, which: str) -> None:
        if self._drawn is not None:
            self._go_to(0 if which == "top" else self._drawn.picture.count - 1)

    def action_column(self, delta: int) -> None:
        """The time cursor a column on, to its middle; at the edge of the picture it pans by half of it."""
        if self._drawn is None:
            self.rows.action_sideways(_SIDEWAYS * delta)
            return
        edges = self._drawn.edges
        column = self._drawn.column(self._at) + delta
        if 0 <= column < len(edges) - 1:
            self._put_cross(self._row, int(edges[column] + edges[column + 1]) // 2)
            return
        width = int(edges[-1] - edges[0]) // (len(edges) - 1)
        at = int(edges[0 if delta < 0 else -1]) + delta * width // 2
        if 0 <= at < self._duration:
            self._aim(replace(self._named.panned(2 * delta, self._duration), at=at))

    def action_zoom(self, steps: int) -> None:
        if self._drawn is not None:
            self._aim(self._named.zoomed(steps, self._duration))

    def action_pan(self, quarters: int) -> None:
        if self._drawn is not None:
            self._aim(self._named.panned(quarters, self._duration))

    def action_whole(self) -> None:
        if self._drawn is not None:
            self._aim(replace(self._named, window=None))

    def action_end_of_time(self, side: int) -> None:
        self._put_cross(self._row, 0 if side < 0 else self._duration - 1)

    def action_fit(self) -> None:
        """The span under the crosshair as large as it can be seen whole; from there, the whole life of the lane."""
        if cross := self._cross:
            fits = [self._named.fitted(*each, self._duration) for each in cross.stretches()]
            if fits:
                self._step(fits[-1] if fits[0].window == self._spot.window else fits[0])
            else:
                self._note("There is nothing here.")

    def action_event(self, step: int) -> None:
        """The next moment at which anything begins or ends on the lane."""
        if cross := self._cross:
            at = cross.event(step)
            if at is None:
                self._note("Nothing more happens on this lane.")
            else:
                self._put_cross(self._row, at)

    # Elsewhere

    def action_unblocker(self) -> None:
        """The lane of whoever made the goroutine runnable, at that moment."""
        if cross := self._cross:
            self._step_or_say(cross.unblocker(self._spot))

    def action_longest(self) -> None:
        """The longest wait for a lock, from there to the next longest."""
        if cross := self._cross:
            self._step_or_say(cross.longest(self._spot))

    def _step_or_say(self, there: Spot | str) -> None:
        if isinstance(there, str):
            self._note(there)
        else:
            self._step(there)

    def action_lanes(self, step: int) -> None:
        """Another kind of lanes, the crosshair on the same goroutine at the same moment."""
        if (cross := self._cross) and self._drawn is not None:
            kinds = [kind for kind in LaneKind if kind is not LaneKind.TASKS or len(self._drawn.trace.tasks)]
            kind = kinds[(kinds.index(self._spot.lanes) + step) % len(kinds)]
            self._step(cross.in_lanes(self._spot, kind))

    def action_drill(self) -> None:
        """From a group to its goroutines, from a span to its stack, from a frame to its source."""
        cross, there = self._cross, super().selection()
        if cross is None:
            if there and there.label:
                self.post_message(self.Go(self, pane=PaneName.SOURCE, selection=there))
        elif self._ahead:
            return
        elif self._spot.lanes is LaneKind.GROUPS:
            group = str(self._named.lane)
            self._step(replace(self._spot, lanes=LaneKind.GOROUTINES, lane=None, group=group, sort=None, reverse=False))
        elif cross.has_stack():
            self._step(replace(self._named, stack=True))
        else:
            self._note("There is nothing here.")

    def action_sort(self, step: int) -> None:
        from analysis.laneorder import sorts

        if self._drawn is not None:
            keys = sorts(self._spot.lanes)
            by = keys[(keys.index(self._spot.sorted_by) + step) % len(keys)]
            self._aim(replace(self._named, sort=None if by is keys[0] else by, reverse=False))

    def action_reverse(self) -> None:
        if self._drawn is not None:
            self._aim(replace(self._named, reverse=not self._spot.reverse))

    async def action_mark(self) -> None:
        """Have the other panes look at nothing but what is seen here; once more, at everything again."""
        if self._drawn is None or self._capture is None:
            return
        seen = self._spot.window
        if seen is None or seen == self._capture.view.window:
            await self.app.run_action("look('unmark')", self.app)
        else:
            await self.app.run_action(f"look('mark', {seen.start}, {seen.end})", self.app)

    def action_why(self) -> None:
        """What really held up what is under the crosshair, and who woke whom."""
        if self._capture is not None and (cross := self._cross) and (stretch := cross.stretch()):
            self.post_message(self.Go(self, pane=PaneName.RUNTIME, runtime=self._capture.place.runtime.why(stretch)))
        else:
            self._note("There is no goroutine here to ask about: v shows the lanes of goroutines.")

    # Search

    def find(self, query: str) -> None:
        """Mark the lanes whose name has `query`, and have those that are not there at this time found as well."""
        drawn, found = self._drawn, self._found
        if drawn is None:
            super().find(query)
            return
        if not query:
            self._found = None
        elif found is None or found.query != query or found.full is not drawn.full:
            from tui.rows.timeline import matches

            self._found = matches(drawn, query)
        first = drawn.picture.first
        shown = range(first, first + drawn.picture.lanes) if self._found else ()
        self.canvas.set_matches(frozenset(row for row in shown if self._found and self._found.found[drawn.lane(row)]))

    def match(self, step: int, origin: int | None = None) -> None:
        if self._drawn is None:
            super().match(step, origin)
        elif self._found:
            self.move_to(self._found.beside(self.position if origin is None else origin - step, step))

    @property
    def matched(self) -> bool:
        return super().matched if self._drawn is None else bool(self._found)

    def found(self) -> str:
        if self._drawn is None:
            return super().found()
        return self._found.count(self.position) if self._found is not None else "no match"

    # The terminal

    def on_canvas_resized(self) -> None:
        if self._drawn is not None:
            self.post_message(self.Wanted(self))

    def on_canvas_pointed(self, event: Canvas.Pointed) -> None:
        """Put the crosshair where the mouse was."""
        if (drawn := self._drawn) is None:
            return
        row = self._row if event.lane is None else drawn.picture.first + event.lane
        edges, column = drawn.edges, event.column
        if column is None or column >= len(edges) - 1:
            self._put_cross(row, self._at)
        else:
            self._put_cross(row, int(edges[column] + edges[column + 1]) // 2)


def _followed(capture: OpenCapture) -> Spot:
    """The spot, on the lane of what has been selected in another pane where it is among the lanes."""
    spot, selection = capture.place.timeline, capture.place.selection
    if selection.goroutine in (None, spot.goroutine) or spot.stack:
        return spot
    spot = replace(spot, goroutine=selection.goroutine)
    if spot.lanes is LaneKind.GOROUTINES and selection.goroutine:
        return replace(spot, lane=selection.goroutine, group=None)
    return replace(spot, lane=selection.function) if spot.lanes is LaneKind.GROUPS else spot
