"""The printing commands as their users run them: shapes of the JSON, exit statuses, one-line errors, nothing hostile.

What the figures are is held against the reference in tests/conformance; those here are the reference's answers about
the sample profiles (`go tool pprof`, Go 1.27.3).
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import build
from tui.__main__ import main

SAMPLES = Path(__file__).parents[2] / "sample-profiles"
CPU = str(SAMPLES / "dataclean.cpu.pb.gz")
AFTER = str(SAMPLES / "dataclean.cpu-after.pb.gz")
LAST_HEAP = str(sorted(SAMPLES.glob("epro.heap.*.pb.gz"))[-1])


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    answer = json.loads(printed(capsys, *arguments, "--json"))
    assert isinstance(answer, dict)
    return answer


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    return err.removeprefix("goscope: ").strip()


def test_top_json_has_every_row_with_raw_integers(capsys: pytest.CaptureFixture[str]) -> None:
    answer = as_json(capsys, "top", CPU)
    assert {key: answer[key] for key in ("file", "kind", "sample_type", "unit", "total")} == {
        "file": CPU,
        "kind": "cpu",
        "sample_type": "cpu",
        "unit": "nanoseconds",
        "total": 8_600_000_000,
    }
    assert set(answer["rows"][0]) == {"name", "file", "line", "address", "flat", "cum", "inline"}
    rows = {row["name"]: row for row in answer["rows"]}
    assert (rows["main.(*Cleaner).heavyCalculation"]["flat"], rows["main.(*Cleaner).heavyCalculation"]["cum"]) == (
        560_000_000,
        6_430_000_000,
    )
    assert rows["main.mix"]["inline"] == "inline"
    assert sum(row["flat"] for row in answer["rows"]) == answer["total"]


def test_top_json_can_be_cut_to_some_rows(capsys: pytest.CaptureFixture[str]) -> None:
    every, some = as_json(capsys, "top", CPU), as_json(capsys, "top", "-n", "3", "--sort", "cum", CPU)
    assert [row["cum"] for row in some["rows"]] == sorted((row["cum"] for row in every["rows"]), reverse=True)[:3]


def test_lines_have_their_file_and_number(capsys: pytest.CaptureFixture[str]) -> None:
    rows = as_json(capsys, "top", "--granularity", "lines", CPU)["rows"]
    line = next(row for row in rows if row["name"] == "main.(*Cleaner).heavyCalculation" and row["line"] == 83)
    assert (line["file"], line["cum"]) == ("dataclean/cleaner.go", 3_840_000_000)


def test_list_names_the_line_that_burns(capsys: pytest.CaptureFixture[str]) -> None:
    (routine,) = as_json(capsys, "list", "heavyCalculation", CPU)["routines"]
    hottest = max(routine["lines"], key=lambda line: line["cum"])
    assert (hottest["line"], hottest["cum"]) == (83, 3_840_000_000)
    assert f"     3.84s     83:{hottest['text']}" in printed(capsys, "list", "heavyCalculation", CPU)
    assert "fmt.Sprintf" in hottest["text"]


def test_list_names_the_line_that_leaks(capsys: pytest.CaptureFixture[str]) -> None:
    (routine,) = as_json(capsys, "list", "keepWorkspace", LAST_HEAP)["routines"]
    assert set(routine) == {"name", "file", "flat", "cum", "source", "lines"}
    worst = max(routine["lines"], key=lambda line: line["flat"])
    assert (worst["line"], worst["flat"]) == (74, routine["flat"])
    assert "make([]byte" in worst["text"]


def test_list_finds_the_sources_beside_the_captures_from_anywhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (routine,) = as_json(capsys, "list", "keepWorkspace", LAST_HEAP)["routines"]
    assert Path(routine["source"]) == SAMPLES / "epro" / "orders.go"


def test_without_source_the_lines_are_there_all_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "cpu.pb"
    path.write_bytes(build.builder({"main.main@/gone/main.go:10;main.f@/gone/main.go:20": 3}).bytes())
    (routine,) = as_json(capsys, "list", "main.f", str(path))["routines"]
    assert routine["source"] is None
    assert routine["lines"] == [{"line": 20, "flat": 3, "cum": 3, "text": ""}]
    assert "No source: tried" in printed(capsys, "list", "main.f", str(path))


def test_info_tells_what_a_profile_is(capsys: pytest.CaptureFixture[str]) -> None:
    answer = as_json(capsys, "info", LAST_HEAP)
    assert (answer["kind"], answer["program"]) == ("heap", "epro")
    assert [each["type"] for each in answer["sample_types"]] == [
        "alloc_objects",
        "alloc_space",
        "inuse_objects",
        "inuse_space",
    ]
    assert set(answer) >= {"build_id", "time_ns", "duration_ns", "period", "samples", "functions", "comments"}


def test_every_sample_profile_is_told_for_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    for path in SAMPLES.glob("*.pb.gz"):
        kind = path.name.split(".")[1].split("-")[0]
        assert as_json(capsys, "info", str(path))["kind"] == kind, path.name


def test_tags_weigh_the_labels(capsys: pytest.CaptureFixture[str]) -> None:
    tenants = next(tag for tag in as_json(capsys, "tags", CPU)["tags"] if tag["key"] == "tenant")
    assert tenants["values"][0] == {"value": "t1", "weight": 3_350_000_000}


def test_tree_json_is_the_tree(capsys: pytest.CaptureFixture[str]) -> None:
    nodes = as_json(capsys, "tree", "--no-trim", CPU)["nodes"]
    for node in nodes:
        below = sum(child["cum"] for child in nodes if child["parent"] == nodes.index(node))
        assert node["cum"] == node["flat"] + below
    assert sum(node["cum"] for node in nodes if node["parent"] == -1) == 8_600_000_000


def test_the_inverted_tree_begins_with_what_top_calls_flat(capsys: pytest.CaptureFixture[str]) -> None:
    flat = {row["name"]: row["flat"] for row in as_json(capsys, "top", CPU)["rows"] if row["flat"]}
    nodes = as_json(capsys, "tree", "--invert", "--depth", "1", "--no-trim", CPU)["nodes"]
    assert {node["name"]: node["cum"] for node in nodes} == flat


def test_several_files_are_merged(capsys: pytest.CaptureFixture[str]) -> None:
    once, twice = as_json(capsys, "top", CPU), as_json(capsys, "top", CPU, CPU)
    assert twice["total"] == 2 * once["total"]
    assert [row["cum"] for row in twice["rows"]] == [2 * row["cum"] for row in once["rows"]]


def test_a_base_is_subtracted(capsys: pytest.CaptureFixture[str]) -> None:
    answer = as_json(capsys, "top", "--diff-base", CPU, AFTER)
    assert answer["base"] == {"file": CPU, "total": 8_600_000_000, "against": "diff_base", "normalized": False}
    assert answer["total"] == 8_600_000_000
    rows = {row["name"]: row for row in answer["rows"]}
    assert rows["main.(*Cleaner).heavyCalculation"]["cum"] == -6_420_000_000
    assert sum(row["flat"] for row in answer["rows"]) == -8_220_000_000
    scaled = as_json(capsys, "tree", "--no-trim", "--normalize", "--base", CPU, AFTER)
    assert (scaled["base"]["against"], scaled["base"]["normalized"]) == ("base", True)
    assert sum(node["cum"] for node in scaled["nodes"] if node["parent"] == -1) == -16  # what rounding leaves


def test_several_bases_are_merged(capsys: pytest.CaptureFixture[str]) -> None:
    answer = as_json(capsys, "top", "--diff-base", CPU, "--diff-base", CPU, AFTER)
    assert answer["base"]["file"] == [CPU, CPU]
    assert answer["base"]["total"] == answer["total"] == 2 * 8_600_000_000


def test_a_tree_shows_what_moved_though_it_adds_up_to_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "tree", "--normalize", "--diff-base", CPU, AFTER).splitlines()
    assert any(line.endswith("main.(*Cleaner).heavyCalculation") and "-6203.68ms" in line for line in lines)


def test_the_lines_of_a_difference_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    (routine,) = as_json(capsys, "list", "--diff-base", CPU, "heavyCalculation", AFTER)["routines"]
    assert min(routine["lines"], key=lambda line: line["cum"])["line"] == 83
    assert "    -3.84s     83:" in printed(capsys, "list", "--diff-base", CPU, "heavyCalculation", AFTER)


def test_the_labels_of_a_difference_are_weighed(capsys: pytest.CaptureFixture[str]) -> None:
    keys = {tag["key"]: tag for tag in as_json(capsys, "tags", "--diff-base", CPU, AFTER)["tags"]}
    assert keys["pprof::base"]["values"] == [{"value": "true", "weight": -8_600_000_000}]


@pytest.mark.parametrize("base", ["--diff-base", "--base"])
def test_where_nothing_differs_it_is_said(base: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("top", "tree"):
        assert "Nothing differs from the base." in printed(capsys, command, base, CPU, CPU)


def test_profiles_of_traces_are_subtracted(capsys: pytest.CaptureFixture[str]) -> None:
    trace = str(SAMPLES / "gateway.trace")
    of_it = as_json(capsys, "top", "--profile", "sched", trace)["total"]
    answer = as_json(capsys, "top", "--profile", "sched", "--diff-base", trace, trace)
    assert (answer["kind"], answer["total"], answer["base"]["total"]) == ("trace sched", of_it, of_it)
    assert answer["rows"] == []


def test_of_several_files_a_broken_one_is_reported_and_left_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["top", "--json", CPU, str(tmp_path / "gone.pb.gz")]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["total"] == 8_600_000_000
    assert err == f"goscope: {tmp_path / 'gone.pb.gz'}: no such file\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"\x1f\x8b\x08\x00", "truncated gzip after 4 bytes"),
        (b"<!DOCTYPE html><title>502</title>", "an HTML page"),
        (b'{"error": "no"}', "JSON"),
        (b"\x7fELF\x02\x01\x01" + bytes(60), "an ELF binary"),
        (b"goroutine 1 [running]:\nmain.main()\n", "a goroutine dump"),
        (b"goroutine profile: total 3\n3 @ 0x1\n", "a goroutine profile as text"),
        (b"heap profile: 1: 2 [3: 4] @ heap/1048576\n", "a heap profile as text"),
        (b"go 1.19 trace\x00\x00\x00" + bytes(64), "a Go execution trace in the format of Go 1.19"),
        (b"go 1.22 trace\x00\x00\x00" + bytes(64), "damaged at byte 16"),
    ],
)
def test_a_file_that_is_none_gets_one_line(
    content: bytes, reason: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "cpu.pb.gz"
    path.write_bytes(content)
    for command in (["top"], ["tree"], ["list", "x"], ["tags"], ["info"]):
        answer = refused(capsys, *command, str(path))
        assert answer.startswith(f"{path}: ")
        assert reason in answer


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["top", "--sample", "heap", CPU], "there are samples, cpu"),
        (["list", "(", CPU], "not a regular expression"),
        (["list", "nothing like it", CPU], "no function matches"),
        (["top", CPU, LAST_HEAP], "no sample type in common"),
        (["top", "--diff-base", LAST_HEAP, CPU], "no sample type in common"),
        (["top", "--diff-base", "gone.pb.gz", CPU], "gone.pb.gz: no such file"),
        (["top", "--base", str(SAMPLES / "gateway"), CPU], "a directory without a profile or trace in it"),
        (["top", "--normalize", CPU], "--diff-base or --base"),
        (["top", str(SAMPLES / "gateway")], "a directory without a profile or trace in it"),
    ],
)
def test_what_cannot_be_done_gets_one_line(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reason in refused(capsys, *arguments)


@pytest.mark.parametrize("arguments", [["--granularity", "atoms"], ["--base", CPU, "--diff-base", CPU]])
def test_a_usage_error_is_one_line_too(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["top", *arguments, CPU])
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


HOSTILE = "main.\x1b]0;pwned\x07\x1b[31m[red]x[/y][@click=app.quit]\u202egnp.exe\x9b2J"


def test_nothing_hostile_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "\x1b]0;name\x07.pb"
    made = build.Builder()
    made.sample([made.location(build.Frame(HOSTILE, "/s/\x1b[2J.go", 2))], 5, labels={"\x1b[1mkey": HOSTILE})
    made.mapping(HOSTILE, build_id=HOSTILE)
    made.message.comment.append(made.text(HOSTILE))
    path.write_bytes(made.bytes())
    for command in (["top"], ["tree"], ["list", "."], ["tags"], ["info"], ["top", "--json"], ["list", "--json", "."]):
        done = run([*command, str(path)])
        assert done.returncode == 0
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", done.stdout), command
    assert "\x1b" not in run(["top", str(path.with_name("\x1b]0;gone\x07"))]).stderr


def run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "tui", *arguments], capture_output=True, encoding="utf-8", check=False)


def test_a_closed_pipe_ends_it_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "tui", "top", CPU], stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert done.stderr == b""


def test_standard_input_is_a_file_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tui", "info", "--json", "-"],
        input=Path(CPU).read_bytes(),
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)["program"] == "dataclean"


def test_without_a_terminal_the_screen_says_what_prints() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tui", CPU], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "goscope top" in done.stderr


def test_captures_may_be_named_by_urls(capsys: pytest.CaptureFixture[str]) -> None:
    system = pytest.importorskip("fsspec").filesystem("memory")
    for name in ("dataclean.cpu.pb.gz", "dataclean.cpu-after.pb.gz"):
        system.pipe(f"/bucket/{name}", (SAMPLES / name).read_bytes())
    try:
        assert main(["top", str(SAMPLES / "dataclean.cpu.pb.gz")]) == 0
        expected = capsys.readouterr().out
        assert main(["top", "memory://bucket/dataclean.cpu.pb.gz"]) == 0
        assert capsys.readouterr().out == expected
        assert main(["info", "memory://bucket/*cpu.pb.gz"]) == 0
        assert "file:      memory:///bucket/dataclean.cpu.pb.gz" in capsys.readouterr().out
        base = ["--diff-base", "memory://bucket/dataclean.cpu.pb.gz"]
        assert main(["top", *base, "memory://bucket/dataclean.cpu.pb.gz"]) == 0
        assert "Nothing differs" in capsys.readouterr().out
        assert main(["top", "memory://bucket/none.pb.gz"]) == 1
        assert capsys.readouterr().err == "goscope: memory://bucket/none.pb.gz: no such file\n"
    finally:
        system.rm("/bucket", recursive=True)
