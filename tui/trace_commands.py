"""The printing commands that only traces have, and the stretch of time that all of them can be asked for.

As in `tui.commands`, each takes the parsed arguments and yields its lines; errors a user can meet are raised.
"""

import os
import shutil
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from analysis.errors import ViewError
from analysis.goroutine_diff import Per, compare, diff_table, ranked_diff
from analysis.goroutine_groups import groups
from analysis.goroutine_tables import Order, goroutines_table, groups_table, ranked_goroutines, ranked_groups
from analysis.goroutines import goroutine_stats
from analysis.table import Table
from analysis.timetext import duration
from analysis.traceinfo import trace_info
from analysis.view import Window
from capture.open import CaptureError, captures, read_any
from parsers.trace.model import Int64, Trace
from tui import glyphs, report
from tui.goroutine_json import diff_records, document, goroutine_records, group_records, side_records
from tui.trace_report import compared_lines, heading_lines

_ROWS = 20
# Wide enough for a pipe's reader, and for the terminal when it does not say.
_WIDTH = 120
_PER = {"second": "{} per second of trace", "goroutine": "{} per goroutine", "sum": "{} in all"}


def run_goroutines(arguments: Namespace, complain: Callable[[str], None]) -> Iterator[str]:
    """Where goroutines spent their time: together by entry function, and those that spent most."""
    if arguments.diff_base:
        yield from _compared(arguments)
        return
    if arguments.per or arguments.base_window:
        raise ViewError("--per and --base-window are for comparing: give --diff-base as well")
    trace = only(arguments)
    window = window_of(arguments, trace)
    stats, found = goroutine_stats(trace, window), groups(trace, window)
    order = Order.parse(arguments.sort)
    chosen = ranked_groups(trace, found, order, arguments.name)
    if arguments.json:
        yield from _as_json(arguments, trace, window, chosen, order)
        return
    width = shutil.get_terminal_size((_WIDTH, 0)).columns
    yield from heading_lines(trace_info(trace), window)
    yield ""
    rows = chosen[: arguments.n or None] if arguments.groups else chosen
    yield f"Entry functions by {_said(order)}; median, p95 and max are one goroutine's."
    yield from _table(groups_table(trace, found, rows, order), width)
    if arguments.groups:
        return
    rows = ranked_goroutines(trace, stats, found, chosen, order)
    most = _ROWS if arguments.n is None else arguments.n or len(rows)
    yield ""
    yield f"Goroutines by {order.figure}: {min(most, len(rows))} of {len(rows)}."
    yield from _table(goroutines_table(trace, stats, rows[:most]), width)


def _compared(arguments: Namespace) -> Iterator[str]:
    """Where the goroutines of two traces spent their time, by entry function."""
    base = _trace(captures([arguments.diff_base]), arguments)
    base_window = _within(base, *(arguments.base_window or (None, None)), called="base")
    new = only(arguments)
    window = window_of(arguments, new)
    diff = compare(new, base, window, base_window)
    order = Order.parse(arguments.sort)
    per: Per = arguments.per or "second"
    rows = ranked_diff(diff, order, per, arguments.name)[: arguments.n or None]
    if arguments.json:
        yield from document(
            [("traces", side_records(diff, trace_info(base), trace_info(new))), ("groups", diff_records(diff, rows))]
        )
        return
    yield from compared_lines(trace_info(new), trace_info(base), window, base_window)
    yield ""
    yield f"Entry functions by {_said_of_change(order, per)}."
    yield from _table(diff_table(diff, rows, order, per), shutil.get_terminal_size((_WIDTH, 0)).columns)


def _said_of_change(order: Order, per: Per) -> str:
    shown = _PER[per].format(order.figure) if order.of == "sum" else f"{order.of} of {order.figure}, one goroutine's"
    if order.key == "name":
        return f"name, with {shown}"
    return f"the change of {f'count, with {shown}' if order.key == 'count' else shown}"


def _said(order: Order) -> str:
    if order.key in ("name", "count"):
        return f"{order.key}, and their {order.figure}"
    return order.key if order.of == "sum" else f"{order.of} of {order.key}"


def _table(table: Table, width: int) -> Iterator[str]:
    table = report.fitted(table, width)
    yield report.heading(table).rstrip()
    yield from report.text(table)


def _as_json(arguments: Namespace, trace: Trace, window: Window | None, chosen: Int64, order: Order) -> Iterator[str]:
    stats, found = goroutine_stats(trace, window), groups(trace, window)
    shown = chosen[: arguments.n or None] if arguments.groups else chosen
    parts = [("groups", group_records(trace, found, shown))]
    if not arguments.groups:
        rows = ranked_goroutines(trace, stats, found, chosen, order)[: arguments.n or None]
        parts.insert(0, ("goroutines", goroutine_records(trace, stats, rows)))
    return document(parts)


def run_timeline(arguments: Namespace, complain: Callable[[str], None]) -> Iterator[str]:
    """A stretch of the trace as lanes of text."""
    from tui.timeline_text import timeline_lines

    trace = only(arguments)
    yield from timeline_lines(
        trace,
        window_of(arguments, trace) or Window(0, trace.duration_ns),
        arguments.lanes,
        arguments.width or shutil.get_terminal_size((_WIDTH, 0)).columns,
        ascii=arguments.ascii or not glyphs.writable(getattr(sys.__stderr__, "encoding", None)),
        most=arguments.n,
        pattern=arguments.name,
        colour=sys.stdout.isatty() and not os.environ.get("NO_COLOR"),
    )


def only(arguments: Namespace) -> Trace:
    """The one trace that the arguments name."""
    return _trace(captures(arguments.files, recursive=arguments.recursive), arguments)


def _trace(paths: Sequence[Path], arguments: Namespace) -> Trace:
    if len(paths) > 1:
        raise ViewError(f"one trace at a time, not {len(paths)} files")
    capture = read_any(paths[0], budget=arguments.max_memory, compat=arguments.compat)
    if not isinstance(capture, Trace):
        raise CaptureError(paths[0], "a profile, not an execution trace")
    return capture


def window_of(arguments: Namespace, trace: Trace) -> Window | None:
    """The stretch of time that the arguments ask for, None for all. Raises ViewError where the trace has none of it."""
    begin, end = arguments.begin, arguments.end
    if arguments.window:
        if begin is not None or end is not None:
            raise ViewError("give --window, or --from and --to, not both")
        begin, end = arguments.window
    return _within(trace, begin, end)


def _within(trace: Trace, begin: int | None, end: int | None, *, called: str = "trace") -> Window | None:
    """The window from `begin` to `end`, so far as the trace goes; None for all of it."""
    if begin is None and end is None:
        return None
    begin, end = begin or 0, trace.duration_ns if end is None else min(end, trace.duration_ns)
    if begin >= trace.duration_ns:
        raise ViewError(f"the {called} ends at {duration(trace.duration_ns)}, before the window begins")
    if begin >= end:
        raise ViewError("the window ends before it begins")
    return Window(begin, end)


RUN = {"goroutines": run_goroutines, "timeline": run_timeline}
