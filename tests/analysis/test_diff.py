"""Differences: rows, samples and totals against a plain reading, and the reference's figures of the sample profiles."""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.diff import Against, diff
from analysis.errors import ViewError
from analysis.info import info
from analysis.prune import prune
from analysis.samples import total
from analysis.tags import tags
from analysis.top import ranked, top
from analysis.view import Granularity, View
from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb
from tests import build, naive
from tests.strategies import messages

SAMPLES = Path(__file__).parents[2] / "sample-profiles"
BEFORE, AFTER = (read_profile((SAMPLES / f"dataclean.{name}.pb.gz").read_bytes()) for name in ("cpu", "cpu-after"))
either = st.sampled_from(Against)


def read(message: pb.Profile) -> Profile:
    return read_profile(message.SerializeToString())


def rows(profile: Profile, granularity: Granularity = Granularity.FUNCTIONS) -> Counter[tuple[str, int, int]]:
    result = top(profile, View(sample="0", granularity=granularity))
    return Counter((result.nodes.label(n), int(result.flat[n]), int(result.cum[n])) for n in ranked(result))


def copy(message: pb.Profile) -> pb.Profile:
    copied = pb.Profile()
    copied.CopyFrom(message)
    return copied


def less(message: pb.Profile, against: Against) -> pb.Profile:
    """A base as it is merged: every value negative, and marked under DIFF_BASE."""
    base = copy(message)
    key = len(base.string_table)
    base.string_table.extend(["pprof::base", "true"])
    for sample in base.sample:
        sample.value[:] = [-value for value in sample.value]
        if against is Against.DIFF_BASE:
            sample.label.add(key=key, str=key + 1)
    return base


def normalized(new: pb.Profile, base: pb.Profile) -> pb.Profile:
    """`new` with sums as in `base`, as far as rounding allows; what comes to nothing is left out."""
    scaled = copy(new)
    columns = range(len(new.sample_type))
    sums = [[sum(sample.value[i] for sample in each.sample) for i in columns] for each in (base, new)]
    ratios = [wanted / own if own else 0.0 for wanted, own in zip(*sums, strict=True)]
    del scaled.sample[:]
    for sample in new.sample:
        values = [
            int(Decimal(value * ratio).quantize(Decimal(1), ROUND_HALF_UP))
            for value, ratio in zip(sample.value, ratios, strict=True)
        ]
        # A sample goes when nothing is left of it in the types that were scaled, whatever it has in others.
        if any(value for value, ratio in zip(values, ratios, strict=True) if ratio != 1) or ratios == [1, 1]:
            scaled.sample.add().CopyFrom(sample)
            scaled.sample[-1].value[:] = values
    return scaled


@given(messages(), messages(), either)
def test_samples_are_those_of_both_and_equal_ones_cancel(new: pb.Profile, base: pb.Profile, against: Against) -> None:
    found = diff(read(new), read(base), against=against)
    expected = naive.distinct_samples([new, less(base, against)])
    assert Counter(map(tuple, found.values.tolist())) == expected


@given(messages(), messages(), either)
def test_the_total_is_of_the_base_or_of_what_is_left(new: pb.Profile, base: pb.Profile, against: Against) -> None:
    of_base = naive.distinct_samples([base]) if against is Against.DIFF_BASE else Counter[tuple[int, ...]]()
    left = naive.distinct_samples([new, less(base, against)])
    expected = [sum(abs(values[0]) * n for values, n in each.items()) for each in (of_base, left)]
    assert total(diff(read(new), read(base), against=against), 0) == (expected[0] or expected[1])


@given(messages(), messages(), either, st.sampled_from([each for each in Granularity if each != "addresses"]))
def test_rows_are_those_of_the_new_one_less_those_of_the_base(
    new: pb.Profile, base: pb.Profile, against: Against, granularity: Granularity
) -> None:
    expected: dict[naive.Key, list[int]] = {}
    for message, sign in ((new, 1), (base, -1)):
        for key, (flat, cum) in naive.Reading(message, granularity).top(0).items():
            sums = expected.setdefault(key, [0, 0])
            sums[:] = sums[0] + sign * flat, sums[1] + sign * cum
    wanted = Counter((naive.label(key), flat, cum) for key, (flat, cum) in expected.items() if flat or cum)
    assert rows(diff(read(new), read(base), against=against), granularity) == wanted


