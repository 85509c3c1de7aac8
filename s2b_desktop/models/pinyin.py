"""How Chinese text sounds, without tones: for people who type 拼音 or its initials."""

import re
import unicodedata
from functools import cache, lru_cache

HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ffff"
_OTHERWISE = """
长=chang 重=chong 行=hang 乐=yue 调=diao 盛=cheng 弹=tan 朝=zhao 传=zhuan 便=pian 藏=zang 都=du 率=shuai 模=mu 色=shai
熟=shou 折=she 车=ju 称=chen 参=shen 茄=jia 粘=zhan 壳=qiao 血=xie 薄=bo 剥=bo 削=xiao 露=lou 柏=bo 咖=ga 杉=sha 仔=zai
系=ji 劲=jing 纤=qian 嚼=jue 蛤=ha 堡=pu 卡=qia 给=ji 角=jue 单=shan 会=kuai 石=dan
"""
OTHERWISE = dict(pair.split("=") for pair in _OTHERWISE.split())
"""What else people type for a character that stands in no known phrase, beside its commonest reading."""
_LONGEST_PHRASE = 4
_MARKS = re.compile("[\u0300-\u0304\u030c]")


def _toneless(syllable: str) -> str:
    """ "lǜ" -> "lv": tones go, ü is v as on keyboards."""
    return _MARKS.sub("", unicodedata.normalize("NFD", syllable)).replace("u\u0308", "v")


@cache
def _tables() -> tuple[dict[int, str], dict[str, list[list[str]]]]:
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT  # noqa: PLC0415  (large: only once somebody searches)

    return PINYIN_DICT, PHRASES_DICT


@lru_cache(maxsize=30_000)
def _readings(char: str) -> tuple[str, bool]:
    """The commonest reading of a character, and whether it has others."""
    first, *others = dict.fromkeys(_toneless(r) for r in _tables()[0].get(ord(char), "").split(","))
    return first, bool(others)


@lru_cache(maxsize=50_000)
def _phrase(text: str) -> tuple[str, ...] | None:
    known = _tables()[1].get(text)
    return None if known is None else tuple(_toneless(k[0]) for k in known)


def syllables(run: str) -> tuple[list[str], list[str]]:
    """One syllable per character of a run of Chinese ("" for one that nobody knows how to say), read in two ways.

    A character with several readings is read as in the longest known phrase around it (银行 hang, 行李 xing); where
    there is none, in its commonest way and, second, as `OTHERWISE` says.
    """
    common: list[str] = []
    second: list[str] = []
    for place, char in enumerate(run):
        reading, ambiguous = _readings(char)
        settled = _in_phrase(run, place) if ambiguous else reading
        common.append(settled or reading)
        second.append(settled or OTHERWISE.get(char, reading))
    return common, second


def _in_phrase(run: str, place: int) -> str | None:
    for length in range(min(_LONGEST_PHRASE, len(run)), 1, -1):
        for start in range(max(0, place - length + 1), min(place, len(run) - length) + 1):
            spoken = _phrase(run[start : start + length])
            if spoken is not None and len(spoken) == length:
                return spoken[place - start]
    return None
