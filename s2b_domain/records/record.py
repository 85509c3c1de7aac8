"""A record is a frozen row with a SQLAlchemy Core table of its own: the same columns on desktop, hub and wire.

Every table has the key `id`, and `row_version`, which counts the accepted changes of the row (from 1).
Columns take their type from the annotation: str, int, bool and bytes as they are, `| None` for nullable,
anything else (tuples, dicts, nested structs) as canonical JSON text.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Self, TypeVar, get_args, get_type_hints

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, MetaData, Table, Text
from sqlalchemy.types import TypeEngine

METADATA = MetaData()
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared by its characters' numbers everywhere, whatever language a database was made for."""
_PLAIN: dict[Any, TypeEngine[Any]] = {str: TEXT, int: BigInteger(), bool: Boolean(), bytes: LargeBinary()}
_json = msgspec.json.Encoder(order="deterministic")


class Record(msgspec.Struct, frozen=True, array_like=True, kw_only=True, gc=False):
    """Base of all rows. `encode` and `decode` map to and from the driver's tuples, in column order."""

    table: ClassVar[Table]
    table_name: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]
    encode: ClassVar[Callable[[Any], tuple[Any, ...]]]
    decode: ClassVar[Callable[[Sequence[Any]], Any]]

    id: str
    row_version: int = 0

    def with_(self, **changes: Any) -> Self:
        """A copy with some fields changed."""
        return msgspec.structs.replace(self, **changes)


R = TypeVar("R", bound=Record)
RECORDS: dict[str, type[Record]] = {}


def record(name: str, *indexes: tuple[str, ...]) -> Callable[[type[R]], type[R]]:
    """Register a record under its table name, with the indexes that its queries need."""

    def register(cls: type[R]) -> type[R]:
        # One column per field, in field order, so that a row is a tuple everywhere.
        hints = get_type_hints(cls)
        fields = tuple(f.name for f in msgspec.structs.fields(cls))
        columns = [_column(field, hints[field]) for field in fields]
        cls.table = Table(name, METADATA, *columns)
        cls.table_name = name  # plain text; `Table.name` is a text of SQLAlchemy's own, which no message can carry
        for index in indexes:
            Index(f"ix_{name}_{'_'.join(index)}", *(cls.table.c[c] for c in index))
        cls.columns = fields
        packed = [i for i, field in enumerate(fields) if _base(hints[field]) not in _PLAIN]
        cls.encode = staticmethod(_encoder(packed))
        cls.decode = staticmethod(_decoder(cls, packed))
        RECORDS[name] = cls
        return cls

    return register


def name_of(cls: type[Record]) -> str:
    """The table name of a record class."""
    return cls.table_name


def _base(hint: Any) -> Any:
    options = [a for a in get_args(hint) if a is not type(None)]
    if type(None) in get_args(hint) and len(options) == 1:
        hint = options[0]
    if isinstance(hint, type) and issubclass(hint, str):
        return str
    return hint


def _column(field: str, hint: Any) -> Column[Any]:
    kind = _PLAIN.get(_base(hint), TEXT)
    return Column(field, kind, primary_key=field == "id", nullable=type(None) in get_args(hint))


def _encoder(packed: list[int]) -> Callable[[Record], tuple[Any, ...]]:
    def encode(row: Record) -> tuple[Any, ...]:
        values = list(msgspec.structs.astuple(row))
        for i in packed:
            values[i] = _json.encode(values[i]).decode()
        return tuple(values)

    return encode if packed else msgspec.structs.astuple


def _decoder(cls: type[R], packed: list[int]) -> Callable[[Sequence[Any]], R]:
    def decode(row: Sequence[Any]) -> R:
        values = list(row)
        for i in packed:
            values[i] = msgspec.json.decode(values[i])
        return msgspec.convert(values, cls, strict=False)

    return decode


def decode_all(cls: type[R], rows: Iterable[Sequence[Any]]) -> list[R]:
    """The records of driver rows that were selected in column order."""
    decode = cls.decode
    return [decode(row) for row in rows]
