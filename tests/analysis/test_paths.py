"""File names rewritten."""

import numpy as np

from analysis.nodes import nodes
from analysis.paths import with_files
from analysis.top import ranked, top
from analysis.view import Granularity, View
from parsers.profile import Profile
from tests import build


def labels(profile: Profile) -> dict[str, int]:
    result = top(profile, View(granularity=Granularity.FILEFUNCTIONS))
    return {result.nodes.label(n): int(result.flat[n]) for n in ranked(result)}


def test_files_are_rewritten_and_nothing_else() -> None:
    profile = build.profile({"main@/old/m.go;/old/m.go@/old/x.go": 5, "main@/old/m.go": 1, "asm@": 2})
    moved = with_files(profile, lambda file: file.replace("/old/", "/new/"))
    assert labels(moved) == {"/old/m.go /new/x.go": 5, "main /new/m.go": 1, "asm": 2}
    assert labels(profile) == {"/old/m.go /old/x.go": 5, "main /old/m.go": 1, "asm": 2}


def test_files_that_become_one_are_one_row() -> None:
    profile = build.profile({"f@/a/x.go": 5, "f@/b/x.go": 1})
    assert labels(with_files(profile, lambda file: file.replace("/b/", "/a/"))) == {"f /a/x.go": 6}


def test_a_file_may_become_a_string_that_is_there_already() -> None:
    profile = build.profile({"main@/a/x.go": 5})
    moved = with_files(profile, lambda file: "main")
    assert labels(moved) == {"main main": 5}
    assert len(set(moved.strings)) == len(moved.strings)


def test_a_file_may_be_taken_away() -> None:
    moved = with_files(build.profile({"main@/a/x.go": 5}), lambda file: "")
    assert labels(moved) == {"main": 5}
    assert moved.functions.filename.tolist() == [0]


def test_each_file_is_asked_for_once_and_no_function_without_one() -> None:
    asked = []

    def rewrite(file: str) -> str:
        asked.append(file)
        return file

    profile = build.profile({"a@/x.go;b@/x.go;c@/y.go;d@": 1})
    same = with_files(profile, rewrite)
    assert sorted(asked) == ["/x.go", "/y.go"]
    assert np.array_equal(same.functions.filename, profile.functions.filename)
    assert same.strings == profile.strings


def test_results_of_the_profile_before_are_not_taken_over() -> None:
    profile = build.profile({"main@/old/m.go": 5})
    view = View(granularity=Granularity.FILES)
    assert nodes(profile, view).label(0) == "/old/m.go"
    assert nodes(with_files(profile, str.upper), view).label(0) == "/OLD/M.GO"
