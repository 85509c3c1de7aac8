"""Who may do what, and who may see which rows. Everything about visibility is in this one file.

A *scope* is a named set of rows. `scopes_of` says, from a row alone, which scopes hold it; `granted` says which
scopes an actor receives. A desktop keeps a row exactly while one of its granted scopes holds it.
"""

from collections.abc import Callable, Collection, Iterable
from enum import StrEnum

import msgspec

from s2b_domain.records.account import AccountEntry, Balance
from s2b_domain.records.after_sales import CaseMessage, Claim, Payout, ReturnCase, ReturnRules
from s2b_domain.records.audit import Audit
from s2b_domain.records.campaign import Campaign
from s2b_domain.records.catalog import (
    STANDARD_LEVEL,
    Attribute,
    Category,
    CategoryChoice,
    PackageCode,
    Price,
    Product,
    Revision,
    Sku,
)
from s2b_domain.records.imports import ImportPart
from s2b_domain.records.invoice import Invoice, InvoiceTitle
from s2b_domain.records.lease import Lease, LeaseHold, LeasePolicy
from s2b_domain.records.member import (
    CreditEntry,
    Member,
    MemberHabit,
    MemberLevel,
    MemberTag,
    PointsEntry,
    PointsRule,
    Tag,
    TagRule,
)
from s2b_domain.records.order import (
    Commission,
    History,
    Order,
    OrderLine,
    Parcel,
    Payment,
    PriceTrace,
    SupplyLine,
    SupplyOrder,
)
from s2b_domain.records.party import (
    Application,
    Organisation,
    Paper,
    PartyKind,
    Person,
    RecoveryKey,
    SupplierTerms,
    TradeTerms,
)
from s2b_domain.records.promotion import Coupon, CouponTemplate, OfferTotal, Promotion, PromotionUse
from s2b_domain.records.rating import SupplierRating
from s2b_domain.records.receiving import GoodsReceipt, StockCost
from s2b_domain.records.record import Record
from s2b_domain.records.shop import FreightChoice, FreightTemplate, Listing, Shop
from s2b_domain.records.statement import Settlement, Statement
from s2b_domain.records.stock import (
    Availability,
    Discrepancy,
    Movement,
    Reservation,
    Stock,
    StockCount,
    StockWatch,
    Transfer,
    Warehouse,
)
from s2b_domain.records.terms import MixGroup, PriceLevel, PurchaseTerms
from s2b_domain.records.till import Till
from s2b_domain.rules.onboarding import ContentState, PaperState, PartyState


class Permission(StrEnum):
    """What a command asks of its actor."""

    PARTY_APPLY = "party.apply"
    RECOVERY_SET = "recovery.set"
    DISCREPANCY_CLOSE = "discrepancy.close"
    PARTY_REVIEW = "party.review"
    CATEGORY_EDIT = "category.edit"
    GOODS_EDIT = "goods.edit"
    GOODS_PRICE = "goods.price"
    GOODS_REVIEW = "goods.review"
    STOCK_EDIT = "stock.edit"
    STOCK_APPROVE = "stock.approve"
    ORDER_PLACE = "order.place"
    ORDER_CANCEL = "order.cancel"
    ORDER_PAY = "order.pay"
    PROMOTION_EDIT = "promotion.edit"
    COUPON_ISSUE = "coupon.issue"
    MEMBER_EDIT = "member.edit"
    POINTS_ADJUST = "points.adjust"
    CREDIT_ADJUST = "credit.adjust"
    SHOP_EDIT = "shop.edit"
    FREIGHT_EDIT = "freight.edit"
    TERMS_EDIT = "terms.edit"
    STATEMENT_EDIT = "statement.edit"
    INVOICE_EDIT = "invoice.edit"
    SUPPLY_DECIDE = "supply.decide"
    SUPPLY_SHIP = "supply.ship"
    RETURN_REQUEST = "return.request"
    RETURN_DECIDE = "return.decide"
    RETURN_REFUND = "return.refund"
    CLAIM_DECIDE = "claim.decide"
    CASE_HANDLE = "case.handle"
    CASE_DISCUSS = "case.discuss"
    CASE_ARBITRATE = "case.arbitrate"


class Role(StrEnum):
    """The roles people have in their organisation."""

    PLATFORM_ADMIN = "platform_admin"
    PLATFORM_REVIEWER = "platform_reviewer"
    SUPPLIER_MANAGER = "supplier_manager"
    WAREHOUSE_CLERK = "warehouse_clerk"
    IMPORT_STAFF = "import_staff"
    MERCHANT_OWNER = "merchant_owner"
    SHOP_ASSISTANT = "shop_assistant"


