"""What somebody did, in one line, for every command. No Qt here; `messages` comes up without the commands."""

from collections.abc import Callable
from typing import Any

from s2b_desktop import after_sales_text
from s2b_desktop.messages import paper_text, state_text
from s2b_desktop.text import money, tr
from s2b_domain.commands.command import Command, unpack
from s2b_domain.errors import Refused


def command_title(name: str, message: Command) -> str:
    """What somebody did, in one line: "Order D3-20261122-1001 with 3 goods"."""
    make = TITLES.get(name.partition("@")[0])
    return make(message) if make else name


def command_words(name: str, payload: bytes) -> str:
    """As `command_title`, for a stored command that may be of another version, or too long to be told in full."""
    if not payload:
        return tr("A large entry")
    try:
        return command_title(name, unpack(name, payload))
    except Refused:
        return tr("An entry that this version cannot read")


def _reviewed(message: Any) -> str:
    n = len(message.products) + len(message.revisions)
    return tr("Approve {n} goods", n=n) if message.approve else tr("Reject {n} goods", n=n)


def _shelved(message: Any) -> str:
    n = len(message.sku_ids)
    return tr("Put {n} goods on sale", n=n) if message.on_sale else tr("Take {n} goods off sale", n=n)


def _decided(message: Any) -> str:
    if message.state == "APPROVED":
        return tr("Approve a company")
    return tr("Reject a company") if message.state == "REJECTED" else tr("Suspend a company")


def _paper_decided(message: Any) -> str:
    return tr("Approve a paper") if message.state == "APPROVED" else tr("Reject a paper")


def _count_decided(message: Any) -> str:
    return tr("Book a count") if message.approve else tr("Ask for another count: {reason}", reason=message.reason)


