"""Results kept on the capture they were worked out from, for as long as it lives."""

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast


class Remembers(Protocol):
    """A Profile or a Trace: columns that results can be kept on."""

    @property
    def memo(self) -> dict[Any, Any]: ...


C = TypeVar("C", bound=Remembers)
P = ParamSpec("P")
T = TypeVar("T")
# A capture looked at in a few ways needs a few results; one that is explored for hours must not keep them all.
_KEPT = 64


def memo(function: Callable[Concatenate[C, P], T]) -> Callable[Concatenate[C, P], T]:
    """Remember a pure function's last results in the `memo` of its capture. Its arguments must be hashable."""
    return _remembering(function, _KEPT)


def memo_few(function: Callable[Concatenate[C, P], T]) -> Callable[Concatenate[C, P], T]:
    """As `memo`, for results with a row per goroutine or the like: that of the whole is kept, and that of a window."""
    return _remembering(function, 2)


def memo_last(most: int) -> Callable[[Callable[Concatenate[C, P], T]], Callable[Concatenate[C, P], T]]:
    """As `memo`, for results that weigh something: only the `most` last ones are kept."""
    return lambda function: _remembering(function, most)


def _remembering(function: Callable[Concatenate[C, P], T], most: int) -> Callable[Concatenate[C, P], T]:
    @wraps(function)
    def remembering(capture: C, *args: P.args, **kwargs: P.kwargs) -> T:
        key: Hashable = (function, args, tuple(sorted(kwargs.items())))
        if key not in capture.memo:
            result = function(capture, *args, **kwargs)
            mine = [old for old in list(capture.memo) if isinstance(old, tuple) and old[0] is function]
            for old in mine[: len(mine) - most + 1]:
                capture.memo.pop(old, None)
            capture.memo[key] = result
        kept: T = capture.memo[key]
        return kept

    return cast(Callable[Concatenate[C, P], T], remembering)
