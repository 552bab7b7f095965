"""A watched directory on the screen: the list, walking through a series, and moving on with what lands."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from parsers.trace import read_trace
from tests.tui.landing import cpu, heap, land
from tests.tui.running import TRACE, Running, listed
from tui.opencapture import State
from tui.place import PaneName


@pytest.fixture
def dumps(tmp_path: Path) -> Path:
    """Three heap profiles, a minute apart, whose main.leak grows."""
    folder = tmp_path / "dumps"
    folder.mkdir()
    for at in range(3):
        land(folder / f"heap.{at}.pb.gz", heap(60 * at, leak=100 * (at + 1)))
    return folder


async def series_open(run: Running) -> None:
    """Open the newest of the only series."""
    await run.press("enter")
    await run.until(lambda: run.app.capture.is_read and run.pane.content is not None)
    await run.settled()


def weights(run: Running) -> dict[str, str]:
    """What is in the first column of Top, by function."""
    return {row.split()[-1]: row.split()[0] for row in run.rows[1:] if row.strip()}


async def until_it_weighs(run: Running, wanted: str, function: str = "main.leak") -> None:
    await run.until(lambda: not run.app.capture.loading and weights(run).get(function) == wanted)


# The list


async def test_a_directory_opens_on_its_list(dumps: Path) -> None:
    land(dumps / "cpu.0.pb.gz", cpu({"main.main;main.busy": 5}))
    async with listed(dumps) as run:
        assert run.line("strip").startswith("0 Captures")
        assert "4 files  2 series" in run.line("summary")
        assert [row.split()[0] for row in run.rows[1:3]] == ["cpu", "heap"]
        heaps = run.rows[2].split()
        assert "3" in heaps and "350B" in heaps and "▄▆█" in heaps


async def test_a_series_is_listed_and_closed_again(dumps: Path) -> None:
    async with listed(dumps) as run:
        await run.press("l")
        assert [row.split()[-1] for row in run.rows[2:5]] == ["heap.2.pb.gz", "heap.1.pb.gz", "heap.0.pb.gz"]
        await run.press("l", "j")
        assert "heap.1.pb.gz" in run.row
        await run.press("h")
        assert "▾ shop" in run.row
        await run.press("h")
        assert "▸ shop" in run.row and not any("heap.0" in row for row in run.rows)


async def test_what_cannot_be_read_is_listed_with_the_reason(dumps: Path) -> None:
    land(dumps / "login.pb.gz", b"<!DOCTYPE html><html>Please log in</html>")
    land(dumps / "half.pb.gz", heap()[:100])
    (dumps / "README.md").write_text("# Not a capture\n")
    async with listed(dumps) as run:
        await run.until(lambda: run.app.session.library.waiting == 0)
        await run.until(lambda: run.known == 5)
        assert [row.split()[-1].rpartition("/")[2] for row in run.rows[2:4]] == ["half.pb.gz", "login.pb.gz"]
        await run.press("G")
        assert "HTML" in run.line("detail")
        await run.press("k")
        assert "middle of a field" in run.line("detail") and "growing" in run.row


async def test_the_list_is_sorted_as_asked(dumps: Path) -> None:
    land(dumps / "cpu.0.pb.gz", cpu({"main.main;main.busy": 5}, 999))
    async with listed(dumps) as run:

        def kinds() -> list[str]:
            return [row.split()[0] for row in run.rows[1:3]]

        await run.press(">", ">", ">")
        assert "count↓" in run.rows[0] and kinds() == ["heap", "cpu"]
        await run.press("O")
        assert "count↑" in run.rows[0] and kinds() == ["cpu", "heap"]


async def test_a_directory_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    async with listed(folder) as run:
        await run.until(lambda: "later: no such" in run.reason)
        folder.mkdir()
        await run.until(lambda: "There is no profile or trace here yet" in run.reason)
        land(folder / "heap.0.pb.gz", heap())
        await run.until(lambda: "heap" in run.rows[1])


async def test_the_cursor_of_the_list_stays_on_its_series_whatever_lands(dumps: Path) -> None:
    land(dumps / "mutex.pb.gz", heap(program="zebra", build_id="z"))
    async with listed(dumps) as run:
        await run.press("j")
        assert "zebra" in run.row
        land(dumps / "heap.b.pb.gz", heap(program="aardvark", build_id="a"))
        await run.until(lambda: "aardvark" in run.rows[1])
        assert "zebra" in run.row


# Going along


async def test_a_newer_capture_takes_the_place_of_the_one_on_the_screen(dumps: Path) -> None:
    async with listed(dumps) as run:
        await series_open(run)
        await run.press("j")
        assert weights(run)["main.leak"] == "300B" and "main.steady" in run.row
        assert "following" in run.line("summary")
        land(dumps / "heap.3.pb.gz", heap(180, leak=700))
        await until_it_weighs(run, "700B")
        assert "main.steady" in run.row
        # What has changed is marked, and what has not is not; after a while nothing is.
        assert "• main.leak" in run.rows[1] and "•" not in run.row
        await run.until(lambda: "•" not in run.rows[1])


@pytest.mark.parametrize("pane", ["3", "6"])
async def test_other_panes_go_along_as_well(dumps: Path, pane: str) -> None:
    async with listed(dumps) as run:
        await series_open(run)
        await run.press("j", pane)
        selected = run.app.capture.place.selection.function
        land(dumps / "heap.3.pb.gz", heap(180, leak=700, steady=70))
        await run.until(lambda: run.app.capture.path.name == "heap.3.pb.gz" and not run.app.capture.loading)
        await run.until(lambda: "•" in run.row)
        assert run.app.capture.place.selection.function == selected == "main.steady"
        assert run.app.capture.place.pane in (PaneName.TREE, PaneName.SOURCE)


async def test_search_and_order_and_view_stay(dumps: Path) -> None:
    async with listed(dumps) as run:
        await series_open(run)
        await run.press("t", "o", "/")
        await run.type("steady")
        await run.press("enter")
        land(dumps / "heap.3.pb.gz", heap(180, leak=700))
        await run.until(lambda: run.app.capture.path.name == "heap.3.pb.gz" and not run.app.capture.loading)
        await run.settled()
        assert run.app.capture.view.sample == "alloc_objects" and run.app.capture.order.by == "cum"
        assert "/steady 1/1" in run.footer and "main.steady" in run.row


async def test_frozen_the_screen_stays_and_the_footer_counts(dumps: Path) -> None:
    async with listed(dumps) as run:
        await series_open(run)
        await run.press("space")
        for at in (3, 4):
            land(dumps / f"heap.{at}.pb.gz", heap(60 * at, leak=700 + at))
            await run.until(lambda at=at: f"{at - 2} newer: L" in run.footer)  # type: ignore[misc]
        assert weights(run)["main.leak"] == "300B" and "frozen" in run.line("summary")
        await run.press("space")
        await until_it_weighs(run, "704B")
        assert "newer" not in run.footer


async def test_what_lands_does_not_take_the_screen_from_an_older_capture(dumps: Path) -> None:
    async with listed(dumps) as run:
        await series_open(run)
        await run.press("[")
        await until_it_weighs(run, "200B")
        land(dumps / "heap.3.pb.gz", heap(180, leak=700))
        await run.until(lambda: "2 newer: L" in run.footer)
        assert weights(run)["main.leak"] == "200B"
        await run.press("L")
        await until_it_weighs(run, "700B")
        land(dumps / "heap.4.pb.gz", heap(240, leak=800))
        await until_it_weighs(run, "800B")


async def test_what_lands_late_but_was_taken_early_does_not_take_the_screen(dumps: Path) -> None:
    async with listed(dumps) as run:
        await series_open(run)
        land(dumps / "heap.late.pb.gz", heap(30, leak=150))
        await run.until(lambda: "(4)" in run.line("tabs"))
        assert weights(run)["main.leak"] == "300B"


async def test_a_capture_that_is_still_being_written_is_waited_for(dumps: Path) -> None:
    async with listed(dumps) as run:
        await series_open(run)
        data, path = heap(180, leak=700), dumps / "heap.3.pb.gz"
        with path.open("wb") as file:
            file.write(data[:150])
            file.flush()
            await run.until(lambda: any(each.path == path for each in run.app.session.library.loose))
            assert weights(run)["main.leak"] == "300B" and run.app.capture.state is State.READY
            file.write(data[150:])
        await until_it_weighs(run, "700B")


async def test_a_file_that_is_written_again_is_read_again(dumps: Path) -> None:
    async with listed(dumps, paths=[dumps / "heap.0.pb.gz"]) as run:
        assert weights(run)["main.leak"] == "100B"
        land(dumps / "heap.0.pb.gz", heap(0, leak=111))
        await until_it_weighs(run, "111B")
        await run.press("space")
        land(dumps / "heap.0.pb.gz", heap(0, leak=112))
        await run.until(lambda: "112B" not in run.rows[1] and run.app.capture.frozen)
        await run.press("space")
        await until_it_weighs(run, "112B")


async def test_a_file_that_goes_stays_on_the_screen(dumps: Path) -> None:
    async with listed(dumps) as run:
        await series_open(run)
        (dumps / "heap.2.pb.gz").unlink()
        await run.until(lambda: run.known == 2)
        assert weights(run)["main.leak"] == "300B" and run.app.capture.newest
        assert "its file is gone" in run.line("summary")
        await run.press("[")
        await until_it_weighs(run, "200B")


async def test_a_directory_that_is_rotated_is_followed(dumps: Path) -> None:
    """What is on the screen is deleted before the next one lands."""
    async with listed(dumps) as run:
        await series_open(run)
        for path in dumps.iterdir():
            path.unlink()
        await run.until(lambda: run.known == 0)
        land(dumps / "heap.9.pb.gz", heap(540, leak=900))
        await until_it_weighs(run, "900B")
        await run.press("space")
        land(dumps / "heap.8.pb.gz", heap(480, leak=800))
        land(dumps / "heap.10.pb.gz", heap(600, leak=1000))
        (dumps / "heap.9.pb.gz").unlink()
        await run.until(lambda: run.known == 2 and "1 newer" in run.footer)
        await run.press("[")
        await until_it_weighs(run, "800B")
        await run.press("`")
        assert "no such file" in run.footer


async def test_a_file_that_could_not_be_read_is_read_when_it_can(tmp_path: Path) -> None:
    path = tmp_path / "heap.pb.gz"
    path.write_bytes(heap()[:100])
    async with listed(tmp_path, paths=[path]) as run:
        assert "it ends in the middle of a field" in run.reason
        land(path, heap(leak=123))
        await until_it_weighs(run, "123B")


# Walking


async def test_walking_through_a_series_keeps_the_cursor(dumps: Path) -> None:
    async with listed(dumps) as run:
        await series_open(run)
        await run.press("j")
        seen = [weights(run)["main.leak"]]
        for _ in range(2):
            await run.press("[")
            seen.append(weights(run)["main.leak"])
            assert "main.steady" in run.row
        assert seen == ["300B", "200B", "100B"]
        await run.press("[")
        assert "oldest capture" in run.footer
        await run.press("]", "]", "]")
        assert "newest capture" in run.footer and weights(run)["main.leak"] == "300B"


async def test_flipping_goes_to_and_fro(dumps: Path) -> None:
    land(dumps / "cpu.0.pb.gz", cpu({"main.main;main.busy": 5}))
    async with listed(dumps) as run:
        await series_open(run)
        await run.press("0", "G", "enter")
        await run.until(lambda: "main.leak" in weights(run))
        await run.press("[")
        assert weights(run)["main.leak"] == "200B"
        await run.press("`")
        assert weights(run)["main.leak"] == "300B"
        await run.press("`")
        assert weights(run)["main.leak"] == "200B"
        await run.press("K")
        assert "main.busy" in weights(run)
        await run.press("`")
        assert weights(run)["main.leak"] == "200B"


async def test_enter_goes_to_the_tab_that_is_there(dumps: Path) -> None:
    async with listed(dumps) as run:
        await series_open(run)
        await run.press("0", "enter")
        assert len(run.app.session.captures) == 2 and run.app.capture.place.pane is PaneName.TOP
        await run.press("0", "l", "j", "j", "enter")
        await run.until(lambda: len(run.app.session.captures) == 3)
        await run.until(lambda: weights(run).get("main.leak") == "200B")
        # Left by the list, the first tab is where it was.
        await run.press("K")
        assert weights(run)["main.leak"] == "300B"


# What rows are set beside


async def test_top_shows_what_each_row_weighs_more_than_before(dumps: Path) -> None:
    async with listed(dumps) as run:
        await series_open(run)
        await run.until(lambda: "+100B" in run.rows[1])
        assert "Δ flat" in run.rows[0] and "trend" in run.rows[0]
        leak, steady = run.rows[1].split(), run.rows[2].split()
        assert leak[5:7] == ["+100B", "▄▆█"] and steady[5:7] == ["=", "███"]
        await run.press("o")
        assert "Δ cum" in run.rows[0]
        await run.until(lambda: "▄▆█" in next(row for row in run.rows if "main.main" in row))


async def test_of_what_is_counted_since_the_start_the_trend_is_of_differences(dumps: Path) -> None:
    async with listed(dumps) as run:
        await series_open(run)
        await run.press("t", "t")
        assert run.app.capture.view.sample == "alloc_space"
        await run.until(lambda: "+100B" in run.rows[1])
        assert "██" in run.rows[1].split() and "▄▆█" not in run.rows[1]


async def test_the_base_takes_the_place_of_the_capture_before(dumps: Path) -> None:
    async with listed(dumps) as run:
        await series_open(run)
        await run.press("[", "[", "b", "]", "]")
        await run.until(lambda: "+200B" in run.rows[1])
        assert "Δ from heap.0" in run.line("strip")


async def test_a_capture_alone_has_nothing_beside_it(tmp_path: Path) -> None:
    land(tmp_path / "heap.pb.gz", heap())
    async with listed(tmp_path) as run:
        await series_open(run)
        assert "Δ" not in run.rows[0] and "trend" not in run.rows[0]


async def test_a_key_typed_as_a_capture_lands_is_not_undone(dumps: Path) -> None:
    """The cursor has moved but nothing has said so when what has landed is to be worked out, and when it arrives."""
    async with listed(dumps) as run:
        await series_open(run)
        table = run.pane.rows
        table.action_cursor(1)
        assert table.untold
        run.app.refresh_pane()
        await run.settled()
        assert "main.steady" in run.row
        ask = run.app._desk.ask

        def slow(work: Callable[[], Any], then: Callable[[Any], None]) -> bool:
            table.action_cursor(1)
            return ask(work, then)

        run.app._desk.ask = slow  # type: ignore[method-assign]
        run.app.refresh_pane()
        run.app._desk.ask = ask  # type: ignore[method-assign]
        await run.settled()
        assert "main.main" in run.row


async def test_a_trace_that_grows_is_read_on_and_the_timeline_keeps_its_window(tmp_path: Path) -> None:
    data = TRACE.read_bytes()
    first, second = read_trace(data).generations
    path = tmp_path / "growing.trace"
    cut = len(data) - second.size // 2
    path.write_bytes(data[:cut])
    async with listed(tmp_path, paths=[path]) as run:
        await run.until(lambda: path in run.app.session.library.entries)
        assert "provisional" in run.line("summary")
        await run.press("8", "home", "+", "+", "+")
        spot = run.app.capture.place.timeline
        assert spot.window is not None
        seen, duration = run.line("detail"), run.app.capture.trace.duration_ns  # type: ignore[union-attr]
        with path.open("ab") as file:
            file.write(data[cut:])
        await run.until(lambda: "provisional" not in run.line("summary") and not run.app.capture.loading)
        await run.settled()
        capture = run.app.capture
        assert capture.trace is not None and capture.trace.duration_ns > duration
        assert capture.place.timeline.window == spot.window and run.line("detail") == seen
        # Of the first generation nothing was decoded again.
        assert capture.growth is not None and capture.growth.reader.events_decoded == second.events
        assert sum(each.events for each in capture.trace.generations) == first.events + second.events


async def test_in_the_list_only_its_own_keys_are_offered(dumps: Path) -> None:
    async with listed(dumps) as run:
        await series_open(run)
        assert "t measure" in run.footer
        await run.press("0")
        assert "measure" not in run.footer and "units" not in run.footer
        before = run.app.capture.view
        await run.press("t", "u")
        assert run.app.capture.view == before


async def test_of_the_list_a_path_is_copied(dumps: Path) -> None:
    async with listed(dumps) as run:
        await run.press("l", "j", "j", "y")
        assert run.footer.endswith("heap.1.pb.gz")


async def test_why_a_capture_was_taken_is_told(dumps: Path) -> None:
    because = "go_goroutines > 5000 for 30s: go_goroutines 7,312 for 34 s"
    (dumps / "heap.3.pb.gz.why").write_text(f"{because}\nrule: go_goroutines > 5000 for 30s\n")
    land(dumps / "heap.3.pb.gz", heap(180, leak=900))
    async with listed(dumps) as run:
        await series_open(run)
        await run.press("0", "l")
        await run.until(lambda: len(run.rows) > 4 and "heap.3" in run.rows[2])
        assert not any(".why" in row for row in run.rows)
        assert "open" in run.rows[2] and because in run.line("why")
        await run.press("j", "j", "enter")
        await run.until(lambda: run.line("why") == "")
        await run.press("]")
        await run.until(lambda: because in run.line("why"))
        await run.press("[", "0", "k")
        assert " event " in run.row and because in run.line("detail")
        land(dumps / "heap.4.pb.gz", heap(240, leak=950))
        await run.until(lambda: run.known == 5)
        await run.press("g")
        await run.until(lambda: "heap.4" in run.line("detail") and "1 event" in run.line("detail"))
        assert " event " in run.row
