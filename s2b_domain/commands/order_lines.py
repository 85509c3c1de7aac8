"""Lines of a consumer's order as they are frozen: from goods and their price."""

from typing import NamedTuple

from s2b_domain.commands.quote import Quote, Ware
from s2b_domain.records.order import Order, OrderLine, PriceTrace
from s2b_domain.rules.money import line_amount
from s2b_domain.rules.pricing import Bearer, PricedLine
from s2b_domain.tx import Tx


class Sold(NamedTuple):
    """Goods with their frozen price; a gift names its promotion."""

    ware: Ware
    line: PricedLine
    gift_of: str = ""

    @property
    def cost(self) -> int:
        """What the supplier is paid (分) before what it bears."""
        return line_amount(self.ware.unit_cost, self.ware.quantity, self.ware.sku.decimals)

    @property
    def borne_by_supplier(self) -> int:
        """What of the reductions (分) the supplier bears: never more than its price."""
        return min(self.cost, sum(r.amount for r in self.line.reductions if r.bearer is Bearer.SUPPLIER))


def at_cost(ware: Ware) -> PricedLine:
    """A line of 采购: the merchant pays the supply price."""
    amount = line_amount(ware.unit_cost, ware.quantity, ware.sku.decimals)
    return PricedLine(
        key=ware.sku.id,
        sku_id=ware.sku.id,
        quantity=ware.quantity,
        list_price=ware.unit_cost,
        unit_price=ware.unit_cost,
        list_amount=amount,
        amount=amount,
        payable=amount,
    )


def spec_text(specs: dict[str, str]) -> str:
    """Options as people read them."""
    return " / ".join(f"{k}: {v}" for k, v in sorted(specs.items()))


def order_line(
    tx: Tx, order: Order, number: int, sold: Sold, *, supply_order_id: str = "", supply_line_id: str = "", freight: int
) -> OrderLine:
    """Write a line of an order."""
    sku, line = sold.ware.sku, sold.line
    return tx.add(
        OrderLine(
            id=tx.id("order_line", number),
            order_id=order.id,
            merchant_id=order.merchant_id,
            line=number,
            sku_id=sku.id,
            supplier_id=sku.supplier_id,
            supply_order_id=supply_order_id,
            supply_line_id=supply_line_id,
            title=sold.ware.product.title,
            specs=spec_text(sku.specs),
            code=sku.code,
            unit=sku.unit,
            decimals=sku.decimals,
            quantity=sold.ware.quantity,
            unit_price=line.unit_price,
            amount=line.amount,
            list_price=line.list_price,
            list_amount=line.list_amount,
            payable=line.payable,
            freight_amount=freight,
            points_used=line.points_used,
            points_earned=line.points_earned,
            gift_of=sold.gift_of,
            reductions=line.reductions,
        )
    )


def subsidy(sold: list[Sold]) -> int:
    """What the platform bears of lines (分)."""
    return sum(r.amount for s in sold for r in s.line.reductions if r.bearer is Bearer.PLATFORM)


def keep_trace(tx: Tx, order: Order, quoted: Quote) -> None:
    """Keep why the order costs what it costs; offers for other goods say nothing."""
    told = tuple(s for s in quoted.priced.skipped if s.code != "no_goods")
    tx.add(PriceTrace(id=order.id, merchant_id=order.merchant_id, entries=quoted.priced.entries, skipped=told))
