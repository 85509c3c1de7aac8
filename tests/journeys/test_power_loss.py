"""The power goes: what was called saved or answered is still there, and the layer that shows it can show a loss."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from demo.processes import PASSWORD, environment
from s2b_desktop.models import keys as keyring
from s2b_desktop.models.keys import Keys
from s2b_desktop.models.outbox import Outbox
from s2b_desktop.models.profile import Profile
from s2b_domain import wire
from tests.journeys.conftest import PATIENCE, Hub, Profiles
from tests.journeys.power import layer, lose_power, volatile
from tests.journeys.test_crashes import lines, until


@pytest.fixture
def keys_of(profile_of: Profiles) -> tuple[Path, Keys]:
    """A profile where somebody has signed in, and its keys."""
    folder = profile_of("chenguang", "shop")
    keys = keyring.load(Profile(folder).settings.profile_id)
    assert keys is not None
    return folder, keys


def save_until_the_power_goes(folder: Path, keys: Keys, told: Path, made: Path, more: int, durable: str = "yes") -> int:
    before = len(lines(told))
    command = [sys.executable, "-m", "tests.journeys.saver", str(folder), (keys.outbox + keys.cache).hex(), str(told)]
    with subprocess.Popen([*command, durable], env=environment(**volatile(made, folder))) as saver:
        try:
            until(lambda: len(lines(told)) >= before + more or saver.poll() is not None, f"{more} commands saved")
            assert saver.poll() is None
        finally:
            saver.kill()
    return lose_power(folder)


def kept(folder: Path, keys: Keys) -> list[str]:
    outbox = Outbox(folder / "outbox.db", keys.outbox)
    try:
        with outbox._transaction() as connection:
            assert connection.exec_driver_sql("PRAGMA cipher_integrity_check").all() == []
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        return [f"{e.seq} {wire.thaw(e.body).command_id}" for e in outbox.entries()]
    finally:
        outbox.close()


@pytest.mark.timeout(240)
def test_what_was_called_saved_survives_power_loss(keys_of: tuple[Path, Keys], tmp_path: Path) -> None:
    folder, keys = keys_of
    made, told = layer(tmp_path), tmp_path / "told"
    for more in (1, 7, 40):
        save_until_the_power_goes(folder, keys, told, made, more)
        assert set(lines(told)) <= set(kept(folder, keys)), "saved, and lost"
    assert len(lines(told)) >= 48
    lost = tmp_path / "lost"
    taken_back = save_until_the_power_goes(folder, keys, lost, made, 40, durable="no")
    assert taken_back > 40
    assert not set(lines(lost)) <= set(kept(folder, keys)), "the layer forgets what is not synced"


@pytest.mark.timeout(300)
def test_what_a_hub_answered_survives_power_loss(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = layer(tmp_path)
    certificate, told = tmp_path / "certificate.pem", tmp_path / "told"
    certificate.write_text(hub.certificate)
    hub.kill()
    before = {id_ for (id_,) in hub.rows("SELECT command_id FROM ledger WHERE command_id IS NOT NULL")}
    desks, each = 3, 30
    command = [sys.executable, "-m", "tests.journeys.pushers", hub.address, str(certificate), str(told)]
    with monkeypatch.context() as failing:
        for name, value in volatile(made, hub.data).items():
            failing.setenv(name, value)
        hub.start()
    with subprocess.Popen(
        [*command, "chenguang", PASSWORD, str(desks), str(each)], stdout=subprocess.PIPE, env=environment()
    ) as pushers:
        try:
            for answered in (3, 40):
                until(lambda answered=answered: len(lines(told)) >= answered, f"{answered} answers")  # type: ignore[misc]
                hub.kill()
                lose_power(hub.data)
                with monkeypatch.context() as failing:
                    for name, value in volatile(made, hub.data).items():
                        failing.setenv(name, value)
                    hub.start()
            out, _ = pushers.communicate(timeout=PATIENCE)
        finally:
            pushers.kill()
    assert pushers.returncode == 0
    ledger = [id_ for (id_,) in hub.rows("SELECT command_id FROM ledger WHERE command_id IS NOT NULL")]
    decided = set(ledger) - before
    assert set(lines(told)) <= decided, "answered, and lost"
    assert decided == set(json.loads(out))
    assert len(ledger) == len(set(ledger)), "decided twice"
    assert set(hub.copies().values()) == {1}
    assert hub.rows("PRAGMA integrity_check") == [("ok",)]
