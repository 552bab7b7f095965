"""What was true while a simulated trace was written, as `parsers.trace.model` has it but with ids, names and stacks."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from tests.naive_trace.spans import ProcSpan, Span
from tests.tracewrite import UNIT, Stack, stack

UNTOLD = -2
"""A P or thread that the trace does not tell."""

UNTOLD_STACK = stack("untold")

T = TypeVar("T")


class Choices:
    """Numbers to decide by; when they are used up, all are 0."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._numbers = list(numbers)
        self._at = 0

    def __len__(self) -> int:
        return max(len(self._numbers) - self._at, 0)

    def below(self, n: int) -> int:
        self._at += 1
        return self._numbers[self._at - 1] % n if self._at <= len(self._numbers) else 0

    def of(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]


class Range(NamedTuple):
    """An `end` of -1 is none; `ended_by` is -2 then. A goroutine of -1 is none, and but for sweeps the P is UNTOLD."""

    name: str
    start: int
    end: int = -1
    goroutine: int = -1
    ended_by: int = -2
    proc: int = -1
    stack: Stack = ()
    swept: int = 0
    reclaimed: int = 0


class Task(NamedTuple):
    id: int
    parent: int
    name: str
    start: int
    end: int
    goroutine: int
    stack: Stack
    ended_by: int = -1


class Region(NamedTuple):
    goroutine: int
    task: int
    name: str
    start: int
    end: int
    stack: Stack


class Log(NamedTuple):
    time: int
    goroutine: int
    task: int
    category: str
    message: str
    stack: Stack


class Label(NamedTuple):
    time: int
    goroutine: int
    label: str


class Sample(NamedTuple):
    time: int
    thread: int
    proc: int
    goroutine: int
    stack: Stack


@dataclass(slots=True)
class Truth:
    """What happened. Times are clock units while it happens, and ns since the trace's start when it is `settled`.

    What was so already when the trace began starts at 0.
    """

    goroutines: dict[int, list[Span]] = field(default_factory=dict)
    created: set[int] = field(default_factory=set)
    told: set[int] = field(default_factory=set)  # whose entry function the stack of a change or a status tells
    procs: dict[int, list[ProcSpan]] = field(default_factory=dict)
    ranges: list[Range] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    logs: list[Log] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    numbers: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    lengths: list[dict[int, int]] = field(default_factory=list)  # per generation: how many spans there are by its end
    end: int = 0

    def reach(self, time: int) -> None:
        self.end = max(self.end, time)

    def mark(self) -> None:
        """A generation ends."""
        self.lengths.append({number: len(spans) for number, spans in self.goroutines.items()})

    def knows(self, goroutine: int) -> bool:
        return goroutine in self.goroutines

    def find_go(self, goroutine: int, state: str, own: Stack, proc: int, thread: int) -> None:
        """A goroutine is mentioned; if that is new, it has been so since the trace began."""
        self.goroutines.setdefault(goroutine, [Span(0, state, "", own, -1, proc, thread)])

    def tell(self, goroutine: int, own: Stack) -> None:
        if own:
            self.told.add(goroutine)

    def find_proc(self, proc: int, state: str, thread: int) -> None:
        """A P is mentioned, likewise."""
        self.procs.setdefault(proc, [ProcSpan(0, "idle") if state == "idle" else ProcSpan(0, "running", thread)])

    def create(self, goroutine: int) -> None:
        if goroutine not in self.goroutines:
            self.created.add(goroutine)

    def change_go(self, goroutine: int, span: Span) -> None:
        """A goroutine changes its state, no earlier than it did before: that is what clocks that disagree come to."""
        spans = self.goroutines.setdefault(goroutine, [])
        spans.append(span._replace(start=max(span.start, spans[-1].start)) if spans else span)

    def change_proc(self, proc: int, span: ProcSpan) -> None:
        """A P changes hands, likewise; what goes on in them does not show."""
        spans = self.procs[proc]
        if span[1:] != spans[-1][1:]:
            spans.append(span._replace(start=max(span.start, spans[-1].start)))

    def begin(self, each: Range) -> int:
        self.ranges.append(each)
        return len(self.ranges) - 1

    def settle(self, start: int) -> None:
        """The trace's start is known: turn clock units into ns since then."""

        def ns(time: int) -> int:
            return max(time - start, 0) * UNIT if time >= 0 else time

        self.end = ns(self.end)
        self.goroutines = {
            number: [each._replace(start=ns(each.start)) for each in spans] for number, spans in self.goroutines.items()
        }
        self.procs = {
            number: [each._replace(start=ns(each.start)) for each in spans] for number, spans in self.procs.items()
        }
        self.ranges = [each._replace(start=ns(each.start), end=ns(each.end)) for each in self.ranges]
        self.tasks = [each._replace(start=ns(each.start), end=ns(each.end)) for each in self.tasks]
        self.regions = [each._replace(start=ns(each.start), end=ns(each.end)) for each in self.regions]
        self.logs = [each._replace(time=ns(each.time)) for each in self.logs]
        self.labels = [each._replace(time=ns(each.time)) for each in self.labels]
        self.samples = [each._replace(time=ns(each.time)) for each in self.samples]
        self.numbers = {name: [(ns(time), value) for time, value in rows] for name, rows in self.numbers.items()}
