"""Categories proposed for goods from their title and what the supplier calls their category.

Nothing is learned from elsewhere: a category is found by its own names in both languages (Chinese by pairs of
characters, English by words), rare parts counting more, and by what was chosen for the same text before.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from s2b_domain.rules.attributes import folded

_PARTS = re.compile(r"[\u3400-\u9fff]+|[a-z]+")
_ALIASES = re.compile(r"\s*(?:[、/&,，;；()（）+]|\band\b|\bor\b|和|与|及|或)\s*")
_SYNONYMS = re.compile(r"\s*[/、]\s*")
_LEVELS = re.compile(r"\s*[>›»＞\\|]\s*|\s+/\s+")
_WORDS = ("for", "with", "of", "the", "in", "on", "a", "an", "to", "by", "other", "accessories")
_STOP = frozenset({*_WORDS, "用", "品", "类", "其他"})
TITLE, TEXT = 1.0, 1.6
"""How much a part counts that stands in the title, and in the supplier's own category."""
_ABOVE = 0.45
_MEANT = 6.0
"""What it is worth to bear the name of the supplier's own category."""
_SAME, _PART = 0.8, 0.55
"""How much a part of a name counts beside the whole: of 饮料/饮品, and of Indoor & Outdoor Plants."""
_AFTERWARDS = 0.5
_SURE = 80
_CANDIDATES = 400


class Known(msgspec.Struct, frozen=True):
    """A category with its names from the top down, (Chinese, English) each."""

    id: str
    line: tuple[tuple[str, str], ...]


class Proposal(msgspec.Struct, frozen=True):
    """A category and how sure we are (1 to 100); `remembered`: it was chosen for this text before."""

    category_id: str
    confidence: int
    remembered: bool = False

    @property
    def sure(self) -> bool:
        """Whether it may be accepted with all others at once."""
        return self.confidence >= _SURE


def parts_of(text: str) -> list[str]:
    """Pairs of Chinese characters (a lone one stays alone) and English words without their plural."""
    found: list[str] = []
    for run in _PARTS.findall(text.casefold()):
        if run[0] >= "\u3400":
            found += [run[n : n + 2] for n in range(len(run) - 1)] or [run]
        else:
            found.append(_singular(run))
    return [part for part in found if part not in _STOP]


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


class _Alias(msgspec.Struct, frozen=True, gc=False):
    """One way to name a category: the whole name, or a part of one that names several things."""

    text: str
    parts: frozenset[str]
    share: float


