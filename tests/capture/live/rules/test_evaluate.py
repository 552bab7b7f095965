"""Expressions, held against what Prometheus's own tests (promql/promqltest/testdata) say they come to, and by hand."""

import math

import pytest

from capture.live.rules.evaluate import Value
from capture.live.rules.samples import Samples
from capture.open import CaptureError
from tests.capture.live.rules.scrapes import MINUTE, evaluated, load, vector

NAN = math.nan


def same(found: Value, expected: dict[str, float] | float) -> bool:
    if not isinstance(expected, dict):
        return found == pytest.approx(expected, nan_ok=True)
    return found == pytest.approx(vector(expected), nan_ok=True, rel=1e-12)


REQUESTS = load(
    5 * MINUTE,
    {
        'requests{job="api",instance="0",group="production"}': "0+10x10",
        'requests{job="api",instance="1",group="production"}': "0+20x10",
        'requests{job="api",instance="0",group="canary"}': "0+30x10",
        'requests{job="api",instance="1",group="canary"}': "0+40x10",
        'requests{job="app",instance="0",group="production"}': "0+50x10",
        'requests{job="app",instance="1",group="production"}': "0+60x10",
        'requests{job="app",instance="0",group="canary"}': "0+70x10",
        'requests{job="app",instance="1",group="canary"}': "0+80x10",
        'foo{job="api",instance="0",region="europe"}': "0+90x10",
        'foo{job="api"}': "0+100x10",
        'left{l="x"}': "0+1x10",
        'left{l="y"}': "0+2x10",
        'right{l="x"}': "0+4x10",
        'odd{group="production",instance="0"}': "nan nan nan nan nan nan nan nan nan nan nan",
        'odd{group="production",instance="1"}': "2+0x10",
    },
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('sum by (group) (requests{job="api"})', {'{group="canary"}': 700, '{group="production"}': 300}),
        ('avg by (group) (requests{job="api"})', {'{group="canary"}': 350, '{group="production"}': 150}),
        ('COUNT by (group) (requests{job="api"})', {'{group="canary"}': 2, '{group="production"}': 2}),
        (
            'sum without (instance) (requests{job="api"} or foo)',
            {
                '{group="canary",job="api"}': 700,
                '{group="production",job="api"}': 300,
                '{region="europe",job="api"}': 900,
                '{job="api"}': 1000,
            },
        ),
        ('sum by () (requests{job="api"})', {"{}": 1000}),
        ("sum(sum by (group) (requests)) by (job)", {"{}": 3600}),
        ("sum(requests) by (job, nonexistent)", {'{job="api"}': 1000, '{job="app"}': 2600}),
        ("min(requests) by (job)", {'{job="api"}': 100, '{job="app"}': 500}),
        ("max(requests) by (job)", {'{job="api"}': 400, '{job="app"}': 800}),
        ("max(odd)", {"{}": 2}),
        ('min(odd{instance="0"})', {"{}": NAN}),
        ("count(nothing)", {}),
        ("sum(requests) by (job) - count(requests) by (job)", {'{job="api"}': 996, '{job="app"}': 2596}),
        ("2 - sum(requests) by (job)", {'{job="api"}': -998, '{job="app"}': -2598}),
        (
            '-requests{job="api",instance="0",group="production"}',
            {'{job="api",instance="0",group="production"}': -100},
        ),
        ("- - - sum(requests)", {"{}": -3600}),
        ("-2^---1*3", -1.5),
        ("2/-2^---1*3+2", -10),
        ("-10^3 * - sum(requests) by (job) ^ -1", {'{job="api"}': 1, '{job="app"}': 1000 / 2600}),
        ("sum(requests) by (job) % 3", {'{job="api"}': 1, '{job="app"}': 2}),
        ("sum(requests) by (job) % 2 ^ 3 ^ 2", {'{job="api"}': 488, '{job="app"}': 40}),
        ("sum(requests) / 0", {"{}": math.inf}),
        ("-1 * sum(requests) / 0", {"{}": -math.inf}),
        ("0 * sum(requests) / 0", {"{}": NAN}),
        ("0 * sum(requests) % 0", {"{}": NAN}),
        (
            'requests{group="canary"} and requests{instance="0"}',
            {
                'requests{group="canary",instance="0",job="api"}': 300,
                'requests{group="canary",instance="0",job="app"}': 700,
            },
        ),
        (
            '(requests{group="canary"} + 1) and on(instance) requests{instance="0", group="production"}',
            {'{group="canary",instance="0",job="api"}': 301, '{group="canary",instance="0",job="app"}': 701},
        ),
        (
            '(requests{group="canary"} + 1) and ignoring(group, job) requests{instance="0", group="production"}',
            {'{group="canary",instance="0",job="api"}': 301, '{group="canary",instance="0",job="app"}': 701},
        ),
        (
            '(requests{group="canary"} + 1) or requests{instance="1",job="app"}',
            {
                '{group="canary",instance="0",job="api"}': 301,
                '{group="canary",instance="0",job="app"}': 701,
                '{group="canary",instance="1",job="api"}': 401,
                '{group="canary",instance="1",job="app"}': 801,
                'requests{group="production",instance="1",job="app"}': 600,
            },
        ),
        (
            '(requests{group="canary",job="api"} + 1) or on(instance) (requests or left)',
            {
                '{group="canary",instance="0",job="api"}': 301,
                '{group="canary",instance="1",job="api"}': 401,
                'left{l="x"}': 10,
                'left{l="y"}': 20,
            },
        ),
        (
            'requests{group="canary"} unless on(job, instance) requests{instance="0"}',
            {
                'requests{group="canary",instance="1",job="api"}': 400,
                'requests{group="canary",instance="1",job="app"}': 800,
            },
        ),
        ('requests{group="canary"} unless on(job) requests{instance="0"}', {}),
        (
            'requests{group="canary",job="api"} / on(instance,job) requests{group="production"}',
            {'{instance="0",job="api"}': 3, '{instance="1",job="api"}': 2},
        ),
        (
            'requests{group="canary",job="app"} / ignoring(group) requests{group="production"}',
            {'{instance="0",job="app"}': 1.4, '{instance="1",job="app"}': 80 / 60},
        ),
        ("sum(requests) by (job) > 1000", {'{job="app"}': 2600}),
        ("1000 < sum(requests) by (job)", {'{job="app"}': 2600}),
        ("sum(requests) by (job) <= 1000", {'{job="api"}': 1000}),
        ("sum(requests) by (job) != 1000", {'{job="app"}': 2600}),
        ("sum(requests) by (job) == bool 1000", {'{job="api"}': 1, '{job="app"}': 0}),
        ("1000 < bool sum(requests) by (job)", {'{job="api"}': 0, '{job="app"}': 1}),
        ("sum(requests) by (job) != bool sum(requests) by (job)", {'{job="api"}': 0, '{job="app"}': 0}),
        ("0 == bool 1", 0),
        ("1 == bool 1", 1),
        ('left > ignoring(l) left{l="x"} * 0.5', CaptureError),
        ('left > ignoring(l) left{l="x"} * 1.5', {"left{}": 20}),
        ("nothing > on() left", {}),
        ('left{l="y"} > ignoring(l) left{l="x"} * 1.5', {"left{}": 20}),
        ('left{l="y"} < ignoring(l) left{l="x"} * 1.5', {}),
        ("requests == requests + 1", {}),
        ('requests{group=~"can|prod", job="api"}', {}),
        (
            'requests{group!~"prod.*|", instance="0", job!="app"}',
            {'requests{group="canary",instance="0",job="api"}': 300},
        ),
        ('foo{region=""}', {'foo{job="api"}': 1000}),
        ('foo{region=~".+"}', {'foo{job="api",instance="0",region="europe"}': 900}),
        ("abs(-left)", {'{l="x"}': 10, '{l="y"}': 20}),
        ("ceil(left / 40)", {'{l="x"}': 1, '{l="y"}': 1}),
        ("floor(left / 15)", {'{l="x"}': 0, '{l="y"}': 1}),
        ("floor(left / 0)", {'{l="x"}': math.inf, '{l="y"}': math.inf}),
        ("clamp_min(left, 15)", {'{l="x"}': 15, '{l="y"}': 20}),
        ("clamp_max(left, 15)", {'{l="x"}': 10, '{l="y"}': 15}),
        ("clamp(left, 12, 15)", {'{l="x"}': 12, '{l="y"}': 15}),
        ("clamp_max(odd, 1)", {'{group="production",instance="0"}': NAN, '{group="production",instance="1"}': 1}),
        ("abs(left or on(__name__) right)", CaptureError),
        ("time()", 1700000000),
        ("scalar(sum(left)) * 2", 60),
        ("scalar(left)", NAN),
        ("vector(7)", {"{}": 7}),
        ('absent(nothing{a="b",c=~"d",e="f",e!="g"})', {'{a="b"}': 1}),
        ("absent(sum(nothing))", {"{}": 1}),
        ("absent(left)", {}),
    ],
)
def test_expressions(text: str, expected: dict[str, float] | float | type[CaptureError]) -> None:
    if isinstance(expected, type):
        with pytest.raises(expected):
            evaluated(text, REQUESTS, 50 * MINUTE)
    else:
        assert same(evaluated(text, REQUESTS, 50 * MINUTE, wall=1700000000), expected)


