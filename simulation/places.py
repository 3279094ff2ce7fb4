"""Real stores out of a list, with the ground they stand on and where they truly are.

The list gives two decimals, which is a square of some 1,100 by 850 metres. The simulated truth is a place in it; HQ draws
the fence there, on whatever map the person at the desk uses: satellite, Amap or Baidu.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, field
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Final

from contract.datums import Wgs84, from_wgs84
from contract.ids import new_id
from contract.stores import FenceShape, OpenStore, Point
from simulation.gadgets import Gadget
from simulation.ground import GROUNDS, Ground, GroundName

GROUND_MIX: Final[tuple[tuple[GroundName, float], ...]] = (("street", 0.30), ("canyon", 0.25), ("mall", 0.25), ("basement", 0.20))
_ZONES: Final = {"Asia/Beijing": "Asia/Shanghai"}


@dataclass
class Site:
    """A store in the simulated world."""

    id: str
    number: str
    name: str
    city: str
    address: str
    zone: str
    ground: Ground
    centre: Wgs84
    tablet: Gadget | None = None
    is_deaf: bool = False  # a basement in which the tablet has no network either, until somebody carries it upstairs
    dead: list[tuple[int, int]] = field(default_factory=list)

    def is_dead(self, ms: int) -> bool:
        return any(start <= ms < end for start, end in self.dead)

    def opened(self, partner_id: str, rng: random.Random) -> OpenStore:
        """The operation that makes this store known, with its fence drawn on some map."""
        datum = rng.choice(("wgs84", "gcj02", "gcj02", "bd09"))
        lat, lng = from_wgs84(datum, self.centre)
        return OpenStore(
            store_id=self.id,
            number=self.number,
            name=self.name,
            partner_id=partner_id,
            zone=self.zone,
            city=self.city[:120],
            address=self.address[:300],
            fence=FenceShape(
                datum=datum,  # type: ignore[arg-type]
                center=Point(lat_e7=round(lat * 1e7), lng_e7=round(lng * 1e7)),
                radius_m=self.ground.radius_m,
            ),
        )


def read_stores(file: Path | None) -> list[dict[str, str]]:
    """The rows of a store list; without a file, of the extract that is shipped with the simulation."""
    text = file.read_text(encoding="utf-8-sig") if file else files("simulation").joinpath("stores.csv").read_text("utf-8")
    rows = [row for row in csv.DictReader(StringIO(text)) if row.get("Latitude") and row.get("Longitude")]
    if not rows:
        raise ValueError("no store with a position in that list")
    return rows


def sites_from(rows: list[dict[str, str]], count: int, rng: random.Random) -> list[Site]:
    """So many stores of the list, spread over all kinds of ground: at least one of each where there are four."""
    chosen = rng.sample(rows, min(count, len(rows)))
    sites = []
    for n, row in enumerate(chosen):
        names = [name for name, _ in GROUND_MIX]
        name = names[n] if n < len(names) else rng.choices(names, [share for _, share in GROUND_MIX])[0]
        listed = Wgs84(float(row["Latitude"]), float(row["Longitude"]))
        centre = Wgs84(listed.lat + rng.uniform(-0.0045, 0.0045), listed.lng + rng.uniform(-0.0045, 0.0045))
        zone = row["Timezone"].split()[-1]
        sites.append(
            Site(
                id=new_id(),
                number=row["Store Number"],
                name=row["Store Name"],
                city=row["City"],
                address=row["Street Address"],
                zone=_ZONES.get(zone, zone),
                ground=GROUNDS[name],
                centre=centre,
            )
        )
    return sites
