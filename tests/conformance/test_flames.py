"""Flame graphs of the corpus against call trees of the same profiles, which are worked out in another way."""

import pytest

from analysis.flame import flame
from analysis.prune import prune
from analysis.tree import CallTree
from analysis.view import View
from parsers.profile import read_profile
from tests.conformance.corpus import ROOT, compared, is_legacy, needs_corpus, profile_answers

pytestmark = needs_corpus

_EACH = 12  # of so many profiles one is looked at
_WIDTH = 400

_OPENED = [path for path, answer in profile_answers().items() if "types" in answer]


@pytest.mark.parametrize("path", [path for path in _OPENED if not is_legacy(path)][::_EACH])
def test_boxes_weigh_what_the_tree_says(path: str) -> None:
    profile = prune(read_profile((ROOT / path).read_bytes()))
    for inverted in (False, True):
        view = View(sample="0")
        tree = CallTree(profile, view, inverted=inverted)
        found = flame(profile, view, _WIDTH, inverted=inverted)
        for box in range(len(found.boxes)):
            at = tree.find(found.path(box))
            assert tree.path(at) == found.path(box)
            assert (found.boxes.cum[box], found.boxes.flat[box]) == (tree.cum(at), tree.flat(at)), found.path(box)
            compared["flame boxes"] += 1
