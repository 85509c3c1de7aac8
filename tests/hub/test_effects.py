"""Money that commands want given back leaves once, whatever is lost or crashes on the way, and is booked once."""

from __future__ import annotations

import pytest

from s2b_domain.commands.counter import BookSale, SaleItem, Tender
from s2b_domain.commands.order_changes import ForgoSupply
from s2b_domain.commands.order_steps import CancelOrder, ConfirmOrder
from s2b_domain.commands.orders import PlaceOrder
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.refunds import RefundReturn, SettlePayout
from s2b_domain.commands.returns import DecideReturn, RequestReturn, ReturnItem
from s2b_domain.commands.supply import AcceptSupply, DeclineSupply, ShipItem, ShortPick
from s2b_domain.errors import Refused
from s2b_domain.records.after_sales import Payout, PayoutState, ReturnCase
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Order, OrderLine, Payment, SupplyLine, SupplyOrder
from s2b_domain.records.stock import Discrepancy
from s2b_domain.rules.after_sales import ReturnKind, ReturnReason, ReturnState
from s2b_domain.rules.order_flow import OrderKind, OrderState
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


def paid_order(world: World, shop: Desk, paid: int = 0) -> str:
    """A consumer's order at two suppliers that was paid, in full where nothing is said."""
    message = world.order(("HF-1", 2), ("YD-1", 2), kind=OrderKind.DROPSHIP)
    for step in (message, ConfirmOrder(order_id=message.order_id)):
        shop.send(step)
    (order,) = world.rows(Order, id=message.order_id)
    shop.send(PayOrder(order_id=order.id, method="wechat", amount=paid or order.total))
    return message.order_id


def part_of(world: World, order_id: str, supplier: Desk) -> SupplyOrder:
    (part,) = world.rows(SupplyOrder, order_id=order_id, supplier_id=supplier.signed.actor.organisation_id)
    assert isinstance(part, SupplyOrder)
    return part


def short_picked(world: World, shop: Desk, paid: int = 0) -> Order:
    """The same; one of the suppliers has only the half of its part."""
    order_id, supplier = paid_order(world, shop, paid), world.desk("yuanda")
    part = part_of(world, order_id, supplier)
    supplier.send(AcceptSupply(supply_order_ids=(part.id,)))
    (line,) = world.rows(SupplyLine, supply_order_id=part.id)
    short = ShortPick(supply_order_id=part.id, items=(ShipItem(supply_line_id=line.id, quantity=1),), reason="破损")
    assert supplier.send(short).kind is OutcomeKind.ACCEPTED
    (order,) = world.rows(Order, id=order_id)
    assert isinstance(order, Order)
    assert 0 < order.cancelled_amount < order.total
    return order


def test_what_could_not_be_picked_is_given_back(world: World, bank: Bank) -> None:
    order = short_picked(world, world.desk("chenguang"))
    over = order.paid - order.due
    assert told(world) == [("wechat", over, EffectState.PENDING, "bank")]
    assert perform_due(world.hub) == 1
    assert (bank.total, perform_due(world.hub)) == (over, 0)
    (row,) = world.rows(Order, id=order.id)
    assert row.paid == row.due


def test_of_an_order_that_is_not_paid_in_full_nothing_goes_back_for_what_is_owed_still(
    world: World, bank: Bank
) -> None:
    short_picked(world, world.desk("chenguang"), paid=1)
    assert all_effects(world) == []


def test_what_a_supplier_declined_stays_while_the_shop_may_order_it_elsewhere(world: World, bank: Bank) -> None:
    shop, supplier = world.desk("chenguang"), world.desk("yuanda")
    order_id = paid_order(world, shop)
    part = part_of(world, order_id, supplier)
    assert supplier.send(DeclineSupply(supply_order_id=part.id, reason="缺货")).kind is OutcomeKind.ACCEPTED
    assert all_effects(world) == []
    assert shop.send(CancelOrder(order_id=order_id, reason="不要了")).kind is OutcomeKind.ACCEPTED
    (row,) = world.rows(Order, id=order_id)
    assert [e.amount for e in all_effects(world)] == [row.paid]


def test_of_an_order_that_was_declined_whole_the_shop_decides_too(world: World, bank: Bank) -> None:
    shop, supplier = world.desk("chenguang"), world.desk("yuanda")
    message = world.order(("YD-1", 2), kind=OrderKind.DROPSHIP)
    for step in (message, ConfirmOrder(order_id=message.order_id)):
        shop.send(step)
    (order,) = world.rows(Order, id=message.order_id)
    shop.send(PayOrder(order_id=order.id, method="wechat", amount=order.total))
    part = part_of(world, order.id, supplier)
    supplier.send(DeclineSupply(supply_order_id=part.id, reason="缺货"))
    (row,) = world.rows(Order, id=order.id)
    assert (row.state, row.due, all_effects(world)) == (OrderState.CANCELLED, 0, [])
    for _ in range(2):
        assert shop.send(ForgoSupply(supply_order_id=part.id)).kind is OutcomeKind.ACCEPTED
    assert [e.amount for e in all_effects(world)] == [order.total]
    assert (perform_due(world.hub), bank.total) == (1, order.total)


