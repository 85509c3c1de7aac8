"""Pictures at web addresses that a supplier's sheet names: fetched without cookies or passwords, wherever they lead."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from http.cookiejar import DefaultCookiePolicy
from threading import Thread
from typing import Any
from urllib.parse import urljoin, urlsplit
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from s2b_domain.rules.blobs import MAX_BLOB, is_address

PATIENCE = (5.0, 20.0)
"""Seconds to connect, and between two pieces of an answer."""
LONGEST = 60.0
"""Seconds for one picture, whatever comes."""
GLANCE = 0.2
"""Seconds between two looks at whether the picture is still wanted."""
HOPS = 5
_PIECE = 1 << 16


class AddressError(Exception):
    """`code` says why there is no picture: picture_address, picture_unreachable, picture_missing, picture_too_large."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Adapter(HTTPAdapter):
    """Knows its sockets, so that a question can be broken off whatever the other side does, or does not."""

    def __init__(self) -> None:
        self._sockets: WeakSet[socket.socket] = WeakSet()
        super().__init__()

    def init_poolmanager(self, *args: Any, **named: Any) -> None:
        super().init_poolmanager(*args, **named)
        self._note(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **named: Any) -> Any:
        manager = super().proxy_manager_for(*args, **named)
        self._note(manager)
        return manager

    def _note(self, manager: PoolManager) -> None:
        sockets = self._sockets

        class Http(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                sockets.add(self.sock)

        class Https(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                sockets.add(self.sock)

        class HttpPool(HTTPConnectionPool):
            ConnectionCls = Http

        class HttpsPool(HTTPSConnectionPool):
            ConnectionCls = Https

        manager.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}

    def break_off(self) -> None:
        """End every answer that is being waited for."""
        for each in list(self._sockets):
            with suppress(OSError):
                socket.socket.shutdown(each, socket.SHUT_RDWR)  # not TLS's own way, which would ask the other side


def session() -> requests.Session:
    """A line for many addresses. What the PC says of proxies and certificates counts, its passwords do not."""
    made = requests.Session()
    for scheme in ("http://", "https://"):
        made.mount(scheme, _Adapter())
    made.auth = _nobody
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    made.headers["Accept"] = "image/*"
    return made


def fetch(line: requests.Session, address: str, stopped: Callable[[], bool] = lambda: False) -> bytes:
    """The bytes at an address, at most `MAX_BLOB`; `AddressError`, also as soon as it is `stopped()`.

    A server may send a byte now and then for ever, in its headers too: who asks waits on a thread of its own.
    """
    got: list[bytes | Exception] = []

    def ask() -> None:
        try:
            got.append(_fetched(line, address))
        except Exception as error:
            got.append(error)

    asking = Thread(target=ask, name="picture", daemon=True)
    end = time.monotonic() + LONGEST
    asking.start()
    while asking.is_alive() and not stopped() and time.monotonic() < end:
        asking.join(GLANCE)
    if asking.is_alive():
        for adapter in line.adapters.values():
            if isinstance(adapter, _Adapter):
                adapter.break_off()
        asking.join(GLANCE)
        raise AddressError("picture_unreachable")
    [answer] = got
    if isinstance(answer, bytes):
        return answer
    raise answer if isinstance(answer, AddressError) else AddressError("picture_unreachable") from answer


def _fetched(line: requests.Session, address: str) -> bytes:
    end = time.monotonic() + LONGEST
    try:
        for _ in range(HOPS + 1):
            # Not requests' own way: on another host it would look for a password in .netrc.
            with line.get(_plain(address), timeout=PATIENCE, stream=True, allow_redirects=False) as answer:
                if not answer.is_redirect:
                    return _content(answer, end)
                address = urljoin(address, answer.headers["location"])
    except (requests.RequestException, ValueError) as error:
        raise AddressError("picture_unreachable") from error
    raise AddressError("picture_unreachable")


def _content(answer: requests.Response, end: float) -> bytes:
    if answer.status_code >= 400:
        raise AddressError("picture_missing" if answer.status_code in (404, 410) else "picture_unreachable")
    content = bytearray()
    for piece in answer.iter_content(_PIECE):
        content += piece
        if len(content) > MAX_BLOB:
            raise AddressError("picture_too_large")
        if time.monotonic() > end:
            raise AddressError("picture_unreachable")
    return bytes(content)


def _plain(address: str) -> str:
    host = urlsplit(address)
    if not is_address(address) or not host.hostname or host.username or host.password:
        raise AddressError("picture_address")
    return address


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
