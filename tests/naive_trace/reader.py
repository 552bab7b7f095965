"""Events in order: a heap of threads by the time of their next one, and times that never stand still (reader.go)."""

from collections import deque
from collections.abc import Iterator

from tests.naive_trace.order import Event, Order, stack_of
from tests.naive_trace.wire import NONE, Broken, Tables, Wire, advance, generations


def events(data: bytes) -> Iterator[Event]:
    """The events of a trace in order, each generation opened by a "sync" one. Raises Broken where Go's reader does."""
    order = Order()
    last = 0
    for tables in generations(data):
        if isinstance(tables, Broken):
            yield _sync(last + 1)
            raise tables
        for event in _ordered(order, tables):
            time = max(event.time, last + 1)
            last = time
            yield event._replace(time=time)
    yield _sync(last + 1)


def _sync(time: int) -> Event:
    return Event(time, time, "sync", "", NONE, NONE, NONE, NONE, (), ())


def _ordered(order: Order, tables: Tables) -> Iterator[Event]:
    heap: list[Wire] = []
    for thread, batches in tables.threads.items():
        wire = Wire(thread, batches)
        if advance(wire, tables):
            _insert(heap, wire)
    yield _sync(tables.nanoseconds(tables.start))
    samples = deque(sorted(tables.samples, key=lambda each: tables.nanoseconds(each[0])))
    while heap or samples:
        if samples and (not heap or tables.nanoseconds(samples[0][0]) < heap[0].time):
            time, thread, proc, goroutine, stack = samples.popleft()
            time = tables.nanoseconds(time)
            yield Event(time, time, "sample", "CPUSample", thread, thread, proc, goroutine, stack_of(tables, stack), ())
            continue
        if not _step(order, tables, heap, 0):
            heap.sort(key=lambda each: each.time)
            if not any(_step(order, tables, heap, at) for at in range(1, len(heap))):
                raise Broken("failed to advance")
        while order.ready:
            yield order.ready.popleft()


def _step(order: Order, tables: Tables, heap: list[Wire], at: int) -> bool:
    if not order.advance(heap[at], tables):
        return False
    if advance(heap[at], tables):
        _update(heap, at)
    else:
        _remove(heap, at)
    return True


# The heap, as Go's: which of two equal times goes first depends on it.


def _insert(heap: list[Wire], wire: Wire) -> None:
    heap.append(wire)
    _sift_up(heap, len(heap) - 1)


def _update(heap: list[Wire], at: int) -> None:
    if _sift_up(heap, at) == at:
        _sift_down(heap, at)


def _remove(heap: list[Wire], at: int) -> None:
    while at > 0:
        above = (at - 1) // 2
        heap[above], heap[at] = heap[at], heap[above]
        at = above
    heap[0], heap[-1] = heap[-1], heap[0]
    heap.pop()
    _sift_down(heap, 0)


def _sift_up(heap: list[Wire], at: int) -> int:
    while at > 0 and heap[(at - 1) // 2].time > heap[at].time:
        above = (at - 1) // 2
        heap[above], heap[at] = heap[at], heap[above]
        at = above
    return at


def _sift_down(heap: list[Wire], at: int) -> None:
    while True:
        least = min(
            (each for each in (at, 2 * at + 1, 2 * at + 2) if each < len(heap)), key=lambda i: heap[i].time, default=at
        )
        if least == at:
            return
        heap[at], heap[least] = heap[least], heap[at]
        at = least
