"""Cells made into values. Each cleaner takes a non-empty cell and returns a value or a `Flaw`.

A `Flaw` of level "warning" still carries the value that was understood; one of level "error" carries none.
Money never passes through binary arithmetic: numbers are taken by their shortest decimal text.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from s2b_domain.intake.barcode import has_wrong_check_digit, is_gtin, without_lost_zero
from s2b_domain.intake.goods import Level, Param
from s2b_domain.intake.header import text_of
from s2b_domain.intake.policy import Policy

Cleaned = Any
Cleaner = Callable[[Any], Cleaned]

MAX_PRICE = 10**13
MAX_COUNT = 10**9


class Flaw(msgspec.Struct, frozen=True):
    """What is wrong with a cell, and the value that may be used in spite of it."""

    code: str
    level: Level = "error"
    value: Any = None
    params: dict[str, Param] = {}


_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00a0\u00ad\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufe00-\ufe0f\ufeff]"
)
_SPACES = re.compile(r"[ \t\r\f\v]*[\r\n][ \t\r\f\v]*|[ \t\f\v]{2,}|[\t\f\v]")
_GUARD = re.compile(r"'+(?=[=+\-@])")  # against formulas, not part of the text
_APOSTROPHES = "'’‘`"
_NONE_WORDS = r"""
    — —— 无 暂无 #n/a #ref! #value! - -- / \ n/a na nil none null
"""
_NONE = frozenset(_NONE_WORDS.split())
_ASK_WORDS = """
    另议 咨询客服 待定 时价 电议 议价 询价 面议 ask call poa tbd
"""
_ASK = frozenset(_ASK_WORDS.split())
_YES_WORDS = """
    √ ✓ ✔ 上架 出售中 可 可以 启用 在售 对 已上架 开启 支持 是 有 正常 销售中 1 active enabled on
    publish published t true visible y yes
"""
_YES = frozenset(_YES_WORDS.split())
_NO_WORDS = """
    × ✗ ✘ 下架 不 不可 不可以 不支持 仓库中 停售 停用 关闭 否 已下架 待上架 放入仓库 无 未上架 禁用 -1 0
    archived disabled draft f false hidden inactive n no off private unlisted unpublished x
"""
_NO = frozenset(_NO_WORDS.split())
_CURRENCY = re.compile(r"(?i)^(人民币|rmb|cny|[￥¥$])|(元|块钱?|圆|rmb|cny)(整)?$|[￥¥]$")
_PER = re.compile(r"(?i)\s*[/每]\s*[^\d\s/]{1,6}$")
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_PLAIN = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d{1,3})?", re.IGNORECASE)
_RANGE = re.compile(r"[￥¥]?([\d.,]+)\s*元?\s*[-~～—至到]+\s*[￥¥]?([\d.,]+)\s*元?")
_COUNTED = re.compile(r"([-+]?[\d,.]+)\s*([^\d\s]{1,6})")
_PACK = re.compile(r"\d+(\.\d+)?\s*[^\d\s*×xX]{0,4}(\s*[*×xX]\s*\d+(\.\d+)?\s*[^\d\s*×xX/]{0,4})+(/.{1,4})?")
_DATE = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?(?:[T ].*)?")
_COMPACT = re.compile(r"(19|20)(\d{2})(0[1-9]|1[0-2])([0-3]\d)")
_DATE_CELL = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?)?|\d\d:\d\d:\d\d")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+\d{1,2}")
_BETWEEN = re.compile(r"[,;、，；|\n]+|\s+/\s+|(?<=\d{8})/(?=\d{8})")
_WEIGHT = re.compile(r"(?i)([\d.,]+)\s*(kg|g|mg|千克|公斤|克|市斤|斤|两|吨|t|lbs?|oz)?")
_GRAMS = {
    "kg": "1000",
    "千克": "1000",
    "公斤": "1000",
    "g": "1",
    "克": "1",
    "mg": "0.001",
    "斤": "500",
    "市斤": "500",
    "两": "50",
    "吨": "1000000",
    "t": "1000000",
    "lb": "453.59237",
    "lbs": "453.59237",
    "oz": "28.349523125",
}


def visible(text: str) -> str:
    """Text without invisible characters, outer spaces and double spaces; line breaks become one."""
    if _INVISIBLE.search(text):
        text = _INVISIBLE.sub(_shown, text)
    text = text.strip()
    return _SPACES.sub(_single, text) if _SPACES.search(text) else text


def _shown(found: re.Match[str]) -> str:
    return " " if found.group().isspace() else ""


def _single(found: re.Match[str]) -> str:
    return "\n" if "\n" in found.group() or "\r" in found.group() else " "


def half_width(text: str) -> str:
    """Visible text with full-width letters, digits and signs as their plain selves."""
    return visible(unicodedata.normalize("NFKC", text.replace("。", ".").replace("−", "-")))


def is_none(text: str) -> bool:
    """Whether a text says that there is no value."""
    return text.lower() in _NONE


_READY_CODE = re.compile(r"[A-Za-z]{0,20}[-_]?[0-9][A-Za-z0-9_-]{0,40}", re.ASCII)


def clean_text(cell: Any) -> Cleaned:
    """Any cell as visible text."""
    text = visible(text_of(cell))
    if text[:1] == "'":
        text = _GUARD.sub("", text)
    elif text[10:11] == "T" and _DATE_CELL.fullmatch(text):
        text = text.removesuffix("T00:00:00").replace("T", " ")
    return text or None


def clean_title(cell: Any) -> Cleaned:
    """A product's name on one line, at most 200 characters."""
    text = clean_text(cell)
    if text is None or is_none(text):
        return None
    text = " ".join(text.split()) if "\n" in text else text
    if "\ufffd" in text:
        return Flaw("unreadable")
    return Flaw("too_long", params={"most": 200}) if len(text) > 200 else text


