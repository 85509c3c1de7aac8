"""Whether goods of a dry run fit what their category asks: in the cell, with the nearest value."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from s2b_domain.intake.diff import Change
from s2b_domain.intake.goods import GoodsRow, Issue
from s2b_domain.intake.mapping import ColumnMap
from s2b_domain.rules.attributes import Misfit, Schema, folded

CODES = {
    "missing": "attribute_missing",
    "unknown": "attribute_unknown",
    "number": "attribute_number",
    "date": "attribute_date",
    "boolean": "attribute_boolean",
}


class Fitting:
    """`schema` answers what a category text asks; each text is asked for once. `places` are the categories that were
    confirmed for new goods whose sheet names none, by title."""

    def __init__(
        self, schema: Callable[[str], Schema | None], english: bool = False, places: Mapping[str, str] = {}
    ) -> None:
        self._schema, self._english, self.places = schema, english, places
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
