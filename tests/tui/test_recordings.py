"""Recording from the screen: what is typed for it, how far it is, and its end."""

from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.open import CaptureError
from tests.services.processes import free_port
from tests.tui.running import CPU, Running, running
from tests.tui.serving import Process, on, serving
from tui.overlays.palette import Palette
from tui.recording import meaning, understood
from tui.remembered import Typed
from tui.widgets.table import VirtualTable


async def prompted(run: Running) -> None:
    """Ask for a recording, by the palette."""
    await run.press(":")
    await run.type("record from")
    await run.press("enter")


async def record(run: Running, text: str) -> None:
    await prompted(run)
    await run.press("end", "ctrl+u")
    await run.type(text)
    await run.press("enter")


async def stop(run: Running) -> None:
    await run.press(":")
    await run.type("record")
    screen = run.app.screen
    assert isinstance(screen, Palette)
    assert "Stop recording" in screen.query_one(VirtualTable).render_line(1).text
    await run.press("enter")


async def test_the_prompt_begins_with_the_process_of_the_session(process: Process, into: Path) -> None:
    async with on(process, into=into) as run:
        await prompted(run)
        usual = "every 60s take cpu=10s,heap,allocs,goroutine,block,mutex,trace=2s"
        assert run.app.bottom.prompt.value == f"{process.url} {usual}"
        assert "7 profiles every" in run.footer
        await run.press("escape")
        assert run.app.session.targets.recording is None


async def test_without_a_process_the_address_is_typed_first() -> None:
    async with running(CPU) as run:
        await run.settled()
        await prompted(run)
        assert run.line("detail").startswith("name a process first")
        await run.type("web-7:6060")
        assert run.app.bottom.prompt.value.startswith("web-7:6060 every 60s take cpu=10s,")
        assert "7 profiles every 60 s" in run.footer


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("localhost:6060 every 60s take heap for 1h", "1 profile every 60 s for 3600 s"),
        ("localhost:6060 localhost:6061 take heap,cpu", "2 profiles of 2 processes every 60 s"),
        ("localhost:6060 every", "“every” wants one word behind it"),
        ("localhost:6060 every soon", "every:"),
        ("localhost:6060 take cpu=0.5s", "whole seconds"),
        ("here every 60s", "no address to ask"),
        ("every 60s", "name a process first"),
        ("", "URL... every 60s take"),
        ("l", "no address to ask"),
        ("localhost:6060", "7 profiles every 60 s"),
        ("localhost:6060 when go_goroutines > 5000 for 30s", "7 profiles by rule"),
        ("localhost:6060 every 5m when go_goroutines > 5000", "7 profiles every 300 s and by rule"),
        ("localhost:6060 when go_goroutines >", "go_goroutines"),
    ],
)
async def test_the_hint_says_what_is_understood(text: str, hint: str) -> None:
    async with running(CPU, size=(200, 20)) as run:
        await run.settled()
        await prompted(run)
        await run.press("end", "ctrl+u")
        await run.type(text)
        assert hint in run.footer or hint in run.line("detail")
        assert run.app.session.targets.recording is None


_SAID = (
    "localhost:6060",
    "h",
    "every",
    "60s",
    "take",
    "heap,cpu",
    "for",
    "1h",
    "keep",
    "9",
    "max",
    "1GB",
    "when",
    "x>1",
)
_WORDS = st.sampled_from([*_SAID, "[", '"', "é"])


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.lists(_WORDS, max_size=9).map(" ".join), st.text(max_size=40)))
def test_whatever_is_typed_is_understood_or_one_sentence(text: str) -> None:
    try:
        addresses, plan = understood(text)
    except CaptureError as error:
        assert str(error) and "\n" not in str(error)
    else:
        assert addresses and meaning(addresses, plan)


async def test_a_sentence_that_has_no_room_beside_the_text_is_above_it(process: Process, into: Path) -> None:
    async with on(process, into=into, size=(80, 24)) as run:
        await record(run, f"{process.url} every 60s take heap for ever")
        whole = "for: “ever” is not a time such as 10ms or 1.5s"
        assert whole not in run.footer and run.line("detail") == whole
        await run.press("backspace")
        assert "“eve” is not a time" in run.line("detail")
        await run.pilot.resize_terminal(160, 24)
        await run.until(lambda: "“eve” is not a time" in run.footer)
        assert "is not a time" not in run.line("detail")
        await run.pilot.resize_terminal(80, 24)
        await run.until(lambda: "“eve” is not a time" in run.line("detail"))
        await run.press("escape")
        assert "is not a time" not in run.screen


async def test_it_begins_with_all_processes_of_the_session(process: Process, into: Path) -> None:
    with serving(Process("epro")) as other:
        async with running(watch=[into], urls=[process.url, other.url]) as run:
            await prompted(run)
            assert run.app.bottom.prompt.value.startswith(f"{process.url} {other.url} every 60s take cpu=10s,")


async def test_the_list_says_of_a_process_that_it_has_gone_and_come_back(into: Path) -> None:
    port = free_port()
    async with running(watch=[into], urls=[f"127.0.0.1:{port}"]) as run:
        with serving(Process(), port):
            await run.press("R")
            await run.until(lambda: "shop  8 profiles" in run.heading)
            await record(run, f"127.0.0.1:{port} every 1s take heap")
            await run.until(lambda: run.known > 0)
        await run.until(lambda: "nothing answers there" in run.heading)
        with serving(Process("epro"), port):
            await run.until(lambda: "epro  8 profiles" in run.heading)


async def test_what_means_nothing_stays_to_be_mended(process: Process, into: Path) -> None:
    async with on(process, into=into) as run:
        await record(run, "localhost:6060 every soon")
        assert run.app.bottom.prompt.value == "localhost:6060 every soon" and run.app.bottom.prompt.has_focus
        assert run.app.session.targets.recording is None


