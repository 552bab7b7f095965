"""Recordings of targets that fail in every way: each fault is told, the captures of others land, and it goes on."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from capture.beside import WHY
from capture.live import watching
from capture.live.address import address
from capture.live.events import Event, Missed, Said, Took
from capture.live.journal import LOG, line
from capture.live.plan import Plan
from capture.live.recorder import Recorder
from capture.live.rules.language import rule
from capture.live.take import takes
from capture.live.target import Target
from capture.open import read_any
from tests.capture.live import faults
from tests.capture.live.faults import Fault, redirect, says, serving
from tests.services.processes import Services, free_port

SOON = 0.02
SHORT = 1.0
DEADLINE = 60.0  # seconds; generous, because nobody waits for it but a failing test


class Heard:
    """The events of a recording, and a way to wait for them."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._more = asyncio.Event()

    def tell(self, event: Event) -> None:
        self.events.append(event)
        self._more.set()

    @property
    def lines(self) -> list[str]:
        return [said for event in self.events if (said := line(event))]

    def took(self, kind: str) -> list[Took]:
        return [event for event in self.events if isinstance(event, Took) and event.take.kind == kind]

    def missed(self, kind: str) -> list[str]:
        missed = [event for event in self.events if isinstance(event, Missed)]
        return [event.sentence.split(": ", 2)[2] for event in missed if event.take and event.take.kind == kind]

    async def until(self, enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE):
            while not enough():
                self._more.clear()
                await self._more.wait()


@asynccontextmanager
async def recording(
    folder: Path, take: str, *urls: str, patience: float = 30.0, when: str = ""
) -> AsyncIterator[Heard]:
    """A recording with next to no pauses, on a schedule or `when` a rule says so, until the block ends."""
    heard = Heard()
    targets = [Target(address(url), patience=patience) for url in urls]
    plan = Plan(takes(take), every=SOON)
    if when:
        plan = replace(plan, every=0.0, rules=(rule(when),), scrape=SOON, gap=SOON)
    running = asyncio.ensure_future(Recorder(targets, folder, plan, heard.tell).run())
    try:
        yield heard
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        for target in targets:
            await target.close()


def are_whole(folder: Path, heard: Heard) -> None:
    """What lies there is what was told to have landed, and all of it can be read."""
    assert {path for path in folder.iterdir() if path.name != LOG} == {
        event.path for event in heard.events if isinstance(event, Took)
    }
    for path in folder.iterdir():
        read_any(path)


async def test_one_fault_after_the_other_in_one_kind(tmp_path: Path) -> None:
    async with serving() as server:
        server.fails(
            "heap",
            faults.drop,
            faults.hang_midway,
            faults.half,
            faults.LOGIN,
            faults.IN_USE,
            faults.endless,
            faults.refuse(503, "Service Unavailable", "try later"),
            redirect("https://sso.example.org/"),
            faults.large_head,
            faults.reset,
            faults.honest,
        )
        async with recording(tmp_path, "heap,goroutine", server.url, patience=SHORT) as heard:
            await heard.until(lambda: bool(heard.took("heap")))
        assert heard.missed("heap") == [
            "it hung up before it answered: has the process ended?",
            "no end of its answer after 501 bytes within 1 s",
            "half a gzip, cut off after 501 bytes",
            "it answered with an HTML page (of a login, or of an error?) instead of a profile",
            "Could not enable CPU profiling: cpu profiling already in use",
            "damaged gzip: something else follows the compressed data",
            "it answers 503 Service Unavailable: try later",
            "it redirects to https://sso.example.org/ (a login?): name that address if it is meant",
            "what it answers is not HTTP",
            "it hung up in the middle: has the process ended?",
        ]
        assert len(heard.took("goroutine")) >= 10 and not heard.missed("goroutine")
        assert not [event for event in heard.events if isinstance(event, Said) and "failed" in event.sentence]
    are_whole(tmp_path, heard)


async def test_one_that_hangs_does_not_hold_up_the_others(tmp_path: Path) -> None:
    async with serving() as well, serving() as ill:
        ill.fails("heap", faults.hang)
        async with recording(tmp_path, "heap", well.url, ill.url) as heard:
            await ill.request("heap")
            await heard.until(lambda: len(heard.took("heap")) >= 5)
        await ill.idle()
        assert {event.target.shown for event in heard.took("heap")} == {well.place}
    are_whole(tmp_path, heard)


async def test_it_is_left_alone_for_as_long_as_it_asks(tmp_path: Path) -> None:
    async with serving() as server:
        server.fails("heap", faults.UNAVAILABLE)
        async with recording(tmp_path, "heap,cpu=10s", server.url) as heard:
            await heard.until(lambda: f"{server.place}: asked again in 120 s" in heard.lines)
            assert not server.asked("profile")


def metrics(text: str, content_type: str = "text/plain; version=0.0.4; charset=utf-8") -> Fault:
    return says(text.encode("latin-1"), content_type)


