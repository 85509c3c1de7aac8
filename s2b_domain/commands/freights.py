"""运费模板 of suppliers and shops, and which goods travel by which."""

from typing import Annotated

from msgspec import Meta

from s2b_domain.access import AUDIT, CATALOG, Actor, Permission, own
from s2b_domain.commands.command import Command, command
from s2b_domain.errors import Refused
from s2b_domain.ids import is_id
from s2b_domain.records.catalog import Sku
from s2b_domain.records.party import PartyKind
from s2b_domain.records.shop import FreightChoice, FreightTemplate
from s2b_domain.rules.bounds import Id, Name
from s2b_domain.rules.pricing import Freight
from s2b_domain.tx import Reader, Tx

MAX_CHOSEN = 500


class SaveFreight(Command, frozen=True, kw_only=True):
    """Make or change a template. The first one, and the one saved as default, is used where nothing else is said."""

    template_id: Id
    name: Name
    freight: Freight
    default: bool = False


class RemoveFreight(Command, frozen=True, kw_only=True):
    """Take a template away; its goods travel by the default again."""

    template_id: Id


class ChooseFreight(Command, frozen=True, kw_only=True):
    """Which of a supplier's goods travel by a template ("": by the default)."""

    template_id: Id
    sku_ids: Annotated[tuple[Id, ...], Meta(max_length=MAX_CHOSEN)]


def _touched(reader: Reader, actor: Actor, message: SaveFreight | RemoveFreight | ChooseFreight) -> list[str]:
    return [own(actor.organisation_id, "offers"), CATALOG, AUDIT]


def _own_template(tx: Tx, template_id: str) -> FreightTemplate:
    template = tx.need(FreightTemplate, template_id)
    if template.owner_id != tx.actor.organisation_id:
        raise Refused("not_yours", id=template_id)
    return template


@command("freight.save@1", SaveFreight, permission=Permission.FREIGHT_EDIT, touches=_touched)
def save_freight(tx: Tx, message: SaveFreight) -> None:
    """At least one area; only one of them may stand for all other regions."""
    owner = tx.actor.organisation_id
    if not message.name.strip():
        raise Refused("field_required", field="name")
    areas = message.freight.areas
    named = [r for a in areas for r in a.regions]
    if not areas or sum(not a.regions for a in areas) > 1 or len(set(named)) < len(named):
        raise Refused("field_wrong", field="areas")
    if not is_id(message.template_id):
        raise Refused("field_wrong", field="template_id")
    if tx.get(FreightTemplate, message.template_id):
        _own_template(tx, message.template_id)
    others = [t for t in tx.find(FreightTemplate, owner_id=owner) if t.id != message.template_id]
    default = message.default or not any(t.default for t in others)
    if default:
        for other in others:
            if other.default:
                tx.put(other.with_(default=False))
    saved = tx.put(
        FreightTemplate(
            id=message.template_id,
            owner_id=owner,
            name=message.name.strip(),
            freight=message.freight,
            default=default,
            public=tx.actor.kind is PartyKind.SUPPLIER,
        )
    )
    tx.audit("freight.saved", saved)


@command("freight.remove@1", RemoveFreight, permission=Permission.FREIGHT_EDIT, touches=_touched)
def remove_freight(tx: Tx, message: RemoveFreight) -> None:
    """The default goes last."""
    template = _own_template(tx, message.template_id)
    if template.default and len(tx.find(FreightTemplate, owner_id=template.owner_id)) > 1:
        raise Refused("freight_default", name=template.name)
    for choice in tx.find(FreightChoice, owner_id=template.owner_id):
        if choice.template_id == template.id:
            tx.delete(choice)
    tx.delete(template)
    tx.audit("freight.removed", template)


@command("freight.choose@1", ChooseFreight, permission=Permission.FREIGHT_EDIT, touches=_touched)
def choose_freight(tx: Tx, message: ChooseFreight) -> None:
    """For the supplier's own SKUs."""
    if message.template_id:
        _own_template(tx, message.template_id)
    for sku in tx.find_in(Sku, "id", message.sku_ids):
        if sku.supplier_id != tx.actor.organisation_id:
            raise Refused("not_yours", id=sku.id)
        old = tx.get(FreightChoice, sku.id)
        if message.template_id:
            tx.put(FreightChoice(id=sku.id, owner_id=sku.supplier_id, template_id=message.template_id))
        elif old is not None:
            tx.delete(old)
