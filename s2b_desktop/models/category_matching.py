"""Where goods of a sheet belong on the platform, where nothing says so yet: by the supplier's own category, or by their
names if the sheet names none."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection

from s2b_desktop.models.categories import Forest, proposer
from s2b_domain.commands.categories import MAX_CHOICES, category_ids
from s2b_domain.intake.examination import Examination
from s2b_domain.records.store import RecordStore
from s2b_domain.taxonomy.proposal import Proposal, Proposer

MOST_HEARD = 12
"""Titles of one category that are asked where they belong: 酒 is not beer because its first bottle is."""
MOST_TITLES = 1_000
"""Titles that are looked at; goods beyond them are left to the user, in one line."""
LEAST = 50
"""Below this confidence a proposal is shown, but not taken by itself."""


class Unplaced(msgspec.Struct, frozen=True):
    """A category of the sheet that leads nowhere: how many goods bear it, the name of one, and the likeliest place.
    Without a `text`, goods of these `titles` that the sheet puts into no category."""

    text: str
    goods: int
    example: str
    proposal: Proposal | None
    titles: frozenset[str] = frozenset()


def unplaced(connection: Connection, supplier_id: str, examination: Examination) -> tuple[Forest, tuple[Unplaced, ...]]:
    """The tree, and the categories of what an import would bring that it does not have; those of most goods first."""
    plan = examination.plan
    rows = [*plan.new, *(change.goods for change in plan.changed)]
    counted = Counter(row.category for row in rows if row.category)
    titles: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        if row.category and len(titles[row.category]) < MOST_HEARD:
            titles[row.category][row.title or ""] = None
    placed = category_ids(RecordStore(connection), supplier_id, counted)
    forest, proposes = proposer(connection, supplier_id)
    found: list[Unplaced] = []
    for text, n in counted.most_common():
        if not placed[text] and len(found) < MAX_CHOICES:
            heard = list(titles[text])
            found.append(Unplaced(text, n, heard[0], _agreed(forest, proposes, text, heard)))
    nameless = Counter(row.title for row in plan.new if row.title and not row.category)
    return forest, (*found, *_by_title(nameless, proposes))


def _agreed(forest: Forest, proposes: Proposer, text: str, titles: Sequence[str]) -> Proposal | None:
    """Where most goods of a category seem to belong, or below it; the surer, the more of them say so."""
    firsts = [first for title in titles for first in proposes.propose(title, text, limit=1)]
    lines = [{node.id for node in forest.line(first.category_id)} for first in firsts]
    backing = {
        first.category_id: [firsts[n].confidence for n, line in enumerate(lines) if first.category_id in line]
        for first in firsts
    }
    if not backing:
        return None
    best = max(backing, key=lambda id_: sum(backing[id_]))
    return Proposal(best, max(1, sum(backing[best]) // len(titles)))


def _by_title(titles: Counter[str], proposes: Proposer) -> Iterable[Unplaced]:
    """Goods without a category, those of one likely place together; what no name tells stands last."""
    places: dict[tuple[str, bool, bool], tuple[Proposal | None, list[str]]] = {}
    for at, (title, _) in enumerate(titles.most_common()):
        first = next(iter(proposes.propose(title, limit=1)), None) if at < MOST_TITLES else None
        key = (first.category_id, first.confidence >= LEAST, first.sure) if first else ("", False, False)
        places.setdefault(key, (first, []))[1].append(title)
    made = [Unplaced("", sum(titles[t] for t in ts), ts[0], first, frozenset(ts)) for first, ts in places.values()]
    return sorted(made, key=lambda each: (each.proposal is None, -each.goods))
