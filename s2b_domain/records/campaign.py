"""What a shop told its members: coupons that were given, or goods that are new."""

from enum import StrEnum

from s2b_domain.records.record import Record, record


class CampaignKind(StrEnum):
    """COUPON gave a coupon to each receiver; GOODS only tells of goods."""

    COUPON = "COUPON"
    GOODS = "GOODS"


@record("campaign", ("merchant_id",))
class Campaign(Record, frozen=True, kw_only=True):
    """A notice and whom it is for, fixed when it was made. No message leaves S2B: people print, copy or export the
    list and tell their members; `told_at` says when somebody had done so."""

    merchant_id: str
    kind: CampaignKind
    name: str
    text: str
    template_id: str = ""
    sku_ids: tuple[str, ...] = ()
    tag_id: str = ""
    level_id: str = ""
    member_ids: tuple[str, ...] = ()
    made_by: str
    at: int
    told_at: int | None = None
