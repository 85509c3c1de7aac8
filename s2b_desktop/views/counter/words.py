"""What the counter says of lines, payments and offers."""

from s2b_desktop.messages import state_text
from s2b_desktop.offer_text import offer_text
from s2b_desktop.text import labelled, money, tr
from s2b_domain.rules.pricing import Bearer, Priced, PricedLine, Stage, taken_by

ITEM_PRICES = {
    "flash_price": "Limited-time prices",
    "tier_price": "Quantity prices",
    "member_price": "Member prices",
}


def method_text(method: str) -> str:
    """A payment kind in words; what somebody wrote stays as it is."""
    return state_text("method", method)[0]


def line_reasons(priced: Priced, line: PricedLine) -> list[str]:
    """Why a line costs what it costs: one sentence per reduction, with its amount."""
    said = []
    for reduction in line.reductions:
        entry = next(
            (
                e
                for e in priced.entries
                if e.stage is reduction.stage
                and e.source_id == reduction.source_id
                and (not e.line_keys or line.key in e.line_keys)
            ),
            None,
        )
        words = offer_text(entry.code, entry.params) if entry else offer_text(reduction.source_id)
        parts = [p for p in (reduction.name, words) if p]
        borne = {Bearer.PLATFORM: tr("borne by the platform"), Bearer.SUPPLIER: tr("borne by the supplier")}
        told = f"{' · '.join(parts)} {money(-reduction.amount)}"
        said.append(f"{told} ({borne[reduction.bearer]})" if reduction.bearer in borne else told)
    return said


def reductions_of(priced: Priced) -> list[tuple[str, int]]:
    """What took off how much (分), in the order in which it was applied."""
    item_prices: dict[str, int] = {}
    others: list[tuple[str, int]] = []
    for entry in priced.entries:
        if not entry.amount or entry.stage is Stage.FREIGHT:
            continue
        if entry.code in ITEM_PRICES:
            said = " · ".join(p for p in (entry.name, tr(ITEM_PRICES[entry.code])) if p)
            item_prices[said] = item_prices.get(said, 0) + entry.amount
        else:
            said = " · ".join(p for p in (entry.name, offer_text(entry.code, entry.params)) if p)
            others.append((said, entry.amount))
    return [*item_prices.items(), *others]


def coupon_savings(priced: Priced) -> dict[str, int]:
    """What each coupon that counts takes off (分)."""
    taken = taken_by(priced.lines)
    return {id_: taken.get(id_, 0) for id_ in priced.used}


def hindrances_of(priced: Priced, known: frozenset[str] = frozenset()) -> list[str]:
    """Offers that do not apply, and why; those for other goods, and those in `known`, are left out."""
    return [
        labelled(s.name, offer_text(s.code, s.params)) if s.name else offer_text(s.code, s.params)
        for s in priced.skipped
        if s.code not in ("no_goods", "wrong_channel") and s.source_id not in known
    ]
