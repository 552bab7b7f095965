"""Real profiles as Parquet: DuckDB finds in the file, with the queries of the README, what Top and the labels say."""

from pathlib import Path

import pytest

from parsers.profile import read_profile
from tests.analysis.export.test_parquet import check_labels, check_top, written
from tests.conformance.corpus import ROOT, compared, is_legacy, needs_corpus, profile_answers

_OPENED = [path for path, answer in profile_answers().items() if "types" in answer and not is_legacy(path)]


@needs_corpus
@pytest.mark.parametrize("path", _OPENED)
def test_the_queries_reproduce_top_and_tags(path: str, tmp_path: Path) -> None:
    profile = read_profile((ROOT / path).read_bytes())
    file = written(profile, tmp_path)
    compared["rows of Top that DuckDB found in Parquet"] += check_top(profile, file)
    check_labels(profile, file)
