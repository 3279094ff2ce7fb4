"""Looking up an address, behind a port. Off unless the server is told which service to ask: addresses leave the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from geopy.exc import GeopyError
from geopy.geocoders import Nominatim

from contract.datums import Wgs84
from server.kernel.problems import Problem

MOST_PLACES = 5
TIMEOUT_S = 5


@dataclass(frozen=True)
class PlaceFound:
    """What an address may mean."""

    label: str
    place: Wgs84


class Geocoder(Protocol):
    """Finds places by address."""

    enabled: bool

    def places_called(self, address: str) -> list[PlaceFound]: ...


class NoLookup:
    """The default: nobody is asked."""

    enabled = False

    def places_called(self, address: str) -> list[PlaceFound]:
        return []


class NominatimLookup:
    """OpenStreetMap's search, at the public server or one's own (`nominatim:<host>`). Its answers are WGS-84."""

    enabled = True

    def __init__(self, host: str = "nominatim.openstreetmap.org") -> None:
        self._service = Nominatim(user_agent="outpost", domain=host, timeout=TIMEOUT_S)

    def places_called(self, address: str) -> list[PlaceFound]:
        try:
            found = self._service.geocode(address, exactly_one=False, limit=MOST_PLACES) or []
        except GeopyError as failed:
            raise Problem("stores.lookup_failed", said=type(failed).__name__) from failed
        return [PlaceFound(str(place.address), Wgs84(place.latitude, place.longitude)) for place in found]


def geocoder(setting: str) -> Geocoder:
    """The lookup that OUTPOST_GEOCODER names: `off`, `nominatim`, `nominatim:<host>`."""
    kind, _, host = setting.partition(":")
    match kind:
        case "off" | "":
            return NoLookup()
        case "nominatim":
            return NominatimLookup(host) if host else NominatimLookup()
        case _:
            raise ValueError(f"OUTPOST_GEOCODER={setting!r}: off, nominatim or nominatim:<host>")
