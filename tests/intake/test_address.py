"""One-line addresses as customers send them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_domain.intake.address import split_address


@pytest.mark.parametrize(
    ("line", "name", "phone", "region", "street"),
    [
        (
            "王芳 13800138000 浙江省杭州市西湖区文三路 478 号 3 幢 502",
            "王芳", "13800138000", "浙江省杭州市西湖区", "文三路 478 号 3 幢 502",
        ),
        (
            "收货人：李雷\n手机号码：138-0013-8000\n所在地区：上海市浦东新区\n详细地址：张杨路1518弄12号",
            "李雷", "13800138000", "上海市浦东新区", "张杨路1518弄12号",
        ),
        ("Li Na, +86 13606810456, 上海市黄浦区中华路 12 号", "Li Na", "13606810456", "上海市黄浦区", "中华路 12 号"),
        ("１３８００１３８０００", "", "13800138000", "", ""),
        ("浙江省温州市乐清柳市镇", "", "", "浙江省温州市", "乐清柳市镇"),
        ("王小姐，0571-88001234，杭州市拱墅区湖墅路 1 号", "王小姐", "0571-88001234", "杭州市拱墅区", "湖墅路 1 号"),
        ("", "", "", "", ""),
    ],
)  # fmt: skip
def test_lines(line: str, name: str, phone: str, region: str, street: str) -> None:
    found = split_address(line)
    assert (found.name, found.phone, found.region, found.street) == (name, phone, region, street)


@given(
    name=st.sampled_from(["王芳", "欧阳小满", "Li Na", "赵女士"]),
    phone=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    street=st.from_regex(r"[\u6587\u4e09\u6e56\u5885]{2,6}路 ?[1-9][0-9]{0,3} 号", fullmatch=True),
    joint=st.sampled_from([" ", "，", "\n", ", "]),
    last=st.booleans(),
)
def test_the_parts_come_back_in_any_order(name: str, phone: str, street: str, joint: str, last: bool) -> None:
    place = "浙江省杭州市西湖区" + street
    found = split_address(joint.join([place, name, phone] if last else [name, phone, place]))
    assert (found.name, found.phone, found.region, found.street) == (name, phone, "浙江省杭州市西湖区", street)


@given(st.text(max_size=80))
def test_nothing_is_said_that_was_not_pasted(line: str) -> None:
    found = split_address(line)
    said = Counter("".join((found.name, found.phone, found.region, found.street)))
    assert not {sign for sign in said - Counter(normalize("NFKC", line)) if sign not in " -"}


def test_names_and_phones_of_real_lines(shared_data: Path) -> None:
    cases = shared_data / "divisions" / "address_parse_cases_akebe.csv"
    with cases.open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["raw"], row["expected_other"]) for row in csv.DictReader(file)]
    named = [(raw, found[1]) for raw, other in rows if (found := re.search(r"name: '([^']*)'", other))]
    right = [raw for raw, name in named if split_address(raw).name == name]
    assert len(named) > 8
    assert len(right) >= len(named) - 1, {raw for raw, _ in named} - set(right)
