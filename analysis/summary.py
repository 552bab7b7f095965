"""What is kept of a capture that is not on the screen: enough to put it into a series and to draw that series' total.

A few hundred bytes each, for a directory may hold ten thousand.
"""

from dataclasses import dataclass

from analysis.info import SampleTotal, info
from analysis.samples import chosen
from analysis.traceinfo import program_of
from parsers.profile.model import Profile
from parsers.trace.outline import TraceOutline

TRACE = "trace"


@dataclass(frozen=True, slots=True)
class Summary:
    """A capture's kind (that of `analysis.info`, or "trace"), its program, and what its sample types add up to.

    Times are nanoseconds, `time_ns` since the Unix epoch, 0 where the capture does not tell. `default` names the sample
    type that is shown first. A trace has neither a build id nor sample types.
    """

    kind: str
    program: str
    build_id: str
    time_ns: int
    duration_ns: int
    sample_types: tuple[SampleTotal, ...]
    default: str


def summary(profile: Profile) -> Summary:
    """What there is to keep of a profile. Raises ViewError for one without sample types."""
    about = info(profile)
    return Summary(
        str(about.kind),
        about.program,
        about.build_id,
        about.time_ns,
        about.duration_ns,
        about.sample_types,
        about.default_sample_type,
    )


def trace_summary(trace: TraceOutline) -> Summary:
    """What there is to keep of a trace."""
    return Summary(TRACE, program_of(trace.main_file), "", trace.wall_ns, trace.duration_ns, (), "")


def sample_of(capture: Summary, wanted: str = "") -> int:
    """Which of its sample types `wanted` names; see `analysis.samples.chosen`. Raises ViewError."""
    return chosen([each.type for each in capture.sample_types], capture.default, wanted)


def total_of(capture: Summary, wanted: str = "") -> SampleTotal:
    """The sample type that `wanted` names, and its total. Raises ViewError."""
    return capture.sample_types[sample_of(capture, wanted)]
