"""What a category asks of its goods: attributes, how they come down the tree, and whether values fit them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Protocol

import msgspec

from s2b_domain.rules.bounds import Id, Name

MOST_OPTIONS = 1000


class AttributeType(StrEnum):
    """What values an attribute takes."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    ENUM = "ENUM"
    MULTI_ENUM = "MULTI_ENUM"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    FILE = "FILE"


LISTED = frozenset({AttributeType.ENUM, AttributeType.MULTI_ENUM})


class Filter(StrEnum):
    """How merchants filter goods by an attribute."""

    NONE = "none"
    KEYWORD = "keyword"
    RANGE = "range"


class Option(msgspec.Struct, frozen=True, array_like=True):
    """One allowed value, by its name in both languages."""

    zh: Name
    en: Name


Options = Annotated[tuple[Option, ...], msgspec.Meta(max_length=MOST_OPTIONS)]


class Use(msgspec.Struct, frozen=True, array_like=True):
    """That a category asks for an attribute. `spec` makes SKUs, else it is a parameter of the product."""

    attribute_id: Id
    required: bool = False
    spec: bool = False
    filterable: Filter = Filter.NONE


class Node(Protocol):
    """What inheritance reads of a category."""

    @property
    def id(self) -> str: ...
    @property
    def attributes(self) -> tuple[Use, ...]: ...
    @property
    def without(self) -> tuple[str, ...]: ...
    @property
    def papers(self) -> tuple[str, ...]: ...


class Effective(msgspec.Struct, frozen=True):
    """A use that holds in a category, and the category which said so last."""

    use: Use
    from_id: str


def effective(path: Iterable[Node]) -> tuple[Effective, ...]:
    """What holds at the end of a path that begins at the top of the tree.

    Children inherit; they may say something else of an inherited attribute, or that it does not apply to them.
    """
    held: dict[str, Effective] = {}
    for node in path:
        for id_ in node.without:
            held.pop(id_, None)
        for use in node.attributes:
            held[use.attribute_id] = Effective(use, node.id)
    return tuple(held.values())


def papers_asked(path: Iterable[Node]) -> tuple[str, ...]:
    """The papers that goods need at the end of a path, those of the upper categories first."""
    return tuple(dict.fromkeys(paper for node in path for paper in node.papers))


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """An attribute as a category uses it. `strict`: other values than `options` are wrong, not only unusual."""

    id: str
    name_zh: str
    name_en: str
    type: AttributeType = AttributeType.TEXT
    unit: str = ""
    options: tuple[Option, ...] = ()
    strict: bool = False
    required: bool = False
    spec: bool = False
    filterable: Filter = Filter.NONE
    hint_zh: str = ""
    hint_en: str = ""

    def hint(self, english: bool) -> str:
        """Its explanation in a language."""
        return self.hint_en if english else self.hint_zh


class Misfit(msgspec.Struct, frozen=True):
    """A value that does not fit its field: `code` is missing, unknown, number, date or boolean."""

    field: Field
    code: str
    value: str = ""
    nearest: str = ""

    @property
    def wrong(self) -> bool:
        """Whether goods are refused for it, rather than only looked at."""
        return self.code != "unknown" or self.field.strict


_SEPARATORS = re.compile(r"[;；,，、|/\n]+")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_DATE = re.compile(r"\d{4}[-/.年]?(?:0?[1-9]|1[0-2])[-/.月]?(?:0?[1-9]|[12]\d|3[01])日?")
_TRUTH = frozenset(["是", "否", "有", "无", "yes", "no", "true", "false", "y", "n", "1", "0"])


def folded(text: str) -> str:
    """A name as it is compared: without case, and with single spaces."""
    return " ".join(text.casefold().split())


class Schema:
    """The fields of one category, ready to look at many goods."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields = tuple(fields)
        self._named = {folded(name): f for f in reversed(self.fields) for name in (f.name_zh, f.name_en)}
        self._options = {f.id: {folded(name): o for o in f.options for name in (o.zh, o.en)} for f in self.fields}
        self._required = tuple(f for f in self.fields if f.required)

    def misfits(self, parameters: Mapping[str, str], specs: Mapping[str, str]) -> Iterator[Misfit]:
        """What is missing or does not fit; attributes that the category does not know are free."""
        given: set[str] = set()
        for values in (parameters, specs):
            for name, value in values.items():
                field = self._named.get(folded(name))
                if field is None or not value.strip():
                    continue
                given.add(field.id)
                code, part = self._misfit(field, value)
                if code:
                    yield Misfit(field, code, part, self._nearest(field, part) if code == "unknown" else "")
        for field in self._required:
            if field.id not in given:
                yield Misfit(field, "missing")

    def _misfit(self, field: Field, value: str) -> tuple[str, str]:
        match field.type:
            case AttributeType.NUMBER:
                plain = value.strip().replace(",", "")
                if field.unit and plain.casefold().endswith(field.unit.casefold()):
                    plain = plain[: -len(field.unit)].strip()
                return ("", "") if _NUMBER.fullmatch(plain) else ("number", value)
            case AttributeType.DATE:
                return ("", "") if _DATE.fullmatch(value.strip()) else ("date", value)
            case AttributeType.BOOLEAN:
                return ("", "") if folded(value) in _TRUTH else ("boolean", value)
            case AttributeType.ENUM | AttributeType.MULTI_ENUM if field.options:
                known = self._options[field.id]
                if folded(value) in known:
                    return "", ""
                parts = _SEPARATORS.split(value) if field.type is AttributeType.MULTI_ENUM else [value]
                for part in parts:
                    if part.strip() and folded(part) not in known:
                        return "unknown", part.strip()
        return "", ""

    def _nearest(self, field: Field, value: str) -> str:
        known = self._options[field.id]
        wanted = folded(value)
        inside = [name for name in known if len(name) > 1 and (name in wanted or wanted in name)]
        found = inside or get_close_matches(wanted, known, 1, 0.6) or [n for n in known if n in wanted]
        if not found:
            return ""
        best = max(found, key=lambda name: (len(name) if name in wanted else -len(name), name))
        option = known[best]
        return option.zh if best == folded(option.zh) else option.en
