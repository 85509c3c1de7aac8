"""What other systems export becomes one row per SKU."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from s2b_domain.intake.examination import Examination, examine
from s2b_domain.intake.policy import Policy
from tests.intake.sheets import workbook

SHOPIFY_NEW = (
    "Title,URL handle,Description,Vendor,Product category,Type,Status,SKU,Barcode,Option1 name,"
    "Option1 value,Option2 name,Option2 value,Price,Compare-at price,Inventory quantity,"
    "Weight value (grams),Product image URL"
)
WOO = (
    "ID,Type,SKU,Name,Published,Description,Tax status,Stock,Weight (kg),Regular price,Categories,Images,"
    "Parent,Attribute 1 name,Attribute 1 value(s)"
)
SPREE = (
    "slug*,sku*,name*,price*,status,weight,weight_unit,inventory_count,image1_src,option1_name,option1_value,category1"
)
LILISHOP = (
    "商品名称,商品卖点,商品分类(id-name),运费模板(id-name),计量单位(id-name),发布状态,商品图片,成本价,"
    "销售价,库存,重量,货号,详情,规格项,规格值"
)
TAOBAO = "title,cid,seller_cids,price,num,description,outer_id,skuProps,propAlias,picture,barcode,num_id"


def read(path: Path, header: str, rows: Sequence[dict[str, object]]) -> Examination:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header.split(","), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return examine(path)


def test_shopify_variants_share_what_their_first_row_says(tmp_path: Path) -> None:
    first = {
        "Title": "T恤",
        "URL handle": "tee",
        "Vendor": "棉间",
        "Type": "衣服",
        "Status": "draft",
        "Option1 name": "颜色",
        "Option2 name": "尺码",
    }
    found = read(
        tmp_path / "a.csv",
        SHOPIFY_NEW,
        [
            {
                **first,
                "Option1 value": "红",
                "Option2 value": "L",
                "SKU": "T1",
                "Price": "59",
                "Product image URL": "https://a.example/1.jpg",
            },
            {
                "URL handle": "tee",
                "Option1 value": "蓝",
                "Option2 value": "M",
                "Price": "59",
                "Inventory quantity": "7",
            },
            {"URL handle": "tee", "Product image URL": "https://a.example/2.jpg"},
            {"URL handle": "cup", "Title": "杯", "SKU": "C1", "Price": "9.9"},
        ],
    )
    assert found.dialect == "shopify-new"
    red, blue, cup = found.plan.new
    assert (red.sku_code, blue.sku_code, cup.sku_code) == ("T1", "tee-蓝-M", "C1")
    assert blue.specs == {"颜色": "蓝", "尺码": "M"}
    assert (blue.title, blue.brand, blue.on_sale, blue.stock_qty) == ("T恤", "棉间", False, 7)
    assert red.image_urls == blue.image_urls == ("https://a.example/1.jpg", "https://a.example/2.jpg")
    assert [(a.row, a.kind) for a in found.aside] == [(4, "picture")]
    assert [w.code for w in found.plan.warnings] == ["code_made"]


def test_columns_of_known_systems_have_examples_and_say_which_are_joined(tmp_path: Path) -> None:
    row: dict[str, object] = {"Title": "T恤", "URL handle": "tee", "SKU": "T1", "Price": "59"}
    row |= {"Option1 name": "颜色", "Option1 value": "红"}
    columns = {c.label: c for c in read(tmp_path / "a.csv", SHOPIFY_NEW + ",SEO title", [row]).columns}
    assert columns["Title"].samples == ("T恤",)
    assert [columns[label].confidence for label in ("Option1 name", "Option1 value", "SEO title")] == [99, 99, 0]


def test_woocommerce_variations_follow_their_parent(tmp_path: Path) -> None:
    found = read(
        tmp_path / "a.csv",
        WOO,
        [
            {
                "ID": 1,
                "Type": "variable",
                "SKU": "P",
                "Name": "袜",
                "Published": 1,
                "Categories": "服饰 > 袜, 新品",
                "Images": "https://a.example/1.jpg",
                "Attribute 1 name": "颜色",
                "Attribute 1 value(s)": "黑, 白",
            },
            {
                "ID": 2,
                "Type": "variation",
                "SKU": "P-1",
                "Name": "袜 - 黑",
                "Published": 1,
                "Stock": 4,
                "Weight (kg)": "0.06",
                "Regular price": "6.9",
                "Parent": "P",
                "Attribute 1 name": "颜色",
                "Attribute 1 value(s)": "黑",
            },
            {
                "ID": 3,
                "Type": "variation",
                "SKU": "P-2",
                "Published": -1,
                "Stock": "parent",
                "Regular price": "6.9",
                "Parent": "id:1",
                "Attribute 1 name": "颜色",
                "Attribute 1 value(s)": "白",
            },
            {
                "ID": 4,
                "Type": "simple",
                "SKU": "S",
                "Name": "杯",
                "Published": 1,
                "Description": "一\\n二",
                "Regular price": "9",
            },
            {"ID": 5, "Type": "grouped", "SKU": "G", "Name": "套装"},
        ],
    )
    assert found.dialect == "woocommerce"
    black, white, cup = found.plan.new
    assert (black.product_key, white.product_key, white.title, white.specs) == ("P", "P", "袜", {"颜色": "白"})
    assert (black.weight_g, black.stock_qty, white.stock_qty, white.on_sale) == (60, 4, None, False)
    assert (black.category, cup.description) == ("服饰 / 袜", "一\n二")
    assert [a.kind for a in found.aside] == ["parent", "not_goods"]


def test_spree_rows_of_one_slug(tmp_path: Path) -> None:
    found = read(
        tmp_path / "a.csv",
        SPREE,
        [
            {
                "slug*": "tee",
                "sku*": "T",
                "name*": "Tee",
                "price*": 20,
                "status": "active",
                "category1": "Men -> Shirts",
            },
            {
                "slug*": "tee",
                "sku*": "T-S",
                "price*": 20,
                "weight": 1,
                "weight_unit": "lb",
                "option1_name": "Size",
                "option1_value": "S",
            },
            {"slug*": "mug", "sku*": "M", "name*": "Mug", "price*": 5},
        ],
    )
    assert found.dialect == "spree"
    small, mug = found.plan.new
    assert (small.sku_code, small.title, small.weight_g, small.specs) == ("T-S", "Tee", 454, {"Size": "S"})
    assert (small.category, mug.supply_price) == ("Men / Shirts", 50_000)


def test_lilishop_ids_and_specifications(tmp_path: Path) -> None:
    found = read(
        tmp_path / "a.csv",
        LILISHOP,
        [
            {
                "商品名称": "牙膏",
                "商品分类(id-name)": "123-口腔",
                "计量单位(id-name)": "7-支",
                "发布状态": "上架",
                "成本价": 3,
                "销售价": 8.9,
                "库存": 5,
                "货号": "Y1",
                "规格项": "味道",
                "规格值": "薄荷",
            },
            {"销售价": 9.9, "库存": 6, "货号": "Y2", "规格项": "味道", "规格值": "海盐"},
        ],
    )
    assert found.dialect == "lilishop"
    assert [(g.sku_code, g.title, g.unit, g.category, g.supply_price, g.specs) for g in found.plan.new] == [
        ("Y1", "牙膏", "支", "口腔", 89_000, {"味道": "薄荷"}),
        ("Y2", "牙膏", "支", "口腔", 99_000, {"味道": "海盐"}),
    ]


def test_taobao_packs_variants_into_one_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    row = {
        "title": "T恤",
        "price": "59",
        "num": "9",
        "outer_id": "TB1",
        "skuProps": "59.00:4:TB1-R:1627207:28326;20509:28314;69.00:5::1627207:28338;20509:28314;",
        "propAlias": "1627207:28326:大红;1627207:28338:天蓝;20509:28314:L",
        "picture": "abc:1:0:|https://a.example/1.jpg;",
    }
    names = TAOBAO.split(",")
    lines = [["version 1.00"], names, ["宝贝名称"] + [""] * (len(names) - 1), [row.get(n, "") for n in names]]
    path.write_bytes("\r\n".join("\t".join(line) for line in lines).encode("utf-16"))
    found = examine(path)
    assert (found.dialect, found.encoding, found.header_row) == ("taobao", "utf-16", 2)
    assert [(g.sku_code, g.supply_price, g.stock_qty, g.specs) for g in found.plan.new] == [
        ("TB1-R", 590_000, 4, {"颜色分类": "大红", "尺码": "L"}),
        ("TB1-天蓝-L", 690_000, 5, {"颜色分类": "天蓝", "尺码": "L"}),
    ]
    assert found.plan.new[0].image_urls == ("https://a.example/1.jpg",)


def test_codes_of_one_width_that_lost_zeros(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    rows = [("商品名称", "货号", "单价"), ("水", "000123", 1), ("茶", "000124", 1), ("奶", "012345", 1), ("糖", 126, 1)]
    found = examine(workbook(path, rows))
    assert [(e.row, e.code, e.params["repaired"]) for e in found.errors] == [(5, "leading_zero_lost", "000126")]
    repaired = examine(path, policy=Policy(leading_zeros="repair"))
    assert [row.sku_code for row in repaired.plan.new] == ["000123", "000124", "012345", "000126"]


def test_specifications_in_one_cell(tmp_path: Path) -> None:
    found = read(
        tmp_path / "a.csv",
        "品名,货号,单价,规格",
        [{"品名": "袜", "货号": f"W{n}", "单价": 2, "规格": f"颜色:黑;尺码:{n}"} for n in range(3)],
    )
    assert found.plan.new[1].specs == {"颜色": "黑", "尺码": "1"}
    assert {row.product_key for row in found.plan.new} == {"袜"}


TAOBAO_OLD = (
    "title\tcid\tseller_cids\tstuff_status\tlocation_state\tlocation_city\titem_type\tprice\tauction_increment\tnum\t"
    "description\tcateProps\tpicture\tvideo\tskuProps\tinputPids\tinputValues\touter_id\tpropAlias\tauto_fill\tnum_id"
)
TAOBAO_NAMES = (
    "宝贝名称\t宝贝类目\t店铺类目\t新旧程度\t省\t城市\t出售方式\t宝贝价格\t加价幅度\t宝贝数量\t宝贝描述\t宝贝属性\t新图片\t视频\t"
    "销售属性组合\t用户输入ID串\t用户输入名-值对\t商家编码\t销售属性别名\t代充类型\t数字ID"
)


@pytest.mark.parametrize("encoding", ["utf-16", "gbk", "utf-8-sig"])
def test_taobao_of_old_in_its_encodings(tmp_path: Path, encoding: str) -> None:
    cells = dict.fromkeys(TAOBAO_OLD.split("\t"), "")
    cells |= {
        "title": "纯棉T恤 夏季新款",
        "price": "59.00",
        "num": "12",
        "outer_id": "TB01",
        "description": "<p>面料：棉</p>",
    }
    lines = ["version 1.00", TAOBAO_OLD, TAOBAO_NAMES, "\t".join(cells.values())]
    (tmp_path / "a.csv").write_bytes("\r\n".join(lines).encode(encoding))
    found = examine(tmp_path / "a.csv")
    assert found.dialect == "taobao"
    assert [(g.sku_code, g.title, g.supply_price, g.stock_qty, g.description) for g in found.plan.new] == [
        ("TB01", "纯棉T恤 夏季新款", 590_000, 12, "<p>面料：棉</p>")
    ]


def test_what_is_wrong_with_one_sku_of_a_row_is_said_of_it_alone(tmp_path: Path) -> None:
    good = {"title": "T恤", "price": "10", "num": "9", "outer_id": "TX"}
    packed = "10:4:TX-R:1627207:1;12.5:5:TX-B?\u200b:1627207:2;99999999999999:1:TX-G:1627207:3;"
    found = read(tmp_path / "a.csv", TAOBAO, [{**good, "skuProps": packed}])
    assert [row.sku_code for row in found.plan.new] == ["TX-R", "TX-B?"]
    [wrong] = found.plan.wrong
    assert (wrong.row, [(i.row, i.field) for i in wrong.issues]) == (2, [(2, "supply_price")])
    assert "TX-G" in wrong.cells
    assert [trace.row for trace in found.traces if trace.field == "sku_code"] == [2]
    [blank] = read(tmp_path / "b.csv", TAOBAO, [{**good, "title": "", "outer_id": "A"}]).plan.wrong
    assert [(i.row, i.field, i.code) for i in blank.issues] == [(2, "title", "missing")]


def test_no_packed_variant_is_passed_over(tmp_path: Path) -> None:
    good = {"title": "T恤", "price": "10", "num": "9", "outer_id": "TX"}
    packed = "时价:4:TX-R:1627207:1;12:1.5:TX-B:1627207:2;9:1:TX-G:1627207:3;8:2:TX-Y;"
    found = read(tmp_path / "a.csv", TAOBAO, [{**good, "skuProps": packed}])
    said = [(i.field, i.code, i.value) for row in found.plan.wrong for i in row.issues]
    assert ("specs", "variants_unread", "8:2:TX-Y") in said
    told = {cell for row in found.plan.wrong for cell in row.cells}
    kept = {row.sku_code for row in found.plan.new}
    assert {"TX-R", "TX-B", "TX-G"} <= told | kept


def test_a_title_that_a_later_row_of_the_product_says_is_missing_nowhere(tmp_path: Path) -> None:
    shirt: dict[str, object] = {"URL handle": "tee", "Option1 name": "尺码", "Price": "59"}
    rows = [{**shirt, "SKU": f"T{n}", "Option1 value": size} for n, size in enumerate("SML")]
    rows[1]["Title"] = "T恤"
    found = read(tmp_path / "a.csv", SHOPIFY_NEW, rows)
    assert not found.plan.wrong
    assert [row.title for row in found.plan.new] == ["T恤"] * 3
