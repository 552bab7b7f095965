"""Which goroutines filters leave: focus and ignore, asked of the functions they run and of every stack of theirs.

The other filters take frames or labels away, of which goroutines have none.
"""

from collections.abc import Iterable

import numpy as np

from analysis.expressions import matching
from analysis.memo import memo_few
from analysis.spans import stretches
from analysis.view import GOROUTINE_KINDS, Filter, FilterKind
from parsers.trace.model import Bool, State, Trace


def of_goroutines(filters: Iterable[Filter]) -> tuple[Filter, ...]:
    """Those of the filters that goroutines can be asked."""
    return tuple(each for each in filters if each.kind in GOROUTINE_KINDS)


@memo_few
def passing(trace: Trace, filters: tuple[Filter, ...]) -> Bool:
    """Bool per goroutine: whether `filters`, all of them focus or ignore, leave it.

    A filter speaks of a goroutine when the function that it runs, or a function or file on a stack that it was seen
    in, matches: where it blocked or was stopped, not where others created or woke it. Raises ViewError.
    """
    left = np.ones(len(trace.goroutines), np.bool_)
    for each in filters:
        named = _named(trace, each.text)
        left &= named if each.kind is FilterKind.FOCUS else ~named
    return left


def _named(trace: Trace, expression: str) -> Bool:
    stacks, spans, offsets = trace.stacks, trace.spans, trace.goroutines.offsets
    rows = np.unique(np.concatenate([stacks.function, stacks.file, trace.goroutines.name]))
    match = np.zeros(len(trace.strings), np.bool_)
    match[rows] = matching(expression, [trace.strings[row] for row in rows.tolist()])
    frame = match[stacks.function] | match[stacks.file]
    hits = np.concatenate([[0], np.cumsum(frame[stacks.frame])])
    stack = hits[stacks.offsets[1:]] > hits[stacks.offsets[:-1]]
    named: Bool = match[trace.goroutines.name]
    for begin, end in stretches(trace):
        # One that was made runnable has the stack of whoever did that, unless it was stopped.
        own = (spans.state[begin:end] != State.RUNNABLE) | (spans.reason[begin:end] != 0)
        found = np.flatnonzero(own & stack[spans.stack[begin:end]]) + begin
        named[np.searchsorted(offsets, found, side="right") - 1] = True
    return named
