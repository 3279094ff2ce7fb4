"""What lies in the files: nothing readable, and nothing that can ever be read again once a scope has gone."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from contract.stores import StoreRow
from contract.sync import ScopeCursor, SyncRequest
from mobile.core.app_core import AppCore
from mobile.core.seals import unseal
from mobile.core.views import Refused
from tests.mobile.devices_here import LIN, STORE, WEI, Device, person_row, store_row
from tests.mobile.test_journal import raw_store

PLANTED = "欧阳娜娜-planted"


def with_planted_name(tablet: Device) -> AppCore:
    core = tablet.set_up()
    tablet.server.pos += 1
    tablet.server.pages.append({"rows": [(f"person:{LIN}", "person", LIN, 101, person_row(LIN, PLANTED))]})
    core.sync_once()
    assert PLANTED in [person.name for person in core.floor().people]
    return core


def leave(tablet: Device, person: str) -> None:
    """The person is no longer posted here: the server drops their scope."""
    scope = f"person:{person}"
    tablet.server.scopes.discard(scope)
    tablet.server.pages.append({"need_have": True, "complete": False})
    tablet.server.pages.append({"drop": [scope]})
    tablet.core.sync_once()


def test_no_name_is_readable_in_the_files(tablet: Device) -> None:
    core = with_planted_name(tablet)
    assert PLANTED.encode() not in raw_store(core._parts.db)
    core._parts.db.empty_log()
    assert PLANTED.encode() not in raw_store(core._parts.db)


def test_dropping_a_scope_erases_its_rows_and_its_key_for_good(tablet: Device) -> None:
    core = with_planted_name(tablet)
    db = core._parts.db
    scope = f"person:{LIN}"
    sealed = db.value("SELECT sealed FROM base WHERE scope = ? AND entity = 'person'", (scope,))
    wrapped = db.value("SELECT wrapped FROM scope_key WHERE scope = ?", (scope,))
    master = tablet.world.vault.secrets["master-key"]
    key = unseal(master, wrapped, f"key|{scope}")
    assert PLANTED.encode() in unseal(key, sealed, f"{scope}|person|{LIN}|101"), "with the key it can be read"
    leave(tablet, LIN)
    assert [person.person_id for person in core.floor().people] == [WEI]
    lying_about = raw_store(db)
    assert wrapped not in lying_about, "the wrapped key is in no file any more"
    assert sealed not in lying_about, "secure_delete wiped the rows as well"
    with pytest.raises(Refused):
        unseal(secrets.token_bytes(32), sealed, f"{scope}|person|{LIN}|101")


def test_the_next_request_confirms_that_the_scope_has_gone(tablet: Device) -> None:
    with_planted_name(tablet)
    leave(tablet, LIN)
    tablet.server.pages.append({"need_have": True, "complete": False})
    tablet.core.sync_once()
    declared = tablet.server.asked[-1].have or {}
    assert f"person:{LIN}" not in declared and f"person:{WEI}" in declared


def test_the_tablet_forgets_the_leavers_punches_and_pin_but_still_sends_what_they_did(tablet: Device) -> None:
    core = with_planted_name(tablet)
    core.set_pin("482913", LIN)
    assert core.check_pin(LIN, "482913").ok
    core.punch(kind="in", person_id=LIN, by_pin=True)
    tablet.world.link.up = False
    core.sync_once()
    tablet.world.link.up = True

    tablet.server.scopes.discard(f"person:{LIN}")
    tablet.server.pages += [{"need_have": True, "complete": False}, {"drop": [f"person:{LIN}"]}]
    core.sync_once()
    assert len(tablet.server.ops) == 2, "what they did reached HQ"
    assert core.punches(LIN) == ()
    with pytest.raises(Refused, match=r"client\.no_pin"):
        core.check_pin(LIN, "482913")


def test_a_sealed_row_opens_only_in_its_own_place(tablet: Device) -> None:
    core = with_planted_name(tablet)
    db = core._parts.db
    with db.write():
        db.run("UPDATE base SET pk = 'moved' WHERE entity = 'store'")
    with pytest.raises(Refused, match=r"client\.store_damaged"):
        core._parts.replica.rows()


def test_a_key_made_in_a_write_that_failed_is_not_used_again(tablet: Device) -> None:
    """Rows sealed with a key that never reached the disk would be lost at the next start."""
    core = tablet.set_up()
    keys, db = core._parts.keys, core._parts.db
    with pytest.raises(RuntimeError):
        with db.write():
            keys.seal("person:new", "x", b"text")
            raise RuntimeError("pulled the plug")
    with db.write():
        sealed = keys.seal("person:new", "x", b"text")
    tablet.restart()
    assert tablet.core._parts.keys.unseal("person:new", "x", sealed) == b"text"


def test_without_the_vault_the_store_is_closed_for_ever_and_no_new_key_is_slipped_in(tablet: Device) -> None:
    tablet.set_up()
    tablet.world.vault.secrets.clear()
    with pytest.raises(Refused) as refused:
        tablet.restart()
    assert refused.value.said.code == "client.key_lost"
    assert "master-key" not in tablet.world.vault.secrets


def test_a_scope_that_is_ours_again_before_it_went_starts_over(phone: Device) -> None:
    """Page one says drop, page two brings it back: what was skipped in between must not be missing."""
    core = phone.set_up()
    scope = f"store:{STORE}"
    phone.server.pos = 200
    row = phone.first_page()["rows"][0]
    renamed = (row[0], row[1], row[2], 199, store_row(name="豫园二店"))

    def delta(asked: SyncRequest) -> dict[str, Any]:
        assert scope in (asked.have or {}), "it is still here, so it is still declared"
        return {"rows": [renamed], "cur": {scope: ScopeCursor(pos=200, tag="t")}, "complete": False}

    def anew(asked: SyncRequest) -> dict[str, Any]:
        assert asked.have is not None and scope not in asked.have, "what has a hole is asked for from the start"
        return {"rows": [renamed], "clear": [scope]}

    phone.server.pages += [
        {"need_have": True, "complete": False},
        {"gone": [(scope, "store", STORE, 150)], "complete": False},
        {"drop": [scope], "complete": False},
        delta,
        anew,
    ]
    core.sync_once()
    assert phone.server.pages == []
    assert [store.name for store in core._parts.replica.all("store", StoreRow)] == ["豫园二店"]
