"""The commands for many captures as their users run them.

Figures are those of `go tool pprof` (Go 1.27.3) on the sample profiles.
"""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from capture.open import read
from tests import build
from tui import glyphs, series_commands
from tui.__main__ import main

SAMPLES = Path(__file__).parents[2] / "sample-profiles"
HOUR = 3600 * 10**9
Print = Callable[..., str]


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of 120 columns, whose glyphs are as they were when the test is over."""
    monkeypatch.setattr(glyphs, "_current", glyphs.current())
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Print:
    def run(*arguments: object, status: int = 0, complaint: str = "") -> str:
        assert main([str(each) for each in arguments]) == status
        out, err = capsys.readouterr()
        assert err == (f"goscope: {complaint}\n" if complaint else "")
        return out

    return run


def write(path: Path, stacks: dict[str, int], *, time: int = 0, kind: str = "inuse_space", **what: Any) -> Path:
    """A heap profile in which every sample type has these weights."""
    made = build.builder({stack: (value,) * 4 for stack, value in stacks.items()}, types=build.HEAP, default=kind)
    made.message.time_nanos = time
    if program := what.get("program"):
        mapping = made.mapping(f"/bin/{program}", build_id=what.get("build", ""))
        for location in made.message.location:
            location.mapping_id = mapping
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(made.bytes()))
    return path


def growing(folder: Path, *, name: str = "heap", values: tuple[int, ...] = (5, 7, 9), **what: Any) -> Path:
    """A folder with a series in which `leak` has these values, an hour apart."""
    for i, value in enumerate(values):
        write(folder / f"{name}.{i}.pb.gz", {"main;leak": value, "main;same": 100}, time=(i + 1) * HOUR, **what)
    return folder


def cells(text: str) -> list[list[str]]:
    """The rows of the table, cell by cell."""
    lines = text.splitlines()
    heading = next(i for i, line in enumerate(lines) if line.split()[:2] in (["kind", "newest"], ["first", "last"]))
    return [line.split() for line in lines[heading + 1 :]]


# captures


def test_the_samples_in_their_series(printed: Print) -> None:
    rows = cells(printed("captures", SAMPLES))
    assert [(row[-1], row[0]) for row in rows if row[-1] in ("epro", "trace")] == [("epro", "allocs"), ("epro", "heap")]
    heap = next(row for row in rows if row[0] == "heap" and row[-1] == "epro")
    assert heap[3:] == ["8", "13.96kB", "132.23MB", "▃▃▄▅▆▇██", "epro"]
    trace = next(row for row in rows if row[:1] == ["trace"] and "gateway" in row)
    assert trace[3:] == ["1", "1.41MB", "2s", "gateway"]


def test_captures_as_json(printed: Print) -> None:
    answer = json.loads(printed("captures", SAMPLES, "--json"))
    assert answer["loose"] == []
    (heap,) = (each for each in answer["series"] if (each["program"], each["kind"]) == ("epro", "heap"))
    assert heap["build_id"] == "f3329cf6ca48cd96142e5b26e66a3b2a75e97764"
    assert [Path(each["file"]).name for each in heap["captures"]] == [f"epro.heap.0{n}.pb.gz" for n in range(1, 9)]
    last = heap["captures"][-1]
    assert (last["state"], last["reason"], last["totals"]["inuse_space"]) == ("complete", "", 138653508)
    path = SAMPLES / "epro.heap.08.pb.gz"
    assert (last["size"], last["mtime_ns"]) == (path.stat().st_size, path.stat().st_mtime_ns)
    (trace,) = (each for each in answer["series"] if (each["program"], each["kind"]) == ("gateway", "trace"))
    assert trace["captures"][0]["totals"] == {}
    assert 1.9 * 10**9 < trace["captures"][0]["duration_ns"] < 2.1 * 10**9


def test_what_cannot_be_read_is_listed_with_its_reason(printed: Print, tmp_path: Path) -> None:
    growing(tmp_path, program="app")
    (tmp_path / "heap.3.pb.gz").write_bytes((tmp_path / "heap.2.pb.gz").read_bytes()[:50])
    (tmp_path / "cpu.pb.gz").write_text("<html>")
    (tmp_path / "README").write_text("Not a capture.")
    (tmp_path / "t.trace").write_bytes((SAMPLES / "gateway.trace").read_bytes()[:1_000_000])
    text = printed("captures", tmp_path)
    assert [row[-1] for row in cells(text)[:2]] == ["app", "gateway"]
    assert cells(text)[1][-3:-1] == ["1", "growing"]
    assert text.partition("\n\n")[2].splitlines() == [
        f"{tmp_path}/t.trace: still being written: truncated after 1000000 bytes (still being written?)",
        f"{tmp_path}/cpu.pb.gz: unreadable: not a pprof profile but an HTML page (of a login, or of an error?)",
        f"{tmp_path}/heap.3.pb.gz: still being written: truncated gzip after 50 bytes (still being written?)",
    ]
    loose = json.loads(printed("captures", tmp_path, "--json"))["loose"]
    assert [(Path(each["file"]).name, each["state"]) for each in loose] == [
        ("cpu.pb.gz", "unreadable"),
        ("heap.3.pb.gz", "still being written"),
    ]


def test_where_nothing_can_be_read_the_status_says_so(printed: Print, tmp_path: Path) -> None:
    (tmp_path / "heap.pb.gz").write_text("<html>")
    nothing = "none of the files could be read"
    assert "unreadable" in printed("captures", tmp_path, status=1, complaint=nothing)
    assert json.loads(printed("captures", tmp_path, "--json", status=1, complaint=nothing))["series"] == []
    empty = tmp_path / "empty"
    empty.mkdir()
    complaint = f"{empty}: a directory without a profile or trace in it"
    for command in ("captures", "trend"):
        assert printed(command, empty, status=1, complaint=complaint) == ""
    complaint = f"{tmp_path}/gone.pb: no such file"
    assert printed("trend", tmp_path / "gone.pb", status=1, complaint=complaint) == ""
    complaint = "standard input: one capture, no series: name files or directories"
    assert printed("trend", "-", status=1, complaint=complaint) == ""


def test_directories_below_are_looked_into_when_asked(printed: Print, tmp_path: Path) -> None:
    growing(tmp_path / "a", program="app")
    growing(tmp_path / "b", program="app", values=(4,))
    (tmp_path / "c.pb").write_bytes(build.builder({"main": 5}).bytes())
    assert [row[3] for row in cells(printed("captures", tmp_path))] == ["1"]
    assert sorted(row[3] for row in cells(printed("captures", tmp_path, "-r"))) == ["1", "4"]
    assert [row[3] for row in cells(printed("captures", tmp_path / "a", tmp_path / "b"))] == ["4"]


def test_builds_of_one_program_are_told_apart(printed: Print, tmp_path: Path) -> None:
    growing(tmp_path, name="x", program="app", build="0123456789")
    growing(tmp_path, name="y", program="app", build="abcdef0123")
    assert [row[-3:] for row in cells(printed("captures", tmp_path))] == [
        ["app", "build", "01234567"],
        ["app", "build", "abcdef01"],
    ]


def test_in_ascii_and_on_a_narrow_terminal(printed: Print, monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed("captures", SAMPLES, "--ascii").isascii()
    assert printed("trend", SAMPLES, "--kind", "heap", "--ascii").isascii()
    monkeypatch.setenv("COLUMNS", "80")
    assert max(map(len, printed("captures", SAMPLES).splitlines())) <= 80
    table = [line for line in printed("trend", SAMPLES, "--kind", "heap").splitlines() if "main." in line]
    assert max(map(len, table)) <= 80


def test_nothing_hostile_is_printed(printed: Print, tmp_path: Path) -> None:
    name = "\x1b]0;name\x07"
    for n in (1, 2):
        write(tmp_path / f"{name}{n}.pb", {"main.\x1b[31m": n}, time=n)
    (tmp_path / f"{name}.pb").write_text("<html>")
    for arguments in (["captures"], ["captures", "--json"], ["trend"], ["trend", "--json"]):
        assert "\x1b" not in printed(*arguments, tmp_path)


# trend


def test_the_leak_is_found(printed: Print) -> None:
    text = printed("trend", SAMPLES, "--sample", "inuse_space", "--granularity", "lines")
    assert cells(text)[0] == [
        "18.50MB",
        "127.22MB",
        "+21.86GB",
        "yes",
        "▃▃▄▅▆▇██",
        "main.keepWorkspace",
        "epro/orders.go:74",
    ]
    assert not [row for row in cells(text)[1:] if "yes" in row]
    head = text.splitlines()
    assert head[:4] == [
        "File: epro",
        "Build ID: f3329cf6ca48cd96142e5b26e66a3b2a75e97764",
        "Kind: heap",
        "Type: inuse_space",
    ]
    assert head[4].startswith("Captures: 8, from 2026-11-2")
    assert head[5] == "Total: 23.52MB to 132.23MB, +21.86GB per hour"


def test_trend_as_json(printed: Print) -> None:
    answer = json.loads(printed("trend", SAMPLES, "--sample", "inuse_space", "--json"))
    assert (answer["program"], answer["kind"], answer["sample_type"], answer["unit"]) == (
        "epro",
        "heap",
        "inuse_space",
        "bytes",
    )
    assert answer["differences"] is False
    assert [each["total"] for each in answer["captures"]][::7] == [24660024, 138653508]
    leak = answer["rows"][0]
    assert (leak["name"], leak["first"], leak["last"], leak["monotonic"]) == (
        "main.keepWorkspace",
        19403146,
        133396630,
        True,
    )
    assert leak["slope_per_hour"] == pytest.approx(answer["slope_per_hour"])
    assert [len(each["values"]) for each in answer["rows"]] == [8] * len(answer["rows"])
    assert len(json.loads(printed("trend", SAMPLES, "--kind", "heap", "--json", "-n", "1"))["rows"]) == 1


def test_allocations_are_told_between_captures(printed: Print, tmp_path: Path) -> None:
    growing(tmp_path, values=(5, 7, 19), kind="alloc_space")
    text = printed("trend", tmp_path)
    assert "Counted since the program's start" in text
    assert cells(text)[0][:4] == ["2B", "12B", "+10B", "yes"]
    answer = json.loads(printed("trend", tmp_path, "--json"))
    assert answer["differences"] is True
    assert [(Path(each["file"]).name, each["total"]) for each in answer["captures"]] == [
        ("heap.1.pb.gz", 2),
        ("heap.2.pb.gz", 12),
    ]


def test_without_times_it_is_per_capture(printed: Print, tmp_path: Path) -> None:
    for n, value in ((2, 5), (10, 8)):
        write(tmp_path / f"heap.{n}.pb.gz", {"leak": value})
    text = printed("trend", tmp_path)
    assert "slopes are per capture" in text
    assert text.splitlines()[0] == f"Files: {tmp_path}/heap.#.pb.gz"
    assert cells(text)[0][:3] == ["5B", "8B", "+3B"]
    assert json.loads(printed("trend", tmp_path, "--json"))["rows"][0]["slope_per_capture"] == pytest.approx(3)


def test_how_rows_are_chosen_and_ordered(printed: Print, tmp_path: Path) -> None:
    growing(tmp_path)
    assert [row[-1] for row in cells(printed("trend", tmp_path))] == ["leak", "same"]
    assert [row[-1] for row in cells(printed("trend", tmp_path, "--sort", "last"))] == ["same", "leak"]
    assert [row[-1] for row in cells(printed("trend", tmp_path, "--by", "cum"))] == ["main", "leak", "same"]
    text = printed("trend", tmp_path, "-n", "1")
    assert [row[-1] for row in cells(text)] == ["leak"]
    assert "Showing top 1 nodes out of 2" in text
    assert cells(printed("trend", tmp_path, "--unit", "kB"))[1][:2] == ["0.10kB", "0.10kB"]


def test_a_capture_that_cannot_be_read_is_left_out(printed: Print, tmp_path: Path) -> None:
    growing(tmp_path)
    (tmp_path / "heap.7.pb.gz").write_text("<html>")
    text = printed("trend", tmp_path)
    assert f"Left out: {tmp_path}/heap.7.pb.gz: not a pprof profile but an HTML page" in text
    assert "Captures: 3," in text


def test_which_series_is_meant(printed: Print, tmp_path: Path) -> None:
    growing(tmp_path, name="x", program="one", build="b1")
    growing(tmp_path, name="y", program="two", build="b2")
    growing(tmp_path, name="z", program="two", build="b2", kind="alloc_space", values=(1, 2, 4, 8))
    write(tmp_path / "w.pb.gz", {"main": 3}, program="three")
    choose = "choose a series with --kind or --program, or name its files: there are"
    every = "one heap b1 (3), two allocs b2 (4), two heap b2 (3)"
    assert printed("trend", tmp_path, status=1, complaint=f"{choose} {every}") == ""
    both = "one heap b1 (3), two heap b2 (3)"
    assert printed("trend", tmp_path, "--sample", "inuse_space", status=1, complaint=f"{choose} {both}") == ""

    def meant(*arguments: str) -> tuple[str, str]:
        answer = json.loads(printed("trend", tmp_path, "--json", *arguments))
        return answer["program"], answer["kind"]

    assert meant("--sample", "alloc_space") == ("two", "allocs")
    assert meant("--sample", "inuse_space", "--program", "two") == ("two", "heap")
    assert meant("--kind", "allocs") == meant("--kind", "allocs", "--program", "b2") == ("two", "allocs")
    assert meant("--program", "b1") == ("one", "heap")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--kind", "cpu"], "there is no such series of profiles: there is app heap (3)"),
        (["--program", "ap"], "there is no such series of profiles: there is app heap (3)"),
        (["--sample", "cpu"], "no series has a sample type “cpu”: there is app heap (3)"),
        (["--sample", "7"], "no series has a sample type “7”: there is app heap (3)"),
    ],
)
def test_what_there_is_not_is_one_sentence(
    printed: Print, tmp_path: Path, arguments: list[str], complaint: str
) -> None:
    growing(tmp_path, program="app")
    assert printed("trend", tmp_path, *arguments, status=1, complaint=complaint) == ""


def test_one_capture_is_no_trend(printed: Print, tmp_path: Path) -> None:
    growing(tmp_path, values=(5,))
    complaint = "a trend needs 2 captures at least, and there is 1"
    assert printed("trend", tmp_path, status=1, complaint=complaint) == ""
    shutil.copy(SAMPLES / "gateway.trace", tmp_path / "heap.0.pb.gz")
    complaint = "there is no such series of profiles: there is gateway trace (1)"
    assert printed("trend", tmp_path, status=1, complaint=complaint) == ""


def test_a_capture_that_goes_meanwhile_is_reported(
    printed: Print, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing(tmp_path, values=(5, 7, 9, 11))

    def reading(path: Path, **how: Any) -> Any:
        if path.name == "heap.1.pb.gz":
            path.unlink()
        return read(path, **how)

    monkeypatch.setattr(series_commands, "read", reading)
    text = printed("trend", tmp_path, status=1, complaint=f"{tmp_path}/heap.1.pb.gz: no such file")
    assert "Captures: 3," in text
    assert cells(text)[0][:2] == ["5B", "11B"]


def test_why_a_capture_was_taken(printed: Print, tmp_path: Path) -> None:
    growing(tmp_path, program="app")
    because = "go_goroutines > 5000: go_goroutines 7,312"
    (tmp_path / "heap.2.pb.gz.why").write_text(f"{because}\nrule: go_goroutines > 5000\n")
    text = printed("captures", tmp_path)
    assert text.partition("\n\n")[2].splitlines() == [f"{tmp_path}/heap.2.pb.gz: {because}"]
    (series,) = json.loads(printed("captures", tmp_path, "--json"))["series"]
    said = {Path(each["file"]).name: each["why"] for each in series["captures"]}
    assert said.pop("heap.2.pb.gz") == f"{because}\nrule: go_goroutines > 5000"
    assert set(said.values()) == {""}
    named = sorted(tmp_path.iterdir())
    assert printed("captures", *named) == text
