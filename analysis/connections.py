"""HTTP requests as connections of net/http's server show them, by what their goroutines waited for, and where.

The program need not have said anything of them (`analysis.requests` has those that it does).
"""

from dataclasses import dataclass

import numpy as np

from analysis.framenames import stacks_with
from analysis.goroutines import lives
from analysis.memo import memo_few
from analysis.prefix import last_at, ragged
from parsers.trace.model import Bool, Int64, State, Trace

_SERVE, _HANDLER = "net/http.(*conn).serve", "net/http.serverHandler.ServeHTTP"
_READ, _PEEK = "internal/poll.(*FD).Read", "bufio.(*Reader).Peek"
_BACKGROUND, _STREAM = "net/http.(*connReader).backgroundRead", "serverConn).runHandler"
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
    """The requests of net/http's server, those of HTTP/1 first."""
    parts = _by_connections(trace), _by_streams(trace)
    return Pieces(*(np.concatenate([getattr(part, name) for part in parts]) for name in Pieces.__slots__))


def _by_streams(trace: Trace) -> Pieces:
    """Of HTTP/2, whose handlers have a goroutine each."""
    names = [row for row, text in enumerate(trace.strings) if text.endswith(_STREAM) and "http2" in text]
    rows, alive = np.flatnonzero(np.isin(trace.goroutines.name, names)), lives(trace)
    ended = alive.ended[rows]
    end = np.where(ended < 0, trace.duration_ns, ended)
    return Pieces(rows, alive.created[rows], end, trace.goroutines.created[rows] & (ended >= 0))


def _by_connections(trace: Trace) -> Pieces:
    """What a connection's goroutine does from one wait for a request to the next.

    There was a request before each wait for the next one, which a wait for the rest of a request is not; and elsewhere
    where a handler is seen. It is whole where its beginning is known, be it that of the connection, and so is its end.
    Where the next one is there already it is not waited for: then the reads in the background tell one from the other.
    """
    name = trace.strings.index(_SERVE) if _SERVE in trace.strings else -1
    serving = np.flatnonzero(trace.goroutines.name == name)
    first, beyond = trace.goroutines.offsets[serving], trace.goroutines.offsets[serving + 1]
    row, owner = ragged(first, beyond - first), np.repeat(np.arange(len(serving)), beyond - first)
    if not len(row):
        return Pieces(serving, row, row, row.astype(np.bool_))
    doing = _doing(trace, row, serving[owner])
    untold = _untold(trace, row, serving[owner])
    edge = np.append(True, np.diff(owner) != 0)
    waits = doing.idle | untold
    # A piece is what lies between two waits; the goroutine's own beginning and end are edges, too.
    begins = np.flatnonzero(edge | waits)
    finish = np.append(begins[1:], len(row))
    skip = begins + waits[begins]
    kept = skip < finish
    begins, skip, finish = begins[kept], skip[kept], finish[kept]
    read, place = _background_reads(trace, row, serving)
    handles = np.concatenate([[0], np.cumsum(doing.handled + np.bincount(place, minlength=len(row)))])
    seen = handles[finish] > handles[skip]
    goroutine = serving[owner[begins]]
    last = finish == np.cumsum(beyond - first)[owner[begins]]
    behind = np.minimum(finish, len(row) - 1)
    ended = lives(trace).ended[goroutine]
    died = np.where(ended < 0, trace.duration_ns, ended)
    begun = np.where(waits[begins], doing.idle[begins], trace.goroutines.created[goroutine])
    real = np.flatnonzero(seen | (~last & doing.next_one[behind]))
    start, end = trace.spans.start[row[skip]], np.where(last, died, trace.spans.start[row[behind]])
    pieces = Pieces(goroutine[real], start[real], end[real], begun[real])
    of, moment = _next_at_once(trace, row, doing.finishing, read, place, begins[real], finish[real])
    return _split(pieces, (~last | (ended >= 0))[real], of, moment)


