"""Coupon templates with what came of them, and the coupons that are out."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, func, or_, select

from s2b_domain.access import Actor
from s2b_domain.records.member import Member
from s2b_domain.records.order import Order
from s2b_domain.records.party import PartyKind
from s2b_domain.records.promotion import Coupon, CouponState, CouponTemplate, OfferTotal, TemplateState
from s2b_domain.records.store import RecordStore
from s2b_domain.tx import Reader

SOON = 7 * 86_400_000
MOST = 2000
_coupon, _member, _order = Coupon.table, Member.table, Order.table


class TemplateRow(msgspec.Struct, frozen=True, kw_only=True):
    """A template: coupons that are out and can be used, that orders have used, and what these came to."""

    template: CouponTemplate
    total: OfferTotal
    open: int
    used: int
    mine: bool

    def over(self, now: int) -> bool:
        """Whether its time is over."""
        ends = self.template.validity.ends_at
        return ends is not None and now >= ends


class CouponRow(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon that is out: in whose hand, and for which order."""

    coupon: Coupon
    state: CouponState
    holder: str
    phone: str
    order: str


def template_rows(connection: Connection, actor: Actor, now: int) -> list[TemplateRow]:
    """The actor's templates, and for a shop the ones of the platform that it may give out."""
    store = RecordStore(connection)
    rows = store.find(CouponTemplate, owner_id=actor.organisation_id)
    if actor.kind is PartyKind.MERCHANT:
        rows += [t for t in store.find(CouponTemplate, public=True) if t.owner_id != actor.organisation_id]
    totals = {t.id: t for t in store.find_in(OfferTotal, "id", [t.id for t in rows])}
    alive = or_(_coupon.c.valid_to.is_(None), _coupon.c.valid_to > now)
    by = select(_coupon.c.template_id, func.count()).group_by(_coupon.c.template_id)
    usable: dict[str, int] = dict(
        connection.execute(by.where(_coupon.c.state == CouponState.AVAILABLE.value, alive)).all()
    )
    taken = (CouponState.USED.value, CouponState.LOCKED.value)
    used: dict[str, int] = dict(connection.execute(by.where(_coupon.c.state.in_(taken))).all())
    order = (TemplateState.ACTIVE, TemplateState.PAUSED, TemplateState.DRAFT, TemplateState.CLOSED)
    found = [
        TemplateRow(
            template=t,
            total=totals.get(t.id, OfferTotal(id=t.id, owner_id=t.owner_id)),
            open=usable.get(t.id, 0) if t.state is not TemplateState.CLOSED else 0,
            used=used.get(t.id, 0),
            mine=t.owner_id == actor.organisation_id,
        )
        for t in rows
    ]
    return sorted(found, key=lambda r: (order.index(r.template.state), r.template.name, r.template.id))


def template_of(connection: Connection, template_id: str) -> CouponTemplate | None:
    """One kind of coupons, as it is now."""
    return RecordStore(connection).get(CouponTemplate, template_id)


def active_templates(connection: Connection) -> list[CouponTemplate]:
    """What may be given out now, by name."""
    found = RecordStore(connection).find(CouponTemplate, state=TemplateState.ACTIVE)
    return sorted(found, key=lambda t: (t.name, t.id))


def shown_states(reader: Reader, coupons: Sequence[Coupon], now: int) -> dict[str, CouponState]:
    """Coupons as they are at a time, by id: with their template withdrawn, those that are out ended too."""
    templates = reader.find_in(CouponTemplate, "id", {c.template_id for c in coupons})
    closed = {t.id for t in templates if t.state is TemplateState.CLOSED}
    states = {c.id: c.shown_state(now) for c in coupons}
    ended = {c.id for c in coupons if c.template_id in closed and states[c.id] is CouponState.AVAILABLE}
    return states | dict.fromkeys(ended, CouponState.VOID)


def coupons_held(reader: Reader, member_id: str, now: int, most: int) -> list[Coupon]:
    """Coupons in a member's hand: those that can be used, then others that were never used; what ends first is first,
    what ended last."""
    if not member_id:
        return []
    found = reader.find(Coupon, member_id=member_id, state=CouponState.AVAILABLE)
    states = shown_states(reader, found, now)

    def rank(coupon: Coupon) -> tuple[bool, float]:
        ends = float("inf") if coupon.valid_to is None else coupon.valid_to
        over = states[coupon.id] is not CouponState.AVAILABLE
        return over, -ends if over else ends

    return sorted(found, key=rank)[:most]


def coupon_rows(
    connection: Connection, merchant_id: str, text: str, now: int, template_id: str = ""
) -> list[CouponRow]:
    """The newest coupons that are out, of a template or all; `text` finds by code, holder, phone or template."""
    statement = select(*_coupon.c).where(_coupon.c.merchant_id == merchant_id)
    if template_id:
        statement = statement.where(_coupon.c.template_id == template_id)
    text = text.strip()
    if text:
        like = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        holders = select(_member.c.id).where(
            or_(_member.c.name.like(like, escape="\\"), _member.c.phone.like(like, escape="\\"))
        )
        statement = statement.where(
            or_(
                _coupon.c.code.like(like, escape="\\"),
                _coupon.c.name.like(like, escape="\\"),
                _coupon.c.member_id.in_(holders),
            )
        )
    newest = statement.order_by(_coupon.c.issued_at.desc(), _coupon.c.id).limit(MOST)
    coupons = [Coupon.decode(row) for row in connection.execute(newest)]
    store = RecordStore(connection)
    members = {m.id: m for m in store.find_in(Member, "id", {c.member_id for c in coupons if c.member_id})}
    numbers = {o.id: o.number for o in store.find_in(Order, "id", {c.order_id for c in coupons if c.order_id})}
    states = shown_states(store, coupons, now)
    return [
        CouponRow(
            coupon=c,
            state=states[c.id],
            holder=members[c.member_id].name if c.member_id in members else "",
            phone=members[c.member_id].phone if c.member_id in members else "",
            order=numbers.get(c.order_id, ""),
        )
        for c in coupons
    ]
