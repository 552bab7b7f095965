"""Writing profile.proto: what is written is what was read, whatever the profile."""

import gzip
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb
from parsers.profile.encode import encode
from parsers.profile.model import Functions, Labels, ValueType
from tests import build
from tests.parsers.test_decode import basic, contents, read
from tests.strategies import messages, values


def again(profile: Profile) -> Profile:
    return read_profile(encode(profile))


def same(one: Any, other: Any) -> bool:
    """Whether two profiles are equal column by column, their memo left out."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if is_dataclass(one):
        names = [field.name for field in fields(one) if field.name != "memo"]
        return all(same(getattr(one, name), getattr(other, name)) for name in names)
    return bool(one == other)


@given(messages(value=values))
def test_any_profile_is_read_as_it_was(message: pb.Profile) -> None:
    profile = read(message)
    assert contents(again(profile)) == contents(profile)


@given(messages(value=values))
def test_what_has_no_row_too_many_is_the_same_in_every_column(message: pb.Profile) -> None:
    profile = again(read(message))
    assert same(again(profile), profile)
    assert encode(again(profile)) == encode(profile)


def test_everything_a_profile_says_is_written() -> None:
    profile = read(basic())
    assert contents(again(profile)) == contents(profile)
    assert [pb.Profile.FromString(gzip.decompress(encode(profile))).mapping[i].id for i in (0, 1)] == [1, 2]


def test_what_nothing_refers_to_is_left_out_but_for_mappings() -> None:
    made = build.Builder()
    made.mapping("/bin/app")
    lib = made.mapping("/lib/libc.so")
    made.mapping("/lib/unused.so")
    kept = made.location("main.kept", mapping=lib)
    made.location("main.unused", mapping=2)
    made.sample([kept], 1)
    written = pb.Profile.FromString(gzip.decompress(encode(made.profile())))
    texts = written.string_table
    assert [texts[each.filename] for each in written.mapping] == ["/bin/app", "/lib/libc.so", "/lib/unused.so"]
    assert [texts[each.name] for each in written.function] == ["main.kept"]
    assert len(written.location) == 1
    assert written.location[0].mapping_id == written.mapping[1].id
    assert "main.unused" not in texts


def test_the_flag_of_a_mapping_with_functions_is_kept() -> None:
    message = basic()
    message.mapping[0].has_functions = True
    assert again(read(message)).mappings.has_functions.tolist() == [True, False]


def test_a_frame_without_a_function_is_no_line() -> None:
    profile = read(basic())
    frames = replace(profile.frames, function=np.where(np.arange(4) == 1, -1, profile.frames.function).astype(np.int32))
    written = again(replace(profile, frames=frames))
    assert written.frames.line.tolist() == [12, 3, 0]


def test_texts_that_are_in_no_table_yet_are_added() -> None:
    profile = replace(
        read(basic()),
        sample_types=(ValueType("a", "b"), ValueType("c", "d")),
        comments=("new", "", "first"),
        doc_url="",
    )
    written = again(profile)
    assert (written.sample_types, written.comments, written.doc_url) == (profile.sample_types, profile.comments, "")


def test_a_profile_of_nothing_is_written() -> None:
    profile = build.Builder(*build.HEAP).profile()
    assert contents(again(profile)) == contents(profile)


def test_the_bytes_do_not_depend_on_when_or_where() -> None:
    data = encode(read(basic()))
    assert data[:2] == b"\x1f\x8b"
    assert data[4:8] == bytes(4)
    assert encode(read(basic())) == data


@pytest.mark.parametrize("number", [0, 1, 127, 128, 1 << 14, (1 << 63) - 1, -1, -(1 << 63)])
def test_any_integer_is_written(number: int) -> None:
    profile = build.profile({"main;work": 1})
    written = again(replace(profile, values=np.full_like(profile.values, number), duration_ns=number))
    assert written.values.tolist() == [[number]]
    assert written.duration_ns == number


def test_many_samples_keep_their_order_and_labels() -> None:
    made = build.Builder()
    stacks = [made.stack("main;work;leaf"), made.stack("main;work"), []]
    for n in range(20_000):
        made.sample(stacks[n % 3], n - 100, labels={"n": (n, "bytes"), "t": "x"} if n % 1000 == 7 else None)
    profile = made.profile()
    assert same(again(profile).labels, profile.labels)
    assert contents(again(profile)) == contents(profile)


def test_names_that_are_not_text_are_written_out() -> None:
    made = build.profile({"main": 1})
    names = Functions(np.array([1], np.int32), np.array([1], np.int32), np.array([0], np.int32), np.zeros(1, np.int64))
    odd = replace(made, strings=("", "\udcff", "cpu", "nanoseconds"), functions=names, labels=_no_labels())
    assert "\\udcff" in again(odd).strings


def _no_labels() -> Labels:
    empty = np.zeros(0, np.int32)
    return Labels(empty, empty, empty, np.zeros(0, np.int64), empty)
