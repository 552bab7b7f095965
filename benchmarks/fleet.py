"""`goscope merge` of many captures, by one process, on all cores and on a cluster of two workers, beside pprof."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.gotools import go
from benchmarks.measure import Run, run
from benchmarks.report import Budget
from tests.hosts import captures

COUNTS = (500, 1000, 2000)
_POLL = 0.02
# What one process may take, however many captures there are.
_BOUNDED = 256  # MiB
# Per capture, of pprof's time on one core.
_SLOWER = 4.0


def measure(folder: Path) -> list[Budget]:
    """What merging costs; nothing where the extra is not installed."""
    try:
        import psutil
        from distributed import LocalCluster
    except ImportError:
        return []
    hosts = folder / "hosts"
    hosts.mkdir()
    print(f"writing {COUNTS[-1]:,} captures …", flush=True)
    paths = captures(hosts, COUNTS[-1])
    goscope = str(Path(sys.executable).with_name("goscope"))
    budgets: list[Budget] = []
    own = psutil.Process(os.getpid())
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", host="127.0.0.1"
    ) as cluster:
        ways = {
            "one process": ["-j", "1"],
            "all cores": [],
            "two-worker cluster": ["--dask", cluster.scheduler_address],
        }
        for count in COUNTS:
            names = [str(path) for path in paths[:count]]
            outputs: list[bytes] = []
            for way, arguments in ways.items():
                out = folder / "merged.pb.gz"
                workers = own.children(recursive=True) if "--dask" in arguments else []
                each = run_tree([goscope, "merge", *arguments, "--force", "-o", str(out), *names], workers)
                outputs.append(out.read_bytes())
                print(f"{count:>6,} captures, {way:>18}: {each.wall:6.2f} s wall  {each.peak:7.0f} MiB peak of all")
                if way == "one process":
                    one = each
            assert len(set(outputs)) == 1
            if found := go():
                theirs = _pprof(found, names, folder / "go.pb.gz")
                print(f"{count:>6,} captures, {'pprof -proto':>18}: {theirs.wall:6.2f} s wall  {theirs.peak:7.0f} MiB")
                if count == COUNTS[-1]:
                    budgets.append(Budget("merge of 2,000, wall time by pprof's", one.wall / theirs.wall, _SLOWER))
            if count == COUNTS[-1]:
                budgets.append(Budget("merge of 2,000, peak memory by what is allowed", one.peak / _BOUNDED, 1.0))
    return budgets


def _pprof(found: tuple[str, dict[str, str]], names: Sequence[str], out: Path) -> Run:
    command, environment = found
    tool = [command, "tool", "pprof"]
    # Go does not ship the tool: this compiles it.
    subprocess.run([*tool, "-help"], env=environment, check=False, capture_output=True)
    return run([*tool, "-proto", "-symbolize=none", f"-output={out}", *names], environment)


def run_tree(command: Sequence[str], others: Sequence[Any]) -> Run:
    """Run `command`; its peak is that of all its processes and of the `others` at a time."""
    import psutil

    started, peak = time.monotonic(), 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    own = psutil.Process(process.pid)
    while process.poll() is None:
        taken = 0
        with suppress(psutil.Error):
            for each in (own, *own.children(recursive=True), *others):
                taken += each.memory_info().rss
        peak = max(peak, taken)
        time.sleep(_POLL)
    wall = time.monotonic() - started
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(wall, 0.0, peak / 2**20)
