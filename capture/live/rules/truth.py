"""Whether a condition holds, and what makes it hold.

In PromQL, `and`, `or` and `unless` ask for series whose labels are the same, so that `go_goroutines > 5000 and
rate(http_requests_total{code="500"}[1m]) > 1` is never true. Between the conditions of a rule they are about truth: a
condition holds as long as there is a series for which it does. Where `on` or `ignoring` is written, also `ignoring()`,
they are PromQL's own; so they are within arithmetic, comparisons and functions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

import promql_parser as promql

from capture.live.rules.evaluate import value as _value
from capture.live.rules.evaluate import vector
from capture.live.rules.exposition import Labels
from capture.live.rules.functions import SETS
from capture.live.rules.language import bare, is_number
from capture.live.rules.samples import NAME, Samples
from parsers.text import clean

_SERIES = 3
_SAID = 80


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is compared somewhere in a condition, in PromQL, and the series for which that holds with their values."""

    compared: str
    series: Mapping[Labels, float]


@dataclass(frozen=True, slots=True)
class Holding:
    """The series for which a condition holds, none where it does not, and the evidence of all its parts."""

    series: Mapping[Labels, float]
    evidence: tuple[Evidence, ...] = ()


def holding(condition: promql.Expr, samples: Samples, now: float) -> Holding:
    """What makes a rule's condition hold: of `and` and `unless`, series on the left. Raises CaptureError."""
    condition = bare(condition)
    if isinstance(condition, promql.BinaryExpr) and _is_of_truth(condition):
        left, right = (holding(each, samples, now) for each in (condition.lhs, condition.rhs))
        match str(condition.op):
            case "or":
                return Holding({**right.series, **left.series}, left.evidence + right.evidence)
            case "and":
                return Holding(left.series, left.evidence + right.evidence) if left.series and right.series else _NOT
        return _NOT if right.series else left
    found = vector(condition, samples, now)
    return Holding(found, (Evidence(_compared(condition), found),)) if found else _NOT


_NOT = Holding({})


def settled(condition: promql.Expr, samples: Samples, now: float) -> bool:
    """Whether a condition holds for each series that it compares, as what arms a rule again must. Raises CaptureError.

    That a series is no more arms a rule as well.
    """
    condition = bare(condition)
    if isinstance(condition, promql.BinaryExpr) and _is_of_truth(condition):
        left, right = (settled(each, samples, now) for each in (condition.lhs, condition.rhs))
        op = str(condition.op)
        return (left and right) if op == "and" else (left or right) if op == "or" else left and not right
    found = vector(condition, samples, now)
    if not isinstance(condition, promql.BinaryExpr) or str(condition.op) in SETS:
        return bool(found)
    sides = [_value(each, samples, now) for each in (condition.lhs, condition.rhs)]
    return len(found) >= min(len(each) for each in sides if isinstance(each, dict))


def _is_of_truth(operation: promql.BinaryExpr) -> bool:
    return str(operation.op) in SETS and (operation.modifier is None or operation.modifier.matching is None)


def _compared(condition: promql.Expr) -> str:
    if not isinstance(condition, promql.BinaryExpr) or str(condition.op) in SETS:
        return str(condition).replace("{}", "")
    return str(condition.rhs if is_number(condition.lhs) else condition.lhs).replace("{}", "")


def told(evidence: Evidence) -> str:
    """`go_goroutines 7,312`, with the labels of the first few of many series; on one line and not too long."""
    shown = [_told(evidence.compared, *each) for each in islice(evidence.series.items(), _SERIES)]
    more = len(evidence.series) - len(shown)
    return ", ".join([*shown, *([f"and {more:,} more"] if more else [])])


def _told(compared: str, labels: Labels, number: float) -> str:
    names = [text for name, text in labels if name == NAME]
    said = ", ".join(f'{name}="{text}"' for name, text in labels if name != NAME)
    about = names[0] if names else _cut(compared) + " " * bool(said)
    return f"{clean(about + (_cut(f'{{{said}}}') if said else ''))} {plain(number)}"


def _cut(text: str) -> str:
    return text if len(text) <= _SAID else text[: _SAID - 1] + "…"


def plain(number: float) -> str:
    """A number as one reads it: `7,312`, `523,456,789` or `3.142`."""
    if number == int(number) if abs(number) < 1e15 else False:
        return f"{number:,.0f}"
    return f"{number:,.1f}" if 1000 <= abs(number) < 1e15 else f"{number:.4g}"
