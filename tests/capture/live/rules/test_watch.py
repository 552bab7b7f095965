"""When rules fire, and what they say."""

import math
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.live.rules.language import rule
from capture.live.rules.watch import Rules
from tests.capture.live.rules.scrapes import numbers

EVERY = 5.0


class Process:
    """A process that rules look at; moments are seconds, texts what is scraped, None where that fails."""

    def __init__(self, *texts: str, cool_down: float = 0) -> None:
        self.rules = Rules([rule(text) for text in texts], cool_down, EVERY)
        self.now = 0.0
        self.said: list[str] = []
        self.fired: list[tuple[float, str]] = []

    def says(self, text: str | None, after: float = EVERY) -> "Process":
        self.now += after
        if text is None:
            self.rules.failed(self.now)
        else:
            self.fired += [(self.now, each.because) for each in self.rules.scraped(self.now, text)]
        self.said += self.rules.news()
        return self

    def gauge(self, values: str, name: str = "a") -> "Process":
        """Scrapes with one value each, `_` where a scrape fails."""
        for each in numbers(values):
            self.says(None if each is None else f"{name} {each}\n")
        return self

    @property
    def moments(self) -> list[float]:
        return [moment for moment, _ in self.fired]

    @property
    def state(self) -> str:
        return self.rules.watchers[0].state


def test_a_rule_fires_once_it_has_held_for_long_enough() -> None:
    process = Process("a > 5 for 30s").gauge("6+0x5")
    assert (process.moments, process.state) == ([], "holds for 25 s of 30 s")
    assert process.gauge("6+0x9").moments == [35]


def test_what_a_rule_says() -> None:
    process = Process("go_goroutines > 5000 for 30s").gauge("4000 6000+100x5 7312", "go_goroutines")
    assert process.fired == [(40, "go_goroutines > 5000 for 30s: go_goroutines 7,312 for 30 s")]


def test_states() -> None:
    process = Process("a > 5 for 10s until < 3", cool_down=60)
    assert process.state == "no metrics to look at"
    assert process.gauge("1").state == "does not hold"
    assert process.gauge("6 7").state == "holds for 5 s of 10 s"
    assert process.gauge("8").state == "fired, armed again when < 3"
    assert process.gauge("4").state == "fired, armed again when < 3"
    assert process.gauge("2").state == "fired, armed again in 50 s"
    assert process.gauge("2+0x10").state == "does not hold"
    assert process.gauge("6 6 _").state == "holds for 10 s of 10 s"
    assert process.gauge("1").state == "does not hold"
    assert process.gauge("_ _ _ _").state == "no metrics to look at"


@pytest.mark.parametrize(
    ("text", "cool_down", "values", "moments"),
    [
        ("a > 5", 0, "6 6 6 4 6", [5, 25]),
        ("a > 5", 30, "6 6 6 4 6 6 6 6", [5, 35]),
        ("a > 5 for 10s", 0, "6 6 4 6 6 4 6 6 6 6", [45]),
        ("a > 5 for 10s", 0, "6 6 nan 6 6 6", [30]),
        ("a > 5 until < 3", 0, "6 4 6 4 6 2 4 6", [5, 40]),
        ("a > 5 until < 3", 50, "6 2 4 6 6 6 6 6 6 6 6 6", [5, 55]),
        ("a > 5 until < 3 for 10s", 0, "6 6 6 2 6 6 6", [15, 35]),
        ("a > 5 for 10s", 0, "6 _ 6", [15]),
        ("a > 5 for 10s", 0, "6 _ _ 6", [20]),
        ("a > 5 for 10s", 0, "6 _ _ _ 6 6 6", [35]),
        ("a > 5 for 30s", 0, "6 6 _ _ _ _", []),
        ("absent(a)", 0, "6 _ _ _ _ _ _", []),
        ("increase(a[15s]) > 5", 0, "0 1 2 3 9 9 9", [25]),
    ],
)
def test_when_a_rule_fires(text: str, cool_down: float, values: str, moments: Sequence[float]) -> None:
    assert Process(text, cool_down=cool_down).gauge(values).moments == moments


def test_between_two_scrapes_far_apart_nothing_is_known() -> None:
    process = Process("a > 5 for 30s").says("a 6\n").says("a 6\n", after=300)
    assert not process.fired
    assert process.says("a 6\n").state == "holds for 5 s of 30 s"


def test_one_series_must_hold_all_the_time() -> None:
    process = Process("q > 5 for 10s")
    for x, y in [(6, 1), (1, 6), (6, 1), (1, 6), (6, 6)]:
        process.says(f'q{{n="x"}} {x}\nq{{n="y"}} {y}\n')
    assert not process.fired
    process.says('q{n="x"} 1\nq{n="y"} 7\n')
    assert [because for _, because in process.fired] == ['q > 5 for 10s: q{n="y"} 7 for 10 s']


def test_each_series_that_is_compared_must_be_below_to_arm_a_rule() -> None:
    process = Process("q > 5 until < 3")
    for x, y in [(6, 1), (4, 1), (6, 1), (2, 1), (6, 1)]:
        process.says(f'q{{n="x"}} {x}\nq{{n="y"}} {y}\n')
    assert process.moments == [5, 25]
    assert Process("q > 5 until < 3").says("q 6\n").says("b 1\n").says("q 6\n").moments == [5, 15]


