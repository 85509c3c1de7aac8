"""What waits in returns, claims and money: the next steps."""

from collections.abc import Iterator

from s2b_desktop.models.queries.money import Deal
from s2b_desktop.models.queries.returns import CaseView as View
from s2b_desktop.models.queries.waiting import Waiting
from s2b_desktop.text import tr
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.home.steps import NextStep
from s2b_domain.access import Actor, Permission
from s2b_domain.records.party import PartyKind


def dealings(found: Waiting, actor: Actor) -> Iterator[NextStep]:
    """Those that the actor may take."""
    shop = actor.kind is PartyKind.MERCHANT

    def step(
        n: int, needs: Permission, what: View | Deal, icon: str, title: Text, sentence: Text
    ) -> Iterator[NextStep]:
        if n and actor.may(needs):
            page = "returns" if isinstance(what, View) else "money"
            yield NextStep(page, what, icon, title, sentence, "accent")

    if shop:
        yield from step(
            found.decide, Permission.RETURN_DECIDE, View.DECIDE, "returns",
            lambda: tr("{n} returns to decide", n=found.decide), "Customers wait for an answer.",
        )  # fmt: skip
        yield from step(
            found.send_back, Permission.RETURN_REQUEST, View.CLAIMS, "truck",
            lambda: tr("{n} parcels to send back to suppliers", n=found.send_back),
            "The supplier agreed and gave an address; enter the tracking number.",
        )  # fmt: skip
    else:
        yield from step(
            found.decide, Permission.CLAIM_DECIDE, View.DECIDE, "returns",
            lambda: tr("{n} claims to decide", n=found.decide), "Shops ask for money or want to send goods back.",
        )  # fmt: skip
    yield from step(
        found.inspect, Permission.CASE_HANDLE, View.INSPECT, "package",
        lambda: tr("{n} returned parcels to inspect", n=found.inspect),
        "Good pieces go back to stock; then the money follows.",
    )  # fmt: skip
    yield from step(
        found.pay, Permission.RETURN_REFUND if shop else Permission.CLAIM_DECIDE, View.PAY, "wallet",
        lambda: tr("{n} returns to pay or settle", n=found.pay), "The goods were looked at; the other side waits.",
    )  # fmt: skip
    yield from step(
        found.disputes, Permission.CASE_ARBITRATE, View.DISPUTED, "scale",
        lambda: tr("{n} disputes to decide", n=found.disputes), "Both sides have written what they have to say.",
    )  # fmt: skip
    yield from step(
        found.agree, Permission.STATEMENT_EDIT, Deal.STATEMENTS, "file-text",
        lambda: tr("{n} statements to agree to", n=found.agree),
        "Compare it with your orders; dispute what is not right.",
    )  # fmt: skip
    yield from step(
        found.answer, Permission.STATEMENT_EDIT, Deal.STATEMENTS, "file-text",
        lambda: tr("{n} disputed statements", n=found.answer), "Answer, and take off what was wrong.",
    )  # fmt: skip
    yield from step(
        found.payments, Permission.STATEMENT_EDIT, Deal.SETTLEMENTS, "wallet",
        lambda: tr("{n} payments to confirm", n=found.payments), "The other side says that it has paid.",
    )  # fmt: skip
    yield from step(
        found.invoices, Permission.INVOICE_EDIT, Deal.INVOICES, "file-text",
        lambda: tr("{n} invoices to issue", n=found.invoices), "Enter the number and add the PDF.",
    )  # fmt: skip
