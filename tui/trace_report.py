"""What a trace is, as printed text."""

from collections.abc import Iterator

from analysis.timetext import duration
from analysis.traceinfo import TraceInfo
from analysis.units import label
from analysis.view import Window
from tui.when import when


def heading_lines(about: TraceInfo, window: Window | None) -> Iterator[str]:
    """The lines that say which trace this is, and which stretch of it is shown."""
    facts = [
        f"{about.go_version} trace",
        duration(about.duration_ns),
        f"{about.goroutines} goroutines",
        f"GOMAXPROCS {about.gomaxprocs}" if about.gomaxprocs else "",
        f"{about.gcs} GCs",
        f"STW {duration(about.stw_ns)}" if about.stw_ns else "",
    ]
    yield "  ".join(filter(None, facts))
    if window:
        yield f"From {duration(window.start)} to {duration(window.end)}, {duration(window.end - window.start)}."
    if about.compat:
        yield "As Go's own tools count (--compat)."
    yield from about.notes


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
