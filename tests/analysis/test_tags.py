"""Labels, as `go tool pprof -tags` sums them."""

from collections import defaultdict

import pytest
from hypothesis import given

from analysis.errors import ViewError
from analysis.tags import Tag, number_units, tags
from analysis.units import label
from analysis.view import View
from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb
from tests import build
from tests.strategies import messages


def labelled(*samples: tuple[int, dict[str, build.Label]]) -> Profile:
    made = build.Builder()
    for value, labels in samples:
        made.sample("main", value, labels=labels)
    return made.profile()


def values(profile: Profile, key: str, unit: str = "auto") -> tuple[tuple[str, int], ...]:
    return next(tag.values for tag in tags(profile, View(), unit) if tag.key == key)


def test_keys_come_by_name_and_values_by_weight_and_then_by_name() -> None:
    profile = labelled(
        (5, {"path": "/b", "job": "x"}), (9, {"path": "/c"}), (5, {"path": "/a"}), (-20, {"path": "/d"}), (100, {})
    )
    assert tags(profile, View()) == (
        Tag("job", 5, (("x", 5),)),
        Tag("path", -1, (("/d", -20), ("/c", 9), ("/a", 5), ("/b", 5))),
    )


def test_equal_values_add_up() -> None:
    assert values(labelled((5, {"k": "a"}), (7, {"k": "a"}), (1, {"k": "b"})), "k") == (("a", 12), ("b", 1))


def test_a_sample_counts_for_each_of_its_values() -> None:
    made = build.builder({"main": 5})
    for value in ("a", "b"):
        made.message.sample[0].label.add(key=made.text("k"), str=made.text(value))
    assert tags(made.profile(), View()) == (Tag("k", 10, (("a", 5), ("b", 5))),)


def test_numbers_are_written_in_their_unit() -> None:
    profile = labelled((5, {"size": (4096, "bytes")}), (6, {"size": (1 << 20, "bytes")}))
    assert values(profile, "size") == (("1MB", 6), ("4kB", 5))
    assert values(profile, "size", "kB") == (("1024kB", 6), ("4kB", 5))


def test_numbers_that_are_written_alike_add_up() -> None:
    profile = labelled((5, {"t": (1_000_000_001, "ns")}), (6, {"t": (1_000_000_002, "ns")}))
    assert values(profile, "t") == (("1s", 11),)


@pytest.mark.parametrize(
    ("samples", "key", "unit"),
    [
        ([{"k": (1, "bytes")}, {"k": (2, "kilobytes")}], "k", "bytes"),
        ([{"k": (1, "")}, {"k": (2, "kilobytes")}], "k", "kilobytes"),
        ([{"bytes": (1, "")}], "bytes", "bytes"),
        ([{"alignment": (8, "")}], "alignment", "bytes"),
        ([{"request": (8, "")}], "request", "bytes"),
        ([{"other": (8, "")}], "other", "other"),
    ],
)
def test_the_unit_of_a_key_is_the_first_there_is_or_else_its_name(
    samples: list[dict[str, build.Label]], key: str, unit: str
) -> None:
    assert number_units(labelled(*((1, each) for each in samples)))[key] == unit


def test_gos_heap_label_is_in_bytes() -> None:
    assert values(labelled((5, {"bytes": (8192, "")})), "bytes") == (("8kB", 5),)


def test_a_number_of_a_key_without_a_unit_is_bare() -> None:
    assert values(labelled((5, {"shard": (3, "")})), "shard") == (("3", 5),)


def test_a_number_of_nothing_with_a_unit_is_a_value() -> None:
    assert values(labelled((5, {"size": (0, "bytes")})), "size") == (("0", 5),)


def test_a_key_may_have_texts_and_numbers() -> None:
    profile = labelled((5, {"k": "a"}), (6, {"k": (7, "")}))
    assert tags(profile, View()) == (Tag("k", 11, (("7", 6), ("a", 5))),)


def test_without_labels_there_is_nothing() -> None:
    assert tags(build.profile({"main": 1}), View()) == ()
    assert tags(build.Builder().profile(), View()) == ()


def test_the_sample_type_is_the_views() -> None:
    profile = build.profile({"a": (1, 2, 3, 4)}, types=build.HEAP, labels={"a": {"k": "v"}})
    assert tags(profile, View(sample="alloc_space")) == (Tag("k", 2, (("v", 2),)),)
    with pytest.raises(ViewError):
        tags(profile, View(sample="cpu"))


@given(messages())
def test_any_profile_as_a_plain_reading_has_it(message: pb.Profile) -> None:
    texts = message.string_table
    units: dict[str, str] = {}
    for sample in message.sample:
        for each in sample.label:
            if not each.str and each.num_unit:
                units.setdefault(texts[each.key], texts[each.num_unit])
    expected: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for sample in message.sample:
        for each in sample.label:
            key = texts[each.key]
            if each.str:
                expected[key][texts[each.str]] += sample.value[0]
            elif each.num or each.num_unit:
                expected[key][label(each.num, units.get(key, key))] += sample.value[0]
    found = tags(read_profile(message.SerializeToString()), View(sample="0"))
    assert {tag.key: dict(tag.values) for tag in found} == expected
    assert all(tag.weight == sum(expected[tag.key].values()) for tag in found)
