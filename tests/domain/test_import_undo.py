"""An import is taken back: what nobody touched since goes back, what was touched stays and is named."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2b_domain.commands.goods import GoodsLine, ImportGoods, ImportNote, ReviewGoods, ShelveGoods
from s2b_domain.commands.imports import UndoImport
from s2b_domain.errors import Refused
from s2b_domain.records.catalog import Price, Product, Revision
from s2b_domain.records.imports import ImportPart
from s2b_domain.records.stock import Stock
from s2b_domain.rules.onboarding import ContentState
from s2b_domain.rules.pricing import Tier
from tests.domain.books import Books, open_books, water
from tests.domain.straight import check_books


def load(books: Books, *lines: GoodsLine) -> ImportPart:
    """Import with a note; what is remembered of it."""
    books.do(books.hengfeng, ImportGoods(lines=lines, note=ImportNote(import_id=books.id(), file="报价.xlsx")))
    return max(books.store.find(ImportPart), key=lambda part: part.at)


def undo(books: Books, part: ImportPart) -> tuple[str, ...]:
    """Take back; the codes that stayed."""
    books.do(books.hengfeng, UndoImport(part_id=part.id))
    check_books(books)
    return books.store.find_in(ImportPart, "id", [part.id])[0].kept


def goods(books: Books) -> dict[str, object]:
    """By code, all that a supplier may set, as it is or waits for review."""
    found: dict[str, object] = {}
    for sku in books.skus():
        [product] = books.store.find(Product, id=sku.product_id)
        waiting = [r for r in books.store.find(Revision, product_id=product.id) if r.state is ContentState.SUBMITTED]
        content = waiting[0].content if waiting else product.content
        specs = waiting[0].specs.get(sku.id, sku.specs) if waiting else sku.specs
        [price] = books.store.find(Price, sku_id=sku.id)
        stock = [s.on_hand for s in books.store.find(Stock, sku_id=sku.id)]
        plain = msgspec.structs.replace(sku, id="", row_version=0, specs=specs, live=False)
        found[sku.code] = plain, content, price.supply_price, price.dropship_price, price.tiers, sum(stock)
    return found


def test_new_goods_go_away_and_may_come_again(books: Books) -> None:
    part = load(books, water("A"), water("B", row=3))
    assert (part.file, part.count, part.actor_name) == ("报价.xlsx", 2, "杭州恒丰食品的人")
    assert undo(books, part) == ()
    assert books.skus() == []
    assert {p.state for p in books.store.find(Product)} == {ContentState.REPLACED}
    load(books, water("A"))
    check_books(books)
    assert {p.state for p in books.store.find(Product, product_key="A")} == {ContentState.SUBMITTED}


def test_changes_go_back_and_withdraw_their_revision(books: Books) -> None:
    books.sell(books.hengfeng, water("A", weight_g=None), water("B", row=3))
    before = goods(books)
    part = load(books, water("A", title="错", supply_price=1, weight_g=5, stock=7), water("B", row=3, brand="错"))
    assert goods(books) != before
    assert undo(books, part) == ()
    assert goods(books) == before
    assert {r.state for r in books.store.find(Revision)} == {ContentState.REPLACED}


def test_what_was_edited_since_stays_and_is_named(books: Books) -> None:
    books.sell(books.hengfeng, water("A"), water("B", row=3))
    part = load(books, water("A", supply_price=1), water("B", row=3, supply_price=2), water("C", row=4))
    books.do(books.hengfeng, ImportGoods(lines=(GoodsLine(row=1, code="B", supply_price=3),)))
    assert undo(books, part) == ("B",)
    assert {s.code: books.store.find(Price, sku_id=s.id)[0].supply_price for s in books.skus()} == {"A": 12_500, "B": 3}


def test_tiers_go_back_unless_somebody_set_others_since(books: Books) -> None:
    ten, hundred = Tier(10, 12_000), Tier(100, 11_000)
    books.sell(books.hengfeng, water("A", tiers=(ten,)), water("B", row=3), water("C", row=4, tiers=(ten,)))
    before = goods(books)
    part = load(
        books, *(water(code, row=n, tiers=(ten, hundred)) for n, code in enumerate("ABN", 2)), water("C", row=9)
    )
    tiers = {s.code: books.store.find(Price, sku_id=s.id)[0].tiers for s in books.skus()}
    assert tiers == {"A": (ten, hundred), "B": (ten, hundred), "C": (ten,), "N": (ten, hundred)}
    assert undo(books, part) == ()
    assert goods(books) == before
    part = load(books, water("A", tiers=(hundred,)), water("B", row=3, tiers=(hundred,)), water("N", row=4))
    later = [GoodsLine(row=n, code=code, tiers=(ten,)) for n, code in enumerate("BN", 2)]
    books.do(books.hengfeng, ImportGoods(lines=tuple(later)))
    assert undo(books, part) == ("B", "N")


def test_tiers_that_a_lower_price_has_made_idle_keep_no_import_from_going_back(books: Books) -> None:
    books.sell(books.hengfeng, water("A", tiers=(Tier(10, 12_000),)))
    books.do(books.hengfeng, ImportGoods(lines=(GoodsLine(row=1, code="A", supply_price=9_000),)))
    part = load(books, GoodsLine(row=1, code="A", tiers=(Tier(10, 8_000),)))
    assert undo(books, part) == ()
    assert books.store.find(Price)[0].tiers == ()


@pytest.mark.parametrize(
    "tiers", [(Tier(1, 12_000),), (Tier(10, 12_500),), (Tier(10, 9), Tier(5, 8)), (Tier(9, 9),) * 21]
)
def test_tiers_begin_above_one_and_get_cheaper(books: Books, tiers: tuple[Tier, ...]) -> None:
    books.sell(books.hengfeng, water("A"))
    for line in (water("A", tiers=tiers), GoodsLine(row=1, code="A", tiers=tiers)):
        with pytest.raises(Refused, match="row_wrong"):
            books.do(books.hengfeng, ImportGoods(lines=(line,)))


def test_approval_is_no_edit_but_what_merchants_see_stays_off_sale(books: Books) -> None:
    books.sell(books.hengfeng, water("A"))
    part = load(books, water("A", title="错", supply_price=1), water("N", row=3))
    books.approve()
    assert undo(books, part) == ("N",)
    assert [(s.code, s.live, s.on_sale) for s in books.skus() if s.code == "N"] == [("N", True, False)]
    [waiting] = [r for r in books.store.find(Revision) if r.state is ContentState.SUBMITTED]
    assert waiting.content.title == "山泉水 550ml"


def test_a_part_is_taken_back_once_and_by_its_owner(books: Books) -> None:
    part = load(books, water("A"))
    with pytest.raises(Refused, match="not_yours"):
        books.do(books.yuanda, UndoImport(part_id=part.id))
    with pytest.raises(Refused, match="not_permitted"):
        books.do(books.chenguang, UndoImport(part_id=part.id))
    undo(books, part)
    with pytest.raises(Refused, match="changed_meanwhile"):
        books.do(books.hengfeng, UndoImport(part_id=part.id))


def test_goods_in_use_do_not_change_their_unit_back(books: Books) -> None:
    books.sell(books.hengfeng, water("A", stock=0))
    part = load(books, GoodsLine(row=2, code="A", unit="kg", decimals=3))
    books.do(books.hengfeng, ImportGoods(lines=(GoodsLine(row=2, code="A", stock=5_000),)))
    assert undo(books, part) == ("A",)


CODES = st.sampled_from("ABCD")
LINES = st.lists(
    st.fixed_dictionaries(
        {"code": CODES},
        optional={
            "product_key": st.sampled_from(["P", "Q"]),
            "title": st.sampled_from(["甲", "乙"]),
            "brand": st.sampled_from(["", "牌"]),
            "supply_price": st.integers(1, 3),
            "retail_price": st.integers(1, 3),
            "stock": st.integers(0, 3),
            "specs": st.sampled_from([{"色": "红"}, {"色": "蓝"}]),
            "barcodes": st.sampled_from([(), ("1", "2")]),
            "cleared": st.sampled_from([("dropship_price",), ("weight_g",)]),
        },
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda line: line["code"],
)
DEEDS = st.lists(st.sampled_from(["approve", "reject", "edit A", "shelve B"]), max_size=3)


@given(LINES, st.booleans(), LINES, DEEDS)
@settings(max_examples=30, deadline=None)
def test_whatever_stays_is_as_it_was_and_the_rest_as_before(
    first: list[dict[str, object]], approved: bool, second: list[dict[str, object]], deeds: list[str]
) -> None:
    with open_books() as books:
        here = [{k: v for k, v in line.items() if k != "cleared"} for line in first]
        books.do(books.hengfeng, ImportGoods(lines=tuple(water(**line) for line in here)))  # type: ignore[arg-type]
        if approved:
            books.approve()
        before = goods(books)
        lines = [line if line["code"] in before else {"title": "新", "supply_price": 9, **line} for line in second]
        part = load(books, *(GoodsLine(row=at, **line) for at, line in enumerate(lines, 1)))  # type: ignore[arg-type]
        for deed in deeds:
            _do(books, deed)
        after = goods(books)
        kept = undo(books, part)
        now = goods(books)
        touched = {str(line["code"]) for line in lines}
        for code in touched - set(kept):
            assert (code in now) == (code in before)
            if not deeds and code in before:
                assert now[code] == before[code]
        assert set(kept) <= touched
        if not deeds:
            assert kept == ()
            assert now == before
        for code in set(after) - touched:
            assert code in now


def _do(books: Books, deed: str) -> None:
    codes = {sku.code: sku.id for sku in books.skus()}
    if deed == "approve":
        books.approve()
    elif deed == "reject":
        found = books.store.find(Product, state=ContentState.SUBMITTED)
        if found:
            products = tuple((p.id, p.row_version) for p in found)
            books.do(books.admin, ReviewGoods(products=products, approve=False, reasons=("不清",)))
    elif deed == "edit A" and "A" in codes:
        books.do(books.hengfeng, ImportGoods(lines=(GoodsLine(row=1, code="A", retail_price=77),)))
    elif deed == "shelve B" and "B" in codes:
        books.do(books.hengfeng, ShelveGoods(sku_ids=(codes["B"],), on_sale=False))
