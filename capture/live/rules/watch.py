"""When a rule fires: its condition has held for long enough, and it is armed.

    idle -> pending -> fired -> (armed again, and the cool-down is over) -> idle

As with Prometheus's alerts, it is one series that must hold all the time, not now this and now that. It need not be
seen to hold all the time: between two scrapes nothing is known, and while scrapes fail what was scraped last counts,
neither for nor against; after more than two that fail in a row (`Samples.fresh`), what held so far is forgotten. A rule
that has fired is armed again when its `until` holds for each series that that compares, or without one when its
condition holds for none; if that is so once, it stays armed while it cools down. It begins to hold after that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import inf

from promql_parser import VectorSelector

from capture.live.rules.evaluate import metric, selected
from capture.live.rules.exposition import Labels
from capture.live.rules.language import Rule
from capture.live.rules.samples import Samples
from capture.live.rules.truth import Evidence, Holding, holding, settled, told
from capture.open import CaptureError
from parsers.text import clean

# What Prometheus adds to that which a process says.
_ADDED = ("job", "instance")
_OWN = ("up", "scrape_duration_seconds", "scrape_samples_scraped", "ALERTS")
_SAID = 500


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that fired; `because` is one line that says which, and with what values."""

    because: str


class Watcher:
    """A rule and where it is; `cool_down` is how many seconds lie between it firing twice, at least."""

    def __init__(self, rule: Rule, cool_down: float) -> None:
        self.rule = rule
        self._cool_down = cool_down
        self._armed = True
        self._rested = -inf
        self._held: dict[Labels, float] = {}
        self._newest = -inf
        self._now = -inf
        self._blind = True
        self._trouble = self._lacks = ""
        self._news: list[str] = []
        self._told: set[str] = set()

    @property
    def state(self) -> str:
        """Where the rule is, in a few words for a progress line."""
        if self._blind:
            return "no metrics to look at"
        if self._trouble:
            return self._trouble
        rest = self._rested - self._now
        if not self._armed:
            return f"fired, armed again when {self.rule.shown_until or 'it no longer holds'}"
        if rest > 0:
            return f"fired, armed again in {rest:,.0f} s"
        if self._held:
            held = min(self._now - min(self._held.values()), self.rule.hold)
            return f"holds for {held:,.0f} s of {self.rule.hold:,.0f} s"
        return self._lacks or "does not hold"

    def news(self) -> list[str]:
        """What is wrong with the rule, in sentences that have not been given before."""
        given, self._news = self._news, []
        return given

    def see(self, samples: Samples, now: float) -> Fired | None:
        """Look at what has been scraped, after each scrape or more often; `now` is of the same clock."""
        self._now = now
        self._blind = not samples.fresh(now)
        if self._blind or not samples.follows(self._newest):
            self._held.clear()
        if self._blind or samples.newest == self._newest:
            return None
        self._newest = samples.newest
        self._look_for(samples)
        try:
            found = holding(self.rule.condition, samples, now)
            self._armed = self._armed or self._is_settled(found, samples, now)
            self._trouble = ""
        except CaptureError as error:
            self._trouble = f"{self.rule.shown}: {error}"
            self._say(self._trouble)
            found = Holding({})
        return self._decide(found, now)

    def _is_settled(self, found: Holding, samples: Samples, now: float) -> bool:
        return settled(self.rule.until, samples, now) if self.rule.until else not found.series

    def _decide(self, found: Holding, now: float) -> Fired | None:
        if not self._armed or now < self._rested:
            found = Holding({})
        self._held = {labels: self._held.get(labels, now) for labels in found.series}
        held = {labels: since for labels, since in self._held.items() if now - since >= self.rule.hold}
        if not held:
            return None
        self._armed, self._rested = False, now + self._cool_down
        self._held.clear()
        return Fired(self._because(found, held, now - min(held.values())))

    def _because(self, found: Holding, held: dict[Labels, float], seconds: float) -> str:
        """The rule, and of each of its parts the series that made it fire."""
        said = []
        for part in found.evidence:
            # Series that have held for less are left out; those on the right of `and` are no matter of time.
            series = {
                labels: each for labels, each in part.series.items() if labels in held or labels not in found.series
            }
            if series:
                said.append(told(Evidence(part.compared, series)))
        because = clean(f"{self.rule.shown}: {'; '.join(said)}")
        because = because if len(because) <= _SAID else because[: _SAID - 1] + "…"
        return f"{because} for {seconds:,.0f} s" if self.rule.hold else because

    def _look_for(self, samples: Samples) -> None:
        """Say which metrics are not there, for they may be misspelt."""
        lacks = [said for selector in self.rule.looks_for if (said := _lacking(selector, samples))]
        self._lacks = lacks[0] if lacks else ""
        for said in lacks:
            self._say(f"{self.rule.shown}: {said}")

    def _say(self, sentence: str) -> None:
        sentence = clean(sentence)
        if sentence not in self._told and len(self._told) < 100:
            self._told.add(sentence)
            self._news.append(sentence)


def _lacking(selector: VectorSelector, samples: Samples) -> str:
    """Why a selector finds nothing, "" if it does."""
    name = metric(selector)
    if not samples.series(name):
        near = get_close_matches(name, samples.exposed, 3)
        meant = f": {' or '.join(near)} perhaps" if near else " so far"
        meant = ": it comes from Prometheus, not from the process" if name in _OWN else meant
        return clean(f"there is no metric {name}{meant}")
    if selected(selector, samples):
        return ""
    added = [each.name for each in selector.matchers.matchers if each.name in _ADDED]
    why = f": {' and '.join(added)} comes from Prometheus, not from the process" if added else " so far"
    return clean(f"no series matches {selector}{why}")


class Rules:
    """The rules about one target, and what is scraped of it for them; `interval` is how often that is, in seconds."""

    def __init__(self, rules: Sequence[Rule], cool_down: float, interval: float = 5.0) -> None:
        names = frozenset().union(*(rule.names for rule in rules))
        self.samples = Samples(names, max((rule.look_back for rule in rules), default=0.0), interval)
        self.watchers = [Watcher(rule, cool_down) for rule in rules]
        self._trouble = ""

    def scraped(self, now: float, text: str, content_type: str = "") -> list[Fired]:
        """The rules that fire, now that `text` was scraped. Raises CaptureError for what is no metrics.

        May take a second where there are tens of thousands of series: it is for a thread.
        """
        self.samples.take(now, text, content_type)
        return self._see(now)

    def failed(self, now: float) -> None:
        """Have the rules know that there was no scrape."""
        self._see(now)

    @property
    def states(self) -> tuple[str, ...]:
        """Where each rule is, in a few words."""
        return tuple(watcher.state for watcher in self.watchers)

    def news(self) -> list[str]:
        """What is wrong with rules, or is too much, in sentences that have not been given before."""
        trouble = self.samples.trouble
        new = [trouble] if trouble != self._trouble else []
        self._trouble = trouble
        return [*new, *(sentence for watcher in self.watchers for sentence in watcher.news())]

    def _see(self, now: float) -> list[Fired]:
        return [fired for watcher in self.watchers if (fired := watcher.see(self.samples, now))]
