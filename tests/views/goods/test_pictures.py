"""Pictures for goods: dropped or chosen, shown before they are added, seen in list, panel and viewer, taken back."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from python_calamine import CalamineWorkbook

from s2b_desktop.models.pictures import prepared
from s2b_desktop.models.queries.pictured import Pictured, picture_lines
from s2b_desktop.views.common.button import Button
from s2b_desktop.views.common.pictures import PictureStrip, PictureViewer
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.goods.page import GoodsPage
from s2b_desktop.views.thumbnails import MOST_ASKED, Thumbnails
from s2b_domain.commands.goods import ImportGoods
from s2b_domain.records.catalog import Product, Revision, Sku
from s2b_domain.rules.blobs import digest_of, reference
from tests.views.desk import FakeDesk


def picture(colour: str) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(made, "PNG")
    return made.getvalue()


@pytest.fixture
def page(qtbot: QtBot, supplier: FakeDesk) -> GoodsPage:
    shown = GoodsPage(supplier, lambda key, what: None)
    shown.resize(1160, 760)
    qtbot.addWidget(shown)
    shown.show()
    qtbot.waitUntil(lambda: not (shown._loading.busy or shown._counting.busy))
    return shown


@pytest.fixture
def folder(tmp_path: Path, supplier: FakeDesk) -> Path:
    """Two pictures of one SKU, one of another, and what fits none or is none."""
    first, second = [s.code for s in skus(supplier)][:2]
    for name, colour in ((f"{first}-2.png", "red"), (f"{first}.PNG", "green"), (f"{second}_1.png", "blue")):
        (tmp_path / name).write_bytes(picture(colour))
    (tmp_path / "holiday.png").write_bytes(picture("gray"))
    (tmp_path / "prices.xlsx").write_bytes(b"PK")
    return tmp_path


def skus(desk: FakeDesk) -> list[Sku]:
    mine = desk.store.find(Sku, supplier_id=desk.actor.organisation_id)
    live = {p.id for p in desk.store.find(Product) if not desk.store.find(Revision, product_id=p.id)}
    return sorted((s for s in mine if s.live and s.product_id in live), key=lambda s: s.code)


def drop(page: GoodsPage, at: QPointF, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(at, Qt.DropAction.CopyAction, data, buttons, keys))


def added(desk: FakeDesk) -> dict[str, tuple[str, ...] | None]:
    return {x.code: x.images for m in desk.submitted if isinstance(m, ImportGoods) for x in m.lines}


def named(colour: str) -> str:
    return reference(digest_of(prepared(picture(colour))))


def test_a_folder_is_shown_first_and_goes_to_the_goods_that_its_names_mean(
    qtbot: QtBot, supplier: FakeDesk, page: GoodsPage, folder: Path
) -> None:
    first, second = skus(supplier)[:2]
    drop(page, QPointF(200, 400), folder)
    qtbot.waitUntil(lambda: page.pictures.prompt is not None)
    prompt = page.pictures.prompt
    assert prompt is not None
    assert [g.code for g in prompt._goods] == [first.code, second.code]
    assert "holiday.png" in prompt.left.text()
    assert not supplier.submitted
    prompt.accept()
    qtbot.waitUntil(lambda: bool(supplier.submitted))
    assert added(supplier) == {first.code: (named("green"), named("red")), second.code: (named("blue"),)}
    assert len(supplier.store.find(Revision, product_id=first.product_id)) == 1
    qtbot.waitUntil(lambda: bool(ToastArea.of(page).toasts()))
    undo = ToastArea.of(page).toasts()[-1].action
    assert undo is not None
    undo.click()
    qtbot.waitUntil(lambda: len(supplier.submitted) == 2)
    assert added(supplier) == {first.code: (), second.code: ()}


def test_a_file_that_the_sheet_named_goes_where_the_sheet_put_it(
    qtbot: QtBot, supplier: FakeDesk, page: GoodsPage, folder: Path
) -> None:
    sku = name_addresses(supplier, "https://a/1.jpg", "pics\\Holiday.PNG", "later.jpg")
    (folder / "only").mkdir()
    (folder / "holiday.png").rename(folder / "only" / "holiday.png")
    page.pictures.take([folder / "only"])
    qtbot.waitUntil(lambda: page.pictures.prompt is not None)
    assert page.pictures.prompt is not None
    page.pictures.prompt.accept()
    qtbot.waitUntil(lambda: bool(supplier.submitted))
    assert added(supplier) == {sku.code: ("https://a/1.jpg", named("gray"), "later.jpg")}


def test_files_that_are_no_pictures_are_listed_with_their_goods(
    qtbot: QtBot, supplier: FakeDesk, page: GoodsPage, folder: Path
) -> None:
    first, second = skus(supplier)[:2]
    for name in (f"{first.code}.PNG", f"{second.code}_1.png"):
        (folder / name).write_bytes(b"no picture")
    drop(page, QPointF(200, 400), folder)
    qtbot.waitUntil(lambda: page.pictures.prompt is not None)
    assert page.pictures.prompt is not None
    page.pictures.prompt.accept()
    qtbot.waitUntil(lambda: page.pictures.keeping.banner is not None)
    assert added(supplier) == {first.code: (named("red"),)}, "the others are added"
    keeping = page.pictures.keeping
    assert keeping.strip is None
    assert keeping.banner is not None
    keeping._show()
    assert keeping.report is not None
    assert [(each.code, each.source) for each in keeping.report._wrong] == [
        (first.code, f"{first.code}.PNG"),
        (second.code, f"{second.code}_1.png"),
    ]


def test_a_folder_that_is_being_added_can_be_stopped_and_keeps_what_came(
    qtbot: QtBot, supplier: FakeDesk, page: GoodsPage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping, told = page.pictures.keeping, list[int]()

    def tell(done: int, wrong: int) -> None:
        told.append(done)
        assert keeping.strip is not None
        if done == 1:
            keeping.strip.cancelled.emit()

    monkeypatch.setattr(keeping, "tell", tell)
    drop(page, QPointF(200, 400), folder)
    qtbot.waitUntil(lambda: page.pictures.prompt is not None)
    assert page.pictures.prompt is not None
    page.pictures.prompt.accept()
    qtbot.waitUntil(lambda: bool(supplier.submitted))
    assert sum(len(images or ()) for images in added(supplier).values()) < 3
    assert keeping.strip is None


def test_dropped_beside_the_list_they_go_to_that_sku(
    qtbot: QtBot, supplier: FakeDesk, page: GoodsPage, folder: Path
) -> None:
    third = skus(supplier)[2]
    page.show_item(third.id)
    qtbot.waitUntil(page.inspector.is_open)
    at = page.inspector.mapTo(page, page.inspector.rect().center())
    drop(page, QPointF(at), folder / "holiday.png")
    qtbot.waitUntil(lambda: page.pictures.prompt is not None)
    assert page.pictures.prompt is not None
    page.pictures.prompt.accept()
    qtbot.waitUntil(lambda: bool(supplier.submitted))
    assert added(supplier) == {third.code: (named("gray"),)}


def test_names_that_fit_nothing_are_told_with_how_to_name_files(
    qtbot: QtBot, page: GoodsPage, folder: Path, supplier: FakeDesk
) -> None:
    drop(page, QPointF(200, 400), folder / "holiday.png", folder / "prices.xlsx")
    qtbot.waitUntil(lambda: "ABC-1.jpg" in " ".join(toast.text() for toast in ToastArea.of(page).toasts()))
    assert page.pictures.prompt is None
    assert not supplier.submitted


def test_a_product_gets_one_line_however_many_of_its_skus_have_pictures() -> None:
    goods = [Pictured(code=c, title="t", product_id="p", images=("https://a/1.jpg",)) for c in ("B", "A")]
    (line,) = picture_lines(goods, {"A": ["sha256:1", "sha256:2"], "B": ["sha256:2", "sha256:3"]})
    assert (line.code, line.images) == ("A", ("https://a/1.jpg", "sha256:1", "sha256:2", "sha256:3"))
    assert picture_lines(goods, {"A": ["https://a/1.jpg"]}) == []


def test_a_strip_opens_large_by_key_and_goes_on_by_arrows(qtbot: QtBot) -> None:
    asked: list[tuple[str, int]] = []

    class Nothing:
        def cancel(self) -> None: ...

    def load(name: str, side: int, done: Callable[[bytes | None], None]) -> Nothing:
        asked.append((name, side))
        done(prepared(picture("red")) if name == "one" else None)
        return Nothing()

    strip = PictureStrip(load, ["one", "two", "three"], most=2)
    qtbot.addWidget(strip)
    strip.show()
    assert [tile.pixmap is not None for tile in strip.tiles] == [True, False]
    assert strip.tiles[0].accessibleName() != strip.tiles[1].accessibleName()
    QTest.keyClick(strip.tiles[0], Qt.Key.Key_Return)
    viewer = strip.findChild(PictureViewer)
    assert viewer is not None
    assert not viewer.shown.pixmap().isNull()
    viewer.go(1)
    assert viewer.shown.text()
    viewer.go(5)
    assert (viewer.at, viewer.on.isEnabled(), asked[-1][0]) == (2, False, "three")
    viewer.reject()


def test_thumbnails_are_asked_for_once_and_those_left_first_give_way() -> None:
    asked: list[str] = []
    gone: list[str] = []
    waiting: dict[str, Callable[[bytes | None], None]] = {}

    class Asked:
        def __init__(self, name: str) -> None:
            self.name = name

        def cancel(self) -> None:
            gone.append(self.name)

    class Source:
        def picture(self, table: str, row: str, name: str, side: int, done: Callable[[bytes | None], None]) -> Asked:
            asked.append(name)
            waiting[name] = done
            return Asked(name)

    shown: list[int] = []
    thumbnails = Thumbnails(Source(), lambda: shown.append(1))  # type: ignore[arg-type]
    for n in range(MOST_ASKED + 1):
        assert thumbnails.get("product", "p", str(n)) is None
        assert thumbnails.get("product", "p", str(n)) is None
    assert (len(asked), gone) == (MOST_ASKED + 1, ["0"])
    waiting["5"](prepared(picture("red")))
    waiting["6"](None)
    assert thumbnails.get("product", "p", "5") is not None
    assert thumbnails.get("product", "p", "6") is None
    assert (len(asked), shown) == (MOST_ASKED + 1, [1])
    thumbnails.try_again()
    thumbnails.get("product", "p", "6")
    assert asked[-1] == "6"


def test_pictures_at_web_addresses_are_fetched_and_named_by_their_content(
    qtbot: QtBot, page: GoodsPage, supplier: FakeDesk
) -> None:
    sku = skus(supplier)[0]
    product = supplier.store.get(Product, sku.product_id)
    assert product is not None
    there, gone = "HTTPS://img.example.com/a.png", "https://img.example.com/gone.png"
    supplier.store.replace(Product, [product.with_(images=(there, gone))])
    supplier.web[there] = picture("red")
    page.pictures.fetching.look()
    qtbot.waitUntil(lambda: bool(supplier.submitted))
    [message] = supplier.submitted
    assert isinstance(message, ImportGoods)
    [changed] = message.lines
    assert changed.images is not None
    assert changed.images[1:] == (gone,), "what cannot be had stays an address, to be tried again"
    assert changed.images[0] in supplier.blobs
    assert page.pictures.fetching.strip is None


def name_addresses(supplier: FakeDesk, *addresses: str) -> Sku:
    """Let the first SKU's product name its pictures so."""
    sku = skus(supplier)[0]
    product = supplier.store.get(Product, sku.product_id)
    assert product is not None
    supplier.store.replace(Product, [product.with_(images=addresses)])
    return sku


