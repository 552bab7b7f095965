"""The application on real captures: what keys do, as its user sees it."""

import base64
import gc
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tui.rows.top
from analysis.view import View
from capture.open import CaptureError, read_any
from parsers.errors import Progress
from parsers.trace import Trace
from tests import build, tracebuild
from tests.tui.running import BLOCK, CPU, HEAP, HEAVY, TRACE, Running, ready, running
from tui import clipboard
from tui.frame import COMPUTING
from tui.opencapture import State
from tui.overlays.help import Help
from tui.overlays.palette import Palette
from tui.place import PaneName


def write_profile(path: Path, *names: str) -> Path:
    """A cpu profile in which main.main calls each of `names`, which burns a little less than the one before."""
    made = build.Builder()
    main = made.location(build.Frame("main.main", "/src/main.go", 5))
    for at, name in enumerate(names):
        made.sample([made.location(build.Frame(name, "/src/main.go", 10 * at + 10)), main], 10**9 * (len(names) - at))
    path.write_bytes(made.bytes())
    return path


# The screen


async def test_the_bars_say_what_is_open() -> None:
    async with ready(CPU, HEAP) as run:
        assert run.line("tabs").split() == ["dataclean.cpu", "epro.heap.08"]
        assert run.line("summary").startswith("dataclean  cpu  8.60s of samples in 12s (71.67%)")
        assert run.line("strip").startswith("2 Top  3 Tree  4 Flame  5 Callers  6 Source")
        assert run.line("strip").endswith("cpu ▾  functions ▾")
        assert "1.04s self" in run.line("detail")
        assert "? help" in run.footer


@pytest.mark.parametrize("size", [(200, 60), (120, 40), (80, 24), (40, 10), (20, 5), (8, 3)])
async def test_no_size_is_too_small(size: tuple[int, int]) -> None:
    async with ready(CPU, HEAP, size=size) as run:
        await run.press("j", "3", "l", "6", "}", "?", "pagedown", "q", ":", "escape", "J")
        assert run.line("tabs")


async def test_a_resize_keeps_the_cursor() -> None:
    async with ready(CPU) as run:
        await run.press("pagedown", "j")
        identity = run.pane.rows.cursor_identity
        await run.pilot.resize_terminal(80, 24)
        await run.settled()
        assert run.pane.rows.cursor_identity == identity
        assert str(identity).rpartition(".")[2] in run.row


# One selection for all panes


async def select(run: Running, name: str) -> None:
    await run.press("/")
    await run.type(name)
    await run.press("enter", "escape")


async def test_what_is_selected_in_top_is_selected_everywhere() -> None:
    async with ready(CPU) as run:
        await select(run, "heavyCalc")
        assert HEAVY in run.row
        await run.press("3")
        assert HEAVY in run.row and run.app.capture.place.pane is PaneName.TREE
        await run.press("6")
        assert "cleaner.go" in run.screen and "heavyCalculation" in run.screen
        assert "cleaner.go:83" in run.line("detail")
        await run.press("k", "2")
        assert HEAVY in run.row


async def test_escape_goes_back_step_by_step_and_never_quits() -> None:
    async with ready(CPU) as run:
        await select(run, "heavyCalc")
        await run.press("3", "6", "m")
        seen = []
        for _ in range(5):
            await run.press("escape")
            seen.append((run.app.capture.place.pane, run.app.capture.view.mine))
        assert seen[:3] == [(PaneName.SOURCE, False), (PaneName.TREE, False), (PaneName.TOP, False)]
        assert seen[3:] == seen[2:3] * 2
        assert HEAVY in run.row and run.app.is_running


async def test_enter_drills_from_top_to_source() -> None:
    async with ready(HEAP) as run:
        await run.press("enter")
        assert run.app.capture.place.pane is PaneName.SOURCE
        assert "workspaces.byOrder[id] = append" in run.row


async def test_a_cursor_moved_in_the_tree_is_where_top_and_source_go() -> None:
    async with ready(CPU) as run:
        await select(run, "heavyCalc")
        await run.press("3", "h", "h")
        parent = run.app.capture.place.selection.function
        assert parent and parent != HEAVY
        await run.press("2")
        assert run.pane.rows.cursor_identity == parent


