"""`s2b-hub` from the command line, with real processes where it matters."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

import s2b_desktop
from s2b_domain.commands.stock import main_warehouse_id
from s2b_domain.ids import is_id
from s2b_domain.records.catalog import Category
from s2b_domain.records.party import Application, Organisation, SupplierTerms
from s2b_domain.records.stock import Warehouse
from s2b_domain.records.store import RecordStore
from s2b_domain.sealing import seal
from s2b_domain.wire import PROTOCOL, Kept, OutcomeKind, Pull, Pulled, Push, Pushed, Sealed, SignedIn, SignIn
from s2b_hub import certificate
from s2b_hub.cli import main
from s2b_hub.deeds import redo
from s2b_hub.hub import Hub
from s2b_hub.server import bound
from tests.hub.test_server import Client
from tests.hub.world import PASSWORD, World, found

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a hub made by `init`."""
    (tmp_path / "password").write_text(PASSWORD + "\n", "utf-8")
    folder = tmp_path / "hub"
    arguments = ["--data", str(folder), "--name", "平台", "--admin", "admin"]
    assert main(["init", *arguments, "--password-file", str(tmp_path / "password")]) == 0
    return folder


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.strip()


def add(capsys: pytest.CaptureFixture[str], data: Path, *arguments: str) -> str:
    capsys.readouterr()
    assert main([*arguments[:2], "--data", str(data), *arguments[2:]]) == 0, capsys.readouterr().err
    return said(capsys)


def test_hub_and_desktop_say_the_version_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    with pytest.raises(SystemExit):
        main(["--version"])
    assert said(capsys) == f"s2b-hub {project['version']}"
    assert s2b_desktop.__version__ == project["version"]


def test_init_says_the_fingerprint_and_keeps_secrets_from_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD))
    folder = tmp_path / "hub"
    assert main(["init", "--data", str(folder), "--name", "x", "--admin", "y", "--password-file", "-"]) == 0
    assert certificate.fingerprint(folder) in capsys.readouterr().out
    modes = {path.name: path.stat().st_mode & 0o077 for path in folder.iterdir()}
    assert modes.pop("certificate.pem") == 0o044
    assert set(modes.values()) == {0}
    assert folder.stat().st_mode & 0o077 == 0


def test_init_twice_changes_nothing(data: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in data.iterdir()}
    arguments = ["--data", str(data), "--name", "x", "--admin", "y", "--password-file", str(tmp_path / "password")]
    assert main(["init", *arguments]) == 1
    assert "holds a hub already" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in data.iterdir()} == before


def test_a_refused_password_leaves_no_half_made_hub(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "password").write_text("short", "utf-8")
    arguments = ["--name", "x", "--admin", "y", "--password-file", str(tmp_path / "password")]
    assert main(["init", "--data", str(tmp_path / "hub"), *arguments]) == 1
    assert "8 to 1024" in capsys.readouterr().err
    assert not (tmp_path / "hub").exists()


