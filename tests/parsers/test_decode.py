"""profile.proto: what is read, what makes a profile invalid, and that nothing else ever comes out."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.errors import Cancelled, ParseError
from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb
from parsers.profile.model import ValueType
from tests import build
from tests.strategies import messages, values

Edit = Callable[[pb.Profile], object]


def basic() -> pb.Profile:
    """Every kind of row at least twice."""
    made = build.Builder(("samples", "count"), ("cpu", "nanoseconds"))
    app = made.mapping("/bin/app", start=0x400000, limit=0x500000, offset=0x1000, build_id="abc")
    lib = made.mapping("/lib/libc.so", start=0x7F0000000000, limit=0x7F0000100000)
    made.start_lines["main.work"] = 10
    work = made.location("main.work@/src/work.go:12", mapping=app, address=0x400010)
    both = made.location(
        "main.out@/src/a.go:3", build.Frame("main.in", "/src/b.go", 4, 7), mapping=app, address=0x400020
    )
    unknown = made.location(mapping=lib, address=0x7F0000000010)
    made.sample([both, work], 1, 10, labels={"tenant": "t1", "size": (4096, "bytes")})
    made.sample([unknown, work], 2, -20)
    made.sample([], 3, 30, labels={"tenant": "t2"})
    message = made.message
    message.time_nanos, message.duration_nanos, message.period = 1_700_000_000_000_000_000, 5_000_000_000, 10_000_000
    message.period_type.type, message.period_type.unit = made.text("cpu"), made.text("nanoseconds")
    message.comment.extend([made.text("first"), made.text("# second")])
    message.default_sample_type, message.doc_url = made.text("samples"), made.text("https://example.com/doc")
    message.drop_frames, message.keep_frames = made.text("drop.*"), made.text("keep.*")
    return message


def read(message: pb.Profile) -> Profile:
    return read_profile(message.SerializeToString())


def refused(data: bytes) -> ParseError:
    with pytest.raises(ParseError) as caught:
        read_profile(data)
    return caught.value


def contents(profile: Profile) -> list[object]:
    """All that a profile says, rows in terms of strings, so that ids and the string table's order do not matter."""
    texts, functions, frames, locations = profile.strings, profile.functions, profile.frames, profile.locations
    function = [
        (
            texts[functions.name[i]],
            texts[functions.system_name[i]],
            texts[functions.filename[i]],
            functions.start_line[i],
        )
        for i in range(len(functions.name))
    ]
    frame = [
        (function[f] if f >= 0 else None, int(line), int(column))
        for f, line, column in zip(frames.function, frames.line, frames.column, strict=True)
    ]
    maps = profile.mappings
    mapping = [
        (int(maps.start[i]), int(maps.limit[i]), int(maps.offset[i]), texts[maps.file[i]], texts[maps.build_id[i]])
        for i in range(len(maps.start))
    ]
    offsets = locations.frame_offsets
    location = [
        (
            mapping[locations.mapping[i]] if locations.mapping[i] >= 0 else None,
            int(locations.address[i]),
            bool(locations.is_folded[i]),
            frame[offsets[i] : offsets[i + 1]],
        )
        for i in range(profile.n_locations)
    ]
    labels: list[list[tuple[str, str, int, str]]] = [[] for _ in range(profile.n_samples)]
    for s, key, text, number, unit in zip(
        profile.labels.sample,
        profile.labels.key,
        profile.labels.text,
        profile.labels.number,
        profile.labels.unit,
        strict=True,
    ):
        labels[s].append((texts[key], texts[text], int(number), texts[unit]))
    bounds = profile.stack_offsets
    return [
        profile.sample_types,
        [
            (profile.values[i].tolist(), [location[row] for row in profile.stack[bounds[i] : bounds[i + 1]]], labels[i])
            for i in range(profile.n_samples)
        ],
        (profile.default_sample_type, profile.drop_frames, profile.keep_frames, profile.comments, profile.doc_url),
        (profile.time_ns, profile.duration_ns, profile.period_type, profile.period),
    ]


# The frame of a location without lines.
NOTHING: tuple[object, int, int] = (None, 0, 0)


