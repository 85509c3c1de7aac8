"""Backups are consistent, verified and complete; what comes back is what was there, and nobody is revived."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from s2b_domain.access import Role
from s2b_domain.wire import SignIn
from s2b_hub import backup, devices, history, inspection, parties
from s2b_hub.backup import MANIFEST, BackupError
from s2b_hub.cli import main
from s2b_hub.journal import FILE as JOURNAL
from s2b_hub.location import FILE, SETTINGS, settle
from s2b_hub.problems import ProblemError
from tests.hub.world import PASSWORD, World


@pytest.fixture(autouse=True)
def only_files(world: World) -> None:
    """A PostgreSQL is backed up by its own tools."""
    if not isinstance(world.hub.database.target, Path):
        pytest.skip("the hub is on PostgreSQL")


def take(world: World, target: Path, **options: int) -> Path:
    folder, _ = backup.back_up(world.hub, world.folder, target, **options)
    return folder


def restored(world: World, source: Path) -> backup.Restored:
    world.hub.close()
    done = backup.restore(source, world.folder, now=world.now, entropy=world.random.randbytes)
    world.hub = world.open()
    return done


def test_a_backup_is_whole_and_verified(world: World, tmp_path: Path) -> None:
    (world.folder / "blobs" / "ab").mkdir(parents=True)
    (world.folder / "blobs" / "ab" / "paper").write_bytes(b"licence")
    (world.folder / "notes.txt").write_text("the operator's own")
    (world.folder / "old-backups" / "s2b-1").mkdir(parents=True)
    (world.folder / "old-backups" / "s2b-1" / FILE).write_bytes(b"an older copy")
    folder = take(world, tmp_path / "kept")
    assert {p.name for p in folder.iterdir()} <= {FILE, JOURNAL, "certificate.pem", "key.pem", "blobs", MANIFEST}
    assert (folder / "blobs" / "ab" / "paper").read_bytes() == b"licence"
    assert list(backup.verify(folder)) == []
    assert sorted(p.name for p in (tmp_path / "kept").iterdir()) == [folder.name]
    with world.hub.database.read() as connection:
        assert history.watermark(connection) == backup.manifest_of(folder).hub_order > 0


@pytest.mark.parametrize("harm", ["flipped", "missing", "forged"])
def test_a_harmed_backup_is_not_restored(world: World, tmp_path: Path, harm: str) -> None:
    folder = take(world, tmp_path / "kept")
    if harm == "flipped":
        content = bytearray((folder / FILE).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / FILE).write_bytes(content)
    elif harm == "missing":
        (folder / JOURNAL).unlink()
    else:
        text = (folder / MANIFEST).read_text().replace('"hub_order": ', '"hub_order": 9')
        (folder / MANIFEST).write_text(text)
    assert [f.part for f in backup.verify(folder)] == ["backup"]
    world.hub.close()
    with pytest.raises(BackupError):
        backup.restore(folder, world.folder, now=world.now)
    world.hub = world.open()


def test_only_so_many_are_kept_and_the_watermark_is_the_oldest(world: World, tmp_path: Path) -> None:
    taken = []
    for _ in range(3):
        taken.append(take(world, tmp_path / "kept", keep=2))
        world.now += 1000
        world.desk("chenguang").send(world.order(("HF-1", 1)))
    assert [p.exists() for p in taken] == [False, True, True]
    with world.hub.database.read() as connection:
        assert history.watermark(connection) == backup.manifest_of(taken[1]).hub_order


def test_after_a_restore_desktops_keep_what_the_backups_before_it_have_not(world: World, tmp_path: Path) -> None:
    """Whoever put one back may put it back once more, or one of the others."""
    first, manifest = backup.back_up(world.hub, world.folder, tmp_path / "backups")
    world.desk("chenguang").send(world.order(("HF-1", 1)))
    world.now += 1000
    backup.back_up(world.hub, world.folder, tmp_path / "backups")
    world.hub.close()
    backup.restore(first, world.folder, now=world.now, entropy=world.random.randbytes)
    world.hub = world.open()
    world.hub.finish_recovery()
    world.now += 1000
    backup.back_up(world.hub, world.folder, tmp_path / "backups")
    with world.hub.database.read() as connection:
        assert history.watermark(connection) == manifest.hub_order


def test_a_restore_keeps_what_was_there_and_begins_a_new_history(world: World, tmp_path: Path) -> None:
    with world.hub.database.read() as connection:
        before = history.fact(connection, history.HISTORY)
    folder = take(world, tmp_path / "kept")
    world.desk("chenguang").send(world.order(("HF-1", 1)))
    (world.folder / "notes.txt").write_text("the operator's own")
    done = restored(world, folder)
    assert (world.folder / "notes.txt").is_file()
    assert done.safety_copy is not None
    assert (done.safety_copy / FILE).is_file()
    assert not done.journal_lost
    with world.hub.database.read() as connection:
        assert history.fact(connection, history.HISTORY) != before
        assert history.recovery(connection) is not None
        assert history.last_order(connection) > 1 << 40
        assert list(inspection.findings(connection, world.hub.signer)) == []


def test_a_restore_revives_nobody_and_gives_no_number_twice(world: World, tmp_path: Path) -> None:
    lost = world.desk("xiaoman")
    folder = take(world, tmp_path / "kept")
    later = world.desk("chenguang")
    world.hub.write(lambda batch: devices.revoke(batch, lost.signed.device_id))
    parties.disable_user(world.hub, "hengfeng-clerk")
    restored(world, folder)
    proof = {"device_id": lost.signed.device_id, "device_secret": lost.signed.device_secret}
    with pytest.raises(ProblemError, match="device_revoked"):
        world.desk("xiaoman", **proof)
    with pytest.raises(ProblemError, match="wrong_password"):
        world.desk("hengfeng-clerk")
    again = world.desk("chenguang", device_id=later.signed.device_id, device_secret=later.signed.device_secret)
    assert again.signed.device_id == later.signed.device_id
    fresh = world.desk("chenguang")
    assert int(fresh.signed.device_code[1:]) == int(later.signed.device_code[1:]) + 1


def test_without_its_journal_a_hub_knows_its_devices_by_their_cards(world: World, tmp_path: Path) -> None:
    folder = take(world, tmp_path / "kept")
    later = world.desk("chenguang").signed
    world.hub.close()
    shutil.rmtree(world.folder)
    done = backup.restore(folder, world.folder, now=world.now, entropy=world.random.randbytes)
    world.hub = world.open()
    assert done.journal_lost
    assert done.safety_copy is None
    request = SignIn(
        login="chenguang",
        password=PASSWORD,
        device_id=later.device_id,
        device_secret=later.device_secret,
        card=later.card,
    )
    assert world.hub.sign_in(request).device_id == later.device_id
    assert int(world.desk("chenguang").signed.device_code[1:]) > devices.UNKNOWN_NUMBERS


def test_an_account_made_since_the_backup_comes_back(world: World, tmp_path: Path) -> None:
    folder = take(world, tmp_path / "kept")
    world.now += 1000
    shop = world.organisation("chenguang")
    parties.add_user(world.hub, shop, Role.SHOP_ASSISTANT, "later", "后来的", PASSWORD)
    before = world.everything()
    restored(world, folder)
    world.hub.finish_recovery()
    assert world.everything() == before
    world.desk("later")


def test_check_says_what_is_wrong(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.desk("chenguang").send(world.order(("HF-1", 5)))
    world.hub.close()
    arguments = ["check", "--data", str(world.folder)]
    assert main(arguments) == 0
    capsys.readouterr()
    with closing(sqlite3.connect(world.folder / FILE)) as connection, connection:
        connection.execute("UPDATE stock SET on_hand = on_hand + 1, row_version = row_version + 1 WHERE reserved > 0")
        connection.execute("UPDATE ledger SET body = x'00' WHERE kind = 'accepted'")
    assert main(arguments) == 1
    said = capsys.readouterr().out
    world.hub = world.open()
    for part in ("books: stock", "books: SKU", "feed: the rows of", "ledger: the outcome at"):
        assert part in said


def test_a_backup_that_was_dropped_since_is_forgotten_by_the_hub_put_back(world: World, tmp_path: Path) -> None:
    """Else desktops would keep for ever what they sent after it, and `check` would miss it for ever."""
    taken = []
    for _ in range(3):
        world.now += 1000
        taken.append(take(world, tmp_path / "kept", keep=2))
        world.desk("chenguang").send(world.order(("HF-1", 1)))
    restored(world, taken[1])
    world.hub.finish_recovery()
    with world.hub.database.read() as connection:
        assert [f.part for f in backup.missing(connection)] == ["backup"]
    for _ in range(2):
        world.now += 1000
        newest = take(world, tmp_path / "kept", keep=2)
    with world.hub.database.read() as connection:
        assert backup.missing(connection) == []
        assert 0 < history.watermark(connection) <= backup.manifest_of(newest).hub_order


def test_a_backup_that_broke_off_is_none(world: World, tmp_path: Path) -> None:
    whole = [take(world, tmp_path / "kept")]
    shutil.copytree(whole[0], tmp_path / "kept" / "s2b-20991231-000000-000.unfinished")
    shutil.copytree(whole[0], tmp_path / "kept" / "s2b-20010101-000000-000.unfinished")
    world.now += 1000
    whole.append(take(world, tmp_path / "kept", keep=2))
    assert [p.is_dir() for p in whole] == [True, True]
    left = {p.name for p in (tmp_path / "kept").iterdir()} - {p.name for p in whole}
    assert left == {"s2b-20991231-000000-000.unfinished"}, "somebody may be at work on it"


def test_a_number_of_backups_that_is_none_drops_nothing(world: World, tmp_path: Path) -> None:
    kept = take(world, tmp_path / "kept")
    for keep in ("-1", "0", "two"):
        with pytest.raises(SystemExit):
            main(["backup", "--data", str(world.folder), "--to", str(tmp_path / "kept"), "--keep", keep])
    assert [p.name for p in (tmp_path / "kept").iterdir()] == [kept.name]


def test_a_restore_that_broke_off_is_begun_again_with_the_newest_journal(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = world.desk("xiaoman")
    folder = take(world, tmp_path / "kept")
    world.hub.write(lambda batch: devices.revoke(batch, desk.signed.device_id))
    world.hub.close()

    move = os.replace

    def broken(source: Path, target: Path) -> None:
        if source.parent.parent == world.folder:
            raise OSError("the disk is gone")
        move(source, target)

    with monkeypatch.context() as patched:
        patched.setattr("s2b_hub.backup.os.replace", broken)
        with pytest.raises(OSError, match="the disk is gone"):
            backup.restore(folder, world.folder, now=world.now, entropy=world.random.randbytes)
    assert not (world.folder / FILE).exists()
    done = restored(world, folder)
    assert not done.journal_lost
    with pytest.raises(ProblemError, match="device_revoked"):
        desk.pull()


def test_a_hub_on_postgresql_is_not_covered_by_a_file(world: World, tmp_path: Path) -> None:
    folder = take(world, tmp_path / "kept")
    other = tmp_path / "other"
    other.mkdir()
    settle(other, "postgresql://s2b@db.example.com/s2b")
    with pytest.raises(BackupError, match="is on PostgreSQL"):
        backup.restore(folder, other, now=world.now, entropy=world.random.randbytes)
    assert [p.name for p in other.iterdir()] == [SETTINGS]


def test_a_journal_that_is_not_there_and_a_wait_for_ever_restore_nothing(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = take(world, tmp_path / "kept")
    world.hub.close()
    before = (world.folder / FILE).read_bytes()
    arguments = ["restore", "--data", str(world.folder), "--from", str(folder)]
    assert main([*arguments, "--journal", str(tmp_path / "saved.log")]) == 1
    assert "there is no such journal" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*arguments, "--wait", "99999999999999999999"])
    assert (world.folder / FILE).read_bytes() == before
    world.hub = world.open()
