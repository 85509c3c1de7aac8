"""Names, texts, yes and no, pictures, categories and days, made of cells as people fill them.

A `Flaw` of level "warning" still carries the value that was understood; one of level "error" carries none.
"""

import re
from datetime import date, timedelta
from typing import Any

from s2b_domain.intake.flaw import Cleaned, Flaw
from s2b_domain.intake.header import text_of
from s2b_domain.intake.visible import APOSTROPHES, half_width, is_none, visible
from s2b_domain.rules.blobs import digest_in
from s2b_domain.rules.markup import safe_markup

_GUARD = re.compile(r"'+(?=[=+\-@＝＋－＠])")  # against formulas, not part of the text
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
_DATE = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?(?:[T ].*)?")
_COMPACT = re.compile(r"(19|20)(\d{2})(0[1-9]|1[0-2])([0-3]\d)")
_ADDRESS = re.compile(r"(?i)https?://[^\s<>\"']+")
_LEVELS = re.compile(r"\s*(?:>|›|→|\\|->|＞)\s*|\s+/\s+")
_SCHEME = re.compile(r"(?i)(?!https?://)[a-z][a-z0-9+.-]+:(?!\\)")
_PICTURE_NAME = re.compile(r"(?i)[^\x00-\x1f<>:\"|?*]{1,180}\.(jpe?g|png|webp|gif|bmp|tiff?)")
_DATE_CELL = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?)?|\d\d:\d\d:\d\d")


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


def clean_description(cell: Any) -> Cleaned:
    """A text that may hold HTML, without what could do harm."""
    text = clean_text(cell)
    if text is None or "<" not in text:
        return text
    for _ in range(4):  # what is left out may bring what surrounds it together
        made = visible(safe_markup(text))
        if made == text:
            break
        text = made
    return text or None


def clean_images(cell: Any) -> Cleaned:
    """Addresses or file names of pictures, one or several. Folders before a name are taken off; what is neither an
    address nor a name stays out."""
    text = _GUARD.sub("", visible(text_of(cell)), count=1)
    if "DISPIMG(" in text[:40]:
        return Flaw("picture_in_cell", "warning")
    parts = re.split(r"[\n|]+|[,;，；\s]\s*(?=https?://)" if "://" in text else r"[\n|,;，；]+", text)
    given = [p.strip() for p in parts if p and p.strip() and not is_none(p.strip())]
    named = [_picture(each) for each in given]
    found = tuple(dict.fromkeys(each for each in named if each))
    if not all(named):
        refused = next(each for each, name in zip(given, named, strict=True) if not name)
        return Flaw("picture_name", "warning", found or None, {"name": refused[:80]})
    return found or None


def _picture(text: str) -> str:
    """An address as it is, a path as the name at its end, or ""."""
    if _ADDRESS.fullmatch(text) or text.lower().startswith(("http://", "https://")) or digest_in(text):
        return text
    if _SCHEME.match(text) and not re.match(r"(?i)(file:|[a-z]:)", text):
        return ""
    if "/" not in text and "\\" not in text and ".." not in text and not text.startswith("~"):
        return text
    name = re.split(r"[/\\]", text)[-1].strip()
    return name if _PICTURE_NAME.fullmatch(name) and not name.startswith((".", "~")) else ""


def clean_category(cell: Any) -> Cleaned:
    """A category path with " / " between its levels."""
    text = clean_title(cell)
    if not isinstance(text, str):
        return text
    parts = [p.strip("/ ") if "//" not in p else p.strip() for p in re.split(_LEVELS, text)]
    if len(parts) == 1 and "/" in text and "//" not in text:
        parts = [p.strip() for p in text.split("/")]
    return " / ".join(p for p in parts if p) or None


def clean_day_text(cell: Any) -> Cleaned:
    """A parameter that is a day by its column's name: the day where it is one, any other text as it is."""
    day = clean_date(cell)
    return clean_title(cell) if isinstance(day, Flaw) else day


def clean_date(cell: Any) -> Cleaned:
    """A day as "2021-11-10", from 2017-3-22, 2021.11.10, 20210101, 2021年1月2日 or a day count such as 44980."""
    text = half_width(text_of(cell)).lstrip(APOSTROPHES)
    if not text or is_none(text):
        return None
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
