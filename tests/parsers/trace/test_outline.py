"""What a trace is said to be without being read, against what it is when it is read."""

import posixpath
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.traceinfo import trace_info
from parsers.errors import ParseError
from parsers.trace import TraceOutline, outline, read_trace
from parsers.trace.batches import END_EVENT_SINCE
from tests.conformance.corpus import ROOT, needs_corpus, trace_answers
from tests.parsers.trace.simulate import Recording
from tests.parsers.trace.strategies import recordings
from tests.tracewrite import Generation, header, stack, trace

SAMPLES = Path(__file__).parents[3] / "sample-profiles"


def check(data: bytes) -> TraceOutline | None:
    """The outline, which says what the whole trace says; None where both are refused with the same sentence."""
    try:
        whole = read_trace(data)
    except ParseError as refusal:
        with pytest.raises(ParseError) as refused:
            outline(data)
        assert (str(refused.value), refused.value.incomplete) == (str(refusal), refusal.incomplete)
        return None
    found = outline(data)
    assert (found.version, found.size, found.generations) == (whole.version, len(data), len(whole.generations))
    assert found.wall_ns == whole.wall_ns
    # Only its last two generations are looked at for the end, and no real one lasts longer than those after it.
    earlier = max((each.end for each in whole.generations[:-2]), default=0)
    assert max(found.duration_ns, earlier) == whole.duration_ns
    if found.problem:
        # What headers do not show is damage inside a batch.
        assert found.problem in whole.notes or any("damaged batch" in note for note in whole.notes)
    return found


@given(recordings())
def test_a_trace_is_what_it_is_when_read(recording: Recording) -> None:
    found = check(recording.data)
    assert found
    assert (found.problem, found.growing) == ("", False)


@given(recordings(), st.data())
def test_a_cut_trace_is_growing(recording: Recording, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(recording.data) - 1))
    ends = set(accumulate(map(len, recording.parts), initial=len(header())))
    # Before Go 1.26 nothing marks the last generation's end, and it may seem to be all there before it is.
    if (found := check(recording.data[:at])) and (at in ends or recording.version >= END_EVENT_SINCE):
        assert found.growing == bool(found.problem) == (at not in ends)


@pytest.mark.parametrize("name", ["gateway", "dataclean"])
def test_a_program_is_called_by_where_its_main_function_lies(name: str) -> None:
    data = (SAMPLES / f"{name}.trace").read_bytes()
    found = check(data)
    assert found
    assert found.main_file == f"{name}/main.go"
    assert not found.growing


def test_without_a_main_function_any_of_package_main_will_do() -> None:
    made = Generation()
    made.event(1, 10, "GoCreate", 1, stack("lib.work"), stack("main.work", "other.run"))
    found = check(trace(made))
    assert found
    assert found.main_file == "/src/main.go"
    made = Generation()
    made.event(1, 10, "GoCreate", 1, stack("lib.work"), stack("other.run"))
    found = check(trace(made))
    assert found
    assert found.main_file == ""


@given(st.sampled_from([22, 23, 25, 26, 99]), st.binary(max_size=400))
@example(26, b"")
def test_noise_is_refused_in_a_sentence_or_outlined(version: int, noise: bytes) -> None:
    try:
        outline(header(version) + noise)
    except ParseError as refusal:
        assert "\n" not in str(refusal)


@given(recordings(), st.data())
def test_damage_does_no_harm(recording: Recording, data: st.DataObject) -> None:
    damaged = bytearray(recording.data)
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(16, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        outline(bytes(damaged))
    except ParseError as refusal:
        assert "\n" not in str(refusal)


# Two batches of one thread at one moment: no header tells which of them ends last.
_EITHER_WAY = "reuse-thread-id"


@needs_corpus
@pytest.mark.parametrize("path", [path for path in sorted(trace_answers()) if _EITHER_WAY not in path])
def test_real_traces(path: str) -> None:
    data = (ROOT / path).read_bytes()
    if found := check(data):
        assert posixpath.basename(posixpath.dirname(found.main_file)) == trace_info(read_trace(data)).program
