"""What may be done with a return or a claim, by its state and by who asks; questions, and then commands."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtWidgets import QWidget

from s2b_desktop.messages import failure_text, problem_text
from s2b_desktop.models.queries.orders import order_detail
from s2b_desktop.models.queries.returns import (
    CaseDetail,
    Claimable,
    claimable,
    line_codes,
    refund_now,
    return_rules,
    rule_names,
    swappable,
)
from s2b_desktop.text import language, listed, money, tr
from s2b_desktop.views.common.actions import Action
from s2b_desktop.views.common.confirm import Confirm, ReasonPrompt, open_prompt
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.sending import nothing, send
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.returns.prompts import (
    AddressPrompt,
    ApprovePrompt,
    ArbitratePrompt,
    AskPrompt,
    CreditPrompt,
    ExchangePrompt,
    InspectPrompt,
    PayoutPrompt,
    ReceivePrompt,
    SayPrompt,
    SendPrompt,
)
from s2b_desktop.views.returns.rules import RulesPrompt
from s2b_desktop.views.returns.wizard import ReturnPrompt
from s2b_domain.access import Permission
from s2b_domain.commands.after_sales import next_states
from s2b_domain.commands.cases import Dispute, Finish, Inspect, Say, Withdraw, rulings
from s2b_domain.commands.claims import ClaimItem, DecideClaim, OpenClaim, SettleClaim
from s2b_domain.commands.command import Command
from s2b_domain.commands.exchanges import ExchangeReturn
from s2b_domain.commands.refunds import CounterReturn, RefundReturn, units_of
from s2b_domain.commands.returns import DecideReturn, RequestReturn
from s2b_domain.errors import DomainError
from s2b_domain.records.after_sales import Claim, ReturnCase
from s2b_domain.records.order import Address, Order
from s2b_domain.rules.after_sales import WITH_GOODS, ReturnKind, ReturnState

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

S, P = ReturnState, Permission
ADDRESS = "returns/address"
REFUSALS = ("The time for returns is over", "The goods were used", "The photos do not show it")


class CaseActions:
    """Acts for `page`, over which questions and toasts appear; `refused` is called after a refusal."""

    def __init__(self, desk: "Desk", page: QWidget, refused: Callable[[], object]) -> None:
        self._desk, self._page, self._after_refusal = desk, page, refused

    def of(self, detail: CaseDetail) -> list[Action]:
        """What this person may do with it now."""
        case, may, mine = detail.case, self._desk.actor.may, self._desk.actor.organisation_id
        ways = next_states(case)
        if isinstance(case, ReturnCase):
            found = self._of_return(detail, case, ways) if case.merchant_id == mine else []
        else:
            found = self._of_claim(case, ways)
        if may(P.CASE_ARBITRATE) and case.state is S.DISPUTED:
            found.append(("Decide…", lambda: self.arbitrate(detail), "primary"))
        if may(P.CASE_DISCUSS):
            found.append(("Write…", lambda: self.write(detail), "secondary"))
        return found

    def _of_return(self, detail: CaseDetail, case: ReturnCase, ways: frozenset[ReturnState]) -> list[Action]:
        may, found = self._desk.actor.may, list[Action]()
        if S.APPROVED in ways and may(P.RETURN_DECIDE):
            found.append(("Approve…", lambda: self.approve(case), "primary"))
            found.append(("Refuse…", lambda: self.refuse(case), "secondary"))
        if S.SENT_BACK in ways and may(P.RETURN_REQUEST):
            found.append(("Goods were sent…", lambda: self._prompt_sent(case), "secondary"))
        if not case.supplier_id and may(P.CASE_HANDLE):
            found += self._handling(case, ways)
        if S.REFUNDING in ways and may(P.RETURN_DECIDE) and case.kind in WITH_GOODS | {ReturnKind.REFUND_ONLY}:
            if case.state is S.REFUND_FAILED:
                found.append(("Try the refund again", lambda: self._submit(RefundReturn(return_id=case.id)), "primary"))
            elif case.state is not S.APPROVED and units_of(case):
                style = "secondary" if case.kind in (ReturnKind.EXCHANGE, ReturnKind.REPAIR) else "primary"
                found.append(("Pay back…", lambda: self.refund(case), style))  # type: ignore[arg-type]
        if S.REPLACEMENT_SENT in ways and may(P.RETURN_DECIDE):
            found.append(("Order the replacement…", lambda: self.exchange(case), "primary"))
        if S.DISPUTED in ways and may(P.RETURN_DECIDE):
            found.append(("Ask the platform…", lambda: self.dispute(detail), "secondary"))
        supplied = any(x.supply_line_id for x in case.lines)
        if may(P.RETURN_DECIDE) and supplied and (not detail.linked or self._desk.read(claimable, case.id)):
            found.append(("Ask the supplier…", lambda: self.ask_supplier(case), "secondary"))
        if S.WITHDRAWN in ways and may(P.RETURN_REQUEST):
            found.append(("Withdraw", lambda: self._submit(Withdraw(document_id=case.id)), "quiet"))
        return found

    def _of_claim(self, case: Claim, ways: frozenset[ReturnState]) -> list[Action]:
        may, mine, found = self._desk.actor.may, self._desk.actor.organisation_id, list[Action]()
        if mine == case.supplier_id:
            if S.APPROVED in ways and may(P.CLAIM_DECIDE):
                found.append(("Approve…", lambda: self.answer(case), "primary"))
                found.append(("Refuse…", lambda: self.refuse(case), "secondary"))
            if may(P.CASE_HANDLE):
                found += self._handling(case, ways)
                if S.REPLACEMENT_SENT in ways:
                    found.append(("Replacement was sent", lambda: self.finish(case, S.REPLACEMENT_SENT), "secondary"))
            if S.REFUNDING in ways and case.state is S.INSPECTED and may(P.CLAIM_DECIDE):
                found.append(("Settle…", lambda: self.settle(case), "primary"))
        elif mine == case.merchant_id:
            if S.SENT_BACK in ways and not case.return_id and may(P.RETURN_REQUEST):
                found.append(("Goods were sent…", lambda: self._prompt_sent(case), "primary"))
            if S.DISPUTED in ways and may(P.RETURN_DECIDE):
                detail = CaseDetail(case=case, messages=(), history=())
                found.append(("Ask the platform…", lambda: self.dispute(detail), "primary"))
            if S.WITHDRAWN in ways and may(P.RETURN_REQUEST):
                found.append(("Withdraw", lambda: self._submit(Withdraw(document_id=case.id)), "quiet"))
        return found

    def _handling(self, case: ReturnCase | Claim, ways: frozenset[ReturnState]) -> list[Action]:
        found: list[Action] = []
        if S.RECEIVED in ways:
            found.append(("Receive…", lambda: self.receive(case), "primary"))
        if S.INSPECTED in ways:
            found.append(("Inspect…", lambda: self.inspect(case), "primary"))
        if S.REPAIRED in ways:
            found.append(("Repaired and sent", lambda: self.finish(case, S.REPAIRED), "primary"))
        if S.RETURNED_TO_CUSTOMER in ways and case.sent:
            found.append(("Send it back as it is", lambda: self.finish(case, S.RETURNED_TO_CUSTOMER), "secondary"))
        return found

    # a shop's returns

    def new(self, order: Order | None = None) -> None:
        """Start a return from an order, a receipt or a member."""
        prompt = ReturnPrompt(self._desk, parent=self._page.window())
        if order is not None:
            prompt.take(order)
        self._open_return(prompt, None)

    def resume(self, entered: RequestReturn | CounterReturn, supersedes: str | None) -> None:
        """Open what was entered for a return and not taken, as it was; `supersedes` names the refused command."""
        found = self._desk.read(order_detail, entered.order_id)
        if found is None:
            self.say(lambda: problem_text("not_found"), "bad")
            return
        prompt = ReturnPrompt(self._desk, parent=self._page.window())
        prompt.fill(found.order, entered)
        self._open_return(prompt, supersedes)

    def _open_return(self, prompt: ReturnPrompt, supersedes: str | None) -> None:
        def go() -> None:
            message = prompt.message(self._desk.new_id(), self._desk.next_number())
            again = partial(self.resume, message, supersedes)
            self._submit(message, partial(tr, "The return is saved"), refused=again, supersedes=supersedes)

        open_prompt(prompt, go)

    def edit_rules(self) -> None:
        """What is decided by itself."""
        mine = self._desk.actor.organisation_id
        tops, levels = self._desk.read(rule_names, mine)
        english = language() == "en"
        categories = [(id_, (en if english else zh) or zh) for id_, zh, en in tops]
        rules = self._desk.read(return_rules, mine)
        prompt = RulesPrompt(rules, categories, levels, parent=self._page.window())
        open_prompt(prompt, lambda: self._submit(prompt.message(), partial(tr, "The rules are saved")))

    def approve(self, case: ReturnCase) -> None:
        """Approve; money without goods goes back at once."""
        suppliers = {x.supplier_id for x in case.lines if x.supply_line_id}
        one = len(suppliers) == 1 and case.kind in WITH_GOODS
        prompt = ApprovePrompt(case, supplier=one, parent=self._page.window())

        def approve() -> None:
            to_supplier = prompt.to_supplier.isChecked()
            seen = case.pay_back if case.kind is ReturnKind.REFUND_ONLY else None
            self._submit(
                DecideReturn(return_id=case.id, approve=True, to_supplier=to_supplier, amount_seen=seen),
                partial(tr, "Return {number} approved", number=case.number),
            )

        open_prompt(prompt, approve)

    def refuse(self, case: ReturnCase | Claim) -> None:
        """Refuse with a reason."""
        prompt = ReasonPrompt(
            lambda: tr("Refuse {number}?", number=case.number),
            "The other side may ask the platform to decide.",
            "Refuse",
            REFUSALS,
            tone="danger",
            parent=self._page.window(),
        )

        def refuse() -> None:
            reason = prompt.reason()
            if isinstance(case, Claim):
                self._submit(DecideClaim(claim_id=case.id, approve=False, reason=reason))
            else:
                self._submit(DecideReturn(return_id=case.id, approve=False, reason=reason))

        open_prompt(prompt, refuse)

    def refund(self, case: ReturnCase) -> None:
        """Show what is paid back now, to the cent, and open the tasks."""
        try:
            quoted = self._desk.read(refund_now, case.id)
        except DomainError as refusal:
            self.say(partial(failure_text, refusal), "bad")
            self._after_refusal()
            return
        told = money(quoted.pay_back)
        prompt = Confirm(
            lambda: tr("Pay {amount} back?", amount=told),
            "For each way in which it was paid there is a task, until somebody enters the proof.",
            "Pay back",
            parent=self._page.window(),
        )
        message = RefundReturn(return_id=case.id, amount_seen=quoted.pay_back)
        open_prompt(prompt, lambda: self._submit(message, partial(tr, "Now pay it and enter the proof")))

    def settle_payout(self, detail: CaseDetail, payout_id: str) -> None:
        """Enter what came of a refund."""
        payout = next(p for p in detail.payouts if p.id == payout_id)
        prompt = PayoutPrompt(self._desk, payout, parent=self._page.window())
        open_prompt(prompt, lambda: self._submit(prompt.message()))

    def exchange(self, case: ReturnCase) -> None:
        """Order the replacement."""
        prompt = ExchangePrompt(case, self._desk.read(swappable, case.id), parent=self._page.window())

        def exchange() -> None:
            number = self._desk.next_number()
            message = ExchangeReturn(
                return_id=case.id, order_id=self._desk.new_id(), number=number, swaps=prompt.swaps()
            )
            self._submit(message, partial(tr, "Replacement {number} ordered", number=number))

        open_prompt(prompt, exchange)

    def ask_supplier(self, case: ReturnCase) -> None:
        """Claim what the goods of a return cost, of one supplier after the other until somebody stops."""
        parts = self._desk.read(claimable, case.id)
        if parts:
            self._ask_suppliers(case, parts, several=len(parts) > 1)
        else:
            self.say("Nothing of this can be claimed any more", "neutral")

    def resume_claim(self, case: ReturnCase, entered: OpenClaim, supersedes: str | None) -> None:
        """Ask one supplier again what was asked and not taken; `supersedes` names the refused command."""
        parts = [p for p in self._desk.read(claimable, case.id) if p.supply_order_id == entered.supply_order_id]
        if parts:
            self._ask_suppliers(case, parts, entered, supersedes, several=False)
        else:
            self.say("Nothing of this can be claimed any more", "neutral")

    def _ask_suppliers(
        self,
        case: ReturnCase,
        parts: list[Claimable],
        entered: OpenClaim | None = None,
        supersedes: str | None = None,
        *,
        several: bool,
    ) -> None:
        part, *others = parts
        prompt = AskPrompt(
            case.number, part.supplier, part.most, entered, others=bool(others), parent=self._page.window()
        )

        def ask() -> None:
            message = OpenClaim(
                claim_id=self._desk.new_id(),
                number=f"{case.number}-C{part.supply_order_id[-4:]}" + (f"-{part.before + 1}" if part.before else ""),
                supply_order_id=part.supply_order_id,
                return_id=case.id,
                kind=ReturnKind.REFUND_ONLY,
                reason=case.reason,
                items=tuple(ClaimItem(supply_line_id=i, quantity=n) for i, n in part.units.items()),
                asked=prompt.amount(),
                note=prompt.note.text().strip() or case.note,
                photos=case.photos,
            )
            again = partial(self.resume_claim, case, message, supersedes)
            self._submit(message, partial(tr, "The supplier is asked"), refused=again, supersedes=supersedes)

        def finished(how: int) -> None:
            if how == AskPrompt.DialogCode.Rejected:
                names = [p.supplier for p in parts]
                self.say(lambda: tr("Not asked yet: {names}", names=listed(names)), "neutral")
            elif others:
                self._ask_suppliers(case, others, several=True)

        if several:
            prompt.finished.connect(finished)
        open_prompt(prompt, ask)

    # goods

    def _prompt_sent(self, case: ReturnCase | Claim) -> None:
        prompt = SendPrompt(case, parent=self._page.window())
        open_prompt(prompt, lambda: self._submit(prompt.message()))

    def receive(self, case: ReturnCase | Claim) -> None:
        """Count what arrived."""
        prompt = ReceivePrompt(case, self._desk.read(line_codes, case), parent=self._page.window())
        open_prompt(prompt, lambda: self._submit(prompt.message()))

    def inspect(self, case: ReturnCase | Claim, entered: Inspect | None = None, supersedes: str | None = None) -> None:
        """Into stock, written off, or not taken back."""
        repair = case.kind is ReturnKind.REPAIR
        codes = self._desk.read(line_codes, case)
        prompt = InspectPrompt(self._desk, case, codes, entered, repair=repair, parent=self._page.window())

        def go() -> None:
            message = prompt.message()
            again = partial(self.inspect, case, message, supersedes)
            self._submit(message, refused=again, supersedes=supersedes)

        open_prompt(prompt, go)

    def resume_inspection(self, case: ReturnCase | Claim, entered: Inspect, supersedes: str | None) -> None:
        """Open what was found and not taken, as it was; `supersedes` names the refused command."""
        if S.INSPECTED in next_states(case):
            self.inspect(case, entered, supersedes)
        else:
            self.say(partial(tr, "Nothing of this is to be inspected any more"), "warn")

    def finish(self, case: ReturnCase | Claim, outcome: ReturnState) -> None:
        """Goods went to the customer: with which parcel?"""
        prompt = SendPrompt(case, parent=self._page.window())

        def finish() -> None:
            sent = prompt.message()
            self._submit(
                Finish(
                    document_id=case.id,
                    outcome=outcome,
                    carrier=sent.carrier,
                    tracking_number=sent.tracking_number,
                )
            )

        open_prompt(prompt, finish)

    # a supplier's answers

    def answer(self, case: Claim) -> None:
        """Approve: with an address for the goods, or with the money at once."""
        if case.kind not in WITH_GOODS:
            prompt = CreditPrompt(case, parent=self._page.window())
            open_prompt(
                prompt,
                lambda: self._submit(
                    DecideClaim(
                        claim_id=case.id, approve=True, credit=prompt.amount(), reason=prompt.note.text().strip()
                    )
                ),
            )
            return
        kept = self._desk.draft(ADDRESS)
        last = msgspec.json.decode(kept, type=Address) if kept else None
        asked = AddressPrompt(case, last, parent=self._page.window())

        def approve() -> None:
            address = asked.address()
            self._desk.save_draft(ADDRESS, msgspec.json.encode(address))
            self._submit(DecideClaim(claim_id=case.id, approve=True, return_to=address))

        open_prompt(asked, approve)

    def settle(self, case: Claim) -> None:
        """Pay what was inspected."""
        prompt = CreditPrompt(case, parent=self._page.window())
        open_prompt(
            prompt,
            lambda: self._submit(
                SettleClaim(claim_id=case.id, credit=prompt.amount(), reason=prompt.note.text().strip())
            ),
        )

    # the thread, and the platform

    def write(self, detail: CaseDetail) -> None:
        """Add to the thread."""
        case = detail.case
        title = partial(tr, "Write about {number}", number=case.number)
        prompt = SayPrompt(self._desk, title, _readers(case), "Send", parent=self._page.window())
        open_prompt(
            prompt,
            lambda: self._submit(Say(document_id=case.id, text=prompt.said(), photos=prompt.photos.photos())),
        )

    def dispute(self, detail: CaseDetail) -> None:
        """Ask the platform."""
        case = detail.case
        prompt = SayPrompt(
            self._desk,
            partial(tr, "Let the platform decide {number}?", number=case.number),
            "The platform reads everything that was said, and its decision is final.",
            "Ask the platform",
            needed=True,
            parent=self._page.window(),
        )
        open_prompt(
            prompt,
            lambda: self._submit(Dispute(document_id=case.id, text=prompt.said(), photos=prompt.photos.photos())),
        )

    def arbitrate(self, detail: CaseDetail) -> None:
        """Decide as the platform."""
        case = detail.case
        prompt = ArbitratePrompt(case, rulings(case), parent=self._page.window())
        open_prompt(prompt, lambda: self._submit(prompt.message(), partial(tr, "Both sides read your decision")))

    def say(self, said: Text, tone: Tone = "ok") -> None:
        """Tell in a toast."""
        ToastArea.of(self._page).show_toast(said, tone=tone)

    def _submit(
        self,
        message: Command,
        said: Callable[[], str] = lambda: tr("Saved"),
        *,
        refused: Callable[[], object] = nothing,
        supersedes: str | None = None,
    ) -> None:
        def look_again() -> None:
            self._after_refusal()
            refused()

        send(self._desk, self._page, message, said, refused=look_again, supersedes=supersedes)


def _readers(case: ReturnCase | Claim) -> str:
    if isinstance(case, Claim):
        return "The shop and the supplier read it; the platform too, once it is asked."
    return "Your shop reads it; the platform too, once it is asked."
