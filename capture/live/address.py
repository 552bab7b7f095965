"""Where a Go process answers: what is typed for it, and what of that may be shown and written into names of files.

Secrets in it stay in two fields of their own, which nothing prints.
"""

import hashlib
import re
import socket
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from capture.open import CaptureError
from parsers.text import clean

USUAL = "/debug/pprof"
"""Where net/http/pprof registers itself."""

LOOPBACK = re.compile(r"localhost|127\.[0-9.]+|::1")
_SCHEMES = ("http", "https", "https+insecure")
_URL = re.compile(rf"({'|'.join(map(re.escape, _SCHEMES))})://", re.IGNORECASE)
_BARE = re.compile(r"([A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\]):\d{1,5}(/.*)?")
_SOCKET = "unix:"
# What a file is called that is served as it lies: /captures/cpu.pb.gz.
_FILE = re.compile(r"\.(pb|pprof|prof|profile|trace|out)(\.gz)?$|\.gz$", re.IGNORECASE)
_UNFIT = re.compile(r"[^A-Za-z0-9_+]+")
# What does not tell one socket from another: where they lie that are alone, and how they end.
_SOCKETS = re.compile(r"^/((var/)?run|tmp)/|\.sock$")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Address:
    """Where a process answers, or one capture lies.

    `url` has neither user nor password, and no slash at its end; `query` is what followed "?". `socket` is the Unix
    socket that leads there, "" for none. `shown` is for people, `label`, without a dot, for names of files. `insecure`
    tells that its certificate is not to be looked at.
    """

    url: str
    shown: str
    label: str
    socket: str = ""
    query: str = ""
    insecure: bool = False
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def place(self) -> tuple[str, str]:
        """What tells one process from another, however it is asked."""
        return self.url, self.socket

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def request(self) -> str:
        """The path, with the query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return self.url.removesuffix(self.path)

    @property
    def is_capture(self) -> bool:
        """Whether it names one capture, `/debug/pprof/heap` or `/kept/cpu.pb.gz`, rather than a process."""
        above, _, last = self.path.rpartition("/")
        return bool(last) and (above.endswith("/pprof") or _FILE.search(last) is not None)


def is_address(name: str) -> bool:
    """Whether a name is that of something to ask over HTTP: a URL, `unix:/path.sock`, or `host:port`."""
    return bool(_URL.match(name) or name.startswith(f"{_SOCKET}/") or _BARE.fullmatch(name))


def address(name: str) -> Address:
    """What `name` stands for. Raises CaptureError with one sentence, in which there is no secret."""
    if name.startswith(f"{_SOCKET}/"):
        return _at_socket(name)
    if not _URL.match(name):
        name = f"http://{'localhost' if name.startswith(':') else ''}{name}"
    scheme, rest = name.split("://", 1)
    insecure, scheme = scheme.lower() == "https+insecure", scheme.lower().removesuffix("+insecure")
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit(scheme)
    if not host or re.search(r"[\x00-\x20\x7f]", parts.netloc + parts.path):
        said = clean(rest.partition("?")[0].rpartition("@")[2])
        raise CaptureError.of(f"“{said}” is no address to ask: write http://host:port")
    at = f"[{host}]" if ":" in host else host
    place = at if port is None else f"{at}:{port}"
    path = _path(parts.path)
    return Address(
        url=f"{scheme}://{place}{path}",
        shown=clean(f"{'' if scheme == 'http' else f'{scheme}://'}{place}{_base(path)}"),
        label=_label(f"{_named(host)}{'' if port is None else f':{port}'}{_base(path)}"),
        query=parts.query,
        insecure=insecure,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _at_socket(name: str) -> Address:
    leads, _, path = name.removeprefix(_SOCKET).partition(":/")
    path, _, query = path.partition("?")
    path = _path(path)
    return Address(
        url=f"http://localhost{path}",
        shown=clean(f"{_SOCKET}{leads}{_base(path)}"),
        label=_label(f"{_named('localhost')}-{_SOCKETS.sub('', leads)}{_base(path)}"),
        socket=leads,
        query=query,
    )


def _path(typed: str) -> str:
    """With one slash at its beginning, where two would begin the name of another host, and none at its end."""
    return f"/{typed.strip('/')}".rstrip("/")


def _base(path: str) -> str:
    """What of a path tells one process from another at the same port."""
    return path.removesuffix(USUAL)


def _named(host: str) -> str:
    """A host as files are to name it, which may be carried elsewhere: this one by its own name."""
    return socket.gethostname().partition(".")[0] if LOOPBACK.fullmatch(host) else host


def _label(text: str) -> str:
    label = _UNFIT.sub("-", text).strip("-") or "target"
    if len(label) > _LONGEST:
        # The ends of long names tell the pods of one deployment apart.
        told = hashlib.sha256(label.encode()).hexdigest()[:8]
        label = f"{label[: _LONGEST - len(told) - 1]}-{told}"
    return label
