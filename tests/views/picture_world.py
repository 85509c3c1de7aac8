"""Pictures for some of the world's goods, as a desktop has them that has looked before."""

from __future__ import annotations

import colorsys
import io

import msgspec
from PIL import Image, ImageDraw
from sqlalchemy import update

from s2b_domain.records.catalog import Product, Revision
from s2b_domain.rules.blobs import digest_of, reference
from tests.views.desk import FakeDesk


def drawn(n: int) -> bytes:
    """A bottle on a soft ground, in a colour of its own."""
    red, green, blue = (round(c * 255) for c in colorsys.hsv_to_rgb(n * 0.17 % 1, 0.55, 0.85))
    image = Image.new("RGB", (640, 480), (238, 240, 243))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((250, 130, 390, 450), 40, fill=(red, green, blue))
    pen.rectangle((290, 50, 350, 140), fill=(red // 2, green // 2, blue // 2))
    pen.rectangle((250, 240, 390, 340), fill=(255, 255, 255))
    made = io.BytesIO()
    image.save(made, "JPEG", quality=80)
    return made.getvalue()


def fill_pictures(desk: FakeDesk, most: int = 14) -> None:
    """Give goods pictures: most have one that is here, some have several, some one that is elsewhere."""
    for n, product in enumerate(sorted(desk.store.find(Product), key=lambda p: p.id)[:most]):
        images = [_kept(desk, n * 7 + k) for k in range(1 + n % 5)]
        if n % 4 == 3:
            images[0] = "https://example.com/pictures/1.jpg"
        text = msgspec.json.encode(images).decode()
        desk.connection.execute(update(Product.table).where(Product.table.c.id == product.id).values(images=text))
    for n, revision in enumerate(desk.store.find(Revision)):
        content = msgspec.structs.replace(revision.content, images=(_kept(desk, 100 + n), _kept(desk, 200 + n)))
        text = msgspec.json.encode(content, order="deterministic").decode()
        desk.connection.execute(update(Revision.table).where(Revision.table.c.id == revision.id).values(content=text))


def _kept(desk: FakeDesk, n: int) -> str:
    content = drawn(n)
    named = reference(digest_of(content))
    desk.blobs[named] = content
    return named
