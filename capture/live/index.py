"""What a process offers: the page that net/http/pprof shows, wherever it is mounted, and what the program is called."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from capture.live.address import USUAL, Address
from capture.live.client import Client
from capture.live.errors import TargetError
from capture.live.take import CPU, NO_PROFILES, TRACE
from parsers.text import clean

# Seconds for answers that cost the process next to nothing.
_WITHIN = 10.0
_MOST = 1 << 20
# A row of it: how many there are, and the link; older versions of Go write other quotes and close fewer cells.
# None of it may match in two ways: a page that is made for that would hold everything up for minutes.
_ROW = re.compile(r"""<td[^<>]*>\s*(\d{1,18})\s*(?:</td>\s*)?<td[^<>]*>\s*<a href=['"]?([^'">\s]+)""")
_LINK = re.compile(r"""<a href=['"]?([^'">\s]+)""")
# What every program has, where no page tells.
_USUAL = ("allocs", "block", CPU, "goroutine", "heap", "mutex", "threadcreate", TRACE)


@dataclass(frozen=True, slots=True)
class Offer:
    """A profile that a process has, by the name of its kind; `count` of its records, None where it does not tell."""

    kind: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """What a process offers below `base`, a path; `program` is its name, "" where it does not tell."""

    base: str
    program: str
    offers: tuple[Offer, ...]

    def has(self, kind: str) -> bool:
        return any(offer.kind == kind for offer in self.offers)


async def read_index(client: Client) -> Index:
    """What the target of `client` offers. Raises TargetError where it cannot be asked, or has no profiles there."""
    refused: TargetError | None = None
    for base in _bases(client.address):
        try:
            page, _ = await client.text(f"{base}/", within=_WITHIN, most=_MOST, accept="text/html")
        except TargetError as error:
            if error.status not in (404, 405):
                raise
            refused = refused or error
            page = ""
        offers = _offers(page)
        if not offers and await _answers(client, base):
            offers = tuple(Offer(kind) for kind in _USUAL)
        if offers:
            return Index(base, await _program(client, base), offers)
    where = " nor ".join(f"{base}/" for base in _bases(client.address))
    raise TargetError(
        client.address,
        f"no profiles at {clean(where)}: does it import net/http/pprof, and is this its path?",
        status=refused.status if refused else 200,
        struggling=False,
    )


def _bases(address: Address) -> tuple[str, ...]:
    """Where the page may be, the likeliest first."""
    path = address.path.rstrip("/")
    if path.endswith("/pprof"):
        return (path,)
    return (path + USUAL, path) if path else (USUAL,)


def _offers(page: str) -> tuple[Offer, ...]:
    """What the page lists; nothing if it is another page."""
    counts = {_name(link): int(count) for count, link in _ROW.findall(page)}
    names = dict.fromkeys(_name(link) for link in _LINK.findall(page))
    if not {"goroutine", "heap"} <= names.keys():
        return ()
    kinds = (CPU if name == "profile" else name for name in names if name and name not in NO_PROFILES)
    return tuple(Offer(kind, None if kind in (CPU, TRACE) else counts.get(kind)) for kind in kinds)


def _name(link: str) -> str:
    """The profile that a link leads to; "" for a dump of text, or another page."""
    parts = urlsplit(link)
    if "debug=2" in parts.query or parts.scheme:
        return ""
    return clean(unquote(parts.path.rpartition("/pprof/")[2].strip("/")))


async def _answers(client: Client, base: str) -> bool:
    """Whether there are profiles where no page lists them: a framework may route each by itself."""
    try:
        _, kind = await client.text(f"{base}/goroutine", within=_WITHIN)
    except TargetError as error:
        if error.struggling:
            raise
        return False
    return kind.startswith("application/octet-stream")


async def _program(client: Client, base: str) -> str:
    """The name of the running binary. The arguments behind it, which may be secret, are let go at once."""
    try:
        said, kind = await client.text(f"{base}/cmdline", within=_WITHIN, most=_MOST)
    except TargetError:
        return ""
    if "html" in kind or "json" in kind:
        return ""
    return clean(re.split(r"[/\\]", said.split("\0")[0])[-1].strip())
