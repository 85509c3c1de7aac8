"""The line over HTTPS: MessagePack and zstd, to exactly the certificate that this profile has pinned."""

import hashlib
import http.client
import socket
import ssl
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec
import requests
import zstandard
from requests.adapters import HTTPAdapter

from s2b_desktop.sync.transport import (
    CertificateChanged,
    CertificateUnknown,
    HubProblem,
    LineError,
    NotAHub,
    Unreachable,
)
from s2b_domain import wire
from s2b_domain.rules.blobs import MAX_BLOB

M = TypeVar("M")
DEFAULT_PORT = 8443
TIMEOUT = (5.0, 60.0)
"""Seconds to connect, and between two bytes of an answer."""
MAX_ANSWER = 256 << 20
_NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which `ssl.VerifyFlags` lacks: a PC with a dead clock still has a line."""
_encode = msgspec.msgpack.Encoder().encode


def normalised(address: str) -> str:
    """The base URL of what somebody typed: "hub.example" or "https://hub.example:8443"; `NotAHub` for nonsense."""
    text = address.strip().rstrip("/")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = parts.port or DEFAULT_PORT
    except ValueError as error:
        raise NotAHub(address=address) from error
    if parts.scheme != "https" or not parts.hostname or parts.username:
        raise NotAHub(address=address)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"https://{host}:{port}"


def fingerprint(pem: str) -> str:
    """SHA-256 of a certificate, in groups of four as the hub prints it and people compare it."""
    digest = _digest(pem).upper()
    return " ".join(digest[i : i + 4] for i in range(0, len(digest), 4))


def _digest(pem: str) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def certificate_at(address: str) -> str:
    """The certificate (PEM) that an address shows, unverified; `Unreachable`, or `NotAHub` if no TLS is spoken."""
    parts = urlsplit(normalised(address))
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        line = socket.create_connection((str(parts.hostname), parts.port or DEFAULT_PORT), timeout=TIMEOUT[0])
    except (OSError, ValueError) as error:
        raise Unreachable(address=address) from error
    try:
        with line, context.wrap_socket(line, server_hostname=str(parts.hostname)) as secured:
            shown = secured.getpeercert(binary_form=True)
    except OSError as error:  # it hangs up, waits for another protocol, or answers in one
        raise NotAHub(address=address) from error
    if not shown:
        raise NotAHub(address=address)
    return ssl.DER_cert_to_PEM_cert(shown)


def pinned(pem: str) -> tuple[ssl.SSLContext, str]:
    """What trusts one certificate, whatever names and dates it carries; and its SHA-256, to be compared as well."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= _NO_CHECK_TIME
    context.load_verify_locations(cadata=pem)
    return context, _digest(pem)


