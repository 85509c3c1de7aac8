"""The members of a shop: lists by level and tag, search as one types, one in full, and campaigns."""

from array import array
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from s2b_desktop.models.queries.audiences import levels_of, sku_names, tags_of
from s2b_desktop.models.queries.members import (
    MemberFacts,
    MemberRow,
    campaigns_of,
    member_detail,
    member_facts,
    member_rowid,
    member_rowids,
    member_rows,
    receivers,
)
from s2b_desktop.text import amount, count, date, listed, moment, tr
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.choice import ComboBox
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.live import LivePage
from s2b_desktop.views.common.reading import Reading
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.members.deeds import MemberDeeds
from s2b_desktop.views.members.panel import CampaignPanel, MemberPanel
from s2b_domain.commands.campaigns import StartCampaign
from s2b_domain.commands.members import SaveMember
from s2b_domain.records.campaign import Campaign
from s2b_domain.records.member import Member

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

VIEWS: dict[str, str] = {
    "all": "All members",
    "new": "Joined lately",
    "idle": "Not seen for long",
    "closed": "Not members any more",
}
LAST: dict[str, str] = {"campaigns": "Campaigns"}
CARDS = ("all", "new", "idle", "campaigns")
CHOSEN_MOST = 500


class MembersPage(LivePage):
    """`show_item` takes a member's id, the key of a view, or a queue item."""

    key = "members"
    icon = "users"
    title = "Members"
    TABLES = frozenset(
        {"member", "member_tag", "tag", "tag_rule", "member_level", "points_entry", "coupon", "campaign", "sales_order"}
    )
    AWAITED = ("member", "campaign")

    def __init__(self, desk: "Desk", navigate: Callable[[str, object], None], parent: QWidget | None = None) -> None:
        super().__init__(desk, self.title, parent)
        self._navigate = navigate
        self.deeds = MemberDeeds(desk, navigate, self, self._listed, self._opened)
        self._view, self._open, self._shown = "all", "", object()
        self._sort: tuple[str, bool] = ("last", True)
        self._loading, self._counting = Reading(desk), Reading(desk)
        self._campaigns: dict[str, Campaign] = {}
        if self.deeds.may_edit:
            self.add_action("Set up…", self.deeds.set_up, icon="settings")
            self.add_action("New campaign…", self._start_campaign, "F8", icon="message")
            self.add_action("New member", lambda: self.deeds.edit(None), "F2", primary=True)
        self.set_cards([FactCard(key, VIEWS.get(key, "Campaigns"), "–", checkable=True) for key in CARDS])
        self.card_toggled.connect(lambda key, on: self.look_at(key if on else "all"))
        self.views = ComboBox(list(VIEWS.items()))
        self.views.value_changed.connect(lambda key: self.look_at(str(key)))
        self.table: DataTable[MemberRow] = DataTable(
            member_columns(lambda r: r.member.id in self._waiting),
            self._rows,
            name="Members",
            search="Phone, name, card or pinyin",
            exportable=True,
        )
        self.table.toolbar.insertWidget(0, self.views)
        self.bulk: list[Button] = []
        if self.deeds.may_edit:
            self.bulk = [Button("Tag…", self._tag_chosen, shortcut="Ctrl+T", icon="tag")]
            self.table.toolbar.insertWidget(self.table.toolbar.count() - 2, self.bulk[0])
        self._sort = self.remember(self.table, "members") or self._sort
        self.table.set_sort(*self._sort)
        self.table.sort_requested.connect(self._sorted)
        self.table.search_changed.connect(lambda _text: self._load())
        self.table.selection_changed.connect(lambda _ids: self._enable())
        self.table.export_requested.connect(lambda: self.deeds.export(self._members()))
        self.told: DataTable[Campaign] = DataTable(
            campaign_columns(lambda c: c.id in self._waiting, desk.now), self._told, name="Campaigns", toolbar=False
        )
        self.remember(self.told, "members/told")
        self.told.set_empty(
            EmptyState("message", "No campaigns yet", "Give a coupon to everybody with a tag, or tell of new goods.")
        )
        for table in (self.table, self.told):
            table.activated.connect(self._show_row)
            table.view.clicked.connect(lambda index, t=table: self._show_row(t.model.id_at(index.row())))
            table.current_changed.connect(self._moved)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.told)
        self.body.addWidget(self.stack, 1)
        self.inspector.closed.connect(self._forget)
        self.setFocusProxy(self.table.search_field)
        self._say_empty()
        self._enable()
        self.retranslate()

    # what is shown

    @property
    def _shop(self) -> str:
        return self._desk.actor.organisation_id

    def refresh(self) -> None:
        super().refresh()
        levels, tags = self._desk.read(levels_of, self._shop), self._desk.read(tags_of, self._shop)
        options: list[tuple[object, Text]] = list(VIEWS.items())
        options += [(f"level:{x.id}", partial(_level, x.name)) for x in levels]
        options += [(f"tag:{t.id}", partial(_tag, t.name)) for t in tags]
        self.views.blockSignals(True)
        options += LAST.items()
        self.views.set_options(options)
        if self._view not in dict(options):
            self._view = "all"
        self.views.set_value(self._view)
        self.views.blockSignals(False)
        self._load()
        self._counting.fetch(member_facts, self._shop, self._desk.now(), done=self._tell)

    def show_item(self, what: object) -> None:
        message = getattr(what, "message", what)
        if isinstance(message, SaveMember):
            known = self._desk.read(member_detail, message.member_id, self._desk.now())
            self.deeds.edit(known.member if known else None, message, getattr(what, "command_id", None))
            return
        if isinstance(message, StartCampaign):
            begun = partial(self.look_at, "campaigns")
            self.deeds.resume_campaign(message, begun, getattr(what, "command_id", None))
            return
        wanted = getattr(message, "member_id", None) or getattr(message, "campaign_id", None) or message
        if wanted == "new":
            self.deeds.edit(None)
        elif isinstance(wanted, str) and (wanted in VIEWS or wanted == "campaigns" or ":" in wanted):
            self.look_at(wanted)
        elif isinstance(wanted, str) and wanted:
            self._open = wanted
            self.look_at("campaigns" if self._desk.read(member_rowid, wanted) is None else "all")
            self._show(wanted)

    def retranslate(self) -> None:
        super().retranslate()
        if hasattr(self, "stack"):
            self.views.setAccessibleName(tr("Saved views"))
            self._reopen()

    def look_at(self, view: str) -> None:
        """Show another view."""
        if (view == "campaigns") != (self._view == "campaigns") and self.inspector.is_open():
            kept = self._open
            self.inspector.close_panel()
            self._open = kept if self._desk.read(member_rowid, kept) is None or view != "campaigns" else ""
        self._view = view
        self.views.show_value(view)
        self.check_card(view)
        campaigns = view == "campaigns"
        self.stack.setCurrentWidget(self.told if campaigns else self.table)
        if campaigns:
            self.body.insertWidget(0, self.views, 0, Qt.AlignmentFlag.AlignLeft)
        else:
            self.table.toolbar.insertWidget(0, self.views)
        self.views.show()
        self._load()

    def _rows(self, rowids: Sequence[RowId]) -> list[MemberRow]:
        return self._desk.read(member_rows, self._shop, [int(r) for r in rowids])

    def _told(self, ids: Sequence[RowId]) -> list[Campaign]:
        return [self._campaigns[str(i)] for i in ids if str(i) in self._campaigns]

    def _load(self) -> None:
        if self._view == "campaigns":
            self._loading.fetch(campaigns_of, self._shop, done=self._show_campaigns)
            return
        text = self.table.search_field.text()
        self._loading.fetch(
            member_rowids, self._shop, self._view, text, self._desk.now(), *self._sort, done=self._show_ids
        )

    def _show_ids(self, rowids: "array[int]") -> None:
        if not rowids:
            self._say_empty()
        self.table.set_ids(rowids)
        self.table.refresh()
        if self._open:
            rowid = self._desk.read(member_rowid, self._open)
            if rowid is not None:
                self.table.select(rowid)
            self._reopen()
        self._enable()

    def _show_campaigns(self, found: list[Campaign]) -> None:
        self._campaigns = {c.id: c for c in found}
        self.told.set_ids(list(self._campaigns))
        self.told.refresh()
        if self._open:
            self.told.select(self._open)
            self._reopen()

    def _tell(self, found: MemberFacts) -> None:
        self.set_facts(lambda: tr("{n} points are held", n=found.points) if found.points else "")
        waiting = [c for c in self._desk.read(campaigns_of, self._shop) if c.told_at is None]
        told: dict[str, tuple[int, Text, Tone]] = {
            "all": (found.all, "found by phone, card, name or pinyin", "neutral"),
            "new": (found.new, "in the last 30 days", "neutral"),
            "idle": (found.idle, "no purchase for 90 days", "neutral"),
            "campaigns": (
                len(waiting),
                "members still to be told" if waiting else "everybody was told",
                "warn" if waiting else "neutral",
            ),
        }
        for key, (figure, note, tone) in told.items():
            self.card(key).set_fact(partial(count, figure), note, tone=tone)

    def _say_empty(self) -> None:
        if self.table.search_field.text().strip() or self._view != "all":
            empty = EmptyState("search", "Nobody here", action="Show all", callback=self._all)
        else:
            empty = EmptyState(
                "users",
                "No members yet",
                "Somebody joins with a phone number or a card, here or at the counter.",
                action="New member" if self.deeds.may_edit else "",
                callback=(lambda: self.deeds.edit(None)) if self.deeds.may_edit else None,
            )
        self.table.set_empty(empty)

    def _all(self) -> None:
        self.table.search_field.clear()
        self.look_at("all")

    def _sorted(self, sort: str, descending: bool) -> None:
        self._sort = (sort, descending)
        self._load()

    # what changes

    def mark(self) -> None:
        self.table.refresh()
        self.told.refresh()
        self._reopen()

    def _enable(self) -> None:
        for button in self.bulk:
            button.setEnabled(self.table.view.selectionModel().hasSelection())

    # one of them

    def _show_row(self, id_: object) -> None:
        if isinstance(id_, int):
            found = self._rows([id_])
            if found:
                self._show(found[0].member.id)
        elif isinstance(id_, str):
            self._show(id_)

    def _moved(self, id_: object) -> None:
        if id_ is not None and self.inspector.is_open():
            self._show_row(id_)

    def _forget(self) -> None:
        self._open = ""
        (self.told if self._view == "campaigns" else self.table).setFocus()

    def _reopen(self) -> None:
        self._shown = object()
        if self._open:
            self._show(self._open)

    def _show(self, id_: str) -> None:
        campaign, waiting = self._campaigns.get(id_), id_ in self._waiting
        if campaign is not None:
            people = self._desk.read(receivers, campaign)
            goods = list(self._desk.read(sku_names, self._desk.actor, campaign.sku_ids).values())
            self._open, self._shown = id_, (campaign, waiting)
            panel = CampaignPanel(
                campaign, people, goods, self.deeds.of_campaign(campaign), waiting=waiting, now=self._desk.now()
            )
            self.inspector.open_panel(panel, lambda: campaign.name)
            return
        detail = self._desk.read(member_detail, id_, self._desk.now())
        if detail is None:
            return
        if self.inspector.is_open() and self._shown == (detail, waiting):
            return
        self._open, self._shown = id_, (detail, waiting)
        made = MemberPanel(detail, self.deeds.of_member(detail.member), waiting=waiting, now=self._desk.now())
        made.document_asked.connect(self._navigate)
        member = detail.member
        self.inspector.open_panel(made, lambda: member.called)

    # what is done

    def _members(self) -> list[Member]:
        return [r.member for r in self._rows(list(self.table.model.ids()))]

    def _listed(self) -> list[Member]:
        return [r.member for r in self._rows(list(self.table.model.ids())[:100])]

    def _opened(self, id_: str) -> None:
        self._open = id_

    def _tag_chosen(self) -> None:
        rows = self._rows(self.table.selected_ids()[:CHOSEN_MOST])
        if rows:
            self.deeds.tag([r.member for r in rows])

    def _start_campaign(self) -> None:
        kind, _, id_ = self._view.partition(":")
        self.deeds.start_campaign(id_ if kind == "tag" else "", lambda: self.look_at("campaigns"))


