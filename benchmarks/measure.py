"""Whole processes, measured from outside: wall time, processor time and peak memory as the kernel accounts for them."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process; seconds and MiB. Peak memory is the process's own, as `wait4` gives it."""

    wall: float
    cpu: float
    peak: float


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> Run:
    """Run `command` with its output thrown away. Raises CalledProcessError when it fails."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def middle(runs: Sequence[Run]) -> Run:
    return Run(median(r.wall for r in runs), median(r.cpu for r in runs), median(r.peak for r in runs))
