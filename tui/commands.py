"""The printing commands: what the panes show, for pipes and scripts.

Each takes the parsed arguments, reads and merges the files, and yields its lines; errors a user can meet are raised.
What traces need is imported when there is one.
"""

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from analysis import listing, tags
from analysis.diff import Against, diff
from analysis.edges import edge_cutoff, inline_marks
from analysis.errors import ViewError
from analysis.filters import filtered, unmatched
from analysis.info import info, why_empty
from analysis.merge import alike, merge
from analysis.paths import with_files
from analysis.prune import prune
from analysis.samples import sample_index, total
from analysis.top import ranked, smallest, top, trimmed
from analysis.top import table as top_table
from analysis.tree import ROOT, CallTree
from analysis.tree import table as tree_table
from analysis.units import AUTO, MINIMUM, label, report_unit
from capture.open import CaptureError, captures, display_name, read_any
from capture.sources import mismatch
from parsers.profile.model import Profile
from tui import report
from tui.finder import Finder
from tui.session import view_of

if TYPE_CHECKING:
    from parsers.trace.model import Trace


class Loaded:
    """The profile the arguments name, merged, less its base if they name one, and how to look at it.

    Where files are traces, `derived` says which profile of theirs it is, and `notes` what there is to say of that.
    """

    def __init__(self, arguments: Namespace, complain: Callable[[str], None]) -> None:
        self.paths = captures(arguments.files, recursive=arguments.recursive)
        self.base_paths = captures(arguments.diff_base or arguments.base, recursive=arguments.recursive)
        self.against = Against.BASE if arguments.base else Against.DIFF_BASE
        self.normalized = arguments.normalize
        if self.normalized and not self.base_paths:
            raise ViewError("--normalize scales to what a base adds up to: give one with --diff-base or --base")
        self.finder = Finder(self.paths, arguments.source_path, arguments.trim_path)
        self.derived, self.notes, self.nothing = "", list[str](), ""
        profile = merge(self._read_all(self.paths, arguments, complain))
        self.base: Profile | None = None
        if self.base_paths:
            profile, self.base = alike([profile, merge(self._read_all(self.base_paths, arguments, complain))])
            profile = diff(profile, self.base, against=self.against, normalize=self.normalized)
        profile = prune(profile)
        self.view = view_of(arguments)
        for idle in unmatched(profile, self.view):
            # As the reference does: told, and no failure.
            print(f"goscope: {idle.kind} “{idle.text}” matches nothing", file=sys.stderr)
        # Filters see the paths that were recorded, not what is left of them.
        profile = filtered(profile, self.view)
        self.profile = with_files(profile, self.finder.sources.trim) if self.finder.asked else profile
        self.index = sample_index(self.profile, arguments.sample)
        self.value_type = self.profile.sample_types[self.index]
        self.total = total(self.profile, self.index)

    def _read_all(self, paths: list[Path], arguments: Namespace, complain: Callable[[str], None]) -> list[Profile]:
        """The profiles that can be read; of several files, one that cannot is reported and left out."""
        profiles: list[Profile] = []
        for path in paths:
            try:
                profiles.append(self._read(path, arguments))
            except CaptureError as error:
                if len(paths) == 1:
                    raise
                complain(str(error))
        if not profiles:
            raise ViewError("none of the files could be read")
        return profiles

    def _read(self, path: Path, arguments: Namespace) -> Profile:
        capture = read_any(path, budget=arguments.max_memory, compat=arguments.compat)
        if isinstance(capture, Profile):
            if arguments.profile or arguments.window or arguments.begin is not None or arguments.end is not None:
                raise CaptureError(path, "a profile: --profile and windows are for execution traces")
            return capture
        from analysis.derive import DESCRIPTIONS, default_kind, derived, why_none
        from tui.trace_commands import window_of

        self.derived = arguments.profile or self.derived or default_kind(capture)
        others = "" if arguments.profile else " (others with --profile)"
        self.notes = [f"Profile: {DESCRIPTIONS[self.derived]}{others}", *self.notes[1:], *capture.notes]
        self.nothing = why_none(self.derived)
        return derived(capture, self.derived, window_of(arguments, capture))

    def facts(self) -> dict[str, object]:
        """The head of every JSON object."""
        facts: dict[str, object] = {
            "file": _names(self.paths),
            "kind": f"trace {self.derived}" if self.derived else str(info(self.profile).kind),
            "sample_type": self.value_type.type,
            "unit": self.value_type.unit,
            "total": self.total,
        }
        if self.view.filters:
            facts["filters"] = [{"kind": str(each.kind), "text": each.text} for each in self.view.filters]
            facts["relative"] = self.view.relative
        if self.base:
            facts["base"] = {
                "file": _names(self.base_paths),
                "total": total(self.base, self.index),
                "against": str(self.against),
                "normalized": self.normalized,
            }
        return facts

    def why_empty(self) -> str:
        """One sentence where there is nothing to show, else ""."""
        if self.base:
            result = top(self.profile, self.view)
            return "" if result.flat.any() or result.cum.any() else "Nothing differs from the base."
        if self.derived:
            return "" if self.profile.n_samples else self.nothing
        if self.view.filters and not self.profile.n_samples and self.total:
            return "The filters leave nothing."
        return why_empty(self.profile, self.index)

    def labels(self, unit: str) -> Iterator[str]:
        yield from self.notes
        yield from report.profile_labels(info(self.profile), self.value_type, self.total, unit)
        yield from report.active_filters(self.view)


