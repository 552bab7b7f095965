"""What a Prometheus says that many expressions come to, written to prometheus.json for test_prometheus.py.

    python -m tests.capture.live.rules.ask_prometheus

It wants `prometheus` and `promtool` (Debian's package prometheus, 2.42) and takes some seconds. Windows of those begin
with what is exactly at their beginning, unlike those of version 3: no sample is.
"""

import json
import math
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

GOLDEN = Path(__file__).with_name("prometheus.json")
SCRAPES, EVERY, LATER = 40, 5, 1.3
EXPRESSIONS = 600
_PORT = 19090
_NUMBERS = ["0", "1", "5", "2.5", "1e9", "Inf", "-3", "0.1", "7"]
_SELECTORS = [
    "g",
    "h",
    "c_total",
    "one",
    "d_total",
    "nothing",
    'g{x="y"}',
    'g{x!="y"}',
    'g{x=~"y|z.*|"}',
    'g{k="1"}',
    'h{x!~"w|"}',
    'c_total{x=~".+"}',
]
_WINDOWS = [
    "rate",
    "irate",
    "increase",
    "delta",
    "idelta",
    "deriv",
    "avg_over_time",
    "min_over_time",
    "max_over_time",
    "sum_over_time",
    "count_over_time",
    "changes",
    "resets",
    "last_over_time",
]
_OPERATORS = ["+", "-", "*", "/", "%", "^", ">", "<", "==", "!=", ">=", "<="]


class Dice:
    """Series and expressions by chance, the same for a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def series(self) -> dict[str, list[float | None]]:
        pick = self.random
        found: dict[str, list[float | None]] = {"one": self._gauge(), "d_total": self._counter()}
        for x in "yzw":
            found |= {f'g{{k="{k}",x="{x}"}}': self._gauge() for k in "12"}
            found |= {f'h{{x="{x}"}}': self._gauge(), f'c_total{{x="{x}"}}': self._counter()}
        for values in found.values():
            if pick.random() < 0.15:
                values[pick.randrange(SCRAPES)] = math.nan
        found |= {text: values for m in "pq" for text, values in self._buckets(m)}
        for values in found.values():
            # The newest scrape has all of them, for that Prometheus goes back to what was before it.
            values[:-1] = [None if pick.random() < 0.1 else each for each in values[:-1]]
        return found

    def _gauge(self) -> list[float | None]:
        pick = self.random
        return [pick.choice([pick.uniform(-10, 10), float(pick.randrange(9)), 0.0]) for _ in range(SCRAPES)]

    def _counter(self) -> list[float | None]:
        pick, at = self.random, self.random.uniform(0, 5)
        found: list[float | None] = []
        for _ in range(SCRAPES):
            at = pick.uniform(0, 2) if pick.random() < 0.08 else at + pick.choice([0, 1, pick.uniform(0, 30)])
            found.append(at)
        return found

    def _buckets(self, m: str) -> Iterator[tuple[str, list[float | None]]]:
        below = [0.0] * SCRAPES
        for le in ("0.1", "0.5", "2.5", "+Inf"):
            at = 0
            for turn in range(SCRAPES):
                at += self.random.randrange(6)
                below[turn] += at
            yield f'b_bucket{{le="{le}",m="{m}"}}', [*below]

    def vector(self, deep: int = 3) -> str:
        pick = self.random.choice
        if deep == 0:
            return pick(_SELECTORS)
        a, b = (f"({self.vector(deep - 1)})" for _ in range(2))
        back = pick(["5s", "10s", "20s", "45s", "1m", "3m"])
        match = pick(["", "on(x) ", "ignoring(k) ", "on() "])
        share = pick(["0", "0.5", "0.9", "0.99", "1", "2"])
        over = pick(["", "by (x) ", "without (x) ", "by (k, x) ", "without () "])
        return pick(
            [
                f"{pick(_WINDOWS)}({pick(_SELECTORS)}[{back}])",
                f"{pick(_WINDOWS)}({pick(_SELECTORS)}[{back}])",
                f"{pick(['sum', 'min', 'max', 'avg', 'count'])} {over}{a}",
                f"-{a}",
                f"{a} {pick([*_OPERATORS, '> bool', '!= bool'])} {match}{b}",
                f"{a} {pick([*_OPERATORS, '< bool'])} {pick(_NUMBERS)}",
                f"{pick(_NUMBERS)} {pick(_OPERATORS)} {a}",
                f"{pick(['abs', 'ceil', 'floor', 'absent'])}{a}",
                f"{pick(['clamp_min', 'clamp_max'])}({a}, {pick(['0', '1', '5', '2.5', '-3'])})",
                f"{a} {pick(['and', 'or', 'unless'])} {match}{b}",
                f"histogram_quantile({share}, rate(b_bucket[{pick(['20s', '1m'])}]))",
                f"predict_linear({pick(_SELECTORS)}[{back}], 30)",
                f"scalar({a}) + {pick(_SELECTORS)}",
            ]
        )


@contextmanager
def prometheus(exposition: str) -> Iterator[httpx.Client]:
    """A server that has these samples, with their moments, and no others."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "in").write_text(exposition)
        (place / "config").touch()
        load = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(place / "in"), str(place / "data")]
        subprocess.run(load, check=True, stdout=subprocess.DEVNULL)
        flags = [f"--config.file={place / 'config'}", f"--storage.tsdb.path={place / 'data'}", "--log.level=error"]
        server = subprocess.Popen(["prometheus", *flags, f"--web.listen-address=127.0.0.1:{_PORT}"])
        try:
            transport = httpx.HTTPTransport(retries=8)
            with httpx.Client(base_url=f"http://127.0.0.1:{_PORT}", transport=transport) as client:
                while client.get("/-/ready").status_code != 200:
                    time.sleep(0.1)
                yield client
        finally:
            server.terminate()
            server.wait()


def asked(client: httpx.Client, expression: str, moment: float) -> object:
    """Values by labels, a number alone, or null for an error."""
    answer = client.post("/api/v1/query", data={"query": expression, "time": str(moment)}).json()
    if answer["status"] != "success":
        return None
    result = answer["data"]["result"]
    if answer["data"]["resultType"] == "scalar":
        return result[1]
    return dict(sorted((_written(each["metric"]), each["value"][1]) for each in result))


def _written(labels: dict[str, str]) -> str:
    name = labels.pop("__name__", "")
    return name + "{" + ",".join(f'{label}="{text}"' for label, text in sorted(labels.items())) + "}"


def main(seed: int = 1) -> None:
    dice = Dice(seed)
    series = dice.series()
    begin = int(time.time()) - 4 * 3600
    lines = []
    for name in sorted({text.partition("{")[0] for text in series}):
        lines.append(f"# TYPE {name} unknown")
        lines += [
            f"{text} {each} {begin + EVERY * turn}"
            for text, values in series.items()
            if text.partition("{")[0] == name
            for turn, each in enumerate(values)
            if each is not None
        ]
    moment = EVERY * (SCRAPES - 1) + LATER
    expressions = sorted({dice.vector() for _ in range(EXPRESSIONS)})
    with prometheus("\n".join([*lines, "# EOF\n"])) as client:
        results = {each: asked(client, each, begin + moment) for each in expressions}
    texts = {text: " ".join("_" if each is None else repr(each) for each in values) for text, values in series.items()}
    golden = {"every": EVERY, "moment": moment, "series": texts, "expressions": results}
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