def clean_code(cell: Any) -> Cleaned:
    """A code stays text: only spaces, invisible characters and a leading apostrophe go, full width becomes half.

    Flaws: what Excel turned into a date, a rounded number, or scientific notation cannot be read back.
    """
    if isinstance(cell, str):
        if _READY_CODE.fullmatch(cell):
            return cell
    else:
        if isinstance(cell, bool):
            return str(cell).upper()
        if isinstance(cell, float) and not cell.is_integer():
            return text_of(cell)
        return Flaw("code_rounded") if abs(cell) >= 10**15 else str(int(cell))
    text = half_width(cell)
    if text[:1] in _APOSTROPHES:
        text = text.lstrip(_APOSTROPHES)
    text = " ".join(text.split())
    if not text or is_none(text):
        return None
    if _DATE_CELL.fullmatch(text) and "T" in text:
        return Flaw("code_is_date")
    if _SCIENTIFIC.fullmatch(text):
        return Flaw("code_rounded")
    if "\n" in text or len(text) > 64:
        return Flaw("too_long", params={"most": 64})
    return text


def clean_specs(cell: Any) -> Cleaned:
    """Several named specifications in one cell: pairs, or text such as 颜色:红;尺码:L."""
    if isinstance(cell, tuple | list):
        named = {text_of(clean_title(name)): clean_title(raw) for name, raw in cell}
        flaw = next((value for value in named.values() if isinstance(value, Flaw)), None)
        return flaw or {name: value for name, value in named.items() if value} or None
    text = clean_title(cell)
    if not isinstance(text, str):
        return text
    pairs = [re.split(r"[:：]", part, maxsplit=1) for part in re.split(r"[;；,，|]", text) if part.strip()]
    if all(len(pair) == 2 and pair[0].strip() and pair[1].strip() for pair in pairs):
        return {name.strip(): value.strip() for name, value in pairs}
    return text


def clean_barcode(cell: Any) -> Cleaned:
    """One or several barcodes as a tuple. In-house codes of other lengths pass; GTINs must add up."""
    code = clean_code(cell)
    if not isinstance(code, str):
        return code
    if code.isalnum():
        return _checked(code, (code,))
    parts = tuple(dict.fromkeys(p for split in _BETWEEN.split(code) for p in _grouped(split) if p))
    for part in parts:
        if isinstance(flaw := _checked(part, parts), Flaw):
            return flaw
    return parts or None


def _grouped(text: str) -> list[str]:
    """Digits in groups as printed under the bars (6 901234 567892) are one code; full codes apart are several."""
    bare = text.strip().lstrip(_APOSTROPHES)
    pieces = bare.split(" ")
    if len(pieces) > 1 and bare.replace(" ", "").isdigit():
        joined = "".join(pieces)
        if len(joined) in (8, 12, 13, 14):
            return [joined]
        if all(len(piece) >= 8 for piece in pieces):
            return pieces
    return [bare]


def _checked(code: str, all_codes: tuple[str, ...]) -> Cleaned:
    if has_wrong_check_digit(code):
        return Flaw("barcode_check_digit", params={"barcode": code}, value=all_codes)
    repaired = without_lost_zero(code)
    if repaired is not None:
        fixed = tuple(repaired if c == code else c for c in all_codes)
        return Flaw("leading_zero_lost", params={"barcode": code, "repaired": repaired}, value=fixed)
    return all_codes


