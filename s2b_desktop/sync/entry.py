"""Ways into a profile: by the keyring alone, by a password without a line, by a password at the hub.

Refusals of the door itself are `EntryRefused`; those of the line are `LineError`.
"""

import contextlib
import platform

import msgspec

from s2b_desktop.models import keys as keyring
from s2b_desktop.models import recovery, retirement
from s2b_desktop.models.keys import KeyringUnavailable, Keys, WrongPassword
from s2b_desktop.models.outbox import Device, Session
from s2b_desktop.models.profile import Profile
from s2b_desktop.models.recovery import WrongRecoveryKey
from s2b_desktop.models.workspace import Workspace
from s2b_desktop.sync.handover import take_leave
from s2b_desktop.sync.transport import HubProblem, Transport
from s2b_domain import wire


class EntryRefused(Exception):
    """`code`: wrong_password, nobody_yet, sign_in_online, keys_locked, other_organisation, device_revoked,
    device_locked."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def known_logins(profile: Profile) -> list[str]:
    """Who can unlock this profile without a line, the last one first."""
    logins = [slot.login for slot in profile.settings.slots]
    return sorted(logins, key=lambda login: login != profile.settings.last_login)


def resume(profile: Profile) -> Workspace | None:
    """Open a profile as it was left, when the keyring has its keys and its last user has not signed out."""
    try:
        keys = _kept(profile)
    except KeyringUnavailable:
        return None
    if keys is None:
        return None
    _retire(profile, keys)
    workspace = Workspace(profile, keys)
    session = _session(workspace, profile.settings.last_login)
    if session is None:
        workspace.close()
        return None
    if workspace.locked:
        workspace.close()
        _forget_kept(profile)
        raise EntryRefused("device_locked")
    workspace.enter(session.actor)
    return workspace


def unlock(profile: Profile, login: str, password: str, workspace: Workspace | None = None) -> Workspace:
    """Open a profile (or change who works in an open one) with the password of somebody who signed in here before."""
    slot = next((s for s in profile.settings.slots if s.login == login), None)
    if slot is None:
        raise EntryRefused("sign_in_online" if profile.settings.slots else "nobody_yet")
    try:
        keys = keyring.unwrap(slot, password)
    except WrongPassword as error:
        raise EntryRefused("wrong_password") from error
    if workspace is None:
        _retire(profile, keys)
    opened = workspace or Workspace(profile, keys)
    session = _session(opened, login)
    if session is None:
        if workspace is None:
            opened.close()
        raise EntryRefused("sign_in_online")
    if opened.locked:
        if workspace is None:
            opened.close()
        raise EntryRefused("device_locked")
    opened.enter(session.actor)
    profile.save(last_login=login)
    return opened


def recover(profile: Profile, login: str, text: str) -> Workspace:
    """Open a closed profile with the organisation's recovery key, as somebody who has signed in here before.
    `WrongRecoveryKey`. A `locked` workspace is for nothing but a sign-in at the hub."""
    slot = profile.settings.recovery
    if slot is None:
        raise EntryRefused("no_recovery_key")
    keys = recovery.unwrap(slot, recovery.read(text))
    if keys.check() != profile.settings.key_check:
        raise WrongRecoveryKey
    _retire(profile, keys)
    opened = Workspace(profile, keys)
    session = _session(opened, login)
    if session is None:
        opened.close()
        raise EntryRefused("sign_in_online")
    with contextlib.suppress(KeyringUnavailable):
        keyring.store(profile.settings.profile_id, keys)
    if not opened.locked:
        opened.enter(session.actor)
        profile.save(last_login=login)
    return opened


def _forget_kept(profile: Profile) -> None:
    """What a locked device is opened with is a password, or the recovery key."""
    with contextlib.suppress(KeyringUnavailable):
        keyring.forget(profile.settings.profile_id)


def sign_in(
    profile: Profile, transport: Transport, login: str, password: str, workspace: Workspace | None = None
) -> Workspace:
    """Sign in at the hub and open the profile (or change who works in an open one).

    The keys come from the keyring or from this user's slot; a profile that has neither any more answers
    `keys_locked`: somebody who has signed in here before must unlock it first. Where the hub says `device_revoked`, the
    profile is closed and what it had not sent is sealed.
    """
    opened = workspace or _opened(profile, login, password)
    try:
        device = opened.device if opened is not None else None
        if device is not None and device.doubted:
            device = None  # a copy becomes a device of its own
        request = wire.SignIn(
            login=login,
            password=password,
            device_id=device.device_id if device else "",
            device_secret=device.device_secret if device else b"",
            device_name=platform.node(),
            card=device.card if device else None,
        )
        signed = _granted(transport, request, opened)
        if opened is None:
            keys = Keys.make()
            _keep(profile, keys, login, password)
            opened = Workspace(profile, keys)
        _admit(opened, login, signed)
    except BaseException:
        if opened is not None and workspace is None:
            opened.close()
        raise
    _keep(profile, opened.keys, login, password)
    return opened


def _granted(transport: Transport, request: wire.SignIn, opened: Workspace | None) -> wire.SignedIn:
    """The hub's answer to a sign-in. A device may hear only here that it was revoked: its sessions may be over."""
    try:
        return transport.sign_in(request)
    except HubProblem as problem:
        if problem.code == "device_revoked" and opened is not None:
            take_leave(opened, transport)
            retire(opened)
        raise


