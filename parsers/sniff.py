"""What a file is, or looks like, from its first bytes: so that a wrong one can be called by its name."""

import re
import struct

from parsers.text import clean_bytes

TRACE = "a Go execution trace"

_TRACE = re.compile(rb"go 1\.\d+ trace\0")
# Its header, cut off.
_TRACE_CUT = re.compile(rb"go 1\.\d+( (t(r(a(ce?)?)?)?)?)?")
_MAGIC = (
    (b"\x1f\x8b", "gzip inside gzip"),
    (b"MZ", "a Windows program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"PERFILE2", "a Linux perf recording"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x89PNG", "a picture"),
    (b"SQLite format 3", "an SQLite database"),
)
_ELF_CORE = 4
_TEXT = (
    (r"<!doctype html|<html|<head|<body", "an HTML page (of a login, or of an error?)"),
    (r"<\?xml|<\w+[ >]", "XML or HTML"),
    (r"goroutine profile: total \d", "a goroutine profile as text; fetch it without debug=1"),
    (r"goroutineleak profile: total \d", "a goroutine leak profile as text; fetch it without debug=1"),
    (r"threadcreate profile: total \d", "a threadcreate profile as text; fetch it without debug=1"),
    (r"heap profile: |heap_v2/", "a heap profile as text; fetch it without debug=1"),
    (
        r"--- (mutex|contentionz?|threadz|threadz )",
        "a block or mutex profile as text; fetch it without debug=1",
    ),
    (r"\w+ profile: total \d", "a profile as text; fetch it without debug=1"),
    (r"goroutine \d+ (gp=\S+ )?(m=\S+ )?(mp=\S+ )?\[", "a goroutine dump; fetch it without debug=2"),
    (r"(?s).*^goroutine \d+ .*\[[^]\n]+\]:$", "a Go crash report with its goroutines"),
    (r"panic: |fatal error: |SIG[A-Z]+: ", "a Go crash report"),
    (r"[\[{]", "JSON"),
    (r"[^\n;]+;[^\n]* \d+\s*(\n|$)", "folded stacks"),
)


def sniff(head: bytes) -> str | None:
    """Name what `head`, the first kilobytes of an uncompressed file, looks like; None when it may be a pprof
    protobuf.
    """
    if _TRACE.match(head) or _TRACE_CUT.fullmatch(head):
        return TRACE
    if head.startswith(b"\x7fELF"):
        order = ">" if head[5:6] == b"\x02" else "<"
        kind = struct.unpack_from(order + "H", head.ljust(18, b"\0"), 16)[0]
        return "a core dump" if kind == _ELF_CORE else "an ELF binary"
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if _is_legacy_cpu(head):
        return "a CPU profile in gperftools' old binary format"
    if _is_text(head):
        return _text_kind(head.decode("utf-8", "replace"))
    return None if _may_be_profile(head) else "nothing goscope knows"


def _is_legacy_cpu(head: bytes) -> bool:
    """Header words 0, 3, 0, period, 0, in any word size and byte order."""
    for word in ("<I", ">I", "<Q", ">Q"):
        size = struct.calcsize(word)
        if len(head) >= 5 * size:
            words = [struct.unpack_from(word, head, i * size)[0] for i in range(5)]
            if words[:3] == [0, 3, 0] and words[3] and not words[4]:
                return True
    return False


def _is_text(head: bytes) -> bool:
    start = head[:512]
    return not re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", start) and start.strip() != b""


def _text_kind(text: str) -> str:
    # Lists of requests and servers' notices may come first.
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    body = "\n".join(lines).lstrip()
    for pattern, name in _TEXT:
        if re.match(pattern, body, re.IGNORECASE | re.MULTILINE):
            return name
    first = clean_bytes((lines[0] if lines else text.strip()).strip().encode())
    return f"text: “{first if len(first) <= 60 else first[:59] + '…'}”"


def _may_be_profile(head: bytes) -> bool:
    """Whether the first byte may begin a field: also one that a profile has not, which readers skip."""
    return not head or (head[0] & 7 in (0, 1, 2, 5) and head[0] >> 3 != 0)
