"""Traces that are cut off, damaged, or hostile: a Trace or one sentence, and never a wrong figure for what is whole."""

import tracemalloc
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.errors import Cancelled, ParseError
from parsers.trace import Trace, read_trace
from tests.naive_trace import wire
from tests.parsers.trace.reading import Reading, read
from tests.parsers.trace.simulate import Recording, record
from tests.parsers.trace.strategies import recordings
from tests.tracewrite import NONE, Generation, batch, header, stack, trace, uvarint

END_EVENT_SINCE = 26
_TABLES = (2, 4, 6, 8)  # stacks, strings, samples, and before 1.25 the frequency


def check_notes(read: Trace) -> None:
    assert all(note and "\n" not in note for note in read.notes)


def assert_begins_with(whole: Trace, read: Trace) -> None:
    """What `whole` says is what `read` says first: of each goroutine, each P, each series and so on."""
    first, more = Reading(whole), Reading(read)
    goroutines, procs, series, names = more.goroutines(), more.procs(), more.series(), more.names()
    for number, spans in first.goroutines().items():
        assert goroutines[number][: len(spans)] == spans
    for number, name in first.names().items():
        assert names[number] == name or not name
    for number, states in first.procs().items():
        assert procs[number][: len(states)] == states
    for name, rows in first.series().items():
        assert set(rows) <= set(series[name])
    ended = [each for each in first.ranges() if each.ended_by != -2]
    assert set(ended) <= set(more.ranges())
    assert {each for each in first.tasks() if each.end >= 0} <= set(more.tasks())
    assert {each for each in first.regions() if each.end >= 0} <= set(more.regions())
    assert set(first.logs()) <= set(more.logs())
    assert set(first.labels()) <= set(more.labels())
    assert set(first.samples()) <= set(more.samples())


def first_generations(recording: Recording, count: int) -> bytes:
    return header(recording.version) + b"".join(recording.parts[:count])


def whole_before(recording: Recording, place: int) -> int:
    """How many generations end at or before a byte of the file."""
    ends = accumulate(map(len, recording.parts), initial=len(header()))
    return sum(end <= place for end in ends) - 1


@given(recordings(), st.data())
def test_a_cut_trace_says_what_its_whole_generations_say(recording: Recording, data: st.DataObject) -> None:
    size = len(recording.data)
    at = data.draw(st.integers(0, size - 1) | st.sampled_from([size - 1, len(header()) + len(recording.parts[0])]))
    cut = recording.data[:at]
    found = read(cut)
    whole = whole_before(recording, at)
    if whole > 0:
        assert found
        assert [each.complete for each in found.generations][:whole] == [True] * whole
        assert_begins_with(read_trace(first_generations(recording, whole)), found)
    if found:
        check_notes(found)
        after = found.generations[max(whole, 0) :]
        # Before Go 1.26 nothing tells a generation that lacks its end from a whole one.
        assert recording.version < END_EVENT_SINCE or not any(each.complete for each in after)
        assert len(after) <= 1
        if after and not after[0].complete:
            assert found.notes
            assert found.provisional_ns == after[0].start
    for compat, latest in ((True, False), (False, True), (True, True)):
        read(cut, compat=compat, latest=latest)


@given(recordings(), st.data())
def test_the_last_whole_generation_alone(recording: Recording, data: st.DataObject) -> None:
    """`latest` gives the last whole generation, as it looks from its beginning on.

    Before Go 1.26 it may be one that only looks whole, cut between its tables, and then it is said to be provisional.
    """
    at = data.draw(st.integers(0, len(recording.data)))
    found = read(recording.data[:at], latest=True)
    whole = whole_before(recording, at)
    if whole > 0:
        assert found
        assert len(found.generations) == 1
        if recording.version < END_EVENT_SINCE:
            assert found.generations[0].complete or any("is provisional" in note for note in found.notes)
        else:
            assert found.generations[0].complete
            alone = read_trace(header(recording.version) + recording.parts[whole - 1])
            assert [each.number for each in found.generations] == [each.number for each in alone.generations]
            assert found.counts == alone.counts


