"""发票: kinds, states, and whether numbers can be right."""

from enum import StrEnum

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_OLD_LENGTHS = (15, 20)


class InvoiceKind(StrEnum):
    """普通发票; 专用发票, whose buyer deducts the tax."""

    ORDINARY = "ORDINARY"
    SPECIAL = "SPECIAL"


class InvoiceState(StrEnum):
    """待开票, 已开票, 已拒绝, 已撤回."""

    REQUESTED = "REQUESTED"
    ISSUED = "ISSUED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"


def tidy_tax_number(text: str) -> str:
    """As it is printed: capitals, no blanks."""
    return "".join(text.split()).upper()


def tax_number_valid(number: str) -> bool:
    """Whether a tidy 税号 can be right: 统一社会信用代码 by its check character (GB 32100), or an old one by length."""
    if len(number) in _OLD_LENGTHS:
        return number.isascii() and number.isalnum()
    if len(number) != 18 or any(c not in _ALPHABET for c in number):
        return False
    total = sum(_ALPHABET.index(c) * w for c, w in zip(number[:17], _WEIGHTS, strict=True))
    return _ALPHABET[-total % 31] == number[17]


def invoice_number_valid(number: str) -> bool:
    """8 digits, with the invoice code of 10 or 12 before them or not; 20 for fully electronic ones."""
    return number.isascii() and number.isdigit() and len(number) in (8, 18, 20)
