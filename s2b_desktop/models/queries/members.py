"""A shop's members: lists and search, one in full, whom a rule fits, and campaigns with their receivers."""

from array import array
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, literal_column, or_, select

from s2b_desktop.models.name_order import by_name
from s2b_desktop.models.pinyin import syllables
from s2b_desktop.models.queries.audiences import levels_of, tags_of
from s2b_desktop.models.queries.coupons import shown_states
from s2b_desktop.models.rows import rowids_of
from s2b_domain.access import Actor
from s2b_domain.commands.coupons import IssueCoupons, issue_coupons
from s2b_domain.commands.membership import rows_of
from s2b_domain.errors import Refused
from s2b_domain.records.after_sales import Payout, ReturnCase
from s2b_domain.records.campaign import Campaign
from s2b_domain.records.catalog import Category
from s2b_domain.records.member import (
    CreditEntry,
    Member,
    MemberHabit,
    MemberLevel,
    MemberTag,
    PointsEntry,
    Tag,
    TagRule,
)
from s2b_domain.records.order import Order, Payment
from s2b_domain.records.promotion import Coupon, CouponState
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.tags import DAY, Bought, TagTest, fits, path_of
from s2b_domain.tx import Reader, Tx

MemberSort = Literal["name", "points", "spent", "orders", "last", "joined"]
IDLE_DAYS = 90
LEDGER, ORDERS, COUPONS = 200, 20, 100
_member, _tagged = Member.table, MemberTag.table
_rowid: ColumnElement[int] = literal_column("member.rowid")


class MemberRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the list."""

    rowid: int
    member: Member
    level: str
    tags: tuple[str, ...]


class MemberFacts(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are, joined in the last 30 days, and were not seen for long; points that people hold."""

    all: int
    new: int
    idle: int
    points: int


class Document(NamedTuple):
    """What a line of a ledger is about: the page that shows it, its id, and its number or name."""

    page: str
    id: str
    number: str


class MemberDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A member in full; `documents` are behind lines of the ledgers, by their ids, `twins` may be the same person."""

    member: Member
    level: MemberLevel | None
    tags: tuple[tuple[Tag, bool], ...]
    ledger: tuple[PointsEntry, ...]
    credit: tuple[CreditEntry, ...]
    coupons: tuple[tuple[Coupon, CouponState], ...]
    orders: tuple[Order, ...]
    documents: dict[str, Document]
    twins: tuple[Member, ...]


def _viewed(merchant_id: str, view: str, now: int) -> ColumnElement[bool]:
    """`view`: "all", "idle", "new", "closed", "level:ID" or "tag:ID"."""
    mine = and_(_member.c.merchant_id == merchant_id, _member.c.active)
    kind, _, id_ = view.partition(":")
    if kind == "level":
        return and_(mine, _member.c.level_id == id_)
    if kind == "tag":
        return and_(mine, _member.c.id.in_(select(_tagged.c.member_id).where(_tagged.c.tag_id == id_)))
    if kind == "idle":
        return and_(mine, func.coalesce(_member.c.last_order_at, _member.c.joined_at) < now - IDLE_DAYS * DAY)
    if kind == "new":
        return and_(mine, _member.c.joined_at >= now - 30 * DAY)
    if kind == "closed":
        closed = and_(_member.c.merchant_id == merchant_id, _member.c.active.is_(False))
        return and_(closed, _member.c.merged_into == "")
    return mine


@lru_cache(maxsize=200_000)
def _sounds(name: str) -> tuple[str, str]:
    """The pinyin of a name, and its initials."""
    spoken = syllables(name)[0]
    said = [s or c.lower() for s, c in zip(spoken, name, strict=True)]
    return "".join(said), "".join(s[:1] for s in said)


def member_rowids(
    connection: Connection,
    merchant_id: str,
    view: str,
    text: str,
    now: int,
    sort: MemberSort = "last",
    descending: bool = True,
) -> "array[int]":
    """Rowids of a view in order; `text` finds by phone, card, name, full pinyin or its initials."""
    keys: dict[str, ColumnElement[object]] = {
        "name": _member.c.name,
        "points": _member.c.points,
        "spent": _member.c.spent,
        "orders": _member.c.orders,
        "last": func.coalesce(_member.c.last_order_at, 0),
        "joined": _member.c.joined_at,
    }
    key = keys[sort]
    condition = _viewed(merchant_id, view, now)
    text = text.strip()
    statement = select(_rowid).select_from(_member).where(condition)
    if text:
        plain = text.replace(" ", "")
        like = "%" + plain.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        named = or_(*(c.like(like, escape="\\") for c in (_member.c.phone, _member.c.card, _member.c.name)))
        if plain.isascii() and plain.isalpha():
            sound = plain.lower()
            names = connection.execute(select(_rowid, _member.c.name).select_from(_member).where(condition))
            heard = [r for r, name in names if any(sound in s for s in _sounds(name.replace(" ", "")))]
            named = or_(named, _rowid.in_(heard))
        statement = statement.where(named)
    if sort == "name":
        return by_name(connection.execute(statement.add_columns(key)).cursor.fetchall(), descending=descending)
    statement = statement.order_by(key.desc() if descending else key.asc(), _rowid.desc())
    return rowids_of(connection.execute(statement))


def member_rows(connection: Connection, merchant_id: str, rowids: Sequence[int]) -> list[MemberRow]:
    """These rows in this order; one that has gone meanwhile is left out."""
    wanted = list(rowids)
    raw = connection.execute(select(_rowid, *_member.c).select_from(_member).where(_rowid.in_(wanted))).all()
    found: dict[int, Member] = {row[0]: Member.decode(row[1:]) for row in raw}
    levels = {x.id: x.name for x in levels_of(connection, merchant_id)}
    names = {t.id: t.name for t in tags_of(connection, merchant_id)}
    tags: dict[str, list[str]] = {}
    for t in RecordStore(connection).find_in(MemberTag, "member_id", [m.id for m in found.values()]):
        tags.setdefault(t.member_id, []).append(names.get(t.tag_id, ""))
    return [
        MemberRow(
            rowid=r, member=m, level=levels.get(m.level_id, ""), tags=tuple(sorted(filter(None, tags.get(m.id, ()))))
        )
        for r in wanted
        if (m := found.get(r)) is not None
    ]


def member_rowid(connection: Connection, member_id: str) -> int | None:
    """Where a member stands in paged tables."""
    return connection.execute(select(_rowid).select_from(_member).where(_member.c.id == member_id)).scalar()


def member_facts(connection: Connection, merchant_id: str, now: int) -> MemberFacts:
    """The figures of the cards."""

    def count(view: str) -> int:
        statement = select(func.count()).select_from(_member).where(_viewed(merchant_id, view, now))
        return int(connection.execute(statement).scalar_one())

    held = select(func.coalesce(func.sum(_member.c.points), 0)).where(_viewed(merchant_id, "all", now))
    return MemberFacts(
        all=count("all"), new=count("new"), idle=count("idle"), points=connection.execute(held).scalar_one()
    )


def documents_of(reader: Reader, entries: Sequence[PointsEntry | CreditEntry]) -> dict[str, Document]:
    """The order, the return or the other row of a member behind lines of the two ledgers, by the lines' ids."""
    wanted = {e.document_id for e in entries}
    payments = {p.id: p for p in reader.find_in(Payment, "id", wanted)}
    orders = {o.id: o for o in reader.find_in(Order, "id", wanted | {p.order_id for p in payments.values()})}
    backs = {p.order_id for p in payments.values() if p.amount < 0}
    payouts = {_paid(p): p.return_id for p in reader.find_in(Payout, "order_id", backs) if p.done_at is not None}
    cases = {c.id: c for c in reader.find_in(ReturnCase, "id", payouts.values())}
    merged = {m.id: m for m in reader.find_in(Member, "id", wanted)}
    found: dict[str, Document] = {}
    for entry in entries:
        payment = payments.get(entry.document_id)
        order = orders.get(payment.order_id if payment else entry.document_id)
        told = (payment.order_id, payment.method, -payment.amount, payment.at) if payment else None
        case = cases.get(payouts.get(told, "")) if told else None
        member = merged.get(entry.document_id)
        if case is not None:
            found[entry.id] = Document("returns", case.id, case.number)
        elif order is not None:
            found[entry.id] = Document("orders", order.id, order.number)
        elif member is not None:
            found[entry.id] = Document("members", member.id, member.called)
    return found


def _paid(payout: Payout) -> tuple[str, str, int, int | None]:
    """What the payment of a refund says of it."""
    return payout.order_id, payout.method, payout.amount, payout.done_at


