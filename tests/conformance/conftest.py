"""Says in the end of how much "all equal" was."""

import pytest

from tests.conformance.corpus import compared


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if compared:
        found = ", ".join(f"{count:,} {what}" for what, count in sorted(compared.items()))
        terminalreporter.write_line(f"equal to the reference: {found}")
