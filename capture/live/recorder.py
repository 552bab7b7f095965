"""Records on a schedule, and when a rule says so: several targets side by side, none of which can stop the others."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from capture.live.events import Event, Removed, Said, Took
from capture.live.plan import Plan
from capture.live.retention import Retention
from capture.live.rounds import Rounds
from capture.live.target import Target
from capture.live.watching import Watching
from capture.write import sweep

# A clock that goes otherwise than time by more than so many seconds was set; how often that is looked at.
_SET, _LOOK = 2.0, 1.0


class Recorder:
    """A recording of targets into a directory. `tell` hears of everything that happens, in the loop that does it."""

    def __init__(self, targets: Sequence[Target], into: Path, plan: Plan, tell: Callable[[Event], None]) -> None:
        self._into = into
        self._plan = plan
        self._tell = tell
        self._retention = Retention(into, [each.address.label for each in targets], plan.keep, plan.most)
        self._rounds = [Rounds(target, into, plan, self._hear) for target in targets]
        self._watching = [Watching(rounds, plan, self._hear) for rounds in self._rounds if plan.rules]

    async def run(self) -> None:
        """Record until the plan is through. To stop before, cancel it: nothing half-written stays."""
        sweep(self._into)
        self._trim()
        clock = asyncio.create_task(self._watch_clock())
        try:
            async with asyncio.TaskGroup() as group:
                for rounds in self._rounds if self._plan.every else ():
                    group.create_task(rounds.by_schedule())
                for watching in self._watching:
                    group.create_task(watching.run())
        finally:
            clock.cancel()

    def _hear(self, event: Event) -> None:
        self._tell(event)
        if isinstance(event, Took):
            self._retention.landed(event.path)
            self._trim()

    def _trim(self) -> None:
        count, size = self._retention.trim()
        if count:
            self._tell(Removed(count, size))

    async def _watch_clock(self) -> None:
        """Say so when the clock is set: captures are called by it, and nothing else goes by it."""
        clock = time.time() - time.monotonic()
        while True:
            await asyncio.sleep(_LOOK)
            by = time.time() - time.monotonic() - clock
            if abs(by) >= _SET:
                clock += by
                way = "forward" if by > 0 else "back"
                self._tell(
                    Said(f"the clock was set {way} by {abs(by):,.0f} s: names of captures go by it, turns do not")
                )
