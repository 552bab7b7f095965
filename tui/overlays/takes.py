"""What can be taken from targets, as entries of a palette."""

from collections.abc import Iterable, Iterator

from capture.live.take import CPU, DELTAS, FLIGHT, TRACE, Take, takes
from capture.open import CaptureError
from tui.overlays.palette import Entry
from tui.targets import Asked, Standing, Targets

_CPU, _TRACE, _DELTA = (10, 30), (2, 5), 10
HELP = (
    ("45", "a CPU profile over 45 seconds, as cpu=45s"),
    ("trace=100ms", "a trace of so long"),
    ("heap=30s", "what heap, allocs, block, mutex or goroutine differ by, over so long"),
    ("flight=/path", "what the flight recorder has that is served there"),
    ("cpu,heap,orders", "several, one after the other"),
    ("record", "again and again: every 60s take cpu=10s,heap for 1h, or when a metric says so"),
    ("when RULE", "behind a recording: when a metric says so, as go_goroutines > 5000 for 30s"),
)
"""How captures are typed, and what each stands for."""

# In this order, before what a program has of its own.
_FIRST = ("heap", "allocs", "goroutine", "block", "mutex")
# Those whose records nobody counts.
_UNCOUNTED = ("heap", "allocs", "threadcreate")


def entries(targets: Targets) -> list[Entry]:
    """What can be stopped, then what each target offers."""
    found = [_stop(asked, _of(targets, asked.target)) for asked in targets.asked.values()]
    if recording := targets.recording:
        found.append(Entry(recording.stop, "", "app.record", "record"))
    for number, target in enumerate(targets.known):
        of = _of(targets, target)
        if target.problem:
            found.append(Entry(f"ask again: {target.problem}", "", f"app.meet({number})"))
        found += [_entry(number, f"{text}{of}", taken) for text, taken in _offers(target)]
        if target.index is not None:
            found.append(_entry(number, f"all of them once{of}", target.all_once()))
    if recording is None:
        found.append(Entry("record on a schedule", "", "app.record", "record"))
    return found


def offered(targets: Targets, typed: str) -> Iterator[Entry]:
    """What a text stands for that no entry is: `45` seconds of CPU, `cpu=45s`, `heap,trace=100ms`."""
    try:
        wanted = takes(f"{CPU}={typed}s" if typed.isdecimal() else typed)
    except CaptureError:
        return
    for number, target in enumerate(targets.known):
        listed = any((take,) == wanted for _, (take, *_) in _offers(target))
        if not listed and all(_has(target, take.kind) for take in wanted):
            yield _entry(number, f"take {', '.join(map(_words, wanted))}{_of(targets, target)}", wanted)


def _of(targets: Targets, target: Standing) -> str:
    """Which target it is, where there are several."""
    return f"  {target.address.shown}" if len(targets.known) > 1 else ""


def _stop(asked: Asked, of: str) -> Entry:
    what = ", ".join(map(_words, asked.takes)) if len(asked.takes) == 1 else "all of them"
    return Entry(f"stop taking {what}{of}", "", f"app.stop_taking({asked.number})", "stop")


def _entry(number: int, text: str, wanted: Iterable[Take]) -> Entry:
    return Entry(text, "", f"app.take({number}, {[(each.kind, each.seconds, each.path) for each in wanted]!r})")


def _offers(target: Standing) -> Iterator[tuple[str, tuple[Take, ...]]]:
    """What a target offers one by one."""
    if target.index is None:
        return
    counts = {offer.kind: offer.count for offer in target.index.offers}
    others = [kind for kind in counts if kind not in (*_FIRST, CPU, TRACE)]

    def of(kind: str, lasting: Iterable[int]) -> Iterator[tuple[str, tuple[Take, ...]]]:
        if kind in counts:
            yield from ((_words(take), (take,)) for take in (Take(kind, float(each)) for each in lasting))

    def whole(kind: str) -> tuple[str, tuple[Take, ...]]:
        count = None if kind in _UNCOUNTED else counts[kind]
        return kind if count is None else f"{kind} ({count:,})", (Take(kind),)

    yield from of(CPU, _CPU)
    for kind in (each for each in _FIRST if each in counts):
        yield whole(kind)
        if kind == "heap":
            yield f"heap: what is allocated in {_DELTA} s", (Take(kind, float(_DELTA)),)
    yield from of(TRACE, _TRACE)
    if not target.flightless:
        yield "what its flight recorder has, if it serves one", (Take(FLIGHT),)
    yield from map(whole, others)


def _words(take: Take) -> str:
    """`CPU for 10 s`"""
    kind = "CPU" if take.kind == CPU else take.kind
    if take.path:
        return f"{kind} {take.path}"
    how = "over" if take.is_delta else "for"
    return f"{kind} {how} {take.seconds:g} s" if take.seconds else kind


def _has(target: Standing, kind: str) -> bool:
    """Whether a target offers it, as far as is known."""
    if target.problem and target.index is None:
        return False
    if kind == FLIGHT or target.index is None:
        return kind in (CPU, TRACE, FLIGHT) or kind in DELTAS
    return target.index.has(kind)
