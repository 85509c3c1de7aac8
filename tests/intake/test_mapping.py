"""Which column becomes which field, by names and contents in two languages."""

import pytest

from s2b_domain.intake.header import find
from s2b_domain.intake.labels import fields_named
from s2b_domain.intake.mapping import layout_key, propose


def meant(header: str, *rows: tuple[object, ...]) -> dict[str, str]:
    return {c.label: c.field for c in propose(header.split(","), [list(row) for row in rows]) if c.field}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            "名称（必填）,进货价,批发价,零售价",
            {"名称（必填）": "title", "批发价": "supply_price", "零售价": "retail_price"},
        ),
        ("品名,进货价,销售价", {"品名": "title", "销售价": "supply_price"}),
        ("品名,进货价", {"品名": "title", "进货价": "supply_price"}),
        ("*商品名称 ,货号：,条 码,单价/元", {
            "*商品名称 ": "title", "货号：": "sku_code", "条 码": "barcodes", "单价/元": "supply_price",
        }),
        ("SKU编码,款号,商品名称", {"SKU编码": "sku_code", "款号": "product_key", "商品名称": "title"}),
        ("供应商名称,供应商编码,品牌编码,商品名称", {"商品名称": "title"}),
        ("销售数量,采购数量,库存预警值,当前库存", {"当前库存": "stock_qty"}),
        ("一级分类,二级分类,部门", {"一级分类": "category", "二级分类": "category"}),
        ("商品分类,部门", {"商品分类": "category"}),
        ("品名,拼音码,保质期", {"品名": "title", "保质期": "parameters"}),
        ("Item No.,Product Name,EAN,Wholesale Price,RRP,Qty,MOQ", {
            "Item No.": "sku_code", "Product Name": "title", "EAN": "barcodes", "Wholesale Price": "supply_price",
            "RRP": "retail_price", "Qty": "stock_qty", "MOQ": "min_qty",
        }),
        ("编号,名称,供货,零售,起批", {
            "编号": "sku_code", "名称": "title", "供货": "supply_price", "零售": "retail_price", "起批": "min_qty",
        }),
        ("Item #,Description,Wholesale (USD),Qty Avail,Case Pack", {
            "Item #": "sku_code", "Description": "description", "Wholesale (USD)": "supply_price",
            "Qty Avail": "stock_qty", "Case Pack": "parameters",
        }),
        ("一件代发价,是否代发,起订量,税收分类编码,上下架", {
            "一件代发价": "dropship_price", "是否代发": "dropship_allowed", "起订量": "min_qty",
            "税收分类编码": "tax_code", "上下架": "on_sale",
        }),
    ],
)  # fmt: skip
def test_names(header: str, expected: dict[str, str]) -> None:
    assert meant(header) == expected


def test_a_description_is_the_name_where_there_is_no_other() -> None:
    assert meant("SKU,Description,Price", ("A1", "Blue mug", 3))["Description"] == "title"
    assert meant("SKU,Name,Description,Price", ("A1", "Mug", "A blue mug", 3))["Description"] == "description"


def test_codes_that_repeat_beside_barcodes_name_the_product() -> None:
    rows = [("196608432418", f"DX2164-{n // 4}", 36 + n) for n in range(12)]
    rows = [(f"1966084324{n:02d}", code, size) for n, (_, code, size) in enumerate(rows)]
    assert meant("条码,货号,尺码", *rows) == {"条码": "barcodes", "货号": "product_key", "尺码": "specs"}


def test_contents_may_veto_a_vague_name() -> None:
    assert "含价格说明" not in meant("商品名称,含价格说明", ("水", "到付"), ("茶", "包邮"))


def test_a_measure_with_two_decimals_is_no_price() -> None:
    sizes = [("PCJ664H", 5.93, 6.16), ("PCJ864H", 7.94, 8.15), ("PCJ1082H", 9.93, 12.16)]
    assert "supply_price" not in meant("Part No.,H,W", *sizes).values()
    assert meant("Item No.,Ours", ("A1", "¥5.93"), ("A2", "¥7.94"), ("A3", "¥9"))["Ours"] == "supply_price"
    assert meant("编号,专享", ("A1", "5.9元"), ("A2", "7元"), ("A3", "9元"))["专享"] == "supply_price"


def test_dropshipping_is_a_price_or_a_yes_by_its_contents() -> None:
    assert meant("货号,供货,代发", ("A1", 8.5, "9元"), ("A2", 9, "9.5元"))["代发"] == "dropship_price"
    assert meant("货号,供货,代发", ("A1", 8.5, "是"), ("A2", 9, "否"))["代发"] == "dropship_allowed"


def test_a_specification_is_called_without_the_spaces_that_spread_its_name() -> None:
    assert propose(["规 格"], [["500g"]])[0].name == "规格"
    assert propose(["Pack Size"], [["500g"]])[0].label == "Pack Size"


def test_units_in_labels_scale_weights() -> None:
    [column] = propose(["重量(kg)"], [[1.5]])
    assert (column.field, column.unit) == ("weight_g", "kg")


def test_layout_keys_ignore_marks_and_order_matters() -> None:
    assert layout_key(["商品名称（必填）", "单价"]) == layout_key(["*商品名称", "单 价"])
    assert layout_key(["a", "b"]) != layout_key(["b", "a"])


def test_a_header_of_words_without_meaning_is_none() -> None:
    assert find([["周一", "1 号线"], ["周二", "2 号线"]]).first == -1
    assert fields_named("") == ()


def test_contents_alone_name_the_columns_of_a_table_without_header() -> None:
    rows = [[n, f"WB-{n:03d}", f"保温杯第{n}款", "个", f"{n}.50", n * 7] for n in range(1, 9)]
    found = propose([""] * 6, rows)
    assert [c.field for c in found] == ["", "sku_code", "title", "unit", "supply_price", "stock_qty"]
    assert all(c.confidence < 60 for c in found)
    assert found[1].samples[:2] == ("WB-001", "WB-002")


@pytest.mark.parametrize(
    ("label", "simplified"),
    [
        ("商品編號", "商品编号"),
        ("單價", "单价"),
        ("庫存數量", "库存数量"),
        ("國際條碼", "国际条码"),
        ("規格型號", "规格型号"),
    ],
)
def test_columns_in_traditional_characters_are_the_same_columns(label: str, simplified: str) -> None:
    assert fields_named(label) == fields_named(simplified) != ()
