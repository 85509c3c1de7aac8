"""The widgets that hold data, in all their states: fields, forms, the picker, tables."""

from array import array
from collections.abc import Sequence

from PySide6.QtWidgets import (
    QLineEdit,
    QWidget,
)

from s2b_desktop.views.common.choice import CheckBox, ComboBox, RadioButton
from s2b_desktop.views.common.column import Column
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.fields import MoneyField, PhoneField, QuantityField, UnitPriceField
from s2b_desktop.views.common.form import Form, FormRow
from s2b_desktop.views.common.gallery_page import Both, order_table
from s2b_desktop.views.common.gallery_sheet import Sheet, disabled, nothing
from s2b_desktop.views.common.picker import ProductPicker, ProductRow
from s2b_desktop.views.common.region import RegionField
from s2b_desktop.views.common.scan import ScanField
from s2b_desktop.views.common.table import DataTable


def fields() -> Sheet:
    sheet = Sheet()
    form, other = Form(), Form()
    name = QLineEdit("农夫山泉 550ml×24")
    price, cost, weight, phone = (
        UnitPriceField(Both("/ bottle", "/ 瓶")),
        MoneyField(),
        QuantityField(decimals=3, unit="kg"),
        PhoneField(),
    )
    price.set_value(350)
    cost.set_value(123_450)
    weight.set_value(12_500)
    phone.set_number("13800138000")
    form.add_section(Both("Goods", "商品"))
    form.add("name", Both("Name", "名称"), name, hint=Both("As on the package", "与包装上一致"))
    form.add_pair(
        ("price", FormRow(Both("Wholesale price", "供货价"), price)),
        ("cost", FormRow(Both("Minimum order", "起送金额"), cost)),
    )
    form.add_pair(
        ("weight", FormRow(Both("Weight", "重量"), weight)),
        ("phone", FormRow(Both("Phone", "电话"), phone, optional=True)),
    )
    kind = ComboBox([(1, Both("Drinks", "饮料")), (2, Both("Household", "家清"))])
    form.add("kind", Both("Category", "类目"), kind)
    code, few, money = (
        QLineEdit("690123"),
        QuantityField(minimum=24, multiple=12, unit=Both("bottles", "瓶")),
        MoneyField(),
    )
    few.set_value(30)
    money.setText("12.345")
    other.add_section(Both("With errors", "有错误时"))
    other.add("code", Both("Barcode", "条码"), code)
    other.add("few", Both("Quantity", "数量"), few, hint=Both("In steps of 12", "须为 12 的整数倍"))
    other.add("money", Both("Amount", "金额"), money)
    region = RegionField()
    region.set_region("浙江省杭州市西湖区")
    other.add("region", Both("Region", "所在地区"), region)
    off = QLineEdit("杭州恒丰食品")
    other.add("off", Both("Supplier", "供应商"), disabled(off))
    other.errors(
        {
            "code": Both("A barcode has 8, 12 or 13 digits; this has 6", "条码应为 8、12 或 13 位，这里是 6 位"),
            "few": few.error,
            "money": "An amount has at most 2 decimals",
        }
    )
    sheet.add(Both("Forms", "表单"), form, other, stretch=True)
    small, big = ScanField(), ScanField(big=True)
    big.setText("6921168509256")
    sheet.add(Both("Scan fields", "扫描框"), small, big, stretch=True)
    boxes: list[QWidget] = [
        CheckBox(Both("On sale", "上架"), checked=True),
        CheckBox(Both("Drop-shipping", "可代发")),
        RadioButton(Both("By weight", "按重量"), checked=True),
        RadioButton(Both("By piece", "按件")),
    ]
    sheet.add(Both("Choices", "选项"), *boxes)
    picker = ProductPicker(_products)
    picker.setObjectName("picker")
    sheet.add(Both("Product picker", "商品选择"), picker, stretch=True)
    sheet.column.addSpacing(270)
    return sheet


def _products(query: str, limit: int) -> Sequence[ProductRow]:
    left = Both("{n} left", "库存 {n}")
    return [
        ProductRow(1, "农夫山泉 550ml×24", "6921168509256 · 杭州恒丰食品", "¥28.50", left().format(n="1,204")),
        ProductRow(2, "农夫山泉 1.5L×12", "6921168511280 · 杭州恒丰食品", "¥32.00", left().format(n="86")),
        ProductRow(3, "农夫山泉 17.5° 橙 5kg", "6921168594993 · 上海百味粮油", "¥59.90", left().format(n="12")),
        ProductRow(4, "农夫果园 30% 混合果蔬 500ml×15", "6921168532001 · 杭州恒丰食品", "¥54.00", left().format(n="0")),
    ][:limit]


def tables() -> Sheet:
    sheet = Sheet()
    sheet.setFixedWidth(1164)
    table = order_table()
    table.setObjectName("focus")
    table.set_density("compact")
    table.select(1)
    sheet.add(Both("Compact, with focus and totals", "紧凑行高，带焦点与合计"), table, stretch=True, height=400)
    grid = DataTable(
        [
            Column("row", Both("Row", "行"), lambda r: str(r[0]), 60, "number"),
            Column("sku", "SKU", lambda r: r[1], 130, problem=lambda r: "x" if r[0] == 3 else ""),
            Column("name", Both("Name", "名称"), lambda r: r[2], 260, stretch=True),
            Column(
                "price",
                Both("Price", "供货价"),
                lambda r: r[3],
                120,
                "money",
                problem=lambda r: "x" if r[0] == 2 else "",
            ),
            Column("stock", Both("Stock", "库存"), lambda r: r[4], 110, "number"),
        ],
        lambda ids: [_line(int(i)) for i in ids],
        toolbar=False,
    )
    grid.set_ids(array("q", range(1, 5)))
    sheet.add(Both("Wrong cells", "有错的单元格"), grid, stretch=True, height=230)
    frozen = order_table()
    frozen.restore_layout({"widths": {"goods": 420, "customer": 260, "supplier": 260}})
    frozen.setObjectName("scrolled")
    empty = order_table()
    empty.set_ids(array("q"))
    empty.set_empty(
        EmptyState(
            "clipboard",
            Both("No orders yet", "还没有订单"),
            Both(
                "New orders from your shop show up here. You can also enter one at the counter.",
                "店里的新订单会出现在这里，也可以在柜台直接录入。",
            ),
            action=Both("New order", "新建订单"),
            callback=nothing,
            shortcut="F2",
        )
    )
    sheet.add(Both("First column frozen; empty", "冻结首列；空表"), frozen, empty, stretch=True, height=380)
    return sheet


def _line(place: int) -> tuple[int, str, str, str, str]:
    name = ("农夫山泉 550ml×24", "康师傅红烧牛肉面 105g×12", "维达抽纸 3 层 130 抽×24 包", "金龙鱼大米 5kg")[place - 1]
    return (
        place,
        f"00{4711 + place}" if place != 3 else "4714",
        name,
        "28.50" if place != 2 else "28,5o",
        f"{place * 1204:,}",
    )
