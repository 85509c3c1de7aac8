"""Every rule by which the hub answers a push."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec.structs import replace

from s2b_domain.commands.command import HANDLERS
from s2b_domain.commands.goods import ImportGoods, ShelveGoods
from s2b_domain.commands.order_steps import CancelOrder, ConfirmOrder
from s2b_domain.commands.payments import PayOrder
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Order
from s2b_domain.records.stock import Discrepancy
from s2b_domain.rules.order_flow import OrderKind, OrderState
from s2b_domain.wire import Envelope, OutcomeKind, Push, freeze, receipt_bytes
from s2b_hub import parties
from s2b_hub.door import Job
from s2b_hub.problems import ProblemError
from tests.hub.world import World, line

ACCEPTED, REJECTED, PARKED = OutcomeKind.ACCEPTED, OutcomeKind.REJECTED, OutcomeKind.PARKED

pytestmark = pytest.mark.postgresql


def test_an_accepted_command_has_its_effect_and_a_signed_receipt(world: World) -> None:
    desk = world.desk("chenguang")
    order = world.order(("HF-1", 3), ("YD-1", 2))
    outcome = desk.send(order)
    assert outcome.kind is ACCEPTED
    assert outcome.receipt is not None
    assert outcome.receipt.result == {"number": order.number, "total": 6250}
    assert outcome.receipt.time == world.now
    key = Ed25519PublicKey.from_public_bytes(desk.signed.hub_key)
    key.verify(outcome.receipt.signature, receipt_bytes(outcome.receipt))
    with pytest.raises(InvalidSignature):
        key.verify(outcome.receipt.signature, receipt_bytes(replace(outcome.receipt, hub_order=99)))
    assert [o.number for o in world.rows(Order)] == [order.number]


def test_a_refused_command_has_no_effect_and_closes_its_place(world: World) -> None:
    desk = world.desk("chenguang")
    outcome = desk.send(world.order(("HF-1", 101)))
    assert (outcome.kind, outcome.code) == (REJECTED, "out_of_stock")
    assert outcome.params["available"] == 100
    assert outcome.receipt is not None
    assert world.rows(Order) == []
    assert desk.send(world.order(("HF-1", 100))).kind is ACCEPTED


def test_what_is_not_there_is_refused_by_name_and_no_failure_of_the_hub(world: World) -> None:
    outcome = world.desk("chenguang").send(CancelOrder(order_id=world.id(), reason="x"))
    assert (outcome.kind, outcome.code, outcome.params["kind"]) == (OutcomeKind.REJECTED, "not_found", "sales_order")


def test_the_same_envelope_again_gets_the_stored_answer(world: World) -> None:
    desk = world.desk("chenguang")
    envelope = desk.envelope(desk.body(world.order(("HF-1", 3))))
    first = desk.push(envelope)
    world.now += 60_000
    again = desk.push(envelope)
    assert again.outcomes == first.outcomes
    assert again.expected == first.expected == 2
    assert len(world.rows(Order)) == 1


def test_another_command_at_a_used_place_is_a_cloned_device(world: World) -> None:
    desk = world.desk("chenguang")
    desk.send(world.order(("HF-1", 3)))
    other = Envelope(seq=1, body=freeze(desk.body(world.order(("HF-1", 4)))))
    with pytest.raises(ProblemError) as raised:
        desk.push(other)
    assert raised.value.problem.code == "device_cloned"
    assert raised.value.status == 409
    assert len(world.rows(Order)) == 1


def test_a_cloned_device_submits_again_under_a_new_id_and_nothing_happens_twice(world: World) -> None:
    desk = world.desk("chenguang")
    body = desk.body(world.order(("HF-1", 3)))
    first = desk.push(desk.envelope(body)).outcomes[0]
    fresh = world.desk("chenguang")
    assert fresh.signed.device_id != desk.signed.device_id
    again = fresh.push(fresh.envelope(body)).outcomes[0]
    assert (again.kind, again.command_id, again.seq) == (first.kind, first.command_id, 1)
    assert again.receipt is not None
    assert first.receipt is not None
    assert again.receipt.result == first.receipt.result
    assert again.receipt.device_id == fresh.signed.device_id
    assert again.receipt.hub_order > first.receipt.hub_order
    assert len(world.rows(Order)) == 1
    assert fresh.push(Envelope(seq=1, body=freeze(body))).outcomes == (again,)


def test_one_id_for_two_commands_is_refused(world: World) -> None:
    desk = world.desk("chenguang")
    body = desk.body(world.order(("HF-1", 3)))
    desk.push(desk.envelope(body))
    other = desk.body(world.order(("HF-1", 4)), command_id=body.command_id)
    assert desk.push(desk.envelope(other)).outcomes[0].code == "command_id_taken"


def test_a_gap_is_answered_with_what_is_expected(world: World) -> None:
    desk = world.desk("chenguang")
    first, second, third = (desk.envelope(desk.body(world.order(("HF-1", n)))) for n in (1, 2, 3))
    assert desk.push(third).expected == 1
    pushed = desk.push(first, third)
    assert [o.seq for o in pushed.outcomes] == [1]
    assert pushed.expected == 2
    assert [o.seq for o in desk.push(second, third).outcomes] == [2, 3]
    assert len(world.rows(Order)) == 3


def test_a_declared_base_is_accepted_where_the_hub_has_never_been(world: World) -> None:
    desk = world.desk("chenguang")
    desk.seq = 41
    envelope = desk.envelope(desk.body(world.order(("HF-1", 1))))
    assert desk.push(envelope).expected == 1
    assert desk.push(envelope, base=41).expected == 42
    with pytest.raises(ProblemError, match="device_cloned"):
        desk.push(Envelope(seq=7, body=envelope.body), base=7)


@pytest.mark.parametrize("seq", [0, -1, 1 << 62, (1 << 64) - 1])
def test_an_impossible_place_is_malformed(world: World, seq: int) -> None:
    desk = world.desk("chenguang")
    body = freeze(desk.body(world.order(("HF-1", 1))))
    with pytest.raises(ProblemError, match="malformed"):
        desk.push(Envelope(seq=seq, body=body), base=seq)


def test_nobody_pushes_anothers_work_as_their_own(world: World) -> None:
    owner, assistant = world.desk("chenguang"), world.desk("chenguang-shop")
    body = owner.body(world.order(("HF-1", 3)))
    outcome = assistant.push(assistant.envelope(body)).outcomes[0]
    assert (outcome.kind, outcome.code) == (REJECTED, "wrong_actor")
    assert owner.push(owner.envelope(body)).outcomes[0].kind is ACCEPTED, "the owner's command is still the owner's"


def test_what_is_no_command_is_passed_by(world: World) -> None:
    desk = world.desk("chenguang")
    rubbish = [b"", b"\xc1", b"\x93\x01\x02", freeze(desk.body(world.order(("HF-1", 1)), command_id="x"))]
    for body in rubbish:
        desk.seq += 1
        outcome = desk.push(Envelope(seq=desk.seq - 1, body=body)).outcomes[0]
        assert (outcome.kind, outcome.code) == (REJECTED, "malformed_command")
    unknown = replace(desk.body(world.order(("HF-1", 1))), name="order.wish@9")
    assert desk.push(desk.envelope(unknown)).outcomes[0].code == "unknown_command"
    assert desk.send(world.order(("HF-1", 1))).kind is ACCEPTED


def test_the_role_counts_that_the_user_has_now(world: World) -> None:
    assistant = world.desk("chenguang-shop")
    order = world.order(("HF-1", 1))
    assert assistant.send(order).kind is ACCEPTED
    refused = assistant.send(CancelOrder(order_id=order.order_id, reason="误下单"))
    assert (refused.code, refused.params) == ("not_permitted", {"permission": "order.cancel"})


def test_a_disabled_user_is_signed_out(world: World) -> None:
    desk = world.desk("chenguang")
    parties.disable_user(world.hub, "chenguang")
    for request in (lambda: desk.send(world.order(("HF-1", 1))), desk.pull):
        with pytest.raises(ProblemError, match="signed_out"):
            request()


@pytest.mark.parametrize(
    ("client", "last_pull", "decided"),
    [(-500, -900, -500), (-900, -500, -500), (500, -900, 0), (500, 900, 0), (-(10**15), -(10**15), None)],
)
def test_the_clients_clock_is_believed_between_its_last_pull_and_now(
    world: World, client: int, last_pull: int, decided: int | None
) -> None:
    desk = world.desk("chenguang")
    order = world.order(("HF-1", 1))
    desk.send(order, client_time=world.now + client, last_pull=world.now + last_pull)
    (row,) = world.rows(Order)
    assert row.placed_at == (0 if decided is None else world.now + decided)


def test_an_intent_whose_ground_has_moved_is_refused_and_a_fact_is_not(world: World) -> None:
    desk = world.desk("chenguang")
    order = world.order(("HF-1", 1), kind=OrderKind.DROPSHIP)
    desk.send(replace(order, confirm=False))
    place = f"sales_order/{order.order_id}"
    (row,) = world.rows(Order)
    stale = desk.send(ConfirmOrder(order_id=order.order_id), seen={place: row.row_version + 1})
    assert (stale.code, stale.params["id"]) == ("changed_meanwhile", order.order_id)
    fact = PayOrder(order_id=order.order_id, method="现金", amount=1)
    assert desk.send(fact, seen={place: row.row_version + 7}).kind is ACCEPTED
    (row,) = world.rows(Order)
    assert desk.send(ConfirmOrder(order_id=order.order_id), seen={place: row.row_version}).kind is ACCEPTED
    assert desk.send(ConfirmOrder(order_id=order.order_id), seen={"nothing/1": 1}).code == "malformed_command"
    missing = world.id()
    made_up = desk.send(ConfirmOrder(order_id=order.order_id), seen={f"sales_order/{missing}": 3})
    assert (made_up.code, made_up.params["id"]) == ("changed_meanwhile", missing)
    assert (
        desk.send(CancelOrder(order_id=order.order_id, reason="不要了"), seen={f"sales_order/{missing}": 0}).kind
        is ACCEPTED
    )


def test_a_fact_against_the_books_is_booked_with_a_discrepancy(world: World) -> None:
    desk = world.desk("chenguang")
    order = world.order(("HF-1", 1), kind=OrderKind.DROPSHIP)
    desk.send(order)
    outcome = desk.send(PayOrder(order_id=order.order_id, method="现金", amount=999_999))
    assert (outcome.kind, outcome.code) == (OutcomeKind.ACCEPTED_WITH_EXCEPTION, "overpaid")
    assert outcome.params["paid"] == 999_999
    assert [d.code for d in world.rows(Discrepancy)] == ["overpaid"]


def test_a_moved_price_asks_and_the_answer_supersedes(world: World) -> None:
    desk = world.desk("chenguang")
    order = world.order(("HF-1", 1), kind=OrderKind.DROPSHIP)
    world.desk("hengfeng").send(ImportGoods(lines=(line("HF-1", dropship_price=160_000),)))
    body = desk.body(order)
    asked = desk.push(desk.envelope(body)).outcomes[0]
    assert (asked.kind, asked.code) == (OutcomeKind.NEEDS_CONFIRMATION, "price_changed")
    assert asked.params == {"changes": ["HF-1", "150000", "160000"]}
    child = desk.send(PayOrder(order_id=order.order_id, method="现金", amount=1300), depends_on=(body.command_id,))
    assert (child.kind, child.code, child.params) == (PARKED, "waits_for", {"commands": [body.command_id]})
    assert desk.send(world.order(("HF-2", 1))).kind is ACCEPTED, "what is parked holds up nobody"
    items = tuple(replace(i, price_seen=160_000) for i in order.items)
    assert desk.send(replace(order, items=items), supersedes=body.command_id).kind is ACCEPTED
    desk.pull()
    assert desk.outcomes[child.seq].kind in (ACCEPTED, OutcomeKind.ACCEPTED_WITH_EXCEPTION)
    (row,) = world.rows(Order, id=order.order_id)
    assert row.paid == 1300


def test_dependents_of_a_refused_command_are_refused_at_once(world: World) -> None:
    desk = world.desk("chenguang")
    parent = desk.body(world.order(("HF-1", 1000)))
    child = desk.body(ConfirmOrder(order_id=world.id()), depends_on=(parent.command_id,))
    grandchild = desk.body(ConfirmOrder(order_id=world.id()), depends_on=(child.command_id,))
    pushed = desk.push(*(desk.envelope(b) for b in (parent, child, grandchild)))
    assert [o.code for o in pushed.outcomes] == ["out_of_stock", "depends_on_rejected", "depends_on_rejected"]
    assert pushed.outcomes[1].params == {"commands": [parent.command_id]}


def test_commands_that_stand_in_for_each_other_are_refused_like_any(world: World) -> None:
    desk = world.desk("chenguang")
    one = desk.body(world.order(("HF-1", 1000)))
    two = desk.body(world.order(("HF-1", 1000)), supersedes=one.command_id)
    one = replace(one, supersedes=two.command_id)
    child = desk.body(world.order(("HF-1", 1)), depends_on=(one.command_id,))
    pushed = desk.push(*(desk.envelope(b) for b in (one, two, child)))
    assert [o.code for o in pushed.outcomes] == ["out_of_stock", "out_of_stock", "depends_on_rejected"]


def test_a_chain_that_came_too_early_is_decided_when_its_head_arrives(world: World) -> None:
    late, early = world.desk("chenguang"), world.desk("chenguang")
    order = world.order(("HF-1", 1))
    head = late.body(replace(order, confirm=False))
    middle = early.body(ConfirmOrder(order_id=order.order_id), depends_on=(head.command_id,))
    last = early.body(CancelOrder(order_id=order.order_id, reason="不要了"), depends_on=(middle.command_id,))
    pushed = early.push(early.envelope(middle), early.envelope(last))
    assert [o.kind for o in pushed.outcomes] == [PARKED, PARKED]
    early.pull()
    assert late.push(late.envelope(head)).outcomes[0].kind is ACCEPTED
    early.pull()
    assert [early.outcomes[n].kind for n in (1, 2)] == [ACCEPTED, ACCEPTED]
    (row,) = world.rows(Order)
    assert row.state is OrderState.CANCELLED


def test_a_copy_of_a_parked_command_is_decided_with_it(world: World) -> None:
    late, early, clone = (world.desk("chenguang") for _ in range(3))
    order = world.order(("HF-1", 1))
    head = late.body(replace(order, confirm=False))
    child = early.body(ConfirmOrder(order_id=order.order_id), depends_on=(head.command_id,))
    assert early.push(early.envelope(child)).outcomes[0].kind is PARKED
    assert clone.push(clone.envelope(child)).outcomes[0].kind is PARKED
    late.push(late.envelope(head))
    for desk in (early, clone):
        desk.pull()
        outcome = desk.outcomes[1]
        assert outcome.kind is ACCEPTED
        assert outcome.receipt is not None
        assert outcome.receipt.device_id == desk.signed.device_id


def test_what_a_crash_left_parked_is_released_at_the_next_start(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    late, early = world.desk("chenguang"), world.desk("chenguang")
    order = world.order(("HF-1", 1))
    head = late.body(replace(order, confirm=False))
    early.push(early.envelope(early.body(ConfirmOrder(order_id=order.order_id), depends_on=(head.command_id,))))

    take, batches = world.hub.door._take, iter([True, False])

    def crash_on_the_second() -> list[Job[Any]]:
        if next(batches):
            return take()
        raise KeyboardInterrupt

    monkeypatch.setattr(world.hub.door, "_take", crash_on_the_second)
    with pytest.raises(KeyboardInterrupt):
        late.push(late.envelope(head))
    world.restart()
    early.pull()
    assert early.outcomes[1].kind is ACCEPTED


def test_a_throwing_command_is_buried_and_the_queue_moves_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, other = world.desk("hengfeng"), world.desk("yuanda")
    (sku,) = world.rows(Sku, code="HF-1")
    calls = []

    def broken(*arguments: object) -> None:
        calls.append(1)
        raise ZeroDivisionError("王芳 13900001111")

    handler = HANDLERS["goods.shelve@1"]
    monkeypatch.setitem(HANDLERS, "goods.shelve@1", replace(handler, run=broken))
    poison = desk.envelope(desk.body(ShelveGoods(sku_ids=(sku.id,), on_sale=False)))
    good = desk.envelope(desk.body(ImportGoods(lines=(line("HF-9"),))))
    pushed = desk.push(poison, good)
    assert [(o.kind, o.code) for o in pushed.outcomes] == [(REJECTED, "hub_error"), (ACCEPTED, "")]
    assert len(calls) == 2, "it is tried again by itself before it is given up"
    assert other.send(ImportGoods(lines=(line("YD-9"),))).kind is ACCEPTED
    assert desk.push(poison).outcomes == pushed.outcomes[:1]


def test_a_protocol_that_is_not_spoken_asks_for_an_update(world: World) -> None:
    desk = world.desk("chenguang")
    with pytest.raises(ProblemError) as raised:
        world.hub.push(desk.signed.token, Push(protocol=99, envelopes=()))
    assert raised.value.problem.code == "update_needed"
    assert raised.value.status == 426
