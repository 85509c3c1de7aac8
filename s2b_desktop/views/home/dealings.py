"""What waits in returns, claims and money: the next steps."""

from collections.abc import Iterator

from s2b_desktop.models.queries.money import Deal
from s2b_desktop.models.queries.returns import CaseView
from s2b_desktop.models.queries.waiting import Waiting
from s2b_desktop.text import tr
from s2b_desktop.views.home.steps import NextStep
from s2b_domain.access import Actor, Permission
from s2b_domain.records.party import PartyKind


def dealings(found: Waiting, actor: Actor) -> Iterator[NextStep]:
    """Those that the actor may take."""
    may = actor.may
    if actor.kind is PartyKind.MERCHANT:
        yield from _of_shop(found, actor)
    elif found.decide and may(Permission.CLAIM_DECIDE):
        yield NextStep(
            "returns",
            CaseView.DECIDE,
            "returns",
            lambda: tr("{n} claims to decide", n=found.decide),
            "Shops ask for money or want to send goods back.",
            "accent",
        )
    if found.inspect and may(Permission.CASE_HANDLE):
        yield NextStep(
            "returns",
            CaseView.INSPECT,
            "package",
            lambda: tr("{n} returned parcels to inspect", n=found.inspect),
            "Good pieces go back to stock; then the money follows.",
            "accent",
        )
    if found.pay and may(Permission.RETURN_REFUND if actor.kind is PartyKind.MERCHANT else Permission.CLAIM_DECIDE):
        yield NextStep(
            "returns",
            CaseView.PAY,
            "wallet",
            lambda: tr("{n} returns to pay or settle", n=found.pay),
            "The goods were looked at; the other side waits.",
            "accent",
        )
    if found.disputes and may(Permission.CASE_ARBITRATE):
        yield NextStep(
            "returns",
            CaseView.DISPUTED,
            "scale",
            lambda: tr("{n} disputes to decide", n=found.disputes),
            "Both sides have written what they have to say.",
            "accent",
        )
    yield from _of_money(found, actor)


def _of_shop(found: Waiting, actor: Actor) -> Iterator[NextStep]:
    if found.decide and actor.may(Permission.RETURN_DECIDE):
        yield NextStep(
            "returns",
            CaseView.DECIDE,
            "returns",
            lambda: tr("{n} returns to decide", n=found.decide),
            "Customers wait for an answer.",
            "accent",
        )
    if found.send_back and actor.may(Permission.RETURN_REQUEST):
        yield NextStep(
            "returns",
            CaseView.CLAIMS,
            "truck",
            lambda: tr("{n} parcels to send back to suppliers", n=found.send_back),
            "The supplier agreed and gave an address; enter the tracking number.",
            "accent",
        )


def _of_money(found: Waiting, actor: Actor) -> Iterator[NextStep]:
    if actor.may(Permission.STATEMENT_EDIT):
        if found.agree:
            yield NextStep(
                "money",
                Deal.STATEMENTS.value,
                "file-text",
                lambda: tr("{n} statements to agree to", n=found.agree),
                "Compare it with your orders; dispute what is not right.",
                "accent",
            )
        if found.answer:
            yield NextStep(
                "money",
                Deal.STATEMENTS.value,
                "file-text",
                lambda: tr("{n} disputed statements", n=found.answer),
                "Answer, and take off what was wrong.",
                "warn",
            )
        if found.payments:
            yield NextStep(
                "money",
                Deal.SETTLEMENTS.value,
                "wallet",
                lambda: tr("{n} payments to confirm", n=found.payments),
                "The other side says that it has paid.",
                "accent",
            )
    if found.invoices and actor.may(Permission.INVOICE_EDIT):
        yield NextStep(
            "money",
            Deal.INVOICES.value,
            "file-text",
            lambda: tr("{n} invoices to issue", n=found.invoices),
            "Enter the number and add the PDF.",
            "accent",
        )
