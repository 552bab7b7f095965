"""Options and fixtures that all tests share."""

import os

import pytest
from hypothesis import settings

# A slow machine fails no test, and a change is judged by the same examples each time; at the desk they are new ones.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="write tests/goldens instead of comparing with them")


@pytest.fixture
def update_goldens(request: pytest.FixtureRequest) -> bool:
    """Whether goldens are to be written rather than compared with."""
    return bool(request.config.getoption("--update-goldens"))
