"""A trace read while it grows: at every step it is what it is when read at once, and only what is new is decoded."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from functools import cache
from io import BytesIO
from itertools import accumulate, pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.errors import Cancelled, ParseError
from parsers.trace import GrowingTrace, Trace, read_trace
from tests.conformance.corpus import ROOT, needs_corpus
from tests.naive_trace.wire import Broken, Bytes, next_batch
from tests.parsers.trace.reading import Reading
from tests.parsers.trace.simulate import Recording, record
from tests.parsers.trace.strategies import recordings
from tests.tracewrite import GO_STATUS, NONE, PROC_STATUS, UNIT, Generation, batch, header, stack, trace

SAMPLES = Path(__file__).parents[3] / "sample-profiles"
END_EVENT_SINCE = 26
HEADER = len(header())
# How a file may be shown: as it is when its writer has done so many bytes more.
STEPS = (70_001, 300_000, 1 << 20)


def assert_same(found: object, whole: object, where: str = "trace") -> None:
    """Equal to the last bit, and of the same kind."""
    if isinstance(whole, np.ndarray):
        assert isinstance(found, np.ndarray)
        assert found.dtype == whole.dtype, where
        assert np.array_equal(found, whole), where
    elif is_dataclass(whole) and not isinstance(whole, type):
        for field in fields(whole):
            if field.name != "memo":
                assert_same(getattr(found, field.name), getattr(whole, field.name), f"{where}.{field.name}")
    else:
        assert found == whole, where


@cache
def over(data: bytes) -> tuple[int, ...]:
    """The generations of an undamaged file that nothing can be added to: marked as ended, or followed by another."""
    file, found, current = Bytes(data, HEADER), [], 0
    try:
        while file:
            number, _ = next_batch(file)
            if current not in (0, number):
                found.append(current)
            current = number
    except Broken:
        pass
    return tuple(found)


def read(growing: GrowingTrace, data: bytes, *, compat: bool = False, budget: int | None = None) -> Trace | None:
    """Read on, and compare with the same bytes read at once; None where both are refused with the same sentence."""
    try:
        whole = read_trace(data, compat=compat, budget=budget)
    except ParseError as refusal:
        with pytest.raises(ParseError) as refused:
            growing.read(BytesIO(data), budget=budget)
        assert (str(refused.value), refused.value.incomplete) == (str(refusal), refusal.incomplete)
        return None
    found = growing.read(BytesIO(data), budget=budget)
    assert_same(found, whole)
    return found


def grow(data: bytes, places: Iterable[int], *, compat: bool = False) -> Trace | None:
    """Read on at each of these sizes of an undamaged file, and count the events that should be decoded."""
    growing, size = GrowingTrace(compat=compat), 0
    known: tuple[int, ...] = ()
    last: Trace | None = None
    for place in places:
        found = read(growing, data[:place], compat=compat)
        if place == size:
            assert found is last
        new = [] if found is last or not found else [each for each in found.generations if each.number not in known]
        assert growing.events_decoded == sum(each.events for each in new)
        known, last, size = over(data[:place]), found, place
    return last


def every(step: int, size: int) -> Iterable[int]:
    return (*range(step, size, step), size)


def batch_ends(data: bytes) -> list[int]:
    """Where each batch of an undamaged file ends, and each generation."""
    file, found = Bytes(data, HEADER), []
    while file:
        next_batch(file)
        found.append(file.at)
    return found


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.trace")), ids=lambda path: path.name)
def test_a_sample_grows(path: Path, step: int) -> None:
    data = path.read_bytes()
    found = grow(data, every(step, len(data)))
    assert found
    assert all(each.complete for each in found.generations)


@given(recordings(generations=5), st.data())
def test_a_trace_grows(recording: Recording, data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(recording.data)), max_size=8))
    assert grow(recording.data, [*sorted(places), len(recording.data)], compat=data.draw(st.booleans()))


@settings(max_examples=10)
@given(recordings(generations=4), st.booleans())
def test_a_trace_grows_batch_by_batch(recording: Recording, compat: bool) -> None:
    assert grow(recording.data, batch_ends(recording.data), compat=compat)


def test_what_looks_like_a_batch_in_one_that_is_cut_off_is_none() -> None:
    """It is taken for one as long as there is nothing else, and no longer."""
    first = generation(1).parts()
    inner = batch(1, 8, 10_020, b"\x25\x01\x05")
    outer = batch(1, 7, 10_010, b"\x25\x01" + inner + b"\x01" * 9)
    data = header() + b"".join([*first[:-1], outer, first[-1]])
    ends = batch_ends(data)
    assert grow(data, [*ends[:2], *range(ends[-3] + 1, ends[-2] + 1), len(data)])


@settings(max_examples=30)
@given(recordings(generations=4), st.data())
def test_what_was_given_away_stays_as_it_is(recording: Recording, data: st.DataObject) -> None:
    ends = batch_ends(recording.data)
    places = sorted({*data.draw(st.lists(st.sampled_from(ends), min_size=1, max_size=4)), ends[-1]})
    growing = GrowingTrace()
    given_away = [growing.read(recording.data[:place]) for place in places]
    for place, found in zip(places, given_away, strict=True):
        assert_same(found, read_trace(recording.data[:place]))


@given(recordings(generations=4), st.data())
def test_a_damaged_trace_grows(recording: Recording, data: st.DataObject) -> None:
    damaged = bytearray(recording.data)
    for at in data.draw(st.lists(st.integers(0, len(damaged) - 1), min_size=1, max_size=4)):
        damaged[at] ^= 1 << data.draw(st.integers(0, 7))
    hole = data.draw(st.integers(0, len(damaged) - 1))
    del damaged[hole : hole + data.draw(st.integers(0, 40))]
    compat = data.draw(st.booleans())
    growing = GrowingTrace(compat=compat)
    places = data.draw(st.lists(st.integers(0, len(damaged)), max_size=6))
    for place in (*sorted(places), len(damaged)):
        read(growing, bytes(damaged[:place]), compat=compat)


@pytest.mark.parametrize("hole", [b"\xff" * 40, b"\x01" + b"\xff" * 50], ids=["no header", "a header without end"])
def test_damage_before_is_not_read_again(hole: bytes) -> None:
    """Of a generation that is over and has lost a batch's header, nothing is decoded with the next one."""
    data = bytearray((SAMPLES / "gateway.trace").read_bytes())
    ends = batch_ends(bytes(data))
    first = ends[over_at(bytes(data))]
    at = ends[8]
    data[at : at + len(hole)] = hole
    growing = GrowingTrace()
    before = read(growing, bytes(data[: first + 100_000]))
    assert before and any("skipped" in note for note in before.notes)
    found = read(growing, bytes(data))
    assert found
    assert [each.complete for each in found.generations] == [False, True]
    assert growing.events_decoded == found.generations[1].events


