"""What goods cost a merchant, and what amounts may be."""

from collections.abc import Iterable

from s2b_domain.commands.stock import wrong_quantity
from s2b_domain.records.catalog import STANDARD_LEVEL, Price, Sku
from s2b_domain.records.party import TradeTerms
from s2b_domain.rules.bounds import MAX_AMOUNT
from s2b_domain.rules.money import line_amount
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import tier_price
from s2b_domain.tx import Reader


def unit_cost(price: Price, kind: OrderKind, quantity: int) -> int | None:
    """What the merchant pays the supplier per unit (1/10,000 yuan); None if 一件代发 is not offered."""
    if kind is OrderKind.DROPSHIP:
        return price.dropship_price
    return tier_price(price.supply_price, price.tiers, quantity)


def prices_for(reader: Reader, merchant_id: str, sku_ids: Iterable[str], *, knows_terms: bool) -> dict[str, Price]:
    """The merchant's price per SKU: at its agreed level, else the standard one. Where its terms are not known, no other
    level than the agreed one is received."""
    levels = {t.supplier_id: t.level for t in reader.find(TradeTerms, merchant_id=merchant_id)}
    found: dict[str, Price] = {}
    for price in reader.find_in(Price, "sku_id", sku_ids):
        standard = price.level == STANDARD_LEVEL
        mine = price.level == levels.get(price.supplier_id, STANDARD_LEVEL) if knows_terms else not standard
        if price.live and (mine or (standard and price.sku_id not in found)):
            found[price.sku_id] = price
    return found


def check_amount(unit_price: int, quantity: int, sku: Sku, lines: int) -> None:
    """`wrong_quantity` where `lines` such lines would come to more than any amount may be."""
    if line_amount(unit_price, quantity, sku.decimals) * lines > MAX_AMOUNT:
        raise wrong_quantity(sku)
