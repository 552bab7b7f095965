"""What an expression of PromQL comes to, of what was scraped: Prometheus's own definitions, for one moment.

Only expressions that capture/live/rules/language.py lets through are asked about. A value is a number, or one for each
series by its labels, with the metric's name among them as `__name__` for as long as PromQL keeps it.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import promql_parser as promql

from capture.live.rules import functions
from capture.live.rules.exposition import Labels
from capture.live.rules.functions import Window
from capture.live.rules.samples import NAME, Samples, Series
from capture.open import CaptureError
from parsers.text import clean

Vector = dict[Labels, float]
Value = Vector | float


@dataclass(frozen=True, slots=True)
class Moment:
    """When, by the clock of the scrapes and by that on the wall, and what is known then."""

    samples: Samples
    now: float
    wall: Callable[[], float] = time.time


def value(expr: promql.Expr, samples: Samples, now: float, wall: Callable[[], float] = time.time) -> Value:
    """What `expr` comes to at `now`. Raises CaptureError where labels do not tell which series belong together."""
    return _value(expr, Moment(samples, now, wall))


def vector(expr: promql.Expr, samples: Samples, now: float, wall: Callable[[], float] = time.time) -> Vector:
    """The same of an expression that is no number."""
    return _vector(expr, Moment(samples, now, wall))


def metric(selector: promql.VectorSelector) -> str:
    """The name of the metric that is selected, "" where none is named."""
    if selector.name:
        return selector.name
    named = [each.value for each in selector.matchers.matchers if each.name == NAME and each.op == promql.MatchOp.Equal]
    return named[0] if len(named) == 1 else ""


def selected(selector: promql.VectorSelector, samples: Samples) -> Mapping[Labels, Series]:
    """The series that the selector finds, by their labels with their name."""
    name = metric(selector)
    matchers = [(each.name, str(each.op), each.value) for each in selector.matchers.matchers if each.name != NAME]
    named = ((NAME, name),)
    return {
        named + labels: series
        for labels, series in samples.series(name).items()
        if not matchers or all(_matches(dict(labels).get(label, ""), op, wanted) for label, op, wanted in matchers)
    }


def _matches(text: str, op: str, wanted: str) -> bool:
    match op:
        case "MatchOp.Equal":
            return text == wanted
        case "MatchOp.NotEqual":
            return text != wanted
        case "MatchOp.Re":
            return pattern(wanted)(text)
    return not pattern(wanted)(text)


@lru_cache(256)
def pattern(expression: str) -> Callable[[str], bool]:
    """Whether an RE2 expression matches all of a text. Raises ValueError for one that is none."""
    import re2

    options = re2.Options()
    options.log_errors, options.dot_nl = False, True
    try:
        compiled = re2.compile(expression, options)
    except re2.error:
        raise ValueError(f"“{expression}” is no regular expression of RE2") from None
    return lambda text: compiled.fullmatch(text) is not None


def _value(expr: promql.Expr, at: Moment) -> Value:
    match expr:
        case promql.NumberLiteral():
            return expr.val
        case promql.ParenExpr():
            return _value(expr.expr, at)
        case promql.UnaryExpr():
            return _each(_value(expr.expr, at), lambda each: -each)
        case promql.VectorSelector():
            return _now(expr, at)
        case promql.AggregateExpr():
            return _aggregated(expr, _vector(expr.expr, at))
        case promql.BinaryExpr():
            return _operation(expr, _value(expr.lhs, at), _value(expr.rhs, at))
        case promql.Call():
            return _call(expr, at)
    raise AssertionError(f"not let through: {expr}")


def _vector(expr: promql.Expr, at: Moment) -> Vector:
    found = _value(expr, at)
    assert isinstance(found, dict)
    return found


def _number(expr: promql.Expr, at: Moment) -> float:
    found = _value(expr, at)
    assert not isinstance(found, dict)
    return found


def _now(selector: promql.VectorSelector, at: Moment) -> Vector:
    """The values of the newest scrape, as long as that holds."""
    if not at.samples.fresh(at.now):
        return {}
    newest = at.samples.newest
    found = selected(selector, at.samples)
    return {labels: series.values[-1] for labels, series in found.items() if series.times[-1] == newest}


def _each(found: Value, change: Callable[[float], float]) -> Value:
    """`change` of each value, which then is no longer what the metric's name says."""
    if not isinstance(found, dict):
        return change(found)
    return _unique((_unnamed(labels), change(each)) for labels, each in found.items())


