"""The supplier: import a spreadsheet, look at the goods, accept and ship."""

from typing import Any

from demo.stage import Stage
from s2b_desktop.views.goods.page import GoodsPage
from s2b_desktop.views.imports.page import PREVIEW, RECOGNISE, RESULT, ImportPage
from s2b_desktop.views.supply.page import SupplyPage
from s2b_desktop.views.supply.ship import ShipPrompt
from s2b_domain.records.order import SupplyOrder
from s2b_domain.records.store import RecordStore


def choose_file(stage: Stage, *, path: str) -> dict[str, Any]:
    """Open a spreadsheet: what was recognised."""
    page = stage.page("imports", ImportPage)
    page.show_item(path)
    stage.wait(lambda: page.wizard.current() == RECOGNISE or _problem(page), "the columns")
    if page.wizard.current() != RECOGNISE:
        return {"refused": _problem(page)}
    columns = {c.label: c.field for c in page.recognise.columns() if c.field}
    return {"columns": columns}


def _problem(page: ImportPage) -> str:
    return page.choose.problem.text() if page.choose.problem.isVisible() else ""


def dry_run(stage: Stage) -> dict[str, Any]:
    """Check every row against what is there; nothing is sent."""
    page = stage.page("imports", ImportPage)
    stage.click(page.wizard.next, "Check the rows")
    stage.wait(lambda: page.wizard.current() == PREVIEW and page._preview is not None, "the dry run")
    stage.breathe()
    assert page._preview is not None
    plan = page._preview.examination.plan
    return {
        "rows": page._preview.examination.rows,
        "new": len(plan.new),
        "changed": len(plan.changed),
        "unchanged": len(plan.unchanged),
        "wrong": len(plan.wrong),
    }


def commit(stage: Stage) -> dict[str, Any]:
    """Import the good rows."""
    page = stage.page("imports", ImportPage)
    stage.click(page.wizard.next, "Import")
    stage.wait(lambda: page.wizard.current() == RESULT and page.result.strip is None, "the import")
    stage.breathe()
    return {"commands": len(page.job.commands), "lines": sum(len(c.lines) for c in page.job.commands)}


def goods(stage: Stage) -> dict[str, Any]:
    """The supplier's own goods."""
    page = stage.page("goods", GoodsPage)
    stage.wait(lambda: len(page.table.model.ids()) > 0, "goods")
    ids = page.table.model.ids()
    page.table.select(ids[0])
    page.table.activated.emit(ids[0])
    stage.breathe()
    return {"skus": len(ids)}


def supply(stage: Stage, *, number: str) -> dict[str, Any]:
    """Wait for the order's part in the list and open it."""
    page = stage.page("supply", SupplyPage)
    found = stage.wait(lambda: _supplies(stage, number), f"order {number}")
    page.show_item(found[0].id)
    stage.wait(page.inspector.is_open, "the order's detail")
    stage.breathe()
    return {"count": len(found), "number": found[0].number, "state": found[0].state.value, "total": found[0].total}


def _supplies(stage: Stage, number: str) -> list[SupplyOrder]:
    rows = stage.window.desk.read(lambda connection: RecordStore(connection).find(SupplyOrder))
    return [row for row in rows if row.number.startswith(number + "-")]


def accept(stage: Stage, *, number: str) -> dict[str, Any]:
    """Accept the order that is open, with the main button."""
    page = stage.page("supply", SupplyPage)
    supply(stage, number=number)
    stage.click(page.accept_button, "Accept")
    stage.wait(lambda: _supplies(stage, number)[0].state.value == "ACCEPTED", "accepted")
    stage.breathe()
    return {"state": _supplies(stage, number)[0].state.value}


def ship(stage: Stage, *, number: str, tracking: str, folder: str = "") -> dict[str, Any]:
    """Ship everything in one parcel: the tracking number comes from the scanner."""
    page = stage.page("supply", SupplyPage)
    supply(stage, number=number)

    def play(prompt: ShipPrompt) -> None:
        stage.write(prompt.tracking, tracking)
        prompt.tracking.scanned.emit(tracking)
        if folder:
            stage.pictures(folder, "14-ship", prompt)
        stage.click(prompt.verb, "Ship")

    stage.dialog(ShipPrompt, page.ship_button.click, play)
    stage.wait(lambda: _supplies(stage, number)[0].state.value == "SHIPPED", "shipped")
    stage.breathe()
    return {"state": _supplies(stage, number)[0].state.value}
