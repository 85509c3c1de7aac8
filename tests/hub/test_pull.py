"""Every rule by which the hub answers a pull."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from s2b_domain.access import CATALOG, STOCK, Role, own
from s2b_domain.commands.goods import ImportGoods, ReviewGoods, ShelveGoods
from s2b_domain.commands.order_steps import CancelOrder, ConfirmOrder
from s2b_domain.commands.parties import Decide
from s2b_domain.commands.promotions import SavePromotion, SetPromotionState
from s2b_domain.commands.supply import AcceptSupply, ShipItem, ShipParcel
from s2b_domain.records.catalog import Price, Product, Sku
from s2b_domain.records.order import Commission, Order, Parcel, SupplyLine, SupplyOrder
from s2b_domain.records.party import Organisation, PartyKind, Person
from s2b_domain.records.promotion import Promotion, PromotionState
from s2b_domain.records.stock import Availability, Reservation, Stock
from s2b_domain.rules.onboarding import ContentState, PartyState
from s2b_domain.rules.order_flow import SupplyState
from s2b_domain.rules.pricing import PromotionKind, Step, Terms
from s2b_domain.wire import OutcomeKind, Pull
from s2b_hub.problems import ProblemError
from tests.hub.world import World, line
from tests.postgresql import copy_hub, drop_hub


def test_a_bootstrap_brings_what_the_role_may_see_and_nothing_else(world: World) -> None:
    merchant, supplier = world.desk("chenguang"), world.desk("hengfeng")
    merchant.pull()
    supplier.pull()
    assert {s.code for s in merchant.has(Sku)} == {"HF-1", "HF-2", "HF-3", "YD-1", "YD-2"}
    assert {s.code for s in supplier.has(Sku)} == {"HF-1", "HF-2", "HF-3"}
    assert len(merchant.has(Price)) == len(merchant.has(Availability)) == 5
    assert merchant.has(Stock) == []
    assert len(supplier.has(Stock)) == 3
    assert {p.login for p in merchant.has(Person)} == {"chenguang", "chenguang-shop"}


def test_a_desktop_without_news_gets_nothing(world: World) -> None:
    desk = world.desk("chenguang")
    desk.pull()
    (page,) = desk.pull()
    assert page.final
    assert page.tables == ()
    assert page.outcomes == ()


def test_only_what_changed_is_sent(world: World) -> None:
    desk = world.desk("chenguang")
    desk.pull()
    world.desk("hengfeng").send(ImportGoods(lines=(line("HF-2", supply_price=99_000),)))
    (page,) = desk.pull()
    assert [(t.table, len(t.rows)) for t in page.tables] == [("price", 1)]


def test_an_outcome_comes_with_its_effects(world: World) -> None:
    desk = world.desk("chenguang")
    desk.pull()
    outcome = desk.send(world.order(("HF-1", 3)))
    (page,) = desk.pull()
    assert page.outcomes == (outcome,)
    assert [t.table for t in page.tables if t.table == "sales_order"]
    (row,) = desk.has(Availability, id=desk.has(Sku, code="HF-1")[0].id)
    assert row.available == 97
    assert STOCK in page.checksums


def test_outcomes_are_for_the_device_that_asked(world: World) -> None:
    desk, other = world.desk("chenguang"), world.desk("chenguang")
    desk.send(world.order(("HF-1", 3)))
    other.pull()
    assert other.outcomes == {}
    assert len(other.has(Order)) == 1


def test_what_leaves_a_scope_goes_and_what_returns_comes_back(world: World) -> None:
    desk, supplier = world.desk("chenguang"), world.desk("hengfeng")
    desk.pull()
    supplier.pull()
    id_ = world.id()
    terms = Terms(kind=PromotionKind.TIERED_REDUCTION, steps=(Step(100, 10),))
    supplier.send(SavePromotion(promotion_id=id_, name="满减", terms=terms, starts_at=world.now + 10**9, schedule=True))
    desk.pull()
    supplier.pull()
    (offer,) = desk.has(Promotion)
    supplier.send(SetPromotionState(promotion_id=id_, state=PromotionState.DRAFT))
    (page,) = desk.pull()
    assert [(t.table, t.rows, t.gone) for t in page.tables] == [("promotion", (), ((id_, offer.row_version + 1),))]
    assert desk.has(Promotion) == []
    (page,) = supplier.pull()
    assert [t.gone for t in page.tables if t.table == "promotion"] == [()], "the supplier still holds it"
    supplier.send(SetPromotionState(promotion_id=id_, state=PromotionState.SCHEDULED))
    desk.pull()
    assert desk.has(Promotion)[0].row_version == offer.row_version + 2


def test_goods_off_sale_stay_with_shops_that_may_have_them_on_their_shelves(world: World) -> None:
    desk = world.desk("chenguang")
    desk.pull()
    (sku,) = desk.has(Sku, code="HF-1")
    world.desk("hengfeng").send(ShelveGoods(sku_ids=(sku.id,), on_sale=False))
    (page,) = desk.pull()
    assert [t.gone for t in page.tables if t.table == "sku"] == [()]
    assert [s.on_sale for s in desk.has(Sku, code="HF-1")] == [False]


def test_a_row_that_moves_between_two_granted_scopes_is_not_gone(world: World) -> None:
    admin = world.desk("admin")
    world.desk("hengfeng").send(ImportGoods(lines=(line("HF-9"),)))
    admin.pull()
    (product,) = admin.has(Product, state=ContentState.SUBMITTED)
    admin.send(ReviewGoods(products=((product.id, product.row_version),), approve=True))
    (page,) = admin.pull()
    assert [t.gone for t in page.tables if t.table in ("product", "sku")] == [(), ()]
    assert admin.has(Product, id=product.id)[0].state is ContentState.LIVE


def test_deleted_rows_go(world: World) -> None:
    merchant, supplier = world.desk("chenguang"), world.desk("hengfeng")
    order = world.order(("HF-1", 3))
    merchant.send(order)
    supplier.pull()
    assert len(supplier.has(Reservation)) == 1
    merchant.send(CancelOrder(order_id=order.order_id, reason="不要了"))
    supplier.pull()
    assert supplier.has(Reservation) == []


@pytest.mark.icu
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_of_any_size_give_the_same_rows(world: World, limit: int) -> None:
    desk, paged = world.desk("chenguang"), world.desk("chenguang")
    desk.pull()
    pages = paged.pull(limit=limit)
    assert paged.rows == desk.rows
    assert paged.cursors == desk.cursors
    assert len(pages) > 1 or limit == 50
    assert all(sum(len(t.rows) for t in p.tables) <= limit for p in pages)
    assert [p.final for p in pages] == [False] * (len(pages) - 1) + [True]
    assert pages[0].expected_rows >= len(desk.rows)
    assert all(p.cursors == () and p.checksums == {} and p.outcomes == () for p in pages[:-1])


@pytest.mark.icu
def test_what_happens_between_two_pages_is_in_the_last_one(world: World) -> None:
    merchant, supplier = world.desk("chenguang"), world.desk("hengfeng")
    (gone,) = world.rows(Sku, code="HF-1")
    pages = [merchant.ask(limit=4)]
    while not pages[-1].final:
        if len(pages) == 3:
            supplier.send(ShelveGoods(sku_ids=(gone.id,), on_sale=False))
            supplier.send(ImportGoods(lines=(line("HF-2", supply_price=88_000),)))
        pages.append(merchant.ask(page=pages[-1].page, limit=4))
    merchant.take(pages)
    assert [s.on_sale for s in merchant.has(Sku, code="HF-1")] == [False]
    (changed,) = world.rows(Sku, code="HF-2")
    assert merchant.has(Price, sku_id=changed.id)[0].supply_price == 88_000


def test_pages_stay_small_where_rows_are_large(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("s2b_hub.pull.MAX_BYTES", 2000)
    desk, whole = world.desk("chenguang"), world.desk("chenguang")
    pages = desk.pull()
    assert len(pages) > 2
    monkeypatch.undo()
    whole.pull()
    assert desk.rows == whole.rows


def test_a_new_supplier_grants_a_price_book_and_a_suspended_one_takes_it_away(world: World) -> None:
    desk, admin = world.desk("chenguang"), world.desk("admin")
    desk.pull()
    before = len(desk.has(Price))
    suspend = Decide(organisation_id=world.organisation("yuanda"), state=PartyState.SUSPENDED, reasons=("资质过期",))
    assert admin.send(suspend).kind is OutcomeKind.ACCEPTED
    desk.pull()
    assert len(desk.has(Price)) == before - 2
    assert not any(s.startswith(f"pricebook:{world.organisation('yuanda')}") for s in desk.granted)
    admin.send(Decide(organisation_id=world.organisation("yuanda"), state=PartyState.APPROVED))
    (page,) = desk.pull()
    assert len(desk.has(Price)) == before
    assert not any(c.scope == "review" for c in page.cursors)


def test_a_row_in_two_granted_scopes_is_sent_once(world: World) -> None:
    admin = world.desk("admin")
    (page,) = admin.pull()
    for told in page.tables:
        ids = [row[0] for row in told.rows]
        assert len(ids) == len(set(ids))
    assert len(admin.has(Organisation, kind=PartyKind.SUPPLIER)) == 2


def test_a_cursor_of_another_history_begins_anew(world: World) -> None:
    desk = world.desk("chenguang")
    desk.pull()
    rows, cursors = dict(desk.rows), desk.cursors
    (catalog,) = (c for c in cursors if c.scope == CATALOG)
    rest = tuple(c for c in cursors if c.scope != CATALOG)
    for wrong in (
        replace(catalog, salt=b"another"),
        replace(catalog, version=catalog.version + 5),
        replace(catalog, hub_id="f" * 32),
    ):
        desk.cursors = (*rest, wrong)
        (page,) = desk.pull()
        assert page.reset == (CATALOG,)
        assert desk.rows == rows
        assert {c.scope: c for c in desk.cursors} == {c.scope: c for c in cursors}


def test_a_reset_is_remembered_over_pages(world: World) -> None:
    desk = world.desk("chenguang")
    desk.pull()
    desk.cursors = tuple(replace(c, salt=b"x") if c.scope == CATALOG else c for c in desk.cursors)
    pages = desk.pull(limit=3)
    assert [p.reset for p in pages] == [(CATALOG,)] * len(pages)


def test_a_hub_restored_from_a_backup_is_noticed(world: World, tmp_path: Path) -> None:
    desk, supplier = world.desk("chenguang"), world.desk("hengfeng")
    world.hub.close()
    copy_hub(world.folder, tmp_path / "backup")
    world.hub = world.open()
    supplier.send(ImportGoods(lines=(line("HF-1", supply_price=1000),)))
    desk.pull()
    world.hub.close()
    drop_hub(world.folder)
    shutil.rmtree(world.folder)
    (tmp_path / "backup").rename(world.folder)
    world.hub = world.open()
    supplier.seq = 1
    supplier.send(ImportGoods(lines=(line("HF-1", supply_price=2000),)))
    (page,) = desk.pull()
    assert page.reset == (f"pricebook:{world.organisation('hengfeng')}:standard",)
    (sku,) = desk.has(Sku, code="HF-1")
    assert desk.has(Price, sku_id=sku.id)[0].supply_price == 2000


def test_pages_of_a_lost_history_are_not_mixed_with_what_took_its_place(world: World, tmp_path: Path) -> None:
    """Rows that were booked again in another order have the same versions: no checksum tells them apart."""
    desk, supplier = world.desk("chenguang"), world.desk("hengfeng")
    world.hub.close()
    copy_hub(world.folder, tmp_path / "backup")
    world.hub = world.open()
    supplier.send(ImportGoods(lines=(line("HF-1", supply_price=1000),)))
    begun = desk.ask(limit=2)
    assert not desk.ask(page=begun.page, limit=2).final
    world.hub.close()
    drop_hub(world.folder)
    shutil.rmtree(world.folder)
    (tmp_path / "backup").rename(world.folder)
    world.hub = world.open()
    supplier.seq = 1
    supplier.send(ImportGoods(lines=(line("HF-1", supply_price=2000),)))
    with pytest.raises(ProblemError, match="malformed"):
        desk.ask(page=begun.page, limit=2)


def test_a_made_up_page_token_is_malformed_and_opens_no_scope(world: World) -> None:
    desk, other = world.desk("chenguang"), world.desk("hengfeng")
    for token in (
        b"\xff",
        b"\x92\x80",
        b"\x92\x81\xa1a\x95\xff\x00\x00\xa0\xa0\x90",
        b"\x92\x81\xa1\xff\x93\0\0\0\x90",
    ):
        with pytest.raises(ProblemError, match="malformed"):
            desk.ask(page=token)
    foreign = other.ask(limit=1)
    desk.take([desk.ask(page=foreign.page)])
    assert {s.supplier_id for s in desk.has(Stock)} == set()


@pytest.mark.parametrize("wrong", [{"outcomes_after": -1}, {"receipt": 1 << 63}, {"protocol": 0}])
def test_impossible_numbers_are_refused(world: World, wrong: dict[str, int]) -> None:
    desk = world.desk("chenguang")
    request = Pull(**{"protocol": 1, "cursors": (), **wrong})  # type: ignore[arg-type]
    with pytest.raises(ProblemError):
        world.hub.pull(desk.signed.token, request)


def test_a_merchant_never_sees_commission_nor_a_clerk_the_money(world: World) -> None:
    merchant, supplier, clerk = (world.desk(n) for n in ("chenguang", "hengfeng", "hengfeng-clerk"))
    merchant.send(world.order(("HF-1", 3)))
    for desk in (merchant, supplier, clerk):
        desk.pull()
    assert len(supplier.has(Commission)) == 1
    assert merchant.has(Commission) == []
    assert clerk.has(Commission) == []
    assert len(clerk.has(SupplyOrder)) == 1
    assert own(world.organisation("hengfeng"), "money") not in clerk.granted


def test_the_journey_reaches_both_sides(world: World) -> None:
    merchant, supplier = world.desk("chenguang"), world.desk("hengfeng")
    order = world.order(("HF-1", 3))
    merchant.send(replace(order, confirm=False))
    supplier.pull()
    assert supplier.has(SupplyOrder) == [], "not sent yet"
    merchant.send(ConfirmOrder(order_id=order.order_id))
    supplier.pull()
    (supply,) = supplier.has(SupplyOrder)
    (supplied,) = supplier.has(SupplyLine)
    supplier.send(AcceptSupply(supply_order_ids=(supply.id,)))
    items = (ShipItem(supply_line_id=supplied.id, quantity=3),)
    parcel = ShipParcel(
        parcel_id=world.id(), supply_order_id=supply.id, carrier="顺丰", tracking_number="SF1", items=items
    )
    assert supplier.send(parcel).kind is OutcomeKind.ACCEPTED
    merchant.pull()
    assert merchant.has(Parcel)[0].tracking_number == "SF1"
    assert merchant.has(SupplyOrder)[0].state is SupplyState.SHIPPED
    assert merchant.has(Order)[0].number == order.number


def test_a_user_with_no_fitting_role_receives_nothing(world: World) -> None:
    desk = world.desk("chenguang-shop")
    desk.pull()
    assert desk.rows
    world.hub.write(lambda batch: batch.connection.exec_driver_sql("UPDATE user_account SET role = 'nobody'"))
    desk.pull()
    assert desk.rows == {}
    assert desk.granted == ()


def test_a_changed_role_changes_the_scopes(world: World) -> None:
    desk = world.desk("hengfeng")
    desk.pull()
    assert desk.has(Person)
    world.hub.write(
        lambda batch: batch.connection.exec_driver_sql(
            f"UPDATE user_account SET role = '{Role.IMPORT_STAFF}' WHERE login = 'hengfeng'"
        )
    )
    desk.pull()
    assert desk.has(Person) == []
    assert desk.has(Sku)
