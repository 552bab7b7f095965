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
