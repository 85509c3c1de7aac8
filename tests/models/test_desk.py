"""The desk: results on the main thread, refusals to whoever asked, no thread left behind."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from PIL import Image
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from s2b_desktop.models.search import search_goods
from s2b_desktop.models.status import Changes
from s2b_desktop.models.workspace import Workspace
from s2b_desktop.sync import addresses as web
from s2b_desktop.tasks import Desk
from s2b_domain.commands.command import Command
from s2b_domain.commands.goods import ShelveGoods
from s2b_domain.commands.stock import CountStock
from s2b_domain.errors import Refused
from s2b_domain.records.catalog import Product, Sku
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.blobs import digest_in
from tests.simulation.line import full_disk
from tests.views import world


@pytest.fixture
def desk(qtbot: QtBot, desktop: Callable[..., Workspace]) -> Iterator[Desk]:
    made = Desk(desktop(world.SUPPLIER))
    yield made
    made.close()
    made.deleteLater()


def on_sale(desk: Desk) -> list[Sku]:
    return desk.read(lambda connection: RecordStore(connection).find(Sku, on_sale=True))


def test_submit_calls_back_on_the_main_thread_and_tells_everybody(qtbot: QtBot, desk: Desk) -> None:
    told: list[Changes] = []
    done: list[tuple[int, threading.Thread]] = []
    desk.changed.connect(told.append)
    me = object()
    message = ShelveGoods(sku_ids=(on_sale(desk)[0].id,), on_sale=False)
    desk.submit(message, done=lambda seq: done.append((seq, threading.current_thread())), initiator=me)
    qtbot.waitUntil(lambda: bool(done and told))
    assert done == [(1, threading.main_thread())]
    assert told[0].tables >= {"sku", "queue"}
    assert told[0].initiator is me
    qtbot.waitUntil(lambda: desk.status().waiting == 1)


def test_a_stopped_fetch_of_pictures_keeps_what_came_and_asks_for_no_more(
    qtbot: QtBot, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, counted, ended = list[str](), list[tuple[int, int]](), list[tuple[dict[str, str], dict[str, str]]]()
    made = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(made, "PNG")

    def fetch(_line: object, address: str, _stopped: object) -> bytes:
        asked.append(address)
        if address == "gone":
            raise web.AddressError("picture_missing")
        return made.getvalue()

    monkeypatch.setattr(web, "fetch", fetch)
    desk.fetch_pictures(
        ["a", "gone", "b", "c"],
        done=lambda kept, wrong: ended.append((kept, wrong)),
        brought=lambda kept, wrong: counted.append((kept, wrong)),
        stopped=lambda: len(asked) == 2,
    )
    qtbot.waitUntil(lambda: bool(ended))
    [(kept, wrong)] = ended
    assert (list(kept), wrong, asked) == (["a"], {"gone": "picture_missing"}, ["a", "gone"])
    assert counted == [(1, 0), (1, 1)]
    assert desk.workspace.blobs.get(digest_in(kept["a"])) is not None


def test_what_is_saved_is_never_called_failed(qtbot: QtBot, desk: Desk) -> None:
    done: list[int] = []
    failed: list[Exception] = []
    message = ShelveGoods(sku_ids=(on_sale(desk)[0].id,), on_sale=False)
    with full_disk(desk.workspace.cache._file.writer):
        desk.submit(message, done=done.append, failed=failed.append)
        qtbot.waitUntil(lambda: bool(done or failed))
    assert (done, failed) == ([1], [])
    desk.workspace.catch_up()
    assert desk.pending("sku")


def test_a_refusal_goes_to_whoever_asked_and_else_to_everybody(qtbot: QtBot, desk: Desk) -> None:
    heard: list[Exception] = []
    desk.trouble.connect(heard.append)
    mine: list[Exception] = []
    missing = CountStock(sku_id="0" * 32, counted=1, position=0)
    desk.submit(missing, failed=mine.append)
    qtbot.waitUntil(lambda: bool(mine))
    assert isinstance(mine[0], Refused)
    assert heard == []
    desk.submit(missing)
    qtbot.waitUntil(lambda: bool(heard))
    assert desk.queue() == []


def test_bulk_reports_progress_and_counts(qtbot: QtBot, desk: Desk) -> None:
    skus = on_sale(desk)[:6]
    steps: list[tuple[int, int | None]] = []
    done: list[int] = []
    desk.submit_many(
        [ShelveGoods(sku_ids=(s.id,), on_sale=False) for s in skus],
        import_id=desk.new_id(),
        done=done.append,
        progress=lambda n, total: steps.append((n, total)),
    )
    qtbot.waitUntil(lambda: bool(done))
    assert done == [6]
    assert steps == [(4, 6), (6, 6)]
    assert len(desk.queue()) == 6
    assert not {s.id for s in skus} & {s.id for s in on_sale(desk)}


def test_what_a_draft_holds_is_saved_with_the_draft_leaving_or_not_at_all(qtbot: QtBot, desk: Desk) -> None:
    skus, told, refused = on_sale(desk)[:6], list[int](), list[Exception]()
    messages: list[Command] = [ShelveGoods(sku_ids=(s.id,), on_sale=False) for s in skus]
    lost = CountStock(sku_id="0" * 32, counted=1, position=0)
    desk.save_draft("list", b"six")
    desk.submit_together([*messages, lost], instead_of="list", done=told.append, failed=refused.append)
    qtbot.waitUntil(lambda: bool(refused))
    assert (desk.queue(), desk.draft("list"), told) == ([], b"six", [])

    desk.submit_together(messages, instead_of="list", done=told.append, failed=refused.append)
    qtbot.waitUntil(lambda: bool(told))
    assert (len(desk.queue()), desk.draft("list")) == (6, None)
    assert not {s.id for s in skus} & {s.id for s in on_sale(desk)}

    desk.submit_together(messages, instead_of="list", done=told.append, failed=refused.append)
    qtbot.waitUntil(lambda: len(refused) == 2)
    assert (len(desk.queue()), len(told)) == (6, 1), "whoever comes with it again comes too late"


def test_a_cancelled_fetch_is_never_heard_of(qtbot: QtBot, desk: Desk) -> None:
    heard: list[int] = []
    desk.fetch(lambda c: 1, done=heard.append).cancel()
    desk.fetch(lambda c: 2, done=heard.append)
    qtbot.waitUntil(lambda: 2 in heard)
    assert heard == [2]


def test_the_newer_count_stands_whichever_thread_is_done_first(
    qtbot: QtBot, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.waitUntil(lambda: desk._counts_told > 0)
    later, asked, answered, take = threading.Event(), list[int](), list[int](), desk._counted

    def counts() -> tuple[int, int]:
        asked.append(len(asked))
        if len(asked) > 1:
            return 2, 0
        later.wait(10)
        return 1, 0

    def counted(number: int, found: tuple[int, int]) -> None:
        take(number, found)
        answered.append(found[0])

    monkeypatch.setattr(desk.workspace, "counts", counts)
    monkeypatch.setattr(desk, "_counted", counted)
    desk._count()
    qtbot.waitUntil(lambda: len(asked) == 1)
    desk._count()
    qtbot.waitUntil(lambda: answered == [2])
    later.set()
    qtbot.waitUntil(lambda: answered == [2, 1])
    assert desk.status().waiting == 2


def test_an_index_that_failed_once_goes_on_with_the_next_goods(
    qtbot: QtBot, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = desk.read(lambda c: RecordStore(c).find(Product))[0].title[:2]
    qtbot.waitUntil(lambda: bool(desk.read(search_goods, text)) and not desk._indexing)
    index, calls, heard = desk.workspace.index_some, list[int](), list[Exception]()
    desk.trouble.connect(heard.append)

    def once_broken() -> bool:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("disk")
        return index()

    monkeypatch.setattr(desk.workspace, "index_some", once_broken)
    desk.workspace.tell(frozenset({"product"}))
    qtbot.waitUntil(lambda: bool(heard))
    desk.workspace.tell(frozenset({"product"}))
    qtbot.waitUntil(lambda: len(calls) == 2)


class Asker(QObject):
    """Hears an answer as dialogs do: by its own methods."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[object] = []

    def hear(self, answer: object) -> None:
        self.heard.append(answer)

    def hear_of(self, _what: str, answer: object) -> None:
        self.heard.append(answer)


