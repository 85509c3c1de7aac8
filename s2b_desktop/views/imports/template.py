"""The empty sheet to fill in: our own layout with drop-downs, hints and one example, its header protected."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from s2b_desktop.text import tr
from s2b_domain.intake import own
from s2b_domain.rules.attributes import AttributeType, Field

if TYPE_CHECKING:
    from openpyxl import Workbook

ROWS = 5_000
"""How many rows the drop-downs reach."""

UNITS = ("件,个,箱,盒,瓶,袋,包,套,组,桶,kg,米", "pcs,box,carton,bottle,bag,pack,set,roll,kg,m")
"""In Chinese and in English, as `own.LABELS` are."""
TAX_RATES = "13%,9%,6%,3%,0%"
_REQUIRED = ("sku_code", "title", "supply_price")
HINTS: Mapping[str, str] = {
    "sku_code": "Your own code, unlike any other. It stays text: leading zeros are kept.",
    "product_key": "Rows with the same code are variants of one product. Leave it empty if there is only one.",
    "title": "As merchants will read it.",
    "category": "Choose it in every row: it says what else your goods are asked for.",
    "barcodes": "One or several, separated by semicolons.",
    "unit": "What one piece is called. Goods by kg or metre may have three decimals.",
    "supply_price": "Yuan per unit, with up to four decimals.",
    "dropship_price": "Yuan per unit when you ship to the merchant's customer. Empty: not offered.",
    "min_qty": "The least that one order takes.",
    "order_step": "Orders go up in steps of this.",
    "stock_qty": "What lies in your main warehouse now.",
    "image_urls": "Addresses of pictures, one per line.",
    "packages": "How many units a carton or the like holds, and its barcode. Several are separated by semicolons.",
}
_FOR_EXAMPLE = ("例如 ", "e.g. ")
_EXAMPLE: Mapping[str, tuple[str, str]] = {
    "sku_code": ("SP-0001", "SP-0001"),
    "product_key": ("SP-00", "SP-00"),
    "title": ("农夫山泉 饮用天然水 550ml×24", "Spring water 550 ml × 24"),
    "brand": ("农夫山泉", "Nongfu Spring"),
    "barcodes": ("6921168509256", "6921168509256"),
    "supply_price": ("26.50", "26.50"),
    "retail_price": ("36.00", "36.00"),
    "stock_qty": ("120", "120"),
    "packages": ("托 = 48 (16921168509253)", "pallet = 48 (16921168509253)"),
}
_WIDTHS = {
    "title": 40,
    "description": 40,
    "category": 26,
    "sku_code": 20,
    "barcodes": 22,
    "packages": 26,
    "image_urls": 30,
}


_TYPES: Mapping[AttributeType, str] = {
    AttributeType.NUMBER: "A number, without its unit.",
    AttributeType.MULTI_ENUM: "One or several of the list, with ; between them.",
    AttributeType.DATE: "A date such as 2027-01-31.",
    AttributeType.FILE: "The name of a file.",
}
_INLINE = 200
"""Characters of a list that stands in the rule itself; a longer one goes to the hidden sheet."""


def write_template(path: Path, *, english: bool, categories: Sequence[str] = (), asked: Sequence[Field] = ()) -> None:
    """Write the template; `categories` are the paths that its drop-down offers, `asked` the attributes that become
    columns of their own. OSError if it cannot be written."""
    import openpyxl  # noqa: PLC0415  (slow to import, rarely needed)
    from openpyxl.comments import Comment  # noqa: PLC0415
    from openpyxl.styles import Alignment, Font, PatternFill, Protection  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Goods" if english else "商品"
    fields = [*own.LABELS]
    if not any(field.spec for field in asked):
        fields[6:6] = ["specs"]
    place = fields.index("description")
    named = {f"attribute:{n}": field for n, field in enumerate(asked)}
    fields[place:place] = list(named)
    choices = {
        "unit": f'"{UNITS[english]}"',
        "tax_rate_bp": f'"{TAX_RATES}"',
        "dropship_allowed": '"Yes,No"' if english else '"是,否"',
        "on_sale": '"Yes,No"' if english else '"是,否"',
    }
    if categories:
        choices["category"] = _listed(book, "Categories" if english else "分类", categories)
    for number, (key, each) in enumerate(named.items()):
        options = [o.en if english else o.zh for o in each.options]
        if each.type is AttributeType.BOOLEAN:
            choices[key] = choices["on_sale"]
        elif options:
            inline = ",".join(options)
            plain = len(inline) <= _INLINE and not any(sign in o for o in options for sign in ',"')
            sheet_name = f"Values {number + 1}" if english else f"可选值{number + 1}"
            choices[key] = f'"{inline}"' if plain else _listed(book, sheet_name, options)
    for at, field in enumerate(fields, 1):
        letter = get_column_letter(at)
        asks = named.get(field)
        label = (
            asked_label(asks, english)
            if asks
            else own.SPEC[english] + ("Colour" if english else "颜色")
            if field == "specs"
            else own.label(field, english)
        )
        head = sheet.cell(row=1, column=at, value=label)
        needed = asks.required if asks else field in _REQUIRED
        head.font = Font(bold=True, color="FFFFFF" if needed else "1B1F27")
        head.fill = PatternFill("solid", fgColor="175BC4" if needed else "E8F0FE")
        head.alignment = Alignment(vertical="center", wrap_text=True)
        head.protection = Protection(locked=True)
        hint = asked_hint(asks, english) if asks else tr(HINTS[field]) if field in HINTS else ""
        if needed:
            hint = f"{tr('Required.')} {hint}"
        if hint:
            head.comment = Comment(hint, "S2B", width=260, height=90)
        example = sheet.cell(row=2, column=at, value=_example(field, asks, english, categories))
        example.font = Font(italic=True, color="5A6478")
        example.protection = Protection(locked=False)
        column = sheet.column_dimensions[letter]
        column.width = _WIDTHS.get(field, 15)
        column.protection = Protection(locked=False)
        if field in ("sku_code", "product_key", "barcodes", "tax_code", "packages"):
            column.number_format = "@"
            example.number_format = "@"
        if field in choices:
            rule = DataValidation(type="list", formula1=choices[field], allow_blank=True)
            loose = field in ("unit", "category", "tax_rate_bp")
            rule.showErrorMessage = _closed(asks) if asks else not loose
            rule.add(f"{letter}2:{letter}{ROWS}")
            sheet.add_data_validation(rule)
        elif asks and asks.type in (AttributeType.NUMBER, AttributeType.DATE):
            number = asks.type is AttributeType.NUMBER
            least = "-1000000000000" if number else "1"
            rule = DataValidation("decimal" if number else "date", "greaterThanOrEqual", least, allow_blank=True)
            rule.errorTitle, rule.error = label[:30], hint[:200]
            rule.showErrorMessage = True
            rule.add(f"{letter}3:{letter}{ROWS}")
            sheet.add_data_validation(rule)
            if not number:
                column.number_format = "yyyy-mm-dd"
    sheet.row_dimensions[1].height = 30
    sheet.freeze_panes = "B2"
    protection = sheet.protection
    protection.sheet = True
    protection.formatColumns = protection.formatRows = protection.formatCells = False
    protection.insertRows = protection.deleteRows = protection.sort = protection.autoFilter = False
    book.save(path)


def asked_label(field: Field, english: bool) -> str:
    """The header of an attribute's column, as our own dialect reads it."""
    prefix = own.SPEC if field.spec else own.PARAMETER
    return prefix[english] + (field.name_en if english else field.name_zh)


