"""The commands that exports name, run in a shell: `go tool pprof` then prints goscope's own numbers."""

import re
import shlex
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from analysis.prune import prune
from benchmarks.gotools import go
from parsers.profile import read_profile
from tests.conformance.corpus import ROOT, needs_corpus
from tests.conformance.gopprof import needs_go
from tui.__main__ import command_parsers
from tui.commands import RUN
from tui.export_commands import RUN as EXPORT
from tui.exporting import FORMATS, READ, on_screen
from tui.place import Amounts, Order, Place, SortKey
from tui.rows.top import top_content

pytestmark = needs_go

SAMPLES = Path(__file__).parents[2] / "sample-profiles"
CPU = str(SAMPLES / "dataclean.cpu.pb.gz")
AFTER = str(SAMPLES / "dataclean.cpu-after.pb.gz")
HEAP = [str(SAMPLES / f"epro.heap.0{n}.pb.gz") for n in (1, 4, 8)]
LABELS = str(ROOT / "filters" / "run1" / "cpu.pb.gz")
_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
# Which depends on what else there are rows of.
_MARK = re.compile(r" \((?:partial-)?inline\)$")
Figures = Counter[tuple[str, ...]]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "UTC")


def markdown(*arguments: str) -> str:
    path = Path("out.md")
    parsed = command_parsers()["export"].parse_args(["md", *arguments, "-o", str(path), "--force"])
    list(EXPORT["export"](parsed, lambda sentence: pytest.fail(sentence)))
    return path.read_text(encoding="utf-8")


def commands(text: str) -> str:
    found = _BLOCK.search(text)
    assert found, text
    return found[1]


def run(script: str) -> str:
    """What the last command prints, each run by a shell as it stands there."""
    found = go()
    assert found
    command, environment = found
    lines = [line.replace("go tool", f"{shlex.quote(command)} tool", 1) for line in script.splitlines()]
    for line in lines:
        done = subprocess.run(
            ["bash", "-c", line], env={**environment, "TZ": "UTC"}, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
    return done.stdout


def cells(text: str) -> Figures:
    """The rows of the Markdown table."""
    rows = [line[2:-2].split(" | ") for line in text.splitlines() if line.startswith("| ")][1:]
    return Counter(tuple(cell.strip("`").strip() for cell in row) for row in rows)


def printed(text: str) -> Figures:
    """The rows of pprof's -top."""
    rows = re.findall(r"^ *(\S+) +(\S+%) +(\S+%) +(\S+) +(\S+%)  (.*)$", text, re.MULTILINE)
    return Counter(tuple(row) for row in rows)


def without_sums(rows: Figures) -> Figures:
    """Without sum%, which depends on the order of rows of equal weight."""
    found: Figures = Counter()
    for (flat, share, _, *rest), count in rows.items():
        found[flat, share, *rest] += count
    return found


@pytest.mark.parametrize(
    "arguments",
    [
        [CPU],
        [CPU, "-n", "7", "--sort", "cum"],
        [CPU, "--granularity", "lines", "--unit", "ms"],
        [CPU, "--granularity", "filefunctions", "--no-inlines"],
        [CPU, "--sample", "samples"],
        [CPU, "--focus", "json|fmt", "--ignore", "reflect"],
        [CPU, "--focus", "Clean", "--relative-percentages"],
        [CPU, "--hide", "^runtime", "--hide", "^fmt", "--ignore", "mcall", "--ignore", "gcBg"],
        [CPU, "--tagfocus", "tenant=t1"],
        [CPU, "--show-from", "heavy", "--prune-from", "Sprintf"],
        [CPU, AFTER],
        [AFTER, "--diff-base", CPU],
        [AFTER, "--diff-base", CPU, "--normalize", "--focus", "runtime"],
        [HEAP[2], "--base", HEAP[0]],
        [HEAP[2], "--sample", "alloc_space", "--diff-base", HEAP[0], "--diff-base", HEAP[1]],
    ],
    ids=lambda arguments: " ".join(Path(each).name for each in arguments),
)
def test_the_command_prints_the_same_rows(arguments: list[str]) -> None:
    text = markdown(*arguments)
    ours, theirs = cells(text), printed(run(commands(text)))
    assert ours
    assert without_sums(ours) == without_sums(theirs)


@pytest.mark.parametrize(
    "arguments",
    [
        [CPU, "--focus", "Clean", "--focus", "fmt"],
        [CPU, "--show", "main|fmt", "--show", "fmt", "--focus", "json", "--focus", "reflect"],
        [CPU, "--show-from", "serveClean", "--show-from", "heavy", "--tagfocus", "tenant=t1", "--hide", "fmtBytes"],
        [CPU, "--tagfocus", "endpoint=clean", "--tagfocus", "tenant=t2", "--tagignore", "tenant=t1"],
        [CPU, "--prune-from", "doPrintf", "--prune-from", "mallocgc"],
        [AFTER, "--diff-base", CPU, "--focus", "main", "--focus", "fmt"],
    ],
    ids=lambda arguments: " ".join(Path(each).name for each in arguments),
)
def test_what_takes_several_commands_has_the_same_weights(arguments: list[str]) -> None:
    """Percentages and trimming are of what is left, so all rows are asked for and only weights compared."""
    text = markdown(*arguments, "-n", "100000", "--unit", "ns")
    script = commands(text)
    assert script.count("go tool pprof") > 1
    *before, last = script.splitlines()
    theirs = _weights(run("\n".join([*before, last.replace("-top", "-top -trim=false", 1)])), marks=False)
    ours: Figures = Counter()
    for (flat, _, _, cum, _, name), count in cells(text).items():
        ours[flat, cum, _MARK.sub("", name)] += count
    assert ours
    assert not ours - theirs


def test_a_listing_has_the_same_lines() -> None:
    text = markdown(CPU, "--report", "list", "--regex", "heavyCalculation$", "--source-path", str(SAMPLES / "src"))
    theirs = run(commands(text))
    found = Counter((flat, cum, line) for flat, cum, line in re.findall(r"^ *(\S+) +(\S+) +(\d+):", theirs, re.M))
    ours = Counter((row[0], row[1], row[3]) for row in cells(text) if (row[0], row[1]) != (".", "."))
    assert ours
    assert not ours - found


@pytest.mark.parametrize(
    "arguments",
    [
        ["--report", "callers", "-n", "20"],
        ["--report", "callers", "--sort", "cum", "--focus", "Clean"],
        ["--report", "peek", "--regex", "heavyCalculation|mallocgc$"],
    ],
    ids=" ".join,
)
def test_callers_and_callees_weigh_the_same(arguments: list[str]) -> None:
    text = markdown(CPU, *arguments)
    theirs = run(commands(text))
    edges = re.findall(r"^ *(\S+) +(\S+%) \|   (.*)$", theirs, re.MULTILINE)
    nodes = re.findall(r"^ *(\S+) +\S+% +\S+% +(\S+) +\S+% +\| (.*)$", theirs, re.MULTILINE)
    rows = list(cells(text).elements())
    assert rows
    assert Counter((row[2], row[3], row[5]) for row in rows if row[4] != "function") == Counter(edges)
    assert Counter((row[0], row[1], row[5]) for row in rows if row[4] == "function") == Counter(nodes)


def test_labels_weigh_the_same() -> None:
    text = markdown(CPU, "--report", "tags")
    theirs = re.findall(r"^ *(\S+) \( *(\S+)%\): (\S+)$", run(commands(text)), re.MULTILINE)
    assert Counter((row[2], row[3].rstrip("%"), row[1]) for row in cells(text)) == Counter(theirs)


def test_a_trace_is_made_a_profile_first() -> None:
    trace = str(SAMPLES / "gateway.trace")
    text = markdown(trace, "--profile", "net", "--compat")
    script = commands(text)
    assert "go tool trace -pprof=net" in script
    assert without_sums(cells(text)) == without_sums(printed(run(script)))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([CPU, "--mine"], "--mine"),
        ([str(SAMPLES / "gateway.trace"), "--profile", "sched", "--window", "10ms..20ms"], "windows"),
    ],
)
def test_what_no_command_gives_is_said(arguments: list[str], sentence: str) -> None:
    text = markdown(*arguments)
    assert "go tool pprof -" not in text
    assert sentence in text


