"""Codes and barcodes: always text, checked, and never changed without the user's word."""

import re
from collections.abc import Callable
from typing import Any

from s2b_domain.intake.barcode import has_wrong_check_digit, is_gtin, without_lost_zero
from s2b_domain.intake.flaw import Cleaned, Cleaner, Flaw
from s2b_domain.intake.header import text_of
from s2b_domain.intake.policy import Policy
from s2b_domain.intake.visible import APOSTROPHES, half_width, is_none

_READY_CODE = re.compile(r"[A-Za-z]{0,20}[-_]?[0-9][A-Za-z0-9_-]{0,40}", re.ASCII)
_TIMED = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?)?|\d\d:\d\d:\d\d")
_SCIENTIFIC = re.compile(r"\d([.,]\d+)?[eE]\+\d{1,2}")
_SPOILED = frozenset({"code_rounded", "code_is_date"})
_BETWEEN = re.compile(r"[,;、，；|\n]+|\s+/\s+|(?<=\d{8})/(?=\d{8})")


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
    if text[:1] in APOSTROPHES:
        text = text.lstrip(APOSTROPHES)
    text = " ".join(text.split())
    if not text or is_none(text):
        return None
    if _TIMED.fullmatch(text) and "T" in text:
        return Flaw("code_is_date")
    if _SCIENTIFIC.fullmatch(text):
        return Flaw("code_rounded")
    if "\n" in text or len(text) > 64:
        return Flaw("too_long", params={"most": 64})
    return text


def clean_barcode(cell: Any) -> Cleaned:
    """One or several barcodes as a tuple. In-house codes of other lengths pass; GTINs must add up."""
    code = clean_code(cell)
    if not isinstance(code, str):
        return code
    if code.isalnum():
        return _checked(code, (code,))
    parts = tuple(dict.fromkeys(p for split in _BETWEEN.split(code) for p in _grouped(split) if p))
    whole = tuple(part for part in parts if not _SCIENTIFIC.fullmatch(part))
    if len(whole) < len(parts):
        return Flaw("code_rounded", value=whole or None)
    for part in parts:
        if isinstance(flaw := _checked(part, parts), Flaw):
            return flaw
    return parts or None


def _grouped(text: str) -> list[str]:
    """Digits in groups as printed under the bars (6 901234 567892) are one code; full codes apart are several."""
    bare = text.strip().lstrip(APOSTROPHES)
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


def barcode_cleaner(policy: Policy, *, beside_code: bool = False) -> Cleaner:
    """`clean_barcode` with the user's decisions on wrong check digits and lost zeros. Goods that have a code of their
    own do without a barcode that Excel spoiled."""

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
        if value.code in _SPOILED and beside_code:
            return Flaw("barcode_lost", "warning", value.value)
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
