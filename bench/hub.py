"""Orders that the hub decides, full rules and ledger, from many devices at once."""

import threading
from collections.abc import Iterator
from functools import partial

from bench import live, postgresql
from bench.figure import Figure, against, median, seconds
from bench.serial import Mark
from bench.world import PASSWORD, Stage, World
from s2b_domain.commands import pack
from s2b_domain.commands.orders import PlaceOrder
from s2b_domain.wire import PROTOCOL, Body, Envelope, OutcomeKind, Push, SignedIn, SignIn, freeze

DEVICES = 32


def figures(stage: Stage) -> Iterator[Figure]:
    """Orders of two lines, each in a push of its own, in one hub process without HTTP."""
    ours, theirs = [], []
    each = max(1, min(40, stage.count // 1_000))
    with stage.world(min(stage.count, 10_000), inline=False) as world:
        for _ in range(stage.runs):
            devices = [world.hub.sign_in(SignIn(login="merchant", password=PASSWORD)) for _ in range(DEVICES)]
            work = [(signed, _pushes(world, signed, each)) for signed in devices]
            mark = Mark(world.hub)
            taken = seconds(lambda work=work: _together(world, work))  # type: ignore[misc]
            ours.append(DEVICES * each / taken)
            limit = mark.replayed(stage.fresh("serial"), DEVICES * each, commit_every=DEVICES)
            theirs.append(DEVICES * each / limit)
    note = (
        f"{DEVICES} devices, one order of two lines per push; limit: Core inserts of the same rows, {DEVICES} a commit"
    )
    yield from live.figures(stage)
    yield against("hub.orders", median(ours), median(theirs), "orders/s", most=2, n=stage.runs, more=True, note=note)
    yield _on_postgresql(stage)


def _on_postgresql(stage: Stage) -> Figure:
    ours, theirs = [], []
    each = max(1, min(40, stage.count // 1_000))
    with postgresql.database() as url, postgresql.world(stage, url, min(stage.count, 10_000)) as world:
        for _ in range(stage.runs):
            devices = [world.hub.sign_in(SignIn(login="merchant", password=PASSWORD)) for _ in range(DEVICES)]
            work = [(signed, _pushes(world, signed, each)) for signed in devices]
            mark = postgresql.Mark(world.hub)
            ours.append(DEVICES * each / seconds(partial(_together, world, work)))
            theirs.append(DEVICES * each / mark.replayed(url, DEVICES * each, commit_every=DEVICES))
    note = f"as hub.orders, on PostgreSQL; limit: psycopg inserting the same rows, {DEVICES} orders a commit"
    return against(
        "hub.orders_postgresql", median(ours), median(theirs), "orders/s", most=2, n=stage.runs, more=True, note=note
    )


def _pushes(world: World, signed: SignedIn, count: int) -> list[Push]:
    orders = world.orders(count)
    return [_push(world, signed, seq, order) for seq, order in enumerate(orders, start=signed.next_seq)]


def _push(world: World, signed: SignedIn, seq: int, order: PlaceOrder) -> Push:
    name, payload = pack(order)
    body = Body(
        command_id=world.id(), actor_id=signed.actor.id, name=name, payload=payload, client_time=world.hub.clock()
    )
    return Push(protocol=PROTOCOL, envelopes=(Envelope(seq=seq, body=freeze(body)),))


def _together(world: World, work: list[tuple[SignedIn, list[Push]]]) -> None:
    refused: list[str] = []

    def send(signed: SignedIn, pushes: list[Push]) -> None:
        for push in pushes:
            outcomes = world.hub.push(signed.token, push).outcomes
            refused.extend(o.code for o in outcomes if o.kind is not OutcomeKind.ACCEPTED)

    threads = [threading.Thread(target=send, args=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:
        raise RuntimeError(f"{len(refused)} orders were not accepted: {sorted(set(refused))}")