async def test_another_sample_type_keeps_the_function_under_the_cursor() -> None:
    async with ready(CPU) as run:
        await select(run, "heavyCalc")
        row = run.pane.rows.cursor_row
        await run.press("t")
        assert run.line("strip").endswith("samples ▾  functions ▾")
        assert HEAVY in run.row
        await run.press("o")
        assert HEAVY in run.row and run.pane.rows.cursor_row != row


async def test_a_function_a_view_does_not_have_stays_selected() -> None:
    async with ready(CPU) as run:
        await select(run, "runtime.memmove")
        chosen = run.app.capture.place.selection
        assert chosen.function == "runtime.memmove"
        await run.press("m")
        assert "runtime.memmove" not in "\n".join(run.rows)
        assert run.app.capture.place.selection == chosen
        await run.press("m")
        assert "runtime.memmove" in run.row


# Looking at it in another way


async def test_sorting() -> None:
    async with ready(CPU) as run:
        assert "flat↓" in run.rows[0]
        await run.press("g", "o")
        assert "cum↓" in run.rows[0]
        await run.press(">")
        assert "function↓" in run.rows[0]
        await run.press("O")
        names = [run.pane.content.text(row) for row in range(run.pane.rows.row_count)] if run.pane.content else []
        assert "function↑" in run.rows[0] and names == sorted(names, reverse=True)
        await run.press("<")
        assert "cum↓" in run.rows[0]


async def test_units() -> None:
    async with ready(CPU) as run:
        assert "1.04s" in run.rows[1] and "flat%" in run.rows[0]
        await run.press("u")
        assert "12.09%" in run.rows[1] and "flat%" not in run.rows[0]
        await run.press("u")
        assert "86.66ms/s" in run.rows[1]  # 1.04s in 12.0s
        await run.press("u")
        assert "1.04s" in run.rows[1]


async def test_granularity_and_inlines() -> None:
    async with ready(CPU) as run:
        await run.press("p", "p", "p")
        assert "lines ▾" in run.line("strip") and "_amd64.s:1404" in "\n".join(run.rows)
        await run.press("P", "P", "P", "I")
        assert run.line("strip").endswith("cpu ▾  functions ▾  no inlines")


# Search


async def test_search_counts_as_one_types_and_goes_round() -> None:
    async with ready(CPU) as run:
        await run.press("/", *"heavy")
        assert "1/1" in run.footer and HEAVY in run.row
        await run.press("enter")
        assert "/heavy 1/1" in run.footer
        await run.press("escape", "g", "/", *"(*Cleaner)", "enter")
        count = int(run.footer.split("/")[-1])
        assert count > 1
        first = run.pane.rows.cursor_row
        await run.press(*"n" * (count - 1))
        assert f"{count}/{count}" in run.footer
        await run.press("n")
        assert run.pane.rows.cursor_row == first
        await run.press("N")
        assert f"{count}/{count}" in run.footer


async def test_small_letters_find_large_ones_and_not_the_other_way_round() -> None:
    async with ready(CPU) as run:
        await run.press("/", *"HEAVY")
        assert "no match" in run.footer
        await run.press("escape", "/", *"cleaner")
        assert "no match" not in run.footer


async def test_escape_out_of_a_search_returns_to_where_it_began() -> None:
    async with ready(CPU) as run:
        await run.press("j", "j")
        await run.press("/", *"heavyCalc", "escape")
        assert run.pane.rows.cursor_row == 2 and run.app.session.query == ""
        assert run.app.capture.past == []


async def test_search_for_the_symbol_under_the_cursor() -> None:
    async with ready(CPU) as run:
        await select(run, "heavyCalc")
        await run.press("*")
        assert f"/{HEAVY} 1/1" in run.footer


async def test_a_search_in_the_tree_opens_the_way_to_what_is_not_on_the_screen() -> None:
    async with ready(CPU) as run:
        await run.press("3", "g", "/", *"bgsweep", "enter")
        assert "bgsweep" in run.row
        await run.press("escape", "/", *"sysUnused", "enter")
        assert "runtime.sysUnused" in run.row


