"""Filtered profiles equal the reference's: some of the cases, all being for tests.conformance.filters."""

import pytest

from benchmarks.gotools import go
from tests.conformance import filters
from tests.conformance.corpus import compared, needs_corpus

pytestmark = [needs_corpus, pytest.mark.skipif(go() is None, reason="no go beside this Python")]


@pytest.mark.parametrize(("at", "path"), list(enumerate(filters.paths()))[::3])
def test_a_filtered_profile_equals_the_reference(at: int, path: str) -> None:
    cases = filters.cases(path)
    assert not filters.differing(cases[at % len(cases)])
    compared["filtered profiles"] += 1