async def test_metrics_that_fail_fire_nothing_and_stop_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_WITHIN", SHORT)
    monkeypatch.setattr(watching, "_MOST", 1 << 20)
    failing: dict[str, Fault] = {
        "it hung up before it answered: has the process ended?": faults.drop,
        "no answer within 1 s": faults.hang,
        "there is no /metrics there": faults.NO_ROUTE,
        "no metrics but an HTML page (of a login, or of an error?)": faults.LOGIN,
        "it redirects to https://sso.example.org/ (a login?): name that address if it is meant": redirect(
            "https://sso.example.org/"
        ),
        "a line of the metrics cannot be read: “depth 9e9e9”": metrics("# TYPE depth gauge\ndepth 9e9e9\n"),
        "no metrics but JSON": metrics('{"depth": 7}', "application/json"),
        "the metrics end in the middle: “# EOF” is missing": metrics(
            "# TYPE depth gauge\ndepth 7\n", "application/openmetrics-text; version=1.0.0"
        ),
        "more than 1 MB": faults.endless,
    }
    async with serving() as server:
        server.fails("/metrics", metrics("depth 1\n"), *failing.values(), metrics("depth 7\n"))
        async with recording(tmp_path, "heap", server.url, when="depth > 5") as heard:
            await heard.until(lambda: len(heard.took("heap")) >= 3 and any("EVENT" in said for said in heard.lines))
        told = [said for said in heard.lines if said.endswith("(metrics, for the rules)")]
        assert told == [f"{server.place}: {sentence} (metrics, for the rules)" for sentence in failing]
        events = [said for said in heard.lines if "EVENT" in said]
        assert events == [f"{server.place}: EVENT depth > 5: depth 7"]
        assert heard.lines.index(f"{server.place}: metrics can be had again") < heard.lines.index(events[0])
        first, *event = heard.took("heap")
        assert not first.why and all(each.why.startswith("depth > 5: depth 7\n") for each in event)
        assert (event[0].path.with_name(event[0].path.name + WHY)).read_text().startswith("depth > 5: depth 7\n")


async def test_a_process_dies_and_another_takes_its_place(services: Services, tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with services.running("mounts", port=port) as process:
        async with recording(tmp_path, "heap,cpu=1s", url) as heard:
            await heard.until(lambda: bool(heard.took("heap")))
            process.kill()
            await heard.until(lambda: any("nothing answers there" in said for said in heard.lines))
            with services.running("dataclean", port=port):
                await heard.until(lambda: bool(heard.took("cpu")) and "dataclean" in heard.took("cpu")[-1].path.name)
                assert sum("it answers again" in said for said in heard.lines) == 1
                assert sum("nothing answers there" in said for said in heard.lines) <= 2
    are_whole(tmp_path, heard)


async def test_a_process_is_stopped_and_goes_on(services: Services, tmp_path: Path) -> None:
    with services.running("mounts") as process:
        async with recording(tmp_path, "heap", process.url, patience=SHORT) as heard:
            await heard.until(lambda: bool(heard.took("heap")))
            with process.hung():
                await heard.until(lambda: any("no answer within" in said for said in heard.lines))
            before = len(heard.took("heap"))
            await heard.until(lambda: len(heard.took("heap")) > before)
    are_whole(tmp_path, heard)


def test_the_disk_is_full_for_a_while(tmp_path: Path) -> None:
    """In a file system of its own, of 64 KB; whoever may not have one does without the test."""
    script = 'mount -t tmpfs -o size=64k none "$1" && exec "$2" -m tests.capture.live.test_recording "$1"'
    command = ["unshare", "-Urm", "sh", "-c", script, "sh", str(tmp_path), sys.executable]
    try:
        subprocess.run([*command[:2], "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system of its own to fill")
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert done.returncode == 0, done.stderr


async def _fill(folder: Path) -> None:
    """A trace is too large for `folder` from the start; then there is no room for anything, and then there is again."""
    filler, full = folder / "filler", "the disk is full: nothing was written"
    async with serving() as server, recording(folder, "heap,trace=1s", server.url) as heard:
        await heard.until(lambda: bool(heard.took("heap")) and any(full in said for said in heard.lines))
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"\0" * 512)
        told = len(heard.lines)
        await heard.until(lambda: any(full in said and ".heap." in said for said in heard.lines[told:]))
        filler.unlink()
        before = len(heard.took("heap"))
        await heard.until(lambda: len(heard.took("heap")) > before)
    assert not heard.took("trace")
    are_whole(folder, heard)


if __name__ == "__main__":
    asyncio.run(_fill(Path(sys.argv[1])))


async def test_metrics_of_another_port_are_asked_for_as_they_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving() as server, serving() as exporter:
        exporter.fails("/probe", metrics("depth 7\n"))
        heard = Heard()
        target = Target(address(server.url))
        rules = (rule("depth > 5"),)
        plan = Plan(takes("heap"), every=0.0, rules=rules, metrics=f"{exporter.url}/probe?module=x", burst=1)
        running = asyncio.ensure_future(Recorder([target], tmp_path, plan, heard.tell).run())
        await heard.until(lambda: any("EVENT depth > 5" in said for said in heard.lines))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await target.close()
        assert exporter.asked("/probe")[0].query == "module=x"