def test_conditions_are_about_truth_whatever_the_labels() -> None:
    text = 'go_goroutines > 5000 and rate(http_requests_total{code="500"}[10s]) > 1'
    process = Process(text)
    for goroutines, errors in [(6000, 0), (6000, 1), (4000, 100), (6000, 200)]:
        process.says(f'go_goroutines {goroutines}\nhttp_requests_total{{code="500"}} {errors}\n')
    ((moment, because),) = process.fired
    assert moment == 20
    # 100 more in 5 s, and that for all of the 10: between the samples and the window's beginning it went on as it was.
    assert because == f'{text}: go_goroutines 6,000; rate(http_requests_total{{code="500"}}[10s]) {{code="500"}} 20'


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        ('a{x="1"} > 1 and b{x="2"} > 1', True),
        ('a{x="1"} > 1 and ignoring() b{x="2"} > 1', False),
        ('a{x="1"} > 1 and ignoring() b{x="1"} > 1', True),
        ("a > 1 and on() c > 1", True),
        ("a > 1 unless c > 1", False),
        ("a > 1 unless ignoring() c > 1", True),
        ("a > 1 unless c > 100", True),
        ("a > 100 or c > 1", True),
        ("(a > 100 or c > 1) and absent(d)", True),
        ("a > 100 and c > 1", False),
        ("sum(a > 1) > 3", True),
        ("(a and c) > 1", False),
    ],
)
def test_truth_and_labels(text: str, fires: bool) -> None:
    process = Process(text).says('a{x="1"} 2\na{x="2"} 2\nb{x="1"} 2\nb{x="2"} 2\nc 2\n')
    assert bool(process.fired) == fires


def test_a_metric_that_is_not_there_is_told_once_with_names_like_it() -> None:
    process = Process("go_gorotines > 5000")
    for _ in range(3):
        process.says("go_goroutines 6\ngo_threads 7\n")
    assert process.said == ["go_gorotines > 5000: there is no metric go_gorotines: go_goroutines perhaps"]
    assert process.state == "there is no metric go_gorotines: go_goroutines perhaps"


def test_labels_that_prometheus_adds_are_told() -> None:
    process = Process('up{job="api"} == 0 or a{x="z"} > 1').says('up 1\na{x="y"} 1\n').says('up 1\na{x="y"} 1\n')
    assert process.said == [
        'up{job="api"} == 0 or a{x="z"} > 1: no series matches a{x="z"} so far',
        'up{job="api"} == 0 or a{x="z"} > 1: no series matches up{job="api"}: job comes from Prometheus, not from the '
        "process",
    ]


def test_metrics_that_prometheus_adds_are_told() -> None:
    process = Process("up == 0").says("a 1\nupload 2\n")
    assert process.said == ["up == 0: there is no metric up: it comes from Prometheus, not from the process"]


def test_a_long_expression_leaves_room_for_labels() -> None:
    text = "a + " * 60 + "a"
    ((_, because),) = Process(f"{text} > 1").says('a{x="y"} 1\n').fired
    assert because.endswith('… {x="y"} 61')


def test_absent_looks_for_nothing() -> None:
    process = Process("absent(b)").says("a 1\n")
    assert process.fired == [(5, "absent(b): absent(b) 1")]
    assert not process.said


def test_series_that_cannot_be_told_apart_are_told_once_and_do_not_fire() -> None:
    process = Process("a / on() b > 1", "a > 1")
    for _ in range(2):
        process.says('a{x="1"} 2\na{x="2"} 2\nb 1\n')
    assert len(process.said) == 1
    assert "aggregate with sum by" in process.said[0]
    assert [because for _, because in process.fired] == ['a > 1: a{x="1"} 2, a{x="2"} 2']


def test_what_a_rule_says_is_one_safe_line() -> None:
    label = "\\n\x1b[31m" + "x" * 500
    process = Process("a > 1").says("".join(f'a{{x="{label}{each}"}} 2\n' for each in range(50)))
    because = process.fired[0][1]
    assert "\x1b" not in because
    assert "\n" not in because
    assert len(because) <= 500
    assert because.endswith("and 47 more")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("7312", "7,312"),
        ("2.5e9", "2,500,000,000"),
        ("3.14159265", "3.142"),
        ("12345.678", "12,345.7"),
        ("+Inf", "inf"),
    ],
)
def test_numbers_are_plain(number: str, said: str) -> None:
    assert Process("a > 1").says(f"a {number}\n").fired[0][1] == f"a > 1: a {said}"


@given(
    st.lists(st.sampled_from([None, 1.0, 4.0, 6.0, math.nan]), max_size=60),
    st.sampled_from([0.0, 5.0, 10.0, 30.0]),
    st.sampled_from([0.0, 5.0, 22.0, 60.0]),
    st.booleans(),
)
def test_a_rule_never_fires_early(scrapes: list[float | None], hold: float, cool_down: float, until: bool) -> None:
    process = Process(f"a > 5 for {hold:g}s" if hold else "a > 5", cool_down=cool_down)
    if until:
        process = Process(process.rules.watchers[0].rule.text + " until < 3", cool_down=cool_down)
    for each in scrapes:
        process.says(None if each is None else f"a {each}\n")
    moments = process.moments
    assert all(after - before >= cool_down for before, after in pairwise(moments))
    for moment in moments:
        end = round(moment / EVERY)
        begin = round((moment - hold) / EVERY) - 1
        while scrapes[begin] is None:
            begin -= 1
        window = scrapes[begin:end]
        assert window[0] == window[-1] == 6
        assert all(each in (None, 6) for each in window)
        assert all(window[at : at + 3] != [None, None, None] for at in range(len(window)))
    for before, after in pairwise(moments):
        between = scrapes[round(before / EVERY) : round(after / EVERY)]
        assert any(each == 1 if until else each is not None and not each > 5 for each in between)
