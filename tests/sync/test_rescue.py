"""A damaged outbox under a hub that waits: what is left is sent, what is lost is named, and nobody waits for it."""

from __future__ import annotations

from s2b_desktop.models.profile import Profile
from s2b_domain.records.order import Order
from tests.hub.world import World
from tests.sync.conftest import Desktops

PAGE = 4096


def test_what_is_left_is_sent_and_the_queue_does_not_wait_for_what_is_lost(desktops: Desktops, world: World) -> None:
    shop = desktops("chenguang")
    shop.sync()
    shop.line.down = True
    for _ in range(60):
        shop.workspace.submit(world.order(("HF-1", 1)))
    shop.close()
    path = shop.profile.outbox_path
    content = bytearray(path.read_bytes())
    for page in range(len(content) // 2 // PAGE, len(content) // 2 // PAGE + 4):
        content[page * PAGE + 9] ^= 1
    path.write_bytes(content)
    shop.profile = Profile(shop.folder)
    shop.unlock("chenguang")
    lost = Profile(shop.folder).settings.lost
    assert 0 < len(lost) < 30
    assert not shop.profile.settings.lost_told
    assert list(shop.folder.glob("outbox.damaged-*.db"))
    shop.line.down = False
    assert shop.sync().problem == ""
    assert len(world.rows(Order)) == 60 - len(lost)
    shop.workspace.submit(world.order(("HF-2", 1)))
    assert shop.sync().problem == ""
    assert len(world.rows(Order)) == 61 - len(lost)
    assert shop.workspace.counts() == (0, 0)
    shop.restart("chenguang")
    assert shop.sync().problem == ""
    assert shop.shown() == shop.from_nothing()


def test_a_full_disk_under_the_cache_stops_news_and_loses_nothing(desktops: Desktops, world: World) -> None:
    shop = desktops("chenguang")
    shop.sync()
    with shop.workspace.cache.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    with shop.workspace.cache._file.writer.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    other = world.desk("chenguang")
    for _ in range(40):
        other.send(world.order(("HF-1", 1)))
    assert shop.sync().problem == "storage_full"
    assert shop.loop.status().online
    with shop.workspace.cache._file.writer.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert shop.sync().problem == ""
    assert shop.shown() == shop.from_nothing()
