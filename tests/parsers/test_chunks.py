"""Work in chunks: in order, bounded, and stopped by what goes wrong."""

import threading

import pytest

from parsers.chunks import in_order


@pytest.mark.parametrize("n", [0, 1, 2, 100])
def test_results_come_in_order(n: int) -> None:
    assert list(in_order(lambda x: x * x, range(n))) == [x * x for x in range(n)]


def test_what_goes_wrong_in_a_chunk_reaches_the_caller() -> None:
    def work(x: int) -> int:
        if x == 7:
            raise ValueError("seven")
        return x

    done: list[int] = []
    with pytest.raises(ValueError, match="seven"):
        done.extend(in_order(work, range(50)))


def test_no_more_is_worked_ahead_than_there_is_use_for() -> None:
    lock, begun = threading.Lock(), [0]

    def work(x: int) -> int:
        with lock:
            begun[0] += 1
        return x

    ahead = []
    for taken, _ in enumerate(in_order(work, range(200)), 1):
        with lock:
            ahead.append(begun[0] - taken)
    assert begun[0] == 200
    assert max(ahead) <= 8


def test_a_caller_that_stops_early_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    results = in_order(lambda x: x, range(1000))
    assert next(iter(results)) == 0
    results.close()  # type: ignore[attr-defined]
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and "ThreadPoolExecutor" in thread.name:
            thread.join(10)
    assert threading.active_count() <= before
