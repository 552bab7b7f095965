"""Certificates for tests: what a server shows, and the file that says who signed it."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs certificates. `ca` is the PEM file of its own."""

    signs: trustme.CA
    ca: Path

    def server(self, *names: str, expired: bool = False, clients: bool = False) -> ssl.SSLContext:
        """What a server needs that calls itself so; with `clients` it wants to be shown a certificate as well."""
        until = datetime.now(UTC) - timedelta(days=1) if expired else None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.signs.issue_cert(*names, not_after=until).configure_cert(context)
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            self.signs.configure_trust(context)
        return context

    def client(self, folder: Path) -> tuple[Path, Path]:
        """The certificate of a client, and its key."""
        issued = self.signs.issue_cert("probe@example.org")
        issued.cert_chain_pems[0].write_to_path(folder / "client.pem")
        issued.private_key_pem.write_to_path(folder / "client.key")
        return folder / "client.pem", folder / "client.key"


def authority(folder: Path) -> Authority:
    signs = trustme.CA()
    signs.cert_pem.write_to_path(folder / "ca.pem")
    return Authority(signs, folder / "ca.pem")


def self_signed() -> ssl.SSLContext:
    """What a server needs that has signed its certificate itself."""
    signs = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with signs.private_key_pem.tempfile() as key, signs.cert_pem.tempfile() as cert:
        context.load_cert_chain(cert, key)
    return context
