"""drop_frames and keep_frames, held against a plain reading of the reference's rule."""

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.prune import prune
from analysis.top import ranked, top
from analysis.view import View
from parsers.profile import Profile, read_profile
from parsers.profile import profile_pb2 as pb
from tests import build, naive
from tests.strategies import messages


def stacks(profile: Profile) -> list[str]:
    """Every sample's stack from the root, as text."""
    offsets, names = profile.locations.frame_offsets, profile.functions.name
    found = []
    for a, b in zip(profile.stack_offsets[:-1], profile.stack_offsets[1:], strict=True):
        locations = [
            ">".join(
                profile.strings[names[profile.frames.function[frame]]]
                for frame in reversed(range(offsets[location], offsets[location + 1]))
            )
            for location in reversed(profile.stack[a:b])
        ]
        found.append(";".join(locations))
    return found


def pruned(stack: str, drop: str, keep: str = "") -> str:
    return stacks(prune(build.profile({stack: 1}, drop=drop, keep=keep)))[0]


# The cases of the reference's own TestPrune.
def test_the_references_first_case() -> None:
    made = build.builder({}, drop="fu.*[12]|banana", keep=".*[n2][n2]")
    one = made.location("main", address=1)
    two = made.location("fun2", "fun1", address=2)
    three = made.location("fun1", "fun3", address=3)
    four = made.location("fun5", "fun1", "fun3", address=4)
    for stack in ([one], [two, one], [three, one], [four, one], [four, three, two, one]):
        made.sample(stack, 1)
    assert stacks(prune(made.profile())) == ["main", "main;fun2", "main", "main;fun5", "main;fun2"]


def test_the_references_second_case() -> None:
    """Arguments are no part of a name, but what is in brackets may be."""
    names = [
        "unsimplified_fun(int)",
        "Foo::(anonymous namespace)::Test::Bar",
        "Hello::(anonymous namespace)::World(const Foo::(anonymous namespace)::Test::Bar)",
        "Foo::operator()(::Bar)",
    ]
    drop = r"unsimplified_fun\(int\)|.*Foo::.*::Bar.*|.*operator\(\)"
    assert [pruned(f"main;{name}", drop) for name in names] == [
        f"main;{names[0]}",
        "main",
        f"main;{names[2]}",
        "main",
    ]


@pytest.mark.parametrize(
    ("stack", "left"),
    [
        ("main;drop;leaf", "main"),
        ("main;a;drop", "main;a"),
        ("main;drop;a;drop;b", "main"),
        # Nothing goes before the first frame that does not match, so that no stack goes whole.
        ("drop", "drop"),
        ("drop;drop", "drop;drop"),
        ("drop;main;leaf", "drop;main;leaf"),
        ("drop;main;drop;leaf", "drop;main"),
        # The expression is for the whole name.
        ("main;dropped;leaf", "main;dropped;leaf"),
        ("main;xdrop;leaf", "main;xdrop;leaf"),
        # One leading dot is no part of a name.
        ("main;.drop;leaf", "main"),
        ("main;..drop;leaf", "main;..drop;leaf"),
        # A match that was inlined takes what it called, and its caller stays.
        ("main;out>drop;leaf", "main;out"),
        ("main;out>drop>in;leaf", "main;out"),
        ("main;drop>in;leaf", "main"),
        ("main;out>mid>in;leaf", "main;out>mid>in;leaf"),
        # Even where the location stays, what was inlined into it goes.
        ("out>drop;leaf", "out;leaf"),
        ("", ""),
    ],
)
def test_what_goes(stack: str, left: str) -> None:
    assert pruned(stack, "drop") == left


def test_what_is_to_be_kept_stays() -> None:
    assert pruned("main;runtime.panic;leaf", r"runtime\..*", "runtime.panic") == "main;runtime.panic;leaf"
    assert pruned("main;runtime.mallocgc;leaf", r"runtime\..*", "runtime.panic") == "main"


def test_alternatives_are_anchored_as_a_whole() -> None:
    assert pruned("main;ax;leaf", "a|b") == "main;ax;leaf"
    assert pruned("main;b;leaf", "a|b") == "main"


@pytest.mark.parametrize(("drop", "keep"), [("(", ""), ("drop", "("), ("", "drop"), ("", "")])
def test_a_bad_expression_or_none_drops_nothing(drop: str, keep: str) -> None:
    profile = build.profile({"main;drop;leaf": 1}, drop=drop, keep=keep)
    assert prune(profile) is profile


def test_frames_without_a_function_never_match() -> None:
    made = build.builder({}, drop=".*")
    made.sample([made.location(), made.location("")], 1)
    assert prune(made.profile()).stack.tolist() == [0, 1]


def test_the_weight_stays_and_the_original_too() -> None:
    profile = build.profile({"main;drop;leaf": 5, "main;a": 1}, drop="drop")
    assert top(profile, View()).cum.sum() == 17
    result = top(prune(profile), View())
    assert {result.nodes.label(n): int(result.flat[n]) for n in ranked(result)} == {"main": 5, "a": 1}
    assert stacks(profile) == ["main;drop;leaf", "main;a"]


def by_the_book(message: pb.Profile, drop: str, keep: str) -> pb.Profile:
    """The rule as the reference walks it: locations first, then each sample from its root."""
    kept = pb.Profile()
    kept.CopyFrom(message)
    names = {f.id: message.string_table[f.name].removeprefix(".") for f in message.function}
    whole, touched = set(), set()
    for location in kept.location:
        for at in reversed(range(len(location.line))):
            name = names[location.line[at].function_id].partition("(")[0]
            if name and re.fullmatch(drop, name) and not (keep and re.fullmatch(keep, name)):
                touched.add(location.id)
                if at == len(location.line) - 1:
                    whole.add(location.id)
                else:
                    del location.line[: at + 1]
                break
    for sample in kept.sample:
        ids, found_user = list(sample.location_id), False
        for at in reversed(range(len(ids))):
            if ids[at] not in touched:
                found_user = True
            elif found_user:
                sample.location_id[:] = ids[at + (ids[at] in whole) :]
                break
    return kept


@settings(max_examples=200)
@given(
    messages(),
    st.sampled_from([r"main\..*", "main.work", r"runtime\..*|main.work", ".*"]),
    st.sampled_from(["", ".*main"]),
)
def test_any_profile_as_a_plain_reading_has_it(message: pb.Profile, drop: str, keep: str) -> None:
    message.string_table.extend([drop, keep])
    message.drop_frames, message.keep_frames = len(message.string_table) - 2, len(message.string_table) - 1
    result = top(prune(read_profile(message.SerializeToString())), View(sample="0"))
    expected = naive.Reading(by_the_book(message, drop, keep)).top(0)
    assert Counter((result.nodes.label(n), int(result.flat[n]), int(result.cum[n])) for n in ranked(result)) == Counter(
        (naive.label(key), flat, cum) for key, (flat, cum) in expected.items() if flat or cum
    )
