"""A revoked device shows nothing of the hub's, whatever happens in between, and what it had not sent reaches the hub's
quarantine, where somebody of its company releases it by the normal rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import msgspec
import pytest
from sqlalchemy import select

from s2b_desktop.models import keys, retirement
from s2b_desktop.models import profile as profiles
from s2b_desktop.models.database import open_engine
from s2b_desktop.models.keys import KeyringUnavailable, Keys
from s2b_desktop.models.profile import Profile
from s2b_desktop.models.storage import Damaged
from s2b_desktop.sync.entry import EntryRefused, hand_in, resume, retire, unlock
from s2b_desktop.sync.transport import HubProblem, LineError, NotAHub, Unreachable
from s2b_domain.access import Role
from s2b_domain.commands.goods import ShelveGoods
from s2b_domain.commands.orders import PlaceOrder
from s2b_domain.records.order import Order
from s2b_domain.sealing import NotForUs, public_half, seal, unseal
from s2b_domain.wire import PROTOCOL, HandedOver, Handover, OutcomeKind, Problem, Sealed, thaw
from s2b_hub import devices, parties, quarantine, tables
from s2b_hub.sessions import LIFETIME
from tests.hub.world import PASSWORD, World
from tests.sync.conftest import Desktops
from tests.sync.desktop import Desktop


class Killed(BaseException):
    """The process ends here."""


def revoke(world: World, desktop: Desktop) -> str:
    assert desktop.workspace.device is not None
    id_ = desktop.workspace.device.device_id
    assert world.hub.write(lambda batch: devices.revoke(batch, id_))
    return id_


def held(world: World, state: str = "") -> list[quarantine.Item]:
    with world.hub.database.read() as connection:
        return quarantine.items(connection, state=state)


def release(world: World, login: str) -> list[str]:
    told = []
    for item in held(world, quarantine.Held.WAITING):
        with world.hub.database.read() as connection:
            by = quarantine.decider(connection, login, item.device_id)
        job = quarantine.Release(item.command_id, by)
        world.hub.door.submit(job)
        outcome = job.answer.result()
        told.append(outcome.kind.value if outcome else "sent")
    return told


@pytest.fixture
def shop(desktops: Desktops, world: World) -> Desktop:
    """One order arrived, one answer was lost, one order was never sent; then the device is revoked."""
    desktop = desktops("chenguang")
    desktop.sync()
    desktop.workspace.submit(world.order(("HF-1", 1)))
    desktop.sync()
    desktop.workspace.submit(world.order(("HF-2", 1)))
    desktop.line.lose_answers = 1
    desktop.sync()
    desktop.line.down = True
    desktop.workspace.submit(world.order(("HF-3", 1)))
    desktop.line.down = False
    revoke(world, desktop)
    return desktop


def open_caches(folder: Path, made: Keys) -> Iterator[str]:
    """Whatever of the cache files these keys still open, with every half that is known."""
    half = Profile(folder).cache_key(made.cache)
    for path in folder.glob("cache*.db"):
        for key in (made.cache, half):
            engine = open_engine(path, key, read_only=True)
            try:
                with engine.begin() as connection:
                    yield str(connection.exec_driver_sql("SELECT count(*) FROM product").scalar())
            except Damaged:
                pass
            finally:
                engine.dispose()


def test_from_revocation_to_the_quarantine_and_out_of_it(shop: Desktop, world: World) -> None:
    assert shop.sync().problem == "device_revoked"
    shop.loop.stop()
    made = shop.workspace.keys
    assert retire(shop.workspace) == 2
    shop._open = False
    assert not list(shop.folder.glob("*.db*"))
    assert keys.load(shop.profile.settings.profile_id) is None
    assert resume(Profile(shop.folder)) is None
    with pytest.raises(EntryRefused, match="nobody_yet"):
        unlock(Profile(shop.folder), "chenguang", PASSWORD)
    [box] = shop.profile.sealed()
    assert b"HF-3" not in box.read_bytes()
    assert made.outbox not in box.read_bytes()
    shop.line.down = True
    with pytest.raises(Unreachable):
        hand_in(shop.profile, shop.line)
    shop.line.down = False
    shop.line.lose_answers = 1
    with pytest.raises(Unreachable):
        hand_in(shop.profile, shop.line)
    assert hand_in(shop.profile, shop.line) == 1
    assert shop.profile.sealed() == []
    assert [i.state for i in held(world)] == ["sent", "waiting"]
    assert len(world.rows(Order)) == 2
    assert release(world, "chenguang") == ["accepted"]
    assert release(world, "chenguang") == []
    assert len(world.rows(Order)) == 3
    assert {o.placed_by for o in world.rows(Order)} == {"chenguang 的人"}
    assert [i.decided_by for i in held(world, quarantine.Held.RELEASED)] == ["chenguang"]


@pytest.mark.parametrize("step", ["erase", "_seal_all", "forget", "finish"])
def test_a_crash_between_any_two_steps(shop: Desktop, world: World, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Nothing of the hub's can be read after the first step, and nothing unsent is lost by any."""

    def crash(*args: object) -> None:
        raise Killed(step)

    made = shop.workspace.keys
    with monkeypatch.context() as broken:
        if step == "erase":
            broken.setattr(shop.workspace.cache, "discard", crash)
            with pytest.raises(Killed):
                shop.loop.round()
            shop.loop.stop()
            shop.workspace.close()
        else:
            shop.sync()
            shop.loop.stop()
            broken.setattr(keys if step == "forget" else retirement, step, crash)
            with pytest.raises(Killed):
                retire(shop.workspace)
    shop._open = False
    assert set(open_caches(shop.folder, made)) <= {"0"}
    again = Profile(shop.folder)
    if again.settings.slots:
        with pytest.raises(EntryRefused, match="device_revoked"):
            unlock(again, "chenguang", PASSWORD)
    shop.profile = again
    shop.sign_in("chenguang")
    assert shop.sync().problem == ""
    assert again.sealed() == []
    assert [i.state for i in held(world)] == ["sent", "waiting"]
    assert shop.shown() == shop.from_nothing()
    assert shop.workspace.queue() == []


