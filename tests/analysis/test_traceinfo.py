"""What a trace is."""

from analysis.traceinfo import trace_info
from parsers.trace.model import Generation
from tests.tracebuild import G, R, trace


def test_what_is_counted() -> None:
    about = trace_info(
        trace(
            G("runtime.main", ["0 running @runtime.main;main.main"]),
            G("main.work", ["5 runnable @main.main"]),
            duration=1000,
            ranges=[
                R("GC concurrent mark phase", 0, 500),
                R("GC concurrent mark phase", 700, 900),
                R("stop-the-world (GC sweep termination)", 10, 30, 0, 0),
                R("stop-the-world (read mem stats)", 600, 605, 0, 0),
                R("GC mark assist", 100, 400, 0, 0),
            ],
            cpu=[(10, "main.main")],
            procs=4,
            threads=7,
            gomaxprocs=[(0, 4), (500, 2)],
            counts={"GoStart": 3, "GoBlock": 9, "ProcStart": 3},
            notes=("The file is cut off.",),
            wall_ns=77,
        )
    )
    assert (about.goroutines, about.procs, about.threads, about.gomaxprocs) == (2, 4, 7, 2)
    assert (about.gcs, about.stops, about.stw_ns, about.longest_stw_ns) == (2, 2, 25, 20)
    assert (about.go_version, about.wall_ns, about.duration_ns) == ("go1.26", 77, 1000)
    assert (about.events, list(about.counts)) == (15, ["GoBlock", "GoStart", "ProcStart"])
    assert (about.cpu_samples, about.notes) == (1, ("The file is cut off.",))


def test_what_is_provisional() -> None:
    generations = (Generation(1, 10, 5, 0, 600, complete=True), Generation(2, 10, 5, 600, 1000, complete=False))
    made = trace(G("main.main", ["0 running"]), duration=1000, generations=generations)
    assert trace_info(made).provisional_ns == 600
    assert trace_info(trace(G("main.main", ["0 running"]), duration=1000)).provisional_ns == 1000


def test_a_trace_of_nothing() -> None:
    about = trace_info(trace(duration=0))
    assert (about.gomaxprocs, about.gcs, about.stw_ns, about.program, about.events) == (0, 0, 0, "", 0)
