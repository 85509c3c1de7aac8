"""A profile folder that is copied to another PC, with real programs: both go on, nothing is lost, nothing twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from demo.processes import PASSWORD
from tests.journeys.conftest import Desktops, Hub, Profiles


@pytest.mark.timeout(300)
def test_a_copied_profile_becomes_a_device_of_its_own(
    hub: Hub, profile_of: Profiles, desktop_at: Desktops, tmp_path: Path
) -> None:
    folder = profile_of("chenguang", "shop")
    shop = desktop_at(folder)
    shop.enter()
    shop.play("window.synced")
    hub.stop()
    waiting = shop.play("work.order", count=2)["numbers"]
    shop.close()
    shutil.copytree(folder, tmp_path / "laptop")
    laptop = desktop_at(tmp_path / "laptop", XDG_STATE_HOME=str(tmp_path / "state-of-the-laptop"))
    laptop.enter()
    away = laptop.play("work.order")["numbers"]
    shop.enter()
    here = shop.play("work.order")["numbers"]
    hub.start()
    said = laptop.play("entry.problem", code="device_cloned")
    assert "复制" in said["zh_CN"]
    assert "copy" in said["en"]
    laptop.play("entry.sign_in_again", password=PASSWORD)
    for desktop in (laptop, shop):
        line = desktop.play("window.synced")
        assert (line["waiting"], line["attention"]) == (0, 0)
    assert set(hub.copies()) == {*waiting, *away, *here}
    assert set(hub.copies().values()) == {1}
    codes = {number.split("-")[0] for number in [*waiting, *here]}
    assert len(codes) == 1
    for desktop in (laptop, shop):
        assert set(desktop.play("work.orders")["orders"]) == {*waiting, *away, *here}
        desktop.close()
