"""What kernels compile to is kept with the other things that running makes, not in the home folder of whoever tests."""

from __future__ import annotations

import os

from tests.support.shared_data import ROOT

os.environ.setdefault("OUTPOST_KERNELS", str(ROOT / "var" / "kernels"))
