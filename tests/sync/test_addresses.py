"""Pictures at web addresses: what can be had, and why not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from s2b_desktop.sync import addresses
from s2b_desktop.sync.addresses import AddressError, fetch, is_address, session
from s2b_domain.rules import blobs


class _Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved.png":
            self.send_response(302)
            self.send_header("Location", "/a.png")
            self.end_headers()
        elif self.path == "/loop.png":
            self.send_response(302)
            self.send_header("Location", "/loop.png")
            self.end_headers()
        elif self.path == "/cut.png":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"x" * 10)
        elif self.path in ("/a.png", "/large.png"):
            self.send_response(200)
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
    assert [is_address(n) for n in ("HTTPS://a/b.png", "a.png", blobs.reference("0" * 64))] == [True, False, False]
