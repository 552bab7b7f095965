"""What is told of targets while captures are taken: to a log, to a terminal, to the screen.

All of it comes from the loop that does the work. Moments are of `time.monotonic`, in seconds.
"""

from dataclasses import dataclass
from pathlib import Path

from capture.live.address import Address
from capture.live.take import Take


@dataclass(frozen=True, slots=True)
class Begun:
    """A capture is being taken, until `until` if all goes well."""

    target: Address
    take: Take
    until: float


@dataclass(frozen=True, slots=True)
class Took:
    """A capture is there, whole: its size in bytes, how long it took in seconds, and why, "" by schedule or by hand."""

    target: Address
    take: Take
    path: Path
    size: int
    seconds: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Missed:
    """A capture was not to be had, or with `take` None none at all; the sentence says of whom and why.

    Of what a target does not have it is told once.
    """

    target: Address
    take: Take | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Watched:
    """Where the rules about a target are, in a few words each; told when that has changed."""

    target: Address
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule's condition has held; `because` says which, and with what values."""

    target: Address
    because: str


@dataclass(frozen=True, slots=True)
class Next:
    """When the schedule has a target's turn come again; with `sentence` because it is given a rest."""

    target: Address
    at: float
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Removed:
    """Captures that had to go for newer ones, and how many bytes they were."""

    count: int
    size: int


@dataclass(frozen=True, slots=True)
class Said:
    """Anything else, in one sentence."""

    sentence: str


Event = Begun | Took | Missed | Watched | Fired | Next | Removed | Said
