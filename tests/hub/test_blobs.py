"""Pictures and papers on the hub: only what their names say, only for who may see a row that names them, and kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from s2b_domain.commands.goods import ImportGoods
from s2b_domain.records.catalog import Product
from s2b_domain.rules.blobs import MAX_BLOB, digest_of, reference
from s2b_hub import backup, blobs
from s2b_hub.problems import ProblemError
from tests.hub.world import World, line

PICTURE = b"\x89PNG\r\n\x1a\n" + b"a picture"
DIGEST = digest_of(PICTURE)


def code_of(world: World, login: str, table: str = "", row_id: str = "") -> str:
    try:
        blobs.give(world.hub, world.desk(login).signed.token, DIGEST, table, row_id)
    except ProblemError as error:
        return error.problem.code
    return ""


def named(world: World) -> Product:
    supplier = world.desk("hengfeng")
    blobs.take(world.hub, supplier.signed.token, DIGEST, PICTURE)
    supplier.send(ImportGoods(lines=(line("HF-9", images=(reference(DIGEST), "https://example.com/a.jpg")),)))
    (product,) = world.rows(Product, product_key="HF-9")
    assert isinstance(product, Product)
    return product


def test_a_content_is_seen_by_who_may_see_a_row_that_names_it(world: World) -> None:
    product = named(world)
    (other,) = world.rows(Product, product_key="YD-1")
    assert code_of(world, "hengfeng-clerk") == ""
    assert code_of(world, "reviewer", "product", product.id) == ""
    assert code_of(world, "chenguang", "product", product.id) == "not_found"
    assert code_of(world, "yuanda", "product", product.id) == "not_found"
    world.approve()
    assert code_of(world, "chenguang", "product", product.id) == ""
    assert code_of(world, "chenguang", "product", other.id) == "not_found"
    assert code_of(world, "chenguang", "product", "f" * 32) == "not_found"
    assert code_of(world, "chenguang", "user_account", product.id) == "not_found"
    assert code_of(world, "chenguang") == "not_found"


@pytest.mark.parametrize(
    ("digest", "content", "code"),
    [
        (digest_of(b"<html>"), b"<html>", "malformed"),
        ("0" * 64, PICTURE, "malformed"),
        ("../" * 3, PICTURE, "malformed"),
        (DIGEST, PICTURE + bytes(MAX_BLOB), "too_large"),
    ],
)
def test_only_what_its_name_says_is_kept(world: World, digest: str, content: bytes, code: str) -> None:
    with pytest.raises(ProblemError) as refused:
        blobs.take(world.hub, world.desk("hengfeng").signed.token, digest, content)
    assert refused.value.problem.code == code
    assert not list((world.folder / blobs.BLOBS).rglob("*"))


def test_one_who_has_not_signed_in_gets_and_brings_nothing(world: World) -> None:
    with pytest.raises(ProblemError, match="signed_out"):
        blobs.take(world.hub, "guessed", DIGEST, PICTURE)
    with pytest.raises(ProblemError, match="signed_out"):
        blobs.give(world.hub, "guessed", DIGEST, "", "")


def test_an_organisation_brings_no_more_than_its_quota(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "QUOTA", len(PICTURE) + 5)
    token = world.desk("hengfeng").signed.token
    blobs.take(world.hub, token, DIGEST, PICTURE)
    blobs.take(world.hub, token, DIGEST, PICTURE)
    with pytest.raises(ProblemError, match="too_large"):
        blobs.take(world.hub, token, digest_of(PICTURE + b"2"), PICTURE + b"2")
    blobs.take(world.hub, world.desk("yuanda").signed.token, digest_of(PICTURE + b"2"), PICTURE + b"2")


def test_what_nothing_names_goes_when_it_is_old_and_what_is_named_stays(world: World) -> None:
    named(world)
    loose = PICTURE + b"loose"
    blobs.take(world.hub, world.desk("hengfeng").signed.token, digest_of(loose), loose)
    assert blobs.sweep(world.hub) == 0
    world.now += blobs.KEPT + 1
    again = PICTURE + b"again"
    blobs.take(world.hub, world.desk("hengfeng").signed.token, digest_of(again), again)
    assert blobs.sweep(world.hub) == 1
    assert not blobs.place(world.folder, digest_of(loose)).exists()
    assert blobs.place(world.folder, DIGEST).read_bytes() == PICTURE
    assert blobs.place(world.folder, digest_of(again)).exists()


def test_a_crash_before_the_database_knew_leaves_nothing_half(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def power_fails(source: object, target: object) -> None:
        raise OSError("power")

    token = world.desk("hengfeng").signed.token
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", power_fails)
        with pytest.raises(OSError, match="power"):
            blobs.take(world.hub, token, DIGEST, PICTURE)
    world.restart()
    assert code_of(world, "hengfeng") == "not_found"
    blobs.take(world.hub, token, DIGEST, PICTURE)
    assert code_of(world, "hengfeng") == ""


def test_check_and_backup_know_of_them(world: World, tmp_path: Path) -> None:
    named(world)
    with world.hub.database.read() as connection:
        assert blobs.wrong(connection, world.folder) == []
    if isinstance(world.hub.database.target, Path):
        kept, _ = backup.back_up(world.hub, world.folder, tmp_path / "kept")
        assert blobs.place(kept, DIGEST).read_bytes() == PICTURE
    blobs.place(world.folder, DIGEST).write_bytes(b"rot")
    with world.hub.database.read() as connection:
        assert blobs.wrong(connection, world.folder) == [f"{DIGEST} is not as it was brought"]
