"""Names cut to fit: never wider than asked, and their end kept."""

import string
from collections.abc import Iterator

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui import glyphs
from tui.widgets.elide import cut, elide, tail

METHOD = "github.com/acme/service/internal/pkg.(*Type).Method"
GENERIC = "sync/atomic.(*Pointer[go.shape.struct { main.a int; main.b string }]).CompareAndSwap"


@pytest.fixture
def ascii_glyphs() -> Iterator[None]:
    glyphs.use(ascii=True)
    yield
    glyphs.use(ascii=False)


@pytest.mark.parametrize(
    ("name", "shorter"),
    [
        (METHOD, METHOD),
        (METHOD, "github.com/…/pkg.(*Type).Method"),
        (METHOD, "…/pkg.(*Type).Method"),
        (METHOD, "….(*Type).Method"),
        (METHOD, "….Method"),
        (METHOD, "Method"),
        (METHOD, "…hod"),
        (GENERIC, "sync/atomic.(*Pointer[…]).CompareAndSwap"),
        (GENERIC, "…/atomic.(*Pointer[…]).CompareAndSwap"),
        (GENERIC, "….CompareAndSwap"),
        ("slices.Grow[go.shape.[]uint8,go.shape.[4]uint8] (inline)", "slices.Grow[…] (inline)"),
        ("runtime.acquirem /usr/local/go/src/runtime/proc.go:5601 (inline)", "….acquirem proc.go:5601 (inline)"),
        ("main.Map[go.shape.map[string]github.com/a/b.T,int].func1", "main.Map[…].func1"),
        ("gopkg.in/yaml%2ev3.(*parser).parse", "….(*parser).parse"),
        ("/home/u/src/acme/db/query.go:42", "…/db/query.go:42"),
        ("/home/u/src/acme/db/query.go:42", "query.go:42"),
        ("github.com/acme/service/db/query.go", "github.com/…/db/query.go"),
        ("/usr/lib/go/src/runtime/asm_amd64.s", "…/runtime/asm_amd64.s"),
        ("main.work /home/u/src/acme/db/query.go:42", "main.work …/db/query.go:42"),
        ("main.(*Planner).work /home/u/src/query.go:42", "….work query.go:42"),
        ("    ▾ github.com/acme/service/pkg.Run", "    ▾ …/pkg.Run"),
        ("日本/図書館/パッケージ.関数", "…/パッケージ.関数"),
    ],
)
def test_shortens_to(name: str, shorter: str) -> None:
    """At exactly the width of a form, and at one cell more unless a longer form fits there."""
    assert elide(name, cell_len(shorter)) == shorter
    assert cell_len(elide(name, cell_len(shorter) - 1)) < cell_len(shorter)


def test_brackets_that_unicode_makes_wide_are_counted_in_cells() -> None:
    assert elide("main.F[図書館図書館].x", 12) == "main.F[…].x"


def test_indentation_gives_way_when_it_leaves_no_room_for_the_name() -> None:
    assert elide(" " * 30 + "main.handler", 20) == "main.handler"


@pytest.mark.usefixtures("ascii_glyphs")
def test_ascii() -> None:
    assert elide(METHOD, 32) == "github.com/../pkg.(*Type).Method"
    assert elide(GENERIC, 41) == "sync/atomic.(*Pointer[..]).CompareAndSwap"
    assert cut("some prose", 6) == "some.."


def test_cut_keeps_the_front() -> None:
    assert cut("return fmt.Errorf(x)", 10) == "return fm…"
    assert cut("日本語", 4) == "日…"
    assert cut("short", 5) == "short"
    assert cut("short", 1) == "…"
    assert cut("short", 0) == ""


_WORD = st.text(string.ascii_letters + "図書é", min_size=1, max_size=12)
_PATH = st.lists(_WORD, max_size=6).map("/".join)
_NAMES = st.builds(
    lambda path, package, last, args: f"{path}/{package}[{args}].(*T).{last}",
    _PATH,
    _WORD,
    _WORD,
    st.text(string.ascii_letters + "./[]{} ;", max_size=30),
)


@given(st.one_of(_NAMES, st.text(max_size=80)), st.integers(0, 90))
def test_never_wider_than_asked(name: str, cells: int) -> None:
    assert cell_len(elide(name, cells)) <= cells or cell_len(name) == 0
    assert cell_len(cut(name, cells)) <= cells


@given(_PATH, _WORD, _WORD, st.integers(1, 90))
def test_ends_with_the_last_component_as_long_as_it_fits(path: str, package: str, last: str, cells: int) -> None:
    assume(last not in ("go", "s", "c", "h", "cc", "cpp"))  # a file's name is kept whole
    shorter = elide(f"{path}/{package}.(*T).{last}", cells)
    if cell_len(last) <= cells:
        assert shorter.endswith(last)
    else:
        assert last.endswith(shorter.removeprefix("…"))


@given(_PATH, _WORD, st.integers(1, 99999), st.integers(1, 90))
def test_a_file_keeps_its_name_and_line(path: str, file: str, line: int, cells: int) -> None:
    last = f"{file}.go:{line}"
    if cell_len(last) <= cells:
        assert elide(f"/{path}/{last}", cells).endswith(last)


@pytest.mark.parametrize(
    ("text", "cells", "shown"),
    [
        ("heap.08.pb.gz", 20, "heap.08.pb.gz"),
        ("dumps/heap.08.pb.gz", 10, "….08.pb.gz"),
        ("heap", 1, "…"),
        ("heap", 0, ""),
    ],
)
def test_the_tail_is_what_is_kept(text: str, cells: int, shown: str) -> None:
    assert tail(text, cells) == shown
