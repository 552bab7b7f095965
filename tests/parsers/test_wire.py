"""The wire format: against the encoder that wrote it, and against protobuf's own reading."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.errors import ParseError
from parsers.profile import profile_pb2 as pb
from parsers.profile.wire import Fields, Messages, varints
from tests.build import field, varint

uint64 = st.integers(0, (1 << 64) - 1) | st.integers(0, 63).map(lambda bit: 1 << bit)
numbers = st.integers(1, 20) | st.sampled_from([2047, 2048, (1 << 29) - 1])

# A field as it is written, and what should be found: number, wire type, payload.
Written = tuple[bytes, int, int, bytes]


@st.composite
def written_fields(draw: st.DrawFn) -> Written:
    number, wire = draw(numbers), draw(st.sampled_from([0, 1, 2, 5]))
    tag = varint(number << 3 | wire, draw(st.sampled_from([1, 1, 5])))
    if wire == 0:
        payload = varint(draw(uint64), draw(st.integers(1, 10)))
    else:
        size = {1: 8, 5: 4, 2: draw(st.integers(0, 200))}[wire]
        payload = draw(st.sampled_from([b"\xff" * size, b"\0" * size]) | st.binary(min_size=size, max_size=size))
    length = varint(len(payload), draw(st.sampled_from([1, 10]))) if wire == 2 else b""
    return tag + length + payload, number, wire, payload


def rows(fields: Fields) -> list[tuple[int, int, int, bytes]]:
    return [
        (int(m), int(n), int(w), fields.buffer[a:b].tobytes())
        for m, n, w, a, b in zip(fields.message, fields.number, fields.wire, fields.start, fields.end, strict=True)
    ]


def scanned(*messages: bytes) -> Fields:
    return Messages.joined(messages).fields()


# Integers


@given(st.lists(st.tuples(uint64, st.integers(1, 10))))
def test_varints_come_back(written: list[tuple[int, int]]) -> None:
    parts = [varint(value, width) for value, width in written]
    values, ends = varints(np.frombuffer(b"".join(parts), np.uint8))
    assert values.tolist() == [value for value, _ in written]
    assert ends.tolist() == np.cumsum([len(part) for part in parts], dtype=np.int64).tolist()


def test_a_varint_of_eleven_bytes_is_refused() -> None:
    with pytest.raises(ParseError, match="longer than ten bytes"):
        varints(np.frombuffer(b"\x80" * 10 + b"\0", np.uint8))


@pytest.mark.parametrize("fields_before", [0, 40], ids=["together", "alone"])
@pytest.mark.parametrize(
    "overlong",
    [b"\x88" + b"\x80" * 9 + b"\0" + b"\1", b"\x08" + b"\x80" * 10 + b"\0", b"\x12" + b"\x80" * 10 + b"\0"],
    ids=["tag", "value", "length"],
)
def test_an_integer_of_eleven_bytes_is_refused_wherever_it_is(overlong: bytes, fields_before: int) -> None:
    with pytest.raises(ParseError, match="longer than ten bytes"):
        scanned(field(1, 7) * fields_before + overlong)


# Fields


@given(st.lists(st.lists(written_fields(), max_size=6), max_size=6))
def test_finds_what_was_written(messages: list[list[Written]]) -> None:
    found = rows(scanned(*(b"".join(raw for raw, *_ in message) for message in messages)))
    assert found == [(at, *rest) for at, message in enumerate(messages) for _, *rest in message]


@given(st.lists(st.lists(written_fields(), max_size=60), min_size=1, max_size=3))
def test_finds_what_was_written_in_long_messages(messages: list[list[Written]]) -> None:
    found = rows(scanned(*(b"".join(raw for raw, *_ in message) for message in messages)))
    assert found == [(at, *rest) for at, message in enumerate(messages) for _, *rest in message]


def test_a_part_of_the_messages_is_numbered_from_0() -> None:
    messages = Messages.joined([field(1, n) for n in range(5)])
    assert messages.fields(2, 4).column(1, 2).tolist() == [2, 3]
    assert messages.fields(3).column(1, 2).tolist() == [3, 4]


def test_no_messages_and_empty_ones_have_no_fields() -> None:
    assert rows(scanned()) == rows(scanned(b"")) == rows(scanned(b"", b"")) == []
    assert rows(scanned(b"", field(3, 9), b"")) == [(1, 3, 0, b"\x09")]
    assert len(Messages.joined([])) == 0


def test_one_message_with_a_hundred_thousand_fields() -> None:
    values = [(n * 0x9E3779B97F4A7C15) % (1 << 64) for n in range(100_000)]
    long = b"".join(field(1, value) for value in values)
    found, counts = scanned(field(1, 5), long, field(1, 6) + field(3, b"x")).integers(1, 3)
    assert found.tolist() == [5, *values, 6]
    assert counts.tolist() == [1, 100_000, 1]
    assert found[1:-1].tolist() == list(pb.Sample.FromString(long).location_id)


@pytest.mark.parametrize("fields_before", [0, 40], ids=["together", "alone"])
@pytest.mark.parametrize("wire", [3, 4, 6, 7])
def test_groups_and_reserved_wire_types_are_refused(wire: int, fields_before: int) -> None:
    with pytest.raises(ParseError, match="unknown wire type"):
        scanned(field(1, 7) * fields_before + field(9, b"\0\0", wire))


@pytest.mark.parametrize("fields_before", [0, 40], ids=["together", "alone"])
@pytest.mark.parametrize(
    "cut",
    [
        field(2, b"abc")[:-1],
        varint(2 << 3 | 2) + varint((1 << 64) - 1),
        varint(2 << 3 | 2) + varint((1 << 63) - 1) + b"abc",
        varint(2 << 3 | 2) + varint(1 << 32) + b"abc",
        varint(2 << 3 | 1) + bytes(7),
        varint(2 << 3 | 5) + bytes(3),
        b"\x08",
        b"\x08\x80",
        b"\x80",
        b"\x12",
    ],
    ids=[
        "bytes",
        "longest",
        "negative",
        "long",
        "fixed64",
        "fixed32",
        "no value",
        "half a value",
        "half a tag",
        "no length",
    ],
)
def test_a_field_that_reaches_beyond_its_message_is_refused(cut: bytes, fields_before: int) -> None:
    for behind in ((), (field(1, 1) * 100,)):
        with pytest.raises(ParseError):
            scanned(field(1, 7) * fields_before + cut, *behind)


@given(st.lists(st.binary(max_size=80), max_size=4))
def test_random_bytes_are_read_or_refused(messages: list[bytes]) -> None:
    try:
        found = scanned(*messages)
    except ParseError:
        return
    assert {int(message) for message in found.message} <= {at for at, raw in enumerate(messages) if raw}


# What the fields hold


@given(
    st.lists(
        st.tuples(st.lists(uint64), st.lists(st.integers(-(1 << 63), (1 << 63) - 1)), st.integers(0, 3)), max_size=5
    )
)
def test_lists_read_as_protobuf_reads_them(samples: list[tuple[list[int], list[int], int]]) -> None:
    encoded = []
    for ids, values, way in samples:
        if way == 0:  # packed
            raw = pb.Sample(location_id=ids, value=values).SerializeToString()
        elif way == 1:  # each by itself
            raw = b"".join(field(1, each) for each in ids) + b"".join(field(2, each) for each in values)
        else:  # some packed, some not, in pieces, with an empty piece and other fields between
            half = len(ids) // 2
            packed = field(1, b"".join(map(varint, ids[:half])))
            raw = packed + field(1, b"") + b"".join(field(1, each) for each in ids[half:])
            raw += field(17, b"?") + field(2, b"".join(map(varint, values[:way]))) + field(9, bytes(8), 1)
            raw += b"".join(field(2, each) for each in values[way:])
        encoded.append(raw)
    fields = scanned(*encoded)
    expected = [pb.Sample.FromString(raw) for raw in encoded]
    found, counts = fields.integers(1, len(encoded))
    assert counts.tolist() == [len(sample.location_id) for sample in expected]
    assert found.tolist() == [each for sample in expected for each in sample.location_id]
    found, counts = fields.integers(2, len(encoded))
    assert counts.tolist() == [len(sample.value) for sample in expected]
    assert found.astype(np.uint64).view(np.int64).tolist() == [each for sample in expected for each in sample.value]


@pytest.mark.parametrize("list_", [b"\x80", b"\x01\xff"])
def test_a_list_that_ends_in_the_middle_of_an_integer_is_refused(list_: bytes) -> None:
    with pytest.raises(ParseError, match="in the middle of one"):
        scanned(field(1, list_), field(1, b"\x01")).integers(1, 2)


def test_of_a_single_integer_the_last_one_counts() -> None:
    fields = scanned(field(1, 5) + field(2, 9) + field(1, 6), field(2, 1), b"")
    assert fields.column(1, 3).tolist() == [6, 0, 0]


def test_nested_messages_are_numbered_in_order() -> None:
    line = [pb.Line(function_id=n, line=-n).SerializeToString() for n in range(1, 4)]
    fields = scanned(field(4, line[0]) + field(4, line[1]), b"", field(4, line[2]))
    inner = fields.inner(4)
    assert fields.of(4, 2).message.tolist() == [0, 0, 2]
    assert inner.column(1, 3).tolist() == [1, 2, 3]
    assert inner.column(2, 3).view(np.int64).tolist() == [-1, -2, -3]


@pytest.mark.parametrize(
    "raw", [field(1, b"\x05"), field(1, bytes(8), 1), field(1, bytes(4), 5)], ids=["bytes", "fixed64", "fixed32"]
)
def test_an_integer_of_another_wire_type_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError, match="wrong wire type"):
        scanned(raw).column(1, 1)


@pytest.mark.parametrize("raw", [field(4, 5), field(4, bytes(8), 1), field(4, bytes(4), 5)])
def test_a_nested_message_of_another_wire_type_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError, match="wrong wire type"):
        scanned(raw).inner(4)
