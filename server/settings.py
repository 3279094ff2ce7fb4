"""What the server is told by its environment. Read once, in `create_app` or the command line."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """One running server. `secret` signs sessions and anchors; the server's own signing key is derived from it."""

    database_url: str
    data_dir: Path
    secret: bytes
    company: str = "Outpost"
    behind_tls: bool = False
    geocoder: str = "off"
    tile_url: str = ""
    backup_every_min: int = 15
    writer_pool: int = 12
    seen_flush_s: float = 2.0
    lrs_url: str = ""  # a learning record store (xAPI) that is told what people learn; empty: none
    lrs_key: str = ""
    lrs_secret: str = ""
    lrs_home: str = "http://outpost.invalid"
    lrs_names: bool = False
    public_url: str = ""  # where people reach this server, for links in mail; empty: no links
    private_targets: str = ""  # networks that channels may lead to although they are private: server/inbox/targets.py
    hints_url: str = ""  # where clients find the listener (server/hints) in full; empty: beside this server
    clock_file: Path | None = None  # a test clock, for `outpost simulate` only: server/kernel/clock.py

    @classmethod
    def from_environment(cls) -> Settings:
        data_dir = Path(os.environ.get("OUTPOST_DATA_DIR", "var")).resolve()
        data_dir.mkdir(parents=True, exist_ok=True)
        clock_file = os.environ.get("OUTPOST_CLOCK_FILE")
        return cls(
            database_url=os.environ.get("OUTPOST_DATABASE_URL", f"sqlite:///{data_dir / 'outpost.db'}"),
            data_dir=data_dir,
            secret=_secret(data_dir),
            company=os.environ.get("OUTPOST_COMPANY", "Outpost"),
            behind_tls=os.environ.get("OUTPOST_BEHIND_TLS", "") == "1",
            geocoder=os.environ.get("OUTPOST_GEOCODER", "off"),
            tile_url=os.environ.get("OUTPOST_TILE_URL", ""),
            backup_every_min=int(os.environ.get("OUTPOST_BACKUP_EVERY_MIN", "15")),
            writer_pool=int(os.environ.get("OUTPOST_WRITER_POOL", "12")),
            lrs_url=os.environ.get("OUTPOST_LRS_URL", ""),
            lrs_key=os.environ.get("OUTPOST_LRS_KEY", ""),
            lrs_secret=os.environ.get("OUTPOST_LRS_SECRET", ""),
            lrs_home=os.environ.get("OUTPOST_LRS_HOME", "http://outpost.invalid"),
            lrs_names=os.environ.get("OUTPOST_LRS_NAMES", "") == "1",
            public_url=os.environ.get("OUTPOST_PUBLIC_URL", "").rstrip("/"),
            private_targets=os.environ.get("OUTPOST_ALLOW_PRIVATE_TARGETS", ""),
            hints_url=os.environ.get("OUTPOST_HINTS_URL", ""),
            # under a clock that jumps from hour to hour nothing may be written late: hours would go missing
            seen_flush_s=0.0 if clock_file else 2.0,
            clock_file=Path(clock_file) if clock_file else None,
        )


def _secret(data_dir: Path) -> bytes:
    """The secret of the environment, or one made at the first start and kept for the owner's eyes only."""
    if given := os.environ.get("OUTPOST_SECRET"):
        return given.encode()
    kept = data_dir / "secret"
    if not kept.exists():
        handle = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
    return kept.read_text().strip().encode()
