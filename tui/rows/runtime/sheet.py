"""A page of the Runtime pane: columns of figures that can be sorted, and what its rows stand for."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.spot import LaneKind, Spot
from analysis.table import Column, Table
from analysis.timetext import duration, moment
from analysis.units import percent
from analysis.view import View
from parsers.trace.model import Trace
from tui import glyphs
from tui.picture import Picture
from tui.place import PaneName, Selection
from tui.rows.content import Content
from tui.runtimespot import RuntimeSpot
from tui.widgets.line import Part, Run

# How exactly moments are told: to a tenth of a millisecond.
MOMENT = 100_000


@dataclass(frozen=True, slots=True)
class Ask:
    """What a page is asked for: the trace, where one is in the pane, the view, and the room for a picture."""

    trace: Trace
    spot: RuntimeSpot
    view: View
    timeline: Spot
    width: int = 80
    height: int = 24


@dataclass(frozen=True, eq=False, slots=True)
class Field:
    """One column before it is sorted: `values`, by row, are what scripts get and what rows are sorted by.

    `write` turns a value into what people read. `drop`, `width` and `least` are those of `analysis.table.Column`.
    """

    key: str
    title: str
    values: Sequence[Any] | NDArray[Any]
    write: Callable[[Any], str] = str
    width: int = 7
    align: Literal["<", ">"] = ">"
    drop: int = 0
    least: int = 32


Changes = dict[str, Any]
"""How the place changes where a row leads elsewhere."""


@dataclass(frozen=True, eq=False, slots=True)
class RuntimeContent(Content):
    """A page: its rows, and above them a picture.

    `leads` is where Enter leads from a row, `why` where the question leads what held that up, `copied` a row as lines
    for a ticket, `first` the one that the cursor is on at first, `stretch` the time that it is about (ns); `orders` are
    the columns' keys, `by` the one that rows are sorted by.
    """

    picture: Picture | None = None
    leads: Callable[[int], Changes | None] = lambda row: None
    why: Callable[[int], Changes | None] = lambda row: None
    copied: Callable[[int], tuple[str, ...]] = lambda row: ()
    stretch: Callable[[int], tuple[int, int] | None] = lambda row: None
    first: int = 0
    orders: tuple[str, ...] = field(default=())
    by: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Sheet:
    """The fields of a page and what its rows, counted before they are sorted, mean.

    They are sorted by `by` unless the user wants it otherwise; `share` names the field that rows are coloured by the
    share of. `identity` names a row so that it is found again.
    """

    fields: Sequence[Field]
    by: str = ""
    share: str = ""
    heading: str = ""
    reason: str = ""
    picture: Picture | None = None
    identity: Callable[[int], Hashable] | None = None
    selection: Callable[[int], Selection] = lambda row: Selection()
    detail: Callable[[int], tuple[Part, ...]] | None = None
    leads: Callable[[int], Changes | None] = lambda row: None
    why: Callable[[int], Changes | None] = lambda row: None
    copied: Callable[[int], tuple[str, ...]] | None = None
    stretch: Callable[[int], tuple[int, int] | None] = lambda row: None
    rising: frozenset[str] = frozenset()
    sortable: bool = True
    first: int = 0

    def __len__(self) -> int:
        return len(self.fields[0].values) if self.fields else 0

    def content(self, ask: Ask) -> RuntimeContent:
        """The page as it is shown."""
        if not len(self):
            return RuntimeContent(reason=self.reason, picture=self.picture)
        by = ask.spot.sort if ask.spot.sort in {each.key for each in self.fields} else self.by
        order = self._order(by, ask.spot.reverse)
        table = self.table(order, by if ask.spot.sort or self.by else "", ask.spot.reverse)

        def text(row: int) -> str:
            return "  ".join(column.text(row).strip() for column in table.columns).strip()

        copied, own = self.copied, self.detail

        def detail(row: int) -> tuple[Part, ...]:
            """The whole row, for columns go where the screen is narrow: what it is called, then its figures."""
            said = [
                (each.title, column.text(row).strip()) for each, column in zip(self.fields, table.columns, strict=True)
            ]
            named = self.fields[-1].title and isinstance(self.fields[-1].values[0], str)
            name = said.pop()[1] if named else ""
            figures = [f"{title} {text}".lstrip() for title, text in said if text not in ("", "-")]
            return (" ", Run(name, "title", name=True), "  " * bool(name) + "  ".join(figures))

        return RuntimeContent(
            table=table,
            selection=lambda row: self.selection(order[row]),
            detail=detail if own is None else lambda row: own(order[row]),
            text=text,
            heading=self.heading,
            picture=self.picture,
            leads=lambda row: self.leads(order[row]),
            why=lambda row: self.why(order[row]),
            stretch=lambda row: self.stretch(order[row]),
            copied=(lambda row: (text(row),)) if copied is None else lambda row: copied(order[row]),
            first=self.first,
            orders=tuple(each.key for each in self.fields) if self.sortable else (),
            by=by,
        )

    def _order(self, by: str, reverse: bool) -> list[int]:
        """The rows in the order of the field `by`: numbers the greatest first, texts by the alphabet."""
        order = list(range(len(self)))
        found = next((each for each in self.fields if each.key == by), None)
        if found is None:
            return order[::-1] if reverse else order
        values = found.values
        texts = len(values) > 0 and isinstance(values[0], str)
        if texts or by in self.rising:
            order.sort(key=lambda row: values[row], reverse=reverse)
        else:
            # Equal ones stay in their order, whichever way round.
            order.sort(key=lambda row: values[row] if reverse else -values[row])
        return order

    def table(self, order: list[int], by: str = "", reverse: bool = False) -> Table:
        whole = 0.0
        shared = next((each for each in self.fields if each.key == self.share), None)
        if shared is not None:
            whole = float(np.sum(np.maximum(np.asarray(shared.values, np.float64), 0)))
        identity = self.identity or (lambda row: row)

        def share(row: int) -> float:
            return float(shared.values[order[row]]) / whole if shared is not None and whole else 0.0

        return Table(
            columns=tuple(self._column(each, order, by, reverse) for each in self.fields),
            length=len(order),
            record=lambda row: {each.key: _plain(each.values[order[row]]) for each in self.fields},
            identity=lambda row: identity(order[row]),
            share=share,
        )

    def _column(self, each: Field, order: list[int], by: str, reverse: bool) -> Column:
        arrow = (glyphs.current().up if reverse else glyphs.current().down) if each.key == by else ""
        values, write = each.values, each.write
        drop = 0 if each.key == by else each.drop
        width = each.width
        return Column(
            each.key,
            each.title + arrow,
            each.align,
            width,
            lambda row: write(values[order[row]]),
            drop=drop,
            least=each.least,
        )


def _plain(value: Any) -> object:
    return value.item() if isinstance(value, np.generic) else value


# How values are written


def time(ns: int) -> str:
    """A length of time; nothing where there is none."""
    return duration(int(ns)) if ns else "-"


def at(ns: int) -> str:
    return moment(int(ns), MOMENT)


def share(part: float) -> str:
    """A share of 1 as a percentage."""
    return percent(round(part * 1_000_000), 1_000_000).strip() if part > 0 else "-"


def number(value: int) -> str:
    return f"{value:,}" if value else "-"


# Where rows lead


def on_timeline(ask: Ask, start: int, end: int, goroutine: int = -1) -> Changes:
    """To the Timeline with all of `start` to `end` in view, on the lane of a goroutine (its row), or else on the Ps."""
    duration_ns = ask.trace.duration_ns
    spot = replace(ask.timeline, stack=False)
    if goroutine >= 0:
        spot = spot.on_goroutine(int(ask.trace.goroutines.id[goroutine]))
    else:
        spot = replace(spot, lanes=LaneKind.PROCS, lane=None, group=None)
    spot = replace(spot, at=start, window=None)
    return {"pane": PaneName.TIMELINE, "timeline": spot.fitted(start, max(end, start + 1), duration_ns)}


def to(spot: RuntimeSpot) -> Changes:
    """To another page."""
    return {"runtime": spot}
