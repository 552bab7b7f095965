"""The printing commands on a trace: shapes of the JSON, what the text says, windows, one-line errors.

That the figures are those of Go's tools is held in tests/conformance.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from analysis import derive, goroutine_diff, spot
from parsers.trace.model import Generation, Trace
from tests.tracebuild import G, R, trace
from tui import commands, glyphs, trace_commands
from tui.__main__ import LANES, PERS, PROFILES, main

GATEWAY = str(Path(__file__).parents[2] / "sample-profiles" / "gateway.trace")
MS = 1_000_000
WORKER = (
    "10 runnable @main.main;main.spawn",
    "20 running",
    "30 waiting:chan receive @main.work;main.receive",
    "60 runnable @main.main;main.send",
    "61 running",
    "70 gone",
)
Print = Callable[..., str]


def built(**how: Any) -> Trace:
    def at(spans: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f"{int(span.split()[0]) * MS} {span.partition(' ')[2]}" for span in spans)

    return trace(
        G(
            "runtime.main",
            at(("0 running @runtime.main;main.main", "15 waiting:select @runtime.main;main.main")),
            False,
        ),
        G("main.work", at(WORKER)),
        G("main.work", at(("40 runnable", "41 running", "95 syscall @main.work;os.read"))),
        G("", at(("0 waiting",)), False),
        duration=100 * MS,
        ranges=[R("GC mark assist", 62 * MS, 64 * MS, 1, 1), R("GC concurrent mark phase", 0, 50 * MS)],
        **how,
    )


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has the commands read these traces, whatever the file."""

    def reading(*traces: Trace) -> None:
        left = iter(traces or [built()])

        def read_any(path: Path, **how: Any) -> Trace:
            return next(left)

        monkeypatch.setattr(commands, "read_any", read_any)
        monkeypatch.setattr(trace_commands, "read_any", read_any)

    return reading


