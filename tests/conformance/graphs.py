"""Callers and callees of the corpus' profiles, by goscope and by `go tool pprof -peek` and `-tree`.

`python -m tests.conformance.graphs` compares all profiles in every sample type and granularity; `test_graphs.py` a few.
"""

import argparse
import os
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice

from analysis.callers import CallGraph, Neighbours, call_graph
from analysis.prune import prune
from analysis.view import Granularity, View
from tests.conformance.corpus import ROOT, as_printed, cleaned, is_legacy, profile_answers
from tests.conformance.diffs import GRANULARITIES, pprof, read

# Side, name, weight, and whether it was inlined; of the node itself "" and its cum.
Line = tuple[str, str, float, bool]
_NODE = re.compile(r" *(-?[\d.]+)\S* +\S+% +\S+% +(-?[\d.]+)\S*? +\S+% {16}\| (.*)")
_EDGE = re.compile(r" *(-?[\d.]+)\S* +\S+% \|   (.*?)( \(inline\))?")
_COUNT = 80


@dataclass(frozen=True, slots=True)
class Case:
    """A profile of the corpus, a sample type, what rows stand for, and whether the report is trimmed as `-tree` is."""

    path: str
    index: int
    unit: str
    granularity: Granularity
    trimmed: bool

    def __str__(self) -> str:
        return f"{self.path}, sample type {self.index}, {self.granularity}{', trimmed' * self.trimmed}"


def cases() -> list[Case]:
    return [
        Case(path, index, each["unit"], granularity, trimmed)
        for path, answer in profile_answers().items()
        if "types" in answer and not is_legacy(path)
        for index, each in enumerate(answer["types"])
        for granularity in GRANULARITIES
        for trimmed in (False, True)
    ]


def ours(case: Case) -> Counter[tuple[Line, ...]]:
    view = View(sample=str(case.index), granularity=case.granularity)
    fraction, count = (0.005, _COUNT) if case.trimmed else (0.0, 0)
    graph = call_graph(prune(read(case.path)), view, fraction=fraction, count=count)
    return Counter(_around(graph, node) for node in graph.order.tolist())


def _around(graph: CallGraph, node: int) -> tuple[Line, ...]:
    label = graph.result.nodes.label

    def side(name: str, found: Neighbours) -> list[Line]:
        rows = zip(found.node.tolist(), found.weight.tolist(), found.inline.tolist(), strict=True)
        return sorted((name, label(other), as_printed(weight), inline) for other, weight, inline in rows)

    middle: Line = ("", label(node), as_printed(int(graph.result.cum[node])), False)
    return (*side("caller", graph.callers(node)), middle, *side("callee", graph.callees(node)))


def theirs(case: Case) -> Counter[tuple[Line, ...]]:
    report = ["-tree"] if case.trimmed else ["-peek=.", "-trim=false"]
    done = subprocess.run(
        [
            pprof(),
            *report,
            "-symbolize=none",
            f"-{case.granularity}",
            f"-unit={case.unit or 'auto'}",
            f"-sample_index={case.index}",
            case.path,
        ],
        cwd=ROOT,
        env={"TZ": "UTC", "HOME": "/nonexistent", "PPROF_BINARY_PATH": "/nonexistent", "PPROF_TMPDIR": "/nonexistent"},
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
    )
    found: Counter[tuple[Line, ...]] = Counter()
    callers: list[Line] = []
    callees: list[Line] = []
    middle: Line | None = None
    for line in done.stdout.split("\n"):
        if line.startswith("-----"):
            if middle:
                found[*sorted(callers), middle, *sorted(callees)] += 1
            callers, callees, middle = [], [], None
        elif node := _NODE.fullmatch(line):
            middle = ("", cleaned(node[3]), as_printed(int(node[2])), False)
        elif edge := _EDGE.fullmatch(line):
            side = callees if middle else callers
            side.append(("callee" if middle else "caller", cleaned(edge[2]), as_printed(int(edge[1])), bool(edge[3])))
    return found


def differing(case: Case) -> tuple[int, str]:
    """How many functions were compared, and a sentence where the two do not say the same."""
    mine, other = ours(case), theirs(case)
    count = sum(other.values())
    if mine == other:
        return count, ""
    return count, f"{case}: {list((mine - other).elements())[:1]} and not {list((other - mine).elements())[:1]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every so manieth case")
    parser.add_argument("--start", type=int, default=0)
    arguments = parser.parse_args()
    every = list(islice(cases(), arguments.start, None, arguments.every))
    print(f"{len(every):,} cases", flush=True)
    functions = wrong = 0
    pprof()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for count, sentence in pool.map(differing, every, chunksize=20):
            functions += count
            wrong += bool(sentence)
            if sentence:
                print(sentence[:400], flush=True)
    print(f"{len(every):,} reports of {functions:,} functions compared, {wrong} not as in the reference")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
