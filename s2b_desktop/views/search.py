"""What the search and command field finds: goods, orders, members, promotions, pages and actions."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from s2b_desktop.messages import state_text
from s2b_desktop.models.queries.found import (
    FoundGoods,
    FoundMember,
    FoundOrder,
    FoundPromotion,
    find_catalog,
    find_orders,
    find_own_goods,
    find_people,
    find_promotions,
)
from s2b_desktop.text import money, tr, unit_price
from s2b_desktop.views.common.language import Text, words
from s2b_desktop.views.common.palette import Answer, Entry, Palette
from s2b_desktop.views.places import Navigate, Place
from s2b_domain.records.party import PartyKind

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

T = TypeVar("T")
log = logging.getLogger(__name__)
GOODS_SHOWN, ORDERS_SHOWN = 8, 5


@dataclass(frozen=True, slots=True)
class Action:
    """Something the field can do; `keys` are English words by which it is found in any language."""

    title: Text
    run: Callable[[], object]
    icon: str = ""
    keys: str = ""


class Search:
    """Finds for one person. Without a text it offers pages and actions only."""

    def __init__(
        self, desk: "Desk", places: Sequence[Place], navigate: Navigate, actions: Callable[[], Sequence[Action]]
    ) -> None:
        self._desk, self._navigate, self._actions = desk, navigate, actions
        self._places = [place for place in places if not place.hidden]
        self._keys = {place.key for place in places}

    def add_to(self, palette: Palette) -> None:
        """Let the field ask for everything that this person may open."""
        if self._keys & {"catalog", "goods"}:
            palette.add_provider("Goods", self.goods)
        if self._keys & {"orders", "supply"}:
            palette.add_provider("Orders", self.orders)
        if "members" in self._keys:
            palette.add_provider("Members", self.members)
        if "promotions" in self._keys:
            palette.add_provider("Promotions", self.promotions)
        palette.add_provider("Pages", lambda text, answer: answer(self.pages(text)))
        palette.add_provider("Actions", lambda text, answer: answer(self.actions(text)))

    def goods(self, text: str, answer: Answer) -> None:
        """Goods by word, pinyin, SKU or barcode: a supplier's own, or all that a merchant may choose from."""
        query = find_own_goods if self._desk.actor.kind is PartyKind.SUPPLIER else find_catalog
        self._find(text, answer, self._good, query, GOODS_SHOWN)

    def orders(self, text: str, answer: Answer) -> None:
        """Orders by number or by who they are for."""
        self._find(text, answer, self._order, find_orders, ORDERS_SHOWN, least=2)

    def members(self, text: str, answer: Answer) -> None:
        """Members by phone, card, name or pinyin."""
        self._find(text, answer, self._member, find_people, self._desk.now(), least=2)

    def promotions(self, text: str, answer: Answer) -> None:
        """Promotions by name."""
        self._find(text, answer, self._promotion, find_promotions, self._desk.now())

    def _find(
        self,
        text: str,
        answer: Answer,
        entry: Callable[[T], Entry],
        query: Callable[..., list[T]],
        last: int,
        *,
        least: int = 1,
    ) -> None:
        """Answer what a query finds for this person by `least` signs or more. `last` is what it asks for besides."""

        def found(rows: list[T]) -> None:
            answer([entry(row) for row in rows])

        def failed(error: Exception) -> None:
            log.warning("search", exc_info=error)
            answer([])

        if len(text) < least:
            answer([])
        else:
            self._desk.fetch(query, self._desk.actor, text, last, done=found, failed=failed)

    def pages(self, text: str) -> list[Entry]:
        return [
            Entry(words(place.title), lambda key=place.key: self._navigate(key, None), icon=place.icon)  # type: ignore[misc]
            for place in self._places
            if _fits(text, words(place.title), place.key)
        ]

    def actions(self, text: str) -> list[Entry]:
        return [
            Entry(words(action.title), action.run, icon=action.icon)
            for action in self._actions()
            if _fits(text, words(action.title), action.keys)
        ]

    def _good(self, good: FoundGoods) -> Entry:
        key = "goods" if self._desk.actor.kind is PartyKind.SUPPLIER else "catalog"
        price = "" if good.price is None else unit_price(good.price)
        return Entry(good.title, lambda: self._navigate(key, good.id), good.note, price, "package")

    def _member(self, member: FoundMember) -> Entry:
        points = tr("{n} points", n=member.points)
        return Entry(member.name, lambda: self._navigate("members", member.id), member.note, points, "user")

    def _promotion(self, promotion: FoundPromotion) -> Entry:
        state, _tone = state_text("promotion", promotion.state)
        return Entry(promotion.name, lambda: self._navigate("promotions", promotion.id), state, "", "ticket")

    def _order(self, order: FoundOrder) -> Entry:
        state, _tone = state_text("supply" if order.supply else "order", order.state)
        return Entry(
            order.number,
            lambda: self._navigate("supply" if order.supply else "orders", order.id),
            " · ".join(part for part in (order.party, state) if part),
            money(order.total),
            "truck" if order.supply else "clipboard",
        )


def _fits(text: str, *names: str) -> bool:
    return any(text.casefold() in name.casefold() for name in names)
