"""What has been scraped of one target and rules ask for: for each series its samples as far as rules look back.

Moments are seconds of a clock that nobody sets (`time.monotonic`), given by whoever scrapes. A scrape that fails is not
told: it leaves a gap, and what was scraped before holds for some intervals. A series that the newest scrape does not
have has no value any more, though functions of windows still see it, as in Prometheus.
"""

from array import array
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf, nextafter

from capture.live.rules.exposition import Labels, exposed, parsed

SERIES = 10_000
"""So many series are kept of a target."""
POINTS = 2_000_000
"""So many samples, of 16 bytes."""
# What was scraped holds until so many intervals later: two scrapes in a row may fail, and the next be a little late.
_HOLDS = 3.5

NAME = "__name__"


@dataclass(slots=True)
class Series:
    """Moments and values, oldest first."""

    times: "array[float]" = field(default_factory=lambda: array("d"))
    values: "array[float]" = field(default_factory=lambda: array("d"))

    def since(self, moment: float) -> int:
        """The position of the first sample after `moment`."""
        return bisect_right(self.times, moment)

    def drop(self, count: int) -> None:
        del self.times[:count], self.values[:count]


class Samples:
    """The samples of the metrics in `wanted`, for `look_back` seconds; `interval` is how often there is a scrape.

    `newest` is when the newest scrape was. `exposed` are the names of all metrics once a wanted one was not among
    them. `trouble` is a sentence where there is more than is kept, else "".
    """

    def __init__(
        self,
        wanted: Collection[str],
        look_back: float,
        interval: float = 5.0,
        *,
        most_series: int = SERIES,
        most_points: int = POINTS,
    ) -> None:
        self.wanted = frozenset(wanted)
        self.newest = -inf
        self.exposed: frozenset[str] = frozenset()
        self.trouble = ""
        self._look_back = look_back
        self._holds = _HOLDS * interval
        self._most_series, self._most_points = most_series, most_points
        self._series: dict[str, dict[Labels, Series]] = {}
        self._count = 0

    def take(self, now: float, text: str, content_type: str = "") -> None:
        """Add what was scraped at `now`. Raises CaptureError for what cannot be read; nothing is added then.

        May take a second for tens of thousands of series.
        """
        self.add(now, parsed(text, content_type, self.wanted))
        if not self.exposed and any(name not in self._series for name in self.wanted):
            self.exposed = exposed(text)

    def add(self, now: float, rows: Iterable[tuple[str, Labels, float]]) -> None:
        """Add samples as `exposition.parsed` gives them."""
        rows = list(rows)
        if now <= self.newest:
            return
        self.newest = now
        for name, labels, value in rows:
            series = self._of(name, labels)
            # A series that is there twice has its first value.
            if series and (not series.times or series.times[-1] < now):
                series.times.append(now)
                series.values.append(value)
        self._forget(now)

    def series(self, name: str) -> Mapping[Labels, Series]:
        """The series of a metric by their labels."""
        return self._series.get(name, {})

    def fresh(self, now: float) -> bool:
        """Whether what was scraped last still holds."""
        return now - self.newest <= self._holds

    def follows(self, before: float) -> bool:
        """Whether there is no gap between the newest scrape and the one at `before`, as far as gaps matter."""
        return self.newest - before <= self._holds

    def _of(self, name: str, labels: Labels) -> Series | None:
        found = self._series.get(name, {}).get(labels)
        if found is None and name in self.wanted:
            if self._count >= self._most_series:
                self.trouble = f"more than {self._most_series:,} series: rules see no more of them"
                return None
            found = self._series.setdefault(name, {})[labels] = Series()
            self._count += 1
        return found

    def _forget(self, now: float) -> None:
        """Drop what is too old, and where there is too much, what is oldest."""
        points = self._drop(now - self._look_back)
        while points > self._most_points and self._look_back > 0:
            self._look_back = self._look_back * 0.75 if self._look_back > 1 else 0.0
            self.trouble = f"too many samples: rules look back {self._look_back:,.0f} s and no farther"
            points = self._drop(now - self._look_back)

    def _drop(self, before: float) -> int:
        """Drop samples up to `before`, but none of the newest scrape; how many are left."""
        points = 0
        for name, of_name in list(self._series.items()):
            for labels, series in list(of_name.items()):
                series.drop(series.since(min(before, nextafter(self.newest, -inf))))
                points += len(series.times)
                if not series.times:
                    del of_name[labels]
                    self._count -= 1
            if not of_name:
                del self._series[name]
        return points
