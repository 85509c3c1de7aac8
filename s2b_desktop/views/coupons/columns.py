"""Kinds of coupons and coupons in lists, and what they say."""

from collections.abc import Callable

from s2b_desktop.messages import state_text, state_words
from s2b_desktop.models.queries.coupons import CouponRow, TemplateRow
from s2b_desktop.text import clauses, count, date, last_day, money, reduced_to, tr, whole_money
from s2b_desktop.views.common.column import Column
from s2b_domain.records.promotion import TemplateState, Validity
from s2b_domain.rules.pricing import CouponKind, CouponTerms

S = TemplateState


def face_text(terms: CouponTerms) -> str:
    """What a coupon takes off: "¥15 off from ¥100"."""
    rate = terms.kind is CouponKind.RATE
    what = reduced_to(terms.value) if rate else tr("{money} off", money=whole_money(terms.value))
    if terms.threshold:
        what = tr("{what} from {at}", at=whole_money(terms.threshold), what=what)
    return what if terms.cap is None else clauses([what, tr("at most {money}", money=whole_money(terms.cap))])


def validity_text(validity: Validity) -> str:
    """When coupons are valid."""
    said = []
    if validity.days:
        said.append(tr("{n} days from when it is given", n=validity.days))
    if validity.starts_at:
        said.append(tr("from {date}", date=date(validity.starts_at)))
    if validity.ends_at is not None:
        said.append(tr("until {date}", date=last_day(validity.ends_at)))
    return " · ".join(said) or tr("without end")


def template_columns(waiting: Callable[[TemplateRow], bool], now: Callable[[], int]) -> list[Column[TemplateRow]]:
    """Columns over kinds of coupons."""
    return [
        Column("name", "Coupons", lambda r: r.template.name, 170,
               problem=lambda r: tr("Their time is over") if r.over(now()) and r.template.state is S.ACTIVE else ""),
        Column("state", "State", lambda r: state_name("coupon_template", r.template.state), 110, kind="state",
               tone=lambda r: state_text("coupon_template", r.template.state)[1], waiting=waiting,
               fits=lambda: state_words("coupon_template")),
        Column("gives", "Gives", lambda r: face_text(r.template.terms), 190, stretch=True),
        Column("valid", "Valid", lambda r: validity_text(r.template.validity), 212, rank=2),
        Column("issued", "Given out", lambda r: of_all(r.total.issued, r.template.total), 90, kind="number", rank=1),
        Column("open", "Can be used", lambda r: count(r.open), 80, kind="number", rank=4),
        Column("used", "Used", lambda r: count(r.used), 70, kind="number", rank=3),
        Column("amount", "Taken off", lambda r: money(r.total.amount), 100, kind="money", rank=5),
    ]  # fmt: skip


def coupon_columns(waiting: Callable[[CouponRow], bool]) -> list[Column[CouponRow]]:
    """Columns over coupons that are out."""
    return [
        Column("code", "Code", lambda r: r.coupon.code, 130),
        Column("state", "State", lambda r: state_name("coupon", r.state), 100, kind="state",
               tone=lambda r: state_text("coupon", r.state)[1], waiting=waiting, fits=lambda: state_words("coupon")),
        Column("name", "Coupons", lambda r: r.coupon.name, 150, stretch=True),
        Column("holder", "Member", lambda r: r.holder or tr("Whoever shows the code"), 150, rank=1),
        Column("phone", "Phone", lambda r: r.phone, 120, rank=4),
        Column("until", "Valid until", until_text, 110, rank=3),
        Column("order", "Order", lambda r: r.order, 150, rank=2),
    ]  # fmt: skip


def until_text(row: CouponRow) -> str:
    """Until when a coupon can be used."""
    ends = row.coupon.valid_to
    return last_day(ends) if ends is not None else tr("without end")


def of_all(n: int, most: int | None) -> str:
    """How many of how many."""
    return count(n) if most is None else f"{count(n)} / {count(most)}"


def state_name(kind: str, state: str) -> str:
    """A state in words."""
    return state_text(kind, state)[0]
