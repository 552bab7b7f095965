"""Places, history and selection, without a screen."""

from pathlib import Path

import pytest

from analysis.view import Granularity, View
from capture.open import read
from tests.tui.running import CPU, HEAP
from tui.session import Amounts, OpenCapture, PaneName, Selection, State, opened


@pytest.fixture
def capture() -> OpenCapture:
    return OpenCapture(Path("cpu.pb.gz"), "cpu")


@pytest.fixture
def heap() -> OpenCapture:
    capture = OpenCapture(HEAP, "heap")
    capture.loaded(read(HEAP))
    return capture


def test_back_returns_to_the_place_before_with_its_cursor(capture: OpenCapture) -> None:
    there = Selection("main.work")
    capture.select(there)
    capture.see("tree")
    capture.select(Selection("main.other"))
    capture.mine()
    assert capture.back()
    assert (capture.place.pane, capture.view.mine) == (PaneName.TREE, False)
    assert capture.back()
    assert (capture.place.pane, capture.place.selection) == (PaneName.TOP, there)
    assert not capture.back()


def test_moving_the_cursor_is_no_step(capture: OpenCapture) -> None:
    for line in range(5):
        capture.select(Selection("main.work", "work.go", line))
    assert capture.past == []


def test_going_where_one_is_is_no_step(capture: OpenCapture) -> None:
    capture.see("top")
    assert capture.past == []


def test_the_history_is_bounded(capture: OpenCapture) -> None:
    for _ in range(1000):
        capture.mine()
    assert len(capture.past) == 100


def test_panes_and_granularities_turn_round(capture: OpenCapture) -> None:
    panes = []
    for _ in range(4):
        capture.turn(1)
        panes.append(capture.place.pane)
    assert panes == [PaneName.TREE, PaneName.SOURCE, PaneName.TOP, PaneName.TREE]
    granularities = []
    for step in (-1, 1, 1):
        capture.granularity(step)
        granularities.append(capture.view.granularity)
    assert granularities == [Granularity.ADDRESSES, Granularity.FUNCTIONS, Granularity.FILEFUNCTIONS]


def test_sample_types_go_round_from_the_default(heap: OpenCapture) -> None:
    seen = []
    for _ in range(4):
        heap.sample(1)
        seen.append(heap.view.sample)
    assert seen == ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"]
    heap.sample(-1)
    assert heap.view.sample == "inuse_objects"


def test_per_second_only_where_there_are_seconds(heap: OpenCapture) -> None:
    assert heap.profile is not None and heap.profile.duration_ns == 0
    heap.units()
    heap.units()
    assert heap.amounts is Amounts.VALUE
    timed = OpenCapture(CPU, "cpu")
    timed.loaded(read(CPU))
    timed.units()
    timed.units()
    assert timed.amounts is Amounts.RATE


def test_same_symbol() -> None:
    assert Selection("f", "a.go", 3).same_symbol(Selection("f"))
    assert not Selection("f", "a.go").same_symbol(Selection("f", "b.go"))
    assert not Selection("f").same_symbol(Selection("g"))
    assert Selection(label="[libc.so]").same_symbol(Selection(label="[libc.so]"))
    assert not Selection(label="[libc.so]").same_symbol(Selection(label="[vdso]"))


def test_tabs_turn_round_and_close_but_for_the_last() -> None:
    session = opened([Path("a"), Path("b"), Path("c")], View())
    session.turn(-1)
    assert session.current.name == "c"
    assert session.close() and session.current.name == "b"
    assert session.close() and session.current.name == "a"
    assert not session.close() and session.current.name == "a"


def test_names_are_short_and_tell_files_apart() -> None:
    names = [
        each.name for each in opened([Path("x/cpu.pb.gz"), Path("y/cpu.pb.gz"), Path("z/heap.pprof")], View()).captures
    ]
    assert names == ["x/cpu", "y/cpu", "heap"]


def test_a_hostile_file_name_is_safe_to_show() -> None:
    (capture,) = opened([Path("a\x1b]0;title\x07.pb.gz")], View()).captures
    assert capture.name == "a\\x1b]0;title\\x07"


def test_stopped_is_unread_again(capture: OpenCapture) -> None:
    capture.started()
    capture.stopped()
    assert capture.state is State.UNREAD and "not been read to its end" in capture.reason
