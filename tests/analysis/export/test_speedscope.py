"""speedscope's format: what its schema asks for, and that weights add up."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.diff import Against, diff
from analysis.export.speedscope import speedscope
from analysis.view import Granularity, View
from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb
from tests import build
from tests.strategies import messages

_UNITS = {"none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"}


def written(profile: Profile, view: View | None = None) -> dict[str, Any]:
    """The file, which holds to the schema (https://www.speedscope.app/file-format-schema.json)."""
    file: dict[str, Any] = json.loads("".join(speedscope(profile, view or View(), "name")))
    assert file["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    assert set(file) == {"$schema", "name", "exporter", "activeProfileIndex", "shared", "profiles"}
    frames = file["shared"]["frames"]
    for frame in frames:
        assert set(frame) <= {"name", "file", "line", "col"}
        assert isinstance(frame["name"], str)
        assert isinstance(frame.get("line", 1), int)
    for each in file["profiles"]:
        assert set(each) == {"type", "name", "unit", "startValue", "endValue", "samples", "weights"}
        assert each["type"] == "sampled"
        assert each["unit"] in _UNITS
        assert len(each["samples"]) == len(each["weights"])
        assert all(0 <= at < len(frames) for sample in each["samples"] for at in sample)
        assert all(weight > 0 for weight in each["weights"])
        assert each["endValue"] - each["startValue"] == sum(each["weights"])
    assert 0 <= file["activeProfileIndex"] < len(file["profiles"])
    return file


def stacks(file: dict[str, Any], at: int) -> dict[str, int]:
    frames, profile = file["shared"]["frames"], file["profiles"][at]
    return {
        ";".join(frames[row]["name"] for row in sample): weight
        for sample, weight in zip(profile["samples"], profile["weights"], strict=True)
    }


@given(messages(value=st.integers(0, 20)))
def test_every_sample_type_adds_up(message: pb.Profile) -> None:
    profile = read_profile(message.SerializeToString())
    file = written(profile)
    assert [sum(each["weights"]) for each in file["profiles"]] == profile.values.sum(axis=0).tolist()


@given(messages())
def test_negative_values_are_on_a_side_of_their_own(message: pb.Profile) -> None:
    profile = read_profile(message.SerializeToString())
    sides = written(profile)["profiles"]
    sums = [sum(each["weights"]) * (-1 if each["name"].endswith(" less") else 1) for each in sides]
    assert sum(sums) == int(profile.values.sum())


def test_all_sample_types_are_there_that_of_the_view_first() -> None:
    profile = build.profile({"main;work": (1, 2, 3, 4), "main": (5, 6, 7, 0)}, types=build.HEAP)
    file = written(profile, View(sample="alloc_space"))
    assert [(each["name"], each["unit"]) for each in file["profiles"]] == [
        ("alloc_objects", "none"),
        ("alloc_space", "bytes"),
        ("inuse_objects", "none"),
        ("inuse_space", "bytes"),
    ]
    assert file["activeProfileIndex"] == 1
    assert stacks(file, 0) == {"main;work": 1, "main": 5}
    assert stacks(file, 3) == {"main;work": 4}


def test_units_are_converted_to_those_that_the_format_has() -> None:
    profile = build.profile({"main": (2, 3)}, types=(("time", "milliseconds"), ("size", "kilobytes")))
    found = [(each["unit"], each["weights"]) for each in written(profile)["profiles"]]
    assert found == [("nanoseconds", [2_000_000]), ("bytes", [3072])]


def test_functions_say_where_they_are_declared_and_lines_where_they_are() -> None:
    profile = build.profile({"main.main@/src/main.go:7": 1}, start_lines={"main.main": 5})
    assert written(profile)["shared"]["frames"][0] == {"name": "main.main", "file": "/src/main.go", "line": 5}
    by_line = written(profile, View(granularity=Granularity.LINES))
    assert by_line["shared"]["frames"][0] == {"name": "main.main", "file": "/src/main.go", "line": 7}


def test_a_difference_is_the_base_and_what_is_new() -> None:
    new, base = build.profile({"a": 5, "b": 1}), build.profile({"a": 3, "c": 4})
    file = written(diff(new, base))
    assert [each["name"] for each in file["profiles"]] == ["cpu base", "cpu new"]
    assert (stacks(file, 0), stacks(file, 1)) == ({"a": 3, "c": 4}, {"a": 5, "b": 1})
    assert file["activeProfileIndex"] == 1


def test_what_does_not_say_which_side_it_is_of_grew_or_shrank() -> None:
    new, base = build.profile({"a": 5, "b": 1}), build.profile({"a": 3, "c": 4})
    file = written(diff(new, base, against=Against.BASE))
    assert [each["name"] for each in file["profiles"]] == ["cpu more", "cpu less"]
    assert (stacks(file, 0), stacks(file, 1)) == ({"a": 2, "b": 1}, {"c": 4})


@pytest.mark.parametrize("name", ['quote"s', "</script>", "back\\slash", "ünïcode"])
def test_any_name_is_itself(name: str) -> None:
    made = build.Builder()
    made.sample([made.location(build.Frame(name))], 1)
    assert written(made.profile())["shared"]["frames"][0]["name"] == name
