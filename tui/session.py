"""What is open and how it is looked at: captures, the place in each of them, and the way back.

Nothing here knows the screen. A `Place` is immutable, so that the history is a list of places and a step back is
the one before; panes and the command line's options only ever turn one place into another.
"""

from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from analysis.view import Granularity, View

# NumPy is imported by the threads that need it, once the first screen is up.
if TYPE_CHECKING:
    from parsers.profile.model import Profile
    from tui.rows.branches import Branches

T = TypeVar("T")
SortKey = Literal["flat", "cum", "name"]
SORT_KEYS: tuple[SortKey, ...] = ("flat", "cum", "name")
_REMEMBERED = 100


class PaneName(StrEnum):
    TOP = "top"
    TREE = "tree"
    SOURCE = "source"


class Amounts(StrEnum):
    """How weights are written."""

    VALUE = "value"
    PERCENT = "percent"
    RATE = "per second"


class State(Enum):
    """How far a capture has been read; UNREAD until its tab is first visited, and again when that was cancelled."""

    UNREAD = auto()
    LOADING = auto()
    READY = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Selection:
    """What the cursor is on, by identity, so that every pane and every view of a profile finds it again.

    `label` is the row's own name: all there is of a frame without symbols.
    """

    function: str = ""
    file: str = ""
    line: int = 0
    label: str = ""

    def same_symbol(self, other: "Selection") -> bool:
        """Whether both are in one function, or where neither is known, are called the same."""
        if self.function or other.function:
            return self.function == other.function and (not self.file or not other.file or self.file == other.file)
        return self.label == other.label


@dataclass(frozen=True, slots=True)
class Place:
    """Where one is in a capture: the pane, how it is looked at, and on what."""

    pane: PaneName = PaneName.TOP
    view: View = View()
    inverted: bool = False
    selection: Selection = Selection()


@dataclass(frozen=True, slots=True)
class Order:
    """How Top is sorted."""

    by: SortKey = "flat"
    reverse: bool = False

    def moved(self, step: int) -> "Order":
        return Order(turned(SORT_KEYS, self.by, step))


@dataclass(eq=False, slots=True)
class OpenCapture:
    """One tab. `place` is where it is; `past` the places before, the last one the latest.

    `trees` keeps what is open in the call tree, apart for the upright and the inverted one.
    """

    path: Path
    name: str
    place: Place = Place()
    past: list[Place] = field(default_factory=list)
    order: Order = Order()
    amounts: Amounts = Amounts.VALUE
    state: State = State.UNREAD
    reason: str = ""
    progress: tuple[int, int] = (0, 0)
    profile: "Profile | None" = None
    trees: dict[bool, "Branches"] = field(default_factory=dict)

    @property
    def view(self) -> View:
        return self.place.view

    def go(self, place: Place) -> None:
        """Be at `place`, and remember where one was unless only the cursor differs."""
        if replace(place, selection=self.place.selection) != self.place:
            self.past.append(self.place)
            del self.past[:-_REMEMBERED]
        self.place = place

    def back(self) -> bool:
        """Return to the place before; False if there is none."""
        if not self.past:
            return False
        self.place = self.past.pop()
        return True

    def select(self, selection: Selection) -> None:
        self.place = replace(self.place, selection=selection)

    def started(self) -> None:
        self.state, self.progress = State.LOADING, (0, 0)

    def loaded(self, profile: "Profile") -> None:
        self.state, self.profile = State.READY, profile

    def failed(self, reason: str) -> None:
        self.state, self.reason = State.FAILED, reason

    def cancelled(self) -> None:
        self.state = State.UNREAD


@dataclass(eq=False, slots=True)
class Session:
    """The open captures, at least one, and which of them is on the screen; `query` is what was last searched for."""

    captures: list[OpenCapture]
    at: int = 0
    query: str = ""

    @property
    def current(self) -> OpenCapture:
        return self.captures[self.at]

    def turn(self, step: int) -> None:
        """Go on by `step` tabs, round the end."""
        self.at = (self.at + step) % len(self.captures)

    def close(self) -> bool:
        """Close the current tab; False if it is the last one, which stays."""
        if len(self.captures) == 1:
            return False
        del self.captures[self.at]
        self.at = min(self.at, len(self.captures) - 1)
        return True


def opened(paths: list[Path], view: View) -> Session:
    """A session over `paths`, none of them read yet, each called by as much of its path as tells it apart."""
    stems = [short_name(path.name) for path in paths]
    names = [
        stem if stems.count(stem) == 1 else f"{short_name(path.parent.name)}/{stem}"
        for stem, path in zip(stems, paths, strict=True)
    ]
    place = Place(view=view)
    return Session([OpenCapture(path, name, place) for path, name in zip(paths, names, strict=True)])


def short_name(name: str) -> str:
    """A file's name, safe to show and without the endings that all profiles have."""
    from capture.open import display_name

    shown = display_name(Path(name))
    for ending in (".gz", ".pb", ".pprof", ".prof"):
        shown = shown.removesuffix(ending) or shown
    return shown


def turned(options: tuple[T, ...], now: T, step: int) -> T:
    """The option `step` places after `now`, round the end."""
    return options[(options.index(now) + step) % len(options)]


def next_sample(profile: "Profile", view: View, step: int) -> View:
    """The view of the next sample type."""
    from analysis.samples import sample_index

    names = [each.type for each in profile.sample_types]
    at = (sample_index(profile, view.sample) + step) % len(names)
    return sampled(names, view, at)


def sampled(names: list[str], view: View, at: int) -> View:
    """The view of the sample type numbered `at`: by its name, which holds in other captures, if it is the only one."""
    return replace(view, sample=names[at] if names.count(names[at]) == 1 else str(at))


def next_granularity(view: View, step: int) -> View:
    return replace(view, granularity=turned(tuple(Granularity), view.granularity, step))


def next_amounts(capture: OpenCapture) -> Amounts:
    """The next way to write weights; per second only in a profile that says how long it took."""
    timed = capture.profile is not None and capture.profile.duration_ns > 0
    return turned(tuple(Amounts) if timed else (Amounts.VALUE, Amounts.PERCENT), capture.amounts, 1)
