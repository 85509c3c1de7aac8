"""The merchant: search, order, follow."""

from typing import Any

from demo.stage import Stage
from s2b_desktop.text import money
from s2b_desktop.views.catalog.page import CatalogPage
from s2b_desktop.views.orders.editor import OrderEditorPage
from s2b_desktop.views.orders.page import OrdersPage
from s2b_domain.records.order import Order, Parcel, SupplyOrder
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.order_flow import OrderKind


def catalog(stage: Stage) -> dict[str, Any]:
    """Everything that can be chosen."""
    page = stage.page("catalog", CatalogPage)
    stage.write(page.table.search_field, "")
    stage.wait(lambda: len(page.table.model.ids()) > 0, "goods")
    stage.breathe()
    return {"products": len(page.table.model.ids())}


def search(stage: Stage, *, text: str) -> dict[str, Any]:
    """Search as you type; what is found first."""
    page = stage.page("catalog", CatalogPage)
    before = page.table.model.ids()
    stage.write(page.table.search_field, text)
    stage.wait(lambda: page._text == text and not page._loading.busy and page.table.model.ids() is not before, text)
    stage.breathe()
    ids = page.table.model.ids()
    titles = [row.title for row in page._rows(list(ids[:3]))] if len(ids) else []
    return {"found": len(ids), "first": titles}


def open_first(stage: Stage) -> None:
    """Open the first product found."""
    page = stage.page("catalog", CatalogPage)
    rowid = page.table.model.ids()[0]
    page.table.select(rowid)
    page.table.activated.emit(rowid)
    stage.wait(page.inspector.is_open, "the product")
    stage.breathe()


def add(stage: Stage, *, text: str) -> dict[str, Any]:
    """Search and put the first find into the order (F4)."""
    page = stage.page("catalog", CatalogPage)
    if page.inspector.is_open():
        page.inspector.close_panel()
    search(stage, text=text)
    before = len(page._basket.draft.lines)
    open_first(stage)
    page.add_current()
    stage.wait(lambda: len(page._basket.draft.lines) > before, f"{text} in the order")
    return {"lines": len(page._basket.draft.lines)}


def write_order(
    stage: Stage,
    *,
    kind: str,
    quantity: int,
    name: str = "",
    phone: str = "",
    region: str = "",
    street: str = "",
) -> dict[str, Any]:
    """Set kind, quantities and the consignee; nothing is placed yet."""
    page = stage.page("order", OrderEditorPage)
    stage.wait(lambda: len(page.draft().lines) > 0, "the lines")
    button = page.dropship if OrderKind(kind) is OrderKind.DROPSHIP else page.purchase
    stage.click(button, kind)
    for line in page.draft().lines:
        page.lines.quantity_entered.emit(line.sku_id, quantity)
    if name:
        consignee = page.summary.consignee
        for field, text in (
            (consignee.name, name),
            (consignee.phone, phone),
            (consignee.region.province, region),
            (consignee.street, street),
        ):
            stage.write(field, text)
    stage.breathe()
    quote = page.quote()
    return {"lines": len(quote.lines), "problems": [str(p.line.sku_id) for p in quote.problems]}


def place(stage: Stage) -> dict[str, Any]:
    """Place the order; its number is there at once, with or without a line."""
    page = stage.page("order", OrderEditorPage)
    before = {o.id for o in _orders(stage)}
    stage.click(page.place, "Place the order")
    order = stage.wait(lambda: next((o for o in _orders(stage) if o.id not in before), None), "the order")
    stage.wait(lambda: stage.window.shell.current() == "orders", "the order list")
    stage.breathe()
    return {"number": order.number, "total": order.total, "amount": money(order.total), "state": order.state.value}


def _orders(stage: Stage) -> list[Order]:
    return stage.window.desk.read(lambda connection: RecordStore(connection).find(Order))


def follow(stage: Stage, *, number: str, state: str = "") -> dict[str, Any]:
    """Open an order: its state, whether it waits, its parts and parcels."""
    page = stage.page("orders", OrdersPage)

    def there() -> Order | None:
        return next((o for o in _orders(stage) if o.number == number and state in ("", o.state.value)), None)

    order = stage.wait(there, f"order {number} {state}")
    page.show_item(order.id)
    stage.wait(page.inspector.is_open, "the order's detail")
    stage.breathe()
    supplies, parcels = stage.window.desk.read(
        lambda connection: (
            RecordStore(connection).find(SupplyOrder, order_id=order.id),
            RecordStore(connection).find(Parcel, order_id=order.id),
        )
    )
    return {
        "state": order.state.value,
        "waiting": order.id in stage.window.desk.pending("sales_order"),
        "copies": sum(o.number == number for o in _orders(stage)),
        "parts": {s.supplier_name: s.state.value for s in supplies},
        "parcels": [f"{p.carrier} {p.tracking_number}" for p in parcels],
    }
