"""What may lie beside a capture: a small text that says why it was taken."""

from contextlib import suppress
from pathlib import Path

from parsers.text import clean_bytes

WHY = ".why"
"""What a file is called, behind the name of its capture, that says why that was taken."""

_MOST = 4096


def why_beside(path: Path) -> str:
    """Why a capture was taken: a sentence, and below it lines of `key: value`; "" where nothing says.

    Of more than 4 KB it is the beginning.
    """
    with suppress(OSError), path.with_name(path.name + WHY).open("rb") as file:
        lines = map(clean_bytes, file.read(_MOST).splitlines())
        return "\n".join(line.strip() for line in lines).strip()
    return ""


def is_why(path: Path) -> bool:
    """Whether a file is such a text, and no capture."""
    return path.name.endswith(WHY)
