"""Callers and callees of some of the corpus' profiles, against `go tool pprof` itself."""

import pytest

from benchmarks.gotools import go
from tests.conformance.corpus import compared, needs_corpus
from tests.conformance.graphs import Case, cases, differing

pytestmark = [needs_corpus, pytest.mark.skipif(not go(), reason="no go beside this Python")]

# Names that hold a newline are several lines to the reference.
_SOME = [case for case in cases()[::61] if "hostile" not in case.path]


@pytest.mark.parametrize("case", _SOME, ids=str)
def test_callers_and_callees_are_those_of_the_reference(case: Case) -> None:
    count, sentence = differing(case)
    assert not sentence
    compared["functions with callers and callees"] += count
