"""The View: how a capture is looked at. Every pane and every command reads the same one."""

from dataclasses import dataclass
from enum import StrEnum

from analysis.units import MINIMUM


class Granularity(StrEnum):
    """What one row stands for, as pprof's flags of the same names."""

    FUNCTIONS = "functions"
    FILEFUNCTIONS = "filefunctions"
    FILES = "files"
    LINES = "lines"
    ADDRESSES = "addresses"


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a trace, from `start` up to `end`: nanoseconds since the trace's start."""

    start: int
    end: int


class FilterKind(StrEnum):
    """What a filter does; the names are those of pprof's options, but for `MINIMUM`."""

    FOCUS = "focus"
    IGNORE = "ignore"
    HIDE = "hide"
    SHOW = "show"
    SHOW_FROM = "show_from"
    PRUNE_FROM = "prune_from"
    TAGFOCUS = "tagfocus"
    TAGIGNORE = "tagignore"
    TAGROOT = "tagroot"
    TAGLEAF = "tagleaf"
    MINIMUM = "minimum"


GOROUTINE_KINDS = (FilterKind.FOCUS, FilterKind.IGNORE)
"""What goroutines can be filtered by: they have stacks, but neither labels nor frames of their own to hide."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: `text` is what pprof's option takes, of `MINIMUM` a share of the total, such as "0.5%"."""

    kind: FilterKind
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """What to look at, and how; immutable, so that a result can be cached under it.

    `sample` names a sample type or its index, "" for the profile's own default. `mine` folds every frame outside
    the main module into its nearest caller inside it. `filters` each take something away, whatever their order; with
    `relative`, percentages are of what they leave. Of a trace, `profile` names the derived profile that is looked
    at, "" for the default one, and `window` the stretch that it and the goroutines' figures are of, None for all.
    """

    sample: str = ""
    granularity: Granularity = Granularity.FUNCTIONS
    inlines: bool = True
    mine: bool = False
    unit: str = MINIMUM
    profile: str = ""
    window: Window | None = None
    filters: tuple[Filter, ...] = ()
    relative: bool = False
