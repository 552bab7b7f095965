"""What the Flame pane shows: the boxes of a flame graph as pieces of lines, and what is said of each."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from rich.cells import cell_len

from analysis.filters import minimum
from analysis.flame import Boxes, Flame, Inlined, flame, matched
from analysis.info import why_empty
from analysis.memo import memo_last
from analysis.nodes import nodes
from analysis.ownership import package
from analysis.samples import sample_index
from analysis.top import top
from analysis.units import AUTO, MINIMUM, percent
from analysis.view import Granularity, View
from parsers.profile.model import Bool, Profile
from tui import glyphs
from tui.place import Amounts, Place, Selection
from tui.rows.content import Content, Writer, candidates, described, selected, writer
from tui.rows.hues import ABOVE, GROWN, SAME, SHRUNK, hue
from tui.search import found_in
from tui.widgets.elide import cut
from tui.widgets.line import Part, Run

HALVES = 2
"""Units of a layout in a cell."""
# In fewer cells no name tells anything.
_LEAST = 3
_ROOMY = 4
# A function without its receiver, but with what it is in if it has no name of its own.
_LAST = re.compile(r"[^.]+(?:\.(?:func|gowrap|deferwrap)?\d+)*$")


class Piece(NamedTuple):
    """A box as it is drawn on its line: `x` and `width` in half cells, the name behind a `mark`, what it weighs.

    Of neighbours in one hue every other one is `shaded`.
    """

    box: int
    x: int
    width: int
    name: str
    mark: str
    weight: str
    hue: int
    inlined: bool
    shaded: bool

    def text(self, cells: int, pad: int = 0) -> str:
        """`cells` cells, with as much of the name and the weight as they hold, blank where they are too few.

        Where there is room, `pad` cells are left free at the left.
        """
        if cells < _LEAST:
            return " " * cells
        lead = " " * (pad if cells >= _ROOMY else 0) + self.mark
        room = cells - cell_len(lead)
        name = shortened(self.name, room)
        weight = f"  {self.weight}"
        if name == self.name and self.weight and cell_len(name) + len(weight) < room:
            name += weight
        return lead + name + " " * (room - cell_len(name))


def edged(pieces: Sequence[Piece], width: int) -> Iterator[tuple[str, Piece | None]]:
    """A line in whole cells, in runs that are each a box's or nobody's; what is a box's begins with its edge."""
    edge = glyphs.current().edge
    at = 0
    for piece in pieces:
        first, last = (piece.x + 1) // HALVES, (piece.x + piece.width + 1) // HALVES
        if first == last:
            continue
        if first > at:
            yield (edge + " " * (first - at - 1) if at else " " * first), None
        yield edge + piece.text(last - first - 1), piece
        at = last
    if 0 < at < width:
        yield edge, None


def shortened(name: str, cells: int) -> str:
    """A name for a box: it gives up its import path, its package and its receiver before any letter of what is left.

    The box has a colour that tells the package.
    """
    if cell_len(name) <= cells:
        return name
    path = package(name)
    base, symbol = path.rpartition("/")[2], name[len(path) + 1 :]
    last = _LAST.search(symbol.partition("[")[0])
    shorter = (f"{base}.{symbol}", symbol, last[0] if last else symbol) if symbol else (base,)
    return next((each for each in shorter if cell_len(each) <= cells), cut(shorter[-1], cells))


