"""Barcodes and QR codes as pictures."""

from typing import cast

import zxingcpp
from PySide6.QtGui import QImage

_SCALE = 6
"""Pixels per module: enough for a label printer's 300 dots per inch."""
_EAN = {8: zxingcpp.BarcodeFormat.EAN8, 13: zxingcpp.BarcodeFormat.EAN13}


def barcode(text: str) -> QImage:
    """A linear barcode: EAN where `text` is one, else Code 128; a QR code for what Code 128 cannot hold."""
    if text.isdigit() and text.isascii() and len(text) in _EAN:
        try:
            return _picture(text, _EAN[len(text)])
        except ValueError:
            pass  # its check digit is wrong: it is some number of the supplier's own
    if text and text.isascii() and text.isprintable():
        return _picture(text, zxingcpp.BarcodeFormat.Code128)
    return qr(text)


def qr(text: str) -> QImage:
    """A QR code of any text."""
    return _picture(text or " ", zxingcpp.BarcodeFormat.QRCode)


def _picture(text: str, kind: zxingcpp.BarcodeFormat) -> QImage:
    made = zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(text, kind), scale=_SCALE)
    height, width = made.shape[:2]
    pixels = memoryview(cast(bytes, made)).tobytes()  # its buffer is one, but its stubs do not say so
    return QImage(pixels, width, height, width, QImage.Format.Format_Grayscale8).copy()
