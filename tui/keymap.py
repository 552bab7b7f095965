"""The keys as the user has them: the table of `tui.keys`, with the changes of a `keys.toml`."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from textual.keys import KEY_NAME_REPLACEMENTS, KEY_TO_UNICODE_NAME, Keys

from tui.keys import COMMANDS, DRAWN, PANES, Command, Where, textual_name


@dataclass(frozen=True, slots=True)
class Keymap:
    """The commands with the keys they really have, and what is wrong with the user's file, in one sentence each."""

    commands: tuple[Command, ...] = COMMANDS
    complaints: tuple[str, ...] = ()

    def overrides(self) -> dict[str, str]:
        """What Textual's keymap wants: the changed keys by command."""
        default = {command.id: command.keys for command in COMMANDS}
        return {c.id: ",".join(textual_name(key) for key in c.keys) for c in self.commands if c.keys != default[c.id]}

    def of(self, *where: Where) -> tuple[Command, ...]:
        """The commands that apply in any of `where`, in the order of the table."""
        return tuple(command for command in self.commands if set(where) & set(command.where))


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
    default = {command.id: command for command in COMMANDS}
    commands = default.copy()
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
        # Of two commands at odds at least one was changed; with both as they were, the rest of the file still holds.
        for command in sharing:
            commands[command.id] = default[command.id]
    return Keymap(tuple(commands.values()), tuple(complaints))


def conflicts(commands: Iterable[Command]) -> Iterator[tuple[str, Command, Command]]:
    """Keys that two commands have in one place."""
    every = tuple(commands)
    # Lanes and boxes are no rows: one moves among them by keys of their own.
    panes = [{Where.APP, pane} if pane in DRAWN else {Where.APP, pane, Where.ROWS} for pane in PANES]
    for scope in (*panes, {Where.ROWS, Where.HELP}, {Where.PALETTE}):
        owner: dict[str, Command] = {}
        for command in every:
            if scope & set(command.where):
                for key in command.keys:
                    if (other := owner.setdefault(textual_name(key), command)) is not command:
                        yield key, other, command


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
