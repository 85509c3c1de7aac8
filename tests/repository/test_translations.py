"""Every source has its Chinese, with the same fields, and nothing is translated that nobody says."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from tests.repository.sources import parse, sources_in, strings_in, takes_text

ROOT = Path(__file__).resolve().parents[2]
I18N = ROOT / "resources" / "i18n"

Catalog = dict[str, dict[str, str | dict[str, str]]]


def catalog(language: str) -> Catalog:
    """Translations by file name."""
    return {file.name: json.loads(file.read_text("utf-8")) for file in sorted((I18N / language).glob("*.json"))}


def fields(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)", text))


def missing(trees: dict[Path, ast.Module], translated: set[str]) -> list[str]:
    callables = takes_text(trees.values())
    return [
        f"{file.name}:{line}: {source!r}"
        for file, tree in trees.items()
        for source, line in sources_in(tree, callables)
        if source not in translated and re.search("[^\\W\\d]", source)
    ]


def test_every_source_has_its_chinese() -> None:
    translated = {source for entries in catalog("zh_CN").values() for source in entries}
    lacking = missing(parse(ROOT / "s2b_desktop"), translated)
    assert not lacking, "no Chinese for:\n" + "\n".join(lacking)


def test_a_source_without_chinese_is_found() -> None:
    code = """
def banner(kind: str, text: Text, *, tip: Text = ""): ...
@dataclass
class Column:
    key: str
    title: Text
class Button:
    def __init__(self, text: Text): ...
tr("one"); banner("kind", "two", tip="three"); page.Column("key", title="four")
Button("five" if x else "six"); tr(name); banner("kind", words)
"""
    lacking = missing({Path("page.py"): ast.parse(code)}, {"two"})
    assert [line.partition(": ")[2] for line in lacking] == ["'one'", "'three'", "'four'", "'five'", "'six'"]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_translation_is_said_somewhere(language: str) -> None:
    said = strings_in([*parse(ROOT / "s2b_desktop").values(), *parse(ROOT / "s2b_domain").values()])
    unused = [
        f"{name}: {source!r}" for name, entries in catalog(language).items() for source in entries if source not in said
    ]
    assert not unused, "translated, but said nowhere:\n" + "\n".join(unused)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_translations_keep_the_fields_of_their_source(language: str) -> None:
    wrong = [
        f"{name}: {source!r} -> {said!r}"
        for name, entries in catalog(language).items()
        for source, translation in entries.items()
        for said in (translation.values() if isinstance(translation, dict) else [translation])
        if fields(said) - fields(source) or (language == "zh_CN" and fields(said) != fields(source))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_source_has_one_translation(language: str) -> None:
    seen: dict[str, str | dict[str, str]] = {}
    twice = [
        f"{name}: {source!r}"
        for name, entries in catalog(language).items()
        for source, translation in entries.items()
        if seen.setdefault(source, translation) != translation
    ]
    assert not twice, "translated twice, differently:\n" + "\n".join(twice)
