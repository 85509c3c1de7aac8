"""The order in hand: its price by the domain's rules, and that nothing of it is ever lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_desktop.models.queries.catalog import SkuOffer, find_skus
from s2b_desktop.views.orders.basket import CURRENT, HELD, Basket
from s2b_desktop.views.orders.draft import DraftLine, OrderDraft, decode, draft_of, encode
from s2b_desktop.views.orders.quote import quote
from s2b_domain.commands.orders import PlaceOrder
from s2b_domain.records.catalog import Price, Sku
from s2b_domain.rules.money import line_amount
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import Tier, quantity_allowed
from tests.views.desk import FakeDesk

TEXT = st.text(max_size=12)
LINES = st.lists(
    st.builds(
        DraftLine,
        sku_id=TEXT,
        quantity=st.integers(1, 10**9),
        cost_seen=st.none() | st.integers(0, 10**9),
        retail_price=st.none() | st.integers(0, 10**9),
    ),
    max_size=4,
)


def offer(*, available: int = 100, minimum: int = 1, step: int = 1, **changes: object) -> SkuOffer:
    sku = Sku(
        id="s", product_id="p", supplier_id="x", code="0012", min_quantity=minimum, order_step=step, live=True,
        retail_price=20_000, dropship=True,
    )  # fmt: skip
    price = Price(
        id="price", sku_id="s", supplier_id="x", level="standard", supply_price=12_500, dropship_price=15_000,
        tiers=(Tier(10, 12_000), Tier(50, 11_000)), live=True,
    )  # fmt: skip
    values: dict[str, object] = {
        "sku": sku, "product_title": "水", "supplier_name": "恒丰", "trading": True, "price": price,
        "available": available, **changes,
    }  # fmt: skip
    return SkuOffer(**values)  # type: ignore[arg-type]


def draft(quantity: int, kind: OrderKind = OrderKind.PURCHASE, **changes: object) -> OrderDraft:
    line = DraftLine(sku_id="s", quantity=quantity, **changes)  # type: ignore[arg-type]
    return OrderDraft(kind=kind, lines=(line,))


@given(lines=LINES, name=TEXT, kind=st.sampled_from(OrderKind), confirm=st.booleans(), at=st.integers(0, 2**50))
def test_a_kept_draft_comes_back_as_it_was(
    lines: list[DraftLine], name: str, kind: OrderKind, confirm: bool, at: int
) -> None:
    kept = OrderDraft(kind=kind, lines=tuple(lines), name=name, confirm=confirm, saved_at=at)
    assert decode(encode(kept)) == kept


@pytest.mark.parametrize("content", [None, b"", b"\xc1", b"\x80garbage"])
def test_what_cannot_be_read_is_an_empty_draft(content: bytes | None) -> None:
    assert decode(content) == OrderDraft()


def test_tiers_and_rounding_are_the_domains() -> None:
    for quantity, price in ((1, 12_500), (10, 12_000), (60, 11_000)):
        (line,) = quote(draft(quantity), {"s": offer()}).lines
        assert line.cost == price
        assert line.amount == line_amount(price, quantity)


def test_a_consumer_pays_retail_and_the_supplier_gets_the_dropship_price() -> None:
    made = quote(draft(3, OrderKind.DROPSHIP), {"s": offer()})
    assert (made.total, made.supply_total) == (600, 450)
    assert quote(draft(3, OrderKind.DROPSHIP, retail_price=30_000), {"s": offer()}).total == 900


@given(st.integers(1, 400), st.integers(1, 60), st.integers(1, 30), st.integers(0, 300))
def test_what_mends_a_quantity_can_be_ordered(quantity: int, minimum: int, step: int, available: int) -> None:
    (line,) = quote(draft(quantity), {"s": offer(minimum=minimum, step=step, available=available)}).lines
    fine = quantity_allowed(quantity, minimum, step) and quantity <= available
    assert (line.problem == "") == fine
    if line.fix is not None:
        assert quantity_allowed(line.fix, minimum, step)
        assert line.fix <= available
    elif not fine:
        assert not any(quantity_allowed(q, minimum, step) for q in range(1, available + 1))


@pytest.mark.parametrize(
    ("changes", "kind", "problem"),
    [
        ({"price": None}, OrderKind.PURCHASE, "not_on_sale"),
        ({"trading": False}, OrderKind.PURCHASE, "supplier_not_trading"),
        ({"available": 2}, OrderKind.DROPSHIP, "out_of_stock"),
    ],
)
def test_what_stands_in_the_way(changes: dict[str, object], kind: OrderKind, problem: str) -> None:
    (line,) = quote(draft(3, kind), {"s": offer(**changes)}).lines  # type: ignore[arg-type]
    assert line.problem == problem
    assert quote(draft(3, kind), {}).lines[0].problem == "not_on_sale"


def test_a_moved_price_is_told_until_it_was_seen() -> None:
    (line,) = quote(draft(1, cost_seen=12_000), {"s": offer()}).lines
    assert line.moved_from == 12_000
    assert quote(draft(1, cost_seen=12_500), {"s": offer()}).moved == ()


def test_the_basket_survives_and_holds(merchant: FakeDesk) -> None:
    basket = Basket(merchant)
    (water,) = (o.sku for o in merchant.read(find_skus, merchant.actor, "000001", 1))
    assert basket.add(water.id) == 1
    assert basket.add(water.id, 5) == 6
    again = Basket(merchant)
    assert again.draft == basket.draft.with_(saved_at=again.draft.saved_at)
    assert again.draft.lines[0].cost_seen == 265_000

    again.hold()
    assert again.draft.empty
    assert merchant.draft(CURRENT) is None
    ((key, held),) = again.held()
    assert key.startswith(HELD)
    assert held.lines[0].quantity == 6

    again.add(water.id, 1)
    again.take(key)
    assert again.draft.lines[0].quantity == 6
    assert [d.lines[0].quantity for _, d in again.held()] == [1]


def test_scanning_again_goes_on_by_what_may_be_ordered(merchant: FakeDesk) -> None:
    basket = Basket(merchant)
    offered = merchant.read(find_skus, merchant.actor, "000011", 1)[0]
    assert offered.sku.min_quantity == 2
    assert [basket.add(offered.sku.id) for _ in range(3)] == [2, 3, 4]


def test_another_kind_asks_for_other_prices(merchant: FakeDesk) -> None:
    basket = Basket(merchant)
    water = merchant.read(find_skus, merchant.actor, "000001", 1)[0].sku
    basket.add(water.id)
    basket.choose_kind(OrderKind.DROPSHIP)
    assert basket.draft.lines[0].cost_seen == 280_900
    assert basket.quote().moved == ()


def test_an_order_placed_just_before_a_crash_is_not_offered_again(merchant: FakeDesk) -> None:
    basket = Basket(merchant)
    water = merchant.read(find_skus, merchant.actor, "000001", 1)[0].sku
    basket.add(water.id)
    basket.save(basket.draft.with_(order_id=merchant.new_id(), number=merchant.next_number()))
    message = basket.draft.message(basket.quote().costs, {})
    merchant.submit(message)
    assert Basket(merchant).draft == OrderDraft()
    assert merchant.draft(CURRENT) is None


def test_a_refused_order_comes_back_whole(merchant: FakeDesk) -> None:
    water = merchant.read(find_skus, merchant.actor, "000001", 1)[0].sku
    first = OrderDraft(
        kind=OrderKind.DROPSHIP, lines=(DraftLine(sku_id=water.id, quantity=2, retail_price=400_000),), name="王芳",
        phone="13800138000", region="浙江省", street="文三路 1 号", note="快", confirm=False, order_id="a" * 32,
        number="D3-1",
    )  # fmt: skip
    message = first.message({water.id: 280_000}, {water.id: 400_000})
    back = draft_of(message, supersedes="b" * 32)
    assert isinstance(message, PlaceOrder)
    assert back == first.changed(water.id, cost_seen=280_000).with_(supersedes="b" * 32)
