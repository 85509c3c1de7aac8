"""How the shop's pages speak of margins and of what suppliers changed."""

from s2b_desktop.models.queries.catalog import SkuOffer
from s2b_desktop.models.queries.shop import Moved, MyGoods, Standing
from s2b_desktop.models.specs import sku_name
from s2b_desktop.text import percent, tr, unit_price
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.orders.words import stock_words
from s2b_domain.rules.money import BASIS, half_up

THIN = 1000
"""A margin (basis points) under this is thin."""


def margin_text(margin: int | None) -> str:
    """A margin to a tenth of a percent: "31.1%"."""
    return "" if margin is None else percent(half_up(margin, 10) * 10)


def margin_tone(margin: int | None) -> Tone:
    """Red below cost, amber where little is left."""
    if margin is None:
        return "neutral"
    return "bad" if margin < 0 else "warn" if margin < THIN else "ok"


def moved_text(moved: Moved | None) -> str:
    """What a change of cost does: "cost 3.10 → 3.40, margin 31% → 24%"."""
    if moved is None:
        return ""
    return tr(
        "cost {before} → {now}, margin {margin_before} → {margin}",
        before=unit_price(moved.before),
        now=unit_price(moved.now),
        margin_before=whole(moved.margin_before),
        margin=whole(moved.margin),
    )


def whole(margin: int | None) -> str:
    """A margin in whole percents, with a decimal only where it is under one."""
    if margin is None:
        return "–"
    return percent(half_up(margin, 100) * 100) if abs(margin) >= BASIS // 100 else margin_text(margin)


def change_text(row: MyGoods) -> str:
    """What the supplier's changes do to this listing, in one line; "" where nothing changed."""
    supply, dropship = moved_text(row.moved), moved_text(row.dropship_moved)
    if dropship and not supply:
        return tr("Drop-ship: {change}", change=dropship)
    return change_words(row.moved)


def change_words(moved: Moved | None) -> str:
    """`moved_text` as a sentence of its own."""
    said = moved_text(moved)
    return said[:1].upper() + said[1:]


def state_of(row: MyGoods) -> tuple[str, Tone]:
    """What stands first about a listing."""
    if not row.listing.on_sale:
        return tr("Not listed"), "neutral"
    if row.standing is Standing.GONE:
        return tr("Supplier stopped"), "bad"
    if row.at_a_loss:
        return tr("Below cost"), "bad"
    if row.changed:
        return tr("Margin changed"), "warn"
    return tr("Listed"), "ok"


def state_words() -> list[str]:
    """Every word that `state_of` may say."""
    return [tr(s) for s in ("Not listed", "Supplier stopped", "Below cost", "Margin changed", "Listed")]


def stock_of(row: MyGoods) -> tuple[str, Tone]:
    """The supplier's stock in words."""
    if row.offer is None or row.standing is Standing.GONE:
        return tr("No longer on sale"), "neutral"
    return stock_words(row.offer.available, row.offer.sku.decimals, row.offer.sku.unit)


def offer_title(offer: SkuOffer) -> str:
    """A SKU as a shop would call it: the product with its specification."""
    return sku_name(offer.product_title, offer.sku.specs)