@pytest.mark.parametrize("open_", [True, False])
def test_who_hears_of_it_only_at_the_door_shows_nothing_either(shop: Desktop, world: World, open_: bool) -> None:
    """Its sessions are over when it comes back: it has no other way to hear of it, whatever the password."""
    world.now += LIFETIME + 1
    world.desk("admin")  # with every sign-in the hub forgets the sessions that are over
    assert shop.sync().problem == "signed_out"
    made = shop.workspace.keys
    if not open_:
        shop.close()
    with pytest.raises(HubProblem, match="device_revoked"):
        shop.sign_in("chenguang")
    shop._open = False
    assert set(open_caches(shop.folder, made)) <= {"0"}
    assert not list(shop.folder.glob("*.db*"))
    assert resume(Profile(shop.folder)) is None
    shop.profile = Profile(shop.folder)
    shop.sign_in("chenguang")
    assert shop.sync().problem == ""
    assert [i.state for i in held(world)] == ["sent", "waiting"]


@pytest.mark.parametrize("code", ["malformed", "device_revoked", "update_needed", "damaged"])
@pytest.mark.parametrize("open_", [True, False])
def test_nobody_stays_because_what_is_remembered_is_not_wanted(
    shop: Desktop, monkeypatch: pytest.MonkeyPatch, code: str, open_: bool
) -> None:
    """Another release of the hub may answer otherwise, and the outbox may be damaged: it forgets all the same."""

    def refuse(request: Handover) -> HandedOver:
        if code == "damaged":
            raise Damaged("outbox.db")
        raise HubProblem(Problem(code=code))

    monkeypatch.setattr(shop.line, "hand_over", refuse)
    if open_:
        assert shop.sync().problem == "device_revoked"
    else:
        shop.close()
        with pytest.raises(HubProblem, match="device_revoked"):
            shop.sign_in("chenguang")
        shop._open = False
    assert not Profile(shop.folder).settings.cache_half