@dataclass(frozen=True, eq=False)
class FlamePicture:
    """A flame graph that is to be drawn. Its lines are the levels, the first at the top."""

    flame: Flame
    profile: Profile
    place: Place
    write: Writer
    signed: bool
    _lines: dict[int, tuple[Piece, ...]] = field(default_factory=dict)

    @property
    def boxes(self) -> Boxes:
        return self.flame.boxes

    @cached_property
    def top(self) -> int:
        """The depth of the first line."""
        return int(self.boxes.depth[0])

    @cached_property
    def _starts(self) -> list[int]:
        depth = self.boxes.depth
        starts: list[int] = np.searchsorted(depth, np.arange(self.top, int(depth[-1]) + 2)).tolist()
        return starts

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self._starts) - 1

    def line_of(self, box: int) -> int:
        return int(self.boxes.depth[box]) - self.top

    def on_line(self, line: int) -> range:
        """The boxes of a line."""
        return range(self._starts[line], self._starts[line + 1])

    def line(self, line: int) -> tuple[Piece, ...]:
        """What is drawn on a line, from left to right."""
        if line not in self._lines:
            self._lines[line] = tuple(self._pieces(self.on_line(line)))
        return self._lines[line]

    def _pieces(self, boxes: range) -> Sequence[Piece]:
        pieces: list[Piece] = []
        for box in boxes:
            piece = self._piece(box)
            before = pieces[-1] if pieces else None
            if before and before.x + before.width == piece.x and before.hue == piece.hue and not before.shaded:
                piece = piece._replace(shaded=True)
            pieces.append(piece)
        return pieces

    def _piece(self, box: int) -> Piece:
        boxes = self.boxes
        mark = glyphs.current().inlined if boxes.inlined[box] else ""
        cum = int(boxes.cum[box])
        weight = self.write(cum) if self.signed else percent(cum, self.flame.total).strip()
        whole = boxes.inlined[box] == Inlined.ALL
        name = self.title(box)
        return Piece(
            box, int(boxes.x[box]), int(boxes.width[box]), name, mark, weight, self._hue(box, cum), whole, False
        )

    def _hue(self, box: int, cum: int) -> int:
        if self.signed:
            return GROWN if cum > 0 else SHRUNK if cum < 0 else SAME
        node = int(self.boxes.node[box])
        above = node < 0 or (not self.flame.pivot and self.boxes.depth[box] < len(self.flame.zoom))
        return ABOVE if above else hue(package(self.flame.nodes.title(node)))

    def title(self, box: int) -> str:
        """What is written in a box: the function, with its line where lines are told apart."""
        node = int(self.boxes.node[box])
        if node < 0:
            return self.flame.label(box)
        line = self.flame.nodes.line(node)
        return self.flame.nodes.title(node) + (f":{line}" if line and self.flame.nodes.name(node) else "")

    # What is said of a box

    def selection(self, box: int) -> Selection | None:
        """What the box stands for; the root for nothing, unless it is the pivot."""
        node = int(self.boxes.node[box])
        if node >= 0:
            return selected(self.flame.nodes, node)
        if not self.flame.pivot:
            return None
        node = self._pivot_node
        return selected(self.flame.nodes, node) if node >= 0 else Selection(label=self.flame.pivot)

    @cached_property
    def _pivot_node(self) -> int:
        found = candidates(self.flame.nodes, Selection(function=self.flame.pivot, label=self.flame.pivot))
        return int(found[0]) if len(found) else -1

    def detail(self, box: int) -> tuple[Part, ...]:
        """A box in one line: its full name, where it is, what it weighs."""
        boxes, whole = self.boxes, self.flame.total
        node = int(boxes.node[box])
        flat, cum, size = int(boxes.flat[box]), int(boxes.cum[box]), int(boxes.size[box])
        node = node if node >= 0 else self._pivot_node if self.flame.pivot else -1
        shares = f"{percent(flat, whole).strip()} / {percent(cum, whole).strip()}"
        more = [shares] if self.write.amounts is not Amounts.PERCENT else []
        if self.signed and size != abs(cum):
            more.append(f"{self.write((size + cum) // 2)} more, {self.write((size - cum) // 2)} less")
        if boxes.inlined[box]:
            more.append("inlined" if boxes.inlined[box] == Inlined.ALL else "inlined in part")
        if node < 0:
            facts = [f"{self.write(cum)} total", *more]
            return (Run(f" {self.flame.label(box)}", "title"), "  " + "  ".join(facts))
        more.append(f"level {int(boxes.depth[box])}")
        return described(self.profile, self.flame.nodes, node, self.write, flat, cum, *more)

    def stack(self, box: int) -> tuple[str, ...]:
        """The names of the stack that leads to a box, from the root."""
        path, pivot = self.flame.path(box), self.flame.pivot
        if not pivot:
            return path[::-1] if self.place.inverted else path
        return (*path[::-1], pivot) if self.boxes.depth[box] < 0 else (pivot, *path)

    # From box to box

    def beside(self, box: int, step: int) -> int:
        """The next box on the same line; `box` at its end."""
        line = self.on_line(self.line_of(box))
        return max(line[0], min(box + step, line[-1]))

    def under(self, box: int, step: int, x: int) -> int:
        """The box on the line above or below that `box` lies on, or that is on it: at `x`, else the heaviest."""
        boxes = self.boxes
        if int(boxes.depth[box]) * step < 0:
            return int(boxes.parent[box])
        found = np.flatnonzero((boxes.parent == box) & (boxes.depth == boxes.depth[box] + step))
        if not len(found):
            return box
        at = found[(boxes.x[found] <= x) & (boxes.x[found] + boxes.width[found] > x)]
        return int(at[0] if len(at) else found[int(boxes.size[found].argmax())])

    def at(self, line: int, x: int) -> int | None:
        """The box at a place; None where there is none."""
        if not 0 <= line < self.count:
            return None
        return next((piece.box for piece in self.line(line) if piece.x <= x < piece.x + piece.width), None)

    def covers(self, box: int, x: int) -> bool:
        return 0 <= x - int(self.boxes.x[box]) < int(self.boxes.width[box])

    def hotter(self, box: int) -> int:
        """The box in which most ends, or of those in which less does than in `box`; after the last the first."""
        order = np.lexsort((np.arange(len(self.boxes)), -np.abs(self.boxes.flat))).tolist()
        hot = [each for each in order if self.boxes.flat[each]]
        return hot[(hot.index(box) + 1) % len(hot)] if box in hot else hot[0] if hot else box

    def heaviest(self, chosen: Selection) -> int | None:
        """The widest box of what is selected; None where none is drawn."""
        if chosen == Selection():
            return None
        boxes = self.boxes
        found = np.flatnonzero(np.isin(boxes.node, candidates(self.flame.nodes, chosen)))
        root = self.flame.root
        if self.flame.pivot and (there := self.selection(root)) and there.same_symbol(chosen):
            return root
        return int(found[int(boxes.size[found].argmax())]) if len(found) else None

    # Search

    def search(self, query: str) -> "Matches":
        """What has `query` in its name."""
        view = self.place.view
        labels = _labels(self.profile, view.granularity, view.inlines, view.mine)
        found = np.zeros(len(labels) + 1, np.bool_)
        found[found_in(query, labels)] = True
        boxes = np.flatnonzero(found[self.boxes.node]).tolist()
        if self._pivot_node >= 0 and found[self._pivot_node]:
            boxes = sorted([*boxes, self.flame.root])
        share = percent(matched(self.profile, view, found[:-1]), self.flame.total).strip()
        return Matches(self, query, found[:-1], boxes, share)


