"""What is open and how it is looked at: captures, the place in each of them, and the way back.

Nothing here knows the screen. A `Place` is immutable, so that the history is a list of places and a step back is
the one before; panes and the command line's options only ever turn one place into another.
"""

from argparse import Namespace
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from analysis.spot import Spot
from analysis.view import Granularity, View, Window

# NumPy is imported by the threads that need it, once the first screen is up.
if TYPE_CHECKING:
    from parsers.profile.model import Profile
    from parsers.trace.model import Trace
    from tui.rows.branches import Branches

T = TypeVar("T")
SortKey = Literal["flat", "cum", "name"]
SORT_KEYS: tuple[SortKey, ...] = ("flat", "cum", "name")
_REMEMBERED = 100
_NO_END = 1 << 62


class PaneName(StrEnum):
    TOP = "top"
    TREE = "tree"
    SOURCE = "source"
    GOROUTINES = "goroutines"
    TIMELINE = "timeline"


# The panes that draw a profile: of a trace, one that is derived from it.
PROFILE_PANES = (PaneName.TOP, PaneName.TREE, PaneName.SOURCE)


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


class Need(StrEnum):
    """What there has to be for a command to do anything."""

    NOTHING = ""
    READ = "a file that is read"
    TRACE = "a trace that is read"
    FRAMES = "a pane of functions"
    WEIGHTS = "a pane of weights"
    ROWS = "rows"
    SAMPLES = "a second sample type"
    LESS = "a marked window, or a filter"
    TABS = "a second capture"
    PAST = "somewhere to go back to"
    QUERY = "a search"
    UNREAD = "a file that has not been read to its end"


@dataclass(frozen=True, slots=True)
class Selection:
    """What the cursor is on, by identity, so that every pane and every view of a profile finds it again.

    `label` is the row's own name: all there is of a frame without symbols. `goroutine` is a goroutine's id, 0 for all
    that run `function`, None where a pane has none to say.
    """

    function: str = ""
    file: str = ""
    line: int = 0
    label: str = ""
    goroutine: int | None = None

    def same_symbol(self, other: "Selection") -> bool:
        """Whether both are in one function, or where neither is known, are called the same; and in one goroutine."""
        if None not in (self.goroutine, other.goroutine) and self.goroutine != other.goroutine:
            return False
        if self.function or other.function:
            return self.function == other.function and (not self.file or not other.file or self.file == other.file)
        return self.label == other.label


@dataclass(frozen=True, slots=True)
class Place:
    """Where one is in a capture: the pane, how it is looked at, and on what; on a trace's Timeline too.

    Of groups of goroutines, those with `only` in their name are shown.
    """

    pane: PaneName = PaneName.TOP
    view: View = field(default_factory=View)
    inverted: bool = False
    selection: Selection = Selection()
    timeline: Spot = field(default_factory=Spot)
    only: str = ""

    def within(self, duration_ns: int) -> "Place":
        """The same in a trace that takes so long; a window that ends before it begins there is none."""
        window = self.view.window and Window(self.view.window.start, min(self.view.window.end, duration_ns))
        return replace(self, view=replace(self.view, window=window if window and window.start < window.end else None))

    def shifted(self, ns: int) -> "Place":
        """The same with every moment `ns` nanoseconds later."""
        window = self.view.window
        return replace(
            self,
            view=replace(self.view, window=window and Window(window.start + ns, window.end + ns)),
            timeline=self.timeline.shifted(ns),
        )


@dataclass(frozen=True, slots=True)
class Order:
    """How Top is sorted."""

    by: SortKey = "flat"
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class GoroutineOrder:
    """How Goroutines is sorted: `by` a column's key. Its `figure` is the one whose spread in a group is shown."""

    by: str = "exec"
    reverse: bool = False
    figure: str = "total"


