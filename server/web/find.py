"""Finding a store or a person while typing: options for an input, and what the reader then meant.

A chain has thousands of stores; a select of all of them is no help to anybody.
"""

from __future__ import annotations

from flask import Response, make_response, render_template, request

from contract.ids import is_id
from contract.people import PeopleQuery
from contract.stores import StoresQuery
from server.kernel.actors import Permission
from server.kernel.problems import Problem
from server.org.queries import company_day, unit_called, unit_on
from server.org.rules import HOLDS_UNITS
from server.people import queries as people
from server.people.model import Person
from server.postings.org_queries import shown_units
from server.stores import queries as stores
from server.stores.model import Store
from server.web.shell import Look, page
from server.web.tables import contains

MOST = 20
_BETWEEN = " · "


def label_of(name: str, number: str) -> str:
    """What is shown, and understood when it comes back."""
    return f"{name}{_BETWEEN}{number}"


def _asked() -> str:
    known = ("q", "store_id", "person_id", "unit_id")
    typed = next((value for name, value in request.args.items() if name in known or name.startswith("form.")), "")
    return typed.split(_BETWEEN)[0].replace("\x00", "").strip()[:120]


def _options(labels: list[str]) -> Response:
    return make_response(render_template("console/options.html", labels=labels))


@page("/find/stores", needs=Permission.READ_STORES)
def find_stores(look: Look) -> Response:
    found = stores.stores_page(look.session, StoresQuery(q=_asked(), limit=MOST))
    return _options([label_of(row.name, row.number) for row in found.items])


@page("/find/people", needs=Permission.READ_PEOPLE)
def find_people(look: Look) -> Response:
    found = people.people_page(look.session, PeopleQuery(q=_asked(), active=True, limit=MOST))
    return _options([label_of(card.name or "", card.number or "") for card in found.items])


@page("/find/units", needs=Permission.READ_ORG)
def find_units(look: Look) -> Response:
    """Departments and regions by name, then stores."""
    typed, day = _asked(), company_day(look.now)
    units = sorted(shown_units(look.session, day), key=lambda unit: unit.name)
    named = [unit.name for unit in units if unit.kind in HOLDS_UNITS and contains(typed, unit.name)]
    found = stores.stores_page(look.session, StoresQuery(q=typed, limit=MOST)) if look.may(Permission.READ_STORES) else None
    return _options([*named[:MOST], *(label_of(row.name, row.number) for row in (found.items if found is not None else ()))])


def unit_label(look: Look, unit_id: str) -> str:
    """What a unit is called today."""
    unit = unit_on(look.session, unit_id, company_day(look.now))
    return unit.name if unit is not None else "?"


def unit_meant(look: Look, typed: str) -> str:
    """The id of the unit that was chosen or typed: a store by label, number or id, else a department or region by name."""
    typed = typed.strip()
    store = stores.store_by_number(look.session, typed.rsplit(_BETWEEN, 1)[-1].strip())
    if is_id(typed) or store is not None:
        return typed if store is None else store.id
    unit = unit_called(look.session, typed, company_day(look.now))
    if unit is None:
        raise Problem("org.unit_unknown", field="unit_id", id=typed[:60])
    return unit.unit_id


def store_label(look: Look, store_id: str) -> str:
    """What an input begins with: the store an address names, or what was typed before."""
    store = look.session.get(Store, store_id) if is_id(store_id) else None
    return label_of(store.name, store.number) if store is not None else "" if is_id(store_id) else store_id


def person_label(look: Look, person_id: str) -> str:
    person = look.session.get(Person, person_id) if is_id(person_id) else None
    if person is None:
        return "" if is_id(person_id) else person_id
    card = people.person_card(look.session, person)
    return label_of(card.name or "", card.number or "")


def store_meant(look: Look, typed: str) -> str:
    """The id of the store that was chosen or typed: by its label, its number, or its id."""
    typed = typed.strip()
    if is_id(typed):
        return typed
    store = stores.store_by_number(look.session, typed.rsplit(_BETWEEN, 1)[-1].strip()) if typed else None
    if store is None:
        raise Problem("stores.unknown", field="store_id", id=typed[:60])
    return store.id


def person_meant(look: Look, typed: str) -> str:
    """The id of the person that was chosen or typed."""
    typed = typed.strip()
    if is_id(typed):
        return typed
    person = people.person_by_number(look.session, typed.rsplit(_BETWEEN, 1)[-1].strip()) if typed else None
    if person is None:
        raise Problem("people.unknown", field="person_id", id=typed[:60])
    return person.id
