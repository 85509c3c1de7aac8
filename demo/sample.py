"""The sample supplier's sheet: believable wholesale goods, as messy as such sheets are.

`make` writes the same workbook every time and returns what an import must find in it.
"""

import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any

import xlsxwriter

from demo.sample_goods import CATEGORIES, Line

SHEET = "供货清单"
HEADER_ROW = 5
LABELS = (
    "商品名称（必填）",
    "品牌",
    "商品分类（必填）",
    "口味/颜色",
    "规格",
    "SKU编码*",
    "条码",
    "单位",
    "供货价(元)（必填）",
    "一件代发价",
    "是否代发",
    "建议零售价",
    "库存",
    "重量(kg)",
    "起批量",
    "税率",
    "上下架",
    "备注",
)


@dataclass
class Expected:
    """What an import of the sample must find; `codes` counts the error codes."""

    rows: int = 0
    new: int = 0
    wrong: int = 0
    header_row: int = HEADER_ROW
    sheet: str = SHEET
    codes: Counter[str] = field(default_factory=Counter)
    aside: Counter[str] = field(default_factory=Counter)


@dataclass
class _Goods:
    name: str
    brand: str
    category: str
    flavour: str
    size: str
    code: str
    barcode: Any
    unit: str
    price: Any
    dropship: Any
    allowed: str
    retail: Any
    stock: Any
    weight: Any
    least: Any
    tax: Any
    sale: str
    note: str = ""

    def cells(self) -> tuple[Any, ...]:
        return tuple(self.__dict__.values())


def with_check_digit(digits: str) -> str:
    """Append the GS1 check digit."""
    total = sum(int(d) * (3 if n % 2 == 0 else 1) for n, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def make(path: Path) -> Expected:
    """Write the sample to `path`."""
    chance = random.Random(20261122)
    goods = [one for number, line in enumerate(CATEGORIES) for one in _line(number, line, chance)]
    expected = Expected(rows=len(goods))
    _spoil(goods, expected)
    expected.wrong = sum(expected.codes.values())
    expected.new = expected.rows - expected.wrong
    _write(goods, path, expected)
    return expected


def _line(number: int, line: Line, chance: random.Random) -> list[_Goods]:
    """The goods of one category, each variant a row."""
    goods: list[_Goods] = []
    for at, (name, unit, grams, fen, sizes, flavours) in enumerate(line.products):
        for (brand_at, brand), (size_at, size), flavour in product(enumerate(line.brands), enumerate(sizes), flavours):
            index = len(goods)
            price = round(fen * (1 + 0.8 * size_at + 0.15 * brand_at)) + chance.randrange(0, 30, 5)
            maker = (number * 7919 + brand_at * 3571) % 10_000
            barcode = with_check_digit(f"69{30 + number}{maker:04d}{at:02d}{index:02d}")
            goods.append(
                _Goods(
                    name=f"{brand}{name}",
                    brand=brand,
                    category=line.path,
                    flavour=flavour,
                    size=size,
                    code=f"{line.letters}{at + 1:02d}{index + 1:03d}",
                    barcode=barcode if index % 9 else int(barcode),
                    unit=unit,
                    price=_price(price, index),
                    dropship=round(price * 1.12) / 100 if index % 4 else "",
                    allowed=("否", "是", "√", "支持")[index % 4],
                    retail=_price(round(price * 1.45 / 10) * 10, index + 3),
                    stock=chance.randrange(20, 900) / (4 if unit == "kg" else 1) if index % 11 else "",
                    weight=grams * (1 + size_at) / 1000,
                    least=chance.choice((1, 2, 6, 12, f"12{unit}")),
                    tax=("13%", 0.13, "13")[index % 3] if line.tax == 13 else ("9%", 0.09)[index % 2],
                    sale="下架" if index % 37 == 5 else "上架",
                    note=chance.choice(("", "", "", "新品", "保质期12个月", "整箱另议")),
                )
            )
    return goods


def _price(fen: int, style: int) -> Any:
    """A price as people type it."""
    yuan = f"{fen // 100}.{fen % 100:02d}"
    if style % 10 == 3:
        return f"￥{yuan}"
    if style % 10 == 6:
        return f"{yuan.rstrip('0').rstrip('.')}元"
    if style % 29 == 8:
        return yuan.translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))
    return fen / 100


