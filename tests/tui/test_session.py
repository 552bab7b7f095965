"""Places, history and selection, without a screen."""

from argparse import Namespace
from pathlib import Path

import pytest

from analysis.spot import Spot
from analysis.view import Filter, FilterKind, Granularity, View, Window
from capture.open import read
from parsers.trace.model import Generation, Trace
from tests import tracebuild
from tests.tui.running import CPU, HEAP
from tui.opencapture import OpenCapture, State
from tui.place import PROFILE_PANES, Amounts, PaneName, Place, Selection
from tui.session import Need, Session, opened, view_of


@pytest.fixture
def capture() -> OpenCapture:
    return OpenCapture(Path("cpu.pb.gz"), "cpu")


@pytest.fixture
def heap() -> OpenCapture:
    capture = OpenCapture(HEAP, "heap")
    capture.loaded(read(HEAP))
    return capture


def a_trace(*generations: Generation, duration: int = 1000, cpu: bool = False) -> Trace:
    worker = tracebuild.G("main.work", ["0 running", "500 waiting:select @main.work"])
    samples = [(10, "main.work")] if cpu else []
    return tracebuild.trace(worker, duration=duration, generations=generations, cpu=samples)


@pytest.fixture
def traced() -> OpenCapture:
    capture = OpenCapture(Path("some.trace"), "some")
    capture.loaded(a_trace())
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
    for _ in range(7):
        capture.turn(1)
        panes.append(capture.place.pane)
    assert panes == [*PROFILE_PANES[1:], PaneName.CAPTURES, *PROFILE_PANES[:2]]
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
    session = opened([Path("a"), Path("b"), Path("c")])
    session.turn(-1)
    assert session.current.name == "c"
    assert session.close() and session.current.name == "b"
    assert session.close() and session.current.name == "a"
    assert not session.close() and session.current.name == "a"


def test_names_are_short_and_tell_files_apart() -> None:
    names = [each.name for each in opened([Path("x/cpu.pb.gz"), Path("y/cpu.pb.gz"), Path("z/heap.pprof")]).captures]
    assert names == ["x/cpu", "y/cpu", "heap"]


def test_a_hostile_file_name_is_safe_to_show() -> None:
    (capture,) = opened([Path("a\x1b]0;title\x07.pb.gz")]).captures
    assert capture.name == "a\\x1b]0;title\\x07"


def test_stopped_is_unread_again(capture: OpenCapture) -> None:
    capture.started()
    capture.stopped()
    assert capture.state is State.UNREAD and "not been read to its end" in capture.reason


# Traces


def test_a_trace_opens_on_its_table_and_has_more_panes_than_a_profile(
    traced: OpenCapture, heap: OpenCapture, capture: OpenCapture
) -> None:
    assert traced.place.pane is PaneName.GOROUTINES and traced.past == []
    assert set(traced.panes) - set(heap.panes) == {PaneName.GOROUTINES, PaneName.TIMELINE, PaneName.RUNTIME}
    assert capture.panes == heap.panes
    seen = []
    for _ in traced.panes:
        traced.turn(1)
        seen.append(traced.place.pane)
    assert set(seen) == set(traced.panes)


def test_on_a_trace_one_goes_through_the_profiles_it_yields(traced: OpenCapture) -> None:
    traced.see("tree")
    seen = []
    for _ in range(6):
        traced.sample(1)
        seen.append(traced.view.profile)
    assert seen == ["sync", "net", "syscall", "cpu", "sched", "sync"]
    traced.sample(-1)
    assert traced.view.profile == "sched" and traced.place.pane is PaneName.TREE


def test_one_begins_with_cpu_where_the_trace_has_samples() -> None:
    capture = OpenCapture(Path("some.trace"), "some")
    capture.loaded(a_trace(cpu=True))
    capture.see("top")
    capture.sample(1)
    assert capture.view.profile == "sched"


def test_another_profile_is_looked_at_under_its_own_sample_type_where_it_can_be_drawn(traced: OpenCapture) -> None:
    traced.derive("sync", "contentions")
    assert (traced.place.pane, traced.view.profile, traced.view.sample) == (PaneName.TOP, "sync", "contentions")
    traced.sample(1)
    assert (traced.view.profile, traced.view.sample) == ("net", "")


def test_among_goroutines_one_goes_through_their_figures(traced: OpenCapture) -> None:
    assert traced.goroutines.figure == "total"
    traced.sample(1)
    assert (traced.goroutines.figure, traced.view.profile, traced.past) == ("exec", "", [])


def test_a_marked_window_is_a_step_back(traced: OpenCapture) -> None:
    session = Session([traced])
    assert not session.has(Need.LESS, on_row=True)
    traced.mark(100, 200)
    assert session.has(Need.LESS, on_row=True)
    traced.see("top")
    assert traced.view.window == Window(100, 200)
    traced.unmark()
    assert traced.view.window is None
    assert traced.back() and traced.view.window == Window(100, 200)
    assert traced.back() and traced.back() and traced.view.window is None


