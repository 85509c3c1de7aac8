"""Goods as the platform reviews them: new products, and new content for products that are on sale."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, case, func, or_, select

from s2b_desktop.models.specs import specs_text
from s2b_domain.records.catalog import STANDARD_LEVEL, Content, Price, Product, Revision, Sku
from s2b_domain.records.party import Organisation
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.onboarding import ContentState


class ReviewKind(StrEnum):
    """A product that was never approved, or a change of one that was."""

    PRODUCT = "product"
    REVISION = "revision"


class ReviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to decide; `id` is the product's or the revision's, `version` its row_version as read."""

    id: str
    kind: ReviewKind
    version: int
    title: str
    brand: str
    supplier: str
    category_text: str
    category_id: str
    submitted_at: int


class ReviewDetail(msgspec.Struct, frozen=True, kw_only=True):
    """What is submitted beside what is on sale now (None for a new product), with the SKUs and their prices.

    `specs` are new options of SKUs that are on sale, by SKU id.
    """

    row: ReviewRow
    before: Content | None
    after: Content
    skus: tuple[Sku, ...]
    prices: dict[str, Price]
    specs: dict[str, dict[str, str]] = {}

    @property
    def added(self) -> tuple[Sku, ...]:
        """The SKUs that a product on sale has in addition."""
        return tuple(s for s in self.skus if not s.live) if self.row.kind is ReviewKind.REVISION else ()


class Difference(msgspec.Struct, frozen=True):
    """A field whose content differs: its name (or a parameter's), the old words and the new ones."""

    field: str
    before: str
    after: str
    parameter: bool = False


class ReviewCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How much there is to decide; `no_category` of both kinds."""

    products: int
    revisions: int
    no_category: int
    oldest: int | None


_product, _revision, _organisation = Product.table, Revision.table, Organisation.table
_SUBMITTED = ContentState.SUBMITTED.value


def _of_content(name: str) -> ColumnElement[str]:
    """A field of a revision's content, which is kept as JSON."""
    return func.coalesce(func.json_extract(_revision.c.content, f"$.{name}"), "")


def review_ids(connection: Connection, shown: str = "", text: str = "") -> list[str]:
    """Ids of products and revisions to decide, the longest waiting first.

    `shown` is "product", "revision", "no_category" or empty for all; `text` is in title, brand or supplier.
    """
    found: list[tuple[int, str]] = []
    kinds: tuple[tuple[str, Table, ColumnElement[str], ColumnElement[str], ColumnElement[str]], ...] = (
        ("product", _product, _product.c.category_id, _product.c.title, _product.c.brand),
        ("revision", _revision, _of_content("category_id"), _of_content("title"), _of_content("brand")),
    )
    for kind, table, category, title, brand in kinds:
        if shown in ("product", "revision") and shown != kind:
            continue
        statement = select(table.c.submitted_at, table.c.id).where(table.c.state == _SUBMITTED)
        if shown == "no_category":
            statement = statement.where(category == "")
        if text:
            named = select(_organisation.c.id).where(_organisation.c.name.contains(text, autoescape=True))
            statement = statement.where(
                or_(
                    title.contains(text, autoescape=True),
                    brand.contains(text, autoescape=True),
                    table.c.supplier_id.in_(named),
                )
            )
        found += [(at, id_) for at, id_ in connection.execute(statement)]
    return [id_ for _at, id_ in sorted(found)]


def review_rows(connection: Connection, ids: Sequence[str]) -> list[ReviewRow]:
    """The rows of these ids, in this order; what has been decided meanwhile is left out."""
    store = RecordStore(connection)
    products, revisions = store.find_in(Product, "id", ids), store.find_in(Revision, "id", ids)
    suppliers = {p.supplier_id for p in products} | {r.supplier_id for r in revisions}
    names = {o.id: o.name for o in store.find_in(Organisation, "id", sorted(suppliers))}
    found = {p.id: _row(p.id, ReviewKind.PRODUCT, p.row_version, p.content, names, p) for p in products if _open(p)}
    found |= {r.id: _row(r.id, ReviewKind.REVISION, r.row_version, r.content, names, r) for r in revisions if _open(r)}
    return [found[id_] for id_ in ids if id_ in found]


