"""Campaigns: a coupon or a notice of new goods for the members of a tag or level."""

from typing import Annotated

from msgspec import Meta

from s2b_domain.access import AUDIT, Actor, Permission, own
from s2b_domain.commands.command import Command, Result, command
from s2b_domain.commands.coupons import MAX_MEMBERS, IssueCoupons, give_coupons, members_meant
from s2b_domain.errors import Refused
from s2b_domain.ids import is_id
from s2b_domain.records.campaign import Campaign, CampaignKind
from s2b_domain.records.party import PartyKind
from s2b_domain.records.promotion import CouponTemplate
from s2b_domain.rules.bounds import Id, Name, Note
from s2b_domain.tx import Reader, Tx


class StartCampaign(Command, frozen=True, kw_only=True):
    """Tell the members of a tag, of a level, or named ones. With `template_id` each receives a coupon as well."""

    campaign_id: Id
    name: Name
    text: Note
    template_id: Id = ""
    sku_ids: Annotated[tuple[Id, ...], Meta(max_length=100)] = ()
    member_ids: Annotated[tuple[Id, ...], Meta(max_length=MAX_MEMBERS)] = ()
    tag_id: Id = ""
    level_id: Id = ""


class MarkTold(Command, frozen=True, kw_only=True):
    """Somebody has told the receivers."""

    campaign_id: Id


def _started(reader: Reader, actor: Actor, message: StartCampaign) -> list[str]:
    template = reader.get(CouponTemplate, message.template_id) if message.template_id else None
    mine = actor.organisation_id
    return [own(mine, "members"), own(template.owner_id if template else mine, "offers"), AUDIT]


def _told(reader: Reader, actor: Actor, message: MarkTold) -> list[str]:
    return [own(actor.organisation_id, "members"), AUDIT]


@command("campaign.start@1", StartCampaign, permission=Permission.COUPON_ISSUE, touches=_started)
def start_campaign(tx: Tx, message: StartCampaign) -> Result:
    """The receivers are those who receive a coupon, or without one all who are meant; the result counts them."""
    if tx.actor.kind is not PartyKind.MERCHANT:
        raise Refused("not_permitted", permission=Permission.COUPON_ISSUE.value)
    name, text = message.name.strip(), message.text.strip()
    if not name:
        raise Refused("field_required", field="name")
    if not message.template_id and not (message.sku_ids or text):
        raise Refused("field_required", field="text")
    if not is_id(message.campaign_id) or tx.get(Campaign, message.campaign_id):
        raise Refused("id_taken", id=message.campaign_id)
    whom = IssueCoupons(
        template_id=message.template_id,
        member_ids=message.member_ids,
        tag_id=message.tag_id,
        level_id=message.level_id,
    )
    receivers = give_coupons(tx, whom) if message.template_id else [m.id for m in members_meant(tx, whom)]
    campaign = Campaign(
        id=message.campaign_id,
        merchant_id=tx.actor.organisation_id,
        kind=CampaignKind.COUPON if message.template_id else CampaignKind.GOODS,
        name=name,
        text=text,
        template_id=message.template_id,
        sku_ids=message.sku_ids,
        tag_id=message.tag_id,
        level_id=message.level_id,
        member_ids=tuple(sorted(receivers)),
        made_by=tx.actor.name,
        at=tx.time,
    )
    tx.audit("campaign.started", tx.add(campaign), count=len(receivers))
    return {"receivers": len(receivers)}


@command("campaign.told@1", MarkTold, permission=Permission.COUPON_ISSUE, touches=_told)
def mark_told(tx: Tx, message: MarkTold) -> None:
    """Once; again changes nothing."""
    campaign = tx.need(Campaign, message.campaign_id)
    if campaign.merchant_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=campaign.id)
    if campaign.told_at is None:
        tx.put(campaign.with_(told_at=tx.time))
