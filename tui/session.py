"""What is open: the captures in their tabs, and what there is to do in the one on the screen.

Nothing here knows the screen.
"""

import glob
from argparse import Namespace
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.view import Filter, FilterKind, Granularity, View, Window
from capture.beside import is_why
from capture.open import STDIN, display_name
from tui.basis import SPAN, Basis, Earlier, comparable
from tui.library import Library
from tui.opencapture import NOWHERE, OpenCapture, State, short_name
from tui.place import COMPARED_PANES, PROFILE_PANES, PaneName, Place
from tui.runtimespot import Page
from tui.targets import Targets
from tui.when import when

if TYPE_CHECKING:
    from analysis.earlier import Weights
    from analysis.series import Series
    from tui.catalogue import Entry
    from tui.shelf import Shelf

_NO_END = 1 << 62
CAPTURE_KEYS = ("program", "kind", "newest", "count", "size")


class Need(StrEnum):
    """What there has to be for a command to do anything."""

    NOTHING = ""
    READ = "a file that is read"
    TRACE = "a trace that is read"
    FRAMES = "a pane of functions"
    OWN = "a pane of stacks"
    WEIGHTS = "a pane of weights"
    ROWS = "rows"
    WAITS = "rows of requests or waits"
    TIMES = "rows about times"
    ORDERS = "rows that can be sorted"
    SAMPLES = "a second sample type"
    LESS = "a marked window, or a filter"
    FILTERS = "a filter"
    LABELS = "samples with labels"
    TABS = "a second capture"
    SERIES = "a series of captures"
    LAST = "a capture looked at before"
    DIFF = "a diff"
    PAST = "somewhere to go back to"
    QUERY = "a search"
    UNREAD = "a file that has not been read to its end, or a process that does not answer"
    TARGET = "a process"


@dataclass(eq=False, slots=True)
class Session:
    """The open captures, at least one, and which of them is on the screen; `query` is what was last searched for.

    `first` is where one is in a capture that is newly opened. `library` is what there is to open; of the list of that,
    `opened` are the series that are open in it, `captures_order` the column it is sorted by, and whether the other way
    round. `targets` are the processes that can be asked for captures. `bases` are the captures that others are compared
    with, by what they can be compared with, `given` the one that the command line names; `last` is what was looked at
    before, the tab and its file.
    """

    captures: list[OpenCapture]
    at: int = 0
    query: str = ""
    first: Place = field(default_factory=Place)
    library: Library = field(default_factory=Library)
    targets: Targets = field(default_factory=Targets)
    bases: dict[str, Basis] = field(default_factory=dict)
    given: Basis | None = None
    last: tuple[OpenCapture, Path] | None = None
    opened: frozenset[Hashable] = frozenset()
    captures_order: tuple[str, bool] = (CAPTURE_KEYS[0], False)

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
                return capture.is_read and capture.place.pane in PROFILE_PANES and not capture.shows_labels
            case Need.OWN:
                place = capture.place
                waits = place.pane is PaneName.RUNTIME and place.runtime.page is Page.BLOCKING
                return (capture.is_read and waits) or self.has(Need.FRAMES, on_row)
            case Need.WEIGHTS:
                return capture.is_read and capture.place.pane in COMPARED_PANES
            case Need.ROWS:
                return on_row
            case Need.WAITS:
                return on_row and capture.place.runtime.of_waits
            case Need.TIMES:
                return on_row and capture.place.runtime.of_times
            case Need.ORDERS:
                place = capture.place
                fixed = place.pane is PaneName.RUNTIME and place.runtime.page is Page.WHY
                return on_row and not capture.shows_labels and not fixed
            case Need.SAMPLES if capture.place.pane is PaneName.RUNTIME:
                return capture.is_read and capture.place.runtime.page is Page.UTILISATION
            case Need.SAMPLES:
                several = capture.profile is None or len(capture.profile.sample_types) > 1
                return several and self.has(Need.WEIGHTS, on_row)
            case Need.LESS:
                return capture.view.window is not None or bool(capture.view.filters)
            case Need.FILTERS:
                return bool(capture.view.filters)
            case Need.LABELS:
                return capture.profile is not None and len(capture.profile.labels.key) > 0
            case Need.TABS:
                return len(self.captures) > 1
            case Need.SERIES:
                return self.series is not None and len(self.series.members) > 1
            case Need.LAST:
                return self.last is not None
            case Need.DIFF:
                return capture.is_read and capture.place.diff
            case Need.PAST:
                return bool(capture.past or self.query or capture.state is State.LOADING)
            case Need.QUERY:
                return bool(self.query) and on_row
            case Need.TARGET:
                return bool(self.targets.known)
            case Need.UNREAD:
                if capture.place.pane is PaneName.CAPTURES and self.targets.unmet:
                    return True
                unread = capture.state in (State.UNREAD, State.FAILED) and capture.path != NOWHERE
                return unread or (not capture.loading and capture.is_growing)

    def turn(self, step: int) -> None:
        """Go on by `step` tabs, round the end."""
        self.at = (self.at + step) % len(self.captures)

    # From capture to capture

    @property
    def series(self) -> "Series[Entry] | None":
        """The series of the capture on the screen."""
        return self.current.series

    def place_in_series(self, capture: OpenCapture) -> None:
        """Bring what a tab knows of its series up to date; one whose file is gone stays in the series."""
        if capture.path in self.library.of:
            capture.series, at = self.library.of[capture.path]
            capture.entry = capture.series.members[at]
        elif capture.series is not None:
            key = capture.series.key
            capture.series = next((each for each in self.library.series if each.key == key), capture.series)
        following = capture.newest and capture.series is not None and capture.entry is not None
        capture.title = _title(capture.series, capture.entry) if following else ""  # type: ignore[arg-type]

    def _around(self, capture: OpenCapture) -> "tuple[Sequence[Entry], Sequence[Entry]]":
        """The captures of its series before and after the one that a tab shows, also where that is gone."""
        if capture.series is None:
            return (), ()
        members = capture.series.members
        if capture.path in self.library.of:
            at = self.library.of[capture.path][1]
            return members[:at], members[at + 1 :]
        gone = capture.entry.time_ns if capture.entry is not None else 0
        at = sum(each.time_ns <= gone for each in members)
        return members[:at], members[at:]

    def wanted(self, capture: OpenCapture) -> "Entry | None":
        """The capture that a tab is to show now; None for the one it shows, or where it goes along with nothing."""
        if capture.frozen:
            return None
        path, shown = capture.path, capture.entry
        if capture.newest and capture.series is not None:
            newest = capture.series.members[-1]
            # One that is gone stays, until there is a newer one.
            path = newest.path if shown is None or newest.time_ns >= shown.time_ns else path
        entry = self.library.entries.get(path)
        return entry if entry is not None and entry.summary is not None else None

    def neighbour(self, step: int) -> Path | None:
        """The next capture of the series, before or after the one on the screen."""
        before, after = self._around(self.current)
        if step < 0:
            return before[-1].path if before else None
        return after[0].path if after else None

    def behind(self, capture: OpenCapture) -> int:
        """How many captures of its series are newer than the one a tab shows."""
        return len(self._around(capture)[1])

    def remember(self) -> None:
        """Before going elsewhere: what is on the screen is what will have been looked at last."""
        if self.current.shown is not None:
            self.last = (self.current, self.current.shown)

    def tab_of(self, path: Path, *, newest: bool) -> OpenCapture:
        """The tab that shows a capture, with `newest` one that follows its series; a new one where there is none."""
        found, _ = self.library.of.get(path, (None, 0))
        for capture in self.captures:
            same = found is not None and capture.series is not None and capture.series.key == found.key
            if capture.path == path or (newest and capture.newest and same):
                return capture
        capture = OpenCapture(path, short_name(path.name), self.first)
        self.place_in_series(capture)
        self.captures.append(capture)
        return capture

    def basis(self, capture: OpenCapture, shelf: "Shelf") -> Basis | None:
        """What a capture is compared with: the base that was taken, else the capture before it in its series."""
        types = None if capture.profile is None else (each.type for each in capture.profile.sample_types)
        base = self.bases.get(comparable(types), self.given)
        if base is not None and base.path != capture.shown:
            return base
        before = self.neighbour(-1) if capture is self.current else None
        return Basis(before, short_name(before.name), partial(shelf.read, before)) if before else None

    def earlier(self, capture: OpenCapture, recall: "Callable[[Entry, View], Weights | None]") -> "Earlier | None":
        """What the rows of the profile on the screen are set beside; None where there is nothing, or in a diff."""
        if capture.profile is None or capture.place.diff:
            return None
        base = self.bases.get(comparable(each.type for each in capture.profile.sample_types), self.given)
        base = None if base is None or base.path == capture.shown else base
        before = tuple(self._around(capture)[0][-SPAN:]) if capture.path == capture.shown else ()
        return Earlier(before, recall, base) if before or base is not None else None

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
        filters=tuple(Filter(FilterKind(kind), text) for kind, text in options.filters),
        relative=options.relative_percentages,
    )


