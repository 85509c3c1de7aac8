"""Signing in and out: passwords, brakes, devices, revocation."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from s2b_domain.access import Role
from s2b_domain.errors import Refused
from s2b_domain.records.party import Person
from s2b_domain.wire import OutcomeKind, SignIn
from s2b_hub import accounts, devices, parties, sessions, tables
from s2b_hub.problems import ProblemError
from tests.hub.world import PASSWORD, World


def known(world: World, login: str = "chenguang") -> SignIn:
    """A sign-in on a device that the hub knows already."""
    signed = world.desk(login).signed
    return SignIn(login=login, password=PASSWORD, device_id=signed.device_id, device_secret=signed.device_secret)


def test_a_device_is_minted_once_and_recognised_again(world: World) -> None:
    first = world.desk("chenguang").signed
    again = world.desk("chenguang", device_id=first.device_id, device_secret=first.device_secret).signed
    other = world.desk("chenguang").signed
    assert (again.device_id, again.device_code) == (first.device_id, first.device_code)
    assert again.token != first.token
    assert int(other.device_code[1:]) == int(first.device_code[1:]) + 1


def test_device_codes_are_contiguous(world: World) -> None:
    for login in ("chenguang", "hengfeng", "admin"):
        world.desk(login)
    with world.hub.database.read() as connection:
        numbers = [d.number for d in devices.devices(connection)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_known_device_goes_on_where_its_sequence_stood(world: World) -> None:
    desk = world.desk("chenguang")
    desk.send(world.order(("HF-1", 1)))
    signed = desk.signed
    again = world.desk("chenguang", device_id=signed.device_id, device_secret=signed.device_secret)
    assert again.signed.next_seq == 2


@pytest.mark.parametrize("secret", [b"", b"wrong"])
def test_a_device_without_its_secret_is_a_new_one(world: World, secret: bytes) -> None:
    first = world.desk("chenguang").signed
    other = world.desk("chenguang", device_id=first.device_id, device_secret=secret).signed
    assert other.device_id != first.device_id


def test_a_device_belongs_to_one_organisation(world: World) -> None:
    first = world.desk("chenguang").signed
    other = world.desk("xiaoman", device_id=first.device_id, device_secret=first.device_secret).signed
    assert other.device_id != first.device_id


def test_logins_are_recognised_however_they_are_typed(world: World) -> None:
    assert world.desk("  ChenGuang ").signed.actor.role is Role.MERCHANT_OWNER
    assert world.desk("ｃｈｅｎｇｕａｎｇ").signed.actor.role is Role.MERCHANT_OWNER


@pytest.mark.parametrize("login", ["chenguang", "nobody", "disabled"])
def test_wrong_unknown_and_disabled_look_the_same(world: World, login: str) -> None:
    password = "wrong password"
    if login == "disabled":
        login, password = "xiaoman", PASSWORD
        parties.disable_user(world.hub, login)
    with pytest.raises(ProblemError) as raised:
        world.desk(login, password=password)
    assert raised.value.problem.code == "wrong_password"
    assert raised.value.problem.params == {}
    assert raised.value.status == 401


def test_guessing_is_slowed_down_and_patience_is_rewarded(world: World) -> None:
    for _ in range(accounts.FREE_ATTEMPTS + 1):
        with pytest.raises(ProblemError, match="wrong_password"):
            world.desk("chenguang", password="guess")
    with pytest.raises(ProblemError) as raised:
        world.desk("chenguang")
    assert (raised.value.problem.code, raised.value.status) == ("too_many_attempts", 429)
    assert raised.value.problem.params == {"seconds": 2}
    world.restart()
    with pytest.raises(ProblemError, match="too_many_attempts"):
        world.desk("chenguang")
    world.now += 2000
    world.desk("chenguang")
    with pytest.raises(ProblemError, match="wrong_password"):
        world.desk("chenguang", password="guess")
    world.desk("chenguang")


def test_the_wait_doubles_up_to_a_quarter_of_an_hour(world: World) -> None:
    waits = []
    for _ in range(20):
        with pytest.raises(ProblemError, match="wrong_password"):
            world.desk("chenguang", password="guess")
        with world.hub.database.read() as connection:
            until = connection.scalar(select(tables.attempt.c.until))
        assert until is not None
        waits.append(until - world.now)
        world.now = until
    assert waits[:7] == [0, 0, 0, 0, 2000, 4000, 8000]
    assert waits[-1] == accounts.LONGEST_WAIT


def test_failed_attempts_are_forgotten_after_a_day(world: World) -> None:
    for name in ("one", "two", "three" * 10_000):
        with pytest.raises(ProblemError, match="wrong_password"):
            world.desk(name)
    world.now += accounts.FORGET_AFTER
    world.desk("chenguang")
    with world.hub.database.read() as connection:
        assert connection.execute(select(tables.attempt)).all() == []


def test_strangers_do_not_lock_out_a_known_device(world: World) -> None:
    request = known(world)
    for _ in range(accounts.FREE_ATTEMPTS + 1):
        with pytest.raises(ProblemError, match="wrong_password"):
            world.desk("chenguang", password="guess")
    assert world.hub.sign_in(request).device_id == request.device_id


@pytest.mark.parametrize("guesser", ["chenguang-shop", "hengfeng-clerk"])
def test_new_devices_bring_nobody_new_guesses(world: World, guesser: str) -> None:
    told = []
    for _ in range(accounts.FREE_ATTEMPTS + 2):
        mine = world.desk(guesser).signed
        with pytest.raises(ProblemError) as raised:
            world.desk("chenguang", password="guess", device_id=mine.device_id, device_secret=mine.device_secret)
        told.append(raised.value.problem.code)
    assert told[-2:] == ["wrong_password", "too_many_attempts"]


def test_signing_out_ends_the_session_and_may_be_said_twice(world: World) -> None:
    desk = world.desk("chenguang")
    world.hub.sign_out(desk.signed.token)
    world.hub.sign_out(desk.signed.token)
    with pytest.raises(ProblemError, match="signed_out"):
        desk.pull()


def test_sessions_end_with_time(world: World) -> None:
    desk = world.desk("chenguang")
    world.now += sessions.LIFETIME - 1
    desk.pull()
    world.now += 1
    with pytest.raises(ProblemError, match="signed_out"):
        desk.pull()


@pytest.mark.parametrize("token", ["", "made up", "ü" * 50])
def test_a_made_up_token_opens_nothing(world: World, token: str) -> None:
    desk = world.desk("chenguang")
    desk.signed = replace(desk.signed, token=token)
    with pytest.raises(ProblemError, match="signed_out"):
        desk.pull()


def test_a_revoked_device_is_told_so_on_everything(world: World) -> None:
    request = known(world)
    desk = world.desk("chenguang", device_id=request.device_id, device_secret=request.device_secret)
    world.hub.write(lambda batch: devices.revoke(batch, request.device_id))
    for ask in (
        desk.pull,
        lambda: desk.send(world.order(("HF-1", 1))),
        lambda: world.hub.sign_in(request),
        lambda: world.hub.sign_out(desk.signed.token),
    ):
        with pytest.raises(ProblemError) as raised:
            ask()
        assert (raised.value.problem.code, raised.value.status) == ("device_revoked", 401)
    assert world.desk("chenguang").send(world.order(("HF-1", 1))).kind is OutcomeKind.ACCEPTED


def test_a_new_password_signs_out_everywhere(world: World) -> None:
    desk = world.desk("chenguang")
    parties.set_password(world.hub, "Chenguang", "a new password")
    with pytest.raises(ProblemError, match="signed_out"):
        desk.pull()
    with pytest.raises(ProblemError, match="wrong_password"):
        world.desk("chenguang")
    world.desk("chenguang", password="a new password")


def test_secrets_are_stored_only_as_hashes(world: World) -> None:
    signed = world.desk("chenguang").signed
    world.hub.close()
    stored = b"".join(path.read_bytes() for path in world.folder.iterdir())
    for secret in (signed.token.encode(), signed.device_secret, PASSWORD.encode()):
        assert secret not in stored


def test_people_have_a_record_and_a_fitting_role(world: World) -> None:
    organisation = world.organisation("chenguang")
    user_id = parties.add_user(world.hub, organisation, Role.SHOP_ASSISTANT, "New.One", "新来的", PASSWORD)
    (person,) = world.rows(Person, id=user_id)
    assert (person.name, person.role, person.active) == ("新来的", "shop_assistant", True)
    parties.disable_user(world.hub, "new.one")
    (person,) = world.rows(Person, id=user_id)
    assert not person.active
    for role, login, code in (
        (Role.SUPPLIER_MANAGER, "another", "role_wrong"),
        (Role.SHOP_ASSISTANT, "CHENGUANG", "login_taken"),
        (Role.SHOP_ASSISTANT, "  ", "field_required"),
    ):
        with pytest.raises(Refused, match=code):
            parties.add_user(world.hub, organisation, role, login, "某人", PASSWORD)
    with pytest.raises(ValueError, match="8 to 1024"):
        parties.add_user(world.hub, organisation, Role.SHOP_ASSISTANT, "another", "某人", "short")