def contents_of_message(message: pb.Profile) -> list[object]:
    """The same, read from the message with dicts."""
    texts = message.string_table
    function: dict[int, object] = {
        f.id: (texts[f.name], texts[f.system_name], texts[f.filename], f.start_line) for f in message.function
    }
    mapping = {
        m.id: (m.memory_start, m.memory_limit, m.file_offset, texts[m.filename], texts[m.build_id])
        for m in message.mapping
    }
    location = {
        each.id: (
            mapping.get(each.mapping_id),
            each.address,
            each.is_folded,
            [(function[line.function_id], line.line, line.column) for line in each.line] or [NOTHING],
        )
        for each in message.location
    }
    period = message.period_type
    return [
        tuple(ValueType(texts[each.type], texts[each.unit]) for each in message.sample_type),
        [
            (
                list(sample.value),
                [location[number] for number in sample.location_id],
                [
                    (texts[each.key], texts[each.str], each.num, texts[each.num_unit])
                    for each in sample.label
                    if each.str or each.num or each.num_unit
                ],
            )
            for sample in message.sample
        ],
        (
            texts[message.default_sample_type],
            texts[message.drop_frames],
            texts[message.keep_frames],
            tuple(texts[each] for each in message.comment),
            texts[message.doc_url],
        ),
        (
            message.time_nanos,
            message.duration_nanos,
            ValueType(texts[period.type], texts[period.unit]),
            message.period,
        ),
    ]


# What is read


def test_everything_a_profile_says_is_read() -> None:
    message = basic()
    assert contents(read(message)) == contents_of_message(message)


@given(messages(value=values))
def test_any_valid_profile_is_read_as_it_is(message: pb.Profile) -> None:
    assert contents(read(message)) == contents_of_message(message)


def test_the_columns_have_their_types() -> None:
    profile = read(basic())
    assert profile.values.dtype == profile.stack_offsets.dtype == np.int64
    assert profile.stack.dtype == profile.locations.frame_offsets.dtype == np.int32
    assert profile.locations.address.dtype == profile.mappings.start.dtype == np.uint64
    assert (profile.n_samples, profile.n_locations) == (3, 3)
    assert profile.strings[0] == ""
    assert len(set(profile.strings)) == len(profile.strings)


FIELDS = [field.name for field in pb.Profile.DESCRIPTOR.fields]


@pytest.mark.parametrize("order", [sorted(FIELDS), FIELDS[::-1], ["string_table", *FIELDS[:5], *FIELDS[6:]]])
def test_fields_may_come_in_any_order(order: list[str]) -> None:
    message = basic()
    parts = []
    for name in order:
        part = pb.Profile()
        part.CopyFrom(message)
        for other in FIELDS:
            if other != name:
                part.ClearField(other)
        parts.append(part.SerializeToString())
    assert contents(read_profile(b"".join(parts))) == contents_of_message(message)


@pytest.mark.parametrize(
    "unknown",
    [
        build.field(99, 5),
        build.field(99, bytes(8), 1),
        build.field(99, b"\xff" * 8, 1),
        build.field(99, b"text"),
        build.field(99, bytes(4), 5),
        build.field(99, b"\xff" * 4, 5),
    ],
    ids=["varint", "fixed64", "high fixed64", "bytes", "fixed32", "high fixed32"],
)
def test_fields_of_later_versions_are_skipped_wherever_they_are(unknown: bytes) -> None:
    message = basic()
    outline = pb.Outline.FromString(message.SerializeToString())
    for table in (outline.sample, outline.location, outline.function, outline.mapping):
        for row in range(len(table)):
            table[row] = unknown + table[row] + unknown
    head = pb.Profile(sample_type=message.sample_type).SerializeToString()
    del outline.sample_type[:]
    data = head + unknown + outline.SerializeToString() + unknown
    assert contents(read_profile(data)) == contents_of_message(message)


def test_numbers_may_be_written_one_by_one() -> None:
    message = basic()
    outline = pb.Outline.FromString(message.SerializeToString())
    for row, sample in enumerate(message.sample):
        labels = pb.Sample(label=sample.label).SerializeToString()
        ids = b"".join(build.field(1, each) for each in sample.location_id)
        outline.sample[row] = labels + b"".join(build.field(2, each) for each in sample.value) + ids
    assert contents(read_profile(outline.SerializeToString())) == contents_of_message(message)


