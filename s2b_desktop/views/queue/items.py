"""What the queue says of a command, and what can be done about it."""

from collections.abc import Mapping
from typing import Any, Literal

from s2b_desktop.command_text import command_title
from s2b_desktop.messages import price_changes, problem_text
from s2b_desktop.models.status import QueueItem
from s2b_desktop.text import clauses, tr
from s2b_domain.commands.claims import OpenClaim
from s2b_domain.errors import Param

Action = Literal["retry", "edit", "accept", "again", "check", "dismiss"]

STOPPED = "depends_on_rejected"
"""The answer to a command because of another one."""

ATTENTION = frozenset({"rejected", "confirm", "exception"})
WAITING = frozenset({"waiting", "sending", "parked"})
_RANK = {"confirm": 0, "rejected": 0, "exception": 1, "parked": 2, "sending": 3, "waiting": 3, "accepted": 4}

ACCEPTABLE = frozenset({"price_changed", "total_changed", "gifts_changed", "coupon_unusable"})
"""Questions that a click answers: send it again as it stands now."""

EDITORS: Mapping[str, str] = {
    "campaign.start": "members",
    "campaign.told": "members",
    "attribute.save": "taxonomy",
    "case.arbitrate": "returns",
    "case.dispute": "returns",
    "case.finish": "returns",
    "case.inspect": "returns",
    "case.receive": "returns",
    "case.say": "returns",
    "case.send": "returns",
    "case.withdraw": "returns",
    "claim.decide": "returns",
    "claim.open": "returns",
    "claim.settle": "returns",
    "payout.settle": "returns",
    "return.counter": "returns",
    "return.decide": "returns",
    "return.exchange": "returns",
    "return.refund": "returns",
    "return.request": "returns",
    "return.rules": "returns",
    "category.arrange": "taxonomy",
    "category.choose": "imports",
    "category.move_goods": "taxonomy",
    "category.restore": "taxonomy",
    "category.retire": "taxonomy",
    "category.save": "taxonomy",
    "count.decide": "stock",
    "count.submit": "stock",
    "coupon.issue": "coupons",
    "coupon.void": "coupons",
    "coupon_template.save": "coupons",
    "coupon_template.state": "coupons",
    "freight.choose": "terms",
    "freight.remove": "terms",
    "freight.save": "terms",
    "goods.import": "goods",
    "goods.receive": "orders",
    "goods.undo_import": "imports",
    "goods.review": "review",
    "goods.shelve": "goods",
    "invoice.decline": "money",
    "invoice.issue": "money",
    "invoice.request": "money",
    "invoice.withdraw": "money",
    "settlement.decide": "money",
    "settlement.record": "money",
    "statement.answer": "money",
    "statement.confirm": "money",
    "statement.dispute": "money",
    "statement.make": "money",
    "level.remove": "terms",
    "level.save": "terms",
    "mix.remove": "terms",
    "mix.save": "terms",
    "price.set": "terms",
    "terms.minimum": "terms",
    "terms.save": "terms",
    "listing.remove": "my_goods",
    "listing.save": "my_goods",
    "member.apply_levels": "members",
    "member.levels": "members",
    "member.merge": "members",
    "member.save": "members",
    "lease.policy": "stock",
    "lease.request": "catalog",
    "lease.return": "catalog",
    "order.cancel": "orders",
    "order.change": "order",
    "order.forgo": "orders",
    "order.readdress": "orders",
    "order.replace": "order",
    "order.complete": "orders",
    "order.confirm": "orders",
    "order.pay": "orders",
    "order.place": "order",
    "order.place_leased": "order",
    "discrepancy.close": "discrepancies",
    "recovery.set": "settings",
    "paper.add": "company",
    "paper.show": "company",
    "paper.decide": "parties",
    "party.apply": "company",
    "party.decide": "parties",
    "credit.adjust": "members",
    "points.adjust": "members",
    "points.expire": "members",
    "points.rule": "members",
    "promotion.copy": "promotions",
    "promotion.save": "promotion",
    "promotion.state": "promotions",
    "sale.book": "counter",
    "shop.save": "shop",
    "till.close": "tills",
    "till.move": "tills",
    "till.open": "tills",
    "stock.count": "goods",
    "stock.feed": "stock",
    "stock.move": "goods",
    "stock.watch": "stock",
    "supplier.rate": "home",
    "supply.accept": "supply",
    "supply.close_short": "supply",
    "supply.decline": "supply",
    "supply.relabel": "supply",
    "supply.ship": "supply",
    "supply.short": "supply",
    "supply.track": "supply",
    "tag.apply": "members",
    "tag.members": "members",
    "tag.remove": "members",
    "tag.save": "members",
    "transfer.receive": "stock",
    "transfer.send": "stock",
    "warehouse.save": "stock",
}
"""The page on which a command is written: its original input is opened there."""


