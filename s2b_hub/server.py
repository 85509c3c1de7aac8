"""The hub over HTTPS: MessagePack bodies compressed with zstd, problems with fitting status codes."""

import gc
import json
import os
import signal
import socket
import sys
from asyncio import sslproto
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import uvicorn
import zstandard
from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from s2b_domain.rules.blobs import MAX_BLOB
from s2b_domain.wire import (
    PROTOCOL,
    PROTOCOL_MIN,
    AskHub,
    AskTokens,
    Handover,
    Listen,
    Prepare,
    Pull,
    Push,
    Sealed,
    SignIn,
)
from s2b_hub import blobs, certificate, log, metrics, overview, own_tokens
from s2b_hub.chores import Chores
from s2b_hub.devices import Proof
from s2b_hub.hub import Hub
from s2b_hub.listening import listen
from s2b_hub.outward import Outward
from s2b_hub.problems import STATUS, ProblemError
from s2b_hub.snapshot_job import SnapshotJob
from s2b_hub.stock_messages import MAX_BODY as FEED_BODY
from s2b_hub.stock_messages import FeedError
from s2b_hub.watch import Watch

M = TypeVar("M")
Admit = Callable[[], None]
"""Lets the sender of a large request in, or raises why not."""
MAX_COMPRESSED = 16 << 20
MAX_DECOMPRESSED = 64 << 20
MAX_UNKNOWN = 1 << 20
"""Bytes that somebody may have unpacked who has not signed in: what they hold takes many times as much memory."""
SIGN_INS_AT_ONCE = 4
UNPROVEN_AT_ONCE = 2
"""Requests of up to `MAX_DECOMPRESSED` whose sender is known only when they are unpacked."""
LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")
TLS_BUFFER = 1 << 10
GRACE_SECONDS = 3
"""For requests under way; idle desktops do not answer a TLS farewell, so this is what stopping takes."""
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"}
_encode = msgspec.msgpack.Encoder().encode


class _AnyProtocol(msgspec.Struct):
    protocol: int = PROTOCOL


_protocol_decoder = msgspec.msgpack.Decoder(_AnyProtocol)


def application(hub: Hub) -> Starlette:
    """The routes of a hub. Whoever made the hub closes it."""

    # Hashing a password takes 64 MiB and a tenth of a second: guesses must not crowd out those who are signed in.
    signing_in = CapacityLimiter(SIGN_INS_AT_ONCE)
    unproven = CapacityLimiter(UNPROVEN_AT_ONCE)

    def sender(request: Request) -> Admit:
        def admit() -> None:
            blobs.check_sender(hub, _token(request))

        return admit

    async def healthz(request: Request) -> Response:
        healthy = await run_in_threadpool(hub.healthy)
        body = {"status": "ok" if healthy else "failing", "hub_id": hub.id, "protocol": PROTOCOL}
        return JSONResponse(body, 200 if healthy else 503)

    async def figures(request: Request) -> Response:
        # Who asks from elsewhere, also through a proxy, learns not even that there is something.
        if request.client is None or request.client.host not in LOOPBACK or "x-forwarded-for" in request.headers:
            return _answer(ProblemError("not_found").problem, 404)
        return Response(await run_in_threadpool(metrics.exposition, hub), media_type=metrics.CONTENT_TYPE)

    async def hello(request: Request) -> Response:
        return _answer(hub.hello())

    async def sign_in(request: Request) -> Response:
        message = await _message(request, SignIn, _too_large)
        return _answer(await to_thread.run_sync(hub.sign_in, message, limiter=signing_in))

    async def sign_out(request: Request) -> Response:
        await run_in_threadpool(hub.sign_out, _token(request))
        return _answer(None)

    async def take_sealed(request: Request) -> Response:
        return await _proven(request, Sealed, hub.take_sealed, hub.check_registered, unproven)

    async def push(request: Request) -> Response:
        return await _done(request, Push, lambda message: hub.push(_token(request), message), sender(request))

    async def pull(request: Request) -> Response:
        return await _done(request, Pull, lambda message: hub.pull(_token(request), message), sender(request))

    async def feed_stock(request: Request) -> Response:
        try:
            return await _fed(hub, request)
        except FeedError as error:
            return _feed_error(error)
        except ClientDisconnect:
            return Response(status_code=400)
        except ProblemError as error:
            return _feed_error(FeedError(error.status, error.problem.code, "Try again in a moment.", 1))
        except Exception as error:
            log.failure("request.failed", error, path=request.url.path)
            return _feed_error(FeedError(500, "hub_error", "Nothing was changed. Try again with the same key."))

    async def prepare(request: Request) -> Response:
        return await _done(request, Prepare, lambda message: hub.prepare(_token(request), message), _too_large)

    async def chunk(request: Request) -> Response:
        content = await run_in_threadpool(hub.chunk, request.path_params["name"])
        return Response(content, headers=_FOR_EVER, media_type="application/octet-stream")

    async def take_blob(request: Request) -> Response:
        token = _token(request)
        await run_in_threadpool(blobs.check_sender, hub, token)  # before anything of it is kept in memory
        content = bytearray()
        async for part in request.stream():
            content += part
            if len(content) > MAX_BLOB:
                raise ProblemError("too_large", limit=MAX_BLOB)
        await run_in_threadpool(blobs.take, hub, token, request.path_params["digest"], bytes(content))
        return _answer(None)

    async def give_blob(request: Request) -> Response:
        q = request.query_params
        wanted = (request.path_params["digest"], q.get("table", ""), q.get("row", ""))
        content, media = await run_in_threadpool(blobs.give, hub, _token(request), *wanted)
        return Response(content, headers=_PRIVATE, media_type=media)

    async def news(request: Request) -> Response:
        message = await _message(request, Listen, sender(request))
        return _answer(await listen(hub, _token(request), message, request.receive))

    async def overseen(request: Request) -> Response:
        return await _done(request, AskHub, lambda message: overview.answer(hub, _token(request), message), _too_large)

    async def token_desk(request: Request) -> Response:
        return await _done(
            request, AskTokens, lambda message: own_tokens.answer(hub, _token(request), message), _too_large
        )

    async def hand_over(request: Request) -> Response:
        return await _proven(request, Handover, hub.hand_over, hub.check_known, unproven)

    routes = [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/metrics", figures, methods=["GET"]),
        Route("/v1/hello", _guarded(hello), methods=["GET"]),
        Route("/v1/sign-in", _guarded(sign_in), methods=["POST"]),
        Route("/v1/sign-out", _guarded(sign_out), methods=["POST"]),
        Route("/v1/quarantine", _guarded(take_sealed), methods=["POST"]),
        Route("/v1/push", _guarded(push), methods=["POST"]),
        Route("/v1/pull", _guarded(pull), methods=["POST"]),
        Route("/api/stock", feed_stock, methods=["POST"]),
        Route("/v1/snapshots", _guarded(prepare), methods=["POST"]),
        Route("/v1/chunks/{name}", _guarded(chunk), methods=["GET"]),
        Route("/v1/blobs/{digest}", _guarded(take_blob), methods=["PUT"]),
        Route("/v1/blobs/{digest}", _guarded(give_blob), methods=["GET"]),
        Route("/v1/news", _guarded(news), methods=["POST"]),
        Route("/v1/hub", _guarded(overseen), methods=["POST"]),
        Route("/v1/tokens", _guarded(token_desk), methods=["POST"]),
        Route("/v1/handover", _guarded(hand_over), methods=["POST"]),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _unknown_route})


