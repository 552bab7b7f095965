"""Text out of captures: nothing a terminal obeys is left, and what is harmless stays as it is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.text import clean, clean_all, clean_bytes

everything = st.text(st.characters(codec=None, categories=None))
# Categories of characters that are obeyed or not seen: controls, format characters, surrogates, separators.
_OBEYED = {"Cc", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("\x00\r\n\t\x08\x7f", "\\x00\\r\\n\\t\\x08\\x7f"),
        ("\u202egro.elpmaxe\u202c", "\\u202egro.elpmaxe\\u202c"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("zero\u200bwidth\u200d\ufeff", "zero\\u200bwidth\\u200d\\ufeff"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\ud83d alone", "\\ud83d alone"),
        ("\U000e0041tag", "\\U000e0041tag"),
        ("soft\xadhyphen", "soft\\xadhyphen"),
    ],
)
def test_what_a_terminal_obeys_or_hides_is_written_out(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "main.(*Cache[go.shape.int,go.shape.string]).Get",
        "slices.partitionCmpFunc[go.shape.struct { Name string }]",
        "github.com/acme/app/v2.(*DB).Query·f",
        "type:.eq.[2]interface {}",
        "/home/build/go/pkg/mod/example.com/x@v1.2.3/a.go",
        "café 日本語 Ωμέγα 👍",
        "back\\slash \\x1b",
        "[bold red]not markup[/]",
    ],
)
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert clean(text) == text
    assert clean_bytes(text.encode()) == text


@given(everything)
def test_nothing_is_left_that_a_terminal_obeys(text: str) -> None:
    shown = clean(text)
    assert not {unicodedata.category(char) for char in shown} & _OBEYED
    assert not {unicodedata.bidirectional(char) for char in shown} & {
        "LRE",
        "RLE",
        "LRO",
        "RLO",
        "PDF",
        "LRI",
        "RLI",
        "FSI",
        "PDI",
    }
    shown.encode("utf-8")


@given(everything)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.binary())
def test_any_bytes_become_text_that_can_be_written(raw: bytes) -> None:
    shown = clean_bytes(raw)
    assert clean(shown) == shown
    shown.encode("utf-8")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_ascii_is_never_touched(text: str) -> None:
    assert clean(text) == text


@given(
    st.lists(
        st.binary(max_size=20)
        | everything.map(lambda text: text.encode("utf-8", "surrogatepass"))
        | st.sampled_from([b"", b"\n", b"\0", b"\0\n\0", b"\0\n", b"\n\0", b"\0\0", b"main.main"])
    )
)
def test_a_table_is_cleaned_string_by_string(table: list[bytes]) -> None:
    assert clean_all(table) == [clean_bytes(raw) for raw in table]


@given(st.lists(st.sampled_from([b"", b"main.main", b"runtime.mallocgc", "日本".encode()])))
def test_a_harmless_table_is_cleaned_string_by_string(table: list[bytes]) -> None:
    assert clean_all(table) == [raw.decode() for raw in table]
