"""Whose code a function is: the main module's, or the runtime's, the standard library's, another module's."""

import posixpath
import re
from collections.abc import Iterable, Sequence

import numpy as np

from analysis.memo import memo
from parsers.profile.model import Bool, Profile

# Vendored code, and the module cache, whose directories carry the version.
_FOREIGN = re.compile(r"(^|/)vendor/|@v\d|/pkg/mod/")
_COMMAND = re.compile(r"/cmd(/[^/]+)?$")


def package(function: str) -> str:
    """The import path of a symbol: `github.com/acme/app/db` of `github.com/acme/app/db.(*Pool).Get[go.shape.int]`."""
    name = function.partition("[")[0]
    slash = name.rfind("/") + 1
    return name[: slash + name[slash:].find(".")] if "." in name[slash:] else name


@memo
def own_functions(profile: Profile) -> Bool:
    """Per function: does it belong to the main module?"""
    strings, functions = profile.strings, profile.functions
    return own([strings[row] for row in functions.name], [strings[row] for row in functions.filename])


def own(names: Sequence[str], files: Sequence[str]) -> Bool:
    """Per function, given its name and its file: does it belong to the main module?

    Its directory is the one of main.main's file, or above the `cmd/NAME` that holds it; where there is no main.main,
    the one that the files of package main share. What lies below it belongs to the module, unless it is vendored.
    """
    in_main = [package(name) == "main" for name in names]
    entry = {posixpath.dirname(file) for name, file in zip(names, files, strict=True) if name == "main.main" and file}
    roots = entry or {posixpath.dirname(file) for file, main in zip(files, in_main, strict=True) if main and file}
    root = _module_root(roots)
    belongs = [
        main or (bool(root) and file.startswith(root) and not _FOREIGN.search(file))
        for main, file in zip(in_main, files, strict=True)
    ]
    return np.array(belongs, np.bool_)


def _module_root(directories: Iterable[str]) -> str:
    """The directory above all of `directories`, with a slash at its end; "" when there is none worth the name."""
    found = list(directories)
    if not found:
        return ""
    try:
        root = _COMMAND.sub("", posixpath.commonpath(found))
    except ValueError:
        return ""
    return f"{root}/" if root.strip("/") else ""
