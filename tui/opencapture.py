"""One tab: a capture that is open, where one is in it, and the way back.

Nothing here knows the screen, or which other tabs there are.
"""

from dataclasses import dataclass, field, replace
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.spot import Spot
from analysis.view import Filter, Granularity, View, Window
from parsers.recorded import recorded
from tui.place import (
    PROFILE_PANES,
    SORT_KEYS,
    Amounts,
    GoroutineOrder,
    Order,
    PaneName,
    Place,
    Selection,
    turned,
)
from tui.runtimespot import RuntimeSpot

# NumPy is imported by the threads that need it, once the first screen is up.
if TYPE_CHECKING:
    from analysis.series import Series
    from parsers.profile.model import Profile
    from parsers.trace.model import Trace
    from tui.basis import Basis, Earlier
    from tui.catalogue import Entry
    from tui.rows.branches import Branches
    from tui.shelf import Growth

_REMEMBERED = 100
RESTS = 2.0
"""So many times what reading a trace took, it is left alone though it grows."""
NOWHERE = Path()
"""The path of a tab that has no capture, only the list of them."""


class State(Enum):
    """How far a capture has been read; UNREAD until its tab is first visited, and again when that was cancelled."""

    UNREAD = auto()
    LOADING = auto()
    READY = auto()
    FAILED = auto()