def _names(paths: Sequence[Path]) -> str | list[str]:
    names = [display_name(path) for path in paths]
    return names[0] if len(names) == 1 else names


def run_top(arguments: Namespace, complain: Callable[[str], None]) -> Iterator[str]:
    """The functions, lines, files or addresses that weigh most."""
    loaded = Loaded(arguments, complain)
    result = top(loaded.profile, loaded.view)
    every = ranked(result, arguments.sort)
    if arguments.json:
        rows = every[: arguments.n or None]
        marks = inline_marks(loaded.profile, loaded.view, result, every)
        table = top_table(result, rows, loaded.view.unit, marks)
        yield json.dumps(loaded.facts() | {"rows": [table.record(row) for row in range(table.length)]})
        return
    fraction = 0.0 if arguments.no_trim else arguments.node_fraction
    kept = trimmed(result, every, fraction)
    rows = kept[: arguments.n or None]
    least = 0 if arguments.no_trim else edge_cutoff(result)
    marks = inline_marks(loaded.profile, loaded.view, result, rows, least=least)
    table = top_table(result, rows, loaded.view.unit, marks)
    unit = (
        report_unit(smallest(result, rows), loaded.total, loaded.value_type.unit, arguments.unit) if len(rows) else AUTO
    )
    yield from loaded.labels(unit)
    yield from report.top_labels(result, rows, unit, dropped=len(every) - len(kept), fraction=fraction, kept=len(kept))
    if reason := loaded.why_empty():
        yield reason
    yield report.heading(table)
    yield from report.text(table)


def run_tree(arguments: Namespace, complain: Callable[[str], None]) -> Iterator[str]:
    """The call tree, from the root down or inverted, as far as its branches weigh something."""
    loaded = Loaded(arguments, complain)
    tree = CallTree(loaded.profile, loaded.view, inverted=arguments.invert)
    fraction = 0.0 if arguments.no_trim else arguments.node_fraction
    shown = list(opened(tree, abs(int(loaded.total * fraction)), arguments.depth, arguments.n))
    weights = [abs(tree.flat(at) or tree.cum(at)) for at in shown]
    unit = report_unit(min(filter(None, weights), default=0), loaded.total, loaded.value_type.unit, arguments.unit)
    table = tree_table(tree, shown, unit)
    if arguments.json:
        place = {at: row for row, at in enumerate(shown)}
        nodes = [{"parent": place.get(tree.parent(at), -1)} | table.record(row) for row, at in enumerate(shown)]
        yield json.dumps(loaded.facts() | {"inverted": arguments.invert, "nodes": nodes})
        return
    yield from loaded.labels(unit)
    if reason := loaded.why_empty():
        yield reason
    yield report.heading(table)
    yield from report.text(table)


