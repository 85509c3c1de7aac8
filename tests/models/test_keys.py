"""Keys: wrapped by passwords, kept by the keyring, never in the clear, and no keyring can hang the program."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from s2b_desktop.models import keys
from s2b_desktop.models.keys import KeyringUnavailable, Keys, WrongPassword
from tests.guards import MemoryKeyring

ROOT = Path(__file__).resolve().parents[2]
SECRET_SERVICE = """
from s2b_desktop.models import keys
made = keys.Keys.make()
assert keys.load("profile") is None
keys.store("profile", made)
assert keys.load("profile") == made
keys.forget("profile")
assert keys.load("profile") is None
import keyring
print(type(keyring.get_keyring()).__module__)
"""


def test_a_slot_opens_with_its_password_only() -> None:
    made = Keys.make()
    slot = keys.wrap(made, "lin", "correct horse")
    assert keys.unwrap(slot, "correct horse") == made
    with pytest.raises(WrongPassword):
        keys.unwrap(slot, "correct horsf")
    assert made.outbox not in slot.wrapped
    assert keys.wrap(made, "lin", "correct horse").wrapped != slot.wrapped


def test_the_keyring_keeps_keys_per_profile(memory_keyring: MemoryKeyring) -> None:
    made = Keys.make()
    keys.store("one", made)
    assert keys.load("one") == made
    assert keys.load("two") is None
    memory_keyring.set_password(keys.SERVICE, "two", "not hex")
    assert keys.load("two") is None


def test_a_keyring_that_fails_or_hangs_is_unavailable(
    memory_keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()

    def hang(*args: object) -> None:
        release.wait()

    monkeypatch.setattr(memory_keyring, "get_password", hang)
    with pytest.raises(KeyringUnavailable):
        keys.load("one", patience=0.05)
    release.set()

    def locked(*args: object) -> None:
        raise RuntimeError("locked")

    monkeypatch.setattr(memory_keyring, "get_password", locked)
    with pytest.raises(KeyringUnavailable):
        keys.load("one")


@pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="gnome-keyring or dbus-run-session is not installed",
)
def test_a_real_secret_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    start = "printf secret | gnome-keyring-daemon --unlock --components=secrets >/dev/null"
    script = f'{start} && exec "{sys.executable}" -c "$0"'
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", script, SECRET_SERVICE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "keyring.backends.SecretService"
