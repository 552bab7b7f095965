"""What processes say of themselves, as Prometheus's formats have it, and what is none of that."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics import exposition as openmetrics

from capture.live.rules.exposition import exposed, parsed
from capture.open import CaptureError

# The example of Prometheus's documentation of its format, with a line of each kind.
TEXT = r"""# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9

# Minimalistic line:
metric_without_timestamp_and_labels 12.47

# A weird metric from before the epoch:
something_weird{problem="division by zero"} +Inf -3982045

# A histogram, which has a pretty complex representation in the text format:
# HELP http_request_duration_seconds A histogram of the request duration.
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05"} 24054
http_request_duration_seconds_bucket{le="+Inf"} 144320
http_request_duration_seconds_sum 53423
http_request_duration_seconds_count 144320
{"my.dotted", of="a{,\"b"} 3
"""


def values(text: str, *wanted: str, content_type: str = "text/plain; version=0.0.4") -> list[object]:
    return list(parsed(text, content_type, wanted))


def test_the_example_of_the_documentation() -> None:
    assert values(TEXT, "http_requests_total") == [
        ("http_requests_total", (("code", "200"), ("method", "post")), 1027),
        ("http_requests_total", (("code", "400"), ("method", "post")), 3),
    ]
    assert values(TEXT, "msdos_file_access_time_seconds") == [
        (
            "msdos_file_access_time_seconds",
            (("error", 'Cannot find file:\n"FILE.TXT"'), ("path", r"C:\DIR\FILE.TXT")),
            1.458255915e9,
        )
    ]
    assert values(TEXT, "something_weird") == [("something_weird", (("problem", "division by zero"),), math.inf)]
    assert values(TEXT, "http_request_duration_seconds_count") == [("http_request_duration_seconds_count", (), 144320)]
    assert values(TEXT, "http_request_duration_seconds") == []
    assert values(TEXT, "my.dotted") == [("my.dotted", (("of", 'a{,"b'),), 3)]
    assert values(TEXT, "http_requests", "metric_without", "total") == []
    assert values(TEXT) == []


def test_names_of_all_that_there_is() -> None:
    assert exposed(TEXT) == {
        "http_requests_total",
        "msdos_file_access_time_seconds",
        "metric_without_timestamp_and_labels",
        "something_weird",
        "http_request_duration_seconds_bucket",
        "http_request_duration_seconds_sum",
        "http_request_duration_seconds_count",
        "my.dotted",
    }


def test_what_the_client_library_writes_in_both_formats() -> None:
    registry = CollectorRegistry()
    Gauge("g", "A gauge, g 1", registry=registry).set(math.nan)
    Counter("c", "A counter", ["a"], registry=registry).labels('x"}\n\\ # {').inc(2, {"trace_id": "a b"})
    Histogram("h", "A histogram", registry=registry, buckets=(1,)).observe(0.5, {"trace_id": "y"})
    Summary("s", "A summary", registry=registry).observe(4)
    names = ("g", "c_total", "h_bucket", "h_count", "s_sum")
    for text, kind in [
        (generate_latest(registry), "text/plain"),
        (openmetrics.generate_latest(registry), openmetrics.CONTENT_TYPE_LATEST),  # type: ignore[no-untyped-call]
    ]:
        (nan, *rest) = values(text.decode(), *names, content_type=kind)
        assert str(nan) == "('g', (), nan)"
        assert rest == [
            ("c_total", (("a", 'x"}\n\\ # {'),), 2),
            ("h_bucket", (("le", "1.0"),), 1),
            ("h_bucket", (("le", "+Inf"),), 1),
            ("h_count", (), 1),
            ("s_sum", (), 4),
        ]


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("<!DOCTYPE html><html><body>Login</body></html>", "text/html", "no metrics but an HTML page"),
        ('{"cmdline": ["a"], "memstats": {}} 5', "application/json", "no metrics but JSON"),
        ("heap profile: 1: 2 [3: 4] @ heap/1048576", "text/plain", "no metrics but a heap profile"),
        ("Unauthorized", "text/plain", "no metrics but text: “Unauthorized”"),
        ("Internal information", "text/plain", "no metrics but text"),
        ("404 page not found\n", "text/plain", "no metrics but text: “404 page not found”"),
        ("# TYPE a gauge\na 1\n", "application/openmetrics-text; version=1.0.0", "end in the middle"),
        ("\x0a\x05", "application/vnd.google.protobuf", "protobuf"),
    ],
)
def test_what_is_no_exposition_is_named(text: str, kind: str, said: str) -> None:
    with pytest.raises(CaptureError) as raised:
        parsed(text, kind, {"a"})
    assert said in str(raised.value)


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "#", "a 1", "\n\n a 1\r\n", '{"a"} 1', "# x\n\na{} 1"])
def test_little_is_an_exposition_as_well(text: str) -> None:
    assert [row[2] for row in parsed(text, "", {"a"})] == [1.0] * text.count("1")


@pytest.mark.parametrize("line", ["a{b} x", 'a{b="c} 1', "a one", 'a{b="c",b="d"} 1', "a ", "a 1 2 x"])
def test_a_line_that_cannot_be_read_is_shown(line: str) -> None:
    with pytest.raises(CaptureError, match="cannot be read: “a"):
        values(f"b 1\na 1\n{line}\n", "a")
    assert values(f"b 1\na 1\n{line}\n", "b") == [("b", (), 1)]


def test_labels_without_a_value_are_none() -> None:
    assert values('a{b="",c="d"} 1', "a") == [("a", (("c", "d"),), 1)]


@given(st.one_of(st.text(), st.text().map(lambda text: f"a 1\na{text}"), st.text('a{}",=\\ 1#\n').map("a".__add__)))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert all(name == "a" for name, _, _ in parsed(text, "", {"a"}))
        exposed(text)
    except CaptureError as error:
        assert "\n" not in str(error)
