"""Goes by what a target says of itself in Prometheus' format: when a rule fires, captures are taken around that."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

from capture.live.address import address, is_address
from capture.live.errors import TargetError
from capture.live.events import Event, Fired, Said, Watched
from capture.live.plan import Plan
from capture.live.rounds import Rounds
from capture.live.rules.watch import Rules
from capture.open import CaptureError
from parsers.text import clean

# OpenMetrics if there is, else the text format, as Prometheus itself asks.
_ACCEPT = "application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.8,*/*;q=0.1"
_WITHIN = 10.0
_MOST = 64 << 20


class Watching:
    """The rules of a plan, for one target. Raises CaptureError for a place of metrics that cannot be asked."""

    def __init__(self, rounds: Rounds, plan: Plan, tell: Callable[[Event], None]) -> None:
        self._rounds, self._plan, self._tell = rounds, plan, tell
        self._target = rounds.target
        self._rules = Rules(plan.rules, plan.cool_down, plan.scrape)
        self._failed = ""
        self._states: tuple[str, ...] = ()
        self._client, self._path = self._target.client, plan.metrics
        if is_address(plan.metrics):
            there = address(plan.metrics)
            self._client, self._path = self._target.other(there), there.request if there.path else "/metrics"
        elif not plan.metrics.startswith("/"):
            raise CaptureError.of(
                f"“{clean(plan.metrics)}” is no place of metrics: write /metrics or http://host/metrics"
            )

    async def run(self) -> None:
        """Look at the metrics until the plan is through, and at its end wait for the captures of the last event."""
        try:
            async with asyncio.TaskGroup() as events:
                if not self._plan.every:
                    # What there is before anything happens, to compare with.
                    events.create_task(self._rounds.round())
                turn = time.monotonic()
                while turn < self._rounds.end:
                    for because in await self._scraped():
                        self._tell(Fired(self._target.address, because))
                        events.create_task(self._rounds.burst(self._why(because)))
                    if (states := self._rules.states) != self._states:
                        self._states = states
                        self._tell(Watched(self._target.address, states))
                    now = time.monotonic()
                    turn += self._plan.scrape * max(1, -(-(now - turn) // self._plan.scrape))
                    await asyncio.sleep(min(turn, self._rounds.end) - now)
        finally:
            if self._client is not self._target.client:
                await self._client.close()

    async def _scraped(self) -> list[str]:
        """Why rules fire, now that the metrics were looked at; that they cannot be had is told once, until they can."""
        try:
            text, kind = await self._client.text(self._path, within=_WITHIN, most=_MOST, accept=_ACCEPT)
            # Tens of thousands of series take a while, and others wait for this loop.
            fired = await asyncio.to_thread(self._rules.scraped, time.monotonic(), text, kind)
        except CaptureError as error:
            self._rules.failed(time.monotonic())
            said = str(error) if isinstance(error, TargetError) else f"{self._client.address.shown}: {error}"
            # That nothing answers at all, the schedule tells.
            away = isinstance(error, TargetError) and not error.status and self._client is self._target.client
            if said != self._failed and not (away and self._plan.every):
                self._failed = said
                self._tell(Said(f"{said} (metrics, for the rules)"))
            return []
        if self._failed:
            self._failed = ""
            self._tell(Said(f"{self._client.address.shown}: metrics can be had again"))
        for sentence in self._rules.news():
            self._tell(Said(f"{self._target.address.shown}: {sentence}"))
        return [each.because for each in fired]

    def _why(self, because: str) -> str:
        """What lies beside a capture."""
        return f"{because}\nat: {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\nof: {self._target.address.shown}"
