"""Organisations, what they told the platform about themselves, their papers and their people."""

from enum import StrEnum

from s2b_domain.records.record import Record, record
from s2b_domain.rules.onboarding import PaperState, PartyState


class PartyKind(StrEnum):
    """平台, 供应商, 商家."""

    PLATFORM = "PLATFORM"
    SUPPLIER = "SUPPLIER"
    MERCHANT = "MERCHANT"


@record("organisation", ("kind", "state"))
class Organisation(Record, frozen=True, kw_only=True):
    """The public card of an organisation."""

    name: str
    kind: PartyKind
    state: PartyState
    region: str = ""
    about: str = ""


@record("application", ("state",))
class Application(Record, frozen=True, kw_only=True):
    """What an organisation submits to join; `id` is the organisation's. Seen by itself and the platform."""

    kind: PartyKind
    name: str
    state: PartyState
    licence_number: str = ""
    contact: str = ""
    phone: str = ""
    address: str = ""
    note: str = ""
    submitted_at: int | None = None
    decided_at: int | None = None
    decided_by: str = ""
    reasons: tuple[str, ...] = ()


@record("paper", ("organisation_id",))
class Paper(Record, frozen=True, kw_only=True):
    """A qualification paper (licence, brand authorisation, certificate), reviewed one by one. A supplier's `public` one
    is shown to shops while it is approved."""

    organisation_id: str
    kind: str
    number: str
    issued_by: str = ""
    expires_at: int | None = None
    content_hash: str = ""
    state: PaperState = PaperState.SUBMITTED
    reasons: tuple[str, ...] = ()
    public: bool = False


@record("recovery_key")
class RecoveryKey(Record, frozen=True, kw_only=True):
    """The public half (X25519, 64 hex digits) of the key with which an organisation can open its own PCs' files when
    keyring and passwords are gone; `id` is the organisation's. The other half is on paper."""

    public: str
    made_at: int
    made_by: str


@record("supplier_terms")
class SupplierTerms(Record, frozen=True, kw_only=True):
    """What the platform agreed with a supplier; `id` is the supplier's. Commission in basis points."""

    commission_bp: int


@record("trade_terms", ("merchant_id",), ("supplier_id",))
class TradeTerms(Record, frozen=True, kw_only=True):
    """What a supplier agreed with a merchant: the price level, and credit (账期).

    At most `credit_limit` (分; None: any amount) may be owed or on order; it is due `credit_days` after acceptance
    (None: no date was agreed).
    """

    supplier_id: str
    merchant_id: str
    level: str
    credit_limit: int | None = None
    credit_days: int | None = None
    note: str = ""


@record("person", ("organisation_id",))
class Person(Record, frozen=True, kw_only=True):
    """Somebody who works for an organisation; the secret part of the account stays on the hub."""

    organisation_id: str
    name: str
    login: str
    role: str
    active: bool = True
