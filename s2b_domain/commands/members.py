"""A shop's members, their levels, points and tags."""

from typing import Annotated

import msgspec
from msgspec import Meta

from s2b_domain.access import AUDIT, Actor, Permission, own
from s2b_domain.commands.command import Command, command
from s2b_domain.commands.rewards import book_points, bought_by, levelled, member_tag_id, points_left
from s2b_domain.commands.takings import book_credit
from s2b_domain.errors import Refused
from s2b_domain.ids import is_id
from s2b_domain.records.member import (
    CreditKind,
    Member,
    MemberHabit,
    MemberLevel,
    MemberTag,
    PointsEntry,
    PointsKind,
    PointsRule,
    Tag,
    TagRule,
)
from s2b_domain.records.party import PartyKind
from s2b_domain.records.promotion import (
    Coupon,
    CouponTemplate,
    Promotion,
    PromotionState,
    PromotionUse,
    TemplateState,
)
from s2b_domain.rules.bounds import MAX_AMOUNT, Id, Name, Note, Reason
from s2b_domain.rules.phones import plain_phone
from s2b_domain.rules.pricing import PointsTerms
from s2b_domain.rules.tags import TagTest, fits
from s2b_domain.tx import Reader, Tx

MAX_TAGGED = 500
Bound = Annotated[int, Meta(ge=0, le=MAX_AMOUNT)]


class SaveMember(Command, frozen=True, kw_only=True):
    """Make or change a member. Phone and card are each unique in the shop. `level_id` with `fixed` sets it by hand."""

    member_id: Id
    name: Name
    phone: Name = ""
    card: Name = ""
    birthday: Name = ""
    note: Note = ""
    level_id: Id = ""
    fixed: bool = False
    active: bool = True


class MergeMembers(Command, frozen=True, kw_only=True):
    """Two rows are one person: points, spending, coupons, tags and what it used of promotions go from `other_id` to
    `member_id`."""

    member_id: Id
    other_id: Id


class LevelEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A level as it should be; see `MemberLevel`."""

    id: Id
    name: Name
    rank: Annotated[int, Meta(ge=0, le=1000)]
    min_spent: Bound | None = None
    min_points: Bound | None = None
    pays_bp: Annotated[int, Meta(ge=0, le=10_000)] = 10_000
    multiplier_bp: Annotated[int, Meta(ge=0, le=10**6)] = 10_000
    early_ms: Annotated[int, Meta(ge=0, le=31 * 86_400_000)] = 0


class SaveLevels(Command, frozen=True, kw_only=True):
    """All levels of the shop: those that are not named go, if nobody has them."""

    levels: Annotated[tuple[LevelEntry, ...], Meta(max_length=50)]


class ApplyLevels(Command, frozen=True, kw_only=True):
    """Bring members to the levels that they reach now."""

    member_ids: Annotated[tuple[Id, ...], Meta(max_length=MAX_TAGGED)]


class SavePointsRule(Command, frozen=True, kw_only=True):
    """How the shop gives and takes points from now on."""

    terms: PointsTerms


class AdjustPoints(Command, frozen=True, kw_only=True):
    """Add or take points by hand, with a reason."""

    member_id: Id
    amount: Annotated[int, Meta(ge=-(10**9), le=10**9)]
    reason: Reason


class AdjustCredit(Command, frozen=True, kw_only=True):
    """Add or take store credit (分) by hand, with a reason."""

    member_id: Id
    amount: Annotated[int, Meta(ge=-(10**12), le=10**12)]
    reason: Reason


class ExpirePoints(Command, frozen=True, kw_only=True):
    """Take away the points of members whose time is over."""

    member_ids: Annotated[tuple[Id, ...], Meta(max_length=MAX_TAGGED)]


class SaveTag(Command, frozen=True, kw_only=True):
    """Make or rename a tag, and the rule that gives it (None: only by hand)."""

    tag_id: Id
    name: Name
    tone: Name = "neutral"
    test: TagTest | None = None


class RemoveTag(Command, frozen=True, kw_only=True):
    """Let go of a tag, its rule, and that members have it."""

    tag_id: Id


class TagMembers(Command, frozen=True, kw_only=True):
    """Give or take a tag by hand."""

    tag_id: Id
    member_ids: Annotated[tuple[Id, ...], Meta(max_length=MAX_TAGGED)]
    remove: bool = False


class ApplyTagRule(Command, frozen=True, kw_only=True):
    """Test members against a tag's rule now: who passes has the tag, who had it by the rule and does not, loses it."""

    tag_id: Id
    member_ids: Annotated[tuple[Id, ...], Meta(max_length=MAX_TAGGED)]


