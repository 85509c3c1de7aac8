"""What happens by itself on the hub: points expire, unpaid orders are cancelled, delivered ones completed, lapsed
leases go back, suppliers are rated.

Each chore is an ordinary command on behalf of the shop or the platform, through the door like every writer, so that
rules, scopes and audit trail are the same as if somebody had done it by hand.
"""

import threading
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, select

from s2b_domain.access import Actor, Role
from s2b_domain.commands import Command, carry_out, pack, scopes_touched
from s2b_domain.commands.accounts import platform_id
from s2b_domain.commands.leases import ReturnLease
from s2b_domain.commands.members import MAX_TAGGED, ExpirePoints
from s2b_domain.commands.order_steps import CancelOrder, CompleteOrder
from s2b_domain.commands.ratings import HUB
from s2b_domain.commands.rewards import points_left
from s2b_domain.errors import DomainError
from s2b_domain.ids import make_id
from s2b_domain.records.lease import Lease
from s2b_domain.records.member import PointsEntry
from s2b_domain.records.order import History, Order
from s2b_domain.records.party import PartyKind
from s2b_domain.records.shop import Shop
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.leases import GRACE, LeaseState
from s2b_domain.rules.order_flow import OrderKind, OrderState
from s2b_domain.tx import Tx
from s2b_hub import blobs, history, log
from s2b_hub.database import is_transient
from s2b_hub.door import Batch, Entropy, Job
from s2b_hub.hub import Hub
from s2b_hub.ratings import due_ratings

INTERVAL = 300.0
"""Seconds between two looks whether anything is due."""
HOUR = 3_600_000
DAY = 24 * HOUR
UNPAID = "超时未付款，系统自动取消"
MOST = 200
"""Orders of a shop that one look cancels or completes, and leases that it takes back; the rest waits for the next."""


def clerk(merchant_id: str) -> Actor:
    """Who acts for a shop when nobody does."""
    return Actor("hub", "S2B", merchant_id, "", PartyKind.MERCHANT, Role.MERCHANT_OWNER)


def registrar(platform_id: str) -> Actor:
    """Who acts for the platform when nobody does."""
    return Actor("hub", "S2B", platform_id, "", PartyKind.PLATFORM, Role.PLATFORM_ADMIN)


class Chore(Job[str]):
    """One command on behalf of an actor; the answer is the code of its refusal, or ""."""

    def __init__(self, actor: Actor, message: Command, entropy: Entropy) -> None:
        super().__init__()
        self._actor, self._entropy = actor, entropy
        self._name, self._payload = pack(message)

    def scopes(self, batch: Batch) -> frozenset[str]:
        return frozenset(scopes_touched(batch.draft, self._actor, self._name, self._payload))

    def run(self, batch: Batch) -> str:
        tx = Tx(
            batch.draft,
            actor=self._actor,
            command_id=make_id(batch.time, self._entropy(10)),
            device_id=HUB,
            time=batch.time,
        )
        try:
            carry_out(tx, self._name, self._payload)
        except DomainError as refusal:
            return refusal.code
        batch.accept(tx)
        return ""


def due(connection: Connection, now: int) -> list[tuple[Actor, Command]]:
    """(who acts, command) of everything whose time has come."""
    rules = RecordStore(connection).find(Shop)
    shops = (
        *_points(connection, now),
        *_unpaid(connection, rules, now),
        *_delivered(connection, rules, now),
        *_lapsed(connection, now),
    )
    platform = registrar(platform_id(RecordStore(connection)))
    return [
        *((clerk(id_), message) for id_, message in shops),
        *((platform, message) for message in due_ratings(connection, now)),
    ]


def _points(connection: Connection, now: int) -> list[tuple[str, Command]]:
    entry = PointsEntry.table
    over = select(entry.c.merchant_id, entry.c.member_id).where(entry.c.expires_at <= now, entry.c.amount > 0)
    store = RecordStore(connection)
    by_shop: dict[str, list[str]] = {}
    for merchant_id, member_id in connection.execute(over.distinct()).all():
        left = points_left(store.find(PointsEntry, member_id=member_id))
        if any(expires_at is not None and expires_at <= now for expires_at in left):
            by_shop.setdefault(merchant_id, []).append(member_id)
    return [
        (merchant_id, ExpirePoints(member_ids=tuple(sorted(ids)[start : start + MAX_TAGGED])))
        for merchant_id, ids in sorted(by_shop.items())
        for start in range(0, len(ids), MAX_TAGGED)
    ]


def _unpaid(connection: Connection, shops: Sequence[Shop], now: int) -> list[tuple[str, Command]]:
    order = Order.table.c
    return [
        (shop.id, CancelOrder(order_id=id_, reason=UNPAID))
        for shop in shops
        if (hours := shop.rules.unpaid_hours)
        for id_ in _orders_of(
            connection,
            shop,
            OrderState.PLACED,
            order.paid == 0,
            order.total > order.cancelled_amount,
            order.placed_at <= now - hours * HOUR,
        )
    ]


def _delivered(connection: Connection, shops: Sequence[Shop], now: int) -> list[tuple[str, Command]]:
    told = History.table.c
    arrived = select(told.document_id).where(told.event == "order.delivered")
    return [
        (shop.id, CompleteOrder(order_id=id_))
        for shop in shops
        if (days := shop.rules.complete_after_days)
        for id_ in _orders_of(
            connection,
            shop,
            OrderState.DELIVERED,
            arrived.where(told.document_id == Order.table.c.id, told.at <= now - days * DAY).exists(),
        )
    ]


def _orders_of(
    connection: Connection, shop: Shop, state: OrderState, *conditions: ColumnElement[bool]
) -> Sequence[str]:
    """A shop's consumer orders in a state for which the conditions hold, `MOST` of them."""
    order = Order.table.c
    mine = (order.merchant_id == shop.id, order.kind == OrderKind.DROPSHIP.value, order.state == state.value)
    return connection.scalars(select(order.id).where(*mine, *conditions).order_by(order.id).limit(MOST)).all()


def _lapsed(connection: Connection, now: int) -> list[tuple[str, Command]]:
    lease = Lease.table
    over = (
        select(lease.c.merchant_id, lease.c.id)
        .where(lease.c.state == LeaseState.ACTIVE.value, lease.c.expires_at <= now - GRACE)
        .order_by(lease.c.expires_at, lease.c.id)
        .limit(MOST)
    )
    return [(merchant_id, ReturnLease(lease_id=id_)) for merchant_id, id_ in connection.execute(over).all()]


def do_due(hub: Hub) -> int:
    """Do what is due; how much of it was accepted. Nothing while a restored hub is still recovering."""
    with hub.database.read() as connection:
        if history.recovery(connection) is not None:
            return 0
        wanted = due(connection, hub.clock())
    done = 0
    for actor, message in wanted:
        chore = Chore(actor, message, hub.entropy)
        hub.door.submit(chore)
        code = chore.answer.result()
        log.event("chore.done", command=pack(message)[0], organisation=actor.organisation_id, code=code)
        done += not code
    return done


class Chores:
    """A thread that looks now and then, and does what is due."""

    def __init__(self, hub: Hub, interval: float = INTERVAL) -> None:
        self._hub, self._interval = hub, interval
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hub-chores", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop after what is under way."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        swept = 0
        while not self._stopping.wait(self._interval):
            try:
                do_due(self._hub)
                if self._hub.clock() - swept > DAY:
                    swept = self._hub.clock()
                    blobs.sweep(self._hub)
            except Exception as error:
                if not is_transient(error):
                    log.failure("chores.failed", error)
