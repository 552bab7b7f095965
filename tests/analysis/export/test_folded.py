"""Folded stacks: what they add up to, and that nothing in a name ends a frame or a line."""

from hypothesis import given

from analysis.diff import Against, diff
from analysis.export.folded import folded
from analysis.view import Granularity, View
from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb
from tests import build
from tests.strategies import messages


def lines(profile: Profile, view: View | None = None) -> list[str]:
    return "".join(folded(profile, view or View())).splitlines()


def test_a_line_is_a_stack_and_what_it_weighs() -> None:
    profile = build.profile({"main;work": 3, "main": 1, "main;work;leaf": 2, "init": 4})
    assert lines(profile) == ["init 4", "main 1", "main;work 3", "main;work;leaf 2"]


def test_the_sample_type_and_the_granularity_are_those_of_the_view() -> None:
    profile = build.profile({"main@/a.go:3;work@/b.go:7": (1, 10)}, types=(("samples", "count"), build.CPU))
    assert lines(profile) == ["main;work 10"]
    view = View(sample="samples", granularity=Granularity.LINES)
    assert lines(profile, view) == ["main /a.go:3;work /b.go:7 1"]


@given(messages())
def test_the_lines_add_up(message: pb.Profile) -> None:
    profile = read_profile(message.SerializeToString())
    found = lines(profile)
    assert sum(int(line.rpartition(" ")[2]) for line in found) == int(profile.values[:, -1].sum())
    assert len({line.rpartition(" ")[0] for line in found}) == len(found)


def test_names_are_no_frames_of_their_own() -> None:
    profile = build.profile({"main": 1})
    odd = read_profile(build.with_bytes(build.builder({"main": 1}).message, "main", b"a;b\nc d"))
    assert lines(profile) == ["main 1"]
    assert lines(odd) == ["a:b\\nc d 1"]


def test_a_stack_without_frames_is_a_line_as_well() -> None:
    assert lines(build.profile({"": 3, "main": 1})) == ["[no frames] 3", "main 1"]


def test_a_difference_has_what_there_was_and_what_there_is() -> None:
    new, base = build.profile({"a": 5, "b": 1, "c": 2}), build.profile({"a": 3, "b": 1, "d": 4})
    assert lines(diff(new, base)) == ["a 3 5", "b 1 1", "c 0 2", "d 4 0"]
    assert lines(diff(new, base, against=Against.BASE)) == ["a 2", "c 2", "d -4"]
