"""The processes that can be asked, as the screen knows them: what they offer, what is being taken, what is recorded.

Nothing here asks anything, or knows the screen. Moments are of `time.monotonic`, in seconds.
"""

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from capture.live.address import Address
from capture.live.events import Begun, Event, Fired, Missed, Next, Took
from capture.live.take import CPU, FLIGHT, TRACE, Take
from tui import glyphs

# Its client is imported by the thread that asks.
if TYPE_CHECKING:
    from capture.live.index import Index

# Seconds in which the time to the next round goes down until the last of them: each costs what is drawn.
_STEP = 5
# What is there at once is not worth a word, unless it is so many seconds late.
_LATE = 2.0
_USUAL = (Take(CPU, 10.0), Take(TRACE, 2.0))


def spelled(address: Address) -> str:
    """An address as it can be typed again, without its user and password."""
    if address.socket:
        return f"unix:{address.socket}" + (f":{address.path}" if address.path else "")
    return address.url.replace("https", "https+insecure", 1) if address.insecure else address.url


@dataclass(eq=False, slots=True)
class Standing:
    """A target, whose captures land in `into`: its `index`, None as long as it has never answered.

    `problem` says why it does not answer now. `flightless` tells that it serves no flight recorder.
    """

    address: Address
    into: Path
    index: "Index | None" = None
    problem: str = ""
    flightless: bool = False

    def words(self, *, alone: bool = True) -> str:
        """What is known of it in a few words, or what is wrong with it, where it is not `alone` without advice."""
        if self.problem:
            return self.problem if alone else ": ".join(self.problem.split(": ")[:2])
        if self.index is None:
            return f"{self.address.shown}  being asked what it has"
        profiles = len(self.index.offers)
        facts = (self.address.shown, self.index.program, f"{profiles} profile{'s' * (profiles != 1)}")
        return "  ".join(filter(None, facts))

    def all_once(self) -> tuple[Take, ...]:
        """Everything it offers, what costs it little first."""
        kinds = {offer.kind for offer in self.index.offers} if self.index else set()
        measured = tuple(take for take in _USUAL if take.kind in kinds)
        return (*(Take(kind) for kind in sorted(kinds - {CPU, TRACE})), *measured)


@dataclass(eq=False, slots=True)
class Asked:
    """Captures of a target that were asked for by hand, `where` one was then.

    `taking` is the one that is under way, until the moment `until`; `took` has landed, `missed` says what has not.
    """

    number: int
    target: Standing
    takes: tuple[Take, ...]
    where: Hashable
    taking: Take | None = None
    until: float = 0.0
    took: list[Path] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def left(self, now: float) -> int:
        """Whole seconds until it is to be over."""
        return _left(self.until, now) if self.taking else 0

    def words(self, now: float) -> str:
        """`cpu 7 s`"""
        return _counted(self.taking or self.takes[0], self.left(now))


@dataclass(eq=False, slots=True)
class Recording:
    """A recording: what it means in a few words, how many captures it has, and how often a rule fired.

    By the label of each target, what is being taken and until when, and when the next round is.
    """

    number: int
    meaning: str
    took: int = 0
    missed: int = 0
    events: int = 0
    taking: dict[str, tuple[Take, float]] = field(default_factory=dict)
    next: dict[str, float] = field(default_factory=dict)

    @property
    def stop(self) -> str:
        """What stopping it is called."""
        return f"stop recording {self.meaning}: {self.took:,} capture{'s' * (self.took != 1)} so far"

    def words(self, now: float, *, short: bool = False) -> str:
        """`recording 12, cpu 7 s` or `recording 12, next in 40 s`; `short` of when is next."""
        parts = [f"recording {self.took:,}"]
        if self.missed:
            parts.append(f"{self.missed:,} missed")
        if self.events:
            parts.append(f"{self.events:,} event{'s' * (self.events != 1)}")
        slow = [(until, take) for take, until in self.taking.values() if take.seconds or now - until > _LATE]
        if slow:
            until, take = max(slow, key=lambda each: each[0])
            parts.append(_counted(take, _left(until, now)))
        elif not short and self.next and (left := min(self.next.values()) - now) > 0:
            step = _STEP if left > _STEP else 1
            parts.append(f"next in {step * math.ceil(left / step):,} s")
        return ", ".join(parts)


