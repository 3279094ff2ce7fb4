"""Reading a QR on a desktop or a store's mini PC."""

from __future__ import annotations

import zxingcpp


def read_qr(pixels: bytes, width: int, height: int) -> str | None:
    """The text of the first QR in a frame of RGBA pixels, None when there is none."""
    grey = memoryview(pixels[1::4]).cast("B", (height, width))  # green is most of what the eye calls brightness
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormat.QRCode)
    return found[0].text if found else None
