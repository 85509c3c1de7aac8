"""Every code that can reach a person has its text, in both languages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from s2b_desktop.command_text import TITLES, command_title
from s2b_desktop.intake_text import REFUSALS
from s2b_desktop.messages import (
    EVENTS,
    PAPERS,
    STATES,
    TEXTS,
    paper_text,
    price_changes,
    problem_text,
    state_text,
)
from s2b_desktop.offer_text import HINDRANCES
from s2b_desktop.text import Language, _catalog, set_language
from s2b_domain.commands import HANDLERS
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.errors import Param
from s2b_domain.records.after_sales import PayoutState
from s2b_domain.records.promotion import CouponState, PromotionState, TemplateState
from s2b_domain.rules.after_sales import ReturnState
from s2b_domain.rules.invoices import InvoiceKind, InvoiceState
from s2b_domain.rules.onboarding import ContentState, PaperState, PartyState
from s2b_domain.rules.order_flow import OrderKind, OrderState, ParcelState, PaymentState, SupplyState
from s2b_domain.rules.papers import PaperKind
from s2b_domain.rules.statements import SettlementState, StatementState
from tests.desktop.codes import document

ROOT = Path(__file__).resolve().parents[2]
RAISED = {
    "Refused": 0,
    "NeedsConfirmation": 0,
    "contradict": 0,
    "Problem": 0,
    "ProblemError": 0,
    "EntryRefused": 0,
    "Blocked": 0,
    "Decision": 1,
}
"""Calls whose first argument is a code."""


@pytest.fixture(params=["zh_CN", "en"])
def language(request: pytest.FixtureRequest) -> Iterator[Language]:
    chosen: Language = request.param
    set_language(chosen)
    yield chosen
    set_language("zh_CN")


def codes_in(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """(code, line) of every code that is raised or answered as a literal."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(getattr(base, "id", "").endswith("Error") for base in node.bases):
            named = [part for part in node.body if isinstance(part, ast.Assign)]
            for part in (n for n in named if [getattr(t, "id", "") for t in n.targets] == ["code"]):
                if isinstance(part.value, ast.Constant):
                    yield str(part.value.value), part.lineno
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
        given = [k.value for k in node.keywords if k.arg == "code"]
        if name in RAISED and len(node.args) > RAISED[name]:
            given.append(node.args[RAISED[name]])
        for value in given:
            options = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
            for option in options:
                if isinstance(option, ast.Constant) and isinstance(option.value, str) and name in RAISED:
                    yield option.value, node.lineno


def all_codes() -> dict[str, str]:
    found: dict[str, str] = {}
    for package in ("s2b_domain", "s2b_desktop", "s2b_hub"):
        for file in sorted((ROOT / package).rglob("*.py")):
            for code, line in codes_in(ast.parse(file.read_text("utf-8"))):
                found.setdefault(code, f"{file.relative_to(ROOT)}:{line}")
    return found


def test_codes_are_found_where_they_are_raised() -> None:
    tree = ast.parse(
        'raise Refused("a", x=1)\nProblem(code="b")\ntx.contradict("c" if y else "d", z)\nother("e")\n'
        'class F(LineError):\n    code = "f"'
    )
    assert sorted(code for code, _ in codes_in(tree)) == ["a", "b", "c", "d", "f"]


def test_every_code_has_a_text() -> None:
    lacking = [
        f"{code} ({place})" for code, place in all_codes().items() if code not in TEXTS | dict.fromkeys(REFUSALS)
    ]
    assert not lacking, "no text for:\n" + "\n".join(lacking)


def test_texts_are_full_in_both_languages(language: Language) -> None:
    for code, source in TEXTS.items():
        if language == "zh_CN":
            assert source in _catalog("zh_CN"), f"no Chinese for {code}"
        fields = {field for _, field, _, _ in Formatter().parse(source) if field}
        said = problem_text(code, {field: f"<{field}>" for field in fields - {"changes"}})
        assert "{" not in said
        assert all(f"<{field}>" in said for field in fields - {"changes", "state"}), code


def test_missing_parameters_leave_a_sentence() -> None:
    assert all(problem_text(code) for code in (*TEXTS, *REFUSALS))


def test_a_reason_of_which_only_the_code_is_known_has_no_holes(language: Language) -> None:
    for code in HINDRANCES:
        if "price" not in code:
            said = problem_text("coupon_unusable", {"coupon": "C", "why": code, "now": 1, "seen": 1})
            assert not any(hole in said for hole in ("0.00", "“”", " .", "：。", "：起", "： ")), code


