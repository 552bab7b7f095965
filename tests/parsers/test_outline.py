"""The outermost level: samples found in place are those that protobuf finds."""

from contextlib import AbstractContextManager
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.errors import ParseError
from parsers.profile import outline, read_profile
from parsers.profile import profile_pb2 as pb
from parsers.profile.wire import Messages
from tests.build import builder, field, varint
from tests.strategies import messages


def found(data: bytes) -> tuple[bytes, list[bytes]]:
    """All but the samples, as protobuf writes it, and the samples."""
    rest, samples = outline.split(data)
    del rest.sample[:]
    cut = [samples.buffer[a:b].tobytes() for a, b in zip(samples.start, samples.end, strict=True)]
    return rest.SerializeToString(), cut


def in_place(stride: int) -> AbstractContextManager[object]:
    """Looks for samples in small files as in large ones, starting that many bytes apart."""
    return patch.multiple(outline, _LARGE=0, _STRIDE=stride, _TRIES=16)


def read_by_protobuf(data: bytes) -> tuple[bytes, list[bytes]]:
    whole = pb.Outline.FromString(data)
    samples = list(whole.sample)
    del whole.sample[:]
    return whole.SerializeToString(), samples


@settings(max_examples=40)
@given(messages(), st.integers(1, 64))
def test_samples_found_in_place_are_those_protobuf_finds(message: pb.Profile, stride: int) -> None:
    data = message.SerializeToString()
    with in_place(stride):
        assert found(data) == read_by_protobuf(data)


@settings(max_examples=40)
@given(messages(), st.integers(1, 64), st.permutations(range(8)))
def test_fields_in_any_order(message: pb.Profile, stride: int, order: list[int]) -> None:
    pieces = [pb.Profile() for _ in order]
    for name, at in zip(
        ("sample", "location", "function", "mapping", "string_table", "sample_type"), order, strict=False
    ):
        getattr(pieces[at], name).extend(getattr(message, name))
    data = b"".join(piece.SerializeToString() for piece in pieces)
    with in_place(stride):
        assert found(data) == read_by_protobuf(data)


@settings(max_examples=40)
@given(messages(), st.integers(1, 64), st.data())
def test_a_damaged_file_is_refused_in_place_as_by_protobuf(
    message: pb.Profile, stride: int, data: st.DataObject
) -> None:
    raw = bytearray(message.SerializeToString())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] = data.draw(st.integers(0, 255))
    del raw[data.draw(st.integers(0, len(raw))) or len(raw) :]
    whole = bytes(raw)

    def outcome() -> object:
        try:
            return found(whole)
        except ParseError as error:
            return str(error)

    expected = outcome()
    with in_place(stride):
        assert outcome() == expected


@pytest.mark.parametrize(
    "length",
    [varint(5 + (1 << 45)), varint(5 + (1 << 62)), bytes([0x85, *[0x80] * 9])],
    ids=["beyond any buffer", "far beyond", "longer than ten bytes"],
)
def test_a_sample_of_an_impossible_length_is_refused(length: bytes) -> None:
    made = builder({"main": 1})
    data = made.bytes() + b"\x12" + length + bytes(5)
    for stride in (1, 7, 1 << 12):
        with in_place(stride), pytest.raises(ParseError):
            outline.split(data)


def large(*, unknown: bytes = b"") -> tuple[bytes, int]:
    """More than a megabyte of samples, some with labels, that fall nowhere on even places."""
    made = builder({"main;work;leaf": 1, "main;work": 2})
    one, two = (sample.SerializeToString() for sample in made.message.sample)
    times = 120_000
    strings = b"".join(field(6, text.encode()) for text in made.message.string_table)
    del made.message.sample[:], made.message.string_table[:]
    samples = (field(2, one) + unknown + field(2, two)) * times
    return made.bytes() + samples + strings, times


@pytest.mark.parametrize(
    "unknown",
    [b"", field(99, 1), field(16, b"?" * 300), field(20, bytes(8), 1)],
    ids=["plain", "varint", "bytes", "fixed"],
)
def test_a_large_profile(unknown: bytes) -> None:
    data, times = large(unknown=unknown)
    assert len(data) > 1 << 20
    profile = read_profile(data)
    assert profile.n_samples == 2 * times
    assert profile.values.sum() == 3 * times
    assert profile.values[:4, 0].tolist() == [1, 2, 1, 2]
    assert profile.stack_offsets[:3].tolist() == [0, 3, 5]


def test_a_large_profile_cut_short_is_incomplete() -> None:
    data, _ = large()
    with pytest.raises(ParseError) as caught:
        read_profile(data[:-3])
    assert caught.value.incomplete


def test_a_string_that_holds_a_profile_is_still_a_string() -> None:
    inner, _ = large()
    made = builder({"main;work;leaf": 5})
    profile = read_profile(made.bytes() + field(6, inner))
    assert profile.values.tolist() == [[5]]


def test_samples_are_found_in_place_where_nothing_is_odd() -> None:
    data, times = large()
    with patch.object(Messages, "joined", side_effect=AssertionError("copied by protobuf")):
        _, samples = outline.split(data)
    assert len(samples) == 2 * times
