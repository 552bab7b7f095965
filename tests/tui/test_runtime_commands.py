"""`goscope runtime` and `goscope tasks`: shapes and figures of the JSON, what the text says, one-line errors.

That the figures are those of Go's tools is held in tests/conformance.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from analysis.derive import derived
from parsers.trace import read_trace
from parsers.trace.model import Trace
from tests.tracebuild import G, R, Region, Task, trace
from tui import glyphs, runtime_commands, trace_commands
from tui.__main__ import PAGES, main

SAMPLES = Path(__file__).parents[2] / "sample-profiles"
GATEWAY, DATACLEAN = (str(SAMPLES / f"{name}.trace") for name in ("gateway", "dataclean"))
MS = 1_000_000
RUNTIME_KEYS = {
    "duration_ns": int,
    "gomaxprocs": [[int]],
    "gcs": [
        {
            "start_ns": int,
            "duration_ns": int,
            "assist_ns": int,
            "heap_start": int | None,
            "heap_end": int | None,
            "goal": int | None,
            "workers": int,
            "marking_ns": int,
        }
    ],
    "stw": [{"start_ns": int, "duration_ns": int, "kind": str, "goroutine": int | None}],
    "mmu": {"1ms": float, "10ms": float, "100ms": float, "1s": float},
    "sched_latency": {"count": int, "p50_ns": int, "p95_ns": int, "p99_ns": int, "max_ns": int},
    "idle_while_runnable_ns": int,
}
TYPE_KEYS = {"name": str, "count": int, "complete": int, "p50_ns": int, "p95_ns": int, "max_ns": int}
TASK_KEYS = {
    "id": int,
    "parent": int,
    "name": str,
    "start_ns": int | None,
    "end_ns": int | None,
    "goroutines": [int],
    "exec_ns": int,
    "sched_wait_ns": int,
    "block_ns": int,
    "syscall_ns": int,
    "gc_ns": int,
    "logs": int,
    "regions": int,
}
Print = Callable[..., str]


@cache
def sample(path: str, compat: bool) -> Trace:
    return read_trace(Path(path).read_bytes(), compat=compat)


@pytest.fixture(autouse=True)
def _own_glyphs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyphs, "_current", glyphs.current())


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Print:
    """What a command prints of a built trace, or of a sample, which is read but once."""

    def run(*arguments: str, of: Trace | None = None, sample_of: str = GATEWAY) -> str:
        def read_any(path: Path, *, compat: bool, **how: Any) -> Trace:
            return of or sample(str(path), compat)

        monkeypatch.setattr(trace_commands, "read_any", read_any)
        assert main([*arguments, sample_of]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return run


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Print:
    def run(*arguments: str, status: int = 1) -> str:
        try:
            assert main([*arguments]) == status
        except SystemExit as error:
            assert error.code == status
        out, err = capsys.readouterr()
        assert out == ""
        assert len(err.splitlines()) == 1
        return err.strip()

    return run


def assert_shaped(value: Any, shape: Any) -> None:
    """These keys in this order and no others, and values of these types."""
    if isinstance(shape, dict):
        assert list(value) == list(shape)
        for key, each in shape.items():
            assert_shaped(value[key], each)
    elif isinstance(shape, list):
        assert isinstance(value, list)
        for each in value:
            assert_shaped(each, shape[0])
    else:
        assert isinstance(value, shape)
        assert not isinstance(value, bool)


def built(**how: Any) -> Trace:
    """A server on one P, which is stopped once, collects once, and answers two of three tasks."""

    def at(*spans: str) -> tuple[str, ...]:
        return tuple(f"{int(span.split()[0]) * MS} {span.partition(' ')[2]}" for span in spans)

    ranges = (
        ("stop-the-world (GC sweep termination)", 40, 42, 1, 1),
        ("GC concurrent mark phase", 42, 52, -1, -1),
        ("GC mark assist", 62, 64, 1, 1),
    )
    return trace(
        G("runtime.main", at("0 running #0", "15 waiting:select @main.main"), False),
        G(
            "main.work",
            at(
                "10 runnable by:0 @main.main;main.spawn",
                "20 running #0",
                "30 waiting:chan receive @main.work;main.receive",
                "60 runnable by:2 @main.send",
                "61 running #0",
                "70 gone",
            ),
        ),
        G("main.send", at("30 running #0", "61 waiting:sync @main.send;sync.(*Mutex).Lock"), False),
        duration=100 * MS,
        ranges=[R(name, start * MS, end * MS, *who) for name, start, end, *who in ranges],
        procs=[at("0 running", "15 idle", "20 running", "70 idle")],
        gomaxprocs=[(0, 1)],
        heap=[(41 * MS, 1000), (52 * MS, 700)],
        heap_goal=[(30 * MS, 2000)],
        **how,
    )


def tasks() -> dict[str, Any]:
    made = (Task(1, "job", 20, 70, 1, 2), Task(2, "job", 30, 40, 2, 2, 1), Task(3, "late", 65, -1, 1))
    times = [(each, max(each.start, -1) * MS, each.end * MS if each.end >= 0 else -1) for each in made]
    return {
        "tasks": [
            Task(each.id, each.name, start, end, each.goroutine, each.ended_by, each.parent)
            for each, start, end in times
        ],
        "regions": [Region(2, 1, "send", 45 * MS, 55 * MS)],
        "logs": [(25 * MS, 1, 1), (35 * MS, 2, 2), (36 * MS, 2, 2)],
    }


# goscope runtime --json


@pytest.mark.parametrize("path", [GATEWAY, DATACLEAN])
@pytest.mark.parametrize("arguments", [(), ("--compat",), ("--window", "100ms..200ms")])
def test_runtime_json_has_these_keys(printed: Print, path: str, arguments: tuple[str, ...]) -> None:
    answer = json.loads(printed("runtime", "--json", *arguments, sample_of=path))
    assert_shaped(answer, RUNTIME_KEYS)
    assert answer["gcs"]
    assert answer["stw"]


def test_runtime_json_of_a_small_trace(printed: Print) -> None:
    assert json.loads(printed("runtime", "--json", of=built())) == {
        "duration_ns": 100 * MS,
        "gomaxprocs": [[0, 1]],
        "gcs": [
            {
                "start_ns": 42 * MS,
                "duration_ns": 10 * MS,
                "assist_ns": 2 * MS,
                "heap_start": 1000,
                "heap_end": 700,
                "goal": 2000,
                "workers": 0,
                "marking_ns": 0,
            }
        ],
        "stw": [{"start_ns": 40 * MS, "duration_ns": 2 * MS, "kind": "GC sweep termination", "goroutine": 2}],
        # Nothing is left while the world is stopped, and on the only P none to the program in an assist.
        "mmu": {"1ms": 0.0, "10ms": 0.8, "100ms": 0.96, "1s": 0.96},
        "sched_latency": {
            "count": 2,
            "p50_ns": 1 * MS,
            "p95_ns": 10 * MS,
            "p99_ns": 10 * MS,
            "max_ns": 10 * MS,
        },
        "idle_while_runnable_ns": 5 * MS,
    }


def test_runtime_json_of_a_window_is_of_what_lies_in_it(printed: Print) -> None:
    answer = json.loads(printed("runtime", "--json", "--window", "17ms..41ms", of=built()))
    assert (answer["gcs"], len(answer["stw"])) == ([], 1)
    assert answer["sched_latency"] == {"count": 1, **dict.fromkeys(["p50_ns", "p95_ns", "p99_ns", "max_ns"], 3 * MS)}
    assert answer["idle_while_runnable_ns"] == 3 * MS
    whole = json.loads(printed("runtime", "--json", of=built()))
    assert [answer[key] for key in ("mmu", "duration_ns")] == [whole[key] for key in ("mmu", "duration_ns")]


def test_runtime_json_of_nothing_is_json(printed: Print) -> None:
    answer = json.loads(printed("runtime", "--json", of=trace(duration=0)))
    assert_shaped(answer, RUNTIME_KEYS)
    assert (answer["gcs"], answer["stw"], answer["gomaxprocs"], answer["sched_latency"]["count"]) == ([], [], [], 0)


@pytest.mark.parametrize(
    ("path", "procs", "cycles", "stops", "stopped", "latencies"),
    [(GATEWAY, 4, 33, 66, 18_082_368, 64_936), (DATACLEAN, 2, 94, 189, 34_622_976, 14_304)],
)
def test_runtime_json_of_the_samples(
    printed: Print, path: str, procs: int, cycles: int, stops: int, stopped: int, latencies: int
) -> None:
    answer = json.loads(printed("runtime", "--json", sample_of=path))
    assert [value for _, value in answer["gomaxprocs"]] == [procs]
    assert (len(answer["gcs"]), len(answer["stw"])) == (cycles, stops)
    assert sum(each["duration_ns"] for each in answer["stw"]) == stopped
    assert answer["sched_latency"]["count"] == latencies
    assert 0 < answer["idle_while_runnable_ns"] < answer["duration_ns"]
    least = list(answer["mmu"].values())
    assert least == sorted(least)
    # Marking begins with the world still stopped from sweep termination, and one cycle behind the other.
    ends = [each["start_ns"] + each["duration_ns"] for each in answer["gcs"]]
    assert all(end <= each["start_ns"] for end, each in zip(ends, answer["gcs"][1:], strict=False))
    assert all(each["start_ns"] >= 0 and each["duration_ns"] >= 0 for each in (*answer["gcs"], *answer["stw"]))


@pytest.mark.parametrize("path", [GATEWAY, DATACLEAN])
def test_compat_counts_what_go_counts(printed: Print, path: str) -> None:
    true, compat = (json.loads(printed("runtime", "--json", *how, sample_of=path)) for how in ((), ("--compat",)))
    contentions = derived(sample(path, True), "sched").values[:, 0].sum()
    assert compat["sched_latency"]["count"] == contentions < true["sched_latency"]["count"]
    # Go counts a mark worker once more each time that it goes on.
    assert compat["mmu"] != true["mmu"]


# Its pages


def test_pages_are_known_to_both() -> None:
    assert tuple(runtime_commands.PAGES) == tuple(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_as_text_and_as_json_has_the_same_rows(
    printed: Print, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    rows = json.loads(printed("runtime", "--page", page, "--json"))["rows"]
    assert rows
    assert len({tuple(row) for row in rows}) == 1
    few = json.loads(printed("runtime", "--page", page, "--json", "-n", "3"))["rows"]
    assert few == rows[:3]
    text = printed("runtime", "--page", page, "-n", "3")
    assert text.startswith("go1.26 trace  2s  2620 goroutines  GOMAXPROCS 4  33 GCs")
    lines = text.splitlines()
    if len(rows) > 3:
        assert lines.pop() == f"3 of {len(rows):,} rows"
    names = [next((value for value in reversed(row.values()) if isinstance(value, str)), "") for row in few]
    assert all(name in line for name, line in zip(names, lines[-len(few) :], strict=True))
    whole = printed("runtime", "--page", page, "-n", "0").splitlines()
    assert len(whole) == len(lines) - len(few) + len(rows)


@pytest.mark.parametrize(
    ("page", "by"),
    [("pauses", "duration_ns"), ("latency", "total_ns"), ("longest", "wait_ns"), ("blocking", "total_ns")],
)
def test_a_page_has_first_what_matters_most(printed: Print, page: str, by: str) -> None:
    values = [row[by] for row in json.loads(printed("runtime", "--page", page, "--json"))["rows"]]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", [60, 80, 200])
def test_pages_fit_their_lines(printed: Print, monkeypatch: pytest.MonkeyPatch, page: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = printed("runtime", "--page", page, "-n", "1").splitlines()
    # Sentences are for people to fold, and names are never cut; but pictures and the heads of tables fit.
    assert lines[-1].startswith("1 of ")
    head = lines[-3]
    assert any(word in head for word in ("max", "took", "window", "waited", "busy"))
    assert len(head) <= width
    picture = [line for line in lines if line.startswith((" window ", " GC, stops", " Ps busy", " heap ", " spread "))]
    assert all(len(line) <= width for line in picture)
    assert len(picture) == {"overview": 4, "load": 3, "latency": 1}.get(page, 0)


@pytest.mark.parametrize("page", PAGES)
def test_pages_in_ascii(printed: Print, page: str) -> None:
    text = printed("runtime", "--page", page, "--ascii")
    assert text.isascii()
    assert len(text.splitlines()) > 4


@pytest.mark.parametrize("page", PAGES)
def test_pages_of_a_window_and_of_nothing(printed: Print, page: str) -> None:
    text = printed("runtime", "--page", page, "--window", "1s..1010ms")
    assert "From 1s to 1.01s, 10ms." in text
    empty = printed("runtime", "--page", page, of=trace(duration=0))
    assert len(empty.splitlines()) > 2
    assert isinstance(json.loads(printed("runtime", "--page", page, "--json", of=trace(duration=0)))["rows"], list)


def test_a_page_of_a_window_has_less(printed: Print) -> None:
    rows = json.loads(printed("runtime", "--page", "gc", "--json", "--window", "1s..1500ms"))["rows"]
    every = json.loads(printed("runtime", "--page", "gc", "--json"))["rows"]
    inside = [row for row in every if row["start_ns"] < 1500 * MS and row["start_ns"] + row["duration_ns"] > 1000 * MS]
    assert rows == inside
    assert 0 < len(rows) < len(every)


# goscope tasks


def test_tasks_json_has_these_keys(printed: Print) -> None:
    for arguments in ((), ("--compat",), ("--http",), ("--group", "main.(*client).search.func1")):
        answer = json.loads(printed("tasks", "--json", *arguments))
        assert_shaped(answer, {"types": [TYPE_KEYS], "tasks": [TASK_KEYS]})
        assert sum(each["count"] for each in answer["types"]) == len(answer["tasks"]) > 0


def test_tasks_json_of_a_small_trace(printed: Print) -> None:
    answer = json.loads(printed("tasks", "--json", of=built(**tasks())))
    job = {"name": "job", "count": 2, "complete": 2, "p50_ns": 10 * MS, "p95_ns": 50 * MS, "max_ns": 50 * MS}
    late = {"name": "late", "count": 1, "complete": 0, "p50_ns": 0, "p95_ns": 0, "max_ns": 0}
    assert answer["types"] == [job, late]
    first, second, third = answer["tasks"]
    # The one that began it ran 10 ms, waited 30 ms, was runnable for 1 ms and ran 9 ms; the other ran in its region.
    assert first == {
        "id": 1,
        "parent": 0,
        "name": "job",
        "start_ns": 20 * MS,
        "end_ns": 70 * MS,
        "goroutines": [2, 3],
        "exec_ns": 29 * MS,
        "sched_wait_ns": 1 * MS,
        "block_ns": 30 * MS,
        "syscall_ns": 0,
        "gc_ns": 2 * MS,
        "logs": 1,
        "regions": 1,
    }
    assert (second["id"], second["parent"], second["logs"], second["goroutines"]) == (2, 1, 2, [3])
    assert (second["exec_ns"], second["block_ns"]) == (10 * MS, 0)
    assert (third["start_ns"], third["end_ns"], third["name"], third["exec_ns"]) == (65 * MS, None, "late", 5 * MS)


def test_tasks_json_can_be_chosen(printed: Print) -> None:
    def ids(*arguments: str) -> list[int]:
        return [each["id"] for each in json.loads(printed("tasks", "--json", *arguments, of=built(**tasks())))["tasks"]]

    assert ids("--task", "3") == [3]
    assert ids("--task", "2", "--name", "^j") == [2]
    assert ids("--name", "l.te") == [3]
    assert ids("--name", "nobody") == []
    assert ids("-n", "1") == [1, 3]
    assert ids("--window", "25ms..35ms") == [1, 2]
    assert ids("--group", "main.work") == [2]


def test_tasks_of_the_gateway(printed: Print, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    answer = json.loads(printed("tasks", "--json"))
    assert [(each["name"], each["count"], each["complete"]) for each in answer["types"]] == [
        ("query", 199, 199),
        ("", 4, 0),
    ]
    slowest = answer["tasks"][0]
    assert slowest["end_ns"] - slowest["start_ns"] == answer["types"][0]["max_ns"]
    assert {each["start_ns"] is None for each in answer["tasks"] if not each["name"]} == {True}
    text = printed("tasks")
    assert "199 of query, median 13.3ms, p95 92.3ms, max 205ms" in text
    assert f"query task {slowest['id']} took 205ms: 120ms wait group ← sleep" in text
    assert "No user tasks" not in text


@pytest.mark.parametrize("width", ["60", "100", "200"])
def test_a_tasks_breakdown(printed: Print, monkeypatch: pytest.MonkeyPatch, width: str) -> None:
    monkeypatch.setenv("COLUMNS", width)
    text = printed("tasks", "--task", "1600", "-n", "2")
    assert "\nquery task 1600 took 141ms: " in text
    told = text.partition("query task 1600")[2]
    headings = ("what held it up", "who woke whom", "what happened, in order")
    places = [told.index(each) for each in headings]
    assert places == sorted(places)
    for what in ("region quota", "region search", "log tenant: t1", "wait group", "sleep", "main.(*client).search"):
        assert what in told
    assert "task 1631" not in told


def test_a_tasks_type_is_found_by_its_id(printed: Print) -> None:
    text = printed("tasks", "--task", "1528", "-n", "1")
    assert "4 of tasks of no known name" in text
    assert "1 of 4 rows" in text
    assert "task 1528  (not whole) took 7.39ms" in text


def test_tasks_by_name_may_be_other_requests(printed: Print) -> None:
    text = printed("tasks", "--name", r"search\.func1$", "-n", "2")
    assert "606 of main.(*client).search.func1" in text
    assert "No user tasks" not in text
    assert "1,023 of HTTP requests" in printed("tasks", "--http", "-n", "1")


def test_tasks_in_ascii(printed: Print) -> None:
    text = printed("tasks", "--ascii", "--task", "1600", "-n", "2")
    assert text.isascii()
    assert "query task 1600 took" in text


def test_without_tasks_http_requests_are_looked_at(printed: Print) -> None:
    text = printed("tasks", sample_of=DATACLEAN)
    assert "No user tasks in this trace (runtime/trace.NewTask): requests are taken to be what net/http" in text
    assert "83 of HTTP requests" in text
    assert "\nHTTP request G6 took 18.1ms: " in text
    assert json.loads(printed("tasks", "--json", sample_of=DATACLEAN)) == {"types": [], "tasks": []}
    assert len(json.loads(printed("tasks", "--json", "--http", sample_of=DATACLEAN))["tasks"]) == 83
    one = printed("tasks", "--task", "22", "-n", "1", sample_of=DATACLEAN)
    assert "HTTP request G22 took 16ms" in one


def test_without_those_lives_of_goroutines_are(printed: Print) -> None:
    text = printed("tasks", of=built())
    assert "requests are taken to be the lives of the goroutines that run main.work." in text
    assert "\nmain.work G2 took 60ms: " in text


def test_with_none_of_them_it_says_so(printed: Print) -> None:
    nothing = trace(G("main.main", ["0 running"], False), duration=100)
    text = printed("tasks", of=nothing)
    assert "The trace has no tasks, no HTTP requests, and no goroutine that both began and ended in it." in text
    assert len(text.splitlines()) == 3
    assert json.loads(printed("tasks", "--json", of=nothing)) == {"types": [], "tasks": []}
    assert json.loads(printed("tasks", "--json", "--task", "1", of=nothing)) == {"types": [], "tasks": []}


# What cannot be


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--group", "main.nobody"], "no requests “main.nobody” in the trace: goscope tasks lists what there is"),
        (["--group", "main.nobody", "--json"], "no requests “main.nobody” in the trace"),
        (["--task", "99999"], "no 99999 among “query” here: goscope tasks --json lists their ids"),
        (["--task", "99999", "--json"], "no 99999 among “query” here"),
        (["--task", "1", "--http"], "no 1 among “HTTP requests” here"),
        (["--task", "1600", "--window", "1500ms..1600ms"], "no 1600 among “query” here"),
        (["--name", "nobody"], "no requests “nobody” in the trace"),
        (["--name", "("], "“(” is not a regular expression"),
        (["--from", "5s"], "the trace ends at 2s, before the window begins"),
        (["--window", "20ms..10ms"], "the window ends before it begins"),
        ([DATACLEAN], "one trace at a time, not 2 files"),
    ],
)
def test_what_cannot_be_is_one_sentence(refused: Print, arguments: list[str], reason: str) -> None:
    assert refused("tasks", *arguments, GATEWAY).startswith(f"goscope: {reason}")
    if not arguments[0].startswith(("--group", "--task", "--name")):
        assert refused("runtime", *arguments, GATEWAY).startswith(f"goscope: {reason}")


@pytest.mark.parametrize("how", [(), ("--json",)])
def test_http_of_a_trace_without_any(refused: Print, monkeypatch: pytest.MonkeyPatch, how: tuple[str, ...]) -> None:
    monkeypatch.setattr(trace_commands, "read_any", lambda path, **_: built())
    sentence = "goscope: no requests “HTTP requests” in the trace: goscope tasks lists what there is"
    assert refused("tasks", "--http", *how, "a.trace") == sentence


@pytest.mark.parametrize("command", ["runtime", "tasks"])
@pytest.mark.parametrize("how", [(), ("--json",)])
def test_files_that_are_no_traces(refused: Print, tmp_path: Path, command: str, how: tuple[str, ...]) -> None:
    empty, header, missing = (tmp_path / name for name in ("empty.trace", "header.trace", "missing.trace"))
    empty.write_bytes(b"")
    header.write_bytes(Path(GATEWAY).read_bytes()[:16])
    profile = SAMPLES / "dataclean.cpu.pb.gz"
    for path, reason in (
        (empty, "empty file (still being written?)"),
        (header, "a trace without events: nothing follows its header (still being written?)"),
        (missing, "no such file"),
        (profile, "a profile, not an execution trace"),
    ):
        assert refused(command, *how, str(path)) == f"goscope: {path}: {reason}"


def test_a_cut_trace_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut = tmp_path / "cut.trace"
    cut.write_bytes(Path(GATEWAY).read_bytes()[:700_000])
    for command in ("runtime", "tasks"):
        assert main([command, str(cut)]) == 0
        assert "truncated after 700000 bytes (still being written?)" in capsys.readouterr().out
        assert main([command, "--json", str(cut)]) == 0
        assert json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    "arguments",
    [["tasks", "--task", "x"], ["tasks", "--http", "--group", "f"], ["runtime", "--page", "why"], ["runtime", "-n=-1"]],
)
def test_what_is_no_option_is_refused(refused: Print, arguments: list[str]) -> None:
    assert refused(*arguments, GATEWAY, status=2).startswith(f"goscope {arguments[0]}: argument ")


def test_what_is_taken_from_the_program_can_be_chosen(printed: Print, refused: Print) -> None:
    """Less taken is more left, and pauses alone leave most of a short window."""

    def left(*flags: str) -> list[float]:
        found = json.loads(printed("runtime", "--json", *(["--flags", ",".join(flags)] if flags else [])))["mmu"]
        return [found[each] for each in ("1ms", "10ms", "100ms", "1s")]

    usual, swept, stopped = left(), left("stw", "mark", "assist", "sweep"), left("stw")
    assert usual == left("assist", "mark", "stw")
    assert all(a <= b <= c for a, b, c in zip(swept, usual, stopped, strict=True)) and swept != usual != stopped
    assert "by pauses, sweeping;" in printed("runtime", "--page", "utilisation", "--flags", "stw,sweep")
    assert "“mark2” is none of stw, mark" in refused("runtime", "--flags", "mark2", GATEWAY, status=2)
