"""Reading a QR on Android: zbar has a python-for-android recipe, zxing-cpp has none."""

from __future__ import annotations

from pyzbar.pyzbar import ZBarSymbol, decode


def read_qr(pixels: bytes, width: int, height: int) -> str | None:
    """The text of the first QR in a frame of RGBA pixels, None when there is none."""
    found = decode((pixels[1::4], width, height), symbols=[ZBarSymbol.QRCODE])
    return found[0].data.decode("utf-8", "replace") if found else None
