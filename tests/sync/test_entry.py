"""Who may come in, with and without a line, and what one user leaves to the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2b_desktop.models import keys
from s2b_desktop.models.keys import KeyringUnavailable
from s2b_desktop.models.profile import Profile
from s2b_desktop.sync.entry import EntryRefused, known_logins, resume, sign_in, sign_out, unlock
from s2b_desktop.sync.transport import HubProblem, Unreachable
from s2b_domain.access import own, pricebook
from s2b_domain.commands.terms import SaveLevel, SaveTradeTerms
from s2b_domain.records.account import AccountEntry
from s2b_domain.records.order import Order
from s2b_domain.records.party import Person
from tests.hub.world import PASSWORD, World
from tests.sync.conftest import Desktops
from tests.sync.desktop import Desktop


def refusal(call: object, *arguments: object) -> str:
    with pytest.raises(EntryRefused) as refused:
        call(*arguments)  # type: ignore[operator]
    return refused.value.code


def locked(*args: object, **options: object) -> None:
    raise KeyringUnavailable("locked")


def test_the_keyring_opens_what_nobody_signed_out_of(desktops: Desktops) -> None:
    desktop = desktops("chenguang")
    desktop.sync()
    desktop.close()
    workspace = resume(Profile(desktop.folder))
    assert workspace is not None
    assert workspace.actor.name == "chenguang 的人"
    sign_out(workspace.profile, workspace)
    workspace.close()
    assert resume(Profile(desktop.folder)) is None


def test_a_password_opens_without_line_and_keyring(desktops: Desktops, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "load", locked)
    monkeypatch.setattr(keys, "store", locked)
    desktop = desktops("chenguang")
    desktop.sync()
    desktop.close()
    profile = Profile(desktop.folder)
    assert resume(profile) is None
    assert known_logins(profile) == ["chenguang"]
    assert refusal(unlock, profile, "chenguang", "nonsense") == "wrong_password"
    assert refusal(unlock, profile, "xiaoman", PASSWORD) == "sign_in_online"
    assert refusal(unlock, Profile(desktop.folder.with_name("new")), "xiaoman", PASSWORD) == "nobody_yet"
    assert refusal(sign_in, profile, desktop.line, "chenguang-shop", PASSWORD) == "keys_locked"
    workspace = unlock(profile, "chenguang", PASSWORD)
    assert workspace.actor.name == "chenguang 的人"
    workspace.close()


def test_a_failed_first_sign_in_leaves_nothing(world: World, tmp_path: Path) -> None:
    desktop = Desktop(world, tmp_path / "profile")
    desktop.line.down = True
    with pytest.raises(Unreachable):
        desktop.sign_in("chenguang")
    desktop.line.down = False
    with pytest.raises(HubProblem):
        sign_in(desktop.profile, desktop.line, "chenguang", "nonsense")
    assert not desktop.profile.outbox_path.exists()
    assert known_logins(desktop.profile) == []
    desktop.sign_in("chenguang")
    desktop.close()


def test_a_shift_change_hides_what_is_not_granted_and_sends_what_waits_in_its_authors_name(
    desktops: Desktops, world: World
) -> None:
    desktop = desktops("chenguang")
    desktop.sync()
    desktop.workspace.submit(world.order(("HF-1", 1)))
    assert desktop.find(Person)
    desktop.sign_in("chenguang-shop")
    assert desktop.find(Person) == []
    assert desktop.find(AccountEntry) == []
    assert [o.placed_by for o in desktop.find(Order)] == ["chenguang 的人"]
    desktop.workspace.submit(world.order(("HF-2", 1)))
    assert desktop.sync().problem == ""
    assert {o.placed_by for o in world.rows(Order)} == {"chenguang 的人", "chenguang-shop 的人"}
    assert len(desktop.line.pushes) == 2
    assert desktop.shown() == desktop.from_nothing()
    desktop.line.down = True
    desktop.unlock("chenguang")
    assert desktop.find(Person) == []
    desktop.line.down = False
    assert desktop.sync().problem == ""
    assert desktop.find(Person)
    assert desktop.shown() == desktop.from_nothing()


def test_an_assistant_keeps_the_prices_that_the_owner_has_agreed(desktops: Desktops, world: World) -> None:
    """The agreement itself is nothing for assistants: their PC does not know it, and yet it starts with its prices."""
    supplier = world.desk("hengfeng")
    level_id = world.id()
    supplier.send(SaveLevel(level_id=level_id, name="VIP"))
    supplier.send(SaveTradeTerms(merchant_id=world.organisation("chenguang"), level=level_id))
    desktop = desktops("chenguang-shop")
    desktop.sync()
    book = pricebook(world.organisation("hengfeng"), level_id)
    assert book in desktop.granted()
    desktop.line.down = True
    desktop.restart("chenguang-shop")
    assert book in desktop.granted()


def test_another_organisation_takes_over_only_an_empty_queue(desktops: Desktops, world: World) -> None:
    desktop = desktops("chenguang")
    desktop.sync()
    desktop.workspace.save_draft("order", b"mine")
    desktop.workspace.submit(world.order(("HF-1", 1)))
    assert refusal(desktop.sign_in, "xiaoman") == "other_organisation"
    assert desktop.workspace.actor.name == "chenguang 的人"
    desktop.sync()
    mine = own(desktop.workspace.actor.organisation_id, "trade")
    desktop.sign_in("xiaoman")
    assert desktop.find(Order) == []
    assert desktop.workspace.draft("order") is None
    desktop.sync()
    desktop.workspace.submit(world.order(("HF-1", 1)))
    assert desktop.sync().problem == ""
    assert desktop.workspace.counts() == (0, 0)
    assert len(desktop.find(Order)) == 1
    assert desktop.shown() == desktop.from_nothing()
    assert mine not in desktop.granted()
