"""Under `compat`, every figure and every derived profile is Go's own, as `tests.naive_trace` has them."""

from hypothesis import given

from analysis.derive import derived
from analysis.goroutines import SWEEP, Shares, goroutine_stats, started
from parsers.profile import Profile
from parsers.trace import read_trace
from tests.naive_trace.summary import Summary, profile
from tests.parsers.trace.simulate import Recording
from tests.parsers.trace.strategies import recordings

_SLACK = 1000  # ns: which of two events at the same time is first is Go's heap's business


def _named(shares: Shares, names: tuple[str, ...], row: int) -> dict[str, int]:
    return {names[kind]: ns for kind, ns in shares.of(row)}


def assert_close(found: dict[str, int], expected: dict[str, int], what: str) -> None:
    for key in found.keys() | expected.keys():
        assert abs(found.get(key, 0) - expected.get(key, 0)) <= _SLACK, f"{what}: {key}"


@given(recordings(clocks_agree=True))
def test_every_figure_is_gos(recording: Recording) -> None:
    summary = Summary(recording.data, forgetful=False)
    assert not summary.error
    trace = read_trace(recording.data, compat=True)
    assert trace.compat
    assert abs(trace.duration_ns - (summary.last - summary.first)) <= _SLACK
    stats = goroutine_stats(trace)
    ids, ran = trace.goroutines.id.tolist(), started(trace)
    assert sorted(ids) == sorted(summary.goroutines)
    for row, number in enumerate(ids):
        go, lives = summary.goroutines[number], stats.lives
        # Go takes no name from a status that repeats what is known.
        assert go.name in ("", trace.strings[trace.goroutines.name[row]])
        found = {
            name: int(getattr(stats, name)[row]) for name in ("total", "exec", "sched_wait", "syscall", "syscall_block")
        }
        found |= {name: int(getattr(lives, name)[row]) for name in ("created", "ended")}
        found["started"] = int(ran[row])
        expected = {
            "total": go.total,
            "exec": go.execution,
            "sched_wait": go.sched_wait,
            "syscall": go.syscall,
            "syscall_block": go.syscall_block,
            "created": go.creation - summary.first,
            "started": go.start - summary.first if go.start else -1,
            "ended": go.end - summary.first if go.end else -1,
        }
        assert_close(found, expected, f"goroutine {number}")
        assert_close(_named(stats.reasons, trace.reasons, row), go.block, f"goroutine {number}")
        ranges = _named(stats.ranges, trace.range_names, row)
        # What it makes of a sweep that a generation ends in is not imitated: the runtime's do not last that long.
        assert_close({**ranges, SWEEP: 0}, {**go.range, SWEEP: 0}, f"goroutine {number}")


def _by_stack(found: Profile) -> dict[tuple[str, ...], tuple[int, int]]:
    names = found.functions.name[found.frames.function]
    stacks: dict[tuple[str, ...], tuple[int, int]] = {}
    for row, (count, time) in enumerate(found.values.tolist()):
        frames = names[found.stack[found.stack_offsets[row] : found.stack_offsets[row + 1]]]
        stacks[tuple(found.strings[each] for each in frames)] = (count, time)
    return stacks


@given(recordings(clocks_agree=True))
def test_derived_profiles_are_gos(recording: Recording) -> None:
    """All but the stays in system calls that goroutines were found in: Go counts them from the status that says so."""
    summary, trace = Summary(recording.data, forgetful=False), read_trace(recording.data, compat=True)
    found_in_one = any(
        spans[0].start == 0 and spans[0].state == "syscall" for spans in recording.truth.goroutines.values()
    )
    for kind in ("sched", "sync", "net", *(() if found_in_one else ("syscall",))):
        expected = {
            tuple(frame.function for frame in stack): values for stack, values in profile(summary, kind).items()
        }
        found = _by_stack(derived(trace, kind))
        assert found.keys() == expected.keys()
        for stack, (count, time) in expected.items():
            assert found[stack][0] == count
            assert abs(found[stack][1] - time) <= _SLACK * count
