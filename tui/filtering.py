"""The commands that filter, and those that save a view by name and restore it; what is typed for them is read here.

What a filter does is `analysis.filters`' to know, how it is written `tui.filterlang`'s.
"""

from typing import Any

from analysis.errors import ViewError
from analysis.view import Filter, FilterKind
from tui import filterlang
from tui.linking import Linking
from tui.overlays.prompt import Prompt
from tui.remembered import NamedViews, Typed

FILTER = "filter: "
NAME = "name of this view: "
# Names are counted while one types as long as there are not too many.
_COUNTED = 20_000


class Filtering(Linking):
    """The commands that change which of a capture is looked at."""

    def __init__(
        self, *arguments: Any, history: Typed | None = None, views: NamedViews | None = None, **keywords: Any
    ) -> None:
        super().__init__(*arguments, **keywords)
        self.typed_before = history or Typed()
        self.views = views or NamedViews()

    # Filters

    def action_filter(self) -> None:
        """Ask for a filter."""
        self.bottom.type(FILTER, past=self.typed_before.lines())
        self.hint(filterlang.known())

    def action_filter_row(self, kind: str) -> None:
        """Filter by what the cursor is on."""
        if found := self.pane.filters(FilterKind(kind)):
            self._filter(found)

    def action_drop_filter(self, at: int = -1) -> None:
        """Drop a filter, without a number the last one."""
        self.capture.unfiltered_by(at)
        self.refresh_pane()

    def _filter(self, filters: tuple[Filter, ...], relative: bool | None = None) -> None:
        self.capture.filtered_by(*filters, relative=relative)
        self.refresh_pane()

    # Views by name

    def action_save_view(self) -> None:
        """Ask what the way of looking is to be called."""
        self.bottom.type(NAME)

    def action_restore_view(self, name: str) -> None:
        """Look at the capture in the way that is called `name`."""
        try:
            self.capture.looked_at(self.views.restored(name, self.capture.view))
        except KeyError:
            self.notice(f"There is no view “{name}” any more.")
            return
        self.refresh_pane()

    def action_forget_view(self, name: str) -> None:
        """Forget the view called `name`."""
        try:
            self.views.forget(name)
        except OSError as error:
            self.notice(f"The views cannot be written: {error.strerror or error}.")

    # What is typed

    def typing(self, prompt: Prompt) -> str:
        """What the text leads to."""
        text = prompt.value.strip()
        if prompt.lead == NAME:
            return "replaces the one there is" if text in self.views.names() else ""
        try:
            return self._meaning(text) if text else filterlang.known()
        except ViewError as error:
            return str(error)

    def _meaning(self, text: str) -> str:
        from analysis.filters import check

        typed = filterlang.parsed(text)
        for each in typed.filters:
            check(each)
        if len(typed.filters) != 1:
            return f"{len(typed.filters)} filters"
        found = typed.filters[0]
        return self._counted(found) + filterlang.MEANINGS[found.kind]

    def _counted(self, found: Filter) -> str:
        """How many functions of the profile a filter names; "" where that is not known at once."""
        profile = self.capture.profile
        named = (FilterKind.FOCUS, FilterKind.IGNORE, FilterKind.HIDE, FilterKind.SHOW, FilterKind.SHOW_FROM)
        if profile is None or found.kind not in named or len(profile.functions.name) > _COUNTED:
            return ""
        from analysis.namefilters import matching_functions

        count = int(matching_functions(profile, found.text).sum())
        return f"{count} function{'s' * (count != 1)}: "

    def typed(self, prompt: Prompt, *, kept: bool) -> None:
        """The text is whole, or not `kept`; one that means nothing stays to be mended."""
        text = prompt.value.strip()
        if not kept or not text:
            self.rest()
            return
        if prompt.lead == NAME:
            self.rest()
            self._save_view(text)
            return
        try:
            self._meaning(text)
        except ViewError as error:
            self.bottom.type(FILTER, prompt.value, past=self.typed_before.lines())
            self.hint(str(error))
            return
        self.rest()
        typed = filterlang.parsed(text)
        self._filter(typed.filters, typed.relative)
        try:
            self.typed_before.add(text)
        except OSError as error:
            self.notice(f"Filters are not remembered: {error.strerror or error}.")

    def _save_view(self, name: str) -> None:
        try:
            self.views.save(name, self.capture.view)
        except OSError as error:
            self.notice(f"The view cannot be saved: {error.strerror or error}.")
        else:
            self.notice(f"Saved: “View {name}” in {self.key('palette')} restores it.")

    def rest(self) -> None:
        """Give the keys back to the pane."""
        self.bottom.rest()
        self.pane.take_keys()
        self.draw_detail()
