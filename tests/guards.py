"""What no test may do or leave behind. `tests/conftest.py` puts these around every test;
`tests/repository/test_guards.py` shows each of them failing once.

Child processes are not guarded, but they inherit the throwaway home and find no keyring.
"""

from __future__ import annotations

import gc
import ipaddress
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import Shiboken

JOIN_SECONDS = 2.0


class OutsideConnectionError(RuntimeError):
    """A test reached for an address beyond this machine."""


class MemoryKeyring(KeyringBackend):
    """A keyring that lasts for one test."""

    priority = 0.1  # never chosen by itself

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.passwords: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.passwords.pop((service, username), None) is None:
            raise PasswordDeleteError(username)


def is_loopback(host: object) -> bool:
    """Whether a host, as sockets take it, is this machine; names other than localhost are not."""
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def loopback_only(patch: pytest.MonkeyPatch) -> list[str]:
    """Refuse connections and look-ups beyond this machine; the list fills with those that were tried."""
    refused: list[str] = []

    def refuse_beyond(host: object) -> None:
        if not is_loopback(host):
            refused.append(str(host))
            raise OutsideConnectionError(f"a test reached for {host}; only loopback is open to tests")

    def guarded(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: socket.socket, *arguments: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                refuse_beyond(arguments[-1][0])  # the address comes last
            return method(self, *arguments)

        return call

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        refuse_beyond(host)
        return look_up(host, *arguments, **options)

    look_up = socket.getaddrinfo
    patch.setattr(socket, "getaddrinfo", getaddrinfo)
    for name in ("connect", "connect_ex", "sendto"):
        patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
    return refused


def running_threads() -> set[threading.Thread]:
    """Python's own threads; those that Qt made are seen by `QtLeftovers`."""
    return {thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)}


def leaked_threads(before: set[threading.Thread]) -> list[str]:
    """Names of threads started since `before` that do not end by themselves within two seconds."""
    started = running_threads() - before
    for thread in started:
        thread.join(JOIN_SECONDS)
    return sorted(thread.name for thread in started if thread.is_alive())


class QtLeftovers:
    """Top-level widgets, active timers and running threads of Qt that came after this was made."""

    def __init__(self) -> None:
        self.before = {id(wrapper): wrapper for wrapper in self.living()}

    @staticmethod
    def living() -> list[QObject]:
        if not isinstance(app := QApplication.instance(), QApplication):
            return []
        widgets = [widget for widget in app.topLevelWidgets() if widget.metaObject().className() != "QTipLabel"]
        timers = [w for w in Shiboken.getAllValidWrappers() if isinstance(w, QTimer) and w.isActive()]
        threads = [w for w in Shiboken.getAllValidWrappers() if isinstance(w, QThread) and w.isRunning()]
        return [*widgets, *timers, *(thread for thread in threads if thread is not app.thread())]

    def new(self) -> list[QObject]:
        return [wrapper for wrapper in self.living() if self.before.get(id(wrapper)) is not wrapper]

    def settle(self) -> list[str]:
        """What is still there after pending deletions and, only if need be, a garbage collection."""
        if self.new():
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        if self.new():
            gc.collect()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return [describe(wrapper) for wrapper in self.new()]


def describe(wrapper: QObject) -> str:
    name = wrapper.objectName() or (wrapper.windowTitle() if isinstance(wrapper, QWidget) else "")
    return f"{type(wrapper).__name__} {name!r}"
