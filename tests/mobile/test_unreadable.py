"""What the server could not read is never signed; and where it was all the same, the person hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.ids import derived_id, new_id
from contract.inbox import SeeItem
from mobile.core import answers, journal
from mobile.core.views import Refused, Said
from server.people.model import Person
from tests.mobile.field import Field, Gadget
from tests.server.office import TODAY, Office
from tests.support.planted import instead

FORM = {"store": "A001", "from": TODAY, "until": "2027-03-01", "reason": "门店开业"}
FOREIGN = derived_id("made", "by the office")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    field = Field(tmp_path)
    made = Office(field.office)
    made.furnish()
    made.field = field  # type: ignore[attr-defined]
    yield made
    field.close()


def phone(office: Office) -> Gadget:
    device: Gadget = office.field.phone_of(office.people["chen"])  # type: ignore[attr-defined]
    device.core.sync_once()
    return device


def sign(device: Gadget, act: Any, ent: str | None) -> str:
    acts = device.core.office._acts
    return acts.keep(act, acts.person(), ent=ent)


def test_a_request_that_was_handed_in_elsewhere_is_taken_back_on_the_phone_without_a_word(office: Office) -> None:
    """Ids of what an import or a chore made are not of the kind that devices make."""
    office.world.must(office.asking("transfer", "chen", FORM, request_id=FOREIGN), office.as_("chen"))
    chen = phone(office)
    chen.core.office.withdraw(FOREIGN)
    chen.core.sync_once()
    assert office.state(FOREIGN) == "withdrawn" and chen.core.sync_state().badge == "synced"


def test_an_operation_whose_envelope_does_not_fit_is_refused_before_it_is_signed(office: Office) -> None:
    chen = phone(office)
    before = chen.core.sync_state().journal_head
    with pytest.raises(Refused) as refused:
        sign(chen, SeeItem(item_id=new_id()), FOREIGN)
    assert refused.value.said == Said("client.does_not_fit", {"field": "ent"})
    assert chen.core.sync_state().journal_head == before


def _with_one_unreadable(office: Office) -> Gadget:
    """A phone of an older release, which signed what no server can read, and something good after it."""
    chen = phone(office)
    with instead(journal, "read_signed", lambda raw: None):
        sign(chen, SeeItem(item_id=new_id()), FOREIGN)
    chen.core.set_pin("482913")
    chen.core.sync_once()
    chen.core.sync_once()
    return chen


def test_what_the_server_could_not_read_is_shown_with_its_reason_and_delays_nothing(office: Office) -> None:
    chen = _with_one_unreadable(office)
    [need] = chen.core.sync_state().needs_you
    assert (need.said.code, need.said.facts["field"]) == ("wire.out_of_range", "ent")
    assert chen.core.sync_state().badge == "needs_you"
    assert office.world.row(Person, office.people["chen"]).pin_verifier is not None


def test_a_phone_that_knows_only_its_own_ids_would_say_nothing(office: Office) -> None:
    """The control."""
    only_own = lambda device_id, op, seq: (op,)
    with instead(journal, "names_at_the_server", only_own), instead(answers, "names_at_the_server", only_own):
        assert _with_one_unreadable(office).core.sync_state().needs_you == ()
