"""Whose code a function is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.ownership import own_functions, package
from tests import build


def own(*frames: str) -> set[str]:
    """Those of `frames`, written name@file, that are the main module's."""
    made = build.Builder()
    for frame in frames:
        made.stack(frame)
    profile = made.profile()
    functions = profile.functions
    return {
        f"{profile.strings[functions.name[row]]}@{profile.strings[functions.filename[row]]}"
        for row, is_own in enumerate(own_functions(profile))
        if is_own
    }


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("main.main", "main"),
        ("main.(*Cleaner).heavy.func1", "main"),
        ("runtime.mallocgc", "runtime"),
        ("net/http.(*conn).serve", "net/http"),
        ("github.com/acme/app/db.(*Pool).Get[go.shape.int]", "github.com/acme/app/db"),
        ("github.com/acme/app/v2.Run", "github.com/acme/app/v2"),
        ("gopkg.in/yaml%2ev3.Unmarshal", "gopkg.in/yaml%2ev3"),
        ("main.Map[github.com/acme/app.Key,go.shape.int]", "main"),
        ("slices.SortFunc[go.shape.[]example.com/x.Y,go.shape.struct {}]", "slices"),
        ("type:.eq.main.T", "type:"),
        ("memmove", "memmove"),
        ("", ""),
    ],
)
def test_the_package_of_a_symbol(function: str, expected: str) -> None:
    assert package(function) == expected


@given(st.text(max_size=40))
def test_any_symbol_has_a_package(function: str) -> None:
    assert function.startswith(package(function))


def test_what_lies_below_main_is_its_modules() -> None:
    frames = {
        "main.main@/home/build/app/main.go",
        "main.run@/home/build/app/run.go",
        "example.com/app/internal/db.Get@/home/build/app/internal/db/db.go",
    }
    foreign = {
        "runtime.mallocgc@/usr/local/go/src/runtime/malloc.go",
        "net/http.Get@/usr/local/go/src/net/http/client.go",
        "example.com/lib.Do@/home/build/go/pkg/mod/example.com/lib@v1.2.3/lib.go",
        "example.com/apple.Do@/home/build/apple/a.go",
        "memmove@",
    }
    assert own(*frames, *foreign) == frames


@pytest.mark.parametrize("command", ["cmd/app", "cmd"])
def test_the_module_of_a_command_lies_above_it(command: str) -> None:
    frames = {f"main.main@/src/app/{command}/main.go", "example.com/app/db.Get@/src/app/db/db.go"}
    assert own(*frames, "sort.Sort@/go/src/sort/sort.go") == frames


def test_a_directory_called_cmd_further_up_is_no_command() -> None:
    frames = {"main.main@/src/cmd/app/server/main.go"}
    assert own(*frames, "example.com/other.Do@/src/cmd/app/other/o.go") == frames


def test_with_trimmed_paths() -> None:
    frames = {
        "main.main@github.com/acme/app/main.go",
        "github.com/acme/app/db.Get@github.com/acme/app/db/db.go",
    }
    foreign = {
        "runtime.mallocgc@runtime/malloc.go",
        "net/http.Get@net/http/client.go",
        "github.com/lib/pq.Do@github.com/lib/pq@v1.10.0/pq.go",
    }
    assert own(*frames, *foreign) == frames


def test_with_trimmed_paths_of_a_command() -> None:
    frames = {
        "main.main@github.com/acme/app/cmd/server/main.go",
        "github.com/acme/app/db.Get@github.com/acme/app/db/db.go",
    }
    assert own(*frames, "github.com/acme/lib.Do@github.com/acme/lib@v0.1.0/l.go") == frames


@pytest.mark.parametrize(
    "foreign",
    [
        "github.com/lib/pq.Do@/src/app/vendor/github.com/lib/pq/pq.go",
        "github.com/lib/pq.Do@/src/app/go/pkg/mod/github.com/lib/pq/pq.go",
        "github.com/lib/pq.Do@/src/app/.cache/github.com/lib/pq@v1.10.0/pq.go",
    ],
)
def test_vendored_code_is_foreign(foreign: str) -> None:
    assert own("main.main@/src/app/main.go", foreign) == {"main.main@/src/app/main.go"}


def test_package_main_is_own_without_a_file() -> None:
    assert own("main.main@", "main.(*T).run@", "runtime.mcall@") == {"main.main@", "main.(*T).run@"}


def test_without_main_main_it_is_the_directory_that_package_main_shares() -> None:
    frames = {
        "main.worker@/src/app/worker.go",
        "main.(*T).run@/src/app/t.go",
        "example.com/app/db.Get@/src/app/db/db.go",
    }
    assert own(*frames, "example.com/x.Do@/src/x/x.go") == frames


def test_a_main_in_the_root_directory_does_not_own_everything() -> None:
    assert own("main.main@/main.go", "runtime.mcall@/usr/local/go/src/runtime/asm.s") == {"main.main@/main.go"}


def test_without_package_main_nothing_is_own() -> None:
    assert own("runtime.mcall@/go/src/runtime/asm.s", "example.com/x.Do@/src/x/x.go") == set()
    assert own() == set()


def test_absolute_and_relative_files_of_main_share_nothing() -> None:
    frames = {"main.a@/src/app/a.go", "main.b@app/b.go"}
    assert own(*frames, "example.com/x.Do@/src/app/x/x.go") == frames