def test_ids_may_be_any_numbers_but_zero() -> None:
    message, plain = basic(), contents(read(basic()))
    new = {1: (1 << 64) - 1, 2: 7, 3: 1 << 33, 4: 2, 0: 0}
    for sample in message.sample:
        sample.location_id[:] = [new[each] for each in sample.location_id]
    for location in message.location:
        location.id, location.mapping_id = new[location.id], new[location.mapping_id]
        for line in location.line:
            line.function_id = new[line.function_id]
    for function in message.function:
        function.id = new[function.id]
    for mapping in message.mapping:
        mapping.id = new[mapping.id]
    assert contents(read(message)) == plain


def test_a_mapping_that_is_not_there_is_none() -> None:
    message = basic()
    message.location[0].mapping_id, message.location[1].mapping_id = 0, 99
    assert read(message).locations.mapping.tolist() == [-1, -1, 1]


def test_a_location_without_lines_has_one_frame_that_nothing_is_known_of() -> None:
    profile = read(basic())
    first, last = profile.locations.frame_offsets[2:4]
    assert (last - first, profile.frames.function[first], profile.frames.line[first]) == (1, -1, 0)


def test_equal_strings_in_the_table_twice_are_one() -> None:
    message = basic()
    message.string_table.append("main.work")
    assert message.function[0].name == message.function[0].system_name
    message.function[0].system_name = len(message.string_table) - 1
    profile = read(message)
    assert profile.strings.count("main.work") == 1
    assert profile.functions.name[0] == profile.functions.system_name[0]


@pytest.mark.parametrize(
    ("label", "kept"),
    [
        ({"str": 1}, True),
        ({"num": 5}, True),
        ({"num": -1}, True),
        ({"num_unit": 1}, True),
        ({"num": 0, "num_unit": 1}, True),
        ({}, False),
        ({"num": 0}, False),
    ],
)
def test_a_numeric_label_of_nothing_is_none(label: dict[str, int], kept: bool) -> None:
    made = build.builder({"main": 1})
    made.message.sample[0].label.add(key=made.text("key"), **label)
    assert len(made.profile().labels.key) == kept


def test_a_label_with_a_text_is_no_number() -> None:
    made = build.builder({"main": 1})
    made.message.sample[0].label.add(key=made.text("key"), str=made.text("text"), num=5, num_unit=made.text("bytes"))
    labels = made.profile().labels
    assert labels.number.tolist() == labels.unit.tolist() == [0]


def test_a_key_may_have_several_values() -> None:
    made = build.builder({"main": 1})
    sample = made.message.sample[0]
    sample.label.add(key=made.text("key"), str=made.text("b"))
    sample.label.add(key=made.text("key"), num=3)
    sample.label.add(key=made.text("key"), str=made.text("a"))
    labels, texts = made.profile().labels, made.profile().strings
    assert [(texts[text], int(number)) for text, number in zip(labels.text, labels.number, strict=True)] == [
        ("b", 0),
        ("", 3),
        ("a", 0),
    ]


def test_a_profile_without_samples_is_valid() -> None:
    profile = build.Builder(*build.HEAP).profile()
    assert (profile.n_samples, profile.values.shape, profile.stack_offsets.tolist()) == (0, (0, 4), [0])


def test_many_samples_keep_their_order() -> None:
    made = build.Builder()
    stacks = [made.stack("main;work;leaf"), made.stack("main;work"), []]
    for n in range(30_000):
        made.sample(stacks[n % 3], n, labels={"n": (n, "")} if n % 1000 == 7 else None)
    profile = made.profile()
    assert profile.values[:, 0].tolist() == list(range(30_000))
    assert np.diff(profile.stack_offsets).tolist() == [3, 2, 0] * 10_000
    assert profile.labels.sample.tolist() == profile.labels.number.tolist() == list(range(7, 30_000, 1000))


def test_the_last_of_several_single_values_counts() -> None:
    message = basic()
    data = message.SerializeToString() + pb.Profile(duration_nanos=7).SerializeToString()
    assert read_profile(data).duration_ns == 7


# What is refused


def emptied(message: pb.Profile) -> None:
    message.Clear()
    message.string_table.append("")


