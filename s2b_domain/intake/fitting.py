"""Whether goods of a dry run fit what their category asks: in the cell, with the nearest value."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from s2b_domain.intake.diff import Change, Plan
from s2b_domain.intake.goods import GoodsRow, Issue, Param
from s2b_domain.intake.mapping import ColumnMap
from s2b_domain.rules.attributes import Misfit, Schema, folded
from s2b_domain.rules.units import Unit

CODES = {
    "missing": "attribute_missing",
    "unknown": "attribute_unknown",
    "number": "attribute_number",
    "date": "attribute_date",
    "boolean": "attribute_boolean",
}

Holders = Callable[[Sequence[str]], Mapping[str, str]]
"""By barcode, the code of the goods that have it: their unit, or a package of theirs."""


class Fitting:
    """`schema` answers what a category text asks; each text is asked for once. `places` are the categories that were
    confirmed for new goods whose sheet names none, by title. `holders` answers which SKU code has a barcode already."""

    def __init__(
        self,
        schema: Callable[[str], Schema | None],
        english: bool = False,
        places: Mapping[str, str] = {},
        holders: Holders = lambda codes: {},
    ) -> None:
        self._schema, self._english, self.places = schema, english, places
        self._holders = holders
        self._known: dict[str, Schema | None] = {}

    def placed(self, goods: GoodsRow) -> GoodsRow:
        """New goods in the category that was confirmed for their title."""
        text = self.places.get(goods.title or "") if not goods.category else None
        return msgspec.structs.replace(goods, category=text) if text else goods

    def of_new(self, goods: GoodsRow, columns: Sequence[ColumnMap]) -> list[Issue]:
        """What is wrong or unusual about goods that would be new; the hub refuses what is an error here."""
        return list(self._issues(goods, columns, new=True))

    def of_change(self, change: Change, columns: Sequence[ColumnMap]) -> list[Issue]:
        """What is unusual about changed goods: pointed out, not refused."""
        return list(self._issues(change.goods, columns, new=False))

    def taken(self, plan: Plan, columns: Sequence[ColumnMap]) -> Iterator[tuple[object, Issue]]:
        """New goods and changes that give a package the barcode of something else, here or in the books. What changes
        in this sheet may give its own up."""
        given: list[tuple[object, GoodsRow, Sequence[Unit]]] = [(row, row, row.packages or ()) for row in plan.new]
        given += [(c, c.goods, f.new or ()) for c in plan.changed for f in c.fields if f.field == "packages"]
        codes = {package.barcode for _, _, packages in given for package in packages if package.barcode}
        if not codes:
            return
        moving = {c.goods.sku_code for c in plan.changed for f in c.fields if f.field in ("packages", "barcodes")}
        held = {code: other for code, other in self._holders(sorted(codes)).items() if other not in moving}
        label = next((c.label for c in columns if c.field == "packages"), "")
        for entry, goods, packages in given:
            for package in packages:
                if not package.barcode:
                    continue
                other = goods.sku_code if package.barcode in (goods.barcodes or ()) else held.get(package.barcode)
                if other is not None:
                    params: dict[str, Param] = {"other": other}
                    yield entry, Issue(goods.row, label, "packages", "barcode_taken", package.barcode, "error", params)
                    break
                held[package.barcode] = goods.sku_code

    def _issues(self, goods: GoodsRow, columns: Sequence[ColumnMap], *, new: bool) -> Iterator[Issue]:
        text = goods.category or ""
        if not text:
            return
        if new and self.places.get(goods.title or "") == text:
            yield Issue(goods.row, "", "category", "category_from_title", text[:120], "warning")
        if text not in self._known:
            self._known[text] = self._schema(text)
        schema = self._known[text]
        if schema is None:
            return
        for misfit in schema.misfits(goods.parameters or {}, goods.specs or {}):
            if new or misfit.code != "missing":
                yield self._issue(goods.row, misfit, columns, wrong=new and misfit.wrong)

    def _issue(self, row: int, misfit: Misfit, columns: Sequence[ColumnMap], *, wrong: bool) -> Issue:
        field = misfit.field
        named = {folded(field.name_zh), folded(field.name_en)}
        column = next(
            (c for c in columns if c.field in ("specs", "parameters") and folded(c.name or c.label) in named), None
        )
        place = column.field if column else "specs" if field.spec else "parameters"
        code = "attribute_like" if misfit.nearest else CODES[misfit.code]
        name = field.name_en if self._english else field.name_zh
        return Issue(
            row,
            column.label if column else "",
            place,
            code,
            misfit.value[:120],
            "error" if wrong else "warning",
            {"name": name, "nearest": misfit.nearest},
        )
