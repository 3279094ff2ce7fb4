"""The camera page. Without a camera it says so; it never looks while another page is in front."""

from __future__ import annotations

from mobile.ui.screens.camera import CameraPage, ReadQr

__all__ = ["ReadQr", "ScanPage"]


class ScanPage(CameraPage):
    """A QR for enrolment, or for one more proof."""
