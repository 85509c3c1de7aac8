"""Goods as the platform reviews them: new products, and new content for products that are on sale."""

from enum import StrEnum

import msgspec
from sqlalchemy import Connection, func, select

from s2b_domain.records.catalog import STANDARD_LEVEL, Category, Content, Price, Product, Revision, Sku
from s2b_domain.records.party import Organisation
from s2b_domain.records.record import decode_all
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
    """What is submitted beside what is on sale now (None for a new product), with the SKUs and their prices."""

    row: ReviewRow
    before: Content | None
    after: Content
    skus: tuple[Sku, ...]
    prices: dict[str, Price]


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


def review_rows(connection: Connection) -> list[ReviewRow]:
    """Everything to decide, the longest waiting first."""
    names = {row[0]: row[1] for row in connection.execute(select(_organisation.c.id, _organisation.c.name))}
    products = decode_all(Product, connection.execute(select(_product).where(_product.c.state == _SUBMITTED)))
    revisions = decode_all(Revision, connection.execute(select(_revision).where(_revision.c.state == _SUBMITTED)))
    rows = [_row(p.id, ReviewKind.PRODUCT, p.row_version, p.content, names, p) for p in products]
    rows += [_row(r.id, ReviewKind.REVISION, r.row_version, r.content, names, r) for r in revisions]
    return sorted(rows, key=lambda r: (r.submitted_at, r.id))


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
    rows = review_rows(connection)
    return ReviewCounts(
        products=sum(r.kind is ReviewKind.PRODUCT for r in rows),
        revisions=sum(r.kind is ReviewKind.REVISION for r in rows),
        no_category=sum(not r.category_id for r in rows),
        oldest=min((r.submitted_at for r in rows), default=None),
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
    if row.kind is ReviewKind.REVISION:
        revision = store.get(Revision, row.id)
        if revision is None or revision.state is not ContentState.SUBMITTED:
            return None
        product, after = store.get(Product, revision.product_id), revision.content
        before = product.content if product else None
        product_id = revision.product_id
    else:
        product = store.get(Product, row.id)
        if product is None or product.state is not ContentState.SUBMITTED:
            return None
        after, product_id = product.content, product.id
    skus = store.find(Sku, product_id=product_id)
    prices = store.find_in(Price, "sku_id", [s.id for s in skus], level=STANDARD_LEVEL)
    return ReviewDetail(
        row=row, before=before, after=after, skus=tuple(skus), prices={price.sku_id: price for price in prices}
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


def category_names(connection: Connection) -> dict[str, tuple[str, str]]:
    """The path of every category in both languages: id -> ("食品饮料 > 水与饮料 > 饮用水", "Food ... > Water")."""
    found = {c.id: c for c in RecordStore(connection).find(Category)}
    paths: dict[str, tuple[str, str]] = {}
    for category in found.values():
        path, above, depth = [category], category.parent_id, 0
        while above in found and depth < 64:
            path.insert(0, found[above])
            above, depth = found[above].parent_id, depth + 1
        paths[category.id] = (" > ".join(c.name_zh for c in path), " > ".join(c.name_en for c in path))
    return paths
