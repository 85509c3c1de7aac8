"""Saves commands in an open profile without a pause, and tells each place once it is called saved.

profile folder, keys (hex), file to tell in, durable or not.
"""

import sys
from pathlib import Path

from s2b_desktop.models.keys import Keys
from s2b_desktop.models.profile import Profile
from s2b_desktop.models.workspace import Workspace
from s2b_domain.commands.order_steps import CancelOrder


def main() -> int:
    folder, keys, told, durable = sys.argv[1:]
    workspace = Workspace(Profile(Path(folder)), Keys(bytes.fromhex(keys[:64]), bytes.fromhex(keys[64:])))
    workspace.enter(workspace.outbox.sessions()[0].actor)
    if durable == "no":
        raw = workspace.outbox._engine.raw_connection()
        raw.cursor().execute("PRAGMA synchronous = NORMAL")
        raw.close()
    with Path(told).open("a", encoding="utf-8") as file:
        while True:
            body = workspace.body(CancelOrder(order_id=workspace.new_id(), reason="不要了"))
            [seq] = workspace.outbox.append([body], at=workspace.now())
            file.write(f"{seq} {body.command_id}\n")
            file.flush()


if __name__ == "__main__":
    sys.exit(main())
