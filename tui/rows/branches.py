"""Which branches of a call tree are open, and the rows that makes.

Branches are known by their names from the root, so that they stay open in another view; what is drawn of a row is
the Tree pane's to know.
"""

from collections.abc import Iterable, Sequence

from analysis.filters import minimum
from analysis.tree import ROOT, CallTree
from analysis.view import View


class _Open(dict[str, "_Open"]):
    """The open nodes below an open node, by label: as large as what is open, however deep that lies."""


class Branches:
    """A call tree as far as it is open, and the tree node the cursor is on."""

    def __init__(self, tree: CallTree, view: View, before: "Branches | None" = None) -> None:
        """All closed, or as open as `before`, with the cursor on the same path; nothing too light for `view`."""
        self.tree = tree
        self.view = view
        self._least = int(tree.total * minimum(view))
        self._open: _Open = before._open if before else _Open()
        self._leaves: dict[int, bool] = {}
        self._shown_open: set[int] = set()
        self.cursor: int
        if before:
            self.cursor = tree.find(before.tree.path(before.cursor))
        else:
            self.cursor = next(iter(tree.children(ROOT)), ROOT)
            self._open_hot()

    def rows(self) -> list[int]:
        """The tree nodes that can be seen, each before what is below it."""
        rows: list[int] = []
        self._shown_open = set()
        waiting = [(at, self._open) for at in reversed(self.children(ROOT))]
        while waiting:
            at, siblings = waiting.pop()
            rows.append(at)
            below = siblings.get(self.tree.label(at))
            if below is not None and self.children(at):
                self._shown_open.add(at)
                waiting.extend((child, below) for child in reversed(self.children(at)))
            else:
                self._note_leaf(at)
        return rows

    def children(self, at: int) -> Sequence[int]:
        """The tree nodes below one that are heavy enough."""
        below = self.tree.children(at)
        return below if not self._least else [child for child in below if self.tree.moved(child) >= self._least]

    def is_open(self, at: int) -> bool:
        return at in self._shown_open

    def is_leaf(self, at: int) -> bool:
        """Whether nothing is below a row; known once `rows` has given it."""
        return self._leaves.get(at, False)

    def expand(self, at: int) -> None:
        """Open `at` and what is below it as far as the way does not fork; on an open one, go in."""
        if self.is_open(at):
            self.cursor = self.children(at)[0]
            return
        self._set_open(at)
        while len(below := self.children(at)) == 1:
            at = below[0]
            self._set_open(at)

    def collapse(self, at: int) -> None:
        """Close `at`, all below it with it; on a closed one, go to the one above."""
        if self.is_open(at):
            *above, last = self.tree.path(at)
            self._level(above).pop(last, None)
        elif self.tree.parent(at) != ROOT:
            self.cursor = self.tree.parent(at)

    def heaviest(self, at: int) -> None:
        """Open the heaviest path from `at` to its end."""
        level = self._set_open(at)
        while below := self.children(at):
            at = below[0]
            level = level.setdefault(self.tree.label(at), _Open())

    def reveal(self, at: int) -> None:
        """Open all above `at` and put the cursor on it."""
        if at != ROOT:
            self._level(self.tree.path(self.tree.parent(at)))
            self.cursor = at

    def _open_hot(self) -> None:
        """What a first look wants: from the root as far as most of the weight goes one way."""
        at, level = ROOT, self._open
        while (below := self.children(at)) and 2 * abs(self.tree.cum(below[0])) > abs(self.tree.cum(at)):
            at = below[0]
            level = level.setdefault(self.tree.label(at), _Open())

    def _set_open(self, at: int) -> _Open:
        return self._level(self.tree.path(at))

    def _level(self, path: Iterable[str]) -> _Open:
        """What is open below `path`, which is open from now on."""
        level = self._open
        for name in path:
            level = level.setdefault(name, _Open())
        return level

    def _note_leaf(self, at: int) -> None:
        if at not in self._leaves:
            # Only where all the weight ends here is it worth asking, which takes a look at every sample that comes by.
            self._leaves[at] = self.tree.flat(at) == self.tree.cum(at) and self.tree.is_leaf(at)
