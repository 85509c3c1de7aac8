"""The platform's admins learn how their hub is, and nobody else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2b_domain.wire import AskHub
from s2b_hub import backup
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