def asked_hint(field: Field, english: bool) -> str:
    """What the comment on such a header says."""
    said = [tr(_TYPES[field.type])] if field.type in _TYPES else []
    if field.unit:
        said.append(tr("In {unit}.", unit=field.unit))
    if field.hint(english):
        said.append(field.hint(english))
    if field.options and not field.strict:
        said.append(tr("Other values may be written too."))
    return " ".join(said)


def _closed(field: Field) -> bool:
    """Whether Excel itself refuses what is not in the list; of several, it cannot tell."""
    return field.type is AttributeType.BOOLEAN or (field.type is AttributeType.ENUM and field.strict)


def _example(field: str, asks: Field | None, english: bool, categories: Sequence[str]) -> str:
    value = ""
    if asks is not None and asks.options:
        value = asks.options[0].en if english else asks.options[0].zh
    elif field == "category" and len(categories) == 1:
        value = categories[0]
    elif asks is None and field in _EXAMPLE:
        value = _EXAMPLE[field][english]
    return _FOR_EXAMPLE[english] + value if value else ""


def _listed(book: "Workbook", name: str, values: Sequence[str]) -> str:
    """Put a list on a hidden sheet of its own; the formula of a rule that offers it."""
    sheet = book.create_sheet(name)
    for row, value in enumerate(values, 1):
        cell = sheet.cell(row=row, column=1, value=value)
        cell.data_type = "s"  # a value that begins with = is no formula
    sheet.sheet_state = "hidden"
    return f"='{name}'!$A$1:$A${len(values)}"
