"""What the Runtime pane costs on a dense trace: each page for the first time, and what Go takes for the like.

Pages are timed from a trace that is decoded and that nothing was asked of yet, in a process of their own; the same
questions asked of `go tool trace` are whole processes on either side.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from benchmarks.goroutines import record
from benchmarks.gotools import go
from benchmarks.measure import Run, middle, run
from benchmarks.report import Budget
from tests.gotracepages import pages

_RUNS = 3
_FIRST = "overview"
# What the page of mutator utilisation of `go tool trace` asks for at first, and its quantiles, which ours has too.
_PLOT = {"mode": "plot", "flags": "stw|background|assist|mut"}


def measure(folder: Path) -> list[Budget]:
    """What the pane costs; nothing where there is no Go to record a trace with."""
    found = go()
    if not found:
        return []
    path = record(folder)
    size = path.stat().st_size
    megabytes = size / 1e6
    seconds, peaks = _of_pages(path)
    print(f"Runtime pages of a trace of {megabytes:.0f} MB, from decoded to shown, and memory beyond the trace's:")
    for page, taken in seconds.items():
        print(f"{page:>22}: {taken:6.3f} s  {peaks[page]:5.0f} MiB")
    command, environment = found
    sched = run([command, "tool", "trace", "-pprof=sched", str(path)], environment)
    latency, utilisation = _command(path, "latency"), _command(path, "utilisation")
    served = _until_plotted(path)
    print(f"goscope runtime --page latency {latency.wall:.2f} s, go tool trace -pprof=sched {sched.wall:.2f} s")
    print(f"goscope runtime --page utilisation {utilisation.wall:.2f} s, /mmu of go tool trace {served:.2f} s")
    path.unlink()
    return [
        Budget(f"Runtime pane, first page of {megabytes:.0f} MB", seconds[_FIRST], 1.0, "s"),
        Budget("Runtime pane, slowest page", max(seconds.values()), 2.0, "s"),
        Budget("Runtime pane, memory beyond the trace by its size", max(peaks.values()) * 2**20 / size, 6.0),
        Budget("scheduler latency, wall time by go tool trace's", latency.wall / sched.wall, 0.5),
        Budget("mutator utilisation, wall time by go tool trace's", utilisation.wall / served, 0.5),
    ]


def _of_pages(path: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds and MiB of each page, the median of some processes."""
    command = [sys.executable, "-m", "benchmarks.runtime", str(path)]
    answers = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(_RUNS)]
    seconds, peaks = ({page: median(each[page][of] for each in answers) for page in answers[0]} for of in (0, 1))
    return seconds, peaks


def _command(path: Path, page: str) -> Run:
    goscope = str(Path(sys.executable).with_name("goscope"))
    return middle([run([goscope, "runtime", "--page", page, str(path)]) for _ in range(_RUNS)])


def _until_plotted(path: Path) -> float:
    """Seconds until `go tool trace` has read a trace and served its curve of minimum mutator utilisation."""
    started = time.monotonic()
    with pages(path) as served:
        assert json.loads(served.get("mmu", **_PLOT))
        return time.monotonic() - started


def _each_page(path: Path) -> dict[str, tuple[float, float]]:
    """Seconds, and MiB beyond those of the trace, for each page when nothing is known yet."""
    from analysis.spot import Spot
    from analysis.view import View
    from capture.memory import give_back
    from capture.open import read_any
    from parsers.trace import Trace
    from tui.rows.runtime.pages import runtime_content
    from tui.rows.runtime.sheet import Ask
    from tui.runtimespot import TURNED, RuntimeSpot

    trace = read_any(path)
    assert isinstance(trace, Trace)
    found = {}
    for page in TURNED:
        trace.memo.clear()
        give_back()
        before = _resident("VmRSS")
        # The peak is from now on.
        Path("/proc/self/clear_refs").write_text("5")
        started = time.monotonic()
        runtime_content(Ask(trace, RuntimeSpot(page), View(), Spot(), 120, 40))
        found[page.value] = (time.monotonic() - started, _resident("VmHWM") - before)
    return found


def _resident(which: str) -> float:
    """MiB of this process, as the kernel calls them in /proc."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{which}:"))


if __name__ == "__main__":
    print(json.dumps(_each_page(Path(sys.argv[1]))))
