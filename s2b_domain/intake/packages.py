"""Packages as people write them: "箱 = 12 (16901234567892); 托 = 480", or a column of counts and one of barcodes."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from s2b_domain.intake.barcode import has_wrong_check_digit
from s2b_domain.intake.codes import barcode_cleaner
from s2b_domain.intake.flaw import Cleaned, Cleaner, Flaw
from s2b_domain.intake.header import text_of
from s2b_domain.intake.labels import normal
from s2b_domain.intake.policy import Policy
from s2b_domain.intake.visible import half_width, is_none
from s2b_domain.rules.packages import packages_fit
from s2b_domain.rules.units import Unit

Named = tuple[str, int, str]
"""Name, whole units and barcode of a package."""

_WORD = "外?箱|中?盒|中?包|托盘?|板|袋|捆|扎|提|桶"
_UNITS = "数量?|量|[件个瓶支盒包只袋]数"
_COUNT = re.compile(
    rf"装(?P<a>{_WORD})(?:{_UNITS}|规格)|每(?P<b>{_WORD}|件)(?:[装含入](?:{_UNITS})?|{_UNITS})"
    rf"|[整单]?(?P<c>{_WORD})[装含入](?:{_UNITS})"
    r"|(?:units|pcs|pieces|qty|quantity)(?:per|in|/)?(?P<d>carton|case|ctn|box|pallet|pack|bag)"
    r"|(?P<e>carton|case|ctn|box|pallet|inner|pack)(?:pack)?(?:qty|quantity|size|count)|(?P<f>case)pack"
)
_RULE = re.compile(rf"(?P<g>{_WORD}|件)规格?")
_BARCODE = re.compile(
    rf"(?P<a>{_WORD})(?:体|装)?(?:条码|条形码|码)|(?P<b>mastercarton|carton|case|ctn|box|outer|pallet|pack|inner)"
    r"(?:barcode|ean|gtin|upc|itf14)"
)
_TEXT = frozenset(("包装换算", "多包装", "多单位", "辅助单位", "packages"))
_SHORT = {"外箱": "箱", "托盘": "托", "ctn": "carton", "mastercarton": "carton", "outer": "carton"}

_MEASURE = "(?i:kg|ml|g|l|千克|公斤|毫升|克|斤|升)"
_OWN = re.compile(r"(?P<name>[^;；=()（）]{1,20}?) = (?P<count>\d{1,7})(?: \((?P<code>[^;；=()（）\s]{1,64})\))?")
_LOOSE = re.compile(
    r"(?:1\s*)?(?P<name>[^\W\d_]{1,20})\s*[=:×*]?\s*(?P<count>\d{1,7})\s*[^\W\d_]{0,4}"
    r"(?:\s*[(/,:=]\s*(?P<code>[A-Za-z0-9-]{4,64})\s*\)?)?"
)
_ONLY = re.compile(
    rf"(?:1\s*(?:[^\W\d_]{{1,3}}\s*[*×=:]?|[*×=:])\s*|\d+(?:\.\d+)?\s*{_MEASURE}\s*[*×xX]\s*)?"
    rf"(?P<count>\d{{1,7}})\s*(?:(?!{_MEASURE})[^\W\d_]{{1,3}})?(?:\s*/\s*[^\W\d_]{{1,3}})?"
)


class Place(msgspec.Struct, frozen=True):
    """What a column of packages holds by its name: whole texts, or the counts or barcodes of one package."""

    kind: Literal["text", "count", "barcode"] = "text"
    name: str = ""


TEXT = Place()


def place_of(label: str) -> Place:
    """What a column's name says of its place among the packages."""
    word = normal(label)
    for kind, shape in (("barcode", _BARCODE), ("count", _RULE), ("count", _COUNT)):
        if found := shape.fullmatch(word):
            name = next((group for group in found.groups() if group), "箱")
            return Place("barcode" if kind == "barcode" else "count", _SHORT.get(name, name))
    return TEXT


def read_packages(text: str) -> tuple[Named, ...] | None:
    """The packages of a text; None if it is something else."""
    for shape, said in ((_OWN, text.strip()), (_LOOSE, half_width(text).replace("：", ":"))):
        parts = [part.strip() for part in re.split(r"\s*[;；\n、]\s*", said) if part.strip()]
        found = [shape.fullmatch(part) for part in parts]
        if parts and all(found):
            return tuple((f["name"], int(f["count"]), f["code"] or "") for f in found if f)
    return None


