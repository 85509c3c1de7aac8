"""Telling a desktop what its scopes hold, from where it stands.

Early pages are cut by (version, table, key) within each scope and staged unseen. The last one reads what remains of
every scope, the checksums and the outcomes in one snapshot, so that no outcome comes without its effects.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    union,
)

from s2b_domain.access import Actor, granted, price_levels
from s2b_domain.records import RECORDS
from s2b_domain.records.party import Organisation, PartyKind, TradeTerms
from s2b_domain.records.store import RecordStore
from s2b_domain.wire import MAX_CURSORS, Cursor, Cursors, Outcome, Pull, Pulled, Rows
from s2b_hub import devices, history, tables
from s2b_hub.database import among, tuples
from s2b_hub.entries import outcome_of
from s2b_hub.feed import NO_CHECKSUM
from s2b_hub.problems import ProblemError

MAX_ROWS = 10_000
MAX_BYTES = 8 << 20
MAX_OUTCOMES = 2_000
"""Outcomes of a page; a desktop that builds its cache anew asks for all that it ever had."""
_CHUNK = 1000
_c, _l, _s, _t = tables.change.c, tables.ledger.c, tables.scope.c, tables.stamp.c
_encoder = msgspec.msgpack.Encoder()
_COUNTERS = select(_s.name, _s.version, _s.checksum, _s.salt).where(_s.name.in_(bindparam("b_names", expanding=True)))
_STAMPS = select(_t.scope, _t.version, _t.salt).where(
    tuple_(_t.scope, _t.version).in_(bindparam("b_places", expanding=True))
)
_mine = select(_l.hub_order, _l.outcome).where(_l.device_id == bindparam("b_device"))
_later = _mine.where(_l.hub_order > bindparam("b_told"))


def _some(outcomes: Select[Any]) -> Select[Any]:
    return outcomes.order_by("hub_order").limit(bindparam("b_limit"))


def _unknown(mine: Select[Any]) -> Select[Any]:
    by_seq, by_order = mine.where(_l.seq > bindparam("b_seq")), mine.where(_l.hub_order > bindparam("b_receipt"))
    return _some(select(union(by_seq, by_order).subquery()))


_ALL_OUTCOMES = _some(_later)
_UNKNOWN_OUTCOMES = _unknown(_mine)  # bounded by an order as well, the index on seq would not serve its half
_UNKNOWN_LATER_OUTCOMES = _unknown(_later)


Version = Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]


class Place(msgspec.Struct, frozen=True, array_like=True):
    """How far a scope was read: past `version`, or within it past (table, key). `start` is where the desktop stood
    when the pull began and `began` where the scope stood, so that a bootstrap can leave old tombstones out."""

    start: Version
    began: Version
    version: Version
    table: str = ""
    key: str = ""


class Progress(msgspec.Struct, frozen=True, array_like=True):
    """The continuation of an unfinished pull. It only says what was read already, never what may be read.
    Outcomes up to `told`, in the hub's order, went with earlier pages. `marks` are the scopes as
    that page saw them: pages of a history that is gone are not mixed with what took its place."""

    places: Annotated[dict[str, Place], msgspec.Meta(max_length=MAX_CURSORS)]
    reset: Annotated[tuple[str, ...], msgspec.Meta(max_length=MAX_CURSORS)]
    told: Version = 0
    marks: Cursors = ()


class Counter(msgspec.Struct, frozen=True):
    """A scope as this snapshot has it."""

    version: int
    checksum: bytes
    salt: bytes


class _Entry(msgspec.Struct, frozen=True):
    scope: str
    version: int
    table: str
    key: str
    row_version: int
    gone: bool


_progress = msgspec.msgpack.Decoder(Progress)


def scopes_granted(connection: Connection, actor: Actor) -> tuple[str, ...]:
    """The scopes of an actor as things stand, sorted."""
    levels: list[tuple[str, str]] = []
    if actor.kind is PartyKind.MERCHANT:
        store = RecordStore(connection)
        merchant = store.get(Organisation, actor.organisation_id)
        suppliers = store.find(Organisation, kind=PartyKind.SUPPLIER)
        levels = price_levels(suppliers, store.find(TradeTerms, merchant_id=actor.organisation_id), merchant)
    return tuple(sorted(granted(actor, levels)))


def page(connection: Connection, hub_id: str, actor: Actor, device_id: str, pull: Pull, now: int) -> Pulled:
    """The next page. The connection must be in a transaction that sees one snapshot."""
    scopes = scopes_granted(connection, actor)
    counters = scope_counters(connection, scopes)
    places, reset, told = _places(connection, hub_id, scopes, counters, pull)
    outcomes, untold = _outcomes(connection, device_id, pull, told)
    limit = max(1, min(pull.limit, MAX_ROWS))
    while True:
        entries, more = _entries(connection, scopes, counters, places, limit)
        found = _rows(connection, scopes, entries)
        size = len(_encoder.encode(found))
        if size <= MAX_BYTES or len(entries) == 1:
            break
        limit = max(1, min(limit, len(entries)) * MAX_BYTES // (2 * size))
    expected = 0 if pull.page else _remaining(connection, scopes, counters, places) if more else len(entries)
    if more or untold:
        for entry in entries:
            place = places[entry.scope]
            places[entry.scope] = Place(place.start, place.began, entry.version, entry.table, entry.key)
        # What is decided stays decided, and its effects are in the last page at the latest.
        early = outcomes if untold else {}
        return Pulled(
            hub_id=hub_id,
            tables=found,
            time=now,
            final=False,
            page=_encoder.encode(Progress(places, reset, max(early, default=told), _cursors(hub_id, counters))),
            reset=reset,
            outcomes=tuple(early.values()),
            expected_rows=expected,
        )
    return Pulled(
        hub_id=hub_id,
        tables=found,
        time=now,
        final=True,
        cursors=_cursors(hub_id, counters),
        checksums={s: c.checksum for s, c in counters.items()},
        granted=scopes,
        reset=reset,
        outcomes=tuple(outcomes.values()),
        expected_rows=expected,
        watermark=history.watermark(connection),
        expected=devices.next_seq(connection, device_id),
    )


def scope_counters(connection: Connection, scopes: Sequence[str]) -> dict[str, Counter]:
    found = dict.fromkeys(scopes, Counter(0, NO_CHECKSUM, b""))
    for chunk in _chunks(scopes):
        for name, version, checksum, salt in connection.execute(_COUNTERS, {"b_names": chunk}):
            found[name] = Counter(version, checksum, salt)
    return found


def _places(
    connection: Connection, hub_id: str, scopes: Sequence[str], counters: dict[str, Counter], pull: Pull
) -> tuple[dict[str, Place], tuple[str, ...], int]:
    """Where to read on in each scope, which scopes begin anew because their cursor is not of this history, and up to
    which order outcomes were told."""
    if pull.page:
        try:
            progress = _progress.decode(pull.page)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ProblemError("malformed") from error
        if _foreign(connection, hub_id, progress.marks):
            raise ProblemError("malformed")
        places = {s: progress.places.get(s) or Place(0, counters[s].version, 0) for s in scopes}
        return places, progress.reset, progress.told
    cursors = {c.scope: c for c in pull.cursors if c.scope in counters}
    foreign = _foreign(connection, hub_id, cursors.values())
    places = {}
    for scope in scopes:
        at = cursors[scope].version if scope in cursors and scope not in foreign else 0
        places[scope] = Place(at, counters[scope].version, at)
    return places, tuple(s for s in scopes if s in foreign), 0


def _cursors(hub_id: str, counters: dict[str, Counter]) -> tuple[Cursor, ...]:
    return tuple(Cursor(hub_id=hub_id, scope=s, version=c.version, salt=c.salt) for s, c in counters.items())


def _foreign(connection: Connection, hub_id: str, cursors: Iterable[Cursor]) -> set[str]:
    """The scopes whose cursors are not of this history."""
    begun = [cursor for cursor in cursors if cursor.version]
    salts: dict[tuple[str, int], bytes] = {}
    for chunk in _chunks([(cursor.scope, cursor.version) for cursor in begun]):
        rows = connection.execute(_STAMPS, {"b_places": chunk})
        salts |= {(scope, version): salt for scope, version, salt in rows}
    return {c.scope for c in begun if c.hub_id != hub_id or salts.get((c.scope, c.version)) != c.salt}


def _after(*, within: bool, lively: bool) -> ColumnElement[bool]:
    """The entries of a scope that lie beyond a version, or `within` it beyond (table, key); a bootstrap needs no
    tombstone from before it began: `lively`."""
    version: BindParameter[int] = bindparam("b_version")
    beyond: ColumnElement[bool] = _c.version > version
    if within:
        place = tuple_(version, bindparam("b_table"), bindparam("b_key"))
        beyond = and_(_c.version >= version, tuple_(_c.version, _c.table, _c.key) > place)
    needed = (or_(_c.gone.is_(False), _c.version > bindparam("b_began")),) if lively else ()
    return and_(_c.scope == bindparam("b_scope"), beyond, *needed)


_KINDS = [(within, lively) for within in (False, True) for lively in (False, True)]
_UNREAD = {
    (within, lively): select(_c.version, _c.table, _c.key, _c.row_version, _c.gone)
    .where(_after(within=within, lively=lively))
    .order_by(_c.version, _c.table, _c.key)
    .limit(bindparam("b_limit"))
    for within, lively in _KINDS
}
_COUNTED = {
    (within, lively): select(func.count()).select_from(tables.change).where(_after(within=within, lively=lively))
    for within, lively in _KINDS
}


def _kind(place: Place) -> tuple[bool, bool]:
    return bool(place.table), not place.start


def _bound(scope: str, place: Place) -> dict[str, str | int]:
    """The parameters that `_after` may ask for, of a scope that was read up to `place`."""
    within = {"b_table": place.table, "b_key": place.key}
    return {"b_scope": scope, "b_version": place.version, "b_began": place.began, **within}


def _unread(counters: dict[str, Counter], places: dict[str, Place], scopes: Sequence[str]) -> list[str]:
    return [s for s in scopes if counters[s].version > places[s].version or places[s].table]


def _entries(
    connection: Connection, scopes: Sequence[str], counters: dict[str, Counter], places: dict[str, Place], limit: int
) -> tuple[list[_Entry], bool]:
    """The next entries, scope by scope, and whether there are more than `limit`."""
    found: list[_Entry] = []
    for scope in _unread(counters, places, scopes):
        bound = _bound(scope, places[scope]) | {"b_limit": limit + 1 - len(found)}
        found += [_Entry(scope, *row) for row in tuples(connection, _UNREAD[_kind(places[scope])], bound)]
        if len(found) > limit:
            return found[:limit], True
    return found, False


def _remaining(
    connection: Connection, scopes: Sequence[str], counters: dict[str, Counter], places: dict[str, Place]
) -> int:
    """How many rows the whole pull will bring, about."""
    unread = _unread(counters, places, scopes)
    return sum(connection.scalar(_COUNTED[_kind(places[s])], _bound(s, places[s])) or 0 for s in unread)


def _rows(connection: Connection, scopes: Sequence[str], entries: list[_Entry]) -> tuple[Rows, ...]:
    """The rows that entries name, each once, and the gone ones that no granted scope holds any more."""
    present: dict[str, dict[str, None]] = {}
    gone: dict[str, dict[str, int]] = {}
    for entry in entries:
        if entry.gone:
            versions = gone.setdefault(entry.table, {})
            versions[entry.key] = max(entry.row_version, versions.get(entry.key, 0))
        else:
            present.setdefault(entry.table, {})[entry.key] = None
    found: list[Rows] = []
    store = RecordStore(connection)
    for table in sorted(present.keys() | gone.keys()):
        rows = tuple(store.rows(RECORDS[table], present.get(table, ())))
        left = gone.get(table, {})
        held = _held(connection, scopes, table, list(left))
        still_gone = tuple((key, version) for key, version in left.items() if key not in held)
        if rows or still_gone:
            found.append(Rows(table=table, rows=rows, gone=still_gone))
    return tuple(found)


def _held(connection: Connection, scopes: Sequence[str], table: str, keys: list[str]) -> set[str]:
    """Which of these rows some granted scope still holds: its own entry tells the desktop what they became."""
    if not keys:
        return set()
    still = select(_c.key).where(
        _c.scope.in_(scopes), _c.table == table, among(connection, _c.key, keys), _c.gone.is_(False)
    )
    return set(connection.scalars(still))


def _outcomes(connection: Connection, device_id: str, pull: Pull, told: int) -> tuple[dict[int, Outcome], bool]:
    """The next outcomes that the device does not know, by the hub's order, and whether there are still more."""
    bound = {"b_device": device_id, "b_told": told, "b_seq": pull.outcomes_after, "b_receipt": pull.receipt}
    statement = _ALL_OUTCOMES  # without a receipt nothing is known
    if pull.receipt:
        statement = _UNKNOWN_LATER_OUTCOMES if told else _UNKNOWN_OUTCOMES
    stored = connection.execute(statement, {**bound, "b_limit": MAX_OUTCOMES + 1}).all()
    return {order: outcome_of(o) for order, o in stored[:MAX_OUTCOMES]}, len(stored) > MAX_OUTCOMES


def _chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[i : i + _CHUNK] for i in range(0, len(values), _CHUNK))
