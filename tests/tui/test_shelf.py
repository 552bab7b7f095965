"""What is kept of what was read, and for how long."""

from pathlib import Path

import pytest

from capture.open import CaptureError
from tests.tui.landing import heap, land
from tests.tui.running import TRACE
from tui import shelf
from tui.finder import Finder
from tui.shelf import How, Shelf, version_of


@pytest.fixture
def kept() -> Shelf:
    return Shelf(Finder(), How())


def test_a_profile_is_read_once(tmp_path: Path, kept: Shelf) -> None:
    path = land(tmp_path / "heap.pb.gz", heap())
    assert kept.read(path) is kept.read(path)


def test_a_file_that_has_changed_is_read_again(tmp_path: Path, kept: Shelf) -> None:
    path = land(tmp_path / "heap.pb.gz", heap(leak=1))
    before = kept.read(path)
    land(path, heap(leak=1_000_000))
    assert kept.read(path) is not before


def test_what_is_forgotten_is_read_again(tmp_path: Path, kept: Shelf) -> None:
    path = land(tmp_path / "heap.pb.gz", heap())
    before = kept.read(path)
    kept.forget(path)
    assert kept.read(path) is not before


def test_traces_are_not_kept(kept: Shelf) -> None:
    assert kept.read(TRACE) is not kept.read(TRACE)


def test_only_the_last_few_are_kept(tmp_path: Path, kept: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "_MOST", 2)
    paths = [land(tmp_path / f"heap.{at}.pb.gz", heap(at)) for at in range(3)]
    first, second, third = map(kept.read, paths)
    assert kept.read(paths[2]) is third and kept.read(paths[1]) is second
    assert kept.read(paths[0]) is not first


def test_no_more_memory_than_allowed_is_kept(tmp_path: Path, kept: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "_BYTES", 1)
    one, other = (land(tmp_path / f"heap.{at}.pb.gz", heap(at)) for at in range(2))
    before = kept.read(one)
    assert kept.read(one) is before
    kept.read(other)
    assert kept.read(one) is not before


def test_a_file_that_cannot_be_read_says_so_each_time(tmp_path: Path, kept: Shelf) -> None:
    for _ in range(2):
        with pytest.raises(CaptureError, match="no such file"):
            kept.read(tmp_path / "heap.pb.gz")


def test_only_files_have_versions(tmp_path: Path) -> None:
    path = land(tmp_path / "heap.pb.gz", heap())
    assert version_of(path) == (path.stat().st_size, path.stat().st_mtime_ns)
    assert version_of(tmp_path) is None and version_of(tmp_path / "gone") is None
