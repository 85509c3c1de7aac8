"""`POST /api/stock`: the stock of a supplier's own system, line by line, once per idempotency key."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Connection, select

from s2b_domain.access import Actor, Role, own
from s2b_domain.commands import carry_out, pack
from s2b_domain.commands.feeds import MAX_LINES, FeedLine, FeedMode, FeedStock
from s2b_domain.commands.packages import package_code_id
from s2b_domain.commands.stock import main_warehouse_id, stock_id, stock_scopes
from s2b_domain.ids import derived_id, make_id
from s2b_domain.records.catalog import PackageCode, Sku
from s2b_domain.records.party import Organisation, PartyKind
from s2b_domain.records.stock import Stock, Warehouse
from s2b_domain.rules.packages import package_named
from s2b_domain.rules.units import MAX_QUANTITY, steps, written
from s2b_domain.tx import Draft, Tx
from s2b_hub import log
from s2b_hub.answers import check_rate, remember, remembered
from s2b_hub.door import Batch, Entropy, Job
from s2b_hub.problems import ProblemError
from s2b_hub.stock_messages import FeedError, LineAnswer, StockAnswer, StockLine, StockRequest, parsed, refusal
from s2b_hub.tokens import Token, note_use, token_of


class StockFeed(Job[tuple[bytes, bool]]):
    """One request. The answer is the JSON body, and whether it had been given before."""

    alone = True

    def __init__(self, secret: str, key: str, body: bytes, entropy: Entropy) -> None:
        super().__init__()
        self._secret, self._key, self._entropy = secret, key, entropy
        self._hash = hashlib.sha256(body).digest()
        self._request = parsed(key, body)
        self.size = len(body)

    def scopes(self, batch: Batch) -> frozenset[str]:
        token = check_token(batch.connection, self._secret)
        mine = token.organisation_id
        return frozenset({*stock_scopes(batch.draft, _actor(token), FeedStock(lines=())), own(mine, "stock")})

    def run(self, batch: Batch) -> tuple[bytes, bool]:
        token = check_token(batch.connection, self._secret)
        given = remembered(batch.connection, token.id, self._key, self._hash)
        if given is not None:
            return given, True
        check_rate(batch.connection, token.id, batch.time)
        answer = _Feeding(batch, token, self._request, make_id(batch.time, self._entropy(10))).run()
        body = msgspec.json.encode(answer)
        note_use(batch.connection, token.id, batch.time)
        remember(batch.connection, token.id, self._key, self._hash, body, batch.time)
        log.event("stock.feed", token=token.id, changed=answer.changed, refused=answer.refused, zeroed=answer.zeroed)
        return body, False


def check_token(connection: Connection, secret: str) -> Token:
    """The token that a request shows, if it is good for stock; `FeedError`."""
    try:
        return token_of(connection, secret, "stock")
    except ProblemError as error:
        raise FeedError(401, "token_wrong", "This token is unknown, revoked, or not for stock.") from error


def _actor(token: Token) -> Actor:
    return Actor(token.id, token.name, token.organisation_id, "", PartyKind.SUPPLIER, Role.WAREHOUSE_CLERK)


class _Feeding:
    """The lines of one feed against the books."""

    def __init__(self, batch: Batch, token: Token, request: StockRequest, feed_id: str) -> None:
        self._batch, self._token, self._request, self._id = batch, token, request, feed_id
        self._mine = token.organisation_id
        self._warehouse = self._warehouse_id()
        self._answers: list[LineAnswer] = []
        self._given: set[tuple[str, str]] = set()
        self._unread: set[str] = set()

    def run(self) -> StockAnswer:
        """Book what can be booked and say what became of the rest."""
        if self._batch.draft.get(Organisation, self._mine) is None:
            raise FeedError(401, "token_wrong", "The supplier of this token is gone.")
        taken: list[tuple[int, Sku, FeedLine]] = []
        found = self._found()
        for at, line in enumerate(self._request.lines, 1):
            code, sku, fed = self._read(line, found)
            if code and sku is not None:
                self._unread.add(sku.id)
            if not code and fed is not None and (fed.sku_id, fed.lot) in self._given:
                code = "repeated"
            if code or sku is None or fed is None:
                self._answers.append(refusal(at, line, code))
                continue
            self._given.add((fed.sku_id, fed.lot))
            taken.append((at, sku, fed))
        zeroed = self._rest() if self._request.mode == "full" else []
        mode = FeedMode.ADD if self._request.kind == "add" else FeedMode.SET
        self._book(taken, mode)
        self._book(zeroed, FeedMode.SET)
        answers = sorted(self._answers, key=lambda a: (a.line == 0, a.line))
        results = [a.result for a in answers if a.line]
        return StockAnswer(
            feed=self._id,
            changed=results.count("changed"),
            unchanged=results.count("unchanged"),
            refused=results.count("refused"),
            zeroed=len(zeroed),
            lines=tuple(answers),
        )

    def _warehouse_id(self) -> str:
        wanted = self._request.warehouse.strip()
        rows = self._batch.draft.find(Warehouse, owner_id=self._mine)
        if not wanted:
            return main_warehouse_id(self._mine)
        fitting = [w for w in rows if wanted in (w.id, w.name) and not w.closed]
        if len(fitting) != 1:
            raise FeedError(422, "unknown_warehouse", "You have no open warehouse of this name. Nothing was changed.")
        return fitting[0].id

    def _found(self) -> dict[str, list[Sku]]:
        """The supplier's SKUs by the codes and barcodes that the lines name."""
        draft, mine = self._batch.draft, self._mine
        found: dict[str, list[Sku]] = {}
        codes = {line.sku.strip() for line in self._request.lines if line.sku.strip()}
        for sku in draft.find_in(Sku, "code", codes, supplier_id=mine):
            found.setdefault("c:" + sku.code, []).append(sku)
        barcodes = {line.barcode.strip() for line in self._request.lines if line.barcode.strip()}
        for sku in draft.find_in(Sku, "barcode", barcodes):
            if sku.supplier_id == mine:
                found.setdefault("b:" + sku.barcode, []).append(sku)
        packages = {package_code_id(mine, barcode): barcode for barcode in barcodes if "b:" + barcode not in found}
        rows = draft.find_in(PackageCode, "id", packages)
        holders = {sku.id: sku for sku in draft.find_in(Sku, "id", [row.sku_id for row in rows])}
        for row in rows:
            found["b:" + packages[row.id]] = [holders[row.sku_id]]
        rest = {barcode for barcode in barcodes if "b:" + barcode not in found}
        for sku in self._with_several_barcodes() if rest else ():
            for barcode in rest.intersection(sku.more_barcodes):
                found.setdefault("b:" + barcode, []).append(sku)
        return found

    def _with_several_barcodes(self) -> list[Sku]:
        columns = Sku.table.c
        wanted = select(columns.id).where(columns.supplier_id == self._mine, columns.more_barcodes != "[]")
        return self._batch.draft.find_in(Sku, "id", self._batch.connection.scalars(wanted))

    def _read(self, line: StockLine, found: dict[str, list[Sku]]) -> tuple[str, Sku | None, FeedLine | None]:
        code, barcode = line.sku.strip(), line.barcode.strip()
        fitting = found.get("c:" + code, []) if code else found.get("b:" + barcode, [])
        if len(fitting) != 1:
            return ("ambiguous" if fitting else "unknown_sku"), None, None
        sku = fitting[0]
        try:
            package = None if code else package_named(barcode, sku.packages)
            quantity = steps(str(line.quantity).strip(), 0 if package else sku.decimals)
        except ValueError:
            return "quantity_wrong", sku, None
        if package:
            quantity *= package.factor
        if abs(quantity) > MAX_QUANTITY:
            return "quantity_wrong", sku, None
        if quantity < 0 and self._request.kind == "set":
            return "quantity_wrong", sku, None
        lot = line.lot.strip()
        if len(lot) > 100 or "\x00" in lot:
            return "lot_wrong", sku, None
        expires_at: int | None = None
        if line.expires.strip():
            try:
                day = datetime.strptime(line.expires.strip(), "%Y-%m-%d").replace(tzinfo=UTC)
            except ValueError:
                return "expires_wrong", sku, None
            expires_at = int(day.timestamp()) * 1000
            if expires_at < 0:
                return "expires_wrong", sku, None
        return "", sku, FeedLine(sku_id=sku.id, quantity=quantity, lot=lot, expires_at=expires_at)

    def _rest(self) -> list[tuple[int, Sku, FeedLine]]:
        """What lies in the warehouse although a full feed does not name it; goods whose line was refused are left."""
        draft = self._batch.draft
        left = [
            s
            for s in draft.find(Stock, owner_id=self._mine)
            if s.warehouse_id == self._warehouse
            and s.on_hand > 0
            and s.sku_id not in self._unread
            and (s.sku_id, s.lot) not in self._given
        ]
        skus = {s.id: s for s in draft.find_in(Sku, "id", [s.sku_id for s in left])}
        found = [(skus[s.sku_id], s.lot) for s in left if s.sku_id in skus]
        return [(0, sku, FeedLine(sku_id=sku.id, quantity=0, lot=lot)) for sku, lot in found]

    def _book(self, lines: Sequence[tuple[int, Sku, FeedLine]], mode: FeedMode) -> None:
        draft = self._batch.draft
        for start in range(0, len(lines), MAX_LINES):
            part = lines[start : start + MAX_LINES]
            before = [self._lies(draft, fed) for _, _, fed in part]
            message = FeedStock(
                lines=tuple(fed for _, _, fed in part),
                mode=mode,
                warehouse_id=self._warehouse,
                reason=self._token.name,
            )
            tx = Tx(
                draft,
                actor=_actor(self._token),
                command_id=derived_id(self._id, mode.value, start, len(lines)),
                device_id=self._token.id,
                time=self._batch.time,
            )
            carry_out(tx, *pack(message))
            self._batch.accept(tx)
            for (at, sku, fed), was in zip(part, before, strict=True):
                now = self._lies(draft, fed)
                self._answers.append(
                    LineAnswer(
                        line=at,
                        sku=sku.code,
                        lot=fed.lot,
                        result="unchanged" if was == now else "changed",
                        before=written(was, sku.decimals),
                        after=written(now, sku.decimals),
                    )
                )

    def _lies(self, draft: Draft, fed: FeedLine) -> int:
        row = draft.get(Stock, stock_id(self._mine, fed.sku_id, self._warehouse, fed.lot))
        return row.on_hand if row else 0
