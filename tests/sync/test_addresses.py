"""Pictures at web addresses: what can be had, and why not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from s2b_desktop.sync import addresses
from s2b_desktop.sync.addresses import AddressError, fetch, session
from s2b_domain.rules.blobs import is_address, reference


class _Shop(BaseHTTPRequestHandler):
    told: ClassVar[list[dict[str, str]]] = []
    """The headers of every question."""

    def do_GET(self) -> None:
        self.told.append(dict(self.headers))
        if self.path == "/moved.png":
            self.send_response(302)
            self.send_header("Location", "/a.png")
            self.end_headers()
        elif self.path == "/loop.png":
            self.send_response(302)
            self.send_header("Location", "/loop.png")
            self.end_headers()
        elif self.path == "/secret.png":
            self.send_response(302)
            self.send_header("Location", f"http://user:secret@{self.headers['Host']}/a.png")
            self.end_headers()
        elif self.path == "/cut.png":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"x" * 10)
        elif self.path in ("/a.png", "/large.png"):
            self.send_response(200)
            self.send_header("Set-Cookie", "who=me")
            self.end_headers()
            self.wfile.write(b"x" * (2000 if self.path == "/large.png" else 10))
        else:
            self.send_error(500 if self.path == "/broken.png" else 404)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def shop() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("name", ["a.png", "moved.png"])
def test_a_picture_is_brought(shop: str, name: str) -> None:
    with session() as line:
        assert fetch(line, f"{shop}/{name}") == b"x" * 10


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("none.png", "picture_missing"),
        ("broken.png", "picture_unreachable"),
        ("loop.png", "picture_unreachable"),
        ("cut.png", "picture_unreachable"),
        ("large.png", "picture_too_large"),
        ("secret.png", "picture_address"),
    ],
)
def test_why_there_is_none(shop: str, name: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "MAX_BLOB", 1000)
    with session() as line, pytest.raises(AddressError, match=code):
        fetch(line, f"{shop}/{name}")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://", "http://user:secret@127.0.0.1/a.png", "a.png"])
def test_nothing_but_plain_web_addresses_is_asked(address: str) -> None:
    with session() as line, pytest.raises(AddressError, match="picture_address"):
        fetch(line, address)


def test_a_host_that_does_not_answer(shop: str) -> None:
    with session() as line, pytest.raises(AddressError, match="picture_unreachable"):
        fetch(line, "http://127.0.0.1:1/a.png")


def test_names_of_files_are_no_addresses() -> None:
    assert [is_address(n) for n in ("HTTPS://a/b.png", "a.png", reference("0" * 64))] == [True, False, False]


def test_neither_cookies_nor_passwords_of_this_pc_are_told(
    shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    _Shop.told.clear()
    with session() as line:
        for name in ("a.png", "moved.png"):
            fetch(line, f"{shop}/{name}")
    assert len(_Shop.told) == 3
    assert not any({"Authorization", "Cookie"} & headers.keys() for headers in _Shop.told)


@pytest.mark.parametrize("silent", ["headers", "body"])
def test_a_server_that_says_no_more_is_left_at_once(silent: str) -> None:
    """It would hold `requests` for as long as it sends a byte every few seconds."""
    with socket.create_server(("127.0.0.1", 0)) as server, session() as line:
        asked = threading.Event()

        def hang() -> None:
            peer, _ = server.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(b"HTTP/1.1 200 OK\r\n" + (b"\r\nx" if silent == "body" else b""))
                asked.set()
                while peer.recv(1000):  # until the other side hangs up
                    pass

        thread = threading.Thread(target=hang)
        thread.start()
        with pytest.raises(AddressError, match="picture_unreachable"):
            fetch(line, f"http://127.0.0.1:{server.getsockname()[1]}/a.png", asked.is_set)
        thread.join()


def test_a_picture_that_never_ends_is_given_up(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "LONGEST", -1.0)
    with session() as line, pytest.raises(AddressError, match="picture_unreachable"):
        fetch(line, f"{shop}/a.png")
