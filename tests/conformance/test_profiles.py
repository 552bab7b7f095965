"""Every profile of the corpus against the reference's own figures: totals, and each row's flat and cum.

The counts are printed when the tests are over, so that "all equal" says of how much.
"""

from collections import Counter

import pytest

from analysis.prune import prune
from analysis.top import ranked, top
from analysis.view import Granularity, View
from parsers.errors import ParseError
from parsers.profile import Profile, read_profile
from tests.conformance.corpus import ROOT, Rows, as_printed, cleaned, cut, is_legacy, needs_corpus, profile_answers

pytestmark = needs_corpus

_OPENED = [path for path, answer in profile_answers().items() if "types" in answer]
_REFUSED = [path for path, answer in profile_answers().items() if "refused" in answer]


def _read(path: str) -> Profile:
    return prune(read_profile((ROOT / path).read_bytes()))


def _rows(profile: Profile, view: View) -> Rows:
    result = top(profile, view)
    return Counter(
        (
            result.nodes.label(node).partition("\\n")[0],
            as_printed(int(result.flat[node])),
            as_printed(int(result.cum[node])),
        )
        for node in ranked(result)
    )


@pytest.mark.parametrize("path", [path for path in _OPENED if not is_legacy(path)])
def test_totals_and_rows_equal_the_reference(path: str) -> None:
    profile = _read(path)
    for index, answer in enumerate(profile_answers()[path]["types"]):
        assert profile.sample_types[index].type == cleaned(answer["type"])
        for granularity in ("functions", "lines", "filefunctions", "functions_noinlines"):
            view = View(
                sample=str(index),
                granularity=Granularity(granularity.partition("_")[0]),
                inlines="_" not in granularity,
            )
            expected = Counter(
                (cleaned(name), as_printed(flat), as_printed(cum)) for name, flat, cum in answer[granularity]
            )
            assert cut(_rows(profile, view)) == cut(expected), f"{answer['type']} by {granularity}"
        assert as_printed(top(profile, View(sample=str(index))).total) == as_printed(answer["total"])


@pytest.mark.parametrize("path", [path for path in _REFUSED if not is_legacy(path)])
def test_what_the_reference_refuses_gets_one_line(path: str) -> None:
    with pytest.raises(ParseError) as refusal:
        read_profile((ROOT / path).read_bytes())
    assert str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("path", [path for path in (*_OPENED, *_REFUSED) if is_legacy(path)])
def test_a_legacy_format_is_named(path: str) -> None:
    with pytest.raises(ParseError, match=r"as text|goroutine dump|old binary format"):
        read_profile((ROOT / path).read_bytes())
