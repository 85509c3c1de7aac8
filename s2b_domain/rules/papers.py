"""Kinds of qualification papers, and which of them shops may ever see."""

from enum import StrEnum


class PaperKind(StrEnum):
    """What a paper is. OTHER is whatever nobody has named; it may hold anything."""

    LICENCE = "LICENCE"
    FOOD_PERMIT = "FOOD_PERMIT"
    BRAND_AUTHORISATION = "BRAND_AUTHORISATION"
    QUALITY = "QUALITY"
    IDENTITY = "IDENTITY"
    BANK = "BANK"
    OTHER = "OTHER"


FOR_SHOPS = frozenset({PaperKind.LICENCE, PaperKind.FOOD_PERMIT, PaperKind.BRAND_AUTHORISATION, PaperKind.QUALITY})
"""About the company and its goods, not about a person or an account."""
_WORDS = {
    "营业执照": PaperKind.LICENCE,
    "business licence": PaperKind.LICENCE,
    "食品经营许可证": PaperKind.FOOD_PERMIT,
    "food trade permit": PaperKind.FOOD_PERMIT,
    "品牌授权书": PaperKind.BRAND_AUTHORISATION,
    "brand authorisation": PaperKind.BRAND_AUTHORISATION,
    "质量检验报告": PaperKind.QUALITY,
    "quality certificate": PaperKind.QUALITY,
}


def kind_of(said: str) -> PaperKind:
    """The kind by its code, or by the words that were written before there were codes; OTHER for all else."""
    said = said.strip()
    return PaperKind(said) if said in PaperKind.__members__ else _WORDS.get(said.lower(), PaperKind.OTHER)
