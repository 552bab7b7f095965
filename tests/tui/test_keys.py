"""The table of keys: complete, free of conflicts, and a user's to change."""

from pathlib import Path

import pytest

from tests.tui.running import CPU, HEAP, TRACE, ready
from tui.app import Goscope
from tui.keymap import Keymap, changed, conflicts, read_keymap
from tui.keys import COMMANDS, PANES, Command, Where, bindings, textual_name
from tui.opencapture import OpenCapture
from tui.overlays.help import Help, help_lines
from tui.overlays.palette import Palette
from tui.panes.callers import CallersPane
from tui.panes.captures import CapturesPane
from tui.panes.flame import FlamePane
from tui.panes.goroutines import GoroutinesPane
from tui.panes.pane import Rows
from tui.panes.runtime import RuntimePane
from tui.panes.source import SourcePane
from tui.panes.timeline import TimelinePane
from tui.panes.top import TopPane
from tui.panes.tree import TreePane

WIDGETS = {
    Where.ROWS: Rows,
    Where.TOP: TopPane,
    Where.TREE: TreePane,
    Where.FLAME: FlamePane,
    Where.CALLERS: CallersPane,
    Where.SOURCE: SourcePane,
    Where.GOROUTINES: GoroutinesPane,
    Where.TIMELINE: TimelinePane,
    Where.RUNTIME: RuntimePane,
    Where.CAPTURES: CapturesPane,
    Where.APP: Goscope,
    Where.HELP: Help,
    Where.PALETTE: Palette,
}


def test_ids_are_distinct() -> None:
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)


def test_no_key_means_two_things_in_one_place() -> None:
    assert list(conflicts(COMMANDS)) == []


@pytest.mark.parametrize("pane", PANES)
def test_every_key_is_in_the_help(pane: Where, tmp_path: Path) -> None:
    text = "\n".join(" ".join(line) for line in help_lines(Keymap(), pane, tmp_path))
    missing = [command.id for command in COMMANDS if f"{command.help}  ({command.id})" not in text]
    assert missing == []


def test_the_help_begins_with_the_pane_it_was_called_from(tmp_path: Path) -> None:
    first = next(help_lines(Keymap(), Where.TREE, tmp_path))
    assert first == ("", "In Tree")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_every_command_is_bound_and_has_its_action(command: Command) -> None:
    """Where a command applies, each of its keys is bound to it, and what it names can be called."""
    for where in command.where:
        widget = WIDGETS[where]
        bound = {key for each in bindings(where) if each.id == command.id for key in each.key.split(",")}
        assert bound == {textual_name(key) for key in command.keys}
        name = command.action.partition("(")[0]
        owner = Goscope if name.startswith("app.") else widget
        assert callable(getattr(owner, f"action_{name.removeprefix('app.')}"))
        if name.endswith("look"):
            method = command.action.partition("('")[2].partition("'")[0]
            assert callable(getattr(OpenCapture, method))


OF_TRACES = {"pane.goroutines", "pane.timeline", "pane.runtime", "allocators"}
# For files that are not read, a marked window or a filter, a series, a capture looked at before, a diff, a target.
UNMET = {
    "read",
    "everything",
    "filter.drop",
    "filter.relative",
    "series.older",
    "series.newer",
    "series.newest",
    "flip",
    "swap",
    "take",
}
OF_PROFILES = {"mine", "inlines", "granularity.next", "granularity.previous"}


@pytest.mark.parametrize(
    ("capture", "pane", "key", "others"),
    [
        (CPU, Where.TOP, "2", OF_TRACES),
        (CPU, Where.TREE, "3", OF_TRACES),
        (CPU, Where.FLAME, "4", OF_TRACES),
        (CPU, Where.CALLERS, "5", OF_TRACES),
        (CPU, Where.SOURCE, "6", OF_TRACES),
        (TRACE, Where.TREE, "3", set()),
        (TRACE, Where.GOROUTINES, "7", OF_PROFILES),
    ],
)
async def test_every_key_reaches_its_command(capture: Path, pane: Where, key: str, others: set[str]) -> None:
    """With a pane on the screen: of all that is bound from the rows outwards, the table's command comes first."""
    async with ready(capture, HEAP) as run:
        await run.press(key, "*")
        active = {key: each.binding.id for key, each in run.app.screen.active_bindings.items()}
        wanted = {textual_name(key): c.id for c in Keymap().of(Where.ROWS, pane, Where.APP) for key in c.keys}
        wanted = {key: id for key, id in wanted.items() if id not in others | UNMET}
        assert active == wanted


@pytest.mark.parametrize(("key", "where"), [("?", Where.HELP), (":", Where.PALETTE)])
async def test_every_key_reaches_its_command_in_the_overlays(key: str, where: Where) -> None:
    async with ready(CPU, HEAP) as run:
        await run.press(key)
        active = {key: each.binding.id for key, each in run.app.screen.active_bindings.items()}
        scope = (where, Where.ROWS) if where is Where.HELP else (where,)
        wanted = {textual_name(key): c.id for c in Keymap().of(*scope) for key in c.keys}
        if where is Where.PALETTE:
            del wanted["Q"]  # a letter to type
        assert active == wanted


async def test_an_override_moves_the_key_and_is_shown() -> None:
    async with ready(CPU, keymap=changed({"search": ["f3"], "sort.next": "B"})) as run:
        assert "F3 search" in run.footer
        before = run.app.capture.order
        await run.press("o")
        assert run.app.capture.order == before
        await run.press("B")
        assert run.app.capture.order != before
        await run.press("f3")
        assert run.footer.startswith(" /")


def test_the_users_file_changes_keys_by_command(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text('"sort.next" = "B"\nsearch = ["/", "f3"]\nhot.next = "ctrl+j"\n')
    keymap = read_keymap(path)
    assert keymap.complaints == ()
    keys = {command.id: command.keys for command in keymap.commands}
    assert (keys["sort.next"], keys["search"], keys["hot.next"]) == (("B",), ("/", "f3"), ("ctrl+j",))
    assert keymap.overrides() == {"sort.next": "B", "search": "slash,f3", "hot.next": "ctrl+j"}


def test_no_file_is_no_change(tmp_path: Path) -> None:
    assert read_keymap(tmp_path / "keys.toml") == Keymap()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("search = ", "keys.toml is not used: "),
        ("\udcff".encode("utf-8", "surrogateescape"), "keys.toml is not used: "),
        ('nothing = "x"', "there is no command “nothing”"),
        ("search = 7", "search wants a key or a list of keys"),
        ('search = ["ctrl+hyper"]', "search wants a key or a list of keys"),
        ("search = []", "search wants a key or a list of keys"),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path: Path, text: str | bytes, said: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    keymap = read_keymap(path)
    assert keymap.commands == COMMANDS
    (complaint,) = keymap.complaints
    assert said in complaint and "\n" not in complaint


def test_conflicting_keys_are_named_and_the_rest_holds() -> None:
    keymap = changed({"units": "t", "mine": "B"})
    (complaint,) = keymap.complaints
    assert complaint == "keys.toml: “t” means both units and sample.next"
    keys = {command.id: command.keys for command in keymap.commands}
    assert (keys["units"], keys["sample.next"], keys["mine"]) == (("u",), ("t",), ("B",))


def test_one_key_may_mean_different_things_in_different_panes() -> None:
    assert changed({"tree.heaviest": "H"}).complaints == ()


async def test_a_complaint_is_on_the_screen() -> None:
    async with ready(CPU, keymap=changed({"units": "t"})) as run:
        assert "“t” means both units and sample.next" in run.footer
        await run.press("j")
        assert "search" in run.footer
