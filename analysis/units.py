"""Values as pprof writes them: units, scaling and percentages.

The rules are those of google/pprof's internal/measurement, to the digit, because people compare figures: bytes scale by
1024 but are called kB and MB, time goes up to hours without minutes, and a trailing ".00" is dropped.
"""

from dataclasses import dataclass

MINIMUM = "minimum"
AUTO = "auto"
# Units that say nothing: the number stands alone.
_SILENT = ("count", "sample", "unit", MINIMUM, AUTO)


@dataclass(frozen=True, slots=True)
class _Family:
    """Units of one kind: name, factor to the smallest, and other names for it. Plural and case do not matter."""

    default: str
    units: tuple[tuple[str, float, tuple[str, ...]], ...]

    def find(self, name: str) -> tuple[str, float] | None:
        wanted = name.lower()
        if len(wanted) > 2:
            wanted = wanted.removesuffix("s")
        return next(((unit, factor) for unit, factor, aliases in self.units if wanted in aliases), None)

    def fitting(self, value: float) -> tuple[str, float]:
        """The largest unit of which there is at least one; the default unit when there is none."""
        fits = [(name, size) for name, size, _ in self.units if value / size >= 1]
        return max(fits, key=lambda found: found[1], default=self.standard())

    def standard(self) -> tuple[str, float]:
        return next((name, size) for name, size, _ in self.units if name == self.default)


_FAMILIES = (
    _Family(
        "B",
        (
            ("B", 1, ("b", "byte")),
            ("kB", 1 << 10, ("kb", "kbyte", "kilobyte")),
            ("MB", 1 << 20, ("mb", "mbyte", "megabyte")),
            ("GB", 1 << 30, ("gb", "gbyte", "gigabyte")),
            ("TB", 1 << 40, ("tb", "tbyte", "terabyte")),
            ("PB", 1 << 50, ("pb", "pbyte", "petabyte")),
        ),
    ),
    _Family(
        "s",
        (
            ("ns", 1, ("ns", "nanosecond")),
            ("us", 1e3, ("us", "μs", "microsecond")),
            ("ms", 1e6, ("ms", "millisecond")),
            ("s", 1e9, ("s", "sec", "second")),
            ("hrs", 3600e9, ("hr", "hour")),
        ),
    ),
    _Family(
        "GCU",
        tuple(
            (f"{short}GCU", 10.0**power, (f"{long}gcu",))
            for short, long, power in (
                ("n*", "nano", -9),
                ("u*", "micro", -6),
                ("m*", "milli", -3),
                ("", "", 0),
                ("k*", "kilo", 3),
                ("M*", "mega", 6),
                ("G*", "giga", 9),
                ("T*", "tera", 12),
                ("P*", "peta", 15),
            )
        ),
    ),
)


def scale(value: int, unit: str, to: str = AUTO) -> tuple[float, str]:
    """`value` in the unit `to`, and that unit's name; "auto" and "minimum" take the largest unit that fits the value.

    A unit of another family gives the family's default; a value whose own unit is of no family stays as it is.
    """
    if value < 0:
        scaled, name = scale(-value, unit, to)
        return -scaled, name
    for family in _FAMILIES:
        if own := family.find(unit):
            smallest = float(value) * own[1]
            chosen = family.fitting(smallest) if to in (MINIMUM, AUTO) else family.find(to)
            name, factor = chosen or family.standard()
            return smallest / factor, name
    return float(value), "" if to in _SILENT else to


def label(value: int, unit: str, to: str = AUTO) -> str:
    """`value` written with its unit: `1.86s`, `150ms`, `80MB`; nothing is `0`."""
    scaled, name = scale(int(value), unit, to)
    text = f"{scaled:.2f}".removesuffix(".00")
    return "0" if text in ("0", "-0") else text + name


def percent(value: int, total: int) -> str:
    """The share of `total` with at least two digits, never negative: `42.75%`, `0.42%`, `  100%`."""
    share = abs(float(value) / float(total)) * 100 if total else 0.0
    if 99.95 <= share <= 100.05:
        return "  100%"
    return f"{share:5.2f}%" if share >= 1 else f"{share:5.2g}%"


def report_unit(smallest: int, total: int, unit: str, wanted: str = MINIMUM) -> str:
    """The unit a whole report is written in: the one that lets its smallest value be told from nothing.

    As `selectOutputUnit` of google/pprof's internal/report. `smallest` is the smallest value that is not 0, or 0.
    """
    if wanted != MINIMUM:
        return wanted
    smallest = smallest or total
    chosen = scale(smallest, unit)[1]
    if chosen != scale(total, unit)[1] and smallest * 100 < total:
        chosen = scale(100 * smallest, unit)[1]
    return chosen or unit


def is_known(unit: str) -> bool:
    """Whether values in the unit can be converted to another one."""
    return any(family.find(unit) for family in _FAMILIES)


def compatible(unit: str, other: str) -> bool:
    """Whether values in one unit can be converted to the other."""
    return unit == other or any(family.find(unit) and family.find(other) for family in _FAMILIES)
