"""The one table of keys: what each does, where, and what the footer, the help and the palette say of it.

Textual's bindings are made from it, and a user's `keys.toml` changes keys in it by command. What a command does is
written in the widget that its `where` names, under the name of its `action`.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from textual.binding import Binding
from textual.keys import KEY_NAME_REPLACEMENTS, KEY_TO_UNICODE_NAME, Keys, _character_to_key

from tui import glyphs


class Where(StrEnum):
    """The widgets that answer keys, from the one with the cursor outwards."""

    ROWS = "any table"
    TOP = "Top"
    TREE = "Tree"
    SOURCE = "Source"
    APP = "every pane"
    HELP = "help"
    PALETTE = "palette"


PANES = (Where.TOP, Where.TREE, Where.SOURCE)


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `footer` is its rank there, the lowest staying longest, 0 for not at all; `label` is for there."""

    id: str
    keys: tuple[str, ...]
    action: str
    label: str
    help: str
    where: tuple[Where, ...] = (Where.APP,)
    footer: int = 0


_EVERYWHERE = (Where.APP, Where.HELP, Where.PALETTE)
_FLAT = (Where.TOP, Where.SOURCE, Where.HELP)

COMMANDS: tuple[Command, ...] = (
    # Moving
    Command("down", ("j", "down"), "cursor(1)", "down", "Move down", (Where.ROWS,)),
    Command("up", ("k", "up"), "cursor(-1)", "up", "Move up", (Where.ROWS,)),
    Command("page.down", ("pagedown",), "page(1)", "page down", "Move down a page", (Where.ROWS,)),
    Command("page.up", ("pageup",), "page(-1)", "page up", "Move up a page", (Where.ROWS,)),
    Command("first", ("g", "home"), "edge('top')", "first", "Go to the first row", (Where.ROWS,)),
    Command("last", ("G", "end"), "edge('bottom')", "last", "Go to the last row", (Where.ROWS,)),
    Command("left", ("h", "left"), "sideways(-8)", "left", "Scroll sideways to the left", _FLAT),
    Command("right", ("l", "right"), "sideways(8)", "right", "Show long names whole, then scroll to the right", _FLAT),
    # Top
    Command("top.source", ("enter",), "drill", "source", "Open the source of this row", (Where.TOP,), 1),
    Command("sort.next", ("o",), "sort(1)", "sort", "Sort by the next column", (Where.TOP,), 6),
    Command("sort.reverse", ("O",), "reverse", "reverse", "Turn the sorting round", (Where.TOP,)),
    Command("sort.left", ("<",), "sort(-1)", "sort left", "Sort by the column to the left", (Where.TOP,)),
    Command("sort.right", (">",), "sort(1)", "sort right", "Sort by the column to the right", (Where.TOP,)),
    # Tree
    Command(
        "tree.open", ("enter",), "drill", "open", "Expand; the source of what is expanded or has nothing below it", (Where.TREE,), 1
    ),
    Command("tree.expand", ("l", "right"), "expand", "expand", "Expand as far as the way does not fork; then go in", (Where.TREE,)),
    Command("tree.collapse", ("h", "left"), "collapse", "collapse", "Collapse; then go to the caller", (Where.TREE,)),
    Command("tree.heaviest", ("E",), "heaviest", "hot path", "Expand the heaviest path to its end", (Where.TREE,), 2),
    Command("tree.invert", ("i",), "invert", "invert", "Turn the tree round: from the leaves to their callers", (Where.TREE,), 3),
    # Source
    Command("hot.next", ("}",), "hot(1)", "next hot", "Go to the next hot line", (Where.SOURCE,), 1),
    Command("hot.previous", ("{",), "hot(-1)", "previous hot", "Go to the hot line before", (Where.SOURCE,), 2),
    Command("hot.hottest", ("H",), "hottest", "hottest", "Go to the hottest line; again, to the next hottest", (Where.SOURCE,), 3),
    # All panes
    Command("back", ("escape", "backspace"), "back", "back", "Go one step back: pane, view, search; stop reading", footer=9),
    Command("search", ("/",), "search", "search", "Search the rows as you type", footer=4),
    Command("search.next", ("n",), "match(1)", "next match", "Go to the next match"),
    Command("search.previous", ("N",), "match(-1)", "match before", "Go to the match before"),
    Command("search.symbol", ("*",), "search_symbol", "this symbol", "Search for the symbol under the cursor"),
    Command("pane.top", ("2",), "pane('top')", "top", "Top: what weighs most"),
    Command("pane.tree", ("3",), "pane('tree')", "tree", "Tree: the calls that lead to this row"),
    Command("pane.source", ("6",), "pane('source')", "source", "Source: the lines of this row's function"),
    Command("source", ("s",), "pane('source')", "source", "Open the source of this row", (Where.TOP, Where.TREE)),
    Command("pane.next", ("tab",), "turn_pane(1)", "next pane", "Go to the next pane"),
    Command("pane.previous", ("shift+tab",), "turn_pane(-1)", "pane before", "Go to the pane before"),
    Command("capture.next", ("J",), "turn_capture(1)", "next capture", "Go to the next open capture", footer=10),
    Command("capture.previous", ("K",), "turn_capture(-1)", "capture before", "Go to the open capture before"),
    Command("mine", ("m",), "mine", "my code", "My code only: fold all else into its caller", footer=7),
    Command("sample.next", ("t",), "sample(1)", "sample", "Look at the next sample type", footer=5),
    Command("sample.previous", ("T",), "sample(-1)", "sample before", "Look at the sample type before"),
    Command("units", ("u",), "units", "units", "Write weights as values, percentages, per second", footer=8),
    Command("granularity.next", ("p",), "granularity(1)", "precision", "More precise rows: functions, files, lines, addresses"),
    Command("granularity.previous", ("P",), "granularity(-1)", "coarser", "Coarser rows"),
    Command("inlines", ("I",), "inlines", "inlines", "Show inlined calls, or book them on their callers"),
    Command("copy", ("y",), "copy", "copy", "Copy this row's name to the clipboard (OSC 52)"),
    Command("copy.stack", ("Y",), "copy_stack", "copy stack", "Copy the heaviest stack to this row to the clipboard"),
    Command("palette", (":",), "palette", "commands", "All commands by name, and what has no key"),
    Command("help", ("?", "f1"), "help", "help", "These keys", footer=2),
    Command("close", ("q",), "close", "close", "Close: the overlay, then the tab; the last one asks", footer=11),
    Command("quit", ("Q", "ctrl+c"), "app.quit", "quit", "Quit at once", _EVERYWHERE),
    # Overlays
    Command("overlay.close", ("escape", "q", "?", "f1"), "close", "close", "Close the help", (Where.HELP,), 1),
    Command("palette.down", ("down", "ctrl+n"), "cursor(1)", "down", "Move down in the list", (Where.PALETTE,)),
    Command("palette.up", ("up", "ctrl+p"), "cursor(-1)", "up", "Move up in the list", (Where.PALETTE,)),
)


