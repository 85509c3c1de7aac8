"""The hub as desktops meet it: a real server with TLS on loopback."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
import requests
import uvicorn
import zstandard
from cryptography import x509

from s2b_domain.sealing import seal
from s2b_domain.wire import (
    PROTOCOL,
    Handover,
    Hello,
    Listen,
    OutcomeKind,
    Problem,
    Pull,
    Pulled,
    Push,
    Pushed,
    Sealed,
    SignedIn,
    SignIn,
)
from s2b_hub import certificate, devices, log
from s2b_hub.server import MAX_COMPRESSED, MAX_DECOMPRESSED, MAX_UNKNOWN, application, bound
from tests.hub.world import ADDRESS, PASSWORD, START, World, open_world

M = TypeVar("M")


class Client:
    """Speaks the wire as any client would."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address = address
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = str(folder / certificate.CERTIFICATE)

    def post(self, path: str, message: Any, answer: type[M], token: str = "") -> M:
        """Send a message and read the answer; a `Problem` is asserted away."""
        response = self.raw(path, msgspec.msgpack.encode(message), token)
        assert response.status_code == 200, self.problem(response)
        return self.read(response, answer)

    def raw(self, path: str, body: bytes, token: str = "", *, compressed: bool = True) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if compressed:
            headers["Content-Encoding"] = "zstd"
            body = zstandard.compress(body)
        return self.http.post(self.address + path, data=body, headers=headers, timeout=20)

    def problem(self, response: requests.Response) -> Problem:
        return self.read(response, Problem)

    @staticmethod
    def read(response: requests.Response, answer: type[M]) -> M:
        assert response.headers["Content-Encoding"] == "zstd"
        return msgspec.msgpack.decode(zstandard.decompress(response.content), type=answer)


