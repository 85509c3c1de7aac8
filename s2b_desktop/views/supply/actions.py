"""What a supplier does with its orders: each asks where a decision is needed, then submits a command for each order."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from s2b_desktop.carriers import carrier_name
from s2b_desktop.models.queries.picking import dispatch, pick_list
from s2b_desktop.models.queries.supply import SupplyDetail, SupplyEntry
from s2b_desktop.text import money, tr
from s2b_desktop.views.common.actions import Action
from s2b_desktop.views.common.confirm import ReasonPrompt, open_prompt
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.sending import send_all
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.supply.ship import RelabelPrompt, ShipPrompt, TrackPrompt
from s2b_desktop.views.supply.short import ShortPrompt
from s2b_domain.access import Permission
from s2b_domain.commands.command import Command
from s2b_domain.commands.supply import AcceptSupply, CloseShort, DeclineSupply
from s2b_domain.rules.order_flow import SupplyState

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

CARRIER = "supply/carrier"
DECLINE_REASONS = ("Out of stock", "Cannot ship in time", "Cannot deliver to this address", "Price was wrong")
SHORT_REASONS = ("Out of stock", "Damaged in the warehouse", "The merchant agreed")
SHIPPABLE = (SupplyState.ACCEPTED, SupplyState.PARTLY_SHIPPED)
MOST_PRINTED = 100
"""Orders on paper at once: more would keep the window waiting."""


class SupplyActions:
    """Acts for `page`, over which questions and toasts appear; `refused` is called after a refusal."""

    def __init__(self, desk: "Desk", page: QWidget, refused: Callable[[], object]) -> None:
        self._desk, self._page, self._after_refusal = desk, page, refused
        self.may_decide = desk.actor.may(Permission.SUPPLY_DECIDE)
        self.may_ship = desk.actor.may(Permission.SUPPLY_SHIP)

    def of(self, detail: SupplyDetail) -> list[Action]:
        """What this person may do with a supply order in its state."""
        state, actions = detail.order.state, list[Action]()
        if state is SupplyState.WAITING and self.may_decide:
            actions.append(("Accept", lambda: self.accept([detail.order.id]), "primary"))
            actions.append(("Decline…", lambda: self.decline([detail]), "secondary"))
        if state in SHIPPABLE and self.may_ship:
            actions.append(("Ship…", lambda: self.ship(detail), "primary"))
            actions.append(("Cannot be picked…", lambda: self.short_pick(detail), "secondary"))
        if state is SupplyState.PARTLY_SHIPPED and self.may_decide:
            actions.append(("Give up the rest…", lambda: self.close_short(detail), "secondary"))
        if self.may_ship:
            actions.append(("Print…", lambda: self.print_papers([detail.order.id]), "secondary"))
        return actions

    def accept(self, ids: Sequence[str]) -> None:
        """Accept orders; each has an outcome of its own."""
        if not ids:
            self.say("Choose orders that wait to be accepted", "neutral")
            return
        n = len(ids)
        said = partial(tr, "{n} orders accepted. Pack them by their ship-by time.", n=n)
        self._send([AcceptSupply(supply_order_ids=(id_,)) for id_ in ids], said)

    def decline(self, details: Sequence[SupplyDetail]) -> None:
        """Decline orders for one reason."""
        orders = [detail.order for detail in details]
        if not orders:
            self.say("Choose orders that wait to be accepted", "neutral")
            return
        n, first, total = len(orders), orders[0], money(sum(order.total for order in orders))
        one = n == 1

        def told() -> str:
            if one:
                return tr(
                    "{merchant} is told at once and orders elsewhere or gives the money back; you lose {amount}. "
                    "The goods are free for others again. This cannot be taken back.",
                    merchant=first.merchant_name,
                    amount=total,
                )
            return tr(
                "The merchants are told at once and order elsewhere or give the money back; you lose {amount}. "
                "The goods are free for others again. This cannot be taken back.",
                amount=total,
            )

        prompt = ReasonPrompt(
            lambda: tr("Decline {number}?", number=first.number) if one else tr("Decline {n} orders?", n=n),
            told,
            "Decline",
            DECLINE_REASONS,
            tone="danger",
            parent=self._page.window(),
        )

        def decline() -> None:
            messages = [DeclineSupply(supply_order_id=order.id, reason=prompt.reason()) for order in orders]
            said = partial(tr, "{number} declined", number=first.number) if one else partial(tr, "{n} declined", n=n)
            self._send(messages, said)

        open_prompt(prompt, decline)

    def close_short(self, detail: SupplyDetail) -> None:
        """Give up what is still open."""
        order = detail.order
        prompt = ReasonPrompt(
            lambda: tr("Give up the rest of {number}?", number=order.number),
            "What is still open will not be shipped and not be paid. What was shipped stays as it is. "
            "This cannot be taken back.",
            "Give up the rest",
            SHORT_REASONS,
            tone="danger",
            parent=self._page.window(),
        )
        open_prompt(
            prompt,
            lambda: self._submit(
                CloseShort(supply_order_id=order.id, reason=prompt.reason()),
                partial(tr, "The rest of {number} is cancelled", number=order.number),
            ),
        )

    def short_pick(self, detail: SupplyDetail) -> None:
        """Cancel what could not be found, line by line."""
        prompt = ShortPrompt(detail.order, detail.lines, SHORT_REASONS, parent=self._page.window())
        number = detail.order.number
        open_prompt(
            prompt,
            lambda: self._submit(
                prompt.message(), partial(tr, "What is missing of {number} is cancelled", number=number)
            ),
        )

    def ship(self, detail: SupplyDetail) -> None:
        """Hand a parcel to a carrier."""
        last = (self._desk.draft(CARRIER) or b"").decode()
        prompt = ShipPrompt(detail.order, detail.lines, last, parent=self._page.window())

        def ship() -> None:
            message = prompt.message(self._desk.new_id())
            self._desk.save_draft(CARRIER, message.carrier.encode())
            carrier, number = carrier_name(message.carrier), message.tracking_number
            self._submit(message, partial(tr, "Shipped with {carrier} {number}", carrier=carrier, number=number))

        open_prompt(prompt, ship)

    def track(self, detail: SupplyDetail, parcel_id: str) -> None:
        """Write what the carrier said of a parcel."""
        parcel = next(p for p in detail.parcels if p.id == parcel_id)
        prompt = TrackPrompt(parcel, carrier_name(parcel.carrier), self._desk.now(), parent=self._page.window())
        open_prompt(prompt, lambda: self._submit(prompt.message(), partial(tr, "Tracking event recorded")))

    def relabel(self, detail: SupplyDetail, parcel_id: str) -> None:
        """Correct carrier or number of a parcel."""
        parcel = next(p for p in detail.parcels if p.id == parcel_id)
        prompt = RelabelPrompt(parcel, parent=self._page.window())
        open_prompt(prompt, lambda: self._submit(prompt.message(), partial(tr, "The parcel's number is corrected")))

    def print_papers(self, ids: Sequence[str]) -> None:
        """Offer pick list, packing slips and labels of orders."""
        if not ids:
            self.say("Choose the orders to print", "neutral")
            return
        if len(ids) > MOST_PRINTED:
            self.say(lambda: tr("Choose at most {n} orders to print at once", n=MOST_PRINTED), "neutral")
            return
        from s2b_desktop.views.printing import papers  # noqa: PLC0415  barcodes and printers are heavy
        from s2b_desktop.views.printing.prompt import PrintPrompt  # noqa: PLC0415

        supplier, chosen = self._desk.actor.organisation_id, list(ids)
        picks = self._desk.read(pick_list, supplier, chosen)
        found = self._desk.read(dispatch, supplier, chosen)
        offered = [
            ("pick", "Pick list", lambda: papers.pick_sheet(picks, self._desk.now())),
            ("slips", "Packing slips", lambda: papers.slip_sheet(found)),
            ("labels", "Labels", lambda: papers.label_sheet(found)),
        ]
        prompt = PrintPrompt(offered if picks.lines else offered[1:], parent=self._page.window())
        prompt.told.connect(lambda said, tone: self.say(lambda: said, tone))
        open_prompt(prompt)

    def on_one(
        self, entries: Sequence[SupplyEntry], detail_of: Callable[[int], SupplyDetail | None], *states: SupplyState
    ) -> SupplyDetail | None:
        """The one order of `entries` in one of `states`; says so where there is none, or more than one."""
        fitting = [entry for entry in entries if entry.state in states]
        if len(fitting) != 1:
            self.say("Choose one order for this" if fitting else "This order is not at that step", "neutral")
            return None
        return detail_of(fitting[0].rowid)

    def say(self, said: Text, tone: Tone = "ok") -> None:
        """Tell in a toast."""
        ToastArea.of(self._page).show_toast(said, tone=tone)

    def _send(self, messages: Sequence[Command], said: Callable[[], str]) -> None:
        send_all(self._desk, self._page, messages, said, refused=self._after_refusal)

    def _submit(self, message: Command, said: Callable[[], str]) -> None:
        self._send([message], said)
