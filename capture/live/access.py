"""What a target is to be told of who asks, and how it is known to be the right one: credentials and certificates.

Credentials come from the address, else from the environment (GOSCOPE_TOKEN, or GOSCOPE_USER and GOSCOPE_PASSWORD), else
from ~/.netrc or the file that NETRC names. They go to the host that was named and to no other, and are shown nowhere.
"""

import netrc
import os
import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from capture.live.address import Address
from capture.open import CaptureError, display_name

# What may follow "Bearer" in a header.
_TOKEN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Tls:
    """Files in PEM: who signed a target's certificate, and the certificate and key to show it.

    Those that are "" are the ones that GOSCOPE_TLS_CA, GOSCOPE_TLS_CERT and GOSCOPE_TLS_KEY name, or none.
    """

    ca: str = ""
    cert: str = ""
    key: str = ""

    def context(self, address: Address) -> ssl.SSLContext:
        """How to meet a target. Raises CaptureError where a file cannot be used."""
        ca, cert, key = (
            getattr(self, what) or os.environ.get(f"GOSCOPE_TLS_{what.upper()}", "") for what in ("ca", "cert", "key")
        )
        try:
            found = ssl.create_default_context(cafile=ca or None)
            if cert:
                found.load_cert_chain(cert, key or None)
        except OSError as error:  # as ssl.SSLError is
            named = " or ".join(display_name(Path(name)) for name in (ca, cert, key) if name)
            said = error.strerror if error.filename is None and error.strerror else "no such file, or none in PEM"
            raise CaptureError.of(f"{named}: cannot be used as certificate or key: {said}") from None
        if address.insecure:
            found.check_hostname, found.verify_mode = False, ssl.CERT_NONE
        return found


class Bearer(httpx.Auth):
    """A token in each request."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request):  # type: ignore[no-untyped-def] # a generator of httpx's own
        request.headers["Authorization"] = self._header
        yield request


def credentials(address: Address) -> httpx.Auth | None:
    """Those for a target, None where there are none. Raises CaptureError for a token or a netrc that is none."""
    if address.user or address.password:
        return httpx.BasicAuth(address.user, address.password)
    if token := os.environ.get("GOSCOPE_TOKEN", "").strip():
        if not _TOKEN.fullmatch(token):
            raise CaptureError.of("GOSCOPE_TOKEN has something in it that no token has, a space or the end of a line")
        return Bearer(token)
    user, password = os.environ.get("GOSCOPE_USER", ""), os.environ.get("GOSCOPE_PASSWORD", "")
    if user or password:
        return httpx.BasicAuth(user, password)
    return _from_netrc(address)


def _from_netrc(address: Address) -> httpx.Auth | None:
    # Where there is no home, Path.expanduser fails.
    path = Path(os.environ.get("NETRC") or os.path.expanduser("~/.netrc"))  # noqa: PTH111
    host = urlsplit(address.url).hostname or ""
    try:
        found = netrc.netrc(path).authenticators(host)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
        # What is wrong in it may be a secret.
        raise CaptureError.of(f"{display_name(path)}: cannot be read as a netrc file") from None
    return httpx.BasicAuth(found[0], found[2] or "") if found else None
