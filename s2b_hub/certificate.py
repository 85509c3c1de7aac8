"""The certificate that a hub makes for itself. Desktops pin its fingerprint, so it needs no authority."""

import datetime
import ipaddress
import os
import socket
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CERTIFICATE, KEY = "certificate.pem", "key.pem"
_YEARS = 10


def make(folder: Path, names: Iterable[str], now: int) -> None:
    """Write a P-256 key and a certificate for this machine and the given host names or addresses; `now` in ms."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "S2B hub")])
    start = datetime.datetime.fromtimestamp(now / 1000, datetime.UTC)
    known = dict.fromkeys(["localhost", "127.0.0.1", "::1", socket.gethostname(), *names])
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - datetime.timedelta(days=1))
        .not_valid_after(start + datetime.timedelta(days=365 * _YEARS))
        .add_extension(x509.SubjectAlternativeName([_general_name(n) for n in known if n]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(folder / KEY, private, 0o600)
    _write(folder / CERTIFICATE, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def fingerprint(folder: Path) -> str:
    """SHA-256 of the certificate in groups of four, as people compare it."""
    certificate = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
    digits = certificate.fingerprint(hashes.SHA256()).hex().upper()
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode())


def _write(path: Path, content: bytes, mode: int) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
        file.write(content)