@dataclass(eq=False, slots=True)
class Targets:
    """All of them. Captures land in `given`, or where that is None in a directory of each target's own."""

    known: list[Standing] = field(default_factory=list)
    given: Path | None = None
    asked: dict[int, Asked] = field(default_factory=dict)
    recording: Recording | None = None
    _numbers: "count[int]" = field(default_factory=count)

    @property
    def unmet(self) -> list[Standing]:
        """Those that do not answer."""
        return [each for each in self.known if each.problem]

    def at(self, address: Address) -> Standing | None:
        """The target at an address."""
        return next((each for each in self.known if each.address.place == address.place), None)

    def ask(self, target: Standing, takes: tuple[Take, ...], where: Hashable) -> Asked:
        """Captures are asked for."""
        asked = Asked(next(self._numbers), target, takes, where)
        self.asked[asked.number] = asked
        return asked

    def record(self, meaning: str) -> Recording:
        """A recording begins."""
        self.recording = Recording(next(self._numbers), meaning)
        return self.recording

    def told(self, number: int, event: Event) -> None:
        """Take in what has happened to what was asked for, or in the recording."""
        if self.recording is not None and number == self.recording.number:
            _recorded(self.recording, event)
        elif number in self.asked:
            _answered(self.asked[number], event)

    def ended(self, number: int) -> Asked | Recording | None:
        """What was asked for is over, or the recording; None if nobody waits for it any more."""
        if self.recording is not None and number == self.recording.number:
            over, self.recording = self.recording, None
            return over
        return self.asked.pop(number, None)

    @property
    def busy(self) -> bool:
        return bool(self.asked) or self.recording is not None

    # In words

    @property
    def lost(self) -> str:
        """What comes of quitting now, behind the question whether to."""
        if self.recording is not None:
            return " That ends the recording."
        return " What is being taken is lost." if self.asked else ""

    def taking(self, now: float) -> str:
        """What is being taken by hand, the longest first, with the number of all others; "" for nothing."""
        if not self.asked:
            return ""
        first = max(self.asked.values(), key=lambda each: (each.left(now), -each.number))
        more = sum(len(each.takes) - len(each.took) - len(each.missed) for each in self.asked.values()) - 1
        return first.words(now) + (f" +{more}" if more > 0 else "")

    def recorded(self, now: float, *, short: bool = False) -> str:
        return self.recording.words(now, short=short) if self.recording is not None else ""

    def heading(self, key: Callable[[str], str]) -> str:
        """What there is to take from, those that do not answer first, for the rest of the line may be cut off."""
        alone = len(self.known) == 1
        away = [each.words(alone=alone) for each in self.unmet]
        there = [each.words() for each in self.known if not each.problem]
        again = [f"{key('read')} asks again"] if away else []
        takes = [f"{key('take')} takes one"] if there else []
        return "   ".join((*away, *again, *there, *takes))


def _left(until: float, now: float) -> int:
    return max(0, math.ceil(until - now))


def _counted(take: Take, left: int) -> str:
    """What is being taken, and for how many seconds more."""
    return f"{take.kind} {left:,} s" if left else f"{take.kind} {glyphs.current().ellipsis}"


def _answered(asked: Asked, event: Event) -> None:
    match event:
        case Begun(_, take, until):
            asked.taking, asked.until = take, until
        case Took(_, _, path):
            asked.taking = None
            asked.took.append(path)
        case Missed(_, take, sentence):
            asked.taking = None
            asked.missed.append(sentence)
            if take is not None and take.kind == FLIGHT and not take.path:
                asked.target.flightless = True


def _recorded(recording: Recording, event: Event) -> None:
    match event:
        case Begun(target, take, until):
            recording.next.pop(target.label, None)
            recording.taking[target.label] = take, until
        case Took(target):
            recording.taking.pop(target.label, None)
            recording.took += 1
        case Missed(target):
            recording.taking.pop(target.label, None)
            recording.missed += 1
        case Fired():
            recording.events += 1
        case Next(target, at):
            recording.next[target.label] = at
