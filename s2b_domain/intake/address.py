"""One line as customers send it ("王芳 13800000000 浙江省杭州市…"), taken apart into name, phone, region and street.

What is recognised as neither name, phone, region nor postcode stays in the street, so that nothing is lost.
"""

import re
import unicodedata
from collections.abc import Iterator

import msgspec

from s2b_domain.intake.divisions import Divisions

_MOBILE = re.compile(r"(?<!\d)(?:(?:\+|00)?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(?:(?:\+|00)86[- ]?)?\(?(0\d{2,3})\)?[- ]?(\d{7,8})(?!\d)")
_EXTENSION = re.compile(r"\s?(?:-|转|#)\s?\d{4}(?![\d号室栋楼幢单])")
"""Behind the number that a shop's platform gives in place of the customer's own."""
_BRACKETED = re.compile(r"[\[【(]\s?(\d{4})\s?[\])】]")
"""The same, where the platform has written it into the name or the street."""
_GLUED = re.compile(r"(1[3-9]\d)(\d{4})(\d{4})(?!\d)")
_LABEL = re.compile(
    r"(?:收货人|收件人|姓名|联系人|手机号码|手机号|手机|联系电话|联系方式|电话|所在地区|所在区域|收货地址|收件地址"
    r"|详细地址|地址|邮政编码|邮编)\s*[::]?\s*"
)
_JOINT = re.compile(r"[-/—_>]+")
"""Between the parts of a region, as forms write them."""
_BREAK = re.compile(r"[\s,;、。|]+")
_PLACE = re.compile(r"[省市区县旗镇乡村路街道巷弄号栋幢楼室座园苑厦组厂店]|\d")
_SIGNED = re.compile(r"(?:先生|女士|小姐|老师|师傅|老板|老板娘|经理|店长|收)$")
_LATIN = re.compile(r"(?<=[A-Za-z.]) (?=[A-Za-z])")
_POSTCODE = re.compile(r"\d{6}")
_FILLER = re.compile(r"市辖区|省?省直辖县级行政区划|自治区直辖县级行政区划|县(?=..{0,8}县)|中国")
_NO_REGION = re.compile(
    r"[东西南北中]?[一二三四]?(?:大?[路街道]|巷|弄|里|镇|乡|村|桥|站|湾|新村|家园|花园|广场|大厦|大酒?店|宾馆|小区|公寓|医院|[大中小]学|公园|工业园|科技园|开发区|经济)"
)  # fmt: skip
_NEXT_DISTRICT = re.compile(r"[\u4e00-\u9fff]{1,7}?[区县](?![\u4e00-\u9fff]{0,2}[路街])")
_PART = re.compile(r"[\u4e00-\u9fff]{2,5}[区县市旗]")
_LEAST = 2
_LONGEST_NAME = 20
_WORTH = {"name": 15, "phone": 20, "region": 40, "street": 25}


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a line holds; a part that it does not hold is empty.

    `area_code` is the six-digit code of the deepest place that is certain, or "". `unsure` names the fields that a
    person should look at; `choices` are the codes between which the line does not decide.
    """

    name: str = ""
    phone: str = ""
    postcode: str = ""
    region: str = ""
    area_code: str = ""
    street: str = ""
    unsure: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    @property
    def confidence(self) -> int:
        """From 0 to 100: how much of the address stands beyond doubt."""
        return sum(worth for field, worth in _WORTH.items() if field not in self.unsure)


def split_address(text: str, divisions: Divisions) -> Found:
    """The parts of a pasted line, in whatever order they come."""
    line = unicodedata.normalize("NFKC", text).strip()
    phone, extension, line = _phone(line)
    line = _LATIN.sub("\0", _LABEL.sub(" ", line))
    tokens = [t.replace("\0", " ") for t in _BREAK.split(line) if t]
    postcode = next((t for t in tokens if _POSTCODE.fullmatch(t)), "") if len(tokens) > 1 else ""
    if postcode:
        tokens.remove(postcode)
    name, certain = _name(tokens, divisions)
    if name:
        tokens.remove(name)
    region = _Region(divisions)
    street = " ".join(part for part in (region.read(tokens), extension) if part)
    if not name and region.ahead and not re.search(r"\d", region.ahead) and len(region.ahead) <= _LONGEST_NAME:
        name, street = region.ahead, street.removeprefix(region.ahead).strip()
    code, choices = region.settled()
    unsure = [field for field, said in (("name", name and certain), ("phone", phone), ("street", street)) if not said]
    depth = divisions.places[code].level if code else 0
    whole = depth == 3 or bool(code and not divisions.children(code))
    if not whole or choices or region.guessed or _NEXT_DISTRICT.match(street):
        unsure.append("region")
    return Found(
        name=name.removesuffix("收"),
        phone=phone,
        postcode=postcode,
        region=divisions.text(code) if code else region.written,
        area_code=code,
        street=street,
        unsure=tuple(unsure),
        choices=choices,
    )


def region_code(text: str, divisions: Divisions) -> str:
    """The code of a region as it was written (浙江杭州西湖区), or "" if it is none, more than that or not certain."""
    region = _Region(divisions)
    rest = region.read([t for t in _BREAK.split(unicodedata.normalize("NFKC", text).replace("/", " ")) if t])
    code, choices = region.settled()
    return "" if rest or choices else code


def _phone(line: str) -> tuple[str, str, str]:
    """The first phone number, its digits only (a landline with its hyphen), its extension unless the line has it in
    brackets too, and the line with a gap in their place."""
    for pattern, joint in ((_MOBILE, ""), (_LANDLINE, "-"), (_GLUED, "")):
        found = pattern.search(line)
        if found:
            more = _EXTENSION.match(line, found.end()) if pattern is not _LANDLINE else None
            extension, end = (more.group().strip(), more.end()) if more else ("", found.end())
            line = f"{line[: found.start()]} {line[end:]}"
            told = any(extension.endswith(digits) for digits in _BRACKETED.findall(line))
            return joint.join(found.groups()), "" if told else extension, line
    return "", "", line


def _name(tokens: list[str], divisions: Divisions) -> tuple[str, bool]:
    """The token most like a name (short, without signs of places, rather at an end), and if it is certain."""
    signed = [t for t in tokens if _SIGNED.search(t) and len(t) <= 6]
    if signed or len(tokens) < 2:
        return (signed[0], True) if signed else ("", False)
    outer = [tokens[0], tokens[-1], *tokens[1:-1]]
    likely = [
        t
        for t in outer
        if _may_be_name(t) and not _Region(divisions).holds(t) and not any(o != t and o.startswith(t) for o in tokens)
    ]
    return (likely[0], len(likely) == 1) if likely else ("", False)


def _may_be_name(text: str) -> bool:
    text = _BRACKETED.sub("", text) or text
    most = 4 if _is_chinese(text) and "·" not in text else _LONGEST_NAME
    return not _PLACE.search(text) and len(text) <= most


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


class _Region:
    """Reads the places that tokens begin with, as long as each lies within or around those before it."""

    def __init__(self, divisions: Divisions) -> None:
        self._divisions = divisions
        self._now: frozenset[str] = frozenset()
        self._then: tuple[frozenset[str], bool] = (self._now, False)
        self.guessed = False
        self.written = ""
        self.ahead = ""
        """What stands before a province with its city and district: a name, if it is short."""

    def read(self, tokens: list[str]) -> str:
        """Take the region in; what is left is the street."""
        left: list[str] = []
        for token in tokens:
            end = self._token(token)
            begins = bool(left) and self._begins(token)
            if left and not (end == len(token) and token[-1] in "省市区县旗州盟") and not begins:
                end = 0
            else:
                self.ahead = " ".join(left) if begins else self.ahead
                self._now, self.guessed = self._then
            self.written += token[:end]
            rest = token[end:].lstrip("-/—_>") if end else token
            if rest:
                left.append(rest)
        return " ".join(left)

    def holds(self, token: str) -> bool:
        """Whether a token is region from end to end."""
        return self._token(token) == len(token)

    def _begins(self, token: str) -> bool:
        """Whether an address begins here, whatever stood before it: a province by its full name, down to a district."""
        found = {self._divisions.places[c].level for c in self._then[0]}
        return not self._now and found == {3} and any(token.startswith(p.name) for p in self._divisions.children())

    def settled(self) -> tuple[str, tuple[str, ...]]:
        """The code that is certain or "", and the choices where there are several."""
        holds = self._divisions.holds
        codes = sorted(self._now, key=lambda c: (self._divisions.places[c].level, c))
        if not codes or all(holds(codes[0], c) for c in codes):
            return (codes[0] if codes else ""), ()
        top = [c for c in codes if self._divisions.places[c].level < self._divisions.places[codes[-1]].level]
        return ("" if len(top) != 1 else top[0]), tuple(codes)

    def _token(self, token: str) -> int:
        """How many characters at the start of a token are region; what that makes of it is `_then`."""
        before = self._now
        self._then = (before, self.guessed)
        at = kept = again = 0
        while at < len(token):
            filler = _FILLER.match(token, at)
            if filler:
                at = filler.end()
                kept = at if self._now and len(filler.group()) > _LEAST else kept
                continue
            joint = _JOINT.match(token, at) if at and kept == at else None
            at = joint.end() if joint else at
            step = self._step(token[at:], alone=at == 0)
            if step is None:
                break
            length, codes, bare = step
            at += length
            if codes != self._now:
                again, kept, self._now = 0, at, codes
                self._then = (codes, self._then[1] or (bare and self._low(codes) and at < len(token)))
                continue
            again = 0 if bare else again + 1
            if at == len(token) or again > 1 or (again and self._whole_city(codes)):
                kept = at
        self._now = before
        return kept

    def _step(self, text: str, *, alone: bool) -> tuple[int, frozenset[str], bool] | None:
        """The next place: how long its name is, what is known with it, and whether the name lacks its kind."""
        for length, codes, bare in self._forms(text, alone=alone):
            if not self._now:
                if not (bare and self._low(codes) and length < len(text)):
                    return length, codes, bare
                continue
            met = self._meets(codes)
            if met and not (bare and codes & self._now and met == self._now and length < len(text)):
                return length, met, bare
        return None

    def _forms(self, text: str, *, alone: bool) -> Iterator[tuple[int, frozenset[str], bool]]:
        """The places whose names the text begins with, the longest name first."""
        divisions = self._divisions
        for length in range(min(divisions.longest, len(text)), 1, -1):
            said = text[:length]
            if said in divisions.full:
                yield length, divisions.full[said], False
            if said in divisions.shortened and ((alone and length == len(text)) or not _NO_REGION.match(text, length)):
                yield length, divisions.shortened[said], True
        part = _PART.match(text) if self._now else None
        if part:
            for length in range(len(part.group()), 2, -1):
                begin = text[: length - 1]
                if text[length - 1] in "区县市旗":
                    near = frozenset(
                        c.code for n in self._now for c in divisions.children(n) if c.name.startswith(begin)
                    )
                    if len(near) == 1:
                        yield length, near, False

    def _meets(self, codes: frozenset[str]) -> frozenset[str]:
        """The deeper of each pair of which one holds the other."""
        holds = self._divisions.holds
        return frozenset(
            lower
            for now in self._now
            for code in codes
            for lower in ((code,) if holds(now, code) else (now,) if holds(code, now) else ())
        )

    def _low(self, codes: frozenset[str]) -> bool:
        """Whether all of them are districts or counties, whose bare names streets have too."""
        return all(self._divisions.places[c].level == 3 or not c.endswith("00") for c in codes)

    def _whole_city(self, codes: frozenset[str]) -> bool:
        """Whether they are cities without districts, which are written twice: 东莞市东莞市."""
        return not any(self._divisions.places[c].level != 2 or self._divisions.children(c) for c in codes)
