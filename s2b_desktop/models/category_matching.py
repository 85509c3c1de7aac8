"""What a supplier's own categories in a sheet mean on the platform, where nothing says so yet."""

from collections import Counter

import msgspec
from sqlalchemy import Connection

from s2b_desktop.models.categories import Forest, proposer
from s2b_domain.commands.categories import MAX_CHOICES, category_ids
from s2b_domain.intake.examination import Examination
from s2b_domain.records.store import RecordStore
from s2b_domain.taxonomy.proposal import Proposal


class Unplaced(msgspec.Struct, frozen=True):
    """A category of the sheet that leads nowhere: how many goods bear it, the name of one, and the likeliest place."""

    text: str
    goods: int
    example: str
    proposal: Proposal | None


def unplaced(connection: Connection, supplier_id: str, examination: Examination) -> tuple[Forest, tuple[Unplaced, ...]]:
    """The tree, and the categories of what an import would bring that it does not have; those of most goods first."""
    plan = examination.plan
    rows = [*plan.new, *(change.goods for change in plan.changed)]
    counted = Counter(row.category for row in rows if row.category)
    titles = {row.category: row.title or "" for row in reversed(rows) if row.category}
    placed = category_ids(RecordStore(connection), supplier_id, counted)
    forest, proposes = proposer(connection, supplier_id)
    found: list[Unplaced] = []
    for text, n in counted.most_common():
        if not placed[text] and len(found) < MAX_CHOICES:
            proposals = proposes.propose(titles[text], text, limit=1)
            found.append(Unplaced(text, n, titles[text], proposals[0] if proposals else None))
    return forest, tuple(found)
