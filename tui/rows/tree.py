"""Tree's rows: the call tree as far as it is open."""

import re

import numpy as np

from analysis.info import why_empty
from analysis.samples import sample_index
from analysis.table import Table
from analysis.top import ranked, top
from analysis.tree import INDENT, ROOT, CallTree, table
from parsers.profile.model import Profile
from tui import glyphs
from tui.place import Amounts, Place, Selection
from tui.rows.branches import Branches
from tui.rows.content import Content, Writer, candidates, changes_since, described, rewritten, selected
from tui.rows.top import top_writer
from tui.search import found_in
from tui.widgets.line import Part

# An opened path of many levels must not push its names off the screen.
_LEAD = re.compile(" *")


def branches(profile: Profile, place: Place, before: Branches | None, *, follow: bool = True) -> Branches:
    """The tree of `place`, open as `before` was, the cursor on what is selected if it is to `follow` that."""
    asked = (profile, place.view, place.inverted)
    if before is None or (before.tree.profile, before.view, before.tree.inverted) != asked:
        before = Branches(CallTree(profile, place.view, inverted=place.inverted), place.view, before)
    tree, chosen = before.tree, place.selection
    at = before.cursor
    if follow and chosen != Selection() and (at == ROOT or not selected(tree.nodes, tree.node(at)).same_symbol(chosen)):
        before.reveal(_heaviest(profile, tree, place))
    return before


def tree_content(
    profile: Profile, place: Place, shown: Branches, amounts: Amounts, before: Profile | None = None
) -> Content:
    """The rows of the Tree, the cursor where `shown` has it; functions that are not as they were `before` are told."""
    tree, rows = shown.tree, shown.rows()
    if not rows:
        return Content(reason=why_empty(profile, sample_index(profile, place.view.sample)) or "No sample has a stack.")
    result = top(profile, place.view)
    write = top_writer(profile, result, ranked(result), place, amounts)
    changes = changes_since(before, profile, place)

    def detail(row: int) -> tuple[Part, ...]:
        at = rows[row]
        level = f"level {tree.depth(at)}"
        return described(profile, tree.nodes, tree.node(at), write, tree.flat(at), tree.cum(at), level)

    return Content(
        table=_table(shown, rows, write),
        selection=lambda row: selected(tree.nodes, tree.node(rows[row])),
        detail=detail,
        text=lambda row: tree.label(rows[row]),
        cursor=rows.index(shown.cursor) if shown.cursor in rows else 0,
        branches=shown,
        changed=None if changes is None else lambda row: bool(changes[tree.node(rows[row])]),
    )


def heaviest_stack(profile: Profile, place: Place) -> tuple[str, ...]:
    """The names of the heaviest stack that leads to what is selected, the root first."""
    tree = CallTree(profile, place.view)
    return tree.path(_heaviest(profile, tree, place))


def reveal_match(shown: Branches, query: str) -> None:
    """Open the heaviest path to the heaviest node that has `query` in its name, if there is one."""
    result = top(shown.tree.profile, shown.view)
    ranking = ranked(result, "cum")
    found = found_in(query, (result.nodes.label(node) for node in ranking))
    if found:
        shown.reveal(shown.tree.heaviest(int(ranking[found[0]])))


def fit(name: str, cells: int) -> str:
    """A tree row shortened: deep levels show their number for an indentation, then the name gives way."""
    from tui.widgets.elide import elide

    lead = _LEAD.match(name)
    depth = lead.end() if lead else 0
    most = max(4, cells // 3)
    if depth > most:
        name = f"{depth // len(INDENT) + 1:>{most - 1}} " + name[depth:]
        depth = most
    mark = depth + 2
    return name[:mark] + elide(name[mark:], cells - mark) if cells > mark + 8 else elide(name[mark:], cells)


def _table(shown: Branches, rows: list[int], write: Writer) -> Table:
    glyph = glyphs.current()
    # The marks as they are now: these rows stay on the screen while the next ones are worked out.
    marks = [
        glyph.tree_open if shown.is_open(at) else glyph.tree_leaf if shown.is_leaf(at) else glyph.tree_closed
        for at in rows
    ]
    return rewritten(table(shown.tree, rows, write.to, lambda row: f"{marks[row]} "), write)


def _heaviest(profile: Profile, tree: CallTree, place: Place) -> int:
    """Where the heaviest path to the selection ends; of several nodes that it may be, the one with the most weight."""
    possible = candidates(tree.nodes, place.selection)
    if not len(possible):
        return ROOT
    cum = np.abs(top(profile, place.view).cum[possible])
    return tree.heaviest(int(possible[int(cum.argmax())]))
