"""Provinces, cities and districts by their six-digit code, and how people write their names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

_KINDS = (
    "特别行政区", "自治区", "自治州", "自治县", "自治旗", "林区", "特区", "新区", "矿区", "地区",
    "省", "市", "区", "县", "旗", "盟",
)  # fmt: skip
_PEOPLES = re.compile(
    r"(?:维吾尔|哈萨克|柯尔克孜|达斡尔|鄂温克|鄂伦春|俄罗斯|塔吉克|布依|土家|哈尼|傈僳|景颇|布朗|普米|仫佬|毛南|仡佬|朝鲜|蒙古|纳西|拉祜"
    r"|东乡|保安|撒拉|裕固|各|回|藏|壮|满|苗|侗|瑶|白|彝|黎|傣|畲|水|佤|羌|土|怒|独龙|锡伯|高山)(?:族|(?=$|自治))"
)
_SHORT = {
    "内蒙古自治区": "内蒙古", "广西壮族自治区": "广西", "西藏自治区": "西藏", "宁夏回族自治区": "宁夏",
    "新疆维吾尔自治区": "新疆", "香港特别行政区": "香港", "澳门特别行政区": "澳门",
}  # fmt: skip
MUNICIPALITIES = frozenset({"110000", "120000", "310000", "500000"})
_LEAST = 2


@dataclass(frozen=True, slots=True)
class Division:
    """`level` is 1 for a province, 2 for a city or a county straight below its province, 3 for a district."""

    code: str
    name: str
    parent: str
    level: int

    @property
    def short(self) -> str:
        """浙江省: 浙江, 恭城瑶族自治县: 恭城; the whole name where less than two characters would be left."""
        return _SHORT.get(self.name) or _stem(self.name)


@dataclass(frozen=True)
class Divisions:
    """The places of the state's list, and former names."""

    places: dict[str, Division]
    former: dict[str, frozenset[str]] = field(default_factory=dict)
    """Codes of today by a name of the past."""

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str]], former: Iterable[tuple[str, str]] = ()) -> "Divisions":
        """From (code, name) and (code of today, former name)."""
        names = dict(rows)
        places = {code: _placed(code, name, names) for code, name in sorted(names.items())}
        old: dict[str, set[str]] = {}
        for code, name in former:
            old.setdefault(name, set()).add(code)
        return cls(places, {name: frozenset(codes) for name, codes in old.items()})

    @cached_property
    def _children(self) -> dict[str, list[Division]]:
        below: dict[str, list[Division]] = {}
        for place in self.places.values():
            below.setdefault(place.parent, []).append(place)
        return below

    def children(self, code: str = "") -> list[Division]:
        """What lies directly below a place, by code; the provinces below ""."""
        return self._children.get(code, [])

    def chain(self, code: str) -> list[Division]:
        """The place and all above it, the province first; empty for an unknown code."""
        place = self.places.get(code)
        return [] if place is None else [*self.chain(place.parent), place]

    def text(self, code: str) -> str:
        """浙江省杭州市西湖区"""
        return "".join(place.name for place in self.chain(code))

    def holds(self, upper: str, lower: str) -> bool:
        """Whether `lower` is `upper` or lies below it."""
        return any(place.code == upper for place in self.chain(lower))

    def named(self, text: str) -> frozenset[str]:
        """Codes of the places that a whole text names, alone or from above, with or without their kinds: 浙江,
        浙江杭州, 杭州市西湖区. Of a province and a city the province (吉林); several for a name of several cities."""
        codes = self._spelt.get(text, frozenset())
        upper = min((self.places[code].level for code in codes), default=0)
        return frozenset(code for code in codes if self.places[code].level == upper)

    @cached_property
    def _spelt(self) -> dict[str, frozenset[str]]:
        ways: dict[str, set[str]] = {}
        found: dict[str, set[str]] = {}
        for place in sorted(self.places.values(), key=lambda p: p.level):
            own = {place.name, place.short}
            ways[place.code] = own | {above + name for above in ways.get(place.parent, ()) for name in own}
            for way in ways[place.code]:
                found.setdefault(way, set()).add(place.code)
        for name, codes in self.former.items():
            if name not in found:
                found[name] = {code for code in codes if code in self.places}
        return {way: frozenset(codes) for way, codes in found.items()}

    @cached_property
    def full(self) -> dict[str, frozenset[str]]:
        """Codes by name with its kind, also with another kind (临安市 for 临安区) and by former names."""
        return self._forms[0]

    @cached_property
    def shortened(self) -> dict[str, frozenset[str]]:
        """Codes by name without its kind."""
        return self._forms[1]

    @cached_property
    def longest(self) -> int:
        return max(map(len, (*self.full, *self.shortened)), default=0)

    @cached_property
    def _forms(self) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
        full: dict[str, set[str]] = {}
        short: dict[str, set[str]] = {}
        kin: dict[str, set[str]] = {}
        for place in self.places.values():
            full.setdefault(place.name, set()).add(place.code)
            stem = place.short
            if stem != place.name:
                short.setdefault(stem, set()).add(place.code)
                kinds = ("省", "自治区") if place.level == 1 else ("市", "县", "区", "旗", "新区", "地区", "自治县")
                for kind in kinds:
                    kin.setdefault(stem + kind, set()).add(place.code)
        for name, codes in self.former.items():
            full.setdefault(name, set()).update(codes)
            if _stem(name) != name:
                short.setdefault(_stem(name), set()).update(codes)
        for name, alike in kin.items():
            full.setdefault(name, alike)
        return {n: frozenset(c) for n, c in full.items()}, {n: frozenset(c) for n, c in short.items()}


def _placed(code: str, name: str, names: dict[str, str]) -> Division:
    province, city = code[:2] + "0000", code[:4] + "00"
    if code == province:
        return Division(code, name, "", 1)
    if code == city or city not in names:
        return Division(code, name, province, 3 if province in MUNICIPALITIES else 2)
    return Division(code, name, city, 3)


def _stem(name: str) -> str:
    for kind in _KINDS:
        rest = name.removesuffix(kind)
        if rest != name and len(rest) >= _LEAST:
            bare = _PEOPLES.sub("", rest)
            return bare if len(bare) >= _LEAST else rest
    return name