@dataclass(eq=False, slots=True)
class OpenCapture:
    """One tab, of a profile or of a trace. `place` is where it is; `past` the places before, the last one the latest.

    A tab goes from capture to capture: `path` is the one that is wanted, `shown` the one that is on the screen, which
    stays there until the other has been read. Unless it is `frozen`, a tab goes along with what happens to its file,
    which `version` tells, and with `newest` to whatever is the newest of its `series`, in which `entry` is what it
    shows. `title` is what the tab is called where that is not the file's `name`.

    A trace that grows is read on by `growth`; its last reading `took` so many seconds, and ended at `read_at` (of
    `time.monotonic`).

    `before` is the profile that was on the screen before, for as long as what has changed since is marked. `basis` is
    what a diff is from, `earlier` what rows are set beside.

    `trees` keeps what is open in the call tree, apart for the upright and the inverted one, `groups` the groups of
    goroutines that are open. While a trace is being read, or where that has failed, `trace` may be its last piece.
    """

    path: Path
    name: str
    place: Place = field(default_factory=Place)
    past: list[Place] = field(default_factory=list)
    order: Order = field(default_factory=Order)
    amounts: Amounts = Amounts.VALUE
    state: State = State.UNREAD
    reason: str = ""
    progress: tuple[int, int] = (0, 0)
    profile: "Profile | None" = None
    trace: "Trace | None" = None
    trees: dict[bool, "Branches"] = field(default_factory=dict)
    goroutines: GoroutineOrder = field(default_factory=GoroutineOrder)
    groups: frozenset[str] = frozenset()
    title: str = ""
    newest: bool = False
    frozen: bool = False
    version: tuple[int, int] | None = None
    shown: Path | None = None
    before: "Profile | None" = None
    basis: "Basis | None" = None
    series: "Series[Entry] | None" = None
    entry: "Entry | None" = None
    earlier: "Earlier | None" = None
    growth: "Growth | None" = None
    took: float = 0.0
    read_at: float = 0.0

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
        if self.trace is not None:
            return tuple(PaneName)
        return (*PROFILE_PANES, PaneName.CAPTURES) if self.path != NOWHERE else (PaneName.CAPTURES,)

    @property
    def shows_labels(self) -> bool:
        """Whether there are labels on the screen, and no functions."""
        return self.place.labels and self.place.pane is PaneName.TOP

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
        """Go to a pane: to Callers, with what is selected in the middle."""
        centred = {"centre": self.place.selection} if pane == PaneName.CALLERS else {}
        self.go(pane=PaneName(pane), **centred)

    def turn(self, step: int) -> None:
        """Go on by `step` panes."""
        self.see(turned(self.panes, self.place.pane, step))

    def rest(self, now: float) -> float:
        """For how many seconds what has come to a trace is not to be read: all the time would take the host down."""
        return max(0.0, self.read_at + RESTS * self.took - now) if self.trace is not None else 0.0

    # Looking at it in another way

    def sample(self, step: int) -> None:
        """Go on by `step` sample types, on a trace by profiles derived from it, or by figures of its goroutines."""
        if self.place.pane is PaneName.RUNTIME:
            self.go(runtime=self.place.runtime.flagged(step))
        elif self.place.pane is PaneName.GOROUTINES:
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

    def page(self, runtime: RuntimeSpot) -> None:
        """Go to a place in the Runtime pane."""
        self.go(pane=PaneName.RUNTIME, runtime=runtime)

    def mark(self, start: int, end: int) -> None:
        """Look at nothing but a window of the trace."""
        self._look(window=Window(start, end))

    def unmark(self) -> None:
        self._look(window=None)

    def filtered_by(self, *filters: Filter, relative: bool | None = None) -> None:
        """Take away what these filters take away as well."""
        new = tuple(each for each in dict.fromkeys(filters) if each not in self.view.filters)
        relative = self.view.relative if relative is None else relative
        self._look(filters=(*self.view.filters, *new), relative=relative)

    def unfiltered_by(self, at: int) -> None:
        """Drop the filter numbered `at`."""
        filters = list(self.view.filters)
        del filters[at]
        self._look(filters=tuple(filters))

    def looked_at(self, view: View) -> None:
        """Look at it as `view` says."""
        self.go(view=view)

    def relative(self) -> None:
        """Percentages of what the filters leave, or again of all."""
        self._look(relative=not self.view.relative)

    def everything(self) -> None:
        """Look at the whole capture: no window, no filter."""
        self._look(window=None, filters=(), relative=False)

    def mine(self) -> None:
        self._look(mine=not self.view.mine)

    def inlines(self) -> None:
        self._look(inlines=not self.view.inlines)

    def granularity(self, step: int) -> None:
        self.rows_of(turned(tuple(Granularity), self.view.granularity, step))

    def rows_of(self, granularity: str) -> None:
        self._look(granularity=Granularity(granularity))

    def invert(self) -> None:
        """From the leaves, or again from the root: what was zoomed into is on no such way."""
        self.go(inverted=not self.place.inverted, zoom=(), pivot="")

    def merge(self) -> None:
        """Draw direct recursion once, or each call."""
        self.go(merged=not self.place.merged)

    def by_label(self) -> None:
        """Show the labels in Top, or the functions again."""
        self.go(labels=not self.place.labels)

    def sort(self, step: int) -> None:
        """Sort Top by the column `step` further."""
        self.order = Order(turned(SORT_KEYS, self.order.by, step))

    def reverse(self) -> None:
        self.order = replace(self.order, reverse=not self.order.reverse)

    def sort_goroutines(self, by: str) -> None:
        """Sort them by the column `by`."""
        self.goroutines = replace(self.goroutines, by=by, reverse=False)

    def order_runtime(self, spot: RuntimeSpot) -> None:
        """Sort the rows of Runtime otherwise: no step to go back from."""
        self.place = replace(self.place, runtime=spot)

    def reverse_goroutines(self) -> None:
        self.goroutines = replace(self.goroutines, reverse=not self.goroutines.reverse)

    def open_group(self, name: str, opened: bool) -> None:
        """Show the goroutines that run `name`, or do not."""
        self.groups = self.groups | {name} if opened else self.groups - {name}

    def units(self) -> None:
        """The next way to write weights; per second only where there is one time that they were taken in."""
        timed = self.trace is not None or (self.profile is not None and self.profile.duration_ns > 0)
        timed = timed and not (self.place.diff and self.place.pane in PROFILE_PANES)
        self.amounts = turned(tuple(Amounts) if timed else (Amounts.VALUE, Amounts.PERCENT), self.amounts, 1)

    def _look(self, **changes: Any) -> None:
        self.go(view=replace(self.view, **changes))

    def differ(self) -> None:
        """Show the difference from the base, or no longer."""
        self.go(diff=not self.place.diff, swapped=False)

    def swap(self) -> None:
        """Show what the base has more, rather than this capture."""
        self.go(swapped=not self.place.swapped)

    def normalize(self) -> None:
        """Scale what is compared to the base's total, or no longer."""
        self.go(normalized=not self.place.normalized)

    # Reading it

    def turn_to(self, path: Path) -> None:
        """Look at another capture, which is to be read."""
        if path != self.path:
            self.path, self.name = path, short_name(path.name)
        self.state = State.UNREAD

    def started(self) -> None:
        self.state, self.progress = State.LOADING, (0, 0)

    def loaded(self, capture: "Profile | Trace", *, whole: bool = True) -> None:
        """Look at `capture`, which may be but the last piece of a trace that is still being read."""
        from parsers.trace.model import Trace

        self.state, self.reason, self.progress = State.READY if whole else State.LOADING, "", (0, 0)
        same, self.shown = self.shown == self.path, self.path
        if not isinstance(capture, Trace):
            self._loaded_profile(capture)
        elif self.trace is not None and same:
            self._replace(self.trace, capture)
        else:
            self._loaded_trace(capture)

    def _loaded_trace(self, trace: "Trace") -> None:
        self.place = self.place.within(trace.duration_ns)
        if self.trace is None and self.place.pane is not PaneName.CAPTURES:
            # First the table that can be sorted; no screen can show ten thousand lanes.
            self.place = replace(self.place, pane=PaneName.GOROUTINES)
        self.profile, self.trace = None, trace

    def _loaded_profile(self, profile: "Profile") -> None:
        """Under its own sample type if it has not the one that was asked for, with the `reason`."""
        from analysis.errors import ViewError
        from analysis.samples import sample_index

        self.before, self.profile, self.trace = self.profile, profile, None
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
        self.profile = self.trace = self.before = self.basis = self.shown = self.growth = None
        self.trees.clear()

    def failed(self, reason: str) -> None:
        """What was on the screen stays there."""
        self.path = self.shown or self.path
        self.state, self.reason = State.FAILED, reason

    def stopped(self) -> None:
        self.path = self.shown or self.path
        self.state, self.reason = State.UNREAD, f"{self.name} has not been read to its end."


def short_name(name: str) -> str:
    """A file's name, safe to show and without the endings that all profiles have.

    Of one that `goscope record` gave, program, kind and the time of the day: what it is of is in the list.
    """
    from capture.open import display_name

    if found := recorded(name):
        return f"{display_name(Path(found.about))} {found.time.astimezone():%H:%M:%S}"
    shown = display_name(Path(name))
    for ending in (".gz", ".pb", ".pprof", ".prof"):
        shown = shown.removesuffix(ending) or shown
    return shown
