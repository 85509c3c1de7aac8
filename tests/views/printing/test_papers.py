"""Papers as a printer would put them on paper: codes can be scanned, Chinese is there, pages follow."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
import zxingcpp
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from s2b_desktop.models.queries.picking import Dispatch, PickLine, PickList, dispatch, pick_list
from s2b_desktop.text import set_language
from s2b_desktop.views.printing.layout import filled
from s2b_desktop.views.printing.papers import LabelGoods, goods_sheet, label_sheet, pick_sheet, slip_sheet
from s2b_desktop.views.printing.prompt import PrintPrompt
from s2b_desktop.views.printing.sheet import A4, Paper, Sheet, count_pages, pictures, save_pdf
from s2b_desktop.views.printing.symbols import barcode, qr
from s2b_domain.records.order import Address, SupplyLine, SupplyOrder
from s2b_domain.records.stock import Reservation
from s2b_domain.rules.order_flow import SupplyState
from tests.views import world
from tests.views.desk import FakeDesk

LABEL_PRINTER = 203
"""Dots per inch of a usual thermal printer."""


def scanned(image: QImage) -> list[tuple[str, str]]:
    """What a scanner reads of a picture."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    width, height, stride = grey.width(), grey.height(), grey.bytesPerLine()
    bits = bytes(grey.constBits())
    pixels = b"".join(bits[y * stride : y * stride + width] for y in range(height))
    view = memoryview(pixels).cast("B", (height, width))
    return sorted((r.text, str(r.format)) for r in zxingcpp.read_barcodes(view))


def sent(desk: FakeDesk) -> Dispatch:
    mine = desk.actor.organisation_id
    ids = [o.id for o in desk.store.find(SupplyOrder, supplier_id=mine, state=SupplyState.SHIPPED)]
    return desk.read(dispatch, mine, ids[:3])


def to_pick(desk: FakeDesk) -> list[SupplyOrder]:
    mine = desk.actor.organisation_id
    states = (SupplyState.ACCEPTED, SupplyState.PARTLY_SHIPPED)
    return [o for state in states for o in desk.store.find(SupplyOrder, supplier_id=mine, state=state)]


def characters(pdf: bytes) -> set[str]:
    """The characters that a PDF's fonts map back to text."""
    found: set[str] = set()
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, flags=re.DOTALL):
        try:
            text = zlib.decompress(stream)
        except zlib.error:
            text = stream
        if b"beginbfrange" in text or b"beginbfchar" in text:
            found |= {chr(int(code, 16)) for code in re.findall(rb"<([0-9a-fA-F]{4})>", text)}
    return found


@pytest.mark.parametrize(
    ("text", "kind"),
    [("6901234567892", "EAN-13"), ("96385074", "EAN-8"), ("6901234567890", "Code 128"), ("D3-20261122-1", "Code 128")],
)
def test_a_barcode_is_what_it_says(qapp: object, text: str, kind: str) -> None:
    assert scanned(barcode(text)) == [(text, kind)]


def test_what_no_barcode_can_hold_is_a_qr_code(qapp: object) -> None:
    assert scanned(barcode("批号 7")) == [("批号 7", "QR Code")]
    assert scanned(qr("D3-1")) == [("D3-1", "QR Code")]


def test_every_label_is_read_by_a_scanner_as_a_thermal_printer_prints_it(supplier: FakeDesk) -> None:
    found = sent(supplier)
    assert found.orders
    read = [scanned(page) for page in pictures(label_sheet(found), LABEL_PRINTER)]
    expected = [
        sorted([(parcel.tracking_number, "Code 128"), (detail.order.number, "QR Code")])
        for detail in found.orders
        for parcel in detail.parcels
    ]
    assert read == expected


def test_goods_labels_bear_the_barcode_or_the_code(qapp: object) -> None:
    goods = [
        LabelGoods(code="0012", barcode="6901234567892", title="矿泉水", specs=""),
        LabelGoods(code="0013", barcode="", title="茶", specs="红", lot="L1", expires_at=world.NOW),
    ]
    read = [scanned(page) for page in pictures(goods_sheet(goods).times(2), LABEL_PRINTER)]
    assert read == [[("6901234567892", "EAN-13")]] * 2 + [[("0013", "Code 128")]] * 2


def test_a_label_is_one_page_however_long_its_words_are(qapp: object, supplier: FakeDesk) -> None:
    goods = LabelGoods(
        code="HF-2026-000001",
        barcode="6901234567892",
        title="农夫山泉 饮用天然水 550ml×24 整箱 家庭装 夏季限定 赠品装",
        specs="24 瓶 / 整箱 / 塑膜包装",
        lot="L20261101-0007",
        expires_at=world.NOW,
    )
    [page] = pictures(goods_sheet([goods]), LABEL_PRINTER)
    assert scanned(page) == [("6901234567892", "EAN-13")]
    found = sent(supplier)
    far = msgspec.structs.replace(
        found.orders[0].order,
        address=Address(name="欧阳晓明", phone="13800138000", region="新疆维吾尔自治区", street="某街某号" * 60),
    )
    detail = msgspec.structs.replace(found.orders[0], order=far)
    [label] = pictures(label_sheet(Dispatch(orders=(detail,), sender=found.sender)), LABEL_PRINTER)
    assert (far.number, "QR Code") in scanned(label)


