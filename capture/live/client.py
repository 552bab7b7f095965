"""Asks a target over HTTP: within a time, up to a size, following it nowhere else; errors are `TargetError`s."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from capture.live.access import Tls, credentials
from capture.live.address import LOOPBACK, Address
from capture.live.errors import TargetError, unanswered
from capture.open import CaptureError
from parsers.text import clean

# Seconds for a connection to be made.
_CONNECT = 5.0
_TURNS = 5
_SAID = 160


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: its kind, as the server calls it, and how many bytes."""

    content_type: str
    size: int


class Client:
    """The connections to one target. Raises CaptureError where credentials or certificates cannot be used."""

    def __init__(self, address: Address, tls: Tls | None = None) -> None:
        self.address = address
        context = (tls or Tls()).context(address)
        here = bool(address.socket or LOOPBACK.fullmatch(urlsplit(address.url).hostname or ""))
        self._knows = credentials(address)
        # A proxy that the environment names is not on the way to this very host.
        self._proxied = bool(not here and getproxies().keys() & {"http", "https", "all"}) and not proxy_bypass(
            urlsplit(address.url).hostname or ""
        )
        try:
            self._client = httpx.AsyncClient(
                auth=self._knows,
                verify=context,
                transport=httpx.AsyncHTTPTransport(uds=address.socket or None, verify=context) if here else None,
                trust_env=not here,
                timeout=httpx.Timeout(None, connect=_CONNECT),
                headers={"User-Agent": "goscope", "Accept-Encoding": "identity"},
            )
        except (ImportError, ValueError, httpx.InvalidURL):
            # What is wrong with it may be a secret.
            raise CaptureError.of(
                f"{address.shown}: the proxy that the environment names cannot be used: goscope asks through "
                "http://host:port, or without where NO_PROXY says so"
            ) from None

    async def close(self) -> None:
        await self._client.aclose()

    async def get(
        self, path: str, take: Callable[[bytes], object], *, within: float, most: int, accept: str = "*/*"
    ) -> Answer:
        """Ask for `path` and give `take` what comes, piece by piece.

        Raises TargetError where that is not all there within so many seconds, is more than `most` bytes, or is no
        answer with status 200; and what `take` raises.
        """
        size = 0
        try:
            async with asyncio.timeout(within), self._answered(path, accept) as response:
                async for piece in response.aiter_bytes():
                    size += len(piece)
                    if size > most:
                        raise self._error(f"more than {most >> 20} MB", struggling=False)
                    take(piece)
                return Answer(response.headers.get("content-type", ""), size)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, UnicodeError) as error:
            raise unanswered(self.address, error, within, size, proxied=self._proxied) from None

    async def text(self, path: str, *, within: float, most: int = 16 << 20, accept: str = "*/*") -> tuple[str, str]:
        """What `path` answers as text, and its content type. Raises TargetError."""
        data = bytearray()
        answer = await self.get(path, data.extend, within=within, most=most, accept=accept)
        return data.decode("utf-8", "replace"), answer.content_type

    @asynccontextmanager
    async def _answered(self, path: str, accept: str) -> AsyncIterator[httpx.Response]:
        """The answer with status 200, behind redirects that stay with the target."""
        url = self.address.origin + path
        for _ in range(_TURNS):
            async with self._client.stream("GET", url, headers={"Accept": accept}) as response:
                if response.has_redirect_location:
                    url = self._turned(url, response.headers["location"])
                elif response.status_code != httpx.codes.OK:
                    raise await self._refused(response)
                else:
                    yield response
                    return
        raise self._error("it redirects in circles")

    def _turned(self, url: str, location: str) -> str:
        """Where a redirect leads. Credentials go nowhere but to the host that was named, so nothing else does."""
        try:
            there = urljoin(url, location)
            here, other = urlsplit(url), urlsplit(there)
            same = (here.scheme, here.hostname, here.port) == (other.scheme, other.hostname, other.port)
        except ValueError:
            raise self._error("it redirects to no address") from None
        if not same:
            shown = clean(f"{other.scheme}://{other.netloc.rpartition('@')[2]}{other.path}")[:_SAID]
            raise self._error(f"it redirects to {shown} (a login?): name that address if it is meant", struggling=False)
        return there

    async def _refused(self, response: httpx.Response) -> TargetError:
        status, path = response.status_code, clean(urlsplit(str(response.url)).path)
        said = await _first_line(response)
        match status:
            case httpx.codes.UNAUTHORIZED if self._knows is None:
                reason = "it wants credentials: GOSCOPE_TOKEN, or GOSCOPE_USER and GOSCOPE_PASSWORD, or ~/.netrc"
            case httpx.codes.UNAUTHORIZED:
                reason = "it does not take these credentials"
            case httpx.codes.FORBIDDEN:
                reason = f"it does not allow {path}"
            case httpx.codes.BAD_REQUEST if "HTTPS server" in said:
                reason = "it speaks TLS: write https://"
            case httpx.codes.NOT_FOUND | httpx.codes.METHOD_NOT_ALLOWED:
                reason = f"there is no {path} there"
            case _ if "x-go-pprof" in response.headers and said:
                reason = said
            case _:
                phrase = httpx.codes.get_reason_phrase(status)
                reason = f"it answers {status} {phrase}".rstrip() + (f": {said}" if said else "")
        return TargetError(
            self.address,
            reason,
            status=status,
            rest=_rest(response.headers.get("retry-after", "")),
            busy="already" in said and "x-go-pprof" in response.headers,
            struggling=status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.TOO_MANY_REQUESTS,
        )

    def _error(self, reason: str, *, struggling: bool = True) -> TargetError:
        return TargetError(self.address, reason, struggling=struggling)


async def _first_line(response: httpx.Response) -> str:
    """The beginning of what an error says in plain text."""
    if not response.headers.get("content-type", "text/plain").startswith("text/plain"):
        return ""
    head = b""
    async for piece in response.aiter_bytes():
        head += piece
        if len(head) > _SAID:
            break
    return clean(head.decode("utf-8", "replace").strip().partition("\n")[0])[:_SAID]


def _rest(text: str) -> float:
    """The seconds that a Retry-After asks for: a number, or a date; 0 for none."""
    if text.strip().isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
