"""The certificate that a hub makes for itself. Desktops pin its fingerprint, so it needs no authority."""

import datetime
import ipaddress
import os
import re
import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CERTIFICATE, KEY = "certificate.pem", "key.pem"
_YEARS = 10
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_ANEW = "put it back from a backup, or make both anew with: s2b-hub certificate --renew --host NAME"


class CertificateError(Exception):
    """The certificate or its key cannot be used; the text says what to do."""


def make(folder: Path, names: Iterable[str], now: int) -> None:
    """Write a P-256 key and a certificate for this machine and the given host names or addresses; `now` in ms.
    ValueError for what is neither."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "S2B hub")])
    start = datetime.datetime.fromtimestamp(now / 1000, datetime.UTC)
    known = [_general_name(name) for name in dict.fromkeys(["localhost", "127.0.0.1", "::1", *names])]
    with suppress(ValueError):  # what a machine calls itself may be no name in the network
        known += [own for own in [_general_name(socket.gethostname())] if own not in known]
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - datetime.timedelta(days=1))
        .not_valid_after(start + datetime.timedelta(days=365 * _YEARS))
        .add_extension(x509.SubjectAlternativeName(known), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    written = {KEY: _written(folder / KEY, private, 0o600), CERTIFICATE: _written(folder / CERTIFICATE, public, 0o644)}
    for name, path in written.items():
        path.replace(folder / name)


def check(folder: Path) -> None:
    """`CertificateError` unless desktops can be answered with what lies there."""
    for path in (folder / CERTIFICATE, folder / KEY):
        try:
            path.read_bytes()
        except FileNotFoundError as error:
            raise CertificateError(f"{path} is missing: {_ANEW}") from error
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(folder / CERTIFICATE, folder / KEY, lambda: b"")
    except ssl.SSLError as error:
        pair = f"{folder / CERTIFICATE} and {KEY}"
        raise CertificateError(f"{pair} are no certificate with its key: {_ANEW}") from error


def fingerprint(folder: Path) -> str:
    """SHA-256 of the certificate in groups of four, as people compare it."""
    digits = _read(folder).fingerprint(hashes.SHA256()).hex().upper()
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))


def names(folder: Path) -> list[str]:
    """The host names and addresses that the certificate is for; none of one that names none."""
    try:
        said = _read(folder).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for name in said]


def ends(folder: Path) -> int:
    """Until when the certificate is valid (ms)."""
    return int(_read(folder).not_valid_after_utc.timestamp()) * 1000


def _read(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        labels = name.encode("idna").decode()
    except UnicodeError:
        labels = ""
    if not all(map(_LABEL.fullmatch, labels.split("."))):
        raise ValueError(f"{name} is no host name or address (such as hub.example.com, without https:// and port)")
    return x509.DNSName(labels)


def _written(path: Path, content: bytes, mode: int) -> Path:
    """A file beside `path`, to be put in its place."""
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
        file.write(content)
    return unfinished