def test_the_packing_slip_is_scanned_by_its_order_number_and_tells_no_price(supplier: FakeDesk) -> None:
    found = sent(supplier)
    sheet = slip_sheet(found)
    assert [scanned(page) for page in pictures(sheet, 200)] == [[(d.order.number, "Code 128")] for d in found.orders]
    assert not any("¥" in paper.html or "￥" in paper.html for paper in sheet.papers)


def test_the_pick_list_merges_orders_and_holds_all_that_is_open(supplier: FakeDesk) -> None:
    orders = to_pick(supplier)
    waiting = supplier.store.find(SupplyOrder, state=SupplyState.WAITING)
    picks = supplier.read(pick_list, supplier.actor.organisation_id, [o.id for o in (*orders, *waiting)])
    open_: dict[str, int] = {}
    for order in orders:
        for line in supplier.store.find(SupplyLine, supply_order_id=order.id):
            left = line.quantity - line.shipped - line.cancelled
            if left:
                open_[line.sku_id] = open_.get(line.sku_id, 0) + left
    told: dict[str, int] = {}
    for picked in picks.lines:
        told[picked.sku_id] = told.get(picked.sku_id, 0) + picked.quantity
        assert picked.quantity == sum(n for _, n in picked.orders)
    assert told == open_
    assert len({(p.sku_id, p.warehouse, p.lot) for p in picks.lines}) == len(picks.lines)
    assert all(p.warehouse for p in picks.lines)
    for held in supplier.store.find(Reservation, owner_id=supplier.actor.organisation_id):
        supplier.store.remove(Reservation, [held.id])
    unheld = supplier.read(pick_list, supplier.actor.organisation_id, [o.id for o in orders])
    assert not any(p.warehouse for p in unheld.lines)
    assert sum(p.quantity for p in unheld.lines) == sum(open_.values())


def picked(n: int) -> PickLine:
    return PickLine(
        warehouse="主仓", shelf=f"A-{n:03}", lot="", expires_at=None, sku_id=str(n), code=f"{n:06}", title="矿泉水",
        specs="", unit="瓶", decimals=0, quantity=n, orders=(("D3-1", n),),
    )  # fmt: skip


def test_a_pdf_has_its_pages_its_chinese_and_comes_whole(qapp: object, tmp_path: Path) -> None:
    set_language("zh_CN")
    sheet = pick_sheet(PickList(lines=tuple(picked(n) for n in range(1, 120)), orders=3), world.NOW)
    pages = save_pdf(sheet, tmp_path / "a.pdf")
    pdf = (tmp_path / "a.pdf").read_bytes()
    assert pages == count_pages(sheet) == len(pictures(sheet, 40)) > 1
    assert pdf.count(b"/Type /Page\n") == pages
    assert {"拣", "货", "单", "主", "仓", "矿"} <= characters(pdf)
    with pytest.raises(OSError):
        save_pdf(sheet, tmp_path / "nowhere" / "a.pdf")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.pdf"]


def test_values_are_text_not_layout(qapp: object) -> None:
    values = {"title": "<b>1 & 2</b>", "specs": "", "code": "1", "sku": "1", "lot": ""}
    html = filled("goods_label", values)
    assert "&lt;b&gt;1 &amp; 2&lt;/b&gt;" in html
    assert "<!--" not in html
    with pytest.raises(KeyError):
        filled("goods_label", {"title": ""})


def prompt(qtbot: QtBot, printers: Sequence[str]) -> PrintPrompt:
    made = PrintPrompt([("x", "Pick list", lambda: Sheet("x", [Paper("<p>x</p>")], A4))], printers=printers)
    qtbot.addWidget(made)
    made.show()
    return made


def test_without_a_printer_a_pdf_is_offered(qtbot: QtBot, tmp_path: Path) -> None:
    offered = prompt(qtbot, ())
    assert offered.none.isVisible()
    assert not offered.verb.isEnabled()
    offered.save_to(tmp_path / "none" / "x.pdf")
    assert offered.problem.isVisible()
    offered.copies.set_value(3)
    assert offered.pages.text().startswith("3 ")
    with qtbot.waitSignal(offered.told):
        offered.save_to(tmp_path / "x.pdf")
    assert (tmp_path / "x.pdf").read_bytes().count(b"/Type /Page\n") == 3


def test_a_printer_that_is_gone_is_said(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(sheet: Sheet, name: str) -> int:
        raise OSError(name)

    monkeypatch.setattr("s2b_desktop.views.printing.prompt.print_on", gone)
    offered = prompt(qtbot, ("热敏打印机",))
    assert not offered.none.isVisible()
    offered.accept()
    assert offered.problem.isVisible()
    assert offered.isVisible()
