"""Makes the database of a hub of a released schema, once, with the program of that release:

    python -m tests.golden.make_hub tests/golden/hub-N.sqlite.zst

A hub with goods, one order in three states of its life, money taken and given back, a revoked device and a token. While
nothing is released, it may be made again where a change of the records needs a step that nobody will ever run.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import zstandard

from s2b_domain.commands.order_steps import CancelOrder
from s2b_domain.commands.payments import PayOrder
from s2b_domain.rules.order_flow import OrderKind
from s2b_hub import devices
from s2b_hub.location import FILE
from tests.hub.world import World, found


def main(target: Path) -> None:
    """Write `target`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "hub"
        found(folder)
        world = World(folder)
        shop = world.desk("chenguang")
        first = world.order(("HF-1", 2), kind=OrderKind.DROPSHIP)
        for message in (
            first,
            PayOrder(order_id=first.order_id, method="cash", amount=500),
            PayOrder(order_id=first.order_id, method="cash", amount=-500),
            CancelOrder(order_id=first.order_id, reason="客人不要了"),
            world.order(("HF-2", 3)),
        ):
            shop.send(message)
        lost = world.desk("xiaoman")
        world.hub.write(lambda batch: devices.revoke(batch, lost.signed.device_id))
        world.hub.issue_token(world.organisation("hengfeng"), "金蝶", "stock")
        world.hub.close()
        with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("VACUUM")
        target.write_bytes(zstandard.ZstdCompressor(level=19).compress((folder / FILE).read_bytes()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
