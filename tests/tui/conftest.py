"""What tests of running processes on the screen share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.serving import Process, serving


@pytest.fixture
def process() -> Iterator[Process]:
    with serving(Process()) as process:
        yield process


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder
