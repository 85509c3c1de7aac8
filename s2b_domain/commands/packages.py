"""Barcodes of packages: within a supplier's goods each names one package, and no unit."""

from collections.abc import Mapping, Sequence

import msgspec

from s2b_domain.errors import Refused
from s2b_domain.ids import derived_id
from s2b_domain.records.catalog import PackageCode, Sku
from s2b_domain.rules.gs1 import variants
from s2b_domain.tx import Tx


class Packed(msgspec.Struct, frozen=True):
    """A SKU whose barcodes or packages the line of `row` has set; `before` is None where it is new."""

    row: int
    before: Sku | None
    after: Sku


def package_code_id(supplier_id: str, barcode: str) -> str:
    """The id under which a supplier's package barcode is held, with or without the zero that scanners drop."""
    return derived_id(supplier_id, "package", min(variants(barcode), key=len))


def hold_codes(tx: Tx, supplier_id: str, packed: Sequence[Packed]) -> None:
    """Hold the barcodes of packages as they are now, and let go those that were; `Refused("barcode_taken")`.

    What one line gives up another may take, in whatever order they stand.
    """
    codes = [(p, _package_ids(p.after), _unit_ids(p.after)) for p in packed]
    gone = {id_ for p, mine, _ in codes if p.before for id_ in _package_ids(p.before).keys() - mine.keys()}
    asked = {id_ for _, mine, units in codes for id_ in (*mine, *units)}
    rows = tx.find_in(PackageCode, "id", gone | asked)
    for row in rows:
        if row.id in gone:
            tx.delete(row)
    held = {row.id: row.sku_id for row in rows if row.id not in gone}
    for p, mine, _ in codes:
        for id_ in mine:
            if id_ not in held:
                held[id_] = tx.add(PackageCode(id=id_, supplier_id=supplier_id, sku_id=p.after.id)).sku_id
    bearers = _bearers(tx, supplier_id, [barcode for _, mine, _ in codes for barcode in mine.values()])
    bearers |= {id_: p.after.id for p, _, units in codes for id_ in units}
    for p, mine, units in codes:
        for id_, barcode in mine.items():
            _check(tx, p, barcode, bearers.get(id_, ""))
            _check(tx, p, barcode, held[id_] if held[id_] != p.after.id else "")
        for id_, barcode in units.items():
            _check(tx, p, barcode, held.get(id_, ""))


def let_go(tx: Tx, sku: Sku) -> None:
    """Of goods that are removed, nothing is held any more."""
    for row in tx.find_in(PackageCode, "id", _package_ids(sku)):
        tx.delete(row)


def _bearers(tx: Tx, supplier_id: str, barcodes: Sequence[str]) -> dict[str, str]:
    """Ids of SKUs whose unit bears one of the barcodes as its first: those beside it are not looked for."""
    there = tx.find_in(Sku, "barcode", [v for barcode in barcodes for v in variants(barcode)], supplier_id=supplier_id)
    return {id_: sku.id for sku in there for id_ in _unit_ids(sku)}


def _package_ids(sku: Sku) -> Mapping[str, str]:
    return {package_code_id(sku.supplier_id, u.barcode): u.barcode for u in sku.packages if u.barcode}


def _unit_ids(sku: Sku) -> Mapping[str, str]:
    return {package_code_id(sku.supplier_id, code): code for code in (sku.barcode, *sku.more_barcodes) if code}


def _check(tx: Tx, packed: Packed, barcode: str, holder: str) -> None:
    if holder:
        other = tx.get(Sku, holder)
        code = other.code if other else ""
        raise Refused("barcode_taken", row=packed.row, sku=packed.after.code, barcode=barcode, other=code)