@dataclass(eq=False, slots=True)
class OpenCapture:
    """One tab, of a profile or of a trace. `place` is where it is; `past` the places before, the last one the latest.

    `trees` keeps what is open in the call tree, apart for the upright and the inverted one, `groups` the groups of
    goroutines that are open. While a trace is being read, or where that has failed, `trace` may be its last piece.
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
    trace: "Trace | None" = None
    trees: dict[bool, "Branches"] = field(default_factory=dict)
    goroutines: GoroutineOrder = GoroutineOrder()
    groups: frozenset[str] = frozenset()

    @property
    def loading(self) -> bool:
        return self.state is State.LOADING

    @property
    def is_read(self) -> bool:
        """Whether there is something to show."""
        return self.profile is not None or self.trace is not None

    @property
    def is_growing(self) -> bool:
        """Whether its end is provisional: of a trace that is still being written, or was cut off."""
        return self.trace is not None and self.trace.provisional_ns < self.trace.duration_ns

    @property
    def panes(self) -> tuple[PaneName, ...]:
        """The panes that it can fill."""
        return PROFILE_PANES if self.trace is None else tuple(PaneName)

    @property
    def view(self) -> View:
        return self.place.view

    # Moving about

    def go(self, **changes: Any) -> None:
        """Change the place, and remember where one was if that makes a difference."""
        place = replace(self.place, **changes)
        if place != self.place:
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
        """The cursor has moved: no step to go back from."""
        self.place = replace(self.place, selection=selection)

    def aim(self, spot: Spot) -> None:
        """The Timeline's cursor or its view has moved: no step to go back from."""
        self.place = replace(self.place, timeline=spot)

    def see(self, pane: str) -> None:
        self.go(pane=PaneName(pane))

    def turn(self, step: int) -> None:
        """Go on by `step` panes."""
        self.go(pane=turned(self.panes, self.place.pane, step))

    # Looking at it in another way

    def sample(self, step: int) -> None:
        """Go on by `step` sample types, on a trace by profiles derived from it, or by figures of its goroutines."""
        if self.place.pane is PaneName.GOROUTINES:
            from analysis.goroutine_groups import FIGURES

            figure = turned(FIGURES, self.goroutines.figure, step)
            self.goroutines = replace(self.goroutines, figure=figure)
        elif self.trace is not None:
            from analysis.derive import KINDS, default_kind

            self.derive(turned(KINDS, self.view.profile or default_kind(self.trace), step))
        elif self.profile is not None:
            from analysis.samples import sample_index

            at = sample_index(self.profile, self.view.sample) + step
            self.sample_type(at % len(self.profile.sample_types))

    def sample_type(self, at: int) -> None:
        """Look at the sample type numbered `at`: by its name, which holds in other captures, if it is the only one."""
        assert self.profile is not None
        names = [each.type for each in self.profile.sample_types]
        self._look(sample=names[at] if names.count(names[at]) == 1 else str(at))

    def derive(self, kind: str, sample: str = "") -> None:
        """Look at the profile of this kind that is derived from the trace, in a pane that draws profiles."""
        pane = self.place.pane if self.place.pane in PROFILE_PANES else PaneName.TOP
        self.go(pane=pane, view=replace(self.view, profile=kind, sample=sample))

    def mark(self, start: int, end: int) -> None:
        """Look at nothing but a window of the trace."""
        self._look(window=Window(start, end))

    def unmark(self) -> None:
        self._look(window=None)

    def narrow(self, only: str) -> None:
        """Show no groups of goroutines but those with `only` in their name."""
        self.go(only=only)

    def everything(self) -> None:
        """Look at the whole trace, and show all groups."""
        self.go(only="", view=replace(self.view, window=None))

    def mine(self) -> None:
        self._look(mine=not self.view.mine)

    def inlines(self) -> None:
        self._look(inlines=not self.view.inlines)

    def granularity(self, step: int) -> None:
        self.rows_of(turned(tuple(Granularity), self.view.granularity, step))

    def rows_of(self, granularity: str) -> None:
        self._look(granularity=Granularity(granularity))

    def invert(self) -> None:
        self.go(inverted=not self.place.inverted)

    def sort(self, step: int) -> None:
        """Sort Top by the column `step` further."""
        self.order = Order(turned(SORT_KEYS, self.order.by, step))

    def reverse(self) -> None:
        self.order = replace(self.order, reverse=not self.order.reverse)

    def sort_goroutines(self, by: str) -> None:
        """Sort them by the column `by`."""
        self.goroutines = replace(self.goroutines, by=by, reverse=False)

    def reverse_goroutines(self) -> None:
        self.goroutines = replace(self.goroutines, reverse=not self.goroutines.reverse)

    def open_group(self, name: str, opened: bool) -> None:
        """Show the goroutines that run `name`, or do not."""
        self.groups = self.groups | {name} if opened else self.groups - {name}

    def units(self) -> None:
        """The next way to write weights; per second only in a profile that says how long it took."""
        timed = self.profile is None or self.profile.duration_ns > 0
        self.amounts = turned(tuple(Amounts) if timed else (Amounts.VALUE, Amounts.PERCENT), self.amounts, 1)

    def _look(self, **changes: Any) -> None:
        self.go(view=replace(self.view, **changes))

    # Reading it

    def started(self) -> None:
        self.state, self.progress = State.LOADING, (0, 0)

    def loaded(self, capture: "Profile | Trace", *, whole: bool = True) -> None:
        """Look at `capture`, which may be but the last piece of a trace that is still being read."""
        from parsers.trace.model import Trace

        self.state, self.reason, self.progress = State.READY if whole else State.LOADING, "", (0, 0)
        if not isinstance(capture, Trace):
            self._loaded_profile(capture)
        elif self.trace is None:
            self.profile, self.trace = None, capture
            self.place = self.place.within(capture.duration_ns)
            # First the table that can be sorted; no screen can show ten thousand lanes.
            self.place = replace(self.place, pane=PaneName.GOROUTINES)
        else:
            self._replace(self.trace, capture)

    def _loaded_profile(self, profile: "Profile") -> None:
        """Under its own sample type if it has not the one that was asked for, with the `reason`."""
        from analysis.errors import ViewError
        from analysis.samples import sample_index

        self.profile, self.trace = profile, None
        if self.place.pane not in self.panes:
            self.place = replace(self.place, pane=PaneName.TOP)
        try:
            sample_index(profile, self.view.sample)
        except ViewError as error:
            self.reason = str(error)
            self.place = replace(self.place, view=replace(self.view, sample=""))

    def _replace(self, piece: "Trace", whole: "Trace") -> None:
        """Look at the same moments as before: those of a piece count from where it begins."""
        starts = {each.number: each.start for each in whole.generations}
        first = piece.generations[0]
        ns = starts.get(first.number, first.start) - first.start
        self.trace, self.place = whole, self.place.shifted(ns)
        self.past = [place.shifted(ns) for place in self.past]

    def forget(self) -> None:
        """Let go of what was read."""
        self.profile = self.trace = None
        self.trees.clear()

    def failed(self, reason: str) -> None:
        self.state, self.reason = State.FAILED, reason

    def stopped(self) -> None:
        self.state, self.reason = State.UNREAD, f"{self.name} has not been read to its end."


