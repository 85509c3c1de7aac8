"""The empty sheet to fill in: our own layout with drop-downs, hints and one example, its header protected."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from s2b_desktop.text import tr
from s2b_domain.intake import own

ROWS = 5_000
"""How many rows the drop-downs reach."""

UNITS = "件,个,箱,盒,瓶,袋,包,套,组,桶,kg,米"
TAX_RATES = "13%,9%,6%,3%,0%"
_REQUIRED = ("sku_code", "title", "supply_price")
HINTS: Mapping[str, str] = {
    "sku_code": "Your own code, unlike any other. It stays text: leading zeros are kept.",
    "product_key": "Rows with the same code are variants of one product. Leave it empty if there is only one.",
    "title": "As merchants will read it.",
    "barcodes": "One or several, separated by semicolons.",
    "unit": "What one piece is called. Goods by kg or metre may have three decimals.",
    "supply_price": "Yuan per unit, with up to four decimals.",
    "dropship_price": "Yuan per unit when you ship to the merchant's customer. Empty: not offered.",
    "min_qty": "The least that one order takes.",
    "order_step": "Orders go up in steps of this.",
    "stock_qty": "What lies in your main warehouse now.",
    "image_urls": "Addresses of pictures, one per line.",
}
_EXAMPLE: Mapping[str, str] = {
    "sku_code": "例如 SP-0001",
    "product_key": "例如 SP-00",
    "title": "例如 农夫山泉 饮用天然水 550ml×24",
    "brand": "例如 农夫山泉",
    "barcodes": "例如 6921168509256",
    "supply_price": "例如 26.50",
    "retail_price": "例如 36.00",
    "stock_qty": "例如 120",
}
_WIDTHS = {"title": 40, "description": 40, "category": 26, "sku_code": 20, "barcodes": 22, "image_urls": 30}


def write_template(path: Path, *, english: bool, categories: Sequence[str] = ()) -> None:
    """Write the template; `categories` are the paths that its drop-down offers. OSError if it cannot be written."""
    from openpyxl import Workbook  # noqa: PLC0415  (slow to import, rarely needed)
    from openpyxl.comments import Comment  # noqa: PLC0415
    from openpyxl.styles import Alignment, Font, PatternFill, Protection  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Goods" if english else "商品"
    fields = [*own.LABELS]
    fields[6:6] = ["specs"]
    choices = {
        "unit": f'"{UNITS}"',
        "tax_rate_bp": f'"{TAX_RATES}"',
        "dropship_allowed": '"Yes,No"' if english else '"是,否"',
        "on_sale": '"Yes,No"' if english else '"是,否"',
    }
    if categories:
        choices["category"] = f"='{_listed(book, categories, english)}'!$A$1:$A${len(categories)}"
    for at, field in enumerate(fields, 1):
        letter = get_column_letter(at)
        label = own.SPEC[english] + ("Colour" if english else "颜色") if field == "specs" else own.label(field, english)
        head = sheet.cell(row=1, column=at, value=label)
        needed = field in _REQUIRED
        head.font = Font(bold=True, color="FFFFFF" if needed else "1B1F27")
        head.fill = PatternFill("solid", fgColor="175BC4" if needed else "E8F0FE")
        head.alignment = Alignment(vertical="center", wrap_text=True)
        head.protection = Protection(locked=True)
        hint = tr(HINTS[field]) if field in HINTS else ""
        if needed:
            hint = f"{tr('Required.')} {hint}"
        if hint:
            head.comment = Comment(hint, "S2B", width=260, height=90)
        example = sheet.cell(row=2, column=at, value=_EXAMPLE.get(field, ""))
        example.font = Font(italic=True, color="5A6478")
        example.protection = Protection(locked=False)
        column = sheet.column_dimensions[letter]
        column.width = _WIDTHS.get(field, 15)
        column.protection = Protection(locked=False)
        if field in ("sku_code", "product_key", "barcodes", "tax_code"):
            column.number_format = "@"
            example.number_format = "@"
        if field in choices:
            rule = DataValidation(type="list", formula1=choices[field], allow_blank=True)
            rule.showErrorMessage = field not in ("unit", "category", "tax_rate_bp")
            rule.add(f"{letter}2:{letter}{ROWS}")
            sheet.add_data_validation(rule)
    sheet.row_dimensions[1].height = 30
    sheet.freeze_panes = "B2"
    protection = sheet.protection
    protection.sheet = True
    protection.formatColumns = protection.formatRows = protection.formatCells = False
    protection.insertRows = protection.deleteRows = protection.sort = protection.autoFilter = False
    book.save(path)


def _listed(book: object, categories: Sequence[str], english: bool) -> str:
    name = "Categories" if english else "分类"
    sheet = book.create_sheet(name)  # type: ignore[attr-defined]
    for row, category in enumerate(categories, 1):
        sheet.cell(row=row, column=1, value=category)
    sheet.sheet_state = "hidden"
    return name