@given(recordings(), st.data())
def test_damage_costs_no_generation_before_it(recording: Recording, data: st.DataObject) -> None:
    damaged = bytearray(recording.data)
    places = data.draw(st.lists(st.integers(0, len(damaged) - 1), min_size=1, max_size=8))
    for at in places:
        damaged[at] ^= 1 << data.draw(st.integers(0, 7))
    found = read(bytes(damaged))
    if found:
        check_notes(found)
        Reading(found).goroutines()
        assert (found.ends() >= found.spans.start).all()
    whole = whole_before(recording, min(places))
    if recording.version < END_EVENT_SINCE:
        whole -= 1  # a damaged header behind it can make the next one's events its own
    if whole > 0 and damaged[: len(header())] == recording.data[: len(header())]:
        assert found
        assert_begins_with(read_trace(first_generations(recording, whole)), found)
    for compat, latest in ((True, False), (False, True)):
        read(bytes(damaged), compat=compat, latest=latest)


def before_the_tables(part: bytes) -> int:
    """Where the first batch of a generation begins that holds no events."""
    file = wire.Bytes(part)
    at = 0
    while True:
        _, found = wire.next_batch(file)
        if not found.experiment and found.data[0] in _TABLES:
            return at
        at = file.at


@given(recordings())
def test_an_open_generation_says_what_it_can(recording: Recording) -> None:
    """While its tables are missing: states and times, the reasons the runtime always has, and names known before."""
    truth, (*whole, last) = recording.truth, recording.parts
    written = header(recording.version) + b"".join(whole) + last[: before_the_tables(last)]
    found = Reading(read_trace(written))
    assert [each.complete for each in found.trace.generations] == [True] * len(whole) + [False]
    goroutines = found.goroutines()
    assert goroutines.keys() == truth.goroutines.keys()
    for number, spans in truth.goroutines.items():
        assert [each[:2] for each in goroutines[number]] == [each[:2] for each in spans]
        reasons = [(mine.reason, true.reason) for mine, true in zip(goroutines[number], spans, strict=True)]
        assert all(mine == true or true == "runtime.Gosched" for mine, true in reasons)
    assert {name: sorted(rows) for name, rows in found.series().items()} == {
        name: sorted(rows) for name, rows in truth.numbers.items()
    }


@given(recordings(generations=2), st.data())
def test_a_hole(recording: Recording, data: st.DataObject) -> None:
    """Bytes that are missing, or too many."""
    whole = recording.data
    at, size = data.draw(st.integers(16, len(whole))), data.draw(st.integers(0, 64))
    read(whole[:at] + data.draw(st.binary(max_size=64)) + whole[at + size :])


@given(st.sampled_from([22, 23, 25, 26, 27, 99]), st.binary(max_size=400))
def test_noise_behind_a_header(version: int, noise: bytes) -> None:
    read(header(version) + noise)


@given(st.sampled_from([22, 23, 25, 26]), st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=60)), max_size=6))
def test_noise_in_batches(version: int, bodies: list[tuple[int, bytes]]) -> None:
    body = b"".join(batch(1, thread, 5, data) for thread, data in bodies)
    read(header(version) + body + b"\x34" * (version >= END_EVENT_SINCE))


@pytest.mark.parametrize(
    ("data", "message", "incomplete"),
    [
        (b"", "empty", True),
        (b"go 1.", "truncated", True),
        (header()[:9], "truncated", True),
        (header(26), "without events", True),
        (header(26) + b"\x01", "truncated", True),
        (b"go 1.5 trace\0\0\0\0", "Go 1.5", False),
        (b"go 1.11 trace\0\0\0", "Go 1.11", False),
        (header(21) + b"\0" * 100, "Go 1.21", False),
        (b"go 1.x trace\0\0\0\0", "not a Go execution trace", False),
        (b"<!doctype html><html>sign in</html>", "not a Go execution trace", False),
        (b"\x1f\x8b\x08" + bytes(40), "not a Go execution trace", False),
        (header(26) + b"hello, world", "damaged", False),
    ],
)
def test_what_is_refused_is_said_in_a_sentence(data: bytes, message: str, incomplete: bool) -> None:
    with pytest.raises(ParseError, match=message) as refusal:
        read_trace(data)
    assert "\n" not in str(refusal.value)
    assert refusal.value.incomplete == incomplete


