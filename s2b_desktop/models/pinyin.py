"""How Chinese text sounds, without tones: for people who type 拼音 or its initials."""

import re
import unicodedata
from functools import cache, lru_cache

HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ffff"
_LONGEST_PHRASE = 4
_MARKS = re.compile("[\u0300-\u0304\u030c]")


def _toneless(syllable: str) -> str:
    """ "lǜ" -> "lv": tones go, ü is v as on keyboards."""
    return _MARKS.sub("", unicodedata.normalize("NFD", syllable)).replace("u\u0308", "v")


@cache
def _tables() -> tuple[dict[int, str], dict[str, list[list[str]]]]:
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT  # noqa: PLC0415  (large: only once somebody searches)

    return PINYIN_DICT, PHRASES_DICT


@lru_cache(maxsize=20_000)
def _common(char: str) -> str:
    return _toneless(_tables()[0].get(ord(char), "").partition(",")[0])


@lru_cache(maxsize=50_000)
def _phrase(text: str) -> tuple[str, ...] | None:
    known = _tables()[1].get(text)
    return None if known is None else tuple(_toneless(k[0]) for k in known)


@lru_cache(maxsize=50_000)
def syllables(run: str) -> tuple[str, ...]:
    """One syllable per character of a run of Chinese; "" for one that nobody knows how to say.

    A character with several readings is read as in the longest known phrase around it (银行 hang, 行李 xing), else
    in its commonest way.
    """
    found: list[str] = []
    while len(found) < len(run):
        start = len(found)
        for length in range(min(_LONGEST_PHRASE, len(run) - start), 1, -1):
            reading = _phrase(run[start : start + length])
            if reading is not None and len(reading) == length:
                found.extend(reading)
                break
        else:
            found.append(_common(run[start]))
    return tuple(found)
