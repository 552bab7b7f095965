"""Where one is in the Runtime pane: which page of it, and on the pages of requests, in which of them."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Page(StrEnum):
    """The pages, in the order that `v` turns them. WHY, of one stretch of a goroutine's time, is only gone to."""

    OVERVIEW = "overview"
    REQUESTS = "requests"
    CYCLES = "GC cycles"
    PAUSES = "pauses"
    UTILISATION = "utilisation"
    LOAD = "load"
    LATENCY = "scheduler latency"
    LONGEST = "longest waits to run"
    BLOCKING = "blocking"
    REGIONS = "regions"
    WHY = "why"


# What of the collector's work is taken from the program, as on the page /mmu of `go tool trace`: Go's own choice first.
FLAGS = (
    ("stw", "mark", "assist"),
    ("stw", "mark", "assist", "sweep"),
    ("stw",),
    ("mark",),
    ("assist",),
    ("sweep",),
)
# The pages that list types, and where a type has been gone into, each of it; and those whose rows are about a time.
_LISTS = (Page.REQUESTS, Page.REGIONS)
_TIMED = (Page.CYCLES, Page.PAUSES, Page.UTILISATION, Page.LOAD, Page.LONGEST, Page.WHY)
TURNED = tuple(page for page in Page if page is not Page.WHY)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a goroutine, named by its id, did from `start` to `end` (ns); of a request with what it is called.

    `task` is the id of the user task that this is, -1 for none.
    """

    goroutine: int
    start: int
    end: int
    title: str = ""
    task: int = -1


@dataclass(frozen=True, slots=True)
class RuntimeSpot:
    """A place in the Runtime pane.

    On REQUESTS, `kind` and `name` are the type whose requests are listed, "" for the list of types; on REGIONS, `name`
    is the region. `stretch` is what WHY is about, `flags` what UTILISATION takes off, of FLAGS. `sort` is the key of
    the column that rows are sorted by, "" for the page's own.
    """

    page: Page = Page.OVERVIEW
    kind: str = ""
    name: str = ""
    stretch: Stretch | None = None
    sort: str = ""
    reverse: bool = False
    flags: tuple[str, ...] = FLAGS[0]

    @property
    def of_waits(self) -> bool:
        """Whether rows are single requests or waits, of which one can ask why."""
        return self.page in (Page.BLOCKING, Page.WHY) or (self.page in _LISTS and bool(self.kind))

    @property
    def of_times(self) -> bool:
        """Whether rows are about a stretch of time each."""
        return self.page in _TIMED or (self.page in _LISTS and bool(self.kind))

    def turned(self, step: int) -> "RuntimeSpot":
        """The page `step` further, round the end."""
        at = TURNED.index(self.page) if self.page in TURNED else TURNED.index(Page.REQUESTS) - (step > 0)
        return RuntimeSpot(TURNED[(at + step) % len(TURNED)])

    def to(self, page: Page, kind: str = "", name: str = "") -> "RuntimeSpot":
        return RuntimeSpot(page, kind, name)

    def why(self, stretch: Stretch) -> "RuntimeSpot":
        return RuntimeSpot(Page.WHY, stretch=stretch)

    def flagged(self, step: int) -> "RuntimeSpot":
        """With the flags `step` further, round the end."""
        at = FLAGS.index(self.flags) if self.flags in FLAGS else 0
        return replace(self, flags=FLAGS[(at + step) % len(FLAGS)])

    def sorted_by(self, key: str) -> "RuntimeSpot":
        return replace(self, sort=key, reverse=False)

    def reversed(self) -> "RuntimeSpot":
        return replace(self, reverse=not self.reverse)

    def shifted(self, ns: int) -> "RuntimeSpot":
        """The same with every moment `ns` nanoseconds later."""
        if self.stretch is None:
            return self
        there = self.stretch
        return replace(self, stretch=replace(there, start=there.start + ns, end=there.end + ns))

    def facts(self) -> tuple[str, ...]:
        """How it is looked at, a few words each."""
        shown = [f"page: {self.page}"]
        shown += [self.name] if self.name else []
        shown += ["|".join(self.flags)] if self.page is Page.UTILISATION else []
        shown += [f"by {self.sort.removesuffix('_ns').replace('_', ' ')}"] if self.sort else []
        shown += ["reversed"] if self.reverse else []
        return tuple(shown)