def editor_of(item: QueueItem) -> str:
    """The page that opens it; a claim is opened where it was made, on a return or on a purchase."""
    if isinstance(item.message, OpenClaim) and not item.message.return_id:
        return "orders"
    return EDITORS.get(noun_verb(item), "home")


def noun_verb(item: QueueItem) -> str:
    """The command's name without its version."""
    return item.name.partition("@")[0]


def ordered(items: list[QueueItem]) -> list[QueueItem]:
    """What needs somebody first, then what waits, then the rest; the newest first in each."""
    return sorted(items, key=lambda item: (_RANK[item.state], -item.seq))


def title_of(item: QueueItem) -> str:
    """What was done."""
    return command_title(item.name, item.message)


Known = Mapping[str, QueueItem]
"""Commands by their ids."""


def builds_on(item: QueueItem, known: Known) -> list[QueueItem]:
    """The commands that it waits for, or that stopped it."""
    told = item.params.get("commands")
    ids = [str(id_) for id_ in told] if isinstance(told, list) else item.depends_on
    return [known[id_] for id_ in ids if id_ in known]


def dependents(item: QueueItem, known: Known) -> list[QueueItem]:
    """What builds on a command and comes back with it, or waits for it: one bundle, in its order."""
    found: dict[str, QueueItem] = {}
    ids = {item.command_id}
    for other in sorted(known.values(), key=lambda other: other.seq):
        if ids.intersection(other.depends_on) and (other.state in WAITING or other.code == STOPPED):
            found[other.command_id] = other
            ids.add(other.command_id)
    return list(found.values())


Titles = Mapping[str, str]
"""What goods are called, by SKU code."""


def goods_of(item: QueueItem) -> list[str]:
    """The ids of the SKUs that its answer may speak of."""
    message: Any = item.message
    speaks = "sku" in item.params or "changes" in item.params
    found = [getattr(each, "sku_id", "") for each in getattr(message, "items", ())] if speaks else []
    return [id_ for id_ in [*found, getattr(message, "sku_id", "") if speaks else ""] if id_]


def called(code: str, titles: Titles) -> str:
    """A SKU by code and title."""
    return f"{code} {titles.get(code, '')}".rstrip()


def _named(params: Mapping[str, Param], titles: Titles) -> dict[str, Param]:
    named = dict(params)
    if isinstance(named.get("sku"), str):
        named["sku"] = called(str(named["sku"]), titles)
    if "changes" in named:
        triples = price_changes(params)
        named["changes"] = [str(said) for sku, *prices in triples for said in (called(sku, titles), *prices)]
    return named


def why(item: QueueItem, known: Known, titles: Titles) -> str:
    """Why it was not simply accepted, or what it waits for."""
    named = clauses(title_of(other) for other in builds_on(item, known))
    if named and item.code == STOPPED:
        return tr("It builds on what was not accepted: {what}. Correct that first, then send this again.", what=named)
    if named and item.state == "parked":
        return tr("It waits for: {what}", what=named)
    if item.code:
        return problem_text(item.code, _named(item.params, titles))
    if item.state == "parked":
        return tr("An earlier entry that this one builds on is not decided yet.")
    return ""


def actions(item: QueueItem) -> list[Action]:
    """What can be done, the likeliest first."""
    if item.state == "confirm":
        return ["accept", "edit", "dismiss"] if item.code in ACCEPTABLE else ["edit", "dismiss"]
    if item.state == "rejected":
        return ["again", "edit", "dismiss"] if item.code == STOPPED else ["edit", "dismiss"]
    if item.state == "exception":
        return ["check", "dismiss"]
    return ["retry"] if item.state in WAITING else []


def technical(item: QueueItem) -> str:
    """What support asks for, one fact a line."""
    facts = [("command", item.command_id), ("name", item.name), ("seq", str(item.seq)), ("actor", item.actor_id)]
    facts += [("state", item.state), ("code", item.code), *((k, str(v)) for k, v in sorted(item.params.items()))]
    return "\n".join(f"{name}: {value}" for name, value in facts if value)
