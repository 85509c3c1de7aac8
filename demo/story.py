"""The main job, step by step: what is done, and what must be found."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from demo.processes import PASSWORD, DesktopProcess, HubProcess, StepFailed
from demo.sample import Expected, make
from demo.seed import MERCHANT, OTHER_SUPPLIER, SUPPLIER, prepare

TRACKING = "SF1029384756601"
REJECTED = "米饼"
"""Nobody searches or orders these."""
CONSIGNEE = {
    "name": "陈晓燕",
    "phone": "13857100023",
    "region": "浙江省杭州市西湖区",
    "street": "文三路 90 号 2 单元 501",
}


class Story:
    """Runs the steps, keeps what each found, and tells it while it goes on."""

    def __init__(self, folder: Path, out: Path, *, sheet: Path | None, tell: Callable[[str], None] = print) -> None:
        self.folder, self.out, self.tell = folder, out, tell
        self.steps: list[dict[str, Any]] = []
        self.facts: dict[str, Any] = {"merchant": MERCHANT, "supplier": SUPPLIER}
        self.expected: Expected | None = None
        self.sheet = sheet
        if sheet is None:
            self.sheet = folder / "杭州恒丰 供货清单.xlsx"
            self.expected = make(self.sheet)
        self.hub = HubProcess(folder / "hub")

    @contextmanager
    def step(self, name: str) -> Iterator[dict[str, Any]]:
        """One step; what is put into the yielded dict goes into the summary."""
        found: dict[str, Any] = {"step": name, "outcome": "failed", "seconds": 0.0}
        self.steps.append(found)
        began = time.monotonic()
        try:
            yield found
            found["outcome"] = "ok"
        except StepFailed as failure:
            found["why"] = str(failure)
            raise
        finally:
            found["seconds"] = round(time.monotonic() - began, 2)
            told = ", ".join(
                f"{k} {v}" for k, v in found.items() if k not in ("step", "outcome", "seconds", "stalls_over_50_ms")
            )
            self.tell(f"{found['outcome']:>6}  {found['seconds']:6.1f} s  {name}{': ' + told if told else ''}")

    def desktop(self, name: str) -> DesktopProcess:
        """A desktop with a profile of its own."""
        return DesktopProcess(name, self.folder / name, self.out / f"{name}.log")

    def play(self, desktop: DesktopProcess, scene: str, **arguments: Any) -> Mapping[str, Any]:
        """Play a scene and note the stalls of its main thread."""
        result = desktop.play(scene, **arguments)
        if self.steps and result["stalls"]:
            told = [f"{desktop.name} {scene} {ms} ms: {_last_of_ours(where)}" for ms, where in result["stalls"]]
            self.steps[-1].setdefault("stalls_over_50_ms", []).extend(told)
        return result

    def picture(self, desktop: DesktopProcess, name: str) -> None:
        """Pictures are taken outside the step's scene, so that their changes of looks are not counted as stalls."""
        desktop.play("window.picture", folder=str(self.out), name=name)

    def enter(self, desktop: DesktopProcess, login: str, pictures: str = "") -> None:
        """Start a desktop and sign somebody in for the first time."""
        desktop.start()
        told = {"address": self.hub.address, "fingerprint": self.hub.fingerprint, "pictures": pictures}
        self.play(desktop, "window.sign_in", login=login, password=PASSWORD, **told)

    def run(self) -> None:
        """All steps, in order; StepFailed at the first that is not what it should be."""
        with self.hub, self.desktop("supplier") as supplier:
            self._begin(supplier)
            self._import(supplier)
            with self.desktop("platform") as platform:
                self._review(platform)
            with self.desktop("merchant") as merchant:
                self._order_offline(merchant)
                self._deliver(supplier, merchant)
                merchant.close()
            supplier.close()
            self.hub.stop()

    def _begin(self, supplier: DesktopProcess) -> None:
        with self.step("make the hub: a platform, two suppliers, two merchants"):
            prepare(self.hub, applying=True)
        with self.step("start the hub") as found:
            self.hub.start()
            found["address"] = self.hub.address
        with self.step("the supplier signs in for the first time, comparing the certificate"):
            self.enter(supplier, "hengfeng", str(self.out))
            self.play(supplier, "window.synced")
            self.picture(supplier, "02-supplier-today")

    def _import(self, supplier: DesktopProcess) -> None:
        with self.step("open the spreadsheet") as found:
            self.play(supplier, "window.visit", page="imports")
            self.picture(supplier, "03-import-choose")
            seen = self.play(supplier, "supplier.choose_file", path=str(self.sheet))
            if "refused" in seen:
                raise StepFailed(seen["refused"])
            found["columns"] = len(seen["columns"])
            self.picture(supplier, "03-import-columns")
        with self.step("dry run") as found:
            seen = self.play(supplier, "supplier.dry_run")
            found.update({k: seen[k] for k in ("rows", "new", "changed", "unchanged", "wrong")})
            self.facts.update({"rows": seen["rows"], "wrong": seen["wrong"]})
            if self.expected is not None:
                same(found, rows=self.expected.rows, new=self.expected.new, wrong=self.expected.wrong)
            self.picture(supplier, "04-import-dry-run")
        with self.step("import the good rows") as found:
            seen = self.play(supplier, "supplier.commit")
            found.update(commands=seen["commands"], lines=seen["lines"])
            same(found, lines=self.steps[-2]["new"] + self.steps[-2]["changed"])
            self.facts["imported"] = seen["lines"]
            self.picture(supplier, "05-import-result")
        with self.step("the supplier's goods reach the hub") as found:
            same(self.play(supplier, "window.synced"), attention=0)
            found["skus"] = self.play(supplier, "supplier.goods")["skus"]
            same(found, skus=self.facts["imported"])
            self.picture(supplier, "06-supplier-goods")

    def _review(self, platform: DesktopProcess) -> None:
        with self.step("the reviewer signs in"):
            self.enter(platform, "reviewer")
            self.play(platform, "window.synced")
        with self.step("approve the supplier and its papers") as found:
            self.play(platform, "platform.open_party", name=SUPPLIER)
            self.picture(platform, "07-review-supplier")
            found.update(papers=self.play(platform, "platform.approve_party", name=SUPPLIER)["papers"])
            same(found, papers=2)
        with self.step("review the goods: reject one, approve the rest") as found:
            found["waiting"] = self.play(platform, "platform.open_review", about=REJECTED)["waiting"]
            self.picture(platform, "08-review-goods")
            if found["waiting"] > 1:
                found["rejected"] = self.play(platform, "platform.reject_one", reason="请补充商品描述")["rejected"]
            found["approved"] = self.play(platform, "platform.approve_all")["approved"]
            same(self.play(platform, "window.synced"), attention=0)
        platform.close()

    def _order_offline(self, merchant: DesktopProcess) -> None:
        with self.step("the merchant signs in and downloads the catalog") as found:
            self.enter(merchant, "chenguang")
            self.play(merchant, "window.synced")
            found["products"] = self.play(merchant, "merchant.catalog")["products"]
        with self.step("the hub is stopped") as found:
            self.hub.stop()
            found["line"] = self.play(merchant, "window.offline")["pill"]
        with self.step("search offline") as found:
            for text in self._searches():
                seen = self.play(merchant, "merchant.search", text=text)
                found[text] = seen["found"]
                if not seen["found"]:
                    raise StepFailed(f"nothing found for {text}")
            self.play(merchant, "merchant.open_first")
            self.picture(merchant, "09-catalog-offline")
        with self.step("write an order offline, goods of two suppliers") as found:
            for text in self._wanted():
                found["lines"] = self.play(merchant, "merchant.add", text=text)["lines"]
            seen = self.play(merchant, "merchant.write_order", kind=self._kind(), quantity=6, **CONSIGNEE)
            if seen["problems"]:
                raise StepFailed(f"lines that cannot be ordered: {seen['problems']}")
            self.picture(merchant, "10-order-editor")
        with self.step("place it") as found:
            seen = self.play(merchant, "merchant.place")
            self.facts["order"] = seen["number"]
            found.update(number=seen["number"], total=seen["total"])
            same(self.play(merchant, "merchant.follow", number=seen["number"]), waiting=True, copies=1)
            same(self.play(merchant, "window.line"), online=False, waiting=1)
            self.picture(merchant, "11-order-waiting")
        with self.step("kill the merchant's desktop and start it again, still offline") as found:
            merchant.kill()
            merchant.start()
            found["unlocked"] = self.play(merchant, "window.unlock", password=PASSWORD, pictures=str(self.out))["by"]
            seen = self.play(merchant, "merchant.follow", number=self.facts["order"])
            same(seen, waiting=True, copies=1)

    def _deliver(self, supplier: DesktopProcess, merchant: DesktopProcess) -> None:
        number = self.facts["order"]
        with self.step("the hub comes back; the order is sent once"):
            self.hub.start()
            same(self.play(merchant, "window.synced"), waiting=0, attention=0)
            same(self.play(merchant, "merchant.follow", number=number, state="CONFIRMED"), waiting=False, copies=1)
        with self.step("it reaches the supplier, once") as found:
            self.play(supplier, "window.synced")
            seen = self.play(supplier, "supplier.supply", number=number)
            same(seen, count=1, state="WAITING")
            found["number"] = seen["number"]
            self.picture(supplier, "13-supply-order")
        with self.step("the supplier accepts"):
            self.play(supplier, "supplier.accept", number=number)
            same(self.play(supplier, "window.synced"), attention=0)
        with self.step("the supplier ships") as found:
            self.play(supplier, "supplier.ship", number=number, tracking=TRACKING, folder=str(self.out))
            same(self.play(supplier, "window.synced"), attention=0)
            found["tracking"] = TRACKING
        with self.step("the merchant sees the parcel") as found:
            self.play(merchant, "window.synced")
            seen = self.play(merchant, "merchant.follow", number=number, state=self._shipped())
            found["parcels"] = seen["parcels"]
            if not any(TRACKING in parcel for parcel in seen["parcels"]):
                raise StepFailed(f"no parcel {TRACKING} among {seen['parcels']}")
            self.picture(merchant, "15-order-shipped")
            self.play(merchant, "window.queue")
            self.picture(merchant, "16-sync-queue")
            for name, page in (("17-merchant-today", "home"), ("18-company", "company"), ("19-settings", "settings")):
                self.play(merchant, "window.visit", page=page)
                self.picture(merchant, name)

    # What is searched and ordered: the sample's own goods, or whatever a foreign sheet brought.

    def _searches(self) -> tuple[str, ...]:
        return ("苏打", "sds", "sudashui", "YS01001") if self.expected else ("云柔", "yr", "YD0003")

    def _wanted(self) -> tuple[str, ...]:
        return ("苏打水", "YD0003") if self.expected else ("YD0003",)

    def _kind(self) -> str:
        return "DROPSHIP"

    def _shipped(self) -> str:
        return "PARTLY_SHIPPED" if self.expected else "SHIPPED"

    @property
    def summary(self) -> dict[str, Any]:
        """What `summary.json` says."""
        done = all(step["outcome"] == "ok" for step in self.steps)
        numbers = {key: self.facts.get(key) for key in ("rows", "imported", "wrong", "order")}
        return {
            "outcome": "ok" if done else "failed",
            **numbers,
            "suppliers": [SUPPLIER, OTHER_SUPPLIER],
            "merchant": MERCHANT,
            "steps": self.steps,
            "pictures": sorted(path.name for path in self.out.glob("*.png")),
        }


def _last_of_ours(stack: str) -> str:
    """Where in our own code the main thread was."""
    ours = [line.strip() for line in stack.splitlines() if "s2b_" in line and "tasks.py" not in line]
    return ours[-1].rpartition("s2b_")[2] if ours else "Qt"


def same(found: Mapping[str, Any], **wanted: Any) -> None:
    """StepFailed when a step did not find what it had to."""
    wrong = {key: found.get(key) for key, value in wanted.items() if found.get(key) != value}
    if wrong:
        raise StepFailed(f"found {wrong}, not { {key: wanted[key] for key in wrong} }")