def _admit(workspace: Workspace, login: str, signed: wire.SignedIn) -> None:
    before = workspace.device
    renewed = before is not None and before.device_id != signed.device_id
    home = {session.actor.organisation_id for session in workspace.outbox.sessions()}
    if before is not None and (before.hub_id != signed.hub_id or not home <= {signed.actor.organisation_id}):
        # Another organisation, or another hub: what waits here was meant for the one before.
        if workspace.counts()[0]:
            raise EntryRefused("other_organisation")
        workspace.start_over()
        before, renewed = None, False
    device = Device(
        hub_id=signed.hub_id,
        hub_name=signed.hub_name,
        hub_key=signed.hub_key,
        device_id=signed.device_id,
        device_secret=signed.device_secret,
        device_code=signed.device_code,
        seal_key=signed.seal_key,
        clock_offset=before.clock_offset if before else 0,
        base=before.base if before else 0,
        mark=before.mark if before and not renewed else b"",
        history=before.history if before else signed.history,
        card=signed.card,
        contact=signed.time,
        latest=signed.time,
        offline_days=before.offline_days if before else 30,
    )
    if renewed:
        workspace.adopt(device)
        device = workspace.device or device
    workspace.join(device, Session(actor=signed.actor, login=login, token=signed.token))
    workspace.learn_time(signed.time)


def _opened(profile: Profile, login: str, password: str) -> Workspace | None:
    """The existing files of a profile, or None when it has none yet."""
    retirement.finish(profile)
    if not profile.settings.key_check:
        return None
    slot = next((s for s in profile.settings.slots if s.login == login), None)
    try:
        keys = _kept(profile)
    except KeyringUnavailable:
        keys = None
    if keys is None and slot is not None:
        try:
            keys = keyring.unwrap(slot, password)
        except WrongPassword:
            keys = None
    if keys is None:
        raise EntryRefused("keys_locked")
    _retire(profile, keys)
    return Workspace(profile, keys)


def _retire(profile: Profile, keys: Keys) -> None:
    """Go on with the end of a revoked device: `EntryRefused` when it is one, and its unsent work is sealed."""
    if profile.settings.retirement == "revoked":
        retirement.seal(profile, keys)
        raise EntryRefused("device_revoked")


def retire(workspace: Workspace) -> int:
    """Close a profile whose device was revoked and seal what was not sent; how many commands."""
    workspace.close()
    return retirement.seal(workspace.profile, workspace.keys)


def hand_in(profile: Profile, transport: Transport) -> int:
    """Take what a revoked device had sealed to the hub's quarantine, and erase it here; how many boxes. `LineError`
    where the hub does not take one: it stays."""
    boxes = profile.sealed()
    for path in boxes:
        transport.quarantine(msgspec.msgpack.decode(path.read_bytes(), type=wire.Sealed))
        path.unlink()
    return len(boxes)


def _kept(profile: Profile) -> Keys | None:
    """The keyring's keys, if they are this profile's."""
    keys = keyring.load(profile.settings.profile_id)
    return keys if keys is not None and keys.check() == profile.settings.key_check else None


def _keep(profile: Profile, keys: Keys, login: str, password: str) -> None:
    """Give the keys to the keyring and to a slot that this password opens."""
    slot = keyring.wrap(keys, login, password)
    others = tuple(s for s in profile.settings.slots if s.login != login)
    profile.save(key_check=keys.check(), slots=(*others, slot), last_login=login)
    try:
        if _kept(profile) is None:
            keyring.store(profile.settings.profile_id, keys)
    except KeyringUnavailable:
        pass  # the slot suffices; the next start asks for a password


def _session(workspace: Workspace, login: str) -> Session | None:
    return next((s for s in workspace.outbox.sessions() if s.login == login), None)


def sign_out(profile: Profile, workspace: Workspace) -> None:
    """Nobody works here any more; what waits is still sent. The next start asks for a password."""
    profile.save(last_login="")
    workspace.leave()
