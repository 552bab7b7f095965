"""User regions (runtime/trace.StartRegion) by type, how long they took, and what their goroutines did meanwhile.

A type is a name and the function at the root of the stack that began the region, as on the page /userregions of `go
tool trace`, which tells addresses in that function apart as well. Where a region began before the trace, Go knows no
function; here it is the one at the root of the stack that ended it, which is the same, but under `Trace.compat`.
Go's pages leave out the regions of all but the last life of a goroutine that C calls back into, and of the runtime's
own goroutines those that never end; and every goroutine that is created inside a region has one without a name there.
None of that is so here.
"""

from dataclasses import dataclass

import numpy as np

from analysis.during import Times, during
from analysis.goroutines import lives
from analysis.memo import memo
from analysis.percentiles import nearest_rank
from analysis.prefix import last_at
from parsers.trace.model import Int32, Int64, State, Trace

UNKNOWN = -1


@dataclass(frozen=True, eq=False, slots=True)
class RegionTypes:
    """One row per type, in the order of names and then functions; times in nanoseconds.

    `complete` are those whose begin and end are both in the trace. The other columns are of these alone: percentiles
    by nearest rank, the greatest and the sum of how long they took, 0 where there are none.
    """

    name: Int32  # row of Trace.strings
    function: Int32  # row of Trace.strings; 0 where no stack tells
    count: Int64
    complete: Int64
    p50: Int64
    p95: Int64
    p99: Int64
    max: Int64
    total: Int64

    def __len__(self) -> int:
        return len(self.name)


@memo
def region_types(trace: Trace) -> RegionTypes:
    """The types that the trace's regions are of."""
    regions, strings = trace.regions, trace.strings
    keys, group = np.unique(_keys(trace), return_inverse=True)
    name, function = (keys >> 32).astype(np.int32), (keys & 0xFFFFFFFF).astype(np.int32)
    texts = [(strings[n], strings[f]) for n, f in zip(name.tolist(), function.tolist(), strict=True)]
    order = np.array(sorted(range(len(texts)), key=texts.__getitem__), np.int64)
    count = np.bincount(group, minlength=len(keys))
    whole = np.flatnonzero((regions.start >= 0) & (regions.end >= 0))
    took, of = (regions.end - regions.start)[whole], group[whole]
    complete = np.bincount(of, minlength=len(keys))
    first = np.cumsum(complete) - complete
    # What stands behind the last is there for types without a complete one.
    ranked = np.append(took[np.lexsort((took, of))], 0)
    sums = np.zeros(len(ranked) + 1, np.int64)
    np.cumsum(ranked, out=sums[1:])

    def at(share: float) -> Int64:
        return np.where(complete > 0, ranked[first + nearest_rank(complete, share)], 0)[order]

    total = (sums[first + complete] - sums[first])[order]
    return RegionTypes(
        name[order], function[order], count[order], complete[order], at(0.5), at(0.95), at(0.99), at(1.0), total
    )


def regions_of(trace: Trace, name: int, function: int) -> Int64:
    """int64: the rows of Trace.regions of the type that these rows of Trace.strings name, slowest first.

    How long an incomplete one takes is what of it lies in the trace.
    """
    rows = np.flatnonzero(_keys(trace) == (name << 32 | function))
    start, end = region_bounds(trace, rows)
    return rows[np.argsort(start - end, kind="stable")]


def region_bounds(trace: Trace, rows: Int64) -> tuple[Int64, Int64]:
    """int64, int64: from when to when the regions `rows` are in the trace.

    One without a begin is there from when its goroutine is, one without an end as long as that lives.
    """
    start, end = trace.regions.start[rows], trace.regions.end[rows]
    owner = trace.regions.goroutine[rows].astype(np.int64)
    still, before = np.flatnonzero(end == UNKNOWN), np.flatnonzero(start == UNKNOWN)
    end[still] = _life_ends(trace, owner[still], start[still])
    start[before] = np.minimum(np.append(lives(trace).created, 0)[owner[before]], end[before])
    return start, end


def region_times(trace: Trace, rows: Int64) -> Times:
    """What the goroutines of the regions `rows` did while they were in them, a row each."""
    return during(trace, trace.regions.goroutine[rows].astype(np.int64), *region_bounds(trace, rows))


def _life_ends(trace: Trace, goroutine: Int64, at: Int64) -> Int64:
    """int64: when what these goroutines lived at these moments ended, or else the trace."""
    spans, ended = trace.spans, lives(trace).ended
    end = np.append(np.where(ended >= 0, ended, trace.duration_ns), trace.duration_ns)[goroutine]
    known = np.flatnonzero(goroutine >= 0)
    low, high = trace.goroutines.offsets[goroutine[known]], trace.goroutines.offsets[goroutine[known] + 1]
    # One that C calls back into may have lived on after that.
    gone = np.append(np.flatnonzero(spans.state == State.GONE), len(spans))
    after = gone[np.searchsorted(gone, last_at(spans.start, None, low, high, at[known][:, None])[:, 0])]
    dies = after < high
    end[known[dies]] = spans.start[after[dies]]
    np.maximum(end, at, out=end)
    return end


@memo
def _keys(trace: Trace) -> Int64:
    """int64 per region: its type, as one number."""
    regions, stacks = trace.regions, trace.stacks
    root = np.zeros(len(stacks), np.int32)
    deep = np.flatnonzero(np.diff(stacks.offsets))
    root[deep] = stacks.function[stacks.frame[stacks.offsets[deep + 1] - 1]]
    function = root[regions.stack]
    if trace.compat:
        function[regions.start == UNKNOWN] = 0
    return regions.name.astype(np.int64) << 32 | function
