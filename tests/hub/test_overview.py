"""The platform's admins learn how their hub is, and nobody else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2b_domain.commands.parties import Decide
from s2b_domain.records.order import Order
from s2b_domain.records.party import Organisation
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.wire import AskHub, Kept, freeze
from s2b_hub import backup, devices, quarantine
from s2b_hub.overview import answer
from s2b_hub.problems import ProblemError
from tests.hub.world import World


@pytest.mark.parametrize("login", ["reviewer", "chenguang", "hengfeng"])
def test_only_admins_may_ask(world: World, login: str) -> None:
    with pytest.raises(ProblemError, match="not_found"):
        answer(world.hub, world.desk(login).signed.token, AskHub())


def test_what_is_told_is_so(world: World, tmp_path: Path) -> None:
    token = world.desk("admin").signed.token
    told = answer(world.hub, token, AskHub())
    assert (told.backups, told.backup_at, told.recovering_until, told.letters) == (0, None, None, ())
    world.hub.write(lambda batch: batch.ledger.bury(_some_place(world)[0], _some_place(world)[1], "it broke"))
    if isinstance(world.hub.database.target, Path):
        backup.back_up(world.hub, world.folder, tmp_path / "backups")
        assert answer(world.hub, token, AskHub()).backup_at == world.now
    (letter,) = answer(world.hub, token, AskHub()).letters
    assert (letter.kind, letter.can_retry, letter.detail) == ("failed", False, "")
    with pytest.raises(ProblemError, match="not_found"):
        answer(world.hub, token, AskHub(action="retry", place=letter.place))
    assert answer(world.hub, token, AskHub(action="dismiss", place=letter.place)).letters == ()


def _some_place(world: World) -> tuple[str, int]:
    with world.hub.database.read() as connection:
        row = connection.exec_driver_sql("SELECT device_id, seq FROM ledger ORDER BY hub_order LIMIT 1").first()
    assert row is not None
    return row[0], row[1]


def test_what_a_revoked_device_left_is_released_or_set_aside(world: World) -> None:
    desk, token = world.desk("chenguang"), world.desk("admin").signed.token
    bodies = [desk.body(world.order(("HF-1", n))) for n in (1, 2, 900)]
    kept = [Kept(seq=n, body=freeze(b), created_at=world.now) for n, b in enumerate(bodies, start=1)]
    world.hub.write(lambda batch: devices.revoke(batch, desk.signed.device_id))
    world.hub.write(lambda batch: quarantine.keep(batch, desk.signed.device_id, tuple(kept)))
    told = answer(world.hub, token, AskHub()).held
    assert [h.command_id for h in told] == [b.command_id for b in bodies]
    assert (told[0].organisation, told[0].device, told[0].payload) == (
        "晨光便利店",
        desk.signed.device_code,
        bodies[0].payload,
    )
    with pytest.raises(ProblemError, match="not_found"):
        answer(world.hub, token, AskHub(action="discard", place=bodies[1].command_id, reason=" "))
    after = answer(world.hub, token, AskHub(action="discard", place=bodies[1].command_id, reason="重复"))
    assert (len(after.held), after.said) == (2, "")
    after = answer(world.hub, token, AskHub(action="release", place=bodies[0].command_id))
    assert (len(after.held), after.said) == (1, "")
    assert len(world.rows(Order)) == 1
    assert answer(world.hub, token, AskHub(action="release", place=bodies[2].command_id)).said == "out_of_stock"
    with pytest.raises(ProblemError, match="not_found"):
        answer(world.hub, token, AskHub(action="discard", place=bodies[1].command_id, reason="重复"))


@pytest.mark.parametrize("forged", ["the admin's name", "nobody's name"])
def test_what_a_revoked_device_left_borrows_nobodys_rights(world: World, forged: str) -> None:
    desk, admin = world.desk("chenguang"), world.desk("admin").signed
    rival = world.organisation("xiaoman")
    decision = Decide(organisation_id=rival, state=PartyState.SUSPENDED, reasons=("weg",))
    name = admin.actor.id if forged == "the admin's name" else world.id()
    body = desk.body(decision, actor_id=name)
    kept = Kept(seq=1, body=freeze(body), created_at=world.now)
    world.hub.write(lambda batch: devices.revoke(batch, desk.signed.device_id))
    world.hub.write(lambda batch: quarantine.keep(batch, desk.signed.device_id, (kept,)))
    after = answer(world.hub, admin.token, AskHub(action="release", place=body.command_id))
    assert (len(after.held), after.said) == (1, "not_permitted")
    assert world.rows(Organisation, id=rival)[0].state is PartyState.APPROVED