def _open(source: Product | Revision) -> bool:
    return source.state is ContentState.SUBMITTED


def _row(
    id_: str, kind: ReviewKind, version: int, content: Content, names: dict[str, str], source: Product | Revision
) -> ReviewRow:
    return ReviewRow(
        id=id_,
        kind=kind,
        version=version,
        title=content.title,
        brand=content.brand,
        supplier=names.get(source.supplier_id, ""),
        category_text=content.category_text,
        category_id=content.category_id,
        submitted_at=source.submitted_at,
    )


def review_counts(connection: Connection) -> ReviewCounts:
    """The figures above the list."""

    def counted(table: Table, category: ColumnElement[str]) -> tuple[int, int, int | None]:
        lost = func.coalesce(func.sum(case((category == "", 1), else_=0)), 0)
        statement = select(func.count(), lost, func.min(table.c.submitted_at))
        n, without, oldest = connection.execute(statement.where(table.c.state == _SUBMITTED)).one()
        return n, without, oldest

    products = counted(_product, _product.c.category_id)
    revisions = counted(_revision, _of_content("category_id"))
    return ReviewCounts(
        products=products[0],
        revisions=revisions[0],
        no_category=products[1] + revisions[1],
        oldest=min((at for at in (products[2], revisions[2]) if at is not None), default=None),
    )


def review_badge(connection: Connection) -> int:
    """How many things there are to decide; one count per table."""
    counted = 0
    for table in (_product, _revision):
        counted += connection.scalar(select(func.count()).select_from(table).where(table.c.state == _SUBMITTED)) or 0
    return counted


def review_detail(connection: Connection, row: ReviewRow) -> ReviewDetail | None:
    """One thing to decide in full; None when it is gone or has been decided."""
    store = RecordStore(connection)
    before: Content | None = None
    specs: dict[str, dict[str, str]] = {}
    if row.kind is ReviewKind.REVISION:
        revision = store.get(Revision, row.id)
        if revision is None or revision.state is not ContentState.SUBMITTED:
            return None
        product, after, specs = store.get(Product, revision.product_id), revision.content, revision.specs
        before = product.content if product else None
        product_id = revision.product_id
    else:
        product = store.get(Product, row.id)
        if product is None or product.state is not ContentState.SUBMITTED:
            return None
        after, product_id = product.content, product.id
    skus = sorted(store.find(Sku, product_id=product_id), key=lambda s: s.code)
    prices = store.find_in(Price, "sku_id", [s.id for s in skus], level=STANDARD_LEVEL)
    return ReviewDetail(
        row=row,
        before=before,
        after=after,
        skus=tuple(skus),
        prices={price.sku_id: price for price in prices},
        specs=specs,
    )


def differences(before: Content, after: Content) -> list[Difference]:
    """What a reviewer has to look at, in the order of the form; images are told by their number."""
    found = [
        Difference(field, old, new)
        for field in ("title", "brand", "category_text", "description")
        if (old := str(getattr(before, field))) != (new := str(getattr(after, field)))
    ]
    for name in dict.fromkeys((*before.parameters, *after.parameters)):
        old, new = before.parameters.get(name, ""), after.parameters.get(name, "")
        if old != new:
            found.append(Difference(name, old, new, parameter=True))
    if before.images != after.images:
        found.append(Difference("images", str(len(before.images)), str(len(after.images))))
    return found


def sku_differences(detail: ReviewDetail) -> list[Difference]:
    """The SKUs that a change adds, and those whose options it changes, by their codes."""
    found = [Difference(sku.code, "", specs_text(sku.specs) or sku.unit, parameter=True) for sku in detail.added]
    for sku in detail.skus:
        after = detail.specs.get(sku.id, sku.specs)
        if after != sku.specs:
            found.append(Difference(sku.code, specs_text(sku.specs), specs_text(after), parameter=True))
    return found
