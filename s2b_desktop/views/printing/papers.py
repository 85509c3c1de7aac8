"""Pick lists, packing slips and labels from what the cache holds, in the language that is on."""

from collections.abc import Sequence

import msgspec

from s2b_desktop.carriers import carrier_name
from s2b_desktop.models.queries.picking import Dispatch, PickLine, PickList
from s2b_desktop.models.queries.supply import SupplyDetail
from s2b_desktop.text import clauses, day, moment, quantity, tr
from s2b_desktop.views.printing.layout import filled
from s2b_desktop.views.printing.sheet import GOODS_LABEL, LABEL, Paper, Sheet
from s2b_desktop.views.printing.symbols import barcode, qr
from s2b_domain.records.order import Parcel, SupplyLine
from s2b_domain.records.party import Application


class LabelGoods(msgspec.Struct, frozen=True, kw_only=True):
    """Goods that want a label."""

    code: str
    barcode: str
    title: str
    specs: str
    lot: str = ""
    expires_at: int | None = None


def pick_sheet(picks: PickList, now: int) -> Sheet:
    """One pick list over all orders."""
    words = {
        "title": tr("Pick list"),
        "facts": " · ".join((tr("{n} orders", n=picks.orders), tr("{n} places", n=len(picks.lines)), moment(now))),
        "w_place": tr("Place"),
        "w_code": tr("SKU code"),
        "w_goods": tr("Goods"),
        "w_quantity": tr("Quantity"),
        "w_orders": tr("Orders"),
    }
    return Sheet(tr("Pick list"), [Paper(filled("pick_list", words, [_pick(line) for line in picks.lines]))])


def _pick(line: PickLine) -> dict[str, str]:
    place = " · ".join(part for part in (line.warehouse, line.shelf) if part) or tr("No shelf holds it: look for it")
    return {
        "place": place,
        "lot": lot_text(line.lot, line.expires_at),
        "code": line.code,
        "goods": line.title,
        "specs": line.specs,
        "quantity": quantity(line.quantity, line.decimals),
        "unit": line.unit,
        "orders": "\n".join(f"{number} × {quantity(n, line.decimals)}" for number, n in line.orders),
    }


def lot_text(lot: str, expires_at: int | None) -> str:
    """A lot and when it expires, as far as there are any."""
    said = [tr("lot {lot}", lot=lot)] if lot else []
    return " · ".join([*said, tr("expires {date}", date=day(expires_at))] if expires_at is not None else said)


def slip_sheet(found: Dispatch) -> Sheet:
    """A packing slip for each order: what is still open of it, without prices."""
    return Sheet(tr("Packing slips"), [_slip(detail, found.sender) for detail in found.orders])


def _slip(detail: SupplyDetail, sender: Application | None) -> Paper:
    order, address = detail.order, detail.order.address
    rows = [_slip_row(at, line) for at, line in enumerate(_to_pack(detail), 1)]
    left_out = [line for line in detail.lines if line.cancelled]
    short = clauses(f"{line.code} × {quantity(line.cancelled, line.decimals)}" for line in left_out)
    values = {
        "title": tr("Packing slip"),
        "sender": _sender(sender),
        "number": order.number,
        "name": address.name if address else order.merchant_name,
        "phone": address.phone if address else "",
        "address": f"{address.region} {address.street}".strip() if address else "",
        "merchant": order.merchant_name,
        "placed": moment(order.placed_at),
        "note": order.note,
        "short": tr("Not delivered: {goods}", goods=short) if short else "",
        "w_to": tr("Consignee"),
        "w_merchant": tr("Merchant"),
        "w_placed": tr("Placed"),
        "w_code": tr("SKU code"),
        "w_goods": tr("Goods"),
        "w_quantity": tr("Quantity"),
        "w_note": tr("Note"),
    }
    return Paper(filled("packing_slip", values, rows), {"number": barcode(order.number)})


def _to_pack(detail: SupplyDetail) -> list[SupplyLine]:
    """What is open; once all has left, what was sent."""
    left = [line for line in detail.lines if line.quantity > line.shipped + line.cancelled]
    return left or [line for line in detail.lines if line.shipped]


def _slip_row(at: int, line: SupplyLine) -> dict[str, str]:
    left = line.quantity - line.shipped - line.cancelled
    return {
        "line": str(at),
        "code": line.code,
        "goods": line.title,
        "specs": line.specs,
        "quantity": quantity(left if left > 0 else line.shipped, line.decimals),
        "unit": line.unit,
    }


def label_sheet(found: Dispatch) -> Sheet:
    """A label for each parcel, with its tracking number; for an order without parcels, with the order's number."""
    papers: list[Paper] = []
    for detail in found.orders:
        parcels: Sequence[Parcel | None] = detail.parcels or (None,)
        papers += [_label(detail, found.sender, parcel, at, len(parcels)) for at, parcel in enumerate(parcels, 1)]
    return Sheet(tr("Labels"), papers, LABEL, margin=6, numbered=False, labels=True)


def _label(detail: SupplyDetail, sender: Application | None, parcel: Parcel | None, at: int, of: int) -> Paper:
    order, address = detail.order, detail.order.address
    code = parcel.tracking_number if parcel else order.number
    lines = {line.id: line for line in detail.lines}
    packed = (
        [(lines[i.supply_line_id], i.quantity) for i in parcel.items if i.supply_line_id in lines]
        if parcel
        else [(line, line.quantity - line.shipped - line.cancelled) for line in _to_pack(detail)]
    )
    shown = [f"{line.code} × {quantity(n, line.decimals)}" for line, n in packed[:4]]
    if len(packed) > 4:
        shown.append(tr("and {n} more", n=len(packed) - 4))
    values = {
        "carrier": carrier_name(parcel.carrier) if parcel else order.merchant_name,
        "part": tr("Parcel {n} of {all}", n=at, all=of) if of > 1 else "",
        "code": code,
        "name": address.name if address else order.merchant_name,
        "phone": address.phone if address else "",
        "address": f"{address.region} {address.street}".strip() if address else "",
        "sender": _sender(sender),
        "number": order.number,
        "goods": "\n".join(shown),
        "w_to": tr("To"),
        "w_from": tr("From"),
        "w_order": tr("Order number"),
    }
    return Paper(filled("label", values), {"code": barcode(code), "order": qr(order.number)})


def _sender(sender: Application | None) -> str:
    return "  ".join(part for part in (sender.name, sender.phone, sender.address) if part) if sender else ""


def goods_sheet(goods: Sequence[LabelGoods]) -> Sheet:
    """Labels to stick on goods or shelves."""
    papers = []
    for each in goods:
        code = each.barcode or each.code
        values = {
            "title": each.title,
            "specs": each.specs,
            "code": code,
            "sku": each.code if each.code != code else "",
            "lot": lot_text(each.lot, each.expires_at),
        }
        papers.append(Paper(filled("goods_label", values), {"code": barcode(code)}))
    return Sheet(tr("Goods labels"), papers, GOODS_LABEL, margin=3, numbered=False, labels=True)
