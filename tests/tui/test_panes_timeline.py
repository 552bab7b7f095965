"""The Timeline pane: what its keys do, on the gateway's trace, whose long tail is found in a few of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from analysis.spot import LaneKind, Spot
from analysis.view import Window
from parsers.trace.model import Trace
from tests.tui.running import TRACE, Running, ready
from tui.panes.timeline import TimelinePane
from tui.place import PaneName
from tui.widgets.timeline import Canvas

SLOW = "query #1631"  # the longest of the tasks, of which sample-profiles/README.md tells


class Shown:
    """The Timeline on the screen."""

    def __init__(self, run: Running) -> None:
        self.run = run
        self.press = run.press

    @property
    def spot(self) -> Spot:
        return self.run.app.capture.place.timeline

    @property
    def trace(self) -> Trace:
        trace = self.run.app.capture.trace
        assert trace is not None
        return trace

    @property
    def pane(self) -> TimelinePane:
        pane = self.run.app.pane
        assert isinstance(pane, TimelinePane)
        return pane

    @property
    def canvas(self) -> Canvas:
        return self.pane.canvas

    @property
    def lines(self) -> list[str]:
        return [self.canvas.render_line(y).text.rstrip() for y in range(self.canvas.size.height)]

    def line(self, start: str) -> str:
        """The line that begins so."""
        return next(line for line in self.lines if line.strip().startswith(start))

    @property
    def detail(self) -> str:
        return self.run.line("detail")

    @property
    def below(self) -> str:
        return self.pane.below.text.strip()

    @property
    def window(self) -> Window:
        return self.spot.seen(self.trace.duration_ns)

    @property
    def at(self) -> int:
        return self.spot.time(self.trace.duration_ns)

    @property
    def length(self) -> int:
        return self.window.end - self.window.start

    @property
    def cursor(self) -> str:
        """The label under the lane cursor."""
        return next(
            segment.text.split()[0] + " " + " ".join(segment.text.split()[1:2])
            for y in range(self.canvas.size.height)
            for segment in list(self.canvas.render_line(y))[:1]
            if segment.style == self.canvas.get_component_rich_style("timeline--cursor")
        )


@asynccontextmanager
async def timeline(*keys: str, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Shown]:
    async with ready(TRACE, size=size) as run:
        await run.press("8", *keys)
        yield Shown(run)


async def test_what_stands_on_it() -> None:
    async with timeline() as shown:
        for name in ("trace", "window", "GC, stops", "running", "runnable", "locks", "syscalls", "waiting", "heap"):
            assert shown.line(name)
        assert [line.split()[0] for line in shown.lines if line[1:2] == "P"] == ["P0", "P1", "P2", "P3"]
        assert "2s" in shown.line("trace")
        assert "running" in shown.lines[-1]
        assert "world stopped" in shown.lines[-1]
        assert shown.detail.startswith("P0 at 1.00s: ")
        assert "lanes: procs" in shown.run.line("strip")


async def test_on_a_small_screen_there_is_room_for_lanes() -> None:
    async with timeline("v", size=(80, 24)) as shown:
        assert shown.canvas.picture is not None
        assert shown.canvas.picture.lanes >= 10
        assert all(len(line) <= 80 for line in shown.lines)


@pytest.mark.parametrize(("closer", "farther"), [("w", "s"), ("plus", "minus"), ("equals_sign", "s")])
async def test_zooming_keeps_the_time_cursor_where_it_is(closer: str, farther: str) -> None:
    async with timeline() as shown:
        at, length = shown.at, shown.length
        column = shown.pane.canvas._column
        await shown.press(closer, closer)
        assert (shown.length, shown.at) == (length // 4, at)
        assert abs(shown.pane.canvas._column - column) <= 1
        assert "[" in shown.line("trace")
        assert f"{length / 4e6:.0f}ms" in shown.line("window")
        await shown.press(farther, farther, farther)
        assert shown.spot.window is None
        assert shown.at == at


async def test_no_zoom_beyond_what_columns_can_tell_apart() -> None:
    async with timeline(*["w"] * 25) as shown:
        assert shown.length == 2000
        assert shown.line("P0")


async def test_panning_by_quarters() -> None:
    async with timeline("w", "w") as shown:
        before = shown.window
        await shown.press("d")
        assert shown.window.start == before.start + shown.length // 4
        await shown.press("a")
        assert shown.window == before
        await shown.press(*["a"] * 12)
        assert shown.window.start == 0
        assert shown.at == shown.window.end - 1


async def test_the_time_cursor_moves_by_columns_and_pans_at_the_edge() -> None:
    async with timeline("w") as shown:
        window, column = shown.window, shown.canvas._column
        await shown.press("l", "right", "l")
        assert shown.window == window
        assert shown.canvas._column == column + 3
        await shown.press("h", "left")
        assert shown.canvas._column == column + 1
        # Panned out of sight, it is at the edge.
        await shown.press("a", "a", "a")
        edge = shown.window
        assert shown.at == edge.end - 1
        await shown.press("l")
        assert shown.window.start == edge.start + shown.length // 2
        assert edge.end <= shown.at < shown.window.end


async def test_the_ends_of_time() -> None:
    async with timeline("w", "w") as shown:
        await shown.press("end")
        assert shown.at == shown.trace.duration_ns - 1
        assert shown.window.end == shown.trace.duration_ns
        await shown.press("home")
        assert (shown.at, shown.window.start) == (0, 0)
        await shown.press("Z")
        assert shown.spot.window is None


async def test_moving_from_lane_to_lane() -> None:
    async with timeline() as shown:
        assert shown.cursor.startswith("P0")
        await shown.press("j", "down")
        assert shown.cursor.startswith("P2")
        assert shown.detail.startswith("P2 at ")
        await shown.press("k")
        assert shown.cursor.startswith("P1")
        await shown.press("G")
        assert shown.cursor.startswith("P3")
        await shown.press("g", "k")
        assert shown.cursor.startswith("P0")


async def test_more_lanes_than_the_screen_has_lines() -> None:
    async with timeline("v", "v", "g", size=(80, 24)) as shown:
        first = shown.cursor
        await shown.press("pagedown")
        assert shown.cursor != first
        assert shown.line(shown.cursor.split()[0])
        await shown.press("pageup")
        assert shown.cursor == first
        await shown.press(*["j"] * 30)
        assert shown.line(shown.cursor.split()[0])
        await shown.press("G")
        assert shown.spot.lane == int(shown.trace.goroutines.id.max())


async def test_from_event_to_event_and_back() -> None:
    async with timeline("j", "full_stop") as shown:
        starts = set(shown.trace.spans.start.tolist())
        first = shown.at
        assert first in starts
        await shown.press("full_stop")
        second = shown.at
        assert second > first
        assert second in starts
        await shown.press("comma")
        assert shown.at == first
        await shown.press("home", "comma")
        assert shown.below == "Nothing more happens on this lane."


async def test_the_lanes_there_are_and_the_goroutine_they_keep() -> None:
    async with timeline("j") as shown:
        # On what runs there.
        await shown.press("full_stop")
        while "running" not in shown.detail:
            await shown.press("full_stop")
        goroutine = shown.detail.split()[3]
        at = shown.at
        kinds = []
        for _ in range(5):
            await shown.press("v")
            kinds.append(shown.spot.lanes)
            if shown.spot.lanes is LaneKind.GOROUTINES:
                assert shown.spot.lane == int(goroutine[1:])
                assert goroutine in shown.detail
        assert kinds == [LaneKind.GROUPS, LaneKind.GOROUTINES, LaneKind.THREADS, LaneKind.TASKS, LaneKind.PROCS]
        assert shown.at == at
        await shown.press("V")
        assert "lanes: tasks" in shown.run.line("strip")
        await shown.press("escape")
        assert "lanes: procs" in shown.run.line("strip")


async def test_keys_typed_ahead_of_the_picture() -> None:
    """A zoom typed right behind another kind of lanes is of those."""
    async with timeline() as shown:
        length = shown.length
        shown.pane.action_lanes(1)
        shown.pane.action_zoom(1)
        shown.pane.action_lane(1)
        shown.pane.action_lanes(1)
        shown.pane.action_zoom(1)
        await shown.run.pilot.pause()
        await shown.run.settled()
        assert "lanes: goroutines" in shown.run.line("strip")
        assert shown.length < length / 3
        await shown.press("j")
        assert ": G" in shown.detail
        await shown.press("escape", "escape")
        assert "lanes: procs" in shown.run.line("strip")
        assert shown.length == length


async def test_the_long_tail_in_three_keys() -> None:
    async with timeline("V", "z") as shown:
        tail = shown.line(SLOW)
        assert "205ms" in tail
        assert shown.cursor.startswith(SLOW)
        # It waited for the quotas' lock, and then for a shard that was busy.
        assert "quota: sync" in tail
        assert "search: sync" in tail
        # Meanwhile another one had the lock, and did not run but wait for the network.
        assert "quota: select" in shown.line("query #1630")
        await shown.press("full_stop")
        assert "waiting: sync" in shown.detail
        assert "region quota" in shown.detail
        assert shown.below.startswith("main.(*quotaTable).take quota.go:33")
        await shown.press("U")
        assert shown.cursor.startswith("query #1630")


async def test_the_longest_waits_for_locks_one_after_the_other() -> None:
    async with timeline("H") as shown:
        assert "lanes: goroutines" in shown.run.line("strip")
        assert "waiting: sync 135ms" in shown.detail
        lasted = []
        for _ in range(10):
            lasted.append(float(shown.detail.partition("sync ")[2].partition("ms")[0]))
            await shown.press("H")
        assert lasted == sorted(lasted, reverse=True)
        # Behind those for a busy shard come those for the quotas' lock.
        assert "quotaTable" in shown.detail
        await shown.press(*["escape"] * 11)
        assert "lanes: procs" in shown.run.line("strip")


async def test_following_who_unblocked_it_and_back() -> None:
    async with timeline("V", "z", "full_stop", "U") as shown:
        there = shown.spot
        assert "running" in shown.detail
        await shown.press("escape")
        assert shown.cursor.startswith(SLOW)
        assert shown.spot != there
        await shown.press("home", "U")
        assert shown.below


async def test_from_a_span_to_its_stack_to_the_source_and_back() -> None:
    async with timeline("V", "z", "full_stop", "enter") as shown:
        run = shown.run
        assert run.heading.startswith("G65 net/http.(*conn).serve  waiting: sync")
        assert any("unblocked by G56" in row for row in run.rows)
        assert "main.(*quotaTable).take" in run.row
        assert "quota.go:33" in run.row
        await run.press("enter")
        assert run.app.capture.place.pane is PaneName.SOURCE
        assert "gateway/quota.go" in run.heading
        assert " 33 " in run.row
        await run.press("escape")
        assert "main.(*quotaTable).take" in run.row
        await run.press("j", "l", "h", "escape")
        assert shown.cursor.startswith(SLOW)
        assert run.app.focused is shown.canvas


async def test_nothing_has_no_stack() -> None:
    async with timeline("V", "home", "enter") as shown:
        assert shown.below == "There is nothing here."
        await shown.press("U")
        assert shown.below.startswith("There is no goroutine here")


async def test_a_group_opens_its_goroutines() -> None:
    async with timeline("v", "g", "enter") as shown:
        group = shown.spot.group
        assert group
        assert f"only {group}" in shown.run.line("strip")
        trace = shown.trace
        own = sum(trace.strings[name] == group for name in trace.goroutines.name.tolist())
        assert shown.canvas.picture is not None
        assert shown.canvas.picture.count == own
        await shown.press("escape")
        assert (shown.spot.lanes, shown.spot.group) == (LaneKind.GROUPS, None)


async def test_what_a_group_does() -> None:
    async with timeline("v", "g") as shown:
        assert "goroutines: " in shown.detail or "goroutine: " in shown.detail


async def test_a_marked_window_is_all_that_others_look_at() -> None:
    async with timeline("w", "w", "M") as shown:
        capture = shown.run.app.capture
        assert capture.view.window == shown.spot.window
        assert "═" in shown.line("window")
        await shown.press("7")
        inside = len(shown.run.rows)
        await shown.press("8", "M")
        assert capture.view.window is None
        await shown.press("7")
        assert len(shown.run.rows) >= inside


async def test_zooming_to_what_is_there_and_to_the_life_of_the_lane() -> None:
    async with timeline("V", "z") as shown:
        life = shown.window
        await shown.press("full_stop", "z")
        span = shown.window
        assert life.start <= span.start < span.end <= life.end
        await shown.press("z")
        assert shown.window == life
        await shown.press("escape")
        assert shown.window == span
        await shown.press("escape", "escape")
        assert shown.spot.window is None


async def test_searching_lanes() -> None:
    async with timeline("v", "v", "slash") as shown:
        run = shown.run
        await run.type("janitor")
        assert "1/1" in run.footer
        await run.press("enter")
        assert "janitor" in run.line("detail")
        assert run.app.focused is shown.canvas
        await run.press("escape", "slash")
        await run.type("backgroundread")
        await run.press("enter")
        first = shown.spot.lane
        await run.press("n")
        assert shown.spot.lane != first
        await run.press("N")
        assert shown.spot.lane == first
        await run.press("escape", "slash")
        await run.type("nobody at all")
        assert "no match" in run.footer


async def test_a_goroutine_is_found_by_its_id_and_a_search_given_up_goes_back() -> None:
    async with timeline("v", "v", "g") as shown:
        first = shown.spot.lane
        await shown.press("slash")
        await shown.run.type("G65")
        assert shown.cursor.startswith("G65")
        await shown.press("escape")
        assert shown.spot.lane == first


async def test_a_search_finds_what_is_not_there_now() -> None:
    async with timeline("v", "v", "slash") as shown:
        await shown.run.type("G65")
        await shown.press("enter", "escape", *["w"] * 8)
        assert shown.canvas.picture is not None
        there = shown.canvas.picture.count
        assert there < len(shown.trace.goroutines)
        assert f"/{there}" in shown.below
        gone = int(shown.trace.goroutines.id[-1])
        await shown.press("slash")
        await shown.run.type(f"G{gone}")
        assert shown.cursor.startswith(f"G{gone}")
        assert "1/1" in shown.run.footer
        await shown.press("escape")
        assert shown.cursor.startswith("G65")


async def test_sorting_lanes() -> None:
    async with timeline("v", "v", "g") as shown:
        lane = shown.spot.lane
        await shown.press("o", "o")
        assert "by duration" in shown.run.line("strip")
        assert shown.spot.lane == lane
        await shown.press("O")
        assert shown.spot.reverse
        await shown.press("less_than_sign", "less_than_sign")
        assert shown.spot.sort is None
        assert shown.spot.lane == lane


async def test_what_is_selected_elsewhere_is_where_the_crosshair_goes() -> None:
    async with timeline("v", "v") as shown:
        await shown.press("slash")
        await shown.run.type("G65")
        await shown.press("enter", "7")
        assert "G65" in shown.run.line("detail") or "conn" in shown.run.line("detail")
        await shown.press("8")
        assert shown.cursor.startswith("G65")


async def test_copying_the_stack() -> None:
    async with timeline("V", "z", "full_stop") as shown:
        stack = shown.pane.stack()
        assert stack[0] == "net/http.(*conn).serve"
        assert stack[-2:] == ("main.(*quotaTable).take", "sync.(*Mutex).Lock")


async def test_another_size_is_another_picture() -> None:
    async with timeline() as shown:
        await shown.run.pilot.resize_terminal(80, 24)
        await shown.run.settled()
        await shown.run.until(lambda: all(len(line) <= 80 for line in shown.lines))
        assert shown.line("P0")


async def test_the_mouse_puts_the_crosshair() -> None:
    async with timeline() as shown:
        line = next(y for y, text in enumerate(shown.lines) if text.startswith(" P2"))
        await shown.run.pilot.click(Canvas, offset=(60, line))
        await shown.run.settled()
        assert shown.cursor.startswith("P2")
        assert shown.canvas._column == 45
