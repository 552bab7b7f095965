"""The traces in sample-profiles: cut at 200 places, they say what their whole generations say."""

from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest

from parsers.errors import ParseError
from parsers.trace import Trace, read_trace
from tests.naive_trace.wire import Bytes, counts, next_batch

SAMPLES = Path(__file__).parents[3] / "sample-profiles"
GATEWAY = SAMPLES / "gateway.trace"
_CUTS = 200
_END = b"\x34"


@cache
def whole() -> bytes:
    return GATEWAY.read_bytes()


@cache
def ends() -> list[int]:
    """Where each generation of the sample ends: right behind its last event, which is a lone byte before a header."""
    file, found = Bytes(whole(), 16), []
    while file:
        generation, batch = next_batch(file)
        if not generation and batch.data == _END:
            found.append(file.at)
    return found


@cache
def first(generations: int) -> Trace:
    return read_trace(whole()[: ends()[generations - 1]])


def places() -> list[int]:
    """At both sides of each generation's end, and all over the file."""
    around = {end + step for end in ends() for step in (-1, 0, 1) if end + step <= len(whole())}
    return sorted({*around, *Random(7).sample(range(len(whole())), _CUTS)})


def assert_begins_with(part: Trace, found: Trace) -> None:
    """The spans of each goroutine of `part` are the first that it has in `found`."""
    rows = np.argsort(found.goroutines.id, kind="stable")
    row = rows[np.searchsorted(found.goroutines.id, part.goroutines.id, sorter=rows)]
    assert (found.goroutines.id[row] == part.goroutines.id).all()
    starts, lengths = part.goroutines.offsets[:-1], np.diff(part.goroutines.offsets)
    assert (lengths <= np.diff(found.goroutines.offsets)[row]).all()
    place = np.arange(len(part.spans)) + np.repeat(found.goroutines.offsets[row] - starts, lengths)
    for name in ("start", "state", "reason", "stack", "proc", "thread"):
        assert (getattr(part.spans, name) == getattr(found.spans, name)[place]).all(), name
    names = [trace.goroutines.name[at] for trace, at in ((part, slice(None)), (found, row))]
    told = names[0] != 0
    assert (names[0] == names[1])[told].all()


@pytest.mark.parametrize("place", places())
def test_a_cut_sample_says_what_its_whole_generations_say(place: int) -> None:
    complete = sum(end <= place for end in ends())
    try:
        found = read_trace(whole()[:place])
    except ParseError as refusal:
        assert not complete
        assert "\n" not in str(refusal)
        return
    assert [each.complete for each in found.generations] == [True] * complete + [False] * (
        len(found.generations) - complete
    )
    assert bool(found.notes) == (len(found.generations) > complete or place not in (16, *ends()))
    if complete:
        assert_begins_with(first(complete), found)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.trace")), ids=lambda path: path.name)
def test_a_sample_is_whole(path: Path) -> None:
    data = path.read_bytes()
    trace = read_trace(data)
    assert not trace.notes
    assert all(each.complete for each in trace.generations)
    assert {name: count for name, count in trace.counts.items() if count} == counts(data)
