"""What a user may decide about an import."""

from typing import Literal

import msgspec

OnError = Literal["rows", "all"]
Mode = Literal["both", "create", "update"]
Blank = Literal["leave", "clear"]


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Defaults are the careful choice.

    `on_error`: leave out wrong rows, or import nothing if any is wrong. `blank`: an empty cell leaves the value
    or clears it. `leading_zeros`: rows whose code lost zeros wait for the user, are repaired, or are taken as
    they stand. `bad_barcodes`: rows whose barcode has a wrong check digit are wrong, or are taken.
    `hidden_rows`: rows that a filter hides in the sheet are read like others, or left out.
    `blank_names`: rows of further colours or sizes without a name go on with the product above, or are wrong.
    `required` fields must be given for goods that are new.
    """

    on_error: OnError = "rows"
    mode: Mode = "both"
    blank: Blank = "leave"
    leading_zeros: Literal["ask", "repair", "keep"] = "ask"
    bad_barcodes: Literal["reject", "keep"] = "reject"
    hidden_rows: Literal["take", "leave"] = "take"
    blank_names: Literal["fill", "leave"] = "fill"
    required: tuple[str, ...] = ("title", "supply_price")
