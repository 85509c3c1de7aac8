"""Makes the profile of a released format, once, with the program of that release:

    python -m tests.golden.make tests/golden/profile-N

A merchant's PC with one order that the hub has answered, two that wait, a draft, and what the hub would be sent. Never
made again for a format that is released: the files are what people have on their disks.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from s2b_desktop.models import keys
from s2b_desktop.models.slot import KeySlot
from tests.guards import MemoryKeyring
from tests.hub.world import World, found
from tests.sync.desktop import Desktop


def main(target: Path) -> None:
    """Fill `target`, which must not exist."""
    import keyring  # noqa: PLC0415

    keyring.set_keyring(MemoryKeyring())
    keys.KeySlot = lambda **fields: KeySlot(**{"memory_kib": 8, "passes": 1, "lanes": 1, **fields})  # type: ignore
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found(folder / "hub")
        world = World(folder / "hub")
        shop = Desktop(world, folder / "profile")
        shop.sign_in("chenguang")
        shop.sync()
        shop.workspace.submit(world.order(("HF-1", 1)))
        shop.sync()
        shop.line.down = True
        shop.workspace.submit(world.order(("HF-2", 2)))
        shop.workspace.submit(world.order(("YD-1", 3)))
        shop.workspace.save_draft("order", b"a draft")
        bodies = {entry.seq: entry.body.hex() for entry in shop.workspace.outbox.entries()}
        shop.close()
        world.hub.close()
        target.mkdir(parents=True)
        for file in ("profile.json", "outbox.db", "cache*.db"):
            for path in (folder / "profile").glob(file):
                shutil.copy(path, target / path.name)
        (target / "expected.json").write_text(json.dumps({"waiting": [2, 3], "bodies": bodies}, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
