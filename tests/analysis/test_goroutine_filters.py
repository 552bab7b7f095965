"""Which goroutines a filter leaves: those that it names by their function, or by a stack that they were seen in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import ViewError
from analysis.goroutine_filters import of_goroutines, passing
from analysis.goroutine_groups import groups
from analysis.laneorder import lane_name, lane_order
from analysis.lanes import lanes
from analysis.spot import LaneKind, LaneSort
from analysis.view import Filter, FilterKind, Window
from parsers.trace.model import Trace
from tests.tracebuild import G, R, doings, trace

FOCUS, IGNORE = FilterKind.FOCUS, FilterKind.IGNORE


def small() -> Trace:
    return trace(
        G("main.serve", ["10 runnable @main.main;main.listen", "20 running", "30 waiting:sync @main.serve;main.take"]),
        G("main.serve", ["10 runnable @main.main;main.listen", "20 running", "40 gone"]),
        G("main.main", ["0 running", "50 waiting:select @main.main;main.pick"], created=False),
        duration=100,
    )


def left(made: Trace, *filters: Filter) -> list[bool]:
    found: list[bool] = passing(made, filters).tolist()
    return found


def test_a_goroutine_is_named_by_its_function_and_by_its_own_stacks() -> None:
    made = small()
    assert left(made) == [True, True, True]
    assert left(made, Filter(FOCUS, "take")) == [True, False, False]
    assert left(made, Filter(IGNORE, "take")) == [False, True, True]
    assert left(made, Filter(FOCUS, "^main.serve$")) == [True, True, False]
    assert left(made, Filter(FOCUS, "serve"), Filter(IGNORE, "take")) == [False, True, False]


def test_the_stack_of_whoever_woke_it_does_not_name_it() -> None:
    assert left(small(), Filter(FOCUS, "listen")) == [False, False, False]


def test_where_it_was_stopped_does() -> None:
    made = trace(G("main.a", ["0 running", "10 runnable:preempted @main.a;main.loop", "20 running"]), duration=30)
    assert left(made, Filter(FOCUS, "loop")) == [True]


def test_a_file_names_it_as_well() -> None:
    made = small()
    file = made.strings[int(made.stacks.file[0])]
    assert any(left(made, Filter(FOCUS, file)))


def test_a_bad_expression_is_told() -> None:
    with pytest.raises(ViewError, match="not a regular expression"):
        passing(small(), (Filter(FOCUS, "("),))


def test_only_focus_and_ignore_are_for_goroutines() -> None:
    every = tuple(Filter(kind, "x") for kind in FilterKind)
    assert {each.kind for each in of_goroutines(every)} == {FOCUS, IGNORE}


def naive(made: Trace, text: str) -> list[bool]:
    """Span by span: whether its own stack, or what the goroutine runs, has `text`."""
    found = []
    for g in range(len(made.goroutines)):
        named = text in made.strings[made.goroutines.name[g]]
        for row in range(*made.goroutines.offsets[g : g + 2].tolist()):
            others = made.spans.state[row] == 1 and made.spans.reason[row] == 0
            first, beyond = made.stacks.offsets[made.spans.stack[row] :][:2].tolist()
            names = {made.strings[made.stacks.function[frame]] for frame in made.stacks.frame[first:beyond]}
            names |= {made.strings[made.stacks.file[frame]] for frame in made.stacks.frame[first:beyond]}
            named |= not others and any(text in name for name in names)
        found.append(bool(named))
    return found


@given(doings(), st.sampled_from(["main", "work", "send", "a", "e"]))
def test_any_trace_as_a_plain_reading_has_it(made: tuple[tuple[G, ...], tuple[R, ...], int], text: str) -> None:
    goroutines, ranges, duration = made
    built = trace(*goroutines, ranges=list(ranges), duration=duration)
    assert left(built, Filter(FOCUS, text)) == naive(built, text)
    assert left(built, Filter(IGNORE, text)) == [not each for each in naive(built, text)]


def test_groups_are_of_the_goroutines_that_are_left() -> None:
    made = small()
    found = groups(made, None, (Filter(FOCUS, "take"),))
    assert [made.strings[name] for name in found.name] == ["main.serve"] and found.count.tolist() == [1]
    assert found.figures["blocked"].sum.tolist() == [70] and found.order.tolist() == [0]
    assert len(groups(made, Window(0, 5), (Filter(FOCUS, "take"),))) == 0


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (LaneKind.GOROUTINES, ["G1 main.serve"]),
        (LaneKind.GROUPS, ["main.serve"]),
    ],
)
def test_lanes_are_of_the_goroutines_that_are_left(kind: LaneKind, names: list[str]) -> None:
    made = small()
    every = lanes(made, kind)
    order = lane_order(made, kind, LaneSort.ID, False, None, (Filter(FOCUS, "take"),))
    assert [lane_name(every, lane) for lane in order.lanes.tolist()] == names


@pytest.mark.parametrize("kind", [LaneKind.PROCS, LaneKind.THREADS])
def test_all_ps_and_threads_are_left(kind: LaneKind) -> None:
    made = small()
    order = lane_order(made, kind, LaneSort.ID, False, None, (Filter(FOCUS, "take"),))
    assert np.array_equal(order.lanes, np.arange(len(lanes(made, kind))))