TITLES: dict[str, Callable[[Any], str]] = {
    "campaign.start": lambda m: tr("Campaign {name}", name=m.name),
    "campaign.told": lambda m: tr("Members were told"),
    "attribute.save": lambda m: tr("Save {n} attributes", n=len(m.entries)),
    "category.arrange": lambda m: tr("Arrange {n} categories", n=len(m.ids)),
    "category.choose": lambda m: tr("Remember {n} categories", n=len(m.choices)),
    "category.move_goods": lambda m: tr("Move goods to another category"),
    "category.restore": lambda m: tr("Bring a category back"),
    "category.retire": lambda m: tr("Retire a category"),
    "category.save": lambda m: tr("Save {n} categories", n=len(m.entries)),
    "count.decide": _count_decided,
    "count.submit": lambda m: tr("Count of {n} goods", n=len(m.lines)),
    "coupon.issue": lambda m: tr("Give coupons"),
    "coupon.void": lambda m: tr("Take back {n} coupons", n=len(m.coupon_ids)),
    "coupon_template.save": lambda m: tr("Coupons {name}", name=m.name),
    "coupon_template.state": lambda m: tr("Coupons: {state}", state=state_text("coupon_template", m.state)[0]),
    "freight.choose": lambda m: tr("Freight of {n} goods", n=len(m.sku_ids)),
    "freight.remove": lambda m: tr("Remove a freight template"),
    "freight.save": lambda m: tr("Freight template {name}", name=m.name),
    "invoice.decline": lambda m: tr("Decline an invoice: {reason}", reason=m.reason),
    "invoice.issue": lambda m: tr("Issue invoice {number}", number=m.number),
    "invoice.request": lambda m: tr("Ask for an invoice to {title}", title=m.title),
    "invoice.withdraw": lambda m: tr("Take back an invoice request"),
    "level.remove": lambda m: tr("Remove a price level"),
    "level.save": lambda m: tr("Price level {name}", name=m.name),
    "mix.remove": lambda m: tr("Remove a mixed minimum"),
    "mix.save": lambda m: tr("Mixed minimum {name}", name=m.name),
    "price.set": lambda m: tr("Prices of {n} goods", n=len(m.entries)),
    "settlement.decide": lambda m: tr("Payment received") if m.received else tr("Payment did not arrive"),
    "settlement.record": lambda m: tr("Payment of {amount}", amount=money(m.amount)),
    "statement.answer": lambda m: tr("Answer a dispute: {note}", note=m.note),
    "statement.confirm": lambda m: tr("Agree to a statement"),
    "statement.dispute": lambda m: tr("Dispute a statement: {reason}", reason=m.reason),
    "statement.make": lambda m: tr("Make a statement"),
    "terms.minimum": lambda m: tr("Order amount from {amount} on", amount=money(m.minimum_amount)),
    "terms.save": lambda m: tr("Terms with a merchant"),
    "goods.import": lambda m: tr("Import {n} goods", n=len(m.lines)),
    "goods.undo_import": lambda m: tr("Take back an import"),
    "goods.review": _reviewed,
    "goods.shelve": _shelved,
    "listing.remove": lambda m: tr("Take {n} goods out of the shop", n=len(m.sku_ids)),
    "listing.save": lambda m: tr("List {n} goods in the shop", n=len(m.entries)),
    "member.apply_levels": lambda m: tr("Apply the levels to {n} members", n=len(m.member_ids)),
    "member.levels": lambda m: tr("Member levels"),
    "member.merge": lambda m: tr("Merge two members"),
    "member.save": lambda m: tr("Member {name}", name=m.name or m.phone or m.card),
    "order.cancel": lambda m: tr("Cancel an order: {reason}", reason=m.reason),
    "goods.receive": lambda m: tr("Receive {n} goods of a purchase", n=len(m.items)),
    "order.change": lambda m: tr("Change an order into {number}", number=m.placed.number),
    "order.forgo": lambda m: tr("Order nothing in place of declined goods"),
    "order.readdress": lambda m: tr("Change the address of an order"),
    "order.replace": lambda m: tr("Order elsewhere as {number}", number=m.placed.number),
    "till.close": lambda m: tr("Close the till"),
    "till.move": lambda m: tr("Cash in or out: {reason}", reason=m.reason),
    "till.open": lambda m: tr("Open the till"),
    "order.complete": lambda m: tr("Complete an order"),
    "order.confirm": lambda m: tr("Confirm an order"),
    "order.pay": lambda m: tr("Take a payment by {method}", method=state_text("method", m.method)[0]),
    "lease.policy": lambda m: tr("Say what is kept for shops"),
    "lease.request": lambda m: tr("Keep stock for this PC"),
    "lease.return": lambda m: tr("Give back what was kept"),
    "order.place_leased": lambda m: tr("Order {number} with {n} goods", number=m.placed.number, n=len(m.placed.items)),
    "order.place": lambda m: tr("Order {number} with {n} goods", number=m.number, n=len(m.items)),
    "discrepancy.close": lambda m: tr("Close a discrepancy: {note}", note=m.note),
    "recovery.set": lambda m: tr("Make a recovery key"),
    "paper.add": lambda m: tr("Hand in {kind} {number}", kind=paper_text(m.kind), number=m.number),
    "paper.show": lambda m: tr("Show a paper to shops") if m.public else tr("Hide a paper from shops"),
    "paper.decide": _paper_decided,
    "party.apply": lambda m: tr("Company profile of {name}", name=m.name),
    "party.decide": _decided,
    "credit.adjust": lambda m: tr("Adjust store credit: {reason}", reason=m.reason),
    "points.adjust": lambda m: tr("Adjust points: {reason}", reason=m.reason),
    "points.expire": lambda m: tr("Expire points of {n} members", n=len(m.member_ids)),
    "points.rule": lambda m: tr("Points rule"),
    "promotion.copy": lambda m: tr("Copy of a promotion: {name}", name=m.name),
    "promotion.save": lambda m: tr("Promotion {name}", name=m.name),
    "promotion.state": lambda m: tr("Promotion: {state}", state=state_text("promotion", m.state)[0]),
    "sale.book": lambda m: tr("Sale {number} of {n} goods", number=m.number, n=len(m.items)),
    "supplier.rate": lambda m: tr("Figures of {n} suppliers", n=len(m.ratings)),
    "shop.save": lambda m: tr("Shop {name}", name=m.name),
    "stock.count": lambda m: tr("Count stock"),
    "stock.feed": lambda m: tr("Stock list of {n} goods", n=len(m.lines)),
    "stock.move": lambda m: tr("Book stock"),
    "stock.watch": lambda m: tr("Low-stock limit of {n} goods", n=len(m.sku_ids)),
    "supply.accept": lambda m: tr("Accept {n} supply orders", n=len(m.supply_order_ids)),
    "supply.close_short": lambda m: tr("Cancel a remainder: {reason}", reason=m.reason),
    "supply.decline": lambda m: tr("Decline a supply order: {reason}", reason=m.reason),
    "supply.relabel": lambda m: tr("Parcel is {carrier} {number}", **after_sales_text.waybill(m)),
    "supply.ship": lambda m: tr("Ship a parcel: {carrier} {number}", **after_sales_text.waybill(m)),
    "supply.short": lambda m: tr("Could not be picked: {reason}", reason=m.reason),
    "supply.track": lambda m: tr("Parcel: {state}", state=state_text("parcel", m.state)[0]),
    "tag.apply": lambda m: tr("Apply a tag's rule to {n} members", n=len(m.member_ids)),
    "tag.members": lambda m: tr("Tag {n} members", n=len(m.member_ids)),
    "tag.remove": lambda m: tr("Remove a tag"),
    "tag.save": lambda m: tr("Tag {name}", name=m.name),
    "transfer.receive": lambda m: tr("Receive a transfer"),
    "transfer.send": lambda m: tr("Move {n} goods to another warehouse", n=len(m.lines)),
    "warehouse.save": lambda m: tr("Warehouse {name}", name=m.name),
    **after_sales_text.TITLES,
}