async def test_markup_in_a_search_is_text() -> None:
    async with ready(CPU) as run:
        await run.press("/", *"[red]x[/y]", "enter")
        assert "/[red]x[/y] no match" in run.footer


# Tabs, and captures that cannot be read


async def test_a_capture_is_read_when_its_tab_is_visited() -> None:
    async with ready(CPU, HEAP) as run:
        other = run.app.session.captures[1]
        assert other.profile is None
        await run.press("J")
        assert other.profile is not None and "keepWorkspace" in run.rows[1]
        await run.press("J")
        assert "sha256.block" in run.rows[1]


async def test_what_cannot_be_read_says_so_and_leaves_the_rest_alone(tmp_path: Path) -> None:
    page = tmp_path / "login.pb.gz"
    page.write_text("<!DOCTYPE html><html>Please log in</html>")
    async with ready(page, CPU) as run:
        assert "login.pb.gz" in run.reason and "HTML" in run.reason
        assert run.line("tabs").startswith("login !")
        await run.press("3", "t", "j", "enter", "y", "J")
        assert "sha256.block" in run.rows[1]
        await run.press("K")
        assert "HTML" in run.reason


async def test_a_failed_file_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "growing.pb"
    path.write_bytes(b"")
    async with ready(path) as run:
        assert "empty file" in run.reason
        write_profile(path, "main.work")
        await run.press("R")
        assert run.reason == "" and "main.work" in run.rows[1]


async def test_an_empty_profile_says_why(tmp_path: Path) -> None:
    path = write_profile(tmp_path / "idle.pb")
    async with ready(path) as run:
        for pane in "236":
            await run.press(pane)
            assert "The program was idle" in run.reason
        await run.press("j", "/", "*", "y")
        assert run.app.is_running


async def test_what_is_empty_under_one_sample_type_names_the_others(tmp_path: Path) -> None:
    path = tmp_path / "half.pb"
    made = build.builder({"main.main;f": (5, 0)}, types=(("a", "count"), ("b", "count")))
    path.write_bytes(made.bytes())
    async with ready(path) as run:
        assert run.reason == "Nothing under b, but there is under a."
        await run.press("t")
        assert run.reason == "" and "f" in run.rows[1]


async def test_closing_tabs_then_asking() -> None:
    async with ready(CPU, HEAP) as run:
        await run.press("q")
        assert run.line("tabs") == "epro.heap.08"
        await run.press("q")
        assert "Quit goscope?" in run.footer
        await run.press("q")
        assert "Quit goscope?" not in run.footer and run.app.is_running
        await run.press("j", "q", "y")
        assert not run.app.is_running


async def test_a_closed_capture_is_not_kept_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    columns: list[weakref.ref[Any]] = []

    def remember(path: Path, progress: Progress, *, budget: int | None, compat: bool, growing: Any = None) -> Any:
        capture = read_any(path, progress, budget=budget, compat=compat, growing=growing)
        columns.append(weakref.ref(capture.spans.start if isinstance(capture, Trace) else capture.values))
        return capture

    monkeypatch.setattr("capture.open.read_any", remember)
    async with ready(TRACE, CPU) as run:
        await run.press("l", "8", "2", "t", "3", "6", "q")
        assert run.line("tabs") == "dataclean.cpu"
        gc.collect()
        assert columns[0]() is None and columns[1]() is not None


@pytest.mark.parametrize("keys", ["Q", "ctrl+c", "? Q", "? ctrl+c", "/ ctrl+c", ": ctrl+c", "q ctrl+c"])
async def test_quit_at_once(keys: str) -> None:
    *over, key = keys.split()
    async with ready(CPU) as run:
        await run.press(*over)
        await run.pilot.press(key)
        await run.until(lambda: not run.app.is_running)


# Reading