TOTALS = load(
    5 * MINUTE,
    {
        't{path="/foo"}': "0+10x10",
        't{path="/bar"}': "0+18x5 0+18x5",
        't{path="/dings"}': "10+10x10",
        't{path="/bumms"}': "1+10x10",
        "middle": "0+27x4 0+27x5 _",
        "end": "0+10x9 0 10",
        "slope": "0+10x4 0+10x5 _",
        "window": "0+80x10",
        "infinite": "-inf 0+80x8 inf",
        "down": "200 150 100 50 0",
        "gauge": "0 50 100 50 3 3 1 0 0 9 4",
    },
)


@pytest.mark.parametrize(
    ("minute", "text", "expected"),
    [
        (
            50,
            "increase(t[50m])",
            {'{path="/foo"}': 100, '{path="/bar"}': 160, '{path="/dings"}': 100, '{path="/bumms"}': 100},
        ),
        (
            50,
            "increase(t[100m])",
            {'{path="/foo"}': 100, '{path="/bar"}': 162, '{path="/dings"}': 105, '{path="/bumms"}': 101},
        ),
        (50, "rate(middle[50m])", {"{}": 0.08}),
        (50, "rate(end[5m])", {}),
        (50, "rate(end[6m])", {"{}": 0}),
        (50, "rate(window[50m])", {"{}": 80 / 300}),
        (50, "deriv(window[50m])", {"{}": 80 / 300}),
        (50, "deriv(slope[100m])", {"{}": 0.010606060606060607}),
        (50, "predict_linear(slope[51m], 3600)", {"{}": 76.81818181818181}),
        (50, "deriv(infinite[100m])", {"{}": NAN}),
        (50, "deriv(window[1m])", {}),
        (50, 'irate(t{path="/foo"}[50m])', {'{path="/foo"}': 10 / 300}),
        (30, 'irate(t{path="/bar"}[50m])', {'{path="/bar"}': 0}),
        (20, "delta(gauge[20m])", {"{}": (3 - 50) * 20 / 15}),
        (20, "delta(down[20m])", {"{}": -200}),
        (20, "delta(gauge[21m])", {"{}": 3 * 21 / 20}),
        (15, "idelta(gauge[20m])", {"{}": -50}),
        (50, "min_over_time(gauge[20m])", {"{}": 0}),
        (50, "max_over_time(gauge[20m])", {"{}": 9}),
        (50, "sum_over_time(gauge[20m])", {"{}": 13}),
        (50, "avg_over_time(gauge[20m])", {"{}": 13 / 4}),
        (50, "avg_over_time((gauge[20m]))", {"{}": 13 / 4}),
        (50, "count_over_time(gauge[20m])", {"{}": 4}),
        (50, "last_over_time(gauge[20m])", {"gauge{}": 4}),
        (50, "changes(gauge[50m])", {"{}": 7}),
        (50, "resets(gauge[50m])", {"{}": 5}),
        (50, "rate(nothing[50m])", {}),
    ],
)
def test_windows(minute: float, text: str, expected: dict[str, float]) -> None:
    assert same(evaluated(text, TOTALS, minute * MINUTE), expected)


