"""Captures taken of processes that run, from the screen: what there is, the countdown, and where what lands goes."""

import threading
from pathlib import Path

import pytest

from capture.live.plan import plan_of
from tests.services.processes import free_port
from tests.tui.running import CPU, Running, running
from tests.tui.serving import Process, on, page, serving
from tui.destination import targets_of
from tui.keymap import Keymap
from tui.keys import Where
from tui.overlays.help import help_lines
from tui.overlays.palette import Palette
from tui.place import PaneName
from tui.widgets.table import VirtualTable


def menu(run: Running) -> list[str]:
    """The lines of the menu."""
    screen = run.app.screen
    assert isinstance(screen, Palette)
    rows = screen.query_one(VirtualTable)
    return [rows.render_line(y).text.strip() for y in range(1, rows.size.height) if rows.render_line(y).text.strip()]


def without_mark(lines: list[str]) -> list[str]:
    return [line.removeprefix("▌").strip() for line in lines]


async def take(run: Running, text: str) -> None:
    """Take what the menu has first for this text."""
    await run.press("C")
    await run.type(text)
    await run.press("enter")


async def titled(run: Running, title: str) -> None:
    """Wait for a tab with this name to be in front, and read."""
    await run.until(lambda: title in run.app.capture.title and run.app.capture.is_read)
    await run.settled()


# What there is


async def test_a_process_opens_on_captures_with_what_it_has(process: Process, into: Path) -> None:
    async with on(process, into=into) as run:
        shown = process.url.removeprefix("http://")
        assert run.line("strip").startswith("0 Captures") and run.line("tabs") == shown
        assert run.heading == f"{shown}  shop  8 profiles   C takes one"
        assert " C take " in run.footer and "no profile or trace here yet" in run.reason
        assert "secret" not in run.screen


async def test_the_menu_lists_what_it_has(process: Process, into: Path) -> None:
    async with on(process, into=into) as run:
        await run.press("C")
        assert without_mark(menu(run)) == [
            "CPU for 10 s",
            "CPU for 30 s",
            "heap",
            "heap: what is allocated in 10 s",
            "allocs",
            "goroutine (412)",
            "block (0)",
            "mutex (0)",
            "trace for 2 s",
            "trace for 5 s",
            "what its flight recorder has, if it serves one",
            "orders (1,234)",
            "all of them once",
            "record on a schedule",
        ]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("45", "take CPU for 45 s"),
        ("cpu=45s", "take CPU for 45 s"),
        ("heap=30s", "take heap over 30 s"),
        ("heap,orders", "take heap, orders"),
        ("trace=100ms", "take trace for 0.1 s"),
        ("flight=/fr", "take flight /fr"),
        ("cpu=10s", ""),
        ("orders=2s", ""),
        ("unknown", ""),
    ],
)
async def test_what_is_typed_is_offered(process: Process, into: Path, typed: str, first: str) -> None:
    async with on(process, into=into) as run:
        await run.press("C")
        await run.type(typed)
        assert without_mark(menu(run))[:1] == ([first] if first else [])


async def test_counts_are_asked_for_again_while_the_menu_is_open(process: Process, into: Path) -> None:
    async with on(process, into=into) as run:
        process.index = lambda: b"<td>5</td><td><a href='goroutine?debug=1'>g</a><td>2</td><td><a href='heap'>h</a>"  # type: ignore[method-assign]
        await run.press("C", "down")
        await run.until(lambda: "goroutine (5)" in " ".join(menu(run)))
        assert run.app.screen.query_one(VirtualTable).cursor_row == 1


async def test_the_cursor_stays_on_its_entry_whatever_the_process_has_by_then(process: Process, into: Path) -> None:
    async with on(process, into=into) as run:
        await run.press("C", *["down"] * 10)
        assert run.app.screen.query_one(VirtualTable).render_line(11).text.strip("▌ ").startswith("what its flight")
        process.index = lambda: page({"goroutine": 5, "heap": 2})  # type: ignore[method-assign]
        await run.app.run_action("meet(0)")
        await run.until(lambda: "goroutine (5)" in " ".join(menu(run)))
        row = run.app.screen.query_one(VirtualTable).cursor_row
        assert "what its flight recorder has" in menu(run)[row]


