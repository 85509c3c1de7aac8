"""The line on which a desktop waits for news: one connection, kept open, that another thread can cut."""

import contextlib
import hashlib
import http.client
import socket
import threading
from urllib.parse import urlsplit

from s2b_desktop.sync.client import DEFAULT_PORT, TIMEOUT, Client, decoded, pinned, request_of
from s2b_desktop.sync.transport import CertificateChanged, Unreachable
from s2b_domain import wire

GRACE = 10.0
"""Seconds beyond the agreed ones until an answer is taken for lost."""
MAX_ANSWER = 1 << 20
_ALIVE = (("TCP_KEEPIDLE", 15), ("TCP_KEEPALIVE", 15), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))
"""A line that died without a word is noticed after half a minute, as far as the system has these options."""


class HubEar:
    """An `Ear` beside a client, at the same address and with the same pinned certificate."""

    def __init__(self, client: Client) -> None:
        parts = urlsplit(client.base)
        self._client = client
        self._host, self._port = str(parts.hostname), parts.port or DEFAULT_PORT
        self._pinned = pinned(client.certificate) if client.certificate else None
        self._lock = threading.Lock()
        self._line: http.client.HTTPSConnection | None = None

    def listen(self, token: str, request: wire.Listen) -> wire.News:
        """Wait for news; ends when the hub answers, when the time is over, or when somebody hangs up."""
        fresh = self._line is None
        line = self._line or self._connected()
        headers, body = request_of(request, token)
        try:
            if line.sock is not None:
                line.sock.settimeout(request.seconds + GRACE)
            line.request("POST", "/v1/news", body, headers)
            response = line.getresponse()
            content = response.read(MAX_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            self.hang_up()
            line.close()
            if not fresh and isinstance(error, http.client.RemoteDisconnected | ConnectionError):
                return self.listen(token, request)  # it was kept open for longer than the hub keeps it
            raise Unreachable() from error
        if response.will_close:
            self.hang_up()
        headers = {name.title(): value for name, value in response.headers.items()}
        return decoded(response.status, headers, content, wire.News)

    def hang_up(self) -> None:
        """Cut the line."""
        with self._lock:
            line, self._line = self._line, None
        if line is not None:
            with contextlib.suppress(OSError):
                if line.sock is not None:
                    socket.socket.shutdown(line.sock, socket.SHUT_RDWR)  # below TLS, which another thread is reading
            line.close()

    def reconnect(self) -> None:
        """Cut this line, and let go of the client's idle ones."""
        self._client.close()
        self.hang_up()

    def _connected(self) -> http.client.HTTPSConnection:
        if self._pinned is None:
            raise Unreachable  # the client asks for the certificate first
        context, digest = self._pinned
        line = http.client.HTTPSConnection(self._host, self._port, context=context, timeout=TIMEOUT[0])
        line.auto_open = 0  # whoever hangs up means it
        try:
            line.connect()
            assert line.sock is not None
            line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for name, value in _ALIVE:
                if hasattr(socket, name):
                    line.sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
            shown = line.sock.getpeercert(binary_form=True) or b""
        except (OSError, ValueError) as error:
            line.close()
            raise Unreachable() from error
        if hashlib.sha256(shown).hexdigest() != digest:
            line.close()
            raise CertificateChanged()
        with self._lock:
            self._line = line
        return line
