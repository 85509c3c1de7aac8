"""Who sees what of whom, where it is easy to get wrong."""

from s2b_domain.access import Role, granted, price_levels
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.commands.supply import AcceptSupply
from s2b_domain.records.account import AccountEntry
from s2b_domain.records.order import Commission, SupplyOrder
from s2b_domain.records.party import Organisation, PartyKind, SupplierTerms
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.rules.order_flow import OrderKind
from tests.domain.books import Books, water


def test_only_an_approved_merchant_learns_prices(books: Books) -> None:
    suppliers = books.store.find(Organisation, kind=PartyKind.SUPPLIER)
    for state in PartyState:
        merchant = books.organisation("店", PartyKind.MERCHANT, state)
        levels = price_levels(suppliers, [], merchant)
        scopes = granted(books.actor(merchant, Role.MERCHANT_OWNER), levels)
        assert any(s.startswith("pricebook:") for s in scopes) is (state is PartyState.APPROVED)


def test_everybody_knows_whom_a_commission_is_owed_to(books: Books) -> None:
    platform = (Organisation, books.admin.organisation_id)
    for actor in (books.admin, books.hengfeng, books.chenguang):
        assert platform in books.seen_by(actor)


def test_figures_reach_the_manager_and_the_owner_alone(books: Books) -> None:
    books.sell(books.hengfeng, water())
    items = (OrderItem(sku_id=books.skus()[0].id, quantity=1, price_seen=12_500),)
    books.do(books.chenguang, PlaceOrder(order_id=books.id(), number="1", kind=OrderKind.PURCHASE, items=items))
    books.do(books.hengfeng, AcceptSupply(supply_order_ids=(books.store.find(SupplyOrder)[0].id,)))
    figures = {AccountEntry, Commission, SupplierTerms}

    def seen(organisation_id: str, role: Role) -> set[type]:
        [organisation] = books.store.find(Organisation, id=organisation_id)
        return {cls for cls, _ in books.seen_by(books.actor(organisation, role))} & figures

    supplier, merchant = books.hengfeng.organisation_id, books.chenguang.organisation_id
    assert seen(supplier, Role.SUPPLIER_MANAGER) == figures
    assert seen(supplier, Role.WAREHOUSE_CLERK) == seen(supplier, Role.IMPORT_STAFF) == set()
    assert seen(merchant, Role.MERCHANT_OWNER) == {AccountEntry}
    assert seen(merchant, Role.SHOP_ASSISTANT) == set()