def _spoil(goods: list[_Goods], expected: Expected) -> None:
    """Make the mistakes that people make; each wrong row has one, harmless oddities are not counted."""
    for at in (40, 161, 333, 470):
        digits = str(goods[at].barcode)
        goods[at].barcode = digits[:-1] + str((int(digits[-1]) + 3) % 10)
        expected.codes["barcode_check_digit"] += 1
    for at in (75, 226, 415):
        goods[at].barcode = int(with_check_digit(f"0{71_234 + at:05d}{at:05d}"))
        expected.codes["leading_zero_lost"] += 1
    for at, other in ((120, 110), (301, 295), (488, 480)):
        goods[at].code = goods[other].code
        expected.codes["duplicate"] += 1
    for at, words in ((92, "时价"), (255, "时价"), (390, "面议")):
        goods[at].price = words
        expected.codes["price_on_request"] += 1
    for at in (147, 362):
        goods[at].name = ""
        expected.codes["missing"] += 1
    for at in (58, 279):
        goods[at].stock = -6
        expected.codes["negative"] += 1
    goods[444].price = "12-15元"
    expected.codes["price_range"] += 1
    for at in (9, 130, 344):
        goods[at].code = "'" + goods[at].code
    for at in (17, 201, 402):
        goods[at].barcode = f"'{goods[at].barcode}"
    for at in (23, 180, 290):
        goods[at].name = f"\u3000{goods[at].name}\u200b "
    for at in (33, 310):
        goods[at].code = goods[at].code + "\u00a0"


def _write(goods: list[_Goods], path: Path, expected: Expected) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"title": "供货清单", "created": datetime(2026, 11, 2)})
        sheet = book.add_worksheet(SHEET)
        title = book.add_format({"bold": True, "font_size": 16, "align": "center"})
        bold = book.add_format({"bold": True, "bg_color": "#FFF2CC", "border": 1})
        plain = book.add_format({"font_color": "#7F7F7F", "text_wrap": True})
        last = len(LABELS) - 1
        sheet.merge_range(0, 0, 0, last, "禾丰百货批发部 2026 年秋冬供货清单", title)
        sheet.merge_range(
            1,
            0,
            1,
            last,
            "填写说明：带“必填”或 * 的列请务必填写；价格为含税价；条码请以文本填写，不要丢掉开头的 0。",
            plain,
        )
        sheet.write(2, 0, "联系人：王经理")
        sheet.write(2, 4, "更新日期：2026.11.02")
        for at, label in enumerate(LABELS):
            sheet.write_string(HEADER_ROW - 1, at, label, bold)
        sheet.set_column(0, 0, 32)
        sheet.set_column(1, last, 13)
        number = HEADER_ROW
        section = ""
        for one in goods:
            top = one.category.split("/")[0]
            if top != section:
                section = top
                sheet.write_string(number, 0, f"【{top}】", bold)
                expected.aside["section"] += 1
                number += 1
            for at, cell in enumerate(one.cells()):
                if isinstance(cell, str):
                    sheet.write_string(number, at, cell)
                else:
                    sheet.write_number(number, at, cell)
            number += 1
        sheet.write_string(number, 0, "合计")
        sheet.write_number(number, 12, sum(g.stock for g in goods if not isinstance(g.stock, str)))
        expected.aside["total"] += 1
        _write_other(book.add_worksheet("送货安排"))


def _write_other(sheet: Any) -> None:
    """A sheet that has nothing to do with goods."""
    for at, label in enumerate(("星期", "线路", "司机", "电话", "发车时间")):
        sheet.write_string(0, at, label)
    for at, day in enumerate("一二三四五六", 1):
        for column, text in enumerate((f"周{day}", f"{at} 号线", "李师傅", f"1380000000{at}", "06:30")):
            sheet.write_string(at, column, text)


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