@dataclass(eq=False, slots=True)
class Session:
    """The open captures, at least one, and which of them is on the screen; `query` is what was last searched for."""

    captures: list[OpenCapture]
    at: int = 0
    query: str = ""

    @property
    def current(self) -> OpenCapture:
        return self.captures[self.at]

    def has(self, need: Need, on_row: bool) -> bool:
        """Whether there is what a command needs; `on_row`: the cursor is on a row."""
        capture = self.current
        match need:
            case Need.NOTHING:
                return True
            case Need.READ:
                return capture.is_read
            case Need.TRACE:
                return capture.trace is not None
            case Need.FRAMES:
                return capture.is_read and capture.place.pane in PROFILE_PANES
            case Need.WEIGHTS:
                return capture.is_read and capture.place.pane is not PaneName.TIMELINE
            case Need.ROWS:
                return on_row
            case Need.SAMPLES:
                several = capture.profile is None or len(capture.profile.sample_types) > 1
                return several and self.has(Need.WEIGHTS, on_row)
            case Need.LESS:
                return capture.view.window is not None or bool(capture.place.only)
            case Need.TABS:
                return len(self.captures) > 1
            case Need.PAST:
                return bool(capture.past or self.query or capture.state is State.LOADING)
            case Need.QUERY:
                return bool(self.query) and on_row
            case Need.UNREAD:
                return capture.state in (State.UNREAD, State.FAILED) or (not capture.loading and capture.is_growing)

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


def view_of(options: Namespace) -> View:
    """The View that the command line asks for."""
    return View(
        sample=options.sample,
        granularity=Granularity(options.granularity),
        inlines=not options.no_inlines,
        mine=options.mine,
        unit=options.unit,
        profile=options.profile,
        window=_window_of(options),
    )


def _window_of(options: Namespace) -> Window | None:
    """The window that the command line asks for, with no end where it has none; only a trace tells its own."""
    begin, end = options.window or (options.begin, options.end)
    return None if begin is None and end is None else Window(begin or 0, _NO_END if end is None else end)


def opened(paths: Iterable[Path], view: View) -> Session:
    """A session over `paths`, none of them read yet, each called by as much of its path as tells it apart."""
    paths = list(paths)
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
