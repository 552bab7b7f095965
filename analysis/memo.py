"""Results kept on the profile they were worked out from, for as long as it lives."""

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from parsers.profile.model import Profile

P = ParamSpec("P")
T = TypeVar("T")
# A profile looked at in a few ways needs a few results; one that is explored for hours must not keep them all.
_KEPT = 64


def memo(function: Callable[Concatenate[Profile, P], T]) -> Callable[Concatenate[Profile, P], T]:
    """Remember a pure function's last results in `Profile.memo`. Its arguments must be hashable."""

    @wraps(function)
    def remembering(profile: Profile, *args: P.args, **kwargs: P.kwargs) -> T:
        key: Hashable = (function, args, tuple(sorted(kwargs.items())))
        if key not in profile.memo:
            result = function(profile, *args, **kwargs)
            for old in list(profile.memo)[: len(profile.memo) - _KEPT + 1]:
                profile.memo.pop(old, None)
            profile.memo[key] = result
        kept: T = profile.memo[key]
        return kept

    return cast(Callable[Concatenate[Profile, P], T], remembering)
