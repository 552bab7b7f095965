"""What a function's name in a binary says of the line that declares it: enough to doubt a moved source."""

import re
from collections.abc import Sequence

_BRACKETS = re.compile(r"[\[\]]")
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
# What the compiler appends for a function without a name; until Go 1.21 `func1` is a wrapped `go` as well.
_INNER = re.compile(r"func\d+|gowrap\d+|deferwrap\d+|\d+")
_RANGE = re.compile(r".+-range\d+")
_BEGINS = re.compile(r"\b(?:func|go|defer|for)\b")
_ABI = (".abi0", ".abiinternal")
# Made by the compiler or by cgo, of nothing that a source file says.
_SYNTHETIC = re.compile(r"type:|type\.\.|go:|.*(?:\._cgoexp_|\._C2?func_|\.map\.init\.|-fm$)")
_RECEIVER = r"^func[ \t]*(?:\([^()]*\)[ \t]*)?"
_LONGEST = 1000


def fits(lines: Sequence[str], function: str, start_line: int, *, assembly: bool = False) -> bool | None:
    """Whether line `start_line`, from 1, declares `function`; None when its name does not tell."""
    if not 0 < start_line <= len(lines) or len(function) > _LONGEST or _SYNTHETIC.match(function):
        return None
    line = lines[start_line - 1]
    name = bare_name(function)
    if name is None:
        return bool(_BEGINS.search(line)) if _is_inner(_parts(function)) else None
    if assembly:
        return bool(re.search(rf"\b{name}\b", line))
    if re.match(rf"{_RECEIVER}{name}\b", line):
        return True
    declared = re.match(rf"{_RECEIVER}(\w+)", line)
    if declared is None:
        # A declaration broken across lines, which gofmt allows, shows no name here.
        return None if re.match(r"func[ \t]*(\([^)]*)?$", line) else False
    return _linked(lines, declared.group(1), name)


def declared_at(lines: Sequence[str], function: str) -> int | None:
    """Return the only line, from 1, that declares a function of this bare name."""
    name = bare_name(function)
    if name is None:
        return None
    declares = re.compile(rf"{_RECEIVER}{name}\b").match
    found = [number for number, line in enumerate(lines, 1) if line.startswith("func") and declares(line)]
    return found[0] if len(found) == 1 else None


def bare_name(function: str) -> str | None:
    """Return the declared name: `Run` of `example.com/app.(*Worker[...]).Run`.

    None for a function literal or a wrapper, which have none.
    """
    parts = _parts(function)
    if len(parts) > 1 and parts[-2] == "init" and parts[-1].isdigit():
        return "init"
    # The package's own `init` gathers its variables: no line declares it.
    if len(parts) < 2 or parts[1:] == ["init"] or not _IDENTIFIER.fullmatch(parts[-1]):
        return None
    return None if _is_inner(parts) else parts[-1]


def short_name(function: str) -> str:
    """Return the name without import path and type arguments."""
    return ".".join(_parts(function))


def _is_inner(parts: Sequence[str]) -> bool:
    # A function that someone named func1 stands right after its package; a literal has a function before it.
    return bool(_RANGE.fullmatch(parts[-1]) or (len(parts) > 2 and _INNER.fullmatch(parts[-1])))


def _parts(function: str) -> list[str]:
    """Package, receiver, name and what the compiler appended; type arguments and import path left out."""
    depth, kept, at = 0, [], 0
    for bracket in _BRACKETS.finditer(function):
        if depth == 0:
            kept.append(function[at : bracket.start()])
        depth = max(0, depth + (1 if bracket.group() == "[" else -1))
        at = bracket.end()
    if depth == 0:
        kept.append(function[at:])
    name = "".join(kept).rpartition("/")[2]
    for suffix in _ABI:
        name = name.removesuffix(suffix)
    return name.split(".")


def _linked(lines: Sequence[str], local: str, name: str) -> bool:
    """Whether `//go:linkname` gives a local function this name: `time.Sleep` is runtime's timeSleep."""
    return any(line.startswith(f"//go:linkname {local} ") and line.rstrip().endswith(f".{name}") for line in lines)