class _Pinned(HTTPAdapter):
    """Trusts one certificate."""

    def __init__(self, pem: str) -> None:
        self._context, self._digest = pinned(pem)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Every connection is checked against the pin."""
        super().init_poolmanager(
            *args,
            ssl_context=self._context,
            assert_hostname=False,
            assert_fingerprint=self._digest,
            **kwargs,
        )

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """The context has the one certificate; requests must not add its own."""
        conn.cert_reqs = "CERT_REQUIRED"


class Client:
    """A `Transport` to `address`. Without a pinned certificate every call raises `CertificateUnknown`."""

    def __init__(self, address: str, certificate: str) -> None:
        self.base = normalised(address)
        self.certificate = certificate
        self._session = requests.Session()
        self._session.trust_env = False
        if certificate:
            self._session.mount("https://", _Pinned(certificate))

    def close(self) -> None:
        """Let connections go; a later call makes new ones."""
        self._session.close()

    def hello(self) -> wire.Hello:
        """Who is there; `HubProblem("update_needed")` when it speaks no protocol of ours."""
        hello = self._ask("GET", "/v1/hello", None, wire.Hello)
        if hello.protocol < wire.PROTOCOL_MIN or hello.protocol_min > wire.PROTOCOL:
            params = {"protocol_min": hello.protocol_min, "protocol": hello.protocol}
            raise HubProblem(wire.Problem(code="update_needed", params={**params}))
        return hello

    def sign_in(self, request: wire.SignIn) -> wire.SignedIn:
        """A session."""
        return self._ask("POST", "/v1/sign-in", request, wire.SignedIn)

    def sign_out(self, token: str) -> None:
        """End a session."""
        self._ask("POST", "/v1/sign-out", None, type(None), token)

    def push(self, token: str, request: wire.Push) -> wire.Pushed:
        """Hand commands over."""
        return self._ask("POST", "/v1/push", request, wire.Pushed, token)

    def pull(self, token: str, request: wire.Pull) -> wire.Pulled:
        """The next page."""
        return self._ask("POST", "/v1/pull", request, wire.Pulled, token)

    def quarantine(self, request: wire.Sealed) -> None:
        """Hand in what a revoked device had not sent."""
        self._ask("POST", "/v1/quarantine", request, type(None))

    def ask_hub(self, token: str, request: wire.AskHub) -> wire.HubState:
        """How the hub is, for the platform's admins, after doing what they ask."""
        return self._ask("POST", "/v1/hub", request, wire.HubState, token)

    def ask_tokens(self, token: str, request: wire.AskTokens) -> wire.Tokens:
        """The tokens of a supplier's own systems, after doing what its manager asks."""
        return self._ask("POST", "/v1/tokens", request, wire.Tokens, token)

    def hand_over(self, request: wire.Handover) -> wire.HandedOver:
        """Remind a restored hub of what it decided."""
        return self._ask("POST", "/v1/handover", request, wire.HandedOver)

    def prepare(self, token: str, request: wire.Prepare) -> wire.Manifest:
        """The snapshots that there are."""
        return self._ask("POST", "/v1/snapshots", request, wire.Manifest, token)

    def chunk(self, name: str, *, fresh: bool = False) -> bytes:
        """The bytes of a chunk, as they come: whether they are right is seen by who opens them."""
        headers = {"Accept": "application/octet-stream", "Accept-Encoding": "identity"}
        if fresh:
            headers["Cache-Control"] = "no-cache"
        try:
            with self._session.get(
                f"{self.base}/v1/chunks/{name}", headers=headers, timeout=TIMEOUT, stream=True, allow_redirects=False
            ) as response:
                content = response.raw.read(MAX_ANSWER, decode_content=False)
        except Exception as error:
            raise Unreachable() from error
        if response.status_code != 200:
            decoded(response.status_code, response.headers, content, wire.Problem)
        return content

    def bring(self, token: str, digest: str, content: bytes) -> None:
        """Give the hub a picture or paper."""
        headers = {"Accept": "application/msgpack", "Accept-Encoding": "zstd", "Authorization": f"Bearer {token}"}
        decoded(*self._sent("PUT", f"/v1/blobs/{digest}", headers, content), type(None))

    def fetch(self, token: str, digest: str, table: str, row_id: str) -> bytes:
        """A picture or paper that a row names, as it comes: whether it is right is seen by who keeps it."""
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", "Authorization": f"Bearer {token}"}
        path = f"/v1/blobs/{digest}?" + urlencode({"table": table, "row": row_id})
        status, told, content = self._sent("GET", path, headers, None, MAX_BLOB + 1)
        if status != 200:
            decoded(status, told, content, wire.Problem)
        return content

    def _ask(self, method: str, path: str, message: Any, answer: type[M], token: str = "") -> M:
        headers, body = request_of(message, token)
        return decoded(*self._sent(method, path, headers, body), answer)

    def _sent(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None, most: int = MAX_ANSWER
    ) -> tuple[int, Mapping[str, str], bytes]:
        """The status, the headers and at most so many bytes of an answer."""
        if not self.certificate:
            pem = certificate_at(self.base)
            raise CertificateUnknown(pem, fingerprint(pem))
        try:
            with self._session.request(
                method,
                self.base + path,
                data=body,
                headers=headers,
                timeout=TIMEOUT,
                stream=True,
                allow_redirects=False,
            ) as response:
                content = response.raw.read(most, decode_content=False)
        except requests.exceptions.SSLError as error:
            raise self._mistrust() from error
        except Exception as error:  # requests' own, or urllib3's while the answer is read
            raise (NotAHub() if _speaks_otherwise(error) else Unreachable()) from error
        return response.status_code, response.headers, content

    def _mistrust(self) -> LineError:
        """Why the handshake failed: another certificate, or nothing that speaks TLS."""
        try:
            shown = certificate_at(self.base)
        except LineError as error:
            return error
        if fingerprint(shown) == fingerprint(self.certificate):
            return Unreachable()
        return CertificateChanged(fingerprint=fingerprint(shown))


def _speaks_otherwise(error: BaseException | None) -> bool:
    """Whether what came was no HTTP, rather than nothing."""
    while error is not None and not isinstance(error, http.client.BadStatusLine):
        error = error.__context__
    return error is not None and not isinstance(error, http.client.RemoteDisconnected)


def request_of(message: Any, token: str) -> tuple[dict[str, str], bytes]:
    """The headers and the body of a request."""
    headers = {"Accept": "application/msgpack", "Accept-Encoding": "zstd", "Content-Encoding": "zstd"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return headers, zstandard.ZstdCompressor(level=3).compress(_encode(message))


def decoded(status: int, headers: Mapping[str, str], content: bytes, answer: type[M]) -> M:
    """The message of an answer. Raises `HubProblem`, `Unreachable`, or `NotAHub`."""
    if headers.get("Content-Type", "").partition(";")[0].strip() != "application/msgpack":
        raise NotAHub() if status < 500 else Unreachable()
    try:
        if headers.get("Content-Encoding") == "zstd":
            with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(content) as reader:
                content = reader.read(MAX_ANSWER + 1)
        if status != 200:
            raise HubProblem(msgspec.msgpack.decode(content, type=wire.Problem))
        return msgspec.msgpack.decode(content, type=answer)
    except (msgspec.MsgspecError, zstandard.ZstdError, UnicodeDecodeError) as error:
        # Truncated on its way, or of another protocol: which, hello tells.
        raise Unreachable() if len(content) < _length(headers) else NotAHub() from error


def _length(headers: Mapping[str, str]) -> int:
    try:
        return int(headers.get("Content-Length", 0))
    except ValueError:
        return 0
