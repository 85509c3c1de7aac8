"""The line over TLS: to exactly the pinned certificate, and every failure by its name."""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
import zstandard

from s2b_desktop.models.profile import Profile
from s2b_desktop.sync.client import Client, certificate_at, fingerprint, normalised
from s2b_desktop.sync.entry import sign_in
from s2b_desktop.sync.loop import SyncLoop
from s2b_desktop.sync.transport import (
    CertificateChanged,
    CertificateUnknown,
    HubProblem,
    LineError,
    NotAHub,
    Unreachable,
)
from s2b_domain import wire
from s2b_domain.records.order import Order
from s2b_hub import certificate
from tests.hub.world import PASSWORD, START, World
from tests.sync.conftest import pin


@contextmanager
def pretender(status: int, headers: dict[str, str], body: bytes, tls: ssl.SSLContext | None) -> Iterator[str]:
    """A server that answers everything in the same way."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    server.handle_error = lambda *args: None  # type: ignore[method-assign]
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def identity(tmp_path: Path) -> tuple[str, ssl.SSLContext]:
    """A certificate and the server's side of it."""
    folder = tmp_path / "identity"
    folder.mkdir()
    certificate.make(folder, ["hub.example"], START)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / certificate.CERTIFICATE, folder / certificate.KEY)
    return (folder / certificate.CERTIFICATE).read_text(), context


def test_a_desktop_works_over_the_real_line(served: tuple[World, str], tmp_path: Path) -> None:
    world, address = served
    client = Client(address, pin(world))
    assert client.hello().hub_id == world.hub.id
    workspace = sign_in(Profile(tmp_path / "profile"), client, "chenguang", PASSWORD)
    loop = SyncLoop(workspace, client)
    assert loop.round()
    order = world.order(("HF-1", 1))
    workspace.submit(order)
    assert loop.round()
    assert [o.number for o in world.rows(Order)] == [order.number]
    session = workspace.outbox.sessions()[0]
    client.sign_out(session.token)
    assert not loop.round()
    assert loop.status().problem == "signed_out"
    loop.stop()
    workspace.close()
    client.close()


def test_first_contact_shows_the_fingerprint_and_a_changed_certificate_is_refused(
    served: tuple[World, str], identity: tuple[str, ssl.SSLContext]
) -> None:
    world, address = served
    with pytest.raises(CertificateUnknown) as first:
        Client(address, "").hello()
    assert first.value.fingerprint == fingerprint(pin(world)) == certificate.fingerprint(world.folder)
    assert fingerprint(certificate_at(address)) == first.value.fingerprint
    with pytest.raises(CertificateChanged):
        Client(address, identity[0]).hello()


@pytest.mark.parametrize("off", [-20, 5], ids=["expired", "not yet valid"])
def test_a_pc_with_a_wrong_clock_still_has_a_line(tmp_path: Path, off: int) -> None:
    certificate.make(tmp_path, ["hub.example"], time.time_ns() // 1_000_000 + off * 365 * 24 * 3600 * 1000)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / certificate.CERTIFICATE, tmp_path / certificate.KEY)
    hello = wire.Hello(hub_id="h", name="S2B", protocol_min=wire.PROTOCOL_MIN, protocol=wire.PROTOCOL, time=0)
    body = msgspec.msgpack.encode(hello)
    with pretender(200, {"Content-Type": "application/msgpack"}, body, context) as address:
        client = Client(address, (tmp_path / certificate.CERTIFICATE).read_text())
        assert client.hello().name == "S2B"
        client.close()


def test_wrong_passwords_and_tokens_have_their_codes(served: tuple[World, str]) -> None:
    world, address = served
    client = Client(address, pin(world))
    with pytest.raises(HubProblem) as wrong:
        client.sign_in(wire.SignIn(login="chenguang", password="nonsense"))
    assert wrong.value.code == "wrong_password"
    with pytest.raises(HubProblem) as stranger:
        client.pull("token", wire.Pull(protocol=wire.PROTOCOL, cursors=()))
    assert stranger.value.code == "signed_out"
    with pytest.raises(HubProblem) as old:
        client.push("token", wire.Push(protocol=99, envelopes=()))
    assert old.value.code == "update_needed"
    client.close()


@pytest.mark.parametrize(
    ("status", "headers", "body", "expected"),
    [
        (200, {"Content-Type": "text/html"}, b"<html>", NotAHub),
        (302, {"Content-Type": "text/html", "Location": "https://login.example"}, b"", NotAHub),
        (502, {"Content-Type": "text/html"}, b"<html>", Unreachable),
        (200, {"Content-Type": "application/msgpack"}, b"\xc1", NotAHub),
        (200, {"Content-Type": "application/msgpack", "Content-Encoding": "zstd"}, b"nonsense", NotAHub),
        (200, {"Content-Type": "application/msgpack", "Content-Length": "1000"}, b"\x85", Unreachable),
    ],
)
def test_what_answers_but_is_no_hub(
    identity: tuple[str, ssl.SSLContext], status: int, headers: dict[str, str], body: bytes, expected: type[LineError]
) -> None:
    pem, context = identity
    with pretender(status, headers, body, context) as address, pytest.raises(expected):
        Client(address, pem).hello()


def test_a_hub_of_another_protocol_asks_for_an_update(identity: tuple[str, ssl.SSLContext]) -> None:
    pem, context = identity
    hello = wire.Hello(hub_id="h", name="h", protocol_min=90, protocol=99, time=0)
    body = zstandard.compress(msgspec.msgpack.encode(hello))
    headers = {"Content-Type": "application/msgpack", "Content-Encoding": "zstd"}
    with pretender(200, headers, body, context) as address, pytest.raises(HubProblem) as old:
        Client(address, pem).hello()
    assert old.value.code == "update_needed"


def test_a_server_without_tls_is_no_hub(identity: tuple[str, ssl.SSLContext]) -> None:
    with pretender(200, {}, b"", None) as address:
        with pytest.raises(NotAHub):
            Client(address, identity[0]).hello()
        with pytest.raises(NotAHub):
            Client(address, "").hello()


def test_nobody_there(identity: tuple[str, ssl.SSLContext]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for pem in ("", identity[0]):
            with pytest.raises(Unreachable):
                Client(address, pem).hello()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("hub.example", "https://hub.example:8443"),
        (" https://Hub.example:9/ ", "https://hub.example:9"),
        ("[::1]:9", "https://[::1]:9"),
        ("http://hub.example", None),
        ("https://a:b@hub.example", None),
        ("", None),
        ("hub.example:x", None),
    ],
)
def test_addresses_as_people_type_them(typed: str, expected: str | None) -> None:
    if expected is not None:
        assert normalised(typed) == expected
    else:
        with pytest.raises(NotAHub):
            normalised(typed)
