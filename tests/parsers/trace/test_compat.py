"""Under `compat`, times and states are those of Go's own reader, as `tests.naive_trace` has them."""

from hypothesis import given

from parsers.trace import read_trace
from tests.naive_trace.spans import Spans
from tests.naive_trace.summary import Summary
from tests.parsers.trace.reading import Reading
from tests.parsers.trace.simulate import Recording
from tests.parsers.trace.strategies import recordings

_SLACK = 1000  # ns: which of two events at the same time is first is Go's heap's business


@given(recordings(clocks_agree=True))
def test_spans_are_gos(recording: Recording) -> None:
    summary = Summary(recording.data)
    assert not summary.error
    expected = Spans(summary.events, compat=True)
    trace = read_trace(recording.data, compat=True)
    assert trace.compat
    assert abs(trace.duration_ns - (summary.last - summary.first)) <= _SLACK
    found = Reading(trace).goroutines()
    assert found.keys() == expected.goroutines.keys()
    for number, spans in expected.goroutines.items():
        mine = found[number]
        assert [each.state for each in mine] == [each.state for each in spans]
        assert all(abs(one.start - other.start) <= _SLACK for one, other in zip(mine, spans, strict=True))
