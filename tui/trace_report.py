"""What a trace is, as printed text."""

from collections.abc import Iterator

from analysis.timetext import duration
from analysis.traceinfo import TraceInfo
from analysis.units import label
from analysis.view import Window
from tui import glyphs
from tui.when import when

_COMPAT = "As Go's own tools count (--compat)."


def heading_lines(about: TraceInfo, window: Window | None) -> Iterator[str]:
    """The lines that say which trace this is, and which stretch of it is shown."""
    yield "  ".join(fact.format(value) for fact, value in _facts(about) if value)
    if window:
        yield _stretch(window)
    if about.compat:
        yield _COMPAT
    yield from about.notes


def compared_lines(
    new: TraceInfo, base: TraceInfo, new_window: Window | None, base_window: Window | None
) -> Iterator[str]:
    """The lines that say which traces are compared, and which stretches of them."""
    yield compared_facts(new, base)
    if base_window:
        yield f"Base: {_stretch(base_window)}"
    if new_window:
        yield _stretch(new_window)
    if new.compat:
        yield _COMPAT
    yield from compared_notes(new, base)


def compared_facts(new: TraceInfo, base: TraceInfo) -> str:
    """Both traces in one line: `go1.26 trace  2s → 5s  2620 → 9018 goroutines`."""
    both = zip(_facts(base), _facts(new), strict=True)
    return "  ".join(fact.format(turn(before, after)) for (fact, before), (_, after) in both if before or after)


def compared_notes(new: TraceInfo, base: TraceInfo) -> Iterator[str]:
    """What makes the comparison of two traces doubtful, a sentence each."""
    if new.program and base.program and new.program != base.program:
        yield f"The traces are of two programs, {base.program} and {new.program}."
    yield from (f"Base: {note}" for note in base.notes)
    yield from new.notes


def turn(before: str, after: str) -> str:
    """What was, and what is: `96.7s → 1.2s`; what stayed as it was stands once."""
    return after if before == after else f"{before or '-'} {glyphs.current().right} {after or '-'}"


def _facts(about: TraceInfo) -> list[tuple[str, str]]:
    """What there is to say of a trace in a line, "" for what there is not of it, and in which words."""
    return [
        ("{} trace", about.go_version),
        ("{}", duration(about.duration_ns)),
        ("{} goroutines", str(about.goroutines)),
        ("GOMAXPROCS {}", str(about.gomaxprocs or "")),
        ("{} GCs", str(about.gcs)),
        ("STW {}", duration(about.stw_ns) if about.stw_ns else ""),
    ]


def _stretch(window: Window) -> str:
    return f"From {duration(window.start)} to {duration(window.end)}, {duration(window.end - window.start)}."


def info_lines(about: TraceInfo) -> Iterator[str]:
    """What a trace is, a fact a line."""
    yield "kind:       trace"
    if about.program:
        yield f"program:    {about.program}"
    yield f"format:     {about.go_version}"
    if time := when(about.wall_ns, zone=True):
        yield f"time:       {time}"
    yield f"duration:   {duration(about.duration_ns)}"
    yield f"size:       {label(about.size, 'bytes')}"
    yield f"events:     {about.events}"
    yield f"goroutines: {about.goroutines}"
    yield f"procs:      {about.procs}{f' (GOMAXPROCS {about.gomaxprocs})' if about.gomaxprocs else ''}"
    yield f"threads:    {about.threads}"
    yield f"GCs:        {about.gcs}"
    longest = f", the longest {duration(about.longest_stw_ns)}" if about.stops > 1 else ""
    yield f"STW:        {duration(about.stw_ns)} in {about.stops} pauses{longest}"
    if about.heap_max:
        yield f"heap:       up to {label(about.heap_max, 'bytes')}"
    for title, count in (("samples", about.cpu_samples), ("tasks", about.tasks), ("regions", about.regions)):
        if count:
            yield f"{title + ':':11} {count}"
    if about.logs:
        yield f"logs:       {about.logs}"
    for each in about.generations:
        taken = f"{each.events} events, {label(each.size, 'bytes')}, {duration(each.end - each.start)}"
        yield f"generation: {each.number}, {taken}{'' if each.complete else ', incomplete: provisional'}"
    for note in about.notes:
        yield f"note:       {note}"
    width = max((len(str(count)) for count in about.counts.values()), default=0)
    for name, count in about.counts.items():
        yield f"event:      {count:{width}} {name}"
