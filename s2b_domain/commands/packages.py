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
    gone = {id_ for p in packed if p.before for id_ in _package_ids(p.before).keys() - _package_ids(p.after).keys()}
    asked = {id_ for p in packed for id_ in (*_package_ids(p.after), *_unit_ids(p.after))}
    rows = tx.find_in(PackageCode, "id", gone | asked)
    for row in rows:
        if row.id in gone:
            tx.delete(row)
    held = {row.id: row.sku_id for row in rows if row.id not in gone}
    for p in packed:
        for id_ in _package_ids(p.after):
            if id_ not in held:
                held[id_] = tx.add(PackageCode(id=id_, supplier_id=supplier_id, sku_id=p.after.id)).sku_id
    units = _units(tx, supplier_id, packed)
    for p in packed:
        for id_, barcode in _package_ids(p.after).items():
            _check(tx, p, barcode, units.get(id_, ""))
            _check(tx, p, barcode, held[id_] if held[id_] != p.after.id else "")
        for id_, barcode in _unit_ids(p.after).items():
            _check(tx, p, barcode, held.get(id_, ""))


def let_go(tx: Tx, sku: Sku) -> None:
    """Of goods that are removed, nothing is held any more."""
    for row in tx.find_in(PackageCode, "id", _package_ids(sku)):
        tx.delete(row)


def _units(tx: Tx, supplier_id: str, packed: Sequence[Packed]) -> Mapping[str, str]:
    """Ids of SKUs whose unit bears one of the packages' barcodes. Those beside the first are known of these goods."""
    codes = [code for p in packed for barcode in _package_ids(p.after).values() for code in variants(barcode)]
    there = tx.find_in(Sku, "barcode", codes, supplier_id=supplier_id)
    return {id_: sku.id for sku in (*there, *(p.after for p in packed)) for id_ in _unit_ids(sku)}


def _package_ids(sku: Sku) -> Mapping[str, str]:
    return {package_code_id(sku.supplier_id, u.barcode): u.barcode for u in sku.packages if u.barcode}


def _unit_ids(sku: Sku) -> Mapping[str, str]:
    return {package_code_id(sku.supplier_id, code): code for code in (sku.barcode, *sku.more_barcodes) if code}


def _check(tx: Tx, packed: Packed, barcode: str, holder: str) -> None:
    if holder:
        other = tx.get(Sku, holder)
        code = other.code if other else ""
        raise Refused("barcode_taken", row=packed.row, sku=packed.after.code, barcode=barcode, other=code)
