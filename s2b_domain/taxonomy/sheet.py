"""A taxonomy as a plain sheet (csv, xlsx ...): a row per category, and one per attribute that it asks for.

The columns are described in `docs/taxonomy.md`.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from s2b_domain.commands.categories import MAX_DEPTH, AttributeEntry, CategoryEntry
from s2b_domain.ids import is_id
from s2b_domain.intake.limits import MIB, Limits
from s2b_domain.intake.sandbox import SandboxedBook
from s2b_domain.records.catalog import Attribute, Category
from s2b_domain.rules.attributes import AttributeType, Filter, Option, Use, folded
from s2b_domain.rules.stock import Tracking
from s2b_domain.taxonomy import paths
from s2b_domain.taxonomy.draft import MOST_CATEGORIES, Draft, TaxonomyError, source_id

SOURCE = "sheet"
LEVEL = " > "
COLUMNS: Mapping[str, tuple[str, str]] = {
    "path_zh": ("分类路径", "Path (Chinese)"),
    "path_en": ("英文路径", "Path (English)"),
    "id": ("分类ID", "Category id"),
    "tracking": ("批次管理", "Tracking"),
    "papers": ("资质文件", "Papers"),
    "attribute_zh": ("属性", "Attribute"),
    "attribute_en": ("属性英文名", "Attribute (English)"),
    "attribute_id": ("属性ID", "Attribute id"),
    "type": ("类型", "Type"),
    "unit": ("单位", "Unit"),
    "required": ("必填", "Required"),
    "spec": ("规格", "Spec"),
    "filter": ("筛选", "Filter"),
    "values": ("可选值", "Values"),
    "strict": ("仅限可选值", "Only these values"),
    "without": ("不适用", "Does not apply"),
}
_NAMED = {folded(name): key for key, names in COLUMNS.items() for name in (*names, key)}
_NAMED |= dict.fromkeys(("分类", "类目", "类目路径", "品类", "category", "category path", "path"), "path_zh")
_TRUTH = dict.fromkeys(("yes", "y", "true", "1", "是", "必填", "✓"), True)
_TRUTH |= dict.fromkeys(("", "no", "n", "false", "0", "否"), False)
_TRACKING = {"": Tracking.NONE, "none": Tracking.NONE, "无": Tracking.NONE, "lot": Tracking.LOT, "批次": Tracking.LOT}
_TRACKING |= {"expiry": Tracking.EXPIRY, "有效期": Tracking.EXPIRY, "批次和有效期": Tracking.EXPIRY}
_TYPES = {t.value.casefold(): t for t in AttributeType} | {
    "文本": AttributeType.TEXT,
    "数字": AttributeType.NUMBER,
    "数值": AttributeType.NUMBER,
    "单选": AttributeType.ENUM,
    "下拉": AttributeType.ENUM,
    "多选": AttributeType.MULTI_ENUM,
    "是否": AttributeType.BOOLEAN,
    "日期": AttributeType.DATE,
    "文件": AttributeType.FILE,
}
_FILTERS = {f.value: f for f in Filter} | {
    "": Filter.NONE,
    "无": Filter.NONE,
    "关键字": Filter.KEYWORD,
    "区间": Filter.RANGE,
}
_LIMITS = Limits(file_bytes=64 * MIB, cells=4_000_000, columns=100, sheets=5)

_LEVELS = "level "

Row = dict[str, str]


def read(path: Path, categories: Sequence[Category], attributes: Sequence[Attribute]) -> Draft:
    """The taxonomy in a sheet, matched with the tree as it is by id or by path; `TaxonomyError`, `Refused`."""
    with SandboxedBook(path, _LIMITS) as book:
        rows = [row for _, columns in book.columns(0) for row in zip(*columns, strict=True)]
    return from_rows(rows, categories, attributes)


def from_rows(rows: Iterable[Sequence[Any]], categories: Sequence[Category], attributes: Sequence[Attribute]) -> Draft:
    """The same from cells; the first row that names a path is the header."""
    numbered = enumerate(rows, 1)
    labels: dict[str, str] = {}
    header: list[str] = []
    for _, cells in numbered:
        header = [_column_of(str(cell)) for cell in cells]
        labels = {key: str(cell).strip() for key, cell in zip(header, cells, strict=True) if key}
        levels = sorted(key for key in labels if key.startswith(_LEVELS))
        if "path_zh" in labels or "path_en" in labels or len(levels) > 1:
            break
    else:
        raise TaxonomyError("taxonomy_unknown", row=0)
    taken = [
        (number, row)
        for number, cells in numbered
        if any((row := {key: str(c).strip() for key, c in zip(header, cells, strict=False) if key}).values())
    ]
    if "path_zh" not in labels and "path_en" not in labels:
        labels["path_zh"] = LEVEL.join(labels[key] for key in levels)
        above: list[str] = []
        for _, row in taken:
            above = paths.levels_filled([row[key] for key in levels], above)
            row["path_zh"] = LEVEL.join(above)
    reading = _Reading(categories, attributes, labels, [row for _, row in taken])
    for number, row in taken:
        reading.take(number, row)
    return reading.draft()


def _column_of(label: str) -> str:
    level = paths.level_of(label)
    return f"{_LEVELS}{level}" if level else _NAMED.get(folded(label), "")


class _Reading:
    def __init__(
        self,
        categories: Sequence[Category],
        attributes: Sequence[Attribute],
        labels: Mapping[str, str],
        rows: Sequence[Row],
    ) -> None:
        self.header = frozenset(labels)
        self._labels = labels
        told = () if "id" in labels else rows  # our own sheet, whose names may hold anything but arrows
        self._between = {key: paths.between([row.get(key, "") for row in told]) for key in ("path_zh", "path_en")}
        self._old = {c.id: c for c in categories}
        self._children = {(c.parent_id, _key(c.name_zh, c.name_en)): c.id for c in categories if not c.retired}
        self._by_zh = {(c.parent_id, folded(c.name_zh)): c.id for c in categories if not c.retired}
        self._by_en = {(c.parent_id, folded(c.name_en)): c.id for c in categories if not c.retired}
        self._known = {a.id: a for a in attributes}
        self._attribute = {_key(a.name_zh, a.name_en): a.id for a in reversed(attributes)}
        self._paths: dict[tuple[str, ...], str] = {}
        self.entries: dict[str, CategoryEntry] = {}
        self.attributes: dict[str, AttributeEntry] = {}
        self._width: dict[str, int] = {}

    def take(self, number: int, row: Row) -> None:
        """One row: a category, and perhaps an attribute of it."""
        zh, en = (paths.split(row.get(key, ""), self._between[key]) for key in ("path_zh", "path_en"))
        if not zh and not en:
            raise TaxonomyError("taxonomy_no_path", row=number)
        if (zh and en and len(zh) != len(en)) or len(zh or en) > MAX_DEPTH:
            raise TaxonomyError("taxonomy_levels", row=number)
        id_ = self._place(number, zh or en, en or zh, row.get("id", ""))
        entry = self.entries[id_]
        changes: dict[str, Any] = {}
        if row.get("tracking"):
            changes["tracking"] = self._one_of(number, "tracking", row, _TRACKING)
        if row.get("papers"):
            changes["papers"] = tuple(_parts(row["papers"]))[:50]
        if row.get("attribute_zh") or row.get("attribute_en"):
            use = Use(
                self._attribute_of(number, row),
                self._one_of(number, "required", row, _TRUTH),
                self._one_of(number, "spec", row, _TRUTH),
                self._one_of(number, "filter", row, _FILTERS),
            )
            if self._one_of(number, "without", row, _TRUTH):
                changes["without"] = (*entry.without, use.attribute_id)
            elif use.attribute_id not in [u.attribute_id for u in entry.attributes]:
                changes["attributes"] = (*entry.attributes, use)
        if changes:
            self.entries[id_] = msgspec.structs.replace(entry, **changes)

    def draft(self) -> Draft:
        """What was read; parents stand before their children, as paths do."""
        says = {"papers", "tracking"} & self.header
        if {"required", "spec", "filter"} <= self.header:
            says.add("uses")
        says |= {"type", "unit", "strict"} & self.header
        return Draft(tuple(self.entries.values()), tuple(self.attributes.values()), frozenset(says))

    def _place(self, number: int, zh: list[str], en: list[str], given: str) -> str:
        parent = ""
        for depth, (name_zh, name_en) in enumerate(zip(zh, en, strict=True), 1):
            path = (parent, name_zh, name_en)
            last = depth == len(zh)
            id_ = self._paths.get(path, "")
            if not id_:
                id_ = given if last and given else self._found(parent, name_zh, name_en, zh is en)
                if not is_id(id_) or (last and given and id_ in self.entries):
                    raise self._no_id(number, "id", id_)
                if id_ not in self.entries:
                    self._add(number, id_, parent, name_zh, name_en)
                self._paths[path] = id_
            parent = id_
        return parent

    def _found(self, parent: str, zh: str, en: str, one_language: bool) -> str:
        found = self._children.get((parent, _key(zh, en)), "")
        if not found and (one_language or "path_zh" not in self.header or "path_en" not in self.header):
            found = self._by_zh.get((parent, folded(zh)), "") or self._by_en.get((parent, folded(en)), "")
        return found or source_id(SOURCE, "category", f"{parent}\x1f{folded(zh)}\x1f{folded(en)}")

    def _add(self, number: int, id_: str, parent: str, zh: str, en: str) -> None:
        if len(self.entries) >= MOST_CATEGORIES:
            raise TaxonomyError("taxonomy_too_large", row=number)
        old = self._old.get(id_)
        if old is not None and "path_en" not in self.header:
            en = old.name_en
        if old is not None and "path_zh" not in self.header:
            zh = old.name_zh
        position = self._width.get(parent, 0)
        self._width[parent] = position + 1
        keeps = old is not None and old.parent_id == parent
        self.entries[id_] = CategoryEntry(
            id=id_,
            parent_id=parent,
            name_zh=zh[:200],
            name_en=en[:200],
            position=old.position if old is not None and keeps else position,
            attributes=() if old is None or self._says_attributes else old.attributes,
            without=() if old is None or self._says_attributes else old.without,
        )

    @property
    def _says_attributes(self) -> bool:
        return bool({"attribute_zh", "attribute_en"} & self.header)

    def _attribute_of(self, number: int, row: Row) -> str:
        zh, en = row.get("attribute_zh", ""), row.get("attribute_en", "")
        key = _key(zh or en, en or zh)
        id_ = (
            row.get("attribute_id", "") or self._attribute.get(key) or source_id(SOURCE, "attribute", "\x1f".join(key))
        )
        if not is_id(id_):
            raise self._no_id(number, "attribute_id", id_)
        self._attribute[key] = id_
        options = tuple(_option(part) for part in _parts(row.get("values", "")))[:1000]
        known = self.attributes.get(id_)
        if known is not None:
            if options and not known.options:
                self.attributes[id_] = msgspec.structs.replace(known, options=options)
            return id_
        type_ = AttributeType.ENUM if options else AttributeType.TEXT
        if row.get("type"):
            type_ = self._one_of(number, "type", row, _TYPES)
        old = self._known.get(id_)
        self.attributes[id_] = AttributeEntry(
            id=id_,
            name_zh=(zh or en)[:200],
            name_en=(en or zh)[:200],
            type=type_,
            unit=row.get("unit", "")[:200],
            options=options or (old.options if old and "values" not in self.header else ()),
            strict=self._one_of(number, "strict", row, _TRUTH),
            hint_zh=old.hint_zh if old else "",
            hint_en=old.hint_en if old else "",
        )
        return id_

    def _one_of(self, number: int, column: str, row: Row, known: Mapping[str, Any]) -> Any:
        text = row.get(column, "")
        found = known.get(text.casefold())
        if found is None:
            possible = ", ".join(key for key in known if key and key.isascii() == text.isascii())
            raise TaxonomyError(
                "taxonomy_cell", row=number, column=self._labels[column], value=text[:60], possible=possible
            )
        return found

    def _no_id(self, number: int, column: str, text: str) -> TaxonomyError:
        return TaxonomyError("taxonomy_id", row=number, column=self._labels[column], value=text[:60])


def _key(zh: str, en: str) -> tuple[str, str]:
    return folded(zh), folded(en)


def _parts(text: str) -> list[str]:
    """What a cell lists: with ; between, or as people write a list where none of our own signs is in it."""
    signs = r"[;；\n]" if re.search(r"[;；|\n]", text) else r"[、，]"
    return [part.strip()[:400] for part in re.split(signs, text) if part.strip()]


def _option(text: str) -> Option:
    zh, _, en = (part.strip()[:200] for part in text.partition("|"))
    return Option(zh or en, en or zh)


def write_csv(
    path: Path, categories: Sequence[Category], attributes: Sequence[Attribute], *, english: bool = False
) -> int:
    """Write the tree with a byte order mark, for Excel; the number of rows below the header. OSError."""
    rows = list(rows_of(categories, attributes, english=english))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return len(rows) - 1


def rows_of(
    categories: Sequence[Category], attributes: Sequence[Attribute], *, english: bool = False
) -> Iterator[list[str]]:
    """The tree as a sheet that can be imported again without a difference; retired nodes are left out."""
    yield [names[english] for names in COLUMNS.values()]
    known = {a.id: a for a in attributes}
    below: dict[str, list[Category]] = {}
    for category in sorted(categories, key=lambda c: (c.position, c.id)):
        if not category.retired:
            below.setdefault(category.parent_id, []).append(category)
    open_ = [(c, c.name_zh, c.name_en) for c in reversed(below.get("", []))]
    told: set[str] = set()
    while open_:
        category, zh, en = open_.pop()
        head = [zh, en, category.id, category.tracking.value.lower(), "; ".join(category.papers)]
        uses = [(u, False) for u in category.attributes] + [(Use(i), True) for i in category.without]
        if not uses:
            yield [*head, *[""] * 11]
        for use, without in uses:
            attribute = known.get(use.attribute_id)
            if attribute is None:
                continue
            values = "" if attribute.id in told else "; ".join(f"{o.zh}|{o.en}" for o in attribute.options)
            told.add(attribute.id)
            yield [
                *head,
                attribute.name_zh,
                attribute.name_en,
                attribute.id,
                attribute.type.value.lower(),
                attribute.unit,
                "yes" if use.required else "no",
                "yes" if use.spec else "no",
                use.filterable.value,
                values,
                "yes" if attribute.strict else "no",
                "yes" if without else "no",
            ]
        open_ += [
            (c, f"{zh}{LEVEL}{c.name_zh}", f"{en}{LEVEL}{c.name_en}") for c in reversed(below.get(category.id, []))
        ]
