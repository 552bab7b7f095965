"""What being recorded costs the process: its CPU under constant load, with `goscope record` at the usual schedule and
without, in turns; and what each kind of capture takes of it.

dataclean is the process, and the same requests are sent to it in every stretch of time. On a busy machine a few more or
less of them are answered in one: what counts is the CPU beyond that which so many requests take just before and after.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from prometheus_client.parser import text_string_to_metric_families

from benchmarks.gotools import go
from benchmarks.report import Budget
from capture.live import USUAL_TAKE
from capture.live.take import Take, takes
from tests.services.processes import Services, Target

# The usual schedule is one round a minute. It takes less than a third of that, and in the rest nothing is asked for.
_MINUTE, _ROUND, _ROUNDS = 60.0, 20.0, 8
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

    def __add__(self, other: "_Stretch") -> "_Stretch":
        return _Stretch(self.seconds + other.seconds, self.cpu + other.cpu, self.requests + other.requests)

    def beyond(self, other: "_Stretch") -> float:
        """Seconds of CPU that are not explained by the requests, as `other` has them."""
        return self.cpu - self.requests * other.cpu / other.requests


def measure(folder: Path) -> list[Budget]:
    """What recording costs; nothing where there is no Go to build the process with."""
    if not go():
        return []
    with Services(folder).running("dataclean") as target:
        _stretch(target, _WARM)
        rounds, plain, own = _rounds(target, folder / "recorded")
        kinds = _kinds(target)
    without, added = plain.cpu / plain.seconds, median(rounds) / _MINUTE
    print(f"dataclean uses {100 * without:.1f}% of a core under its load")
    for take, costs in kinds.items():
        print(f"{take!s:>12}: {_spread(costs)} of CPU for one")
    print(f"{'a round':>12}: {_spread(rounds)} of CPU, {1000 * sum(map(median, kinds.values())):.0f} ms by its parts")
    print(f"goscope record itself, its start included: {_spread(own)} for a round")
    return [
        Budget("CPU that recording adds, of a core", 100 * added, 3, "%"),
        Budget("CPU that recording adds, by what is used without", 100 * added / without, 4, "%"),
    ]


def _spread(costs: Sequence[float]) -> str:
    low, middle, high = (1000 * each for each in quantiles(costs, n=4))
    return f"{middle:8.2f} ms (quartiles {low:.2f}, {high:.2f})"


def _rounds(target: Target, folder: Path) -> tuple[list[float], _Stretch, list[float]]:
    """Seconds of CPU that rounds take; what is used without, in all; and seconds of CPU of `goscope record` itself."""
    plain = [_stretch(target, _ROUND)]
    costs, own = [], []
    for _ in range(_ROUNDS):
        recorder = _Recorder(target, folder)
        recorded = _stretch(target, _ROUND, recorder.begin)
        own.append(recorder.end())
        plain.append(_stretch(target, _ROUND))
        costs.append(recorded.beyond(plain[-2] + plain[-1]))
    return costs, sum(plain[1:], start=plain[0]), own


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
