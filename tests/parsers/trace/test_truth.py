"""What a simulated scheduler did against what is read of the trace that it wrote."""

import pytest
from hypothesis import given

from parsers.trace import read_trace
from tests.naive_trace import wire
from tests.naive_trace.spans import Span
from tests.naive_trace.wire import counts
from tests.parsers.trace.reading import Reading
from tests.parsers.trace.simulate import Recording
from tests.parsers.trace.strategies import recordings
from tests.parsers.trace.truth import UNTOLD, UNTOLD_STACK


def told(truth: Span, read: Span) -> Span:
    """What is true, with that filled in which the trace does not tell."""
    return truth._replace(
        stack=read.stack if truth.stack == UNTOLD_STACK else truth.stack,
        proc=read.proc if truth.proc == UNTOLD else truth.proc,
        thread=read.thread if truth.thread == UNTOLD else truth.thread,
    )


@given(recordings())
def test_goroutines_do_what_they_did(recording: Recording) -> None:
    truth, reading = recording.truth, Reading(read_trace(recording.data))
    found = reading.goroutines()
    assert found.keys() == truth.goroutines.keys()
    for number, spans in truth.goroutines.items():
        assert len(found[number]) == len(spans)
        assert found[number] == [told(*pair) for pair in zip(spans, found[number], strict=True)]
    assert reading.created() == truth.created
    for number, name in reading.names().items():
        assert name == (f"main.goroutine{number}" if number in truth.told else "")


@given(recordings())
def test_ps_do_what_they_did(recording: Recording) -> None:
    assert Reading(read_trace(recording.data)).procs() == recording.truth.procs


@given(recordings())
def test_the_rest_is_what_it_was(recording: Recording) -> None:
    truth, reading = recording.truth, Reading(read_trace(recording.data))
    trace = reading.trace
    assert trace.duration_ns == truth.end
    # What has not ended by the trace's end ends there.
    ranges = [each._replace(end=truth.end) if each.end < 0 else each for each in truth.ranges]
    assert sorted(reading.ranges()) == sorted(ranges)
    assert sorted(reading.tasks()) == sorted(truth.tasks)
    assert sorted(reading.regions()) == sorted(truth.regions)
    assert sorted(reading.logs()) == sorted(truth.logs)
    assert sorted(reading.labels()) == sorted(truth.labels)
    assert sorted(reading.samples()) == sorted(truth.samples)
    for name, rows in reading.series().items():
        assert sorted(rows) == sorted(truth.numbers[name])
        assert [time for time, _ in rows] == sorted(time for time, _ in rows)


@given(recordings())
def test_every_event_of_the_wire_is_counted(recording: Recording) -> None:
    trace = read_trace(recording.data)
    assert {name: count for name, count in trace.counts.items() if count} == counts(recording.data)
    assert trace.version == recording.version
    assert trace.size == len(recording.data)
    assert [each.complete for each in trace.generations] == [True] * len(recording.parts)
    assert [each.number for each in trace.generations] == [
        each.number for each in wire.generations(recording.data) if isinstance(each, wire.Tables)
    ]


@given(recordings())
def test_a_life_is_the_sum_of_its_states(recording: Recording) -> None:
    """The spans of a goroutine follow on one another from its beginning to its end, or to the trace's."""
    trace = read_trace(recording.data)
    ends, starts, offsets = trace.ends(), trace.spans.start, trace.goroutines.offsets
    assert (ends >= starts).all()
    for at in range(len(trace.goroutines)):
        rows = slice(offsets[at], offsets[at + 1])
        assert rows.stop > rows.start
        assert (ends[rows] - starts[rows]).sum() == ends[rows][-1] - starts[rows][0]
        assert (starts[rows][1:] == ends[rows][:-1]).all()
        assert ends[rows][-1] <= trace.duration_ns
    assert starts.min(initial=0) >= 0


@pytest.mark.parametrize("version", [22, 23, 25, 26])
def test_wall_clock(version: int) -> None:
    """From 1.25 on a generation says what the wall clock shows at a moment of the trace's."""
    from tests.tracewrite import UNIT, Generation, trace

    generation = Generation(snapshot=(5000, 5000 * UNIT, 1_700_000_000, 250))
    for event in ((4001, "ProcStatus", 0, 1), (4002, "GoStatus", 1, 7, 2), (6000, "HeapAlloc", 1)):
        generation.event(7, *event)
    read = read_trace(trace(generation, version=version))
    since = (5000 - 4000) * UNIT
    assert read.wall_ns == (1_700_000_000 * 1_000_000_000 + 250 - since if version >= 25 else 0)
