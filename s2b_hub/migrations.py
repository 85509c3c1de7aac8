"""How the hub's database follows the program: numbered steps, each from one schema to the next, in one transaction.

`STEPS[n - 1]` leads from schema n to n + 1; a released step is never edited. A fresh database is made from the tables
as they are now, and an upgraded one must equal it (`tests/hub/test_migrations.py`).
"""

from collections.abc import Callable

from sqlalchemy import Connection, select, update

from s2b_hub import log, tables

Step = Callable[[Connection], None]
STEPS: tuple[Step, ...] = ()


def upgrade(connection: Connection) -> int:
    """Bring a database to the schema of this program; the version it has then. One that is newer is left alone, and
    of several processes that start at once, one does it while the others wait."""
    c = tables.meta.c
    found = connection.scalar(select(c.value).where(c.key == "schema_version").with_for_update())
    version = int(found or 0)
    for step in STEPS[version - 1 :]:
        step(connection)
        version += 1
        log.event("migrated", schema=version)
    connection.execute(update(tables.meta).where(c.key == "schema_version").values(value=str(version).encode()))
    return version
