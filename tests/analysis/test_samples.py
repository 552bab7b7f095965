"""Which sample type is meant, and what all samples add up to."""

import pytest
from hypothesis import given

from analysis.errors import ViewError
from analysis.samples import sample_index, total, weights
from parsers.profile import profile_pb2 as pb
from parsers.profile import read_profile
from tests import build, naive
from tests.strategies import messages


# The cases of the reference's own TestSampleIndexByName.
@pytest.mark.parametrize(
    ("names", "default", "wanted", "index"),
    [
        ("zero default", "", "", 1),
        ("zero default two", "default", "", 1),
        ("zero one default", "non-existent", "", 2),
        ("zero one two", "", "0", 0),
        ("zero default two", "default", "0", 0),
        ("zero one two three", "", "two", 2),
        ("zero default two", "default", "zero", 0),
        ("zero default", "", "inuse_zero", 0),
        # And the other way round it does not work.
        ("inuse_zero inuse_one", "", "inuse_one", 1),
    ],
)
def test_which_sample_type_is_meant(names: str, default: str, wanted: str, index: int) -> None:
    made = build.Builder(*((name, "milliseconds") for name in names.split()))
    made.message.default_sample_type = made.text(default)
    assert sample_index(made.profile(), wanted) == index


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("100", "sample index 100 is out of range: there are 0 to 1"),
        ("2", "sample index 2 is out of range: there are 0 to 1"),
        ("nope", "no sample type “nope”: there are objects, space"),
        ("-1", "no sample type “-1”: there are objects, space"),
        ("٢", "no sample type “٢”: there are objects, space"),
        ("alloc_space", "no sample type “alloc_space”: there are objects, space"),
    ],
)
def test_a_sample_type_that_is_not_there(wanted: str, sentence: str) -> None:
    profile = build.profile({"main": (1, 2)}, types=[("objects", "count"), ("space", "bytes")])
    with pytest.raises(ViewError) as caught:
        sample_index(profile, wanted)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("types", "default", "name"),
    [
        ((("samples", "count"), ("cpu", "nanoseconds")), "", "cpu"),
        (build.HEAP, "", "inuse_space"),
        (build.HEAP, "alloc_space", "alloc_space"),
        ((("contentions", "count"), ("delay", "nanoseconds")), "", "delay"),
        ((("goroutine", "count"),), "", "goroutine"),
    ],
)
def test_the_default_of_gos_profiles(types: tuple[tuple[str, str], ...], default: str, name: str) -> None:
    profile = build.profile({}, types=types, default=default)
    assert profile.sample_types[sample_index(profile)].type == name


def test_weights_are_the_chosen_column() -> None:
    profile = build.profile({"a": (1, 10), "b": (2, -20)}, types=[("n", "count"), ("cpu", "ns")])
    assert weights(profile, 0).tolist() == [1, 2]
    assert weights(profile, 1).tolist() == [10, -20]


# The cases of the reference's own TestComputeTotal.
def test_the_total_is_of_absolute_values() -> None:
    types = [("samples", "count"), ("cpu", "cycles")]
    stacks = {"main": (1, 1), "main;foo": (1, -10), "main;foo;bar": (1, 100)}
    profile = build.profile(stacks, types=types)
    assert (total(profile, 0), total(profile, 1)) == (3, 111)


def test_of_a_diff_the_total_is_that_of_the_base() -> None:
    made = build.Builder()
    for value, base in ((10000, 0), (-10, 1), (1000, 0), (-9000, 1), (-1, 1), (100, 0), (100, 1)):
        made.sample("main;foo", value, labels={"pprof::base": "true"} if base else None)
    assert total(made.profile(), 0) == 9111


def test_a_base_of_nothing_does_not_count() -> None:
    made = build.Builder(("n", "count"), ("cpu", "ns"))
    made.sample("a", 5, 0)
    made.sample("b", 0, 7, labels={"pprof::base": "true"})
    assert total(made.profile(), 0) == 5
    assert total(made.profile(), 1) == 7


def test_only_the_label_true_makes_a_base() -> None:
    made = build.Builder()
    made.sample("a", 5, labels={"pprof::base": "false", "true": "pprof::base"})
    made.sample("b", 7, labels={"pprof::base": (1, "")})
    made.sample("c", 9, labels={"other": "true"})
    assert total(made.profile(), 0) == 21


def test_samples_without_a_stack_count_in_the_total() -> None:
    assert total(build.profile({"": 5, "main": 10}), 0) == 15


@given(messages())
def test_the_total_of_any_profile(message: pb.Profile) -> None:
    profile = read_profile(message.SerializeToString())
    assert [total(profile, i) for i in (0, 1)] == [naive.total(message, i) for i in (0, 1)]
