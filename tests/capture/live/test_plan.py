"""What is to be recorded, as it is typed into the screen's line: understood, written back, or said to be wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.live import USUAL_TAKE
from capture.live.plan import EVERY, KEEP, MOST, SCRAPE, Plan, plan_of, written
from capture.live.rules.language import rule
from capture.live.take import takes
from capture.open import CaptureError
from parsers.text import clean


def test_what_is_left_out_is_as_usual() -> None:
    addresses, plan = plan_of("http://localhost:6060")
    assert addresses == ["http://localhost:6060"]
    assert plan == Plan(takes(USUAL_TAKE), EVERY, 0.0, KEEP, MOST)
    assert plan_of("") == ([], plan)


def test_everything_can_be_said() -> None:
    addresses, plan = plan_of(
        " a:1 b:2 every 30s take cpu=5s,heap for 1h keep 20 max 100MB when go_goroutines > 5000 for 30s "
    )
    assert addresses == ["a:1", "b:2"]
    assert (plan.every, plan.lasting, plan.keep, plan.most) == (30, 3600, 20, 100 << 20)
    assert plan.takes == takes("cpu=5s,heap")
    assert [each.text for each in plan.rules] == ["go_goroutines > 5000 for 30s"]


def test_a_rule_alone_takes_captures_alone() -> None:
    _, plan = plan_of("a:1 when go_goroutines > 5000 when go_threads > 100")
    assert plan.every == 0 and len(plan.rules) == 2
    assert plan_of("when go_goroutines > 5000")[0] == []


def test_metrics_are_looked_at_as_often_as_a_rule_needs() -> None:
    _, usual = plan_of("a:1 when rate(process_cpu_seconds_total[1m]) > 0.8")
    _, short = plan_of("a:1 when rate(process_cpu_seconds_total[6s]) > 0.8 and go_goroutines > 1")
    assert (usual.scrape, short.scrape) == (SCRAPE, 2.0)
    with pytest.raises(CaptureError, match="in 6s metrics are not looked at twice, for that is done every 5s"):
        Plan(rules=(rule("rate(process_cpu_seconds_total[6s]) > 0.8"),))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a:1 every", "“every” wants one word behind it, once: every 60s"),
        ("a:1 every 1s 2s", "“every” wants one word"),
        ("a:1 every 1s every 2s", "“every” wants one word"),
        ("a:1 every soon", "every: “soon” is not a time"),
        ("a:1 every 10ms", "every: 10ms is too little: at least 1s"),
        ("a:1 keep some", "keep: “some” is not a number"),
        ("a:1 max big", "max: “big” is not a size"),
        ("a:1 take nothing=1s", "no difference of nothing"),
        ("a:1 when", "is no rule"),
        ("a:1 when go_goroutines", "is no rule"),
    ],
)
def test_what_is_wrong_is_said(text: str, says: str) -> None:
    with pytest.raises(CaptureError, match=says):
        plan_of(text)


def test_words_say_what_will_be_done() -> None:
    assert str(plan_of("a:1 every 30s take cpu=5s,heap keep 20")[1]) == (
        "every 30 s; cpu=5s, heap; the newest 20 of each kind stay, 1,024 MB at most"
    )
    assert "when go_goroutines > 5" in str(plan_of("a:1 keep 0 max 0 when go_goroutines > 5")[1])


_WORDS = [
    "a:1",
    "every",
    "take",
    "for",
    "keep",
    "max",
    "when",
    "60s",
    "1h",
    "heap,cpu=5s",
    "20",
    "1GB",
    "x > 1",
    "\x1b",
]


@given(st.lists(st.sampled_from(_WORDS), max_size=12).map(" ".join))
def test_what_is_understood_is_written_as_it_was(text: str) -> None:
    try:
        addresses, plan = plan_of(text)
    except CaptureError as error:
        assert clean(str(error)) == str(error)
    else:
        assert plan_of(written(addresses, plan)) == (addresses, plan)
