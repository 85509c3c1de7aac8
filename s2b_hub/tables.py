"""Tables that only the hub has: accounts, devices, the ledger of commands, and the feed of changes."""

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, MetaData, Table

from s2b_domain.records.record import TEXT

SCHEMA_VERSION = 2
HUB_METADATA = MetaData()

meta = Table(
    "meta",
    HUB_METADATA,
    Column("key", TEXT, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

user = Table(
    "user_account",
    HUB_METADATA,
    Column("id", TEXT, primary_key=True),
    Column("login", TEXT, nullable=False, unique=True),
    Column("password_hash", TEXT, nullable=False),
    Column("organisation_id", TEXT, nullable=False),
    Column("role", TEXT, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
)

attempt = Table(
    "attempt",
    HUB_METADATA,
    Column("key", LargeBinary, primary_key=True),
    Column("failures", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False, index=True),
    comment="Sign-ins that failed in a row; the key is a hash, because people type passwords into the wrong field",
)

device = Table(
    "device",
    HUB_METADATA,
    Column("id", TEXT, primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("organisation_id", TEXT, nullable=False),
    Column("registered_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("next_seq", BigInteger, nullable=False),
)

session = Table(
    "session",
    HUB_METADATA,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("user_id", TEXT, nullable=False, index=True),
    Column("device_id", TEXT, nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
)

api_token = Table(
    "api_token",
    HUB_METADATA,
    Column("id", TEXT, primary_key=True),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("organisation_id", TEXT, nullable=False, index=True),
    Column("name", TEXT, nullable=False),
    Column("scope", TEXT, nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("used_at", BigInteger),
)

api_answer = Table(
    "api_answer",
    HUB_METADATA,
    Column("token_id", TEXT, primary_key=True),
    Column("key", TEXT, primary_key=True),
    Column("body_hash", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    comment="What was answered to an idempotency key; zstd of JSON",
)

ledger = Table(
    "ledger",
    HUB_METADATA,
    Column("device_id", TEXT, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    # None where this row does not decide the command: a copy, another actor's, or not readable.
    Column("command_id", TEXT, unique=True),
    Column("copy_of", TEXT, index=True),
    Column("supersedes", TEXT, index=True),
    Column("actor_id", TEXT, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("body_hash", LargeBinary, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("outcome", LargeBinary, nullable=False),
    Column("hub_order", BigInteger, nullable=False, unique=True),
    Column("time", BigInteger, nullable=False),
)
Index("ix_ledger_device_order", ledger.c.device_id, ledger.c.hub_order)

waiting = Table(
    "waiting",
    HUB_METADATA,
    Column("depends_on", TEXT, primary_key=True),
    Column("device_id", TEXT, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    comment="Parked commands, by what they wait for",
)

dead_letter = Table(
    "dead_letter",
    HUB_METADATA,
    Column("device_id", TEXT, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("kind", TEXT, nullable=False, default="failed"),
    Column("code", TEXT, nullable=False, default=""),
    Column("error", TEXT, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    comment="What an operator must look at; bodies and outcomes are in the ledger. failed: the hub itself failed twice;"
    " unbooked: accepted before a restore and not booked again; differs: booked, but not as its receipt says",
)

handed = Table(
    "handed",
    HUB_METADATA,
    Column("device_id", TEXT, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("hub_order", BigInteger, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
    Column("outcome", LargeBinary, nullable=False),
    comment="Recorded outcomes that desktops handed over after a restore and that are not applied yet",
)

reported = Table(
    "reported",
    HUB_METADATA,
    Column("device_id", TEXT, primary_key=True),
    Column("history", LargeBinary, nullable=False),
    Column("hub_order", BigInteger, nullable=False, default=0),
    Column("time", BigInteger, nullable=False),
    comment="Devices that have handed over all they remembered up to an order, to which history of the hub",
)

hole = Table(
    "hole",
    HUB_METADATA,
    Column("device_id", TEXT, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    comment="Places below a device's next one that were never decided",
)

backup = Table(
    "backup",
    HUB_METADATA,
    Column("folder", TEXT, primary_key=True),
    Column("taken_at", BigInteger, nullable=False),
    Column("hub_order", BigInteger, nullable=False),
    Column("verified_at", BigInteger, nullable=False),
    comment="Backups that are kept and were verified; the oldest is the watermark behind which desktops forget",
)

quarantine = Table(
    "quarantine",
    HUB_METADATA,
    Column("command_id", TEXT, primary_key=True),
    Column("device_id", TEXT, nullable=False, index=True),
    Column("actor_id", TEXT, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("state", TEXT, nullable=False),
    Column("decided_by", TEXT, nullable=False, default=""),
    Column("decided_at", BigInteger),
    Column("reason", TEXT, nullable=False, default=""),
    comment="What revoked devices had not sent: held until somebody releases or discards it",
)

effect = Table(
    "effect",
    HUB_METADATA,
    Column("key", TEXT, primary_key=True),
    Column("kind", TEXT, nullable=False),
    Column("document_id", TEXT, nullable=False, index=True),
    Column("command_id", TEXT, nullable=False),
    Column("organisation_id", TEXT, nullable=False),
    Column("provider", TEXT, nullable=False),
    Column("method", TEXT, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("state", TEXT, nullable=False, index=True),
    Column("tries", BigInteger, nullable=False, default=0),
    Column("due_at", BigInteger, nullable=False),
    Column("reference", TEXT, nullable=False, default=""),
    Column("reason", TEXT, nullable=False, default=""),
    Column("at", BigInteger, nullable=False),
    comment="What commands want done outside of the books; the provider knows each by its key (see effects.py)",
)

scope = Table(
    "scope",
    HUB_METADATA,
    Column("name", TEXT, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("checksum", LargeBinary, nullable=False),
    Column("salt", LargeBinary, nullable=False),
)

stamp = Table(
    "stamp",
    HUB_METADATA,
    Column("scope", TEXT, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

change = Table(
    "change",
    HUB_METADATA,
    Column("scope", TEXT, primary_key=True),
    Column("table", TEXT, primary_key=True),
    Column("key", TEXT, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("row_version", BigInteger, nullable=False),
    Column("gone", Boolean, nullable=False),
    sqlite_with_rowid=False,
    comment="The latest version of each row in each scope; gone is a tombstone",
)
Index(
    "ix_change_feed",
    *(change.c[name] for name in ("scope", "version", "table", "key", "row_version", "gone")),
)

snapshot = Table(
    "snapshot",
    HUB_METADATA,
    Column("scope", TEXT, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    comment="Scopes whose rows at one version can be had in chunks",
)

snapshot_part = Table(
    "snapshot_part",
    HUB_METADATA,
    Column("scope", TEXT, primary_key=True),
    Column("table", TEXT, primary_key=True),
    Column("first", TEXT, primary_key=True),
    Column("chunk", TEXT, nullable=False, index=True),
    Column("key", LargeBinary, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    comment="The chunk with the rows of a table whose keys are not below `first`, up to the next part",
)

chunk = Table(
    "chunk",
    HUB_METADATA,
    Column("name", TEXT, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("retired_at", BigInteger, index=True),
    comment="Immutable encrypted bytes; retired ones stay for a while, for desktops that are fetching them",
)

blob = Table(
    "blob",
    HUB_METADATA,
    Column("digest", TEXT, primary_key=True),
    Column("organisation_id", TEXT, nullable=False, index=True),
    Column("media", TEXT, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    comment="Pictures and papers, whose bytes lie in the data folder; of whom they came first, and when last",
)
