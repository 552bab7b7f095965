"""A profile's file names rewritten, for sources that lie elsewhere than where they were built."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from parsers.profile.model import Functions, Profile


def with_files(profile: Profile, rewrite: Callable[[str], str]) -> Profile:
    """The profile with every function's file name put through `rewrite`."""
    places = {text: row for row, text in enumerate(profile.strings)}
    functions = profile.functions
    rows = np.arange(len(profile.strings), dtype=np.int32)
    for row in np.unique(functions.filename[functions.filename > 0]):
        rows[row] = places.setdefault(rewrite(profile.strings[row]), len(places))
    return replace(
        profile,
        functions=Functions(functions.name, functions.system_name, rows[functions.filename], functions.start_line),
        strings=tuple(places),
        memo={},
    )