@pytest.fixture
def printed(given: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> Print:
    def run(*arguments: str, of: Trace | None = None) -> str:
        given(of or built())
        assert main([*arguments, "a.trace"]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return run


@pytest.fixture
def refused(given: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> Print:
    def run(*arguments: str, status: int = 1) -> str:
        given()
        try:
            assert main([*arguments, "a.trace"]) == status
        except SystemExit as error:
            assert error.code == status
        out, err = capsys.readouterr()
        assert out == ""
        assert len(err.splitlines()) == 1
        return err.strip()

    return run


def rows(text: str, table: int) -> list[list[str]]:
    """The rows of a printed table, cell by cell."""
    return [line.split() for line in text.split("\n\n")[table].splitlines()[2:]]


def test_goroutines_json(printed: Print) -> None:
    answer = json.loads(printed("goroutines", "--json"))
    assert set(answer) == {"goroutines", "groups"}
    assert {each["id"]: each for each in answer["goroutines"]}[2] == {
        "id": 2,
        "name": "main.work",
        "start_ns": 10 * MS,
        "end_ns": 70 * MS,
        "total_ns": 60 * MS,
        "exec_ns": 19 * MS,
        "sched_wait_ns": 11 * MS,
        "syscall_ns": 0,
        "syscall_block_ns": 0,
        "block_ns": {"chan receive": 30 * MS},
        "range_ns": {"GC mark assist": 2 * MS},
    }
    alive = next(each for each in answer["goroutines"] if each["id"] == 4)
    assert (alive["name"], alive["start_ns"], alive["end_ns"], alive["block_ns"]) == ("", 0, None, {"": 100 * MS})
    assert [each["exec_ns"] for each in answer["goroutines"]] == [54 * MS, 19 * MS, 15 * MS, 0]


def test_groups_json_has_sums_and_how_the_goroutines_differ(printed: Print) -> None:
    answer = json.loads(printed("goroutines", "--json", "--groups"))
    assert set(answer) == {"groups"}
    group = next(each for each in answer["groups"] if each["name"] == "main.work")
    assert (group["count"], group["exec_ns"], group["sched_wait_ns"]) == (2, 73 * MS, 12 * MS)
    assert (group["block_ns"], group["range_ns"]) == ({"chan receive": 30 * MS}, {"GC mark assist": 2 * MS})
    assert group["each"]["exec_ns"] == {"min": 19 * MS, "median": 19 * MS, "p95": 54 * MS, "max": 54 * MS}
    assert group["each"]["assist_ns"]["max"] == 2 * MS


def test_json_of_nothing_is_json(printed: Print) -> None:
    assert json.loads(printed("goroutines", "--json", of=trace(duration=5))) == {"goroutines": [], "groups": []}


def test_groups_come_first_in_text(printed: Print, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    text = printed("goroutines")
    assert text.startswith("go1.26 trace  100ms  4 goroutines  1 GCs\n")
    assert rows(text, 1) == [
        ["2", "73ms", "12ms", "30ms", "5ms", "19ms", "54ms", "54ms", "61%", "running", "main.work"],
        ["1", "15ms", "0", "85ms", "0", "15ms", "15ms", "15ms", "85%", "select", "runtime.main"],
        [
            "1",
            "0",
            "0",
            "100ms",
            "0",
            "0",
            "0",
            "0",
            "100%",
            "waiting",
            "(Inactive,",
            "no",
            "stack",
            "trace",
            "sampled)",
        ],
    ]
    assert "Goroutines by exec: 4 of 4." in text
    assert [row[0] for row in rows(text, 2)] == ["3", "2", "1", "4"]


# Two traces


def longer() -> Trace:
    """The built one's worker in a trace of twice the length, waiting half as long, and one that is new."""
    return trace(
        G("main.work", ("0 running @main.work", f"{20 * MS} waiting:chan receive", f"{50 * MS} gone")),
        G("main.work", ("0 running", f"{10 * MS} gone")),
        G("main.fresh", ("0 waiting:sleep",)),
        duration=200 * MS,
        gomaxprocs=[(0, 2)],
    )


@pytest.fixture
def compared(given: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> Print:
    def run(*arguments: str) -> str:
        given(built(), longer())
        assert main(["goroutines", "--diff-base", "a.trace", *arguments, "b.trace"]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return run


def test_two_traces_side_by_side(compared: Print, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    text = compared("--sort", "chan receive")
    assert text.startswith("go1.26 trace  100ms → 200ms  4 → 3 goroutines  GOMAXPROCS - → 2  1 → 0 GCs\n")
    assert "Entry functions by the change of chan receive per second of trace.\n" in text
    assert rows(text, 1)[0] == [
        *("2", "2", "300ms", "150ms", "-150ms", "100%"),
        *("-580ms", "running", "main.work"),  # 73 of 100 ms, and 30 of 200
    ]
    found = (rows(compared("--sort", "exec", "--per", per), 1)[0] for per in ("sum", "goroutine"))
    assert [row[2:5] for row in found] == [["73ms", "30ms", "-43ms"], ["36.5ms", "15ms", "-21.5ms"]]


def test_what_is_compared_can_be_chosen(compared: Print) -> None:
    text = compared("--sort", "exec:max", "--name", "work|fresh", "-n", "1")
    assert "by the change of max of exec, one goroutine's." in text
    assert [(row[2:5], row[-1]) for row in rows(text, 1)] == [(["54ms", "20ms", "-34ms"], "main.work")]
    assert "by name, with exec per second of trace." in compared("--sort", "name")
    assert "by the change of count, with exec per goroutine." in compared("--sort", "count", "--per", "goroutine")
    windows = ("--base-window", "10ms..60ms", "--window", "20ms..40ms")
    text = compared("--sort", "chan receive", "--per", "sum", *windows)
    assert "Base: From 10ms to 60ms, 50ms.\nFrom 20ms to 40ms, 20ms.\n" in text
    assert rows(text, 1)[0][2:5] == ["30ms", "20ms", "-10ms"]


def test_json_of_two_traces_has_all_of_both(compared: Print, printed: Print) -> None:
    answer = json.loads(compared("--json", "--window", "0ms..50ms"))
    assert answer["traces"] == [
        {"side": "base", "go_version": "go1.26", "gomaxprocs": 0, "duration_ns": 100 * MS, "goroutines": 4},
        {"side": "new", "go_version": "go1.26", "gomaxprocs": 2, "duration_ns": 50 * MS, "goroutines": 3},
    ]
    groups = {each.pop("name"): each for each in answer["groups"]}
    alone = {each.pop("name"): each for each in json.loads(printed("goroutines", "--json"))["groups"]}
    assert groups["main.work"]["base"] == alone["main.work"]
    assert groups["main.work"]["new"]["block_ns"] == {"chan receive": 30 * MS}
    assert groups["main.fresh"]["base"]["count"] == 0
    assert set(groups) == {"", "main.fresh", "main.work", "runtime.main"}


@pytest.mark.parametrize("width", [80, 120])
def test_tables_fit_their_lines(printed: Print, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    text = printed("goroutines")
    # Names are never cut: they may be longer than any line.
    lines = [line.replace("(Inactive, no stack trace sampled)", "") for line in text.splitlines()]
    assert max(map(len, lines)) <= width


def test_rows_can_be_chosen_and_sorted(printed: Print) -> None:
    text = printed("goroutines", "--name", "work", "--sort", "sched_wait", "-n", "1")
    assert [row[-1] for row in rows(text, 1)] == ["main.work"]
    assert "Goroutines by sched_wait: 1 of 2." in text
    assert [row[0] for row in rows(text, 2)] == ["2"]
    text = printed("goroutines", "--groups", "--sort", "chan receive:max")
    assert "Entry functions by max of chan receive; median, p95 and max are one goroutine's." in text
    assert rows(text, 1)[0][-1] == "main.work"
    by_name = printed("goroutines", "--groups", "--sort", "name")
    assert [row[-1] for row in rows(by_name, 1)] == ["sampled)", "main.work", "runtime.main"]


def test_a_window_is_all_that_counts(printed: Print) -> None:
    for window in (["--window", "20ms..40ms"], ["--from", "20ms", "--to", "0.04s"]):
        answer = json.loads(printed("goroutines", "--json", *window))
        assert [(each["id"], each["total_ns"]) for each in answer["goroutines"]] == [
            (2, 20 * MS),
            (1, 20 * MS),
            (4, 20 * MS),
        ]
    assert "From 20ms to 40ms, 20ms." in printed("goroutines", "--window", "20ms..40ms")
    whole = json.loads(printed("goroutines", "--json", "--to", "1h"))
    assert len(whole["goroutines"]) == 4


def test_what_is_missing_is_said(printed: Print) -> None:
    note = "The last generation is cut off."
    for command in (["goroutines"], ["top", "--profile", "sync"], ["tree"], ["info"]):
        assert note in printed(*command, of=built(notes=(note,)))


def test_top_of_a_trace_says_of_which_profile(printed: Print) -> None:
    text = printed("top", "--profile", "sync")
    assert text.startswith("Profile: sync, waits for channels, mutexes and the like\nType: delay\n")
    assert "Duration: 100ms, Total samples = 115ms" in text
    answer = json.loads(printed("top", "--json"))
    assert (answer["kind"], answer["sample_type"], answer["total"]) == ("trace sched", "delay", 12 * MS)
    sampled = json.loads(printed("top", "--json", of=built(cpu=[(5, "main.main"), (6, "main.main")])))
    assert (sampled["kind"], sampled["rows"][0]["flat"]) == ("trace cpu", 20 * MS)


def test_tree_and_list_of_a_trace(printed: Print) -> None:
    nodes = json.loads(printed("tree", "--profile", "sync", "--json"))["nodes"]
    assert [(node["name"], node["cum"]) for node in nodes if node["parent"] == -1] == [
        ("runtime.main", 85 * MS),
        ("main.work", 30 * MS),
    ]
    (routine,) = json.loads(printed("list", "receive", "--profile", "sync", "--json"))["routines"]
    assert (routine["name"], routine["file"], routine["flat"]) == ("main.receive", "/src/main.go", 30 * MS)


def test_a_window_of_a_derived_profile(printed: Print) -> None:
    assert json.loads(printed("top", "--profile", "sync", "--window", "40ms..50ms", "--json"))["total"] == 20 * MS


def test_an_empty_profile_says_why(printed: Print) -> None:
    assert "No goroutine waited for the network here." in printed("top", "--profile", "net")
    assert "has no CPU samples" in printed("tree", "--profile", "cpu")


def test_several_traces_are_one_profile(given: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    given(built(), built())
    assert main(["top", "--profile", "sync", "--json", "a.trace", "b.trace"]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == 230 * MS


def test_info_of_a_trace(printed: Print) -> None:
    generations = (
        Generation(1, 10, 5, 0, 60 * MS, complete=True),
        Generation(2, 10, 5, 60 * MS, 100 * MS, complete=False),
    )
    made = built(generations=generations, counts={"GoStart": 7, "GoBlock": 12}, gomaxprocs=[(0, 4)], procs=4)
    text = printed("info", of=made)
    assert "kind:       trace\n" in text
    assert "procs:      4 (GOMAXPROCS 4)\n" in text
    assert "generation: 2, 5 events, 10B, 40ms, incomplete: provisional\n" in text
    assert text.endswith("event:      12 GoBlock\nevent:       7 GoStart\n")
    answer = json.loads(printed("info", "--json", of=made))
    assert (answer["kind"], answer["events"], answer["goroutines"], answer["gcs"]) == ("trace", 19, 4, 1)
    assert answer["counts"] == {"GoBlock": 12, "GoStart": 7}
    assert [each["complete"] for each in answer["generations"]] == [True, False]


@pytest.mark.parametrize("lanes", LANES)
def test_timeline_of_a_sample(capsys: pytest.CaptureFixture[str], lanes: str) -> None:
    assert main(["timeline", GATEWAY, "--from", "1s", "--to", "1010ms", "--lanes", lanes, "--width", "90"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert max(map(len, out.splitlines())) <= 90
    own = {"procs": "P3", "groups": "conn).serve", "goroutines": "bgsweep", "threads": "M", "tasks": "query"}
    assert own[lanes] in out


def test_timeline_in_ascii(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyphs, "_current", glyphs.current())
    assert main(["timeline", GATEWAY, "--window", "1s..1010ms", "--ascii", "-n", "2"]) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    assert "2 of 4 procs" in out
    assert main(["timeline", GATEWAY, "--name", "P3"]) == 0
    assert "P2" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["timeline", "--width", "3"], "a timeline needs"),
        (["timeline", "--name", "nobody"], "no lane matches “nobody”"),
        (["goroutines", "--from", "200ms"], "the trace ends at 100ms, before the window begins"),
        (["goroutines", "--window", "20ms..10ms"], "the window ends before it begins"),
        (["goroutines", "--window", "1ms..2ms", "--to", "3ms"], "give --window, or --from and --to, not both"),
        (["goroutines", "--sort", "wall"], "no figure “wall”: there are total, exec, sched_wait"),
        (["goroutines", "--name", "("], "“(” is not a regular expression"),
        (["goroutines", "--name", "nobody"], "no goroutine's function matches “nobody”"),
        (["top", "--from", "200ms"], "the trace ends at 100ms"),
        (["goroutines", "b.trace"], "one trace at a time, not 2 files"),
        (["goroutines", "--per", "sum"], "--per and --base-window are for comparing: give --diff-base as well"),
        (["goroutines", "--base-window", "0ms..1ms"], "--per and --base-window are for comparing"),
        (
            ["goroutines", "--diff-base", "b.trace", "--base-window", "200ms..1s"],
            "the base ends at 100ms, before the window begins",
        ),
    ],
)
def test_what_cannot_be_is_one_sentence(refused: Print, arguments: list[str], reason: str) -> None:
    assert refused(*arguments).startswith(f"goscope: {reason}")


@pytest.mark.parametrize("time", ["5", "ms", "-1ms", "1.2.3s", "10ms..", "9" * 5000 + "s"])
def test_a_time_that_is_none_is_refused(refused: Print, time: str) -> None:
    assert "is not a time such as 10ms or 1.5s" in refused("goroutines", f"--from={time}", status=2)


def test_the_command_line_knows_what_there_is() -> None:
    assert PROFILES == derive.KINDS
    assert tuple(spot.LaneKind) == LANES
    assert get_args(goroutine_diff.Per) == PERS


def test_a_profile_is_no_trace(capsys: pytest.CaptureFixture[str]) -> None:
    sample = str(Path(__file__).parents[2] / "sample-profiles" / "dataclean.cpu.pb.gz")
    assert main(["goroutines", sample]) == 1
    assert capsys.readouterr().err == f"goscope: {sample}: a profile, not an execution trace\n"
    assert main(["goroutines", "--diff-base", sample, GATEWAY]) == 1
    assert capsys.readouterr().err == f"goscope: {sample}: a profile, not an execution trace\n"
    assert main(["top", "--profile", "sched", sample]) == 1
    assert "--profile and windows are for execution traces" in capsys.readouterr().err