def _window_of(options: Namespace) -> Window | None:
    """The window that the command line asks for, with no end where it has none; only a trace tells its own."""
    begin, end = options.window or (options.begin, options.end)
    return None if begin is None and end is None else Window(begin or 0, _NO_END if end is None else end)


def named(names: Iterable[str]) -> tuple[list[Path], list[str]]:
    """Of what the user named, the files, and the places where files land: directories and patterns.

    What is not there yet is a directory, unless it looks like a file; a text that says why a capture was taken is none.
    """
    files, places = list[Path](), list[str]()
    for name in names:
        path = Path(name)
        if is_why(path):
            continue
        if path.is_dir() or (not path.exists() and (glob.has_magic(name) or not path.suffix) and path != STDIN):
            places.append(name)
        else:
            files.append(path)
    return files, places


def opened(
    paths: Iterable[Path], place: Place | None = None, places: Iterable[str] = (), targets: Targets | None = None
) -> Session:
    """A session over `paths`, none of them read yet, each called by as much of its path as tells it apart.

    They are first looked at as in `place`. Where files land in `places`, these have a tab too, with the list of what is
    there; it is called by the `targets`, where there are such.
    """
    targets = targets or Targets()
    paths = list(paths)
    stems = [short_name(path.name) for path in paths]
    names = [
        stem if stems.count(stem) == 1 else f"{short_name(path.parent.name)}/{stem}"
        for stem, path in zip(stems, paths, strict=True)
    ]
    place = place or Place()
    tabs = [OpenCapture(path, name, place) for path, name in zip(paths, names, strict=True)]
    home = ", ".join([each.address.shown for each in targets.known] or [display_name(Path(name)) for name in places])
    if home or not tabs:
        tabs.append(OpenCapture(NOWHERE, home, replace(place, pane=PaneName.CAPTURES)))
    return Session(tabs, first=place, targets=targets)


def _title(series: "Series[Entry]", entry: "Entry") -> str:
    """What a tab is called that follows a series: program, kind, when its capture was taken, how many there are."""
    time = when(entry.time_ns)[11:16]
    return " ".join(filter(None, (series.title, series.kind, time, f"({len(series.members)})")))