@dataclass(frozen=True, eq=False, slots=True)
class Matches:
    """What a search found: nodes, the boxes of those that are drawn, and the share of the total that runs them."""

    picture: FlamePicture
    query: str
    nodes: Bool
    boxes: list[int]
    share: str

    def beside(self, box: int, step: int) -> int:
        """The next box after `box`, or before it, round the end."""
        at = bisect_right(self.boxes, box) if step > 0 else bisect_left(self.boxes, box) - 1
        return self.boxes[at % len(self.boxes)]

    def count(self, box: int) -> str:
        """How many boxes there are, which of them `box` is, and how much of the total they are: `3/17 4.2%`."""
        if not self.nodes.any():
            return "no match"
        if not self.boxes:
            return f"too narrow {self.share}"
        at = self.boxes.index(box) + 1 if box in self.boxes else "-"
        return f"{at}/{len(self.boxes)} {self.share}"

    def heaviest(self) -> str:
        """The name of the function that weighs most of those found; "" without one."""
        cum = np.abs(top(self.picture.profile, self.picture.place.view).cum) * self.nodes
        if not cum.any():
            return ""
        node = int(cum.argmax())
        found = self.picture.flame.nodes
        return found.name(node) or found.label(node)


@dataclass(frozen=True, eq=False, slots=True)
class FlameContent(Content):
    """What is drawn, or the reason why nothing is. `box` is the one the cursor is on."""

    picture: FlamePicture | None = None
    box: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the cursor was: labels that lead to a box, from a pivot to its callers if it is `above`."""

    path: tuple[str, ...] = ()
    above: bool = False


def flame_content(profile: Profile, place: Place, width: int, amounts: Amounts, kept: Kept) -> FlameContent:
    """The flame graph in `width` cells, the cursor where it was if that is what is selected, else on its widest box."""
    picture = flame_picture(profile, place, width, amounts)
    if picture is None:
        return FlameContent(reason=_why_nothing(profile, place))
    found = picture.flame
    box = found.find(kept.path, above=kept.above)
    there, chosen = picture.selection(box), place.selection
    settled = True
    if chosen != Selection() and (there is None or not there.same_symbol(chosen)):
        heaviest = picture.heaviest(chosen)
        # On the root nothing is selected: what was stays so.
        settled = heaviest is not None
        box = heaviest if heaviest is not None else box
    elif there is None and not kept.path and len(picture.boxes) > 1:
        box = 1
    return FlameContent(picture=picture, box=box, cursor=box if settled else None, heading=_heading(picture))


def flame_picture(profile: Profile, place: Place, width: int, amounts: Amounts) -> FlamePicture | None:
    """The flame graph in `width` cells; None where there is no box."""
    view = place.view
    found = flame(
        profile,
        view,
        HALVES * max(1, width),
        inverted=place.inverted,
        merged=place.merged,
        zoom=place.zoom,
        pivot=place.pivot,
        least=minimum(view),
    )
    boxes = found.boxes
    if not len(boxes):
        return None
    signed = place.diff or bool((boxes.cum != boxes.size).any())
    to = AUTO if view.unit == MINIMUM else view.unit
    write = writer(profile, sample_index(profile, view.sample), found.total, amounts, to, signed=signed)
    return FlamePicture(found, profile, place, write, signed)


def _heading(picture: FlamePicture) -> str:
    """How the graph is not drawn in the plain way."""
    place, found = picture.place, picture.flame
    facts: list[str] = []
    if found.pivot:
        facts.append(f"callers of {found.pivot} above, callees below")
    elif found.zoom:
        facts.append(f"zoomed into {found.zoom[-1]}")
    if place.inverted and not found.pivot:
        facts.append("callers below what they call")
    if place.merged:
        facts.append("direct recursion drawn once")
    return ", ".join(facts)[:1].upper() + ", ".join(facts)[1:]


@memo_last(1)
def _labels(profile: Profile, granularity: Granularity, inlines: bool, mine: bool) -> list[str]:
    return nodes(profile, View(granularity=granularity, inlines=inlines, mine=mine)).labels()


def _why_nothing(profile: Profile, place: Place) -> str:
    index = sample_index(profile, place.view.sample)
    if reason := why_empty(profile, index):
        return reason
    if place.pivot:
        return f"{place.pivot} is in no stack here."
    return "Nothing differs." if place.diff else "No sample has a stack."
