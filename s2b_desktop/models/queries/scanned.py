"""What a scanned code names."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from s2b_desktop.models.queries.counting import Seen, seen_of
from s2b_desktop.models.queries.goods import GoodsEntry, goods_entries
from s2b_desktop.models.queries.sku_search import named
from s2b_domain.commands.stock import main_warehouse_id, stock_id, tracking_of
from s2b_domain.records.catalog import Sku
from s2b_domain.records.store import RecordStore
from s2b_domain.rules import gs1
from s2b_domain.rules.packages import package_named
from s2b_domain.rules.stock import Tracking
from s2b_domain.rules.units import Unit


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """What a scanned code names: a SKU, and how many steps one scan stands for; `seen` is for a count of it.

    `lot` and `expires_at` are what the code itself said; `tracking` is what the goods ask for; `package` is the one
    that bears the code.
    """

    entry: GoodsEntry
    steps: int
    seen: Seen
    lot: str = ""
    expires_at: int | None = None
    tracking: Tracking = Tracking.NONE
    package: Unit | None = None


def scanned(connection: Connection, supplier_id: str, code: str, warehouse_id: str = "") -> list[Scanned]:
    """The SKUs that a scanned code names: by barcode or code, else by a further barcode or a package's, else by what
    a GS1 code or a scale's code holds."""
    found = dict(named(connection, supplier_id, code))
    if found:
        return _entries(connection, supplier_id, found, warehouse_id, code)
    told = gs1.parse(code)
    if told is not None:
        for number in gs1.gtins(told.gtin):
            found = dict(named(connection, supplier_id, number))
            if found:
                return _told(connection, supplier_id, found, told, warehouse_id, number)
        return []
    weighed = gs1.weighed(code)
    for number in weighed.codes if weighed else ():
        of_scale = {r: s for r, s in named(connection, supplier_id, number) if s == 10**gs1.KILOGRAM_DECIMALS}
        if of_scale and weighed:
            return _entries(connection, supplier_id, dict.fromkeys(of_scale, weighed.grams), warehouse_id)
    return []


class Pointed(NamedTuple):
    """The SKUs that a scanned code names, and what the code says of their lot."""

    sku_ids: tuple[str, ...]
    lot: str = ""
    expires_at: int | None = None


def pointed(connection: Connection, sku_ids: Sequence[str], code: str) -> Pointed:
    """Which of these SKUs a scanned code names, whatever else bears the same barcode."""
    told = gs1.parse(code)
    numbers = {each for number in (gs1.gtins(told.gtin) if told else [code]) for each in gs1.variants(number)}
    found = [
        sku.id
        for sku in RecordStore(connection).find_in(Sku, "id", sku_ids)
        if not numbers.isdisjoint((sku.code, sku.barcode, *sku.more_barcodes, *(p.barcode for p in sku.packages)))
    ]
    return Pointed(tuple(found), told.lot, told.expires_at) if told else Pointed(tuple(found))


def tracking_for(connection: Connection, owner_id: str, sku_id: str) -> Tracking:
    """What a receipt of a SKU into an owner's stock must say."""
    store = RecordStore(connection)
    sku = store.get(Sku, sku_id)
    return tracking_of(store, owner_id, sku) if sku else Tracking.NONE


def seen_at(connection: Connection, supplier_id: str, sku_id: str, warehouse_id: str, lot: str) -> Seen:
    """What a count of one place has seen."""
    place = stock_id(supplier_id, sku_id, warehouse_id or main_warehouse_id(supplier_id), lot)
    return seen_of(connection, supplier_id, sku_id).get(place, Seen())


def _told(
    connection: Connection, supplier_id: str, found: dict[int, int], told: gs1.Gs1, warehouse_id: str, number: str
) -> list[Scanned]:
    steps = {rowid: each * (told.count or 1) for rowid, each in found.items()}
    if told.grams is not None:
        steps = {r: told.grams if each == 10**gs1.KILOGRAM_DECIMALS else steps[r] for r, each in found.items()}
    return _entries(connection, supplier_id, steps, warehouse_id, number, told.lot, told.expires_at)


def _entries(
    connection: Connection,
    supplier_id: str,
    steps: dict[int, int],
    warehouse_id: str,
    barcode: str = "",
    lot: str = "",
    expires_at: int | None = None,
) -> list[Scanned]:
    store = RecordStore(connection)
    made = []
    for entry in goods_entries(connection, supplier_id, list(steps)):
        sku = store.get(Sku, entry.sku_id)
        made.append(
            Scanned(
                entry=entry,
                steps=steps[entry.rowid],
                seen=seen_at(connection, supplier_id, entry.sku_id, warehouse_id, lot),
                lot=lot,
                expires_at=expires_at,
                tracking=tracking_of(store, supplier_id, sku) if sku else Tracking.NONE,
                package=package_named(barcode, sku.packages) if sku else None,
            )
        )
    return made
