"""Taobao assistant and Lilishop: variants packed into a cell, or into rows without a name."""

import re
from collections.abc import Iterable, Iterator, Sequence

from s2b_domain.intake.combine import Aside, Cells, Numbered, with_code
from s2b_domain.intake.goods import Issue
from s2b_domain.intake.reader import Row

_TAOBAO_SKU = re.compile(r"([^:;]*):([^:;]*):([^:;]*):((?:-?\d+:-?\d+;)+)")
_TAOBAO_ALIAS = re.compile(r"(-?\d+:-?\d+):([^;]+)")
_TAOBAO_NAMES = {"1627207": "颜色分类", "20509": "尺码", "20549": "鞋码", "5919063": "套餐"}
_ADDRESS = re.compile(r"https?://[^;|\s]+")


def taobao(
    rows: Iterable[Numbered], labels: Sequence[str], issues: list[Issue], aside: list[Aside]
) -> Iterator[Numbered]:
    """skuProps packs the variants of a row as price:stock:code:property:value; ... What is packed otherwise is said."""
    cells = Cells(labels)
    for number, raw in rows:
        row = cells.padded(raw)
        aliases = dict(_TAOBAO_ALIAS.findall(cells.text(row, "propAlias")))
        cells.put(row, "\n".join(_ADDRESS.findall(cells.text(row, "picture"))), "picture")
        key = cells.text(row, "outer_id") or cells.text(row, "num_id")
        cells.put(row, key, "num_id")
        packed = cells.text(row, "skuProps")
        variants = _TAOBAO_SKU.findall(packed)
        if unread := _TAOBAO_SKU.sub("", packed).strip(" ;"):
            issues.append(Issue(number, "skuProps", "specs", "variants_unread", unread[:200]))
        if not variants:
            yield number, [*row, ""]
        for price, stock, code, properties in variants:
            copy = list(row)
            pairs = [p for p in properties.split(";") if p]
            specs = tuple((_TAOBAO_NAMES.get(p.split(":")[0], p.split(":")[0]), aliases.get(p, p)) for p in pairs)
            for value, label in ((price, "price"), (stock, "num"), (code, "outer_id")):
                cells.put(copy, value, label)
            with_code(cells, number, copy, key, specs, ("outer_id",), issues)
            yield number, [*copy, specs]


_ID_NAME = re.compile(r"^\d+\s*-\s*")


def lilishop(
    rows: Iterable[Numbered], labels: Sequence[str], issues: list[Issue], aside: list[Aside]
) -> Iterator[Numbered]:
    """Variants follow their product with a blank name; 规格项 and 规格值 name the options."""
    cells = Cells(labels)
    first: Row = []
    for number, raw in rows:
        row = cells.padded(raw)
        if cells.text(row, "商品名称"):
            first = row
        elif first:
            for label in ("商品名称", "商品分类", "计量单位", "发布状态", "商品图片", "详情"):
                if not cells.text(row, label):
                    cells.put(row, cells.text(first, label), label)
        for label in ("商品分类", "计量单位"):
            cells.put(row, _ID_NAME.sub("", cells.text(row, label)), label)
        names, values = (re.split(r"[,，;；|]", cells.text(row, label)) for label in ("规格项", "规格值"))
        specs = tuple((n.strip(), v.strip()) for n, v in zip(names, values, strict=False) if n.strip() and v.strip())
        yield number, [*row, specs or ""]