INVALID: dict[str, tuple[Edit, str]] = {
    "no sample types": (lambda p: p.ClearField("sample_type"), "it has no sample types"),
    "nothing at all": (emptied, "it has no sample types"),
    "strings start with something": (
        lambda p: p.string_table.__setitem__(0, "x"),
        "its string table does not start with the empty string",
    ),
    "too few values": (
        lambda p: p.sample[1].value.pop(),
        "a sample has more or fewer values than there are sample types",
    ),
    "too many values": (
        lambda p: p.sample[1].value.append(1),
        "a sample has more or fewer values than there are sample types",
    ),
    "no values": (
        lambda p: p.sample[1].ClearField("value"),
        "a sample has more or fewer values than there are sample types",
    ),
    "unknown location": (
        lambda p: p.sample[0].location_id.append(99),
        "a location is referred to that is not in the profile",
    ),
    "location 0": (
        lambda p: p.sample[0].location_id.append(0),
        "a location is referred to that is not in the profile",
    ),
    "no locations": (
        lambda p: p.ClearField("location"),
        "a location is referred to that is not in the profile",
    ),
    "unknown function": (
        lambda p: setattr(p.location[0].line[0], "function_id", 99),
        "a function is referred to that is not in the profile",
    ),
    "line without function": (
        lambda p: p.location[0].line[0].ClearField("function_id"),
        "a function is referred to that is not in the profile",
    ),
    "reserved location id": (lambda p: setattr(p.location[2], "id", 0), "a location has the reserved id 0"),
    "reserved function id": (lambda p: p.function.add(), "a function has the reserved id 0"),
    "reserved mapping id": (lambda p: p.mapping.add(), "a mapping has the reserved id 0"),
    "location id twice": (lambda p: p.location.add(id=2), "two locations have the same id"),
    "function id twice": (lambda p: p.function.add(id=2), "two functions have the same id"),
    "mapping id twice": (lambda p: p.mapping.add(id=1), "two mappings have the same id"),
}
STRING_REFERENCES: dict[str, Edit] = {
    "sample type": lambda p: setattr(p.sample_type[0], "type", 999),
    "sample unit": lambda p: setattr(p.sample_type[0], "unit", -1),
    "function name": lambda p: setattr(p.function[0], "name", 999),
    "function system name": lambda p: setattr(p.function[0], "system_name", 999),
    "function file": lambda p: setattr(p.function[0], "filename", -1),
    "mapping file": lambda p: setattr(p.mapping[0], "filename", 999),
    "build id": lambda p: setattr(p.mapping[0], "build_id", 999),
    "label key": lambda p: setattr(p.sample[0].label[0], "key", 999),
    "label text": lambda p: setattr(p.sample[0].label[0], "str", -5),
    "label unit": lambda p: setattr(p.sample[0].label[1], "num_unit", 1 << 40),
    "drop frames": lambda p: setattr(p, "drop_frames", 999),
    "keep frames": lambda p: setattr(p, "keep_frames", 999),
    "period type": lambda p: setattr(p.period_type, "type", 999),
    "comment": lambda p: p.comment.append(-1),
    "default sample type": lambda p: setattr(p, "default_sample_type", 999),
    "doc url": lambda p: setattr(p, "doc_url", 999),
}
for _name, _edit in STRING_REFERENCES.items():
    INVALID[f"string of {_name}"] = (_edit, "a string is referred to that is not in the string table")


@pytest.mark.parametrize(("change", "reason"), INVALID.values(), ids=INVALID)
def test_an_invalid_profile_is_refused_with_the_reason(change: Edit, reason: str) -> None:
    message = basic()
    change(message)
    error = refused(message.SerializeToString())
    assert str(error) == f"not a valid profile: {reason}"
    assert not error.incomplete


def test_profiles_behind_one_another_are_told_by_their_times() -> None:
    data = basic().SerializeToString()
    error = refused(data + data)
    assert "several profiles written one behind the other" in str(error)
    assert not error.incomplete


def test_profiles_behind_one_another_without_times_do_not_fit_together() -> None:
    data = build.builder({"main": 1}).bytes()
    assert "more or fewer values" in str(refused(data + data)) or "the same id" in str(refused(data + data))


