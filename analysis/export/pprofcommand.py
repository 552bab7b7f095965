"""The `go tool pprof` commands that give the same numbers, to be pasted into a shell; what no command gives is said."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from analysis.filters import minimum
from analysis.units import MINIMUM
from analysis.view import Filter, FilterKind, Granularity, View

# The reports by the names of goscope's commands.
Report = Literal["top", "tree", "callers", "peek", "list", "tags"]

# In the order that pprof applies them in: what is of one step it does at once (internal/driver/driver_focus.go).
_STEPS = {
    FilterKind.TAGROOT: 0,
    FilterKind.TAGLEAF: 0,
    FilterKind.FOCUS: 1,
    FilterKind.IGNORE: 1,
    FilterKind.HIDE: 1,
    FilterKind.SHOW: 1,
    FilterKind.SHOW_FROM: 2,
    FilterKind.TAGFOCUS: 3,
    FilterKind.TAGIGNORE: 3,
    FilterKind.PRUNE_FROM: 4,
}
# Of these, several are as one with any of their expressions.
_EITHER = (FilterKind.IGNORE, FilterKind.HIDE)
# And these list keys.
_LISTS = (FilterKind.TAGROOT, FilterKind.TAGLEAF)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the numbers are of: the report, its files and base, the rows, and the sample type's name.

    `pattern` is the RE2 expression of `list` and `peek`. `fraction` is the least share of a row where the view tells
    none: None for pprof's own default, 0 for any; `rows` how many there are at most, 0 for all. `derived` names the
    profile of a trace.
    """

    report: Report
    files: tuple[str, ...]
    sample_type: str
    base: tuple[str, ...] = ()
    against: str = "diff_base"
    normalize: bool = False
    pattern: str = ""
    by_cum: bool = False
    rows: int = 0
    fraction: float | None = None
    derived: str = ""
    compat: bool = False
    source_path: str = ""
    trim_path: str = ""


@dataclass(frozen=True, slots=True)
class Equivalent:
    """Commands to be run one after another, quoted for a shell, and in `notes` sentences for what they do not give.

    Without commands, none gives these numbers.
    """

    commands: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Script:
    """Commands in the making."""

    commands: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    made: int = 0

    def pprof(self, *arguments: str) -> None:
        self.commands.append(" ".join(["go tool pprof -symbolize=none", *map(quoted, arguments)]))

    def step(self, *arguments: str) -> str:
        """Write a profile, and say where."""
        self.made += 1
        name = f"step{self.made}.pb.gz"
        self.pprof("-proto", f"-output={name}", *arguments)
        return name


def equivalent(asked: Asked, view: View) -> Equivalent:
    """How `go tool pprof` is asked for what `asked` says, under `view`."""
    if view.mine:
        return Equivalent(notes=("`go tool pprof` has nothing like --mine, so no command of it gives these numbers.",))
    if "-" in (*asked.files, *asked.base):
        return Equivalent(notes=("What came from standard input is in no file that `go tool pprof` could read.",))
    script = _Script()
    if asked.derived and (reason := _no_trace(asked, view)):
        return Equivalent(notes=(reason,))
    files = [_profile_of(script, asked, name) for name in asked.files]
    *steps, last = _packed(view.filters)
    arguments = [*_base(script, asked), *files]
    for options in steps:
        arguments = [script.step(*options, *arguments)]
    if steps and not view.relative:
        script.notes.append("Percentages of the last command are of what the ones before it leave.")
    script.pprof(*_report(asked, view), *_looks(asked, view), *last, *arguments)
    script.notes += _differences(asked, view)
    return Equivalent(tuple(script.commands), tuple(script.notes))


def quoted(text: str) -> str:
    """`text` as one word of a shell's command line, on one line whatever is in it."""
    if text.isprintable():
        return shlex.quote(text)
    raw = text.encode("utf-8", "surrogateescape")
    return "$'" + "".join(chr(b) if 32 <= b < 127 and b not in b"'\\" else f"\\{b:03o}" for b in raw) + "'"


