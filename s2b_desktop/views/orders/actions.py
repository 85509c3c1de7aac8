"""What may be done with an order: send, cancel, take money, order again; by its state and by who asks."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from s2b_desktop.models.queries.elsewhere import Fault, alternatives, faults, to_receive
from s2b_desktop.models.queries.orders import OrderDetail, SupplyPart
from s2b_desktop.text import money, tr
from s2b_desktop.views.common.button import Variant
from s2b_desktop.views.common.confirm import Confirm, ReasonPrompt, open_prompt
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.sending import nothing, send
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.counter.receipts import ask_to_print
from s2b_desktop.views.orders.address import AddressPrompt
from s2b_desktop.views.orders.basket import Basket
from s2b_desktop.views.orders.claim import ClaimPrompt
from s2b_desktop.views.orders.credit import credit_of
from s2b_desktop.views.orders.draft import DraftLine, OrderDraft, draft_again
from s2b_desktop.views.orders.payment import PaymentPrompt
from s2b_desktop.views.orders.receiving import ReceivePrompt
from s2b_domain.access import Permission
from s2b_domain.commands.claims import OpenClaim
from s2b_domain.commands.command import Command
from s2b_domain.commands.order_changes import ForgoSupply, ReaddressOrder
from s2b_domain.commands.order_steps import CancelOrder, CompleteOrder, ConfirmOrder
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.receivings import ReceiveGoods
from s2b_domain.commands.return_quote import RETURNABLE
from s2b_domain.rules.order_flow import CANCELLABLE, COMPLETABLE, OrderKind, OrderState

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

REASONS = ("Ordered by mistake", "The customer changed their mind", "Wrong address")
BACK = "It goes back by itself where that way of payment is connected to the hub; otherwise record the refund next."
Offer = tuple[str, Callable[[], object], Variant]
Resumable = ReceiveGoods | OpenClaim | PayOrder | ReaddressOrder
"""What can be opened again as it was entered."""


class OrderActions:
    """Asks and submits in the window of `page`; `again()` is called when something was refused."""

    def __init__(
        self, desk: "Desk", navigate: Callable[[str, object], None], page: QWidget, again: Callable[[], object]
    ) -> None:
        self._desk, self._navigate, self._page, self._reread = desk, navigate, page, again

    def of(self, detail: OrderDetail) -> list[Offer]:
        """What this person may do with an order in this state."""
        order, may = detail.order, self._desk.actor.may
        actions: list[Offer] = []
        if order.state is OrderState.PLACED and may(Permission.ORDER_PLACE):
            actions.append(("Send to suppliers", lambda: self._confirm(detail), "primary"))
        if order.kind is not OrderKind.PURCHASE and may(Permission.ORDER_PAY):
            if detail.owed > 0:
                actions.append(("Record payment", lambda: self._pay(detail), "secondary"))
            elif detail.owed < 0 and not detail.declined:
                actions.append(("Record refund", lambda: self._pay(detail), "secondary"))
        if may(Permission.ORDER_PLACE) and order.kind is not OrderKind.RETAIL:
            actions.append(("Order again", lambda: self._again(detail), "secondary"))
        if order.state in CANCELLABLE and order.kind is not OrderKind.RETAIL and may(Permission.ORDER_PLACE):
            actions.append(("Change the order", lambda: self._change(detail), "secondary"))
            if order.kind is OrderKind.DROPSHIP:
                actions.append(("Change the address…", lambda: self._readdress(detail), "secondary"))
        for part in detail.declined[:1]:
            if may(Permission.ORDER_PLACE):
                actions.append(("Order elsewhere", partial(self._elsewhere, detail, part), "primary"))
            if may(Permission.ORDER_CANCEL):
                verb = "Refund instead" if detail.owed < 0 else "Do without these goods"
                actions.append((verb, partial(self._forgo, detail, part, verb), "secondary"))
        arrived = [part for part in detail.parts if order.kind is OrderKind.PURCHASE and self._to_receive(part)]
        if arrived and may(Permission.STOCK_EDIT):
            actions.append(("Receive the delivery", partial(self._receive, arrived[0]), "primary"))
        if order.kind is OrderKind.PURCHASE and may(Permission.RETURN_DECIDE):
            wrong = [f for part in detail.parts for f in self._desk.read(faults, part.supply.id)]
            if wrong:
                actions.append(("Claim…", partial(self._claim, wrong[0]), "primary"))
        if order.kind is not OrderKind.PURCHASE:
            actions.append(("Receipt", lambda: ask_to_print(self._desk, order.id, self._page), "secondary"))
        if order.kind is OrderKind.DROPSHIP and order.state in COMPLETABLE and may(Permission.ORDER_PLACE):
            actions.append(("The customer has it", lambda: self._complete(detail), "secondary"))
        returns = order.kind is not OrderKind.PURCHASE and may(Permission.RETURN_REQUEST)
        if returns and order.state in RETURNABLE and order.due > 0:
            actions.append(("Return…", lambda: self._navigate("returns", order), "secondary"))
        if order.state in CANCELLABLE and may(Permission.ORDER_CANCEL):
            actions.append(("Cancel order", lambda: self._cancel(detail), "quiet"))
        return actions

    def resume(self, detail: OrderDetail, entered: Resumable, supersedes: str | None) -> None:
        """Open what was entered of an order and not taken, as it was; `supersedes` names the refused command. Where
        nothing of it can be done any more, say so."""
        if isinstance(entered, ReceiveGoods):
            part = next(part for part in detail.parts if part.supply.id == entered.supply_order_id)
            self._receive(part, entered, supersedes)
        elif isinstance(entered, ReaddressOrder):
            self._readdress(detail, entered, supersedes)
        elif isinstance(entered, PayOrder):
            if detail.owed * entered.amount > 0:
                self._pay(detail, entered, supersedes)
            else:
                self._too_late("Nothing of this is to be paid any more")
        else:
            wrong = self._desk.read(faults, entered.supply_order_id)
            fault = next((f for f in wrong if f.reason is entered.reason), None)
            if fault is not None:
                self._claim(fault, entered, supersedes)
            else:
                self._too_late("Nothing of this can be claimed any more")

    def _too_late(self, said: Text) -> None:
        ToastArea.of(self._page).show_toast(said, tone="warn")

    def _submit(
        self,
        message: Command,
        said: Callable[[], str],
        *,
        refused: Callable[[], object] = nothing,
        supersedes: str | None = None,
    ) -> None:
        def look_again() -> None:
            self._reread()
            refused()

        send(self._desk, self._page, message, said, refused=look_again, supersedes=supersedes)

    def _confirm(self, detail: OrderDetail) -> None:
        n = len(detail.parts)
        self._submit(ConfirmOrder(order_id=detail.order.id), lambda: tr("Sent as {n} supply orders", n=n))

    def _complete(self, detail: OrderDetail) -> None:
        self._submit(CompleteOrder(order_id=detail.order.id), partial(tr, "Order completed"))

    def _cancel(self, detail: OrderDetail) -> None:
        prompt = ReasonPrompt(
            lambda: tr("Cancel the order {number}?", number=detail.order.number),
            lambda: _consequence(detail),
            "Cancel order",
            REASONS,
            tone="danger",
            parent=self._page.window(),
        )
        prompt.keep.set_words("Keep order")
        number = detail.order.number
        open_prompt(
            prompt,
            lambda: self._submit(
                CancelOrder(order_id=detail.order.id, reason=prompt.reason()),
                lambda: tr("Order {number} cancelled", number=number),
            ),
        )

    def _pay(self, detail: OrderDetail, entered: PayOrder | None = None, supersedes: str | None = None) -> None:
        order, owed = detail.order, detail.owed
        credit, window = credit_of(self._desk, order.member_id), self._page.window()
        prompt = PaymentPrompt(order.id, order.number, abs(owed), credit, entered, refund=owed < 0, parent=window)

        def go() -> None:
            message, said = prompt.message(), partial(tr, "Refund recorded" if owed < 0 else "Payment recorded")
            again = partial(self._pay, detail, message, supersedes)
            self._submit(message, said, refused=again, supersedes=supersedes)

        open_prompt(prompt, go)

    def _change(self, detail: OrderDetail) -> None:
        """Write the order anew; it takes the place of this one, with what was paid."""
        order = detail.order
        draft = draft_again(order.kind, [li for li in detail.lines if not li.gift_of], order.address, order.note)
        kept = tuple(order.coupon_ids)
        draft = draft.with_(
            changes=order.id,
            before=detail.due,
            confirm=order.state is not OrderState.PLACED,
            member_id=order.member_id,
            coupon_ids=kept,
            points=order.points_used,
        )
        self._write(draft)

    def _elsewhere(self, detail: OrderDetail, part: SupplyPart) -> None:
        """Look for the same goods at other suppliers and write the order with the cheapest that has them."""
        order = detail.order
        self._desk.fetch(
            alternatives,
            self._desk.actor,
            order.kind,
            part.supply.id,
            done=lambda found: self._found(detail, part, found),
        )

    def _found(self, detail: OrderDetail, part: SupplyPart, found: list[tuple[str, int, int, int | None]]) -> None:
        order = detail.order
        if not found:
            ToastArea.of(self._page).show_toast(
                "No other supplier has these goods now. Refund the customer, or choose other goods.", tone="warn"
            )
        lines = [li for li in detail.lines if li.supply_order_id == part.supply.id]
        draft = draft_again(order.kind, (), order.address, order.note).with_(
            lines=tuple(
                DraftLine(sku_id=sku_id, quantity=steps, cost_seen=cost, retail_price=retail)
                for sku_id, steps, cost, retail in found
            ),
            changes=order.id,
            changes_part=part.supply.id,
            before=sum(li.payable + li.freight_amount for li in lines),
        )
        self._write(draft)

    def _forgo(self, detail: OrderDetail, part: SupplyPart, verb: str) -> None:
        """Let a declined part be; what was paid for it goes back."""
        back = max(0, -detail.owed)
        prompt = Confirm(
            lambda: tr("Order nothing in place of {number}?", number=part.supply.number),
            (lambda: tr("{amount} goes back to the customer. {how}", amount=money(back), how=tr(BACK)))
            if back
            else "Nothing more waits for these goods. You can order them again at any time.",
            verb,
            parent=self._page.window(),
        )
        message = ForgoSupply(supply_order_id=part.supply.id)
        said = partial(tr, "To be refunded" if back else "Nothing waits for these goods any more")
        open_prompt(prompt, lambda: self._submit(message, said))

    def _write(self, draft: OrderDraft) -> None:
        if Basket(self._desk).open(draft):
            ToastArea.of(self._page).show_toast("The order you were writing is on hold; nothing of it is lost")
        self._navigate("order", None)

    def _to_receive(self, part: SupplyPart) -> bool:
        if not any(line.shipped for line in part.lines):
            return False
        return any(self._desk.read(to_receive, part.supply.id).values())

    def _receive(self, part: SupplyPart, entered: ReceiveGoods | None = None, supersedes: str | None = None) -> None:
        left = self._desk.read(to_receive, part.supply.id)
        prompt = ReceivePrompt(self._desk, part, left, self._desk.new_id(), entered, parent=self._page.window())

        def go() -> None:
            message, said = prompt.message(), partial(tr, "Received; it is on the shelf now")
            again = partial(self._receive, part, message, supersedes)
            self._submit(message, said, refused=again, supersedes=supersedes)

        open_prompt(prompt, go)

    def _readdress(
        self, detail: OrderDetail, entered: ReaddressOrder | None = None, supersedes: str | None = None
    ) -> None:
        prompt = AddressPrompt(detail.order, entered.address if entered else None, parent=self._page.window())

        def go() -> None:
            message = prompt.message()
            again = partial(self._readdress, detail, message, supersedes)
            self._submit(message, partial(tr, "Address changed"), refused=again, supersedes=supersedes)

        open_prompt(prompt, go)

    def _claim(self, fault: Fault, entered: OpenClaim | None = None, supersedes: str | None = None) -> None:
        prompt = ClaimPrompt(self._desk, fault, entered, parent=self._page.window())

        def go() -> None:
            message, said = prompt.message(self._desk.new_id()), partial(tr, "The supplier is asked")
            again = partial(self._claim, fault, message, supersedes)
            self._submit(message, said, refused=again, supersedes=supersedes)

        open_prompt(prompt, go)

    def _again(self, detail: OrderDetail) -> None:
        order = detail.order
        if Basket(self._desk).open(draft_again(order.kind, detail.lines, order.address)):
            ToastArea.of(self._page).show_toast("The order you were writing is on hold; nothing of it is lost")
        self._navigate("order", None)


def _consequence(detail: OrderDetail) -> str:
    """What cancelling does, in words."""
    order = detail.order
    said = [
        tr("The suppliers have not been told of it yet.")
        if order.state is OrderState.PLACED
        else tr("{n} suppliers are told to stop; the goods are free for others again.", n=len(detail.parts))
    ]
    if order.paid > 0:
        said.append(tr("{amount} was paid and has to go back to the customer.", amount=money(order.paid)))
    said.append(tr("A cancelled order cannot be brought back; you can order the goods again."))
    return " ".join(said)
