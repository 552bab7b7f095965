"""Damage in the middle of a file costs the generation it is in, and no other."""

from pathlib import Path

import numpy as np
import pytest

from parsers.trace import Trace, read_trace
from parsers.trace.batches import index
from parsers.trace.source import Source

GATEWAY = Path(__file__).parents[3] / "sample-profiles" / "gateway.trace"


@pytest.mark.parametrize("hole", [64, 5_000, 200_000])
def test_a_hole_in_one_generation_leaves_the_next_as_it_is(hole: int) -> None:
    data = GATEWAY.read_bytes()
    whole = read_trace(data)
    first, second = whole.generations
    # In the middle of the first generation, over a batch's header.
    at = index(Source(data)).frames[0].batches[8].offset - 20
    damaged = read_trace(data[:at] + b"\xff" * hole + data[at + hole :])
    assert [each.complete for each in damaged.generations] == [False, True]
    assert damaged.generations[1] == second
    assert any(note.startswith("damaged at byte") for note in damaged.notes)
    assert len(damaged.ranges) > 0
    # What was sampled and allocated in the second generation is all there.
    for column in ("heap", "heap_goal", "gomaxprocs"):
        ours, theirs = getattr(damaged, column), getattr(whole, column)
        assert np.array_equal(ours.time[ours.time >= first.end], theirs.time[theirs.time >= first.end])


def test_what_is_skipped_is_said() -> None:
    data = GATEWAY.read_bytes()
    at = index(Source(data)).frames[0].batches[3].offset - 20
    (note,) = (n for n in read_trace(data[:at] + b"\0" * 40 + data[at + 40 :]).notes if "skipped" in n)
    assert "damaged at byte" in note


@pytest.mark.parametrize("size", [1, 100_000, 400_000])
def test_a_first_look_is_the_beginning_of_the_last_generation(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = GATEWAY.read_bytes()
    whole = read_trace(data, latest=True)
    monkeypatch.setattr("parsers.trace.growing._GLANCE", size)
    glance = read_trace(data, latest=True)
    (generation,) = glance.generations
    assert (generation.number, generation.start) == (whole.generations[0].number, whole.generations[0].start)
    assert generation.start < glance.duration_ns < whole.duration_ns

    def spans(trace: Trace) -> dict[int, list[tuple[int, int]]]:
        """Start and state of what began in the stretch, by goroutine."""
        inside = (trace.spans.start > generation.start) & (trace.spans.start < glance.duration_ns)
        owner = np.repeat(np.arange(len(trace.goroutines)), np.diff(trace.goroutines.offsets))
        found: dict[int, list[tuple[int, int]]] = {}
        for row in np.flatnonzero(inside).tolist():
            span = int(trace.spans.start[row]), int(trace.spans.state[row])
            found.setdefault(int(trace.goroutines.id[owner[row]]), []).append(span)
        return found

    assert spans(glance) == spans(whole)
