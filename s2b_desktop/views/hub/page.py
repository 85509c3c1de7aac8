"""平台: how the hub is, and what only its operator can settle, as of when the hub was last asked."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.command_text import command_words
from s2b_desktop.messages import failure_text, problem_text, state_text
from s2b_desktop.text import moment, tr
from s2b_desktop.views.common.actions import Action, ActionFlow
from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.confirm import Confirm, ReasonPrompt, open_prompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.toast import ToastArea
from s2b_domain.wire import AskHub, HubHeld, HubLetter, HubState

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

_KEPT = "hub-state"
_OLD_BACKUP = 36 * 3600 * 1000
_WHAT = {
    "failed": "The hub failed on it and refused it. Its user can send it again; tell support what happened.",
    "unbooked": "It was accepted before the restore, and something that it builds on is missing. It is tried again "
    "when another PC reports, or now; else settle it by hand.",
    "differs": "It was accepted before the restore and is booked, but not quite as it was. Please compare.",
}


_HELD = (
    "A PC that was revoked had not sent this. Released, it is decided by today's rules: for its author or, where that "
    "account has ended, for you."
)


class HubPage(Page):
    """Asks when it is opened and on F5; keeps the last answer for when there is no line."""

    key = "hub"
    icon = "server"
    title = "Hub health"

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(self.title, parent)
        self._desk = desk
        self._state: HubState | None = None
        self._rows_by_id: dict[str, HubLetter | HubHeld] = {}
        self.again = self.add_action("Look again", self.refresh, shortcut="F5", icon="refresh")
        self.set_cards(
            [
                FactCard("recovery", "State"),
                FactCard("backup", "Last backup"),
                FactCard("devices", "PCs"),
                FactCard("queue", "Queue"),
            ]
        )
        self.banner = Banner("info", "")
        self.banner.hide()
        self.finish = Button("Go on without the missing PCs", self._finish)
        self.finish.hide()
        self.body.addWidget(self.banner)
        line = QHBoxLayout()
        line.addWidget(self.finish)
        line.addStretch(1)
        self.body.addLayout(line)
        self.table: DataTable[HubLetter | HubHeld] = DataTable(
            self._columns(), self._rows, name="To settle", toolbar=False
        )
        self.table.set_empty(EmptyState("check-circle", "Nothing to settle", "What the hub cannot settle shows here."))
        self.table.activated.connect(self._show_row)
        self.table.view.clicked.connect(lambda index: self._show_row(self.table.model.id_at(index.row())))
        self.body.addWidget(self.table, 1)
        self.setFocusProxy(self.table)
        kept = desk.draft(_KEPT)
        if kept is not None:
            try:
                self._show_state(msgspec.msgpack.decode(kept, type=HubState))
            except msgspec.MsgspecError:
                desk.save_draft(_KEPT, None)
        self.refresh()

    def refresh(self) -> None:
        self._ask(AskHub())

    def retranslate(self) -> None:
        super().retranslate()
        if getattr(self, "_state", None) is not None:
            assert self._state is not None
            self._show_state(self._state)

    def _ask(self, request: AskHub, said: str = "") -> None:
        self.again.setEnabled(False)
        self._desk.ask_hub(request, done=lambda state: self._told(state, said), failed=self._failed)

    def _told(self, state: HubState, said: str) -> None:
        self.again.setEnabled(True)
        self._desk.save_draft(_KEPT, msgspec.msgpack.encode(state))
        self._show_state(state)
        if state.said:
            ToastArea.of(self).show_toast(lambda: problem_text(state.said), tone="bad")
        elif said:
            ToastArea.of(self).show_toast(said)

    def _failed(self, error: Exception) -> None:
        self.again.setEnabled(True)
        self.banner.set_message("offline", lambda: failure_text(error))
        self.banner.show()

    def _show_state(self, state: HubState) -> None:
        self._state = state
        self._rows_by_id = {x.place: x for x in state.letters} | {x.command_id: x for x in state.held}
        self.set_facts(lambda: tr("As of {time} · version {version}", time=moment(state.time), version=state.version))
        self._show_recovery(state)
        backup = self.card("backup")
        if state.backup_at is None:
            backup.set_fact("–", "There is no backup yet", tone="warn")
        else:
            old = state.time - state.backup_at > _OLD_BACKUP
            words = tr("Verified; {n} are kept", n=state.backups)
            backup.set_fact(moment(state.backup_at), words, tone="warn" if old else "ok")
        self.card("devices").set_fact(str(state.devices), tr("{n} people signed in", n=state.sessions))
        self.card("queue").set_fact(str(state.queue), "")
        self.table.set_ids(list(self._rows_by_id))

    def _show_recovery(self, state: HubState) -> None:
        card = self.card("recovery")
        until = state.recovering_until
        self.finish.setVisible(until is not None)
        self.banner.setVisible(until is not None)
        if until is not None:
            card.set_fact(tr("Recovering"), tr("{n} PCs have reported", n=state.reported), tone="warn")
            self.banner.set_message(
                "warn",
                lambda: tr(
                    "The hub was restored and collects what PCs remember: {missing} are missing. It goes on at {time}.",
                    missing=state.missing,
                    time=moment(until),
                ),
            )
        elif state.restored_at is not None:
            told = tr("Restored {time} · {n} came back", time=moment(state.restored_at), n=state.brought_back)
            card.set_fact(tr("Runs well"), told, tone="ok")
        else:
            card.set_fact(tr("Runs well"), "", tone="ok")

    def _columns(self) -> list[Column[HubLetter | HubHeld]]:
        return [
            Column("command", "What", lambda row: command_words(row.command, row.payload), 300, stretch=True),
            Column("kind", "State", lambda row: _state(row)[0], 150, "state", tone=lambda row: _state(row)[1]),
            Column("who", "Company and person", _who, 180, rank=2),
            Column("place", "PC and entry", lambda row: row.device if isinstance(row, HubHeld) else row.place, 120),
            Column("time", "When", lambda row: moment(row.time, self._desk.now()), 120, rank=1),
        ]

    def _rows(self, ids: Sequence[RowId]) -> list[HubLetter | HubHeld]:
        return [self._rows_by_id[str(id_)] for id_ in ids]

    def _show_row(self, row_id: RowId) -> None:
        row = self._rows_by_id.get(str(row_id))
        if row is not None:
            panel = self._held_panel(row) if isinstance(row, HubHeld) else self._panel(row)
            self.inspector.open_panel(panel, lambda: command_words(row.command, row.payload))

    def _held_panel(self, held: HubHeld) -> QWidget:
        panel, column = _begun()
        column.addWidget(Banner("info", _HELD))
        facts = Facts()
        facts.add_fact("Company and person", lambda: _who(held) or "–")
        facts.add_fact("PC and entry", lambda: held.device or "–")
        facts.add_fact("Saved there", lambda: moment(held.time))
        column.addWidget(facts)
        release: Action = ("Release", lambda: self._release(held), "primary")
        column.addLayout(ActionFlow([release, ("Set aside for good", lambda: self._discard(held), "secondary")]))
        column.addStretch(1)
        return panel

    def _release(self, held: HubHeld) -> None:
        self.inspector.close_panel()
        self._ask(AskHub(action="release", place=held.command_id), "Released and accepted")

    def _discard(self, held: HubHeld) -> None:
        told = "Nothing of it is booked. The hub keeps it with your reason."
        reasons = ("Entered again", "No longer true")
        prompt = ReasonPrompt("Set this entry aside?", told, "Set aside", reasons, tone="danger", hint="", parent=self)

        def go() -> None:
            self.inspector.close_panel()
            self._ask(AskHub(action="discard", place=held.command_id, reason=prompt.reason()), "Set aside")

        open_prompt(prompt, go)

    def _panel(self, letter: HubLetter) -> QWidget:
        panel, column = _begun()
        column.addWidget(Banner("warn", _WHAT[letter.kind]))
        column.addWidget(Label(lambda: f"{letter.place} · {moment(letter.time)}", "muted"))
        if letter.kind == "unbooked":
            column.addWidget(Label(lambda: problem_text(letter.code), wrap=True))
        settle: Action = ("It is settled", lambda: self._dismiss(letter), "secondary")
        again: Action = ("Try again", lambda: self._act("retry", letter), "primary")
        column.addLayout(ActionFlow([again, settle] if letter.can_retry else [settle]))
        column.addStretch(1)
        if letter.detail:
            column.addWidget(Label("For support", "small"))
            column.addWidget(Label(lambda: letter.detail, "small", wrap=True))
        return panel

    def _dismiss(self, letter: HubLetter) -> None:
        told = "It leaves this list; the hub keeps a record."
        prompt = Confirm("Is this settled?", told, "It is settled", parent=self)
        open_prompt(prompt, lambda: self._act("dismiss", letter))

    def _act(self, action: str, letter: HubLetter) -> None:
        self.inspector.close_panel()
        self._ask(AskHub(action=action, place=letter.place), "Done")

    def _finish(self) -> None:
        text = "What the missing PCs remember is booked when they come back; until then others may take the stock."
        prompt = Confirm("Go on without the missing PCs?", text, "Go on", parent=self)
        open_prompt(prompt, lambda: self._ask(AskHub(action="finish")))


def _begun() -> tuple[QWidget, QVBoxLayout]:
    panel = QWidget()
    column = QVBoxLayout(panel)
    column.setContentsMargins(20, 12, 20, 20)
    column.setSpacing(12)
    return panel, column


def _state(row: HubLetter | HubHeld) -> tuple[str, Tone]:
    return state_text("held", "waiting") if isinstance(row, HubHeld) else state_text("dead_letter", row.kind)


def _who(row: HubLetter | HubHeld) -> str:
    return " · ".join(x for x in (row.organisation, row.author) if x) if isinstance(row, HubHeld) else ""
