"""The times that Go's own reader gives (internal/trace's reader.go), for comparing with its figures.

It puts all events in one order and lets no two of them share a nanosecond; a status that comes late pushes all that
follows it, which at the end of a generation can be much (go-trace.md 1.9).
"""

from dataclasses import dataclass

import numpy as np

from parsers.trace.model import Int64


@dataclass(slots=True)
class Squeeze:
    """Goes through a trace generation by generation; `last` is the time of the last event so far."""

    last: int = -(1 << 62)

    def begin(self, start: int) -> int:
        """The time of the event that opens a generation, the first batch of which began at `start`."""
        self.last = max(start, self.last + 1)
        return self.last

    def times(self, time: Int64, weight: Int64, samples: Int64) -> tuple[Int64, Int64]:
        """The times of a generation's events, and of its CPU samples.

        `weight` is how many events of Go's each one stands for; a sample comes before an event of the same time only
        if it is earlier.
        """
        every = np.concatenate([time, samples])
        weights = np.concatenate([weight, np.ones(len(samples), np.int64)])
        order = np.argsort(every, kind="stable")
        steps = weights[order]
        taken = np.cumsum(steps) - steps
        squeezed = np.maximum(np.maximum.accumulate(every[order] - taken), self.last + 1) + taken
        if len(squeezed):
            self.last = int(squeezed[-1] + steps[-1] - 1)
        placed = np.empty_like(every)
        placed[order] = squeezed
        return placed[: len(time)], placed[len(time) :]

    def end(self) -> int:
        """The time of the event that closes the trace."""
        return self.last + 1
