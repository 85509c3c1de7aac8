"""What answers at an address where a hub should be, and is none."""

from __future__ import annotations

import http.server
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from s2b_domain import wire
from s2b_hub import certificate


class Page(http.server.BaseHTTPRequestHandler):
    """A web server's page."""

    kind, body = "text/html", b"<h1>It works</h1>"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *args: object) -> None:
        pass


class Later(Page):
    """A hub of another protocol version."""

    kind = "application/msgpack"
    body = msgspec.msgpack.encode(
        wire.Hello(hub_id="h", name="S2B", protocol_min=wire.PROTOCOL + 1, protocol=wire.PROTOCOL + 2, time=0)
    )


class Mail(socketserver.StreamRequestHandler):
    """Something that speaks TLS, and then nothing like HTTP."""

    def handle(self) -> None:
        self.wfile.write(b"220 mail.example ESMTP ready\r\n")
        self.rfile.readline()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    tls: ssl.SSLContext | None = None

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """The next caller; the handshake waits for the caller's own thread."""
        connection, caller = super().get_request()
        if self.tls is not None:
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, caller

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # callers hang up in the middle, as they should


@contextmanager
def pretender(
    handler: type[socketserver.BaseRequestHandler], tls: ssl.SSLContext | None, port: int = 0
) -> Iterator[str]:
    """Answer on a loopback port, as `handler` does; host and port."""
    with _Server(("127.0.0.1", port), handler) as server:
        server.tls = tls
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def identity(folder: Path, now: int) -> ssl.SSLContext:
    """A server's side of a certificate of its own."""
    folder.mkdir(exist_ok=True)
    certificate.make(folder, ["hub.example"], now)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / certificate.CERTIFICATE, folder / certificate.KEY)
    return context
