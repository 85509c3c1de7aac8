"""What an import of goods did, kept so that it can be undone."""

from s2b_domain.records.record import Record, record


@record("import_part", ("supplier_id", "import_id"))
class ImportPart(Record, frozen=True, kw_only=True):
    """One command of an import: part `part` of `parts`, each with the counts of the whole file.

    `lines` is MessagePack of (SKU code, digest of the goods as the import left them, how they were before; None for
    goods that were created). `kept` are the codes that stayed when the part was undone.
    """

    supplier_id: str
    import_id: str
    file: str
    part: int
    parts: int
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    wrong: int = 0
    count: int = 0
    actor_id: str
    actor_name: str
    at: int
    lines: bytes = b""
    undone_at: int = 0
    undone_by: str = ""
    kept: tuple[str, ...] = ()
