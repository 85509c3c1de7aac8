"""What somebody sees whose PC the platform has revoked: nothing is lost, and what happens with unsent work."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.entry.entrance import Entrance
from s2b_desktop.views.entry.frame import EntryFrame


class RevokedPage(EntryFrame):
    """Hands sealed work in when it is shown and when asked; `sign_in` for whoever may use this PC anew."""

    sign_in = Signal()

    def __init__(self, entrance: Entrance, parent: QWidget | None = None) -> None:
        super().__init__(
            "This PC is no longer allowed to sign in",
            "What it had of the platform was erased. Nothing that you saved here is lost.",
            parent=parent,
        )
        self._entrance = entrance
        self.banner = Banner("info", "")
        self.body.addWidget(self.banner)
        self.body.addWidget(
            Label(
                "Entries that were not sent yet are sealed so that only the platform can open them. Your company's "
                "owner or manager decides there whether they are carried out.",
                "muted",
                wrap=True,
            )
        )
        self.again = Button("Try now", self.begin, icon="refresh", variant="primary", tip="The line is tried at once.")
        self.anew = Button("Sign in anew", self.sign_in.emit, tip="With an account that may use this PC again.")
        foot = QHBoxLayout()
        foot.addWidget(self.anew)
        foot.addStretch(1)
        foot.addWidget(self.again)
        self.body.addLayout(foot)

    def begin(self) -> None:
        """Try to hand in what is sealed."""
        if not self._entrance.doorplate().sealed:
            self._told(True)
            return
        self.again.setEnabled(False)
        self.banner.set_message("info", "Handing unsent entries in to the platform")
        self._entrance.hand_in(self._told)

    def _told(self, arrived: bool) -> None:
        self.again.setEnabled(True)
        self.again.setVisible(not arrived)
        if arrived:
            self.banner.set_message("ok", "Everything that was not sent is with the platform now.")
        else:
            self.banner.set_message(
                "offline", "The hub does not answer. Unsent entries stay sealed on this PC and are handed in later."
            )
        (self.anew if arrived else self.again).setFocus(Qt.FocusReason.OtherFocusReason)