def test_organisations_come_with_what_they_need(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    supplier = add(
        capsys,
        data,
        "org",
        "add",
        "--kind",
        "supplier",
        "--name",
        "华兴",
        "--state",
        "approved",
        "--commission-bp",
        "250",
    )
    merchant = add(capsys, data, "org", "add", "--kind", "merchant", "--name", "小满")
    assert is_id(supplier)
    listed = [line.split("\t") for line in add(capsys, data, "org", "list").splitlines()]
    assert [[kind, state, name] for _, kind, state, name in listed] == [
        ["platform", "approved", "平台"],
        ["supplier", "approved", "华兴"],
        ["merchant", "draft", "小满"],
    ]
    add(capsys, data, "org", "terms", "--org", supplier, "--commission-bp", "300")
    hub = Hub(data, inline=True)
    with hub.database.read() as connection:
        store = RecordStore(connection)
        assert store.get(SupplierTerms, supplier) == SupplierTerms(id=supplier, row_version=2, commission_bp=300)
        assert store.get(Warehouse, main_warehouse_id(supplier)) is not None
        states = {a.id: a.state for a in store.find(Application)}
        assert states == {o.id: o.state for o in store.find(Organisation) if o.id in (supplier, merchant)}
    hub.close()


def test_people(data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    supplier = add(capsys, data, "org", "add", "--kind", "supplier", "--name", "华兴")
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\nnext line\n"))
    options = ["--org", supplier, "--role", "supplier_manager", "--login", "lihua", "--name", "李华"]
    user = add(capsys, data, "user", "add", *options, "--password-file", "-")
    assert [line.split("\t") for line in add(capsys, data, "user", "list").splitlines()][1] == [
        *(user, supplier, "supplier_manager", "active", "lihua", "李华")
    ]
    monkeypatch.setattr(sys, "stdin", io.StringIO("another password\n"))
    add(capsys, data, "user", "password", "--login", "lihua", "--password-file", "-")
    hub = Hub(data, inline=True)
    signed = hub.sign_in(SignIn(login="lihua", password="another password", device_name="仓库电脑"))
    hub.close()
    assert "D1" in add(capsys, data, "device", "list")
    add(capsys, data, "device", "revoke", "--device", "D1")
    assert "revoked" in add(capsys, data, "device", "list")
    assert signed.device_id in add(capsys, data, "device", "list")
    assert main(["device", "revoke", "--data", str(data), "--device", "D1"]) == 1
    add(capsys, data, "user", "disable", "--login", "LIHUA")
    assert "disabled" in add(capsys, data, "user", "list")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["user", "disable", "--login", "nobody"], "there is no such user"),
        (["org", "terms", "--org", "x", "--commission-bp", "1"], "there is no such organisation"),
        (["org", "add", "--kind", "supplier", "--name", " "], "name must not be empty"),
        (["user", "password", "--login", "admin"], "no terminal"),
        (["user", "password", "--login", "admin", "--password-file", "/nothing/here"], "No such file"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    data: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    capsys.readouterr()
    assert main([*arguments, "--data", str(data)]) == 1
    error = capsys.readouterr().err
    assert reason in error
    assert error.count("\n") == 1


def test_a_folder_without_a_hub_names_the_command_that_makes_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["serve"], ["org", "list"]):
        assert main([*command, "--data", str(tmp_path)]) == 1
        assert "s2b-hub init" in capsys.readouterr().err


@pytest.mark.sqlite
@pytest.mark.skipif(os.name == "nt", reason="limits the size of files as POSIX does")
@pytest.mark.parametrize("arguments", [["init", "--name", "x", "--admin", "y"], ["backup", "--to"]])
def test_a_full_disk_is_said_in_one_line(data: Path, tmp_path: Path, arguments: list[str]) -> None:
    folder = tmp_path / "other" if arguments[0] == "init" else data
    rest = ["--password-file", "-"] if arguments[0] == "init" else [str(tmp_path / "backups")]
    command = [sys.executable, "-m", "s2b_hub", *arguments, *rest, "--data", str(folder)]
    limited = ["sh", "-c", 'ulimit -f 200; exec "$@"', "sh", *command]
    done = subprocess.run(limited, cwd=ROOT, input=PASSWORD, capture_output=True, encoding="utf-8")
    assert done.returncode == 1
    assert done.stderr.startswith("s2b-hub: the database did not do it: ")
    assert done.stderr.count("\n") == 1


def test_a_port_that_is_none_is_wrong_usage(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--data", str(data), "--port", "99999"])
    assert ended.value.code == 2
    assert "99999 is no port from 0 to 65535" in capsys.readouterr().err


def test_a_port_that_somebody_has_is_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with bound("127.0.0.1", 0) as taken:
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["serve", "--data", str(data), "--host", "127.0.0.1", "--port", port]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(f"s2b-hub: 127.0.0.1, port {port}: ")
    assert said.endswith("choose others with --host and --port")


def test_a_password_file_that_is_missing_or_no_text_is_named(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "by-notepad"
    arguments = ["user", "password", "--data", str(data), "--login", "admin", "--password-file", str(file)]
    assert main(arguments) == 1
    assert capsys.readouterr().err == f"s2b-hub: {file}: No such file or directory\n"
    file.write_bytes("口令口令口令口令".encode("gbk"))
    assert main(arguments) == 1
    assert capsys.readouterr().err == f"s2b-hub: {file} is not UTF-8 text; save it as UTF-8\n"


def test_data_of_another_version_is_left_alone(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hub = Hub(data, inline=True)
    hub.write(lambda batch: batch.connection.exec_driver_sql("UPDATE meta SET value='99' WHERE key='schema_version'"))
    hub.close()
    assert main(["org", "list", "--data", str(data)]) == 1
    assert "another version" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [[], ["init"], ["serve"], ["org"], ["org", "add"], ["user", "add"], ["device", "revoke"]]
)
def test_help_suffices(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert "usage: s2b-hub" in text
    if not command:
        for example in ("s2b-hub init", "s2b-hub org add", "s2b-hub user add", "s2b-hub serve"):
            assert example in text
    if command == ["user", "add"]:
        assert "supplier_manager" in text


class Served:
    """A hub process that answers."""

    def __init__(self, process: subprocess.Popen[bytes], ready: dict[str, Any], client: Client) -> None:
        self.process, self.ready, self.client = process, ready, client

    def sign_in(self, login: str, **device: Any) -> SignedIn:
        return self.client.post("/v1/sign-in", SignIn(login=login, password=PASSWORD, **device), SignedIn)


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Served]:
    """Run `s2b-hub serve` as a process of its own."""
    ready_file = folder / "ready.json"
    ready_file.unlink(missing_ok=True)
    command = [sys.executable, "-P", "-m", "s2b_hub", "serve", "--data", str(folder), "--port", "0"]
    process = subprocess.Popen(
        [*command, "--ready-file", str(ready_file), *options],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    client = None
    try:
        while not ready_file.exists():
            assert process.poll() is None, "the hub did not start"
            time.sleep(0.01)
        ready = json.loads(ready_file.read_text("utf-8"))
        client = Client(ready["address"], folder)
        yield Served(process, ready, client)
    finally:
        if client is not None:
            client.http.close()
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.mark.journey
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_serving_until_told_to_stop(data: Path, ending: signal.Signals) -> None:
    with serving(data) as served:
        assert served.ready["address"].startswith("https://127.0.0.1:")
        assert served.client.http.get(served.ready["address"] + "/healthz", timeout=20).json()["status"] == "ok"
        served.process.send_signal(ending)
        out, _ = served.process.communicate(timeout=20)
        assert served.process.returncode == 0
        assert out.decode().splitlines()[0] == served.ready["address"]
        assert served.ready["fingerprint"] in out.decode()


@pytest.mark.journey
def test_the_operators_commands_work_while_a_hub_serves(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(data, "--no-tls") as served:
        assert served.ready["address"].startswith("http://")
        merchant = add(capsys, data, "org", "add", "--kind", "merchant", "--name", "小满", "--state", "approved")
        (data / "password").write_text(PASSWORD, "utf-8")
        options = ["--org", merchant, "--role", "merchant_owner", "--login", "xiaoman", "--name", "小满"]
        add(capsys, data, "user", "add", *options, "--password-file", str(data / "password"))
        signed = served.sign_in("xiaoman")
        request = msgspec.msgpack.encode(Pull(protocol=PROTOCOL, cursors=()))
        assert served.client.raw("/v1/pull", request, signed.token).status_code == 200
        add(capsys, data, "device", "revoke", "--device", signed.device_code)
        assert served.client.raw("/v1/pull", request, signed.token).status_code == 401


@pytest.mark.journey
def test_what_was_answered_survives_a_killed_hub(tmp_path: Path) -> None:
    """The hub is killed in the middle of pushes; every answered command is there, once."""
    folder = tmp_path / "hub"
    found(folder)
    world = World(folder)
    messages = [world.order(("HF-1", 1)) for _ in range(30)]
    desk = world.desk("chenguang")
    envelopes = [desk.envelope(desk.body(m)) for m in messages]
    signed = desk.signed
    world.hub.close()
    with serving(folder, "--no-tls") as served:
        token = served.sign_in("chenguang", device_id=signed.device_id, device_secret=signed.device_secret).token
        for envelope in envelopes[:10]:
            push = Push(protocol=PROTOCOL, envelopes=(envelope,))
            served.client.post("/v1/push", push, Pushed, token)
        with ThreadPoolExecutor(1) as pool:
            push = Push(protocol=PROTOCOL, envelopes=tuple(envelopes[10:]))
            cut_short = pool.submit(served.client.raw, "/v1/push", msgspec.msgpack.encode(push), token)
            served.process.kill()
            cut_short.exception()
        served.process.wait()
    with serving(folder, "--no-tls") as served:
        token = served.sign_in("chenguang", device_id=signed.device_id, device_secret=signed.device_secret).token
        push = Push(protocol=PROTOCOL, envelopes=tuple(envelopes))
        pushed = served.client.post("/v1/push", push, Pushed, token)
        pulled = served.client.post("/v1/pull", Pull(protocol=PROTOCOL, cursors=()), Pulled, token)
    assert [o.seq for o in pushed.outcomes] == [*range(1, 31)]
    assert {o.kind for o in pushed.outcomes} == {OutcomeKind.ACCEPTED}
    assert pulled.outcomes == pushed.outcomes
    (orders,) = (t.rows for t in pulled.tables if t.table == "sales_order")
    assert len(orders) == 30


def test_what_a_revoked_device_had_not_sent_is_decided_by_its_company(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found(tmp_path / "hub")
    world = World(tmp_path / "hub")
    desk = world.desk("chenguang")
    kept = [
        Kept(seq=n, body=desk.envelope(desk.body(world.order((f"HF-{n}", 1)))).body, created_at=n) for n in (1, 2, 3)
    ]
    box = seal(
        msgspec.msgpack.encode(kept),
        desk.signed.seal_key,
        purpose=f"quarantine:{desk.signed.device_id}",
        fresh=bytes(range(32)),
    )
    data, code = tmp_path / "hub", desk.signed.device_code
    sealed = Sealed(device_id=desk.signed.device_id, device_secret=desk.signed.device_secret, box=box)
    world.hub.take_sealed(sealed)
    world.hub.close()
    listed = add(capsys, data, "quarantine", "list").splitlines()
    assert [line.split("\t")[1:3] for line in listed] == [[code, "waiting"]] * 3
    first, second, third = (line.split("\t")[0] for line in listed)
    shown = json.loads(add(capsys, data, "quarantine", "show", "--command", first))
    assert shown["body"]["payload"]["items"][0]["quantity"] == 1
    stranger = ["quarantine", "release", "--data", str(data), "--device", code, "--by", "xiaoman"]
    assert main(stranger) == 1
    assert "xiaoman may not decide" in capsys.readouterr().err
    by = ("--by", "chenguang")
    assert add(capsys, data, "quarantine", "discard", "--command", second, *by, "--reason", "entered again") == "1"
    assert "accepted" in add(capsys, data, "quarantine", "release", "--device", code, *by)
    assert add(capsys, data, "quarantine", "list") == ""
    states = {
        line.split("\t")[0]: line.split("\t")[2]
        for line in add(capsys, data, "quarantine", "list", "--all").splitlines()
    }
    assert states == {first: "released", second: "discarded", third: "released"}
    assert main(["quarantine", "discard", "--data", str(data), "--command", second, *by, "--reason", "x"]) == 1


def test_a_taxonomy_is_imported_and_exported(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "tree.csv"
    file.write_text("分类路径,英文路径\n食品 > 茶,Food > Tea\n", "utf-8")
    assert "2 new" in add(capsys, data, "taxonomy", "import", str(file), "--dry-run")
    assert "2 new" in add(capsys, data, "taxonomy", "import", str(file))
    assert "0 new, 0 changed, 0 moved, 2 unchanged" in add(capsys, data, "taxonomy", "import", str(file))
    again = tmp_path / "again.csv"
    assert add(capsys, data, "taxonomy", "export", str(again)) == "2"
    assert "2 unchanged" in add(capsys, data, "taxonomy", "import", str(again))
    file.write_text("名称\n茶\n", "utf-8")
    assert main(["taxonomy", "import", "--data", str(data), str(file)]) == 1
    assert "column of paths" in capsys.readouterr().err
    with closing(Hub(data, inline=True)) as hub:
        noted = [n for n in hub.journal.notes() if n.event == "taxonomy.imported"]
        assert len(noted) == 1
        hub.write(lambda batch: redo(batch, noted[0]))  # it is done already: nothing happens
        with hub.database.read() as connection:
            assert {c.row_version for c in RecordStore(connection).find(Category)} == {1}


@pytest.mark.parametrize(
    "host", ["https://hub.example.com:8443", "hub example.com", "hub..example.com", "", "-x.example"]
)
def test_a_host_that_is_none_is_in_no_certificate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    (tmp_path / "password").write_text(PASSWORD, "utf-8")
    arguments = ["--name", "x", "--admin", "y", f"--host={host}", "--password-file", str(tmp_path / "password")]
    assert main(["init", "--data", str(tmp_path / "hub"), *arguments]) == 1
    assert capsys.readouterr().err.startswith(f"s2b-hub: {host} is no host name or address")


def test_a_certificate_is_renewed_with_its_names(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = certificate.fingerprint(data)
    assert before not in add(capsys, data, "certificate", "--renew", "--host", "hub.example.com", "--host", "10.0.0.7")
    after = certificate.fingerprint(data)
    assert after != before
    told = add(capsys, data, "certificate", "--renew")
    assert certificate.fingerprint(data) in told
    assert {"localhost", "127.0.0.1", "hub.example.com", "10.0.0.7"} <= set(certificate.names(data))
    assert (data / certificate.KEY).stat().st_mode & 0o077 == 0
    with serving(data) as served:
        assert served.client.http.get(served.ready["address"] + "/healthz", timeout=20).status_code == 200


@pytest.mark.parametrize("harm", ["gone", "no key", "another's", "junk"])
def test_a_certificate_that_serves_nobody_says_what_to_do(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], harm: str
) -> None:
    if harm in ("gone", "no key"):
        (data / (certificate.CERTIFICATE if harm == "gone" else certificate.KEY)).unlink()
    elif harm == "junk":
        (data / certificate.CERTIFICATE).write_text("junk")
    else:
        certificate.make(tmp_path, [], 1_800_000_000_000)
        (tmp_path / certificate.KEY).replace(data / certificate.KEY)
    capsys.readouterr()
    assert main(["serve", "--data", str(data), "--port", "0"]) == 1
    error = capsys.readouterr().err
    assert "s2b-hub certificate --renew" in error
    assert error.count("\n") == 1
    assert main(["certificate", "--data", str(data), "--renew", "--host", "hub.example.com"]) == 0
    certificate.check(data)


@pytest.mark.sqlite
def test_damage_is_told_with_what_to_do(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = (data / "journal.log").read_bytes()

    def told(*command: str) -> str:
        capsys.readouterr()
        assert main([*command, "--data", str(data)]) == 1
        out, error = capsys.readouterr()
        assert error.count("\n") <= 1
        return out + error

    (data / "journal.log").unlink()
    for command in ("check", "journal"):
        assert "s2b-hub journal --accept-loss" in told(command)
    (data / "journal.log").write_bytes(journal.replace(b"event", b"evemt"))
    for command in ("check", "journal"):
        assert "put its newest whole copy back, or move it away" in told(command)
    (data / "journal.log").unlink()
    assert main(["journal", "--accept-loss", "--data", str(data)]) == 0
    assert main(["check", "--data", str(data)]) == 0
    (data / "settings.json").write_text("{")
    assert "settings.json cannot be read" in told("org", "list")
    (data / "settings.json").unlink()
    (data / "hub.sqlite").write_bytes(b"SQLite format 3\0" + bytes(5000))
    assert "put a backup back" in told("org", "list")


def test_a_commission_is_a_suppliers_and_part_of_a_whole(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = add(capsys, data, "org", "add", "--kind", "merchant", "--name", "小满")
    with pytest.raises(SystemExit):
        main(["org", "terms", "--data", str(data), "--org", shop, "--commission-bp", "10001"])
    assert "10001 is no whole number from 0 to 10000" in capsys.readouterr().err
    assert main(["org", "terms", "--data", str(data), "--org", shop, "--commission-bp", "300"]) == 1
    assert capsys.readouterr().err == "s2b-hub: only a supplier has a commission\n"


def test_a_tree_that_cannot_be_read_is_told_in_one_line(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"gone.csv": None, "empty.csv": b"", "page.pdf": b"%PDF-1.7 " + bytes(900)}
    for name, content in files.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        capsys.readouterr()
        assert main(["taxonomy", "import", "--data", str(data), str(tmp_path / name)]) == 1
        error = capsys.readouterr().err
        assert error.startswith(f"s2b-hub: {tmp_path / name}: ")
        assert error.count("\n") == 1
