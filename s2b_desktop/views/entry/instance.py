"""One window per profile: a second start asks the first one, by a local socket, to come to the front."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

RAISE, RAISED = b"raise\n", b"raised\n"
PATIENCE_MS = 3000


def socket_name(folder: Path) -> str:
    """The name under which the first start of a profile listens; short, as some systems cut long ones."""
    return "s2b-" + hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:24]


class FirstStart(QObject):
    """Listens for later starts of the same profile; `asked` when one wants the window in front."""

    asked = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)
        name = socket_name(folder)
        QLocalServer.removeServer(name)  # what a crash left; the lock says that nobody listens
        self._server.listen(name)

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    def _greet(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(self._answer_to(socket))

    def _answer_to(self, socket: QLocalSocket) -> Callable[[], None]:
        def answer() -> None:
            if bytes(socket.readAll().data()).startswith(RAISE.strip()):
                socket.write(RAISED)
                socket.flush()
                self.asked.emit()

        return answer


def raise_first(folder: Path, patience_ms: int = PATIENCE_MS) -> bool:
    """Ask the first start of a profile to come to the front; False if it does not answer."""
    socket = QLocalSocket()
    socket.connectToServer(socket_name(folder))
    if not socket.waitForConnected(patience_ms):
        return False
    socket.write(RAISE)
    socket.flush()
    answered = socket.waitForReadyRead(patience_ms) and bytes(socket.readAll().data()) == RAISED
    socket.disconnectFromServer()
    return answered
