"""How a capture is looked at: the pane, the View, what the cursor is on, and the orders of its tables.

All of it is immutable, so that the history is a list of places and a step back is the one before; panes and the
command line's options only ever turn one place into another.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal, TypeVar

from analysis.spot import Spot
from analysis.view import View, Window
from tui.runtimespot import RuntimeSpot

T = TypeVar("T")
SortKey = Literal["flat", "cum", "name"]
SORT_KEYS: tuple[SortKey, ...] = ("flat", "cum", "name")


class PaneName(StrEnum):
    TOP = "top"
    TREE = "tree"
    FLAME = "flame"
    CALLERS = "callers"
    SOURCE = "source"
    GOROUTINES = "goroutines"
    TIMELINE = "timeline"
    RUNTIME = "runtime"
    CAPTURES = "captures"


# The panes that draw a profile: of a trace, one that is derived from it.
PROFILE_PANES = (PaneName.TOP, PaneName.TREE, PaneName.FLAME, PaneName.CALLERS, PaneName.SOURCE)
# Those of weights: a diff changes them.
COMPARED_PANES = (*PROFILE_PANES, PaneName.GOROUTINES)


class Amounts(StrEnum):
    """How weights are written."""

    VALUE = "value"
    PERCENT = "percent"
    RATE = "per second"


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
    """Where one is in a capture: the pane, how it is looked at, and on what; on a trace's Timeline and in Runtime too.

    In the Flame pane `zoom` is the path of labels, from the root, to the box that fills the width; `merged` draws
    direct recursion as one box, and `pivot` names the function that has its callers above and its callees below.

    With `labels` Top has those of the samples; in the Callers pane `centre` is in the middle. With `diff` what is shown
    is the difference from the session's base, and with `swapped` the base's from this; `normalized`, scaled to the same
    total first.
    """

    pane: PaneName = PaneName.TOP
    view: View = field(default_factory=View)
    inverted: bool = False
    zoom: tuple[str, ...] = ()
    merged: bool = False
    labels: bool = False
    pivot: str = ""
    selection: Selection = Selection()
    centre: Selection = Selection()
    timeline: Spot = field(default_factory=Spot)
    runtime: RuntimeSpot = field(default_factory=RuntimeSpot)
    diff: bool = False
    swapped: bool = False
    normalized: bool = False

    def within(self, duration_ns: int) -> "Place":
        """The same in a trace that takes so long; a window that ends before it begins there is none."""
        window = self.view.window and Window(self.view.window.start, min(self.view.window.end, duration_ns))
        window = window if window and window.start < window.end else None
        return replace(self, view=replace(self.view, window=window), timeline=self.timeline.within(duration_ns))

    def shifted(self, ns: int) -> "Place":
        """The same with every moment `ns` nanoseconds later."""
        window = self.view.window
        return replace(
            self,
            view=replace(self.view, window=window and Window(window.start + ns, window.end + ns)),
            timeline=self.timeline.shifted(ns),
            runtime=self.runtime.shifted(ns),
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


def turned(options: tuple[T, ...], now: T, step: int) -> T:
    """The option `step` places after `now`, round the end."""
    return options[(options.index(now) + step) % len(options)]
