"""What an import would do, row by row, against what is there. The dry run and the real run are this one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any

import msgspec

from s2b_domain.intake.goods import FIELDS, KEYS, GoodsRow, Issue, Level, Param, decimals_of
from s2b_domain.intake.packages import joined
from s2b_domain.intake.policy import Policy
from s2b_domain.intake.zeros import LostZeros, lacks_zeros
from s2b_domain.rules.blobs import digest_in
from s2b_domain.rules.packages import packages_fit, packages_text, rescaled
from s2b_domain.rules.pricing import Tier, tiers_fit

Lookup = Callable[[Sequence[str]], Mapping[str, GoodsRow]]
"""Existing goods by SKU code, asked for in batches."""

Cells = Callable[[int], tuple[Any, ...]]
"""A row's cells as they stood in the sheet, by its place in the batch: several SKUs may stand on one row."""

CLEARABLE = frozenset(
    {
        "brand",
        "category",
        "description",
        "barcodes",
        "dropship_price",
        "retail_price",
        "weight_g",
        "tax_code",
        "image_urls",
        "parameters",
        "tiers",
        "packages",
    }
)
"""Fields that an empty cell may clear, if the policy says so."""

NEW, CHANGED, UNCHANGED, SKIPPED, WRONG = b"ncusw"
_QUANTITIES = ("stock_qty", "min_qty", "order_step")


class FieldChange(msgspec.Struct, frozen=True, gc=False):
    """One field's old and new value; a new value of None clears it."""

    field: str
    old: Any
    new: Any


class Change(msgspec.Struct, frozen=True, gc=False):
    """A row that changes existing goods; `unit` is the one in which its quantities are counted."""

    goods: GoodsRow
    fields: tuple[FieldChange, ...]
    unit: str | None = None


class WrongRow(msgspec.Struct, frozen=True, gc=False):
    """A row left out, as it stood in the sheet, with every reason."""

    row: int
    cells: tuple[Any, ...]
    issues: tuple[Issue, ...]


class Plan(msgspec.Struct):
    """Every SKU is in exactly one of these lists; `unchanged` and `skipped` (by policy) hold row numbers.

    One row of a sheet may hold several SKUs. `order` tells, letter by letter in the sheet's order, in which list the
    next one stands: new, changed, unchanged, skipped or wrong. `codes` are theirs in the same order.
    """

    new: list[GoodsRow] = []
    changed: list[Change] = []
    unchanged: list[int] = []
    skipped: list[int] = []
    wrong: list[WrongRow] = []
    warnings: list[Issue] = []
    order: bytearray = bytearray()
    codes: list[str] = []

    @property
    def rows(self) -> int:
        """How many rows the plan covers."""
        return len(self.new) + len(self.changed) + len(self.unchanged) + len(self.skipped) + len(self.wrong)


def known(goods: Iterable[GoodsRow] | Mapping[str, GoodsRow]) -> Lookup:
    """A lookup in memory."""
    table = goods if isinstance(goods, Mapping) else {row.sku_code: row for row in goods}
    return lambda codes: table


def nothing(codes: Sequence[str]) -> Mapping[str, GoodsRow]:
    """The lookup of an empty catalog."""
    return {}


def diff(
    rows: Iterable[GoodsRow], existing: Lookup, policy: Policy | None = None, fields: Sequence[str] | None = None
) -> Plan:
    """Plan `rows` at once; `fields` are those that the sheet gives (all by default)."""
    planner = Planner(existing, policy or Policy(), fields or FIELDS)
    goods = list(rows)
    planner.add(goods, [], lambda row: ())
    return planner.plan


