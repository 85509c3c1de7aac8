"""Addresses, certificates, accounts and devices that are not what they should be: what people are told."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from demo.processes import PASSWORD
from tests.journeys.conftest import Desktops, Hub, Profiles
from tests.journeys.pretenders import Later, Mail, Page, identity, pretender


def says(found: dict[str, str], chinese: str, english: str) -> None:
    """Both languages, with these words, and nothing of what is inside."""
    assert chinese in found["zh_CN"], found
    assert english in found["en"], found
    for inner in ("Traceback", "Error", "http", "None", "127.0.0.1", "{"):
        assert inner not in found["zh_CN"] + found["en"], found


@pytest.mark.timeout(240)
def test_addresses_and_accounts_that_are_wrong(hub: Hub, desktop_at: Desktops, tmp_path: Path) -> None:
    tls = identity(tmp_path / "identity", time.time_ns() // 1_000_000)
    desktop = desktop_at(tmp_path / "fresh")
    desktop.start()
    says(desktop.play("entry.address", text="127.0.0.1:9"), "没有应答", "Nothing answers")
    says(desktop.play("entry.address", text="ftp://hub"), "不是 S2B", "not an S2B hub")
    with pretender(Page, None) as address:
        says(desktop.play("entry.address", text=address), "不是 S2B", "not an S2B hub")
    with pretender(Page, tls) as address:
        says(desktop.play("entry.address", text=address), "不是 S2B", "not an S2B hub")
    with pretender(Mail, tls) as address:
        says(desktop.play("entry.address", text=address), "不是 S2B", "not an S2B hub")
    with pretender(Later, tls) as address:
        says(desktop.play("entry.address", text=address), "更新", "Update S2B")
    desktop.play("entry.trust", text=hub.address)
    says(desktop.play("entry.account", login="chenguang", password="not this one"), "密码不正确", "not right")
    says(desktop.play("entry.account", login="nobody", password=PASSWORD), "密码不正确", "not right")
    hub.operate("user", "disable", "--login", "xiaoman")
    says(desktop.play("entry.account", login="xiaoman", password=PASSWORD), "密码不正确", "not right")
    hub.kill()
    says(desktop.play("entry.account", login="chenguang", password=PASSWORD), "没有应答", "does not answer")
    assert not (desktop.profile / "outbox.db").exists()


@pytest.mark.timeout(240)
def test_a_hub_that_is_not_the_one_that_was_trusted(
    hub: Hub, profile_of: Profiles, desktop_at: Desktops, tmp_path: Path
) -> None:
    tls = identity(tmp_path / "identity", time.time_ns() // 1_000_000)
    desktop = desktop_at(profile_of("chenguang", "shop"))
    desktop.enter()
    desktop.play("window.synced")
    hub.kill()
    [number] = desktop.play("work.order")["numbers"]
    with pretender(Page, tls, hub.port):
        says(desktop.play("entry.problem", code="certificate_changed"), "证书", "certificate")
        new = desktop.play("entry.sign_in_again", password=PASSWORD)
        assert new["page"] in ("certificate", "sign_in")
        assert not new.get("can_go_on")
    hub.start()
    desktop.close()
    desktop.enter()
    desktop.play("window.synced")
    desktop.close()
    assert hub.copies() == {number: 1}


@pytest.mark.timeout(240)
def test_a_revoked_device_and_a_disabled_user(hub: Hub, profile_of: Profiles, desktop_at: Desktops) -> None:
    revoked = desktop_at(profile_of("chenguang", "revoked"))
    disabled = desktop_at(profile_of("xiaoman", "disabled"))
    for desktop in (revoked, disabled):
        desktop.enter()
        desktop.play("window.synced")
    port = hub.port
    hub.kill()
    kept = {desktop.name: desktop.play("work.order")["numbers"] for desktop in (revoked, disabled)}
    device = hub.rows(
        "SELECT device_id FROM session s JOIN user_account u ON u.id = s.user_id WHERE login = 'chenguang'"
    )
    hub.operate("device", "revoke", "--device", device[0][0])
    hub.operate("user", "disable", "--login", "xiaoman")
    hub.start()
    assert hub.port == port
    says(revoked.play("entry.retired"), "平台", "with the platform now")
    assert hub.rows("SELECT count(*) FROM quarantine WHERE device_id = ?", device[0][0]) == [(1,)]
    says(disabled.play("entry.problem", code="signed_out"), "重新登录", "sign in again")
    again = disabled.play("entry.sign_in_again", password=PASSWORD)
    assert again["page"] == "sign_in"
    says(again, "密码不正确", "not right")
    assert hub.copies() == {}, "neither may order"
    for desktop in (revoked, disabled):
        desktop.kill()
        desktop.start()
    assert revoked.play("entry.welcome")["page"] == "sign_in", "nothing of the hub's stays"
    disabled.play("window.unlock", password=PASSWORD)
    assert disabled.play("work.kept")["numbers"] == kept[disabled.name]
