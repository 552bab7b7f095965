"""Work on columns cut into chunks that fit the cache, on every core: NumPy lets go of the interpreter while it
computes.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

In = TypeVar("In")
Out = TypeVar("Out")

# Beyond a few threads the memory's bandwidth is what is left to wait for.
_MOST_THREADS = 4


def in_order(work: Callable[[In], Out], chunks: Sequence[In], *, ahead: int = 0) -> Iterator[Out]:
    """`work` of each chunk, in order, with no more than `ahead` of them taken on before the one that is next, or twice
    as many as there are threads.
    """
    threads = min(
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        _MOST_THREADS,
    )
    if len(chunks) < 2 or threads < 2:
        yield from map(work, chunks)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Out]] = deque()
        try:
            for chunk in chunks:
                waiting.append(pool.submit(work, chunk))
                if len(waiting) > (ahead or 2 * threads):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
