"""What is kept of a capture."""

from pathlib import Path

import pytest

from analysis.errors import ViewError
from analysis.info import SampleTotal, info
from analysis.samples import sample_index, total
from analysis.summary import Summary, summary, total_of, trace_summary
from capture.open import read
from parsers.trace import outline, read_trace
from tests import build

SAMPLES = Path(__file__).parents[2] / "sample-profiles"
HEAP = "epro.heap.08.pb.gz"


@pytest.mark.parametrize("name", [HEAP, "dataclean.cpu.pb.gz", "gateway.mutex.pb.gz", "gateway.block.pb.gz"])
def test_a_summary_says_what_info_says(name: str) -> None:
    profile = read(SAMPLES / name)
    kept, about = summary(profile), info(profile)
    assert (kept.kind, kept.program, kept.build_id) == (about.kind, about.program, about.build_id)
    assert (kept.time_ns, kept.duration_ns) == (about.time_ns, about.duration_ns)
    assert (kept.sample_types, kept.default) == (about.sample_types, about.default_sample_type)


# Time and total as `go tool pprof -top -unit=B` prints them.
def test_a_heap_profile() -> None:
    kept = summary(read(SAMPLES / HEAP))
    assert (kept.kind, kept.program) == ("heap", "epro")
    assert kept.time_ns // 10**9 == 1795469515
    assert total_of(kept) == SampleTotal("inuse_space", "bytes", 138653508)


@pytest.mark.parametrize("wanted", ["", "alloc_objects", "inuse_space", "space", "0", "3", "4", "cpu", "²"])
def test_a_total_is_found_as_a_sample_type_is(wanted: str) -> None:
    types = (*build.HEAP[:2], ("objects", "count"), ("space", "bytes"))
    profile = build.profile({"a": (1, -2, 3, 4), "b": (10, 20, 30, 40)}, types=types, default="objects")
    try:
        index = sample_index(profile, wanted)
    except ViewError as refusal:
        with pytest.raises(ViewError) as refused:
            total_of(summary(profile), wanted)
        assert str(refused.value) == str(refusal)
    else:
        found = total_of(summary(profile), wanted)
        assert (found.type, found.unit) == types[index]
        assert found.total == total(profile, index)


def test_a_trace() -> None:
    data = (SAMPLES / "gateway.trace").read_bytes()
    whole = read_trace(data)
    assert trace_summary(outline(data)) == Summary("trace", "gateway", "", whole.wall_ns, whole.duration_ns, (), "")
    with pytest.raises(ViewError, match="no sample types"):
        total_of(trace_summary(outline(data)))