def read_count(cell: Any) -> int | None:
    """How many units a package holds; None if it does not say."""
    found = _ONLY.fullmatch(half_width(text_of(cell)).strip())
    return int(found["count"]) if found else None


def package_cleaner(place: Place, policy: Policy) -> Cleaner:
    """Cells of a column of packages as packages, a count or a barcode; a whole text is understood in each of them."""
    barcode = barcode_cleaner(policy, beside_code=True)

    def clean(cell: Any) -> Cleaned:
        text = text_of(cell).strip()
        if not text or is_none(text):
            return None
        if isinstance(cell, str) and (place.kind == "text" or not read_count(cell)) and (named := read_packages(cell)):
            wrong = next((code for _, _, code in named if has_wrong_check_digit(code)), "")
            level: Literal["error", "warning"] = "warning" if policy.bad_barcodes == "keep" else "error"
            return Flaw("barcode_check_digit", level, named, {"barcode": wrong}) if wrong else named
        if place.kind == "barcode":
            value = barcode(cell)
            if isinstance(value, Flaw):
                return msgspec.structs.replace(value, value=value.value[0] if value.value else None)
            return value[0] if value else None
        count = read_count(cell) if place.kind == "count" else None
        return count if count else Flaw("packages_unread", "warning")

    return clean


class Packages(msgspec.Struct, frozen=True):
    """The packages of a SKU in steps, or what is wrong with them."""

    packages: tuple[Unit, ...] = ()
    flaw: str = ""


def packed(places: Sequence[Place], cells: Sequence[Any], unit: str | None, decimals: int) -> Packages | None:
    """All columns of a row as packages; None where it says nothing. A package of one is none, and so is one that is
    called like the unit: what is sold by the carton is counted in cartons."""
    named: list[Named] = []
    counts: dict[str, int] = {}
    codes: dict[str, str] = {}
    counted = {place.name for place in places if place.kind == "count"}
    for place, cell in zip(places, cells, strict=True):
        if isinstance(cell, tuple):
            named += cell
        elif isinstance(cell, int):
            counts[place.name] = cell
        elif cell:
            codes[place.name if place.name in counted or len(counted) != 1 else min(counted)] = cell
    if any(counts.get(name, 1) == 1 for name in codes):
        return Packages(flaw="packages_unread")
    if unit in counts and counts[unit] != 1:
        return Packages(flaw="package_is_unit")
    named += [(name, count, codes.get(name, "")) for name, count in counts.items() if count != 1]
    if not named:
        return None
    found = tuple(Unit(name, count * 10**decimals, code) for name, count, code in dict.fromkeys(named))
    return Packages(found, "" if packages_fit(found, unit or "", decimals) else "packages_wrong")


def package_columns(labels: Sequence[str], sample: Sequence[Sequence[Any]]) -> list[int]:
    """The columns that hold packages, by their names and contents."""
    places = [place_of(label) for label in labels]
    cells = [[row[at] for row in sample if at < len(row) and row[at] != ""] for at in range(len(labels))]
    texts = [at for at, label in enumerate(labels) if normal(label) in _TEXT and _mostly(read_packages, cells[at])]
    counts = [at for at, place in enumerate(places) if place.kind == "count" and _mostly(read_count, cells[at])]
    return texts + counts + [at for at, place in enumerate(places) if counts and place.kind == "barcode"]


def joined(before: Sequence[Unit], after: Sequence[Unit]) -> tuple[Unit, ...]:
    """Packages with others beside them; one of the same name has another factor, and keeps its barcode without one."""
    found = {package.name: package for package in before}
    for package in after:
        code = package.barcode or (found[package.name].barcode if package.name in found else "")
        found[package.name] = Unit(package.name, package.factor, code)
    return tuple(found.values())


def _mostly(read: Callable[[str], object], cells: Sequence[Any]) -> bool:
    return bool(cells) and sum(1 for cell in cells if read(text_of(cell))) * 10 > len(cells) * 6
