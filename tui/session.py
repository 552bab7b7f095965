"""What is open: the captures in their tabs, and what there is to do in the one on the screen.

Nothing here knows the screen.
"""

from argparse import Namespace
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from analysis.view import Granularity, View, Window
from tui.opencapture import OpenCapture, State
from tui.place import PROFILE_PANES, PaneName, Place

_NO_END = 1 << 62


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
