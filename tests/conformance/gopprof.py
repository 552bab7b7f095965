"""`go tool pprof` run on what goscope wrote."""

import functools
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.gotools import go

needs_go = pytest.mark.skipif(go() is None, reason="no go beside this Python")


@functools.cache
def _command() -> tuple[str, dict[str, str]]:
    found = go()
    assert found
    return found


def pprof(*arguments: str | Path, cwd: Path | None = None) -> str:
    """What it prints, in UTC and with the names that the profile has."""
    return ran([_command()[0], "tool", "pprof", "-symbolize=none", *map(str, arguments)], cwd)


def ran(command: Sequence[str], cwd: Path | None = None) -> str:
    environment = {**_command()[1], "TZ": "UTC"}
    done = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, errors="surrogateescape")
    assert done.returncode == 0, done.stderr
    return done.stdout