def test_an_unknown_code_names_itself_and_calms(language: Language) -> None:
    assert "brand_new" in problem_text("brand_new")


def test_price_changes_say_old_and_new() -> None:
    params = {"changes": ["000001", "265000", "270000", "BC-0001", "350", "400"]}
    assert price_changes(params) == [("000001", 265000, 270000), ("BC-0001", 350, 400)]
    assert "000001 26.50 → 27.00；BC-0001 0.035 → 0.04" in problem_text("price_changed", params)


def test_quantities_of_goods_sold_by_weight_are_said_in_their_unit() -> None:
    tea: dict[str, Param] = {"sku": "TEA", "decimals": 3, "unit": "kg", "number": "R-1"}
    for code, steps in {
        "lease_lapsed": ("wanted", "available"),
        "more_than_left": ("quantity", "left"),
        "more_than_open": ("quantity",),
        "out_of_stock": ("available", "wanted"),
        "oversold": ("short",),
        "promised_without_stock": ("missing",),
        "quantity_wrong": ("minimum", "step"),
        "returned_too_much": ("quantity",),
        "shipped_too_much": ("quantity",),
        "transfer_differs": ("sent", "received"),
    }.items():
        said = problem_text(code, tea | {name: 1501 + n for n, name in enumerate(steps)})
        assert "TEA" in said
        assert all(f"1.50{1 + n} kg" in said for n in range(len(steps))), said


def test_a_wrong_field_of_one_sku_names_it(language: Language) -> None:
    assert "TEA" in problem_text("field_wrong", {"field": "quantity", "sku": "TEA"})


def test_every_state_has_words_and_a_tone(language: Language) -> None:
    kinds = {
        "order": OrderState,
        "supply": SupplyState,
        "parcel": ParcelState,
        "payment": PaymentState,
        "party": PartyState,
        "content": ContentState,
        "paper": PaperState,
        "promotion": PromotionState,
        "coupon_template": TemplateState,
        "coupon": CouponState,
        "return": ReturnState,
        "payout": PayoutState,
        "statement": StatementState,
        "settlement": SettlementState,
        "invoice": InvoiceState,
        "invoice_kind": InvoiceKind,
    }
    for kind, states in kinds.items():
        assert set(STATES[kind]) == {state.value for state in states}
        for state in states:
            text, tone = state_text(kind, state)
            assert text != state.value
            assert tone in ("ok", "warn", "bad", "accent", "neutral")


def test_every_command_has_a_title(language: Language) -> None:
    assert {name.partition("@")[0] for name in HANDLERS} == set(TITLES)
    items = (OrderItem(sku_id="a" * 32, quantity=1, price_seen=1),)
    message = PlaceOrder(order_id="b" * 32, number="D3-20261122-1001", kind=OrderKind.PURCHASE, items=items)
    said = {"zh_CN": "订单 D3-20261122-1001，1 种商品", "en": "Order D3-20261122-1001 with 1 product"}
    assert command_title("order.place@1", message) == said[language]


def test_papers_are_named_in_the_readers_language(language: Language) -> None:
    assert set(PAPERS) == set(PaperKind)
    said = {"zh_CN": "营业执照", "en": "Business licence"}[language]
    assert paper_text("LICENCE") == paper_text("营业执照") == paper_text("Business licence") == said
    assert paper_text("OTHER") == {"zh_CN": "其他资质", "en": "Other paper"}[language]
    assert paper_text("卫生许可") == "卫生许可"


def test_every_event_that_is_written_has_words() -> None:
    written: set[str] = set()
    for file in (ROOT / "s2b_domain" / "commands").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
                texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                if name in ("remember", "audit", "_to"):
                    written |= {t for t in texts if t and "." in t and not t.endswith(".")}
    assert written
    assert written <= set(EVENTS), written - set(EVENTS)


def test_the_document_of_codes_is_true() -> None:
    assert (ROOT / "docs" / "codes.md").read_text("utf-8") == document()


def test_quantities_are_said_as_they_are_sold_not_in_steps() -> None:
    set_language("en")
    weighed: dict[str, Param] = {"sku": "A1", "decimals": 2, "unit": "kg"}
    said = problem_text("out_of_stock", {"available": 150, "wanted": 1275, **weighed})
    assert said.startswith("Not enough stock of A1: 1.5 kg left, 12.75 kg wanted.")
    assert "from 0.5 kg, in steps of 0.25 kg" in problem_text("quantity_wrong", {"minimum": 50, "step": 25, **weighed})
    assert ": 3 left, 5 wanted." in problem_text("out_of_stock", {"sku": "A1", "available": 3, "wanted": 5})
