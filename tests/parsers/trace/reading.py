"""A Trace in the words of `tests.parsers.trace.truth`: ids, names and stacks instead of rows."""

from parsers.errors import ParseError
from parsers.trace import Trace, read_trace
from parsers.trace.model import ProcState, State
from tests.naive_trace.spans import ProcSpan, Span
from tests.parsers.trace.truth import UNTOLD, Label, Log, Range, Region, Sample, Task
from tests.tracewrite import Frame, Stack

_STATES = {State.SYSCALL_BLOCKED: "blocked"}


def read(data: bytes, *, compat: bool = False, latest: bool = False) -> Trace | None:
    """The trace, None where it is refused as it should be."""
    try:
        return read_trace(data, compat=compat, latest=latest)
    except ParseError as refusal:
        assert str(refusal)
        assert "\n" not in str(refusal)
        return None


class Reading:
    """What a Trace says, by id."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._stacks = [self._stack(row) for row in range(len(trace.stacks))]
        self._threads = [*trace.threads.tolist(), -1]
        self._goids = [int(each) for each in trace.goroutines.id.astype("int64")]
        self._procs = [*trace.procs.id.astype("int64").tolist(), -1]

    def _stack(self, row: int) -> Stack:
        stacks, strings = self.trace.stacks, self.trace.strings
        frames = stacks.frame[stacks.offsets[row] : stacks.offsets[row + 1]].tolist()
        return tuple(
            Frame(strings[stacks.function[each]], strings[stacks.file[each]], int(stacks.line[each])) for each in frames
        )

    def _go(self, row: int) -> int:
        return self._goids[row] if row >= 0 else row

    def goroutines(self) -> dict[int, list[Span]]:
        """The spans of each goroutine."""
        spans, offsets, reasons = self.trace.spans, self.trace.goroutines.offsets, self.trace.reasons
        columns = (spans.start, spans.state, spans.reason, spans.stack, spans.by, spans.proc, spans.thread)
        rows = [
            Span(
                start,
                _STATES.get(State(state), State(state).name.lower()),
                reasons[reason],
                self._stacks[stack],
                self._go(by),
                self._procs[proc],
                self._threads[thread],
            )
            for start, state, reason, stack, by, proc, thread in zip(
                *(column.tolist() for column in columns), strict=True
            )
        ]
        return {number: rows[offsets[at] : offsets[at + 1]] for at, number in enumerate(self._goids)}

    def created(self) -> set[int]:
        return {number for number, created in zip(self._goids, self.trace.goroutines.created, strict=True) if created}

    def names(self) -> dict[int, str]:
        names = self.trace.goroutines.name.tolist()
        return {number: self.trace.strings[name] for number, name in zip(self._goids, names, strict=True)}

    def procs(self) -> dict[int, list[ProcSpan]]:
        procs = self.trace.procs
        rows = [
            ProcSpan(start, ProcState(state).name.lower(), self._threads[thread])
            for start, state, thread in zip(
                procs.start.tolist(), procs.state.tolist(), procs.thread.tolist(), strict=True
            )
        ]
        return {self._procs[at]: rows[procs.offsets[at] : procs.offsets[at + 1]] for at in range(len(procs))}

    def ranges(self) -> list[Range]:
        """The ranges, in the trace's order; a sweep is a P's, of the others it is not told."""
        found, names = self.trace.ranges, self.trace.range_names
        columns = (found.name, found.start, found.end, found.goroutine, found.ended_by, found.stack, found.proc)
        sizes = list(zip(found.swept.tolist(), found.reclaimed.tolist(), strict=True))
        return [
            Range(
                names[name],
                start,
                end,
                self._go(go),
                self._go(by),
                self._procs[proc] if names[name] == "GC incremental sweep" else UNTOLD,
                self._stacks[stack],
                *sizes[at],
            )
            for at, (name, start, end, go, by, stack, proc) in enumerate(
                zip(*(column.tolist() for column in columns), strict=True)
            )
        ]

    def tasks(self) -> list[Task]:
        found, texts = self.trace.tasks, self.trace.strings
        columns = (found.id, found.parent, found.name, found.start, found.end, found.goroutine, found.stack)
        rows = zip(*(each.tolist() for each in (*columns, found.ended_by)), strict=True)
        return [
            Task(number, parent, texts[name], start, end, self._go(go), self._stacks[stack], self._go(by))
            for number, parent, name, start, end, go, stack, by in rows
        ]

    def regions(self) -> list[Region]:
        found, texts = self.trace.regions, self.trace.strings
        columns = (found.goroutine, found.task, found.name, found.start, found.end, found.stack)
        return [
            Region(self._go(go), task, texts[name], start, end, self._stacks[stack])
            for go, task, name, start, end, stack in zip(*(each.tolist() for each in columns), strict=True)
        ]

    def logs(self) -> list[Log]:
        found, texts = self.trace.logs, self.trace.strings
        columns = (found.time, found.goroutine, found.task, found.category, found.message, found.stack)
        return [
            Log(time, self._go(go), task, texts[category], texts[message], self._stacks[stack])
            for time, go, task, category, message, stack in zip(*(each.tolist() for each in columns), strict=True)
        ]

    def labels(self) -> list[Label]:
        found, texts = self.trace.labels, self.trace.strings
        columns = (found.time, found.goroutine, found.label)
        return [
            Label(time, self._go(go), texts[label])
            for time, go, label in zip(*(each.tolist() for each in columns), strict=True)
        ]

    def samples(self) -> list[Sample]:
        found = self.trace.cpu_samples
        columns = (found.time, found.thread, found.proc, found.goroutine, found.stack)
        return [
            Sample(time, self._threads[thread], self._procs[proc], self._go(go), self._stacks[stack])
            for time, thread, proc, go, stack in zip(*(each.tolist() for each in columns), strict=True)
        ]

    def series(self) -> dict[str, list[tuple[int, int]]]:
        found = {"ProcsChange": self.trace.gomaxprocs, "HeapAlloc": self.trace.heap, "HeapGoal": self.trace.heap_goal}
        return {
            name: list(zip(each.time.tolist(), each.value.tolist(), strict=True))
            for name, each in found.items()
            if len(each)
        }
