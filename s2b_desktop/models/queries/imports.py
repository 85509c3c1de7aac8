"""Imports of goods that were carried out, and whether they were taken back."""

import msgspec
from sqlalchemy import Connection, func, select

from s2b_domain.records.imports import ImportPart

_part = ImportPart.table
_codes = msgspec.json.Decoder(tuple[str, ...]).decode


class ImportEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One import: counts of its file, `saved` rows of it, and its parts that can be taken back, the last first.

    `kept` are the SKU codes that stayed when it was taken back.
    """

    import_id: str
    file: str
    at: int
    who: str
    new: int
    changed: int
    unchanged: int
    wrong: int
    saved: int
    parts: tuple[str, ...]
    undone_at: int
    kept: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether all accepted rows were saved."""
        return self.saved >= self.new + self.changed


def import_history(connection: Connection, supplier_id: str, limit: int = 20) -> list[ImportEntry]:
    """The latest imports of a supplier, the newest first."""
    mine = _part.c.supplier_id == supplier_id
    latest = (
        select(_part.c.import_id).where(mine).group_by(_part.c.import_id).order_by(func.max(_part.c.at).desc())
    ).limit(limit)
    wanted = [row[0] for row in connection.execute(latest)]
    columns = [_part.c[name] for name in ("id", "import_id", "part", "undone_at", "kept", "count", "file", "at")]
    columns += [_part.c[name] for name in ("actor_name", "new", "changed", "unchanged", "wrong")]
    found: dict[str, list[dict[str, object]]] = {}
    statement = select(*columns).where(mine, _part.c.import_id.in_(wanted)).order_by(_part.c.part.desc())
    for row in connection.execute(statement).mappings():
        found.setdefault(row["import_id"], []).append(dict(row))
    return [_entry(import_id, found[import_id]) for import_id in wanted]


def _entry(import_id: str, parts: list[dict[str, object]]) -> ImportEntry:
    first = parts[-1]
    counts = {name: int(str(first[name])) for name in ("new", "changed", "unchanged", "wrong", "at")}
    return ImportEntry(
        import_id=import_id,
        file=str(first["file"]),
        who=str(first["actor_name"]),
        saved=sum(int(str(part["count"])) for part in parts),
        parts=tuple(str(part["id"]) for part in parts if not part["undone_at"]),
        undone_at=max(int(str(part["undone_at"])) for part in parts),
        kept=tuple(code for part in reversed(parts) for code in _codes(str(part["kept"]))),
        **counts,
    )