def barcode_cleaner(policy: Policy) -> Cleaner:
    """`clean_barcode` with the user's decisions on wrong check digits and lost zeros."""

    def clean(cell: Any) -> Cleaned:
        if is_gtin(text := text_of(cell)):
            return (text,)
        value = clean_barcode(cell)
        if not isinstance(value, Flaw):
            return value
        if value.code == "barcode_check_digit" and policy.bad_barcodes == "keep":
            return Flaw(value.code, "warning", value.value, value.params)
        if value.code == "leading_zero_lost":
            return _decided(value, policy, clean_as_kept=clean_codes)
        return value

    def clean_codes(flaw: Flaw) -> tuple[str, ...]:
        return tuple(str(flaw.params["barcode"]) if c == flaw.params["repaired"] else c for c in flaw.value)

    return clean


def wide_code_cleaner(width: int, policy: Policy) -> Cleaner:
    """`clean_code` for a column whose codes are all digits of one width: shorter numbers lost their zeros."""

    def clean(cell: Any) -> Cleaned:
        value = clean_code(cell)
        if isinstance(cell, str) or not isinstance(value, str) or len(value) >= width or not value.isdigit():
            return value
        flaw = Flaw(
            "leading_zero_lost", params={"barcode": value, "repaired": value.zfill(width)}, value=value.zfill(width)
        )
        return _decided(flaw, policy, clean_as_kept=lambda _: value)

    return clean


def _decided(flaw: Flaw, policy: Policy, clean_as_kept: Callable[[Flaw], Any]) -> Flaw:
    if policy.leading_zeros == "repair":
        return Flaw("leading_zero_repaired", "warning", flaw.value, flaw.params)
    if policy.leading_zeros == "keep":
        return Flaw(flaw.code, "warning", clean_as_kept(flaw), flaw.params)
    return flaw


def _number(text: str) -> Decimal | None:
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    elif "," in text and "." not in text and re.fullmatch(r"[-+]?\d+,\d{1,2}", text):
        text = text.replace(",", ".")
    if not _PLAIN.fullmatch(text) or len(text) > 40:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def clean_price(cell: Any) -> Cleaned:
    """A price per unit in 1/10,000 yuan; -1 means none; 时价 and ranges are no price."""
    whole, point, part = (cell if isinstance(cell, str) else repr(cell)).partition(".")
    if whole.isdecimal() and len(whole) <= 8 and len(part) <= 4 and (part.isdecimal() or not point):
        return int(whole + part.ljust(4, "0"))
    if isinstance(cell, str):
        text = half_width(cell).replace(" ", "").lstrip(_APOSTROPHES)
        if not text or is_none(text):
            return None
        if text.lower() in _ASK:
            return Flaw("price_on_request")
        bare = _PER.sub("", text)
        for _ in range(3):
            bare = _CURRENCY.sub("", bare)
        value = _number(bare)
        if value is None:
            return _strange_price(text, bare)
    else:
        if isinstance(cell, bool):
            return Flaw("not_a_price")
        value = Decimal(repr(cell))
    return _scaled_price(value)


def _scaled_price(value: Decimal) -> Cleaned:
    if not value.is_finite():
        return Flaw("not_a_price")
    if value == -1:
        return None
    if value < 0:
        return Flaw("negative")
    scaled = value.scaleb(4)
    if scaled > MAX_PRICE:
        return Flaw("out_of_range")
    whole = scaled.to_integral_value()
    if whole != scaled:
        if abs(whole - scaled) < Decimal("0.01"):  # 12.499999999999998: what formulas leave
            return int(whole)
        return Flaw("price_too_fine", "warning", int(whole))
    return int(whole)


def _strange_price(text: str, bare: str) -> Flaw:
    pair = _RANGE.fullmatch(text)
    if pair and (low := _number(pair.group(1))) is not None and (high := _number(pair.group(2))) is not None:
        return Flaw("price_range", params={"low": str(low), "high": str(high)})
    if bare.endswith("+") and (value := _number(bare[:-1])) is not None:
        return Flaw("price_open", "warning", _scaled_price(value)) if value >= 0 else Flaw("negative")
    if bare.endswith("万") and (value := _number(bare[:-1])) is not None:
        return Flaw("not_a_price")
    return Flaw("not_a_price")


def _quantity(cell: Any) -> Decimal | Flaw | None:
    """The number in a cell such as 12, "1,200件", "约50", "有货"."""
    if isinstance(cell, bool):
        return Flaw("not_a_number")
    if not isinstance(cell, str):
        return Decimal(repr(cell))
    text = half_width(cell).replace(" ", "").lstrip(_APOSTROPHES)
    if not text or is_none(text):
        return None
    value = _number(text)
    if value is None and (counted := _COUNTED.fullmatch(text)):
        value = _number(counted.group(1))
    return Flaw("not_a_number") if value is None else value


def _steps(value: Decimal, decimals: int, least: int) -> Cleaned:
    if not value.is_finite():
        return Flaw("not_a_number")
    if value < 0:
        return Flaw("negative")
    scaled = value.scaleb(decimals)
    if scaled > MAX_COUNT * 10**decimals:
        return Flaw("out_of_range")
    whole = scaled.to_integral_value()
    if whole != scaled:
        return Flaw("not_whole")
    return Flaw("must_be_positive") if whole < least else int(whole)


