"""`make bench`: every figure beside its budget; the exit status is 1 when one is over.

`python -m benchmarks timeline runtime` measures these parts alone.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import flame, fleet, goroutines, growing, landing, recording, runtime, screen, timeline, top


def main() -> int:
    every = (top, screen, landing, goroutines, timeline, runtime, growing, flame, fleet, recording)
    named = {part.__name__.rpartition(".")[2]: part for part in every}
    if unknown := [name for name in sys.argv[1:] if name not in named]:
        print(f"benchmarks: there is no “{unknown[0]}”: there are {', '.join(named)}", file=sys.stderr)
        return 2
    parts = [named[name] for name in sys.argv[1:]] or every
    with TemporaryDirectory() as folder:
        budgets = [budget for part in parts for budget in part.measure(Path(folder))]
    print()
    for budget in budgets:
        print(budget)
    return int(any(budget.measured > budget.most for budget in budgets))


if __name__ == "__main__":
    sys.exit(main())
