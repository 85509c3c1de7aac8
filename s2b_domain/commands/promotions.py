"""Promotions: save, schedule, pause, end, copy. The owner bears what they take off."""

from s2b_domain.access import AUDIT, CATALOG, Actor, Permission, own
from s2b_domain.commands.command import Command, command
from s2b_domain.errors import Refused
from s2b_domain.ids import is_id
from s2b_domain.records.party import PartyKind
from s2b_domain.records.promotion import Promotion, PromotionState
from s2b_domain.rules.bounds import Id, Name, Note, Time
from s2b_domain.rules.pricing import PromotionKind, Terms, flaw
from s2b_domain.tx import Reader, Tx

S = PromotionState
NEXT: dict[PromotionState, frozenset[PromotionState]] = {
    S.DRAFT: frozenset({S.SCHEDULED, S.ENDED}),
    S.SCHEDULED: frozenset({S.PAUSED, S.ENDED, S.DRAFT}),
    S.PAUSED: frozenset({S.SCHEDULED, S.ENDED}),
    S.ENDED: frozenset(),
}
"""What may be set; that a scheduled one becomes active and ends is a matter of time alone."""


class SavePromotion(Command, frozen=True, kw_only=True):
    """Make or change a promotion. One that has begun keeps its kind and its start."""

    promotion_id: Id
    name: Name
    terms: Terms
    starts_at: Time
    ends_at: Time | None = None
    schedule: bool = False
    note: Note = ""


class SetPromotionState(Command, frozen=True, kw_only=True):
    """Schedule (also resume), pause, end, or take back to draft."""

    promotion_id: Id
    state: PromotionState


class CopyPromotion(Command, frozen=True, kw_only=True):
    """A new draft with the same terms, in another window."""

    promotion_id: Id
    copy_id: Id
    name: Name
    starts_at: Time
    ends_at: Time | None = None


def _touched(reader: Reader, actor: Actor, message: SavePromotion | SetPromotionState | CopyPromotion) -> list[str]:
    return [own(actor.organisation_id, "offers"), CATALOG, AUDIT]


def own_promotion(tx: Tx, promotion_id: str) -> Promotion:
    """A promotion of the actor's; `Refused` where it is not."""
    promotion = tx.need(Promotion, promotion_id)
    if promotion.owner_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=promotion_id)
    return promotion


def _over(tx: Tx, ends_at: int | None) -> bool:
    return ends_at is not None and tx.time >= ends_at


def _window(starts_at: int, ends_at: int | None) -> None:
    if ends_at is not None and ends_at <= starts_at:
        raise Refused("field_wrong", field="ends_at")


@command("promotion.save@1", SavePromotion, permission=Permission.PROMOTION_EDIT, touches=_touched)
def save_promotion(tx: Tx, message: SavePromotion) -> None:
    """Refuses terms that cannot work, a window that ends before it starts or is over, and changes to an ended one."""
    if not message.name.strip():
        raise Refused("field_required", field="name")
    wrong = flaw(message.terms)
    if wrong:
        raise Refused("field_wrong", field=wrong)
    _window(message.starts_at, message.ends_at)
    if not is_id(message.promotion_id):
        raise Refused("field_wrong", field="promotion_id")
    old = tx.get(Promotion, message.promotion_id)
    state = S.SCHEDULED if message.schedule else S.DRAFT
    if old is not None:
        old = own_promotion(tx, old.id)
        if old.shown_state(tx.time) is S.ENDED:
            raise Refused("state_changed", state=S.ENDED.value, wanted=state.value)
        began = old.state is not S.DRAFT and tx.time >= old.starts_at
        if began and (message.terms.kind is not old.terms.kind or message.starts_at != old.starts_at):
            raise Refused("promotion_began", name=old.name)
        state = old.state if old.state is not S.DRAFT else state
    if state is S.SCHEDULED and (old is None or old.state is S.DRAFT) and _over(tx, message.ends_at):
        raise Refused("promotion_over", name=message.name)
    shop = tx.actor.kind is PartyKind.MERCHANT
    if not shop and message.terms.kind is PromotionKind.GIFT and tx.actor.kind is not PartyKind.SUPPLIER:
        raise Refused("field_wrong", field="kind")
    saved = tx.put(
        Promotion(
            id=message.promotion_id,
            owner_id=tx.actor.organisation_id,
            name=message.name.strip(),
            state=state,
            starts_at=message.starts_at,
            ends_at=message.ends_at,
            terms=message.terms,
            public=not shop and state is not S.DRAFT,
            note=message.note.strip(),
        )
    )
    tx.audit("promotion.saved", saved, state=saved.state.value, starts_at=saved.starts_at, ends_at=saved.ends_at)


@command("promotion.state@1", SetPromotionState, permission=Permission.PROMOTION_EDIT, touches=_touched)
def set_promotion_state(tx: Tx, message: SetPromotionState) -> None:
    """Guarded by `NEXT`; what has begun is never a draft again, what is over is not resumed."""
    promotion = own_promotion(tx, message.promotion_id)
    shown = promotion.shown_state(tx.time)
    over = _over(tx, promotion.ends_at)
    begun = message.state is S.DRAFT and shown is S.ACTIVE
    if over and message.state is S.SCHEDULED and promotion.state in (S.DRAFT, S.PAUSED):
        raise Refused("promotion_over", name=promotion.name)
    if message.state not in NEXT[promotion.state] or begun or (over and message.state is not S.ENDED):
        raise Refused("state_changed", state=shown.value, wanted=message.state.value)
    public = tx.actor.kind is not PartyKind.MERCHANT and message.state is not S.DRAFT
    moved = tx.put(promotion.with_(state=message.state, public=public))
    tx.audit("promotion.state", moved, state=message.state.value)


@command("promotion.copy@1", CopyPromotion, permission=Permission.PROMOTION_EDIT, touches=_touched)
def copy_promotion(tx: Tx, message: CopyPromotion) -> None:
    """The copy is a draft of its own: nothing of what the first one came to belongs to it."""
    promotion = own_promotion(tx, message.promotion_id)
    _window(message.starts_at, message.ends_at)
    if not is_id(message.copy_id) or tx.get(Promotion, message.copy_id):
        raise Refused("id_taken", id=message.copy_id)
    copy = promotion.with_(
        id=message.copy_id,
        name=message.name.strip() or promotion.name,
        state=S.DRAFT,
        starts_at=message.starts_at,
        ends_at=message.ends_at,
        public=False,
    )
    tx.audit("promotion.saved", tx.put(copy), state=copy.state.value, copied_from=promotion.id)