def test_a_time_of_0_may_be_followed_by_another() -> None:
    message = basic()
    message.ClearField("time_nanos")
    data = message.SerializeToString() + build.field(9, 0) + build.field(9, 5)
    assert read_profile(data).time_ns == 5


@pytest.mark.parametrize(
    "odd",
    [build.field(9, bytes(8), 1), build.field(7, b"text"), build.field(2, 5), build.field(6, 5), build.field(11, 1)],
    ids=["time", "drop_frames", "sample", "string", "period_type"],
)
def test_a_field_of_another_wire_type_is_refused(odd: bytes) -> None:
    assert str(refused(basic().SerializeToString() + odd)) == "not a valid profile: a field has the wrong wire type"


def test_groups_are_refused() -> None:
    group = build.varint(50 << 3 | 3) + build.varint(50 << 3 | 4)
    assert "wire type" in str(refused(basic().SerializeToString() + group))


@pytest.mark.parametrize("cut", [1, 2, 5])
def test_a_file_cut_inside_a_field_is_incomplete(cut: int) -> None:
    data = basic().SerializeToString() + build.field(6, b"a long string")
    error = refused(data[:-cut])
    assert str(error) == "not a valid profile: it ends in the middle of a field, or is damaged"
    assert error.incomplete


def test_a_file_cut_before_its_strings_is_incomplete() -> None:
    message = basic()
    message.ClearField("string_table")
    assert refused(message.SerializeToString()).incomplete


# Whatever comes


@given(st.binary(max_size=300))
def test_random_bytes_are_refused_or_read(data: bytes) -> None:
    try:
        read_profile(data)
    except ParseError as error:
        assert str(error)
        assert "\n" not in str(error)


def test_every_prefix_of_a_valid_file_is_refused_or_read() -> None:
    data = basic().SerializeToString()
    for end in range(len(data)):
        try:
            read_profile(data[:end])
        except ParseError as error:
            assert str(error)


@settings(max_examples=300)
@given(st.data())
def test_a_valid_file_with_bytes_changed_is_refused_or_read(data: st.DataObject) -> None:
    raw = bytearray(basic().SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        profile = read_profile(bytes(raw))
    except ParseError:
        return
    assert len(profile.stack) == profile.stack_offsets[-1]
    assert profile.stack.max(initial=-1) < profile.n_locations
    assert profile.frames.function.max(initial=-1) < len(profile.functions.name)
    assert profile.functions.name.max(initial=0) < len(profile.strings)


def test_hostile_strings_are_cleaned_wherever_they_appear() -> None:
    message = basic()
    for at in range(1, len(message.string_table)):
        message.string_table[at] = f"\x1b]0;{message.string_table[at]}\x07\u202e\u200b\x00\x9b"
    profile = read(message)
    for text in (
        *profile.strings,
        *profile.comments,
        profile.doc_url,
        profile.default_sample_type,
        profile.drop_frames,
    ):
        assert text == "" or (text.startswith("\\x1b]0;") and text.endswith("\\x07\\u202e\\u200b\\x00\\x9b"))
    assert profile.sample_types[0].type == "\\x1b]0;samples\\x07\\u202e\\u200b\\x00\\x9b"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"a\xffb", "a\\xffb"),
        (b"\xed\xa0\x80", "\\xed\\xa0\\x80"),
        (b"\xc0\xaf", "\\xc0\\xaf"),
        (b"caf\xc3\xa9", "café"),
        (b"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"),
    ],
    ids=["no UTF-8", "surrogate", "overlong", "UTF-8", "beyond Unicode"],
)
def test_bytes_that_are_no_utf8_are_written_out(raw: bytes, shown: str) -> None:
    data = build.with_bytes(basic(), "main.work", raw)
    profile = read_profile(data)
    assert profile.strings[profile.functions.name[0]] == shown


# Progress


def test_progress_is_told_and_may_cancel() -> None:
    made = build.Builder()
    stack = made.stack("main;work")
    for n in range(20_000):
        made.sample(stack, n)
    told: list[tuple[int, int]] = []
    read_profile(made.bytes(), progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert all(0 <= done <= total for done, total in told)
    assert len({total for _, total in told}) == 1

    def stop(done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        read_profile(made.bytes(), progress=stop)
