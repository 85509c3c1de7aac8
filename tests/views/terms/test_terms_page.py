"""交易条款: what a supplier asks and grants is entered, shown and sent."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from s2b_desktop.views.common.confirm import Confirm
from s2b_desktop.views.common.tiers import parse_tiers, tiers_text
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.terms.bulk import LevelPricesPrompt
from s2b_desktop.views.terms.freight import FreightGoodsPrompt, FreightPrompt
from s2b_desktop.views.terms.page import Part, TermsPage
from s2b_desktop.views.terms.prompts import LeastPrompt, LevelPrompt, MixPrompt, ShopNumberPrompt, TradePrompt
from s2b_domain.commands.command import Command
from s2b_domain.commands.freights import ChooseFreight, RemoveFreight, SaveFreight
from s2b_domain.commands.goods import GoodsLine, ImportGoods
from s2b_domain.commands.terms import RemoveMix, SaveLevel, SaveMinimum, SaveMix, SaveTradeTerms, SetPrices
from s2b_domain.records.catalog import STANDARD_LEVEL, Price
from s2b_domain.records.shop import FreightTemplate
from s2b_domain.rules.pricing import Freight, FreightArea, FreightBasis, Tier
from s2b_domain.rules.shop_number import shop_number
from tests.views.desk import FakeDesk
from tests.views.dialogs import answer, each, refusing
from tests.views.money.world import GOLD, MERCHANT, fill, sku_of


def last(desk: FakeDesk) -> Command:
    """What was submitted last."""
    return desk.submitted[-1]


@pytest.fixture
def page(qtbot: QtBot, supplier: FakeDesk) -> TermsPage:
    fill(supplier)
    made = TermsPage(supplier, lambda key, what: None)
    made.resize(1160, 760)
    qtbot.addWidget(made)
    made.show()
    return made


def test_terms_with_a_merchant_are_changed(page: TermsPage, supplier: FakeDesk) -> None:
    page.show_item(MERCHANT)
    page.edit.click()
    answer(TradePrompt, lambda p: each(partial(p.limit.set_value, 900_000), partial(p.days.set_value, 45), p.accept))
    assert last(supplier) == SaveTradeTerms(merchant_id=MERCHANT, level=GOLD, credit_limit=900_000, credit_days=45)


def test_terms_with_a_shop_that_has_not_ordered_are_agreed_by_its_number(
    page: TermsPage, supplier: FakeDesk, merchant: FakeDesk
) -> None:
    new = "0192f0a1b2c37d4e8f90a1b2c3d4e5f6"
    told = list[str]()

    def enter(prompt: ShopNumberPrompt) -> None:
        prompt.field.setText(shop_number(new)[:-1] + "z")
        prompt.accept()
        told.append(prompt.row.error())
        prompt.field.setText(f" {shop_number(new).lower().replace('-', ' ')} ")
        prompt.accept()
        answer(TradePrompt, lambda p: each(partial(p.limit.set_value, 500_000), p.accept))

    page.look_at(Part.MERCHANTS)
    page.new.click()
    answer(ShopNumberPrompt, enter)
    assert all(told)
    assert last(supplier) == SaveTradeTerms(merchant_id=new, credit_limit=500_000)
    page.refresh()
    assert page._books is not None
    assert page._books.merchants[new].name == shop_number(new)


def test_levels_and_the_least_amount(page: TermsPage, supplier: FakeDesk) -> None:
    page.card("levels").click()
    page.new.click()
    answer(LevelPrompt, lambda p: each(partial(p.name.setText, "铂金"), p.accept))
    made = last(supplier)
    assert isinstance(made, SaveLevel)
    assert made.name == "铂金"
    page.least.click()
    answer(LeastPrompt, lambda p: each(partial(p.amount.set_value, 50_000), p.accept))
    assert last(supplier) == SaveMinimum(minimum_amount=50_000)


def test_what_was_entered_is_opened_again_where_it_was_refused(page: TermsPage, supplier: FakeDesk) -> None:
    page.show_item(MERCHANT)
    page.edit.click()
    with refusing(supplier):
        answer(TradePrompt, lambda p: each(partial(p.limit.set_value, 1_000), partial(p.days.set_value, 9), p.accept))
    answer(TradePrompt, lambda p: p.accept())
    assert last(supplier) == SaveTradeTerms(merchant_id=MERCHANT, level=GOLD, credit_limit=1_000, credit_days=9)

    page.look_at(Part.LEVELS)
    page.new.click()
    with refusing(supplier):
        answer(LevelPrompt, lambda p: each(partial(p.name.setText, "铂金"), partial(p.rank.set_value, 7), p.accept))
    answer(LevelPrompt, lambda p: p.accept())
    level = last(supplier)
    assert isinstance(level, SaveLevel)
    assert (level.name, level.position) == ("铂金", 7)

    page.look_at(Part.MIXES)
    [id_] = page.tables[Part.MIXES].model.ids()
    page.tables[Part.MIXES].select(id_)
    page.edit.click()
    with refusing(supplier):
        answer(MixPrompt, lambda p: each(partial(p.minimum.set_value, 24), p.accept))
    answer(MixPrompt, lambda p: p.accept())
    mix = last(supplier)
    assert isinstance(mix, SaveMix)
    assert (mix.group_id, mix.minimum, len(mix.product_ids)) == (id_, 24, 2)

    page.look_at(Part.FREIGHTS)
    page.new.click()
    area = FreightArea(regions=("新疆",), refused=True)
    with refusing(supplier):
        answer(FreightPrompt, lambda p: each(partial(p.name.setText, "快递"), partial(p.add, area), p.accept))
    answer(FreightPrompt, lambda p: p.accept())
    freight = last(supplier)
    assert isinstance(freight, SaveFreight)
    assert (freight.name, freight.freight.areas[1]) == ("快递", area)


def test_what_the_hub_refused_is_opened_again_and_only_it_stands_in(page: TermsPage, supplier: FakeDesk) -> None:
    level = SaveLevel(level_id=supplier.new_id(), name="铂金", position=7)
    freight = SaveFreight(
        template_id=supplier.new_id(), name="快递", freight=Freight(areas=(FreightArea(first_fee=900),))
    )
    terms = SaveTradeTerms(merchant_id=MERCHANT, level=GOLD, credit_limit=1_000, credit_days=9, note="月结")
    asked: list[tuple[Command, type[Confirm]]] = [
        (terms, TradePrompt),
        (level, LevelPrompt),
        (freight, FreightPrompt),
        (SaveMinimum(minimum_amount=30_000), LeastPrompt),
    ]
    for message, kind in asked:
        supplier.submit(message)
        supplier.answer(supplier.queue()[0].seq, "rejected", "field_wrong", field="note")
        page.show_item(supplier.queue()[0])
        answer(kind, lambda p: p.reject())
        page._send(SaveMinimum(minimum_amount=10_000))
        [refused] = [item for item in supplier.queue() if item.state == "rejected"]
        page.show_item(refused)
        answer(kind, lambda p: p.accept())
        assert last(supplier) == message
        assert all(item.state != "rejected" for item in supplier.queue())


def test_prices_of_a_level_are_typed_in_place(page: TermsPage, supplier: FakeDesk) -> None:
    page.look_at(Part.PRICES)
    page.level.set_value(GOLD)
    table = page.tables[Part.PRICES]
    table.search_field.setText("000001")
    page._load_prices()
    [row_id] = table.model.ids()
    table.model.texts(0)
    page._typed("tiers", row_id, "10：9.5；30 9")
    sent = last(supplier)
    assert isinstance(sent, SetPrices)
    assert (sent.level, sent.entries[0].tiers) == (GOLD, (Tier(10, 95_000), Tier(30, 90_000)))
    page._typed("price", row_id, "")
    sent = last(supplier)
    assert isinstance(sent, SetPrices)
    assert sent.entries[0].supply_price is None
    before = len(supplier.submitted)
    page._typed("tiers", row_id, "often")
    assert len(supplier.submitted) == before


def test_all_prices_of_a_level_are_made_of_the_standard_ones_and_taken_back(
    qtbot: QtBot, page: TermsPage, supplier: FakeDesk
) -> None:
    tiers = (Tier(10, 250_000), Tier(50, 249_900))
    supplier.submit(ImportGoods(lines=(GoodsLine(row=1, code="000001", supply_price=265_000, tiers=tiers),)))

    def prices(level: str) -> dict[str, Price]:
        return {
            p.sku_id: p for p in supplier.store.find(Price, supplier_id=supplier.actor.organisation_id, level=level)
        }

    before, standard = prices(GOLD), prices(STANDARD_LEVEL)
    page.look_at(Part.PRICES)
    assert not page.percent.isEnabled(), "the standard prices have a place of their own"
    page.level.set_value(GOLD)
    page.percent.click()
    qtbot.waitUntil(lambda: bool(page.findChildren(LevelPricesPrompt)))
    [asked] = page.findChildren(LevelPricesPrompt)
    asked.percent.set_value(1_000)
    asked.step.set_value(1_000)
    with qtbot.waitSignal(supplier.changed):
        asked.verb.click()
    after = prices(GOLD)
    assert after.keys() == standard.keys()
    one = after[sku_of(supplier, "000001").id]
    assert (one.supply_price, one.tiers) == (239_000, (Tier(10, 225_000),)), "26.50 less 10 %, to a tenth"
    assert one.dropship_price is not None, "it goes along too"
    qtbot.waitUntil(lambda: bool(ToastArea.of(page).toasts()))
    undo = ToastArea.of(page).toasts()[-1].action
    assert undo is not None
    with qtbot.waitSignal(supplier.changed):
        undo.click()
    assert {k: (p.supply_price, p.tiers) for k, p in prices(GOLD).items()} == {
        k: (p.supply_price, p.tiers) for k, p in before.items()
    }


@given(
    st.lists(st.tuples(st.integers(2, 10**6), st.integers(1, 10**8)), max_size=20, unique_by=lambda tier: tier[0]).map(
        sorted
    ),
    st.integers(0, 3),
)
def test_tiers_are_read_as_they_are_written(tiers: list[tuple[int, int]], decimals: int) -> None:
    given_ = tuple(Tier(*tier) for tier in tiers)
    assert parse_tiers(tiers_text(given_, decimals), decimals) == given_


def test_goods_that_count_together(page: TermsPage, supplier: FakeDesk) -> None:
    page.look_at(Part.MIXES)
    [id_] = page.tables[Part.MIXES].model.ids()
    page.tables[Part.MIXES].select(id_)
    page.edit.click()
    answer(MixPrompt, lambda p: each(partial(p.minimum.set_value, 24), p.accept))
    sent = last(supplier)
    assert isinstance(sent, SaveMix)
    assert (sent.group_id, sent.minimum, len(sent.product_ids)) == (id_, 24, 2)
    page.remove.click()
    answer(Confirm, lambda p: p.accept())
    assert last(supplier) == RemoveMix(group_id=str(id_))


def test_a_freight_template_with_a_preview(page: TermsPage, supplier: FakeDesk, qtbot: QtBot) -> None:
    page.look_at(Part.FREIGHTS)

    def write(prompt: FreightPrompt) -> None:
        prompt.name.setText("快递")
        first = prompt.areas[0]
        first.first_fee.set_value(600)
        first.next_fee.set_value(100)
        prompt.add(FreightArea(regions=("新疆",), refused=True))
        assert "15.00" in prompt.said.text()  # 6 for the first of ten pieces, 1 for each of nine
        prompt.region.province.setText("新疆乌鲁木齐")
        prompt.region.province.editingFinished.emit()
        assert prompt.said.text() == "不配送该地区"
        [hits] = [a for a in prompt.areas[1].menu().actions() if a.text() == "西藏"]
        hits.trigger()
        prompt.accept()

    page.new.click()
    answer(FreightPrompt, write)
    sent = last(supplier)
    assert isinstance(sent, SaveFreight)
    assert sent.freight.basis is FreightBasis.PIECE
    assert sent.freight.areas[1] == FreightArea(regions=("新疆", "西藏"), refused=True)
    [template] = supplier.store.find(FreightTemplate, owner_id=supplier.actor.organisation_id)
    page.refresh()
    page.tables[Part.FREIGHTS].select(template.id)
    water = sku_of_desk(supplier)
    page.goods.click()
    answer(FreightGoodsPrompt, lambda p: each(partial(p.chips.add, water, "水"), p.accept))
    assert last(supplier) == ChooseFreight(template_id=template.id, sku_ids=(water,))


def test_a_region_is_written_out_or_said_to_be_none(page: TermsPage, supplier: FakeDesk, qtbot: QtBot) -> None:
    """浙江杭州 is no beginning of 浙江省杭州市: as it was typed it would have fallen to all other regions, unsaid."""
    page.look_at(Part.FREIGHTS)

    def write(prompt: FreightPrompt) -> None:
        prompt.name.setText("同城")
        area = FreightArea(regions=(), first_fee=900)
        prompt.add(area)
        form = prompt.areas[1]
        for wrong in ("朝阳区", "江浙沪"):
            form.regions.setText(wrong)
            assert wrong in prompt.flaw()
        form.regions.setText("浙江杭州，上海浦东新区")
        form.regions.editingFinished.emit()
        assert form.regions.text() == "浙江省杭州市、上海市浦东新区"
        assert prompt.flaw() == ""
        prompt.accept()

    page.new.click()
    answer(FreightPrompt, write)
    sent = last(supplier)
    assert isinstance(sent, SaveFreight)
    assert sent.freight.areas[1].regions == ("浙江省杭州市", "上海市浦东新区")


def sku_of_desk(desk: FakeDesk) -> str:
    """The id of some SKU of the supplier's."""
    return sku_of(desk, "000001").id


def test_a_shop_has_its_freight_and_nothing_else(qtbot: QtBot, merchant: FakeDesk) -> None:
    made = TermsPage(merchant, lambda key, what: None)
    qtbot.addWidget(made)
    made.show()
    assert not made.lists.isVisible()
    assert made._stack.currentWidget() is made.tables[Part.FREIGHTS]


def test_a_refused_command_opens_its_list(page: TermsPage) -> None:
    page.show_item(RemoveFreight(template_id="x"))
    assert page.lists.value() is Part.FREIGHTS
