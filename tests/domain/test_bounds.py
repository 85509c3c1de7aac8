"""What a crafted command may not do: be too large, be of no shape, or come from the wrong chair."""

from typing import Any

import msgspec
import pytest

from s2b_domain.access import Actor, Role
from s2b_domain.commands import Command, carry_out, pack, scopes_touched, unpack
from s2b_domain.commands.goods import ImportGoods, check_line
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.commands.parties import AddPaper, Apply, Decide
from s2b_domain.commands.stock import CountStock, MoveStock
from s2b_domain.errors import Refused
from s2b_domain.records.party import PartyKind
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.stock import MovementKind
from s2b_domain.tx import Tx
from s2b_domain.wire import Body, freeze, thaw
from tests.domain.books import Books, water

FORM = Apply(name="新店", licence_number="91330", contact="王", phone="139", region="浙江", address="路 1 号")
ID = "0" * 32


def changed(message: Any, **fields: object) -> Any:
    return msgspec.structs.replace(message, **fields)


@pytest.mark.parametrize(
    ("message", "code", "params"),
    [
        (changed(FORM, name="x" * 201), "too_long", {"field": "name", "most": 200}),
        (changed(FORM, note="x" * 4001), "too_long", {"field": "note", "most": 4000}),
        (changed(FORM, phone="1\x002"), "field_wrong", {"field": "phone"}),
        (AddPaper(paper_id=ID, kind="k", number="1", expires_at=2**63), "field_wrong", {"field": "expires_at"}),
        (
            CountStock(sku_id=ID, counted=1, position=-(2**62)),
            "field_wrong",
            {"field": "position"},
        ),
        (
            MoveStock(sku_id=ID, kind=MovementKind.RECEIVE, quantity=1, lot="x" * 101),
            "too_long",
            {"field": "lot", "most": 100},
        ),
        (
            PlaceOrder(
                order_id=ID,
                number="1",
                kind=OrderKind.PURCHASE,
                items=(OrderItem(sku_id=ID, quantity=1, price_seen=1, retail_price=2**63),),
            ),
            "field_wrong",
            {"field": "retail_price"},
        ),
        (
            Decide(organisation_id=ID, state=PartyState.REJECTED, reasons=("x",) * 51),
            "too_long",
            {"field": "reasons", "most": 50},
        ),
    ],
)
def test_every_field_is_bounded_and_named(message: Command, code: str, params: dict[str, object]) -> None:
    with pytest.raises(Refused) as refused:
        unpack(*pack(message))
    assert (refused.value.code, refused.value.params) == (code, params)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", " 0012"),
        ("code", "0\x00"),
        ("product_key", "x" * 101),
        ("description", "x" * 50_001),
        ("barcodes", ("x" * 65,)),
        ("images", ("x",) * 101),
        ("specs", {"x" * 201: ""}),
        ("parameters", {"x": "y" * 5001}),
        ("tax_rate_bp", 10_001),
        ("decimals", 4),
        ("unit", "x" * 21),
    ],
)
def test_a_line_out_of_bounds_names_its_row_and_field(field: str, value: object) -> None:
    with pytest.raises(Refused) as refused:
        check_line(changed(water(row=7), **{field: value}))
    assert (refused.value.code, refused.value.params) == ("row_wrong", {"row": 7, "field": field})


UNREAD = b"\xa2\xff\xfe"  # no UTF-8; in a field that nobody knows it is passed over
DEEP = b"\x91" * 100_000 + b"\x90"


@pytest.mark.parametrize("tail", [DEEP, UNREAD, b"\xdd\xff\xff\xff\xff", b""])
def test_bytes_of_no_shape_are_refused_and_nothing_else(tail: bytes) -> None:
    name, payload = pack(FORM)
    if tail != UNREAD:
        with pytest.raises(Refused, match="malformed_command"):
            unpack(name, bytes([payload[0] + 1]) + payload[1:] + b"\xa1z" + tail)
    with pytest.raises(Refused, match="malformed_command"):
        unpack(name, b"\x81\xa4name" + tail)
    body = freeze(Body(command_id=ID, actor_id=ID, name="x", payload=b"", client_time=1))
    if tail != UNREAD:
        with pytest.raises(msgspec.MsgspecError):
            thaw(b"\xdc\x00" + bytes([12]) + body[1:] + tail)
    with pytest.raises(msgspec.MsgspecError):
        thaw(body[:1] + tail)


def test_a_payload_that_no_outbox_takes_is_not_read() -> None:
    with pytest.raises(Refused, match="too_long"):
        unpack("party.apply@1", b"\x80" + b"\xc0" * (1 << 20))


def test_a_command_without_a_proper_id_writes_nothing(books: Books) -> None:
    tx = Tx(books.store, actor=books.hengfeng, command_id="x" * 32, device_id="d", time=books.now)
    with pytest.raises(Refused, match="malformed_command"):
        carry_out(tx, *pack(ImportGoods(lines=(water(),))))
    assert tx.changes() == []


def test_a_role_of_another_kind_of_organisation_may_nothing(books: Books) -> None:
    shop = books.chenguang
    stranger = Actor(shop.id, shop.name, shop.organisation_id, shop.organisation_name, shop.kind, Role.PLATFORM_ADMIN)
    message = Decide(organisation_id=shop.organisation_id, state=PartyState.SUSPENDED, reasons=("x",))
    for ask in (lambda: books.do(stranger, message), lambda: scopes_touched(books.store, stranger, *pack(message))):
        with pytest.raises(Refused, match="not_permitted"):
            ask()


def test_nobody_suspends_the_platform(books: Books) -> None:
    message = Decide(organisation_id=books.admin.organisation_id, state=PartyState.SUSPENDED, reasons=("x",))
    with pytest.raises(Refused, match="not_permitted"):
        books.do(books.admin, message)


def test_goods_of_a_supplier_that_is_not_approved_do_not_go_on_sale(books: Books) -> None:
    newcomer = books.actor(books.organisation("新厂", PartyKind.SUPPLIER, PartyState.SUBMITTED), Role.SUPPLIER_MANAGER)
    with pytest.raises(Refused, match="supplier_not_trading"):
        books.sell(newcomer, water())


def test_an_amount_no_ledger_holds_is_refused(books: Books) -> None:
    books.sell(books.hengfeng, water(stock=10**12, supply_price=10**12))
    [sku] = books.skus()
    items = (OrderItem(sku_id=sku.id, quantity=10**12, price_seen=10**12),)
    with pytest.raises(Refused, match="field_wrong"):
        books.do(books.chenguang, PlaceOrder(order_id=books.id(), number="1", kind=OrderKind.PURCHASE, items=items))
