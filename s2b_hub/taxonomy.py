"""The operator takes over a category tree, or writes it out. Every part goes through the door and into the journal."""

import base64
import zlib
from pathlib import Path

from s2b_domain.commands.command import pack
from s2b_domain.records.catalog import Attribute, Category
from s2b_domain.records.store import RecordStore
from s2b_domain.taxonomy import sheet, shopify
from s2b_domain.taxonomy.plan import Plan, compare
from s2b_hub import deeds
from s2b_hub.door import Batch
from s2b_hub.hub import Hub


def plan(hub: Hub, source: Path) -> Plan:
    """What importing a folder or a sheet would do; `TaxonomyError`, `Refused`, OSError."""
    categories, attributes = _tree(hub)
    draft = shopify.read(source) if source.is_dir() else sheet.read(source, categories, attributes)
    return compare(draft, categories, attributes)


def carry_out(hub: Hub, plan: Plan) -> None:
    """Write what a plan says, command by command."""
    for message in plan.commands():
        name, payload = pack(message)
        deed: deeds.Deed = {
            "id": message.entries[0].id,
            "command_id": hub.new_id(),
            "name": name,
            "payload": base64.b64encode(zlib.compress(payload, 9)).decode(),
        }

        def work(batch: Batch, deed: deeds.Deed = deed) -> None:
            deeds.DEEDS["taxonomy.imported"](batch, batch.time, deed)
            batch.note("taxonomy.imported", **deed)

        hub.write(work)


def export(hub: Hub, target: Path) -> int:
    """Write the tree as CSV with a byte order mark, for Excel; the number of its rows."""
    return sheet.write_csv(target, *_tree(hub))


def _tree(hub: Hub) -> tuple[list[Category], list[Attribute]]:
    with hub.database.read() as connection:
        store = RecordStore(connection)
        return store.find(Category), store.find(Attribute)