@given(messages(), messages(), either)
def test_normalizing_scales_the_new_one(new: pb.Profile, base: pb.Profile, against: Against) -> None:
    found = diff(read(new), read(base), against=against, normalize=True)
    expected = naive.distinct_samples([normalized(new, base), less(base, against)])
    assert Counter(map(tuple, found.values.tolist())) == expected


@given(messages())
def test_nothing_differs_from_itself(message: pb.Profile) -> None:
    profile = read(message)
    assert not rows(diff(profile, profile))
    assert diff(profile, profile, against=Against.BASE).n_samples == 0


def test_what_was_pruned_before_gives_the_same_rows() -> None:
    stacks = {"main;work;malloc;arena": 5, "main;work;malloc": 2, "main;other": 1}
    new = build.profile(stacks, drop="malloc")
    base = build.profile({"main;work;malloc;arena": 1, "main;other": 4}, drop="malloc")
    after, before = prune(diff(new, base)), diff(prune(new), prune(base))
    assert rows(after) == rows(before) == Counter([("main", 0, 3), ("work", 6, 6), ("other", -3, -3)])
    assert total(after, 0) == total(before, 0) == 5
    assert rows(prune(before)) == rows(before)


def test_the_base_carries_its_mark_in_place_of_another() -> None:
    base = build.profile({"f": 3}, labels={"f": {"pprof::base": "false", "tenant": "t1"}})
    found = {tag.key: tag.values for tag in tags(diff(build.profile({"f": 5}), base), View())}
    assert found == {"pprof::base": (("true", -3),), "tenant": (("t1", -3),)}


def test_types_and_units_are_made_alike() -> None:
    new = build.profile({"f": (1, 2)}, types=(("samples", "count"), ("cpu", "milliseconds")))
    base = build.profile({"f": (500, 9)}, types=(("cpu", "microseconds"), ("other", "count")))
    found = diff(new, base)
    assert [(each.type, each.unit) for each in found.sample_types] == [("cpu", "microseconds")]
    assert rows(found) == Counter([("f", 1500, 1500)])
    with pytest.raises(ViewError, match="no sample type in common"):
        diff(new, build.profile({"f": 1}, types=(("other", "count"),)))


def test_values_that_a_float_does_not_hold_are_those_of_the_reference() -> None:
    new, odd = build.profile({"f": 3}), build.profile({"f": (1 << 53) + 1})
    assert rows(diff(new, odd)) == Counter([("f", 3 - (1 << 53), 3 - (1 << 53))])
    least = build.profile({"f": -(1 << 63)})
    assert rows(diff(build.profile({"g": 0}), least)) == Counter([("f", -(1 << 63), -(1 << 63))])


@pytest.mark.parametrize(
    ("against", "normalize", "whole", "hashing", "cleaning"),
    [
        (Against.DIFF_BASE, False, 8_600_000_000, (-1_040_000_000, -1_040_000_000), (-560_000_000, -6_420_000_000)),
        (Against.BASE, False, 8_880_000_000, (-1_040_000_000, -1_040_000_000), (-560_000_000, -6_420_000_000)),
        (Against.DIFF_BASE, True, 8_600_000_000, (-1_040_000_000, -1_040_000_000), (-560_000_000, -6_203_684_211)),
    ],
)
def test_before_and_after_the_fix_of_dataclean(
    against: Against, normalize: bool, whole: int, hashing: tuple[int, int], cleaning: tuple[int, int]
) -> None:
    found = diff(AFTER, BEFORE, against=against, normalize=normalize)
    result = top(found, View())
    weights = {result.nodes.label(n): (int(result.flat[n]), int(result.cum[n])) for n in ranked(result)}
    assert result.total == whole
    assert weights["crypto/internal/fips140/sha256.blockSHANI"] == hashing
    assert weights["main.(*Cleaner).heavyCalculation"] == cleaning
    assert info(found).time_ns == BEFORE.time_ns
    assert info(found).duration_ns == BEFORE.duration_ns + AFTER.duration_ns