async def test_of_several_processes_it_lists_each_ones(process: Process, into: Path) -> None:
    with serving(Process("epro")) as other:
        async with on(process, other, into=into) as run:
            assert "shop  8 profiles" in run.heading and "epro  8 profiles" in run.heading
            await run.press("C")
            await run.type("orders")
            shown = [each.url.removeprefix("http://") for each in (process, other)]
            assert without_mark(menu(run)) == [f"orders (1,234)  {each}" for each in shown]
            await run.press("down", "enter")
            await titled(run, "epro")
            assert "/debug/pprof/orders" not in process.asked


# What lands


async def test_what_lands_comes_to_the_front(process: Process, into: Path) -> None:
    async with on(process, into=into) as run:
        await take(run, "heap")
        await titled(run, "shop heap")
        assert run.app.capture.place.pane is PaneName.TOP and "main.leak" in run.screen
        assert run.app.capture.newest and len(list(into.iterdir())) == 1
        await take(run, "heap")
        await titled(run, "(2)")
        assert len(run.app.session.captures) == 2
        await run.until(lambda: "200B" in run.screen)


@pytest.mark.parametrize("named", ["dumps", "./dumps/", "link", "../{}/link/"])
async def test_however_the_directory_is_named(
    process: Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to("dumps")
    (tmp_path / "dumps").mkdir()
    targets, _ = targets_of([process.url], [named.format(tmp_path.name)])
    async with running(watch=[targets.known[0].into], urls=[process.url]) as run:
        await run.until(lambda: "8 profiles" in run.heading)
        await take(run, "heap")
        await titled(run, "shop heap")


async def test_what_lands_while_one_is_elsewhere_is_told_with_the_key_that_goes_there(
    process: Process, into: Path
) -> None:
    go = process.holds("profile")
    async with on(process, into=into, paths=(CPU,)) as run:
        await take(run, "cpu=1s")
        await run.press("3")
        go.set()
        await run.until(lambda: "cpu of" in run.footer)
        assert run.footer.strip().endswith("is there: ` goes to it.")
        assert run.app.capture.path == CPU and run.app.capture.place.pane is PaneName.TREE
        assert "shop cpu" in run.line("tabs")
        await run.press("`")
        await titled(run, "shop cpu")
        await run.press("`")
        assert run.app.capture.path == CPU


async def test_moving_the_cursor_is_not_going_elsewhere(process: Process, into: Path) -> None:
    go = process.holds("profile")
    async with on(process, into=into, paths=(CPU,)) as run:
        await take(run, "cpu=1s")
        await run.press("j", "j")
        go.set()
        await titled(run, "shop cpu")


async def test_what_lands_waits_for_what_is_typed(process: Process, into: Path) -> None:
    go = process.holds("profile")
    async with on(process, into=into, paths=(CPU,)) as run:
        await take(run, "cpu=1s")
        await run.press("/")
        await run.type("runtime")
        go.set()
        await run.until(lambda: run.known == 2)
        await run.settled()
        assert run.app.capture.path == CPU and run.footer.startswith(" /runtime")
        await run.press("enter")
        await titled(run, "shop cpu")


@pytest.mark.parametrize(("over", "keys"), [("record", "x escape"), ("help", "down escape"), ("close", "n")])
async def test_what_fails_is_told_when_what_lies_over_it_is_gone(
    process: Process, into: Path, monkeypatch: pytest.MonkeyPatch, over: str, keys: str
) -> None:
    monkeypatch.setattr("tui.frame._READING", 0.0)
    process.refuses["heap"] = "no heap today"
    async with on(process, into=into) as run:
        await run.app.run_action(over)
        await run.settled()
        run.app.action_take(0, [("heap", 0.0, "")])
        await run.until(lambda: not run.app.session.targets.asked)
        await run.press(*keys.split())
        assert not run.app.covered and "no heap today" in run.footer
        await run.press("k")
        assert "no heap today" not in run.footer


async def test_what_happens_stays_to_be_read_whatever_is_pressed(
    process: Process, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.frame._READING", 60.0)
    process.refuses["heap"] = "no heap today"
    async with on(process, into=into) as run:
        await take(run, "heap")
        await run.until(lambda: "no heap today" in run.footer)
        await run.press("j")
        assert "no heap today" in run.footer


async def test_all_at_once_take_the_screen_from_nobody(process: Process, into: Path) -> None:
    async with on(process, into=into) as run:
        await take(run, "all of them")
        await run.until(lambda: "lists them" in run.footer)
        shown = process.url.removeprefix("http://")
        assert f"7 captures of {shown}: 0 lists them. {shown}: trace=2s: there is no /debug/pprof/trace" in run.footer
        assert run.app.capture.place.pane is PaneName.CAPTURES
        assert sorted(path.name.split(".")[2] for path in into.iterdir()) == [
            "allocs",
            "block",
            "cpu",
            "goroutine",
            "heap",
            "mutex",
            "orders",
        ]


async def test_what_fails_is_told_and_leaves_nothing(
    process: Process, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.frame._READING", 0.0)
    process.refuses["profile"] = "Could not enable CPU profiling: cpu profiling already in use"
    async with on(process, into=into) as run:
        await take(run, "CPU for 10")
        await run.until(lambda: "already in use" in run.footer)
        assert run.line("summary").endswith("0 files") and list(into.iterdir()) == []
        await run.press("down")
        assert "already in use" not in run.footer
        await take(run, "flight")
        await run.until(lambda: "no recorder" in run.footer)
        await run.press("C")
        assert not any("flight" in line for line in menu(run))


async def test_a_fault_of_ours_is_told_and_ends_nothing(
    process: Process, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with on(process, into=into) as run:
        with monkeypatch.context() as broken:
            broken.setattr("capture.live.target.Target.take", None)
            await take(run, "heap")
            await run.until(lambda: "goscope failed: TypeError" in run.footer)
        assert not run.app.session.targets.busy
        await take(run, "heap")
        await titled(run, "shop heap")


async def test_a_directory_that_is_gone(process: Process, into: Path) -> None:
    async with on(process, into=into) as run:
        into.rmdir()
        await take(run, "heap")
        await run.until(lambda: "there is no directory" in run.footer)
        await take(run, "record on")
        await run.press("enter")
        await run.until(lambda: str(into) in run.footer and run.app.session.targets.recording is None)


# The countdown


async def test_it_counts_down_and_can_be_stopped(process: Process, into: Path) -> None:
    process.holds("profile")
    async with on(process, into=into) as run:
        await take(run, "30")
        await run.until(lambda: "/debug/pprof/profile?seconds=30" in process.asked)
        await run.until(lambda: "cpu 30 s" in run.line("summary"))
        run.app.session.targets.asked[0].until -= 10.0
        await run.until(lambda: "cpu 20 s" in run.line("summary") or "cpu 19 s" in run.line("summary"))
        await take(run, "45")
        assert " +1" in run.line("summary")
        await run.press("q")
        assert "Quit goscope? What is being taken is lost." in run.footer
        await run.press("n", "C")
        assert without_mark(menu(run))[:2] == ["stop taking CPU for 30 s", "stop taking CPU for 45 s"]
        await run.press("enter")
        await run.until(lambda: "cpu 45 s" in run.line("summary"))
        await take(run, "stop")
        await run.until(lambda: "cpu" not in run.line("summary"))
        assert list(into.iterdir()) == []


async def test_nothing_half_written_stays_when_goscope_ends(process: Process, into: Path) -> None:
    process.holds("profile")
    async with on(process, into=into) as run:
        await take(run, "30")
        await run.until(lambda: any("profile?" in each for each in process.asked))
        assert [path.name[:9] for path in into.iterdir()] == [".goscope-"]
    assert list(into.iterdir()) == []
    assert not any(thread.name == "live" for thread in threading.enumerate())


# Who does not answer


async def test_who_does_not_answer_is_asked_again(into: Path) -> None:
    port = free_port()
    async with running(watch=[into], urls=[f"http://127.0.0.1:{port}"]) as run:
        await run.until(lambda: "nothing answers there" in run.heading)
        assert run.heading.endswith("R asks again") and " R again " in run.footer
        with serving(Process(), port):
            await run.press("R")
            await run.until(lambda: "shop  8 profiles" in run.heading)
            assert " R again " not in run.footer
            await take(run, "heap")
            await titled(run, "shop heap")


async def test_by_itself_as_well(into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.live._FIRST", 0.02)
    port = free_port()
    async with running(watch=[into], urls=[f"http://127.0.0.1:{port}"]) as run:
        await run.until(lambda: "nothing answers there" in run.heading)
        with serving(Process(), port):
            await run.until(lambda: "shop  8 profiles" in run.heading)


async def test_but_not_who_refuses_credentials_which_that_may_lock(
    process: Process, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.live._FIRST", 0.0)
    process.authorization = "Bearer s3cret"
    async with running(watch=[into], urls=[process.url]) as run:
        await run.until(lambda: "it wants credentials" in run.heading)
        await run.press("R", "R")
        await run.until(lambda: len(process.asked) == 3)
        await run.settled()
        assert len(process.asked) == 3
    monkeypatch.setenv("GOSCOPE_TOKEN", "s3cret")
    async with on(process, into=into) as run:
        assert "shop  8 profiles" in run.heading and "s3cret" not in run.screen


async def test_the_menu_of_a_process_that_is_away(into: Path) -> None:
    port = free_port()
    async with running(watch=[into], urls=[f"127.0.0.1:{port}"]) as run:
        await run.until(lambda: "nothing answers there" in run.heading)
        await run.press("C")
        lines = without_mark(menu(run))
        assert lines[0].startswith("ask again: ") and lines[0].endswith("and is this its port?")
        assert lines[-1] == "record on a schedule"
        await run.type("45")
        assert menu(run) == []
        await run.press(*["backspace"] * 2)
        with serving(Process(), port):
            await run.press("enter")
            await run.until(lambda: "shop" in run.heading)


async def test_a_process_that_another_has_taken_the_place_of(process: Process, into: Path) -> None:
    async with on(process, into=into) as run:
        await take(run, "heap")
        await titled(run, "shop heap")
        process.program = "epro"
        await run.press("C")
        await run.until(lambda: run.app.session.targets.known[0].index.program == "epro")  # type: ignore[union-attr]
        await run.type("heap")
        await run.press("enter")
        await titled(run, "epro heap")
        assert sorted(path.name.split(".")[1] for path in into.iterdir()) == ["epro", "shop"]


async def test_a_process_that_ends_is_no_longer_said_to_have_profiles(into: Path) -> None:
    port = free_port()
    async with running(watch=[into], urls=[f"127.0.0.1:{port}"]) as run:
        with serving(Process(), port):
            await run.press("R")
            await run.until(lambda: "shop  8 profiles" in run.heading)
        await take(run, "goroutine")
        await run.until(lambda: "nothing answers there" in run.footer and "nothing answers there" in run.heading)


async def test_a_page_that_is_no_index(process: Process, into: Path) -> None:
    process.index = lambda: b"<html><body>Please log in</body></html>"  # type: ignore[method-assign]
    process.answer = lambda kind: None  # type: ignore[method-assign]
    async with running(watch=[into], urls=[process.url]) as run:
        await run.until(lambda: "no profiles at /debug/pprof/" in run.heading)
        count = len(process.asked)
        await run.press("R")
        await run.until(lambda: len(process.asked) > count)


async def test_without_a_process_there_is_nothing_to_take() -> None:
    async with running(CPU) as run:
        await run.settled()
        assert " C take " not in run.footer
        await run.press("C")
        assert not isinstance(run.app.screen, Palette)


def test_the_help_says_how_to_record() -> None:
    lines = list(help_lines(Keymap(), Where.CAPTURES, Path("keys.toml")))
    begin = lines.index(("", "Captures of processes, as they are typed"))
    (does,) = (does for typed, does in lines[begin:] if typed == "record")
    _, plan = plan_of(f"localhost:6060 {does.partition(': ')[2].partition(', or')[0]}")
    assert (plan.every, plan.lasting) == (60.0, 3600.0)