async def test_a_recording_lands_and_is_stopped(process: Process, into: Path) -> None:
    async with on(process, into=into) as run:
        await record(run, f"{process.url} every 60s take heap,goroutine,trace=1s")
        await run.until(lambda: "● recording 2, 1 missed, next in 60 s" in run.line("summary"))
        assert run.footer.strip().endswith("trace=1s: there is no /debug/pprof/trace there")
        await run.until(lambda: run.known == 2)
        assert "dataclean" not in run.screen and "heap" in run.screen and "goroutine" in run.screen
        await run.press("down", "q")
        assert "Quit goscope? That ends the recording." in run.footer
        await run.press("n")
        await run.press("C")
        stops = run.app.screen.query_one(VirtualTable).render_line(1).text
        assert "stop recording 3 profiles every 60 s: 2 captures so far" in stops
        await run.press("escape")
        await stop(run)
        await run.until(lambda: "The recording is over: 2 captures" in run.footer)
        assert "recording" not in run.line("summary")
    assert sorted(path.name.split(".")[2] for path in into.glob("*.pb.gz")) == ["goroutine", "heap"]
    log = (into / "goscope-record.log").read_text().splitlines()
    assert f"recording {process.url.removeprefix('http://')} into {into}: every 60 s; heap, " in log[0]
    assert "goroutine" in log[2] and log[-1].endswith("stopped: 2 captures")


async def test_it_is_over_when_the_plan_is(process: Process, into: Path) -> None:
    async with on(process, into=into) as run:
        await record(run, f"{process.url} every 1h take heap for 1s")
        await run.until(lambda: "The recording is over: 1 capture, 0 lists them." in run.footer)


async def test_a_tab_that_follows_goes_along(process: Process, into: Path) -> None:
    async with on(process, into=into) as run:
        await record(run, f"{process.url} every 1s take heap")
        await run.until(lambda: run.known > 0)
        await run.press("enter")
        await run.until(lambda: run.app.capture.title.endswith("(3)"))
        await run.until(lambda: "300B" in run.screen)


async def test_a_rule_that_fires_is_told_and_stands_beside_what_it_had_taken(process: Process, into: Path) -> None:
    process.metrics = "go_goroutines 412\n"
    async with on(process, into=into) as run:
        await record(run, f"{process.url} take heap when go_goroutines > 5")
        await run.until(lambda: ", 1 event" in run.line("summary"))
        assert "EVENT go_goroutines > 5: go_goroutines 412" in run.footer
        await run.until(lambda: any(each.why for each in run.app.session.library.entries.values()))
        await run.press("down")
        assert " event " in run.row and "go_goroutines > 5: go_goroutines 412" in run.line("detail")
        await run.press("enter")
        await run.until(lambda: run.line("why") == "event  go_goroutines > 5: go_goroutines 412")


async def test_a_process_that_goes_is_told_and_recorded_again_when_it_is_back(into: Path) -> None:
    port = free_port()
    async with running(watch=[into], urls=[f"127.0.0.1:{port}"]) as run:
        await record(run, f"127.0.0.1:{port} every 1s take heap")
        await run.until(lambda: "1 missed" in run.line("summary"))
        assert "nothing answers there" in run.footer
        with serving(Process(), port):
            await run.until(lambda: "it answers again" in run.footer)
            await run.until(lambda: run.known >= 1)


async def test_what_was_recorded_comes_back_without_secrets(process: Process, into: Path, tmp_path: Path) -> None:
    remembered = Typed(tmp_path / "recordings")
    secret = process.url.replace("http://", "http://ann:s3cret@")
    async with on(process, into=into, recorded=remembered) as run:
        await record(run, f"{secret} every 1h take heap")
        await run.until(lambda: "recording 1" in run.line("summary"))
        assert "s3cret" not in run.screen
        await stop(run)
        await run.until(lambda: run.app.session.targets.recording is None)
        await prompted(run)
        await run.press("up")
        assert run.app.bottom.prompt.value == f"{process.url} every 3600s take heap"
    assert "s3cret" not in (tmp_path / "recordings").read_text()


async def test_credentials_that_are_typed_again_take_the_place_of_wrong_ones(process: Process, into: Path) -> None:
    process.authorization = f"Basic {b64encode(b'ann:right').decode()}"
    async with running(watch=[into], urls=[process.url]) as run:
        await run.until(lambda: "wants credentials" in run.heading)
        for password, count in (("wrong", 0), ("right", 1)):
            await record(run, f"http://ann:{password}@{process.url.removeprefix('http://')} take heap for 1s")
            await run.until(lambda count=count: f"over: {count} capture" in run.footer)  # type: ignore[misc]
        await record(run, f"{process.url} take heap for 1s")
        await run.until(lambda: run.known == 2 and "shop  8 profiles" in run.heading)
        assert "right" not in run.screen


async def test_a_certificate_is_not_looked_at_where_that_is_typed_later(into: Path) -> None:
    async with running(watch=[into], urls=["https://127.0.0.1:1"]) as run:
        await record(run, "https+insecure://127.0.0.1:1 every 1h take heap")
        (target,) = run.app.session.targets.known
        assert target.address.insecure


async def test_a_process_that_is_named_later_can_be_asked_from_then_on(
    process: Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    async with running(CPU) as run:
        await run.settled()
        await record(run, f"{process.url} every 1h take heap")
        await run.until(lambda: run.known == 1)
        (folder,) = (tmp_path / "goscope" / "captures").iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
        assert len(list(folder.glob("*.pb.gz"))) == 1
        await run.press("0")
        assert "shop  8 profiles" in run.heading and "heap" in run.row
