"""A shop's members: levels with their rights, the ledger of their points, tags by hand and by rule."""

from enum import StrEnum

from s2b_domain.records.record import Record, record
from s2b_domain.rules.pricing import PointsTerms
from s2b_domain.rules.tags import TagTest


class PointsKind(StrEnum):
    """Why points changed."""

    EARN = "EARN"
    REDEEM = "REDEEM"
    EARN_REVERSED = "EARN_REVERSED"
    REDEEM_REVERSED = "REDEEM_REVERSED"
    ADJUST = "ADJUST"
    EXPIRE = "EXPIRE"
    MERGE = "MERGE"


@record("member_level", ("merchant_id",))
class MemberLevel(Record, frozen=True, kw_only=True):
    """A level (普通, 银卡, 金卡) and its rights. Reached by spending (分) or by points; both None: only by hand.

    `pays_bp` of the list price, `multiplier_bp` of the points, promotions `early_ms` before others.
    """

    merchant_id: str
    name: str
    rank: int
    min_spent: int | None = None
    min_points: int | None = None
    pays_bp: int = 10_000
    multiplier_bp: int = 10_000
    early_ms: int = 0


@record("member", ("merchant_id", "phone"), ("merchant_id", "card"), ("level_id",), ("merged_into",))
class Member(Record, frozen=True, kw_only=True):
    """Somebody whom the shop knows, by phone number or card. `points` is the balance of the ledger, `gained` all
    points ever earned, `spent` (分) and `orders` what was paid for. A level set by hand (`fixed`) stays."""

    merchant_id: str
    name: str
    phone: str = ""
    card: str = ""
    birthday: str = ""
    note: str = ""
    level_id: str = ""
    fixed: bool = False
    points: int = 0
    gained: int = 0
    spent: int = 0
    orders: int = 0
    active: bool = True
    merged_into: str = ""
    credit: int = 0
    joined_at: int
    last_order_at: int | None = None

    @property
    def called(self) -> str:
        """What people read: the name, or else the phone number or the card."""
        return self.name or self.phone or self.card


@record("points_entry", ("member_id", "at"), ("document_id",))
class PointsEntry(Record, frozen=True, kw_only=True):
    """One line of a member's append-only ledger of points; `amount` is signed."""

    merchant_id: str
    member_id: str
    kind: PointsKind
    amount: int
    reason: str = ""
    document_id: str = ""
    actor_id: str
    at: int
    expires_at: int | None = None


class CreditKind(StrEnum):
    """Why a member's store credit changed."""

    PAID = "PAID"
    GIVEN_BACK = "GIVEN_BACK"
    ADJUST = "ADJUST"
    MERGE = "MERGE"


@record("credit_entry", ("member_id",))
class CreditEntry(Record, frozen=True, kw_only=True):
    """One line of a member's append-only ledger of store credit; `amount` (分) is signed. `document_id` is the
    payment's, the other member's, or the command's."""

    merchant_id: str
    member_id: str
    kind: CreditKind
    amount: int
    reason: str = ""
    document_id: str = ""
    actor_id: str
    at: int


@record("points_rule")
class PointsRule(Record, frozen=True, kw_only=True):
    """How a shop (whose id it has) gives and takes points."""

    terms: PointsTerms


@record("tag", ("merchant_id",))
class Tag(Record, frozen=True, kw_only=True):
    """A name for members that are alike (运动爱好者, 母婴人群)."""

    merchant_id: str
    name: str
    tone: str = "neutral"


@record("tag_rule", ("merchant_id",), ("tag_id",))
class TagRule(Record, frozen=True, kw_only=True):
    """Members who pass the test receive the tag with their next purchase, or when the rule is applied to them."""

    merchant_id: str
    tag_id: str
    test: TagTest
    active: bool = True


@record("member_tag", ("member_id",), ("tag_id",))
class MemberTag(Record, frozen=True, kw_only=True):
    """That a member has a tag; `id` is derived from both. By hand, or by the rule that `rule_id` names."""

    merchant_id: str
    member_id: str
    tag_id: str
    rule_id: str = ""
    at: int


@record("member_habit", ("member_id",))
class MemberHabit(Record, frozen=True, kw_only=True):
    """What a member bought of a category and those below it, "" being all goods: orders, and amount (分) without what
    was given back. `id` is derived from member and category."""

    merchant_id: str
    member_id: str
    category_id: str
    orders: int = 0
    spent: int = 0
    last_at: int
