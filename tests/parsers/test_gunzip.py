"""gzip: every way to be damaged, and the bound on what it may become."""

import gzip
import re
import tracemalloc
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.errors import Cancelled, ParseError
from parsers.gunzip import gunzip
from parsers.profile import read_profile
from tests import build

MB = 1 << 20
TEXT = b"weighted call stacks " * 40


def refused(data: bytes, limit: int = MB) -> ParseError:
    with pytest.raises(ParseError) as caught:
        gunzip(data, limit)
    return caught.value


@given(st.lists(st.binary(max_size=2000), min_size=1, max_size=5))
def test_all_members_come_out_behind_one_another(parts: list[bytes]) -> None:
    assert gunzip(b"".join(gzip.compress(part) for part in parts), MB) == b"".join(parts)


def test_a_long_file_comes_out_whole() -> None:
    data = b"".join(n.to_bytes(4, "little") for n in range(300_000))
    assert gunzip(gzip.compress(data, 1) + gzip.compress(TEXT), 4 * MB) == data + TEXT


def test_every_cut_is_a_truncation_that_may_still_be_written() -> None:
    whole = gzip.compress(TEXT)
    for end in range(1, len(whole)):
        error = refused(whole[:end])
        assert str(error) == f"truncated gzip after {end} bytes (still being written?)"
        assert error.incomplete


def test_a_cut_second_member_is_a_truncation() -> None:
    whole = gzip.compress(TEXT)
    for end in range(1, len(whole)):
        assert refused(whole + whole[:end]).incomplete


@pytest.mark.parametrize("at", [-8, -5, -4, -1], ids=["checksum", "checksum's end", "length", "length's end"])
def test_a_wrong_checksum_or_length_is_damage(at: int) -> None:
    data = bytearray(gzip.compress(TEXT))
    data[at] ^= 1
    error = refused(bytes(data))
    assert str(error) == "damaged gzip: the compressed data or its checksum is wrong"
    assert not error.incomplete


def test_any_changed_byte_is_refused_or_harmless() -> None:
    whole = gzip.compress(TEXT, mtime=0)
    for at in range(len(whole)):
        data = bytearray(whole)
        data[at] ^= 0xFF
        with suppress(ParseError):
            assert gunzip(bytes(data), MB) == TEXT


@pytest.mark.parametrize("garbage", [b"\0", b"\0" * 100, b"x", b"\x1f", b"\x1f\x8c", b"Content-Length: 5"])
def test_what_follows_the_last_member_is_an_error(garbage: bytes) -> None:
    error = refused(gzip.compress(TEXT) + garbage)
    if b"\x1f\x8b".startswith(garbage):
        assert error.incomplete
    else:
        assert str(error) == f"damaged gzip: {len(garbage)} bytes of something else follow the compressed data"
        assert not error.incomplete


def test_no_more_than_the_limit_comes_out() -> None:
    data = gzip.compress(bytes(MB))
    assert len(gunzip(data, MB)) == MB
    assert (
        str(refused(gzip.compress(bytes(MB + 1)))) == "it decompresses to more than 1 MB: allow more with --max-memory"
    )
    assert "more than 1 MB" in str(refused(data + gzip.compress(b"x")))


def test_a_bomb_is_stopped_on_the_way() -> None:
    pump = zlib.compressobj(9, wbits=31)
    bomb = b"".join(pump.compress(bytes(MB)) for _ in range(600)) + pump.flush()
    tracemalloc.start()
    try:
        assert "decompresses to more than 8 MB" in str(refused(bomb, 8 * MB))
        assert tracemalloc.get_traced_memory()[1] < 600 * MB
    finally:
        tracemalloc.stop()


def test_the_check_sees_the_beginning_and_may_refuse() -> None:
    seen: list[bytes] = []
    data = b"".join(n.to_bytes(4, "little") for n in range(300_000))
    gunzip(gzip.compress(b"") + gzip.compress(data, 1) + gzip.compress(TEXT), 4 * MB, seen.append)
    assert len(seen) == 1
    assert 4096 <= len(seen[0]) < len(data)
    assert data.startswith(seen[0])


def test_progress_counts_the_compressed_bytes_and_may_cancel() -> None:
    data = gzip.compress(b"".join((n * n).to_bytes(8, "little") for n in range(200_000)), 1)
    told: list[tuple[int, int]] = []
    gunzip(data, 4 * MB, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (len(data), len(data))
    assert len(told) > 1

    def stop(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        gunzip(data, 4 * MB, progress=stop)


# As a profile


def test_a_compressed_profile_is_read() -> None:
    data = build.builder({"main;work": 3}).bytes()
    assert read_profile(gzip.compress(data)).values.tolist() == read_profile(data).values.tolist() == [[3]]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty file (still being written?)"),
        (gzip.compress(b"", mtime=0), "a gzip of nothing (still being written?)"),
        (gzip.compress(b"", mtime=0) * 3, "a gzip of nothing (still being written?)"),
    ],
)
def test_nothing_may_still_be_written(data: bytes, sentence: str) -> None:
    with pytest.raises(ParseError, match=f"^{re.escape(sentence)}$") as caught:
        read_profile(data)
    assert caught.value.incomplete


def test_a_gzip_inside_a_gzip_is_named() -> None:
    data = gzip.compress(gzip.compress(build.builder({"main": 1}).bytes()))
    with pytest.raises(ParseError, match="not a pprof profile but gzip inside gzip"):
        read_profile(data)


def test_what_else_is_compressed_is_named_before_it_is_decompressed() -> None:
    page = gzip.compress(b"<!DOCTYPE html><title>502</title>" + b" " * (8 * MB))
    with pytest.raises(ParseError, match="an HTML page"):
        read_profile(page, limit=MB)


def test_two_compressed_profiles_behind_one_another_are_told() -> None:
    message = build.builder({"main": 1}).message
    message.time_nanos = 5
    data = gzip.compress(message.SerializeToString())
    with pytest.raises(ParseError, match="several profiles written one behind the other"):
        read_profile(data + data)


def test_the_limit_is_the_callers() -> None:
    data = gzip.compress(build.builder({"main": 1}).bytes())
    with pytest.raises(ParseError, match="--max-memory"):
        read_profile(data, limit=10)
