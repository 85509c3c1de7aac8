"""The divisions of China that the program brings along, read when they are first needed."""

from collections.abc import Iterator
from functools import cache

from s2b_desktop.models.pinyin import syllables
from s2b_desktop.resources import path
from s2b_domain.intake.divisions import Division, Divisions


@cache
def divisions() -> Divisions:
    """All of them, with former names; a few milliseconds the first time."""
    return Divisions.of(_rows("divisions.tsv"), _rows("former.tsv"))


def _rows(name: str) -> Iterator[tuple[str, str]]:
    for line in path("divisions", name).read_text(encoding="utf-8").splitlines():
        code, _tab, place = line.partition("\t")
        yield code, place


@cache
def _sounds(name: str) -> tuple[str, ...]:
    ways = syllables(name)
    return tuple(sound for way in ways for sound in ("".join(way), "".join(s[:1] for s in way)))


def matching(places: list[Division], typed: str) -> list[Division]:
    """The places whose name holds what is typed, or whose pinyin or initials begin with it."""
    wanted = typed.casefold().replace(" ", "").replace("'", "")
    if not wanted:
        return places
    by_name = [p for p in places if wanted in p.name]
    return by_name or [p for p in places if any(sound.startswith(wanted) for sound in _sounds(p.name))]