def _report(asked: Asked, view: View) -> Iterator[str]:
    yield {
        "top": "-top",
        "tree": "-tree",
        "callers": "-tree",
        "peek": f"-peek={asked.pattern}",
        "list": f"-list={asked.pattern}",
        "tags": "-tags",
    }[asked.report]
    yield f"-sample_index={asked.sample_type}"
    if asked.report in ("list", "tags"):
        return
    yield f"-{view.granularity}"
    if asked.by_cum:
        yield "-cum"
    if asked.report == "peek":
        return
    if asked.rows and asked.report != "tree":
        yield f"-nodecount={asked.rows}"
    fraction = minimum(view) or asked.fraction
    if fraction or (asked.rows and fraction == 0):
        yield f"-nodefraction={fraction:.12g}"
    elif fraction == 0:
        yield "-trim=false"


def _looks(asked: Asked, view: View) -> Iterator[str]:
    if not view.inlines:
        yield "-noinlines"
    if view.unit != MINIMUM:
        yield f"-unit={view.unit}"
    if view.relative:
        yield "-relative_percentages"
    if asked.source_path:
        yield f"-source_path={asked.source_path}"
    if asked.trim_path:
        yield f"-trim_path={asked.trim_path}"


def _base(script: _Script, asked: Asked) -> list[str]:
    """The options that subtract the base. Of several, pprof takes the last one alone: they are merged first."""
    if not asked.base:
        return []
    files = [_profile_of(script, asked, name) for name in asked.base]
    (name,) = files if len(files) == 1 else [script.step(*files)]
    return [f"-{asked.against}={name}", *(["-normalize"] if asked.normalize else [])]


def _profile_of(script: _Script, asked: Asked, name: str) -> str:
    """The file to give pprof: of a trace, one that is written first."""
    name = f"./{name}" if name.startswith("-") else name
    if not asked.derived:
        return name
    script.made += 1
    made = f"{asked.derived}{script.made}.pb.gz"
    script.commands.append(f"go tool trace -pprof={asked.derived} {quoted(name)} > {made}")
    return made


def _no_trace(asked: Asked, view: View) -> str:
    """Why no command gives what is derived from a trace; "" if one does."""
    if asked.derived == "cpu":
        return "No command of Go's tools takes the CPU samples out of a trace."
    if view.window is not None:
        return "`go tool trace` has no windows of a trace, so no command of Go's tools gives these numbers."
    return ""


def _packed(filters: Sequence[Filter]) -> list[list[str]]:
    """The filters as options, in as many commands as it takes; at least one."""
    commands: list[list[str]] = [[]]
    said: list[FilterKind] = []
    for kind, text in _ordered(filters):
        if kind in said or any(_STEPS[other] > _STEPS[kind] for other in said):
            commands.append([])
            said = []
        commands[-1].append(f"-{kind}={text}")
        said.append(kind)
    return commands


def _ordered(filters: Sequence[Filter]) -> Iterator[tuple[FilterKind, str]]:
    for kind in _STEPS:
        texts = list(dict.fromkeys(each.text for each in filters if each.kind is kind))
        if len(texts) > 1 and kind in _EITHER:
            texts = ["|".join(f"(?:{text})" for text in texts)]
        elif len(texts) > 1 and kind in _LISTS:
            texts = [",".join(texts)]
        yield from ((kind, text) for text in texts)


def _differences(asked: Asked, view: View) -> Iterator[str]:
    """What is not the same, though the numbers are."""
    if asked.report == "tree":
        yield (
            "`go tool pprof` prints no call tree: -tree has the flat and cum of each function and what its callers "
            "and callees weigh, whatever the path."
        )
    if view.granularity is Granularity.FILES:
        yield "`go tool pprof` repeats a file for each of its functions."
    if asked.derived and not asked.compat:
        yield "`go tool trace` leaves waits out that goscope counts; --compat gives its figures."
