"""The labels in Top: what a row weighs is what is left by the filter that it stands for."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.filters import filtered
from analysis.view import FilterKind, View
from capture.open import read
from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb
from tests import build
from tests.strategies import messages
from tests.tui.running import CPU, HEAP
from tui.place import Amounts, Place
from tui.rows.label_rows import KEY, NONE, Labels, labels
from tui.rows.labels import labels_content


def weight(profile: Profile, view: View) -> int:
    return int(filtered(profile, view).values[:, -1].sum())


def rows(profile: Profile) -> Labels:
    return labels(profile, View(), int(profile.values[:, -1].sum()))


def check(profile: Profile, *, single: bool) -> None:
    """`single`: no sample has two values of a key."""
    found, whole = rows(profile), int(profile.values[:, -1].sum())
    for row in range(len(found)):
        value = found.at(row)[1]
        only = View(filters=found.filters(row, FilterKind.FOCUS))
        without = View(filters=found.filters(row, FilterKind.IGNORE))
        if value == KEY:
            assert weight(profile, only) == whole  # all samples, by its values
            assert not single or whole - weight(profile, without) == found.weight(row)
        elif value == NONE:
            assert not single or weight(profile, only) == found.weight(row)
            if without.filters:
                assert not single or weight(profile, without) == whole - found.weight(row)
        else:
            assert weight(profile, only) == found.weight(row)
            assert weight(profile, without) == whole - found.weight(row)


@pytest.mark.parametrize("path", [CPU, HEAP], ids=lambda path: path.name)
def test_a_row_weighs_what_its_filter_leaves(path: Path) -> None:
    check(read(path), single=True)


@given(messages(types=1, value=st.integers(1, 20)))
def test_of_any_profile(message: pb.Profile) -> None:
    for sample in message.sample:
        kept = {label.key: label for label in sample.label}
        copies = [pb.Label.FromString(label.SerializeToString()) for label in kept.values()]
        del sample.label[:]
        sample.label.extend(copies)
    check(read_profile(message.SerializeToString()), single=True)


@pytest.mark.parametrize("value", ["a,b", "5", "1kb:2kb", "=x", "[", "^a$", "a b", "\\", "é", "a|b"])
def test_a_text_is_never_anything_else(value: str) -> None:
    profile = build.profile({"m": 3, "n": 5}, labels={"m": {"k": value}, "n": {"k": f"{value}x"}})
    check(profile, single=True)


def test_numbers_that_read_alike_are_one_row() -> None:
    profile = build.profile(
        {"a": 1, "b": 2, "c": 4}, labels={"a": {"k": (1 << 20, "bytes")}, "b": {"k": ((1 << 20) + 1, "bytes")}}
    )
    found = rows(profile)
    assert [found.weight(row) for row in range(len(found))] == [3, 3, 4]
    check(profile, single=True)


def test_what_is_shown() -> None:
    content = labels_content(read(CPU), Place(labels=True), Amounts.VALUE)
    assert content.table is not None
    cells = [[column.text(row).strip() for column in content.table.columns] for row in range(3)]
    assert cells == [
        ["7070ms", "82.21%", "", "endpoint  (2 values)"],
        ["6940ms", "80.70%", "98.16%", "/v1/clean"],
        ["130ms", "1.51%", "1.84%", "/v1/validate"],
    ]
    assert labels_content(build.profile({"a": 1}), Place(labels=True), Amounts.VALUE).reason