@pytest.mark.parametrize(("start", "expected"), list(enumerate([0.5, 0.55, 0.6, 0.6, 0.6, 0.6])))
def test_a_counter_goes_back_no_farther_than_to_zero(start: int, expected: float) -> None:
    samples = load(4 * MINUTE, {"t": f"{60 * start}+240x10"})
    assert same(evaluated("rate(t[20m])", samples, 10 * MINUTE), {"{}": expected})
    assert same(evaluated("rate(t[20m])", samples, 40 * MINUTE), {"{}": 1.0})


def test_a_counter_that_fell_began_anew() -> None:
    samples = load(5 * MINUTE, {"t": "0 1 2 3 2 3 4"})
    assert same(evaluated("increase(t[30m])", samples, 30 * MINUTE), {"{}": 7})


def test_quantiles_of_a_histogram() -> None:
    """By hand: 5 up to 0.1, 10 up to 0.2, 4 up to 1, none above; and one in the bucket without an end."""
    buckets = {"0.1": 5, "0.2": 15, "1": 19, "+Inf": 20}
    samples = load(1, {f'b{{le="{le}"}}': str(count) for le, count in buckets.items()})
    for share, expected in [(0.5, 0.15), (0.25, 0.1), (0.1, 0.04), (0.95, 1.0), (0.99, 1.0), (0.85, 0.2 + 0.8 * 0.5)]:
        assert same(evaluated(f"histogram_quantile({share}, b)", samples, 0), {"{}": expected})
    assert same(evaluated("histogram_quantile(1.1, b)", samples, 0), {"{}": math.inf})
    assert same(evaluated("histogram_quantile(-1, b)", samples, 0), {"{}": -math.inf})
    assert same(evaluated('histogram_quantile(0.5, b{le!="+Inf"})', samples, 0), {"{}": NAN})
    assert same(evaluated("histogram_quantile(0.5, b * 0)", samples, 0), {"{}": NAN})


