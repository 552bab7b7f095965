"""`make bench`: every figure beside its budget; the exit status is 1 when one is over."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import flame, fleet, goroutines, growing, landing, runtime, screen, timeline, top


def main() -> int:
    with TemporaryDirectory() as folder:
        parts = (top, screen, landing, goroutines, timeline, runtime, growing, flame, fleet)
        budgets = [budget for part in parts for budget in part.measure(Path(folder))]
    print()
    for budget in budgets:
        print(budget)
    return int(any(budget.measured > budget.most for budget in budgets))


if __name__ == "__main__":
    sys.exit(main())
