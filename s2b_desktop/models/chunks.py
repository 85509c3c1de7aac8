"""The chunks of a snapshot: whether they are the hub's, and where a rebuild stands in loading them.

Where it stands is kept in the file that is rebuilt, with the rows: what was loaded is not fetched again, whatever
happens in between.
"""

import hashlib

import msgspec
import zstandard
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection

from s2b_desktop.models import local
from s2b_desktop.models.outbox import Device
from s2b_domain import wire
from s2b_domain.records import RECORDS

MAX_ROWS_BYTES = 256 << 20
_rows = msgspec.msgpack.Decoder(wire.Rows)
_encode = msgspec.msgpack.Encoder().encode


class WrongManifest(Exception):
    """A manifest that this profile's hub did not sign."""


class WrongChunk(Exception):
    """Bytes that are not those of the chunk. Names it."""


class Progress(msgspec.Struct, frozen=True, array_like=True):
    """Where a rebuild stands.

    `cursors` are those from which the pull goes on: of the first manifest that named a scope, for rows that were
    loaded then and deleted since must be told as gone.
    """

    cursors: tuple[wire.Cursor, ...] = ()
    chunks: tuple[wire.Chunk, ...] = ()
    loaded: frozenset[str] = frozenset()

    def missing(self) -> tuple[wire.Chunk, ...]:
        """The chunks that are still to be loaded."""
        return tuple(c for c in self.chunks if c.name not in self.loaded)

    def done(self, chunk: wire.Chunk) -> "Progress":
        """The same, with one more chunk loaded."""
        return msgspec.structs.replace(self, loaded=self.loaded | {chunk.name})


_progress = msgspec.msgpack.Decoder(Progress)


def progress(connection: Connection) -> Progress | None:
    """Where the rebuild stands; None when it has not begun."""
    kept = local.get_state(connection, local.SNAPSHOT)
    return None if kept is None else _progress.decode(kept)


def set_progress(connection: Connection, value: Progress | None) -> None:
    """Keep it, in the transaction that writes the rows."""
    local.set_state(connection, local.SNAPSHOT, None if value is None else _encode(value))


def follow(before: Progress | None, manifest: wire.Manifest, device: Device) -> Progress:
    """Where a rebuild stands that goes on with this manifest. Raises `WrongManifest`."""
    if manifest.hub_id != device.hub_id:
        raise WrongManifest
    try:
        key = Ed25519PublicKey.from_public_bytes(device.hub_key)
        key.verify(manifest.signature, wire.manifest_bytes(manifest))
    except InvalidSignature as error:
        raise WrongManifest from error
    begun = {c.scope: c for c in before.cursors} if before is not None else {}
    return Progress(
        cursors=tuple(begun.get(s.cursor.scope, s.cursor) for s in manifest.snapshots),
        chunks=tuple(c for s in manifest.snapshots for c in s.chunks),
        loaded=before.loaded if before is not None else frozenset(),
    )


def opened(chunk: wire.Chunk, content: bytes) -> wire.Rows:
    """The rows of a chunk; raises `WrongChunk` for anything but exactly its bytes."""
    if hashlib.sha256(content).hexdigest() != chunk.name:
        raise WrongChunk(chunk.name)
    try:
        packed = AESGCM(chunk.key).decrypt(wire.NO_NONCE, content, None)
        with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(packed) as reader:
            rows = _rows.decode(reader.read(MAX_ROWS_BYTES))
    except (InvalidTag, ValueError, zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise WrongChunk(chunk.name) from error
    if rows.table not in RECORDS or len(rows.rows) != chunk.rows:
        raise WrongChunk(chunk.name)
    return rows