def test_every_picture_that_could_not_be_had_is_listed(
    qtbot: QtBot, page: GoodsPage, supplier: FakeDesk, tmp_path: Path
) -> None:
    gone = [f"https://img.example.com/{n}.png" for n in range(3)]
    sku = name_addresses(supplier, *gone)
    fetching = page.pictures.fetching
    fetching.look()
    qtbot.waitUntil(lambda: fetching.banner is not None)
    assert not supplier.submitted
    banner = fetching.banner
    assert banner is not None
    assert "3" in banner.text()
    banner.findChildren(Button)[0].click()
    report = fetching.report
    assert report is not None
    assert [(each.code, each.source) for each in report._rows(range(3))] == [(sku.code, each) for each in gone]
    report.table.view.selectAll()
    report.table.copy()
    assert all(each in QGuiApplication.clipboard().text() for each in gone)
    path = tmp_path / "failed.xlsx"
    report.export_to(path)
    qtbot.waitUntil(lambda: bool(report.told.text()))
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert [row[2] for row in rows[1:]] == gone
    report.accept()


def test_a_fetch_is_watched_and_stopped_and_what_came_stays(
    qtbot: QtBot, page: GoodsPage, supplier: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, gone, two = (f"https://img.example.com/{n}.png" for n in ("1", "gone", "2"))
    name_addresses(supplier, one, gone, two)
    supplier.web |= {one: picture("red"), two: picture("blue")}
    fetching, fetched, seen = page.pictures.fetching, supplier.fetch_pictures, list[tuple[int, int | None]]()

    def watched(addresses: list[str], *, brought: Callable[[int, int], None], **options: Any) -> Any:
        def told(kept: int, wrong: int) -> None:
            brought(kept, wrong)
            strip = fetching.strip
            assert strip is not None
            seen.append(strip._told[:2])
            if wrong:
                assert "1" in strip._text.text()
                strip._cancel.click()

        return fetched(addresses, brought=told, **options)

    monkeypatch.setattr(supplier, "fetch_pictures", watched)
    fetching.look()
    qtbot.waitUntil(lambda: bool(supplier.submitted))
    assert seen == [(1, 3), (2, 3)]
    [message] = supplier.submitted
    assert isinstance(message, ImportGoods)
    images = message.lines[0].images
    assert images is not None
    assert images[1:] == (gone, two), "what was not asked for any more stays an address"
    assert fetching.strip is None


def test_pictures_are_put_in_order_and_taken_out_where_they_open(
    qtbot: QtBot, page: GoodsPage, supplier: FakeDesk
) -> None:
    sku = skus(supplier)[0]
    product = supplier.store.get(Product, sku.product_id)
    assert product is not None
    names = tuple(reference(digest_of(colour.encode())) for colour in ("red", "green", "blue"))
    supplier.store.replace(Product, [product.with_(images=names)])
    page.show_item(sku.id)
    strip = page.inspector.findChild(PictureStrip)
    assert strip is not None
    strip.open(2)
    viewer = page.window().findChild(PictureViewer)
    assert viewer is not None
    viewer.first.click()
    qtbot.waitUntil(lambda: bool(supplier.submitted))
    [revision] = supplier.store.find(Revision, product_id=product.id)
    assert revision.content.images == (names[2], names[0], names[1])
    page.show_item(sku.id)
    panel = page.inspector.content()
    assert panel is not None
    assert panel.findChildren(PictureStrip)[0]._change is None, "what waits for review is not changed from here"


def test_what_was_taken_out_during_a_fetch_stays_out(
    qtbot: QtBot, page: GoodsPage, supplier: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sku = skus(supplier)[0]
    product = supplier.store.get(Product, sku.product_id)
    assert product is not None
    one, two = "https://img.example.com/1.png", "https://img.example.com/2.png"
    supplier.store.replace(Product, [product.with_(images=(one, two))])
    supplier.web |= {one: picture("red"), two: picture("blue")}
    fetched = supplier.fetch_pictures

    def slowly(addresses: list[str], **options: Any) -> Any:
        now = supplier.store.get(Product, sku.product_id)
        assert now is not None
        supplier.store.replace(Product, [now.with_(images=(two,))])
        return fetched(addresses, **options)

    monkeypatch.setattr(supplier, "fetch_pictures", slowly)
    page.pictures.fetching.look()
    qtbot.waitUntil(lambda: bool(supplier.submitted))
    [message] = supplier.submitted
    assert isinstance(message, ImportGoods)
    assert [len(changed.images or ()) for changed in message.lines] == [1]