@needs_corpus
@pytest.mark.parametrize(
    "options", [["--tagroot", "endpoint"], ["--tagroot", "endpoint", "--tagroot", "tenant", "--tagleaf", "kind"]]
)
def test_labels_as_frames_are_the_same(options: list[str]) -> None:
    text = markdown(LABELS, *options)
    assert without_sums(cells(text)) == without_sums(printed(run(commands(text))))


def test_names_of_files_are_quoted(tmp_path: Path) -> None:
    name = tmp_path / "it's a $(touch x)\n`file`.pb.gz"
    name.write_bytes(Path(CPU).read_bytes())
    text = markdown(str(name))
    assert without_sums(cells(text)) == without_sums(printed(run(commands(text))))
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "arguments", [[CPU], [CPU, "--focus", "json", "--hide", "runtime"], [HEAP[0], HEAP[1]], [AFTER, "--diff-base", CPU]]
)
def test_the_exported_profile_gives_the_same_top(arguments: list[str]) -> None:
    export = command_parsers()["export"].parse_args(["proto", *arguments, "-o", "out.pb.gz"])
    list(EXPORT["export"](export, lambda sentence: pytest.fail(sentence)))
    ours = list(RUN["top"](command_parsers()["top"].parse_args([*arguments, "--no-trim"]), lambda sentence: None))
    theirs = run("go tool pprof -symbolize=none -top -trim=false out.pb.gz")
    # What percentages are of is not in the file: there they are of what is left, so weights and names are compared.
    assert _weights("\n".join(ours)) == _weights(theirs)


def _weights(text: str, *, marks: bool = True) -> Figures:
    found: Figures = Counter()
    for (flat, _, _, cum, _, name), count in printed(text).items():
        found[flat, cum, name if marks else _MARK.sub("", name)] += count
    return found


@pytest.mark.parametrize("by", ["flat", "cum"])
def test_the_rows_on_the_screen_have_the_same_weights(by: SortKey) -> None:
    profile, place, order = prune(read_profile(Path(CPU).read_bytes())), Place(), Order(by)
    table = top_content(profile, place, order, Amounts.VALUE).table
    text = b"".join(FORMATS["md"].pieces(on_screen(profile, place, table, Path(CPU), order=order))).decode()
    ours: Figures = Counter()
    for (flat, share, _, cum, of_all, name), count in cells(text).items():
        ours[flat, share, cum, of_all, _MARK.sub("", name)] += count
    theirs: Figures = Counter()
    for (flat, share, _, cum, of_all, name), count in printed(run(commands(text))).items():
        theirs[flat, share, cum, of_all, _MARK.sub("", name)] += count
    assert len(list(ours.elements())) == READ
    assert ours == theirs
