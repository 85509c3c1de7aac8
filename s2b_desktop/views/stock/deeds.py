"""What is done with stock: each asks what it must know, then submits a command."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu, QWidget

from s2b_desktop.models.queries.counting import seen_of
from s2b_desktop.models.queries.goods import Place, entry_of
from s2b_desktop.models.queries.leases import policy_at
from s2b_desktop.models.queries.scanned import tracking_for
from s2b_desktop.models.queries.stock import StockEntry
from s2b_desktop.models.queries.stock_papers import CountDetail, TransferDetail, warehouses_of
from s2b_desktop.text import signed_money, tr
from s2b_desktop.views.common.actions import Action
from s2b_desktop.views.common.confirm import Confirm, ReasonPrompt, open_prompt
from s2b_desktop.views.common.language import Text
from s2b_desktop.views.common.menus import drop
from s2b_desktop.views.common.sending import send, send_all
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.goods.stock import StockPrompt
from s2b_desktop.views.stock.ledger import LedgerDialog
from s2b_desktop.views.stock.prompts import ArrivalPrompt, KeepPrompt, TransferPrompt, WarehousePrompt, WatchPrompt
from s2b_domain.access import Permission
from s2b_domain.commands.command import Command
from s2b_domain.commands.counts import DecideCount
from s2b_domain.commands.stock import main_warehouse_id, stock_id, watch_id
from s2b_domain.records.catalog import Sku
from s2b_domain.records.party import PartyKind
from s2b_domain.records.stock import CountState, Stock, StockWatch, Warehouse
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.stock import MovementKind, low_threshold

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk

RECOUNT_REASONS = ("A shelf was left out", "The unit was mixed up", "Too much differs")


class StockDeeds:
    """Acts for `page`, over which questions and toasts appear."""

    def __init__(self, desk: "Desk", page: QWidget) -> None:
        self._desk, self._page = desk, page
        self.may_edit = desk.actor.may(Permission.STOCK_EDIT)
        self.may_approve = desk.actor.may(Permission.STOCK_APPROVE)

    def of_place(self, entry: StockEntry) -> list[Action]:
        """What may be done with a place."""
        actions: list[Action] = []
        if self.may_edit:
            for text, kind in (("Receive…", MovementKind.RECEIVE), ("Count…", MovementKind.COUNT)):
                actions.append((text, partial(self.book, kind, entry), "secondary"))
            actions.append(("Move…", partial(self.move, [entry]), "secondary"))
        actions.append(("Ledger…", partial(self.show_ledger, entry), "secondary"))
        if self.may_edit:
            actions.append(("Limit and shelf…", partial(self.watch, [entry]), "secondary"))
            actions.append(("More…", partial(self._more, entry), "secondary"))
        return actions

    def of_count(self, detail: CountDetail) -> list[Action]:
        """What may be done with a count."""
        if detail.count.state is not CountState.SUBMITTED or not self.may_approve:
            return []
        return [
            ("Book the count", partial(self.book_count, detail), "primary"),
            ("Count again…", partial(self.recount, detail), "secondary"),
        ]

    def of_transfer(self, detail: TransferDetail) -> list[Action]:
        """What may be done with a transfer."""
        if not detail.transfer.open or not self.may_edit:
            return []
        return [("Receive…", partial(self.receive, detail), "primary")]

    def _more(self, entry: StockEntry) -> None:
        menu = QMenu(self._page)
        menu.addAction(tr("Adjust stock…"), partial(self.book, MovementKind.ADJUST, entry))
        menu.addAction(tr("Write off…"), partial(self.book, MovementKind.WRITE_OFF, entry))
        if self._desk.actor.may(Permission.TERMS_EDIT):
            menu.addAction(tr("Keep for shops…"), partial(self.keep_for_shops, entry))
        menu.addAction(tr("Print labels…"), partial(self.print_labels, [entry]))
        drop(menu)

    def book(self, kind: MovementKind, entry: StockEntry) -> None:
        """Ask for a stock fact about one place."""
        supplier = self._desk.actor.organisation_id
        goods = self._desk.read(entry_of, supplier, entry.sku_id)
        stock = self._desk.read(lambda connection: RecordStore(connection).get(Stock, entry.stock_id))
        if goods is None:
            return
        if stock is None:  # it was never received
            new = stock_id(supplier, entry.sku_id, entry.warehouse_id)
            stock = Stock(id=new, owner_id=supplier, sku_id=entry.sku_id, warehouse_id=entry.warehouse_id)
        seen = self._desk.read(seen_of, supplier, entry.sku_id)
        tracking = self._desk.read(tracking_for, supplier, entry.sku_id)
        place = Place(entry.warehouse, stock)
        prompt = StockPrompt(kind, goods, [place], seen, parent=self._page.window(), tracking=tracking)
        open_prompt(prompt, lambda: self.submit(prompt.message(), partial(tr, "Booked: {code}", code=entry.code)))

    def move(self, entries: Sequence[StockEntry]) -> None:
        """Move places into another warehouse."""
        if len({e.warehouse_id for e in entries}) > 1:
            self.say("Choose places of one warehouse", "neutral")
            return
        if not self.may_move(entries[0].warehouse_id):
            return
        warehouses = self._desk.read(warehouses_of, self._desk.actor.organisation_id)
        prompt = TransferPrompt(entries, warehouses, parent=self._page.window())
        open_prompt(prompt, lambda: self._sent(prompt))

    def may_move(self, from_id: str = "") -> bool:
        """Whether there is a warehouse beside `from_id`, or any two; says so where there is not."""
        found = {w.id for w in self._desk.read(warehouses_of, self._desk.actor.organisation_id)}
        if len(found - {from_id}) > (0 if from_id else 1):
            return True
        self.say('There is no other warehouse yet. Add one under "Set up".', "neutral")
        return False

    def _sent(self, prompt: TransferPrompt) -> None:
        message = prompt.message(self._desk.new_id())
        said = "{n} goods moved" if message.at_once else "{n} goods are on their way"
        self.submit(message, lambda: tr(said, n=len(message.lines)))

    def receive(self, detail: TransferDetail) -> None:
        """Book what of a transfer arrived."""
        prompt = ArrivalPrompt(detail, parent=self._page.window())
        open_prompt(prompt, lambda: self.submit(prompt.message(), partial(tr, "Received into {warehouse}",
                                                                       warehouse=detail.target)))  # fmt: skip

    def watch(self, entries: Sequence[StockEntry]) -> None:
        """Set the limit, the shelf and what a receipt must say."""
        if len({e.decimals for e in entries}) > 1:
            self.say("Choose goods of one unit", "neutral")
            return
        mine, first = self._desk.actor.organisation_id, entries[0]
        id_ = watch_id(mine, first.sku_id)
        watch = self._desk.read(lambda connection: RecordStore(connection).get(StockWatch, id_))
        prompt = WatchPrompt(entries, watch, low_threshold(None, first.decimals), parent=self._page.window())
        open_prompt(prompt, lambda: send_all(self._desk, self._page, prompt.messages(), partial(tr, "Saved")))

    def keep_for_shops(self, entry: StockEntry) -> None:
        """Say how much of a SKU, or of all goods, the PCs of shops may keep."""
        mine = self._desk.actor.organisation_id
        policies = {sku_id: self._desk.read(policy_at, mine, sku_id) for sku_id in (entry.sku_id, "")}
        prompt = KeepPrompt(entry, policies, parent=self._page.window())
        open_prompt(prompt, lambda: self.submit(prompt.message(), partial(tr, "Saved")))

    def show_ledger(self, entry: StockEntry) -> None:
        """Show every movement of a SKU."""
        name = f"{entry.code} {entry.title}"
        dialog = LedgerDialog(self._desk, entry.sku_id, name, entry.decimals, entry.unit, parent=self._page.window())
        open_prompt(dialog)

    def book_count(self, detail: CountDetail) -> None:
        """Book a count's differences; asks once where there are any."""
        message = DecideCount(count_id=detail.count.id, approve=True)
        n, value = len(detail.different), detail.value
        if not n:
            self.submit(message, partial(tr, "The count is booked"))
            return
        told = "The books change by {money} at supply prices."
        if self._desk.actor.kind is PartyKind.MERCHANT:
            told = "The books change by {money} at what the goods cost you."
        prompt = Confirm(
            lambda: tr("Book {n} differences?", n=n),
            lambda: tr(told, money=signed_money(value)),
            "Book the count",
            parent=self._page.window(),
        )
        open_prompt(prompt, lambda: self.submit(message, partial(tr, "The count is booked")))

    def recount(self, detail: CountDetail) -> None:
        """Ask for another count."""
        prompt = ReasonPrompt(
            "Count again?", "Nothing of this count is booked.", "Ask for another count", RECOUNT_REASONS, hint="",
            parent=self._page.window(),
        )  # fmt: skip
        open_prompt(
            prompt,
            lambda: self.submit(
                DecideCount(count_id=detail.count.id, approve=False, reason=prompt.reason()),
                partial(tr, "Another count is asked for"),
            ),
        )

    def edit_warehouse(self, warehouse: Warehouse | None) -> None:
        """Add or change a warehouse."""
        main = warehouse is not None and warehouse.id == main_warehouse_id(self._desk.actor.organisation_id)
        prompt = WarehousePrompt(warehouse, main, parent=self._page.window())
        open_prompt(prompt, lambda: self.submit(prompt.message(self._desk.new_id()), partial(tr, "Saved")))

    def set_up(self, watch_folder: Callable[[], object] | None) -> None:
        """Offer the warehouses to change, a new one, and the watched folder."""
        menu = QMenu(self._page)
        if self.may_approve:
            for warehouse in self._desk.read(warehouses_of, self._desk.actor.organisation_id, closed=True):
                said = "{name} (closed)" if warehouse.closed else "Warehouse {name}"
                menu.addAction(tr(said, name=warehouse.name), partial(self.edit_warehouse, warehouse))
            menu.addAction(tr("New warehouse"), partial(self.edit_warehouse, None))
        if watch_folder is not None:
            menu.addSeparator()
            menu.addAction(tr("Watch a folder…"), watch_folder)
        drop(menu)

    def print_labels(self, entries: Sequence[StockEntry]) -> None:
        """Labels to stick on goods or shelves."""
        from s2b_desktop.views.printing.papers import LabelGoods, goods_sheet  # noqa: PLC0415  barcodes are heavy
        from s2b_desktop.views.printing.prompt import PrintPrompt  # noqa: PLC0415

        skus = self._desk.read(lambda c: RecordStore(c).find_in(Sku, "id", [entry.sku_id for entry in entries]))
        barcodes = {sku.id: sku.barcode for sku in skus}
        labels = [
            LabelGoods(
                code=entry.code,
                barcode=barcodes.get(entry.sku_id, ""),
                title=entry.title,
                specs=" / ".join(entry.specs.values()),
                lot=entry.lot,
                expires_at=entry.expires_at,
            )
            for entry in entries
        ]
        prompt = PrintPrompt([("labels", "Goods labels", lambda: goods_sheet(labels))], parent=self._page.window())
        prompt.told.connect(lambda said, tone: self.say(lambda: said, tone))
        open_prompt(prompt)

    def say(self, said: Text, tone: Tone = "ok") -> None:
        """Tell in a toast."""
        ToastArea.of(self._page).show_toast(said, tone=tone)

    def submit(self, message: Command, said: Callable[[], str]) -> None:
        """Save a command and say so."""
        send(self._desk, self._page, message, said)
