"""What is asked of a process, as it is typed and as net/http/pprof wants it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.live import USUAL_TAKE
from capture.live.take import Take, takes
from capture.open import CaptureError
from parsers.text import clean


def test_the_usual_ones() -> None:
    assert [(each.kind, each.seconds) for each in takes(USUAL_TAKE)] == [
        ("cpu", 10),
        ("heap", 0),
        ("allocs", 0),
        ("goroutine", 0),
        ("block", 0),
        ("mutex", 0),
        ("trace", 2),
    ]


@pytest.mark.parametrize(
    ("typed", "request_path", "name"),
    [
        ("cpu=10s", "profile?seconds=10", "cpu"),
        ("cpu", "profile?seconds=10", "cpu"),
        ("profile=1m", "profile?seconds=60", "cpu"),
        ("heap", "heap", "heap"),
        ("heap=30s", "heap?seconds=30", "heap-delta"),
        ("trace=500ms", "trace?seconds=0.5", "trace"),
        ("goroutineleak", "goroutineleak", "goroutineleak"),
        ("my/own.profile", "my/own.profile", "my/own.profile"),
    ],
)
def test_each_is_one_request(typed: str, request_path: str, name: str) -> None:
    (found,) = takes(typed)
    assert (found.request, found.name) == (request_path, name)


def test_a_flight_recorder_is_where_it_is_said_to_be() -> None:
    assert takes("flight,flight=/debug/fr") == (Take("flight"), Take("flight", path="/debug/fr"))


def test_each_counts_once_and_blanks_do_not_matter() -> None:
    assert takes(" heap , heap,,goroutine ") == (Take("heap"), Take("goroutine"))


def test_what_a_process_can_do_one_of_at_a_time() -> None:
    assert {each.kind for each in takes(USUAL_TAKE) if each.is_exclusive} == {"cpu", "trace"}


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "names nothing to take"),
        ("cpu=ten", "is not a time"),
        ("cpu=1500ms", "whole seconds"),
        ("heap=100ms", "whole seconds"),
        ("cpu=0", "between"),
        ("cpu=2h", "between"),
        ("mine=5s", "no difference"),
        ("../secret", "nothing to take"),
        ("cmdline", "nothing to take"),
        ("flight=debug", "where it is served"),
        ("a b", "nothing to take"),
    ],
)
def test_what_cannot_be_taken_is_said(typed: str, says: str) -> None:
    with pytest.raises(CaptureError, match=says):
        takes(typed)


@given(st.text(alphabet="cputraceheap=,0123456789sm./-\x1b", max_size=30))
def test_what_is_understood_is_written_as_it_was(text: str) -> None:
    try:
        found = takes(text)
    except CaptureError as error:
        assert clean(str(error)) == str(error)
    else:
        assert takes(",".join(map(str, found))) == found
