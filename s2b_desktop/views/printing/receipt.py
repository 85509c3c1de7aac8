"""Receipts of a sale or an order: 80 mm rolls and A4, in the language that is on."""

from s2b_desktop.messages import state_text
from s2b_desktop.models.queries.counter import Receipt
from s2b_desktop.text import amount, count, date, money, quantity, time, tr, unit_price
from s2b_desktop.views.printing.layout import filled
from s2b_desktop.views.printing.sheet import Paper, Sheet, on_roll
from s2b_desktop.views.printing.symbols import barcode
from s2b_domain.records.order import OrderLine

ROLL = 80.0
ROLL_MARGIN = 4.0


def receipt_roll(receipt: Receipt) -> Sheet:
    """On a roll of 80 mm, as long as it needs to be."""
    paper = Paper(filled("receipt", _values(receipt), _rows(receipt)), {"number": barcode(receipt.order.number)})
    return on_roll(tr("Receipt"), paper, ROLL, ROLL_MARGIN)


def receipt_a4(receipt: Receipt) -> Sheet:
    """On A4."""
    paper = Paper(filled("receipt_a4", _values(receipt), _rows(receipt)), {"number": barcode(receipt.order.number)})
    return Sheet(tr("Receipt"), [paper])


def _rows(receipt: Receipt) -> list[dict[str, str]]:
    return [_row(line) for line in receipt.lines]


def _row(line: OrderLine) -> dict[str, str]:
    saved = line.list_amount - line.payable
    return {
        "line": str(line.line),
        "goods": line.title,
        "specs": line.specs,
        "code": line.code,
        "quantity": f"{quantity(line.quantity, line.decimals)} {line.unit}".strip(),
        "price": unit_price(line.list_price),
        "listed": amount(line.list_amount),
        "amount": tr("Gift") if line.gift_of else amount(line.payable),
        "saved": amount(-saved) if saved and not line.gift_of else "",
    }


def _values(receipt: Receipt) -> dict[str, str]:
    order, shop, member = receipt.order, receipt.shop, receipt.member
    saved = sum(li.list_amount - li.payable for li in receipt.lines)
    left = order.due - order.paid
    given = sum(p.given for p in receipt.payments)
    cash = sum(p.amount for p in receipt.payments if p.given)
    paid = "\n".join(f"{state_text('method', p.method)[0]}  {money(p.amount)}" for p in receipt.payments)
    address = shop.address if shop else None
    return {
        "title": (shop.receipt_header or shop.name) if shop else tr("Receipt"),
        "shop": shop.name if shop and shop.receipt_header else "",
        "where": " ".join(t for t in (address.region, address.street) if t) if address else "",
        "phone": shop.phone if shop else "",
        "number": order.number,
        "when": f"{date(order.placed_at)} {time(order.placed_at)}",
        "who": order.placed_by,
        "goods": money(sum(li.list_amount for li in receipt.lines)),
        "saved_all": money(-saved) if saved else "",
        "freight": money(order.freight_amount) if order.freight_amount else "",
        "total": money(order.total),
        "cancelled": money(-order.cancelled_amount) if order.cancelled_amount else "",
        "returned": money(-order.returned_amount) if order.returned_amount else "",
        "paid": paid,
        "given": money(given) if given else "",
        "change": money(given - cash) if given > cash else "",
        "owed": money(left) if left > 0 else "",
        "member": (member.name or member.phone[-4:] or member.card) if member else "",
        "points": _points(receipt),
        "note": order.note,
        "footer": shop.receipt_footer if shop else "",
        "w_number": tr("Number"),
        "w_when": tr("Time"),
        "w_who": tr("Served by"),
        "w_code": tr("SKU code"),
        "w_goods": tr("Goods"),
        "w_quantity": tr("Quantity"),
        "w_price": tr("Price"),
        "w_amount": tr("Amount"),
        "w_saved": tr("Discount"),
        "w_freight": tr("Freight"),
        "w_total": tr("Total"),
        "w_cancelled": tr("Cancelled"),
        "w_returned": tr("Returned"),
        "w_paid": tr("Paid"),
        "w_given": tr("Given in cash"),
        "w_change": tr("Change given"),
        "w_owed": tr("On account"),
        "w_member": tr("Member"),
        "w_points": tr("Points"),
        "w_note": tr("Note"),
    }


def _points(receipt: Receipt) -> str:
    order, member = receipt.order, receipt.member
    if member is None:
        return ""
    said = [f"+{count(order.points_earned)}"] if order.points_earned else []
    if order.points_used:
        said.append(f"-{count(order.points_used)}")
    said.append(tr("balance {n}", n=member.points))
    return " · ".join(said)
