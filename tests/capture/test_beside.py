"""Why a capture was taken, as it lies beside it."""

from pathlib import Path

import pytest

from capture.beside import is_why, why_beside

SAID = "go_goroutines > 5000 for 30s: go_goroutines 7,312 for 34 s"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (f"{SAID}\n".encode(), SAID),
        (f"{SAID}\nrule: a\ntarget: b\n".encode(), f"{SAID}\nrule: a\ntarget: b"),
        (b"\x1b]0;title\x07 \xff\r\n", "\\x1b]0;title\\x07 \\xff"),
        (b"", ""),
    ],
)
def test_why(tmp_path: Path, text: bytes, read: str) -> None:
    (tmp_path / "heap.pb.gz.why").write_bytes(text)
    assert why_beside(tmp_path / "heap.pb.gz") == read


def test_nothing_says(tmp_path: Path) -> None:
    assert why_beside(tmp_path / "heap.pb.gz") == ""
    (tmp_path / "cpu.pb.gz.why").mkdir()
    assert why_beside(tmp_path / "cpu.pb.gz") == ""


def test_of_too_much_it_is_the_beginning(tmp_path: Path) -> None:
    (tmp_path / "heap.why").write_bytes(b"x" * 1_000_000)
    assert why_beside(tmp_path / "heap") == "x" * 4096


def test_what_is_such_a_text() -> None:
    assert is_why(Path("a/heap.pb.gz.why"))
    assert not is_why(Path("a/why.pb.gz"))
