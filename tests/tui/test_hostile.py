"""A capture made to attack the terminal: not one of its control characters may reach it, nor its markup act."""

import sys
from pathlib import Path

import pytest

from tests import build
from tests.screen import Screen

# An OSC that sets the title, with both its ends, a colour, C1 controls, a bidi override, and both markups.
NAME = "main.\x1b]0;pwned\x07\x1b]52;c;cHduZWQ=\x1b\\\x1b[31m[red]x[/y][@click=app.quit]q[/]\u202egnp.exe\x9b2J\u2066"
FORBIDDEN = (
    b"\x1b]0;",
    b"cHduZWQ=\x1b\\",
    b"\x1b[31m[red]",
    b"\x07",
    "\x9b".encode(),
    "\u202e".encode(),
    "\u2066".encode(),
)


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    made = build.Builder()
    made.mapping(NAME, build_id=NAME)
    root = made.location(build.Frame("main.main", "main.go", 3))
    leaf = made.location(build.Frame(NAME, f"/src/{NAME}.go", 7))
    generic = made.location(build.Frame("main.Map[go.shape.int]", "main.go", 9))
    made.sample([leaf, root], 5, labels={NAME: NAME})
    made.sample([generic, root], 3)
    made.message.comment.append(made.text(NAME))
    made.message.doc_url = made.text(NAME)
    path = tmp_path / "\x1b]0;pwned\x07[red]x.pb"
    path.write_bytes(made.bytes())
    (tmp_path / "main.go").write_text("package main\n\n" + f"// {NAME}\n" * 8)
    return path


def test_nothing_hostile_reaches_the_terminal(hostile: Path) -> None:
    command = [sys.executable, "-m", "tui", str(hostile)]
    with Screen(command, columns=300, environ={"PYTHONPATH": str(Path(__file__).parents[2])}) as screen:
        screen.wait_for("main.Map[go.shape.int]")
        assert "[red]x[/y][@click=app.quit]q[/]" in screen.text
        # Through every pane and overlay that shows a name; some of these keys have nothing to do, and answer nothing.
        for key in ("j", "3", "E", "k", "6", "2", "t", "/x\r", "n", "?", "q", ":", "\x1b", "*", "6", "l", "l", "2"):
            screen.send(key.encode())
            screen.settle()
        screen.wait_for("main.Map[go.shape.int]")
        for sequence in FORBIDDEN:
            assert sequence not in screen.raw
        assert screen.status is None


@pytest.mark.parametrize("name", ["\x1b]0;pwned\x07", "[red]x[/y]", "[@click=app.quit]q[/]"])
def test_a_file_that_cannot_be_read_is_no_way_in_either(name: str, tmp_path: Path) -> None:
    path = tmp_path / name.replace("/", "∕")
    path.write_text(f"{name} is not a profile")
    command = [sys.executable, "-m", "tui", str(path)]
    with Screen(command, environ={"PYTHONPATH": str(Path(__file__).parents[2])}) as screen:
        screen.wait_for("not a pprof profile")
        assert b"\x1b]0;" not in screen.raw
        assert b"\x07" not in screen.raw
