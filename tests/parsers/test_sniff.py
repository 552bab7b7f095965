"""Files that are no profile are called by their names."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.errors import ParseError
from parsers.profile import profile_pb2 as pb
from parsers.profile import read_profile
from parsers.sniff import TRACE, sniff
from tests.strategies import messages


def elf(kind: int, *, big: bool = False) -> bytes:
    order = ">" if big else "<"
    return b"\x7fELF\x02" + (b"\x02" if big else b"\x01") + b"\x01" + bytes(9) + struct.pack(order + "HH", kind, 62)


NAMED = [
    (b"go 1.22 trace\0\0\0", TRACE),
    (b"go 1.5 trace\0\0\0\0", TRACE),
    (b"go 1.26 trace", TRACE),
    (b"go 1.26 t", TRACE),
    (b"go 1.2", TRACE),
    (b"go 1.26 tests", "text: “go 1.26 tests”"),
    (b"go 1.26\n", "text: “go 1.26”"),
    (elf(2), "an ELF binary"),
    (elf(3, big=True), "an ELF binary"),
    (elf(4), "a core dump"),
    (elf(4, big=True), "a core dump"),
    (b"\x7fELF", "an ELF binary"),
    (b"\x1f\x8b\x08", "gzip inside gzip"),
    (b"MZ\x90\x00\x03", "a Windows program"),
    (b"\xcf\xfa\xed\xfe\x07", "a macOS program"),
    (b"PERFILE2h\0\0\0", "a Linux perf recording"),
    (b"PK\x03\x04\x14\0", "a zip archive"),
    (b"\x28\xb5\x2f\xfd\x04", "a zstd archive"),
    (b"BZh91AY&SY", "a bzip2 archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"\x89PNG\r\n\x1a\n", "a picture"),
    (b"SQLite format 3\0", "an SQLite database"),
    (struct.pack("<5Q", 0, 3, 0, 10000, 0), "a CPU profile in gperftools' old binary format"),
    (struct.pack(">5Q", 0, 3, 0, 10000, 0), "a CPU profile in gperftools' old binary format"),
    (struct.pack("<5I", 0, 3, 0, 10000, 0), "a CPU profile in gperftools' old binary format"),
    (struct.pack(">5I", 0, 3, 0, 10000, 0), "a CPU profile in gperftools' old binary format"),
    (b"<!DOCTYPE html><html>", "an HTML page (of a login, or of an error?)"),
    (b"\n\n  <html lang=en>", "an HTML page (of a login, or of an error?)"),
    (b"<?xml version='1.0'?>", "XML or HTML"),
    (b"<svg width=10>", "XML or HTML"),
    (b"goroutine profile: total 12\n1 @ 0x1", "a goroutine profile as text; fetch it without debug=1"),
    (b"goroutineleak profile: total 1\n", "a goroutine leak profile as text; fetch it without debug=1"),
    (b"threadcreate profile: total 9\n", "a threadcreate profile as text; fetch it without debug=1"),
    (b"heap profile: 1: 2 [3: 4] @ heap/524288\n", "a heap profile as text; fetch it without debug=1"),
    (b"--- contention:\ncycles/second=1\n", "a block or mutex profile as text; fetch it without debug=1"),
    (b"--- mutex:\ncycles/second=1\n", "a block or mutex profile as text; fetch it without debug=1"),
    (b"--- contentionz 1 ---\n", "a block or mutex profile as text; fetch it without debug=1"),
    (b"custom profile: total 3\n", "a profile as text; fetch it without debug=1"),
    (b"goroutine 1 [running]:\nmain.main()\n", "a goroutine dump; fetch it without debug=2"),
    (b"goroutine 1 gp=0xc0 m=0 mp=0x5 [running]:\n", "a goroutine dump; fetch it without debug=2"),
    (b"panic: boom\n\ngoroutine 1 [running]:\n", "a Go crash report with its goroutines"),
    (b"fatal error: all goroutines are asleep - deadlock!\n", "a Go crash report"),
    (b"SIGSEGV: segmentation violation\n", "a Go crash report"),
    (b'{"error": "not found"}', "JSON"),
    (b"[1, 2]", "JSON"),
    (b"main;work;leaf 12\nmain 3\n", "folded stacks"),
    (b"404 page not found\n", "text: “404 page not found”"),
    (b"# comment\nhello\n", "text: “hello”"),
    (b"x" * 100, "text: “" + "x" * 59 + "…”"),
    (b"\xff\xfe\x00\x01", "nothing goscope knows"),
]


@pytest.mark.parametrize(("head", "name"), NAMED, ids=[f"{name[:20]} {at}" for at, (_, name) in enumerate(NAMED)])
def test_each_kind_is_named(head: bytes, name: str) -> None:
    assert sniff(head) == name


@pytest.mark.parametrize(("head", "name"), [pair for pair in NAMED if pair[1] != "gzip inside gzip"])
def test_the_reader_says_what_it_is(head: bytes, name: str) -> None:
    with pytest.raises(ParseError) as caught:
        read_profile(head)
    assert str(caught.value) == f"not a pprof profile but {name}"
    assert not caught.value.incomplete


@given(messages())
def test_no_valid_profile_is_taken_for_something_else(message: pb.Profile) -> None:
    assert sniff(message.SerializeToString()) is None


def test_a_profile_may_begin_with_any_of_its_fields() -> None:
    for number in range(1, 16):
        assert sniff(bytes([number << 3 | 2, 0])) is None


@given(st.binary(max_size=600) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_whatever_comes_the_answer_is_safe_to_show(head: bytes) -> None:
    found = sniff(head)
    assert found is None or found.isprintable() or " " in found
    assert found is None or not set(found) & {chr(code) for code in (*range(32), *range(127, 160))}


def test_text_is_shown_cleaned() -> None:
    assert sniff("\u202eevil\x1b[2J and more".encode()) == "text: “\\u202eevil\\x1b[2J and more”"
