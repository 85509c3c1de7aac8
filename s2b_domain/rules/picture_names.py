"""Which goods a picture's file name means: ABC.jpg, ABC-1.jpg, ABC_2.png, ABC (3).webp, ABC 主图.jpg."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

import msgspec

_TAIL = re.compile(
    r"(?:[-_.\s]+|(?=[(\[]))[(\[]?\s*(\d{1,3}|main|front|back|detail|主图|正面|背面|详情|细节)\s*[)\]]?$"
)
_WORDS = {"main": 0, "主图": 0, "front": 1, "正面": 1, "back": 2, "背面": 2, "detail": 900, "详情": 900, "细节": 901}


class Matched(msgspec.Struct, frozen=True):
    """File names by the SKU code that they mean, in the order in which they are shown, and those that mean none."""

    by_code: dict[str, tuple[str, ...]]
    left: tuple[str, ...]


def match(names: Iterable[str], codes: Iterable[str]) -> Matched:
    """A name that is a code wins over one that is a code and a number, so that ABC-1.jpg is SKU ABC-1 where there is
    one. Letters may be large or small unless two codes differ only by that."""
    exact = set(codes)
    folded: dict[str, list[str]] = {}
    for code in exact:
        folded.setdefault(_folded(code), []).append(code)
    found: dict[str, list[tuple[int, str, str]]] = {}
    left: list[str] = []
    for name in names:
        stem = _stem(name)
        for base, order in _readings(stem):
            code = _code(base, exact, folded)
            if code:
                found.setdefault(code, []).append((order, stem, name))
                break
        else:
            left.append(name)
    return Matched({code: tuple(n for *_, n in sorted(found[code])) for code in sorted(found)}, tuple(left))


def _readings(stem: str) -> list[tuple[str, int]]:
    """What a name may mean: itself, or what stands before its number; with the place among the pictures."""
    readings = [(stem, -1)]
    tail = _TAIL.search(stem.casefold())
    if tail is not None:
        said = tail.group(1)
        readings.append((stem[: tail.start()].rstrip(), int(said) if said.isdecimal() else _WORDS[said]))
    return readings


def _code(base: str, exact: set[str], folded: Mapping[str, list[str]]) -> str:
    if base in exact:
        return base
    alike = folded.get(_folded(base), [])
    return alike[0] if len(alike) == 1 else ""


def _stem(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name.replace("\\", "/").rsplit("/", 1)[-1]).strip()
    return plain.rsplit(".", 1)[0].strip() if "." in plain[1:] else plain


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
