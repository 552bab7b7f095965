"""Rules as they are typed: conditions in PromQL, with sizes, and how long they must hold and what arms them again.

    CONDITION [for TIME] [until CONDITION | until OPERATOR VALUE]

promql_parser knows the grammar. Of PromQL there is what tells of one process now: selectors with matchers, arithmetic,
comparisons, `and`, `or`, `unless`, matching one to one with `on` and `ignoring`, `sum`, `min`, `max`, `avg`, `count`
with `by` and `without`, and the functions of capture/live/rules/functions.py. There are no subqueries, `offset`, `@`,
`group_left` or `group_right`. capture/live/rules/truth.py says what of a condition must hold.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import inf

import promql_parser as promql

from capture.live.rules import functions, wording
from capture.live.rules.evaluate import metric, pattern
from capture.live.rules.wording import DEEPEST, Wording, WordingError
from capture.open import CaptureError
from parsers.text import clean

Expr = promql.Expr

_CALLS = (*functions.OF_WINDOW, *functions.OF_VALUE, *functions.SPECIAL)
_OPERATORS = (*functions.ARITHMETIC, *functions.COMPARISONS, *functions.SETS)
_SAID = 80


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition, and what it needs to know. Two that are typed alike are equal.

    It must hold for `hold` seconds. `until` is what arms it again, None for that the condition no longer holds. `names`
    are the metrics it asks for, `looks_for` those of its selectors that should find something, as `absent` need not;
    `look_back` is how many seconds of them functions take at most, 0 for what is now, and `shortest` at least, infinite
    for none. `shown` and `shown_until` are the parts as they were typed.
    """

    text: str
    condition: Expr = field(compare=False, repr=False)
    hold: float = field(compare=False)
    until: Expr | None = field(compare=False, repr=False)
    names: frozenset[str] = field(compare=False)
    looks_for: tuple[promql.VectorSelector, ...] = field(compare=False, repr=False)
    look_back: float = field(compare=False)
    shortest: float = field(compare=False)
    shown: str = field(compare=False)
    shown_until: str = field(compare=False)


def rule(text: str) -> Rule:
    """The rule that `text` stands for. Raises CaptureError, with one sentence, for a text that is none."""
    try:
        return _rule(wording.taken_apart(text))
    except WordingError as error:
        shown = " ".join(text.split())
        shown = shown if len(shown) <= _SAID else shown[: _SAID - 1] + "…"
        raise CaptureError.of(clean(f"“{shown}” is no rule: {error}"), clean(str(error))) from None


def _rule(parts: Wording) -> Rule:
    condition = _condition(wording.promql(parts.condition))
    until = _until(parts, condition)
    hold = wording.seconds(parts.hold) if parts.hold else 0.0
    if hold is None or hold > wording.LONGEST_BACK:
        raise WordingError(f"“for {parts.hold}” is no time, a day at most, such as 30s or 1m30s")
    wholes = [condition, *([until] if until else [])]
    nodes = [node for whole in wholes for node in _nodes(whole)]
    expected = [node for whole in wholes for node in _nodes(whole, but="absent")]
    ranges = [node.range.total_seconds() for node in nodes if isinstance(node, promql.MatrixSelector)]
    tail = f" for {parts.hold}" if parts.hold else ""
    shown, shown_until = wording.as_typed(parts.condition), wording.as_typed(parts.until)
    return Rule(
        text=shown + tail + (f" until {shown_until}" if shown_until else ""),
        condition=condition,
        hold=hold,
        until=until,
        names=frozenset(metric(node) for node in nodes if isinstance(node, promql.VectorSelector)),
        looks_for=tuple(node for node in expected if isinstance(node, promql.VectorSelector)),
        look_back=max(ranges, default=0.0),
        shortest=min(ranges, default=inf),
        shown=shown + tail,
        shown_until=shown_until,
    )


def _until(parts: Wording, condition: Expr) -> Expr | None:
    """What arms a rule again; an operator at its beginning takes what the condition compares for its left side."""
    if not parts.until:
        return None
    text = wording.promql(parts.until)
    if parts.until[0].kind == "comparison" or (parts.until[0].kind == "space" and parts.until[1].kind == "comparison"):
        one = bare(condition)
        if not (isinstance(one, promql.BinaryExpr) and str(one.op) in functions.COMPARISONS):
            raise WordingError(f"“until {text}” says not what is compared, for there is more than one: write it out")
        left, right = wording.compared(parts.condition)
        text = f"({right if is_number(one.lhs) else left}) {text}"
    return _condition(text)


def bare(expr: Expr) -> Expr:
    """Without the parentheses around it."""
    while isinstance(expr, promql.ParenExpr):
        expr = expr.expr
    return expr


def is_number(expr: Expr) -> bool:
    """Whether it is a number rather than one for each series."""
    match bare(expr):
        case promql.NumberLiteral():
            return True
        case promql.UnaryExpr() as unary:
            return is_number(unary.expr)
        case promql.BinaryExpr() as binary:
            return is_number(binary.lhs) and is_number(binary.rhs)
        case promql.Call() as call:
            return bool(call.func.return_type == promql.ValueType.Scalar)
    return False


