"""How suppliers keep their word, from the platform's own records."""

from s2b_domain.records.record import Record, record


@record("supplier_rating")
class SupplierRating(Record, frozen=True, kw_only=True):
    """Counts of a supplier's parts of orders placed in `since`..`until` (ms); `id` is the supplier's.

    Of `asked` parts `accepted` were taken on; of `due` (to be shipped by now) `on_time` left in time; of `shipped`
    `claimed` led to a claim that the supplier gave something for. `ship_ms` is from the order to the first parcel, on
    average. All are 0 where there are too few, or of too few shops, to be told.
    """

    since: int
    until: int
    asked: int = 0
    accepted: int = 0
    due: int = 0
    on_time: int = 0
    shipped: int = 0
    claimed: int = 0
    ship_ms: int = 0
