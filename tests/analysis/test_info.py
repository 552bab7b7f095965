"""What a profile is said to be."""

import pytest

from analysis.info import Kind, info, kind, why_empty
from parsers.profile import Profile
from parsers.profile.model import ValueType
from tests import build

CPU = (("samples", "count"), ("cpu", "nanoseconds"))
DELAY = (("contentions", "count"), ("delay", "nanoseconds"))


def of(*types: tuple[str, str], default: str = "", stack: str = "main") -> Profile:
    return build.profile({stack: (1,) * len(types)}, types=types, default=default)


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (of(*CPU), Kind.CPU),
        (of(*build.HEAP), Kind.HEAP),
        (of(*build.HEAP, default="inuse_space"), Kind.HEAP),
        (of(*build.HEAP, default="alloc_space"), Kind.ALLOCS),
        (of(*DELAY, stack="main;sync.(*Mutex).Lock"), Kind.BLOCK),
        (of(*DELAY, stack="main;runtime.chanrecv1"), Kind.BLOCK),
        (of(*DELAY, stack="main;sync.(*Mutex).Unlock"), Kind.MUTEX),
        (of(*DELAY, stack="main;sync.(*RWMutex).RUnlock"), Kind.MUTEX),
        (of(*DELAY, stack="main;runtime.unlock"), Kind.MUTEX),
        # Not the caller, but who is booked.
        (of(*DELAY, stack="main.unlockAll;sync.(*Mutex).Lock"), Kind.BLOCK),
        (of(("goroutine", "count")), Kind.GOROUTINE),
        (of(("goroutineleak", "count")), Kind.GOROUTINELEAK),
        (of(("threadcreate", "count")), Kind.THREADCREATE),
        (of(("widgets", "count")), Kind.OTHER),
        (of(("alloc_space", "bytes")), Kind.OTHER),
    ],
)
def test_the_kind_of_profile(profile: Profile, expected: Kind) -> None:
    assert kind(profile) is expected


def test_info() -> None:
    made = build.Builder(*CPU)
    mapping = made.mapping("/usr/bin/app", build_id="8f3c")
    made.mapping("/lib/libc.so.6", build_id="other")
    made.sample([made.location("main", mapping=mapping)], 3, -70)
    made.sample("", 1, 20)
    message = made.message
    message.time_nanos, message.duration_nanos, message.period = 5, 6, 7
    message.period_type.type, message.period_type.unit = made.text("cpu"), made.text("nanoseconds")
    message.comment.append(made.text("a comment"))
    message.doc_url = made.text("https://example.com")
    found = info(made.profile())
    assert (found.kind, found.program, found.build_id) == (Kind.CPU, "app", "8f3c")
    assert (found.time_ns, found.duration_ns, found.period) == (5, 6, 7)
    assert found.period_type == ValueType("cpu", "nanoseconds")
    assert [(each.type, each.unit, each.total) for each in found.sample_types] == [
        ("samples", "count", 4),
        ("cpu", "nanoseconds", 90),
    ]
    assert (found.default_sample_type, found.samples, found.functions) == ("cpu", 2, 1)
    assert (found.comments, found.doc_url) == (("a comment",), "https://example.com")


def test_a_profile_that_tells_little() -> None:
    found = info(build.Builder().profile())
    assert (found.program, found.build_id, found.time_ns, found.samples, found.functions) == ("", "", 0, 0, 0)
    assert found.period_type == ValueType("", "")


def test_the_program_is_the_first_binary_whatever_it_is() -> None:
    made = build.Builder()
    made.mapping("/lib/libfoo.so.1")
    made.mapping("/bin/app")
    assert info(made.profile()).program == "libfoo.so.1"


def test_a_profile_with_something_to_show_needs_no_reason() -> None:
    assert why_empty(of(*CPU), 1) == ""
    assert why_empty(build.profile({"a": 5, "b": -5}), 0) == ""


def test_where_there_is_more() -> None:
    profile = build.profile({"main": (3, 4096, 0, 0)}, types=build.HEAP)
    assert why_empty(profile, 3) == "Nothing under inuse_space, but there is under alloc_objects and alloc_space."
    assert why_empty(profile, 1) == ""


@pytest.mark.parametrize(
    ("types", "word"),
    [
        (CPU, "idle"),
        (build.HEAP, "MemProfileRate"),
        (DELAY, "SetBlockProfileRate and SetMutexProfileFraction"),
        ((("goroutineleak", "count"),), "No goroutine has leaked"),
        ((("threadcreate", "count"),), "no stacks"),
    ],
)
def test_why_there_is_nothing(types: tuple[tuple[str, str], ...], word: str) -> None:
    reason = why_empty(build.profile({}, types=types), 0)
    assert reason.startswith("The profile has no samples. ")
    assert word in reason


def test_of_an_unknown_kind_there_is_no_guessing() -> None:
    assert why_empty(build.profile({}, types=[("widgets", "count")]), 0) == "The profile has no samples."
