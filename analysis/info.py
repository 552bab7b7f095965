"""What a profile is: its kind, its program, when it was taken, and what its sample types add up to."""

import posixpath
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analysis.memo import memo
from analysis.nodes import nodes
from analysis.samples import sample_index, total
from analysis.stacks import steps
from analysis.top import leaves
from analysis.view import View
from parsers.profile.model import Profile, ValueType


class Kind(StrEnum):
    """The standard profiles of Go's runtime (https://pkg.go.dev/runtime/pprof#Profile), and everything else."""

    CPU = "cpu"
    HEAP = "heap"
    ALLOCS = "allocs"
    BLOCK = "block"
    MUTEX = "mutex"
    GOROUTINE = "goroutine"
    GOROUTINELEAK = "goroutineleak"
    THREADCREATE = "threadcreate"
    OTHER = "profile"


@dataclass(frozen=True, slots=True)
class SampleTotal:
    """One sample type, and the sum of |value| over all samples."""

    type: str
    unit: str
    total: int


@dataclass(frozen=True, slots=True)
class Info:
    """What `goscope info` prints; times in nanoseconds, 0 when the profile does not tell."""

    kind: Kind
    program: str
    build_id: str
    time_ns: int
    duration_ns: int
    period: int
    period_type: ValueType
    sample_types: tuple[SampleTotal, ...]
    default_sample_type: str
    samples: int
    functions: int
    comments: tuple[str, ...]
    doc_url: str


@memo
def info(profile: Profile) -> Info:
    mappings = profile.mappings
    main = bool(len(mappings.file))
    return Info(
        kind=kind(profile),
        program=posixpath.basename(profile.strings[mappings.file[0]]) if main else "",
        build_id=profile.strings[mappings.build_id[0]] if main else "",
        time_ns=profile.time_ns,
        duration_ns=profile.duration_ns,
        period=profile.period,
        period_type=profile.period_type or ValueType("", ""),
        sample_types=tuple(
            SampleTotal(each.type, each.unit, total(profile, index)) for index, each in enumerate(profile.sample_types)
        ),
        default_sample_type=profile.sample_types[sample_index(profile)].type,
        samples=profile.n_samples,
        functions=len(profile.functions.name),
        comments=profile.comments,
        doc_url=profile.doc_url,
    )


@memo
def kind(profile: Profile) -> Kind:
    """The kind of profile, from its sample types.

    Block and mutex profiles have the same ones. What tells them apart is where the runtime books them: a mutex
    profile at the one who unlocks, a block profile at the one who waited.
    """
    names = {value_type.type for value_type in profile.sample_types}
    if "inuse_space" in names:
        return Kind.ALLOCS if profile.default_sample_type == "alloc_space" else Kind.HEAP
    if names == {"contentions", "delay"}:
        return Kind.MUTEX if _booked_at_unlock(profile) else Kind.BLOCK
    return next(
        (k for k in (Kind.CPU, Kind.GOROUTINE, Kind.GOROUTINELEAK, Kind.THREADCREATE) if k in names),
        Kind.OTHER,
    )


def _booked_at_unlock(profile: Profile) -> bool:
    found = nodes(profile, View())
    leaf = leaves(profile, steps(profile, found.of_frame))
    names = [found.name(node) for node in np.unique(leaf[leaf >= 0])]
    return any("nlock" in name for name in names)


def why_empty(profile: Profile, index: int) -> str:
    """One sentence for a profile that shows nothing under a sample type: why that may be, and where there is more.

    "" when there is something to show.
    """
    if total(profile, index):
        return ""
    chosen = profile.sample_types[index].type
    others = [each.type for i, each in enumerate(profile.sample_types) if i != index and total(profile, i)]
    if others:
        return f"Nothing under {chosen}, but there is under {' and '.join(others)}."
    reasons = {
        Kind.CPU: "The program was idle while the profile was taken.",
        Kind.HEAP: "No allocation was sampled: runtime.MemProfileRate may be 0.",
        Kind.ALLOCS: "No allocation was sampled: runtime.MemProfileRate may be 0.",
        Kind.BLOCK: "No blocking or contention was recorded: runtime.SetBlockProfileRate and "
        "SetMutexProfileFraction are 0 unless the program sets them.",
        Kind.GOROUTINELEAK: "No goroutine has leaked.",
        Kind.THREADCREATE: "Go records no stacks for thread creation.",
    }
    return f"The profile has no samples. {reasons.get(kind(profile), '')}".strip()
