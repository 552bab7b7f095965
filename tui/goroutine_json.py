"""Goroutines as JSON, written piece by piece: of a million, neither the records nor their text are ever all there."""

import json
from collections.abc import Iterator

from analysis.goroutine_diff import GroupsDiff
from analysis.goroutine_groups import Grouped, Groups, Spread
from analysis.goroutines import GoroutineStats, Shares
from analysis.traceinfo import TraceInfo
from parsers.trace.model import Int64, Trace

_PIECE = 1 << 12
_SIDES = ("base", "new")


def document(parts: list[tuple[str, Iterator[str]]]) -> Iterator[str]:
    """Lines of one JSON object: a list under each key, a record a line."""
    lead = "{"
    for key, records in parts:
        yield f"{lead}{json.dumps(key)}: ["
        last = ""
        for record in records:
            if last:
                yield f"{last},"
            last = record
        if last:
            yield last
        lead = "], "
    yield "]}"


def goroutine_records(trace: Trace, stats: GoroutineStats, rows: Int64) -> Iterator[str]:
    """A JSON object for each goroutine of `rows`.

    `start_ns` is when it was created, or when the trace found it, since the trace's start; `end_ns` is null for one
    that is alive at the trace's end.
    """
    reasons, ranges = [[json.dumps(name) for name in names] for names in (trace.reasons, trace.range_names)]
    names: dict[int, str] = {}
    for first in range(0, len(rows), _PIECE):
        some = rows[first : first + _PIECE]
        own = trace.goroutines.name[some].tolist()
        for name in set(own) - names.keys():
            names[name] = json.dumps(trace.strings[name])
        columns = (
            trace.goroutines.id[some],
            stats.lives.created[some],
            stats.lives.ended[some],
            stats.total[some],
            stats.exec[some],
            stats.sched_wait[some],
            stats.syscall[some],
            stats.syscall_block[some],
        )
        blocks, parts = _objects(stats.reasons, some, reasons), _objects(stats.ranges, some, ranges)
        each = zip(*(column.tolist() for column in columns), own, blocks, parts, strict=True)
        for goid, start, end, total, exec_ns, sched, syscall, block, name, waits, inside in each:
            yield (
                f'{{"id": {goid}, "name": {names[name]}, "start_ns": {start}, "end_ns": {"null" if end < 0 else end}, '
                f'"total_ns": {total}, "exec_ns": {exec_ns}, "sched_wait_ns": {sched}, "syscall_ns": {syscall}, '
                f'"syscall_block_ns": {block}, "block_ns": {waits}, "range_ns": {inside}}}'
            )


def _objects(shares: Shares, rows: Int64, names: list[str]) -> Iterator[str]:
    """A JSON object for each goroutine of `rows`: its times by kind."""
    kinds, times = shares.kind, shares.ns
    for begin, end in zip(shares.offsets[rows].tolist(), shares.offsets[rows + 1].tolist(), strict=True):
        if begin == end:
            yield "{}"
            continue
        own = zip(kinds[begin:end].tolist(), times[begin:end].tolist(), strict=True)
        yield "{" + ", ".join([f"{names[kind]}: {ns}" for kind, ns in own]) + "}"


def group_records(trace: Trace, found: Groups, rows: Int64) -> Iterator[str]:
    """A JSON object for each group of `rows`: what its goroutines add up to, and how each figure differs among them."""
    for row in rows.tolist():
        yield json.dumps({"name": trace.strings[found.name[row]]} | _together(found, row))


def side_records(diff: GroupsDiff, base: TraceInfo, new: TraceInfo) -> Iterator[str]:
    """A JSON object for the base, and one for the new trace: what of them is compared."""
    for side, found, about in zip(_SIDES, (diff.base, diff.new), (base, new), strict=True):
        facts = {"go_version": about.go_version, "gomaxprocs": about.gomaxprocs, "duration_ns": found.length_ns}
        yield json.dumps({"side": side, **facts, "goroutines": int(found.count.sum())})


def diff_records(diff: GroupsDiff, rows: Int64) -> Iterator[str]:
    """A JSON object for each group of `rows`: under `base` and `new` what `group_records` says of one trace's."""
    for row in rows.tolist():
        sides = {side: _together(found, row) for side, found in zip(_SIDES, (diff.base, diff.new), strict=True)}
        yield json.dumps({"name": diff.names[row], **sides})


def _together(found: Grouped, row: int) -> dict[str, object]:
    sums = {key: int(each.sum[row]) for key, each in found.figures.items()}
    return {
        "count": int(found.count[row]),
        **{f"{key}_ns": sums[key] for key in ("total", "exec", "sched_wait", "syscall", "syscall_block")},
        "block_ns": {name: int(each.sum[row]) for name, each in found.reasons.items() if each.sum[row]},
        "range_ns": {name: int(each.sum[row]) for name, each in found.ranges.items() if each.sum[row]},
        "each": {f"{key}_ns": _spread(each, row) for key, each in found.figures.items()},
    }


def _spread(each: Spread, row: int) -> dict[str, int]:
    return {key: int(getattr(each, key)[row]) for key in ("min", "median", "p95", "max")}
