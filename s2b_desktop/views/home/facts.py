"""What today brings, by kind of organisation: the cards and the next steps. No widgets are made here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from s2b_desktop.models.queries.goods import GoodsCounts, Shown
from s2b_desktop.models.queries.home import Figures, OwnCompany
from s2b_desktop.models.queries.supply import Queue
from s2b_desktop.text import ago, clauses, count, money, time, tr
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.home.dealings import dealings
from s2b_desktop.views.home.steps import NextStep
from s2b_domain.access import Actor, Permission
from s2b_domain.records.party import PartyKind
from s2b_domain.rules.onboarding import PartyState


@dataclass(frozen=True, slots=True)
class Fact:
    """A card: its words, and where it leads."""

    key: str
    what: object
    label: Text
    figure: str
    note: Text = ""
    tone: Tone = "neutral"


@dataclass(frozen=True, slots=True)
class Today:
    """All that the page shows above the recent activity."""

    facts: list[Fact] = field(default_factory=list)
    steps: list[NextStep] = field(default_factory=list)


def today(found: Figures, actor: Actor, now: int, attention: int) -> Today:
    """What today brings for `actor`; `attention` commands need a decision."""
    if actor.kind is PartyKind.PLATFORM:
        shown = _platform(found, now)
        shown.steps.extend(dealings(found.dealings, actor))
    else:
        shown = Today(steps=[*_joining(found.company, actor)])
        if actor.kind is PartyKind.SUPPLIER:
            _supplier(shown, found, actor, now)
        else:
            _merchant(shown, found, actor)
        shown.steps.extend(_discrepancies(found.discrepancies))
    if attention:
        shown.steps.insert(
            0,
            NextStep(
                "queue",
                "attention",
                "alert-circle",
                lambda: tr("{n} entries need your decision", n=attention),
                "They were not taken as they were. Nothing is lost.",
                "bad",
            ),
        )
    return shown


def _joining(company: OwnCompany | None, actor: Actor) -> Sequence[NextStep]:
    """The steps until one's own company may trade."""
    if company is None or company.state is PartyState.APPROVED:
        return ()
    if not actor.may(Permission.PARTY_APPLY):
        return (
            NextStep("company", None, "building", "Your company is not approved yet", "See where it stands", "warn"),
        )
    reasons = clauses(company.reasons)
    steps = {
        PartyState.DRAFT: NextStep(
            "company",
            None,
            "building",
            "Complete your company profile",
            "The platform reviews it; trading starts after approval.",
            "accent",
        ),
        PartyState.SUBMITTED: NextStep(
            "company",
            None,
            "clock",
            "Your company profile is in review",
            "You are told here as soon as it is decided. Preparing goods can go on meanwhile.",
        ),
        PartyState.REJECTED: NextStep(
            "company",
            None,
            "alert-circle",
            "Your application was not approved",
            lambda: reasons or tr("Correct it and submit again."),
            "bad",
        ),
        PartyState.SUSPENDED: NextStep(
            "company",
            None,
            "alert-triangle",
            "Your company is suspended",
            lambda: reasons or tr("Please contact the platform."),
            "bad",
        ),
    }
    return (steps[company.state],)


def _supplier(shown: Today, found: Figures, actor: Actor, now: int) -> None:
    orders, goods = found.supply, found.goods or GoodsCounts()
    if orders is not None:
        waiting, to_ship, partly = orders[Queue.WAITING], orders[Queue.TO_SHIP], orders[Queue.PARTLY]
        due = [d for d in (to_ship.next_due, partly.next_due, waiting.next_due) if d is not None and d >= now]
        late = orders[Queue.OVERDUE].count
        shown.facts.append(
            Fact("supply", "waiting", "To accept", count(waiting.count), "", "warn" if waiting.overdue else "neutral")
        )
        note: Text = ""
        if late:
            note = lambda: tr("{n} late", n=late)  # noqa: E731
        elif due:
            note = lambda: tr("Next by {time}", time=time(min(due)))  # noqa: E731
        figure = count(to_ship.count + partly.count)
        shown.facts.append(Fact("supply", "to_ship", "To ship", figure, note, "bad" if late else "neutral"))
        if late:
            shown.steps.append(
                NextStep(
                    "supply",
                    "overdue",
                    "clock",
                    lambda: tr("{n} supply orders are late", n=late),
                    "Accept and ship them first.",
                    "bad",
                )
            )
        if waiting.count and actor.may(Permission.SUPPLY_DECIDE):
            shown.steps.append(
                NextStep(
                    "supply",
                    "waiting",
                    "truck",
                    lambda: tr("{n} supply orders wait for you", n=waiting.count),
                    "Accept or decline them; the merchant sees it at once.",
                    "accent",
                )
            )
        if (ready := to_ship.count + partly.count) and not late and actor.may(Permission.SUPPLY_SHIP):
            shown.steps.append(
                NextStep(
                    "supply",
                    "to_ship",
                    "package",
                    lambda: tr("{n} supply orders are to be shipped", n=ready),
                    "Print the pick list, then scan the parcels.",
                    "accent",
                )
            )
    shown.steps.extend(dealings(found.dealings, actor))
    shown.facts.append(
        Fact(
            "goods",
            Shown.LOW.value,
            "Low stock",
            count(goods.low),
            "On sale, 10 or fewer left",
            "warn" if goods.low else "neutral",
        )
    )
    shown.facts.append(
        Fact("goods", Shown.REVIEW.value, "In review", count(goods.review), lambda: tr("{n} on sale", n=goods.on_sale))
    )
    if goods.rejected and actor.may(Permission.GOODS_EDIT):
        shown.steps.append(
            NextStep(
                "goods",
                Shown.REJECTED.value,
                "edit",
                lambda: tr("{n} goods were not approved", n=goods.rejected),
                "See the reasons, correct them and submit again.",
                "warn",
            )
        )
    if not goods.all and actor.may(Permission.GOODS_EDIT):
        shown.steps.append(
            NextStep(
                "imports",
                None,
                "file-spreadsheet",
                "Import your first goods",
                "A spreadsheet as you have it will do; nothing is sent before you agree.",
                "accent",
            )
        )
    if not goods.all and actor.may(Permission.FREIGHT_EDIT):
        shown.steps.append(
            NextStep(
                "terms",
                "freights",
                "truck",
                "Say what delivery costs",
                "By piece or weight and by region; shops see it before they order.",
            )
        )