@pytest.mark.parametrize("failure", [Unreachable(), NotAHub(), HubProblem(Problem(code="busy"))])
def test_with_no_hub_to_hand_over_to_it_comes_back_later(
    shop: Desktop, monkeypatch: pytest.MonkeyPatch, failure: LineError
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(shop.line, "hand_over", Mock(side_effect=failure))
        assert shop.sync().problem == failure.code
        assert Profile(shop.folder).settings.cache_half
    assert shop.sync().problem == "device_revoked"
    assert not Profile(shop.folder).settings.cache_half


def test_a_round_that_cannot_forget_says_so_and_tries_again(shop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A virus scanner holds the file, or the disk is full."""
    with monkeypatch.context() as held:
        held.setattr(profiles, "write_whole", Mock(side_effect=PermissionError(13, "used by another process")))
        assert shop.sync().problem == "sync_failed"
        assert shop.profile.settings.retirement == ""
    assert shop.sync().problem == "device_revoked"
    assert not Profile(shop.folder).settings.cache_half


def test_a_revoked_device_reserves_no_places_and_says_no_reasons(shop: Desktop, world: World) -> None:
    """It is heard for what it remembers as booked, nothing else."""
    device = shop.workspace.device
    assert device is not None
    asked = Handover(
        protocol=PROTOCOL,
        hub_id=device.hub_id,
        device_id=device.device_id,
        device_secret=device.device_secret,
        card=device.card,
        history=device.history,
        undecided=tuple(range(1000, 1100)),
    )
    world.hub.hand_over(asked)
    with world.hub.database.read() as connection:
        assert connection.execute(select(tables.hole)).all() == []


def test_without_a_keyring_the_password_seals(shop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*args: object, **options: object) -> None:
        raise KeyringUnavailable("locked")

    shop.sync()
    shop.close()
    monkeypatch.setattr(keys, "load", locked)
    profile = Profile(shop.folder)
    assert resume(profile) is None
    with pytest.raises(EntryRefused, match="wrong_password"):
        unlock(profile, "chenguang", "nonsense")
    assert profile.sealed() == []
    with pytest.raises(EntryRefused, match="device_revoked"):
        unlock(profile, "chenguang", PASSWORD)
    assert len(profile.sealed()) == 1
    assert not profile.outbox_path.exists()


def test_who_may_release_and_by_whose_right(shop: Desktop, world: World) -> None:
    shop.sync()
    shop.loop.stop()
    retire(shop.workspace)
    shop._open = False
    hand_in(shop.profile, shop.line)
    [item] = held(world, quarantine.Held.WAITING)
    with world.hub.database.read() as connection:
        for login in ("xiaoman", "hengfeng", "chenguang-shop", "reviewer", "nobody"):
            with pytest.raises(quarantine.NotAllowed):
                quarantine.decider(connection, login, item.device_id)
    parties.add_user(world.hub, world.organisation("chenguang"), Role.MERCHANT_OWNER, "zhou", "周", PASSWORD)
    parties.disable_user(world.hub, "chenguang")
    with pytest.raises(quarantine.NotAllowed):
        release(world, "admin")
    assert len(held(world, quarantine.Held.WAITING)) == 1
    assert release(world, "zhou") == ["accepted"]
    assert {o.placed_by for o in world.rows(Order)} == {"chenguang 的人", "周"}


def test_a_refusal_by_the_rules_is_an_answer_too(shop: Desktop, world: World) -> None:
    shop.sync()
    shop.loop.stop()
    retire(shop.workspace)
    shop._open = False
    hand_in(shop.profile, shop.line)
    supplier = world.desk("hengfeng")
    [item] = held(world, quarantine.Held.WAITING)
    order = msgspec.msgpack.decode(thaw(item.body).payload, type=PlaceOrder)
    assert supplier.send(ShelveGoods(sku_ids=(order.items[0].sku_id,), on_sale=False)).kind is OutcomeKind.ACCEPTED
    assert release(world, "chenguang") == ["rejected"]
    [done] = held(world, quarantine.Held.RELEASED)
    assert done.reason == "not_on_sale"


def test_only_the_devices_own_secret_opens_the_quarantine(shop: Desktop, world: World) -> None:
    shop.sync()
    shop.loop.stop()
    retire(shop.workspace)
    shop._open = False
    [path] = shop.profile.sealed()
    message = msgspec.msgpack.decode(path.read_bytes(), type=Sealed)
    for changed, code in (
        (msgspec.structs.replace(message, device_secret=bytes(32)), "signed_out"),
        (msgspec.structs.replace(message, box=message.box[:-1] + b"\0"), "malformed"),
        (msgspec.structs.replace(message, box=b""), "malformed"),
    ):
        with pytest.raises(HubProblem) as refused:
            shop.line.quarantine(changed)
        assert refused.value.code == code
    other = world.desk("xiaoman").signed
    with pytest.raises(HubProblem, match="malformed"):
        shop.line.quarantine(
            msgspec.structs.replace(message, device_id=other.device_id, device_secret=other.device_secret)
        )
    assert held(world) == []


def test_boxes_open_for_one_key_and_one_purpose() -> None:
    private, other = bytes(range(32)), bytes(range(1, 33))
    box = seal(b"content", public_half(private), purpose="a", fresh=b"f" * 32)
    assert unseal(box, private, purpose="a") == b"content"
    for key, purpose, given in ((other, "a", box), (private, "b", box), (private, "a", box[:40]), (private, "a", b"")):
        with pytest.raises(NotForUs):
            unseal(given, key, purpose=purpose)
