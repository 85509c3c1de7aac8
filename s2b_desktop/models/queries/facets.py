"""What a merchant can narrow the goods of a category by: brands, and the attributes that the category offers for it."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal_column, or_, select

from s2b_desktop.models.categories import category_detail
from s2b_domain.records.catalog import Attribute, Product, Sku
from s2b_domain.rules.attributes import Filter

BRAND = ""
"""The key of brands among those of attributes."""
MOST_VALUES = 60
_FEW = 8
"""Numbers that are told one by one; more of them become ranges."""
_RANGES = 5
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_product, _sku = Product.table, Sku.table


class Choice(msgspec.Struct, frozen=True):
    """Wanted values of an attribute: `names` are what goods may call it, none for the brand."""

    names: tuple[str, ...]
    values: tuple[str, ...]


class Value(msgspec.Struct, frozen=True):
    """One thing to choose: the `texts` it stands for, and how many products have one of them."""

    label: str
    texts: tuple[str, ...]
    count: int


class Facet(msgspec.Struct, frozen=True):
    """An attribute with its values; `key` is its id, or `BRAND`."""

    key: str
    name_zh: str
    name_en: str
    names: tuple[str, ...]
    values: tuple[Value, ...]


def chosen(choice: Choice) -> ColumnElement[bool]:
    """What a product must fulfil: by itself, or by a SKU of it that is on sale."""
    if not choice.names:
        return _product.c.brand.in_(choice.values)
    own = func.json_each(_product.c.parameters).table_valued("key", "value", name="own")
    spec = func.json_each(_sku.c.specs).table_valued("key", "value", name="spec")
    sold = and_(_sku.c.product_id == _product.c.id, _sku.c.live, _sku.c.on_sale)
    return or_(
        select(own.c.key)
        .select_from(own)
        .where(own.c.key.in_(choice.names), own.c.value.in_(choice.values))
        .correlate(_product)
        .exists(),
        select(_sku.c.id)
        .select_from(_sku.join(spec, literal_column("1")))
        .where(sold, spec.c.key.in_(choice.names), spec.c.value.in_(choice.values))
        .correlate(_product)
        .exists(),
    )


def facets(
    connection: Connection, category_id: str, conditions: Sequence[ColumnElement[bool]], choices: dict[str, Choice]
) -> tuple[Facet, ...]:
    """What can be narrowed in a category among the products that fulfil `conditions` and all other `choices`; what has
    one value only is left out, unless it is chosen."""
    detail = category_detail(connection, category_id)
    asked = detail.asked if detail is not None else ()
    found = [Facet(BRAND, "品牌", "Brand", (), _brands(connection, [*conditions, *_others(choices, BRAND)]))]
    for each in asked:
        if each.without or each.effective.use.filterable is Filter.NONE:
            continue
        attribute, use = each.attribute, each.effective.use
        names = tuple(dict.fromkeys(n for n in (attribute.name_zh, attribute.name_en) if n))
        among = [*conditions, *_others(choices, attribute.id)]
        counted = _counted(connection, _specs(names, among) if use.spec else _parameters(names, among))
        values = _ranges(counted, attribute) if use.filterable is Filter.RANGE else _plain(counted)
        found.append(Facet(attribute.id, attribute.name_zh, attribute.name_en, names, values))
    return tuple(f for f in found if len(f.values) > 1 or f.key in choices)


def _others(choices: dict[str, Choice], key: str) -> list[ColumnElement[bool]]:
    return [chosen(choice) for other, choice in choices.items() if other != key]


def _brands(connection: Connection, conditions: Iterable[ColumnElement[bool]]) -> tuple[Value, ...]:
    statement = (
        select(_product.c.brand, func.count())
        .where(_product.c.brand != "", *conditions)
        .group_by(_product.c.brand)
        .order_by(func.count().desc(), _product.c.brand)
        .limit(MOST_VALUES)
    )
    return tuple(Value(brand, (brand,), n) for brand, n in connection.execute(statement))


def _parameters(names: Sequence[str], conditions: Iterable[ColumnElement[bool]]) -> Select[Any]:
    own = func.json_each(_product.c.parameters).table_valued("key", "value", name="own")
    return (
        select(own.c.value, func.count(func.distinct(_product.c.id)))
        .select_from(_product.join(own, literal_column("1")))
        .where(own.c.key.in_(names), *conditions)
        .group_by(own.c.value)
    )


def _specs(names: Sequence[str], conditions: Iterable[ColumnElement[bool]]) -> Select[Any]:
    spec = func.json_each(_sku.c.specs).table_valued("key", "value", name="spec")
    sold = and_(_sku.c.product_id == _product.c.id, _sku.c.live, _sku.c.on_sale)
    return (
        select(spec.c.value, func.count(func.distinct(_product.c.id)))
        .select_from(_product.join(_sku, sold).join(spec, literal_column("1")))
        .where(spec.c.key.in_(names), *conditions)
        .group_by(spec.c.value)
    )


def _counted(connection: Connection, statement: Select[Any]) -> dict[str, int]:
    return {str(value): n for value, n in connection.execute(statement) if value not in (None, "")}


def _plain(counted: dict[str, int]) -> tuple[Value, ...]:
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Value(value, (value,), n) for value, n in ranked[:MOST_VALUES])


def _ranges(counted: dict[str, int], attribute: Attribute) -> tuple[Value, ...]:
    """Numbers in their order, one by one if they are few, else in ranges of about as many products each."""
    read = [(float(found.group()), text) for text in counted if (found := _NUMBER.search(text))]
    by_number: dict[float, list[str]] = {}
    for number, text in sorted(read):
        by_number.setdefault(number, []).append(text)
    numbers = list(by_number)
    if len(numbers) <= _FEW:
        parts = [(number, number) for number in numbers]
    else:
        cuts = [len(numbers) * at // _RANGES for at in range(_RANGES + 1)]
        parts = [(numbers[first], numbers[end - 1]) for first, end in pairwise(cuts)]
    made = []
    for least, most in parts:
        texts = tuple(t for n in numbers if least <= n <= most for t in by_number[n])
        label = f"{least:g}" if least == most else f"{least:g}–{most:g}"
        label = f"{label} {attribute.unit}".strip()
        made.append(Value(label, texts, sum(counted[t] for t in texts)))
    return tuple(made)
