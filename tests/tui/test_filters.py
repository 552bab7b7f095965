"""Filters on the screen: typed, from a row, undone, saved; and that every pane honours every one of them."""

from pathlib import Path

import pytest

from analysis.filters import filtered
from analysis.view import Filter, FilterKind, View
from parsers.profile import read_profile
from parsers.profile.encode import encode
from tests.tui.running import CPU, HEAP, HEAVY, SAMPLES, TRACE, Running, ready
from tui.panes.timeline import TimelinePane
from tui.place import PROFILE_PANES, PaneName, Selection
from tui.remembered import NamedViews, Typed
from tui.widgets.line import Line

K = FilterKind
# What every filter leaves.
ON = Selection(HEAVY, label=HEAVY)
KEYS = {PaneName.TOP: "2", PaneName.TREE: "3", PaneName.FLAME: "4", PaneName.CALLERS: "5", PaneName.SOURCE: "6"}
FILTERS = (
    Filter(K.FOCUS, "crypto"),
    Filter(K.IGNORE, "crypto"),
    Filter(K.HIDE, "heavyCalculation"),
    Filter(K.SHOW, "^main|^crypto"),
    Filter(K.SHOW_FROM, "Cleaner"),
    Filter(K.PRUNE_FROM, "Sum256"),
    Filter(K.TAGFOCUS, "endpoint=/v1/clean"),
    Filter(K.TAGIGNORE, "endpoint=/v1/clean"),
    Filter(K.TAGROOT, "tenant,endpoint"),
    Filter(K.TAGLEAF, "tenant"),
)
TYPED = (
    "crypto",
    "!crypto",
    "-h heavyCalculation",
    "-o ^main|^crypto",
    "-s Cleaner",
    "-p Sum256",
    "-l endpoint=/v1/clean",
    "-L endpoint=/v1/clean",
    "-r tenant,endpoint",
    "-e tenant",
)


async def _type(run: Running, text: str) -> None:
    await run.press("f")
    await run.type(text)
    await run.press("enter")


def _shown(run: Running) -> list[str]:
    """What is on the screen of the pane, however it draws."""
    widget = next(each for each in run.pane.query("Rows, FlameCanvas") if each.display)
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


