"""What a supplier asks of merchants who buy for own stock: price levels, minimums over mixed goods, a least amount."""

from s2b_domain.records.record import Record, record


@record("price_level", ("supplier_id",))
class PriceLevel(Record, frozen=True, kw_only=True):
    """A level of a supplier's merchants. Prices and trade terms name it by `id`; the standard level has no row."""

    supplier_id: str
    name: str
    position: int = 0


@record("purchase_terms")
class PurchaseTerms(Record, frozen=True, kw_only=True):
    """起送金额 (分) of a supplier, whose id it has: what the goods of a purchase come to at least."""

    minimum_amount: int = 0


@record("mix_group", ("supplier_id",))
class MixGroup(Record, frozen=True, kw_only=True):
    """混批: goods that reach their minimum together. `minimum` in units; without products it is all."""

    supplier_id: str
    name: str
    minimum: int
    product_ids: tuple[str, ...] = ()