Message = (
    SaveMember
    | MergeMembers
    | SaveLevels
    | ApplyLevels
    | SavePointsRule
    | AdjustPoints
    | AdjustCredit
    | ExpirePoints
    | SaveTag
    | RemoveTag
    | TagMembers
    | ApplyTagRule
)


def _touched(reader: Reader, actor: Actor, message: Message) -> list[str]:
    mine = actor.organisation_id
    return [own(mine, "members"), own(mine, "offers"), own(mine, "trade"), AUDIT]


def _shop(tx: Tx) -> str:
    if tx.actor.kind is not PartyKind.MERCHANT:
        raise Refused("not_permitted", permission=Permission.MEMBER_EDIT.value)
    return tx.actor.organisation_id


def own_member(tx: Tx, member_id: str) -> Member:
    """A member of the actor's shop."""
    member = tx.need(Member, member_id)
    if member.merchant_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=member_id)
    return member


@command("member.save@1", SaveMember, permission=Permission.MEMBER_EDIT, touches=_touched)
def save_member(tx: Tx, message: SaveMember) -> None:
    """A phone number or a card is needed, and belongs to nobody else in the shop."""
    merchant = _shop(tx)
    name, phone, card = message.name.strip(), plain_phone(message.phone), message.card.strip()
    if not (phone or card):
        raise Refused("field_required", field="phone")
    if not is_id(message.member_id):
        raise Refused("field_wrong", field="member_id")
    for field, value in (("phone", phone), ("card", card)):
        twins = tx.find(Member, merchant_id=merchant, **{field: value}) if value else []
        if any(m.id != message.member_id and m.active and not m.merged_into for m in twins):
            raise Refused("member_known", field=field, value=value)
    old = tx.get(Member, message.member_id)
    if old is not None:
        old = own_member(tx, old.id)
        if old.merged_into:
            raise Refused("not_found", kind="member", id=old.id)
    if message.level_id:
        level = tx.need(MemberLevel, message.level_id)
        if level.merchant_id != merchant:
            raise Refused("not_yours", id=level.id)
    member = old or Member(id=message.member_id, merchant_id=merchant, name=name, joined_at=tx.time)
    member = member.with_(
        name=name or phone or card,
        phone=phone,
        card=card,
        birthday=message.birthday.strip(),
        note=message.note.strip(),
        fixed=message.fixed,
        active=message.active,
        level_id=message.level_id if message.fixed else member.level_id,
    )
    tx.put(levelled(tx, member))


@command("member.merge@1", MergeMembers, permission=Permission.MEMBER_EDIT, touches=_touched)
def merge_members(tx: Tx, message: MergeMembers) -> None:
    """The other row stays as a sign that points to the one that is kept."""
    _shop(tx)
    if message.member_id == message.other_id:
        raise Refused("field_wrong", field="other_id")
    member, other = own_member(tx, message.member_id), own_member(tx, message.other_id)
    for each in (member, other):
        if each.merged_into or not each.active:
            raise Refused("not_found", kind="member", id=each.id)
    points, gained = other.points, other.gained
    for expires_at, amount in points_left(tx.find(PointsEntry, member_id=other.id)).items():
        member = book_points(tx, member, PointsKind.MERGE, amount, other.id, expires_at=expires_at)
    other = book_points(tx, other, PointsKind.MERGE, -points, member.id)
    credit = other.credit
    member = book_credit(tx, member, CreditKind.MERGE, credit, other.id)
    other = book_credit(tx, other, CreditKind.MERGE, -credit, member.id)
    for coupon in tx.find(Coupon, member_id=other.id):
        tx.put(coupon.with_(member_id=member.id))
    limited = [*tx.find(Promotion, owner_id=member.merchant_id), *tx.find(Promotion, public=True)]
    for id_ in sorted({p.id for p in limited if p.terms.per_person is not None}):
        for use in tx.find(PromotionUse, promotion_id=id_, person=other.id):
            tx.put(use.with_(person=member.id))
    habits = {h.category_id: h for h in tx.find(MemberHabit, member_id=member.id)}
    for habit in tx.find(MemberHabit, member_id=other.id):
        mine = habits.get(habit.category_id)
        if mine is None:
            tx.put(habit.with_(member_id=member.id))
            continue
        last_at = max(mine.last_at, habit.last_at)
        tx.put(mine.with_(orders=mine.orders + habit.orders, spent=mine.spent + habit.spent, last_at=last_at))
        tx.delete(habit)
    for tag in tx.find(MemberTag, member_id=other.id):
        id_ = member_tag_id(member.id, tag.tag_id)
        if tx.get(MemberTag, id_) is None:
            tx.put(tag.with_(id=id_, member_id=member.id))
        tx.delete(tag)
    dates = [d for d in (member.last_order_at, other.last_order_at) if d is not None]
    merged = member.with_(
        gained=member.gained + gained,
        spent=member.spent + other.spent,
        orders=member.orders + other.orders,
        phone=member.phone or other.phone,
        card=member.card or other.card,
        last_order_at=max(dates, default=None),
        joined_at=min(member.joined_at, other.joined_at),
    )
    tx.put(levelled(tx, merged))
    gone = other.with_(active=False, merged_into=member.id, spent=0, orders=0, gained=0, level_id="", fixed=False)
    tx.put(gone)
    tx.audit("member.merged", member, other=other.id)


