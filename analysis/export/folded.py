"""Folded stacks: a line for each distinct stack, as flamegraph.pl and its kin read them."""

from collections.abc import Iterator, Sequence

from analysis.export.stacks import Stacks, distinct_stacks
from analysis.samples import sample_index
from analysis.view import View
from parsers.profile.model import Int64, Profile

# What stands for a stack of which the view hides everything, so that the lines still add up.
NO_FRAMES = "[no frames]"
# Lines that are written together.
_CHUNK = 4096


def folded(profile: Profile, view: View) -> Iterator[str]:
    """Lines `root;child;leaf value`, sorted, in the unit of the sample type; each piece ends with a whole line.

    A difference with the base's samples in it (`analysis.diff.Against.DIFF_BASE`) has two values, as difffolded.pl
    writes them: what there was in the base, and what there is now. Under BASE there is one, which may be negative.
    Stacks that come to nothing are left out. A `;` in a name, which would end it, becomes `:`. Raises ViewError.
    """
    index = sample_index(profile, view.sample)
    stacks = distinct_stacks(profile, View(granularity=view.granularity, inlines=view.inlines, mine=view.mine))
    names = [folded_name(label) for label in stacks.labels]
    columns = columns_of(stacks, index)
    for first in range(0, len(stacks), _CHUNK):
        last = min(first + _CHUNK, len(stacks))
        yield "".join(_lines(stacks, names, [column[first:last].tolist() for column in columns], first))


def columns_of(stacks: Stacks, index: int) -> list[Int64]:
    """int64 per stack: its weight, or of a difference that in the base and that in what was compared."""
    values = stacks.values[:, index]
    if stacks.base is None:
        return [values]
    base = stacks.base[:, index]
    return [base, values + base]


def folded_name(label: str) -> str:
    """A label that does not end the frame or the line; all else that could is cleaned by the parsers."""
    return label.replace(";", ":").replace("\n", " ").replace("\r", " ")


def _lines(stacks: Stacks, names: Sequence[str], columns: list[list[int]], first: int) -> Iterator[str]:
    bounds = stacks.offsets[first : first + len(columns[0]) + 1].tolist()
    path = stacks.path[bounds[0] : bounds[-1]].tolist()
    for row, weights in enumerate(zip(*columns, strict=True)):
        if any(weights):
            frames = [names[rank] for rank in path[bounds[row] - bounds[0] : bounds[row + 1] - bounds[0]]]
            yield f"{';'.join(frames) or NO_FRAMES} {' '.join(map(str, weights))}\n"
