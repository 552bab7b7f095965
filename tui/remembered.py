"""What outlives a session: the filters and recordings that were typed, and the views that were given a name.

Both are a user's convenience: what cannot be read is as if it were not there, and what cannot be written is told once.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis.view import Filter, FilterKind, Granularity, View

_MOST = 200


class _Text:
    """The text of a file, or without a path one that is forgotten in the end."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._text = ""

    def read(self) -> str:
        if self._path is None:
            return self._text
        try:
            return self._path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ""

    def write(self, text: str) -> None:
        """Write it whole or not at all. Raises OSError."""
        if self._path is None:
            self._text = text
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            new.write_text(text, encoding="utf-8")
            new.replace(self._path)
        finally:
            new.unlink(missing_ok=True)


class Typed:
    """What was typed at one prompt, the oldest first, each once: a line each in a file."""

    def __init__(self, path: Path | None = None) -> None:
        self._text = _Text(path)

    def lines(self) -> list[str]:
        """What is remembered; other sessions write there too."""
        return [line for line in self._text.read().splitlines() if line and line.isprintable()]

    def add(self, line: str) -> None:
        """Remember `line` as the latest. Raises OSError where nothing can be written."""
        kept = [each for each in self.lines() if each != line][1 - _MOST :]
        self._text.write("".join(f"{each}\n" for each in (*kept, line)))


class NamedViews:
    """Ways to look at a profile that have a name: filters, granularity and the like, no sample type and no window."""

    def __init__(self, path: Path | None = None) -> None:
        self._text = _Text(path)

    def names(self) -> list[str]:
        return sorted(self._read())

    def restored(self, name: str, view: View) -> View:
        """`view` looked at in the way that is called `name`. Raises KeyError where there is no such way."""
        saved = self._read()[name]
        return replace(
            view,
            filters=tuple(Filter(FilterKind(kind), text) for kind, text in saved.get("filters", ())),
            relative=bool(saved.get("relative", False)),
            granularity=Granularity(saved.get("granularity", Granularity.FUNCTIONS)),
            inlines=bool(saved.get("inlines", True)),
            mine=bool(saved.get("mine", False)),
        )

    def save(self, name: str, view: View) -> None:
        """Call the way `view` looks `name`. Raises OSError where nothing can be written."""
        self._write(
            self._read()
            | {
                name: {
                    "filters": [[str(each.kind), each.text] for each in view.filters],
                    "relative": view.relative,
                    "granularity": str(view.granularity),
                    "inlines": view.inlines,
                    "mine": view.mine,
                }
            }
        )

    def forget(self, name: str) -> None:
        """Forget the view called `name`. Raises OSError where nothing can be written."""
        self._write({other: saved for other, saved in self._read().items() if other != name})

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            found = json.loads(self._text.read() or "{}")
        except ValueError:
            return {}
        return {name: saved for name, saved in found.items() if _sound(name, saved)} if isinstance(found, dict) else {}

    def _write(self, views: Mapping[str, object]) -> None:
        self._text.write(json.dumps(views, indent=2, ensure_ascii=False) + "\n")


def typed_filters() -> Typed:
    """The filters of this user."""
    from platformdirs import user_state_path

    return Typed(user_state_path("goscope") / "filters")


def typed_recordings() -> Typed:
    """The recordings of this user."""
    from platformdirs import user_state_path

    return Typed(user_state_path("goscope") / "recordings")


def named_views() -> NamedViews:
    """Those of this user."""
    from platformdirs import user_config_path

    return NamedViews(user_config_path("goscope") / "views.json")


def _sound(name: str, saved: object) -> bool:
    """Whether a view can be restored: the file is a user's to edit."""
    if not (name.isprintable() and isinstance(saved, dict)):
        return False
    filters: Any = saved.get("filters", ())
    try:
        Granularity(saved.get("granularity", Granularity.FUNCTIONS))
        for each in filters:
            kind, text = each
            FilterKind(kind)
            text.isprintable()
    except (AttributeError, TypeError, ValueError):
        return False
    return True
