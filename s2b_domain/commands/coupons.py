"""Coupon templates, and giving coupons out: one by one, to chosen members, to a tag or to a level."""

from typing import Annotated

from msgspec import Meta

from s2b_domain.access import AUDIT, CATALOG, Actor, Permission, own
from s2b_domain.commands.command import Command, Result, command
from s2b_domain.commands.membership import newcomers
from s2b_domain.commands.rewards import count_use
from s2b_domain.errors import Refused
from s2b_domain.ids import is_id
from s2b_domain.records.member import Member, MemberTag
from s2b_domain.records.party import PartyKind
from s2b_domain.records.promotion import Coupon, CouponState, CouponTemplate, OfferTotal, TemplateState, Validity
from s2b_domain.rules.bounds import Id, Name, Note, Reason
from s2b_domain.rules.money import BASIS
from s2b_domain.rules.pricing import CouponKind, CouponTerms
from s2b_domain.tx import Reader, Tx

MAX_MEMBERS = 2000
DAY = 86_400_000

S = TemplateState
NEXT: dict[TemplateState, frozenset[TemplateState]] = {
    S.DRAFT: frozenset({S.ACTIVE, S.CLOSED}),
    S.ACTIVE: frozenset({S.PAUSED, S.CLOSED}),
    S.PAUSED: frozenset({S.ACTIVE, S.CLOSED}),
    S.CLOSED: frozenset(),
}


class SaveTemplate(Command, frozen=True, kw_only=True):
    """Make or change a template; coupons that are out keep the terms with which they were given."""

    template_id: Id
    name: Name
    terms: CouponTerms
    validity: Validity
    total: Annotated[int, Meta(ge=0, le=10**9)] | None = None
    per_person: Annotated[int, Meta(ge=0, le=10**6)] | None = None
    activate: bool = False
    note: Note = ""


class SetTemplateState(Command, frozen=True, kw_only=True):
    """Activate, pause or close a template. Closing also ends the coupons that are out."""

    template_id: Id
    state: TemplateState


class IssueCoupons(Command, frozen=True, kw_only=True):
    """Give a coupon each to named members, or to everybody with a tag or a level, or `bearer` coupons to whoever
    shows their code. Who has as many as a person may have is passed by, unless nobody is left."""

    template_id: Id
    member_ids: Annotated[tuple[Id, ...], Meta(max_length=MAX_MEMBERS)] = ()
    tag_id: Id = ""
    level_id: Id = ""
    bearer: Annotated[int, Meta(ge=0, le=500)] = 0


class VoidCoupons(Command, frozen=True, kw_only=True):
    """Take coupons back that somebody holds and has not used."""

    coupon_ids: Annotated[tuple[Id, ...], Meta(max_length=500)]
    reason: Reason


def _edited(reader: Reader, actor: Actor, message: SaveTemplate | SetTemplateState) -> list[str]:
    return [own(actor.organisation_id, "offers"), CATALOG, AUDIT]


def _voided(reader: Reader, actor: Actor, message: VoidCoupons) -> list[str]:
    return [own(actor.organisation_id, "members"), AUDIT]


def _issued(reader: Reader, actor: Actor, message: IssueCoupons) -> list[str]:
    template = reader.get(CouponTemplate, message.template_id)
    mine = actor.organisation_id
    owner = template.owner_id if template else mine
    return [own(mine, "members"), own(owner, "offers"), AUDIT]


@command("coupon_template.save@1", SaveTemplate, permission=Permission.COUPON_ISSUE, touches=_edited)
def save_template(tx: Tx, message: SaveTemplate) -> None:
    """Refuses terms that give nothing or never end well; a closed template stays as it is."""
    _manager(tx)
    if not message.name.strip():
        raise Refused("field_required", field="name")
    terms, validity = message.terms, message.validity
    if terms.kind is CouponKind.RATE and terms.value >= BASIS:
        raise Refused("field_wrong", field="value")
    if terms.kind is CouponKind.AMOUNT and (not terms.value or (terms.threshold and terms.value > terms.threshold)):
        raise Refused("field_wrong", field="value")
    if validity.ends_at is not None and validity.ends_at <= validity.starts_at:
        raise Refused("field_wrong", field="ends_at")
    if not is_id(message.template_id):
        raise Refused("field_wrong", field="template_id")
    old = tx.get(CouponTemplate, message.template_id)
    state = S.ACTIVE if message.activate else S.DRAFT
    if old is not None:
        if old.owner_id != tx.actor.organisation_id:
            raise Refused("not_yours", id=old.id)
        if old.state is S.CLOSED:
            raise Refused("state_changed", state=old.state.value, wanted=state.value)
        state = old.state if old.state is not S.DRAFT else state
    saved = tx.put(
        CouponTemplate(
            id=message.template_id,
            owner_id=tx.actor.organisation_id,
            name=message.name.strip(),
            state=state,
            terms=terms,
            validity=validity,
            total=message.total,
            per_person=message.per_person,
            public=tx.actor.kind is PartyKind.PLATFORM and state is not S.DRAFT,
            note=message.note.strip(),
        )
    )
    tx.audit("coupon_template.saved", saved, state=saved.state.value)


def _manager(tx: Tx) -> None:
    """Templates are made by whoever may make promotions; assistants only give coupons out."""
    if not tx.actor.may(Permission.PROMOTION_EDIT):
        raise Refused("not_permitted", permission=Permission.PROMOTION_EDIT.value)


