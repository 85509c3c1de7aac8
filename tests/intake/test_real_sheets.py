"""The real files: imported, or refused with a clear reason."""

from collections import Counter
from pathlib import Path

import pytest

from s2b_domain.intake.diff import known
from s2b_domain.intake.examination import Examination, examine, peek
from s2b_domain.intake.goods import GoodsRow
from s2b_domain.intake.header import text_of
from s2b_domain.intake.policy import Policy
from s2b_domain.intake.refusal import Refused
from tests.conftest import SHARED_DATA

SHEETS = SHARED_DATA / "sheets"
BAGISTO = SHEETS / "bagisto"
pytestmark = pytest.mark.skipif(not SHEETS.is_dir(), reason="the shared data is not beside this checkout")


def columns(found: Examination) -> dict[str, str]:
    return {c.label: c.field for c in found.columns if c.field and c.label}


def codes(found: Examination) -> Counter[str]:
    return Counter(issue.code for issue in found.errors)


def refusal(path: Path) -> str:
    with pytest.raises(Refused) as refused:
        examine(path)
    return refused.value.code


def outcome(path: Path) -> str:
    try:
        return "read" if examine(path).rows else "nothing"
    except Refused as refused:
        return refused.code


def test_convenience_shop() -> None:
    found = examine(SHEETS / "cn-convenience-shop" / "商品资料.xlsx")
    assert (found.rows, len(found.plan.new), len(found.plan.wrong)) == (302, 298, 4)
    assert columns(found)["批发价"] == "supply_price"
    assert columns(found)["销售价（必填）"] == "retail_price"
    assert "进货价（必填）" not in columns(found)
    assert codes(found) == {"barcode_check_digit": 3, "not_whole": 1, "missing": 3}
    assert found.plan.new[0].barcodes == ("8997788998624",)


def test_sneaker_barcodes_keep_every_digit() -> None:
    path = SHEETS / "cn-sneaker-barcodes" / "Stock_table.xlsx"
    policy = Policy(required=())
    found = examine(path, sheet="19-number", policy=policy)
    assert columns(found)["货号"] == "product_key"
    assert codes(found)["leading_zero_lost"] == 1_168  # of 1,170 with 11 digits; two do not add up either way
    bad = [issue.value for issue in found.errors if issue.code == "barcode_check_digit"]
    assert sum(";" not in value for value in bad) == 343
    assert sum(";" in value for value in bad) == 36  # two codes in one cell
    repaired = examine(path, sheet="19-number", policy=Policy(required=(), leading_zeros="repair", bad_barcodes="keep"))
    assert "leading_zero_lost" not in codes(repaired)
    assert any(row.sku_code == "091204268730" for row in repaired.plan.new)
    assert any(row.sku_code == "196977593260" for row in repaired.plan.new)  # had an apostrophe
    assert not any(row.sku_code.startswith("'") for row in repaired.plan.new)


def test_a_sheet_without_prices_says_so() -> None:
    found = examine(SHEETS / "cn-sneaker-barcodes" / "ISBN-货号对照表.xlsx")
    assert ("no_column", "supply_price") in [(n.code, n.field) for n in found.notes]
    assert len(found.plan.wrong) == found.rows == 6


def test_the_sheet_with_rows_is_proposed() -> None:
    assert examine(SHEETS / "cn-sneaker-barcodes" / "库存表.xlsx").sheet == "ISBN-货号对照表"


def test_bagisto_gives_the_same_from_csv_xls_and_xlsx() -> None:
    found = [
        examine(BAGISTO / f"storage_app_public_data-transfer_samples_{kind}_products.{kind}")
        for kind in ("csv", "xls", "xlsx")
    ]
    assert [f.dialect for f in found] == ["bagisto"] * 3
    assert found[0].plan.new == found[1].plan.new == found[2].plan.new
    goods = {row.sku_code: row for row in found[0].plan.new}
    assert len(goods) == 8
    assert goods["SP-005"].product_key == "CP-001"
    assert goods["SP-005"].specs == {"color": "Yellow", "size": "M"}
    assert goods["SP-001"].stock_qty == 100
    assert Counter(a.kind for a in found[0].aside) == {"not_goods": 17, "parent": 1}


def test_bagisto_with_errors() -> None:
    found = examine(BAGISTO / "packages_Webkul_Admin_tests_e2e-pw_data_data-transfer_products-with-errors.csv")
    assert (len(found.plan.new), codes(found)) == (1, {"unknown_type": 1})


@pytest.mark.parametrize("kind", ["csv", "xls", "xlsx"])
def test_tax_rates_are_no_goods(kind: str) -> None:
    assert refusal(BAGISTO / f"storage_app_public_data-transfer_samples_{kind}_tax-rates.{kind}") == "no_columns"


