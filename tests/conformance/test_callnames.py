"""Names of what goroutines do, on programs that were traced by several versions of Go."""

import numpy as np
import pytest

from analysis.callnames import call_name
from parsers.trace import read_trace
from parsers.trace.model import State, Trace
from tests.conformance.corpus import ROOT, needs_corpus


def _waits(trace: Trace, reason: str) -> set[str]:
    """The names of the stacks with a frame where goroutines waited for `reason`."""
    spans, stacks = trace.spans, trace.stacks
    here = (spans.state == State.WAITING) & (spans.reason == trace.reasons.index(reason))
    rows = np.unique(spans.stack[here])
    return {call_name(trace, row) for row in rows[np.diff(stacks.offsets)[rows] > 0].tolist()}


@needs_corpus
@pytest.mark.parametrize("version", ["1.22.10", "1.24.11", "1.25.5", "1.26.6", "1.27.3"])
def test_http_has_the_same_names_in_every_version_of_go(version: str) -> None:
    """One program, a server and its client, both of net/http."""
    trace = read_trace((ROOT / "gc" / f"gcpressure-go{version}.trace").read_bytes())
    assert _waits(trace, "network") == {
        "HTTP client: connection idle or before a response",
        "HTTP client: connect",
        "HTTP server: accept",
        "HTTP server: idle connection",
        "HTTP server: read request",
        "HTTP server: watch for the client's end",
    }
    assert {
        "HTTP client: wait for the response",
        "HTTP client: wait for a connection",
        "HTTP client: connection's read loop",
        "HTTP client: connection's write loop",
    } <= _waits(trace, "select")


@needs_corpus
@pytest.mark.parametrize("version", ["1.24.11", "1.27.3"])
def test_what_is_no_http_has_the_networks_and_the_files_names(version: str) -> None:
    trace = read_trace((ROOT / "net" / f"netsys-go{version}.trace").read_bytes())
    names = _waits(trace, "network")
    assert {"net: read", "net: dial", "net: accept"} <= names and "" not in names
    called = np.unique(trace.spans.stack[trace.spans.state == State.SYSCALL])
    assert {"file: open", "file: read", "file: write", "file: sync", "file: read a directory", "net: write"} <= {
        call_name(trace, row) for row in called.tolist()
    }