def over_at(data: bytes) -> int:
    """Which of the batches' ends is the first generation's."""
    return next(at for at, end in enumerate(batch_ends(data)) if over(data[:end]))


def generation(number: int) -> Generation:
    """Goroutine 5 runs on thread 7 and P 0, in a stretch of time of its own."""
    made, start = Generation(number), 10_000 * number
    made.event(7, start, "ProcStatus", 0, PROC_STATUS["running"])
    made.event(7, start + 1, "GoStatus", 5, 7, GO_STATUS["running"])
    return made


def test_what_one_generation_begins_another_ends() -> None:
    """Whatever is open where a generation ends, with the file as it is at the end of each batch."""
    first, second, third = generation(1), generation(2), Generation(3)
    work = stack("main.work", "main.main")
    first.event(7, 10_100, "GCBegin", 1, work)
    first.event(7, 10_200, "GCMarkAssistBegin", work)
    first.event(7, 10_300, "UserTaskBegin", 1, 0, "task", work)
    first.event(7, 10_400, "UserRegionBegin", 1, "region", work)
    first.event(7, 10_500, "GoCreate", 6, stack("main.child"), work)
    second.event(7, 20_002, "GCActive", 1)
    second.event(7, 20_003, "GCMarkAssistActive", 5)
    second.event(7, 20_004, "GoStatus", 6, NONE, GO_STATUS["runnable"])
    second.event(7, 20_500, "GoBlock", "chan receive", work)
    second.sample(20_400, 7, 0, 5, stack("main.hot", "main.work"))
    third.event(7, 30_000, "ProcStatus", 0, PROC_STATUS["running"])
    third.event(7, 30_001, "GCActive", 1)
    third.event(7, 30_002, "GoStatus", 5, NONE, GO_STATUS["waiting"])
    third.event(7, 30_100, "GoUnblock", 5, 1, ())
    third.event(7, 30_200, "GoStart", 5, 2)
    third.event(7, 30_300, "GCMarkAssistEnd")
    third.event(7, 30_400, "GCEnd", 2)
    third.event(7, 30_500, "UserRegionEnd", 1, "region", work)
    third.event(7, 30_600, "UserTaskEnd", 1, work)
    data = trace(first, second, third)
    found = grow(data, batch_ends(data))
    assert found
    said, start = Reading(found), first.start

    def at(time: int) -> int:
        return (time - start) * UNIT

    spans = [(each.start, each.state, each.reason) for each in said.goroutines()[5]]
    assert spans == [
        (0, "running", ""),
        (at(20_500), "waiting", "chan receive"),
        (at(30_100), "runnable", ""),
        (at(30_200), "running", ""),
    ]
    assert [(each.start, each.state) for each in said.goroutines()[6]] == [(at(10_500), "runnable")]
    assert said.names() == {5: "main.main", 6: "main.child"}
    assert [(each.name, each.start, each.end) for each in said.ranges()] == [
        ("GC concurrent mark phase", at(10_100), at(30_400)),
        ("GC mark assist", at(10_200), at(30_300)),
    ]
    assert [(each.name, each.start, each.end, each.goroutine, each.ended_by) for each in said.tasks()] == [
        ("task", at(10_300), at(30_600), 5, 5)
    ]
    assert [(each.name, each.start, each.end) for each in said.regions()] == [("region", at(10_400), at(30_500))]
    assert [(each.time, each.goroutine) for each in said.samples()] == [(at(20_400), 5)]


