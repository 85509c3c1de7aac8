"""The names of categories from the top of the tree down."""

from typing import Any

from sqlalchemy import Connection, select

from s2b_domain.commands.categories import schema_of
from s2b_domain.records.catalog import Category
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.attributes import Field

_category = Category.table


def category_path(connection: Connection, category_id: str) -> tuple[tuple[str, str], ...]:
    """(Chinese, English) names from the top of the tree down to a category."""
    path: list[tuple[str, str]] = []
    while category_id and len(path) < 64:
        columns = (_category.c.name_zh, _category.c.name_en, _category.c.parent_id)
        row = connection.execute(select(*columns).where(_category.c.id == category_id)).first()
        if row is None:
            break
        path.append((row[0], row[1]))
        category_id = row[2]
    return tuple(reversed(path))


def category_paths(connection: Connection, english: bool) -> list[str]:
    """Paths of the categories that have no children, in the order of the tree."""
    rows = connection.execute(
        select(
            _category.c.id, _category.c.parent_id, _category.c.name_zh, _category.c.name_en, _category.c.position
        ).where(_category.c.retired.is_(False))
    ).all()
    children: dict[str, list[Any]] = {}
    for row in sorted(rows, key=lambda r: (r[4], r[0])):
        children.setdefault(row[1], []).append(row)
    paths: list[str] = []

    def walk(parent: str, above: str, depth: int) -> None:
        for row in children.get(parent, []):
            path = f"{above} / {row[3 if english else 2]}" if above else row[3 if english else 2]
            if row[0] in children and depth < 64:
                walk(row[0], path, depth + 1)
            else:
                paths.append(path)

    walk("", "", 0)
    return paths


def template_of(connection: Connection, category_id: str, english: bool) -> tuple[list[str], tuple[Field, ...]]:
    """The category paths that a template offers, and what the chosen category asks; all paths where none is chosen."""
    path = category_path(connection, category_id)
    if not path:
        return category_paths(connection, english), ()
    return [" / ".join(names[english] for names in path)], schema_of(RecordStore(connection), category_id).fields
