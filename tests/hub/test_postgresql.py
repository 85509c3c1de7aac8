"""What only PostgreSQL can do to a hub: several processes at once, transactions held open, a server that goes away."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from s2b_domain.access import own
from s2b_domain.commands.goods import ImportGoods, ShelveGoods
from s2b_domain.commands.order_steps import CancelOrder
from s2b_domain.commands.supply import AcceptSupply
from s2b_domain.records.catalog import Sku
from s2b_domain.records.order import Order, SupplyOrder
from s2b_domain.records.stock import Stock
from s2b_domain.wire import PROTOCOL, Envelope, OutcomeKind, Push, Pushed, SignIn
from s2b_hub import devices, engines, ledger, parties, tables
from s2b_hub.announcements import announce
from s2b_hub.cli import main
from s2b_hub.database import is_transient
from s2b_hub.door import Door
from s2b_hub.hub import Hub, HubDataError
from s2b_hub.journal import FILE as JOURNAL
from s2b_hub.journal import JournalError
from s2b_hub.ledger import Ledger
from s2b_hub.location import SETTINGS
from s2b_hub.problems import ProblemError
from s2b_hub.watch import Watch
from tests.domain.straight import check_books
from tests.hub.world import PASSWORD, Desk, World, line
from tests.postgresql import address, held, run, server
from tests.simulation.fleet import _Books

pytestmark = pytest.mark.postgresql(only=True)
ACCEPTED = OutcomeKind.ACCEPTED
LISTENING = "FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^LISTEN'"
BLOCKED = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
TEXTS = "FROM information_schema.columns WHERE table_schema = 'public' AND data_type IN ('text', 'character varying')"


@pytest.fixture
def hubs(world: World) -> Iterator[list[Hub]]:
    """Two hubs on one database, each with a writer of its own, as two processes are."""
    world.inline = False
    world.restart()
    with closing(world.open()) as second:
        yield [world.hub, second]


def url_of(world: World) -> str:
    url = address(world.folder)
    assert url is not None
    return url.render_as_string(hide_password=False)


def through(hub: Hub, desk: Desk, *envelopes: Envelope) -> Pushed:
    return hub.push(desk.signed.token, Push(protocol=PROTOCOL, envelopes=envelopes))


def together(*works: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(works)) as pool:
        return [f.result() for f in [pool.submit(work) for work in works]]


def orders_are_whole(world: World) -> None:
    with world.hub.database.read() as connection:
        check_books(_Books(connection))
        orders = list(connection.scalars(select(tables.ledger.c.hub_order).order_by(tables.ledger.c.hub_order)))
    assert orders == list(range(1, len(orders) + 1))


# Several processes


def test_rivals_at_two_hubs_are_never_promised_the_same_goods(world: World, hubs: list[Hub]) -> None:
    desks = [world.desk(("chenguang", "xiaoman")[n % 2]) for n in range(6)]
    runs = [[d.envelope(d.body(world.order(("HF-1", 4), ("YD-1", 1)))) for _ in range(7)] for d in desks]
    pushed = together(*(partial(through, hubs[n % 2], desks[n], *runs[n]) for n in range(6)))
    outcomes = [o for p in pushed for o in p.outcomes]
    assert sum(o.kind is ACCEPTED for o in outcomes) == 25
    assert {o.code for o in outcomes if o.kind is not ACCEPTED} == {"out_of_stock"}
    (sku,) = world.rows(Sku, code="HF-1")
    assert [s.reserved for s in world.rows(Stock, sku_id=sku.id)] == [100]
    orders_are_whole(world)
    for desk in desks:
        desk.pull()
        assert set(desk.outcomes) == set(range(1, 8))


def test_nobody_ever_sees_a_gap_in_the_hubs_order(world: World, hubs: list[Hub]) -> None:
    """A receipt tells what was seen: what commits later must not have a lower order."""
    desks = [world.desk("chenguang") for _ in range(4)]
    runs = [[d.envelope(d.body(world.order(("HF-2", 1)))) for _ in range(6)] for d in desks]
    done = threading.Event()

    def look() -> int:
        looks = 0
        while not done.is_set():
            with world.hub.database.read() as connection:
                c = tables.ledger.c.hub_order
                count, last = connection.execute(select(func.count(c), func.max(c))).one()
            assert count == last
            looks += 1
        return looks

    def push() -> None:
        for n in range(6):
            together(*(partial(through, hubs[k % 2], desks[k], runs[k][n]) for k in range(4)))

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        try:
            push()
        finally:
            done.set()
        assert looking.result() > 0


def test_what_is_decided_later_commits_later(world: World, hubs: list[Hub], monkeypatch: pytest.MonkeyPatch) -> None:
    """One hub stops after it has taken its orders; the other must wait for it, not overtake it."""
    slow, quick = world.desk("chenguang"), world.desk("hengfeng")
    sealed, go_on = threading.Event(), threading.Event()
    seal = Ledger.seal

    def stop(self: Ledger) -> None:
        seal(self)
        if threading.current_thread() is hubs[0].door._thread:
            sealed.set()
            assert go_on.wait(20)

    monkeypatch.setattr(Ledger, "seal", stop)
    # Neither is allowed to: they share no scope, not even stock, and still have a place in the order.
    first = slow.envelope(slow.body(ShelveGoods(sku_ids=("x",), on_sale=True)))
    second = quick.envelope(quick.body(CancelOrder(order_id="x", reason="x")))
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(through, hubs[0], slow, first)
        assert sealed.wait(20)
        other = pool.submit(through, hubs[1], quick, second)
        wait_until(lambda: other.done() or blocked(world) == 1)
        assert not other.done()
        assert run(url_of(world), "SELECT count(*) FROM ledger WHERE hub_order >= 5") == [(0,)]
        go_on.set()
        receipts = [f.result().outcomes[0].receipt for f in (one, other)]
    assert receipts[0] is not None
    assert receipts[1] is not None
    assert receipts[0].hub_order < receipts[1].hub_order


def test_what_was_read_before_the_locks_is_read_again_behind_them(world: World, hubs: list[Hub]) -> None:
    """Two people accept the same order: both have seen it waiting when they come to its locked scope."""
    assert world.desk("chenguang").send(world.order(("HF-1", 1))).kind is ACCEPTED
    (waiting,) = world.rows(SupplyOrder)
    desks = [world.desk("hengfeng") for _ in hubs]
    message = AcceptSupply(supply_order_ids=(waiting.id,))
    sent = [d.envelope(d.body(message)) for d in desks]
    scope = own(waiting.supplier_id, "trade")
    with ThreadPoolExecutor(2) as pool:
        with held(url_of(world), f"SELECT 1 FROM scope WHERE name = '{scope}' FOR UPDATE"):
            pushing = [pool.submit(through, *each) for each in zip(hubs, desks, sent, strict=True)]
            wait_until(lambda: blocked(world) == 2)
        kinds = [f.result().outcomes[0].kind for f in pushing]
    assert sorted(kinds) == [ACCEPTED, OutcomeKind.REJECTED]
    assert world.rows(SupplyOrder)[0].row_version == waiting.row_version + 1


def test_a_devices_commands_may_come_through_different_hubs(world: World, hubs: list[Hub]) -> None:
    desk = world.desk("chenguang")
    envelopes = [desk.envelope(desk.body(world.order(("HF-1", 1)))) for _ in range(8)]
    answers = together(*(partial(through, hubs[n % 2], desk, *envelopes) for n in range(4)))
    assert all(p.outcomes == answers[0].outcomes for p in answers), "the same outcomes, signed once"
    assert len(world.rows(Order)) == 8
    early = desk.envelope(desk.body(world.order(("HF-1", 1))))
    late = desk.envelope(desk.body(world.order(("HF-1", 1))))
    assert through(hubs[0], desk, late).expected == early.seq
    assert through(hubs[1], desk, early).outcomes[0].kind is ACCEPTED
    assert through(hubs[0], desk, late).outcomes[0].kind is ACCEPTED


def test_the_same_command_through_two_hubs_has_one_effect(world: World, hubs: list[Hub]) -> None:
    desks = [world.desk("chenguang") for _ in range(4)]
    for _ in range(5):
        body = desks[0].body(world.order(("HF-1", 1)))
        before = len(world.rows(Order))
        sent = [d.envelope(body) for d in desks]
        answers = together(*(partial(through, hubs[n % 2], desks[n], sent[n]) for n in range(4)))
        assert [p.outcomes[0].kind for p in answers] == [ACCEPTED] * 4
        assert len({p.outcomes[0].receipt.result["number"] for p in answers}) == 1
        assert len(world.rows(Order)) == before + 1
    orders_are_whole(world)


def test_what_one_hub_parks_is_released_by_the_other(world: World, hubs: list[Hub]) -> None:
    first, second = world.desk("chenguang"), world.desk("chenguang")
    for _ in range(6):
        order = world.order(("HF-1", 1))
        head = first.body(order)
        tail = second.body(CancelOrder(order_id=order.order_id, reason="换货"), depends_on=(head.command_id,))
        one, other = first.envelope(head), second.envelope(tail)
        together(partial(through, hubs[0], first, one), partial(through, hubs[1], second, other))
        wait_until(partial(decided_as, world, second, other, ACCEPTED))
    second.pull()
    assert {o.kind for o in second.outcomes.values()} == {ACCEPTED}


def decided_as(world: World, desk: Desk, envelope: Envelope, wanted: OutcomeKind) -> bool:
    c = tables.ledger.c
    with world.hub.database.read() as connection:
        kind = connection.scalar(select(c.kind).where(c.device_id == desk.signed.device_id, c.seq == envelope.seq))
    return kind == wanted.value


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(2000):
        if true():
            return
        threading.Event().wait(0.01)
    pytest.fail("it did not come to pass within 20 s")


def test_what_a_crashed_hub_did_not_release_is_found(
    world: World, hubs: list[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = world.desk("chenguang"), world.desk("chenguang")
    order = world.order(("HF-1", 1))
    head = first.body(order)
    tail = second.body(CancelOrder(order_id=order.order_id, reason="换货"), depends_on=(head.command_id,))
    waiting = second.envelope(tail)
    assert through(hubs[0], second, waiting).outcomes[0].kind is OutcomeKind.PARKED
    wait_until(lambda: not hubs[0].door._queues)
    with monkeypatch.context() as patch:
        patch.setattr(Door, "_enqueue", lambda self, places: None)  # it dies with its queue
        through(hubs[0], first, first.envelope(head))
    assert decided_as(world, second, waiting, OutcomeKind.PARKED)
    monkeypatch.setattr("s2b_hub.door.SWEEP_SECONDS", 0.01)
    hubs[1].write(lambda batch: None)
    wait_until(partial(decided_as, world, second, waiting, ACCEPTED))


def test_devices_get_different_numbers_and_guesses_are_all_counted(world: World, hubs: list[Hub]) -> None:
    logins = ("chenguang", "xiaoman", "hengfeng", "yuanda", "admin", "reviewer")
    requests = [SignIn(login=login, password=PASSWORD) for login in logins]
    signed = together(*(partial(hubs[n % 2].sign_in, r) for n, r in enumerate(requests)))
    numbers = sorted(int(s.device_code[1:]) for s in signed)
    assert numbers == list(range(numbers[0], numbers[0] + 6))

    def guess(n: int) -> str:
        try:
            hubs[n % 2].sign_in(SignIn(login="chenguang", password="wrong password"))
        except ProblemError as error:
            return error.problem.code
        return ""

    codes = together(*(partial(guess, n) for n in range(8)))
    assert codes.count("wrong_password") == 5


# Transactions held open


def test_orders_flow_while_others_hold_transactions_open(world: World, hubs: list[Hub]) -> None:
    desk, supplier = world.desk("chenguang"), world.desk("hengfeng")
    desk.pull()
    backup = ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SELECT count(*) FROM sales_order")
    unrelated = ("INSERT INTO meta VALUES ('note', '')", "SELECT pg_advisory_xact_lock(1)")
    with held(url_of(world), *backup) as reader, held(url_of(world), *unrelated):
        for hub in hubs * 3:
            assert through(hub, desk, desk.envelope(desk.body(world.order(("HF-1", 1))))).outcomes[0].kind is ACCEPTED
            assert through(hub, supplier, supplier.envelope(supplier.body(ShelveGoods(sku_ids=(), on_sale=True))))
            desk.pull()
            assert len(desk.has(Order)) == len(desk.outcomes)
        assert reader.execute("SELECT count(*) FROM sales_order").fetchone() == (0,)
    assert len(desk.has(Order)) == 6


def test_whoever_keeps_a_lock_makes_the_hub_busy_and_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(engines._SETTINGS, "lock_timeout", "200ms")
    world.restart()
    desk, other = world.desk("chenguang"), world.desk("yuanda")
    assert desk.send(world.order(("HF-1", 1))).kind is ACCEPTED
    envelope = desk.envelope(desk.body(world.order(("HF-1", 1))))
    scope = own(world.organisation("chenguang"), "trade")
    with held(url_of(world), f"SELECT 1 FROM scope WHERE name = '{scope}' FOR UPDATE") as holder:
        assert holder is not None
        with pytest.raises(ProblemError, match="busy"):
            desk.push(envelope)
        assert other.send(ImportGoods(lines=(line("YD-9"),))).kind is ACCEPTED, "whoever needs other scopes goes on"
    assert desk.push(envelope).outcomes[0].kind is ACCEPTED


def test_a_hub_that_stands_still_gives_its_locks_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = world.desk("chenguang")
    monkeypatch.setitem(engines._SETTINGS, "idle_in_transaction_session_timeout", "300ms")
    with closing(world.open()) as still, still.database.writer.connect() as connection:
        connection.execute(select(tables.scope.c.name).with_for_update())
        assert desk.send(world.order(("HF-1", 1))).kind is ACCEPTED
        with pytest.raises(DBAPIError, match="idle-in-transaction") as raised:
            connection.execute(select(tables.scope.c.name))
        connection.invalidate()
    assert is_transient(raised.value)


# Word between processes


def test_word_of_a_commit_reaches_the_other_hub(world: World, hubs: list[Hub], monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[dict[str, int]] = []
    monkeypatch.setattr(hubs[1].news, "tell", lambda versions, decided: heard.append({**versions, **decided}))
    with closing(Watch(hubs[1], interval=3600)):
        wait_until(lambda: listeners(world) == 1)
        desk = world.desk("chenguang")
        through(hubs[0], desk, desk.envelope(desk.body(world.order(("HF-1", 1)))))
        wait_until(lambda: any(desk.signed.device_id in h and "stock" in h for h in heard))


def blocked(world: World) -> int:
    return len(run(url_of(world), f"SELECT 1 {BLOCKED}"))


def listeners(world: World) -> int:
    found = run(
        url_of(world), "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^LISTEN'"
    )
    return len(found)


def test_word_that_is_lost_is_made_up_for(world: World, hubs: list[Hub], monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[dict[str, int]] = []
    monkeypatch.setattr("s2b_hub.door.announce", lambda *arguments: None)
    with closing(Watch(hubs[1], interval=0.05)):
        monkeypatch.setattr(hubs[1].news, "tell", lambda versions, decided: heard.append({**versions, **decided}))
        desk = world.desk("chenguang")
        through(hubs[0], desk, desk.envelope(desk.body(world.order(("HF-1", 1)))))
        wait_until(lambda: any(desk.signed.device_id in h and "stock" in h for h in heard))
        hubs[0].write(lambda batch: None)


def test_a_listener_whose_connection_is_cut_listens_again(world: World, hubs: list[Hub]) -> None:
    with closing(Watch(hubs[1], interval=3600)):
        wait_until(lambda: listeners(world) == 1)
        run(url_of(world), f"SELECT pg_terminate_backend(pid) {LISTENING}")
        wait_until(lambda: listeners(world) == 1)


def test_long_announcements_come_in_pieces(world: World, hubs: list[Hub]) -> None:
    versions = {f"org:{n:032x}:trade": 1 << 50 for n in range(1000)}
    with psycopg.connect(url_of(world), autocommit=True) as connection:
        connection.execute("LISTEN s2b_hub")
        with hubs[0].database.write() as writing:
            announce(writing, versions, {"d" * 32: 7})
        pieces = list(connection.notifies(timeout=1, stop_after=17))
    assert sum(p.payload.count("org:") for p in pieces) == 1000


# The database itself


def test_a_hub_says_why_it_cannot_be_opened(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    away = "postgresql://s2b:secret-word@127.0.0.1:1/s2b"
    assert main(["org", "list", "--data", str(tmp_path), "--database", away]) == 1
    said = capsys.readouterr().err
    assert "127.0.0.1:1/s2b cannot be used" in said
    assert "secret-word" not in said
    assert said.count("\n") == 1
    assert main(["org", "list", "--data", str(tmp_path), "--database", "mysql://x:secret-word@h/s2b"]) == 1
    assert "secret-word" not in (said := capsys.readouterr().err)
    assert "postgresql://" in said
    assert main(["org", "list", "--data", str(tmp_path), "--database", server().create()]) == 1
    assert "s2b-hub init" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(HubDataError, match="pip install"):
        Hub(world.folder, inline=True)


def test_init_may_be_cut_and_repeated_and_overwrites_no_hub(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server().create()
    (tmp_path / "password").write_text(PASSWORD, "utf-8")
    arguments = ["init", "--data", str(tmp_path / "hub"), "--database", url, "--name", "平台", "--admin", "admin"]
    arguments += ["--password-file", str(tmp_path / "password")]

    def cut(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("s2b_hub.parties.add_user", cut)
        assert main(arguments) == 1
    assert main(arguments) == 0
    assert (tmp_path / "hub" / "settings.json").stat().st_mode & 0o077 == 0
    assert not (tmp_path / "hub" / "hub.sqlite").exists()
    assert main(["user", "list", "--data", str(tmp_path / "hub")]) == 0
    assert "admin" in capsys.readouterr().out
    assert main(arguments) == 1
    assert "holds a hub already" in capsys.readouterr().err


@pytest.mark.parametrize("lack", ["encoding", "version"])
def test_a_database_that_has_no_room_for_every_text_is_refused_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, lack: str
) -> None:
    if lack == "version":
        monkeypatch.setattr("s2b_hub.hub.OLDEST_POSTGRESQL", 99)
    latin = " ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    url = server().create(options=latin if lack == "encoding" else "")
    (tmp_path / "password").write_text(PASSWORD, "utf-8")
    arguments = ["init", "--data", str(tmp_path / "hub"), "--database", url, "--name", "S2B", "--admin", "admin"]
    assert main([*arguments, "--password-file", str(tmp_path / "password")]) == 1
    error = capsys.readouterr().err
    assert ("is in LATIN1; make it anew with: ENCODING 'UTF8'" if lack == "encoding" else "99 is the least") in error
    assert error.count("\n") == 1


def test_the_hub_is_ill_while_the_server_is_away_and_well_again_after(world: World, hubs: list[Hub]) -> None:
    if not server().embedded:
        pytest.skip("a server of somebody else's is not killed")
    desk = world.desk("chenguang")
    envelopes = [desk.envelope(desk.body(world.order(("HF-1", 1)))) for _ in range(2)]
    with closing(Watch(hubs[1], interval=0.05)):
        assert hubs[0].healthy()
        server().kill()
        try:
            assert not hubs[0].healthy()
            with pytest.raises(DBAPIError) as raised:
                desk.push(envelopes[0])
            assert is_transient(raised.value)
            with pytest.raises(ProblemError, match="busy"):
                hubs[0].write(lambda batch: None)
        finally:
            server().start()
        wait_until(hubs[0].healthy)
        assert [o.kind for o in desk.push(*envelopes).outcomes] == [ACCEPTED] * 2
        wait_until(lambda: listeners(world) == 1)


def test_no_command_is_charged_for_a_conflict(world: World, hubs: list[Hub], monkeypatch: pytest.MonkeyPatch) -> None:
    desk = world.desk("chenguang")
    envelope = desk.envelope(desk.body(world.order(("HF-1", 1))))
    load, cut = ledger.Ledger.load, list[int]()

    def deadlock(self: Ledger, *arguments: Any) -> None:
        if len(cut) < 4 and threading.current_thread() is hubs[0].door._thread:
            cut.append(1)
            self._connection.exec_driver_sql("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$")
        load(self, *arguments)

    monkeypatch.setattr(Ledger, "load", deadlock)
    assert through(hubs[0], desk, envelope).outcomes[0].kind is ACCEPTED
    assert len(cut) == 4
    with world.hub.database.read() as connection:
        assert connection.execute(select(tables.dead_letter)).all() == []


def test_every_hub_needs_the_same_journal(world: World, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in (SETTINGS, JOURNAL):
        shutil.copy(world.folder / name, copy / name)
    other = Hub(copy, inline=True)  # a copy is as good as the file until either is written to
    world.desk("xiaoman")
    with pytest.raises(JournalError, match="the same file"):
        parties.disable_user(other, "yuanda")
    other.close()
    with pytest.raises(HubDataError, match="the same file"):
        Hub(copy, inline=True)
    (copy / JOURNAL).unlink()
    with pytest.raises(HubDataError, match="the same file"):
        Hub(copy, inline=True)
    (copy / JOURNAL).symlink_to(world.folder / JOURNAL)
    with closing(Hub(copy, inline=True)) as same:
        parties.disable_user(same, "yuanda")
    (copy / JOURNAL).unlink()
    assert main(["journal", "--data", str(copy)]) == 1
    assert main(["journal", "--data", str(copy), "--accept-loss"]) == 0
    with closing(Hub(copy, inline=True)) as alone:
        parties.disable_user(alone, "hengfeng")
        device = alone.sign_in(SignIn(login="xiaoman", password=PASSWORD))
        assert int(device.device_code[1:]) > devices.UNKNOWN_NUMBERS
