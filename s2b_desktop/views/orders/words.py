"""What the editor and the catalog say of stock, prices and lines that cannot be ordered as they are."""

from s2b_desktop.messages import problem_text
from s2b_desktop.text import count, quantity, tr
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.orders.quote import LineQuote

FEW = 10
"""Fewer units than this are few."""


def stock_words(available: int, decimals: int, unit: str) -> tuple[str, Tone]:
    """Stock in words: "有货 120 件", "仅剩 3 件", "无货"."""
    if available <= 0:
        return tr("None in stock"), "neutral"
    amount = f"{quantity(available, decimals)} {unit}".strip()
    if available < FEW * 10**decimals:
        return tr("Only {quantity} left", quantity=amount), "warn"
    return tr("In stock {quantity}", quantity=amount), "ok"


def line_problem(line: LineQuote) -> str:
    """Why a line cannot be ordered as it is; empty if it can."""
    if not line.problem:
        return ""
    offer = line.offer
    if offer is None:
        return tr("No longer on sale")
    sku = offer.sku
    if line.problem == "mix_short" and line.short is not None:
        missing, unit = count(line.short.mix_missing), sku.unit
        return tr("{missing} {unit} more for the minimum of {name}", missing=missing, unit=unit, name=line.short.mix)
    if line.problem == "quantity_wrong":
        minimum, step = quantity(sku.min_quantity, sku.decimals), quantity(sku.order_step, sku.decimals)
        if sku.order_step > 1:
            return tr("From {minimum} {unit}, in steps of {step}", minimum=minimum, unit=sku.unit, step=step)
        return tr("From {minimum} {unit}", minimum=minimum, unit=sku.unit)
    if line.problem == "out_of_stock":
        return stock_words(offer.available, sku.decimals, sku.unit)[0]
    said = {
        "no_dropship": tr("Not offered for drop-shipping"),
        "not_on_sale": tr("No longer on sale"),
        "retail_price_missing": tr("Enter a retail price"),
        "supplier_not_trading": tr("The supplier is not trading at present"),
    }
    return said.get(line.problem) or problem_text(line.problem, {"sku": sku.code})
