"""The page of load: slices of time, with what the Ps and the goroutines did in each."""

from collections.abc import Sequence

import numpy as np

from analysis.activity import RUNNING, Activity
from analysis.derive import waits
from analysis.lanes import everything
from analysis.load import busy_share, capacity, changes, idle_share
from analysis.percentiles import distributions
from analysis.timeline import highest
from analysis.units import label
from analysis.view import Window
from analysis.waits import SCHED
from parsers.trace.model import Int64, Trace
from tui.picture import Picture, Row
from tui.rows.lanecells import Floats
from tui.rows.runtime.sheet import Ask, Field, Sheet, at, on_timeline, share, time
from tui.rows.runtime.strips import GUTTER, columns_of, window_of
from tui.rows.timehead import bands, ruler, shares_of, strip

_SLICES = 50
_CALLS = (Activity.SYSCALL, Activity.SYSCALL_BLOCKED)
# The states that goroutines are counted by, in words, and the style of each.
STATES: tuple[tuple[str, Sequence[Activity], str], ...] = (
    ("running", RUNNING, "running"),
    ("runnable", (Activity.RUNNABLE,), "runnable"),
    ("syscalls", _CALLS, "syscall"),
    ("locks", (Activity.SYNC,), "sync"),
    ("channels", (Activity.CHANNEL,), "channel"),
    ("network", (Activity.NETWORK,), "network"),
    ("asleep", (Activity.SLEEP,), "sleep"),
    ("other", (Activity.GC_WAIT, Activity.WAITING), "dim"),
)


def load_page(ask: Ask) -> Sheet:
    """How busy the Ps were, what waited for them, and how many goroutines were in which state, slice by slice."""
    trace, seen = ask.trace, window_of(ask.trace, ask.view.window)
    edges = columns_of(seen, min(_SLICES, max(1, seen.end - seen.start)))
    means = _means(trace, edges)
    slow = _latencies(trace, ask.view.window, edges)
    heap = highest(trace.heap, edges)
    procs = capacity(trace, edges) / np.maximum(np.diff(edges), 1)
    fields = [
        Field("start_ns", "from", edges[:-1], at, 9),
        Field("busy", "busy", busy_share(trace, edges), share, 6),
        Field("gomaxprocs", "Ps", procs, lambda value: f"{value:.4g}", 4, drop=6),
        Field("idle", "idle+q", idle_share(trace, edges), share, 6),
        Field("p95_ns", "sched95", slow[0], time, drop=1),
        Field("max_ns", "max", slow[1], time, drop=2),
    ]
    fields += [
        Field(name, name, means[:, list(kinds)].sum(axis=1), _mean, 8, drop=9 - at if at > 1 else 0)
        for at, (name, kinds, _) in enumerate(STATES)
    ]
    fields.append(Field("heap", "heap", heap, lambda size: label(int(size), "bytes"), width=0, align="<"))
    return Sheet(
        fields=fields,
        by="start_ns",
        rising=frozenset({"start_ns"}),
        share="busy",
        heading=_procs(trace),
        picture=picture(trace, seen, ask.width),
        identity=lambda row: int(edges[row]),
        leads=lambda row: on_timeline(ask, int(edges[row]), int(edges[row + 1])),
        stretch=lambda row: (int(edges[row]), int(edges[row + 1])),
        reason="The trace is empty.",
    )


def _mean(count: float) -> str:
    return f"{count:.3g}" if count >= 0.005 else "-"


def _procs(trace: Trace) -> str:
    """GOMAXPROCS, and when it changed."""
    steps = changes(trace.gomaxprocs)
    if not steps:
        return "GOMAXPROCS is not in the trace"
    turned = ", then ".join(f"{value} at {at(time)}" for time, value in steps[1:6])
    more = f" and {len(steps) - 6} more changes" if len(steps) > 6 else ""
    return (
        f"GOMAXPROCS {steps[0][1]}{', then ' + turned + more if turned else ', all the time'}; idle+q: goroutines "
        "waited while a P was idle; states are means"
    )


def _means(trace: Trace, edges: Int64) -> Floats:
    """float64[slices, ACTIVITIES]: how many goroutines did what, on average."""
    times = everything(trace).columns(np.zeros(1, np.int64), edges)[0]
    found: Floats = times / np.maximum(np.diff(edges), 1)[:, None]
    return found


def _latencies(trace: Trace, window: Window | None, edges: Int64) -> tuple[Int64, Int64]:
    """p95 and max of the waits for a P that began in each slice."""
    found = waits(trace, SCHED, window)
    slices = np.searchsorted(edges, trace.spans.start[found.row], side="right") - 1
    spread = distributions(np.clip(slices, 0, len(edges) - 2), found.ns, len(edges) - 1)
    return spread.p95, spread.max


def picture(trace: Trace, seen: Window, width: int) -> Picture:
    """Ps and goroutines over time, a strip for each state that there is."""
    edges = columns_of(seen, max(1, width - GUTTER))
    means = _means(trace, edges)
    rows: list[Row] = [ruler(seen, edges, None), bands(*shares_of(trace, edges))]
    busy = busy_share(trace, edges)
    rows.append(strip("Ps busy", busy, 1.0, f"{busy.mean():.0%}", "running"))
    rows.append(strip("idle P, queue", idle_share(trace, edges), 1.0, "", "runnable"))
    for name, kinds, style in STATES[1:-1]:
        values = means[:, list(kinds)].sum(axis=1)
        if top := float(values.max(initial=0)):
            rows.append(strip(name, values, top, f"{top:.3g}", style))
    return Picture(GUTTER, tuple(rows), ())
