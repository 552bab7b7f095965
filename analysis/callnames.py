"""What goroutines do where they wait or work, in the words of the libraries they are in, as far as their stacks tell:
a request that is read, a pooled connection waited for, a name looked up.

Which functions mean what, `analysis.callrules` says; here the rules meet the stacks of a trace. Why a goroutine waits,
and which of the program's own functions it is in, others tell.
"""

import re
from dataclasses import dataclass

import numpy as np

from analysis.callrules import RULES
from analysis.memo import memo
from parsers.trace.model import Trace, UInt8

# What is spelt in several ways: vendored packages, major versions of modules, and HTTP/2, which net/http had bundled
# under a prefix until Go 1.26 and has in a package of its own since.
_VENDORED = re.compile(r"^(.*/)?vendor/")
_MAJOR = re.compile(r"/v\d+(?=[./])")
_BUNDLED = re.compile(r"^net/http\.(\(\*)?http2(?=\w)")
_HTTP2 = re.compile(r"^(net/http/internal|golang\.org/x/net)/http2\.")
# Functions inside a function, and those that the compiler wraps a go or defer statement in.
_CLOSURES = re.compile(r"\.(func|gowrap|deferwrap)\d+[^/]*$|-range\d+$")
_NONE = 255


@dataclass(frozen=True, eq=False, slots=True)
class CallNames:
    """The names there are, the most telling first, and which one each stack of a trace has.

    `names` are those of `callrules`, whatever the trace, behind "" in row 0.
    """

    names: tuple[str, ...]
    of_stack: UInt8  # per row of Stacks: row of names, 0 where no rule is about it


_NAMES = ("", *(name for name, _ in RULES))


@memo
def call_names(trace: Trace) -> CallNames:
    """The name of every stack: that of the first rule that is about one of its frames."""
    stacks, functions = trace.stacks, _functions(trace)
    rank = _ranks(functions, len(trace.strings))[stacks.function][stacks.frame]
    _mark_calls(trace, functions, rank)
    of_stack = np.zeros(len(stacks), np.uint8)
    rows = np.flatnonzero(np.diff(stacks.offsets))
    if len(rows):
        first = np.minimum.reduceat(rank, stacks.offsets[rows])
        of_stack[rows] = np.where(first == _NONE, 0, first)
    return CallNames(_NAMES, of_stack)


def call_name(trace: Trace, stack: int) -> str:
    """What is done in a stack of the trace, "" where no rule is about it."""
    found = call_names(trace)
    return found.names[int(found.of_stack[stack])]


def _spelt(name: str) -> str:
    """A function's name as the rules have it."""
    name = _MAJOR.sub("", _VENDORED.sub("", name))
    name = _HTTP2.sub("http2.", _BUNDLED.sub(r"http2.\1", name))
    return _CLOSURES.sub("", name)


def _functions(trace: Trace) -> dict[str, list[int]]:
    """The rows of Trace.strings that name functions of frames, by the name as the rules have it."""
    found: dict[str, list[int]] = {}
    for row in np.unique(trace.stacks.function).tolist():
        found.setdefault(_spelt(trace.strings[row]), []).append(row)
    return found


def _ranks(functions: dict[str, list[int]], strings: int) -> UInt8:
    """uint8 per string: the first rule about the function of that name, _NONE for none."""
    ranks = np.full(strings, _NONE, np.uint8)
    for name, rows in functions.items():
        prefix = next((rank for rank, start in _PREFIXES if name.startswith(start)), _NONE)
        ranks[rows] = min(prefix, _EXACT.get(name, _NONE))
    return ranks


def _mark_calls(trace: Trace, functions: dict[str, list[int]], rank: UInt8) -> None:
    """Give callers the rank of the rule that is about them for whom they call: `rank` has an entry per stack entry."""
    stacks = trace.stacks
    for row, callee, caller in _CALLS:
        if callee not in functions or caller not in functions:
            continue
        entries = np.flatnonzero(np.isin(stacks.function, functions[caller])[stacks.frame])
        entries = entries[~np.isin(entries, stacks.offsets)]  # a leaf calls nobody
        calls = entries[np.isin(stacks.function[stacks.frame[entries - 1]], functions[callee])]
        rank[calls] = np.minimum(rank[calls], row)


def _compiled() -> tuple[dict[str, int], tuple[tuple[int, str], ...], tuple[tuple[int, str, str], ...]]:
    """The rules as exact names, as prefixes and as calls, each with its place among them, from 1."""
    exact: dict[str, int] = {}
    prefixes: list[tuple[int, str]] = []
    calls: list[tuple[int, str, str]] = []
    for rank, (_, patterns) in enumerate(RULES, 1):
        for pattern in patterns.split():
            callee, is_call, caller = pattern.partition("<")
            if is_call:
                calls.append((rank, callee, caller))
            elif pattern.endswith("*"):
                prefixes.append((rank, pattern[:-1]))
            else:
                exact.setdefault(pattern, rank)
    return exact, tuple(prefixes), tuple(calls)


_EXACT, _PREFIXES, _CALLS = _compiled()
