"""Hypothesis strategies for recordings of the small scheduler."""

from random import Random

from hypothesis import strategies as st

from tests.parsers.trace.simulate import Recording, record

VERSIONS = (22, 23, 25, 26)
_MOST = 1200  # numbers; a step decides some four times


def _numbers() -> st.SearchStrategy[list[int]]:
    """What to decide by: short and chosen with care, or long and thrown."""
    careful = st.lists(st.integers(0, (1 << 16) - 1), max_size=_MOST)
    thrown = st.builds(
        lambda seed, size: Random(seed).choices(range(1 << 16), k=size), st.integers(0, 1 << 32), st.integers(0, _MOST)
    )
    return careful | thrown | thrown


@st.composite
def recordings(draw: st.DrawFn, *, clocks_agree: bool = False, generations: int = 3) -> Recording:
    """Traces of all formats; the clocks of their threads agree, or each goes its own way a bit."""
    threads = draw(st.integers(2, 5))
    skew = st.just(0) if clocks_agree else st.integers(-40, 40) | st.just(0)
    return record(
        draw(_numbers()),
        version=draw(st.sampled_from(VERSIONS)),
        skews=draw(st.lists(skew, min_size=threads, max_size=threads)),
        procs=draw(st.integers(1, 3)),
        generations=draw(st.integers(1, generations)),
    )
