"""The messages between desktop and hub. Everything is MessagePack, compressed with zstd, over HTTPS.

A command's *body* is frozen when it enters the outbox and travels as these very bytes; device and sequence stand
outside it, so that a desktop which must take a new device id can send the same body again.
"""

import hashlib
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from s2b_domain.access import Actor
from s2b_domain.errors import Param

PROTOCOL = 1
PROTOCOL_MIN = 1
MAX_SEEN = 2000
"""Rows whose version a command may name; each is read before it runs."""


MAX_PUSHED = 10_000
MAX_CURSORS = 100_000


class Body(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What a user asked for. `client_time` is the device's clock corrected by `clock_offset` (both ms);
    `seen` maps "table/id" to the row_version that the user looked at."""

    command_id: str
    actor_id: str
    name: str
    payload: bytes
    client_time: int
    clock_offset: int = 0
    last_pull: int = 0
    depends_on: tuple[str, ...] = ()
    supersedes: str | None = None
    import_id: str | None = None
    seen: Annotated[dict[str, int], msgspec.Meta(max_length=MAX_SEEN)] = {}


class Envelope(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A body at its place in a device's sequence (from 1, without gaps)."""

    seq: int
    body: bytes


class OutcomeKind(StrEnum):
    """The hub's final answers, and PARKED, which is not final yet."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_EXCEPTION = "accepted_with_exception"
    REJECTED = "rejected"
    NEEDS_CONFIRMATION = "needs_confirmation"
    PARKED = "parked"


class Receipt(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What the hub signed (Ed25519 over `receipt_bytes`): the order and time in which it decided, and the result."""

    hub_id: str
    device_id: str
    seq: int
    command_id: str
    body_hash: bytes
    kind: OutcomeKind
    hub_order: int
    time: int
    result: dict[str, int | str] = {}
    signature: bytes = b""


class Outcome(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """The hub's answer to one command. `code` and `params` say why, where it is not plainly accepted."""

    seq: int
    command_id: str
    kind: OutcomeKind
    code: str = ""
    params: dict[str, Param] = {}
    receipt: Receipt | None = None


class Cursor(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """Where a desktop stands in a scope; `salt` is random per version, so a restored hub is noticed."""

    hub_id: str
    scope: str
    version: int
    salt: bytes


Cursors = Annotated[tuple[Cursor, ...], msgspec.Meta(max_length=MAX_CURSORS)]


class DeviceCard(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A device's registration, signed by the hub (Ed25519 over `card_bytes`), so that a hub that lost its books knows
    its devices again. `number` begins the order numbers that the device mints."""

    hub_id: str
    device_id: str
    number: int
    secret_hash: bytes
    organisation_id: str
    registered_at: int
    signature: bytes = b""


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """POST /v1/sign-in. `device_id` is empty for a device that the hub does not know yet."""

    login: str
    password: str
    device_id: str = ""
    device_secret: bytes = b""
    device_name: str = ""
    card: DeviceCard | None = None


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A session of one actor on one device. `device_code` begins the order numbers that the device mints; `history`
    is what a new device begins with: it has nothing to hand over."""

    hub_id: str
    hub_name: str
    hub_key: bytes
    seal_key: bytes
    """The public half of the hub's key for boxes that only it may open (`sealing`)."""
    token: str
    actor: Actor
    device_id: str
    device_secret: bytes
    device_code: str
    next_seq: int
    time: int
    history: bytes = b""
    card: DeviceCard | None = None


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """GET /v1/hello: who the hub is and which protocols it speaks; no sign-in needed. By its `history`, a desktop whose
    session was lost with the rest learns that the hub was restored."""

    hub_id: str
    name: str
    protocol_min: int
    protocol: int
    time: int
    history: bytes = b""


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """POST /v1/push: a run of commands in sequence, all by the actor whose token it carries
    (`Authorization: Bearer <token>`, as for pull and sign-out).

    `base` declares where a device's sequence goes on, when the hub has never seen it there. `history` and `remembered`
    as in `Pull`.
    """

    protocol: int
    envelopes: Annotated[tuple[Envelope, ...], msgspec.Meta(max_length=MAX_PUSHED)]
    base: int = 0
    history: bytes = b""
    remembered: int = 0


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """Hints for the screen: the truth arrives by pull. `expected` is the next sequence the hub waits for."""

    outcomes: tuple[Outcome, ...]
    expected: int
    time: int


class Pull(msgspec.Struct, frozen=True, kw_only=True):
    """POST /v1/pull. `cursors` where the desktop stands, `page` the continuation of an unfinished pull,
    `outcomes_after` the last sequence whose outcome is stored, `receipt` the highest hub_order among the outcomes
    that pulls have brought (not push answers: a parked command is decided later than those after it).

    `history` is the one that the desktop has last handed its receipts to, and `remembered` the highest hub_order among
    all that it keeps: by these a hub that was restored from a backup is noticed (`receipts_wanted`)."""

    protocol: int
    cursors: Cursors
    page: bytes = b""
    outcomes_after: int = 0
    receipt: int = 0
    limit: int = 10_000
    history: bytes = b""
    remembered: int = 0


class Kept(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A command that a revoked device still had, with when it was saved there (ms)."""

    seq: int
    body: bytes
    created_at: int


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """POST /v1/quarantine: what a revoked device had not sent, handed in with nothing but its secret. `box` is sealed
    to the hub's `seal_key` for the purpose `quarantine:<device id>` and holds an array of `Kept`."""

    device_id: str
    device_secret: bytes
    box: bytes


class Rows(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """Rows of one table as the stores keep them (columns in record order; a boolean may be 0 or 1), and
    (id, row_version) of those that no granted scope holds any more."""

    table: str
    rows: tuple[tuple[Any, ...], ...] = ()
    gone: tuple[tuple[str, int], ...] = ()


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """One page. Only the last one (`final`) was read in one snapshot with everything that remained, and has the
    cursors, the checksums (scope -> 16 bytes), the granted scopes and the latest outcomes; earlier pages are staged
    unseen, and where there are very many outcomes, they begin to bring them.

    `reset` names scopes that must be rebuilt from nothing: their cursor is older than the horizon or not this hub's.
    Commands decided at or before `watermark` (a hub_order, on the last page) are in a verified backup.
    """

    hub_id: str
    tables: tuple[Rows, ...]
    time: int
    final: bool
    page: bytes = b""
    cursors: tuple[Cursor, ...] = ()
    checksums: dict[str, bytes] = {}
    granted: tuple[str, ...] = ()
    reset: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    expected_rows: int = 0
    offline_days: int = 30
    """After how many days without contact a desktop locks itself until somebody signs in at the hub."""
    watermark: int = 0
    expected: int = 0
    """The place that the hub waits for from the asking device (on the last page; 0 from older hubs)."""


class Handed(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A command with what the hub once decided about it."""

    seq: int
    body: bytes
    outcome: Outcome


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """POST /v1/handover: what a device remembers and the hub may have lost. The device proves itself by its secret:
    sessions may be lost too. The first one is empty and asks what is missing; the last one is `complete` and says up to
    which hub_order the device `remembered` anything, so that what comes after it can be missed again."""

    protocol: int
    hub_id: str
    device_id: str
    device_secret: bytes
    card: DeviceCard | None = None
    history: bytes = b""
    handed: tuple[Handed, ...] = ()
    undecided: tuple[int, ...] = ()
    complete: bool = False
    remembered: int = 0


class HandedOver(msgspec.Struct, frozen=True, kw_only=True):
    """`expected` is the device's next place. While `recovering`, the hub answers neither push nor pull."""

    history: bytes
    recovering: bool
    expected: int


class Listen(msgspec.Struct, frozen=True, kw_only=True):
    """POST /v1/news: wait up to `seconds` for anything that a pull from `cursors` and `receipt` would bring."""

    protocol: int
    cursors: Cursors
    receipt: int = 0
    seconds: Annotated[float, msgspec.Meta(ge=0)] = 0


class News(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there is something to pull; the data itself comes by pull alone."""

    news: bool
    time: int


class Chunk(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """GET /v1/chunks/<name>, without sign-in: some rows of one table. `name` is the SHA-256 of its bytes in hex;
    they are `Rows`, compressed with zstd, under AES-256-GCM with `key`, which is this chunk's alone."""

    name: str
    key: bytes
    rows: int
    size: int


class Snapshot(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """All rows of a scope as they were at a cursor."""

    cursor: Cursor
    chunks: tuple[Chunk, ...]


class Prepare(msgspec.Struct, frozen=True, kw_only=True):
    """POST /v1/snapshots: what there is for a desktop that begins with nothing."""

    protocol: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The snapshots of the scopes that the caller is granted; the hub signs it (Ed25519 over `manifest_bytes`).
    What came after the cursors, and every other scope, comes by the normal pull."""

    hub_id: str
    time: int
    snapshots: tuple[Snapshot, ...]
    signature: bytes = b""


class AskHub(msgspec.Struct, frozen=True, kw_only=True):
    """POST /v1/hub, for the platform's admins. `action`: empty to look, retry or dismiss (a dead letter, by its place),
    release or discard (what a revoked device left, its command's id as `place`; discard with a `reason`), or finish (a
    recovery)."""

    action: str = ""
    place: str = ""
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


class HubLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A command that needs an operator: `kind` failed, unbooked or differs; `place` is its device's code and seq. The
    `payload` is left out where it is long."""

    place: str
    kind: str
    code: str
    command: str
    time: int
    detail: str
    can_retry: bool
    payload: bytes = b""


class HubHeld(msgspec.Struct, frozen=True, kw_only=True):
    """What a revoked device left and nobody has decided about: saved at `time` (ms) by `author` of a company. The
    `payload` is left out where it is long."""

    command_id: str
    device: str
    organisation: str
    author: str
    command: str
    payload: bytes = b""
    time: int


class HubState(msgspec.Struct, frozen=True, kw_only=True):
    """How a hub was at `time` (ms). `recovering_until` while a restored hub waits for its devices, of which so many
    have `reported` or are `missing`; `restored_at` when the last recovery ended, and what it `brought_back`. `said` is
    the code with which something that was released was refused, or could not be released."""

    time: int
    version: str
    devices: int
    sessions: int
    queue: int
    backups: int
    backup_at: int | None = None
    recovering_until: int | None = None
    reported: int = 0
    missing: int = 0
    restored_at: int | None = None
    brought_back: int = 0
    letters: tuple[HubLetter, ...] = ()
    held: tuple[HubHeld, ...] = ()
    said: str = ""


class AskTokens(msgspec.Struct, frozen=True, kw_only=True):
    """POST /v1/tokens, for a supplier's managers. `action`: empty to look, issue (with a name), revoke (by its id)."""

    action: str = ""
    name: Annotated[str, msgspec.Meta(max_length=100)] = ""
    token_id: str = ""


class TokenInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A token of one of the supplier's own systems; times in ms."""

    id: str
    name: str
    issued_at: int
    used_at: int | None = None


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """The tokens that work; `secret` is the one that was just issued, told this once."""

    tokens: tuple[TokenInfo, ...]
    secret: str = ""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer that is not 200: a code for the machine, and what it needs to explain it."""

    code: str
    params: dict[str, Param] = {}


_body_encoder = msgspec.msgpack.Encoder(order="deterministic")
_body_decoder = msgspec.msgpack.Decoder(Body)
NO_NONCE = bytes(12)
"""A chunk's key encrypts nothing else, so that it needs no nonce of its own."""
_MASK = (1 << 128) - 1


def freeze(body: Body) -> bytes:
    """The bytes of a body, made once, when it enters the outbox; ValueError when it names too many rows."""
    if len(body.seen) > MAX_SEEN:
        raise ValueError("too many rows seen")
    return _body_encoder.encode(body)


def thaw(frozen: bytes) -> Body:
    """The body of frozen bytes; msgspec.MsgspecError when they are not one."""
    try:
        return _body_decoder.decode(frozen)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error


def body_hash(frozen: bytes) -> bytes:
    """SHA-256 over the frozen bytes."""
    return hashlib.sha256(frozen).digest()


def receipt_bytes(receipt: Receipt) -> bytes:
    """What a receipt's signature covers: everything else in it."""
    return _body_encoder.encode(msgspec.structs.replace(receipt, signature=b""))


def card_bytes(card: DeviceCard) -> bytes:
    """What a card's signature covers."""
    return b"device card\x00" + _body_encoder.encode(msgspec.structs.replace(card, signature=b""))


def manifest_bytes(manifest: Manifest) -> bytes:
    """What a manifest's signature covers: everything else in it."""
    return b"manifest" + _body_encoder.encode(msgspec.structs.replace(manifest, signature=b""))


def row_hash(table: str, id_: str, row_version: int) -> int:
    """The 128-bit number of one version of a row, for scope checksums."""
    text = f"{table}/{id_}/{row_version}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "big")


def checksum_add(checksum: int, *numbers: int) -> int:
    """A scope's checksum is the sum of its rows' hashes modulo 2**128; subtract by adding the negative."""
    return (checksum + sum(numbers)) & _MASK
