"""One line as customers send it ("王芳 13800000000 浙江省杭州市…"), taken apart into name, phone, region and street.

What is recognised as neither name, phone, region nor postcode stays in the street, so that nothing is lost.
"""

import re
import unicodedata

from s2b_domain.records.order import Address

_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})[- ]?(\d{7,8})(?!\d)")
_LABEL = re.compile(
    r"(?:收货人|收件人|姓名|联系人|手机号码|手机号|手机|联系电话|联系方式|电话|所在地区|所在区域|收货地址|收件地址"
    r"|详细地址|地址|邮编|邮政编码)\s*[::]?\s*"
)
_BREAK = re.compile(r"[\s,;、。|]+")
_PLACE = re.compile(r"[省市区县旗镇乡村路街道巷弄号栋幢楼室座园苑厦组厂店]|\d")
_SIGNED = re.compile(r"(?:先生|女士|小姐|收)$")
_LATIN = re.compile(r"(?<=[A-Za-z.]) (?=[A-Za-z])")
_REGION = re.compile(
    r"^(?:[^\s省市区县]{2,7}(?:省|自治区|特别行政区)\s*)?"
    r"(?:[^\s省市区县]{2,9}?(?:市|自治州|地区|盟)\s*)?"
    r"(?:[^\s省市区县路街号]{1,9}?(?:区|县|市|旗)(?![路街道里镇乡村]))?"
)


def split_address(text: str) -> Address:
    """The parts of a pasted line; parts that it does not hold are empty."""
    line = unicodedata.normalize("NFKC", text).strip()
    phone, line = _phone(line)
    line = _LATIN.sub("\0", _LABEL.sub(" ", line))
    tokens = [t.replace("\0", " ") for t in _BREAK.split(line) if t]
    tokens = [t for t in tokens if not re.fullmatch(r"\d{6}", t)] or tokens
    name = _name(tokens)
    if name is not None:
        tokens.remove(name)
    region, street = _region(tokens)
    return Address(name=(name or "").removesuffix("收"), phone=phone, region=region, street=street)


def _phone(line: str) -> tuple[str, str]:
    """The first phone number, its digits only (a landline with its hyphen), and the line with a gap in its place."""
    for pattern, joint in ((_MOBILE, ""), (_LANDLINE, "-")):
        found = pattern.search(line)
        if found:
            return joint.join(found.groups()), f"{line[: found.start()]} {line[found.end() :]}"
    return "", line


def _name(tokens: list[str]) -> str | None:
    """The token most like a name: short, without the signs that places have, rather at an end than in the middle."""
    signed = [t for t in tokens if _SIGNED.search(t) and len(t) <= 6]
    if signed or len(tokens) < 2:
        return signed[0] if signed else None
    outer = [tokens[0], tokens[-1], *tokens[1:-1]]
    return next((t for t in outer if _may_be_name(t) and not any(o != t and o.startswith(t) for o in tokens)), None)


def _may_be_name(text: str) -> bool:
    return not _PLACE.search(text) and len(text) <= (4 if _is_chinese(text) else 20)


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def _region(tokens: list[str]) -> tuple[str, str]:
    """Province, city and district at the start, and what follows."""
    whole = " ".join(tokens)
    found = _REGION.match(whole)
    head = found.group().strip() if found else ""
    return head.replace(" ", ""), whole[len(found.group()) if found else 0 :].strip()
