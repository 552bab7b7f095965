"""`goscope goroutines` on a dense trace beside Go's own streaming summary, turn by turn, and `go tool trace` once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.gotools import build, build_inside, go
from benchmarks.measure import Run, middle, run
from benchmarks.report import Budget

_SIZE = 82 << 20
_LARGE = 500 << 20
_ALLOWED = 2048  # MiB for that one
_RUNS = 5


def record(folder: Path, size: int = _SIZE) -> Path:
    """Record a dense trace of about `size` bytes."""
    path = folder / f"dense-{size}.trace"
    print(f"recording a trace of {size >> 20} MB …", flush=True)
    subprocess.run([build("dense", folder), path, str(size)], check=True)
    return path


def measure(folder: Path) -> list[Budget]:
    """What reading a trace costs; nothing where there is no Go to record one with."""
    if not go():
        return []
    path = record(folder)
    goscope = str(Path(sys.executable).with_name("goscope"))
    summary = str(build_inside("gosummary", folder))
    ours: list[Run] = []
    theirs: list[Run] = []
    for _ in range(_RUNS):
        ours.append(run([goscope, "goroutines", "--groups", str(path)]))
        theirs.append(run([summary, str(path)]))
    mine, other = middle(ours), middle(theirs)
    listening = _until_it_listens(path)
    events = _events(summary, path)
    size = path.stat().st_size
    print(f"{events / 1e6:.1f} million events in {size / 1e6:.1f} MB")
    for name, each in (("goscope goroutines", mine), ("Go's summary", other), ("go tool trace", listening)):
        print(
            f"{name:>20}: {each.wall:6.2f} s wall  {each.cpu:6.2f} s cpu  {each.peak:7.0f} MiB peak  "
            f"{events / each.wall / 1e6:5.2f} million events a second, {events / each.cpu / 1e6:5.2f} a CPU second"
        )
    path.unlink()
    large = record(folder, _LARGE)
    bounded = run([goscope, "goroutines", "--groups", "--max-memory", f"{_ALLOWED}M", str(large)])
    large.unlink()
    return [
        Budget("goroutines, wall time by Go's summary's", mine.wall / other.wall, 1.0),
        Budget("goroutines, wall time by go tool trace's", mine.wall / listening.wall, 0.15),
        Budget("goroutines, peak memory by the trace's size", mine.peak * 2**20 / size, 10.0),
        Budget("500 MB of trace, peak memory by what is allowed", bounded.peak / _ALLOWED, 1.0),
    ]


def _events(summary: str, path: Path) -> int:
    lines = subprocess.run([summary, str(path)], capture_output=True, text=True, check=True).stdout.splitlines()
    return int(lines[0].split()[1])


def _until_it_listens(path: Path) -> Run:
    """`go tool trace` until it says that it listens; it is ended then."""
    found = go()
    assert found
    command, environment = found
    environment = {**environment, "BROWSER": "true"}
    tool = [command, "tool", "trace"]
    # Go does not ship the tool: this compiles it.
    subprocess.run([*tool, "-d=footprint", os.devnull], env=environment, check=False, capture_output=True)
    started = time.monotonic()
    process = subprocess.Popen(
        [*tool, "-http=127.0.0.1:0", str(path)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr
    try:
        for line in process.stderr:
            if "listening" in line:
                break
        else:
            raise RuntimeError("go tool trace ended before it listened")
        wall = time.monotonic() - started
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        process.stderr.close()
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
