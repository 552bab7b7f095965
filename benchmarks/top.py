"""`goscope top` on a large profile beside `go tool pprof -top`, turn by turn."""

import sys
from pathlib import Path

from benchmarks import bigprofile
from benchmarks.gotools import go
from benchmarks.measure import Run, middle, run
from benchmarks.report import Budget

_RUNS = 3


def measure(folder: Path) -> list[Budget]:
    big, small = folder / "big.pb.gz", folder / "small.pb.gz"
    print("writing a profile of 1,000,000 samples, 40 frames deep, of 50,000 functions …", flush=True)
    bigprofile.write(big)
    bigprofile.write(small, samples=10, functions=100)
    goscope = str(Path(sys.executable).with_name("goscope"))
    found = go()
    if not found:
        return []
    command, environment = found
    reference = [command, "tool", "pprof", "-top", "-symbolize=none"]
    run([*reference, str(small)], environment)  # compiles the tool, which Go does not ship
    ours: list[Run] = []
    theirs: list[Run] = []
    for _ in range(_RUNS):
        ours.append(run([goscope, "top", str(big)]))
        theirs.append(run([*reference, str(big)], environment))
    mine, other = middle(ours), middle(theirs)
    for name, each in (("goscope top", mine), ("go tool pprof -top", other)):
        print(f"{name:>20}: {each.wall:6.2f} s wall  {each.cpu:6.2f} s cpu  {each.peak:7.0f} MiB peak")
    return [
        Budget("top, wall time by the reference's", mine.wall / other.wall, 0.08),
        Budget("top, peak memory by the reference's", mine.peak / other.peak, 1.0),
    ]
