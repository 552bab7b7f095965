"""What the screen knows of targets, from what it is told of them."""

from pathlib import Path

import pytest

from capture.live.address import address
from capture.live.events import Begun, Fired, Missed, Next, Took
from capture.live.index import Index, Offer
from capture.live.take import takes
from tui.targets import Standing, Targets, spelled

HERE = address("http://ann:secret@web-7:6060")
OTHER = address("web-8:6060")
KEYS = {"take": "C", "read": "R"}


def key(id: str) -> str:
    return KEYS[id]


def met(*kinds: str, at: str = "web-7:6060") -> Standing:
    return Standing(address(at), Path("/into"), Index("/debug/pprof", "shop", tuple(map(Offer, kinds))))


def of(*known: Standing) -> Targets:
    return Targets(list(known))


@pytest.mark.parametrize(
    "typed",
    ["http://web-7:6060", "https://web-7/internal", "https+insecure://web-7", "unix:/run/pay.sock:/internal"],
)
def test_an_address_is_spelled_as_it_can_be_typed_again(typed: str) -> None:
    assert address(spelled(address(typed))) == address(typed)


def test_but_without_secrets() -> None:
    assert spelled(HERE) == "http://web-7:6060"


def test_the_heading() -> None:
    asked = Standing(OTHER, Path("/into"))
    problem = "web-8:6060: nothing answers there: is it running?"
    away = Standing(OTHER, Path("/into"), problem=problem)
    assert of().heading(key) == ""
    assert of(asked).heading(key) == "web-8:6060  being asked what it has   C takes one"
    assert of(met("heap")).heading(key) == "web-7:6060  shop  1 profile   C takes one"
    assert of(away).heading(key) == f"{problem}   R asks again"
    both = of(away, met("heap", "cpu")).heading(key)
    assert both == "web-8:6060: nothing answers there   R asks again   web-7:6060  shop  2 profiles   C takes one"


def test_all_once_is_what_costs_little_first() -> None:
    target = met("cpu", "heap", "custom one", "trace", "allocs")
    assert list(map(str, target.all_once())) == ["allocs", "custom one", "heap", "cpu=10s", "trace=2s"]


def test_the_countdown() -> None:
    targets = of(met("cpu", "trace"))
    asked = targets.ask(targets.known[0], takes("cpu=10s"), None)
    assert targets.taking(100.0) == "cpu …"
    targets.told(asked.number, Begun(HERE, asked.takes[0], 110.0))
    assert [targets.taking(now) for now in (100.0, 100.1, 109.5, 110.0, 115.0)] == [
        "cpu 10 s",
        "cpu 10 s",
        "cpu 1 s",
        "cpu …",
        "cpu …",
    ]
    assert targets.ended(asked.number) is asked and targets.taking(100.0) == ""
    assert targets.ended(asked.number) is None


def test_the_countdown_is_of_the_longest_with_the_number_of_others() -> None:
    targets = of(met("cpu", "trace"))
    first = targets.ask(targets.known[0], takes("heap,cpu=10s,trace=2s"), None)
    second = targets.ask(targets.known[0], takes("cpu=30s"), None)
    targets.told(first.number, Took(HERE, first.takes[0], Path("/into/heap"), 1, 0.1))
    targets.told(first.number, Begun(HERE, first.takes[1], 110.0))
    assert targets.taking(100.0) == "cpu 10 s +2"
    targets.told(second.number, Begun(HERE, second.takes[0], 130.0))
    assert targets.taking(100.0) == "cpu 30 s +2"
    targets.told(first.number, Missed(HERE, first.takes[1], "no"))
    assert targets.taking(100.0) == "cpu 30 s +1"
    assert (first.took, first.missed) == ([Path("/into/heap")], ["no"])


def test_the_recording_goes_down_in_steps() -> None:
    targets = of(met("heap"))
    number = targets.record("1 profile every 60 s").number
    assert targets.recorded(100.0) == "recording 0"
    take = takes("heap")[0]
    targets.told(number, Took(HERE, take, Path("/into/heap"), 1, 0.1))
    targets.told(number, Fired(HERE, "go_goroutines > 5000"))
    targets.told(number, Next(HERE, 142.0))
    targets.told(number, Next(OTHER, 160.0))
    said = [targets.recorded(100.0 + second) for second in range(60)]
    assert said[0] == "recording 1, 1 event, next in 45 s" and said[41] == "recording 1, 1 event, next in 1 s"
    assert said[43] == "recording 1, 1 event"
    assert len(set(said)) == 14
    targets.told(number, Begun(HERE, take, 142.0))
    targets.told(number, Missed(HERE, take, "no"))
    assert targets.recorded(142.0) == "recording 1, 1 missed, 1 event, next in 20 s"
    assert targets.recorded(142.0, short=True) == "recording 1, 1 missed, 1 event"
    cpu = takes("cpu=10s")[0]
    targets.told(number, Begun(HERE, cpu, 160.0))
    lead = "recording 1, 1 missed, 1 event, cpu"
    assert [targets.recorded(now) for now in (152.5, 160.0)] == [f"{lead} 8 s", f"{lead} …"]
    targets.told(number, Took(HERE, cpu, Path("/into/cpu"), 1, 10.0))
    targets.told(number, Begun(HERE, take, 160.0))
    assert [targets.recorded(now)[13:] for now in (160.0, 163.0)] == ["1 missed, 1 event", "1 missed, 1 event, heap …"]
    targets.ended(number)
    assert targets.recorded(142.0) == "" and not targets.busy
