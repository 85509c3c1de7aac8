"""Time-limited offers lie on desktops before they begin, and begin by the hub's clock whatever the PC's says."""

from __future__ import annotations

from s2b_desktop.models.queries.pricing import order_preview
from s2b_domain.commands.orders import OrderPreview
from s2b_domain.commands.promotions import SavePromotion
from s2b_domain.records.promotion import Promotion, PromotionState
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.rules.pricing import PromotionKind, Step, Terms
from s2b_domain.wire import OutcomeKind
from tests.hub.world import World
from tests.sync.conftest import Desktops

HOUR = 3_600_000


def test_an_offer_begins_and_ends_on_a_desktop_without_a_line_and_with_a_wrong_clock(
    world: World, desktops: Desktops
) -> None:
    shop = desktops("chenguang-shop")
    shop.workspace._clock = lambda: world.now + 5 * HOUR
    terms = Terms(kind=PromotionKind.TIERED_REDUCTION, steps=(Step(1000, 500),))
    starts, ends = world.now + HOUR, world.now + 2 * HOUR
    id_ = world.id()
    save = SavePromotion(promotion_id=id_, name="限时", terms=terms, starts_at=starts, ends_at=ends, schedule=True)
    assert world.desk("chenguang").send(save).kind is OutcomeKind.ACCEPTED
    shop.sync()
    [offer] = shop.find(Promotion)
    assert offer.shown_state(shop.workspace.now()) is PromotionState.SCHEDULED, "it is here before it begins"

    order = world.order(("HF-1", 1), kind=OrderKind.DROPSHIP)

    def total() -> int:
        """What the desktop says now; it has not spoken to the hub again."""
        now = shop.workspace.now()
        found = shop.workspace.read(order_preview, shop.workspace.actor, order, now)
        assert isinstance(found, OrderPreview)
        return found.total

    world.now = starts - 1
    full = total()
    world.now = starts
    assert total() == full - 500
    assert offer.shown_state(shop.workspace.now()) is PromotionState.ACTIVE
    world.now = ends - 1
    assert total() == full - 500
    world.now = ends
    assert total() == full
    assert offer.shown_state(shop.workspace.now()) is PromotionState.ENDED