def test_shopify() -> None:
    found = examine(SHEETS / "shopify-packt" / "Product-data.csv")
    assert (found.dialect, len(found.plan.new), len(found.plan.wrong)) == ("shopify", 21, 0)
    lamp = found.plan.new[0]
    assert (lamp.sku_code, lamp.supply_price, lamp.retail_price) == ("floor-lamp", 699_900, 850_000)
    assert {row.sku_code: row.specs for row in found.plan.new if row.specs} == {
        "gardening-gloves-Green": {"Color": "Green"},
        "gardening-gloves-Yellow": {"Color": "Yellow"},
    }


def test_taobao_header_without_goods() -> None:
    assert refusal(SHEETS / "cn-taobao-format" / "taobao_assistant_header_reference_utf16le.csv") == "no_rows"


def test_every_file_is_read_or_refused() -> None:
    for path in SHEETS.rglob("*.*"):
        if path.suffix in (".csv", ".xls", ".xlsx"):
            assert outcome(path) in ("read", "no_columns", "no_rows"), path


EXPECTED = {
    # file: (sheet, rows, new, wrong, what a person would read off the first row)
    "cn-convenience-shop/商品资料.xlsx": ("Sheet1", 302, 298, 4, ("8997788998624", "啪啪通虾片烤番茄味", 130_000, 0)),
    "bagisto/storage_app_public_data-transfer_samples_csv_products.csv": ("", 8, 8, 0, None),
    "bagisto/storage_app_public_data-transfer_samples_xls_products.xls": ("Worksheet", 8, 8, 0, None),
    "bagisto/storage_app_public_data-transfer_samples_xlsx_products.xlsx": ("Worksheet", 8, 8, 0, None),
    "bagisto/packages_Webkul_Admin_tests_e2e-pw_data_data-transfer_products-image-urls.csv": ("", 2, 2, 0, None),
    "bagisto/packages_Webkul_Admin_tests_e2e-pw_data_data-transfer_products-directory-images.csv": ("", 2, 2, 0, None),
    "bagisto/packages_Webkul_Admin_tests_e2e-pw_data_data-transfer_products-with-errors.csv": ("", 2, 1, 1, None),
    "shopify-packt/Product-data.csv": ("", 21, 21, 0, ("floor-lamp", "Floor Lamp", 699_900, None)),
    "cn-sneaker-barcodes/Stock_table.xlsx": ("Stock", 83, 0, 83, None),
    "cn-sneaker-barcodes/ISBN-货号对照表.xlsx": ("Sheet1", 6, 0, 6, None),
    "cn-sneaker-barcodes/库存表.xlsx": ("ISBN-货号对照表", 1, 0, 1, None),
}
"""What each sheet yields to a new supplier. Where nothing is new, the sheet has no prices, and says so."""


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sheet_yields_what_a_person_would_expect(name: str) -> None:
    sheet, rows, new, wrong, first = EXPECTED[name]
    found = examine(SHEETS / name)
    assert (found.sheet, found.rows, len(found.plan.new), len(found.plan.wrong)) == (sheet, rows, new, wrong)
    if first is not None:
        row = found.plan.new[0]
        assert (row.sku_code, row.title, row.supply_price) == first[:3]
    if not new:
        assert ("no_column", "supply_price") in [(note.code, note.field) for note in found.notes]
    assert {w.row for w in found.plan.wrong} == {issue.row for issue in found.errors}  # no row without a reason
    assert {issue.code for issue in found.errors} <= {"missing", "not_whole", "barcode_check_digit", "unknown_type"}


def test_a_stock_sheet_changes_goods_that_are_there() -> None:
    path = SHEETS / "cn-sneaker-barcodes" / "Stock_table.xlsx"
    wrong = examine(path).plan.wrong
    codes = [text_of(w.cells[0]) for w in wrong]
    there = {code: GoodsRow(0, code, unit="双", stock_qty=0) for code in codes}
    found = examine(path, existing=known(there))
    counted = sum(1 for change in found.plan.changed if any(f.field == "stock_qty" for f in change.fields))
    assert counted == 82  # of 83; one stands at 0
    assert found.errors == []


def test_rows_that_are_wrong_together_are_not_taken_for_one_product() -> None:
    found = examine(SHEETS / "cn-convenience-shop" / "商品资料.xlsx")
    assert "differs_in_product" not in {w.code for w in found.plan.warnings}


def test_no_sheet_is_hidden_behind_another() -> None:
    seen = peek(SHEETS / "cn-sneaker-barcodes" / "Stock_table.xlsx")
    assert [(g.name, g.worth > 0) for g in seen.guesses] == [("Stock", True), ("19-number", True), ("log", True)]
    assert "on_sale" not in seen.guesses[2].fields  # 操作状态 成功 says nothing about goods