@pytest.mark.parametrize("pane", PROFILE_PANES)
@pytest.mark.parametrize("found", FILTERS, ids=[each.kind for each in FILTERS])
async def test_every_pane_honours_every_filter(
    pane: PaneName, found: Filter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It shows what it shows of a file from which the same has been taken away, percentages and all."""
    monkeypatch.chdir(SAMPLES)  # where sources are looked for
    view = View(filters=(found,), relative=True)
    left = tmp_path / CPU.name
    left.write_bytes(encode(filtered(read_profile(CPU.read_bytes()), view)))

    async def shown(path: Path, view: View, height: int) -> list[str]:
        async with ready(path, view=view, size=(120, height)) as run:
            run.app.capture.select(ON)
            await run.press(KEYS[pane])
            return _shown(run)

    # The chips take a line.
    some = await shown(CPU, view, 41)
    assert some == await shown(left, View(), 40)
    # What is around one function, and its lines, need not change.
    assert pane in (PaneName.CALLERS, PaneName.SOURCE) or some != await shown(CPU, View(), 40)


@pytest.mark.parametrize("pane", PROFILE_PANES)
async def test_every_pane_leaves_out_what_is_too_light(pane: PaneName) -> None:
    async with ready(CPU) as run:
        run.app.capture.select(ON)
        await run.press(KEYS[pane])
        before = _shown(run)
        await _type(run, "20%")
        few = _shown(run)
        assert sum(map(bool, few)) < sum(map(bool, before)) or sum("s " in row for row in few) < sum(
            "s " in row for row in before
        )
        assert any(HEAVY in row or "heavyCalculation" in row or "sha256" in row for row in few)


@pytest.mark.parametrize(("typed", "filter"), [*zip(TYPED, FILTERS, strict=True)], ids=TYPED)
async def test_a_filter_is_typed_seen_and_undone(typed: str, filter: Filter) -> None:
    async with ready(CPU) as run:
        before = _shown(run)
        await _type(run, typed)
        assert run.app.capture.view.filters == (filter,) and _shown(run) != before
        assert run.line("chips").startswith(typed.removesuffix(" ")) and run.line("chips").endswith("F ✕ all")
        await run.press("escape")
        assert _shown(run) == before and not run.app.line("chips").display
        await _type(run, typed)
        await run.press("F")
        assert _shown(run) == before


async def test_filters_add_up_and_the_last_is_dropped() -> None:
    async with ready(CPU) as run:
        await _type(run, "main")
        await run.press("-")
        first = run.app.capture.view.filters
        assert [each.kind for each in first] == [FilterKind.FOCUS, FilterKind.IGNORE]
        await _type(run, "main")  # there already
        assert run.app.capture.view.filters == first
        await run.press("g", "+")
        assert [each.kind for each in run.app.capture.view.filters] == [
            *(each.kind for each in first),
            FilterKind.FOCUS,
        ]
        await run.press("X")
        assert run.app.capture.view.filters == first
        await run.press(":")
        await run.type("drop the filter main")
        await run.press("enter")
        assert run.app.capture.view.filters == first[1:]


async def test_what_means_nothing_stays_to_be_mended() -> None:
    async with ready(CPU) as run:
        await _type(run, "(")
        assert "not a regular expression" in run.footer and run.footer.startswith(" filter: (")
        await run.press("backspace")
        await run.type("crypto")
        assert "10 functions: only stacks through it" in run.footer
        await run.press("enter")
        assert run.app.capture.view.filters == (Filter(FilterKind.FOCUS, "crypto"),)


async def test_what_was_typed_is_remembered(tmp_path: Path) -> None:
    history = Typed(tmp_path / "filters")
    async with ready(CPU, history=history) as run:
        await _type(run, "one")
        await _type(run, "!two")
        await run.press("f", "up", "up")
        assert run.footer.startswith(" filter: one")
        await run.press("down", "down", "down")
        assert run.footer.startswith(" filter: _")
        await run.press("escape")
    assert Typed(tmp_path / "filters").lines() == ["one", "!two"]


async def test_a_filter_that_matches_nothing_is_named() -> None:
    async with ready(CPU) as run:
        await _type(run, "!nobody")
        assert run.heading == "!nobody matches nothing." and run.pane.rows.row_count > 100
        await _type(run, "nowhere")
        assert run.reason == "These filters leave nothing: nowhere, !nobody match nothing."


async def test_a_view_is_saved_restored_and_forgotten(tmp_path: Path) -> None:
    views = NamedViews(tmp_path / "views.json")
    async with ready(CPU, HEAP, views=views) as run:
        await _type(run, "crypto")
        await run.press("p", "m", ":")
        await run.type("save this way")
        await run.press("enter")
        await run.type("hot crypto")
        await run.press("enter")
        assert "Saved" in run.footer and views.names() == ["hot crypto"]
        seen = run.app.capture.view
        await run.press("J", "J", "F", "m", "p", "p", ":")
        assert run.app.capture.view != seen
        await run.type("view hot crypto")
        await run.press("enter")
        assert run.app.capture.view == seen
        await run.press("escape")
        assert run.app.capture.view != seen
        await run.press(":")
        await run.type("forget the view hot")
        await run.press("enter")
        assert views.names() == []


async def test_labels_are_drilled_into() -> None:
    async with ready(CPU) as run:
        await run.press("#")
        assert "endpoint  (2 values)" in run.row
        # Nothing that does nothing to labels is offered.
        assert "sort" not in run.footer and "my code" not in run.footer and "open" in run.footer
        await run.press("j", "enter")
        assert run.app.capture.view.filters == (Filter(FilterKind.TAGFOCUS, "endpoint=^/v1/clean$"),)
        assert run.line("strip").startswith("2 Top") and not run.app.capture.place.labels
        await run.press("escape", "j", "-")
        assert run.app.capture.view.filters[-1].kind is FilterKind.TAGIGNORE
        await run.press("escape", "g", "enter")
        assert run.app.capture.place.pane is PaneName.TREE
        assert {name.strip(" ▸▾·") for name in run.rows[1:] if name} >= {"x"} or any(
            "/v1/clean" in row for row in run.rows
        )


async def test_goroutines_and_lanes_are_filtered_too() -> None:
    async with ready(TRACE) as run:
        await run.press("7")
        every = run.pane.rows.row_count
        await _type(run, "quotaTable")
        some = run.pane.rows.row_count
        assert 0 < some < every
        await run.press("8", "v")
        assert run.app.query_one(TimelinePane).query_one(".below", Line).text.endswith(f"/{some} ")
        await run.press("7", "X")
        assert run.pane.rows.row_count == every
        await _type(run, "-h quotaTable")  # goroutines have no frames to hide
        assert run.pane.rows.row_count == every