class Proposer:
    """Looks through all categories; made once for a tree, then quick. `choices` are by `folded` text."""

    def __init__(self, categories: Iterable[Known], choices: Mapping[str, str] = {}) -> None:
        self._categories = list(categories)
        self._choices = dict(choices)
        self._places = {known.id: n for n, known in enumerate(self._categories)}
        self._named: dict[str, list[int]] = defaultdict(list)
        self._partly: dict[str, list[int]] = defaultdict(list)
        self._aliases: list[list[_Alias]] = []
        self._above: list[frozenset[str]] = []
        self._having: dict[str, list[int]] = defaultdict(list)
        levels: dict[tuple[str, str], tuple[str, ...]] = {}
        for n, known in enumerate(self._categories):
            aliases = _aliases(known.line[-1])
            self._aliases.append(aliases)
            for alias in aliases:
                (self._named if alias.share == 1.0 else self._partly)[alias.text].append(n)
            for part in {p for alias in aliases for p in alias.parts}:
                self._having[part].append(n)
            for level in known.line[:-1]:
                if level not in levels:
                    levels[level] = tuple(parts_of(" ".join(level)))
            self._above.append(frozenset(p for level in known.line[:-1] for p in levels[level]))
        total = len(self._categories) + 1
        self._weight = {part: math.log(total / len(having)) + 0.5 for part, having in self._having.items()}

    def propose(self, title: str, text: str = "", limit: int = 3) -> list[Proposal]:
        """The likeliest categories, best first; none rather than a wild guess."""
        remembered = self._choices.get(folded(text)) if text else None
        if remembered in self._places:
            return [Proposal(str(remembered), 100, remembered=True)]
        meant = self._meant(text)
        found = self._scores(title, text, meant)
        if not found:
            return [Proposal(self._categories[n].id, 90 if len(meant) == 1 else 60) for n in meant[:limit]]
        best = found[0].score
        second = next((f.score for f in found[1:] if not self._related(found[0].place, f.place)), 0.0)
        return [
            Proposal(self._categories[f.place].id, _confidence(f, best, second))
            for f in found[:limit]
            if f.score > best * 0.4
        ]

    def _meant(self, text: str) -> list[int]:
        """The categories that bear the name of the supplier's own one; of parts of names, the most general."""
        last = _last(text)
        named = self._named.get(last, []) if last else []
        if named or not last:
            return list(named)
        partly = self._partly.get(last, [])
        if not partly and "/" in last:
            return self._meant(last.rpartition("/")[2])
        whole = {n: min(len(a.text) for a in self._aliases[n] if a.share == 1.0 and last in a.text) for n in partly}
        rank = {n: (length, len(self._categories[n].line)) for n, length in whole.items()}
        return [n for n in partly if rank[n] == min(rank.values())]

    def _related(self, one: int, other: int) -> bool:
        a, b = self._categories[one].line, self._categories[other].line
        return a[: len(b)] == b or b[: len(a)] == a

    def _scores(self, title: str, text: str, meant: Sequence[int]) -> list["_Found"]:
        heard, said = _heard(title), set(parts_of(text))
        rough: dict[int, float] = defaultdict(float)
        for part in {*heard, *said}:
            for n in self._having.get(part, ()):
                rough[n] += self._weight[part]
        likely = sorted(rough.items(), key=lambda pair: (-pair[1], pair[0]))[:_CANDIDATES]
        plain = folded(title)
        found: list[_Found] = []
        lines = [self._categories[m].line for m in meant]
        last = _last(text)
        bearing = max((a.share for m in meant for a in self._aliases[m] if a.text == last), default=0.0)
        for n in dict.fromkeys([n for n, _ in likely] + list(meant)):
            best = covered = heard_only = 0.0
            for alias in self._aliases[n]:
                whole = sum(self._weight[p] for p in alias.parts)
                mine = sum(self._weight[p] * (heard.get(p, 0.0) + (TEXT if p in said else 0.0)) for p in alias.parts)
                there = sum(self._weight[p] for p in alias.parts if p in heard or p in said) / whole
                head = 1.0 if alias.text in text else _head(plain, alias.text)
                score = mine * there * there * alias.share * head
                new = sum(self._weight[p] for p in alias.parts if p in heard and p not in said) / whole
                heard_only = max(heard_only, new * alias.share * head)
                if score > best:
                    best, covered = score, there * alias.share * head
            above = sum(
                self._weight.get(p, 0.0) * (TEXT if p in said else heard.get(p, 0.0))
                for p in self._above[n]
                if p in heard or p in said
            )
            score = best + _ABOVE * min(above, best + 1.0)
            line = self._categories[n].line
            inside = any(line[: len(m)] == m for m in lines)
            if n in meant:
                score, covered = score + _MEANT * bearing, max(covered, 0.9 * bearing)
            elif inside and heard_only >= 0.5:
                score, covered = score + _MEANT * bearing * 1.1, min(1.0, covered + 0.2)
            elif meant:
                score *= 0.7
            score -= 0.02 * len(line)  # of equals, the more general one
            if score > 0:
                found.append(_Found(score, covered, n, bearing if inside else 0.0))
        found.sort(key=lambda f: (-f.score, self._categories[f.place].id))
        return found


class _Found(msgspec.Struct, frozen=True, gc=False):
    score: float
    covered: float
    place: int
    bearing: float


def _aliases(pair: tuple[str, str]) -> list[_Alias]:
    found: dict[str, _Alias] = {}
    for name in pair:
        whole = folded(name)
        same = [(a, _SAME) for a in _SYNONYMS.split(whole)]
        for text, share in ((whole, 1.0), *same, *((a, _PART) for a in _ALIASES.split(whole))):
            parts = frozenset(parts_of(text))
            if len(text) > 1 and parts and text not in found:
                found[text] = _Alias(text, parts, share)
    return list(found.values())


def _heard(title: str) -> dict[str, float]:
    """The parts of a title; Chinese names the thing last: 农夫山泉 饮用天然水."""
    parts = parts_of(title)
    heard: dict[str, float] = {}
    for n, part in enumerate(parts):
        late = 0.75 + 0.5 * (n + 1) / len(parts) if part[0] >= "\u3400" else 1.0
        heard[part] = max(heard.get(part, 0.0), TITLE * late)
    return heard


def _head(title: str, alias: str) -> float:
    """Less where a name only describes another thing in a title: 牛肉 in 牛肉面, date in date range."""
    at = title.rfind(alias)
    after = title[at + len(alias) :] if at >= 0 else ""
    if at < 0 or not after:
        return 1.0
    if alias[-1] >= "\u3400":
        return _AFTERWARDS if after[0] >= "\u3400" and after[0] not in "克装盒袋瓶罐" else 1.0
    return 0.85 if re.match(r"(e?s)?\s+[a-z]", after) else 1.0


def _last(text: str) -> str:
    return folded(_LEVELS.split(text.strip())[-1]) if text.strip() else ""


def _confidence(found: _Found, best: float, second: float) -> int:
    """Sure is what is wholly named, by the supplier's own category too, and stands well before the next."""
    if found.score < best:
        return max(1, min(60, round(60 * found.covered * found.score / best)))
    ahead = min(1.0, 2.0 * (1.0 - second / best))
    agreed = 0.3 * found.bearing
    return max(1, min(95, round(100 * found.covered * (0.45 + agreed + 0.2 * min(1.0, best / 12) + 0.25 * ahead))))