async def _fed(hub: Hub, request: Request) -> Response:
    try:
        secret = _token(request)
    except ProblemError as error:
        raise FeedError(401, "token_missing", "Send the token as: Authorization: Bearer s2b_...") from error
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > FEED_BODY:
            raise FeedError(413, "too_large", f"Send at most {FEED_BODY} bytes at once.")
    key = request.headers.get("idempotency-key", "").strip()
    answer, repeated = await run_in_threadpool(hub.feed_stock, secret, key, bytes(body))
    headers = {"Cache-Control": "no-store", **({"Idempotent-Replay": "true"} if repeated else {})}
    return Response(answer, 200, headers, media_type="application/json")


def _feed_error(error: FeedError) -> Response:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    return JSONResponse({"error": {"code": error.code, "message": error.message}}, error.status, headers)


def _guarded(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ProblemError as problem:
            return _refusal(problem)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            log.failure("request.failed", error, path=request.url.path)
            return _refusal(ProblemError("hub_error"))

    return answer


async def _unknown_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return _answer(ProblemError("not_found").problem, status)


def _refusal(error: ProblemError) -> Response:
    response = _answer(error.problem, error.status)
    if error.status in (STATUS["busy"], STATUS["too_many_attempts"]):
        response.headers["Retry-After"] = str(error.problem.params.get("seconds", 1))
    return response


def _answer(message: Any, status: int = 200) -> Response:
    body = zstandard.ZstdCompressor(level=3).compress(_encode(message))
    headers = {"Content-Encoding": "zstd", "Cache-Control": "no-store"}
    return Response(body, status, headers, media_type="application/msgpack")


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ProblemError("signed_out")
    return token


async def _done(request: Request, cls: type[M], work: Callable[[M], Any], admit: Admit | None = None) -> Response:
    """The answer of `work` to the request's message, in one turn of a thread: reading, deciding and writing."""
    body, compressed = await _body(request)
    return await run_in_threadpool(lambda: _answer(work(_decoded(body, cls, compressed, admit))))


async def _message(request: Request, cls: type[M], admit: Admit) -> M:
    """The request's body as a message; the problems `malformed`, `too_large` and `update_needed`."""
    body, compressed = await _body(request)
    return await run_in_threadpool(_decoded, body, cls, compressed, admit)


async def _proven(
    request: Request, cls: type[M], work: Callable[[M], Any], admit: Callable[[Proof], None], limiter: CapacityLimiter
) -> Response:
    """The same for a device without a session: what proves it is read first, and few are read at once."""
    body, compressed = await _body(request)

    def done() -> Response:
        admit(_decoded(body, Proof, compressed, None))
        return _answer(work(_decoded(body, cls, compressed, None)))

    return await to_thread.run_sync(done, limiter=limiter)


async def _body(request: Request) -> tuple[bytes, bool]:
    """The bytes of a request, and whether they are compressed; the problem `too_large`."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_COMPRESSED:
            raise ProblemError("too_large", limit=MAX_COMPRESSED)
    return bytes(body), request.headers.get("content-encoding", "") == "zstd"


def _decoded(body: bytes, cls: type[M], compressed: bool, admit: Admit | None) -> M:
    """The message of a body. A large one is unpacked only once `admit` has let its sender in."""
    large, packed = len(body) > MAX_UNKNOWN, body
    if compressed:
        body = _unpacked(packed, MAX_UNKNOWN)
        large = len(body) > MAX_UNKNOWN
    if large and admit:
        admit()
    if large and compressed:
        body = _unpacked(packed, MAX_DECOMPRESSED)
    if len(body) > MAX_DECOMPRESSED:
        raise ProblemError("too_large", limit=MAX_DECOMPRESSED)
    try:
        return msgspec.msgpack.decode(body, type=cls)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(body) from error


def _unpacked(packed: bytes, most: int) -> bytes:
    """What zstd has packed, as far as one byte beyond `most`."""
    try:
        with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(packed) as reader:
            return reader.read(most + 1)
    except zstandard.ZstdError as error:
        raise ProblemError("malformed") from error


def _too_large() -> None:
    raise ProblemError("too_large", limit=MAX_UNKNOWN)


def _unreadable(body: bytes) -> ProblemError:
    """A message of another protocol version says so, however it is shaped otherwise."""
    try:
        spoken = _protocol_decoder.decode(body).protocol
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        spoken = PROTOCOL
    if PROTOCOL_MIN <= spoken <= PROTOCOL:
        return ProblemError("malformed")
    return ProblemError("update_needed", protocol_min=PROTOCOL_MIN, protocol=PROTOCOL)


class _Server(uvicorn.Server):
    """Tells when it answers, and when it begins to stop."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None], stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()
        await super().shutdown(sockets)


def bound(host: str, port: int) -> socket.socket:
    """A socket to answer on. It is named as TCP, so that asyncio lets what is written leave at once (TCP_NODELAY): else
    every answer waits 40 ms for an acknowledgement. OSError, which names it, when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name != "nt":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise OSError(f"{host}, port {port}: {reason}; choose others with --host and --port") from error
    return listener


def serve(hub: Hub, folder: Path, *, host: str, port: int, tls: bool, ready_file: Path | None) -> None:
    """Answer until SIGTERM or SIGINT, then finish what is under way. OSError when the address cannot be had,
    `CertificateError`."""
    if tls:
        certificate.check(folder)
    with bound(host, port) as listener:
        port = listener.getsockname()[1]
        address = f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
        print_ = certificate.fingerprint(folder) if tls else ""

        def started() -> None:
            gc.freeze()  # the program itself stays: no search for rubbish needs to walk over it, and stop everybody
            log.event("serve.started", hub=hub.id, port=port)
            sys.stdout.write(f"{address}\n" + (f"Fingerprint (SHA-256): {print_}\n" if tls else ""))
            sys.stdout.flush()
            if ready_file is not None:
                ready = {"address": address, "port": port, "fingerprint": print_, "hub_id": hub.id, "pid": os.getpid()}
                unfinished = ready_file.with_name(f"{ready_file.name}.{os.getpid()}")
                unfinished.write_text(json.dumps(ready), "utf-8")
                unfinished.replace(ready_file)

        config = uvicorn.Config(
            application(hub),
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=GRACE_SECONDS,
            ssl_certfile=folder / certificate.CERTIFICATE if tls else None,
            ssl_keyfile=folder / certificate.KEY if tls else None,
        )
        # asyncio sets aside 256 KiB for each TLS connection to read into; thousands only wait. With so little, 15 MB
        # from one of them cost a tenth of a second more.
        sslproto.SSLProtocol.max_size = TLS_BUFFER
        # uvicorn raises the signal again when it has shut down; that must not cut short what comes after.
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, lambda number, frame: None)
        with closing(Watch(hub)), closing(SnapshotJob(hub)), closing(Chores(hub)), closing(Outward(hub)):
            _Server(config, started, hub.farewell).run(sockets=[listener])
        log.event("serve.stopped", hub=hub.id)
