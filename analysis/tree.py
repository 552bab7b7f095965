"""The call tree, from the root or inverted from the leaves, worked out only as far as it is opened.

A merged tree of a large profile has tens of millions of nodes, of which a screen shows forty: a tree node keeps the
samples that pass through it and how far along their stacks it lies, and its children come from one step further.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.nodes import Nodes, nodes
from analysis.samples import sample_index, total, weights
from analysis.stacks import Steps, steps
from analysis.table import Column, Table
from analysis.units import label, percent
from analysis.view import View
from parsers.profile.model import Bool, Int32, Int64, Profile, ValueType

ROOT = 0
INDENT = "  "


@dataclass(frozen=True, eq=False, slots=True)
class _Cursor:
    """Where each of some samples stands: the entry of its stack, and the row of Steps within that location."""

    sample: Int32
    place: Int64
    step: Int32


@dataclass(eq=False, slots=True)
class _TreeNode:
    parent: int
    depth: int
    node: int
    cum: int
    flat: int
    moved: int
    cursor: _Cursor
    children: range | None = None


class CallTree:
    """Paths through a profile's stacks. Tree node 0 is the root, which stands for all samples; others appear when
    opened.

    From the root down, `cum` is the weight of the samples whose stacks begin with the path, `flat` of those that end
    there. Inverted, paths run from the leaf to its callers, and `flat` is what the path's last caller has no caller
    for.
    """

    def __init__(self, profile: Profile, view: View, *, inverted: bool = False) -> None:
        index = sample_index(profile, view.sample)
        self.nodes: Nodes = nodes(profile, view)
        self.total: int = total(profile, index)
        self.value_type: ValueType = profile.sample_types[index]
        self.inverted = inverted
        self.profile = profile
        self._steps: Steps = steps(profile, self.nodes.of_frame)
        self._values: Int64 = weights(profile, index)
        start = self._start(np.flatnonzero(self._values).astype(np.int32))
        whole = int(self._values[start.sample].sum())
        self._tree = [_TreeNode(-1, 0, -1, whole, 0, self._moved(start), start)]

    def children(self, at: int) -> range:
        """Tree nodes below `at`, by |cum| and then name; worked out when first asked for."""
        found = self._tree[at].children
        return self._open(at) if found is None else found

    def is_leaf(self, at: int) -> bool:
        """Whether all samples end at `at`; told without opening it."""
        return at != ROOT and not len(self._advanced(self._tree[at].cursor).sample)

    def parent(self, at: int) -> int:
        return self._tree[at].parent

    def depth(self, at: int) -> int:
        return self._tree[at].depth

    def node(self, at: int) -> int:
        """The row of `nodes` the tree node stands for; -1 for the root."""
        return self._tree[at].node

    def cum(self, at: int) -> int:
        return self._tree[at].cum

    def flat(self, at: int) -> int:
        return self._tree[at].flat

    def moved(self, at: int) -> int:
        """The sum of the |values| that `cum` is the sum of: more than that where growth and shrinking cancel out."""
        return self._tree[at].moved

    def label(self, at: int) -> str:
        return "root" if at == ROOT else self.nodes.label(self.node(at))

    def path(self, at: int) -> tuple[str, ...]:
        """Labels from below the root down to `at`: what names a tree node in another capture."""
        labels: list[str] = []
        while at != ROOT:
            labels.append(self.label(at))
            at = self.parent(at)
        return tuple(reversed(labels))

    def find(self, path: tuple[str, ...]) -> int:
        """The deepest tree node along `path` that there is, opening what lies on the way."""
        at = ROOT
        for step in path:
            at, above = next((child for child in self.children(at) if self.label(child) == step), -1), at
            if at < 0:
                return above
        return at

    def heaviest(self, node: int) -> int:
        """The tree node that ends the heaviest path to `node`, opening what lies on the way; the root when there is
        none.

        Heaviest step by step: at each fork the way most of the weight that reaches `node` goes.
        """
        at = ROOT
        passing = self._passing(node)

        def weight(child: int) -> int:
            sample = self._tree[child].cursor.sample
            return int(np.abs(self._values[sample[passing[sample]]]).sum())

        while self.node(at) != node:
            best = max(self.children(at), key=weight, default=ROOT)
            if best == ROOT or not weight(best):
                return ROOT
            at = best
        return at

    def way(self, at: int, least: int) -> list[int]:
        """The tree nodes from one whose |cum| is `least` or more up to `at`, below which it lies; [] without one.

        Above what grew and what shrank in a difference there may be a node that comes to nothing. What lies on the way
        is opened.
        """
        waiting = [at]
        while waiting:
            found = [waiting.pop()]
            node = self._tree[found[0]]
            if abs(node.cum) >= least:
                while found[-1] != at:
                    found.append(self.parent(found[-1]))
                return found
            if node.moved >= least:
                waiting.extend(reversed(self.children(found[0])))
        return []

    def _passing(self, node: int) -> Bool:
        """Per sample: is `node` anywhere on its stack?"""
        locations = np.repeat(np.arange(self.profile.n_locations), self._steps.counts)
        having = np.zeros(self.profile.n_locations, np.bool_)
        having[locations[self._steps.node == node]] = True
        sample = (
            np.searchsorted(self.profile.stack_offsets, np.flatnonzero(having[self.profile.stack]), side="right") - 1
        )
        passing = np.zeros(self.profile.n_samples, np.bool_)
        passing[sample] = True
        return passing

    def _open(self, at: int) -> range:
        parent = self._tree[at]
        cursor = parent.cursor if at == ROOT else self._advanced(parent.cursor)
        node = self._steps.node[cursor.step]
        order = np.argsort(node, kind="stable")
        cuts = np.flatnonzero(np.diff(node[order])) + 1
        groups = [group for group in np.split(order, cuts) if len(group)]
        below = [self._child(at, int(node[group[0]]), cursor, group) for group in groups]
        below.sort(key=lambda child: (-abs(child.cum), self.nodes.label(child.node)))
        parent.children = range(len(self._tree), len(self._tree) + len(below))
        self._tree.extend(below)
        return parent.children

    def _child(self, parent: int, node: int, cursor: _Cursor, group: Int64) -> _TreeNode:
        here = _Cursor(cursor.sample[group], cursor.place[group], cursor.step[group])
        cum = int(self._values[here.sample].sum())
        further = int(self._values[self._advanced(here).sample].sum())
        return _TreeNode(parent, self._tree[parent].depth + 1, node, cum, cum - further, self._moved(here), here)

    def _moved(self, cursor: _Cursor) -> int:
        return int(np.abs(self._values[cursor.sample]).sum())

    def _start(self, sample: Int32) -> _Cursor:
        """Every sample at its first visible frame; those without one are left out."""
        bounds = self.profile.stack_offsets
        place = (bounds[:-1] if self.inverted else bounds[1:] - 1)[sample]
        return self._seen(sample, place)

    def _advanced(self, cursor: _Cursor) -> _Cursor:
        """The samples that go on, one visible frame further."""
        location = self.profile.stack[cursor.place]
        if self.inverted:
            step, inside = cursor.step + 1, cursor.step + 1 < self._steps.offsets[location + 1]
        else:
            step, inside = cursor.step - 1, cursor.step - 1 >= self._steps.offsets[location]
        rest = self._seen(cursor.sample[~inside], cursor.place[~inside] + (1 if self.inverted else -1))
        if not inside.any():
            return rest
        return _Cursor(
            np.concatenate([cursor.sample[inside], rest.sample]),
            np.concatenate([cursor.place[inside], rest.place]),
            np.concatenate([step[inside], rest.step]),
        )

    def _seen(self, sample: Int32, place: Int64) -> _Cursor:
        """The first visible frame of each sample at `place` or beyond it; samples that have none drop out."""
        bounds, stack, offsets = self.profile.stack_offsets, self.profile.stack, self._steps.offsets
        done: list[_Cursor] = []
        while True:
            inside = (place >= bounds[sample]) & (place < bounds[sample + 1])
            sample, place = sample[inside], place[inside]
            location = stack[place]
            first, behind = offsets[location], offsets[location + 1]
            visible = behind > first
            step = first if self.inverted else behind - 1
            done.append(_Cursor(sample[visible], place[visible], step[visible]))
            if visible.all():
                break
            sample, place = sample[~visible], place[~visible] + (1 if self.inverted else -1)
        if len(done) == 1:
            return done[0]
        return _Cursor(
            np.concatenate([part.sample for part in done]),
            np.concatenate([part.place for part in done]),
            np.concatenate([part.step for part in done]),
        )


def table(tree: CallTree, rows: Sequence[int], to: str, mark: Callable[[int], str] = lambda row: "") -> Table:
    """Columns cum, cum%, flat and the indented name over the tree nodes `rows`, written in the unit `to`.

    `mark` stands before a row's name.
    """
    unit, whole = tree.value_type.unit, tree.total

    def record(row: int) -> dict[str, object]:
        at = rows[row]
        node = tree.node(at)
        return {
            "depth": tree.depth(at) - 1,
            "name": tree.nodes.title(node),
            "file": tree.nodes.file(node),
            "line": tree.nodes.line(node),
            "flat": tree.flat(at),
            "cum": tree.cum(at),
        }

    def name(row: int) -> str:
        return INDENT * (tree.depth(rows[row]) - 1) + mark(row) + tree.label(rows[row])

    return Table(
        columns=(
            Column("cum", "cum", ">", 10, lambda row: label(tree.cum(rows[row]), unit, to), to),
            Column("cum%", "cum%", ">", 6, lambda row: percent(tree.cum(rows[row]), whole)),
            Column("flat", "flat", ">", 10, lambda row: label(tree.flat(rows[row]), unit, to), to, drop=1),
            Column("name", "called by" if tree.inverted else "calls", "<", 0, name),
        ),
        length=len(rows),
        record=record,
        identity=lambda row: rows[row],
        share=lambda row: abs(tree.cum(rows[row])) / whole if whole else 0.0,
    )
