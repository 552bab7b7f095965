"""The weights of other captures, row by row."""

from hypothesis import given
from hypothesis import strategies as st

from analysis.earlier import aligned, weights
from analysis.top import top
from analysis.view import Granularity, View
from tests import build

NAMES = ("main.main", "main.work", "main.rest", "runtime.main")
STACKS = st.dictionaries(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map(";".join), st.integers(-5, 5), max_size=6
)


@given(STACKS, st.lists(st.sampled_from((*NAMES, "main.gone")), unique=True))
def test_each_label_gets_the_weight_that_top_gives_it(stacks: dict[str, int], labels: list[str]) -> None:
    profile = build.profile(stacks)
    result = top(profile, View())
    expected = {
        result.nodes.label(node): (int(result.flat[node]), int(result.cum[node])) for node in range(len(result.nodes))
    }
    flat, cum = aligned(weights(profile, View()), labels)
    assert list(zip(flat.tolist(), cum.tolist(), strict=True)) == [expected.get(label, (0, 0)) for label in labels]


def test_the_labels_are_those_of_the_granularity() -> None:
    profile = build.profile({"main.main@main.go:1;main.work@work.go:7": 5})
    found = weights(profile, View(granularity=Granularity.LINES))
    assert set(found.rows) == {"main.main main.go:1", "main.work work.go:7"}
    assert found.total == 5
