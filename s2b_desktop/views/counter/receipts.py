"""Printing a receipt: by question, or at once; a missing printer never stops a sale."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtPrintSupport import QPrinterInfo
from PySide6.QtWidgets import QWidget

from s2b_desktop.models.queries.counter import Receipt, receipt
from s2b_desktop.views.common.confirm import open_prompt
from s2b_desktop.views.common.theme import Tone
from s2b_desktop.views.common.toast import ToastArea
from s2b_desktop.views.printing.prompt import PrintPrompt
from s2b_desktop.views.printing.receipt import receipt_a4, receipt_roll
from s2b_desktop.views.printing.sheet import print_on

if TYPE_CHECKING:
    from s2b_desktop.tasks import Desk


def ask_to_print(desk: "Desk", order_id: str, page: QWidget) -> PrintPrompt | None:
    """Offer the receipt of an order on paper or as PDF."""
    found = desk.read(receipt, order_id)
    if found is None:
        return None
    prompt = PrintPrompt(
        [
            ("roll", "Receipt, 80 mm", partial(receipt_roll, found)),
            ("a4", "Receipt, A4", partial(receipt_a4, found)),
        ],
        parent=page.window(),
    )

    def told(said: str, tone: Tone) -> None:
        ToastArea.of(page).show_toast(lambda: said, tone=tone)

    prompt.told.connect(told)
    open_prompt(prompt)
    return prompt


def print_at_once(found: Receipt) -> bool:
    """Send a receipt to this PC's usual printer; whether it took it."""
    name = QPrinterInfo.defaultPrinterName()
    if not name:
        return False
    try:
        print_on(receipt_roll(found), name)
    except OSError:
        return False
    return True