def test_what_the_newest_scrape_has_not_is_no_more() -> None:
    samples = load(5, {'q{name="a"}': "1 2 _", 'q{name="b"}': "1 2 3"})
    assert same(evaluated("q", samples, 10), {'q{name="b"}': 3})
    assert same(evaluated("increase(q[10s])", samples, 10), {'{name="b"}': 2})
    assert same(evaluated("max_over_time(q[10s])", samples, 10), {'{name="a"}': 2, '{name="b"}': 3})


def test_what_was_scraped_holds_for_some_intervals() -> None:
    samples = load(5, {"q": "1 2"})
    assert same(evaluated("q", samples, 5 + 17.5), {"q{}": 2})
    assert same(evaluated("q", samples, 5 + 17.6), {})
    assert same(evaluated("absent(q)", samples, 5 + 17.6), {"{}": 1})


def test_a_window_has_its_end_and_not_its_beginning() -> None:
    samples = load(5, {"q": "1 2 4 8"})
    assert same(evaluated("sum_over_time(q[10s])", samples, 15), {"{}": 12})
    assert same(evaluated("sum_over_time(q[10s])", samples, 14.9), {"{}": 6})


def test_numbers_are_those_of_ieee_754() -> None:
    none = Samples((), 0)
    for text, expected in [
        ("1 / 0", math.inf),
        ("-1 / 0", -math.inf),
        ("0 / 0", NAN),
        ("1 / -0", -math.inf),
        ("5 % 3", 2),
        ("-5 % 3", -2),
        ("5 % 0", NAN),
        ("5 % Inf", 5),
        ("Inf % 5", NAN),
        ("10 ^ 400", math.inf),
        ("(-10) ^ 401", -math.inf),
        ("0 ^ -1", math.inf),
        ("(-8) ^ 0.5", NAN),
        ("NaN == bool NaN", 0),
        ("NaN != bool NaN", 1),
        ("1e308 * 10", math.inf),
        ("2 ^ 3 ^ 2", 512),
    ]:
        assert same(evaluated(text, none, 0), expected), text
