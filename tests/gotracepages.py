"""The pages of `go tool trace`'s HTTP server, read into plain structures: tasks, regions, goroutines and profiles.

What the pages mean, cmd/trace's tasks.go, regions.go, goroutines.go and pprof.go say. All times are nanoseconds, since
the trace's first event where they are moments.
"""

import os
import re
import signal
import subprocess
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from benchmarks.gotools import go

_UNITS = {"h": 3_600_000_000_000, "m": 60_000_000_000, "s": 1_000_000_000, "ms": 1_000_000, "µs": 1000, "ns": 1}
_PART = re.compile(r"([\d.]+)(h|ms|m|s|µs|ns)")
_NO_PARENT = (1 << 64) - 1
# How events are described (describeEvent in cmd/trace's tasks.go).
_BEGIN = re.compile(r'task ".*" \(ID \d+, parent (\d+)\) begin')
_REGION_BEGIN = re.compile(r'region ".*" begin')
_CHANGE = re.compile(r"\w+ -> \w+")  # a goroutine's end, which ends its regions


@dataclass(frozen=True)
class TaskEvent:
    time: int
    goroutine: int
    what: str  # such as `region "load" begin`


@dataclass(frozen=True)
class Task:
    """`start` and `end` are those of the trace where the task's own are not in it; `begun` and `ended` are -1 then."""

    id: int
    name: str
    start: int
    end: int
    complete: bool
    events: tuple[TaskEvent, ...]

    @property
    def begun(self) -> int:
        return next((each.time for each in self.events if _BEGIN.fullmatch(each.what)), -1)

    @property
    def ended(self) -> int:
        return next((each.time for each in self.events if each.what == "task end"), -1)

    @property
    def parent(self) -> int:
        """The id of the task that this one is a part of; 0 for none, or where its begin is not in the trace."""
        begins = (_BEGIN.fullmatch(each.what) for each in self.events)
        return next((int(begin[1]) % _NO_PARENT for begin in begins if begin), 0)

    @property
    def goroutines(self) -> set[int]:
        """Those that said something of the task."""
        return {each.goroutine for each in self.events if not _CHANGE.fullmatch(each.what)}

    @property
    def logs(self) -> int:
        return sum(each.what.startswith("log ") for each in self.events)

    @property
    def regions(self) -> int:
        """How many regions it has: as many as begin, and the ends that close none of these."""
        begun: Counter[int] = Counter()
        alone = 0
        for each in self.events:
            if _REGION_BEGIN.fullmatch(each.what):
                begun[each.goroutine] += 1
            elif each.what.startswith("region "):
                begun[each.goroutine] -= 1
                if begun[each.goroutine] < 0:
                    begun[each.goroutine], alone = 0, alone + 1
        return alone + sum(bool(_REGION_BEGIN.fullmatch(each.what)) for each in self.events)


@dataclass(frozen=True)
class RegionType:
    """A row of /userregions: a name, and the outermost frame of where the regions began, 0 and "" for none."""

    name: str
    function: str
    pc: int
    count: int


@dataclass(frozen=True)
class Region:
    """A row of /userregion. `times` are the columns behind Total, as the page calls them, `ranges` the special ones."""

    goroutine: int
    task: int
    total: int
    times: dict[str, int]
    ranges: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Pages:
    """A running server."""

    url: str

    def get(self, page: str, **query: str) -> bytes:
        with urllib.request.urlopen(f"{self.url}/{page}?{urlencode(query, quote_via=quote)}") as answer:
            content: bytes = answer.read()
        return content

    def task_types(self) -> dict[str, int]:
        """/usertasks: how many tasks there are of every name."""
        links = re.findall(r'<a href="(/usertask\?type=[^"&]*)">(\d+)</a>', self.get("usertasks").decode())
        return {_asked(link)["type"]: int(count) for link, count in links}

    def tasks(self, name: str) -> list[Task]:
        """/usertask: the tasks of a name."""
        page = self.get("usertask", type=name).decode()
        return [_task(name, part) for part in page.split('<tr class="first">')[1:]]

    def region_types(self) -> list[RegionType]:
        """/userregions, its rows for regions that goroutines inherited from their creators (named "") left out."""
        rows = re.findall(
            r'<td><pre>.*?<br>(.*?) @ 0x[0-9a-f]+<br>.*?</pre></td>\s*<td><a href="(/userregion\?[^"]*)">(\d+)</a>',
            self.get("userregions").decode(),
            re.DOTALL,
        )
        found = [(unescape(function), _asked(link), int(count)) for function, link, count in rows]
        return [
            RegionType(asked["type"], function, int(asked["pc"], 16), count)
            for function, asked, count in found
            if asked["type"]
        ]

    def regions(self, of: RegionType) -> list[Region]:
        """/userregion: the regions of a type."""
        page = self.get("userregion", type=of.name, pc=f"{of.pc:x}").decode()
        first, _, second = page.partition('id="breakdown"')[2].partition('id="ranges"')
        ranges = {(each.goroutine, each.task, each.total): each.times for each in _regions(second, 3)}
        return [
            replace(each, ranges=ranges.get((each.goroutine, each.task, each.total), {})) for each in _regions(first, 4)
        ]

    def goroutines(self) -> dict[str, tuple[int, int]]:
        """/goroutines: how many run every function, and how long they did so together."""
        rows = re.findall(
            r'<a href="(/goroutine\?name=[^"]*)">.*?</td>\s*<td>(\d+)</td>\s*<td>([^<]*)</td>',
            self.get("goroutines").decode(),
            re.DOTALL,
        )
        return {_asked(link)["name"]: (int(count), duration(time)) for link, count, time in rows}

    def profile(self, kind: str, **query: str) -> bytes:
        """The pprof protobuf of /io, /block, /syscall, /sched, or with `type` and `pc` of /regionio and so on."""
        return self.get(kind, raw="1", **query)


