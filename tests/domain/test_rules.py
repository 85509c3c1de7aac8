"""States, quantities, prices, stock picking and ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_domain.ids import born, derived_id, is_id, make_id
from s2b_domain.rules.order_flow import SUPPLY_NEXT, OrderState, PaymentState, SupplyState, derived_state, payment_state
from s2b_domain.rules.pricing import Tier, next_allowed, quantity_allowed, tier_price
from s2b_domain.rules.stock import Place, count_difference, pick
from s2b_domain.rules.units import steps, written

S = SupplyState


@pytest.mark.parametrize(
    ("parts", "state"),
    [
        ([S.WAITING, S.ACCEPTED], OrderState.CONFIRMED),
        ([S.SHIPPED, S.ACCEPTED], OrderState.PARTLY_SHIPPED),
        ([S.PARTLY_SHIPPED], OrderState.PARTLY_SHIPPED),
        ([S.SHIPPED, S.DECLINED], OrderState.SHIPPED),
        ([S.SHIPPED, S.DELIVERED], OrderState.SHIPPED),
        ([S.DELIVERED, S.CANCELLED], OrderState.DELIVERED),
        ([S.DECLINED, S.CANCELLED], OrderState.CANCELLED),
    ],
)
def test_an_order_stands_where_its_parts_stand(parts: list[S], state: OrderState) -> None:
    assert derived_state(parts) is state


@given(st.lists(st.sampled_from(S), min_size=1, max_size=6))
def test_order_of_parts_does_not_matter(parts: list[S]) -> None:
    assert derived_state(parts) is derived_state(reversed(parts))


def test_ends_are_ends() -> None:
    assert all(not SUPPLY_NEXT[s] for s in (S.DECLINED, S.CANCELLED, S.DELIVERED))
    assert set(SUPPLY_NEXT) == set(S)


@pytest.mark.parametrize(
    ("due", "paid", "state"),
    [
        (100, 0, PaymentState.UNPAID),
        (100, 99, PaymentState.PARTLY_PAID),
        (100, 100, PaymentState.PAID),
        (0, 0, PaymentState.PAID),
    ],
)
def test_payment_state(due: int, paid: int, state: PaymentState) -> None:
    assert payment_state(due, paid) is state


@given(st.integers(1, 10**6), st.integers(1, 1000), st.integers(0, 100))
def test_the_proposed_quantity_is_allowed_and_the_smallest(quantity: int, minimum: int, step: int) -> None:
    proposed = next_allowed(quantity, minimum, step)
    assert proposed >= quantity
    assert quantity_allowed(proposed, minimum, step)
    assert not any(quantity_allowed(q, minimum, step) for q in range(max(quantity, proposed - 200), proposed))


@given(st.integers(0, 10**6), st.lists(st.tuples(st.integers(1, 100), st.integers(0, 10**6)), max_size=5))
def test_more_never_costs_more_per_unit(base: int, raw: list[tuple[int, int]]) -> None:
    tiers = [Tier(q, p) for q, p in raw]
    prices = [tier_price(base, tiers, q) for q in range(1, 110)]
    assert prices == sorted(prices, reverse=True)


@given(st.integers(-(10**9), 10**9), st.integers(0, 3))
def test_quantities_survive_being_written(quantity: int, decimals: int) -> None:
    assert steps(written(quantity, decimals), decimals) == quantity


@pytest.mark.parametrize("text", ["0.5", "x", "nan", "inf", "1e30", "1e9999999999"])
def test_a_bottle_cannot_be_split(text: str) -> None:
    with pytest.raises(ValueError, match=r"number|step"):
        steps(text, 0)


PLACES = st.lists(
    st.builds(Place, st.uuids().map(str), st.integers(-5, 50), st.none() | st.integers(0, 3), st.integers(0, 2)),
    unique_by=lambda p: p.id,
    max_size=8,
)


@given(PLACES, st.integers(1, 120))
def test_picking_takes_what_is_there_and_no_more(places: list[Place], quantity: int) -> None:
    taken = dict(pick(places, quantity))
    available = {p.id: p.available for p in places}
    assert all(0 < part <= available[id_] for id_, part in taken.items())
    assert sum(taken.values()) == min(quantity, sum(max(0, a) for a in available.values()))
    assert pick(places, quantity) == pick(list(reversed(places)), quantity)


def test_what_expires_first_goes_first() -> None:
    places = [Place("a", 5, None, 0), Place("b", 5, 200, 1), Place("c", 5, 100, 2)]
    assert pick(places, 12) == [("c", 5), ("b", 5), ("a", 2)]


def test_a_count_keeps_what_moved_after_it() -> None:
    assert count_difference(counted=10, on_hand=5, moved_since=-3) == 2


@given(st.integers(0, 2**47), st.binary(min_size=10, max_size=10))
def test_ids_are_version_7_and_know_their_birth(time: int, entropy: bytes) -> None:
    id_ = make_id(time, entropy)
    assert is_id(id_)
    assert born(id_) == time
    assert id_[12] == "7"
    assert id_[16] in "89ab"
    assert derived_id(id_, "a", 1) == derived_id(id_, "a", 1) != derived_id(id_, "a1")
    assert born(derived_id(id_, "x")) == time


def test_ids_sort_by_birth() -> None:
    assert make_id(1, b"\xff" * 10) < make_id(2, b"\x00" * 10)
