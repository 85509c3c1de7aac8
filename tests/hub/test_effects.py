"""Money that commands want given back leaves once, whatever is lost or crashes on the way, and is booked once."""

from __future__ import annotations

import pytest

from s2b_domain.commands.orders import CancelOrder, PayOrder, PlaceOrder
from s2b_domain.errors import Refused
from s2b_domain.records.order import Order, Payment
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.wire import OutcomeKind
from s2b_hub import effects, outward
from s2b_hub.cli import main
from s2b_hub.effects import Effect, EffectState
from s2b_hub.outward import LEASE, perform_due
from tests.hub.bank import Bank
from tests.hub.world import Desk, World


@pytest.fixture
def bank(world: World) -> Bank:
    bank = Bank(world.clock)
    world.providers = (bank,)
    world.restart()
    return bank


def cancelled(world: World, shop: Desk, *paid: tuple[str, int]) -> PlaceOrder:
    """An order that was paid and then cancelled."""
    order = world.order(("HF-1", 2), kind=OrderKind.DROPSHIP)
    assert shop.send(order).kind is OutcomeKind.ACCEPTED
    for method, amount in paid:
        shop.send(PayOrder(order_id=order.order_id, method=method, amount=amount))
    assert shop.send(CancelOrder(order_id=order.order_id, reason="客人不要了")).kind is OutcomeKind.ACCEPTED
    return order


def told(world: World) -> list[tuple[str, int, EffectState, str]]:
    return [(e.method, e.amount, e.state, e.provider) for e in all_effects(world)]


def all_effects(world: World) -> list[Effect]:
    with world.hub.database.read() as connection:
        return sorted(effects.effects(connection), key=lambda e: e.method)


def given_back(world: World) -> list[tuple[str, int, str]]:
    return sorted((p.method, p.amount, p.reference) for p in world.rows(Payment) if p.amount < 0)


def test_a_connected_provider_pays_and_the_books_say_so(world: World, bank: Bank) -> None:
    order = cancelled(world, world.desk("chenguang"), ("wechat", 300), ("cash", 200))
    assert told(world) == [
        ("cash", 200, EffectState.PENDING, "by_hand"),
        ("wechat", 300, EffectState.PENDING, "bank"),
    ]
    assert bank.paid == {}
    assert perform_due(world.hub) == 1
    assert perform_due(world.hub) == 0
    assert bank.total == 300
    assert given_back(world) == [("wechat", -300, "B1")]
    assert [s for _, _, s, _ in told(world)] == [EffectState.PENDING, EffectState.CONFIRMED]
    (row,) = world.rows(Order, id=order.order_id)
    assert row.paid == 200


def test_what_is_done_by_hand_is_over_when_it_is_booked(world: World, bank: Bank) -> None:
    shop = world.desk("chenguang")
    order = cancelled(world, shop, ("cash", 200))
    assert perform_due(world.hub) == 0
    shop.send(PayOrder(order_id=order.order_id, method="cash", amount=-200, reference="收据 7"))
    assert [s for _, _, s, _ in told(world)] == [EffectState.CONFIRMED]
    shop.send(PayOrder(order_id=order.order_id, method="wechat", amount=50))  # it came in late: it goes back too
    assert perform_due(world.hub) == 1
    assert bank.total == 50


def test_a_lost_answer_costs_a_question_and_no_second_payment(world: World, bank: Bank) -> None:
    cancelled(world, world.desk("chenguang"), ("wechat", 300))
    bank.lost = True
    assert perform_due(world.hub) == 0
    assert [e.state for e in all_effects(world)] == [EffectState.SENT]
    assert perform_due(world.hub) == 0  # somebody may still be at it
    bank.lost = False
    world.now += 2 * LEASE
    world.restart()
    assert perform_due(world.hub) == 1
    assert (len(bank.asked), bank.total) == (1, 300)
    assert given_back(world) == [("wechat", -300, "B1")]


def test_a_crash_between_paying_and_booking(world: World, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled(world, world.desk("chenguang"), ("wechat", 300))

    def crash(self: outward.Booking, batch: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outward.Booking, "run", crash)
        with pytest.raises(KeyboardInterrupt):
            perform_due(world.hub)
    world.now += LEASE
    world.restart()
    assert perform_due(world.hub) == 1
    assert (len(bank.asked), bank.total) == (1, 300)
    assert given_back(world) == [("wechat", -300, "B1")]


def test_what_takes_its_time_is_asked_about(world: World, bank: Bank) -> None:
    cancelled(world, world.desk("chenguang"), ("wechat", 300))
    bank.slow = True
    assert perform_due(world.hub) == 0
    world.now += LEASE
    assert perform_due(world.hub) == 1
    assert len(bank.asked) == 1


def test_what_is_declined_waits_for_somebody_and_can_be_tried_again(
    world: World, bank: Bank, capsys: pytest.CaptureFixture[str]
) -> None:
    cancelled(world, world.desk("chenguang"), ("wechat", 300))
    bank.declines = True
    assert perform_due(world.hub) == 1
    (effect,) = all_effects(world)
    assert (effect.state, effect.reason) == (EffectState.FAILED, "the account is closed")
    world.now += LEASE
    assert perform_due(world.hub) == 0
    bank.declines = False
    place = ["--data", str(world.folder)]
    if world.hub.database.exclusive:
        assert main(["effect", "list", *place]) == 0
        assert f"{effect.key}\tfailed\tbank\twechat\t3.00" in capsys.readouterr().out
        assert main(["effect", "retry", effect.key, *place]) == 0
        assert main(["effect", "retry", "nothing", *place]) == 1
    else:
        outward.retry(world.hub, effect.key)
    assert perform_due(world.hub) == 1
    assert given_back(world) == [("wechat", -300, "B1")]
    with pytest.raises(Refused):
        outward.retry(world.hub, effect.key)


def test_a_refused_command_and_a_live_order_want_nothing(world: World, bank: Bank) -> None:
    shop = world.desk("chenguang")
    order = world.order(("HF-1", 2), kind=OrderKind.DROPSHIP)
    shop.send(order)
    shop.send(PayOrder(order_id=order.order_id, method="wechat", amount=300))
    assert world.desk("xiaoman").send(CancelOrder(order_id=order.order_id, reason="x")).kind is OutcomeKind.REJECTED
    assert all_effects(world) == []


def test_without_its_connection_nobody_else_does_it(world: World, bank: Bank) -> None:
    cancelled(world, world.desk("chenguang"), ("wechat", 300))
    world.providers = ()
    world.restart()
    assert perform_due(world.hub) == 0
    world.providers = (bank,)
    world.now += LEASE
    world.restart()
    assert perform_due(world.hub) == 1
    assert bank.total == 300