@contextmanager
def pages(file: Path) -> Iterator[Pages]:
    """`go tool trace` serving a file, for as long as it is wanted."""
    found = go()
    assert found
    command, environment = found
    # A process group of its own: go starts the tool as a child, and does not pass a signal on.
    server = subprocess.Popen(
        [command, "tool", "trace", "-http=127.0.0.1:0", str(file)],
        env={**environment, "BROWSER": "true"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert server.stderr
    try:
        said = []
        for line in server.stderr:
            said.append(line)
            if address := re.search(r"listening on (http://\S+)", line):
                yield Pages(address[1].rstrip("/"))
                break
        else:
            raise AssertionError(f"go tool trace serves nothing: {''.join(said)}")
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        server.stderr.close()


def task_pages(file: Path) -> dict[str, list[dict[str, Any]]]:
    """What the pages tell of tasks, in the words of `goscope tasks --json`: `types` by name and `tasks` by id.

    Percentiles are by nearest rank, of what /usertask says of complete tasks; `start_ns` and `end_ns` are -1 where they
    are not in the trace, `goroutines` are sorted.
    """
    with pages(file) as served:
        by_name = {name: served.tasks(name) for name in sorted(served.task_types())}
    types = []
    for name, tasks in by_name.items():
        took = sorted(task.end - task.start for task in tasks if task.complete)
        ranks = {"p50_ns": 50, "p95_ns": 95, "max_ns": 100}
        figures = {key: took[-(-len(took) * percent // 100) - 1] if took else 0 for key, percent in ranks.items()}
        types.append({"name": name, "count": len(tasks), "complete": len(took), **figures})
    found = sorted((task for tasks in by_name.values() for task in tasks), key=lambda task: task.id)
    return {
        "types": types,
        "tasks": [
            {
                "id": task.id,
                "parent": task.parent,
                "name": task.name,
                "start_ns": task.begun,
                "end_ns": task.ended,
                "goroutines": sorted(task.goroutines),
                "logs": task.logs,
                "regions": task.regions,
            }
            for task in found
        ],
    }


def duration(text: str) -> int:
    """What Go prints of a time.Duration."""
    return int(sum(Decimal(number) * _UNITS[unit] for number, unit in _PART.findall(text)))


def _seconds(text: str) -> int:
    return int(Decimal(text) * 1_000_000_000)


def _asked(link: str) -> dict[str, str]:
    return {key: value[0] for key, value in parse_qs(urlsplit(unescape(link)).query, keep_blank_values=True).items()}


def _task(name: str, part: str) -> Task:
    head, *rows = part.split("<tr>")
    facts = re.search(
        r'<td class="when">([\d.]+)s</td>\s*<td class="elapsed">([^<]*)</td>.*Task (\d+)</a>.*\((in)?complete\)',
        head,
        re.DOTALL,
    )
    assert facts, head
    start = _seconds(facts[1])
    events = [
        re.search(
            r'<td class="when">([\d.]+)</td>.*<td class="goid">(\d+)</td>\s*<td>(.*?)</td>\s*</tr>', row, re.DOTALL
        )
        for row in rows
    ]
    return Task(
        int(facts[3]),
        name,
        start,
        start + duration(facts[2]),
        facts[4] is None,
        tuple(TaskEvent(_seconds(each[1]), int(each[2]), unescape(each[3])) for each in events if each),
    )


def _regions(table: str, fixed: int) -> list[Region]:
    """The rows of a table whose first `fixed` columns are not times, or the total."""
    names = [unescape(name.strip()) for name in re.findall(r"<th[^>]*>([^<]*)</th>", table)][fixed:]
    found = []
    for row in table.split("<tr>")[2:]:
        goroutine, task = re.findall(r'<td> (?:<a href="[^"]*">(\d+)</a>)? </td>', row)[:2]
        total, *times = (duration(each) for each in re.findall(r"<td> (\d[^<]*?) ?</td>", row))
        found.append(Region(int(goroutine), int(task or 0), total, dict(zip(names, times, strict=True))))
    return found
