"""Whatever happens in whatever order: checksums are right, nothing leaks, nothing is missing."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from s2b_domain.access import scopes_of
from s2b_domain.commands import Command
from s2b_domain.commands.goods import ImportGoods, ReviewGoods, ShelveGoods
from s2b_domain.commands.order_steps import CancelOrder, ConfirmOrder
from s2b_domain.commands.parties import AddPaper, Decide
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.stock import CountStock, MoveStock
from s2b_domain.commands.supply import AcceptSupply, CloseShort, DeclineSupply, ShipItem, ShipParcel
from s2b_domain.records.catalog import Product, Sku
from s2b_domain.records.order import Order, SupplyLine, SupplyOrder
from s2b_domain.records.stock import Availability, Stock
from s2b_domain.rules.onboarding import ContentState, PartyState
from s2b_domain.rules.order_flow import OrderKind, SupplyState
from s2b_domain.rules.stock import MovementKind
from s2b_domain.wire import OutcomeKind, checksum_add, row_hash
from s2b_hub import tables
from tests.hub.world import LOGINS, Desk, World, line, open_world

_PICK = st.integers(0, 7)
Made = tuple[str, Command] | None


def _import(world: World, a: int, b: int) -> Made:
    who, prefix = (("hengfeng", "HF"), ("yuanda", "YD"))[a % 2]
    lines = (
        line(f"{prefix}-{b}", stock=10 * a, supply_price=100_000 + b),
        line(f"{prefix}-{a}x", 3, title=f"新 {b}", product_key=f"K{b % 3}"),
    )
    return who, ImportGoods(lines=lines)


def _review(world: World, a: int, b: int) -> Made:
    waiting = world.rows(Product, state=ContentState.SUBMITTED)[: a + 1]
    products = tuple((p.id, p.row_version) for p in waiting)
    return "reviewer", ReviewGoods(products=products, approve=b > 2, reasons=("图片不清",))


def _shelve(world: World, a: int, b: int) -> Made:
    skus = world.rows(Sku)
    sku = skus[a % len(skus)]
    return _login(world, sku.supplier_id), ShelveGoods(sku_ids=(sku.id,), on_sale=b % 2 == 0)


def _place(world: World, a: int, b: int) -> Made:
    codes = ["HF-1", "HF-2", "HF-3", "YD-1", "YD-2"]
    wanted = {codes[a % 5]: b + 1, codes[b % 5]: 30}
    kind = OrderKind.DROPSHIP if a % 2 else OrderKind.PURCHASE
    login = ("chenguang", "xiaoman", "chenguang-shop")[b % 3]
    return login, world.order(*wanted.items(), kind=kind)


def _change_order(world: World, a: int, b: int) -> Made:
    orders = world.rows(Order)
    if not orders:
        return None
    order = orders[a % len(orders)]
    messages = (
        ConfirmOrder(order_id=order.id),
        CancelOrder(order_id=order.id, reason="不要了"),
        PayOrder(order_id=order.id, method="现金", amount=100 * (b + 1)),
    )
    return _login(world, order.merchant_id), messages[b % 3]


def _supply(world: World, a: int, b: int) -> Made:
    supplies = world.rows(SupplyOrder)
    if not supplies:
        return None
    supply = supplies[a % len(supplies)]
    supplied = world.rows(SupplyLine, supply_order_id=supply.id)
    items = tuple(ShipItem(supply_line_id=s.id, quantity=max(1, s.quantity - b % 2)) for s in supplied)
    ship = ShipParcel(
        parcel_id=world.id(), supply_order_id=supply.id, carrier="顺丰", tracking_number=f"SF{b}", items=items
    )
    messages = (
        AcceptSupply(supply_order_ids=(supply.id,)),
        ship,
        DeclineSupply(supply_order_id=supply.id, reason="缺货"),
        CloseShort(supply_order_id=supply.id, reason="停产"),
    )
    accept = supply.state is SupplyState.WAITING and b != 5
    return _login(world, supply.supplier_id), messages[0 if accept else b % 4]


def _stock(world: World, a: int, b: int) -> Made:
    skus = world.rows(Sku)
    sku = skus[a % len(skus)]
    counted = CountStock(sku_id=sku.id, counted=b, position=a)
    moved = MoveStock(sku_id=sku.id, kind=MovementKind.ADJUST, quantity=b - 40, reason="破损")
    return _login(world, sku.supplier_id), counted if a % 2 else moved


def _party(world: World, a: int, b: int) -> Made:
    if a % 3 == 0:
        return "xiaoman", AddPaper(paper_id=world.id(), kind="营业执照", number=str(b))
    name = ("yuanda", "xiaoman", "hengfeng")[b % 3]
    state = PartyState.SUSPENDED if a % 2 else PartyState.APPROVED
    return "admin", Decide(organisation_id=world.organisation(name), state=state, reasons=("复查",))


_MAKERS: list[Callable[[World, int, int], Made]] = [
    _import,
    _review,
    _shelve,
    _place,
    _place,
    _change_order,
    _supply,
    _supply,
    _stock,
    _party,
]
_STEPS = st.lists(st.tuples(st.sampled_from(_MAKERS), _PICK, _PICK, st.booleans(), _PICK), min_size=5, max_size=40)


def _login(world: World, organisation_id: str) -> str:
    return next(n for n in ("hengfeng", "yuanda", "chenguang", "xiaoman") if world.organisation(n) == organisation_id)


def _recomputed(world: World) -> dict[str, bytes]:
    sums: dict[str, int] = {}
    for (table, id_), row in world.everything().items():
        for scope in scopes_of(row):
            sums[scope] = checksum_add(sums.get(scope, 0), row_hash(table, id_, row.row_version))
    return {scope: number.to_bytes(16, "big") for scope, number in sums.items()}


def _kept(world: World) -> dict[str, bytes]:
    with world.hub.database.read() as connection:
        c = tables.scope.c
        return {s: checksum for s, checksum in connection.execute(select(c.name, c.checksum)) if checksum != bytes(16)}


def _agrees(world: World, desk: Desk) -> None:
    """What a desktop holds is exactly what its scopes hold, to the last column."""
    scopes = world.granted(desk)
    assert set(desk.granted) == scopes
    wanted = {key: row for key, row in world.everything().items() if scopes.intersection(scopes_of(row))}
    held = {key: type(wanted[key]).decode(row) for key, row in desk.rows.items() if key in wanted}
    assert desk.rows.keys() == wanted.keys()
    assert held == wanted


@settings(max_examples=12)
@given(steps=_STEPS, page=st.integers(1, 30))
def test_desktops_hold_exactly_what_their_scopes_grant(
    founded: Path, steps: list[tuple[Callable[[World, int, int], Made], int, int, bool, int]], page: int
) -> None:
    logins = [*LOGINS]
    with TemporaryDirectory() as folder, open_world(founded, Path(folder) / "hub") as world:
        desks = {login: world.desk(login) for login in logins}
        halves = {login: [desk.ask(limit=page)] for login, desk in desks.items()}
        for maker, a, b, pull, whose in steps:
            world.now += 1000
            made = maker(world, a, b)
            if made is not None:
                outcome = desks[made[0]].send(made[1])
                assert outcome.code != "hub_error", outcome
            if pull:
                _advance(desks[logins[whose]], halves, logins[whose], page)
        assert _kept(world) == _recomputed(world)
        for login, desk in desks.items():
            while halves[login]:
                _advance(desk, halves, login, page)
            desk.pull(limit=page)
            _agrees(world, desk)
            fresh = world.desk(login)
            fresh.pull()
            assert fresh.rows == desk.rows
        promised = {s.sku_id: 0 for s in world.rows(Stock)}
        for stock in world.rows(Stock):
            promised[stock.sku_id] += stock.available
        assert {a.id: a.available for a in world.rows(Availability)} == promised


def _advance(desk: Desk, halves: dict[str, list], login: str, page: int) -> None:  # type: ignore[type-arg]
    """One request more of an unfinished pull, or the first of a new one."""
    pages = halves[login]
    if not pages or not pages[-1].final:
        pages.append(desk.ask(page=pages[-1].page if pages else b"", limit=page))
    if pages[-1].final:
        desk.take(pages)
        pages.clear()


@settings(max_examples=8)
@given(steps=_STEPS, sizes=st.lists(st.integers(1, 6), min_size=1))
def test_any_batching_gives_the_same_books(
    founded: Path, steps: list[tuple[Callable[[World, int, int], Made], int, int, bool, int]], sizes: list[int]
) -> None:
    """The same commands one by one, and many to a transaction, end in the same rows and outcomes."""
    with TemporaryDirectory() as folder:
        with open_world(founded, Path(folder) / "single") as world:
            desks = {login: world.desk(login) for login in LOGINS}
            run = []
            for maker, a, b, _, _ in steps:
                made = maker(world, a, b)
                if made is not None:
                    envelope = desks[made[0]].envelope(desks[made[0]].body(made[1]))
                    run.append((made[0], envelope, desks[made[0]].push(envelope).outcomes[0]))
            single = world.everything()
        with open_world(founded, Path(folder) / "batched") as world:
            desks = {login: world.desk(login) for login in LOGINS}
            lengths = itertools.cycle(sizes)
            while run:
                size = next(lengths)
                batch, run = run[:size], run[size:]
                # One device's commands in one push are one batch; several devices' go side by side by their order.
                for login, group in itertools.groupby(batch, key=lambda r: r[0]):
                    pairs = list(group)
                    pushed = desks[login].push(*(envelope for _, envelope, _ in pairs))
                    assert [(o.kind, o.code, o.params) for o in pushed.outcomes] == [
                        (o.kind, o.code, o.params) for _, _, o in pairs
                    ]
            assert world.everything() == single
            assert _kept(world) == _recomputed(world)


def test_the_makers_do_reach_acceptance(world: World) -> None:
    """A property over nothing but refusals would prove nothing."""
    accepted = {OutcomeKind.ACCEPTED, OutcomeKind.ACCEPTED_WITH_EXCEPTION}
    for maker in (_place, _change_order, _place, _supply, _import, _review, _shelve, _stock, _party):
        outcomes: set[OutcomeKind] = set()
        for a, b in itertools.product(range(8), repeat=2):
            made = maker(world, a, b)
            if made is not None and not outcomes & accepted:
                outcomes.add(world.desk(made[0]).send(made[1]).kind)
        assert outcomes & accepted, maker
