"""What goscope writes, read by `go tool pprof`: it says the same of the copy as of the original."""

from pathlib import Path

import pytest

from parsers.profile import read_profile
from parsers.profile.encode import encode
from tests.conformance.corpus import ROOT, is_legacy, needs_corpus, profile_answers
from tests.conformance.gopprof import needs_go, pprof
from tests.parsers.test_decode import contents

SAMPLES = Path(__file__).parents[2] / "sample-profiles"
_OPENED = [path for path, answer in profile_answers().items() if "types" in answer]
# One of each kind of oddity; every one is a process of its own.
_SHOWN = [path for path in _OPENED if path.startswith(("synthetic/", "labels/", "deep/"))][::4]


@needs_corpus
@pytest.mark.parametrize("path", [path for path in _OPENED if not is_legacy(path)])
def test_the_copy_has_the_same_contents(path: str) -> None:
    profile = read_profile((ROOT / path).read_bytes())
    copy = read_profile(encode(profile))
    assert contents(copy) == contents(profile)


@needs_go
@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.pb.gz")))
def test_the_reference_sees_the_same_in_the_copy(name: str, tmp_path: Path) -> None:
    original, copy = SAMPLES / name, tmp_path / name
    copy.write_bytes(encode(read_profile(original.read_bytes())))
    assert pprof("-raw", copy) == pprof("-raw", original)


@needs_go
@needs_corpus
@pytest.mark.parametrize("path", [path for path in _SHOWN if not is_legacy(path)])
def test_its_reports_of_the_copy_are_the_same(path: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.pb.gz"
    copy.write_bytes(encode(read_profile((ROOT / path).read_bytes())))
    for report in ("-top", "-tags", "-traces"):
        expected = pprof(report, "-trim=false", ROOT / path).replace("two\nlines", "two\\nlines")  # as it is cleaned
        assert pprof(report, "-trim=false", copy) == expected