@dataclass(frozen=True, slots=True)
class Keymap:
    """The commands with the keys they really have, and what is wrong with the user's file, in one sentence each."""

    commands: tuple[Command, ...] = COMMANDS
    complaints: tuple[str, ...] = ()

    def overrides(self) -> dict[str, str]:
        """What Textual's keymap wants: the changed keys by command."""
        default = {command.id: command.keys for command in COMMANDS}
        return {c.id: ",".join(_textual(key) for key in c.keys) for c in self.commands if c.keys != default[c.id]}

    def of(self, *where: Where) -> tuple[Command, ...]:
        """The commands that apply in any of `where`, in the order of the table."""
        return tuple(command for command in self.commands if set(where) & set(command.where))


def bindings(where: Where) -> list[Binding]:
    """Textual's bindings for the widget that answers keys of `where`."""
    return [
        Binding(",".join(_textual(key) for key in command.keys), command.action, command.label, show=False, id=command.id)
        for command in COMMANDS
        if where in command.where
    ]


def keymap_path() -> Path:
    """Where a user's own keys are."""
    from platformdirs import user_config_path

    return user_config_path("goscope") / "keys.toml"


def read_keymap(path: Path) -> Keymap:
    """The table with a user's changes: `"sort.next" = "x"` or `["x", "f2"]` a line. No file means no changes."""
    try:
        changes = _flat(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Keymap()
    except (OSError, ValueError) as error:
        return Keymap(complaints=(f"keys.toml is not used: {_one_line(error)}",))
    return changed(changes)


def changed(changes: Mapping[str, object]) -> Keymap:
    """The table with `changes` made, each one left out that cannot be."""
    commands = {command.id: command for command in COMMANDS}
    complaints: list[str] = []
    for name, value in changes.items():
        keys = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else ()
        if name not in commands:
            complaints.append(f"keys.toml: there is no command “{name}”")
        elif not keys or not all(isinstance(key, str) and _known(key) for key in keys):
            complaints.append(f"keys.toml: {name} wants a key or a list of keys")
        else:
            commands[name] = replace(commands[name], keys=keys)
    while clash := next(conflicts(commands.values()), None):
        key, *sharing = clash
        complaints.append(f"keys.toml: “{key}” means both {' and '.join(command.id for command in sharing)}")
        default = {command.id: command for command in COMMANDS}
        # Of two commands at odds at least one was changed; with both as they were, the rest of the file still holds.
        for command in sharing:
            commands[command.id] = default[command.id]
    return Keymap(tuple(commands.values()), tuple(complaints))


def conflicts(commands: Iterable[Command]) -> Iterator[tuple[str, Command, Command]]:
    """Keys that two commands have in one place."""
    every = tuple(commands)
    for scope in (*({Where.ROWS, Where.APP, pane} for pane in PANES), {Where.ROWS, Where.HELP}, {Where.PALETTE}):
        owner: dict[str, Command] = {}
        for command in every:
            if scope & set(command.where):
                for key in command.keys:
                    if (other := owner.setdefault(_textual(key), command)) is not command:
                        yield key, other, command


def shown(key: str) -> str:
    """A key as the footer and the help write it."""
    glyph = glyphs.current()
    names = {
        "enter": glyph.enter,
        "up": glyph.up,
        "down": glyph.down,
        "left": glyph.left,
        "right": glyph.right,
        "escape": "Esc",
        "pagedown": "PgDn",
        "pageup": "PgUp",
        "shift+tab": "Shift-Tab",
        "ctrl+c": "Ctrl-C",
    }
    return names.get(key, key if len(key) == 1 else key.capitalize())


def _textual(key: str) -> str:
    """The key by the name that Textual gives it."""
    return _character_to_key(key) if len(key) == 1 else key


def _known(key: str) -> bool:
    """Whether there is such a key; the part after modifiers decides."""
    if len(key) == 1:
        return key.isprintable()
    last = key.rpartition("+")[2]
    return len(last) == 1 or last in _NAMES


_NAMES = {key.value for key in Keys} | set(KEY_NAME_REPLACEMENTS.values()) | set(KEY_TO_UNICODE_NAME)


def _flat(table: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """TOML reads `sort.next = "x"` as a table in a table."""
    flat: dict[str, object] = {}
    for name, value in table.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return flat


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
