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
from parsers.sniff import sniff
from parsers.text import clean
from tests.conformance.corpus import ROOT, needs_corpus, profile_answers

pytestmark = needs_corpus

# The text formats and gperftools' binary one, which goscope names and does not read yet.
_LEGACY = ("as text", "old binary format")
# The reference prints a value above 2**53 through a float, so its digits are not all there to compare.
_ROUNDED = 1 << 53

_OPENED = [path for path, answer in profile_answers().items() if "types" in answer]
_REFUSED = [path for path, answer in profile_answers().items() if "refused" in answer]


def _read(path: str) -> Profile:
    return prune(read_profile((ROOT / path).read_bytes()))


def _is_legacy(path: str) -> bool:
    what = sniff((ROOT / path).read_bytes()[:4096])
    return what is not None and any(name in what for name in _LEGACY)


def _name(reference: str) -> str:
    """A name as the reference's answer has it, cleaned; it is cut there at a newline."""
    return clean(reference.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))


def _value(value: int) -> float:
    """A value as far as the reference prints it."""
    return float(value) if abs(value) >= _ROUNDED else value


def _rows(profile: Profile, view: View) -> Counter[tuple[str, float, float]]:
    result = top(profile, view)
    return Counter(
        (
            result.nodes.label(node).partition("\\n")[0],
            _value(int(result.flat[node])),
            _value(int(result.cum[node])),
        )
        for node in ranked(result)
    )


@pytest.mark.parametrize("path", [path for path in _OPENED if not _is_legacy(path)])
def test_totals_and_rows_equal_the_reference(path: str) -> None:
    profile = _read(path)
    for index, answer in enumerate(profile_answers()[path]["types"]):
        assert profile.sample_types[index].type == _name(answer["type"])
        for granularity in ("functions", "lines", "filefunctions", "functions_noinlines"):
            view = View(
                sample=str(index),
                granularity=Granularity(granularity.partition("_")[0]),
                inlines="_" not in granularity,
            )
            expected = Counter((_cut(name), _value(flat), _value(cum)) for name, flat, cum in answer[granularity])
            assert _cut_rows(_rows(profile, view)) == _cut_rows(expected), f"{answer['type']} by {granularity}"
        assert _value(top(profile, View(sample=str(index))).total) == _value(answer["total"])


def _cut(name: str) -> str:
    return _name(name).partition("\\n")[0]


def _cut_rows(rows: Counter[tuple[str, float, float]]) -> Counter[tuple[str, float, float]]:
    """Rows by the part of the name before the first thing that had to be cleaned: behind it the answers are cut."""
    cut: Counter[tuple[str, float, float]] = Counter()
    for (name, flat, cum), count in rows.items():
        cut[name.partition("\\")[0], flat, cum] += count
    return cut


@pytest.mark.parametrize("path", [path for path in _REFUSED if not _is_legacy(path)])
def test_what_the_reference_refuses_gets_one_line(path: str) -> None:
    with pytest.raises(ParseError) as refusal:
        read_profile((ROOT / path).read_bytes())
    assert str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("path", [path for path in (*_OPENED, *_REFUSED) if _is_legacy(path)])
def test_a_legacy_format_is_named(path: str) -> None:
    with pytest.raises(ParseError, match=r"as text|goroutine dump|old binary format"):
        read_profile((ROOT / path).read_bytes())
