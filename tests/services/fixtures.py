"""Fixtures that run real processes; a test that asks for them is skipped where there is no Go."""

import os

import pytest

from benchmarks.gotools import go
from tests.services.processes import Services


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """Programs that are built once, by whichever of several test processes wants one first."""
    if go() is None:
        pytest.skip("no go beside this Python")
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    built = folder / "services"
    built.mkdir(exist_ok=True)
    return Services(built)
