"""Several people and several PCs: whose work is whose, and what the clock says."""

from __future__ import annotations

import pytest

from demo.processes import PASSWORD
from demo.seed import LOGINS
from tests.journeys.conftest import Desktops, Hub, Profiles

YEAR = 365 * 24 * 3600 * 1000
PLACED = "SELECT number, placed_by FROM sales_order"
PEOPLE = {login: name for login, (_, _, name) in LOGINS.items()}


@pytest.mark.timeout(300)
def test_a_shift_change_and_two_pcs(hub: Hub, profile_of: Profiles, desktop_at: Desktops) -> None:
    till = desktop_at(profile_of("chenguang", "till"))
    office = desktop_at(profile_of("chenguang", "office"))
    till.enter()
    till.play("window.synced")
    till.play("entry.hold")  # the line stays silent: what A orders is still unsent when B signs in
    mine = till.play("work.order", count=2)["numbers"]
    assert till.play("window.line")["waiting"] == 2
    till.play("entry.switch", login="assistant", password=PASSWORD)
    theirs = till.play("work.order")["numbers"]
    office.enter()
    office.play("window.synced")
    other = office.play("work.order")["numbers"]
    for desktop in (till, office):
        line = desktop.play("window.synced")
        assert (line["waiting"], line["attention"]) == (0, 0)
    assert dict(hub.rows(PLACED)) == {
        **dict.fromkeys([*mine, *other], PEOPLE["chenguang"]),
        **dict.fromkeys(theirs, PEOPLE["assistant"]),
    }
    assert set(hub.copies().values()) == {1}
    till.play("window.synced")
    for desktop in (till, office):
        assert set(desktop.play("work.orders")["orders"]) == {*mine, *theirs, *other}
    assert {number.split("-")[0] for number in [*mine, *theirs]} != {number.split("-")[0] for number in other}
    till.close()
    office.close()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("off", [-YEAR, YEAR], ids=["a year behind", "a year ahead"])
def test_a_wrong_clock(off: int, hub: Hub, profile_of: Profiles, desktop_at: Desktops) -> None:
    desktop = desktop_at(profile_of("chenguang", "shop"), S2B_CLOCK_OFF=str(off))
    began = hub.rows("SELECT max(time) FROM ledger")[0][0]
    if off > 0:  # by its own clock this PC had no contact for a year: it asks for a sign-in at the hub first
        desktop.start()
        desktop.play("entry.unlock_refused", password=PASSWORD)
        assert desktop.play("entry.sign_in_again", password=PASSWORD)["page"] == "inside"
    else:
        desktop.enter()
    desktop.play("window.synced")
    hub.stop()
    [number] = desktop.play("work.order")["numbers"]
    shown = desktop.play("work.orders")
    assert began - 60_000 < shown["orders"][number] < began + 3600_000, "offline too, by the hub's clock"
    hub.start()
    desktop.play("window.synced")
    desktop.close()
    [(placed, decided)] = hub.rows(
        "SELECT o.placed_at, max(l.time) FROM sales_order o, ledger l WHERE o.number = ?", number
    )
    assert began - 60_000 < placed <= decided + 5_000
