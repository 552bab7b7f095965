"""One rule of the order of events a trace, written by hand: what is true though the clock or the place says otherwise.

Times are clock units since the trace's start; an event is its thread, its time, its name and its arguments. Thread 0
is none.
"""

from parsers.trace import read_trace
from tests.naive_trace.summary import Summary
from tests.parsers.trace.reading import Reading
from tests.tracewrite import NONE, UNIT, Argument, Generation, stack, trace

RUNNABLE, RUNNING, SYSCALL, WAITING = 1, 2, 3, 4
P_RUNNING, P_IDLE, P_SYSCALL, P_ABANDONED = 1, 2, 3, 4

Event = tuple[int | str | tuple[object, ...], ...]
START = 1000


def read(*generations: list[Event], compat: bool = False) -> Reading:
    made = []
    for number, events in enumerate(generations, start=1):
        generation = Generation(number, known=("known",))
        for thread, time, name, *arguments in events:
            generation.event(thread or NONE, START + time, name, *arguments)  # type: ignore[operator, arg-type]
        made.append(generation)
    assert generations[0][0][1] == 1, "the trace begins one unit before its first event"
    data = trace(*made)
    assert not Summary(data).error, "what Go does not read proves nothing"
    return Reading(read_trace(data, compat=compat))


def spans(reading: Reading, goroutine: int) -> list[tuple[float, str]]:
    """Start, in units since the trace's, and state."""
    return [(each.start / UNIT, each.state) for each in reading.goroutines()[goroutine]]


def running(thread: int, time: int, proc: int, goroutine: int) -> list[Event]:
    """The statuses by which a thread says that it runs a goroutine."""
    return [(thread, time, "ProcStatus", proc, P_RUNNING), (thread, time + 1, "GoStatus", goroutine, thread, RUNNING)]


def test_what_is_found_has_been_so_since_the_trace_began() -> None:
    reading = read([*running(7, 1, 0, 1), (0, 50, "GoStatus", 2, NONE, WAITING)])
    assert spans(reading, 1) == [(0, "running")]
    assert spans(reading, 2) == [(0, "waiting")]
    assert reading.created() == set()


def test_a_late_status_moves_nothing() -> None:
    """Told when the next generation is well under way; Go's reader puts all that was before then behind it."""
    events = [(7, 104, "GoBlock", "sleep", ()), (7, 106, "GoUnblock", 1, 1, ()), (7, 108, "GoStart", 1, 2)]
    generations = [
        [*running(7, 1, 0, 1), (0, 5000, "GoStatus", 2, NONE, WAITING)],
        [*running(7, 100, 0, 1), *events, (0, 5100, "GoStatus", 2, NONE, WAITING)],
    ]
    reading = read(*generations)
    assert spans(reading, 1) == [(0, "running"), (104, "waiting"), (106, "runnable"), (108, "running")]
    assert spans(reading, 2) == [(0, "waiting")]
    pushed = [time for time, _ in spans(read(*generations, compat=True), 1)]
    assert pushed[-1] - pushed[-3] < 1


def test_numbers_order_what_clocks_do_not() -> None:
    """Thread 8's clock is behind: it wakes the goroutine, by its own account, before that blocks on thread 7."""
    reading = read(
        [
            *running(7, 1, 0, 1),
            *running(8, 2, 1, 2),
            (7, 60, "GoBlock", "sync", stack("main.wait", "main.one")),
            (8, 40, "GoUnblock", 1, 1, stack("main.wake", "main.two")),
            (7, 70, "GoStart", 1, 2),
        ]
    )
    assert spans(reading, 1) == [(0, "running"), (60, "waiting"), (60, "runnable"), (70, "running")]
    woken = reading.goroutines()[1][2]
    assert (woken.by, woken.stack, woken.thread) == (2, stack("main.wake", "main.two"), 8)


