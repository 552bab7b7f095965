"""HTTP requests as connections of net/http's server show them, by what their goroutines waited for, and where.

The program need not have said anything of them (`analysis.requests` has those that it does).
"""

from dataclasses import dataclass

import numpy as np

from analysis.framenames import stacks_with
from analysis.goroutines import lives
from analysis.memo import memo_few
from analysis.prefix import ragged
from parsers.trace.model import Bool, Int64, State, Trace

_SERVE, _HANDLER = "net/http.(*conn).serve", "net/http.serverHandler.ServeHTTP"
_READ, _PEEK = "internal/poll.(*FD).Read", "bufio.(*Reader).Peek"
_READ_REQUEST, _FINISH_REQUEST = "net/http.(*conn).readRequest", "net/http.(*response).finishRequest"


@dataclass(frozen=True, eq=False, slots=True)
class Pieces:
    """Pieces of goroutines' lives: `goroutine` is a row of Goroutines, `whole` whether the trace has both ends."""

    goroutine: Int64
    start: Int64
    end: Int64
    whole: Bool


@memo_few
def served(trace: Trace) -> Pieces:
    """The requests of net/http's server: what a connection's goroutine does from one wait for a request to the next.

    There was one before each wait for the next one, which a wait for the rest of a request is not; and elsewhere where
    a handler is seen. It is whole where its beginning is known, be it that of the connection, and so is its end.
    """
    name = trace.strings.index(_SERVE) if _SERVE in trace.strings else -1
    serving = np.flatnonzero(trace.goroutines.name == name)
    first, beyond = trace.goroutines.offsets[serving], trace.goroutines.offsets[serving + 1]
    row, owner = ragged(first, beyond - first), np.repeat(np.arange(len(serving)), beyond - first)
    if not len(row):
        return Pieces(serving, row, row, row.astype(np.bool_))
    handled, idle, next_one = _waits_for_requests(trace, row, serving[owner])
    untold = _untold(trace, row, serving[owner])
    edge = np.append(True, np.diff(owner) != 0)
    waits = idle | untold
    # A piece is what lies between two waits; the goroutine's own beginning and end are edges, too.
    begins = np.flatnonzero(edge | waits)
    finish = np.append(begins[1:], len(row))
    skip = begins + waits[begins]
    kept = skip < finish
    begins, skip, finish = begins[kept], skip[kept], finish[kept]
    handles = np.concatenate([[0], np.cumsum(handled)])
    seen = handles[finish] > handles[skip]
    goroutine = serving[owner[begins]]
    last = finish == np.cumsum(beyond - first)[owner[begins]]
    behind = np.minimum(finish, len(row) - 1)
    ended = lives(trace).ended
    died = np.where(ended < 0, trace.duration_ns, ended)
    begun = np.where(waits[begins], idle[begins], trace.goroutines.created[goroutine])
    real = seen | (~last & next_one[behind])
    end = np.where(last, died[goroutine], trace.spans.start[row[behind]])
    whole = begun & (~last | (ended[goroutine] >= 0))
    return Pieces(goroutine[real], trace.spans.start[row[skip]][real], end[real], whole[real])


def _waits_for_requests(trace: Trace, row: Int64, goroutine: Int64) -> tuple[Bool, Bool, Bool]:
    """Of the spans `row` of connections: where a handler is seen, where it waits to read, and for a new request."""
    spans = trace.spans
    handler, read, peek, reading, finishing = (
        stacks_with(trace, (name,))[spans.stack[row]]
        for name in (_HANDLER, _READ, _PEEK, _READ_REQUEST, _FINISH_REQUEST)
    )
    # Who was woken has the stack of its waker.
    handled = handler & ((spans.state[row] != State.RUNNABLE) | (spans.by[row] == goroutine))
    # To finish a request may be to read what is left of its body.
    idle = (spans.state[row] == State.WAITING) & read & ~handler & ~finishing
    return handled, idle, idle & peek & ~reading


def _untold(trace: Trace, row: Int64, goroutine: Int64) -> Bool:
    """Waits of connections from before the trace, of which it tells nothing but that the runtime ended them.

    The network's poller did, or a timer; to wait for a request is most of a connection's life.
    """
    spans, offsets = trace.spans, trace.goroutines.offsets
    found = (row == offsets[goroutine]) & ~trace.goroutines.created[goroutine] & (spans.stack[row] == 0)
    ended_by = spans.by[np.minimum(row + 1, offsets[goroutine + 1] - 1)]
    untold: Bool = found & (spans.state[row] == State.WAITING) & (ended_by < 0)
    return untold
