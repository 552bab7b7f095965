"""The rules of the house that only a running interpreter shows: what is imported when, and what a wheel holds."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def _modules_after(statement: str) -> set[str]:
    """The modules that are imported once `statement` has run in an interpreter of its own."""
    script = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import parsers.profile",
        "import analysis.top, analysis.tree, analysis.listing, analysis.tags, analysis.info",
        "import analysis.merge, analysis.prune, analysis.edges, analysis.paths, analysis.series, analysis.trend",
        "import capture.open, capture.sources, capture.watch, watchfiles",
        "import analysis.export.folded, analysis.export.speedscope, analysis.export.svg, analysis.export.pprofcommand",
        "import tui.commands, tui.series_commands, tui.export_commands",
    ],
)
def test_only_the_screen_imports_textual_or_rich(statement: str) -> None:
    assert not _modules_after(statement) & {"textual", "rich"}


@pytest.mark.parametrize("arguments", [["--help"], ["top", "--help"], ["trend", "--help"], ["--version"]])
def test_help_answers_without_numpy_or_textual(arguments: list[str]) -> None:
    statement = f"import tui.__main__\ntry: tui.__main__.main({arguments!r})\nexcept SystemExit: pass"
    assert not _modules_after(statement) & {"numpy", "google.protobuf", "textual", "rich"}


def test_the_first_paint_does_not_wait_for_numpy() -> None:
    assert not _modules_after("import tui.app") & {"numpy", "google.protobuf", "re2"}


def test_a_wheel_has_the_packages_and_their_data(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        check=True,
        cwd=ROOT,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "tui/app.tcss",
        "tui/py.typed",
        "parsers/profile/profile_pb2.py",
        "analysis/top.py",
        "analysis/export/flame.js",
        "capture/open.py",
    } <= names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "sample-profiles/"))]
