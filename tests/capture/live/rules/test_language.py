"""Rules as they are typed, and as they are mistyped."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.live.rules.evaluate import metric
from capture.live.rules.language import Rule, rule
from capture.live.rules.samples import Samples
from capture.live.rules.truth import holding
from capture.open import CaptureError
from tests.capture.live.rules.scrapes import load


def test_the_parts_of_a_rule() -> None:
    found = rule(" go_goroutines  > 5000   for 1m30s until < 4000 ")
    assert found.text == "go_goroutines > 5000 for 1m30s until < 4000"
    assert found.shown == "go_goroutines > 5000 for 1m30s"
    assert found.shown_until == "< 4000"
    assert found.hold == 90
    assert str(found.condition) == "go_goroutines{} > 5000"
    assert str(found.until) == "(go_goroutines{}) < 4000"
    assert found.names == {"go_goroutines"}
    assert found.look_back == 0
    assert rule(found.text) == found


def test_tails_come_in_any_order_and_may_be_left_out() -> None:
    assert rule("a > 1 until < 1 FOR 5s").text == "a > 1 for 5s until < 1"
    assert rule("a > 1").until is None
    assert rule("a > 1").hold == 0
    assert rule("a > 1 for 500 ms").hold == 0.5
    assert rule("a > 1 for 1h").hold == 3600


def test_what_a_rule_needs_to_know() -> None:
    found = rule('rate(a_total[1m]) > 1 and max_over_time(b{x="for 3s"}[5m]) < 2 until absent(c) or {"d.e"} > 3')
    assert found.names == {"a_total", "b", "c", "d.e"}
    assert found.look_back == 300
    assert {metric(each) for each in found.looks_for} == {"a_total", "b", "d.e"}


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("a > 500MB", "a{} > 524288000"),
        ("a > 2GiB + 1 kb", "a{} > 2147483648 + 1024"),
        ("(a > 1.5 gb)", "(a{} > 1610612736)"),
        ('a{size="500MB"} > 5b', 'a{size="500MB"} > 5'),
        ("a > 5m", "a{} > 300"),
        ("a > 0x1b", "a{} > 27"),
        ("sum(a) by (b) > 1 # for 5s", "sum by (b)(a{}) > 1"),
        ("a\n>\n1", "a{} > 1"),
    ],
)
def test_sizes_are_numbers(text: str, condition: str) -> None:
    assert str(rule(text).condition) == condition


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("5000 < a until < 4000", "(a{}) < 4000"),
        ("((a) > 5000) until <= 1GB", "((a{})) <= 1073741824"),
        ("((a > bool 1) + b >= 2) until == 0", "((a{} > bool 1) + b{}) == 0"),
        ("a > 3 > 2 until < 1", "(a{} > 3) < 1"),
        (r'a{b="\"x\\ > "} > 5 until< 4', '(a{b="\\"x\\ > "}) < 4'.replace('\\"', '"')),
        ("a > 1 and b > 2 until a < 1", "a{} < 1"),
    ],
)
def test_a_short_until_takes_what_the_rule_compares(text: str, until: str) -> None:
    assert str(rule(text).until) == until


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no condition"),
        ("  for 30s", "there is no condition"),
        ("go_goroutines", "“go_goroutines{}” compares nothing"),
        ("sum(a > 5)", "compares nothing"),
        ("a > 5 and b", "“b{}” compares nothing"),
        ("5", "“5” compares nothing"),
        ("a > bool 5", "leave it out"),
        ("5 > 3", "name a metric"),
        ("a > 5 for", "“for” wants something behind it"),
        ("a > 5 until", "“until” wants something behind it"),
        ("a > 5 for soon", "“for soon” is no time"),
        ("a > 5 for 1.5m", "“for 1.5m” is no time"),
        ("a > 5 for 2d", "a day at most"),
        ("a > 5 for 5s for 6s", "said twice"),
        ("a > 5 and b > 6 until < 4", "write it out"),
        ("a > 5 until 4", "“4” compares nothing"),
        ("a > 5 until b", "“b{}” compares nothing"),
        ("rte(a[5m]) > 1", "there is no function rte(): rate() perhaps"),
        ("avg_over_tme(a[5m]) > 1", "avg_over_time() perhaps"),
        ("stddev_over_time(a[5m]) > 1", "stddev_over_time() is not understood: there are abs"),
        ("topk(3, a) > 1", "topk is not understood: there are sum"),
        ("rate(a) > 1", "wants a time to look back"),
        ("rate(a[5m:1m]) > 1", "[5m:1m] is a subquery"),
        ("rate(a[inf]) > 1", "[inf] is no time to look back"),
        ("rate(a[1e500]) > 1", "[1e500] is no time to look back"),
        ("rate(a[5h30]) > 1", "[5h30] is no time to look back"),
        ("rate(a[2d]) > 1", "a day at most"),
        ("rate(a[0]) > 1", "[0] is no time to look back"),
        ("rate(a[999999999y]) > 1", "a day at most"),
        ("rate(a[0ms]) > 1", "[0ms] is no time to look back"),
        ('a{__name__="b"} > 1', "must not be set twice"),
        ("a offset 5m > 1", "“offset” is not understood"),
        ("a @ 5 > 1", "“@” is not understood"),
        ("a * on(x) group_left b > 1", "group_left"),
        ("a atan2 b > 1", "“atan2” is not understood"),
        ('{b="c"} > 1', "names no metric"),
        ('{__name__=~"b.*"} > 1', "names no metric"),
        ('a{b="c" or b="d"} > 1', "“or” between labels"),
        ('a{b=~"(?<!x)"} > 1', "regex"),
        ("(a > 5", "a “(” is not closed"),
        ("a > 5)", "a “)” closes nothing"),
        ("a{b] > 5", "a “]” closes nothing"),
        ('a{b="c} > 5', 'a quotation that " begins has no end'),
        ("a > 1_000", "bad number"),
        ("a > 5 b > 3 c", "it is not PromQL"),
        (f"a > {'9' * 400}TB", "is no size"),
        ("(" * 51 + "a" + ")" * 51 + " > 1", "more than 50 deep"),
        ("-" * 500 + "a > 1", "within each other"),
        ("+".join(["a"] * 500) + " > 1", "within each other"),
        ("a > 1 or " * 300 + "a > 1", "longer than 2,000 characters"),
    ],
)
def test_a_text_that_is_no_rule_is_told_why(text: str, said: str) -> None:
    with pytest.raises(CaptureError) as raised:
        rule(text)
    assert said in str(raised.value)
    assert str(raised.value).startswith("“")
    assert "\n" not in str(raised.value)


_TYPED = """a b go_x for until and or unless on ignoring by without bool offset group_left sum min rate absent clamp_min
time ( ) [ ] { } > < >= == != =~ + - * / % ^ @ : , ' " ` # 5 30s 5m 1e9 inf nan
500MB 2GiB 999999999y [999999999y] [5m] {x="y"} \\ _ $
"""
_WORDS = st.sampled_from(_TYPED.split())


@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(_WORDS, max_size=25).map(" ".join),
        st.lists(_WORDS, max_size=25).map("".join),
        st.text(string.printable, max_size=40).map(lambda text: f"a{text} > 1"),
    )
)
def test_any_text_is_a_rule_or_a_sentence(text: str) -> None:
    try:
        found = rule(text)
    except CaptureError as error:
        assert str(error)
        return
    assert isinstance(found, Rule)
    assert rule(found.text) == found
    for samples in (Samples(found.names, found.look_back), _SOME):
        try:
            holding(found.condition, samples, 20)
        except CaptureError as error:
            assert "labels" in str(error)


_SOME = load(5, {'a{x="y"}': "1 2 3 4 5", "a": "5 4 3 nan 2", "b": "1 2 3 4 5", "go_x": "6 6 6 6 6"})