@command("coupon_template.state@1", SetTemplateState, permission=Permission.COUPON_ISSUE, touches=_edited)
def set_template_state(tx: Tx, message: SetTemplateState) -> None:
    """Guarded by `NEXT`."""
    _manager(tx)
    template = tx.need(CouponTemplate, message.template_id)
    if template.owner_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=template.id)
    if message.state not in NEXT[template.state]:
        raise Refused("state_changed", state=template.state.value, wanted=message.state.value)
    public = tx.actor.kind is PartyKind.PLATFORM and message.state is not S.DRAFT
    moved = tx.put(template.with_(state=message.state, public=public))
    tx.audit("coupon_template.state", moved, state=message.state.value)


@command("coupon.issue@1", IssueCoupons, permission=Permission.COUPON_ISSUE, touches=_issued)
def issue_coupons(tx: Tx, message: IssueCoupons) -> Result:
    """Within the template's limits in all and per person; the result says how many were given."""
    if tx.actor.kind is not PartyKind.MERCHANT:
        raise Refused("not_permitted", permission=Permission.COUPON_ISSUE.value)
    return {"issued": len(give_coupons(tx, message))}


def give_coupons(tx: Tx, message: IssueCoupons) -> list[str]:
    """Give out coupons of the actor's shop; the members who received one, or "" for each bearer coupon."""
    template = tx.need(CouponTemplate, message.template_id)
    if template.owner_id != tx.actor.organisation_id and not template.public:
        raise Refused("not_yours", id=template.id)
    if template.state is not S.ACTIVE:
        raise Refused("state_changed", state=template.state.value, wanted=S.ACTIVE.value)
    validity = template.validity
    if validity.ends_at is not None and tx.time >= validity.ends_at:
        raise Refused("coupon_expired", name=template.name)
    receivers = _receivers(tx, template, message)
    total = tx.get(OfferTotal, template.id)
    left = None if template.total is None else template.total - (total.issued if total else 0)
    if left is not None and len(receivers) > left:
        raise Refused("coupons_run_out", name=template.name, left=max(0, left), wanted=len(receivers))
    valid_to = max(tx.time, validity.starts_at) + validity.days * DAY if validity.days else None
    if validity.ends_at is not None:
        valid_to = validity.ends_at if valid_to is None else min(valid_to, validity.ends_at)
    for number, member_id in enumerate(receivers, start=1):
        id_ = tx.id("coupon", member_id, number)
        tx.add(
            Coupon(
                id=id_,
                template_id=template.id,
                owner_id=template.owner_id,
                merchant_id=tx.actor.organisation_id,
                member_id=member_id,
                code=id_[-12:].upper(),
                name=template.name,
                terms=template.terms,
                valid_from=validity.starts_at,
                valid_to=valid_to,
                state=CouponState.AVAILABLE,
                issued_at=tx.time,
            )
        )
    count_use(tx, template.id, template.owner_id, 0, 0, 0, issued=len(receivers))
    tx.audit("coupon.issued", template, count=len(receivers))
    return receivers


def _receivers(tx: Tx, template: CouponTemplate, message: IssueCoupons) -> list[str]:
    """Who receives one: member ids in order, or "" for each bearer coupon."""
    if message.bearer:
        return [""] * message.bearer
    members = members_meant(tx, message)
    have: dict[str, int] = {}
    if template.per_person is not None:
        for coupon in tx.find_in(Coupon, "member_id", [m.id for m in members], template_id=template.id):
            if coupon.state is not CouponState.VOID:
                have[coupon.member_id] = have.get(coupon.member_id, 0) + 1
    wanted = {m.id for m in members}
    if template.terms.audience.newcomers_only:
        wanted = newcomers(tx, members)
    fit = [id_ for id_ in wanted if template.per_person is None or have.get(id_, 0) < template.per_person]
    if not fit:
        raise Refused("nobody_may_have_more", name=template.name)
    return sorted(fit)


def members_meant(tx: Tx, message: IssueCoupons) -> list[Member]:
    """The shop's active members that are named or have the tag or level; `Refused` for none or too many."""
    merchant = tx.actor.organisation_id
    ids = set(message.member_ids)
    if message.tag_id:
        ids |= {t.member_id for t in tx.find(MemberTag, tag_id=message.tag_id)}
    found = {m.id: m for m in tx.find_in(Member, "id", ids)}
    if message.level_id:
        found |= {m.id: m for m in tx.find(Member, level_id=message.level_id)}
    members = [m for m in found.values() if m.merchant_id == merchant and m.active]
    if len(members) > MAX_MEMBERS:
        raise Refused("too_many_members", most=MAX_MEMBERS, wanted=len(members))
    if not members:
        raise Refused("nobody_to_give")
    return members


@command("coupon.void@1", VoidCoupons, permission=Permission.COUPON_ISSUE, touches=_voided)
def void_coupons(tx: Tx, message: VoidCoupons) -> None:
    """Only what is not used or held by an order; the reason stays in the audit trail."""
    reason = message.reason.strip()
    if not reason:
        raise Refused("reason_required")
    for id_ in sorted(set(message.coupon_ids)):
        coupon = tx.need(Coupon, id_)
        if coupon.merchant_id != tx.actor.organisation_id:
            raise Refused("not_yours", id=id_)
        if coupon.state is not CouponState.AVAILABLE:
            raise Refused("state_changed", state=coupon.state.value, wanted=CouponState.VOID.value)
        tx.audit("coupon.voided", tx.put(coupon.with_(state=CouponState.VOID)), reason=reason)
