"""Partners, stores and fences over HTTP."""

from __future__ import annotations

from flask_smorest import Blueprint

from contract.opening import Opening, SetOpeningDay, SetOpeningHours
from contract.stores import (
    AddPartner,
    ChangeStore,
    Fences,
    FoundPlace,
    FoundPlaces,
    OpenStore,
    Partners,
    PlaceQuery,
    RedrawFence,
    StoreRow,
    StoresPage,
    StoresQuery,
)
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import outpost, reads, writes
from server.kernel.problems import Problem
from server.stores import queries, service
from server.stores.geocoding import geocoder
from server.stores.opening import opening_of

blueprint = Blueprint("stores", __name__, url_prefix="/api/v1", description="Partner stores and the fences around them")
assert service  # importing it registers the handlers

writes(
    blueprint,
    {
        "/partners": (AddPartner, Permission.MANAGE_STORES),
        "/stores": (OpenStore, Permission.MANAGE_STORES),
        "/stores/changes": (ChangeStore, Permission.MANAGE_STORES),
        "/stores/fences": (RedrawFence, Permission.MANAGE_STORES),
        "/stores/opening-hours": (SetOpeningHours, Permission.MANAGE_STORES),
        "/stores/opening-days": (SetOpeningDay, Permission.MANAGE_STORES),
    },
)


@reads(blueprint, "/partners", needs=Permission.READ_STORES, answers=Partners)
def partners(session: ScopedSession) -> Partners:
    """Partner companies."""
    return queries.partners(session)


@reads(blueprint, "/stores", needs=Permission.READ_STORES, answers=StoresPage, asks=StoresQuery)
def stores(session: ScopedSession, asked: StoresQuery) -> StoresPage:
    """Stores, by name, number, city or address."""
    return queries.stores_page(session, asked)


@reads(blueprint, "/stores/<store_id>", needs=Permission.READ_STORES, answers=StoreRow)
def store(session: ScopedSession, store_id: str) -> StoreRow:
    """One store."""
    found = queries.one_store(session, store_id)
    if found is None:
        raise Problem("stores.unknown", id=store_id)
    return found


@reads(blueprint, "/stores/<store_id>/fences", needs=Permission.READ_STORES, answers=Fences)
def fences(session: ScopedSession, store_id: str) -> Fences:
    """Every fence a store has had."""
    if queries.one_store(session, store_id) is None:
        raise Problem("stores.unknown", id=store_id)
    return queries.fences(session, store_id)


@reads(blueprint, "/stores/<store_id>/opening", needs=Permission.READ_STORES, answers=Opening)
def opening(session: ScopedSession, store_id: str) -> Opening:
    """When a store is open: all that is and was said."""
    if queries.one_store(session, store_id) is None:
        raise Problem("stores.unknown", id=store_id)
    return opening_of(session, store_id)


@reads(blueprint, "/places", needs=Permission.MANAGE_STORES, answers=FoundPlaces, asks=PlaceQuery)
def places(session: ScopedSession, asked: PlaceQuery) -> FoundPlaces:
    """Where an address may be. Empty, with `enabled` false, where the server looks nothing up."""
    lookup = geocoder(outpost().settings.geocoder)
    found = [
        FoundPlace(label=hit.label, lat_e7=hit.place.lat_e7, lng_e7=hit.place.lng_e7) for hit in lookup.places_called(asked.q)
    ]
    return FoundPlaces(enabled=lookup.enabled, items=found)