def test_a_call_is_blocked_from_the_loss_of_its_p() -> None:
    reading = read(
        [
            *running(7, 1, 0, 1),
            (7, 10, "GoSyscallBegin", 1, stack("os.read", "main.one")),
            (8, 20, "ProcSteal", 0, 2, 7),
            (7, 30, "GoSyscallEndBlocked"),
            (7, 40, "ProcStart", 0, 3),
            (7, 50, "GoStart", 1, 1),
        ]
    )
    expected = [(0, "running"), (10, "syscall"), (20, "blocked"), (30, "runnable"), (50, "running")]
    assert spans(reading, 1) == expected
    assert [(each.start / UNIT, each.state, each.thread) for each in reading.procs()[0]] == [
        (0, "running", 7),
        (20, "idle", -1),
        (40, "running", 7),
    ]


def test_a_p_is_lost_in_the_generation_after_the_call_began() -> None:
    """The thief knows no more of it than that it is being stolen."""
    reading = read(
        [*running(7, 1, 0, 1), (7, 10, "GoSyscallBegin", 1, ())],
        [
            (8, 100, "ProcStatus", 0, P_ABANDONED),
            (8, 110, "ProcSteal", 0, 1, 7),
            (0, 120, "GoStatus", 1, 7, SYSCALL),
        ],
    )
    assert spans(reading, 1) == [(0, "running"), (10, "syscall"), (110, "blocked")]
    assert [(each.start / UNIT, each.state) for each in reading.procs()[0]] == [(0, "running"), (110, "idle")]


def test_a_p_first_heard_of_as_stolen_is_idle() -> None:
    """Whose system call it was in is not told: that goroutine is blocked when it is found."""
    reading = read(
        [
            (8, 1, "ProcStatus", 0, P_ABANDONED),
            (8, 2, "ProcSteal", 0, 1, 7),
            (7, 30, "GoStatus", 1, 7, SYSCALL),
            (7, 31, "GoSyscallEndBlocked"),
        ]
    )
    assert spans(reading, 1) == [(0, "blocked"), (31, "runnable")]
    assert [each.state for each in reading.procs()[0]] == ["idle"]


def test_a_p_got_anew_during_the_call_is_kept() -> None:
    """The call ends in the next generation, where the thread first says that its P is running."""
    reading = read(
        [
            *running(7, 1, 0, 1),
            (7, 10, "GoSyscallBegin", 1, ()),
            (8, 20, "ProcSteal", 0, 2, 7),
            (7, 30, "ProcStart", 0, 3),
        ],
        [
            (7, 100, "ProcStatus", 0, P_RUNNING),
            (7, 101, "GoStatus", 1, 7, SYSCALL),
            (7, 102, "GoSyscallEndBlocked"),
            (7, 110, "GoStart", 1, 1),
        ],
    )
    assert spans(reading, 1) == [(0, "running"), (10, "syscall"), (20, "blocked"), (102, "runnable"), (110, "running")]
    assert [each.proc for each in reading.goroutines()[1]][-2:] == [0, 0]


def test_a_callback_lives_several_times() -> None:
    """C calls into Go, and again: one goroutine, gone in between, and in one generation."""
    reading = read(
        [
            (7, 1, "GoCreateSyscall", 1),
            (7, 2, "ProcStatus", 0, P_IDLE),
            (7, 3, "ProcStart", 0, 1),
            (7, 4, "GoSyscallEndBlocked"),
            (7, 5, "GoStart", 1, 1),
            (7, 6, "GoSyscallBegin", 2, ()),
            (7, 10, "GoDestroySyscall"),
            (7, 20, "GoCreateSyscall", 1),
            (7, 30, "GoDestroySyscall"),
        ],
        [(7, 100, "GoCreateSyscall", 1), (7, 110, "GoDestroySyscall"), (7, 120, "GoCreateSyscall", 1)],
    )
    assert spans(reading, 1) == [
        (1, "syscall"),
        (4, "runnable"),
        (5, "running"),
        (6, "syscall"),
        (10, "gone"),
        (20, "syscall"),
        (30, "gone"),
        (100, "syscall"),
        (110, "gone"),
        (120, "syscall"),
    ]


