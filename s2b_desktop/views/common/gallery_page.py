"""A whole page made of the shared widgets, with invented orders."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from s2b_desktop.text import amount, count, language, moment, money
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.column import Column, RowId
from s2b_desktop.views.common.label import Label
from s2b_desktop.views.common.page import Page
from s2b_desktop.views.common.pill import LineStatus, StatePill
from s2b_desktop.views.common.rail import NavItem
from s2b_desktop.views.common.shell import ResponsiveShell
from s2b_desktop.views.common.table import DataTable
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.timeline import Timeline, TimelineEntry

NOON = int(datetime(2026, 11, 22, 9, 21).timestamp()) * 1000
MINUTE = 60_000


class Both:
    """Words that the gallery needs and no screen has."""

    def __init__(self, english: str, chinese: str) -> None:
        self.english, self.chinese = english, chinese

    def __call__(self) -> str:
        return self.chinese if language() == "zh_CN" else self.english


STATES: tuple[tuple[Both, Tone], ...] = (
    (Both("To confirm", "待确认"), "warn"),
    (Both("To ship", "待发货"), "neutral"),
    (Both("Shipped", "已发货"), "ok"),
    (Both("Delivered", "已签收"), "ok"),
    (Both("Needs attention", "需处理"), "bad"),
    (Both("Cancelled", "已取消"), "neutral"),
)
GOODS = (
    "农夫山泉 550ml×24",
    "康师傅红烧牛肉面 105g×12",
    "维达抽纸 3 层 130 抽×24 包",
    "金龙鱼大米 5kg",
    "蒙牛纯牛奶 250ml×24",
    "海天生抽 1.28L",
    "清风湿厕纸 40 片×10 包",
    "得力中性笔 0.5mm 黑×12",
)
PEOPLE = ("陈女士", "王先生", "李女士", "张先生", "赵女士", "刘先生", "黄女士")
SUPPLIERS = ("杭州恒丰食品", "广州南鸿日化", "上海百味粮油", "宁波顺达办公")


@dataclass(frozen=True, slots=True)
class Order:
    place: int
    number: str
    customer: str
    goods: str
    more: int
    fen: int
    state: int
    waiting: bool
    supplier: str
    at: int


def orders(ids: Sequence[RowId]) -> list[Order]:
    """Invented orders, always the same for the same ids."""
    return [_order(int(place)) for place in ids]


def _order(place: int) -> Order:
    return Order(
        place,
        f"D3-20261122-{1000 + place}",
        f"{PEOPLE[place % 7]} 138****{(place * 37) % 10000:04d}",
        GOODS[(place * 5) % 8],
        place % 4,
        1200 + (place * 7919) % 96_000,
        (0, 3, 1, 2, 4, 0, 2, 3, 1, 2, 5)[place % 11],
        place in (0, 2, 5),
        SUPPLIERS[(place * 3) % 4],
        NOON - place * 7 * MINUTE,
    )


def _goods(order: Order) -> str:
    if not order.more:
        return order.goods
    rest = Both(f"{order.goods} and {order.more} more", f"{order.goods} 等 {order.more + 1} 件")
    return rest()


def order_table() -> DataTable[Order]:
    """The table of orders with states, waiting markers and totals."""
    columns: list[Column[Order]] = [
        Column("number", Both("Order", "订单号"), lambda o: o.number, 158, sort_key="number"),
        Column("customer", Both("Customer", "客户"), lambda o: o.customer, 150),
        Column("goods", Both("Goods", "商品"), _goods, 230, stretch=True),
        Column("fen", Both("Amount", "金额"), lambda o: amount(o.fen), 104, "money", sort_key="fen"),
        Column(
            "state",
            Both("State", "状态"),
            lambda o: STATES[o.state][0](),
            158,
            "state",
            tone=lambda o: STATES[o.state][1],
            waiting=lambda o: o.waiting,
        ),
        Column("supplier", Both("Supplier", "供应商"), lambda o: o.supplier, 130),
        Column("at", Both("Placed", "下单时间"), lambda o: moment(o.at), 118, sort_key="at"),
    ]
    table = DataTable(
        columns,
        orders,
        name=Both("Orders", "订单"),
        search=Both("Number, customer or goods", "订单号、客户或商品"),
        exportable=True,
    )
    table.set_ids(array("q", range(128)))
    table.set_totals({"fen": amount(1_842_050)})
    table.set_sort("at", True)
    return table


def order_detail(order: Order) -> QWidget:
    """What the inspector shows of an order."""
    state, tone = STATES[order.state]
    panel = QWidget()
    column = QVBoxLayout(panel)
    column.setContentsMargins(20, 4, 20, 20)
    column.setSpacing(12)
    head = QHBoxLayout()
    head.addWidget(StatePill(state, tone, waiting=order.waiting))
    head.addStretch(1)
    head.addWidget(Label(lambda: money(order.fen), "figure"))
    column.addLayout(head)
    facts = QGridLayout()
    facts.setVerticalSpacing(6)
    facts.setHorizontalSpacing(16)
    facts.setColumnStretch(1, 1)
    for row, (name, said) in enumerate(
        (
            (Both("Customer", "客户"), order.customer),
            (Both("Goods", "商品"), order.goods),
            (Both("Supplier", "供应商"), order.supplier),
            (Both("Address", "收货地址"), "杭州市西湖区文三路 90 号 2 单元 501"),
        )
    ):
        facts.addWidget(Label(name, "muted"), row, 0, Qt.AlignmentFlag.AlignTop)
        facts.addWidget(Label(said, wrap=True), row, 1)
    column.addLayout(facts)
    line = QWidget()
    line.setFixedHeight(4)
    column.addWidget(line)
    column.addWidget(Label(Both("History", "历史记录"), "subtitle"))
    column.addWidget(Timeline(history(order.at)))
    buttons = QHBoxLayout()
    buttons.setSpacing(8)
    buttons.addWidget(Button(Both("Confirm", "确认订单"), icon="check"))
    buttons.addWidget(Button(Both("Print", "打印"), icon="printer"))
    buttons.addStretch(1)
    column.addLayout(buttons)
    column.addStretch(1)
    return panel


def history(at: int) -> list[TimelineEntry]:
    return [
        TimelineEntry(Both("Order placed", "已下单"), at, "李店长", tone="ok"),
        TimelineEntry(Both("Paid by WeChat", "微信支付已收款"), at + 4 * MINUTE, "陈女士", tone="ok"),
        TimelineEntry(
            Both("Declined by the supplier", "供应商拒单"),
            at + 31 * MINUTE,
            "广州南鸿日化",
            Both("Out of stock until 25 Nov", "缺货，预计 11-25 到货"),
            tone="bad",
        ),
        TimelineEntry(Both("Sent to another supplier", "转给其他供应商"), at + 42 * MINUTE, "李店长", pending=True),
    ]


PLACES = (
    NavItem("today", "home", Both("Today", "今日")),
    NavItem("catalog", "package", Both("Catalog", "商品选货")),
    NavItem("shop", "store", Both("My goods", "我的商品")),
    NavItem("orders", "clipboard", Both("Orders", "订单")),
    NavItem("returns", "returns", Both("Returns", "退换货")),
    NavItem("promotions", "tag", Both("Promotions", "促销")),
    NavItem("members", "users", Both("Members", "会员与优惠券")),
    NavItem("stock", "boxes", Both("Stock", "库存")),
    NavItem("reports", "chart", Both("Reports", "报表")),
)


def example(*, inspector: bool = False) -> ResponsiveShell:
    """The orders page in its window."""
    shell = ResponsiveShell(PLACES, clock=lambda: NOON)
    shell.rail.add_footer(NavItem("settings", "settings", Both("Settings", "设置")))
    shell.rail.add_footer(NavItem("person", "user", Both("Li, shop owner", "李店长")))
    shell.set_organisation("晨光便利店")
    shell.set_badge("orders", 7, "warn")
    shell.set_badge("returns", 2, "bad")
    shell.pill.set_status(LineStatus("offline", NOON - 12 * MINUTE, waiting=3))
    page = Page(Both("Orders", "订单"))
    facts = Both("128 orders today · {sum}", "今日 128 单 · {sum}")
    page.set_facts(lambda: facts().format(sum=money(1_842_050)))
    page.add_action(Both("Export", "导出"), lambda: None, icon="download")
    page.add_action(Both("New order", "新建订单"), lambda: None, "F2", primary=True, icon="plus")
    cards = [
        FactCard("confirm", Both("To confirm", "待确认"), "7", Both("Earliest 09:12", "最早 09:12"), checkable=True),
        FactCard(
            "ship",
            Both("To ship", "待发货"),
            count(23),
            Both("2 due today", "2 单今日到期"),
            tone="warn",
            checkable=True,
        ),
        FactCard("way", Both("On the way", "运输中"), "61", Both("1.8 days on average", "平均 1.8 天"), checkable=True),
        FactCard(
            "care",
            Both("Needs attention", "需处理"),
            "2",
            Both("1 price has changed", "1 单价格已变"),
            tone="bad",
            checkable=True,
        ),
    ]
    page.set_cards(cards)
    table = order_table()
    page.body.addWidget(table)
    page.setFocusProxy(table)
    shell.set_page("orders", page)
    shell.navigate("orders")
    table.select(2)
    if inspector:
        page.inspector.open_panel(order_detail(_order(2)), _order(2).number)
    return shell
