"""Who began and ended user tasks, of which the trace has both ends, one, or none."""

from parsers.trace import read_trace
from tests.parsers.trace.reading import Reading
from tests.parsers.trace.truth import Task
from tests.tracewrite import NONE, UNIT, Generation, stack, trace

RUNNING, P_RUNNING = 2, 1
BEGIN, END = stack("main.begin"), stack("main.end")


def two_goroutines(number: int, start: int) -> Generation:
    """Goroutine 5 runs on thread 7, goroutine 6 on thread 8."""
    made = Generation(number)
    for thread, proc, goroutine in ((7, 0, 5), (8, 1, 6)):
        made.event(thread, start + proc, "ProcStatus", proc, P_RUNNING)
        made.event(thread, start + proc + 2, "GoStatus", goroutine, thread, RUNNING)
    return made


def test_a_task_is_ended_by_whoever_says_so() -> None:
    first, second = two_goroutines(1, 1001), two_goroutines(2, 2001)
    first.event(7, 1100, "UserTaskBegin", 1, 0, "handed over", BEGIN)
    first.event(7, 1200, "UserTaskBegin", 2, 1, "its own", BEGIN)
    first.event(7, 1300, "UserTaskEnd", 2, END)
    first.event(8, 1400, "UserTaskEnd", 9, END)  # of one that began before the trace
    second.event(8, 2100, "UserTaskEnd", 1, END)
    second.event(7, 2200, "UserTaskBegin", 3, 0, "open", BEGIN)
    second.event(NONE, 2300, "HeapAlloc", 1)

    def at(time: int) -> int:
        return (time - 1000) * UNIT

    assert Reading(read_trace(trace(first, second))).tasks() == [
        Task(1, 0, "handed over", at(1100), at(2100), 5, BEGIN, ended_by=6),
        Task(2, 1, "its own", at(1200), at(1300), 5, BEGIN, ended_by=5),
        Task(9, 0, "", -1, at(1400), -1, END, ended_by=6),
        Task(3, 0, "open", at(2200), -1, 5, BEGIN, ended_by=-1),
    ]
