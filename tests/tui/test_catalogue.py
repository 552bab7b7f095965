"""Looking into files: what each is, how far it has got, and which are none of ours."""

import gzip
import os
from pathlib import Path
from unittest.mock import patch

import pytest

from analysis.summary import summary, trace_summary
from capture.open import read
from parsers.trace import outline
from tests import build
from tui import catalogue
from tui.catalogue import Entry, FileState, examined

SAMPLES = Path(__file__).parents[2] / "sample-profiles"
PAGE = b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"


def found(path: Path, *, named: bool = False) -> Entry:
    entry = examined(path, named=named)
    assert entry
    return entry


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", ["epro.heap.01.pb.gz", "dataclean.cpu.pb.gz", "gateway.mutex.pb.gz"])
def test_a_profile(name: str) -> None:
    path = SAMPLES / name
    about = path.stat()
    entry = found(path)
    assert (entry.path, entry.name, entry.state, entry.reason) == (path, str(path), FileState.COMPLETE, "")
    assert entry.version == (about.st_size, about.st_mtime_ns)
    assert entry.summary == summary(read(path))


def test_a_trace_is_not_read() -> None:
    path = SAMPLES / "gateway.trace"
    with patch("parsers.trace.read_trace", side_effect=AssertionError):
        entry = found(path)
    assert (entry.state, entry.reason) == (FileState.COMPLETE, "")
    assert entry.summary == trace_summary(outline(path.read_bytes()))


def test_a_compressed_trace(tmp_path: Path) -> None:
    data = (SAMPLES / "dataclean.trace").read_bytes()
    entry = found(written(tmp_path / "x.trace.gz", gzip.compress(data, 1)))
    assert entry.summary == trace_summary(outline(data))


@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_growing_trace_is_what_it_is_so_far(tmp_path: Path, part: float) -> None:
    data = (SAMPLES / "gateway.trace").read_bytes()
    data = data[: int(len(data) * part)]
    entry = found(written(tmp_path / "t", data))
    assert entry.state is FileState.INCOMPLETE
    assert "truncated" in entry.reason
    assert entry.summary == trace_summary(outline(data))


def test_a_damaged_trace_says_what_is_missing(tmp_path: Path) -> None:
    data = (SAMPLES / "gateway.trace").read_bytes()
    middle = len(data) // 2
    entry = found(written(tmp_path / "t", data[:middle] + bytes(70_000) + data[middle + 70_000 :]))
    assert entry.state is FileState.COMPLETE
    assert entry.reason.startswith("damaged at byte")
    assert entry.summary


@pytest.mark.parametrize("name", ["heap.pb.gz", "heap", "mem.prof", "x.trace", "CPU.OUT", "heap.gz"])
def test_what_is_called_like_a_capture_is_never_hidden(tmp_path: Path, name: str) -> None:
    page = found(written(tmp_path / name, PAGE))
    assert page.state is FileState.UNREADABLE
    assert page.reason == "not a pprof profile but an HTML page (of a login, or of an error?)"
    empty = found(written(tmp_path / name, b""))
    assert (empty.state, empty.reason) == (FileState.INCOMPLETE, "empty file (still being written?)")


@pytest.mark.parametrize("name", ["README.md", "main.go", "app", "outfit", "heap.pb.gz.sha256", "x.json", "trace.txt"])
@pytest.mark.parametrize("data", [PAGE, b"package main\n", b"\x7fELF" + bytes(60), b"", b'{"a": 1}'])
def test_other_files_of_a_directory_are_none(tmp_path: Path, name: str, data: bytes) -> None:
    path = written(tmp_path / name, data)
    assert examined(path) is None
    assert found(path, named=True).reason


def test_a_capture_is_one_whatever_it_is_called(tmp_path: Path) -> None:
    data = gzip.compress(_profile())
    assert found(written(tmp_path / "README.md", data)).state is FileState.COMPLETE


def _profile() -> bytes:
    return build.builder({"main": 5}).bytes()


@pytest.mark.parametrize("size", [10, 500, -1])
def test_a_profile_that_is_being_written(tmp_path: Path, size: int) -> None:
    entry = found(written(tmp_path / "heap", (SAMPLES / "epro.heap.01.pb.gz").read_bytes()[:size]))
    assert entry.state is FileState.INCOMPLETE
    assert entry.reason.startswith("truncated gzip after")
    assert entry.summary is None


def test_a_damaged_profile(tmp_path: Path) -> None:
    data = bytearray((SAMPLES / "epro.heap.01.pb.gz").read_bytes())
    data[-6] ^= 1
    entry = found(written(tmp_path / "h", bytes(data)))
    assert (entry.state, entry.reason) == (
        FileState.UNREADABLE,
        "damaged gzip: the compressed data or its checksum is wrong",
    )


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    expected = (FileState.GONE, "no such file")
    for named in (False, True):
        entry = found(tmp_path / "heap.pb.gz", named=named)
        assert (entry.state, entry.reason) == expected
    path = written(tmp_path / "heap.pb.gz", _profile())

    def vanishing(at: Path, **how: int | None) -> None:
        path.unlink()
        read(at)

    with patch.object(catalogue, "survey", vanishing):
        entry = found(path)
    assert (entry.state, entry.reason) == expected


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = written(tmp_path / "heap.pb.gz", _profile())
    with patch.object(Path, "open", side_effect=PermissionError):
        entry = found(path)
    assert (entry.state, entry.reason) == (FileState.UNREADABLE, "permission denied")
    with patch.object(Path, "stat", side_effect=PermissionError):
        assert found(path).reason == "permission denied"


def test_what_takes_too_much_memory(tmp_path: Path) -> None:
    path = written(tmp_path / "heap.pb.gz", _profile())
    entry = examined(path, budget=8)
    assert entry
    assert entry.state is FileState.UNREADABLE
    assert "--max-memory" in entry.reason
    with patch.object(catalogue, "survey", side_effect=MemoryError):
        assert found(path).reason == "there is not enough memory for this"


def test_a_pipe_in_a_directory_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "heap.pb.gz")
    assert examined(tmp_path / "heap.pb.gz") is None


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    assert found(tmp_path, named=True).reason in ("a directory, not a file", "not a file")
