"""The words of filters: what is typed, what the chips write, and that the one reads the other."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.errors import ViewError
from analysis.view import Filter, FilterKind
from tui import filterlang, glyphs
from tui.filterlang import exactly, matching_nothing, nothing_left, parsed, written

K = FilterKind


@pytest.mark.parametrize(
    ("text", "kind", "expression"),
    [
        ("main.fib", K.FOCUS, "main.fib"),
        ("  a|b  ", K.FOCUS, "a|b"),
        ("!^runtime\\.", K.IGNORE, "^runtime\\."),
        ("! spaced", K.IGNORE, "spaced"),
        ("-f -foo", K.FOCUS, "-foo"),
        ("-i !foo", K.IGNORE, "!foo"),
        ("-h foo", K.HIDE, "foo"),
        ("-o ^main", K.SHOW, "^main"),
        ("-s (*pool).run", K.SHOW_FROM, "(*pool).run"),
        ("-p malloc", K.PRUNE_FROM, "malloc"),
        ("-l tenant=acme", K.TAGFOCUS, "tenant=acme"),
        ("-l bytes=4kb:1mb", K.TAGFOCUS, "bytes=4kb:1mb"),
        ("-L tenant=acme,globex", K.TAGIGNORE, "tenant=acme,globex"),
        ("-r tenant", K.TAGROOT, "tenant"),
        ("-e tenant,endpoint", K.TAGLEAF, "tenant,endpoint"),
        ("1%", K.MINIMUM, "1%"),
        (">= 0.25%", K.MINIMUM, "0.25%"),
        ("≥.5 %", K.MINIMUM, ".5%"),
        ("=main.(*T).m", K.FOCUS, r"^main\.\(\*T\)\.m$"),
        ("!=main.f[go.shape.int]", K.IGNORE, r"^main\.f\[go\.shape\.int\]$"),
        ("-h =a.b", K.HIDE, r"^a\.b$"),
        ("-focus=a b", K.FOCUS, None),
        ("--show-from=main", K.SHOW_FROM, "main"),
        ("-show_from main.x", K.SHOW_FROM, "main.x"),
        ("-tagfocus 'x'", K.TAGFOCUS, "'x'"),
    ],
)
def test_what_is_typed(text: str, kind: FilterKind, expression: str | None) -> None:
    if expression is None:
        with pytest.raises(ViewError, match="there is no filter “b”"):
            parsed(text)
        return
    assert parsed(text).filters == (Filter(kind, expression),) and parsed(text).relative is None


def test_options_of_the_reference_can_be_pasted() -> None:
    found = parsed("-focus=main -ignore='a b' --tagroot=tenant -relative_percentages")
    assert found.filters == (Filter(K.FOCUS, "main"), Filter(K.IGNORE, "a b"), Filter(K.TAGROOT, "tenant"))
    assert found.relative is True
    assert parsed("-relative_percentages=false").relative is False


@pytest.mark.parametrize("text", ["", "!", "-h", "-z foo", "-", "-nodecount=5", "-focus=", "-ignore='a", "=", "-l  "])
def test_what_means_nothing_is_told_in_one_sentence(text: str) -> None:
    with pytest.raises(ViewError) as error:
        parsed(text)
    assert str(error.value) and "\n" not in str(error.value)


@given(
    st.sampled_from([kind for kind in K if kind is not K.MINIMUM]),
    st.text(min_size=1) | st.text("=!-^$.% 1fl'\"", min_size=1),
)
@example(K.FOCUS, "=x")
@example(K.HIDE, "=x")
@example(K.FOCUS, "1%")
@example(K.IGNORE, " spaced ")
def test_what_a_chip_writes_reads_as_the_same_filter(kind: FilterKind, text: str) -> None:
    assert parsed(written(Filter(kind, text))).filters == (Filter(kind, text),)


def test_chips_are_short() -> None:
    assert written(Filter(K.FOCUS, "main.fib")) == "main.fib"
    assert written(Filter(K.IGNORE, r"^main\.fib$")) == "!=main.fib"
    assert written(Filter(K.TAGFOCUS, "tenant=acme")) == "-l tenant=acme"
    assert written(Filter(K.FOCUS, "-x y")) == "-focus='-x y'"


@given(st.text(min_size=1))
def test_exactly_one_name(name: str) -> None:
    made = exactly(K.FOCUS, name)
    assert made.text[0] == "^" and made.text[-1] == "$"
    if name == name.strip():
        assert written(made) == f"={name}" and parsed(f"={name}").filters == (made,)


def test_chips_in_ascii() -> None:
    glyphs.use(ascii=True)
    try:
        assert written(Filter(K.MINIMUM, "1%")) == ">=1%"
    finally:
        glyphs.use(ascii=False)
    assert written(Filter(K.MINIMUM, "1%")) == "≥1%" and parsed("≥1%").filters == (Filter(K.MINIMUM, "1%"),)


def test_every_kind_has_words() -> None:
    assert set(filterlang.MEANINGS) == set(K)
    assert all(kind in "\n".join(meaning for _, meaning in filterlang.HELP) for kind in K if kind is not K.MINIMUM)


def test_what_matches_nothing_is_named() -> None:
    one, two = Filter(K.IGNORE, "x"), Filter(K.HIDE, "y")
    assert matching_nothing([one]) == "!x matches nothing."
    assert matching_nothing([one, two]) == "!x, -h y match nothing."
    assert nothing_left([]) == "These filters leave nothing."
    assert nothing_left([two]) == "These filters leave nothing: -h y matches nothing."
