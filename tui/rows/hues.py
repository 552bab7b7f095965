"""Which colour stands for what in a flame graph: a package always has the same one."""

from zlib import crc32

HUES = 10
"""Numbers of hues of packages: 0 to HUES."""
ABOVE = HUES  # what lies above the box that is zoomed into
SAME = HUES + 1  # a difference that comes to nothing
GROWN = HUES + 2
SHRUNK = HUES + 3
OTHER = HUES + 4  # what a search did not find
# Tells the packages apart that most programs have: main, runtime, net/http, fmt, encoding/json, syscall, strconv, sync.
_SEED = 789


def hue(package: str) -> int:
    """The hue of a package."""
    return crc32(package.encode(), _SEED) % HUES
