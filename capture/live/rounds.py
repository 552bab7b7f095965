"""Rounds of captures of one target: what costs it little first, then what it pays for, less often while it suffers."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from capture.live.errors import TargetError
from capture.live.events import Event, Missed, Next, Said
from capture.live.plan import Plan
from capture.live.rest import Rest
from capture.live.take import Take
from capture.live.target import Target
from capture.open import CaptureError
from parsers.text import clean

# An answer that costs little and yet takes so many seconds comes from a process that has a hard time.
_SLOW = 5.0
# What an answer with such a status says will be said again.
_FOR_GOOD = (400, 404, 405)


@dataclass(slots=True)
class _Round:
    """How a round went: `bad` where the target, or what is written to, has a hard time, `over` where nothing answers.

    `asked` is how many seconds the target asks to be left alone.
    """

    bad: bool = False
    over: bool = False
    asked: float = 0.0


@dataclass(slots=True)
class Rounds:
    """The rounds of a target, into a directory. While a rule's are taken, those of the schedule wait."""

    target: Target
    into: Path
    plan: Plan
    tell: Callable[[Event], None]
    _begun: float = field(default_factory=time.monotonic)
    _events: list[str] = field(default_factory=list)
    _left: int = 0
    _known: bool = False
    _away: str = ""
    _missing: set[Take] = field(default_factory=set)

    @property
    def end(self) -> float:
        """When no more rounds begin."""
        return self._begun + self.plan.lasting if self.plan.lasting else inf

    async def by_schedule(self) -> None:
        """A round every so often, by a clock that nobody sets; turns that come while one goes on are left out."""
        rest = Rest(self.plan.every)
        turn = self._begun
        while True:
            if not self._events:
                went = await self.round()
                if went.bad:
                    rest.bad(went.asked)
                else:
                    rest.good()
            now, pause = time.monotonic(), rest.pause
            turn = now + pause if rest.is_longer else turn + pause * max(1, -(-(now - turn) // pause))
            if turn >= self.end:
                return
            said = f"{self.target.address.shown}: asked again in {pause:,.0f} s" if rest.is_longer else ""
            self.tell(Next(self.target.address, turn, said))
            await asyncio.sleep(turn - now)

    async def burst(self, why: str) -> None:
        """The rounds around an event. One that happens meanwhile has these go on, for both."""
        first = not self._events
        self._events.append(why)
        self._left = self.plan.burst
        while first and self._left:
            self._left -= 1
            await self.round("\n".join(self._events))
            if self._left:
                await asyncio.sleep(self.plan.gap)
        if first:
            self._events.clear()

    async def round(self, why: str = "") -> _Round:
        """Take everything once. What cannot be had is told, and does not stop what follows, unless nothing answers."""
        went = _Round()
        try:
            await self._look()
            for take in sorted(self.plan.takes, key=lambda take: take.seconds > 0):
                # What costs most is not asked of a process that has just failed to give the least.
                if not went.over and not (went.bad and take.seconds):
                    await self._one(take, why, went)
        except TargetError as error:
            self._missed(None, error, went)
        except Exception as error:  # whatever it is, recording goes on
            went.bad = True
            self.tell(Said(f"{self.target.address.shown}: goscope failed: {type(error).__name__}: {clean(str(error))}"))
        return went

    async def _look(self) -> None:
        """Ask what there is, each time: it may be another process by now, which has taken the place of the one before.

        Who is too busy to tell may yet give what it was known to have.
        """
        try:
            await self.target.look()
        except TargetError as error:
            if self._known and error.struggling:
                return
            raise
        self._known = True
        if self._away:
            self._away = ""
            self.tell(Said(f"{self.target.address.shown}: it answers again"))

    async def _one(self, take: Take, why: str, went: _Round) -> None:
        begun = time.monotonic()
        try:
            took = await self.target.take(take, self.into, why=why, most=self.plan.most or 1 << 40, tell=self.tell)
            self._missing.discard(take)
            self.tell(took)
        except CaptureError as error:
            self._missed(take, error, went)
        slow = time.monotonic() - begun - take.seconds > _SLOW
        went.bad = went.bad or (slow and not take.is_exclusive)

    def _missed(self, take: Take | None, error: CaptureError, went: _Round) -> None:
        """Tell what was not to be had; only once what will never be there, and that there is no target."""
        said, told = str(error), False
        went.bad = went.bad or not isinstance(error, TargetError) or error.struggling
        if isinstance(error, TargetError):
            went.asked, went.over = max(went.asked, error.rest), error.silent
            # Without an answer, it may be another process by the next time.
            self._known = self._known and error.status != 0
            if take is None:
                told, self._away = self._away == said, said
            elif error.status in _FOR_GOOD:
                told = take in self._missing
                self._missing.add(take)
        if not told:
            self.tell(Missed(self.target.address, take, said))