def _unnamed(labels: Labels) -> Labels:
    return tuple(each for each in labels if each[0] != NAME)


def _unique(rows: Any) -> Vector:
    found: Vector = {}
    for labels, each in rows:
        if labels in found:
            raise CaptureError.of(
                f"two series have the same labels, {_shown(labels)}, without the names of their metrics"
            )
        found[labels] = each
    return found


def _shown(labels: Labels) -> str:
    return clean("{" + ", ".join(f'{name}="{text}"' for name, text in labels) + "}")


def _picked(labels: Labels, names: Collection[str], *, include: bool) -> Labels:
    """The labels in `names`, or all others but the metric's name."""
    return tuple(each for each in labels if (each[0] in names if include else each[0] not in names and each[0] != NAME))


def _aggregated(expr: promql.AggregateExpr, found: Vector) -> Vector:
    modifier = expr.modifier
    names: Collection[str] = modifier.labels if modifier else ()
    by = modifier is None or modifier.type == promql.AggModifierType.By
    groups: dict[Labels, list[float]] = defaultdict(list)
    for labels, each in found.items():
        groups[_picked(labels, names, include=by)].append(each)
    pick = functions.OF_GROUP[str(expr.op)]
    return {labels: pick(values) for labels, values in groups.items()}


def _operation(expr: promql.BinaryExpr, left: Value, right: Value) -> Value:
    op = str(expr.op)
    returns_bool = expr.modifier is not None and expr.modifier.return_bool
    if isinstance(left, dict) and isinstance(right, dict):
        return _between(expr, left, right, returns_bool=returns_bool)
    if isinstance(left, dict):
        assert not isinstance(right, dict)
        return _with_number(op, left, lambda each: (each, right), returns_bool=returns_bool)
    if isinstance(right, dict):
        return _with_number(op, right, lambda each: (left, each), returns_bool=returns_bool)
    return _applied(op, left, right)


def _applied(op: str, left: float, right: float) -> float:
    """The result of an operation, 1 or 0 for a comparison."""
    return float((functions.ARITHMETIC | functions.COMPARISONS)[op](left, right))


def _with_number(op: str, found: Vector, sides: Callable[[float], tuple[float, float]], *, returns_bool: bool) -> Value:
    """An operation with a number, on whichever side; a comparison leaves those for which it holds as they are."""
    if op in functions.COMPARISONS and not returns_bool:
        return {labels: each for labels, each in found.items() if _applied(op, *sides(each))}
    return _each(found, lambda each: _applied(op, *sides(each)))


def _between(expr: promql.BinaryExpr, left: Vector, right: Vector, *, returns_bool: bool) -> Vector:
    """Series for series, those whose labels agree: all but the metric's name, or as `on` and `ignoring` say."""
    op, matching = str(expr.op), expr.modifier.matching if expr.modifier else None
    names: Collection[str] = matching.labels if matching else ()
    include = matching is not None and matching.type == promql.LabelModifierType.Include

    def key(labels: Labels) -> Labels:
        return _picked(labels, names, include=include)

    if op in functions.SETS:
        return _set(op, left, right, key)
    if not left or not right:
        return {}
    others: dict[Labels, float] = {}
    for labels, each in right.items():
        if key(labels) in others:
            raise _ambiguous(op, "right", key(labels))
        others[key(labels)] = each
    found: Vector = {}
    seen: set[Labels] = set()
    for labels, each in left.items():
        match = key(labels)
        if match not in others:
            continue
        applied = _applied(op, each, others[match])
        filters = op in functions.COMPARISONS and not returns_bool
        if filters and not applied:
            continue
        # As in Prometheus, only those that are left must be told apart.
        if match in seen:
            raise _ambiguous(op, "left", match)
        seen.add(match)
        if filters:
            found[match if include else _picked(labels, (NAME,), include=True) + match] = each
        else:
            found[match] = applied
    return found


