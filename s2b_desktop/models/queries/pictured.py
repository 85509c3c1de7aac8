"""The pictures that a supplier's goods have, and the lines that give them more."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, func, or_, select

from s2b_desktop.models.pictures import SUFFIXES
from s2b_domain.commands.goods_lines import GoodsLine
from s2b_domain.records.catalog import Content, Product, Revision, Sku
from s2b_domain.rules.blobs import file_in, is_address
from s2b_domain.rules.onboarding import ContentState

MOST = 100
"""Pictures of one product."""
_CHUNK = 500
_sku, _product, _revision = Sku.table, Product.table, Revision.table
_list = msgspec.json.Decoder(tuple[str, ...]).decode
_content = msgspec.json.Decoder(Content).decode


class Pictured(msgspec.Struct, frozen=True, kw_only=True):
    """A SKU with the pictures of its product: those that wait for review, where some do."""

    code: str
    title: str
    product_id: str
    images: tuple[str, ...]


def codes(connection: Connection, supplier_id: str) -> list[str]:
    """The codes of all SKUs."""
    return [row[0] for row in connection.execute(select(_sku.c.code).where(_sku.c.supplier_id == supplier_id))]


def pictured(connection: Connection, supplier_id: str, wanted: Sequence[str]) -> list[Pictured]:
    """The goods of these codes; codes that nothing has are left out."""
    found: list[Pictured] = []
    for start in range(0, len(wanted), _CHUNK):
        statement = (
            select(_sku.c.code, _product.c.title, _product.c.id, _product.c.images, _revision.c.content)
            .join(_product, _product.c.id == _sku.c.product_id)
            .outerjoin(
                _revision,
                (_revision.c.product_id == _product.c.id) & (_revision.c.state == ContentState.SUBMITTED.value),
            )
            .where(_sku.c.supplier_id == supplier_id, _sku.c.code.in_(list(wanted[start : start + _CHUNK])))
        )
        for code, title, product_id, images, waiting in connection.execute(statement):
            shown = _content(waiting).images if waiting else _list(images)
            found.append(Pictured(code=code, title=title, product_id=product_id, images=shown))
    return found


def addressed(connection: Connection, supplier_id: str) -> list[Pictured]:
    """One SKU of every product that names pictures by web addresses."""
    goods = _holding(connection, supplier_id, '"http')
    return [each for each in goods if any(map(is_address, each.images))]


def awaited(connection: Connection, supplier_id: str) -> dict[str, list[str]]:
    """The codes, one a product, of goods whose sheet named a picture by a file, by `file_in`."""
    found: dict[str, list[str]] = {}
    for each in _holding(connection, supplier_id, *(f'{suffix}"' for suffix in sorted(SUFFIXES))):
        for file in filter(None, map(file_in, each.images)):
            found.setdefault(file, []).append(each.code)
    return found


def _holding(connection: Connection, supplier_id: str, *texts: str) -> list[Pictured]:
    """One SKU of every product whose content, live or waiting, holds one of these texts."""
    held = [column.contains(text) for column in (_product.c.images, _revision.c.content) for text in texts]
    statement = (
        select(func.min(_sku.c.code))
        .join(_product, _product.c.id == _sku.c.product_id)
        .outerjoin(
            _revision,
            (_revision.c.product_id == _product.c.id) & (_revision.c.state == ContentState.SUBMITTED.value),
        )
        .where(_sku.c.supplier_id == supplier_id, or_(*held))
        .group_by(_product.c.id)
        .order_by(func.min(_sku.c.code))
    )
    return pictured(connection, supplier_id, list(connection.execute(statement).scalars()))


def fetched_lines(goods: Iterable[Pictured], kept: Mapping[str, str]) -> list[GoodsLine]:
    """One line for each product some of whose addresses were brought: these are named by their content now."""
    lines: list[GoodsLine] = []
    for each in goods:
        images = tuple(dict.fromkeys(kept.get(name, name) for name in each.images))
        if images != each.images:
            lines.append(GoodsLine(row=len(lines) + 1, code=each.code, images=images))
    return lines


def picture_lines(
    goods: Iterable[Pictured], added: Mapping[str, Sequence[str]], files: Mapping[str, str] = {}
) -> list[GoodsLine]:
    """One line for each product that gets pictures, by the code of its first SKU here: what it has, then what is
    added to any of its SKUs, each once. What it names by one of these `files` stands where the sheet put it."""
    product: dict[str, tuple[str, list[str], tuple[str, ...]]] = {}
    for each in sorted(goods, key=lambda g: g.code):
        _, more, _ = product.setdefault(each.product_id, (each.code, [], each.images))
        more += added.get(each.code, ())
    lines: list[GoodsLine] = []
    for code, more, before in product.values():
        there = (files.get(file_in(name), name) for name in before)
        images = tuple(dict.fromkeys((*there, *more)))[:MOST]
        if images != before:
            lines.append(GoodsLine(row=len(lines) + 1, code=code, images=images))
    return lines


def lines_back(goods: Iterable[Pictured], lines: Iterable[GoodsLine]) -> list[GoodsLine]:
    """The lines that take the pictures away again."""
    before = {each.code: each.images for each in goods}
    return [msgspec.structs.replace(line, images=before[line.code]) for line in lines]