def member_columns(waiting: Callable[[MemberRow], bool]) -> list[Column[MemberRow]]:
    """Columns over members."""
    return [
        Column("name", "Name", lambda r: r.member.name, 130, sort_key="name"),
        Column("level", "Level", lambda r: r.level, 110, kind="state", waiting=waiting,
               tone=lambda r: "accent" if r.level else "neutral"),
        Column("phone", "Phone", lambda r: r.member.phone, 120),
        Column("card", "Card number", lambda r: r.member.card, 96, rank=4),
        Column("tags", "Tags", lambda r: listed(r.tags), 150, stretch=True, rank=3),
        Column("points", "Points", lambda r: count(r.member.points), 80, kind="number", sort_key="points"),
        Column("spent", "Spent", lambda r: amount(r.member.spent), 100, kind="money", sort_key="spent", rank=1),
        Column("orders", "Orders", lambda r: count(r.member.orders), 70, kind="number", sort_key="orders", rank=5),
        Column("last", "Last purchase", lambda r: date(r.member.last_order_at) if r.member.last_order_at else "–", 110,
               sort_key="last", rank=2),
    ]  # fmt: skip


def campaign_columns(waiting: Callable[[Campaign], bool], now: Callable[[], int]) -> list[Column[Campaign]]:
    """Columns over campaigns."""
    return [
        Column("name", "Campaign", lambda c: c.name, 180),
        Column("state", "State", lambda c: tr("Told") if c.told_at else tr("To be told"), 110, kind="state",
               tone=lambda c: "ok" if c.told_at else "warn", waiting=waiting,
               fits=lambda: [tr("Told"), tr("To be told")]),
        Column("kind", "Kind", lambda c: tr("Coupon") if c.template_id else tr("Notice"), 90),
        Column("text", "What is told", lambda c: c.text, 200, stretch=True),
        Column("receivers", "Receivers", lambda c: count(len(c.member_ids)), 90, kind="number"),
        Column("at", "Started", lambda c: moment(c.at, now()), 130),
    ]  # fmt: skip


def _level(name: str) -> str:
    return tr("Level: {name}", name=name)


def _tag(name: str) -> str:
    return tr("Tagged: {tag}", tag=name)