class SlowReader:
    """Stands in for `capture.open.read_any`: goes on by a step whenever it is let."""

    def __init__(self) -> None:
        self.go_on = threading.Semaphore(0)
        self.ended = threading.Event()

    def __call__(self, path: Path, progress: Progress, *, budget: int | None, compat: bool, growing: Any = None) -> Any:
        try:
            for done in range(1, 1000):
                assert self.go_on.acquire(timeout=30)
                progress(done * 10**6, 1000 * 10**6)
        finally:
            self.ended.set()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowReader]:
    reader = SlowReader()
    monkeypatch.setattr("capture.open.read_any", reader)
    yield reader
    reader.go_on.release(1000)
    assert reader.ended.wait(30)


async def test_progress_is_shown_and_keys_are_answered_meanwhile(slow: SlowReader) -> None:
    async with running(CPU, HEAP) as run:
        await run.until(lambda: "Reading dataclean.cpu" in run.reason)
        assert "Top" in run.line("strip")
        slow.go_on.release()
        await run.until(lambda: "1.0 of 1000.0 MB" in run.reason)
        await run.pilot.press("?")
        await run.until(lambda: isinstance(run.app.screen, Help))
        await run.pilot.press("escape")
        await run.until(lambda: not isinstance(run.app.screen, Help))
        assert run.app.capture.state is State.LOADING
        run.app.exit()


