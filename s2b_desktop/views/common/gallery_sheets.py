"""The shared widgets in all their states, a sheet per family."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import (
    QFrame,
    QVBoxLayout,
    QWidget,
)

from s2b_desktop.views.common.banner import Banner
from s2b_desktop.views.common.button import Button, Variant
from s2b_desktop.views.common.card import FactCard
from s2b_desktop.views.common.chart import Bar, BarChart, short
from s2b_desktop.views.common.chips import Chips
from s2b_desktop.views.common.confirm import Confirm, ReasonPrompt
from s2b_desktop.views.common.empty import EmptyState
from s2b_desktop.views.common.fields import MinuteField, PercentField
from s2b_desktop.views.common.gallery_data import fields, tables
from s2b_desktop.views.common.gallery_page import MINUTE, NOON, STATES, Both, history
from s2b_desktop.views.common.gallery_sheet import Sheet, disabled, nothing
from s2b_desktop.views.common.palette import Answer, Entry, Palette
from s2b_desktop.views.common.pictures import PictureStrip
from s2b_desktop.views.common.pill import LineStatus, StatePill, StatusPill
from s2b_desktop.views.common.progress import ProgressStrip
from s2b_desktop.views.common.spans import MonthOfSpans, Span
from s2b_desktop.views.common.timeline import Timeline
from s2b_desktop.views.common.toast import Toast
from s2b_desktop.views.common.wizard import StepWizard


def _pill(status: LineStatus) -> StatusPill:
    pill = StatusPill(clock=lambda: NOON)
    pill.set_status(status)
    return pill


def status() -> Sheet:
    sheet = Sheet()
    sheet.add(
        Both("Line to the hub", "与中心的连接"),
        _pill(LineStatus("online", last_synced=NOON)),
        _pill(LineStatus("syncing", waiting=12)),
        _pill(LineStatus("online", waiting=3)),
        _pill(LineStatus("offline", NOON - 12 * MINUTE, 3)),
        _pill(LineStatus("online", attention=2)),
        _pill(LineStatus("offline", NOON - 300 * MINUTE, 41, 2)),
    )
    pills = [StatePill(text, tone) for text, tone in STATES]
    pills += [StatePill(text, tone, waiting=True) for text, tone in STATES[:2]]
    sheet.add(Both("State, and the waiting marker beside it", "状态，以及旁边的等待同步标记"), *pills)
    variants: tuple[tuple[Variant, Both], ...] = (
        ("primary", Both("New order", "新建订单")),
        ("secondary", Both("Export", "导出")),
        ("quiet", Both("Later", "稍后")),
        ("danger", Both("Delete 3 goods", "删除 3 件商品")),
    )
    buttons: list[QWidget] = [
        Button(text, variant=variant, shortcut="F2" if variant == "primary" else "", show_key=True)
        for variant, text in variants
    ]
    buttons += [
        Button(Both("Print", "打印"), icon="printer"),
        Button("", icon="columns", tip="Choose columns"),
        Button("", icon="more", tip="Choose columns", variant="quiet"),
        disabled(Button(Both("New order", "新建订单"), variant="primary")),
        disabled(Button(Both("Export", "导出"), icon="download")),
    ]
    focused = Button(Both("With focus", "键盘焦点"))
    focused.setObjectName("focus")
    sheet.add(Both("Buttons", "按钮"), *buttons, focused)
    cards = [
        FactCard("a", Both("To confirm", "待确认"), "7", Both("Earliest 09:12", "最早 09:12")),
        FactCard("b", Both("To ship", "待发货"), "1,023", Both("2 due today", "2 单今日到期"), tone="warn"),
        FactCard(
            "c", Both("Chosen as filter", "作为筛选"), "61", Both("1.8 days on average", "平均 1.8 天"), checkable=True
        ),
        FactCard("d", Both("Needs attention", "需处理"), "2", Both("1 price has changed", "1 单价格已变"), tone="bad"),
    ]
    cards[2].setChecked(True)
    sheet.add(Both("Fact cards", "数据卡片"), *cards, stretch=True)
    offline = Both(
        "The hub cannot be reached. Your work is saved here and goes out when the line is back.",
        "连不上中心。您的操作已保存在本机，连接恢复后会自动发送。",
    )
    for title, banner in (
        (Both("Banners", "横幅"), Banner("offline", offline)),
        (
            Both("", ""),
            Banner(
                "info",
                Both("A newer price list is ready.", "有新的价目表。"),
                action=Both("Show", "查看"),
                callback=nothing,
                closable=True,
            ),
        ),
        (
            Both("", ""),
            Banner(
                "warn",
                Both("Brand authorisation ends in 12 days.", "品牌授权书还有 12 天到期。"),
                action=Both("Renew", "去更新"),
                callback=nothing,
            ),
        ),
        (
            Both("", ""),
            Banner(
                "bad",
                Both("2 orders were refused. Nothing is lost.", "2 单被拒绝，内容都还在。"),
                action=Both("Show", "查看"),
                callback=nothing,
            ),
        ),
        (Both("", ""), Banner("ok", Both("All 1,204 goods were accepted.", "1,204 件商品全部通过。"), closable=True)),
    ):
        if title():
            sheet.add(title, banner, stretch=True)
        else:
            sheet.column.addWidget(banner)
    return sheet


def flow() -> Sheet:
    sheet = Sheet()
    wizard = StepWizard(finish_text=Both("Import 1,204 rows", "导入 1,204 行"))
    middle = EmptyState(
        "file-spreadsheet",
        Both("Drop a file here or paste rows", "把文件拖到这里，或粘贴表格"),
        Both(
            "xlsx, xls and csv. Nothing is changed before you confirm.",
            "支持 xlsx、xls、csv。确认之前不会改动任何内容。",
        ),
        action=Both("Choose a file", "选择文件"),
        callback=nothing,
    )
    for text, widget in (
        (Both("File", "选择文件"), QWidget()),
        (Both("Columns", "对应列"), middle),
        (Both("Check", "检查"), QWidget()),
        (Both("Import", "导入"), QWidget()),
    ):
        wizard.add_step(text, widget)
    wizard.go_to(1)
    sheet.add(Both("Steps", "步骤"), wizard, stretch=True, height=400)
    running, unknown, failed = (
        ProgressStrip(Both("Importing 恒丰 2026-11.xlsx", "正在导入 恒丰 2026-11.xlsx")),
        ProgressStrip(Both("Reading the file", "正在读取文件")),
        ProgressStrip(Both("", "")),
    )
    running.set_progress(4_310, 10_204, 9_400)
    unknown.set_progress(1_240, None, 3_000)
    failed.set_progress(3, 4, 900)
    failed.show_failure(
        Both(
            "The file was closed half-way. 4,310 rows are in; the rest were not touched.",
            "文件中途被关闭。已导入 4,310 行，其余没有改动。",
        )
    )
    sheet.add(Both("Progress", "进度"), running, stretch=True)
    sheet.column.addWidget(unknown)
    sheet.column.addWidget(failed)
    toasts = [
        Toast(Both("3 goods taken off sale", "已下架 3 件商品"), callback=nothing, shown_ms=10**8),
        Toast(
            Both("Order saved here; it goes out when the line is back", "订单已保存在本机，恢复连接后发送"),
            tone="neutral",
            shown_ms=10**8,
        ),
        Toast(
            Both("Printer does not answer", "打印机没有响应"),
            tone="bad",
            action=Both("Try again", "重试"),
            callback=nothing,
            shown_ms=10**8,
        ),
    ]
    sheet.add(Both("Toasts", "提示"), *toasts)
    sheet.add(Both("Timeline", "时间线"), Timeline(history(NOON)), stretch=True)
    return sheet


def decisions() -> Sheet:
    sheet = Sheet()
    plain = Confirm(
        Both("Send 7 orders to their suppliers?", "把 7 单发给供应商？"),
        Both(
            "The suppliers see them at once. You can still cancel until they accept.",
            "供应商会立即看到。接单之前仍可取消。",
        ),
        Both("Send 7 orders", "发送 7 单"),
    )
    danger = Confirm(
        Both("Cancel order D3-20261122-1002?", "取消订单 D3-20261122-1002？"),
        Both(
            "¥170.38 goes back to 陈女士 by WeChat. This cannot be undone.",
            "¥170.38 将通过微信退回给陈女士，不能撤销。",
        ),
        Both("Cancel the order", "取消订单"),
        tone="danger",
        keep=Both("Keep it", "保留"),
    )
    reason = ReasonPrompt(
        Both("Decline 2 orders?", "拒绝 2 单？"),
        Both("The shops are told at once and may choose another supplier.", "商家会立即收到通知，可以改选其他供应商。"),
        Both("Decline", "拒单"),
        [Both("Out of stock", "缺货"), Both("Cannot ship in time", "来不及发货"), Both("Wrong price", "价格有误")],
        tone="danger",
    )
    for dialog in (plain, danger, reason):
        dialog.setWindowFlags(Qt.WindowType.Widget)
    sheet.add(Both("Decisions", "确认"), _framed(plain), _framed(danger))
    sheet.add(Both("Reasons", "填写原因"), _framed(reason))
    palette = Palette()
    palette.setObjectName("palette")
    palette.setFixedWidth(520)
    palette.add_provider(
        Both("Goods", "商品"),
        _found(
            [
                ("农夫山泉 550ml×24", "6921168509256", "¥28.50", "package"),
                ("农夫果园 500ml×15", "6921168532001", "¥54.00", "package"),
            ]
        ),
    )
    palette.add_provider(
        Both("Orders", "订单"), _found([("D3-20261122-1002", "王先生 138****0074", "170.38", "clipboard")])
    )
    palette.add_provider(
        Both("Actions", "操作"),
        _found(
            [
                (Both("New order", "新建订单")(), "", "F2", "plus"),
                (Both("Switch to dark", "切换到深色")(), "", "", "moon"),
            ]
        ),
    )
    sheet.add(Both("Search and commands", "搜索与命令"), palette)
    sheet.column.addSpacing(330)
    return sheet


def _framed(dialog: QWidget) -> QWidget:
    frame = QFrame()
    frame.setProperty("surface", "card")
    box = QVBoxLayout(frame)
    box.setContentsMargins(6, 2, 6, 2)
    box.addWidget(dialog)
    dialog.setVisible(True)
    return frame


def _found(rows: Sequence[tuple[str, str, str, str]]) -> Callable[[str, Answer], None]:
    def provide(_query: str, answer: Answer) -> None:
        answer([Entry(title, nothing, subtitle, right, icon) for title, subtitle, right, icon in rows])

    return provide


def times() -> Sheet:
    """Bars, what runs when, and chosen things."""
    sheet = Sheet()
    names = (Both("Mon", "周一"), Both("Tue", "周二"), Both("Wed", "周三"), Both("Today", "今天"))
    bars = [
        Bar(name, value, partial(short, value), name, strong=at == 3)
        for at, (name, value) in enumerate(zip(names, (31_200, 0, 62_400, 48_000), strict=True))
    ]
    chart = BarChart(Both("¥1,416.00 sold", "销售 ¥1,416.00"), bars)
    chart.setMinimumSize(320, 180)
    sheet.add(Both("Bars", "柱状图"), chart)
    day = 24 * 60 * MINUTE
    month = MonthOfSpans(NOON)
    month.setMinimumSize(1100, 260)
    month.set_spans(
        [
            Span("a", "饮料满减", Both("Running", "进行中"), "ok", NOON - 6 * day, NOON + 3 * day),
            Span("b", "抽纸买二送一", Both("Scheduled", "待开始"), "accent", NOON + 2 * day, None),
            Span("c", "柜台满赠", Both("Over", "已结束"), "neutral", NOON - 20 * day, NOON - 9 * day),
        ],
        NOON,
    )
    sheet.add(Both("What runs when", "日历"), month)
    chips = Chips()
    chips.set_chosen({"a": "农夫山泉 饮用天然水 550ml×24", "b": "纸品湿巾", "c": "金卡"})
    chips.setMinimumWidth(640)
    sheet.add(Both("Chosen things", "已选"), chips)
    sheet.add(Both("Pictures", "图片"), PictureStrip(_painted, ["red", "none", "green", "blue", "more"], most=4))
    minute, share = MinuteField(), PercentField()
    minute.set_value(NOON)
    share.set_value(8500)
    sheet.add(Both("A time, a share", "时间、比例"), minute, share)
    return sheet


class _Here:
    """A picture that needs no way."""

    def cancel(self) -> None:
        """Nothing is on its way."""


def _painted(named: str, _side: int, done: Callable[[bytes | None], None]) -> _Here:
    packed = QByteArray()
    buffer = QBuffer(packed)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    image.fill(QColor(named))
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    done(None if named == "none" else bytes(packed.data()))
    return _Here()


SHEETS: tuple[Callable[[], Sheet], ...] = (status, fields, tables, flow, decisions, times)