def _split(pieces: Pieces, ended: Bool, of: Int64, moment: Int64) -> Pieces:
    """Pieces cut at moments, each inside of piece `of`. `whole` is whether the beginning is known, `ended` the end."""
    piece, start = np.concatenate([np.arange(len(ended)), of]), np.concatenate([pieces.start, moment])
    order = np.lexsort((start, piece))
    piece, start = piece[order], start[order]
    cut = np.append(piece[1:] == piece[:-1], False)[: len(piece)]
    end = np.where(cut, np.append(start[1:], 0)[: len(piece)], pieces.end[piece])
    begun = pieces.whole[piece] | np.append(False, cut[:-1])[: len(piece)]
    return Pieces(pieces.goroutine[piece], start, end, begun & (ended[piece] | cut))


@dataclass(frozen=True, eq=False, slots=True)
class _Doing:
    """Of spans of connections: where a handler is seen, where it waits to read, and for a new request, and where it
    waits to finish one.
    """

    handled: Bool
    idle: Bool
    next_one: Bool
    finishing: Bool


def _doing(trace: Trace, row: Int64, goroutine: Int64) -> _Doing:
    spans = trace.spans
    handler, read, peek, reading, finishing = (
        stacks_with(trace, (name,))[spans.stack[row]]
        for name in (_HANDLER, _READ, _PEEK, _READ_REQUEST, _FINISH_REQUEST)
    )
    # Who was woken has the stack of its waker.
    handled = handler & ((spans.state[row] != State.RUNNABLE) | (spans.by[row] == goroutine))
    # To finish a request may be to read what is left of its body.
    waiting = spans.state[row] == State.WAITING
    idle = waiting & read & ~handler & ~finishing
    return _Doing(handled, idle, idle & peek & ~reading, waiting & finishing)


def _background_reads(trace: Trace, row: Int64, serving: Int64) -> tuple[Int64, Int64]:
    """When connections began to read in the background, and in which of the spans `row`, by their order.

    They do so once for each request, when it has no body (any more): before its handler, or in it.
    """
    name = trace.strings.index(_BACKGROUND) if _BACKGROUND in trace.strings else -1
    goroutines, spans = trace.goroutines, trace.spans
    begun = goroutines.offsets[:-1][goroutines.name == name]
    begun = begun[np.isin(spans.by[begun], serving)]
    by, moment = spans.by[begun].astype(np.int64), spans.start[begun]
    low, high = goroutines.offsets[by], goroutines.offsets[by + 1]
    span = np.maximum(last_at(spans.start, None, low, high, moment[:, None])[:, 0], low)
    place = np.searchsorted(row, span)
    order = np.lexsort((moment, place))
    return moment[order], place[order]


def _next_at_once(
    trace: Trace, row: Int64, finishing: Bool, read: Int64, place: Int64, begins: Int64, finish: Int64
) -> tuple[Int64, Int64]:
    """Where a piece has several requests: in which, and when the next one begins.

    That is when the one before is finished, if that was waited for, or else when its own read begins.
    """
    of = np.searchsorted(begins, place, side="right") - 1
    inside = (of >= 0) & (place < finish[np.maximum(of, 0)]) if len(begins) else np.zeros(len(of), np.bool_)
    read, place, of = read[inside], place[inside], of[inside]
    later = np.flatnonzero(of[1:] == of[:-1]) + 1
    ends = np.flatnonzero(finishing)
    before = np.searchsorted(ends, place[later]) - 1
    waited = (before >= 0) & (ends[np.maximum(before, 0)] > place[later - 1]) if len(ends) else before >= 0
    moment = read[later]
    moment[waited] = trace.spans.start[row[ends[before[waited]] + 1]]
    return of[later], moment


def _untold(trace: Trace, row: Int64, goroutine: Int64) -> Bool:
    """Waits of connections from before the trace, of which it tells nothing but that the runtime ended them.

    The network's poller did, or a timer; to wait for a request is most of a connection's life.
    """
    spans, offsets = trace.spans, trace.goroutines.offsets
    found = (row == offsets[goroutine]) & ~trace.goroutines.created[goroutine] & (spans.stack[row] == 0)
    ended_by = spans.by[np.minimum(row + 1, offsets[goroutine + 1] - 1)]
    untold: Bool = found & (spans.state[row] == State.WAITING) & (ended_by < 0)
    return untold
