"""Which list a return or claim stands in."""

import pytest

from s2b_desktop.models.queries.returns import CaseView, case_counts, case_ids
from s2b_domain.commands.cases import Arbitrate, Dispute
from s2b_domain.commands.claims import DecideClaim
from s2b_domain.records.after_sales import Claim
from s2b_domain.rules.after_sales import ReturnKind, Ruling
from tests.domain.books import open_books, water
from tests.domain.test_after_sales import asked, bought


@pytest.mark.parametrize(("ruling", "over"), [(Ruling.UPHELD, True), (Ruling.REPLACE, False)])
def test_a_refusal_that_the_platform_upheld_waits_for_nobody(ruling: Ruling, over: bool) -> None:
    with open_books() as books:
        books.sell(books.hengfeng, water("W", stock=100))
        id_ = asked(books, bought(books, good=0, damaged=2), 2, ReturnKind.RETURN_REFUND)
        books.do(books.hengfeng, DecideClaim(claim_id=id_, approve=False, reason="完好"))
        books.do(books.chenguang, Dispute(document_id=id_, text="照片清楚"))
        books.do(books.admin, Arbitrate(document_id=id_, ruling=ruling, text="如图"))
        connection, mine = books.store.connection, books.chenguang.organisation_id
        there = {view for view in CaseView if case_ids(connection, Claim, mine, view)}
        assert there == {CaseView.CLAIMS, CaseView.ALL} | ({CaseView.DONE} if over else {CaseView.OPEN, CaseView.PAY})
        assert {view for view, number in case_counts(connection, Claim, mine).items() if number} == there