class Planner:
    """Plans batches in the order of the sheet. Where it `gathers` pictures or `adds` packages, they come beside
    those that are there."""

    def __init__(
        self,
        existing: Lookup,
        policy: Policy,
        fields: Sequence[str],
        *,
        gathers: bool = False,
        adds: bool = False,
    ) -> None:
        self.plan = Plan()
        self._adds = adds
        self._gathers = gathers
        self._existing = existing
        self._zeros = LostZeros(existing)
        self._policy = policy
        self._fields = tuple(f for f in fields if f not in ("row", "sku_code"))
        self._values = attrgetter(*self._fields) if len(self._fields) > 1 else None
        self._seen: dict[str, int] = {}
        self._unread: set[tuple[int, str]] = set()
        self._labels: dict[str, str] = {}

    def label_columns(self, labels: Mapping[str, str]) -> None:
        """Name the sheet's column of each field, for issues found here."""
        self._labels = dict(labels)

    def add(
        self,
        goods: Sequence[GoodsRow],
        issues: Sequence[Issue],
        cells: Cells,
        own: Mapping[int, Sequence[Issue]] = {},
    ) -> None:
        """Plan a batch; `issues` are those of its rows, `own` errors of single SKUs by their place in the batch, where
        a row holds several; `cells` gives a row as it stood."""
        plan, seen = self.plan, self._seen
        wrong: dict[int, list[Issue]] = {}
        for issue in issues:
            if issue.level == "error":
                wrong.setdefault(issue.row, []).append(issue)
            else:
                plan.warnings.append(issue)
                if self._policy.blank == "clear":
                    self._unread.add((issue.row, issue.field))
        there = self._existing([row.sku_code for row in goods])
        meant = self._zeros.goods([row.sku_code for row in goods], there)
        for at, row in enumerate(goods):
            found = wrong.get(row.row)
            if at in own:
                found = [*(found or ()), *own[at]] or None
            old = there.get(row.sku_code)
            whole = old or meant.get(row.sku_code, ("", None))[1]
            if whole is not None and (old is None or row.product_key != whole.product_key):
                row, lost = self._with_zeros(row, whole)
                found = [*(found or ()), *lost] or None
                old = whole if row.sku_code == whole.sku_code else None
            code = row.sku_code
            plan.codes.append(code)
            earlier = seen.setdefault(code, row.row)
            if found is not None:
                self._reject(row, cells(at), found if old is not None else found + self._missing(row, found))
            elif not code:
                self._reject(row, cells(at), self._missing(row, ()))
            elif earlier != row.row:
                self._reject(row, cells(at), [self._issue(row, "sku_code", "duplicate", code, other=earlier)])
            elif old is None:
                self._create(row, partial(cells, at))
            elif self._policy.mode == "create":
                plan.skipped.append(row.row)
                plan.order.append(SKIPPED)
            elif self._values is not None and self._values(row) == self._values(old):
                plan.unchanged.append(row.row)
                plan.order.append(UNCHANGED)
            elif old.in_use and row.unit is not None and decimals_of(row.unit) != decimals_of(old.unit):
                self._reject(row, cells(at), [self._issue(row, "unit", "unit_in_use", row.unit)])
            else:
                self._update(row, old, partial(cells, at))

    def _with_zeros(self, row: GoodsRow, whole: GoodsRow) -> tuple[GoodsRow, list[Issue]]:
        """A row with its codes as they stand in the catalog if they lost their zeros and the policy repairs that; and
        the errors where it asks."""
        lost = {} if row.sku_code == whole.sku_code else {"sku_code": whole.sku_code}
        key = whole.product_key or ""
        if "product_key" in self._fields and row.product_key and lacks_zeros(row.product_key, key):
            lost["product_key"] = key
        repair, ask = (self._policy.leading_zeros == policy for policy in ("repair", "ask"))
        found = []
        for field, code in lost.items():
            label = next((f for f in KEYS if f in self._labels), field) if field == "sku_code" else field
            params: dict[str, Param] = {"barcode": getattr(row, field), "repaired": code}
            said = "leading_zero_repaired" if repair else "leading_zero_lost"
            level: Level = "error" if ask else "warning"
            found.append(Issue(row.row, self._labels.get(label, ""), label, said, getattr(row, field), level, params))
        if not ask:
            self.plan.warnings += found
        return msgspec.structs.replace(row, **lost) if repair and lost else row, found if ask else []

    def _issue(self, row: GoodsRow, field: str, code: str, value: str = "", **params: int) -> Issue:
        return Issue(row.row, self._labels.get(field, ""), field, code, value, "error", dict(params))

    def _missing(self, row: GoodsRow, known: Sequence[Issue]) -> list[Issue]:
        """Required fields that new goods lack, without those whose cells are already known to be wrong."""
        told = {issue.field for issue in known}
        absent = [f for f in self._policy.required if f not in told and getattr(row, f) is None]
        if not row.sku_code and not told & {"sku_code", "barcodes"}:
            absent.insert(0, next((field for field in KEYS if field in self._labels), "sku_code"))
        return [self._issue(row, field, "missing") for field in absent]

    def _reject(self, row: GoodsRow, cells: tuple[Any, ...], issues: list[Issue]) -> None:
        if row.sku_code and self._seen.get(row.sku_code) == row.row:
            del self._seen[row.sku_code]  # a later, right row may have the code
        self.plan.wrong.append(WrongRow(row.row, cells, tuple(issues)))
        self.plan.order.append(WRONG)

    def _create(self, row: GoodsRow, cells: Callable[[], tuple[Any, ...]]) -> None:
        missing = self._missing(row, ())
        if self._policy.mode == "update":
            self.plan.skipped.append(row.row)
            self.plan.order.append(SKIPPED)
        elif missing:
            self._reject(row, cells(), missing)
        else:
            self.plan.new.append(row)
            self.plan.order.append(NEW)

    def _update(self, row: GoodsRow, old: GoodsRow, cells: Callable[[], tuple[Any, ...]]) -> None:
        given = row
        if row.tiers and row.supply_price is None and not tiers_fit(old.supply_price or 0, row.tiers):
            self._reject(row, cells(), [self._issue(row, "tiers", "tiers_wrong")])
            return
        if row.unit is None and decimals_of(old.unit):
            row = msgspec.structs.replace(
                row, **{f: value * 1000 for f in _QUANTITIES if (value := getattr(row, f)) is not None}
            )
            if row.tiers:
                row = msgspec.structs.replace(row, tiers=tuple(Tier(t.min_quantity * 1000, t.price) for t in row.tiers))
            row = msgspec.structs.replace(row, packages=rescaled(row.packages, 0, 3) if row.packages else None)
        if self._adds and row.packages is not None:
            row = msgspec.structs.replace(row, packages=joined(old.packages or (), row.packages))
        unit = row.unit or old.unit or ""
        packages = rescaled(old.packages or (), decimals_of(old.unit), decimals_of(unit))
        packages = packages if row.packages is None else row.packages
        if not packages_fit(packages, unit, decimals_of(unit)):
            said = packages_text(packages, decimals_of(unit))[:120]
            self._reject(given, cells(), [self._issue(row, "packages", "packages_wrong", said)])
            return
        changes = []
        for field in self._fields:
            before, after = getattr(old, field), getattr(row, field)
            if after is None:
                blank = (row.row, field) not in self._unread  # what could not be read is no wish to have it cleared
                if self._policy.blank == "leave" or field not in CLEARABLE or before is None or not blank:
                    continue
            elif isinstance(after, dict):
                after = {**(before or {}), **after}
            elif self._gathers and field == "image_urls" and all(map(digest_in, after)):
                after = tuple(dict.fromkeys((*(before or ()), *after)))
            if before != after and not (field == "tiers" and not before and not after):
                changes.append(FieldChange(field, before, after))
        if changes:
            self.plan.changed.append(Change(given, tuple(changes), given.unit or old.unit))
            self.plan.order.append(CHANGED)
        else:
            self.plan.unchanged.append(row.row)
            self.plan.order.append(UNCHANGED)
