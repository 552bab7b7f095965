"""The Tree: which branches are open, what its rows look like, and its keys."""

from pathlib import Path

import pytest
from rich.cells import cell_len

from analysis.tree import ROOT, CallTree
from analysis.view import View
from parsers.profile.model import Profile
from tests import build
from tests.tui.running import CPU, HEAP, HEAVY, Running, ready
from tui import glyphs
from tui.panes.tree import TreePane
from tui.place import PaneName
from tui.rows.branches import Branches
from tui.rows.tree import fit


def branches(of: Profile, *, inverted: bool = False) -> Branches:
    shown = Branches(CallTree(of, View(), inverted=inverted), View())
    shown.rows()
    return shown


def labels(shown: Branches) -> list[str]:
    return [" " * (shown.tree.depth(at) - 1) + shown.tree.label(at) for at in shown.rows()]


FORKED = build.profile({"a;b;c;d": 60, "a;b;e": 30, "a;f": 5, "g": 5})


def test_a_first_look_goes_where_most_of_the_weight_goes() -> None:
    assert labels(branches(FORKED)) == ["a", " b", "  c", "   d", "  e", " f", "g"]


def test_nothing_is_worked_out_below_what_is_closed() -> None:
    shown = branches(build.profile({"a;b": 5, "c;d": 5}))
    assert labels(shown) == ["a", "c"]
    assert len(shown.tree._tree) == 3


def test_collapse_closes_then_goes_up() -> None:
    shown = branches(FORKED)
    b = shown.tree.find(("a", "b"))
    shown.collapse(b)
    assert labels(shown) == ["a", " b", " f", "g"]
    shown.collapse(b)
    assert shown.cursor == shown.tree.find(("a",))


def test_expand_goes_on_until_the_way_forks_then_goes_in() -> None:
    shown = branches(build.profile({"a;b;c;d": 5, "a;b;c;e": 5, "x": 100}))
    a = shown.tree.find(("a",))
    shown.expand(a)
    assert labels(shown) == ["x", "a", " b", "  c", "   d", "   e"]
    shown.expand(a)
    assert shown.cursor == shown.tree.find(("a", "b"))


def test_leaves_are_known() -> None:
    shown = branches(FORKED)
    rows = {shown.tree.label(at): at for at in shown.rows()}
    assert {name for name, at in rows.items() if shown.is_leaf(at)} == {"d", "e", "f", "g"}
    assert {name for name, at in rows.items() if shown.is_open(at)} == {"a", "b", "c"}


def test_weights_that_cancel_out_hide_no_children() -> None:
    shown = branches(build.profile({"a;b": 5, "a;c": -5, "z": 100}))
    (a,) = (at for at in shown.rows() if shown.tree.label(at) == "a")
    assert shown.tree.flat(a) == shown.tree.cum(a) == 0
    assert not shown.is_leaf(a)


def test_what_is_open_stays_open_in_another_view() -> None:
    before = branches(FORKED)
    before.collapse(before.tree.find(("a", "b", "c")))
    before.cursor = before.tree.find(("a", "b", "e"))
    after = Branches(CallTree(FORKED, View(inlines=False)), View(inlines=False), before)
    assert labels(after) == labels(before)
    assert after.tree.path(after.cursor) == ("a", "b", "e")


def test_the_heaviest_path_of_a_very_deep_recursion() -> None:
    deep = build.profile({";".join(f"f{at}" for at in range(3000)): 1, "x": 1})
    shown = branches(deep)
    at = shown.tree.find(("f0",))
    shown.heaviest(at)
    rows = shown.rows()
    assert len(rows) == 3001 and shown.is_leaf(rows[-2] if shown.tree.label(rows[-1]) == "x" else rows[-1])


def test_reveal_of_nothing_changes_nothing() -> None:
    shown = branches(FORKED)
    before = shown.cursor, labels(shown)
    shown.reveal(ROOT)
    assert (shown.cursor, labels(shown)) == before


@pytest.mark.parametrize("cells", range(1, 60))
@pytest.mark.parametrize("depth", [0, 3, 20, 4000])
def test_a_row_fits_whatever_its_depth(cells: int, depth: int) -> None:
    mark = glyphs.current().tree_open
    text = fit(f"{' ' * 2 * depth}{mark} github.com/acme/db.(*Pool).Get", cells)
    assert cell_len(text) <= cells
    if cells >= 40:
        assert mark in text and text.endswith(".Get")


def test_deep_levels_show_their_number() -> None:
    assert fit(f"{' ' * 80}+ main.work", 60) == f"{41:>19} + main.work"
    assert fit(f"{' ' * 8}+ main.work", 60) == f"{' ' * 8}+ main.work"


# On the screen


async def test_keys_of_the_tree() -> None:
    async with ready(CPU) as run:
        await run.press("3", "g")
        assert "▾ net/http.(*conn).serve" in run.row
        await run.press("h")
        assert "▸ net/http.(*conn).serve" in run.row
        closed = run.pane.rows.row_count
        await run.press("enter")
        assert run.pane.rows.row_count > closed and "▾ net/http.(*conn).serve" in run.row
        await run.press("l")
        assert "net/http.(*conn).serve" not in run.row
        await run.press("left")
        assert "▾ net/http.(*conn).serve" in run.row
        await run.press("left")
        assert "▸ net/http.(*conn).serve" in run.row


async def test_enter_on_what_is_open_or_a_leaf_is_the_source() -> None:
    async with ready(CPU) as run:
        await run.press("3", "E", "G", "/", *"heavyCalc", "enter", "enter")
        assert run.app.capture.place.pane is PaneName.SOURCE
        assert run.heading.endswith(HEAVY)


async def test_the_inverted_tree_keeps_its_own_branches() -> None:
    async with ready(CPU) as run:
        await run.press("3", "g", "h")
        upright = run.pane.rows.row_count
        await run.press("i")
        assert "inverted" in run.line("strip") and "called by" in run.rows[0]
        assert run.pane.rows.row_count != upright
        await run.press("i")
        assert run.pane.rows.row_count == upright


async def test_a_key_of_the_tree_acts_on_the_row_it_was_pressed_on(tmp_path: Path) -> None:
    """The cursor of two functions that are one symbol stays on the one it is on."""
    path = tmp_path / "rec.pb"
    path.write_bytes(build.builder({"main.main;main.rec;main.rec;main.rec": 7}).bytes())
    async with ready(path) as run:
        await run.press("3", "g", "j", "j")
        assert await level(run) == 3
        await run.press("u")
        assert await level(run) == 3
        await run.press("2", "3")
        assert await level(run) == 3


async def test_keys_pressed_faster_than_they_are_answered() -> None:
    async with ready(CPU, HEAP) as run:
        await run.press("3", "g")
        tree = run.pane
        assert isinstance(tree, TreePane)
        tree.action_collapse()
        run.app.action_look("sample", 1)
        await run.settled()
        assert run.line("strip").endswith("samples ▾  functions ▾") and "▸ net/http.(*conn).serve" in run.row
        tree.action_expand()
        run.app.action_visit(1)
        await run.settled()
        await run.press("3")
        assert "main.keepWorkspace" in run.row


async def level(run: Running) -> int:
    return int(run.line("detail").rpartition("level ")[2])
