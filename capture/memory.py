"""How much memory goscope may take on a host whose own work comes first."""

import ctypes
import os
import re
from pathlib import Path

# What decoding a profile and working on it take at their peak, for each byte of its uncompressed encoding: measured,
# 5 for one alone and 8 for each of several that are merged.
PEAK_PER_BYTE = 8
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
# glibc's malloc.h: one arena for all threads, large arrays on their own, and what is free at the end given back.
_MALLOC = {_M_ARENA_MAX: 1, _M_MMAP_THRESHOLD: 8 << 20, _M_TRIM_THRESHOLD: 32 << 20}
_CGROUP = Path("/sys/fs/cgroup")


def parse_size(text: str) -> int:
    """Bytes of `512MB`, `2g` or `1.5 GiB`. Raises ValueError."""
    match = re.fullmatch(r"\s*(\d{1,15}(?:\.\d{1,15})?)\s*([kmgt]?)(?:i?b)?\s*", text, re.IGNORECASE)
    if not match:
        raise ValueError(f"“{text}” is not a size such as 512MB or 2GB")
    return int(float(match[1]) * _UNITS[match[2].lower()])


def give_back() -> None:
    """Give memory that has been let go back to the system.

    Left to itself, the GNU C library keeps much of it for what each thread may ask for next, and reading a trace takes
    half as much again. Other libraries do as they do.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt") and hasattr(library, "malloc_trim"):
        for option, value in _MALLOC.items():
            library.mallopt(option, value)
        library.malloc_trim(0)


def default_budget() -> int:
    """Half of the memory that is available, in bytes; a container's limit counts."""
    return min(_host_available(), _container_available()) // 2


def _host_available() -> int:
    try:
        found = re.search(r"^MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    if found:
        return int(found[1]) << 10
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _container_available() -> int:
    try:
        limit, used = ((_CGROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
        return max(int(limit) - int(used), 0)
    except (OSError, ValueError):
        return 1 << 62
