"""Applying a pull to the cache in one transaction: undo, patch, verify, replay, or less where that is the same."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from s2b_desktop.models import checksums, local, prediction, rows
from s2b_desktop.models.checksums import Sums
from s2b_desktop.models.footprint import Footprints
from s2b_desktop.models.rows import ID, VERSION, Row
from s2b_domain import wire
from s2b_domain.access import scopes_of
from s2b_domain.records import RECORDS

Replay = Callable[[Connection, frozenset[str]], frozenset[str]]
"""Predicts everything pending, given the granted scopes; returns the tables that changed."""
ReplaySome = Callable[[Connection, Sequence[int], frozenset[str]], frozenset[str] | None]
"""Predicts some of what is pending again, by place; None where all must be."""
MOST = 0.7
"""Part of the predictions beyond which it is not worth while to keep the others."""


class Patch:
    """The newest version of every row that the pages of a pull bring, and the rows that are gone."""

    def __init__(self, parts: Iterable[wire.Rows]) -> None:
        self.rows: dict[str, dict[str, Row]] = {}
        self.gone: dict[str, dict[str, int]] = {}
        for part in parts:
            newest = self.rows.setdefault(part.table, {})
            for row in part.rows:
                if row[ID] not in newest or newest[row[ID]][VERSION] <= row[VERSION]:
                    newest[row[ID]] = row
            left = self.gone.setdefault(part.table, {})
            for id_, version in part.gone:
                left[id_] = max(version, left.get(id_, 0))

    def tables(self) -> Iterator[str]:
        """The tables that are touched."""
        return (t for t in RECORDS if self.rows.get(t) or self.gone.get(t))


class _Plan:
    """What a patch does to the cache: per table, id -> (row now shown, row to show)."""

    def __init__(self) -> None:
        self.shown: dict[str, dict[str, tuple[Row | None, Row | None]]] = {}
        self.touched: set[tuple[str, str]] = set()
        self.sums = Sums()

    def set(self, table: str, id_: str, now: Row | None, then: Row | None) -> None:
        same = now is then or (now is not None and then is not None and tuple(now) == tuple(then))
        if not same:
            self.shown.setdefault(table, {})[id_] = (now, then)

    def carry_out(self, connection: Connection) -> frozenset[str]:
        for table, changes in self.shown.items():
            rows.write(connection, table, [then for _, then in changes.values() if then is not None])
            rows.remove(connection, table, [id_ for id_, (_, then) in changes.items() if then is None])
        self.sums.save(connection)
        return frozenset(self.shown)


def apply(
    connection: Connection,
    pages: Sequence[wire.Pulled],
    footprints: Footprints,
    replay: Replay,
    replay_some: ReplaySome,
) -> frozenset[str]:
    """Apply a whole pull, whose last page is final; the names of the tables that changed.

    Predictions that the patch has nothing to do with stay as they are, the others are taken back and made again; all
    of them, where that cannot be known or is not much less. Raises `checksums.Mismatch`: the caller begins a rebuild.
    """
    final = pages[-1]
    patch = Patch(part for page in pages for part in page.tables)
    granted = frozenset(final.granted)
    before = local.granted_scopes(connection)
    told = {o.seq: o for page in pages for o in page.outcomes}
    known = local.outcomes_at(connection, told)
    news = [o for o in told.values() if known.get(o.seq) != o]
    settled = {o.seq for o in news if o.kind is not wire.OutcomeKind.PARKED}
    short = granted == before and not _unshown(connection, {o.seq for o in news} - settled)
    plan, crossed = _short_way(connection, patch, granted, settled, footprints) if short else (None, None)
    changed: frozenset[str] = frozenset()
    if plan is None or crossed is None:
        changed |= prediction.undo(connection)
        footprints.clear()
        plan = _plan(connection, patch, granted, set())
    changed |= plan.carry_out(connection)
    if before - granted:
        changed |= drop_unseen(connection, granted)
    local.set_granted(connection, granted)
    local.set_cursors(connection, final.cursors)
    local.store_outcomes(connection, news)
    checksums.verify(connection, final.checksums)
    if crossed is None:
        changed |= replay(connection, granted)
    elif settled or crossed:
        prediction.forget(connection, settled.union(crossed))
        footprints.drop(settled.union(crossed))
        again = replay_some(connection, crossed, granted) if crossed else frozenset()
        if again is None:
            changed |= prediction.undo(connection)
            footprints.clear()
            again = replay(connection, granted)
        changed |= again
    return changed | ({"queue"} if news else set())


def _unshown(connection: Connection, parked: set[int]) -> set[int]:
    """Those parked commands that were answered before they were shown: nobody else comes back to show them."""
    shown = connection.exec_driver_sql("SELECT seq FROM local_predicted") if parked else ()
    return parked.difference(row[0] for row in shown)


def _plan(connection: Connection, patch: Patch, granted: frozenset[str], undone: set[int]) -> _Plan:
    """How to go from what is shown to the patched state, with these predictions taken back. All others that stand must
    have nothing to do with the rows that are touched."""
    plan = _Plan()
    befores = prediction.befores(connection, undone) if undone else {}
    for table in {*befores, *patch.tables()}:
        new, gone, before = patch.rows.get(table, {}), patch.gone.get(table, {}), befores.get(table, {})
        ids = {**new, **gone, **before}
        plan.touched.update((table, id_) for id_ in ids)
        now = rows.read(connection, table, ids)
        _patch_table(plan, table, patch, now, {**now, **before}, granted)
        for id_, hub in before.items():
            if id_ not in new and id_ not in gone:
                plan.set(table, id_, now.get(id_), hub)
    return plan


def _short_way(
    connection: Connection, patch: Patch, granted: frozenset[str], settled: set[int], footprints: Footprints
) -> tuple[_Plan | None, list[int] | None]:
    """The plan that drops the predictions of `settled` commands and takes back those that it touches, and which these
    are; None for the long way."""
    plan = _plan(connection, patch, granted, settled)
    standing = [row[0] for row in connection.exec_driver_sql("SELECT seq FROM local_predicted")]
    waiting = [seq for seq in standing if seq not in settled]
    pairs = {table: changes.values() for table, changes in plan.shown.items()}
    crossed = footprints.crossed(waiting, plan.touched, pairs)
    if crossed is None or len(crossed) > MOST * len(waiting):
        return None, None
    return (_plan(connection, patch, granted, settled.union(crossed)) if crossed else plan), crossed


def _patch_table(
    plan: _Plan,
    table: str,
    patch: Patch,
    now: Mapping[str, Row],
    hubs: Mapping[str, Row | None],
    granted: frozenset[str],
) -> None:
    """Plan one table. `now` is what is shown, `hubs` what the hub had; they differ where something is predicted."""
    new, gone = patch.rows.get(table, {}), patch.gone.get(table, {})
    decode = RECORDS[table].decode
    came: list[Row] = []
    went: list[Row] = []
    for id_, row in new.items():
        old = hubs.get(id_)
        if gone.get(id_, 0) > row[VERSION] or granted.isdisjoint(scopes_of(decode(row))):
            then = None
        elif old is not None and old[VERSION] > row[VERSION]:
            then = old
        else:
            then = row
        if then is not old:
            came += [then] if then is not None else []
            went += [old] if old is not None else []
        plan.set(table, id_, now.get(id_), then)
    for id_, version in gone.items():
        old = hubs.get(id_)
        if id_ in new:
            continue
        stays = old is not None and old[VERSION] > version
        if old is not None and not stays:
            went.append(old)
        plan.set(table, id_, now.get(id_), old if stays else None)
    plan.sums.count(table, came)
    plan.sums.count(table, went, -1)


def drop_unseen(connection: Connection, granted: frozenset[str]) -> set[str]:
    """Remove the rows that no granted scope holds any more; there must be no predictions."""
    sums = Sums()
    changed: set[str] = set()
    for table, cls in RECORDS.items():
        unseen = [r for r in rows.read_all(connection, table) if granted.isdisjoint(scopes_of(cls.decode(r)))]
        if unseen:
            sums.count(table, unseen, -1)
            rows.remove(connection, table, [r[ID] for r in unseen])
            changed.add(table)
    sums.save(connection)
    return changed


def load(connection: Connection, parts: Iterable[wire.Rows], homes: set[tuple[str, ...]]) -> None:
    """Put some rows of a rebuild into a file that nobody reads yet; `homes` gathers where they belong."""
    sums = Sums()
    patch = Patch(parts)
    for table in patch.tables():
        new, gone = patch.rows.get(table, {}), patch.gone.get(table, {})
        if gone or not rows.beyond(connection, table, new):
            held = rows.read(connection, table, [*new, *(i for i in gone if i not in new)])
        else:
            held = {}  # chunks come in the order of their keys: most are new
        fresh = [
            r
            for id_, r in new.items()
            if gone.get(id_, 0) <= r[VERSION] and (id_ not in held or held[id_][VERSION] < r[VERSION])
        ]
        left = [i for i, version in gone.items() if i in held and held[i][VERSION] < version and i not in new]
        sums.count(table, fresh)
        sums.count(table, [held[i] for i in (*left, *(r[ID] for r in fresh)) if i in held], -1)
        rows.write(connection, table, fresh)
        rows.remove(connection, table, left)
    homes |= sums.homes
    sums.save(connection)


def finish(connection: Connection, final: wire.Pulled, homes: set[tuple[str, ...]]) -> None:
    """Complete a rebuild whose pages are all loaded; raises `checksums.Mismatch`."""
    granted = frozenset(final.granted)
    if any(granted.isdisjoint(home) for home in homes):
        drop_unseen(connection, granted)
    local.set_granted(connection, granted)
    local.set_cursors(connection, final.cursors)
    checksums.verify(connection, final.checksums)