def test_a_newer_format_is_read_as_the_newest_known() -> None:
    recording = record(range(0, 4000, 7), version=26)
    newer = read_trace(b"go 1.31 trace\0\0\0" + b"".join(recording.parts))
    assert newer.version == 31
    assert any("newer" in note for note in newer.notes)
    assert Reading(newer).goroutines() == Reading(read_trace(recording.data)).goroutines()


def test_an_event_that_is_not_known_costs_the_rest_of_its_batch() -> None:
    generation = Generation()
    for event in ((1, "ProcStatus", 0, 1), (2, "GoStatus", 1, 7, 2), (3, "HeapAlloc", 4096)):
        generation.event(7, *event)
    *parts, end = generation.parts(26)
    later = batch(1, 7, 100, b"\x25\x01\x05" + b"\x60\x01\x02" + b"\x25\x01\x06")
    found = read_trace(header(26) + b"".join([*parts, later, end]))
    assert found.heap.value.tolist() == [4096, 5]
    assert any("damaged" in note for note in found.notes)


@given(st.integers(0, (1 << 64) - 1), st.integers(0, (1 << 64) - 1), st.integers(0, (1 << 64) - 1))
def test_any_id_is_an_id(goroutine: int, proc: int, thread: int) -> None:
    generation = Generation()
    for event in (
        (1, "ProcStatus", proc, 1),
        (2, "GoStatus", goroutine, thread, 2),
        (3, "GoBlock", "sleep", stack("main.main")),
    ):
        generation.event(thread, *event)
    read(trace(generation))


def test_ids_far_apart_take_little_memory() -> None:
    """Tables made for ids that are dense must not be made for those of a hostile trace."""
    generation = Generation()
    for at in range(3000):
        generation.event(NONE, 10 + at, "GoStatus", at << 20, NONE, 4)
        generation.event(at << 20, 10 + at, "ProcStatus", at % 4, 2)
    data = trace(generation)
    tracemalloc.start()
    try:
        found = read_trace(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found.goroutines) == 3000
    assert peak < 100 << 20


@pytest.mark.parametrize("frequency", [0, 1, 3, 1_000_000_000, (1 << 64) - 1])
@pytest.mark.parametrize("time", [0, 1 << 40, (1 << 63) - 5, (1 << 64) - 9])
def test_any_clock_is_a_clock(frequency: int, time: int) -> None:
    generation = Generation(frequency=frequency)
    for event in (
        (time + 1, "ProcStatus", 0, 1),
        (time + 2, "GoStatus", 1, 7, 2),
        (time + 3, "GoStop", "preempted", ()),
    ):
        generation.event(7, *event)
    found = read(trace(generation))
    assert found is None or found.duration_ns >= 0


@settings(max_examples=10)
@given(recordings())
def test_reading_can_be_stopped(recording: Recording) -> None:
    def stop(done: int, total: int) -> None:
        assert 0 <= done <= total == len(recording.data)
        raise Cancelled

    with pytest.raises(Cancelled):
        read_trace(recording.data, progress=stop)


def test_the_budget_leaves_the_first_generations_out() -> None:
    recording = record(range(0, 40_000, 13), generations=3)
    sizes = [len(part) for part in recording.parts]
    whole = read_trace(recording.data)
    assert len(read_trace(recording.data, budget=10 * len(recording.data)).generations) == 3
    some = read_trace(recording.data, budget=10 * (sum(sizes[1:]) + sizes[0] // 2))
    assert [each.number for each in some.generations] == [each.number for each in whole.generations[1:]]
    assert any("generations" in note for note in some.notes)
    with pytest.raises(ParseError, match="--max-memory"):
        read_trace(recording.data, budget=10)


def test_a_name_that_attacks_the_terminal_is_cleaned() -> None:
    generation = Generation()
    hostile = "main.\x1b[2Jevil\u202e\n"
    for event in (
        (1, "ProcStatus", 0, 1),
        (2, "GoStatus", 1, 7, 2),
        (3, "GoBlock", "sleep\x1b]0;x\x07", stack(hostile)),
    ):
        generation.event(7, *event)
    found = read_trace(trace(generation))
    for text in (*found.strings, *found.reasons, *found.range_names):
        assert text.isprintable()


def test_uvarint() -> None:
    assert uvarint(300) == b"\xac\x02"