def test_what_a_pane_cannot_do_is_not_offered(traced: OpenCapture, heap: OpenCapture) -> None:
    def offered(capture: OpenCapture, pane: PaneName) -> set[Need]:
        capture.see(pane)
        needs = (Need.READ, Need.TRACE, Need.FRAMES, Need.WEIGHTS, Need.SAMPLES)
        return {need for need in needs if Session([capture]).has(need, on_row=True)}

    assert offered(traced, PaneName.TOP) == {Need.READ, Need.TRACE, Need.FRAMES, Need.WEIGHTS, Need.SAMPLES}
    assert offered(traced, PaneName.GOROUTINES) == {Need.READ, Need.TRACE, Need.WEIGHTS, Need.SAMPLES}
    assert offered(traced, PaneName.TIMELINE) == {Need.READ, Need.TRACE}
    assert offered(heap, PaneName.TOP) == {Need.READ, Need.FRAMES, Need.WEIGHTS, Need.SAMPLES}


def test_the_whole_trace_takes_the_place_of_its_last_piece_with_all_moments_where_they_were() -> None:
    """The piece begins with generation 3, at 0; in the whole trace that begins at 5000."""
    capture = OpenCapture(Path("some.trace"), "some")
    capture.started()
    capture.loaded(a_trace(Generation(3, 10, 2, 0, 1000, complete=True)), whole=False)
    assert capture.loading and capture.is_read
    capture.mark(100, 200)
    capture.aim(Spot(at=150, window=Window(50, 250)))
    capture.select(Selection("main.work", goroutine=1))
    capture.see("top")
    before = [Generation(number, 10, 2, start, start + 2500, complete=True) for number, start in ((1, 0), (2, 2500))]
    capture.loaded(a_trace(*before, Generation(3, 10, 2, 5000, 6000, complete=True), duration=6000))
    assert capture.state is State.READY
    assert capture.place.pane is PaneName.TOP
    assert capture.view.window == Window(5100, 5200)
    assert capture.place.timeline == Spot(at=5150, window=Window(5050, 5250))
    assert capture.place.selection == Selection("main.work", goroutine=1)
    capture.back()
    assert (capture.place.pane, capture.view.window) == (PaneName.GOROUTINES, Window(5100, 5200))


def test_what_was_read_of_a_trace_stays_when_the_rest_is_not(traced: OpenCapture) -> None:
    capture = OpenCapture(Path("some.trace"), "some")
    capture.started()
    capture.loaded(a_trace(), whole=False)
    capture.failed("some.trace: too large")
    assert capture.is_read and capture.state is State.FAILED
    assert Session([capture]).has(Need.UNREAD, on_row=False)
    capture.started()
    capture.loaded(a_trace(), whole=False)
    capture.stopped()
    assert (capture.is_read, capture.state) == (True, State.UNREAD)


def test_a_file_may_become_the_other_kind_of_capture(traced: OpenCapture) -> None:
    traced.loaded(read(CPU))
    assert traced.trace is None and traced.profile is not None
    assert traced.place.pane in traced.panes
    traced.loaded(a_trace())
    assert traced.profile is None and traced.trace is not None


@pytest.mark.parametrize(
    ("window", "within"),
    [
        (Window(100, 1 << 62), Window(100, 1000)),
        (Window(100, 200), Window(100, 200)),
        (Window(1000, 1 << 62), None),
        (None, None),
    ],
)
def test_a_window_that_is_asked_for_ends_with_the_trace(window: Window | None, within: Window | None) -> None:
    assert Place(view=View(window=window)).within(1000).view.window == within


@pytest.mark.parametrize(
    ("begin", "end", "window", "expected"),
    [
        (None, None, None, None),
        (5, None, None, (5, None)),
        (None, 7, None, (0, 7)),
        (None, None, (5, 7), (5, 7)),
    ],
)
def test_the_command_line_may_ask_for_a_window(
    begin: int | None, end: int | None, window: tuple[int, int] | None, expected: tuple[int, int | None] | None
) -> None:
    options = Namespace(sample="", granularity="functions", no_inlines=False, mine=False, unit="minimum", profile="net")
    options.begin, options.end, options.window = begin, end, window
    options.filters, options.relative_percentages = [("focus", "main")], True
    view = view_of(options)
    assert view.profile == "net" and view.filters == (Filter(FilterKind.FOCUS, "main"),) and view.relative
    if expected is None:
        assert view.window is None
        return
    assert view.window is not None and view.window.start == expected[0]
    assert view.window.end == expected[1] or (expected[1] is None and view.window.end > 1 << 60)


def test_same_goroutine() -> None:
    one, other = Selection("f", goroutine=1), Selection("f", goroutine=2)
    assert not one.same_symbol(other) and not one.same_symbol(Selection("f", goroutine=0))
    assert one.same_symbol(Selection("f")) and Selection("f").same_symbol(one)
    assert not one.same_symbol(Selection("g", goroutine=1))