@command("member.levels@1", SaveLevels, permission=Permission.SHOP_EDIT, touches=_touched)
def save_levels(tx: Tx, message: SaveLevels) -> None:
    """Ranks and names are each used once. Members move to their new level with their next order, or when the levels are
    applied to them."""
    merchant = _shop(tx)
    ids, ranks = {e.id for e in message.levels}, {e.rank for e in message.levels}
    if len(ids) < len(message.levels) or len(ranks) < len(message.levels):
        raise Refused("field_wrong", field="rank")
    for old in tx.find(MemberLevel, merchant_id=merchant):
        if old.id not in ids:
            if any(not m.merged_into for m in tx.find(Member, level_id=old.id)):
                raise Refused("level_in_use", name=old.name)
            tx.delete(old)
    for entry in message.levels:
        if not is_id(entry.id) or not entry.name.strip():
            raise Refused("field_required", field="name")
        other = tx.get(MemberLevel, entry.id)
        if other is not None and other.merchant_id != merchant:
            raise Refused("not_yours", id=entry.id)
        saved = tx.put(
            MemberLevel(
                id=entry.id,
                merchant_id=merchant,
                name=entry.name.strip(),
                rank=entry.rank,
                min_spent=entry.min_spent,
                min_points=entry.min_points,
                pays_bp=entry.pays_bp,
                multiplier_bp=entry.multiplier_bp,
                early_ms=entry.early_ms,
            )
        )
        tx.audit("member.levels", saved)


@command("member.apply_levels@1", ApplyLevels, permission=Permission.SHOP_EDIT, touches=_touched)
def apply_levels(tx: Tx, message: ApplyLevels) -> None:
    """A level that was set by hand stays. Members that are gone meanwhile are passed by."""
    for member in tx.find_in(Member, "id", message.member_ids, merchant_id=_shop(tx)):
        moved = levelled(tx, member)
        if moved.level_id != member.level_id and not member.merged_into:
            tx.put(moved)


@command("points.rule@1", SavePointsRule, permission=Permission.SHOP_EDIT, touches=_touched)
def save_points_rule(tx: Tx, message: SavePointsRule) -> None:
    """Orders that are placed keep what they were promised."""
    tx.audit("points.rule", tx.put(PointsRule(id=_shop(tx), terms=message.terms)))


def _adjusted(tx: Tx, message: AdjustPoints | AdjustCredit) -> tuple[Member, str]:
    """Whose balance somebody changes by hand, and why."""
    _shop(tx)
    member, reason = own_member(tx, message.member_id), message.reason.strip()
    if not reason:
        raise Refused("reason_required")
    if not message.amount:
        raise Refused("field_wrong", field="amount")
    return member, reason


@command("points.adjust@1", AdjustPoints, permission=Permission.POINTS_ADJUST, touches=_touched)
def adjust_points(tx: Tx, message: AdjustPoints) -> None:
    """Never below zero."""
    member, reason = _adjusted(tx, message)
    if member.points + message.amount < 0:
        raise Refused("points_not_enough", left=member.points, wanted=-message.amount)
    member = book_points(tx, member, PointsKind.ADJUST, message.amount, tx.command_id, reason)
    tx.audit("points.adjusted", member, amount=message.amount, reason=reason)


@command("credit.adjust@1", AdjustCredit, permission=Permission.CREDIT_ADJUST, touches=_touched)
def adjust_credit(tx: Tx, message: AdjustCredit) -> None:
    """Never below zero."""
    member, reason = _adjusted(tx, message)
    if member.credit + message.amount < 0:
        raise Refused("credit_not_enough", limit=member.credit)
    member = book_credit(tx, member, CreditKind.ADJUST, message.amount, tx.command_id, reason=reason)
    tx.audit("credit.adjusted", member, amount=message.amount, reason=reason)


