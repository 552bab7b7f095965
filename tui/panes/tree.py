"""The Tree pane: the call tree, opened branch by branch."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from tui.keys import Where, bindings
from tui.opencapture import OpenCapture
from tui.panes.pane import Pane
from tui.place import PaneName

if TYPE_CHECKING:
    from parsers.profile.model import Profile
    from tui.rows.branches import Branches
    from tui.rows.content import Content


class TreePane(Pane):
    """Calls from the root down, or from the leaves up."""

    pane = PaneName.TREE
    where = Where.TREE
    BINDINGS: ClassVar = [*bindings(Where.TREE)]

    # What a key wants done, and to which branches, by the thread that works out the rows.
    _pending: "tuple[Branches, Callable[[], None]] | None" = None

    def fit(self, name: str, cells: int) -> str:
        from tui.rows.tree import fit

        return fit(name, cells)

    def work(self, capture: OpenCapture) -> "Callable[[], Content]":
        place, amounts, trees, before = capture.place, capture.amounts, capture.trees, capture.before
        pending, self._pending = self._pending, None

        def draw(profile: "Profile") -> "Content":
            from tui.rows.tree import branches, tree_content

            shown = trees.get(place.inverted)
            # Unless the branches are no longer those that the key was pressed on.
            if changed := pending is not None and pending[0] is shown:
                pending[1]()
            trees[place.inverted] = shown = branches(profile, place, shown, follow=not changed)
            return tree_content(profile, place, shown, amounts, before)

        return self.on_profile(capture, draw)

    @property
    def _shown(self) -> "tuple[Branches, int] | None":
        """The branches on the screen, and the one under the cursor."""
        at = self.rows.cursor_identity
        if self.content is None or self.content.branches is None or not isinstance(at, int):
            return None
        return self.content.branches, at

    def moved(self) -> None:
        if shown := self._shown:
            branches, at = shown
            branches.cursor = at

    def _change(self, change: "Callable[[Branches, int], None]") -> None:
        if shown := self._shown:
            branches, at = shown
            branches.cursor = at
            self._pending = (branches, partial(change, branches, at))
            self.post_message(self.Wanted(self))

    def seek(self, query: str) -> None:
        """Open the heaviest path to a function that no row on the screen is."""

        def open_path(branches: "Branches", at: int) -> None:
            from tui.rows.tree import reveal_match

            reveal_match(branches, query)

        self._change(open_path)

    def stack(self) -> tuple[str, ...]:
        """The names on the way to the cursor, from the root."""
        shown = self._shown
        return shown[0].tree.path(shown[1]) if shown else ()

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
                await self.app.run_action("look('see', 'source')", self.app)
            else:
                self.action_expand()
