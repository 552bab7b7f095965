"""Where the corpus of real captures lies, and what the reference tools answered about them.

The corpus is not part of the project: `GOSCOPE_CORPUS` names it, and what needs it is skipped without it.
"""

import gzip
import json
import os
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from parsers.sniff import sniff
from parsers.text import clean

ROOT = Path(os.environ.get("GOSCOPE_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")

compared: Counter[str] = Counter()
"""What was found equal to the reference, so that "all equal" says of how much; printed when the tests are over."""

needs_corpus = pytest.mark.skipif(not (ROOT / "answers").is_dir(), reason="no corpus: GOSCOPE_CORPUS names its folder")


@cache
def profile_answers() -> dict[str, dict[str, Any]]:
    """What `go tool pprof` says of every file it was given: `types`, or `refused`."""
    path = ROOT / "answers" / "profiles.json.gz"
    if not path.exists():
        return {}
    answers: dict[str, dict[str, Any]] = json.loads(gzip.decompress(path.read_bytes()).decode("utf-8", "surrogatepass"))
    return answers


@cache
def trace_answers() -> dict[str, dict[str, Any]]:
    """What Go's internal/trace and `go tool trace` say of every trace; `refused` where they say nothing."""
    path = ROOT / "answers" / "traces.json.gz"
    if not path.exists():
        return {}
    answers: dict[str, dict[str, Any]] = json.loads(gzip.decompress(path.read_bytes()).decode("utf-8", "surrogatepass"))
    return answers


@cache
def commands() -> list[tuple[str, int, list[str]]]:
    """Commands of the reference: a name, the exit status, the arguments. Each ran in `filters`, in UTC."""
    path = ROOT / "filters" / "commands.tsv"
    if not path.exists():
        return []
    rows = [line.split("\t") for line in path.read_text().splitlines()[1:]]
    return [(name, int(status), arguments.split(" ")) for name, status, arguments in rows]


def command_output(name: str) -> str:
    return (ROOT / "filters" / "out" / f"{name}.txt").read_text(encoding="utf-8", errors="backslashreplace")


# The text formats and gperftools' binary one, which goscope names and does not read yet.
_LEGACY = ("as text", "old binary format")


def is_legacy(path: str) -> bool:
    what = sniff((ROOT / path).read_bytes()[:4096])
    return what is not None and any(name in what for name in _LEGACY)


# The reference prints a value above 2**53 through a float, so its digits are not all there to compare.
_ROUNDED = 1 << 53

Rows = Counter[tuple[str, float, float]]
"""Name, flat and cum of each row of a report, as far as the reference's text tells them."""


def as_printed(value: int) -> float:
    """A value as far as the reference prints it."""
    return float(value) if abs(value) >= _ROUNDED else value


def cleaned(reference: str) -> str:
    """A name as the reference has it, cleaned."""
    return clean(reference.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))


def cut(rows: Rows) -> Rows:
    """Rows by the part of the name before the first thing that had to be cleaned: behind it the answers are cut."""
    found: Rows = Counter()
    for (name, flat, cum), count in rows.items():
        found[name.partition("\\")[0], flat, cum] += count
    return found
