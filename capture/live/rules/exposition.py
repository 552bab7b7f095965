"""What a process says of itself at /metrics, in Prometheus's text format or OpenMetrics, as far as rules ask for it.

Lines about other metrics are left out before anything is parsed, and comments (HELP, TYPE) with them: a sample has the
name under which PromQL asks for it, `_total`, `_bucket`, `_sum` and `_count` included. prometheus_client parses what is
left as Prometheus's own format, which reads samples of OpenMetrics as well: its other parser refuses whole answers that
Prometheus takes, for the order of lines or for what they leave out.
"""

import re
from collections.abc import Collection, Iterator
from itertools import islice

from capture.open import CaptureError
from parsers.sniff import sniff
from parsers.text import clean

Labels = tuple[tuple[str, str], ...]
"""Names and values, sorted by name, none of them empty."""

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABELS = r'\{(?:[^"}\n]|"(?:[^"\\\n]|\\.)*")*\}'
# A sample: `name{labels} value`, or with the name within the braces. What follows is a moment, or an exemplar.
_NUMBER = r"[-+]?(?:\d[\w.+-]*|\.\d\S*|(?i:inf(?:inity)?|nan))(?=\s|$)"
_SAMPLE = re.compile(rf'[ \t]*(?:{_NAME}(?:[ \t]+|[ \t]*{_LABELS}[ \t]*)|(?=\{{[ \t]*"){_LABELS}[ \t]*){_NUMBER}')
_EXPOSED = re.compile(rf'^[ \t]*(?:({_NAME})(?=[ \t{{])|\{{[ \t]*"((?:[^"\\\n]|\\.)*)"[ \t]*[,}}])', re.MULTILINE)
_COMMENT = re.compile(r"(?:[ \t\r]*(?:#[^\n]*)?\n)*")
_HEAD = 2048
_SAID = 80


def parsed(text: str, content_type: str, wanted: Collection[str]) -> Iterator[tuple[str, Labels, float]]:
    """Name, labels and value of each sample of a metric in `wanted`, in the order of the text.

    Raises CaptureError, with one sentence, at once for what is no exposition or not all of one, and later for a line
    about such a metric that cannot be read.
    """
    _check(text, content_type)
    return (each for each in _samples(_lines(text, wanted)) if each[0] in wanted)


def exposed(text: str) -> frozenset[str]:
    """The names of all samples."""
    return frozenset(bare or quoted for bare, quoted in _EXPOSED.findall(text))


def _check(text: str, content_type: str) -> None:
    if "protobuf" in content_type:
        raise CaptureError.of("the metrics come as protobuf, which nobody asked for: goscope reads text")
    begin = _COMMENT.match(text)
    at = begin.end() if begin else 0
    rest = text[at : at + _HEAD].lstrip()
    if rest and not rest.startswith("#") and not _SAMPLE.match(text, at):
        kind = sniff(text[:_HEAD].encode("utf-8", "replace")) or "something else"
        raise CaptureError.of(f"no metrics but {kind}")
    if "openmetrics" in content_type and text.rstrip().rpartition("\n")[2] != "# EOF":
        raise CaptureError.of("the metrics end in the middle: “# EOF” is missing")


def _lines(text: str, wanted: Collection[str]) -> Iterator[str]:
    if not wanted:
        return
    names = "|".join(sorted(map(re.escape, wanted), key=len, reverse=True))
    # Braces alone may begin with a name that needs quotes.
    wants = re.compile(rf'^[ \t]*(?:(?:{names})(?=[ \t{{])|\{{[ \t]*")[^\n]*', re.MULTILINE)
    for match in wants.finditer(text):
        yield match.group()


def _samples(lines: Iterator[str]) -> Iterator[tuple[str, Labels, float]]:
    while some := "\n".join(islice(lines, 500)):
        yield from _parsed(some)


def _parsed(lines: str) -> Iterator[tuple[str, Labels, float]]:
    try:
        yield from _read(lines)
    except (ValueError, IndexError, OverflowError):
        raise CaptureError.of(f"a line of the metrics cannot be read: “{_culprit(lines)}”") from None


def _read(lines: str) -> Iterator[tuple[str, Labels, float]]:
    # Takes a while to import, for it can also serve metrics.
    from prometheus_client.parser import text_string_to_metric_families

    for family in text_string_to_metric_families(lines):
        for sample in family.samples:
            labels = sorted((name, value) for name, value in sample.labels.items() if value)
            yield sample.name, tuple(labels), float(sample.value)


def _culprit(lines: str) -> str:
    """The first line that is not read on its own."""
    for line in lines.split("\n"):
        try:
            list(_read(line))
        except (ValueError, IndexError, OverflowError):
            break
    return clean(line if len(line) <= _SAID else line[: _SAID - 1] + "…")