async def test_escape_stops_reading_and_it_can_be_begun_again(
    slow: SlowReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(CPU) as run:
        slow.go_on.release()
        await run.until(lambda: "1.0 of" in run.reason)
        await run.pilot.press("escape")
        await run.until(lambda: run.app.capture.state is State.UNREAD)
        assert "has not been read to its end" in run.reason and "R again" in run.footer
        slow.go_on.release()
        assert slow.ended.wait(30)
        monkeypatch.undo()
        await run.press("R")
        assert HEAVY in "\n".join(run.rows)


async def test_quitting_does_not_wait_for_a_reader(slow: SlowReader) -> None:
    async with running(CPU) as run:
        await run.until(lambda: "Reading" in run.reason)
        await run.pilot.press("Q")
        await run.until(lambda: not run.app.is_running)
    assert not slow.ended.is_set()


# The first look at a large trace


class SlowTrace:
    """Stands in for reading a trace: the last part is there at once, the whole when it is let."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.step = threading.Event()
        self.outcome: Trace | CaptureError = trace_of(40)

    def glimpse(self, path: Path, progress: Progress, *, budget: int | None) -> Trace:
        return trace_of(4)

    def read(self, path: Path, progress: Progress, *, budget: int | None, compat: bool, growing: Any = None) -> Trace:
        assert self.step.wait(30)
        progress(7 * 10**6, 10**8)
        while not self.go_on.wait(0.01):
            progress(7 * 10**6, 10**8)
        if isinstance(self.outcome, CaptureError):
            raise self.outcome
        return self.outcome


def trace_of(count: int) -> Trace:
    """Goroutines 1 to `count`, the last one with most to do."""
    busy = (
        tracebuild.G("main.work", [f"0 waiting:select @main.work{at}", f"{900 - at} running"]) for at in range(count)
    )
    return tracebuild.trace(*busy, duration=1000, notes=["the rest is missing"] if count < 40 else [])


@pytest.fixture
def slow_trace(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowTrace]:
    reader = SlowTrace()
    monkeypatch.setattr("capture.open.glimpse", reader.glimpse)
    monkeypatch.setattr("capture.open.read_any", reader.read)
    yield reader
    reader.step.set()
    reader.go_on.set()


async def seen_first(run: Running) -> None:
    await run.until(lambda: "▸ main.work" in "\n".join(run.rows))


async def test_the_last_part_is_shown_until_the_whole_trace_is_there(slow_trace: SlowTrace) -> None:
    async with running(Path("big.trace")) as run:
        await seen_first(run)
        assert run.line("summary").endswith("part of it so far, reading the rest")
        assert run.heading == "the rest is missing"
        slow_trace.step.set()
        await run.until(lambda: run.line("summary").endswith("part of it so far, reading 7.0 of 100.0 MB"))
        await run.pilot.press("l")
        await run.until(lambda: "▾ main.work" in run.row)
        await run.pilot.press("j", "j")
        await run.until(lambda: "· G3 " in run.row)
        assert run.app.capture.state is State.LOADING
        slow_trace.go_on.set()
        await run.settled()
        assert "part of it" not in run.line("summary") and "40 goroutines" in run.line("summary")
        assert run.heading == "" and run.pane.rows.row_count == 41
        assert "· G3 " in run.row  # where there are now 37 above it


async def test_escape_keeps_the_part_that_was_read(slow_trace: SlowTrace) -> None:
    async with running(Path("big.trace")) as run:
        await seen_first(run)
        await run.pilot.press("escape")
        await run.until(lambda: run.app.capture.state is State.UNREAD)
        assert run.line("summary").endswith("part of it only") and "▸ main.work" in run.row
        assert "R again" in run.footer
        slow_trace.step.set()
        slow_trace.go_on.set()
        await run.press("R")
        assert "40 goroutines" in run.line("summary")


async def test_while_a_trace_is_read_escape_goes_back_before_it_stops(slow_trace: SlowTrace) -> None:
    async with running(Path("big.trace")) as run:
        await seen_first(run)
        await run.pilot.press("2", "escape")
        await run.until(lambda: run.app.capture.place.pane is PaneName.GOROUTINES)
        assert run.app.capture.state is State.LOADING


async def test_the_part_that_was_read_stays_when_the_whole_cannot_be(slow_trace: SlowTrace) -> None:
    slow_trace.outcome = CaptureError(Path("big.trace"), "too large")
    async with running(Path("big.trace")) as run:
        await seen_first(run)
        slow_trace.step.set()
        slow_trace.go_on.set()
        await run.settled()
        assert "big.trace: too large" in run.footer
        assert run.line("summary").endswith("part of it only") and "▸ main.work" in run.row
        await run.press("l")
        assert "▾ main.work" in run.row


async def test_a_trace_that_is_still_being_written_can_be_read_again(tmp_path: Path) -> None:
    path, whole = tmp_path / "growing.trace", TRACE.read_bytes()
    path.write_bytes(whole[: len(whole) * 3 // 4])
    async with ready(path) as run:
        assert "provisional from 1s on" in run.line("summary") and "R again" in run.footer
        await run.press("j", "j", "l")
        chosen = run.app.capture.place.selection
        path.write_bytes(whole)
        await run.press("R")
        assert "2620 goroutines" in run.line("summary") and "provisional" not in run.line("summary")
        assert "R again" not in run.footer and run.app.capture.place.selection == chosen
        assert f"▾ {chosen.function}" in run.row


# Working out


async def test_a_slow_result_leaves_the_screen_and_the_keys_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    quick = tui.rows.top.top_content

    def slow(*arguments: Any) -> Any:
        assert gate.wait(30)
        return quick(*arguments)

    async with ready(CPU) as run:
        monkeypatch.setattr("tui.rows.top.top_content", slow)
        await run.pilot.press("o")
        assert run.footer.strip() == COMPUTING and "flat↓" in run.rows[0]
        await run.pilot.press("j", "3")
        assert run.reason == COMPUTING
        gate.set()
        await run.settled()
        assert run.reason == "" and "calls" in run.rows[0]
        await run.press("2")
        assert "cum↓" in run.rows[0]


async def test_of_a_sample_type_that_is_not_there_the_default_takes_the_place() -> None:
    async with ready(CPU, view=View(sample="inuse_space")) as run:
        assert "no sample type “inuse_space”: there are samples, cpu" in run.footer
        assert run.line("strip").endswith("cpu ▾  functions ▾") and "1.04s" in run.rows[1]
        await run.press("t")
        assert run.line("strip").endswith("samples ▾  functions ▾")


# Overlays


async def test_help_over_a_pane() -> None:
    async with ready(CPU) as run:
        await run.press("3", "?")
        assert isinstance(run.app.screen, Help)
        await run.press("G", "t", "m")
        assert not run.app.capture.view.mine
        await run.press("q")
        assert not isinstance(run.app.screen, Help) and run.app.capture.place.pane is PaneName.TREE
        await run.press("j")
        assert run.pane.rows.cursor_row > 0


async def test_the_palette_does_what_has_no_key() -> None:
    async with ready(HEAP, CPU) as run:
        await run.press(":", *"granul of lin", "enter")
        assert "lines ▾" in run.line("strip")
        await run.press(":", *"alloc_objects", "enter")
        assert run.line("strip").endswith("alloc_objects ▾  lines ▾")
        await run.press(":", *"capture data", "enter")
        assert run.app.capture.name == "dataclean.cpu"
        await run.press(":", "down", "up", "escape")
        assert not isinstance(run.app.screen, Palette)


async def test_a_command_of_the_pane_from_the_palette() -> None:
    async with ready(CPU) as run:
        await run.press("3", "g")
        before = run.pane.rows.row_count
        await run.press(":", *"heaviest path", "enter")
        assert run.pane.rows.row_count > before
        await run.press(":", *"turn the tree", "enter")
        assert run.app.capture.place.inverted


async def test_only_what_can_be_done_is_offered(tmp_path: Path) -> None:
    async with ready(write_profile(tmp_path / "one.pb", "main.work")) as run:
        assert "sample" not in run.footer and "next file" not in run.footer and "back" not in run.footer
        await run.press("3")
        assert "back" in run.footer


# Copying


def test_osc52_is_wrapped_for_tmux_only() -> None:
    text = "main.Map[go.shape.int]"
    plain = clipboard.sequence(text, {})
    assert plain == f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07"
    wrapped = clipboard.sequence(text, {"TMUX": "/tmp/tmux-0/default,1,0"})
    assert wrapped.startswith(plain + "\x1bPtmux;\x1b\x1b]52;c;") and wrapped.endswith("\x07\x1b\\")


async def test_copying_a_name_and_a_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    def record(text: str) -> str:
        sent.append(text)
        return ""

    monkeypatch.setattr(clipboard, "sequence", lambda text: record(text))
    async with ready(CPU) as run:
        await select(run, "heavyCalc")
        await run.press("y", "Y", "3", "Y")
    name, stack, of_tree = sent
    assert name == HEAVY
    assert stack.splitlines()[0] == "net/http.(*conn).serve" and stack.splitlines()[-1] == HEAVY
    assert of_tree == stack


# Hostile names

HOSTILE = (
    "x[/y]",
    "[red]main.evil[/red]",
    "[@click=app.quit]free[/]",
    "main.Map[go.shape.int]",
    "a[link=x]b",
    "%s{0}$(x)",
)


async def test_markup_in_names_is_shown_as_it_is_in_every_pane(tmp_path: Path) -> None:
    path = write_profile(tmp_path / "[@click=app.quit][red]x.pb", *HOSTILE)
    async with ready(path) as run:
        for name in HOSTILE:
            assert any(line.endswith(name) for line in run.rows), name
        assert run.line("tabs") == "[@click=app.quit][red]x"
        for name in HOSTILE:
            await run.press("2", "g")
            await select(run, name)
            assert run.row.endswith(name)
            assert run.line("detail").startswith(name)
            await run.press("3")
            assert run.row.endswith(name)
            await run.press("6")
            assert name in run.line("detail") and "/src/main.go not found" in run.heading
        await run.press("2", "g", "y")
        assert "x[/y]" in run.footer


async def test_a_path_with_markup_that_cannot_be_read(tmp_path: Path) -> None:
    async with ready(tmp_path / "no[/such].pb") as run:
        assert run.reason.endswith("no[/such].pb: no such file")


async def test_block_profile_opens() -> None:
    async with ready(BLOCK) as run:
        assert run.line("summary").startswith("gateway  block")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (MemoryError(), "There is not enough memory for this."),
        (KeyError("x"), "Goscope failed on this view: KeyError: 'x'"),
    ],
)
async def test_a_fault_costs_the_view_and_not_the_application(
    fault: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(*arguments: Any) -> Any:
        raise fault

    async with ready(CPU) as run:
        with monkeypatch.context() as patched:
            patched.setattr("tui.rows.top.top_content", faulty)
            await run.press("o")
            assert run.reason == sentence
        await run.press("u")
        assert run.reason == "" and "flat" in run.rows[0]
