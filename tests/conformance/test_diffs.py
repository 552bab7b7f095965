"""Differences of profiles equal the reference's: of some pairs of the corpus, all being for tests.conformance.diffs."""

import pytest

from benchmarks.gotools import go
from tests.conformance import diffs
from tests.conformance.corpus import compared, needs_corpus

pytestmark = [needs_corpus, pytest.mark.skipif(go() is None, reason="no go beside this Python")]

_EVERY = 293  # a prime, so that it is not the same profiles again and again


@pytest.mark.parametrize("pair", diffs.pairs()[::_EVERY], ids=str)
def test_a_difference_equals_the_reference(pair: diffs.Pair) -> None:
    count, differing = diffs.differing(pair)
    assert not differing
    compared["differences of two profiles"] += count


@pytest.mark.parametrize("path", sorted({pair.new for pair in diffs.pairs()})[::17])
def test_a_profile_less_itself_equals_the_reference(path: str) -> None:
    count, differing = diffs.differing(diffs.Pair(path, path))
    assert not differing
    compared["differences of two profiles"] += count