def _ambiguous(op: str, side: str, labels: Labels) -> CaptureError:
    return CaptureError.of(
        f"several series on the {side} of “{op}” have the labels {_shown(labels)}: aggregate with sum by (…) first"
    )


def _set(op: str, left: Vector, right: Vector, key: Callable[[Labels], Labels]) -> Vector:
    if op == "or":
        there = set(map(key, left))
        return left | {labels: each for labels, each in right.items() if key(labels) not in there}
    there = set(map(key, right))
    return {labels: each for labels, each in left.items() if (key(labels) in there) == (op == "and")}


def _call(call: promql.Call, at: Moment) -> Value:
    name, arguments = call.func.name, call.args
    if name in functions.OF_WINDOW:
        keeps = name in functions.KEEPS_NAME
        return _of_windows(arguments[0], at, functions.OF_WINDOW[name], keeps_name=keeps)
    if name in functions.OF_VALUE:
        numbers = [_number(each, at) for each in arguments[1:]]
        return _each(_value(arguments[0], at), lambda each: functions.OF_VALUE[name](each, *numbers))
    match name:
        case "time":
            return at.wall()
        case "vector":
            return {(): _number(arguments[0], at)}
        case "scalar":
            found = _vector(arguments[0], at)
            return next(iter(found.values())) if len(found) == 1 else math.nan
        case "absent":
            return {} if _vector(arguments[0], at) else {_equals(arguments[0]): 1.0}
        case "predict_linear":
            ahead = _number(arguments[1], at)
            return _of_windows(arguments[0], at, lambda window: _ahead(functions.line(window), ahead))
    assert name == "histogram_quantile"
    return _quantiles(_number(arguments[0], at), _vector(arguments[1], at))


def _ahead(line: tuple[float, float] | None, ahead: float) -> float | None:
    return line and line[1] + line[0] * ahead


def _of_windows(argument: promql.Expr, at: Moment, apply: functions.OfWindow, *, keeps_name: bool = False) -> Vector:
    while isinstance(argument, promql.ParenExpr):
        argument = argument.expr
    assert isinstance(argument, promql.MatrixSelector)
    begin = at.now - argument.range.total_seconds()
    found: Vector = {}
    for labels, series in selected(argument.vector_selector, at.samples).items():
        first, end = series.since(begin), series.since(at.now)
        if first < end:
            applied = apply(Window(series.times[first:end], series.values[first:end], begin, at.now))
            if applied is not None:
                found[labels if keeps_name else _unnamed(labels)] = applied
    return found


def _equals(expr: promql.Expr) -> Labels:
    """The labels that a selector asks to be equal to something, each once."""
    while isinstance(expr, promql.ParenExpr):
        expr = expr.expr
    if not isinstance(expr, promql.VectorSelector):
        return ()
    matchers = [each for each in expr.matchers.matchers if each.name != NAME]
    names = [each.name for each in matchers]
    equal = ((each.name, each.value) for each in matchers if each.op == promql.MatchOp.Equal)
    return tuple(sorted(each for each in equal if names.count(each[0]) == 1))


def _quantiles(share: float, found: Vector) -> Vector:
    """A quantile of each histogram, whose buckets differ by their label `le`."""
    histograms: dict[Labels, dict[float, float]] = defaultdict(lambda: defaultdict(float))
    for labels, each in found.items():
        try:
            bound = float(dict(labels).get("le", ""))
        except ValueError:
            continue
        histograms[_picked(labels, ("le",), include=False)][bound] += each
    return {labels: functions.quantile(share, sorted(buckets.items())) for labels, buckets in histograms.items()}
