"""Which profile goes with a trace: by the program and by the time, among what is known and what lies around."""

from pathlib import Path

import pytest

from analysis.summary import Summary
from parsers.profile import read_profile
from parsers.trace import read_trace
from tests import build
from tests.tracewrite import GO_STATUS, PROC_STATUS, Frame, Generation
from tests.tracewrite import trace as written
from tests.tui.landing import NOON, SECOND, cpu, heap, land, profile
from tui.catalogue import Entry, FileState, examined
from tui.kinship import Kin, kin_of, linked, look_around, nearest
from tui.opencapture import OpenCapture

MINUTE = 60


def entry(name: str, kind: str, at: int = 0, program: str = "shop") -> Entry:
    about = Summary(kind, program, "b1", (NOON + at) * SECOND, 0, (), "")
    return Entry(Path(name), 10, 0, FileState.COMPLETE, summary=about)


def kin(at: int = 0, program: str = "shop") -> Kin:
    return Kin(program, (NOON + at) * SECOND)


def name_of(found: Entry | None) -> str | None:
    return None if found is None else found.path.name


def allocs(at: int = 0) -> bytes:
    weights = {"main.main;main.leak": (1, 100, 1, 100)}
    return profile(weights, at, types=build.HEAP, default="alloc_space", program="shop", build_id="b1")


def shop_trace(at: int | None = 0, program: str = "shop") -> bytes:
    """A trace of a goroutine that ran for a moment, `at` seconds after noon; None for one that tells no time."""
    clock = (0, 0, 0, 0) if at is None else (1, 1, NOON + at, 0)
    made = Generation(snapshot=clock)
    where = (Frame("main.leak", f"/src/{program}/leak.go", 9), Frame("main.main", f"/src/{program}/main.go", 7))
    made.event(1, 2, "ProcStatus", 0, PROC_STATUS["running"])
    made.event(1, 3, "GoStatus", 1, 1, GO_STATUS["running"])
    made.event(1, 9_000, "GoBlock", "sleep", where)
    return written(made)


def opened(data: bytes) -> OpenCapture:
    capture = OpenCapture(Path("a"), "a")
    capture.loaded(read_trace(data) if data.startswith(b"go 1.") else read_profile(data))
    return capture


# Among what is known


def test_the_nearest_in_time_of_the_program_and_of_allocations() -> None:
    entries = [
        entry("before", "heap", -90),
        entry("near", "heap", 30),
        entry("later", "heap", 60),
        entry("cpu", "cpu", 1),
        entry("another", "allocs", 2, program="store"),
        entry("trace", "trace", 0),
        Entry(Path("broken"), 10, 0, FileState.UNREADABLE, "it is broken"),
    ]
    assert name_of(nearest(entries, kin())) == "near"
    assert name_of(nearest(entries, kin(-50))) == "before"
    assert name_of(nearest(entries, kin(program="store"))) == "another"
    assert nearest(entries, kin(program="depot")) is None
    assert nearest([], kin()) is None


def test_of_two_of_one_time_the_one_that_is_about_allocations() -> None:
    both = [entry("heap", "heap"), entry("allocs", "allocs")]
    assert name_of(nearest(both, kin(5))) == name_of(nearest(both[::-1], kin(5))) == "allocs"
    assert name_of(nearest([entry("heap", "heap"), entry("allocs", "allocs", 9)], kin())) == "heap"


def test_a_program_that_is_not_known_may_be_this_one() -> None:
    nameless = entry("nameless", "allocs", program="")
    assert name_of(nearest([nameless, entry("another", "heap", program="store")], kin())) == "nameless"
    assert name_of(nearest([nameless, entry("shop", "heap", 600)], kin())) == "shop"
    assert name_of(nearest([entry("another", "heap", program="store")], kin(program=""))) == "another"


# Around


def test_files_that_are_not_known_are_looked_into(tmp_path: Path) -> None:
    land(tmp_path / "shop.heap.pb.gz", heap(MINUTE))
    land(tmp_path / "shop.allocs.pb.gz", allocs(2 * MINUTE))
    land(tmp_path / "shop.cpu.pb.gz", cpu({"main.main": 1}))
    land(tmp_path / "store.heap.pb.gz", heap(program="store"))
    (tmp_path / "README.md").write_text("heap")
    (tmp_path / "broken.heap.pb.gz").write_bytes(b"\x1f\x8bno")
    (tmp_path / "heap").mkdir()
    assert name_of(look_around(tmp_path, {}, kin(), None)) == "shop.heap.pb.gz"
    assert name_of(look_around(tmp_path, {}, kin(100), None)) == "shop.allocs.pb.gz"
    assert name_of(look_around(tmp_path, {}, kin(program="store"), None)) == "store.heap.pb.gz"
    assert look_around(tmp_path, {}, kin(program="depot"), None) is None
    assert look_around(tmp_path / "gone", {}, kin(), None) is None


def test_what_is_known_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known, other = land(tmp_path / "a.heap.pb.gz", heap()), land(tmp_path / "b.heap.pb.gz", heap(MINUTE))
    looked: list[Path] = []

    def look(path: Path, *, budget: int | None) -> Entry | None:
        looked.append(path)
        return examined(path, budget=budget)

    monkeypatch.setattr("tui.kinship.examined", look)
    about = examined(known)
    assert about is not None
    assert name_of(look_around(tmp_path, {known: about}, kin(), None)) == "a.heap.pb.gz"
    assert looked == [other]


def test_the_program_and_the_time_are_the_traces_or_its_files(tmp_path: Path) -> None:
    path = tmp_path / "a.trace"
    path.write_bytes(shop_trace(30))
    assert kin_of(read_trace(path.read_bytes()), path) == Kin("shop", (NOON + 30) * SECOND)
    timeless = read_trace(shop_trace(None))
    assert kin_of(timeless, path) == Kin("shop", path.stat().st_mtime_ns)
    assert kin_of(timeless, tmp_path / "gone") == Kin("shop", 0)


# One cursor


def test_a_trace_and_a_profile_of_one_program_and_time_are_linked() -> None:
    trace, profile = opened(shop_trace()), opened(heap(14 * MINUTE))
    assert linked(trace, profile) and linked(profile, trace)


@pytest.mark.parametrize(
    "other",
    [
        heap(program="store"),
        heap(16 * MINUTE),
        heap(-3 * 24 * 60 * MINUTE),
        shop_trace(),
    ],
)
def test_others_are_not(other: bytes) -> None:
    assert not linked(opened(shop_trace()), opened(other)) and not linked(opened(other), opened(shop_trace()))


def test_two_profiles_are_not_nor_what_is_not_read() -> None:
    assert not linked(opened(heap()), opened(cpu({"main.main": 1})))
    assert not linked(opened(shop_trace()), OpenCapture(Path("b"), "b"))
    assert not linked(OpenCapture(Path("b"), "b"), opened(shop_trace()))


def test_what_tells_no_time_is_of_any() -> None:
    timeless = opened(shop_trace(None))
    assert linked(timeless, opened(heap())) and not linked(timeless, opened(heap(program="store")))