_P = Permission

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.PLATFORM_ADMIN: frozenset(
        {
            _P.RECOVERY_SET,
            _P.PARTY_REVIEW,
            _P.CATEGORY_EDIT,
            _P.GOODS_REVIEW,
            _P.PROMOTION_EDIT,
            _P.COUPON_ISSUE,
            _P.CASE_ARBITRATE,
            _P.CASE_DISCUSS,
            _P.STATEMENT_EDIT,
        }
    ),
    Role.PLATFORM_REVIEWER: frozenset({_P.PARTY_REVIEW, _P.GOODS_REVIEW, _P.CASE_ARBITRATE, _P.CASE_DISCUSS}),
    Role.SUPPLIER_MANAGER: frozenset(
        {
            _P.RECOVERY_SET,
            _P.DISCREPANCY_CLOSE,
            _P.PARTY_APPLY,
            _P.GOODS_EDIT,
            _P.GOODS_PRICE,
            _P.STOCK_EDIT,
            _P.STOCK_APPROVE,
            _P.SUPPLY_DECIDE,
            _P.SUPPLY_SHIP,
            _P.CLAIM_DECIDE,
            _P.CASE_HANDLE,
            _P.CASE_DISCUSS,
            _P.PROMOTION_EDIT,
            _P.FREIGHT_EDIT,
            _P.TERMS_EDIT,
            _P.STATEMENT_EDIT,
            _P.INVOICE_EDIT,
        }
    ),
    Role.WAREHOUSE_CLERK: frozenset(
        {_P.DISCREPANCY_CLOSE, _P.STOCK_EDIT, _P.SUPPLY_SHIP, _P.CASE_HANDLE, _P.CASE_DISCUSS}
    ),
    Role.IMPORT_STAFF: frozenset({_P.GOODS_EDIT, _P.GOODS_PRICE, _P.STOCK_EDIT}),
    Role.MERCHANT_OWNER: frozenset(
        {
            _P.RECOVERY_SET,
            _P.DISCREPANCY_CLOSE,
            _P.PARTY_APPLY,
            _P.ORDER_PLACE,
            _P.STOCK_EDIT,
            _P.STOCK_APPROVE,
            _P.ORDER_CANCEL,
            _P.ORDER_PAY,
            _P.RETURN_REQUEST,
            _P.RETURN_DECIDE,
            _P.RETURN_REFUND,
            _P.CASE_HANDLE,
            _P.CASE_DISCUSS,
            _P.PROMOTION_EDIT,
            _P.COUPON_ISSUE,
            _P.MEMBER_EDIT,
            _P.POINTS_ADJUST,
            _P.CREDIT_ADJUST,
            _P.SHOP_EDIT,
            _P.FREIGHT_EDIT,
            _P.STATEMENT_EDIT,
            _P.INVOICE_EDIT,
        }
    ),
    Role.SHOP_ASSISTANT: frozenset(
        {
            _P.DISCREPANCY_CLOSE,
            _P.ORDER_PLACE,
            _P.STOCK_EDIT,
            _P.ORDER_PAY,
            _P.COUPON_ISSUE,
            _P.MEMBER_EDIT,
            _P.RETURN_REQUEST,
            _P.RETURN_REFUND,
            _P.CASE_HANDLE,
            _P.CASE_DISCUSS,
        }
    ),
}

ROLES_OF: dict[PartyKind, frozenset[Role]] = {
    PartyKind.PLATFORM: frozenset({Role.PLATFORM_ADMIN, Role.PLATFORM_REVIEWER}),
    PartyKind.SUPPLIER: frozenset({Role.SUPPLIER_MANAGER, Role.WAREHOUSE_CLERK, Role.IMPORT_STAFF}),
    PartyKind.MERCHANT: frozenset({Role.MERCHANT_OWNER, Role.SHOP_ASSISTANT}),
}

CLASSES_OF: dict[Role, tuple[str, ...]] = {
    Role.PLATFORM_ADMIN: ("profile", "people", "offers", "money"),
    Role.PLATFORM_REVIEWER: ("profile",),
    Role.SUPPLIER_MANAGER: ("profile", "people", "goods", "stock", "trade", "money", "offers"),
    Role.WAREHOUSE_CLERK: ("profile", "goods", "stock", "trade"),
    Role.IMPORT_STAFF: ("profile", "goods", "stock"),
    Role.MERCHANT_OWNER: ("profile", "people", "goods", "stock", "trade", "money", "offers", "members"),
    Role.SHOP_ASSISTANT: ("profile", "goods", "stock", "trade", "offers", "members"),
}
"""Which classes of their organisation's rows a role receives."""