def quantity_cleaner(decimals: int, least: int = 0) -> Cleaner:
    """A cleaner for quantities of a unit with `decimals`; packs such as 1*10包 count their product."""

    def clean(cell: Any) -> Cleaned:
        value = _quantity(cell)
        if isinstance(value, Flaw) and isinstance(cell, str) and (pack := pack_size(cell)) is not None:
            value = Decimal(pack)
        return value if value is None or isinstance(value, Flaw) else _steps(value, decimals, least)

    return clean


def pack_size(text: str) -> int | None:
    """How many single pieces a pack such as 1*10包*20个/包 holds (200), or None."""
    plain = half_width(text).replace(" ", "")
    if not _PACK.fullmatch(plain):
        return None
    product = Decimal(1)
    for factor in re.findall(r"\d+(?:\.\d+)?", plain.split("/")[0]):
        product *= Decimal(factor)
    return int(product) if product == product.to_integral_value() and 0 < product < MAX_COUNT else None


def weight_cleaner(unit: str) -> Cleaner:
    """A cleaner to whole grams; the cell's own unit wins over the column's `unit`; without either, grams."""
    usual = _GRAMS.get(unit.lower(), "1")

    def clean(cell: Any) -> Cleaned:
        text = half_width(text_of(cell)).replace(" ", "").lstrip(_APOSTROPHES)
        if not text or is_none(text):
            return None
        found = _WEIGHT.fullmatch(text)
        value = _number(found.group(1)) if found else None
        if found is None or value is None:
            return Flaw("not_a_weight", "warning")
        grams = value * Decimal(_GRAMS[found.group(2).lower()] if found.group(2) else usual)
        if not 0 <= grams <= MAX_COUNT:
            return Flaw("out_of_range")
        return int(grams.to_integral_value(rounding="ROUND_HALF_UP"))

    return clean


def clean_percent(cell: Any) -> Cleaned:
    """A share in 1/10,000: "13%", 0.13, 13 and "13" are all 1300."""
    text = half_width(text_of(cell)).replace(" ", "").lstrip(_APOSTROPHES)
    if not text or is_none(text):
        return None
    if text in ("免税", "零税率", "不征税"):
        return 0
    value = _number(text.rstrip("%"))
    if value is None or not value.is_finite() or value < 0:
        return Flaw("not_a_percent")
    share = value * 100 if text.endswith("%") or value >= 1 else value * 10_000
    whole = share.to_integral_value()
    if whole != share or share > 10_000:
        return Flaw("not_a_percent")
    return int(whole)


def clean_yes_no(cell: Any) -> Cleaned:
    """Yes and no in the words people use."""
    if isinstance(cell, bool):
        return cell
    text = half_width(text_of(cell)).lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    return None if not text or is_none(text) else Flaw("not_yes_or_no", "warning")


def clean_images(cell: Any) -> Cleaned:
    """Addresses or file names of pictures, one or several."""
    text = visible(text_of(cell))
    if "DISPIMG(" in text[:40]:
        return Flaw("picture_in_cell", "warning")
    parts = re.split(r"[\n|]+|[,;，；\s]\s*(?=https?://)" if "://" in text else r"[\n|,;，；]+", text)
    found = tuple(dict.fromkeys(p.strip() for p in parts if p and p.strip() and not is_none(p.strip())))
    return found or None


def clean_category(cell: Any) -> Cleaned:
    """A category path with " / " between its levels."""
    text = clean_title(cell)
    if not isinstance(text, str):
        return text
    parts = [p.strip() for p in re.split(r"\s*(?:>|›|→|\\|->|＞)\s*|\s+/\s+", text)]
    if len(parts) == 1 and "/" in text and "//" not in text:
        parts = [p.strip() for p in text.split("/")]
    return " / ".join(p for p in parts if p) or None


def clean_date(cell: Any) -> Cleaned:
    """A day as "2021-11-10", from 2017-3-22, 2021.11.10, 20210101, 2021年1月2日 or a day count such as 44980."""
    text = half_width(text_of(cell))
    found = _DATE.fullmatch(text) or _COMPACT.fullmatch(text)
    try:
        if found and len(found.groups()) == 3:
            return date(int(found.group(1)), int(found.group(2)), int(found.group(3))).isoformat()
        if found:
            return date(int(found.group(1) + found.group(2)), int(found.group(3)), int(found.group(4))).isoformat()
    except ValueError:
        return Flaw("not_a_date", "warning")
    if text.isascii() and text.isdigit() and 20_000 <= int(text) <= 80_000:
        return (date(1899, 12, 30) + timedelta(days=int(text))).isoformat()
    return Flaw("not_a_date", "warning")
