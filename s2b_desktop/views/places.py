"""Where one can go, by kind of organisation and role. Pages are imported and made when they are first shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.page import Page
from s2b_domain.access import CLASSES_OF, Actor, Permission, Role
from s2b_domain.records.party import PartyKind

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

Navigate = Callable[[str, object], None]
Make = Callable[["Desk", Navigate], Page]


@dataclass(frozen=True, slots=True)
class Place:
    """A page: its key, icon and words in the rail, the heading it stands under there, and how it is made.

    A page with a `parent` is reached from other pages only; the rail shows its parent as where one is.
    """

    key: str
    icon: str
    title: Text
    make: Make
    group: str = ""
    parent: str = ""

    @property
    def hidden(self) -> bool:
        """Whether the rail has no entry for it."""
        return bool(self.parent)


def _home(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.home.page import HomePage  # noqa: PLC0415  first shown, first loaded, as below

    return HomePage(desk, navigate)


def _goods(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.goods.page import GoodsPage  # noqa: PLC0415

    return GoodsPage(desk, navigate)


def _imports(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.imports.page import ImportPage  # noqa: PLC0415

    return ImportPage(desk, navigate)


def _stock(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.stock.page import StockPage  # noqa: PLC0415

    return StockPage(desk, navigate)


def _supply(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.supply.page import SupplyPage  # noqa: PLC0415

    return SupplyPage(desk, navigate)


def _catalog(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.catalog.page import CatalogPage  # noqa: PLC0415

    return CatalogPage(desk, navigate)


def _my_goods(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.shop.page import MyGoodsPage  # noqa: PLC0415

    return MyGoodsPage(desk, navigate)


def _shop(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.shop.profile import ShopPage  # noqa: PLC0415

    return ShopPage(desk, navigate)


def _counter(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.counter.page import CounterPage  # noqa: PLC0415

    return CounterPage(desk, navigate)


def _tills(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.tills.page import TillsPage  # noqa: PLC0415

    return TillsPage(desk, navigate)


def _orders(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.orders.page import OrdersPage  # noqa: PLC0415

    return OrdersPage(desk, navigate)


def _order(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.orders.editor import OrderEditorPage  # noqa: PLC0415

    return OrderEditorPage(desk, navigate)


def _promotions(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.promotions.page import PromotionsPage  # noqa: PLC0415

    return PromotionsPage(desk, navigate)


def _promotion(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.promotions.editor import PromotionEditorPage  # noqa: PLC0415

    return PromotionEditorPage(desk, navigate)


def _coupons(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.coupons.page import CouponsPage  # noqa: PLC0415

    return CouponsPage(desk, navigate)


def _members(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.members.page import MembersPage  # noqa: PLC0415

    return MembersPage(desk, navigate)


def _returns(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.returns.page import ReturnsPage  # noqa: PLC0415

    return ReturnsPage(desk, navigate)


def _company(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.parties.page import CompanyPage  # noqa: PLC0415

    return CompanyPage(desk, navigate)


def _parties(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.review.parties import PartyReviewPage  # noqa: PLC0415

    return PartyReviewPage(desk, navigate)


def _review(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.review.goods import GoodsReviewPage  # noqa: PLC0415

    return GoodsReviewPage(desk, navigate)


def _discrepancies(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.home.discrepancies import DiscrepanciesPage  # noqa: PLC0415

    return DiscrepanciesPage(desk, navigate)


def _taxonomy(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.taxonomy.page import TaxonomyPage  # noqa: PLC0415

    return TaxonomyPage(desk, navigate)


def _hub(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.hub.page import HubPage  # noqa: PLC0415

    return HubPage(desk, navigate)


def _queue(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.queue.page import QueuePage  # noqa: PLC0415

    return QueuePage(desk, navigate)


def _money(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.money.page import MoneyPage  # noqa: PLC0415

    return MoneyPage(desk, navigate)


def _terms(desk: "Desk", navigate: Navigate) -> Page:
    from s2b_desktop.views.terms.page import TermsPage  # noqa: PLC0415

    return TermsPage(desk, navigate)


def places(actor: Actor) -> list[Place]:
    """The places of an actor, in the order of the rail; what a role may not see or do is not there."""
    found: list[Place] = []
    if actor.role is not None:
        found.append(Place("home", "home", "Today's work", _home))
    if actor.kind is PartyKind.SUPPLIER:
        found += _of_supplier(actor)
    if actor.kind is PartyKind.MERCHANT:
        found += _of_merchant(actor)
    if actor.kind is PartyKind.PLATFORM:
        found += _of_platform(actor)
    found += _of_offers(actor) + _of_office(actor)
    if actor.may(Permission.DISCREPANCY_CLOSE):
        found.append(Place("discrepancies", "scale", "Discrepancies", _discrepancies, parent="home"))
    found.append(Place("queue", "inbox", "Sync queue", _queue))
    return found


def _of_supplier(actor: Actor) -> list[Place]:
    sees = CLASSES_OF[actor.role] if actor.role else ()
    found: list[Place] = []
    if "trade" in sees:
        found.append(Place("supply", "truck", "Supply orders", _supply, "Trade"))
        found.append(Place("returns", "returns", "Returns", _returns, "Trade"))
    if "goods" in sees:
        found.append(Place("goods", "package", "Goods", _goods, "Goods and stock"))
    if actor.may(Permission.GOODS_EDIT):
        found.append(Place("imports", "file-spreadsheet", "Import", _imports, "Goods and stock"))
    if "stock" in sees:
        found.append(Place("stock", "boxes", "Stock", _stock, "Goods and stock"))
    return found


def _of_merchant(actor: Actor) -> list[Place]:
    sees = CLASSES_OF[actor.role] if actor.role else ()
    found: list[Place] = []
    if actor.may(Permission.ORDER_PLACE) and "stock" in sees:
        found.append(Place("counter", "barcode", "Counter", _counter, "Trade"))
    if "trade" in sees:
        found.append(Place("orders", "clipboard", "Orders", _orders, "Trade"))
        found.append(Place("returns", "returns", "Returns", _returns, "Trade"))
    if actor.may(Permission.ORDER_PLACE) and "stock" in sees:
        found.append(Place("tills", "moon", "Day close", _tills, "Trade"))
    if "goods" in sees:
        found.append(Place("catalog", "store", "Catalog", _catalog, "Goods"))
        if "offers" in sees:
            found.append(Place("my_goods", "package", "My goods", _my_goods, "Goods"))
            found.append(Place("shop", "store", "My shop", _shop, parent="my_goods"))
    if "stock" in sees:
        found.append(Place("stock", "boxes", "Stock", _stock, "Goods"))
    if actor.may(Permission.ORDER_PLACE):
        found.append(Place("order", "plus", "New order", _order, parent="orders"))
    return found


def _of_platform(actor: Actor) -> list[Place]:
    found: list[Place] = []
    if actor.may(Permission.PARTY_REVIEW):
        found.append(Place("parties", "building", "Companies", _parties, "To review"))
    if actor.may(Permission.GOODS_REVIEW):
        found.append(Place("review", "clipboard-check", "Goods review", _review, "To review"))
    if actor.may(Permission.CASE_ARBITRATE):
        found.append(Place("returns", "returns", "Disputes", _returns, "To review"))
    if actor.may(Permission.CATEGORY_EDIT):
        found.append(Place("taxonomy", "list-tree", "Category tree", _taxonomy, "Platform"))
    if actor.role is Role.PLATFORM_ADMIN:
        found.append(Place("hub", "server", "Hub health", _hub, "Platform"))
    return found


def _of_offers(actor: Actor) -> list[Place]:
    """Promotions, coupons and members, of the platform and of merchants, and of suppliers who take part."""
    sees = CLASSES_OF[actor.role] if actor.role else ()
    group = "Marketing" if actor.kind is not PartyKind.MERCHANT else "Customers"
    found: list[Place] = []
    if "offers" in sees and (actor.kind is PartyKind.MERCHANT or actor.may(Permission.PROMOTION_EDIT)):
        found.append(Place("promotions", "ticket", "Promotions", _promotions, group))
    if "offers" in sees and actor.may(Permission.COUPON_ISSUE):
        found.append(Place("coupons", "tag", "Coupons", _coupons, group))
    if "members" in sees:
        found.append(Place("members", "users", "Members", _members, group))
    if actor.may(Permission.PROMOTION_EDIT):
        found.append(Place("promotion", "ticket", "New promotion", _promotion, parent="promotions"))
    return found


def _of_office(actor: Actor) -> list[Place]:
    sees = CLASSES_OF[actor.role] if actor.role else ()
    found: list[Place] = []
    if actor.may(Permission.FREIGHT_EDIT):
        supplier = actor.kind is PartyKind.SUPPLIER
        icon, title = ("scale", "Terms") if supplier else ("truck", "Freight")
        found.append(Place("terms", icon, title, _terms, "Office"))
    if "money" in sees and actor.may(Permission.STATEMENT_EDIT):
        found.append(Place("money", "wallet", "Money", _money, "Office"))
    if actor.kind is not PartyKind.PLATFORM and "profile" in sees:
        found.append(Place("company", "building", "Company", _company, "Office"))
    return found
