"""Every test runs in a throwaway home, without a screen, a keyring or a network, and leaves nothing behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import keyring
import pytest

from tests.guards import MemoryKeyring, QtLeftovers, leaked_threads, loopback_only, running_threads

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = Path(os.environ.get("S2B_SHARED_DATA", ROOT.parent / "shared" / "data"))
HOME_VARIABLES = {
    "HOME": "",
    "USERPROFILE": "",
    "APPDATA": "appdata",
    "LOCALAPPDATA": "localappdata",
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_CACHE_HOME": "cache",
    "XDG_STATE_HOME": "state",
    "XDG_RUNTIME_DIR": "run",
}

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["LANG"] = "C.UTF-8"
for variable in ("LC_ALL", "LANGUAGE", "DBUS_SESSION_BUS_ADDRESS"):
    os.environ.pop(variable, None)

hypothesis.settings.register_profile(
    "s2b",
    deadline=None,  # a busy machine is no defect
    print_blob=True,
    derandomize="CI" in os.environ,  # a submission is judged by the same examples each time
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("s2b")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgresql",
        choices=["off", "short", "full", "icu"],
        default="short",
        help="which tests of the hub run on PostgreSQL too: none, the marked ones, all that can; all with ICU",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    lane = config.getoption("--postgresql")
    dropped = [i for i in items if i.get_closest_marker("postgresql_full") and lane != "full"]
    if lane == "off":
        dropped += [i for i in items if i.get_closest_marker("postgresql") and not _on_sqlite(i)]
    config.hook.pytest_deselected(items=dropped)
    items[:] = [i for i in items if i not in dropped]


def _on_sqlite(item: pytest.Item) -> bool:
    return getattr(item, "callspec", None) is not None and item.callspec.params.get("store") == "sqlite"  # type: ignore[attr-defined]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever stands on a hub runs on SQLite, and on PostgreSQL where it is marked or all that can is asked for."""
    if "store" not in metafunc.fixturenames:
        return
    marks = {mark.name: mark for mark in metafunc.definition.iter_markers()}
    lane = metafunc.config.getoption("--postgresql")
    stores = ["sqlite"]
    if "sqlite" not in marks and (lane == "full" or "postgresql" in marks):
        stores.append("postgresql")
    if "icu" in marks and lane != "off":
        stores.append("icu")
    for mark in ("postgresql", "icu"):
        if mark in marks and marks[mark].kwargs.get("only"):
            stores = [s for s in stores if s == mark]
    if lane == "icu" and "sqlite" not in marks:
        stores = ["icu"]
    metafunc.parametrize("store", stores, scope="session")


@pytest.fixture(autouse=True)
def throwaway_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of this test and of the processes that it starts."""
    home = tmp_path_factory.mktemp("home")
    for variable, folder in HOME_VARIABLES.items():
        (home / folder).mkdir(mode=0o700, exist_ok=True)
        monkeypatch.setenv(variable, str(home / folder))
    return home


@pytest.fixture(autouse=True)
def memory_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeyring]:
    """The keyring of this test; processes that it starts find none."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    before, own = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(own)
    yield own
    keyring.set_keyring(before)


@pytest.fixture(autouse=True)
def nothing_outside_nothing_left(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Only loopback is open; threads, and Qt's timers, threads and windows, end with the test."""
    refused = loopback_only(monkeypatch)
    threads, qt, failures = running_threads(), QtLeftovers(), request.session.testsfailed
    yield
    leaked = [*(f"thread {name!r}" for name in leaked_threads(threads)), *qt.settle()]
    if request.session.testsfailed > failures:
        return  # said already, and the traceback holds on to objects
    if refused:
        pytest.fail(f"reached for {', '.join(refused)}; only loopback is open to tests")
    if leaked:
        pytest.fail(f"left behind: {', '.join(leaked)}")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real files from outside; the test is skipped where it is not laid beside the checkout."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no real files at ../shared/data")
    return SHARED_DATA
