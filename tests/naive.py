"""What a profile says, read the slow and plain way: names in dicts, a set per sample, straight from the message.

The rules are those of google/pprof's internal/graph (newGraph). Nothing is shared with the code it is held against.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection

from parsers.profile import profile_pb2 as pb

Key = tuple[int, str, str, int, int, str]
"""Address, name, file, line, column and binary of a node, as far as the granularity has them."""


def wrapped(value: int) -> int:
    """As int64 holds it."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


def clean_path(path: str) -> str:
    """As Go's filepath.Clean."""
    kept: list[str] = []
    for part in path.split("/"):
        if part == ".." and kept and kept[-1] != "..":
            kept.pop()
        elif part == ".." and path.startswith("/"):
            continue
        elif part not in ("", "."):
            kept.append(part)
    if not path:
        return ""
    return "/" + "/".join(kept) if path.startswith("/") else "/".join(kept) or "."


class Reading:
    """A message at one granularity; frames of a location are listed innermost first."""

    def __init__(self, message: pb.Profile, granularity: str = "functions", *, inlines: bool = True) -> None:
        self.message = message
        texts = message.string_table
        functions = {f.id: (texts[f.name], clean_path(texts[f.filename])) for f in message.function}
        binaries = {m.id: texts[m.filename] for m in message.mapping}
        self.frames: dict[int, list[tuple[Key, bool]]] = {}
        for location in message.location:
            lines = [(*functions[line.function_id], line.line, line.column) for line in location.line] or [
                ("", "", 0, 0)
            ]
            if not inlines:
                lines = lines[-1:]
            binary = binaries.get(location.mapping_id, "")
            self.frames[location.id] = [
                (_key(location.address, *line, binary, granularity, inlines=inlines), at < len(lines) - 1)
                for at, line in enumerate(lines)
            ]

    def stack(self, sample: pb.Sample) -> list[tuple[Key, bool]]:
        """The sample's frames from the leaf to the root: which node, and whether it was inlined."""
        return [frame for location in sample.location_id for frame in self.frames[location]]

    def top(self, index: int = 0) -> dict[Key, tuple[int, int]]:
        """Flat and cum of every node."""
        flat: dict[Key, int] = defaultdict(int)
        cum: dict[Key, int] = defaultdict(int)
        for sample in self.message.sample:
            keys = [key for key, _ in self.stack(sample)]
            for key in set(keys):
                cum[key] += sample.value[index]
            if keys:
                flat[keys[0]] += sample.value[index]
        return {key: (wrapped(flat[key]), wrapped(cum[key])) for key in cum}

    def edges(self, kept: Collection[Key], index: int = 0) -> dict[tuple[Key, Key], tuple[int, bool]]:
        """Weight of every caller and callee among `kept`, and whether all its calls were inlined."""
        weight: dict[tuple[Key, Key], int] = defaultdict(int)
        inline: dict[tuple[Key, Key], bool] = {}
        for sample in self.message.sample:
            seen: set[tuple[Key, Key]] = set()
            parent: Key | None = None
            for key, inlined in reversed(self.stack(sample)) if sample.value[index] else ():
                if key not in kept:
                    continue
                if parent is not None and parent != key and (parent, key) not in seen:
                    seen.add((parent, key))
                    weight[parent, key] += sample.value[index]
                    inline[parent, key] = inlined and inline.get((parent, key), True)
                parent = key
        return {pair: (wrapped(weight[pair]), inline[pair]) for pair in weight}

    def tree(self, index: int = 0, *, inverted: bool = False) -> dict[tuple[str, ...], tuple[int, int]]:
        """Cum and flat of every path of labels: from the root, or from the leaf when inverted."""
        cum: dict[tuple[str, ...], int] = defaultdict(int)
        flat: dict[tuple[str, ...], int] = defaultdict(int)
        for sample in self.message.sample:
            labels = [label(key) for key, _ in self.stack(sample)]
            labels = labels if inverted else labels[::-1]
            if sample.value[index] and labels:
                for end in range(1, len(labels) + 1):
                    cum[tuple(labels[:end])] += sample.value[index]
                flat[tuple(labels)] += sample.value[index]
        return {path: (cum[path], flat[path]) for path in cum}


def _key(
    address: int, name: str, file: str, line: int, column: int, binary: str, granularity: str, *, inlines: bool
) -> Key:
    exact = granularity == "addresses"
    precise = exact or granularity == "lines"
    name = "" if granularity == "files" else name
    file = "" if granularity == "functions" else file
    return (
        address if exact else 0,
        name,
        file,
        line if precise else 0,
        column if exact and inlines else 0,
        "" if name or file else binary,
    )


def label(key: Key) -> str:
    """A node as reports print it (graph.NodeInfo.PrintableName)."""
    address, name, file, line, column, binary = key
    parts = [f"{address:016x}"] * (address != 0) + [name] * (name != "")
    if line:
        parts.append(f"{file}:{line}" + f":{column}" * (column != 0))
    elif file:
        parts.append(file)
    elif not name:
        parts.append(f"[{binary.split('/')[-1]}]" if binary else "<unknown>")
    return " ".join(parts)


def total(message: pb.Profile, index: int = 0) -> int:
    """Sum of |value|; of the samples labelled pprof::base=true alone, where that is more than nothing."""
    texts = message.string_table
    is_base: Callable[[pb.Sample], bool] = lambda sample: any(  # noqa: E731
        (texts[each.key], texts[each.str]) == ("pprof::base", "true") for each in sample.label
    )
    of_base = sum(abs(sample.value[index]) for sample in message.sample if is_base(sample))
    return of_base if of_base > 0 else sum(abs(sample.value[index]) for sample in message.sample)


def distinct_samples(parts: list[pb.Profile]) -> Counter[tuple[int, ...]]:
    """The values of each distinct stack with each distinct set of labels, told apart by names and offsets alone."""
    sums: dict[object, list[int]] = {}
    for message in parts:
        texts = message.string_table
        functions = {
            f.id: (texts[f.name], texts[f.system_name], texts[f.filename], f.start_line) for f in message.function
        }
        mappings = {}
        for m in message.mapping:
            pages = (m.memory_limit - m.memory_start + 4095) % (1 << 64) // 4096
            mappings[m.id] = (pages, m.file_offset, texts[m.build_id] or texts[m.filename])
        starts = {m.id: m.memory_start for m in message.mapping}
        locations = {}
        for each in message.location:
            # Of the columns, only the real function's tells locations apart.
            lines = [
                (functions[line.function_id], line.line, line.column if at == len(each.line) - 1 else 0)
                for at, line in enumerate(each.line)
            ]
            offset = (each.address - starts.get(each.mapping_id, 0)) % (1 << 64)
            locations[each.id] = (offset, mappings.get(each.mapping_id), tuple(lines), each.is_folded)
        for sample in message.sample:
            labels: dict[tuple[bool, str], list[object]] = {}
            for tag in sample.label:
                if tag.str:
                    labels.setdefault((False, texts[tag.key]), []).append(texts[tag.str])
                elif tag.num or tag.num_unit:
                    labels.setdefault((True, texts[tag.key]), []).append((tag.num, texts[tag.num_unit]))
            key = (
                tuple(locations[n] for n in sample.location_id),
                tuple(sorted((k, tuple(v)) for k, v in labels.items())),
            )
            known = sums.setdefault(key, [0] * len(sample.value))
            known[:] = [a + b for a, b in zip(known, sample.value, strict=True)]
    return Counter(tuple(values) for values in sums.values() if any(values))
