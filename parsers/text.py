"""Text out of captures made safe for a terminal, once and for all readers.

Captures are hostile input: a function name may hold an escape sequence that retitles the terminal, or a bidi
override that makes a name read as another. Such characters become visible escapes here, so that nothing downstream
has to think of them.
"""

import re
from collections.abc import Sequence

# C0 and C1 controls, DEL, zero-width and bidi controls, line and paragraph separators, interlinear marks, tags,
# variation selectors' invisible kin, and surrogates, which no terminal encoding can write.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_SEPARATOR = b"\x00\n\x00"


def _visible(match: re.Match[str]) -> str:
    return match.group().encode("unicode_escape", "surrogatepass").decode("ascii")


def clean(text: str) -> str:
    r"""Return `text` with every control, escape, bidi and invisible character written out (`\x1b`, `\u202e`)."""
    return _UNSAFE.sub(_visible, text)


def clean_bytes(raw: bytes) -> str:
    r"""Decode UTF-8, writing out bytes that are none (`\xff`), and clean the result."""
    return clean(raw.decode("utf-8", "backslashreplace"))


def clean_all(table: Sequence[bytes]) -> list[str]:
    """Clean a whole string table; one pass over the joined text decides whether any of it needs mending."""
    joined = _SEPARATOR.join(table)
    if joined.count(b"\x00") == 2 * max(0, len(table) - 1):
        try:
            text = joined.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            parts = text.split("\x00\n\x00")
            if len(parts) == len(table) and not _UNSAFE.search(text.replace("\x00\n\x00", "")):
                return parts
    return [clean_bytes(raw) for raw in table]