def test_what_is_not_ordered_elsewhere_goes_back_and_the_rest_stays_paid(world: World, bank: Bank) -> None:
    shop, supplier = world.desk("chenguang"), world.desk("yuanda")
    order_id = paid_order(world, shop)
    part = part_of(world, order_id, supplier)
    supplier.send(DeclineSupply(supply_order_id=part.id, reason="缺货"))
    shop.send(ForgoSupply(supply_order_id=part.id))
    (row,) = world.rows(Order, id=order_id)
    assert [e.amount for e in all_effects(world)] == [row.paid - row.due]
    assert row.paid > row.due > 0


def test_while_a_provider_is_at_it_nothing_more_is_asked_of_it(world: World, bank: Bank) -> None:
    """Somebody gives a little back by hand meanwhile: the rest must not leave twice."""
    shop = world.desk("chenguang")
    order = short_picked(world, shop)
    over = order.paid - order.due
    bank.lost = True
    perform_due(world.hub)
    assert [e.state for e in all_effects(world)] == [EffectState.SENT]
    shop.send(PayOrder(order_id=order.id, method="wechat", amount=-10))
    bank.lost = False
    world.now += 2 * LEASE
    for _ in range(3):
        perform_due(world.hub)
    assert bank.total == over


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


def returned(world: World, shop: Desk, *tenders: tuple[str, int]) -> RequestReturn:
    """Something was sold over the counter, and its money is to be given back."""
    (sku,) = world.rows(Sku, code="HF-1")
    sale, amount = world.id(), sum(n for _, n in tenders)
    sold = BookSale(
        order_id=sale,
        number=f"S-{sale[-8:]}",
        items=(SaleItem(sku_id=sku.id, quantity=1, price=amount * 100),),
        charged=amount,
        tenders=tuple(Tender(method=m, amount=n) for m, n in tenders),
    )
    assert shop.send(sold).kind in (OutcomeKind.ACCEPTED, OutcomeKind.ACCEPTED_WITH_EXCEPTION)
    (line,) = world.rows(OrderLine, order_id=sale)
    id_ = world.id()
    request = RequestReturn(
        return_id=id_,
        number=f"R-{id_[-8:]}",
        order_id=sale,
        kind=ReturnKind.REFUND_ONLY,
        reason=ReturnReason.QUALITY,
        items=(ReturnItem(order_line_id=line.id, quantity=1),),
    )
    assert shop.send(request).kind is OutcomeKind.ACCEPTED
    if world.rows(ReturnCase, id=id_)[0].state is ReturnState.REQUESTED:
        assert shop.send(DecideReturn(return_id=id_, approve=True)).kind is OutcomeKind.ACCEPTED
    return request


def test_the_refund_of_a_return_is_paid_and_ends_it(world: World, bank: Bank) -> None:
    case = returned(world, world.desk("chenguang"), ("wechat", 2000))
    (payout,) = world.rows(Payout)
    assert [(e.key, e.state) for e in all_effects(world)] == [(payout.id, EffectState.PENDING)]
    assert perform_due(world.hub) == 1
    assert bank.total == 2000
    (payout,) = world.rows(Payout)
    assert (payout.state, payout.reference, payout.done_by) == (PayoutState.PAID, "B1", "S2B")
    assert world.rows(ReturnCase, id=case.return_id)[0].state is ReturnState.REFUNDED
    assert given_back(world) == [("wechat", -2000, "B1")]


def test_a_declined_refund_is_opened_again_and_can_be_paid_by_hand(world: World, bank: Bank) -> None:
    shop = world.desk("chenguang")
    case = returned(world, shop, ("wechat", 2000))
    bank.declines = True
    perform_due(world.hub)
    (payout,) = world.rows(Payout)
    assert (payout.state, payout.reason) == (PayoutState.FAILED, "the account is closed")
    assert world.rows(ReturnCase, id=case.return_id)[0].state is ReturnState.REFUND_FAILED
    bank.declines = False
    assert shop.send(RefundReturn(return_id=case.return_id, method="cash")).kind is OutcomeKind.ACCEPTED
    assert told(world) == [("cash", 2000, EffectState.PENDING, "by_hand")]
    assert perform_due(world.hub) == 0
    paid = SettlePayout(payout_id=payout.id, paid=True, reference="收据 8")
    assert shop.send(paid).kind is OutcomeKind.ACCEPTED
    assert [e.state for e in all_effects(world)] == [EffectState.CONFIRMED]
    assert bank.total == 0


def test_paid_by_hand_while_the_provider_was_at_it_is_said(world: World, bank: Bank) -> None:
    shop = world.desk("chenguang")
    returned(world, shop, ("wechat", 2000))
    bank.lost = True
    perform_due(world.hub)
    (payout,) = world.rows(Payout)
    shop.send(SettlePayout(payout_id=payout.id, paid=True, reference="收据 9"))
    bank.lost = False
    world.now += 2 * LEASE
    assert perform_due(world.hub) == 1
    assert [d.code for d in world.rows(Discrepancy) if d.code == "refunded_twice"] == ["refunded_twice"]