def test_a_status_that_says_what_is_known_is_no_change() -> None:
    """Not even behind the creation that made it known in the same generation."""
    created: list[Event] = [(7, 10, "GoCreate", 2, stack("main.two"), ()), (7, 20, "GoStatus", 2, NONE, RUNNABLE)]
    reading = read([*running(7, 1, 0, 1), *created, (7, 30, "GoStop", "preempted", ()), (7, 40, "GoStart", 2, 1)])
    assert spans(reading, 2) == [(10, "runnable"), (40, "running")]
    called: list[Event] = [(7, 1, "GoCreateSyscall", 1), (7, 2, "GoSyscallEndBlocked")]
    called += [(7, 3, "GoStatus", 1, NONE, RUNNABLE), (7, 4, "ProcStatus", 0, P_IDLE)]
    reading = read([*called, (7, 5, "ProcStart", 0, 1), (7, 6, "GoStart", 1, 1)])
    assert spans(reading, 1) == [(1, "syscall"), (2, "runnable"), (6, "running")]


def test_coroutines_hand_over_to_one_another() -> None:
    reading = read(
        [
            *running(7, 1, 0, 1),
            (7, 10, "GoCreateBlocked", 2, stack("main.coroutine"), stack("main.one")),
            (7, 20, "GoSwitch", 2, 1),
            (7, 30, "GoSwitchDestroy", 1, 1),
        ]
    )
    assert [state for state in spans(reading, 1) if state[1] != "runnable"] == [
        (0, "running"),
        (20, "waiting"),
        (30, "running"),
    ]
    assert [state for state in spans(reading, 2) if state[1] != "runnable"] == [
        (10, "waiting"),
        (20, "running"),
        (30, "gone"),
    ]
    assert reading.names()[2] == "main.coroutine"


def test_an_assist_is_open_over_generations() -> None:
    """What says so comes later than the next generation's own word."""
    active: Event = ("GCMarkAssistActive", 2)
    reading = read(
        [*running(7, 1, 0, 1), (0, 500, "GoStatus", 2, NONE, WAITING), (0, 501, *active)],
        [
            *running(7, 100, 0, 1),
            (7, 110, "GoStatus", 2, NONE, WAITING),
            (7, 111, *active),
            (7, 120, "GoUnblock", 2, 1, ()),
            (7, 130, "GoBlock", "sleep", ()),
            (7, 140, "GoStart", 2, 2),
            (7, 150, "GCMarkAssistEnd"),
        ],
    )
    (assist,) = reading.ranges()
    assert (assist.start, assist.end / UNIT, assist.goroutine, assist.ended_by) == (0, 150, 2, 2)


def test_only_stacks_of_its_own_name_a_goroutine() -> None:
    """Who wakes it is not what it runs."""
    events: list[Event] = [
        (7, 10, "GoStatus", 2, NONE, WAITING),
        (7, 11, "GoUnblock", 2, 1, stack("main.wake", "main.one")),
    ]
    reading = read([*running(7, 1, 0, 1), *events])
    assert reading.names() == {1: "", 2: ""}
    told = read([*running(7, 1, 0, 1), *events, (7, 20, "GoBlock", "sleep", stack("time.Sleep", "main.one"))])
    assert told.names() == {1: "main.one", 2: ""}


def test_arguments_are_written_as_they_are_read() -> None:
    """The writer's own check: a string or a stack is one whatever its number."""
    argument: Argument = stack("main.f")
    generation = Generation()
    assert [generation.string(""), generation.string("a"), generation.string("a")] == [0, 1, 1]
    assert [generation.stack(()), generation.stack(stack("main.f")), generation.stack(stack("main.f"))] == [0, 1, 1]
    assert argument