@pytest.mark.parametrize("bound", [False, True], ids=["a method", "a method with values"])
def test_who_is_gone_is_not_answered_and_a_failure_still_reaches_somebody(
    qtbot: QtBot, desk: Desk, bound: bool
) -> None:
    gone, there, troubles = Asker(), Asker(), list[Exception]()
    desk.trouble.connect(troubles.append)
    begun = threading.Event()

    def work(_told: object) -> int:
        begun.wait(10)
        return 1

    def fail(_told: object) -> int:
        begun.wait(10)
        raise OSError("disk")

    for who in (gone, there):
        hear = partial(who.hear_of, "x") if bound else who.hear
        desk.run(work, done=hear, failed=hear)
        desk.run(fail, done=hear, failed=hear)
        desk.submit(ShelveGoods(sku_ids=(on_sale(desk)[0].id,), on_sale=False), done=hear)
    delete(gone)
    begun.set()
    qtbot.waitUntil(lambda: len(there.heard) == 3)
    assert (gone.heard, [type(error) for error in troubles]) == ([], [OSError])
    there.deleteLater()


def test_the_window_does_not_wait_while_it_is_noted_that_something_was_dealt_with(
    qtbot: QtBot, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    where: list[str] = []
    monkeypatch.setattr(desk.workspace.outbox, "dismiss", lambda _seq: where.append(threading.current_thread().name))
    with qtbot.waitSignal(desk.changed, check_params_cb=lambda changes: changes.tables == {"queue"}):
        desk.dismiss(1)
    assert where == ["s2b-save_0"]


def test_what_a_worker_raises_unasked_reaches_the_window(qtbot: QtBot, desk: Desk) -> None:
    heard: list[Exception] = []
    desk.trouble.connect(heard.append)

    def broken(progress: object) -> None:
        raise OSError("disk")

    desk.run(broken, done=lambda _: None)
    qtbot.waitUntil(lambda: bool(heard))
    assert isinstance(heard[0], OSError)


def test_a_window_that_is_about_to_go_may_ask_and_nothing_is_begun(desk: Desk) -> None:
    asked: list[int] = []
    desk.close()
    assert desk.run(lambda _told: len(asked) + 1, done=asked.append).cancelled
    with pytest.raises(RuntimeError):  # what is to be saved is never passed over in silence
        desk.submit(ShelveGoods(sku_ids=(), on_sale=False))
    assert asked == []


def test_drafts_and_numbers(desk: Desk) -> None:
    desk.save_draft("order/1", b"x")
    assert desk.drafts("order/") == {"order/1": b"x"}
    desk.save_draft("order/1", None)
    assert desk.draft("order/1") is None
    assert [desk.next_number() for _ in range(2)] == ["D3-20261122-1000", "D3-20261122-1001"]


def test_the_search_index_follows_by_itself(qtbot: QtBot, desk: Desk) -> None:
    text = desk.read(lambda c: RecordStore(c).find(Product))[0].title[:2]
    qtbot.waitUntil(lambda: len(desk.read(search_goods, text)) > 0)


def test_a_draft_is_there_at_once_and_after_a_restart(qtbot: QtBot, desk: Desk) -> None:
    for n in range(20):
        desk.save_draft("order/1", b"%d" % n)
        assert desk.draft("order/1") == b"%d" % n
        assert desk.drafts("order/") == {"order/1": b"%d" % n}
    qtbot.waitUntil(lambda: desk.workspace.draft("order/1") == b"19")
    desk.save_draft("order/2", b"last")
    desk.close()
    assert desk.workspace.draft("order/2") == b"last"
