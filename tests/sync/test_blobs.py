"""Pictures on the way to the hub: encrypted here, brought once whatever cuts the way, fetched by who may see them."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from s2b_desktop.models.blobs import Blobs
from s2b_desktop.models.pictures import SIDE, NotAPicture, prepared
from s2b_desktop.models.profile import Profile
from s2b_desktop.models.workspace import Workspace
from s2b_desktop.sync.client import Client
from s2b_desktop.sync.courier import Courier
from s2b_desktop.sync.entry import sign_in
from s2b_desktop.sync.transport import LineError, Unreachable
from s2b_domain.commands.goods import ImportGoods
from s2b_domain.commands.invoices import IssueInvoice, RequestInvoice
from s2b_domain.commands.supply import AcceptSupply
from s2b_domain.records.catalog import Product
from s2b_domain.records.invoice import Invoice
from s2b_domain.records.order import SupplyOrder
from s2b_domain.rules.blobs import digest_of, reference
from s2b_domain.rules.invoices import InvoiceKind
from s2b_hub import blobs as hub_blobs
from tests.hub.world import PASSWORD, World, line
from tests.sync.conftest import Desktops, pin


def picture(width: int = 40, height: int = 30, kind: str = "PNG", **saved: object) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(made, kind, **saved)
    return made.getvalue()


def courier(workspace: Workspace, line: object) -> Courier:
    return Courier(workspace, line)  # type: ignore[arg-type]


def test_a_picture_goes_to_the_hub_and_to_a_merchant(world: World, desktops: Desktops) -> None:
    supplier, merchant = desktops("hengfeng"), desktops("chenguang")
    content = prepared(picture())
    digest = supplier.workspace.blobs.keep(content)
    supplier.workspace.submit(ImportGoods(lines=(line("HF-9", images=(reference(digest),)),)))
    supplier.line.down = True
    with pytest.raises(Unreachable):
        courier(supplier.workspace, supplier.line).look()
    supplier.restart("hengfeng")
    assert supplier.workspace.blobs.count() == 1
    assert supplier.workspace.blobs.get(digest) == content
    supplier.line.down, supplier.line.lose_answers = False, 1
    assert supplier.loop.courier is not None
    with pytest.raises(Unreachable):
        supplier.loop.courier.look()
    assert supplier.loop.courier.look() == 1
    assert supplier.loop.courier.look() == supplier.workspace.blobs.count() == 0
    assert supplier.workspace.blobs.get(digest) == content
    assert hub_blobs.place(world.folder, digest).read_bytes() == content
    supplier.sync()
    (product,) = world.rows(Product, product_key="HF-9")
    assert merchant.loop.courier is not None
    assert merchant.loop.courier.fetch(digest, "product", product.id) is None
    world.approve()
    assert merchant.loop.courier.fetch(digest, "product", product.id) == content
    merchant.line.down = True
    assert merchant.workspace.blobs.get(digest) == content


def test_pictures_never_hold_up_commands_and_what_is_refused_stays(world: World, desktops: Desktops) -> None:
    supplier = desktops("hengfeng")
    paper = b"no picture at all"
    supplier.workspace.blobs.keep(paper)
    digest = supplier.workspace.blobs.keep(prepared(picture()))
    assert supplier.loop.courier is not None
    assert supplier.loop.courier.look() == 1
    assert hub_blobs.place(world.folder, digest).exists()
    assert supplier.workspace.blobs.get(digest_of(paper)) == paper
    assert supplier.sync().problem == ""


def test_over_the_real_line(served: tuple[World, str], tmp_path: Path) -> None:
    world, address = served
    client = Client(address, pin(world))
    workspace = sign_in(Profile(tmp_path / "profile"), client, "hengfeng", PASSWORD)
    digest = workspace.blobs.keep(prepared(picture()))
    assert courier(workspace, client).look() == 1
    workspace.blobs.forget()
    assert courier(workspace, client).fetch(digest, "", "") == workspace.blobs.get(digest)
    assert courier(workspace, client).fetch("0" * 64, "product", "x y&z") is None
    with pytest.raises(LineError, match="signed_out"):
        client.bring("wrong", digest, b"")
    workspace.close()
    client.close()


def test_what_was_kept_survives_being_killed(tmp_path: Path) -> None:
    told = (
        "import os, sys; from pathlib import Path; from s2b_desktop.models.blobs import Blobs;"
        "print(Blobs(Path(sys.argv[1]), b'k' * 32, b'c' * 32).keep(b'a picture'), flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", told, str(tmp_path)], capture_output=True, text=True, check=False)
    assert list(Blobs(tmp_path, b"k" * 32, b"c" * 32).waiting()) == [(done.stdout.strip(), b"a picture")]


def test_a_file_that_was_cut_in_the_middle_of_writing_is_no_picture(tmp_path: Path) -> None:
    kept = Blobs(tmp_path, b"k" * 32, b"c" * 32)
    digest = kept.keep(b"whole")
    (path,) = (tmp_path / "waiting").iterdir()
    (path.parent / (path.name + ".new")).write_bytes(b"ha")
    assert [found for found, _ in kept.waiting()] == [digest]
    path.write_bytes(path.read_bytes()[:-1])
    assert list(kept.waiting()) == []
    assert kept.get(digest) is None
    assert [p.suffix for p in sorted((tmp_path / "waiting").iterdir())] == [".damaged", ".new"]


def test_nothing_of_a_picture_can_be_read_on_disk(tmp_path: Path) -> None:
    kept = Blobs(tmp_path, b"k" * 32, b"c" * 32)
    digest = kept.keep(b"secret words")
    kept.store(digest_of(b"more secret words"), b"more secret words")
    for path in (p for p in tmp_path.rglob("*") if p.is_file()):
        assert b"secret" not in path.read_bytes()
        assert path.name[:8] not in (digest[:8], digest_of(b"more secret words")[:8])
    other = Blobs(tmp_path, b"x" * 32, b"y" * 32)
    assert other.get(digest) is None
    assert not kept.store("0" * 64, b"something else")


def test_only_what_can_be_had_again_makes_room_and_the_oldest_first(tmp_path: Path) -> None:
    kept = Blobs(tmp_path, b"k" * 32, b"c" * 32, limit=3500)
    precious = kept.keep(bytes(5000))
    digests = []
    for n in range(4):
        content = bytes([n]) * 1000
        digests.append(digest_of(content))
        kept.store(digests[-1], content)
        for at, digest in enumerate(digests):
            path = kept._path(kept._known, digest)
            if path.exists():
                os.utime(path, (at, at))
        if n == 2:
            assert kept.get(digests[0]) is not None  # looked at: the youngest now
    assert kept.get(precious) is not None
    assert kept.get(digests[3]) is not None
    assert sum(kept.get(d) is not None for d in digests) == 3


def test_a_picture_tells_nothing_but_its_pixels() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera of Wang"
    made = prepared(picture(4000, 2000, "JPEG", exif=exif.tobytes(), comment=b"at home"))
    with Image.open(io.BytesIO(made)) as shown:
        assert shown.size == (SIDE // 2, SIDE)  # upright
        assert not shown.getexif()
    assert b"Wang" not in made
    assert b"at home" not in made


def test_bombs_and_what_is_no_picture_are_refused() -> None:
    bomb = io.BytesIO()
    Image.new("1", (8000, 8000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(NotAPicture, match="picture_too_large"):
        prepared(bomb.getvalue())
    with pytest.raises(NotAPicture, match="picture_unreadable"):
        prepared(b"<svg onload=alert(1)>")
    with pytest.raises(NotAPicture, match="picture_unreadable"):
        prepared(picture()[:-30])


@given(st.binary(max_size=200))
def test_whatever_somebody_calls_a_picture(content: bytes) -> None:
    for start in (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM"):
        with pytest.raises(NotAPicture):
            prepared(start + content)


def test_the_pdf_of_an_invoice_reaches_the_merchant_who_asked_and_nobody_else(world: World, desktops: Desktops) -> None:
    supplier, merchant, other = desktops("hengfeng"), desktops("chenguang"), desktops("xiaoman")
    for desktop in (supplier, merchant, other):
        desktop.sync()
    merchant.workspace.submit(world.order(("HF-1", 1)))
    merchant.sync()
    supplier.sync()
    [supply] = supplier.find(SupplyOrder)
    supplier.workspace.submit(AcceptSupply(supply_order_ids=(supply.id,)))
    supplier.sync()
    merchant.sync()
    request = RequestInvoice(
        invoice_id=world.id(),
        supplier_id=supply.supplier_id,
        kind=InvoiceKind.ORDINARY,
        title="杭州晨光商贸有限公司",
        tax_number="91330106MA2B0CDE5A",
        document_ids=(supply.id,),
    )
    merchant.workspace.submit(request)
    merchant.sync()
    supplier.sync()
    pdf = b"%PDF-1.7 an invoice"
    digest = supplier.workspace.blobs.keep(pdf)
    issued = IssueInvoice(invoice_id=request.invoice_id, number="25332000000123456789", content_hash=digest)
    supplier.workspace.submit(issued)
    supplier.sync()
    couriers = [desktop.loop.courier for desktop in (supplier, merchant, other)]
    ours, theirs, nobodys = couriers
    assert ours is not None
    assert theirs is not None
    assert nobodys is not None
    assert ours.look() == 1
    merchant.sync()
    assert merchant.find(Invoice)[0].content_hash == digest
    assert theirs.fetch(digest, "invoice", request.invoice_id) == pdf
    assert nobodys.fetch(digest, "invoice", request.invoice_id) is None