def _is_call(expr: Expr, name: str) -> bool:
    return isinstance(expr, promql.Call) and expr.func.name == name


def _condition(text: str) -> Expr:
    """The expression of a condition, all of which is understood. Raises WordingError."""
    try:
        found: Expr = promql.parse(text)
    except ValueError as error:
        raise WordingError(_explained(str(error))) from None
    for node in _nodes(found):
        _check(node)
    _check_truth(found)
    return found


def _nodes(whole: Expr, *, but: str = "") -> Iterator[Expr]:
    """An expression and all within it but for what is in calls of `but`.

    Raises WordingError where they are nested too deep.
    """
    left = [(whole, 1)]
    while left:
        expr, deep = left.pop()
        if deep > 2 * DEEPEST:
            raise WordingError(f"more than {2 * DEEPEST} operations are within each other")
        yield expr
        if not (but and _is_call(expr, but)):
            left += [(each, deep + 1) for each in _within(expr)]


def _within(expr: Expr) -> list[Expr]:
    match expr:
        case promql.BinaryExpr():
            return [expr.lhs, expr.rhs]
        case promql.UnaryExpr() | promql.ParenExpr():
            return [expr.expr]
        case promql.AggregateExpr():
            return [expr.expr]
        case promql.Call():
            return [*expr.args]
        case promql.MatrixSelector():
            return [expr.vector_selector]
    return []


def _check(node: Expr) -> None:
    """Raise WordingError for what goscope does not know, though PromQL does."""
    match node:
        case promql.VectorSelector():
            _check_selector(node)
        case promql.Call():
            if node.func.name not in _CALLS:
                raise WordingError(f"{node.func.name}() is not understood: there are {', '.join(sorted(_CALLS))}")
        case promql.AggregateExpr():
            if str(node.op) not in functions.OF_GROUP or node.param is not None:
                raise WordingError(f"{node.op} is not understood: there are {', '.join(functions.OF_GROUP)}")
        case promql.BinaryExpr():
            _check_operation(node)
        case promql.SubqueryExpr():
            raise WordingError("subqueries are not understood")


def _check_selector(node: promql.VectorSelector) -> None:
    if node.offset is not None or node.at is not None:
        raise WordingError("“offset” and “@” are not understood: a rule is about now")
    if node.matchers.or_matchers:
        raise WordingError("“or” between labels is not understood: =~ takes alternatives")
    if not metric(node):
        raise WordingError(f"{node} names no metric: write it before the braces")
    for matcher in node.matchers.matchers:
        if matcher.op in (promql.MatchOp.Re, promql.MatchOp.NotRe):
            try:
                pattern(matcher.value)
            except ValueError as error:
                raise WordingError(str(error)) from None


def _check_operation(node: promql.BinaryExpr) -> None:
    modifier = node.modifier
    if str(node.op) not in _OPERATORS:
        raise WordingError(f"“{node.op}” is not understood: there are {' '.join(_OPERATORS)}")
    if modifier and modifier.card in (promql.VectorMatchCardinality.ManyToOne, promql.VectorMatchCardinality.OneToMany):
        raise WordingError("group_left and group_right are not understood: aggregate with sum by (…) first")
    if modifier and (modifier.fill_values.lhs is not None or modifier.fill_values.rhs is not None):
        raise WordingError("“fill” is not understood")


def _check_truth(whole: Expr) -> None:
    """Raise WordingError for what neither holds nor does not: each side of `and` and `or` is a condition."""
    left = [whole]
    while left:
        expr = bare(left.pop())
        match expr:
            case promql.BinaryExpr() if str(expr.op) in functions.SETS:
                # With labels written that must agree, what is on the right of `and` and `unless` may be any series.
                strict = expr.modifier is not None and expr.modifier.matching is not None and str(expr.op) != "or"
                left += [expr.lhs] if strict else [expr.lhs, expr.rhs]
            case promql.BinaryExpr() if str(expr.op) in functions.COMPARISONS:
                if expr.modifier and expr.modifier.return_bool:
                    raise WordingError("“bool” makes 0 or 1 of what holds or not: leave it out")
            case _ if not _is_call(expr, "absent"):
                raise WordingError(f"“{_cut(str(expr))}” compares nothing: write for example … > 5000")


def _explained(said: str) -> str:
    """What the parser says, in the words of whoever typed."""
    unknown = re.fullmatch(r"unknown function with name '(.*)'", said, re.DOTALL)
    if unknown:
        near = get_close_matches(unknown[1].lower(), _CALLS, 1)
        meant = f"{near[0]}() perhaps" if near else ", ".join(sorted(_CALLS))
        return f"there is no function {_cut(unknown[1])}(): {meant}"
    if "scalars must use BOOL" in said:
        return "it compares numbers, and nothing that the process says of itself: name a metric"
    if "expected type matrix" in said:
        return "a function wants a time to look back, such as rate(http_requests_total[1m])"
    if "invalid promql query" in said:
        return "it is not PromQL: write it like go_goroutines > 5000 or rate(http_requests_total[1m]) > 100 for 30s"
    return f"PromQL has it that: {_cut(' '.join(said.split()), 200)}"


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
