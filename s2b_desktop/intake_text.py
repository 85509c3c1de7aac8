"""What an import says to people: one sentence per code of `s2b_domain.intake`, in the user's language."""

from collections.abc import Iterable

from s2b_desktop.text import clauses, listed, tr
from s2b_domain.intake.combine import Aside
from s2b_domain.intake.goods import Issue
from s2b_domain.intake.refusal import Refused

ISSUES: dict[str, str] = {
    "attribute_boolean": "{name} is yes or no, not {value}.",
    "attribute_date": "{name} is a date such as 2027-01-31, not {value}.",
    "attribute_like": "{value} is not among the values of {name}. The nearest is {nearest}.",
    "attribute_missing": "The category asks for {name}.",
    "attribute_number": "{name} is a number, not {value}.",
    "attribute_unknown": "{value} is not among the values of {name}.",
    "barcode_taken": "The barcode {value} is that of {other}. A package needs one of its own.",
    "barcode_check_digit": "Barcode {value} has a wrong check digit. Compare it with the package.",
    "barcode_lost": "Excel spoiled this barcode ({value}). It is left out: format the column as text to enter it.",
    "category_from_title": "Placed by its name in {value}.",
    "code_is_barcode": "There is no column of SKU codes, so the barcode is used as the code.",
    "code_is_date": "Excel turned this code into a date. Format the column as text and enter the code again.",
    "code_made": "There was no SKU code; {code} was made from the product and its options.",
    "code_of_product": "There is no column of SKU codes: they are made of product code and options, as A1-red-S.",
    "code_rounded": "Excel rounded this long code. Format the column as text and enter the code again.",
    "continued": "{field} is empty, so this row goes on with {value} above.",
    "differs_in_product": "{field} differs from row {other} of the same product, which counts for the whole product.",
    "duplicate": "Row {other} already has the SKU code {value}.",
    "foreign_prices": "These prices seem to be in another currency ({value}) but are read as yuan. Convert them first.",
    "formula_without_value": "This formula has no stored result. Save the file in Excel or WPS and choose it again.",
    "formulas_without_values": "{n} formulas have no stored result. Save the file in Excel or WPS and choose it again.",
    "hidden_rows": "{n} rows are hidden in the sheet, as by a filter, and read like the others.",
    "leading_zero_lost": "{value} seems to have lost leading zeros; {repaired} would be right. Repair it or keep it.",
    "leading_zero_repaired": "Leading zeros put back: {value} became {repaired}.",
    "linked_workbooks": "Some cells are taken from other workbooks; what was saved last was read.",
    "variants_unread": "Some of the packed variants cannot be read: {value}",
    "lots_summed": "Stock is the sum of {n} rows of lots below.",
    "missing": "{field} is missing.",
    "must_be_positive": "{field} must be at least 1.",
    "negative": "{field} cannot be negative: {value}",
    "no_column": "No column was recognised as {field}. Go back and choose it, or fill it in below.",
    "no_header": "The sheet has no header row; columns were recognised by their contents.",
    "not_a_date": "This is not a date: {value}",
    "not_a_number": "{field} is not a number: {value}",
    "not_a_percent": "{field} is not a percentage such as 13%: {value}",
    "not_a_price": "{field} is not a price such as 12.50: {value}",
    "not_a_weight": "{field} was not understood and left out: {value}",
    "not_whole": "{field} must be a whole number for this unit: {value}",
    "not_yes_or_no": "{field} was neither yes nor no and left out: {value}",
    "open_elsewhere": "This workbook is open in another program; what was saved last was read.",
    "other_tables": "There are more tables of goods in this file ({n}). Choose another if this is the wrong one.",
    "out_of_range": "{field} is too large: {value}",
    "package_is_unit": "The unit is this package itself, so it was left out: {value}",
    "packages_unread": "This was not understood as packages and left out: {value} Write carton = 12 (16901234567892)",
    "packages_wrong": "A package holds two units or more, whole ones, and has a name and a barcode of its own: {value}",
    "picture_in_cell": "The picture in this cell was not read. Give its file name or address.",
    "pictures_alone": "{n} pictures stand beside no goods and are left out.",
    "pictures_placed": "{n} pictures in the sheet go to the goods on their rows, beside those they have.",
    "pictures_unreadable": "{n} pictures in the sheet cannot be read and are left out.",
    "picture_name": "{name} is neither an address nor a file name of a picture and was left out.",
    "price_on_request": "A price on request ({value}) cannot be ordered. Enter a price.",
    "price_open": "The price {value} is open upwards; the lowest was taken.",
    "price_range": "{value} is a range. Enter one price.",
    "no_price_but_tiers": "The price of the smallest quantity is the supply price, and that quantity the minimum.",
    "price_of_tiers": "No supply price: that of the smallest quantity ({value}) is it, and that quantity the minimum.",
    "price_tiers": "Prices by quantity ({value}) are left out. Choose Tier prices for them among the columns.",
    "price_too_fine": "{value} was rounded to 4 decimals.",
    "rows_continued": "{n} rows of further colours or sizes have no name and go on with the product above them.",
    "sheets_unread": "These sheets are damaged and were not read: {value}",
    "sizes_made": "{value} becomes {n} SKUs, one for each size or colour.",
    "sizes_spread": "Sizes or colours run across ({value}): each filled one becomes a SKU whose code ends in it.",
    "sizes_across": "Sizes or colours run across ({value}); their stock is not read. Give each one a row of its own.",
    "tiers_unread": "These prices by quantity were not understood and left out: {value} Write them as 20: 11.5; 50: 11",
    "tiers_wrong": "Prices must get lower than the supply price and lower still as the quantity grows: {value}",
    "too_long": "{field} is longer than {most} characters.",
    "too_many_cells": "This row has more cells than the header. Look for a comma that needs quotation marks.",
    "transposed": "Properties run downwards and goods across, so each column was read as one row.",
    "unit_in_use": "Some of it is in stock or on order, counted in the old unit, so it cannot become {value} now.",
    "unreadable": "{field} has characters that cannot be read. Enter it again: {value}",
    "unknown_type": "The product type {value} is unknown.",
}
"""Sentence by issue code; `{value}` is the cell, `{field}` the field's name."""

