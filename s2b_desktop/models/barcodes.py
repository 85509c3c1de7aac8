"""Every barcode of a SKU finds it by one look-up: the first has a column of its own, all others are kept here.

Triggers follow the SKUs' further barcodes and those of their packages, whoever writes them.
"""

from sqlalchemy import Connection

from s2b_domain.rules.gs1 import variants

_MORE = (
    "SELECT m.value AS code, {at}.rowid AS sku, NULL AS steps"
    " FROM {source}json_each({at}.more_barcodes) m WHERE m.value <> ''"
)
_PACKAGES = (
    "SELECT json_extract(p.value, '$[2]'), {at}.rowid, json_extract(p.value, '$[1]')"
    " FROM {source}json_each({at}.packages) p WHERE json_extract(p.value, '$[2]') <> ''"
)
# Each code once: an OR IGNORE does not hold in a trigger inside an upsert, and rows come by upserts.
_NOTE = (
    "INSERT INTO local_barcode SELECT code, sku, CASE WHEN count(*) = count(steps) THEN min(steps) END"
    f" FROM ({_MORE} UNION ALL {_PACKAGES}) GROUP BY code, sku"
)
_FORGET = "DELETE FROM local_barcode WHERE sku_rowid = old.rowid"

SCHEMA = (
    "CREATE TABLE local_barcode (code TEXT NOT NULL, sku_rowid INTEGER NOT NULL, steps INTEGER,"
    " PRIMARY KEY (code, sku_rowid)) WITHOUT ROWID",
    "CREATE INDEX local_barcode_sku ON local_barcode (sku_rowid)",
)
"""`steps` are those of the package that bears the code; NULL where it is one unit."""
FOLLOW = (
    _NOTE.format(at="sku", source="sku, "),
    "CREATE TRIGGER sku_barcodes_added AFTER INSERT ON sku"
    " WHEN new.more_barcodes <> '[]' OR new.packages <> '[]'"
    f" BEGIN {_NOTE.format(at='new', source='')}; END",
    "CREATE TRIGGER sku_barcodes_changed AFTER UPDATE OF more_barcodes, packages ON sku"
    " WHEN old.more_barcodes IS NOT new.more_barcodes OR old.packages IS NOT new.packages"
    f" BEGIN {_FORGET}; {_NOTE.format(at='new', source='')}; END",
    "CREATE TRIGGER sku_barcodes_removed AFTER DELETE ON sku"
    " WHEN old.more_barcodes <> '[]' OR old.packages <> '[]'"
    f" BEGIN {_FORGET}; END",
)


def further(connection: Connection, code: str) -> dict[int, int | None]:
    """The rowids of SKUs that have `code` besides their first barcode, with the steps of the package that bears it."""
    found: dict[int, int | None] = {}
    for variant in variants(code):
        sql = "SELECT sku_rowid, steps FROM local_barcode WHERE code = ?"
        found |= {row[0]: row[1] for row in connection.exec_driver_sql(sql, (variant,))}
    return found