class Actor(msgspec.Struct, frozen=True):
    """Who acts. `permissions` come from the role; an empty set may do nothing and sees nothing."""

    id: str
    name: str
    organisation_id: str
    organisation_name: str
    kind: PartyKind
    role: Role | None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What this actor may do: nothing in a role that its kind of organisation does not have."""
        return PERMISSIONS[self.role] if self.role and self.role in ROLES_OF[self.kind] else frozenset()

    def may(self, permission: Permission) -> bool:
        """Whether the actor holds `permission`."""
        return permission in self.permissions


TAXONOMY, CATALOG, STOCK, REVIEW, PARTIES, AUDIT, DISPUTES = (
    "taxonomy",
    "catalog",
    "stock",
    "review",
    "parties",
    "audit",
    "disputes",
)


def own(organisation_id: str, class_: str) -> str:
    """The scope of one class of an organisation's own rows."""
    return f"org:{organisation_id}:{class_}"


def pricebook(supplier_id: str, level: str) -> str:
    """The scope of a supplier's prices for one merchant level."""
    return f"pricebook:{supplier_id}:{level}"


def granted(actor: Actor, levels: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The scopes that `actor` receives; `levels` are the (approved supplier, price level) of a merchant."""
    if actor.role is None or actor.role not in ROLES_OF[actor.kind]:
        return frozenset()
    scopes = {TAXONOMY, *(own(actor.organisation_id, c) for c in CLASSES_OF[actor.role])}
    if actor.kind is PartyKind.PLATFORM:
        scopes |= {CATALOG, STOCK, REVIEW, PARTIES, DISPUTES}
        if actor.role is Role.PLATFORM_ADMIN:
            scopes.add(AUDIT)
    if actor.kind is PartyKind.MERCHANT:
        scopes |= {CATALOG, STOCK, *(pricebook(s, level) for s, level in levels)}
    return frozenset(scopes)


def still_granted(actor: Actor, held: Collection[str]) -> frozenset[str]:
    """Which of the scopes that somebody of its organisation was granted `actor` is granted too: what the organisation
    has agreed with suppliers counts for all its people, also for those who do not see the agreement."""
    books = (scope.split(":", 2) for scope in held if scope.startswith("pricebook:"))
    return granted(actor, [(supplier, level) for _, supplier, level in books]).intersection(held)


def price_levels(
    suppliers: Iterable[Organisation], terms: Iterable[TradeTerms], merchant: Organisation | None = None
) -> list[tuple[str, str]]:
    """The (supplier, level) pairs of a merchant at approved suppliers: the standard level, and the agreed one before it
    where that has a price.

    A `merchant` that is not approved itself learns no prices.
    """
    if merchant is not None and merchant.state is not PartyState.APPROVED:
        return []
    agreed = {t.supplier_id: t.level for t in terms}
    trading = [s.id for s in suppliers if s.kind is PartyKind.SUPPLIER and s.state is PartyState.APPROVED]
    return [(s, level) for s in trading for level in dict.fromkeys((agreed.get(s, STANDARD_LEVEL), STANDARD_LEVEL))]


def _organisation(row: Organisation) -> tuple[str, ...]:
    scopes = [PARTIES, own(row.id, "profile")]
    if row.kind is PartyKind.SUPPLIER and row.state in (PartyState.APPROVED, PartyState.SUSPENDED):
        scopes.append(CATALOG)
    if row.kind is PartyKind.PLATFORM:
        scopes.append(TAXONOMY)  # everyone deals with the platform, and owes it by its id
    return tuple(scopes)


def _product(row: Product) -> tuple[str, ...]:
    public = {ContentState.LIVE: (CATALOG,), ContentState.SUBMITTED: (REVIEW,)}.get(row.state, ())
    return (own(row.supplier_id, "goods"), *public)


def _revision(row: Revision) -> tuple[str, ...]:
    mine = own(row.supplier_id, "goods")
    return (mine, REVIEW) if row.state is ContentState.SUBMITTED else (mine,)


def _sku(row: Sku) -> tuple[str, ...]:
    mine = own(row.supplier_id, "goods")
    return (mine, CATALOG if row.live else REVIEW)  # also off sale: shops still have it on their shelves


def _price(row: Price) -> tuple[str, ...]:
    return (own(row.supplier_id, "goods"), pricebook(row.supplier_id, row.level) if row.live else REVIEW)


def _supply_order(row: SupplyOrder) -> tuple[str, ...]:
    return _both_trade(row) if row.sent else (own(row.merchant_id, "trade"),)


def _both_trade(row: SupplyOrder | SupplyLine | Parcel | GoodsReceipt) -> tuple[str, ...]:
    return (own(row.supplier_id, "trade"), own(row.merchant_id, "trade"))


def _merchant_trade(row: Order | OrderLine | Payment | PriceTrace | PromotionUse | Till) -> tuple[str, ...]:
    return (own(row.merchant_id, "trade"),)


def _application(row: Application) -> tuple[str, ...]:
    return (PARTIES, own(row.id, "profile"))


def _paper(row: Paper) -> tuple[str, ...]:
    shown = (CATALOG,) if row.public and row.state is PaperState.APPROVED else ()
    return (PARTIES, own(row.organisation_id, "profile"), *shown)


def _recovery_key(row: RecoveryKey) -> tuple[str, ...]:
    return (own(row.id, "profile"),)


def _person(row: Person) -> tuple[str, ...]:
    return (PARTIES, own(row.organisation_id, "people"))


def _taxonomy(row: Attribute | Category) -> tuple[str, ...]:
    return (TAXONOMY,)


def _package_code(row: PackageCode) -> tuple[str, ...]:
    return (own(row.supplier_id, "goods"),)


def _category_choice(row: CategoryChoice) -> tuple[str, ...]:
    return (own(row.supplier_id, "goods"), REVIEW)


def _supplier_terms(row: SupplierTerms) -> tuple[str, ...]:
    return (PARTIES, own(row.id, "money"))


def _trade_terms(row: TradeTerms) -> tuple[str, ...]:
    return (own(row.supplier_id, "money"), own(row.merchant_id, "money"))


def _owner_stock(
    row: LeaseHold | Warehouse | Stock | Movement | Reservation | StockCost | StockCount | StockWatch | Transfer,
) -> tuple[str, ...]:
    return (own(row.owner_id, "stock"),)


def _lease(row: Lease) -> tuple[str, ...]:
    return (own(row.supplier_id, "stock"), own(row.merchant_id, "stock"))


def _lease_policy(row: LeasePolicy) -> tuple[str, ...]:
    return (own(row.supplier_id, "stock"), pricebook(row.supplier_id, row.level) if row.level else CATALOG)


def _availability(row: Availability) -> tuple[str, ...]:
    mine = own(row.supplier_id, "stock")
    return (mine, STOCK) if row.live else (mine,)


def _offer(row: Promotion | CouponTemplate | FreightTemplate) -> tuple[str, ...]:
    mine = own(row.owner_id, "offers")
    return (mine, CATALOG) if row.public else (mine,)


def _offer_total(row: OfferTotal) -> tuple[str, ...]:
    return (own(row.owner_id, "offers"),)


def _freight_choice(row: FreightChoice) -> tuple[str, ...]:
    mine = own(row.owner_id, "offers")
    return (mine, CATALOG) if row.live else (mine,)


def _shop(row: Shop | PointsRule) -> tuple[str, ...]:
    return (own(row.id, "offers"),)


def _merchant_offers(row: Listing | MemberLevel | Tag | TagRule) -> tuple[str, ...]:
    return (own(row.merchant_id, "offers"),)


def _members(row: Campaign | Coupon | CreditEntry | Member | MemberHabit | MemberTag | PointsEntry) -> tuple[str, ...]:
    return (own(row.merchant_id, "members"),)


def _discrepancy(row: Discrepancy) -> tuple[str, ...]:
    return (own(row.organisation_id, "trade"),)


def _commission(row: Commission) -> tuple[str, ...]:
    return (own(row.supplier_id, "money"),)


def _history(row: History) -> tuple[str, ...]:
    return (own(row.organisation_id, "trade"),)


def _account_entry(row: AccountEntry) -> tuple[str, ...]:
    return (own(row.organisation_id, "money"),)


def _import_part(row: ImportPart) -> tuple[str, ...]:
    return (own(row.supplier_id, "goods"),)


def _return_case(row: ReturnCase) -> tuple[str, ...]:
    mine = own(row.merchant_id, "trade")
    return (mine, DISPUTES) if row.disputed else (mine,)


def _claim(row: Claim | CaseMessage) -> tuple[str, ...]:
    parties = [own(p, "trade") for p in (row.merchant_id, row.supplier_id) if p]
    return (*parties, DISPUTES) if row.disputed else tuple(parties)


def _payout(row: Payout) -> tuple[str, ...]:
    return (own(row.merchant_id, "trade"),)


def _return_rules(row: ReturnRules) -> tuple[str, ...]:
    return (own(row.id, "trade"),)


def _balance(row: Balance) -> tuple[str, ...]:
    return (own(row.organisation_id, "money"),)


def _between(row: Statement | Settlement) -> tuple[str, ...]:
    return (own(row.creditor_id, "money"), own(row.debtor_id, "money"))


def _invoice(row: Invoice) -> tuple[str, ...]:
    return (own(row.supplier_id, "money"), own(row.merchant_id, "money"))


def _invoice_title(row: InvoiceTitle) -> tuple[str, ...]:
    return (own(row.merchant_id, "money"),)


def _price_level(row: PriceLevel) -> tuple[str, ...]:
    return (own(row.supplier_id, "goods"), pricebook(row.supplier_id, row.id))


def _purchase_terms(row: PurchaseTerms) -> tuple[str, ...]:
    return (own(row.id, "goods"), CATALOG)


def _mix_group(row: MixGroup) -> tuple[str, ...]:
    return (own(row.supplier_id, "goods"), CATALOG)


def _rating(row: SupplierRating) -> tuple[str, ...]:
    return (own(row.id, "profile"), CATALOG)


def _audit(row: Audit) -> tuple[str, ...]:
    return (AUDIT,)


_SCOPES: dict[type[Record], Callable[..., tuple[str, ...]]] = {
    AccountEntry: _account_entry,
    Application: _application,
    Attribute: _taxonomy,
    Audit: _audit,
    Availability: _availability,
    Balance: _balance,
    Campaign: _members,
    CaseMessage: _claim,
    Category: _taxonomy,
    CategoryChoice: _category_choice,
    PackageCode: _package_code,
    Claim: _claim,
    Commission: _commission,
    Coupon: _members,
    CouponTemplate: _offer,
    Discrepancy: _discrepancy,
    FreightChoice: _freight_choice,
    FreightTemplate: _offer,
    GoodsReceipt: _both_trade,
    History: _history,
    ImportPart: _import_part,
    Invoice: _invoice,
    InvoiceTitle: _invoice_title,
    Lease: _lease,
    LeaseHold: _owner_stock,
    LeasePolicy: _lease_policy,
    Listing: _merchant_offers,
    Member: _members,
    MemberHabit: _members,
    MemberLevel: _merchant_offers,
    MemberTag: _members,
    MixGroup: _mix_group,
    Movement: _owner_stock,
    OfferTotal: _offer_total,
    Order: _merchant_trade,
    OrderLine: _merchant_trade,
    Organisation: _organisation,
    Paper: _paper,
    Parcel: _both_trade,
    Payout: _payout,
    Payment: _merchant_trade,
    Person: _person,
    PointsEntry: _members,
    CreditEntry: _members,
    PointsRule: _shop,
    Price: _price,
    PriceLevel: _price_level,
    PriceTrace: _merchant_trade,
    Product: _product,
    Promotion: _offer,
    PromotionUse: _merchant_trade,
    PurchaseTerms: _purchase_terms,
    RecoveryKey: _recovery_key,
    Reservation: _owner_stock,
    ReturnCase: _return_case,
    ReturnRules: _return_rules,
    Revision: _revision,
    Settlement: _between,
    Shop: _shop,
    Sku: _sku,
    Statement: _between,
    Stock: _owner_stock,
    StockCost: _owner_stock,
    StockCount: _owner_stock,
    StockWatch: _owner_stock,
    SupplierRating: _rating,
    SupplierTerms: _supplier_terms,
    SupplyLine: _both_trade,
    SupplyOrder: _supply_order,
    Tag: _merchant_offers,
    TagRule: _merchant_offers,
    Till: _merchant_trade,
    TradeTerms: _trade_terms,
    Transfer: _owner_stock,
    Warehouse: _owner_stock,
}


def scopes_of(row: Record) -> tuple[str, ...]:
    """The scopes that hold `row`, decided from the row alone."""
    return _SCOPES[type(row)](row)