def member_detail(connection: Connection, member_id: str, now: int) -> MemberDetail | None:
    """Everything about one member, with the orders of those that were merged into it; the newest first."""
    store = RecordStore(connection)
    member = store.get(Member, member_id)
    if member is None:
        return None
    tags = {t.id: t for t in tags_of(connection, member.merchant_id)}
    mine = [t for t in store.find(MemberTag, member_id=member_id) if t.tag_id in tags]
    orders = Order.table
    rows = list(rows_of(store, [member_id]))
    placed = select(orders.c.id).where(orders.c.member_id.in_(rows)).order_by(orders.c.placed_at.desc())
    ids = connection.execute(placed.limit(ORDERS)).scalars().all()
    held = store.find(Coupon, member_id=member_id)
    states = shown_states(store, held, now)
    coupons = sorted(held, key=lambda c: (states[c.id] is not CouponState.AVAILABLE, -c.issued_at, c.id))
    namesakes = store.find(Member, merchant_id=member.merchant_id, name=member.name) if member.name else []
    ledger = sorted(store.find(PointsEntry, member_id=member_id), key=lambda e: (e.at, e.id), reverse=True)[:LEDGER]
    credit = sorted(store.find(CreditEntry, member_id=member_id), key=lambda e: (e.at, e.id), reverse=True)[:LEDGER]
    return MemberDetail(
        member=member,
        level=store.get(MemberLevel, member.level_id) if member.level_id else None,
        tags=tuple((tags[t.tag_id], bool(t.rule_id)) for t in sorted(mine, key=lambda t: tags[t.tag_id].name)),
        ledger=tuple(ledger),
        credit=tuple(credit),
        documents=documents_of(store, [*ledger, *credit]),
        coupons=tuple((c, states[c.id]) for c in coupons[:COUPONS]),
        orders=tuple(sorted(store.find_in(Order, "id", ids), key=lambda o: -o.placed_at)),
        twins=tuple(m for m in namesakes if m.id != member_id and m.active and not m.merged_into),
    )


def _path(parents: dict[str, str], category_id: str) -> tuple[str, ...]:
    path: list[str] = []
    while category_id and category_id not in path:
        path.append(category_id)
        category_id = parents.get(category_id, "")
    return tuple(path)


def whom_fits(connection: Connection, merchant_id: str, test: TagTest, now: int) -> list[Member]:
    """The members who pass a test now, the best customers first."""
    store = RecordStore(connection)
    parents = {c.id: c.parent_id for c in store.find(Category)}
    bought: dict[str, list[Bought]] = {}
    for habit in store.find(MemberHabit, merchant_id=merchant_id):
        path = path_of(_path(parents, habit.category_id))
        bought.setdefault(habit.member_id, []).append(Bought(path, habit.orders, habit.spent, habit.last_at))
    members = store.find(Member, merchant_id=merchant_id)
    found = [m for m in members if m.active and fits(test, bought.get(m.id, ()), m.last_order_at, now)]
    return sorted(found, key=lambda m: (-m.spent, m.id))


def all_members(connection: Connection, merchant_id: str) -> list[str]:
    """The ids of the members that a rule is applied to, also of those who are members no longer: they lose its tag."""
    mine = select(_member.c.id).where(_member.c.merchant_id == merchant_id, _member.c.merged_into == "")
    mine = mine.order_by(_member.c.id)
    return list(connection.execute(mine).scalars())


def tag_rules(connection: Connection, merchant_id: str) -> dict[str, TagTest]:
    """The tests of tags that have one, by tag."""
    return {r.tag_id: r.test for r in RecordStore(connection).find(TagRule, merchant_id=merchant_id)}


def tags_held(connection: Connection, member_ids: Sequence[str]) -> dict[str, int]:
    """How many of these members have each tag, by the tag's id."""
    statement = select(_tagged.c.tag_id, func.count()).where(_tagged.c.member_id.in_(member_ids))
    return dict(connection.execute(statement.group_by(_tagged.c.tag_id)).all())


def issue_preview(connection: Connection, actor: Actor, message: IssueCoupons, now: int) -> int | Refused:
    """How many coupons would be given, by the very rules that give them; or why none would."""
    tx = Tx(RecordStore(connection), actor=actor, command_id="0" * 32, device_id="", time=now)
    try:
        result = issue_coupons(tx, message)
    except Refused as refusal:
        return refusal
    return int(result["issued"]) if result else 0


def meant_count(connection: Connection, merchant_id: str, tag_id: str, level_id: str) -> int:
    """How many members a notice to a tag or level is for."""
    view = f"tag:{tag_id}" if tag_id else f"level:{level_id}" if level_id else ""
    if not view:
        return 0
    statement = select(func.count()).select_from(_member).where(_viewed(merchant_id, view, 0))
    return int(connection.execute(statement).scalar_one())


def campaigns_of(connection: Connection, merchant_id: str) -> list[Campaign]:
    """A shop's campaigns, the newest first."""
    return sorted(RecordStore(connection).find(Campaign, merchant_id=merchant_id), key=lambda c: (-c.at, c.id))


def receivers(connection: Connection, campaign: Campaign) -> list[Member]:
    """Whom a campaign is for; who was merged since is named by whom they are now."""
    store = RecordStore(connection)
    found = store.find_in(Member, "id", campaign.member_ids)
    heirs = {m.id: m for m in store.find_in(Member, "id", {m.merged_into for m in found if m.merged_into})}
    told = {heirs.get(m.merged_into, m).id: heirs.get(m.merged_into, m) for m in found}
    return sorted(told.values(), key=lambda m: (m.name, m.id))


def names_of(connection: Connection, member_ids: Sequence[str]) -> dict[str, str]:
    """Members by id, as people call them."""
    found = RecordStore(connection).find_in(Member, "id", member_ids)
    return {m.id: m.called for m in found}
