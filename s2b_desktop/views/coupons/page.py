"""Coupons of a shop or the platform: the kinds with their life cycle, and each coupon that is out."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog, QStackedWidget, QWidget

from s2b_desktop.messages import failure_text, state_text
from s2b_desktop.models.exports import write_table
from s2b_desktop.models.queries.coupons import SOON, CouponRow, TemplateRow, coupon_rows, template_of, template_rows
from s2b_desktop.text import count, labelled, money, tr
from s2b_desktop.views.common.actions import Action
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import RowId
from s2b_desktop.views.common.confirm import Confirm, ReasonPrompt, open_prompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.facts import Facts
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.live import LivePage
from s2b_desktop.views.common.pill import StatePill
from s2b_desktop.views.common.reading import Reading
from s2b_desktop.views.common.sending import nothing, send
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.coupons.columns import (
    coupon_columns,
    face_text,
    of_all,
    state_name,
    template_columns,
    until_text,
    validity_text,
)
from s2b_desktop.views.coupons.prompts import GivePrompt, TemplatePrompt
from s2b_desktop.views.members.panel import OfferPanel
from s2b_desktop.views.promotions.whom import Names
from s2b_desktop.views.promotions.words import audience_text, goods_text, stacking_text
from s2b_domain.access import Permission
from s2b_domain.commands.command import Command
from s2b_domain.commands.coupons import IssueCoupons, SaveTemplate, SetTemplateState, VoidCoupons
from s2b_domain.records.party import PartyKind
from s2b_domain.records.promotion import CouponState, CouponTemplate, TemplateState
from s2b_domain.rules.pricing import StackClass

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

S = TemplateState
VIEWS: dict[str, str] = {
    "all": "All kinds",
    S.ACTIVE.value: "Giving out",
    "ending": "Ending soon",
    S.PAUSED.value: "Paused",
    S.DRAFT.value: "Drafts",
    S.CLOSED.value: "Withdrawn",
    "out": "Coupons that are out",
}
CARDS = (S.ACTIVE.value, "ending", S.DRAFT.value, "out")
REASONS = ("Given by mistake", "The customer asked for it", "Misused")
MOST_VOID = 500


class CouponsPage(LivePage):
    """`show_item` takes a template's id, the key of a view, ("give", member id), or a queue item."""

    key = "coupons"
    icon = "tag"
    title = "Coupons"
    TABLES = frozenset({"coupon_template", "coupon", "offer_total", "member"})
    AWAITED = ("coupon_template", "coupon")

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(desk, self.title, parent)
        self._navigate = navigate
        self.shop = desk.actor.kind is PartyKind.MERCHANT
        self.may_edit = desk.actor.may(Permission.COUPON_ISSUE) and desk.actor.may(Permission.PROMOTION_EDIT)
        self.may_give = desk.actor.may(Permission.COUPON_ISSUE) and self.shop
        self._view, self._open, self._shown, self._give_to = "all", "", object(), ""
        self._of = ""
        self._rows: dict[str, TemplateRow] = {}
        self._coupons: dict[str, CouponRow] = {}
        self._loading, self._finding = Reading(desk), Reading(desk)
        if self.may_edit:
            self.add_action("New coupons", lambda: self.edit(None), "F2", primary=True)
        self.set_cards([FactCard(key, VIEWS[key], "–", checkable=True) for key in CARDS])
        self.card_toggled.connect(lambda key, on: self.look_at(key if on else "all"))
        self.views = ComboBox(list(VIEWS.items()))
        self.views.value_changed.connect(lambda key: self.look_at(str(key)))
        self.table: DataTable[TemplateRow] = DataTable(
            template_columns(lambda r: r.template.id in self._waiting, desk.now),
            self._fetch,
            name="Kinds of coupons",
            search="Name of the coupons",
        )
        self.out: DataTable[CouponRow] = DataTable(
            coupon_columns(lambda r: r.coupon.id in self._waiting),
            self._fetch_coupons,
            name="Coupons that are out",
            search="Code, name, phone or kind",
            exportable=True,
        )
        self.out.export_requested.connect(self.export)
        self.remember(self.table, "coupons")
        self.remember(self.out, "coupons/out")
        self.table.toolbar.insertWidget(0, self.views)
        self.table.search_changed.connect(lambda _text: self._list())
        self.out.search_changed.connect(lambda _text: self._load_coupons())
        self.bulk: list[Button] = []
        if self.may_give:
            self.bulk = [Button("Take back…", self.void_chosen, shortcut="Ctrl+Backspace")]
            self.out.toolbar.insertWidget(self.out.toolbar.count() - 2, self.bulk[0])
        self.out.selection_changed.connect(lambda _ids: self._enable())
        self.out.set_empty(
            EmptyState("tag", "No coupons are out", "Give coupons to a tag, a level, or whoever shows the code.")
        )
        self.table.activated.connect(lambda id_: self._show(str(id_)))
        self.table.view.clicked.connect(lambda index: self._show(str(self.table.model.id_at(index.row()))))
        self.table.current_changed.connect(self._moved)
        self.out.activated.connect(self._show_holder)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.out)
        self.body.addWidget(self.stack, 1)
        self.inspector.closed.connect(self._forget)
        self.setFocusProxy(self.table)
        self._say_empty()
        self._enable()
        self.retranslate()

    # what is shown

    def refresh(self) -> None:
        super().refresh()
        self._loading.fetch(template_rows, self._desk.actor, self._desk.now(), done=self._loaded)
        self._load_coupons()

    def show_item(self, what: object) -> None:
        message = getattr(what, "message", what)
        if isinstance(message, tuple) and message[:1] == ("give",):
            self._give_to = str(message[1])
            self.look_at(S.ACTIVE.value)
            self.say("Choose the coupons to give", "neutral")
            return
        if isinstance(message, SaveTemplate | IssueCoupons):
            known = self._desk.read(template_of, message.template_id)
            if isinstance(message, SaveTemplate):
                self.edit(known, message, getattr(what, "command_id", None))
                return
            if known is not None and self.may_give:
                self.give(known, message, getattr(what, "command_id", None))
                return
        wanted = getattr(message, "template_id", None) or ("out" if isinstance(message, VoidCoupons) else message)
        if isinstance(wanted, str) and wanted in VIEWS:
            self.look_at(wanted)
        elif isinstance(wanted, str) and wanted:
            self._open = wanted
            self.look_at("all")
            self.refresh()

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "stack"):
            self.views.setAccessibleName(tr("Saved views"))
            self._reopen()

    def look_at(self, view: str, template_id: str = "") -> None:
        """Show another view; for the coupons that are out, those of one kind."""
        self._view, self._of = view, template_id if view == "out" else ""
        if view == "out" and self.inspector.is_open():
            self.inspector.close_panel()
        self.views.show_value(view)
        self.check_card(view)
        table: DataTable[Any] = self.out if view == "out" else self.table
        self.stack.setCurrentWidget(table)
        table.toolbar.insertWidget(0, self.views)
        self.views.show()
        if view == "out":
            self._load_coupons()
        else:
            self._list()

    def _loaded(self, rows: list[TemplateRow]) -> None:
        self._rows = {r.template.id: r for r in rows}
        self._tell(rows)
        self._list()
        self._reopen()

    def _load_coupons(self) -> None:
        if self.shop:
            text = self.out.search_field.text()
            self._finding.fetch(
                coupon_rows,
                self._desk.actor.organisation_id,
                text,
                self._desk.now(),
                self._of,
                done=self._show_coupons,
            )

    def _show_coupons(self, rows: list[CouponRow]) -> None:
        self._coupons = {r.coupon.id: r for r in rows}
        self.out.set_ids(list(self._coupons))
        self.out.refresh()
        self._enable()

    def _passes(self, row: TemplateRow) -> bool:
        text = self.table.search_field.text().strip().casefold()
        if text and text not in row.template.name.casefold():
            return False
        if self._view == "ending":
            return self._ending(row)
        return self._view in ("all", "out") or row.template.state.value == self._view

    def _ending(self, row: TemplateRow) -> bool:
        ends, now = row.template.validity.ends_at, self._desk.now()
        return row.template.state is S.ACTIVE and ends is not None and now <= ends < now + SOON

    def _list(self) -> None:
        ids = [i for i, r in self._rows.items() if self._passes(r)]
        if not ids:
            self._say_empty()
        self.table.set_ids(ids)
        self.table.refresh()
        if self._open:
            self.table.select(self._open)

    def _fetch(self, ids: Sequence[RowId]) -> list[TemplateRow]:
        return [self._rows[str(i)] for i in ids if str(i) in self._rows]

    def _fetch_coupons(self, ids: Sequence[RowId]) -> list[CouponRow]:
        return [self._coupons[str(i)] for i in ids if str(i) in self._coupons]

    def _tell(self, rows: Sequence[TemplateRow]) -> None:
        given = sum(r.total.amount for r in rows if r.mine)
        self.set_facts(lambda: tr("{money} given so far", money=money(given)) if given else "")
        active = sum(r.template.state is S.ACTIVE for r in rows)
        ending, drafts = sum(map(self._ending, rows)), sum(r.template.state is S.DRAFT for r in rows)
        usable, used = sum(r.open for r in rows), sum(r.used for r in rows)
        told: dict[str, tuple[int, Text, Tone]] = {
            S.ACTIVE.value: (active, "can be given out", "neutral"),
            "ending": (ending, "within 7 days", "warn" if ending else "neutral"),
            S.DRAFT.value: (drafts, "seen by nobody yet", "neutral"),
            "out": (usable, lambda: tr("can be used; {n} were", n=used), "neutral"),
        }
        for key, (figure, note, tone) in told.items():
            self.card(key).set_fact(partial(count, figure), note, tone=tone)

    def _say_empty(self) -> None:
        if self._rows:
            empty = EmptyState("search", "Nothing here", action="Show all", callback=self._all)
        else:
            empty = EmptyState(
                "tag",
                "No coupons yet",
                "Say what a coupon takes off, then give it to a tag, a level, or whoever shows the code.",
                action="New coupons" if self.may_edit else "",
                callback=(lambda: self.edit(None)) if self.may_edit else None,
            )
        self.table.set_empty(empty)

    def _all(self) -> None:
        self.table.search_field.clear()
        self.look_at("all")

    # what changes

    def mark(self) -> None:
        self.table.refresh()
        self.out.refresh()
        self._reopen()

    def _enable(self) -> None:
        for button in self.bulk:
            button.setEnabled(bool(self.voidable()))

    def voidable(self) -> list[str]:
        """The chosen coupons that can be taken back."""
        chosen = self._fetch_coupons(self.out.selected_ids()[:MOST_VOID])
        return [r.coupon.id for r in chosen if r.state is CouponState.AVAILABLE]

    # one of them

    def _moved(self, id_: object) -> None:
        if id_ is not None and self.inspector.is_open():
            self._show(str(id_))

    def _forget(self) -> None:
        self._open = ""
        (self.out if self._view == "out" else self.table).setFocus()

    def _reopen(self) -> None:
        self._shown = object()
        if self._open and self._open in self._rows:
            self._show(self._open)

    def _show_holder(self, id_: object) -> None:
        row = self._coupons.get(str(id_))
        if row is not None and row.coupon.member_id:
            self._navigate("members", row.coupon.member_id)

    def _show(self, id_: str) -> None:
        row = self._rows.get(id_)
        if row is None:
            return
        state = (row, id_ in self._waiting)
        if self.inspector.is_open() and self._shown == state:
            return
        self._open, self._shown = id_, state
        names = Names(self._desk).of(row.template.terms.goods, row.template.terms.audience)
        panel = self._panel(row, names)
        self.inspector.open_panel(panel, lambda: row.template.name)

    def _panel(self, row: TemplateRow, names: dict[str, str]) -> OfferPanel:
        template, terms = row.template, row.template.terms
        panel = OfferPanel(self.template_actions(row))
        tone = state_text("coupon_template", template.state)[1]
        waiting = template.id in self._waiting
        panel.add_pill(StatePill(partial(state_name, "coupon_template", template.state), tone, waiting=waiting))
        facts = Facts()
        facts.add_fact("Gives", partial(face_text, terms), "strong")
        facts.add_fact("Goods", lambda: goods_text(terms.goods, names))
        facts.add_fact("For whom", lambda: audience_text(terms.audience, names))
        facts.add_fact("Valid", partial(validity_text, template.validity))
        own = StackClass.SHOP_COUPON if row.mine and self.shop else StackClass.PLATFORM_COUPON
        facts.add_fact("Together", lambda: stacking_text(own, terms.combines, exclusive=terms.exclusive))
        facts.add_fact("A person", lambda: count(template.per_person) if template.per_person else tr("no limit"))
        facts.add_fact("Borne by", lambda: tr("us") if row.mine else tr("the platform"))
        panel.column.addWidget(facts)
        panel.add_section("What came of it")
        results = Facts(right=True)
        results.add_fact("Given out", partial(of_all, row.total.issued, template.total))
        results.add_fact("Can be used", lambda: count(row.open))
        results.add_fact("Used", lambda: count(row.used))
        if row.mine:
            results.add_fact("Taken off", lambda: money(row.total.amount), "strong")
            results.add_fact("Goods sold with it", lambda: money(row.total.goods_amount))
        panel.column.addWidget(results)
        panel.column.addStretch(1)
        return panel

    # what is done

    def template_actions(self, row: TemplateRow) -> list[Action]:
        """What may be done with coupons of a kind now."""
        template, actions = row.template, list[Action]()
        if self.may_give and template.state is S.ACTIVE:
            actions.append(("Give…", partial(self.give, template), "primary"))
        if self.may_edit and row.mine:
            if template.state in (S.DRAFT, S.PAUSED):
                actions.append(("Give out", partial(self.set_state, template, S.ACTIVE), "primary"))
            if template.state is S.ACTIVE:
                actions.append(("Pause", partial(self.set_state, template, S.PAUSED), "secondary"))
            if template.state is not S.CLOSED:
                actions.append(("Edit…", partial(self.edit, template), "secondary"))
                actions.append(("Withdraw…", partial(self.withdraw, row), "secondary"))
        if self.shop:
            actions.append(("Coupons that are out", partial(self.look_at, "out", template.id), "secondary"))
        return actions

    def edit(
        self, template: CouponTemplate | None, entered: SaveTemplate | None = None, supersedes: str | None = None
    ) -> None:
        """Write a kind of coupons; `entered` was not taken before, `supersedes` names that command."""
        own = StackClass.SHOP_COUPON if self.shop else StackClass.PLATFORM_COUPON
        prompt = TemplatePrompt(self._desk, template, entered, own=own, parent=self.window())

        def go() -> None:
            message = prompt.message(self._desk.new_id())
            self._open = message.template_id
            again = partial(self.edit, template, message, supersedes)
            self.submit(message, lambda: tr("Saved: {name}", name=message.name), refused=again, supersedes=supersedes)

        open_prompt(prompt, go)

    def give(
        self, template: CouponTemplate, entered: IssueCoupons | None = None, supersedes: str | None = None
    ) -> None:
        """Give coupons out, after seeing to how many; `entered` was not taken before."""
        prompt = GivePrompt(self._desk, template, member_id=self._give_to, parent=self.window())
        if entered is not None:
            prompt.fill(entered)

        def go() -> None:
            reach, self._give_to = prompt.reach, ""
            message = prompt.message()
            again = partial(self.give, template, message, supersedes)
            said = partial(tr, "{n} coupons given", n=reach)
            self.submit(message, said, refused=again, supersedes=supersedes)

        open_prompt(prompt, go)

    def set_state(self, template: CouponTemplate, state: TemplateState) -> None:
        """Give out, pause or withdraw."""
        self.submit(
            SetTemplateState(template_id=template.id, state=state),
            lambda: labelled(template.name, state_name("coupon_template", state)),
        )

    def withdraw(self, row: TemplateRow) -> None:
        """Ask once: coupons that are out end too."""
        asked = Confirm(
            "Withdraw these coupons?",
            lambda: tr("{n} coupons that are out cannot be used any more. This cannot be undone.", n=row.open),
            "Withdraw",
            tone="danger",
            parent=self.window(),
        )
        open_prompt(asked, partial(self.set_state, row.template, S.CLOSED))

    def void_chosen(self) -> None:
        """Take the chosen coupons back, with a reason."""
        ids = tuple(self.voidable())
        if not ids:
            return
        asked = ReasonPrompt(
            lambda: tr("Take back {n} coupons", n=len(ids)),
            "Whoever holds them cannot use them any more.",
            "Take them back",
            REASONS,
            tone="danger",
            hint="",
            parent=self.window(),
        )
        open_prompt(
            asked,
            lambda: self.submit(
                VoidCoupons(coupon_ids=ids, reason=asked.reason()), lambda: tr("{n} coupons taken back", n=len(ids))
            ),
        )

    def export(self) -> None:
        """Write the listed coupons as a workbook, to be printed or told."""
        name = tr("Coupons that are out")
        chosen, _ = QFileDialog.getSaveFileName(self, name, f"{name}.xlsx", "Excel (*.xlsx)")
        if chosen:
            self.write_coupons(Path(chosen))

    def write_coupons(self, path: Path) -> None:
        """Write the listed coupons with their codes, and what each says."""
        heads = [tr(h) for h in ("Code", "Coupons", "Gives", "State", "Valid until", "Member", "Phone")]
        rows = [
            [
                r.coupon.code,
                r.coupon.name,
                face_text(r.coupon.terms),
                state_name("coupon", r.state),
                until_text(r),
                r.holder,
                r.phone,
            ]
            for r in self._coupons.values()
        ]
        self._desk.run(
            lambda _progress: write_table(path, heads, rows),
            done=lambda n: self.say(lambda: tr("{n} coupons written", n=n)),
            failed=lambda error: self.say(lambda: failure_text(error), "bad"),
        )

    def say(self, text: Text, tone: Tone = "ok") -> None:
        """Tell in passing."""
        ToastArea.of(self).show_toast(text, tone=tone)

    def submit(
        self,
        message: Command,
        said: Text,
        *,
        refused: Callable[[], object] = nothing,
        supersedes: str | None = None,
    ) -> None:
        """Send a command and say what became of it; `refused` opens again what was entered."""
        send(self._desk, self, message, said, refused=refused, supersedes=supersedes)
