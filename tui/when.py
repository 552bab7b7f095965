"""When a capture was taken, in the reader's own time."""

from datetime import datetime


def when(time_ns: int, *, zone: bool = False) -> str:
    """The time as people write it, with its zone if wanted; "" where there is none, or none that a clock can show."""
    try:
        local = datetime.fromtimestamp(time_ns // 10**9).astimezone()
    except (OverflowError, OSError, ValueError):
        return ""
    return f"{local:%Y-%m-%d %H:%M:%S}{f' {local:%Z}' if zone else ''}" if time_ns else ""
