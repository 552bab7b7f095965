"""Recording on a schedule: what is taken, in which order, what goes on when something fails, and how it ends."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from capture.live.address import Address, address
from capture.live.errors import TargetError
from capture.live.events import Begun, Event, Missed, Next, Removed, Said, Took
from capture.live.plan import Plan
from capture.live.recorder import Recorder
from capture.live.rounds import Rounds
from capture.live.rules.language import rule
from capture.live.take import Take, takes
from capture.live.target import Target, file_name
from capture.open import CaptureError
from tests.services.processes import Services, free_port

Failure = Exception | None
SOON = 0.01


@dataclass
class Process:
    """Stands in for a target: what it was asked for, and how it fails, by kind, the first times."""

    address: Address = field(default_factory=lambda: address("web-7:6060"))
    fails: dict[str, list[Failure]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    looked: int = 0
    hangs: str = ""
    writing: list[Path] = field(default_factory=list)

    async def look(self) -> None:
        self.looked += 1
        self._fail("look")

    def _fail(self, kind: str) -> None:
        failures = self.fails.get(kind, [])
        failure = failures.pop(0) if len(failures) > 1 else failures[0] if failures else None
        if failure is not None:
            raise failure

    async def take(self, take: Take, into: Path, *, why: str, most: int, tell: Callable[[Event], None]) -> Took:
        self.asked.append(take.kind)
        tell(Begun(self.address, take, time.monotonic()))
        self._fail(take.kind)
        path = into / file_name(self.address, "epro", take, 10**12 + len(self.asked))
        temporary = path.with_suffix(".tmp")
        temporary.touch()
        try:
            if take.kind == self.hangs:
                await asyncio.Event().wait()
            temporary.rename(path)
        finally:
            temporary.unlink(missing_ok=True)
        return Took(self.address, take, path, 0, 0.0, why)


class Heard:
    """The events of a recording, which is over when `enough` says so."""

    def __init__(self, enough: Callable[["Heard"], bool]) -> None:
        self.events: list[Event] = []
        self._enough = enough
        self._over = asyncio.Event()

    def tell(self, event: Event) -> None:
        self.events.append(event)
        if self._enough(self):
            self._over.set()

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    async def during(self, recorder: Recorder) -> None:
        """Cancel the recording once it is over."""
        task = asyncio.ensure_future(recorder.run())
        over = asyncio.ensure_future(self._over.wait())
        await asyncio.wait([task, over], return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def recorded(
    folder: Path, plan: Plan, *processes: Process, enough: Callable[[Heard], bool] = lambda heard: False
) -> Heard:
    heard = Heard(enough)
    await heard.during(Recorder(cast("list[Target]", list(processes)), folder, plan, heard.tell))
    return heard


def planned(take: str, *, every: float = SOON, lasting: float = 0.0, keep: int = 0) -> Plan:
    return Plan(takes(take), every=every, lasting=lasting, keep=keep)


def rounds(count: int) -> Callable[[Heard], bool]:
    return lambda heard: len(heard.of(Next)) >= count


async def test_what_costs_little_comes_before_what_is_measured(tmp_path: Path) -> None:
    process = Process()
    await recorded(tmp_path, planned("cpu=10s,heap,trace=2s,goroutine"), process, enough=rounds(1))
    assert process.asked == ["heap", "goroutine", "cpu", "trace"]
    assert len(list(tmp_path.iterdir())) == 4


async def test_it_is_through_when_the_plan_is(tmp_path: Path) -> None:
    process = Process()
    heard = await recorded(tmp_path, planned("heap", lasting=0.001, every=60), process)
    assert process.asked == ["heap"] and not heard.of(Next)


async def test_the_last_look_at_metrics_is_not_waited_for(tmp_path: Path) -> None:
    away = Target(address(f"127.0.0.1:{free_port()}"))
    plan = replace(planned("heap", every=0, lasting=SOON), rules=(rule("go_goroutines > 5"),), scrape=3600)
    async with asyncio.timeout(60):
        await Recorder([away], tmp_path, plan, lambda event: None).run()
    await away.close()


async def test_targets_do_not_wait_for_each_other(tmp_path: Path) -> None:
    slow = Process(address("web-8:6060"), hangs="heap")
    process = Process()
    await recorded(tmp_path, planned("heap"), slow, process, enough=rounds(3))
    assert slow.asked == ["heap"] and len(process.asked) == 3


async def test_a_target_that_cannot_be_asked_is_asked_again_later(tmp_path: Path) -> None:
    gone = TargetError(address("web-7:6060"), "nothing answers there")
    process = Process(fails={"look": [gone, gone, None]})
    heard = await recorded(tmp_path, planned("heap"), process, enough=lambda heard: bool(heard.of(Took)))
    assert process.looked == 3
    # It is told once, until it is there again.
    assert [cast("Missed", event).sentence for event in heard.of(Missed)] == ["web-7:6060: nothing answers there"]
    assert [cast("Said", event).sentence for event in heard.of(Said)] == ["web-7:6060: it answers again"]
    assert all("asked again in" in cast("Next", event).sentence for event in heard.of(Next)[:2])


async def test_who_is_too_busy_to_tell_what_there_is_is_asked_for_what_was_there_once_more(tmp_path: Path) -> None:
    busy = TargetError(address("web-7:6060"), "no answer within 10 s")
    process = Process(fails={"look": [None, busy, busy], "heap": [None, busy]})
    heard = await recorded(tmp_path, planned("heap"), process, enough=rounds(3))
    assert process.looked == 3 and process.asked == ["heap", "heap"]
    assert [cast("Missed", event).take for event in heard.of(Missed)] == [Take("heap"), None]


async def test_another_program_that_has_taken_its_place_is_called_by_its_name(
    services: Services, tmp_path: Path
) -> None:
    port = free_port()
    target = Target(address(f"127.0.0.1:{port}"))
    going = Rounds(target, tmp_path, planned("heap"), lambda event: None)
    for program in ("mounts", "epro"):
        with services.running(program, port=port):
            await going.round()
    await target.close()
    assert sorted(path.name.split(".")[1] for path in tmp_path.iterdir()) == ["epro", "mounts"]


async def test_what_is_paid_for_is_not_asked_of_who_cannot_give_the_least(tmp_path: Path) -> None:
    overloaded = TargetError(address("web-7:6060"), "heap: it answers 503 Service Unavailable", status=503)
    process = Process(fails={"heap": [overloaded, None]})
    await recorded(tmp_path, planned("cpu=10s,heap,goroutine"), process, enough=rounds(2))
    assert process.asked == ["heap", "goroutine", "heap", "goroutine", "cpu"]


async def test_of_who_does_not_answer_nothing_more_is_asked(tmp_path: Path) -> None:
    """Each might wait for half a minute."""
    hung = TargetError(address("web-7:6060"), "heap: no answer within 30 s", silent=True)
    process = Process(fails={"heap": [hung, None]})
    heard = await recorded(tmp_path, planned("heap,goroutine"), process, enough=rounds(2))
    assert process.asked == ["heap", "heap", "goroutine"]
    assert len(heard.of(Missed)) == 1


async def test_what_there_is_not_is_told_once_and_stops_nothing(tmp_path: Path) -> None:
    missing = TargetError(address("web-7:6060"), "mine: there is no mine there", status=404, struggling=False)
    process = Process(fails={"mine": [missing]})
    heard = await recorded(tmp_path, planned("mine,heap"), process, enough=rounds(3))
    assert len(heard.of(Missed)) == 1 and len(heard.of(Took)) == 3
    assert not any(cast("Next", event).sentence for event in heard.of(Next))


async def test_somebody_else_that_takes_one_is_no_hard_time(tmp_path: Path) -> None:
    busy = TargetError(address("web-7:6060"), "cpu: cpu profiling already in use", status=500, busy=True)
    process = Process(fails={"cpu": [busy]})
    heard = await recorded(tmp_path, planned("cpu"), process, enough=rounds(2))
    assert len(heard.of(Missed)) == 2
    assert not any(cast("Next", event).sentence for event in heard.of(Next))


async def test_a_full_disk_is_told_and_spares_the_target(tmp_path: Path) -> None:
    full = CaptureError(tmp_path / "x", "the disk is full: nothing was written")
    process = Process(fails={"heap": [full, None]})
    heard = await recorded(tmp_path, planned("heap,cpu"), process, enough=lambda heard: bool(heard.of(Took)))
    assert process.asked[:2] == ["heap", "heap"]
    assert "the disk is full" in cast("Missed", heard.of(Missed)[0]).sentence


async def test_a_fault_of_ours_costs_a_round_and_no_more(tmp_path: Path) -> None:
    process = Process(fails={"heap": [RuntimeError("oh\x1b"), None]})
    heard = await recorded(tmp_path, planned("heap"), process, enough=lambda heard: bool(heard.of(Took)))
    assert cast("Said", heard.of(Said)[0]).sentence == "web-7:6060: goscope failed: RuntimeError: oh\\x1b"


async def test_when_it_is_stopped_nothing_half_written_stays(tmp_path: Path) -> None:
    process = Process(hangs="cpu")
    await recorded(tmp_path, planned("heap,cpu"), process, enough=lambda heard: len(heard.of(Begun)) == 2)
    assert process.asked == ["heap", "cpu"]
    assert [path.suffixes[-2:] for path in tmp_path.iterdir()] == [[".pb", ".gz"]]


async def test_no_more_stays_than_is_to_be_kept(tmp_path: Path) -> None:
    process = Process()
    heard = await recorded(tmp_path, planned("heap", keep=2), process, enough=rounds(5))
    assert len(list(tmp_path.iterdir())) == 2
    assert len(heard.of(Removed)) == 3


async def test_a_clock_that_is_set_is_told_and_changes_no_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capture.live.recorder._LOOK", SOON)
    real, by = time.time, 0.0
    monkeypatch.setattr("capture.live.recorder.time.time", lambda: real() + by)
    heard = Heard(lambda heard: bool(heard.of(Said)))

    def tell(event: Event) -> None:
        nonlocal by
        by = -3600.0
        heard.tell(event)

    process = Process()
    await heard.during(Recorder(cast("list[Target]", [process]), tmp_path, planned("heap"), tell))
    assert "the clock was set back by 3,600 s" in cast("Said", heard.of(Said)[0]).sentence
    assert len(heard.of(Took)) >= 1


async def test_around_an_event_there_are_some_rounds_and_the_schedule_waits(tmp_path: Path) -> None:
    process = Process(hangs="cpu")
    heard = Heard(lambda heard: False)
    plan = replace(planned("heap"), burst=3, gap=SOON)
    rounds = Rounds(cast("Target", process), tmp_path, plan, heard.tell)
    await rounds.burst("too many goroutines")
    assert [cast("Took", event).why for event in heard.of(Took)] == ["too many goroutines"] * 3
    process.hangs = "heap"
    bursting = asyncio.ensure_future(rounds.burst("again"))
    await asyncio.sleep(0)
    schedule = asyncio.ensure_future(rounds.by_schedule())
    while len(heard.of(Next)) < 2:
        await asyncio.sleep(0)
    assert len(process.asked) == 4
    for task in (bursting, schedule):
        task.cancel()


async def test_an_event_during_another_prolongs_it_and_is_a_reason_as_well(tmp_path: Path) -> None:
    process = Process()
    heard = Heard(lambda heard: False)
    rounds = Rounds(cast("Target", process), tmp_path, replace(planned("heap"), burst=2, gap=SOON), heard.tell)
    first = asyncio.ensure_future(rounds.burst("one"))
    while not heard.of(Took):
        await asyncio.sleep(0)
    await rounds.burst("two")
    await first
    assert [cast("Took", event).why for event in heard.of(Took)] == ["one", "one\ntwo", "one\ntwo"]


async def test_a_target_that_is_away_is_told_once_though_its_metrics_are_as_well(tmp_path: Path) -> None:
    away = Target(address(f"127.0.0.1:{free_port()}"))
    plan = replace(planned("heap", every=SOON), rules=(rule("go_goroutines > 5"),), scrape=SOON)
    heard = Heard(rounds(3))
    await heard.during(Recorder([away], tmp_path, plan, heard.tell))
    await away.close()
    assert len(heard.of(Missed)) == 1 and not heard.of(Said)