@pytest.fixture
def served(founded: Path, tmp_path: Path) -> Iterator[tuple[World, Client]]:
    """A world behind a real server."""
    with open_world(founded, tmp_path / "hub", inline=False) as world, bound("127.0.0.1", 0) as listener:
        certificate.make(world.folder, ["hub.example"], START)
        listener.listen()  # who comes before the server is up waits for it
        config = uvicorn.Config(
            application(world.hub),
            log_config=None,
            access_log=False,
            lifespan="off",
            ssl_certfile=world.folder / certificate.CERTIFICATE,
            ssl_keyfile=world.folder / certificate.KEY,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        client = Client(f"https://127.0.0.1:{listener.getsockname()[1]}", world.folder)
        try:
            yield world, client
        finally:
            client.http.close()
            server.should_exit = True
            thread.join()


def sign_in(client: Client, login: str = "chenguang") -> SignedIn:
    return client.post("/v1/sign-in", SignIn(login=login, password=PASSWORD), SignedIn)


def test_answers_leave_at_once() -> None:
    """Header and body are two writes: the second must not wait until the first was acknowledged."""

    async def answer() -> int:
        kept: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def met(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            met_socket = writer.get_extra_info("socket")
            kept.set_result(met_socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        with bound("127.0.0.1", 0) as listener:
            async with await asyncio.start_server(met, sock=listener):
                _, writer = await asyncio.open_connection(*listener.getsockname())
                writer.close()
                return await kept

    assert asyncio.run(answer())


def test_the_whole_way_over_tls(served: tuple[World, Client]) -> None:
    world, client = served
    hello = client.read(client.http.get(client.address + "/v1/hello", timeout=20), Hello)
    assert (hello.hub_id, hello.protocol) == (world.hub.id, PROTOCOL)
    signed = sign_in(client)
    desk = world.desk("chenguang", device_id=signed.device_id, device_secret=signed.device_secret)
    envelope = desk.envelope(desk.body(world.order(("HF-1", 2))))
    pushed = client.post("/v1/push", Push(protocol=PROTOCOL, envelopes=(envelope,)), Pushed, signed.token)
    assert pushed.outcomes[0].kind is OutcomeKind.ACCEPTED
    pulled = client.post("/v1/pull", Pull(protocol=PROTOCOL, cursors=()), Pulled, signed.token)
    desk.take([pulled])
    assert pulled.outcomes == pushed.outcomes
    client.post("/v1/sign-out", None, type(None), signed.token)
    refused = client.raw("/v1/pull", msgspec.msgpack.encode(Pull(protocol=PROTOCOL, cursors=())), signed.token)
    assert (refused.status_code, client.problem(refused).code) == (401, "signed_out")


@pytest.mark.sqlite
def test_health_needs_no_sign_in(served: tuple[World, Client]) -> None:
    world, client = served
    response = client.http.get(client.address + "/healthz", timeout=20)
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "hub_id": world.hub.id, "protocol": PROTOCOL}
    world.hub.database.close()
    (world.folder / "hub.sqlite").rename(world.folder / "away.sqlite")
    (world.folder / "hub.sqlite").mkdir()
    response = client.http.get(client.address + "/healthz", timeout=20)
    assert (response.status_code, response.json()["status"]) == (503, "failing")
    (world.folder / "hub.sqlite").rmdir()


def test_an_unknown_certificate_is_not_trusted(served: tuple[World, Client], tmp_path: Path) -> None:
    _, client = served
    certificate.make(tmp_path, [], START)
    client.http.verify = str(tmp_path / certificate.CERTIFICATE)
    with pytest.raises(requests.exceptions.SSLError):
        client.http.get(client.address + "/healthz", timeout=20)


def test_the_fingerprint_is_the_certificates(served: tuple[World, Client]) -> None:
    world, client = served
    host, port = client.address.removeprefix("https://").split(":")
    pem = ssl.get_server_certificate((host, int(port)))
    digits = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest().upper()
    print_ = certificate.fingerprint(world.folder)
    assert print_.replace(" ", "") == digits
    assert {len(group) for group in print_.split(" ")} == {4}
    assert (world.folder / certificate.KEY).stat().st_mode & 0o777 == 0o600
    loaded = x509.load_pem_x509_certificate(pem.encode())
    names = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"localhost", "hub.example"} <= set(names.get_values_for_type(x509.DNSName))
    assert {"127.0.0.1", "::1"} == {str(a) for a in names.get_values_for_type(x509.IPAddress)}
    assert (loaded.not_valid_after_utc - loaded.not_valid_before_utc).days > 3649


@pytest.mark.parametrize(
    ("path", "body", "compressed", "status", "code"),
    [
        ("/v1/sign-in", b"\xc1", True, 400, "malformed"),
        ("/v1/sign-in", b"no zstd", None, 400, "malformed"),
        ("/v1/sign-in", b"", False, 400, "malformed"),
        ("/v1/sign-in", b"\x81\xa5login\xa1\xff", True, 400, "malformed"),
        ("/v1/sign-in", b"\x91" * 100_000, True, 400, "malformed"),
        ("/v1/push", msgspec.msgpack.encode({"protocol": 7, "envelopes": "of the future"}), True, 426, "update_needed"),
        ("/v1/pull", msgspec.msgpack.encode({"protocol": 1, "cursors": 3}), True, 400, "malformed"),
        ("/v1/push", msgspec.msgpack.encode({"protocol": 1, "envelopes": [(1, b"")] * 10_001}), True, 400, "malformed"),
        ("/v1/pull", msgspec.msgpack.encode({"protocol": 1, "cursors": []}), True, 401, "signed_out"),
        ("/v1/push", bytes(MAX_DECOMPRESSED + 1), True, 401, "signed_out"),
        ("/v1/sign-in", bytes(MAX_UNKNOWN + 1), True, 413, "too_large"),
        ("/v1/push", bytes(MAX_COMPRESSED + 1), False, 413, "too_large"),
        ("/v1/nothing", b"", True, 404, "not_found"),
    ],
)
def test_bad_requests_have_their_own_answers(
    served: tuple[World, Client], path: str, body: bytes, compressed: bool | None, status: int, code: str
) -> None:
    _, client = served
    if compressed is None:
        headers = {"Content-Encoding": "zstd"}
        response = client.http.post(client.address + path, data=body, headers=headers, timeout=20)
    else:
        response = client.raw(path, body, compressed=compressed)
    assert (response.status_code, client.problem(response).code) == (status, code)


_MANY = b"\xdd" + (4_000_000).to_bytes(4, "big")


@pytest.mark.parametrize(
    ("path", "head", "element", "code"),
    [
        ("/v1/push", b"\x82\xa8protocol\x01\xa9envelopes", b"\x92\x01\xc4\x00", "signed_out"),
        ("/v1/pull", b"\x82\xa8protocol\x01\xa7cursors", b"\x94\xa0\xa0\x01\xc4\x00", "signed_out"),
        ("/v1/news", b"\x82\xa8protocol\x01\xa7cursors", b"\x94\xa0\xa0\x01\xc4\x00", "signed_out"),
        (
            "/v1/handover",
            b"\x85\xa8protocol\x01\xa6hub_id\xa0\xa9device_id\xa0\xaddevice_secret\xc4\x00\xa9undecided",
            b"\x01",
            "device_unknown",
        ),
    ],
    ids=["push", "pull", "news", "handover"],
)
def test_what_strangers_send_is_not_made_into_millions_of_objects(
    served: tuple[World, Client], monkeypatch: pytest.MonkeyPatch, path: str, head: bytes, element: bytes, code: str
) -> None:
    made: list[type] = []
    decode = msgspec.msgpack.decode

    def noted(content: bytes, **kind: Any) -> Any:
        made.append(kind["type"])
        return decode(content, **kind)

    _, client = served
    monkeypatch.setattr("s2b_hub.server.msgspec.msgpack.decode", noted)
    response = client.raw(path, head + _MANY + element * 4_000_000)
    monkeypatch.undo()
    assert (client.problem(response).code, response.status_code < 500) == (code, True)
    assert not {Push, Pull, Listen, Handover} & set(made)


def test_too_many_attempts_say_when_to_come_back(served: tuple[World, Client]) -> None:
    _, client = served
    wrong = msgspec.msgpack.encode(SignIn(login="chenguang", password="guess"))
    answers = [client.raw("/v1/sign-in", wrong) for _ in range(6)]
    assert [a.status_code for a in answers] == [401] * 5 + [429]
    assert answers[-1].headers["Retry-After"] == "2"


def test_a_failure_of_the_hub_is_said_without_details(
    served: tuple[World, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, client = served
    signed = sign_in(client)

    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("王芳 13900001111")

    monkeypatch.setattr("s2b_hub.hub.page", broken)
    request = msgspec.msgpack.encode(Pull(protocol=PROTOCOL, cursors=()))
    response = client.raw("/v1/pull", request, signed.token)
    assert (response.status_code, client.problem(response)) == (500, Problem(code="hub_error"))


def test_logs_hold_no_personal_data(
    served: tuple[World, Client], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything that people typed, and every secret, is looked for in what the hub wrote."""
    world, client = served
    kept = {n: (logging.getLogger(n).handlers, logging.getLogger(n).propagate) for n in log.NAMES}
    log.start(logging.DEBUG)
    try:
        signed = sign_in(client)
        desk = world.desk("chenguang", device_id=signed.device_id, device_secret=signed.device_secret)
        client.raw("/v1/sign-in", msgspec.msgpack.encode(SignIn(login="秘密登录", password="秘密密码")))
        order = world.order(("HF-1", 2))
        desk.send(order)
        monkeypatch.setattr("s2b_hub.push.carry_out", _fails_with_a_name)
        desk.send(world.order(("HF-1", 2)))
        monkeypatch.undo()
        monkeypatch.setattr("s2b_hub.hub.page", _fails_with_a_name)
        client.raw("/v1/pull", msgspec.msgpack.encode(Pull(protocol=PROTOCOL, cursors=())), signed.token)
        client.raw("/v1/nothing?name=王芳", b"")
        logging.getLogger("uvicorn.error").warning("request of %s", "王芳")
        world.hub.write(lambda batch: devices.revoke(batch, signed.device_id))
    finally:
        for name, (handlers, propagate) in kept.items():
            logging.getLogger(name).handlers, logging.getLogger(name).propagate = handlers, propagate
    written = capfd.readouterr().err
    lines = written.splitlines()
    assert any(f"sign_in.done user={signed.actor.id} device={signed.device_id}" in text for text in lines)
    assert any("error=ZeroDivisionError" in text for text in lines)
    assert any("request.failed" in text and "at=" in text for text in lines)
    private = [
        *("chenguang", PASSWORD, "秘密", "王芳", "的人", ADDRESS.phone, ADDRESS.street, "晨光"),
        *(signed.token, signed.device_secret.hex(), order.number, "127.0.0.1"),
    ]
    assert [word for word in private if word in written] == []
    assert all(text.count(" ") >= 2 for text in lines)


def _fails_with_a_name(*arguments: object) -> None:
    raise ZeroDivisionError("王芳 13900001111")


def test_sealed_work_comes_in_without_a_session(served: tuple[World, Client]) -> None:
    world, client = served
    signed = world.desk("chenguang").signed
    world.hub.write(lambda batch: devices.revoke(batch, signed.device_id))
    box = seal(
        msgspec.msgpack.encode([]), signed.seal_key, purpose=f"quarantine:{signed.device_id}", fresh=bytes(range(32))
    )
    message = Sealed(device_id=signed.device_id, device_secret=signed.device_secret, box=box)
    client.post("/v1/quarantine", message, type(None))
    forged = msgspec.structs.replace(message, device_secret=bytes(32))
    assert client.problem(client.raw("/v1/quarantine", msgspec.msgpack.encode(forged))).code == "signed_out"


def test_a_picture_travels_as_it_is(served: tuple[World, Client]) -> None:
    _, client = served
    token = sign_in(client, "hengfeng").token
    picture = b"\xff\xd8\xff" + b"jpeg"
    address = f"{client.address}/v1/blobs/{hashlib.sha256(picture).hexdigest()}"
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.http.put(address, data=picture, timeout=20).status_code == 401
    assert client.http.put(address, data=picture, headers=bearer, timeout=20).status_code == 200
    got = client.http.get(address, headers=bearer, timeout=20)
    assert (got.content, got.headers["Content-Type"]) == (picture, "image/jpeg")
    assert got.headers["Content-Disposition"] == "attachment"
    other = {"Authorization": f"Bearer {sign_in(client, 'chenguang').token}"}
    assert client.http.get(address, headers=other, timeout=20).status_code == 404
    assert client.http.put(address, data=bytes((20 << 20) + 1), headers=bearer, timeout=20).status_code == 413
