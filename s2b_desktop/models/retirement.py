"""The end of a revoked device, in steps that a crash may cut anywhere.

1. `Workspace.revoke`: one write of `profile.json` destroys the cache's key and notes `revoked`.
2. `seal`: what the hub has said nothing about goes into boxes that only the hub can open, each on disk as it will be
   handed in. Then one more write destroys the keys of the outbox (`sealed`), the keyring forgets, the outbox is erased.
3. `sync.entry.hand_in` takes the boxes to the hub's quarantine, and erases each when the hub has it.
"""

import contextlib
import os
import shutil

import msgspec

from s2b_desktop.models import keys as keyring
from s2b_desktop.models.database import erase
from s2b_desktop.models.keys import KeyringUnavailable, Keys
from s2b_desktop.models.outbox import Device, Outbox
from s2b_desktop.models.profile import Profile, write_whole
from s2b_domain import wire
from s2b_domain.sealing import seal as seal_box

MAX_BOX = 4 << 20
"""Bytes of commands in one box."""
_encode = msgspec.msgpack.Encoder().encode


def seal(profile: Profile, keys: Keys) -> int:
    """Seal what is unsent and destroy the keys; how many commands. The profile must be closed."""
    count = 0
    outbox = Outbox(profile.outbox_path, keys.outbox)
    try:
        device = outbox.device()
        if device is not None:
            count = _seal_all(profile, outbox, device)
    finally:
        outbox.close()
    profile_id = profile.settings.profile_id
    profile.save(
        retirement="sealed", slots=(), recovery=None, key_check=b"", last_login="", profile_id=os.urandom(16).hex()
    )
    with contextlib.suppress(KeyringUnavailable):
        keyring.forget(profile_id)
    finish(profile)
    return count


def finish(profile: Profile) -> None:
    """Erase the files whose keys are gone, if the profile was sealed."""
    if profile.settings.retirement == "sealed":
        for path in (profile.outbox_path, profile.cache_path, profile.cache_path.with_name("cache.new.db")):
            erase(path)
        shutil.rmtree(profile.blobs_path, ignore_errors=True)
        profile.save(retirement="")


def _seal_all(profile: Profile, outbox: Outbox, device: Device) -> int:
    part: list[wire.Kept] = []
    size = count = boxes = 0

    def close_box() -> None:
        nonlocal size, boxes
        box = seal_box(_encode(part), device.seal_key, purpose=f"quarantine:{device.device_id}", fresh=os.urandom(32))
        message = wire.Sealed(device_id=device.device_id, device_secret=device.device_secret, box=box)
        boxes += 1
        name = f"sealed-{device.device_id}-{boxes:05}.box"
        write_whole(profile.folder / name, _encode(message))
        part.clear()
        size = 0

    for entry in outbox.unanswered():
        if part and size + len(entry.body) > MAX_BOX:
            close_box()
        part.append(wire.Kept(seq=entry.seq, body=entry.body, created_at=entry.created_at))
        size += len(entry.body)
        count += 1
    if part:
        close_box()
    return count