def test_only_what_is_new_is_read_from_the_file() -> None:
    made = record(Random(3).choices(range(1 << 16), k=20_000), generations=4)
    ends = list(accumulate(map(len, made.parts), initial=HEADER))
    growing = GrowingTrace()
    for first, last in pairwise(ends):
        read(growing, made.data[:last])
        # What a header takes is more than it has: the longest there may be.
        headers = 42 * sum(first < end <= last for end in batch_ends(made.data))
        assert growing.bytes_read <= last - first + headers + 6 * 128 + HEADER
    read(growing, made.data)
    assert (growing.events_decoded, growing.bytes_read) == (0, sum((128, 128, 128)))


def test_another_file_in_its_place_is_read_from_its_beginning() -> None:
    numbers = Random(5).choices(range(1 << 16), k=6000)
    first, other = record(numbers, generations=3), record(numbers[1:], generations=3)
    growing = GrowingTrace()
    for data in (first.data, other.data, first.data, other.data * 2, header() + first.parts[2]):
        found = read(growing, data)
        assert found
        assert growing.events_decoded == sum(each.events for each in found.generations)


def test_a_file_that_is_cut_down_is_read_from_its_beginning() -> None:
    made = record(Random(6).choices(range(1 << 16), k=6000), generations=3)
    growing = GrowingTrace()
    for size in (len(made.data), len(made.data) // 2, 0, 9, HEADER, HEADER + len(made.parts[0]), len(made.data)):
        read(growing, made.data[:size])


def test_what_is_stopped_is_read_the_next_time() -> None:
    made = record(Random(7).choices(range(1 << 16), k=6000), generations=3)
    ends = batch_ends(made.data)
    growing = GrowingTrace()

    def stop(done: int, total: int) -> None:
        raise Cancelled

    known: tuple[int, ...] = ()
    for size in ends[len(ends) // 4 :: len(ends) // 4]:
        with pytest.raises(Cancelled):
            growing.read(made.data[:size], progress=stop)
        assert growing.events_decoded == 0
        found = read(growing, made.data[:size])
        assert found
        assert growing.events_decoded == sum(each.events for each in found.generations if each.number not in known)
        known = over(made.data[:size])
    assert known


def test_progress_goes_on_from_what_is_known() -> None:
    made = record(Random(8).choices(range(1 << 16), k=6000), generations=3)
    sizes = list(accumulate(map(len, made.parts), initial=HEADER))[1:]
    growing, last = GrowingTrace(), 0
    for size in sizes:
        told: list[tuple[int, int]] = []
        growing.read(made.data[:size], progress=lambda *how_far, told=told: told.append(how_far))
        assert {total for _, total in told} == {size}
        *doing, done = (done for done, _ in told)
        assert last < doing[0]
        assert doing == sorted(doing)
        assert done == size
        last = doing[-1]


def test_the_last_generations_that_fit_are_kept() -> None:
    made = record(Random(9).choices(range(1 << 16), k=12_000), generations=6)
    ends = list(accumulate(map(len, made.parts), initial=HEADER))
    budget = 10 * (sum(len(part) for part in made.parts[:3]) + 100)
    growing, first, found = GrowingTrace(), 0, None
    for size in ends[1:]:
        found = read(growing, made.data[:size], budget=budget)
        assert found
        known = found.generations[:-1] if found.generations[0].number == first else ()
        assert growing.events_decoded == sum(each.events for each in found.generations[len(known) :])
        first = found.generations[0].number
    assert found
    assert len(found.generations) < 6
    assert read(growing, made.data, budget=budget) is found
    assert read(growing, made.data, budget=10 * budget) is not found


@needs_corpus
@pytest.mark.parametrize(
    "path",
    [
        *(f"crash/bigtrace-go{version}.growing-300ms.trace" for version in ("1.24.11", "1.27.3")),
        *(f"gc/gcpressure-go{version}.trace" for version in ("1.22.10", "1.25.5", "1.26.6")),
        "gc/gcpressure-withcpusamples-go1.27.3.trace",
        "errors/first-of-two.trace",
        "malformed/trace-v2-hole.trace",
        "malformed/trace-v2-bitflips0.trace",
        *sorted(f"cut/{path.name}" for path in (ROOT / "cut").glob("1.2*-9-*.trace")),
    ],
)
def test_a_real_trace_grows(path: str) -> None:
    data = (ROOT / path).read_bytes()
    places = [*range(1 << 20, len(data), 1 << 20), *Random(path).sample(range(len(data)), 4), len(data)]
    growing = GrowingTrace()
    for place in sorted(places):
        read(growing, data[:place])
