"""What can go wrong with a target, in one sentence each, whatever library it comes from."""

import errno
import ssl
from collections.abc import Iterator

import httpx

from capture.live.address import Address
from capture.open import CaptureError
from parsers.text import clean

_SAID = 200
_REFUSED = "nothing answers there: is the process running, and is this its port?"
_NO_SOCKET = "there is no such socket"
_NO_HOST = "there is no host of this name"
_NO_WAY = "no way leads to this host"
_NO_ANSWER = "no connection to it can be made: nothing there answers"
_AWAY = (_REFUSED, _NO_SOCKET)
_PROXY = "the proxy that the environment names does not answer (NO_PROXY names hosts that are asked without)"


class TargetError(CaptureError):
    """A target did not give what it was asked for; the text is one sentence that begins with its address.

    `status` is that of HTTP, 0 where there was no answer. `rest` is how many seconds it asks to be left alone. `busy`
    tells that it takes such a profile for somebody else, `silent` that nothing came from it at all, and `struggling`
    that it may be having a hard time.
    """

    def __init__(
        self,
        address: Address,
        reason: str,
        *,
        status: int = 0,
        rest: float = 0.0,
        busy: bool = False,
        silent: bool = False,
        struggling: bool = True,
    ) -> None:
        Exception.__init__(self, f"{address.shown}: {reason}")
        self.reason, self.incomplete = reason, False
        self.status, self.rest, self.busy, self.silent = status, rest, busy, silent
        self.struggling = struggling and not busy


def unanswered(
    address: Address, error: Exception, within: float, size: int = 0, *, proxied: bool = False
) -> TargetError:
    """Why there was no answer, or no end to it, within so many seconds; `size` bytes had come."""
    reason = _unanswered(error, within, size)
    silent = isinstance(error, httpx.ConnectError | httpx.TimeoutException | TimeoutError) and not size
    if proxied and reason in (_REFUSED, _NO_HOST, _NO_WAY, _NO_ANSWER):
        reason = _PROXY
    # Who is not there has no hard time.
    return TargetError(address, reason, silent=silent, struggling=reason not in _AWAY)


def _unanswered(error: Exception, within: float, size: int) -> str:
    chain = list(_chain(error))
    for each in chain:
        match each:
            case ssl.SSLCertVerificationError():
                said = clean(each.verify_message or str(each))
                return f"its certificate is not valid: {said} (--tls-ca names who signed it)"
            case ssl.SSLWantReadError() | ssl.SSLWantWriteError():
                continue  # how every read begins that is waited for
            case ssl.SSLEOFError():
                return "it hung up on TLS: does it want another version, or a certificate (--tls-cert)?"
            case ssl.SSLError() if "_ALERT_" in str(each.reason) and "CERT" in str(each.reason):
                return "it wants to be shown a certificate, or another one (--tls-cert)"
            case ssl.SSLError():
                return "it does not speak TLS, or another: write http:// if it has none"
            case FileNotFoundError():
                return _NO_SOCKET
            case PermissionError():
                return "no permission to use the socket"
            case OSError() if each.errno == errno.ECONNREFUSED:
                return _REFUSED
            case OSError() if type(each).__name__ in ("gaierror", "herror"):
                return _NO_HOST
            case OSError() if each.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
                return _NO_WAY
    match error:
        case httpx.ConnectTimeout():
            return _NO_ANSWER
        case httpx.ReadTimeout() | httpx.WriteTimeout() | httpx.PoolTimeout() | TimeoutError():
            answer = f"no end of its answer after {size:,} bytes" if size else "no answer"
            return f"{answer} within {within:.0f} s" if within >= 1 else f"{answer} in time"
        case httpx.ReadError() | httpx.WriteError():
            return "it hung up in the middle: has the process ended?"
        case httpx.RemoteProtocolError():
            said = str(error)
            if "location header" in said:
                return "it redirects to no address"
            if "without sending a response" in said:
                return "it hung up before it answered: has the process ended?"
            if "peer closed" in said:
                return "it hung up in the middle: has the process ended?"
            return "what it answers is not HTTP"
        case httpx.DecodingError():
            return "its answer is not packed as it says (Content-Encoding)"
        case httpx.ProxyError():
            return f"the proxy that the environment names refuses: {clean(' '.join(str(error).split()))[:_SAID]}"
        case UnicodeError() | httpx.InvalidURL() | httpx.UnsupportedProtocol() | httpx.LocalProtocolError():
            return "it cannot be asked under this address"
        case httpx.ConnectError():
            return "no connection to it can be made"
    return f"it cannot be asked: {clean(' '.join(str(error).split()))[:_SAID] or type(error).__name__}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and those it came from."""
    seen: list[BaseException] = [error]
    for each in seen:
        yield each
        more = [each.__cause__, each.__context__, *(each.exceptions if isinstance(each, BaseExceptionGroup) else ())]
        seen.extend(other for other in more if other is not None and other not in seen)