def _merchant(shown: Today, found: Figures, actor: Actor) -> None:
    facts = found.orders
    if facts is None:
        return
    oldest = facts.oldest_to_confirm
    shown.facts.extend(
        (
            Fact("orders", "all", "Orders today", count(facts.today), lambda: money(facts.today_amount)),
            Fact(
                "orders",
                "to_confirm",
                "To confirm",
                count(facts.to_confirm),
                "" if oldest is None else lambda: tr("Oldest {time}", time=time(oldest)),
            ),
            Fact(
                "orders",
                "in_transit",
                "In transit",
                count(facts.in_transit),
                lambda: tr("{n} to ship", n=facts.to_ship),
            ),
            Fact(
                "orders",
                "attention",
                "Needs attention",
                count(facts.attention),
                (lambda: tr("{n} late", n=facts.late)) if facts.late else "",
                "bad" if facts.attention else "neutral",
            ),
        )
    )
    if facts.attention:
        shown.steps.append(
            NextStep(
                "orders",
                "attention",
                "alert-triangle",
                lambda: tr("{n} orders need attention", n=facts.attention),
                "Declined by a supplier, late, or with a parcel in trouble.",
                "warn",
            )
        )
    if facts.to_confirm:
        shown.steps.append(
            NextStep(
                "orders",
                "to_confirm",
                "clipboard-check",
                lambda: tr("{n} orders to confirm", n=facts.to_confirm),
                "Confirming sends them to the suppliers.",
                "accent",
            )
        )
    shown.steps.extend(dealings(found.dealings, actor))
    if not found.shop and actor.may(Permission.SHOP_EDIT):
        shown.steps.append(
            NextStep(
                "shop",
                None,
                "store",
                "Open your shop",
                "Its name, opening hours, receipts, and the address for returns.",
            )
        )
    on_sale, new = found.catalog
    if actor.may(Permission.ORDER_PLACE) and on_sale:
        shown.steps.append(
            NextStep(
                "catalog",
                None,
                "store",
                lambda: tr("Choose from {n} goods", n=on_sale),
                lambda: tr("{n} are new this week", n=new) if new else tr("Compare prices and stock"),
            )
        )


def _platform(found: Figures, now: int) -> Today:
    shown, parties, goods = Today(), found.parties, found.review
    if parties is None or goods is None:
        return shown
    waiting, oldest = parties[PartyState.SUBMITTED], goods.oldest
    shown.facts.extend(
        (
            Fact(
                "parties",
                PartyState.SUBMITTED.value,
                "Companies to review",
                count(waiting),
                lambda: tr("{n} approved", n=parties[PartyState.APPROVED]),
            ),
            Fact("review", "product", "New goods", count(goods.products), _since(oldest, now)),
            Fact("review", "revision", "Changed goods", count(goods.revisions), "On sale with their old content"),
            Fact(
                "review",
                "no_category",
                "Without category",
                count(goods.no_category),
                "Set one while approving",
                "warn" if goods.no_category else "neutral",
            ),
        )
    )
    if waiting:
        shown.steps.append(
            NextStep(
                "parties",
                PartyState.SUBMITTED.value,
                "building",
                lambda: tr("{n} companies wait for a decision", n=waiting),
                "Read the application and its papers.",
                "accent",
            )
        )
    if goods.products or goods.revisions:
        shown.steps.append(
            NextStep(
                "review",
                None,
                "clipboard-check",
                lambda: tr("{n} goods wait for review", n=goods.products + goods.revisions),
                "A approves, R rejects, J and K move.",
                "accent",
            )
        )
    return shown


def _discrepancies(found: int) -> Sequence[NextStep]:
    if not found:
        return ()
    return (
        NextStep(
            "discrepancies",
            None,
            "scale",
            lambda: tr("{n} facts do not fit the books", n=found),
            "They were booked as they happened; please check them.",
            "warn",
        ),
    )


def _since(oldest: int | None, now: int) -> Text:
    return "" if oldest is None else lambda: tr("Oldest {time}", time=ago(oldest, now))


def midnight(now: int) -> int:
    """The local midnight before `now`, in ms."""
    day = datetime.fromtimestamp(now / 1000).replace(hour=0, minute=0, second=0, microsecond=0)
    return round(day.timestamp() * 1000)
