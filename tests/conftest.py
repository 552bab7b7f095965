"""Options and fixtures that all tests share."""

import os
from typing import Any

import pytest
from hypothesis import settings

from tests.conformance.corpus import compared
from tests.services.fixtures import services as services

# A slow machine fails no test, and a change is judged by the same examples each time; at the desk they are new ones.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="write tests/goldens instead of comparing with them")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process of several tells the one that started it of how much "all equal" was."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["compared"] = dict(compared)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take in what a process tells."""
    compared.update(getattr(node, "workeroutput", {}).get("compared", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if compared:
        found = ", ".join(f"{count:,} {what}" for what, count in sorted(compared.items()))
        terminalreporter.write_line(f"equal to the reference: {found}")


@pytest.fixture
def update_goldens(request: pytest.FixtureRequest) -> bool:
    """Whether goldens are to be written rather than compared with."""
    return bool(request.config.getoption("--update-goldens"))