def opened(tree: CallTree, least: int, depth: int, most: int) -> Iterator[int]:
    """Tree nodes in the order of reading, the heaviest branch first, up to the last of each that weighs `least`."""
    waiting = list(reversed(tree.children(ROOT)))
    wanted = set[int]()
    given = 0
    while waiting and not (most and given >= most):
        at = waiting.pop()
        if at not in wanted:
            wanted.update(tree.way(at, least))
        if at not in wanted:
            continue
        yield at
        given += 1
        if not depth or tree.depth(at) < depth:
            waiting.extend(reversed(tree.children(at)))


def run_list(arguments: Namespace, complain: Callable[[str], None]) -> Iterator[str]:
    """The source lines of the functions that match, with their weights."""
    loaded = Loaded(arguments, complain)
    found = listing.routines(loaded.profile, loaded.view, arguments.regex)
    to = AUTO if arguments.unit == MINIMUM else arguments.unit
    unit = loaded.value_type.unit
    if arguments.json:
        yield json.dumps(loaded.facts() | {"routines": [_routine_record(loaded, each) for each in found]})
        return
    yield f"Total: {label(loaded.total, unit, to)}"
    for each in found:
        if not each.file:
            yield f"No source information for {each.name}"
            continue
        source = loaded.finder.sources.find(each.file)
        yield from report.routine_heading(each, unit, loaded.total, to)
        if source is None:
            yield f" No source: tried {', '.join(loaded.finder.sources.tried(each.file)) or 'nothing'}"
        elif warning := mismatch(source, each.name, each.start_line, int(each.lines[-1])):
            yield f" Warning: {warning}"
        table = listing.table(each, source.lines if source else None, unit, loaded.total, to)
        for row in range(table.length):
            flat, cum, line, words = (column.text(row) for column in table.columns)
            yield f"{flat:>10} {cum:>10} {line:>6}:{words}"


def _routine_record(loaded: Loaded, found: listing.Routine) -> dict[str, object]:
    source = loaded.finder.sources.find(found.file) if found.file else None
    table = listing.table(found, source.lines if source else None, loaded.value_type.unit, loaded.total)
    return {
        "name": found.name,
        "file": found.file,
        "flat": found.flat,
        "cum": found.cum,
        "source": source.path if source else None,
        "lines": [table.record(row) for row in range(table.length)],
    }


def run_tags(arguments: Namespace, complain: Callable[[str], None]) -> Iterator[str]:
    """The labels of the samples: every key, and what its values weigh."""
    loaded = Loaded(arguments, complain)
    to = AUTO if arguments.unit == MINIMUM else arguments.unit
    found = tags.named(tags.tags(loaded.profile, loaded.view, to), arguments.tagshow, arguments.taghide)
    if arguments.json:
        yield json.dumps(
            loaded.facts()
            | {
                "tags": [
                    {
                        "key": tag.key,
                        "total": tag.weight,
                        "values": [{"value": value, "weight": weight} for value, weight in tag.values],
                    }
                    for tag in found
                ]
            }
        )
        return
    for tag in found:
        yield from report.tag_lines(tag, loaded.value_type.unit, loaded.total, to)
        yield ""
    if not found:
        yield "No sample has a label."


def run_info(arguments: Namespace, complain: Callable[[str], None]) -> Iterator[str]:
    """What each file is: kind, program, time, and what it holds."""
    paths = captures(arguments.files, recursive=arguments.recursive)
    facts: list[dict[str, object]] = []
    for path in paths:
        try:
            capture = read_any(path, budget=arguments.max_memory)
        except CaptureError as error:
            if len(paths) == 1:
                raise
            complain(str(error))
            continue
        record, lines = _about(capture)
        if arguments.json:
            facts.append({"file": display_name(path)} | record)
            continue
        yield f"file:      {display_name(path)}"
        yield from lines
        if path != paths[-1]:
            yield ""
    if arguments.json and facts:
        yield json.dumps(facts[0] if len(paths) == 1 else facts)


def _about(capture: "Profile | Trace") -> tuple[dict[str, object], Iterator[str]]:
    """What a capture is, for scripts and for people."""
    if isinstance(capture, Profile):
        return asdict(info(capture)), report.info_lines(info(capture))
    from analysis.traceinfo import trace_info
    from tui.trace_report import info_lines

    about = trace_info(capture)
    return {"kind": "trace"} | asdict(about), info_lines(about)


RUN = {"top": run_top, "tree": run_tree, "list": run_list, "tags": run_tags, "info": run_info}
