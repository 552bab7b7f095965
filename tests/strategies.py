"""Hypothesis strategies for valid profiles that are small, and odd in every way the format allows."""

from hypothesis import strategies as st

from parsers.profile import profile_pb2 as pb

NAMES = ("main.main", "main.work", "runtime.mallocgc", "main.(*T[...]).Do", "")
FILES = ("/src/app/main.go", "/src/app/../app/main.go", "/src//app/./work.go", "rel/../x.go", "")
BINARIES = ("/bin/app", "/lib/libc.so.6", "")
_TEXTS = ("", *NAMES[:-1], *FILES[:-1], *BINARIES[:-1], "cpu", "nanoseconds", "key", "other", "bytes", "one", "two")

_BIG = st.sampled_from([1 << 62, -(1 << 62), (1 << 53) + 1, (1 << 63) - 1])
small_values = st.integers(-3, 20)
values = small_values | small_values | small_values | _BIG


@st.composite
def messages(
    draw: st.DrawFn, *, value: st.SearchStrategy[int] = small_values, types: int = 2, binaries: bool = True
) -> pb.Profile:
    """Valid profiles: ids in any order and with gaps, functions without names, locations without lines, and so on."""
    text = {name: at for at, name in enumerate(_TEXTS)}
    message = pb.Profile(string_table=_TEXTS)
    for _ in range(types):
        message.sample_type.add(type=text["cpu"], unit=text["nanoseconds"])

    mapping_ids = draw(_ids(0, 3)) if binaries else []
    for at, number in enumerate(mapping_ids):
        message.mapping.add(id=number, filename=text[BINARIES[at]], memory_start=0x1000 * at)
    function_ids = draw(_ids(1, 5))
    for number in function_ids:
        name, file = draw(st.sampled_from(NAMES)), draw(st.sampled_from(FILES))
        message.function.add(id=number, name=text[name], filename=text[file], start_line=draw(st.integers(0, 2)))
    location_ids = draw(_ids(1, 6))
    for number in location_ids:
        location = message.location.add(
            id=number,
            mapping_id=draw(st.sampled_from([0, *mapping_ids])),
            address=draw(st.sampled_from([0, 0x1010, 0x1020, (1 << 64) - 1])),
            is_folded=draw(st.booleans()),
        )
        for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3, 0]))):
            location.line.add(
                function_id=draw(st.sampled_from(function_ids)),
                line=draw(st.integers(-1, 3)),
                column=draw(st.integers(0, 1)),
            )
    for _ in range(draw(st.integers(0, 8))):
        sample = message.sample.add(
            location_id=draw(st.lists(st.sampled_from(location_ids), max_size=6)),
            value=draw(st.lists(value, min_size=types, max_size=types)),
        )
        for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
            key = text[draw(st.sampled_from(["key", "other"]))]
            if draw(st.booleans()):
                sample.label.add(key=key, str=text[draw(st.sampled_from(["one", "two"]))])
            else:
                sample.label.add(
                    key=key, num=draw(st.integers(0, 2)), num_unit=text[draw(st.sampled_from(["", "bytes"]))]
                )
    return message


def _ids(least: int, most: int) -> st.SearchStrategy[list[int]]:
    """Ids as most writers choose them, or any others."""
    dense = st.integers(least, most).map(lambda n: list(range(1, n + 1)))
    sparse = st.lists(
        st.integers(1, 9) | st.sampled_from([1 << 40, (1 << 64) - 1]), min_size=least, max_size=most, unique=True
    )
    return dense | dense.flatmap(st.permutations) | sparse
