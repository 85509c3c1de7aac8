"""GS1 check digits, and barcodes that lost the leading zero on their way through a spreadsheet."""

_LENGTHS = frozenset({8, 12, 13, 14})


def _sums_up(digits: str) -> bool:
    """GS1 modulo 10 from the right: weights 1, 3, 1, 3 ..."""
    codes = digits.encode()  # sums of byte slices: this runs once per row of a large sheet
    odd, even = codes[-1::-2], codes[-2::-2]
    return (sum(odd) + 3 * sum(even) - 48 * (len(odd) + 3 * len(even))) % 10 == 0


def is_gtin(text: str) -> bool:
    """A GTIN-8, -12, -13 or -14 with a right check digit."""
    return len(text) in _LENGTHS and text.isascii() and text.isdigit() and _sums_up(text)


def has_wrong_check_digit(text: str) -> bool:
    """GTIN-shaped, but its check digit is wrong."""
    return len(text) in _LENGTHS and text.isascii() and text.isdigit() and not _sums_up(text)


def without_lost_zero(text: str) -> str | None:
    """The 12 digits of a UPC that lost its leading zero, or None.

    Only 11 digits count: a tenth of all shorter codes add up by accident, and people use short codes in-house.
    """
    return "0" + text if len(text) == 11 and text.isascii() and text.isdigit() and _sums_up(text) else None