REFUSALS: dict[str, str] = {
    "cancelled": "Stopped. Nothing was imported.",
    "damaged": "This file is damaged and cannot be read. Open it in Excel or WPS and save it again.",
    "empty": "This file is empty.",
    "internal": "Something went wrong here, not in your file. Nothing was imported. Please try again.",
    "is_folder": "This is a folder. Choose a file.",
    "lock_file": "This is only the mark that Excel leaves beside an open workbook. Choose the workbook itself.",
    "no_columns": "No column was recognised as product name, SKU code or barcode. Check that the sheet lists goods.",
    "no_permission": "This file may not be read. Close it in other programs or check its permissions.",
    "no_rows": "The table has a header but no goods below it.",
    "no_report": "The report could not be written. Close it in other programs or choose another place. {detail}",
    "no_stock_columns": "No sheet has a column of codes or barcodes and one of quantities. Is this a stock list?",
    "no_such_area": "{area} is not a part of a sheet such as B3:H40.",
    "no_such_file": "There is no file of this name: it may have been moved, renamed or deleted. Choose it again.",
    "no_such_sheet": "There is no sheet named {sheet}.",
    "no_workspace": "Sign in first, or add --dry-run to see what would be imported.",
    "not_a_table": "This file holds no table.",
    "password": "This workbook is protected by a password. Save a copy without password and choose that.",
    "rows_refused": "Nothing was imported, because some rows are wrong and you chose to import all or nothing.",
    "too_large": "This file asks for more memory than is safe. Split it into smaller files.",
    "too_slow": "Reading this file took too long. Save it again in Excel or WPS, or split it.",
    "unknown_encoding": "The characters of this file cannot be read. Save it as xlsx, or as CSV in UTF-8.",
    "usage": "The command was not understood: {detail}",
    "wrong_type": "This is {kind}, not a spreadsheet. Choose an xlsx, xls, xlsb, ods or csv file.",
}
"""Sentence by the code of a refused file."""

KINDS: dict[str, str] = {
    "archive": "a compressed archive",
    "database": "a database",
    "document": "a text document",
    "image": "a picture",
    "pdf": "a PDF",
    "program": "a program",
    "web_page": "a web page",
    "xml": "an XML file",
}