@command("points.expire@1", ExpirePoints, permission=Permission.MEMBER_EDIT, touches=_touched)
def expire_points(tx: Tx, message: ExpirePoints) -> None:
    """What was earned first is used first; only what is left of it expires."""
    _shop(tx)
    for member_id in sorted(set(message.member_ids)):
        member = own_member(tx, member_id)
        left = points_left(tx.find(PointsEntry, member_id=member.id))
        over = sum(points for expires_at, points in left.items() if expires_at is not None and expires_at <= tx.time)
        book_points(tx, member, PointsKind.EXPIRE, -min(over, max(0, member.points)), tx.command_id)


@command("tag.save@1", SaveTag, permission=Permission.MEMBER_EDIT, touches=_touched)
def save_tag(tx: Tx, message: SaveTag) -> None:
    """A changed rule counts from the next purchase or until it is applied; who has the tag keeps it till then."""
    merchant = _shop(tx)
    if not message.name.strip():
        raise Refused("field_required", field="name")
    old = tx.get(Tag, message.tag_id)
    if not is_id(message.tag_id) or (old is not None and old.merchant_id != merchant):
        raise Refused("id_taken", id=message.tag_id)
    tag = tx.put(Tag(id=message.tag_id, merchant_id=merchant, name=message.name.strip(), tone=message.tone))
    rules = tx.find(TagRule, tag_id=tag.id)
    if message.test is None:
        for rule in rules:
            tx.delete(rule)
    else:
        id_ = rules[0].id if rules else tx.id("tag_rule", tag.id)
        tx.put(TagRule(id=id_, merchant_id=merchant, tag_id=tag.id, test=message.test))


@command("tag.remove@1", RemoveTag, permission=Permission.MEMBER_EDIT, touches=_touched)
def remove_tag(tx: Tx, message: RemoveTag) -> None:
    """Not while an offer is for those who have it. Campaigns that were sent to them stay as they are."""
    tag = _own_tag(tx, message.tag_id)
    ended, closed, owner = PromotionState.ENDED, TemplateState.CLOSED, tag.merchant_id
    promotions = [p for p in tx.find(Promotion, owner_id=owner) if p.shown_state(tx.time) is not ended]
    offers = [(p.name, p.terms.audience) for p in promotions]
    offers += [(t.name, t.terms.audience) for t in tx.find(CouponTemplate, owner_id=owner) if t.state is not closed]
    named = [name for name, audience in offers if tag.id in audience.tag_ids]
    if named:
        raise Refused("tag_in_use", name=tag.name, offers=named)
    for rule in tx.find(TagRule, tag_id=tag.id):
        tx.delete(rule)
    for held in tx.find(MemberTag, tag_id=tag.id):
        tx.delete(held)
    tx.delete(tag)
    tx.audit("tag.removed", tag)


def _own_tag(tx: Tx, tag_id: str) -> Tag:
    merchant, tag = _shop(tx), tx.need(Tag, tag_id)
    if tag.merchant_id != merchant:
        raise Refused("not_yours", id=tag.id)
    return tag


@command("tag.members@1", TagMembers, permission=Permission.MEMBER_EDIT, touches=_touched)
def tag_members(tx: Tx, message: TagMembers) -> None:
    """Members that have the tag already, or not any more, are passed by."""
    tag = _own_tag(tx, message.tag_id)
    for member_id in sorted(set(message.member_ids)):
        member = own_member(tx, member_id)
        id_ = member_tag_id(member.id, tag.id)
        found = tx.get(MemberTag, id_)
        if message.remove and found is not None:
            tx.delete(found)
        elif not message.remove and found is None:
            tx.put(MemberTag(id=id_, merchant_id=tag.merchant_id, member_id=member.id, tag_id=tag.id, at=tx.time))


@command("tag.apply@1", ApplyTagRule, permission=Permission.MEMBER_EDIT, touches=_touched)
def apply_tag_rule(tx: Tx, message: ApplyTagRule) -> None:
    """Tags given by hand are never taken. Members that are gone meanwhile are passed by."""
    merchant = _shop(tx)
    rules = [r for r in tx.find(TagRule, tag_id=message.tag_id) if r.merchant_id == merchant]
    if not rules:
        raise Refused("not_found", kind="tag_rule", id=message.tag_id)
    rule = rules[0]
    for member in tx.find_in(Member, "id", message.member_ids, merchant_id=merchant):
        id_ = member_tag_id(member.id, rule.tag_id)
        found = tx.get(MemberTag, id_)
        passes = member.active and fits(rule.test, bought_by(tx, member.id), member.last_order_at, tx.time)
        if passes and found is None:
            tx.put(
                MemberTag(
                    id=id_,
                    merchant_id=merchant,
                    member_id=member.id,
                    tag_id=rule.tag_id,
                    rule_id=rule.id,
                    at=tx.time,
                )
            )
        elif not passes and found is not None and found.rule_id:
            tx.delete(found)
