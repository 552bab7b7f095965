"""What goes when there is too much: the oldest of each kind, events last, and never a file of somebody else's."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.beside import WHY
from capture.live.address import address
from capture.live.retention import Retention
from capture.live.take import Take
from capture.live.target import file_name
from capture.open import CaptureError

HOST = address("web-7:6060")
BEGIN = datetime(2026, 11, 25, tzinfo=UTC)


def land(folder: Path, second: float, kind: str = "heap", *, size: int = 10, why: str = "") -> Path:
    stamp = int((BEGIN + timedelta(seconds=second)).timestamp() * 1000)
    path = folder / file_name(HOST, "epro", Take(kind), stamp)
    path.write_bytes(b"x" * size)
    if why:
        path.with_name(path.name + WHY).write_text(why)
    return path


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_names_sort_and_say_whose_they_are() -> None:
    stamp = int(BEGIN.timestamp() * 1000) + 7
    assert file_name(HOST, "epro", Take("heap"), stamp) == "web-7-6060.epro.heap.20261125T000000.007Z.pb.gz"
    assert file_name(HOST, "", Take("trace", 2), stamp) == "web-7-6060.trace.20261125T000000.007Z.trace"
    hostile = file_name(HOST, "../../etc/\x1b", Take("a/b"), stamp)
    assert "/" not in hostile and "\x1b" not in hostile


def test_so_many_of_each_kind_stay(tmp_path: Path) -> None:
    paths = [land(tmp_path, at, kind) for at in range(5) for kind in ("heap", "goroutine")]
    kept = Retention(tmp_path, [HOST.label], 2, 0)
    assert kept.trim() == (6, 60)
    assert left(tmp_path) == sorted(path.name for path in paths[-4:])


def test_so_many_bytes_stay_and_the_newest_whatever_it_takes(tmp_path: Path) -> None:
    kept = Retention(tmp_path, [HOST.label], 0, 25)
    for at in range(5):
        kept.landed(land(tmp_path, at))
        kept.trim()
    assert len(left(tmp_path)) == 2
    large = land(tmp_path, 9, size=1000)
    kept.landed(large)
    assert kept.trim() == (2, 20)
    assert left(tmp_path) == [large.name]


def test_what_an_event_had_taken_goes_last_and_with_its_reason(tmp_path: Path) -> None:
    event = land(tmp_path, 0, why="go_goroutines > 5000")
    kept = Retention(tmp_path, [HOST.label], 0, 20)
    for at in (1, 2, 3):
        kept.landed(land(tmp_path, at))
        kept.trim()
    assert event.name in left(tmp_path) and len(left(tmp_path)) == 3
    kept.landed(land(tmp_path, 4, size=100, why="again"))
    kept.trim()
    assert event.name not in left(tmp_path) and f"{event.name}{WHY}" not in left(tmp_path)


def test_each_kind_of_an_event_counts_by_itself(tmp_path: Path) -> None:
    for at in range(3):
        land(tmp_path, at, why="why")
        land(tmp_path, at + 10)
    Retention(tmp_path, [HOST.label], 2, 0).trim()
    assert sum(name.endswith(WHY) for name in left(tmp_path)) == 2
    assert sum(name.endswith(".pb.gz") for name in left(tmp_path)) == 4


def test_a_clock_that_was_set_back_costs_nothing_that_is_new(tmp_path: Path) -> None:
    kept = Retention(tmp_path, [HOST.label], 2, 0)
    for at in (7200, 7260, 0, 60):
        kept.landed(land(tmp_path, at))
        kept.trim()
    assert left(tmp_path) == [
        "web-7-6060.epro.heap.20261125T000000.000Z.pb.gz",
        "web-7-6060.epro.heap.20261125T000100.000Z.pb.gz",
    ]


def test_files_of_others_are_not_touched(tmp_path: Path) -> None:
    others = ["web-7-6060.notes.txt", "other-6060.epro.heap.20261125T000000.007Z.pb.gz", "cpu.pb.gz"]
    for name in others:
        (tmp_path / name).write_bytes(b"x" * 100)
    kept = Retention(tmp_path, [HOST.label], 1, 1)
    kept.landed(land(tmp_path, 0))
    kept.landed(land(tmp_path, 1))
    kept.trim()
    assert left(tmp_path) == sorted([*others, "web-7-6060.epro.heap.20261125T000001.000Z.pb.gz"])


def test_a_directory_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="gone: no such file"):
        Retention(tmp_path / "gone", [HOST.label], 1, 0)


def test_what_somebody_else_removed_is_not_missed(tmp_path: Path) -> None:
    kept = Retention(tmp_path, [HOST.label], 1, 0)
    for at in range(2):
        kept.landed(land(tmp_path, at))
    (tmp_path / left(tmp_path)[0]).unlink()
    assert kept.trim() == (0, 0)
    assert len(left(tmp_path)) == 1


def test_what_somebody_else_removed_makes_room(tmp_path: Path) -> None:
    kept = Retention(tmp_path, [HOST.label], 3, 0)
    paths = [land(tmp_path, at) for at in range(4)]
    for path in paths[:3]:
        kept.landed(path)
    paths[2].unlink()
    kept.landed(paths[3])
    assert kept.trim() == (0, 0)
    assert left(tmp_path) == sorted(path.name for path in (*paths[:2], paths[3]))


def test_what_cannot_be_removed_is_not_said_to_be_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError

    kept = Retention(tmp_path, [HOST.label], 1, 0)
    for at in range(2):
        kept.landed(land(tmp_path, at))
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        assert kept.trim() == (0, 0)
    assert kept.trim() == (1, 10)


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=20), st.integers(0, 200), st.integers(0, 4))
def test_never_more_than_allowed_and_always_the_newest(landed: list[tuple[int, bool]], most: int, keep: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        kept = Retention(here, [HOST.label], keep, most)
        for at, (size, event) in enumerate(landed):
            newest = land(here, at, size=size, why="why" if event else "")
            kept.landed(newest)
            kept.trim()
            found = [path for path in here.iterdir() if path.suffix != WHY]
            assert newest in found
            assert not most or len(found) == 1 or sum(path.stat().st_size for path in found) <= max(most, size)
            assert not keep or len(found) <= 2 * keep