FIELDS: dict[str, str] = {
    "barcodes": "Barcode",
    "brand": "Brand",
    "category": "Category",
    "description": "Description",
    "dropship_allowed": "Drop-shipping",
    "dropship_price": "Drop-ship price",
    "image_urls": "Images",
    "min_qty": "Minimum quantity",
    "on_sale": "On sale",
    "order_step": "Order step",
    "packages": "Packages",
    "parameters": "Parameter",
    "product_key": "Product code",
    "retail_price": "Suggested retail price",
    "sku_code": "SKU code",
    "specs": "Specification",
    "stock_qty": "Stock",
    "supply_price": "Supply price",
    "tax_code": "Tax category code",
    "tax_rate_bp": "Tax rate",
    "tiers": "Tier prices",
    "title": "Product name",
    "type": "Type",
    "unit": "Unit",
    "weight_g": "Weight",
}

REASONS: dict[str, str] = {
    "apostrophe": "An apostrophe in front was taken off",
    "continued": "Blank, so taken from the product above",
    "currency": "The currency sign was taken off",
    "date": "Read as a date",
    "grouping": "Signs between thousands were taken off",
    "invisible": "Invisible characters were taken off",
    "levels": "Read as levels of categories",
    "markup": "Only safe formatting was kept",
    "none": "Read as no value",
    "pack": "The pieces of the pack were counted",
    "packages": "Read as packages",
    "path": "The folders before the name were taken off",
    "per": "The unit after the price was taken off",
    "percent": "Read as a percentage",
    "several": "Read as several values",
    "spaces": "Needless spaces were taken off",
    "unit": "The unit after the number was taken off",
    "width": "Full-width characters became ordinary ones",
    "sold_out": "Read as a stock of 0",
    "tiers": "Read as prices by quantity",
    "word": "Read as yes or no",
}
"""What cleaning did to a cell, by `trace.REASONS`."""

ASIDE: dict[str, str] = {
    "not_goods": "sets, bundles and bookings",
    "section": "titles of a section",
    "total": "totals",
    "language": "the same goods in another language",
    "hidden": "hidden in the sheet",
}
"""What rows are that are left out although somebody may miss them, by `Aside.kind`."""
_RANGES = 6


def aside_text(aside: Iterable[Aside]) -> str:
    """Which rows are no goods, and what they are taken for; "" if nobody will miss any."""
    kinds: dict[str, list[int]] = {}
    for each in aside:
        if each.kind in ASIDE:
            kinds.setdefault(each.kind, []).append(each.row)
    told = [tr("{what} (row {rows})", what=tr(ASIDE[kind]), rows=_ranges(rows)) for kind, rows in kinds.items()]
    n = sum(map(len, kinds.values()))
    return tr("{n} rows are left out: {told}.", n=n, told=clauses(told)) if told else ""


def _ranges(rows: Iterable[int]) -> str:
    """Rows as people write them: 3, 5–9, …"""
    found: list[list[int]] = []
    for row in sorted(rows):
        if found and row == found[-1][1] + 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    said = [str(first) if first == last else f"{first}–{last}" for first, last in found[:_RANGES]]
    return listed([*said, "…"] if len(found) > _RANGES else said)


def reason_text(reason: str) -> str:
    """Why a cell was read as another value; codes of issues are said by the issue itself."""
    return tr(REASONS.get(reason, "Read as the note says"))


def field_name(field: str) -> str:
    """A target field as people call it."""
    return tr(FIELDS.get(field, field))


def issue_text(issue: Issue) -> str:
    """One sentence on a cell or row."""
    source = ISSUES.get(issue.code)
    if source is None:
        return issue.code
    values = {"value": issue.value, **issue.params, "field": issue.column or field_name(issue.field)}
    return tr(source, **values)


def refusal_text(refused: Refused) -> str:
    """Why a file was not imported, and what to do."""
    values: dict[str, object] = {**refused.params}
    if refused.code == "wrong_type":
        values["kind"] = tr(KINDS.get(str(values.get("kind")), "a file of another kind"))
    source = REFUSALS.get(refused.code, REFUSALS["internal"])
    return tr(source, **values) if values else tr(source)
