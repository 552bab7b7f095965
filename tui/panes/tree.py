"""The Tree pane: the call tree, opened branch by branch."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.keys import Where, bindings
from tui.panes.pane import Pane
from tui.session import OpenCapture, PaneName

if TYPE_CHECKING:
    from tui.rows.branches import Branches
    from tui.rows.content import Content


def _fit(name: str, cells: int) -> str:
    from tui.rows.tree import fit

    return fit(name, cells)


class TreePane(Pane):
    """Calls from the root down, or from the leaves up."""

    pane = PaneName.TREE
    where = Where.TREE
    fit = staticmethod(_fit)
    BINDINGS = [*bindings(Where.TREE)]

    _trees: "dict[bool, Branches]"
    _inverted = False

    def work(self, capture: OpenCapture) -> "Callable[[], Content]":
        profile, place, amounts, trees = capture.profile, capture.place, capture.amounts, capture.trees
        assert profile is not None
        self._trees, self._inverted = trees, place.inverted

        def work() -> "Content":
            from tui.rows.tree import branches, tree_content

            trees[place.inverted] = branches(profile, place, trees.get(place.inverted))
            return tree_content(profile, place, trees[place.inverted], amounts)

        return work

    @property
    def _shown(self) -> "tuple[Branches, int] | None":
        """The branches on the screen, and the one under the cursor."""
        at = self.rows.cursor_identity
        if self.content is None or not isinstance(at, int) or self._inverted not in self._trees:
            return None
        return self._trees[self._inverted], at

    def moved(self) -> None:
        if shown := self._shown:
            branches, branches.cursor = shown

    def _change(self, change: "Callable[[Branches, int], None]") -> None:
        if shown := self._shown:
            branches, at = shown
            branches.cursor = at
            self.post_message(self.Wanted(self, lambda: change(branches, at)))

    def action_expand(self) -> None:
        self._change(lambda branches, at: branches.expand(at))

    def action_collapse(self) -> None:
        self._change(lambda branches, at: branches.collapse(at))

    def action_heaviest(self) -> None:
        self._change(lambda branches, at: branches.heaviest(at))

    async def action_drill(self) -> None:
        """One level deeper; where there is none, or it is open already, the source."""
        if shown := self._shown:
            branches, at = shown
            if branches.is_open(at) or branches.is_leaf(at):
                await self.app.run_action("pane('source')", self.app)
            else:
                self.action_expand()
