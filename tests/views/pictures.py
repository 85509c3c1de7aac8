"""Pictures of pages over the fake desk, for people to look at.

    python -m tests.views.pictures OUT [page ...] [--who supplier,merchant,platform] [--lang zh_CN,en]
        [--theme light,dark] [--size 1360x820] [--scale 1] [--offline] [--dialogs]

A page is a key of the rail ("home", "queue" ...), or "entry" for the pages before signing in; without any, all are
made. Files are named WHO-PAGE-LANG-THEME.png; with --dialogs there is one more for each dialog that a page opens. Desks
are filled first: stock, terms, statements, invoices, promotions, coupons, goods of the shop. With --sheets there is one
WHO-LANG-THEME.sheet.png each, to look at everything in one go:

    python -m tests.views.pictures /tmp/look --who supplier,clerk,merchant,assistant,platform,reviewer --sheets
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

WHO = ("supplier", "clerk", "merchant", "assistant", "platform", "reviewer", "fresh", "rejected")


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.views.pictures", description="Pictures of pages over the fake desk")
    parser.add_argument("out", type=Path)
    parser.add_argument("pages", nargs="*")
    parser.add_argument("--who", default="supplier,merchant,platform")
    parser.add_argument("--lang", default="zh_CN,en")
    parser.add_argument("--theme", default="light,dark")
    parser.add_argument("--size", default="1360x820")
    parser.add_argument("--scale", default="1")
    parser.add_argument("--offline", action="store_true")
    parser.add_argument("--dialogs", action="store_true")
    parser.add_argument("--sheets", action="store_true")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    wanted = arguments(argv)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_SCALE_FACTOR"] = wanted.scale
    wanted.out.mkdir(parents=True, exist_ok=True)
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415  after the scale is set

    from s2b_desktop.text import set_language  # noqa: PLC0415
    from s2b_desktop.views.common.theme import Theme  # noqa: PLC0415

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    width, height = (int(side) for side in wanted.size.split("x"))
    for lang in wanted.lang.split(","):
        set_language(lang)
        for theme in wanted.theme.split(","):
            Theme.apply(app, theme)
            if not wanted.pages or "entry" in wanted.pages:
                draw_entry(app, wanted.out, f"{lang}-{theme}", (width, height))
            for who in wanted.who.split(","):
                if wanted.pages != ["entry"]:
                    draw(app, wanted, who, f"{lang}-{theme}", (width, height))
                    if wanted.sheets:
                        draw_sheet(wanted.out, who, f"{lang}-{theme}")
    return 0


def draw_sheet(out: Path, who: str, look: str, columns: int = 2, side: int = 1000) -> None:
    """All pictures of one person beside each other."""
    from PIL import Image, ImageDraw  # noqa: PLC0415

    shown = []
    for file in sorted(out.glob(f"{who}-*{look}.png")):
        picture = Image.open(file).convert("RGB")
        picture.thumbnail((side - 8, side))
        shown.append((file.stem.removesuffix(f"-{look}"), picture))
    rows = [shown[at : at + columns] for at in range(0, len(shown), columns)]
    heights = [max(picture.height for _, picture in row) + 20 for row in rows]
    sheet = Image.new("RGB", (columns * side, sum(heights)), "#888888")
    pen, top = ImageDraw.Draw(sheet), 0
    for row, height in zip(rows, heights, strict=True):
        for at, (name, picture) in enumerate(row):
            pen.text((at * side + 4, top + 3), name, fill="white")
            sheet.paste(picture, (at * side, top + 16))
        top += height
    sheet.save(out / f"{who}-{look}.sheet.png")


def draw(app: object, wanted: argparse.Namespace, who: str, look: str, size: tuple[int, int]) -> None:
    """Every wanted page of one person."""
    from PySide6.QtWidgets import QApplication, QDialog  # noqa: PLC0415

    from s2b_desktop.views.main_window import MainWindow  # noqa: PLC0415
    from s2b_desktop.views.preferences import Installation, Preferences  # noqa: PLC0415
    from tests.views import world  # noqa: PLC0415
    from tests.views.desk import fake_desk  # noqa: PLC0415
    from tests.views.questions import draw_dialogs  # noqa: PLC0415

    actors = {
        "supplier": world.SUPPLIER,
        "merchant": world.MERCHANT,
        "platform": world.ADMIN,
        "fresh": world.FRESH_SUPPLIER,
        "rejected": world.REJECTED_SUPPLIER,
        "assistant": world.ASSISTANT,
        "clerk": world.CLERK,
        "reviewer": world.REVIEWER,
    }
    assert isinstance(app, QApplication)
    desk = fake_desk(actors[who])
    fill_desk(desk, who)
    told = Installation(
        version="0.1.0",
        hub_address="https://hub.example.com:8443",
        hub_name="S2B 平台",
        fingerprint="9f2c41ab77d01e6a5b3c8f0092e4d1aa0c5566b1f7e89d3421acbd0044ef5a6c",
        folder="~/.local/share/s2b-desktop/default",
    )
    window = MainWindow(desk, Preferences(installation=told))
    window.resize(*size)
    window.show()
    places = [place.key for place in window.places()] + ["settings"]
    for page in wanted.pages or places:
        if page not in places:
            continue
        if wanted.offline or page == "queue":
            fill_queue(desk)
        if page == "my_goods":
            from tests.views.shop.world import list_goods, unsettle  # noqa: PLC0415

            unsettle(desk, list_goods(desk))
        window.navigate(page)
        settle(app)
        for name, prepare in STATES.get(page, {"": lambda _window: None}).items():
            try:
                prepare(window)
            except (AssertionError, AttributeError, IndexError, KeyError, StopIteration) as e:
                print(f"{who}-{page}-{name}: not drawn ({type(e).__name__} {e})", file=sys.stderr)
                continue
            settle(app)
            suffix = f"-{name}" if name else ""
            dialogs = [w for w in window.findChildren(QDialog) if w.isVisible()]
            shown = dialogs[-1] if dialogs else window
            shown.grab().save(str(wanted.out / f"{who}-{page}{suffix}-{look}.png"))
            for dialog in dialogs:
                dialog.reject()
            for dialog in window.findChildren(QDialog):
                if dialog.isVisible():
                    dialog.grab().save(str(wanted.out / f"{who}-{page}{suffix}-dialog-{look}.png"))
        if wanted.dialogs:
            draw_dialogs(
                window,
                settle,
                lambda said, dialog, page=page: dialog.grab().save(  # type: ignore[misc]
                    str(wanted.out / f"{who}-{page}-{said}-{look}.png")
                ),
            )
    window.close_for_sure()
    window.deleteLater()
    settle(app)
    desk.close()


def fill_desk(desk: Any, who: str) -> None:
    """What a person of this kind has after some weeks of work."""
    from tests.views.money import world as money  # noqa: PLC0415
    from tests.views.offers import world as offers  # noqa: PLC0415
    from tests.views.stock import world as stock  # noqa: PLC0415

    if who in ("supplier", "merchant"):
        money.fill(desk)
    if who == "supplier":
        stock.fill(desk)
    if who == "merchant":
        offers.fill(desk)


def draw_entry(app: object, out: Path, look: str, size: tuple[int, int]) -> None:
    """The pages before signing in, in their states."""
    from s2b_desktop.messages import problem_text  # noqa: PLC0415
    from s2b_desktop.models.status import Status  # noqa: PLC0415
    from s2b_desktop.views.entry.entrance import Doorplate, HubCard  # noqa: PLC0415
    from s2b_desktop.views.entry.window import EntryWindow  # noqa: PLC0415
    from s2b_desktop.views.preferences import Preferences  # noqa: PLC0415
    from s2b_desktop.views.settings.recovery import RecoveryKeyDialog  # noqa: PLC0415
    from tests.views.entry.doubles import FINGERPRINT, Coded, FakeEntrance  # noqa: PLC0415

    def snap(name: str) -> None:
        settle(app)
        window.grab().save(str(out / f"entry-{name}-{look}.png"))

    entrance = FakeEntrance()
    window = EntryWindow(entrance, Preferences())
    window.resize(*size)
    window.show()
    page = window.first_run
    window.show_start()
    snap("address")
    page.address.setText("hub.example.com")
    page.fail(Coded("unreachable"))
    snap("address-wrong")
    page.go_on()
    snap("certificate")
    page.agreed.setChecked(True)
    page.go_on()
    page.account.login.setText("guheng")
    page.account.password.setText("secret")
    page.fail(Coded("wrong_password"))
    snap("account-wrong")
    page.signed_in()
    page.show_status(Status(online=True, syncing=True, loaded=34_000, expected=101_200))
    snap("download")
    window.show_new_certificate(HubCard(entrance.card.address, "S2B 平台", "PEM", "5c" * 32, before=FINGERPRINT))
    snap("certificate-changed")
    entrance.plate = FakeEntrance("guheng", "fang", hub="https://hub.example.com:8443").plate
    window.show_unlock()
    snap("unlock")
    window.show_sign_in("guheng")
    window.sign_in.fail(Coded("device_revoked"))
    snap("sign-in-revoked")
    entrance.plate = Doorplate(
        ("guheng", "fang"), "https://hub.example.com:8443", FINGERPRINT, recovery=True, sealed=True
    )
    window.show_unlock()
    snap("unlock-recovery")
    window.show_recover()
    window.recover.key.setText("01234 56789")
    window.recover.fail(Coded("recovery_key_wrong"))
    snap("recover-wrong")
    window.show_sign_in("guheng", lambda: problem_text("device_locked"))
    snap("sign-in-locked")
    entrance.error = Coded("unreachable")
    window.show_revoked()
    snap("revoked-waiting")
    entrance.error = None
    window.show_revoked()
    snap("revoked")
    window.show_opening()
    snap("opening")
    window.show_trouble(Coded("storage_damaged"))
    snap("trouble")
    dialog = RecoveryKeyDialog(bytes(range(20)))
    dialog.fields[0].setText("ABCDE")
    dialog.accept()
    dialog.show()
    settle(app)
    dialog.grab().save(str(out / f"entry-recovery-dialog-{look}.png"))
    dialog.close()
    dialog.deleteLater()
    window.close()
    window.deleteLater()
    settle(app)


def settle(app: object) -> None:
    """Let answers arrive, panels slide in and deletions happen."""
    from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QEvent, QEventLoop  # noqa: PLC0415

    deadline = QDeadlineTimer(260)
    while not deadline.hasExpired():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def fill_queue(desk: object) -> None:
    """Commands in every state, two of them in need of a decision."""
    from tests.views.desk import FakeDesk  # noqa: PLC0415
    from tests.views.queue_world import commands_of  # noqa: PLC0415

    assert isinstance(desk, FakeDesk)
    if any(item.state != "accepted" for item in desk.queue()):
        return
    desk.go_offline()
    answers = commands_of(desk)
    for message, state, code, params in answers:
        known = len(desk.queue())
        desk.submit(message)
        if state and len(desk.queue()) > known:  # a clerk may not send all of them
            desk.answer(desk.queue()[0].seq, state, code, **params)
    refused = next((item for item in desk.queue() if item.state == "rejected"), None)
    if refused is not None and desk.actor.kind.value == "MERCHANT":
        for state, code in (("parked", "waits_for"), ("rejected", "depends_on_rejected")):
            desk.submit(_another(desk), depends_on=(refused.command_id,))
            desk.answer(desk.queue()[0].seq, state, code, commands=[refused.command_id])
        desk.submit(_another(desk))
        desk.answer(desk.queue()[0].seq, "exception", "overpaid", paid=500, due=300)


def _another(desk: object) -> Any:
    from tests.views.desk import FakeDesk  # noqa: PLC0415
    from tests.views.queue_world import order_of  # noqa: PLC0415

    assert isinstance(desk, FakeDesk)
    return order_of(desk, [("000004", 2)])


def _choose_first(window: object) -> None:
    from s2b_desktop.views.common.table import DataTable  # noqa: PLC0415
    from s2b_desktop.views.main_window import MainWindow  # noqa: PLC0415

    assert isinstance(window, MainWindow)
    page = window.page(window.shell.current())
    assert page is not None
    for table in page.findChildren(DataTable):
        ids = table.model.ids()
        if ids and table.isVisible():
            table.view.setFocus()
            table.select(ids[0])
            table.activated.emit(ids[0])
            return


def _choose_last(window: object) -> None:
    from s2b_desktop.views.common.table import DataTable  # noqa: PLC0415
    from s2b_desktop.views.main_window import MainWindow  # noqa: PLC0415

    assert isinstance(window, MainWindow)
    page = window.page(window.shell.current())
    assert page is not None
    for table in page.findChildren(DataTable):
        ids = table.model.ids()
        if ids and table.isVisible():
            table.select(ids[-1])
            table.activated.emit(ids[-1])
            return


def _narrow(window: object) -> None:
    """A category by two of its attributes."""
    from tests.views import world  # noqa: PLC0415
    from tests.views.catalog.narrowing import offer_filters  # noqa: PLC0415

    page = window.page("catalog")  # type: ignore[attr-defined]
    offer_filters(page._desk)
    page.tree.choose(world.category_id("饮用水"))
    settle(None)
    key = next(k for k in page.facets.buttons if k)
    page.facets.menu(key).actions()[0].trigger()


def _sell(window: object) -> None:
    """A full counter: goods, a member, coupons, a gift."""
    from s2b_desktop.views.counter.page import CounterPage  # noqa: PLC0415
    from s2b_desktop.views.main_window import MainWindow  # noqa: PLC0415
    from s2b_domain.records.catalog import Sku  # noqa: PLC0415
    from tests.views.counter.shop import PHONE, named, stock_shop  # noqa: PLC0415
    from tests.views.desk import FakeDesk  # noqa: PLC0415

    assert isinstance(window, MainWindow)
    page = window.page("counter")
    assert isinstance(page, CounterPage)
    assert isinstance(window.desk, FakeDesk)
    stock_shop(window.desk)
    skus = sorted(window.desk.store.find(Sku), key=lambda s: s.code)
    for at, n in ((0, 24), (3, 2), (9, 1), (15, 3)):
        page.add(skus[at].id, n)
    page._take_code(PHONE)
    page._take_code("BEARER-0001")
    page._toggle_coupon(named(window.desk, "five"), True)
    page._use_points(500)
    page.lines.select(skus[0].id)


def _take_money(window: object) -> None:
    from s2b_desktop.views.counter.page import CounterPage  # noqa: PLC0415
    from s2b_desktop.views.main_window import MainWindow  # noqa: PLC0415

    assert isinstance(window, MainWindow)
    page = window.page("counter")
    assert isinstance(page, CounterPage)
    page.take_money()
    assert page.prompt is not None
    page.prompt.amount.set_value(10_000)
    page.prompt.take()
    page.prompt.choose("WECHAT")


def _calendar(window: object) -> None:
    page = window.page("promotions")  # type: ignore[attr-defined]
    page.inspector.close_panel()
    page.turn_over()


def _dialog(name: str) -> Callable[[object], None]:
    """Open a dialog of the page and draw it over the window."""

    def show(window: object) -> None:
        page = window.page(window.shell.current())  # type: ignore[attr-defined]
        made = {
            "levels": lambda: page.deeds.edit_levels(),
            "rule": lambda: page.deeds.edit_tag(page._desk.store.find(Tag, name="母婴人群")[0]),
            "campaign": lambda: page._start_campaign(),
            "template": lambda: page.edit(page._rows[next(iter(page._rows))].template),
        }
        from s2b_domain.records.member import Tag  # noqa: PLC0415

        made[name]()

    return show


def _out(window: object) -> None:
    window.page("coupons").look_at("out")  # type: ignore[attr-defined]


def _edit(window: object) -> None:
    from tests.views.offers.world import id_of  # noqa: PLC0415

    window.navigate("promotion", id_of("promotion", "饮料满减"))  # type: ignore[attr-defined]


def _open_category(window: object) -> None:
    from s2b_desktop.views.main_window import MainWindow  # noqa: PLC0415
    from s2b_desktop.views.taxonomy.page import TaxonomyPage  # noqa: PLC0415
    from tests.views import world  # noqa: PLC0415
    from tests.views.desk import FakeDesk  # noqa: PLC0415
    from tests.views.taxonomy.sample import ask_for  # noqa: PLC0415

    assert isinstance(window, MainWindow)
    page = window.page("taxonomy")
    assert isinstance(page, TaxonomyPage)
    assert isinstance(page._desk, FakeDesk)
    ask_for(page._desk)
    page.open(world.category_id("饮用水"))


def _open_till(window: object) -> None:
    """A till with some sales on it, and one of yesterday that is closed."""
    from s2b_desktop.views.main_window import MainWindow  # noqa: PLC0415
    from s2b_domain.commands.counter import BookSale, SaleItem, Tender  # noqa: PLC0415
    from s2b_domain.commands.tills import CloseTill, Counted, OpenTill  # noqa: PLC0415
    from s2b_domain.records.catalog import Sku  # noqa: PLC0415
    from tests.views.desk import FakeDesk  # noqa: PLC0415

    assert isinstance(window, MainWindow)
    desk = window.desk
    assert isinstance(desk, FakeDesk)
    skus = sorted(desk.store.find(Sku), key=lambda s: s.code)
    for day, sales in (("2026-11-21", 2), ("2026-11-22", 3)):
        till_id = desk.new_id()
        desk.submit(OpenTill(till_id=till_id, day=day, float_amount=20_000))
        for at in range(sales):
            charged = 2000 + at * 1550
            desk.submit(
                BookSale(
                    order_id=desk.new_id(),
                    number=desk.next_number(),
                    items=(SaleItem(sku_id=skus[at].id, quantity=1, price=charged * 100),),
                    charged=charged,
                    tenders=(Tender(method=("CASH", "WECHAT", "ALIPAY")[at], amount=charged),),
                )
            )
        if day.endswith("21"):
            counted = (Counted("CASH", 21_900), Counted("WECHAT", 3550))
            desk.submit(CloseTill(till_id=till_id, counted=counted))
    _choose_last(window)


def _count_till(window: object) -> None:
    from s2b_desktop.views.main_window import MainWindow  # noqa: PLC0415
    from s2b_desktop.views.tills.page import TillsPage  # noqa: PLC0415

    assert isinstance(window, MainWindow)
    page = window.page("tills")
    assert isinstance(page, TillsPage)
    _choose_last(window)
    page.ask_count()


def _fill_returns(window: object) -> None:
    from s2b_desktop.views.main_window import MainWindow  # noqa: PLC0415
    from s2b_desktop.views.returns.page import ReturnsPage  # noqa: PLC0415
    from tests.views.desk import FakeDesk  # noqa: PLC0415
    from tests.views.returns.deeds import fill  # noqa: PLC0415

    assert isinstance(window, MainWindow)
    page = window.page("returns")
    assert isinstance(page, ReturnsPage)
    desk = page._desk
    assert isinstance(desk, FakeDesk)
    fill(desk)
    page.refresh()


def _new_return(window: object) -> None:
    from s2b_desktop.views.main_window import MainWindow  # noqa: PLC0415
    from s2b_desktop.views.returns.page import ReturnsPage  # noqa: PLC0415
    from s2b_desktop.views.returns.wizard import ReturnPrompt  # noqa: PLC0415
    from s2b_domain.records.order import Order  # noqa: PLC0415
    from s2b_domain.rules.order_flow import OrderKind  # noqa: PLC0415

    assert isinstance(window, MainWindow)
    page = window.page("returns")
    assert isinstance(page, ReturnsPage)
    orders = page._desk.store.find(Order, kind=OrderKind.DROPSHIP)  # type: ignore[attr-defined]
    shipped = [o for o in orders if o.state.value in ("SHIPPED", "DELIVERED")]
    if shipped:
        page.deeds.new(shipped[-1])
        for prompt in window.findChildren(ReturnPrompt):
            next(iter(prompt.fields.values())).set_value(1)


def _set_prices(window: object) -> None:
    from s2b_desktop.views.shop.page import MyGoodsPage  # noqa: PLC0415

    page = window.page("my_goods")  # type: ignore[attr-defined]
    assert isinstance(page, MyGoodsPage)
    page.table.view.selectAll()
    page.set_prices()


def _fill_shop(window: object) -> None:
    from s2b_desktop.views.shop.profile import ShopPage  # noqa: PLC0415

    page = window.page("shop")  # type: ignore[attr-defined]
    assert isinstance(page, ShopPage)
    page.form.paste.setText("林晨 13800138000 浙江省杭州市西湖区文三路 18 号")
    page.form.week.days[0].setText("9:00-21:00")
    page.form.week.same.click()
    page.save(opening=True)


def _close_and_choose(window: object) -> None:
    from s2b_desktop.views.common.confirm import Confirm  # noqa: PLC0415

    for dialog in window.findChildren(Confirm):  # type: ignore[attr-defined]
        dialog.reject()
    page = window.page("my_goods")  # type: ignore[attr-defined]
    page.show_item(page.table.model.ids()[0])


WAITING = ("levels", "mixes", "freights")
"""Lists whose rows open in a dialog that waits for its answer."""


def _card(key: str) -> Callable[[object], None]:
    """Look at another list of the page and open its first row."""

    def show(window: object) -> None:
        page = window.page(window.shell.current())  # type: ignore[attr-defined]
        page.inspector.close_panel()
        page.card(key).click()
        settle(None)
        if key not in WAITING:
            _choose_first(window)

    return show


STATES: dict[str, dict[str, Callable[[object], None]]] = {
    "returns": {"": _fill_returns, "open": _choose_first, "last": _choose_last},
    "counter": {"": lambda _w: None, "sale": _sell, "pay": _take_money},
    "promotions": {"": lambda _w: None, "open": _choose_first, "calendar": _calendar},
    "coupons": {"": lambda _w: None, "open": _choose_first, "out": _out, "template": _dialog("template")},
    "members": {
        "": lambda _w: None,
        "open": _choose_first,
        "levels": _dialog("levels"),
        "rule": _dialog("rule"),
        "campaign": _dialog("campaign"),
    },
    "promotion": {"": lambda _w: None, "edit": _edit},
    "taxonomy": {"": lambda _w: None, "open": _open_category},
    "tills": {"": lambda _w: None, "open": _open_till, "count": _count_till},
    "shop": {"": lambda _w: None, "filled": _fill_shop},
    "my_goods": {"": lambda _w: None, "prices": _set_prices, "open": _close_and_choose},
    "goods": {"": lambda _w: None, "open": _choose_first},
    "stock": {"": lambda _w: None, "open": _choose_first},
    "supply": {"": lambda _w: None, "open": _choose_first},
    "catalog": {"": lambda _w: None, "narrowed": _narrow, "open": _choose_first},
    "orders": {"": lambda _w: None, "open": _choose_first},
    "discrepancies": {"": lambda _w: None, "open": _choose_first},
    "terms": {"": lambda _w: None, **{part: _card(part) for part in WAITING}},
    "money": {"": lambda _w: None, **{deal: _card(deal) for deal in ("overdue", "statements", "invoices")}},
    "queue": {"": lambda _w: None, "open": _choose_first},
    "parties": {"": lambda _w: None, "open": _choose_first},
    "review": {"": lambda _w: None, "open": _choose_first, "change": _choose_last},
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
