"""Captures at URLs: whatever fsspec reaches, such as object storage. Nothing is asked of a network but what is named.

fsspec is in an extra, and its drivers are packages of their own. What goes wrong there becomes a CaptureError of one
sentence, in which there is never a password.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from capture.open import CaptureError, called
from parsers.text import clean

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_SECRET = re.compile(r"//[^/\s]*@")
_PIECE = 1 << 20
# The packages that fsspec needs for a scheme.
_DRIVERS = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "sftp": "paramiko",
    "ssh": "paramiko",
    "abfs": "adlfs",
    "az": "adlfs",
    "http": "aiohttp",
    "https": "aiohttp",
}
# Nobody waits for minutes until a host that is not there has not answered.
_OPTIONS: dict[str, dict[str, Any]] = {
    "s3": {"config_kwargs": {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 2}}},
    "sftp": {"timeout": 10},
}


def is_url(name: str) -> bool:
    """Whether a name is of something elsewhere, not a path."""
    return _URL.match(name) is not None


def shown(url: str) -> str:
    """The URL as it may be shown: without user, password and query."""
    scheme, rest = url.split("://", 1)
    place, slash, path = rest.partition("/")
    if scheme in ("http", "https"):
        path = path.partition("?")[0]
    return clean(f"{scheme}://{place.rpartition('@')[2]}{slash}{path}")


def inside(url: str, *, recursive: bool = False) -> list[tuple[str, bool]]:
    """The URLs that one stands for, and whether it names them: a directory does not, a pattern does.

    As among local files, hidden ones in a directory do not count. Raises CaptureError.
    """
    with _reporting(url):
        system, path = _system(url)
        if any(letter in path for letter in "*?["):
            names = sorted(name for name in system.glob(path) if system.isfile(name))
            if not names:
                raise FileNotFoundError(path)
            return [(_url(url, name), True) for name in names]
        if not url.endswith("/") and system.isfile(path):
            return [(url, True)]
        if recursive:
            found = system.find(path)
        else:
            found = [each["name"] for each in system.ls(path, detail=True) if each["type"] == "file"]
        plain = sorted(name for name in found if not name.rpartition("/")[2].startswith(".") and name[-1:] != "/")
        return [(_url(url, name), False) for name in plain]


def content(url: str, limit: int) -> bytes:
    """All bytes of what is at a URL. Raises CaptureError, also where there are more than `limit`."""
    return b"".join(_pieces(url, limit))


def fetch(url: str, folder: Path, limit: int) -> Path:
    """A copy of what is at a URL, in a folder of its own below `folder`; it is called as the URL is.

    Raises CaptureError, also where there are more than `limit` bytes.
    """
    place = folder / str(sum(1 for _ in folder.iterdir()))
    place.mkdir()
    name = re.sub(r"[^\w.+=@-]", "_", shown(url).rstrip("/").rpartition("/")[2]).lstrip(".")[-200:] or "capture"
    path = place / name
    with path.open("wb") as file:
        for piece in _pieces(url, limit):
            file.write(piece)
    called[path] = shown(url)
    return path


def _pieces(url: str, limit: int) -> Iterator[bytes]:
    done = 0
    with _reporting(url):
        system, path = _system(url)
        with system.open(path, "rb", cache_type="none" if system.protocol != "memory" else None) as file:
            while piece := file.read(_PIECE):
                done += len(piece)
                if done > limit:
                    raise _said(url, f"more than {limit >> 20} MB: allow more with --max-memory")
                yield piece


def _system(url: str) -> "tuple[AbstractFileSystem, str]":
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise CaptureError.of(f"reading {shown(url)} needs goscope[fleet]: pipx install 'goscope[fleet]'") from None
    scheme = url.partition("://")[0].lower()
    system, path = url_to_fs(url, **_OPTIONS.get(scheme, {}))
    return system, path


def _url(like: str, name: str) -> str:
    """The URL of a name that a file system gives, with the scheme, and user and host where it leaves them out."""
    scheme, rest = like.split("://", 1)
    if is_url(name):
        return name
    if scheme in ("sftp", "ssh"):
        return f"{scheme}://{rest.partition('/')[0]}/{name.lstrip('/')}"
    return f"{scheme}://{name}"


def _said(url: str, reason: str) -> CaptureError:
    return CaptureError.of(f"{shown(url)}: {reason}", reason)


@contextmanager
def _reporting(url: str) -> Iterator[None]:
    try:
        yield
    except CaptureError:
        raise
    except Exception as error:  # every driver has errors of its own
        raise _said(url, _why(url, error)) from None


def _why(url: str, error: Exception) -> str:
    scheme = url.partition("://")[0].lower()
    if isinstance(error, ImportError):
        driver = _DRIVERS.get(scheme)
        return f"needs {driver} as well: pipx inject goscope {driver}" if driver else f"no driver for {scheme}://"
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, PermissionError):
        return "permission denied"
    if isinstance(error, TimeoutError) or "timeout" in type(error).__name__.lower():
        return "no answer in time"
    if type(error).__name__ in ("NoCredentialsError", "DefaultCredentialsError", "AuthenticationException"):
        return "no credentials for it, or wrong ones"
    said = clean(" ".join(str(error).split()))[:200] or type(error).__name__
    return _without_secrets(url, said)


def _without_secrets(url: str, text: str) -> str:
    try:
        password = urlsplit(url).password or ""
    except ValueError:
        password = ""
    for secret in {password, unquote(password)} - {""}:
        text = text.replace(secret, "…")
    return _SECRET.sub("//", text)
