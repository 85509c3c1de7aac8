"""What a merchant's order must meet before a supplier is asked: minimums of a purchase, and credit."""

from collections.abc import Mapping, Sequence

from s2b_domain.access import own
from s2b_domain.commands.accounts import owed
from s2b_domain.commands.quote import Ware
from s2b_domain.commands.stock import counted
from s2b_domain.commands.terms import terms_between
from s2b_domain.errors import Refused
from s2b_domain.records.order import SupplyOrder
from s2b_domain.records.party import Organisation
from s2b_domain.records.terms import MixGroup, PurchaseTerms
from s2b_domain.rules.money import line_amount
from s2b_domain.rules.order_flow import SupplyState
from s2b_domain.rules.purchase import Mix, Wanted, missing_amount, short_lines
from s2b_domain.rules.statements import over_limit
from s2b_domain.tx import Reader, Tx


def mixes_of(reader: Reader, supplier_id: str) -> list[Mix]:
    """The groups of a supplier's goods that reach a minimum together."""
    groups = reader.find(MixGroup, supplier_id=supplier_id)
    return [Mix(id=g.id, name=g.name, minimum=g.minimum, product_ids=g.product_ids) for g in groups]


def wanted_line(ware: Ware) -> Wanted:
    """A ware as the minimums look at it."""
    sku = ware.sku
    return Wanted(
        key=sku.id,
        product_id=sku.product_id,
        quantity=ware.quantity,
        decimals=sku.decimals,
        minimum=sku.min_quantity,
        step=sku.order_step,
        amount=line_amount(ware.unit_cost, ware.quantity, sku.decimals),
    )


def _name(tx: Tx, supplier_id: str) -> str:
    supplier = tx.get(Organisation, supplier_id)
    return supplier.name if supplier else ""


def check_minimums(tx: Tx, wares: Sequence[Ware]) -> None:
    """起批量 of each line, alone or together with its group, and 起送金额 of each supplier's part; `Refused`."""
    parts: dict[str, list[Ware]] = {}
    for ware in wares:
        parts.setdefault(ware.sku.supplier_id, []).append(ware)
    for supplier_id, part in sorted(parts.items()):
        skus = {w.sku.id: w.sku for w in part}
        lines = [wanted_line(w) for w in part]
        for short in short_lines(lines, mixes_of(tx, supplier_id)):
            sku = skus[short.key]
            if short.mix_missing:
                raise Refused("mix_short", sku=sku.code, name=short.mix, missing=short.mix_missing, unit=sku.unit)
            raise Refused("quantity_wrong", minimum=sku.min_quantity, step=sku.order_step, **counted(sku))
        terms = tx.get(PurchaseTerms, supplier_id)
        missing = missing_amount(lines, terms.minimum_amount) if terms else 0
        if terms and missing:
            name = _name(tx, supplier_id)
            raise Refused("minimum_amount", supplier=name, least=terms.minimum_amount, lacking=missing)


def credit_refusal(tx: Tx, merchant_id: str, parts: Mapping[str, int]) -> Refused | None:
    """Why supply orders of these totals (分, by supplier) cannot be sent: a credit limit stands against it.

    Who does not see the merchant's money cannot know, and leaves the answer to the hub.
    """
    if tx.recorded is not None or not tx.sees(own(merchant_id, "money")):
        return None
    for supplier_id, wanted in sorted(parts.items()):
        terms = terms_between(tx, supplier_id, merchant_id)
        if terms is None or terms.credit_limit is None:
            continue
        # Looked for only where a limit stands: orders that look for each other are predicted anew together.
        asked = {"supplier_id": supplier_id, "merchant_id": merchant_id, "state": SupplyState.WAITING}
        waiting = sum(supply.total for supply in tx.find(SupplyOrder, **asked))
        used = owed(tx, merchant_id, supplier_id) + waiting
        over = over_limit(terms.credit_limit, used, wanted)
        if over:
            name = _name(tx, supplier_id)
            return Refused("credit_exceeded", supplier=name, limit=terms.credit_limit, used=used, over=over)
    return None


def order_credit_refusal(tx: Tx, merchant_id: str, order_id: str) -> Refused | None:
    """The same of an order whose parts have not been sent yet."""
    found = [s for s in tx.find(SupplyOrder, order_id=order_id) if s.state is SupplyState.PENDING]
    return credit_refusal(tx, merchant_id, {s.supplier_id: s.total for s in found})
