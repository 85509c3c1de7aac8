"""Search as one types, over the encrypted cache of a merchant."""

import shutil
import time
from array import array
from collections.abc import Iterator
from functools import partial
from random import Random

from sqlalchemy import Connection

from bench import raw
from bench.figure import Figure, against, alternately, median, percentile, seconds, within
from bench.goods import BRANDS, KINDS, THINGS, ean13
from bench.world import PASSWORD, Stage
from s2b_desktop.models.profile import Profile
from s2b_desktop.models.queries.catalog import ProductFilter, product_names, product_rowids, product_rows
from s2b_desktop.models.search import search_goods
from s2b_desktop.models.workspace import Workspace
from s2b_desktop.sync.entry import unlock
from s2b_domain.access import Actor

FIRST = 50
QUERIES = 200
PINYIN = ("lc", "mj", "yjg", "xyy", "lvcha", "maojin", "yajin", "niunai", "dianfengshan", "bjb", "cdq", "kuangquanshui")


def figures(stage: Stage) -> Iterator[Figure]:
    """The first rows for each kind of query, and beside bare FTS5 and a bare sort."""
    folder = stage.fresh("search")
    shutil.copytree(stage.merchant(), folder)
    workspace = unlock(Profile(folder), "merchant", PASSWORD)
    try:
        yield from _typed(workspace, stage.count)
        yield from _ordered(stage, workspace)
    finally:
        workspace.close()
        shutil.rmtree(folder)


def _queries(count: int) -> dict[str, list[str]]:
    chance = Random(3)
    words = [*(b[:2] for b in BRANDS), *(k[:2] for k in KINDS), *(t[-2:] for t, _ in THINGS)]
    numbers = [chance.randrange(count) for _ in range(QUERIES)]
    return {
        "two characters": [chance.choice(words) for _ in range(QUERIES)],
        "pinyin": [chance.choice(PINYIN) for _ in range(QUERIES)],
        "SKU prefix": [f"HF-{number // 10:06}" for number in numbers],
        "barcode": [ean13(690_000_000_000 + number) for number in numbers],
    }


def _first_rows(actor: Actor, connection: Connection, text: str) -> int:
    found = search_goods(connection, text)
    return len(product_rows(connection, actor, found[:FIRST]))


def _typed(workspace: Workspace, count: int) -> Iterator[Figure]:
    everything: list[float] = []
    busy: list[float] = []
    look = partial(_first_rows, workspace.actor)
    for kind, texts in _queries(count).items():
        workspace.read(lambda connection, text: look(connection, text), texts[0])
        taken, found = [], 0
        for text in texts:
            start, working = time.perf_counter(), time.thread_time()
            found += bool(workspace.read(lambda connection, text: look(connection, text), text))
            taken.append((time.perf_counter() - start) * 1000)
            busy.append((time.thread_time() - working) * 1000)
        everything += taken
        name = f"search.first_rows.{kind.replace(' ', '_')}"
        note = f"p95 until {FIRST} rows; {found} of {len(texts)} queries found something"
        yield within(name, percentile(taken, 95), 20, "ms", n=len(texts), note=note)
    note = f"p95 of all; median {median(everything):.2g} ms; p95 of the processor's time {percentile(busy, 95):.2g} ms"
    yield within("search.first_rows", percentile(everything, 95), 20, "ms", n=len(everything), note=note)


def _ordered(stage: Stage, workspace: Workspace) -> Iterator[Figure]:
    path = stage.fresh("bare")
    bare = raw.open_cipher(path)
    with workspace.cache.read() as connection:
        titles = connection.exec_driver_sql("SELECT title FROM product ORDER BY rowid").all()
        texts = _queries(stage.count)["two characters"][:40]
        raw.build_index(bare, [(raw.bigrams(title),) for (title,) in titles])
        bare.execute("CREATE TABLE named (title TEXT)")
        bare.executemany("INSERT INTO named VALUES (?)", [tuple(row) for row in titles])

        def plain() -> None:
            for text in texts:
                bare.execute(
                    "SELECT rowid FROM bare_text WHERE bare_text MATCH ? ORDER BY rank LIMIT 2000", (f'"{text}"',)
                ).fetchall()

        def ours() -> None:
            for text in texts:
                search_goods(connection, text)

        mine, limit = alternately(stage.runs, ours, plain)
        each = 1000 / len(texts)
        note = "two characters, 2,000 best; limit: bare FTS5 on SQLCipher, ORDER BY rank"
        yield against(
            "search.relevance", median(mine) * each, median(limit) * each, "ms", most=1.3, n=stage.runs, note=note
        )

        names = product_names()

        def named() -> "array[int]":
            return product_rowids(connection, workspace.actor, names, ProductFilter(), sort="title")

        first = seconds(named)

        def sorted_() -> None:
            bare.execute("SELECT rowid FROM named ORDER BY title").fetchall()

        mine, limit = alternately(stage.runs, named, sorted_)
        note = f"all products by name, the first time {first * 1000:.0f} ms; limit: SQL sort of the names alone"
        yield against(
            "search.by_name", median(mine) * 1000, median(limit) * 1000, "ms", most=0.3, n=stage.runs, note=note
        )
    bare.close()
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
