"""What being recorded costs the process: its CPU under constant load, with `goscope record` at the usual schedule and
without, in turns; and what each kind of capture takes of it.

dataclean is the process, and the same requests are sent to it in every stretch of time. On a busy machine a few more or
less of them are answered in one: what counts is the CPU beyond that which so many requests take in the stretch before.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from prometheus_client.parser import text_string_to_metric_families

from benchmarks.gotools import go
from benchmarks.report import Budget
from capture.live.take import Take, takes
from tests.services.processes import Services, Target
from tui.record_options import USUAL_TAKE

# The usual schedule is one round a minute.
_MINUTE, _MINUTES = 60.0, 4
# What is over at once is taken so often in a stretch of its own that its cost stands out; CPU profiles and traces fill
# the stretch.
_STRETCH, _PASSES, _OFTEN = 12.0, 4, 200
_WARM = 2.0

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What the process used in a stretch of time, in seconds of CPU, and how many requests it answered."""

    seconds: float
    cpu: float
    requests: float

    def beyond(self, other: "_Stretch") -> float:
        """Seconds of CPU that are not explained by the requests, as `other` has them."""
        return self.cpu - self.requests * other.cpu / other.requests


def measure(folder: Path) -> list[Budget]:
    """What recording costs; nothing where there is no Go to build the process with."""
    if not go():
        return []
    with Services(folder).running("dataclean") as target:
        _stretch(target, _WARM)
        pairs, own = _minutes(target, folder / "recorded")
        kinds = _kinds(target)
    without = median(plain.cpu / plain.seconds for plain, _ in pairs)
    added = [recorded.beyond(plain) / recorded.seconds for plain, recorded in pairs]
    print(f"dataclean uses {100 * without:.1f}% of a core under its load; what recording it every minute adds:")
    print("  points in minute after minute: " + ", ".join(f"{100 * each:+.2f}" for each in added))
    print(f"  goscope record itself uses {100 * own:.2f}% of a core")
    for take, costs in kinds.items():
        low, middle, high = (1000 * each for each in quantiles(costs, n=4))
        print(f"{take!s:>12}: {middle:8.2f} ms of CPU for one (quartiles {low:.2f}, {high:.2f})")
    by_kinds = sum(median(costs) for costs in kinds.values())
    print(
        f"{'a round':>12}: {1000 * by_kinds:8.2f} ms by these, {1000 * _MINUTE * median(added):.2f} ms by the minutes"
    )
    return [
        Budget("CPU that recording adds, of a core", 100 * median(added), 2, "%"),
        Budget("CPU that recording adds, by what is used without", 100 * median(added) / without, 3, "%"),
    ]


def _minutes(target: Target, folder: Path) -> tuple[list[tuple[_Stretch, _Stretch]], float]:
    """Minutes without a recording, each beside one with; and the share of a core that `goscope record` uses."""
    pairs, own = [], []
    for _ in range(_MINUTES):
        recorder = _Recorder(target, folder)
        pairs.append((_stretch(target, _MINUTE), _stretch(target, _MINUTE, recorder.begin)))
        own.append(recorder.end() / _MINUTE)
    return pairs, median(own)


def _kinds(target: Target) -> dict[Take, list[float]]:
    """Seconds of CPU that one capture of each kind takes, in pass after pass."""
    costs: dict[Take, list[float]] = {take: [] for take in takes(USUAL_TAKE)}
    for _ in range(_PASSES):
        plain = _stretch(target, _STRETCH)
        for take, found in costs.items():
            count = int(_STRETCH / (take.seconds + 0.2)) if take.seconds else _OFTEN
            found.append(_stretch(target, _STRETCH, partial(_ask, target, take, count)).beyond(plain) / count)
    return costs


def _ask(target: Target, take: Take, count: int) -> None:
    """Take a kind of capture so many times, spread over a stretch."""
    begun = time.monotonic()
    for number in range(1, count + 1):
        with _OPENER.open(f"{target.url}/debug/pprof/{take.request}", timeout=60) as response:
            response.read()
        time.sleep(max(0.0, begun + number * (_STRETCH - 1) / count - time.monotonic()))


def _stretch(target: Target, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> _Stretch:
    """Put the target under its load for so many seconds, and measure it."""
    with target.load():
        used, answered, end = target.cpu(), _answered(target), time.monotonic() + seconds
        meanwhile()
        if (left := end - time.monotonic()) < 0:
            raise RuntimeError(f"a stretch took {-left:.1f} s too long: is this machine busy?")
        time.sleep(left)
        return _Stretch(seconds, target.cpu() - used, _answered(target) - answered)


def _answered(target: Target) -> float:
    """The requests of the load that were answered until now."""
    with _OPENER.open(f"{target.url}/metrics", timeout=60) as response:
        text = response.read().decode()
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "http_requests_total" and sample.labels["method"] == "post"
    )


class _Recorder:
    """`goscope record` at the usual schedule."""

    def __init__(self, target: Target, folder: Path) -> None:
        self._command = [str(Path(sys.executable).with_name("goscope")), "record", target.url, str(folder)]
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)

    def end(self) -> float:
        """Stop it; the seconds of CPU that it used, its start included."""
        assert self._process
        self._process.send_signal(signal.SIGINT)
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        if self._process.returncode:
            raise subprocess.CalledProcessError(self._process.returncode, self._command)
        return usage.ru_utime + usage.ru_stime
