"""Something between a desktop and its hub that cuts the line, or lets nothing through without saying so."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading


class Proxy:
    """Forwards what comes at `address`. `cut` breaks all lines and takes no new ones until `mend`; `freeze` lets
    nothing through on the lines that stand, while new ones work."""

    def __init__(self, target: str) -> None:
        host, port = target.removeprefix("https://").split(":")
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port = self._listener.getsockname()[1]
        self.address = f"https://127.0.0.1:{self._port}"
        self._lock = threading.Lock()
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._frozen: list[socket.socket] = []
        self._closing = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def cut(self) -> None:
        with self._lock:
            self._selector.unregister(self._listener)
            self._listener.close()
            for end in list(self._pairs):
                self._end(end)

    def mend(self) -> None:
        with self._lock:
            self._listener = socket.create_server(("127.0.0.1", self._port))
            self._selector.register(self._listener, selectors.EVENT_READ)

    def freeze(self) -> None:
        with self._lock:
            for end in list(self._pairs):
                self._selector.unregister(end)
                self._frozen.append(end)
            self._pairs.clear()

    def close(self) -> None:
        self._closing = True
        self._thread.join()
        with self._lock:
            for end in (*self._pairs, *self._frozen, self._listener):
                end.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._closing:
            for key, _ in self._selector.select(0.02):
                with self._lock:
                    if key.fileobj is self._listener:
                        self._accept()
                    elif key.fileobj in self._pairs:
                        assert isinstance(key.fileobj, socket.socket)
                        self._forward(key.fileobj)

    def _accept(self) -> None:
        near, _ = self._listener.accept()
        far = socket.create_connection(self._target)
        self._pairs |= {near: far, far: near}
        for end in (near, far):
            self._selector.register(end, selectors.EVENT_READ)

    def _forward(self, end: socket.socket) -> None:
        try:
            content = end.recv(1 << 16)
            if content:
                self._pairs[end].sendall(content)
                return
        except OSError:
            pass
        self._end(end)

    def _end(self, end: socket.socket) -> None:
        other = self._pairs.pop(end, None)
        if other is None:
            return
        self._pairs.pop(other, None)
        for each in (end, other):
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(each)
            each.close()
