"""Pictures as they travel: upright, at most `SIDE` pixels, and without where and with what they were taken."""

import io
import warnings

from s2b_domain.rules.blobs import MAX_BLOB

SIDE, SMALL = 1600, 256
"""Pixels of the longer side of a picture, and of one in a list."""
MOST_PIXELS = 60_000_000
QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"})


class NotAPicture(Exception):
    """`code` says why: `picture_unreadable`, or `picture_too_large` in bytes or pixels."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def prepared(content: bytes, side: int = SIDE) -> bytes:
    """A JPEG of a picture of any of `FORMATS`: its pixels, and nothing else of it. What is transparent becomes white.
    `NotAPicture`. To be called on a thread: it may take a second."""
    from PIL import Image, ImageOps  # noqa: PLC0415  heavy, and only who has pictures needs it

    if len(content) > MAX_BLOB:
        raise NotAPicture("picture_too_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise NotAPicture("picture_too_large")
                if opened.format == "JPEG":
                    opened.draft("RGB", (side * 2, side * 2))
                upright = ImageOps.exif_transpose(opened)
                if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
                    layer = upright.convert("RGBA")
                    upright = Image.new("RGB", layer.size, "white")
                    upright.paste(layer, mask=layer.getchannel("A"))
                pixels = upright.convert("RGB")
                pixels.thumbnail((side, side))
                bare = Image.frombytes("RGB", pixels.size, pixels.tobytes())
        made = io.BytesIO()
        bare.save(made, "JPEG", quality=QUALITY, optimize=True)
    except NotAPicture:
        raise
    except Image.DecompressionBombError as error:
        raise NotAPicture("picture_too_large") from error
    except Exception as error:  # whatever a hostile file makes the library raise, it is no picture
        raise NotAPicture("picture_unreadable") from error
    return made.getvalue()
