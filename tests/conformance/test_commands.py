"""The reference's printed reports against ours, line by line: trimming, units, merges, headings, listings, labels."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.errors import ViewError
from analysis.view import FilterKind
from capture.open import CaptureError
from tests.conformance.corpus import ROOT, command_output, commands, compared, needs_corpus
from tui.__main__ import command_parsers
from tui.commands import RUN as REPORTS
from tui.graph_commands import RUN as GRAPHS

pytestmark = needs_corpus

_REPORTS = {
    "-top": "top",
    "-text": "top",
    "-tags": "tags",
    "-list": "list",
    "-peek": "peek",
    "-tree": "callers",
}
_FLAGS = {
    "-nodecount": "-n",
    "-nodefraction": "--node-fraction",
    "-unit": "--unit",
    "-sample_index": "--sample",
    "-diff_base": "--diff-base",
    "-base": "--base",
    "-trim_path": "--trim-path",
    "-source_path": "--source-path",
    "-tagshow": "--tagshow",
    "-taghide": "--taghide",
    **{f"-{kind}": f"--{kind.replace('_', '-')}" for kind in FilterKind if kind is not FilterKind.MINIMUM},
}
_SWITCHES = {
    "-cum": ["--sort", "cum"],
    "-noinlines": ["--no-inlines"],
    "-trim=false": ["--no-trim"],
    "-normalize": ["--normalize"],
    "-relative_percentages": ["--relative-percentages"],
}
_GRANULARITIES = ("-functions", "-filefunctions", "-lines", "-addresses")
_SAMPLES = {"-inuse_space", "-alloc_space", "-inuse_objects", "-alloc_objects", "-contentions"}


def _translated(arguments: list[str]) -> tuple[str, list[str]] | None:
    """Our command for the reference's, None where it asks for what goscope does not do (yet, or on purpose)."""
    report = ""
    ours: list[str] = []
    for argument in arguments:
        flag, _, value = argument.partition("=")
        if flag in _REPORTS:
            report = _REPORTS[flag]
            ours[:0] = [value] if flag in ("-list", "-peek") else []
        elif flag in _FLAGS:
            ours += [_FLAGS[flag], value]
        elif flag in _GRANULARITIES:
            ours += ["--granularity", flag[1:]]
        elif flag in _SAMPLES:
            ours += ["--sample", flag[1:]]
        elif argument in _SWITCHES:
            ours += _SWITCHES[argument]
        elif argument.startswith("-") and argument != "-symbolize=none":
            return None
        elif argument == "gen" or argument.endswith(".txt") or "legacy" in argument:
            return None  # a binary to symbolize with, or a format that is named and not read
        elif argument.endswith("/names.pb"):
            return None  # C++ symbols to demangle, which Go programs have none of
        elif not argument.startswith("-"):
            ours.append(argument)
    return (report, ours) if report else None


# What goscope says where the reference says nothing.
RUN = REPORTS | GRAPHS
_ADDED = (
    "The filters leave nothing.",
    "The profile has no samples.",
    "Nothing under",
    "Nothing differs",
    "No sample has a label.",
)

_COMMANDS = [
    pytest.param(status, *translated, id=name)
    for name, status, arguments in commands()
    if (translated := _translated(arguments))
]


@pytest.fixture(autouse=True)
def in_the_folder_of_the_commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT / "filters")
    monkeypatch.setenv("TZ", "UTC")


def _lines(report: str, arguments: list[str]) -> list[str]:
    return list(RUN[report](command_parsers()[report].parse_args(arguments), lambda sentence: None))


def _without_groups(line: str) -> str:
    """A line without what stands in parentheses or angle brackets.

    The reference takes a name with any of `<>[]` or `::` in it, as Go's generics have, for C++ and drops its `(…)` and
    `<…>`; goscope shows it as it is. So the groups are left out of both, but for the marks at a line's end.
    """
    body, mark = re.fullmatch(r"(.*?)( \((?:partial-)?inline\))?", line).groups()  # type: ignore[union-attr]
    depth, kept = 0, []
    for letter in body:
        depth += letter in "(<"
        if not depth:
            kept.append(letter)
        depth -= letter in ")>" and depth > 0
    return "".join(kept).rstrip() + (mark or "")


def _is_row(line: str) -> bool:
    return re.match(r"\s+\S+ +[\d.e+-]+% ", line) is not None


def _comparable(lines: list[str]) -> list[str]:
    return [_without_groups(line) if _is_row(line) and "%):" not in line else line for line in lines]


def _cleaned(text: str) -> Iterator[str]:
    """The reference's lines, with a name of several lines on one, as ours are."""
    lines: list[str] = []
    for line in text.splitlines():
        if lines and lines[-1] == "two":
            lines[-1] += "\\n" + line
        else:
            lines.append(line)
    yield from lines


@pytest.mark.parametrize(("status", "report", "arguments"), _COMMANDS)
def test_the_report_equals_the_reference(
    status: int, report: str, arguments: list[str], request: pytest.FixtureRequest
) -> None:
    if status:
        with pytest.raises((ViewError, CaptureError)):
            _lines(report, arguments)
        return
    expected = list(_cleaned(command_output(request.node.callspec.id)))
    ours = [line for line in _lines(report, arguments) if not line.startswith(_ADDED)]
    if report == "list":
        without_source = any(line.startswith(" Error:") for line in expected)
        expected, ours = _numbers(expected), _numbers(ours)
        if without_source:  # where the reference shows no lines, goscope shows their numbers and weights
            ours = [line for line in ours if not re.search(r" \d+:$", line)]
    # Rows of equal weight stand in the order of their names, which demangling may change.
    assert sorted(_comparable(ours)) == sorted(_comparable(expected))
    assert [line[:45] for line in ours] == [line[:45] for line in expected] or report == "list"
    compared["reports"] += 1


def _numbers(lines: list[str]) -> list[str]:
    """A listing's lines that have a weight, without their source, which the corpus does not have."""
    weighed = [re.sub(r"^(\s*\S+ +\S+ +\d+):.*", r"\1:", line) for line in lines]
    return [line for line in weighed if not re.match(r"\s+\. +\. +\d+:| No source| Error| Warning", line)]
