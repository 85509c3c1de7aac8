"""Made-up goods of a Chinese wholesaler, the same in every run: as rows of a sheet and as records on sale.

Every product has two SKUs. Titles are combined from words, so that a search finds few, some or very many of them.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import xlsxwriter

from s2b_domain.commands.goods import price_id
from s2b_domain.commands.stock import main_warehouse_id, stock_id
from s2b_domain.ids import make_id
from s2b_domain.records.catalog import STANDARD_LEVEL, Price, Product, Sku
from s2b_domain.records.record import Record
from s2b_domain.records.stock import Availability, Stock
from s2b_domain.rules.onboarding import ContentState

START = 1_795_300_000_000
HEADER = (
    "商品编码", "款号", "商品名称", "品牌", "类目", "颜色", "规格", "条码",
    "单位", "供货价", "代发价", "零售价", "起订量", "库存", "重量(g)", "产地",
)  # fmt: skip
BRANDS = (
    "清泉", "恒丰", "净植", "云柔", "晨露", "家顺", "远大", "禾木", "青禾", "暖阳", "蓝月湾", "海之韵", "山野",
    "小鹿", "乐享", "优选", "安心", "百味", "金穗", "银河", "朵朵", "木棉", "竹语", "素然", "良品记", "向日葵",
)  # fmt: skip
KINDS = (
    "经典", "轻享", "浓缩", "加厚", "柔软", "便携", "家庭装", "旅行装", "儿童", "无糖", "低脂", "有机", "天然",
    "抗菌", "防滑", "静音", "磨砂", "透明", "复古", "简约", "新款", "夏季", "冬季", "四季", "限量", "礼盒",
)  # fmt: skip
CATEGORIES = {
    "日用/清洁": "洗衣液 洗手液 洗洁精",
    "日用/纸品": "抽纸 卷纸 湿巾",
    "日用/口腔": "牙膏 牙刷",
    "家居/布艺": "毛巾 浴巾",
    "家居/鞋袜": "拖鞋 棉袜",
    "餐厨/杯具": "保温杯 玻璃杯",
    "餐厨/锅具": "炒锅 汤锅",
    "饮料/茶饮": "绿茶 乌龙茶",
    "饮料/饮用水": "苏打水 矿泉水",
    "饮料/果汁": "果汁 酸梅汤",
    "食品/零食": "薯片 饼干 坚果",
    "食品/乳品": "牛奶 酸奶",
    "食品/粮油": "大米 面粉 食用油",
    "食品/调味": "酱油 陈醋",
    "文具/书写": "中性笔 笔记本 文件夹",
    "玩具/益智": "积木 拼图",
    "数码/配件": "数据线 充电器 蓝牙耳机",
    "家电/照明": "台灯 电风扇",
}
THINGS = [(thing, category) for category, things in CATEGORIES.items() for thing in things.split()]
COLOURS = ("白色", "黑色", "蓝色", "绿色", "粉色", "灰色", "米色", "红色")
PLACES = ("浙江", "广东", "江苏", "福建", "山东", "安徽")


class Article(NamedTuple):
    """One row of the sheet, in the order of `HEADER`. Prices in yuan."""

    code: str
    style: str
    title: str
    brand: str
    category: str
    colour: str
    size: str
    barcode: str
    unit: str
    supply_price: float
    dropship_price: float
    retail_price: float
    least: int
    stock: int
    weight: int
    origin: str


def articles(count: int, start: int = 0) -> Iterator[Article]:
    """`count` SKUs, two per product, numbered from the even `start`."""
    chance = Random(20261122 + start)
    for number in range(start, start + count):
        if number % 2 == 0:
            brand, kind = chance.choice(BRANDS), chance.choice(KINDS)
            thing, category = chance.choice(THINGS)
            title = f"{brand}{kind}{thing} {number // 2:06}号"
        cost = chance.randint(200, 20_000)
        yield Article(
            code=f"HF-{number:07}",
            style=f"K{number // 2:06}",
            title=title,
            brand=brand,
            category=category,
            colour=COLOURS[number % len(COLOURS)],
            size=f"{100 + number % 900}g",
            barcode=ean13(690_000_000_000 + number),
            unit="件",
            supply_price=cost / 100,
            dropship_price=round(cost * 1.2) / 100,
            retail_price=round(cost * 1.8) / 100,
            least=1,
            stock=1000 + number % 9000,
            weight=100 + number % 900,
            origin=PLACES[number % len(PLACES)],
        )


def ean13(twelve: int) -> str:
    """A barcode of 13 digits with its check digit."""
    digits = f"{twelve:012}"
    total = sum(int(d) * (3 if at % 2 else 1) for at, d in enumerate(digits))
    return f"{digits}{-total % 10}"


def write_sheet(path: Path, count: int, start: int = 0) -> None:
    """The articles as an xlsx of 16 columns."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("商品")
    sheet.write_row(0, 0, HEADER)
    for at, article in enumerate(articles(count, start), start=1):
        sheet.write_row(at, 0, article)
    book.close()


def on_sale(count: int, supplier_ids: Sequence[str]) -> Iterator[list[Record]]:
    """The records of the articles as import and review leave them, product by product, by suppliers in turn."""
    chance = Random(count)
    product: Product | None = None
    for number, article in enumerate(articles(count)):
        supplier = supplier_ids[number // 2 % len(supplier_ids)]
        records: list[Record] = []
        if number % 2 == 0:
            product = Product(
                id=_id(chance, number),
                supplier_id=supplier,
                product_key=article.style,
                title=article.title,
                brand=article.brand,
                category_text=article.category,
                parameters={"产地": article.origin},
                state=ContentState.LIVE,
                submitted_at=START + number,
            )
            records.append(product)
        assert product is not None
        sku = Sku(
            id=_id(chance, number),
            product_id=product.id,
            supplier_id=supplier,
            code=article.code,
            barcode=article.barcode,
            specs={"颜色": article.colour, "规格": article.size},
            weight_g=article.weight,
            retail_price=round(article.retail_price * 10_000),
            dropship=True,
            live=True,
        )
        warehouse = main_warehouse_id(supplier)
        records += [
            sku,
            Price(
                id=price_id(sku.id, STANDARD_LEVEL),
                sku_id=sku.id,
                supplier_id=supplier,
                level=STANDARD_LEVEL,
                supply_price=round(article.supply_price * 10_000),
                dropship_price=round(article.dropship_price * 10_000),
                live=True,
            ),
            Stock(
                id=stock_id(supplier, sku.id, warehouse),
                owner_id=supplier,
                sku_id=sku.id,
                warehouse_id=warehouse,
                on_hand=article.stock,
                position=1,
            ),
            Availability(id=sku.id, supplier_id=supplier, available=article.stock, live=True),
        ]
        yield records


def _id(chance: Random, number: int) -> str:
    return make_id(START + number, chance.randbytes(10))
