"""What `POST /api/stock` is sent and answers, as JSON."""

import msgspec

MAX_BODY = 4 << 20
MAX_FEED = 5000
MAX_KEY = 100
CODES = {
    "unknown_sku": "None of your goods has this code or barcode.",
    "ambiguous": "Several of your goods have this barcode. Send the SKU code.",
    "quantity_wrong": "The quantity is no number, negative where it is set, or finer than the smallest step.",
    "expires_wrong": "The expiry date is not written as 2027-01-31.",
    "lot_wrong": "The lot is longer than 100 characters.",
    "repeated": "An earlier line names the same goods and lot.",
}


class StockLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a feed: a SKU code or a barcode, and a quantity in units."""

    sku: str = ""
    barcode: str = ""
    quantity: int | float | str
    lot: str = ""
    expires: str = ""


class StockRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`full`: what is not named lies there no more. `delta`: only what is named changes."""

    mode: str = "delta"
    kind: str = "set"
    warehouse: str = ""
    lines: tuple[StockLine, ...] = ()


class LineAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one line (counted from 1; 0 for goods that a full feed did not name)."""

    line: int
    sku: str
    result: str
    before: str = ""
    after: str = ""
    lot: str = ""
    code: str = ""
    message: str = ""


class StockAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a feed."""

    feed: str
    changed: int
    unchanged: int
    refused: int
    zeroed: int
    lines: tuple[LineAnswer, ...]


class FeedError(Exception):
    """A feed that is not taken as a whole; `code`, `message` and the HTTP status."""

    def __init__(self, status: int, code: str, message: str, retry_after: int = 0) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after


def parsed(key: str, body: bytes) -> StockRequest:
    """The request of a body that comes with an idempotency key; `FeedError`."""
    if not 0 < len(key) <= MAX_KEY:
        raise FeedError(400, "key_missing", f"Send an Idempotency-Key header of at most {MAX_KEY} characters.")
    try:
        request = msgspec.json.decode(body, type=StockRequest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FeedError(400, "malformed", str(error)) from error
    if request.mode not in ("full", "delta") or request.kind not in ("set", "add"):
        raise FeedError(400, "malformed", 'mode is "full" or "delta"; kind is "set" or "add".')
    if request.mode == "full" and request.kind != "set":
        raise FeedError(400, "malformed", "A full feed sets; it cannot add.")
    if not request.lines:
        raise FeedError(400, "feed_empty", "The feed has no lines. Nothing was changed.")
    if len(request.lines) > MAX_FEED:
        raise FeedError(413, "feed_too_long", f"Send at most {MAX_FEED} lines at once.")
    return request


def refusal(at: int, line: StockLine, code: str) -> LineAnswer:
    """Why a line was not taken."""
    return LineAnswer(
        line=at, sku=line.sku or line.barcode, lot=line.lot, result="refused", code=code, message=CODES[code]
    )
