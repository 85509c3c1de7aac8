"""How much a file may ask for."""

import msgspec

MIB = 1 << 20


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds on one file; the defaults suit a shop PC."""

    file_bytes: int = 300 * MIB
    memory_bytes: int = 1024 * MIB  # address space of the reading process
    idle_seconds: float = 10.0  # without progress
    cells: int = 40_000_000  # claimed by one sheet
    columns: int = 1_000
    sheets: int = 60
    head_rows: int = 240  # looked at to find header and mapping
