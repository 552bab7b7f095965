"""`goscope export` as its users run it: every format, to a file or a pipe, and one line for what cannot be."""

import csv
import gzip
import io
import json
import os
import pty
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from parsers.profile import read_profile
from tests import build
from tests.tui.test_commands import AFTER, CPU, SAMPLES, printed, refused
from tui.__main__ import EXPORTS, REPORTS, main
from tui.exporting import FORMATS

_TOTAL = 8_600_000_000  # ns, as `go tool pprof -top` prints it of dataclean.cpu.pb.gz: 8.60s


def test_the_command_line_knows_every_format() -> None:
    assert tuple(FORMATS) == EXPORTS


@pytest.mark.parametrize("name", EXPORTS)
def test_every_format_is_written_and_said_to_be(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"out.{FORMATS[name].extension}"
    said = printed(capsys, "export", name, CPU, "-o", str(path))
    assert said.startswith(f"{path}: ")
    assert path.stat().st_size > 1000


def test_what_is_written_adds_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "export", "folded", CPU).splitlines()
    assert sum(int(line.rpartition(" ")[2]) for line in lines) == _TOTAL
    scope = json.loads(printed(capsys, "export", "speedscope", CPU))
    assert scope["profiles"][scope["activeProfileIndex"]]["endValue"] == _TOTAL
    assert (scope["exporter"], scope["name"]) == ("goscope", "dataclean cpu")
    proto = tmp_path / "out.pb.gz"
    printed(capsys, "export", "proto", CPU, "-o", str(proto))
    assert int(read_profile(proto.read_bytes()).values[:, 1].sum()) == _TOTAL
    rows = list(csv.DictReader(io.StringIO(printed(capsys, "export", "csv", CPU))))
    assert sum(int(row["flat (nanoseconds)"]) for row in rows) == _TOTAL
    answer = json.loads(printed(capsys, "export", "json", CPU))
    assert sum(row["flat"] for row in answer["rows"]) == answer["total"] == _TOTAL
    assert answer["units"] == {"flat": "nanoseconds", "cum": "nanoseconds"}


def test_filters_and_bases_count(capsys: pytest.CaptureFixture[str]) -> None:
    focused = printed(capsys, "export", "folded", CPU, "--focus", "heavyCalculation").splitlines()
    assert focused
    assert all("heavyCalculation" in line for line in focused)
    differing = printed(capsys, "export", "folded", AFTER, "--diff-base", CPU).splitlines()
    assert sum(int(line.split(" ")[-2]) for line in differing) == _TOTAL
    svg = printed(capsys, "export", "svg", AFTER, "--diff-base", CPU, "--focus", "main")
    assert "less" in (ET.fromstring(svg)[0].text or "")
    assert "focus=main" in svg


def test_a_trace_is_exported_by_its_profiles(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "export", "folded", str(SAMPLES / "gateway.trace"), "--profile", "net").splitlines()
    assert lines
    assert all(int(line.rpartition(" ")[2]) >= 0 for line in lines)


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("name", ["csv", "json", "md"])
def test_every_report_is_a_table(report: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "export", name, CPU, "--report", report, "--regex", "heavyCalculation$")
    if name == "json":
        assert json.loads(text)["report"] == report
        assert json.loads(text)["rows"]
    elif name == "csv":
        rows = list(csv.reader(io.StringIO(text), strict=True))
        assert len({len(row) for row in rows}) == 1
        assert any("(nanoseconds)" in cell for cell in rows[0])
    else:
        assert f"# dataclean cpu: {report}\n" in text
        assert "go tool pprof" in text


def test_markdown_says_what_it_is_of(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "export", "md", CPU, "-n", "3", "--ignore", "json|fmt")
    assert "- Type: cpu\n" in text
    assert "- Filters: `ignore=json\\|fmt`\n" in text
    assert text.count("\n| ") == 4
    assert "-nodecount=3 '-ignore=json|fmt'" in text


def test_a_file_that_exists_is_replaced_only_by_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out.folded"
    path.write_text("old")
    assert "--force" in refused(capsys, "export", "folded", CPU, "-o", str(path))
    assert path.read_text() == "old"
    printed(capsys, "export", "folded", CPU, "-o", str(path), "--force")
    assert path.stat().st_size > 1000


def test_what_cannot_be_read_leaves_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no such file" in refused(capsys, "export", "svg", str(tmp_path / "x"), "-o", str(tmp_path / "out.svg"))
    assert not list(tmp_path.iterdir())


def test_a_listing_needs_to_know_of_what(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--regex" in refused(capsys, "export", "csv", CPU, "--report", "list")


def test_an_unknown_format_is_told_from_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["export", "png", CPU])
    assert caught.value.code == 2
    assert "svg" in capsys.readouterr().err


def _exporting(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tui", "export", *arguments]


def test_a_profile_goes_through_a_pipe() -> None:
    done = subprocess.run(_exporting("proto", CPU), capture_output=True, check=True)
    assert read_profile(done.stdout).n_samples == read_profile(Path(CPU).read_bytes()).n_samples
    with open(CPU, "rb") as file:  # noqa: PTH123
        again = subprocess.run(_exporting("proto", "-", "-o", "-"), stdin=file, capture_output=True, check=True)
    assert again.stdout == done.stdout
    assert gzip.decompress(again.stdout)


def test_a_table_of_samples_is_of_what_is_left_and_says_of_what(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.parquet"
    printed(capsys, "export", AFTER, "--parquet", "--diff-base", CPU, "--focus", "heavyCalculation", "-o", str(path))
    table = pq.read_table(path)
    assert set(table["source"].to_pylist()) == {f"{AFTER}, less {CPU}"}
    assert min(table["cpu_nanoseconds"].to_pylist()) < 0
    stacks = table["stack"].to_pylist()
    assert all("heavyCalculation" in str([frame["function"] for frame in stack]) for stack in stacks)


def test_a_table_of_a_trace_says_which_profile_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out.parquet"
    trace = str(SAMPLES / "gateway.trace")
    printed(capsys, "export", "--parquet", trace, "--profile", "net", "-o", str(path))
    table = pq.read_table(path)
    assert set(table["kind"].to_pylist()) == {"trace net"}
    printed(capsys, "export", "parquet", trace, "--profile", "net", "-o", str(path), "--force")
    assert pq.read_table(path).equals(table)


def test_a_table_of_samples_needs_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = tmp_path / "out.parquet"
    said = refused(capsys, "export", "parquet", CPU, "-o", str(path))
    assert "needs the extra fleet: pip install 'goscope[fleet]'" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [each.name for each in FORMATS.values() if each.binary])
def test_a_profile_is_nothing_for_a_terminal(name: str) -> None:
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(_exporting(name, CPU), stdout=theirs, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 1
    assert "-o" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_hostile_names_do_no_harm_in_any_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "evil.pb"
    path.write_bytes(build.with_bytes(build.builder({"main;evil": 1}).message, "evil", b"=cmd|'x'!A1;\x1b[31m\n<b>`"))
    for name in (each.name for each in FORMATS.values() if not each.binary):
        text = printed(capsys, "export", name, str(path))
        assert "\x1b" not in text
    assert len(printed(capsys, "export", "folded", str(path)).splitlines()) == 1
    assert "'=cmd" in printed(capsys, "export", "csv", str(path))
