"""Shopify's product taxonomy as it is published: a folder with categories/*.yml, attributes.yml, values.yml and
localizations. Every category lists all of its attributes; here it keeps what differs from its parent."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from s2b_domain.commands.categories import AttributeEntry, CategoryEntry
from s2b_domain.rules.attributes import AttributeType, Filter, Option, Use
from s2b_domain.taxonomy.draft import MOST_ATTRIBUTES, MOST_CATEGORIES, Draft, TaxonomyError, source_id

SOURCE = "shopify"
MOST_BYTES = 32 << 20
"""Of one file; the largest that is published has 4 MiB."""
_SPECS = frozenset({"color", "size", "shoe_size"})
"""Attributes whose values make SKUs; the taxonomy does not say."""
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Nothing but texts, lists and mappings; libyaml refuses what nests too deeply."""
_NEEDLESS = re.compile(rb"^( +)(?:context|handle): .*\n(?:\1 +.*\n)*", re.MULTILINE)
"""Half of all text, which nobody asks for: taken away before it is parsed."""

Progress = Callable[[int, int], None]


def read(folder: Path, progress: Progress = lambda _done, _of: None) -> Draft:
    """The taxonomy in a folder (the repository's root, one around it, or one inside); `TaxonomyError`, OSError."""
    data = _data(folder)
    files = sorted((data / "categories").glob("*.yml"))
    if not files or not (data / "attributes.yml").is_file():
        raise TaxonomyError("taxonomy_unknown", row=0)
    steps = len(files) + 5
    nodes: dict[str, dict[str, Any]] = {}
    for done, file in enumerate(files):
        progress(done, steps)
        for node in _list(_load(file)):
            nodes[_text(node.get("id"))] = node
            if len(nodes) > MOST_CATEGORIES:
                raise TaxonomyError("taxonomy_too_large", row=0)
    names = []
    for done, kind in enumerate(("categories", "attributes", "values")):
        progress(len(files) + done, steps)
        names.append(_names(data, kind))
    progress(len(files) + 3, steps)
    attributes, ids = _attributes(data, names[1], names[2])
    progress(len(files) + 4, steps)
    return Draft(tuple(_categories(nodes, names[0], ids)), attributes)


def _data(folder: Path) -> Path:
    """Where categories and attributes lie side by side: unpacked archives hold a folder in a folder."""
    near = (folder, folder / "data", *sorted(folder.glob("*/data")), folder.parent)
    return next((f for f in near if (f / "categories").is_dir() and (f / "attributes.yml").is_file()), folder)


def _load(file: Path) -> Any:
    if file.stat().st_size > MOST_BYTES:
        raise TaxonomyError("taxonomy_too_large", row=0)
    try:
        return yaml.load(_NEEDLESS.sub(b"", file.read_bytes()), _Loader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise TaxonomyError("taxonomy_damaged", row=0, file=file.name) from error


def _list(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        raise TaxonomyError("taxonomy_unknown", row=0)
    return value


def _text(value: Any) -> str:
    return value.strip()[:200].replace("\x00", "") if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def _names(data: Path, kind: str) -> dict[str, tuple[str, str]]:
    """Chinese name and description by key, where there are any."""
    file = data / "localizations" / kind / "zh-CN.yml"
    if not file.is_file():
        return {}
    loaded = _load(file)
    try:
        found = loaded["zh-CN"][kind]
        return {key: (_text(v.get("name")), str(v.get("description", ""))[:1000]) for key, v in found.items() if v}
    except (AttributeError, KeyError, TypeError) as error:
        raise TaxonomyError("taxonomy_damaged", row=0, file=file.name) from error


def _attributes(
    data: Path, names: dict[str, tuple[str, str]], value_names: dict[str, tuple[str, str]]
) -> tuple[tuple[AttributeEntry, ...], dict[str, str]]:
    """The attributes and their ids by key."""
    loaded = _load(data / "attributes.yml")
    if not isinstance(loaded, dict):
        raise TaxonomyError("taxonomy_unknown", row=0)
    english = {}
    if (data / "values.yml").is_file():
        english = {_text(v.get("friendly_id")): _text(v.get("name")) for v in _list(_load(data / "values.yml"))}
    base = _list(loaded.get("base_attributes", []))
    values_of = {_text(a.get("friendly_id")): _texts(a.get("values")) for a in base}
    entries: list[AttributeEntry] = []
    ids: dict[str, str] = {}
    for attribute in [*base, *_list(loaded.get("extended_attributes", []))]:
        key, name = _text(attribute.get("friendly_id")), _text(attribute.get("name"))
        if not key or not name or len(entries) >= MOST_ATTRIBUTES:
            raise TaxonomyError("taxonomy_damaged", row=0, file="attributes.yml")
        values = values_of.get(key) or values_of.get(_text(attribute.get("values_from")), [])
        zh, hint_zh = names.get(key, ("", ""))
        ids[key] = source_id(SOURCE, "attribute", key)
        entries.append(
            AttributeEntry(
                id=ids[key],
                name_zh=zh or name,
                name_en=name,
                type=AttributeType.MULTI_ENUM if values else AttributeType.TEXT,
                options=tuple(
                    Option(value_names.get(v, ("", ""))[0] or english.get(v, v), english.get(v, v))
                    for v in values[:1000]
                ),
                hint_zh=hint_zh,
                hint_en=str(attribute.get("description", ""))[:1000],
            )
        )
    return tuple(entries), ids


def _categories(
    nodes: dict[str, dict[str, Any]], names: dict[str, tuple[str, str]], attributes: dict[str, str]
) -> Iterator[CategoryEntry]:
    below = {child for node in nodes.values() for child in _texts(node.get("children"))}
    waiting: list[tuple[str, str, int, tuple[str, ...]]] = [
        (key, "", position, ()) for position, key in enumerate(k for k in nodes if k not in below)
    ]
    seen: set[str] = set()
    for key, parent, position, inherited in waiting:  # grows as it goes: parents come before their children
        if key in seen or key not in nodes:
            raise TaxonomyError("taxonomy_damaged", row=0, file=key)
        seen.add(key)
        node = nodes[key]
        listed = tuple(a for a in _texts(node.get("attributes")) if a in attributes)
        name = _text(node.get("name"))
        yield CategoryEntry(
            id=source_id(SOURCE, "category", key),
            parent_id=parent and source_id(SOURCE, "category", parent),
            name_zh=names.get(key, ("", ""))[0] or name,
            name_en=name,
            position=position,
            attributes=tuple(
                Use(attributes[a], False, a in _SPECS, Filter.KEYWORD) for a in listed if a not in inherited
            ),
            without=tuple(attributes[a] for a in inherited if a not in listed),
        )
        waiting += [(child, key, n, listed) for n, child in enumerate(_texts(node.get("children")))]
    if len(seen) != len(nodes):
        raise TaxonomyError("taxonomy_damaged", row=0, file="categories")
