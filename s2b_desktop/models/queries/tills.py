"""The tills of a shop with what they came to."""

import msgspec
from sqlalchemy import Connection, select

from s2b_domain.commands.tills import cash_expected, figures_of
from s2b_domain.records.order import PaymentMethod
from s2b_domain.records.store import RecordStore
from s2b_domain.records.till import MethodSum, Till, TillFigures

SHOWN = 400
_till = Till.table


class TillReport(msgspec.Struct, frozen=True, kw_only=True):
    """A till with its figures: frozen once it is closed, else of this moment. `cash` is what should be there (分)."""

    till: Till
    figures: TillFigures
    cash: int

    def expected(self, method: MethodSum) -> int:
        """What should be there of a kind of money (分): of cash with the float."""
        return self.cash if method.method == PaymentMethod.CASH else method.net

    def difference(self, method: MethodSum) -> int | None:
        """What was counted beyond that (分); None where nobody counted."""
        return None if method.counted is None else method.counted - self.expected(method)


def till_reports(connection: Connection, merchant_id: str) -> list[TillReport]:
    """The latest tills, newest first."""
    statement = select(_till.c.id).where(_till.c.merchant_id == merchant_id).order_by(_till.c.opened_at.desc())
    ids = connection.execute(statement.limit(SHOWN)).scalars().all()
    store = RecordStore(connection)
    found = {t.id: t for t in store.find_in(Till, "id", ids)}
    return [_report(store, found[id_]) for id_ in ids]


def _report(store: RecordStore, till: Till) -> TillReport:
    figures = figures_of(store, till) if till.open else till.figures
    return TillReport(till=till, figures=figures, cash=cash_expected(till, figures))
