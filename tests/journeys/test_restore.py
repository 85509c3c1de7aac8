"""The hub is lost after an hour of work and comes back from its backup: nothing that a PC remembers is missing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from s2b_hub.location import FILE
from tests.journeys.conftest import Desktops, Hub, Profiles

TABLES = (
    "sales_order", "order_line", "supply_order", "supply_line", "stock", "reservation", "account_entry", "payment",
    "ledger",
)  # fmt: skip


def everything(hub: Hub) -> dict[str, list[tuple[Any, ...]]]:
    """All rows; of effects those that are not done, without when and by which command they were noted."""
    found = {table: sorted(hub.rows(f"SELECT * FROM {table}")) for table in TABLES}
    effects = "SELECT key, document_id, provider, method, amount, state FROM effect WHERE state <> 'confirmed'"
    return found | {"effect": sorted(hub.rows(effects))}


@pytest.mark.timeout(400)
def test_a_lost_hub_is_put_together_by_its_desktops(
    hub: Hub, profile_of: Profiles, desktop_at: Desktops, tmp_path: Path
) -> None:
    first, second, supplier = (desktop_at(profile_of(login, login)) for login in ("chenguang", "assistant", "yuanda"))
    everybody = (first, second, supplier)
    for desktop in everybody:
        desktop.enter()
        desktop.play("window.synced")
    first.play("work.order", count=2)
    first.play("window.synced")
    kept = hub.operate("backup", "--to", str(tmp_path / "backups")).splitlines()[0]
    # The hour after the backup: orders, changes to each other's orders, money taken back.
    second.play("work.order", count=3)
    first.play("work.order", count=2)
    for shop in (second, first):
        shop.play("window.synced")
    first.play("window.synced")
    second.play("window.synced")
    assert second.play("deeds.sell", count=3)["count"] == 6
    second.play("window.synced")
    first.play("window.synced")
    assert first.play("deeds.give_back", leave=1)["orders"] == 3
    first.play("window.synced")
    second.play("deeds.confirm")
    second.play("window.synced")
    supplier.play("window.synced")
    assert supplier.play("deeds.accept", leave=1)["count"] > 0
    supplier.play("window.synced")
    first.play("window.synced")
    first.play("deeds.cancel", count=2)
    for desktop in (second, first, supplier):
        desktop.play("window.synced")
    before = everything(hub)
    given_back = [amount for (amount,) in hub.rows("SELECT amount FROM payment") if amount < 0]
    assert given_back == [-700, -700]
    assert [(amount, state) for *_, amount, state in before["effect"]] == [(700, "pending")]
    hub.kill()
    shutil.rmtree(hub.data)
    command = ["restore", "--from", kept, "--wait", "60"]
    assert "restored the backup" in hub.operate(*command)
    assert everything(hub) != before
    hub.start()
    for _ in range(600):
        shown = hub.operate("recover")
        if "3 devices have reported" in shown or "recovered" in shown:
            break
    hub.operate("recover", "--finish")
    assert "not booked: 0, booked differently: 0" in hub.operate("recover")
    for desktop in everybody:
        line = desktop.play("window.synced")
        assert (line["waiting"], line["attention"]) == (0, 0)
    assert everything(hub) == before
    assert set(hub.copies().values()) == {1}
    assert "all is well" in hub.operate("check")
    assert (hub.data / FILE).is_file()
    for shop in (first, second):
        assert set(shop.play("work.orders")["orders"]) == set(hub.copies())
