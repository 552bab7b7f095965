"""goscope on a process, in a real terminal: what its screens look like, what a countdown costs, and how it ends."""

import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.screen import Screen, check_golden
from tests.services.processes import free_port
from tests.tui.serving import Process

REPOSITORY = Path(__file__).parents[2]
# What a countdown may cost a second.
SECOND_BYTES = 300


def goscope(*names: object, size: tuple[int, int] = (120, 40), environ: Mapping[str, str] | None = None) -> Screen:
    command = f"cd '{REPOSITORY}' && exec '{sys.executable}' -m tui \"$@\""
    columns, lines = size
    environ = {"TZ": "UTC", **(environ or {})}
    return Screen(["sh", "-c", command, "sh", *map(str, names)], columns=columns, lines=lines, environ=environ)


def taking(screen: Screen, text: bytes) -> None:
    """Choose what the menu has for a text."""
    screen.press("C")
    screen.send(text)
    screen.wait_for(f"take: {text.decode()}")
    screen.settle()
    screen.press("enter")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_screens(process: Process, tmp_path: Path, size: tuple[int, int], update_goldens: bool) -> None:
    port = process.url.rpartition(":")[2]

    def golden(name: str) -> None:
        lines = [line.replace(f":{port}", f":{'6' * len(port)}") for line in screen.display]
        check_golden(f"{name}-{size[0]}x{size[1]}", lines, update=update_goldens)

    process.holds("profile")
    with goscope(process.url, tmp_path, size=size) as screen:
        screen.wait_for("8 profiles")
        screen.settle()
        golden("target")
        screen.press("C")
        golden("take")
        screen.send(b"cpu=3600s")
        screen.wait_for("take CPU for 3600 s")
        screen.settle()
        golden("take-typed")
        screen.press("enter")
        screen.press(":")
        screen.send(b"record")
        screen.wait_for("1/1")
        screen.settle()
        screen.press("enter")
        screen.wait_for("7 profiles every")
        screen.settle()
        shown = screen.text.partition("\n")[2].partition("\n")[0]
        assert shown.endswith(" s") and " cpu 3," in shown
        # At 80 columns only the end of the port is in sight.
        golden_line = re.sub(r"\d+ every", "6 every", screen.display[-1])
        check_golden(f"record-{size[0]}x{size[1]}", [golden_line], update=update_goldens)


def test_what_a_countdown_costs(process: Process, tmp_path: Path) -> None:
    process.holds("profile")
    with goscope(process.url, tmp_path) as screen:
        screen.wait_for("8 profiles")
        screen.settle()
        before = len(screen.raw)
        screen.watch(1.5)
        assert len(screen.raw) == before
        taking(screen, b"30")
        screen.wait_for("cpu 28 s")
        before = len(screen.raw)
        screen.wait_for("cpu 25 s")
        assert len(screen.raw) - before <= 3 * SECOND_BYTES
        taking(screen, b"stop")
        screen.settle()
        assert "cpu" not in screen.text
        before = len(screen.raw)
        screen.watch(1.5)
        assert len(screen.raw) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing_half_written(process: Process, tmp_path: Path, number: signal.Signals) -> None:
    process.holds("profile")
    with goscope(process.url, tmp_path) as screen:
        screen.wait_for("8 profiles")
        taking(screen, b"30")
        screen.wait_for("cpu 29 s")
        assert len(list(tmp_path.iterdir())) == 1
        screen.signal(number)
        assert screen.wait_ended() == 128 + number
        assert list(tmp_path.iterdir()) == []
        assert b"\x1b[?1049l" in screen.raw


def test_a_name_that_is_looked_up_for_ever_keeps_nobody_from_quitting(tmp_path: Path) -> None:
    looking = tmp_path / "looking"
    (tmp_path / "sitecustomize.py").write_text(
        "import pathlib, socket, threading\n"
        f"def look(*_, **__):\n    pathlib.Path({str(looking)!r}).touch()\n    threading.Event().wait()\n"
        "socket.getaddrinfo = look\n"
    )
    with goscope("slow.example:6060", tmp_path, environ={"PYTHONPATH": str(tmp_path)}) as screen:
        screen.wait_for("being asked what it has")
        while not looking.exists():
            screen.watch(0.1)
        screen.send(b"Q")
        assert screen.wait_ended() == 0


def test_without_a_directory_captures_land_in_one_of_the_users(process: Process, tmp_path: Path) -> None:
    with goscope(process.url, environ={"XDG_DATA_HOME": str(tmp_path)}) as screen:
        screen.wait_for("8 profiles")
        taking(screen, b"heap")
        screen.wait_for("main.leak")
        screen.send(b"Q")
        assert screen.wait_ended() == 0
    (folder,) = (tmp_path / "goscope" / "captures").iterdir()
    assert len(list(folder.iterdir())) == 1


def test_two_processes_one_of_which_is_away(process: Process, tmp_path: Path) -> None:
    with goscope(process.url, f"127.0.0.1:{free_port()}", tmp_path) as screen:
        screen.wait_for("nothing answers there")
        screen.wait_for("8 profiles")


def test_what_is_no_address_or_no_directory_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with goscope("localhost:6060", tmp_path / "file" / "dumps") as screen:
        assert screen.wait_ended() == 1
        assert b"no directory can be made there: not a directory" in screen.raw
        assert b"Traceback" not in screen.raw
