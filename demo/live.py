"""The demo with a display: a hub with goods on sale, and two desktops that are signed in and waiting."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from demo.processes import PASSWORD, DesktopProcess, HubProcess, environment
from demo.sample import make
from demo.seed import LOGINS, MERCHANT, SUPPLIER, prepare

PEOPLE = {"merchant": "chenguang", "supplier": "hengfeng"}


def live(sheet: Path | None) -> int:
    """Open the desktops of a merchant and a supplier on an embedded hub; ends when both are closed."""
    folder = Path(tempfile.mkdtemp(prefix="s2b-demo-"))
    try:
        with HubProcess(folder / "hub") as hub:
            print("Preparing a hub with goods on sale ...", flush=True)
            prepare(hub, applying=False)
            hub.start()
            profiles = {name: _signed_in(hub, folder / name, login) for name, login in PEOPLE.items()}
            spreadsheet = sheet or folder / "杭州恒丰 供货清单.xlsx"
            if sheet is None:
                make(spreadsheet)
            _tell(hub, spreadsheet)
            command = (sys.executable, "-m", "s2b_desktop", "--profile")
            desktops = [
                subprocess.Popen([*command, str(profile)], env=environment(PYTHON_KEYRING_BACKEND=NO_KEYRING))
                for profile in profiles.values()
            ]
            for desktop in desktops:
                desktop.wait()
            hub.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


NO_KEYRING = "keyring.backends.fail.Keyring"
"""A demo leaves nothing in the keyring of whoever tries it; the desktops ask for the password instead."""


def _signed_in(hub: HubProcess, profile: Path, login: str) -> Path:
    """A profile in which somebody has signed in, as the first run would leave it."""
    offscreen = {"QT_QPA_PLATFORM": "offscreen", "PYTHON_KEYRING_BACKEND": NO_KEYRING}
    before = {name: os.environ.get(name) for name in offscreen}
    os.environ.update(offscreen)
    try:
        with DesktopProcess(login, profile, profile.with_suffix(".log")) as desktop:
            desktop.start()
            told = {"address": hub.address, "fingerprint": hub.fingerprint}
            desktop.play("window.sign_in", login=login, password=PASSWORD, **told)
            desktop.close()
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
    return profile


def _tell(hub: HubProcess, sheet: Path) -> None:
    print(
        f"\nHub {hub.address}\nTwo windows open: the merchant {MERCHANT} and the supplier {SUPPLIER}."
        f"\nTheir password is {PASSWORD}. A spreadsheet to import as the supplier: {sheet}"
        f"\nOther accounts on this hub (python3 dev.py run --profile DIR): {', '.join(LOGINS)}"
        "\nClose both windows to end the demo.",
        flush=True,
    )
