"""One capture that a URL names, fetched once: `http://localhost:6060/debug/pprof/heap`, or a file that is served."""

import asyncio
import re
from pathlib import Path
from urllib.parse import parse_qs

from capture.live.access import Tls
from capture.live.address import Address
from capture.live.client import Client
from capture.live.errors import TargetError
from capture.live.loop import Loop
from capture.live.target import PATIENCE
from capture.live.whole import Whole
from capture.open import called
from capture.write import writing
from parsers.errors import ParseError

# What net/http/pprof takes where no seconds are named.
_USUAL = {"profile": 30.0, "trace": 1.0}


def seconds_of(address: Address) -> float:
    """How long it takes, as far as its address tells: 0 for what is there already."""
    above, _, last = address.path.rpartition("/")
    usual = _USUAL.get(last, 0.0) if above.endswith("/pprof") else 0.0
    try:
        return float(parse_qs(address.query)["seconds"][0])
    except (KeyError, ValueError):
        return usual


def fetch(address: Address, folder: Path, limit: int, tls: Tls | None = None) -> Path:
    """A copy of the capture in the empty directory `folder`, called as its address is shown.

    Raises CaptureError, also where there are more than `limit` bytes.
    """
    last = address.path.rpartition("/")[2]
    path = folder / (re.sub(r"[^\w.+=@-]", "_", last).lstrip(".")[-200:] or "capture")
    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(_fetch(address, path, limit, tls))
    called[path] = f"{address.shown}{'' if address.shown.endswith(address.path) else address.path}"
    return path


async def _fetch(address: Address, path: Path, limit: int, tls: Tls | None) -> None:
    client = Client(address, tls)
    within = seconds_of(address) + PATIENCE
    measured = address.path.rpartition("/")[0].endswith("/pprof")
    whole = Whole(trace=address.path.endswith("/trace"))
    try:
        with writing(path) as file:

            def keep(piece: bytes) -> None:
                if measured:
                    whole.take(piece)
                file.write(piece)

            await client.get(address.request, keep, within=within, most=limit)
            if measured:
                whole.finish(file)
    except ParseError as error:
        raise TargetError(address, str(error), struggling=False) from None
    finally:
        await client.close()
