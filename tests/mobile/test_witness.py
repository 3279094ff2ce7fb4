"""Devices as witnesses: the real client core against the real server, whose log somebody rewrites, cuts, or restores."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract import audit
from contract.audit import origin_of
from contract.merkle import open_head
from mobile.core import witness as witness_module
from server.audit.model import AuditAlarm
from server.audit.sequencer import catch_up
from server.kernel.db import table_of
from server.kernel.feed import SyncFeed
from server.kernel.http import Outpost
from server.kernel.ledger import OpLog
from server.kernel.tree import AuditRestart
from tests.mobile.field import Field, Gadget
from tests.server.world import PASSWORD
from tests.support.cooked_books import cut_log, rewrite_entry
from tests.support.planted import instead

MINUTE_MS = 60_000


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path)
    yield made
    made.close()


@pytest.fixture
def shop(field: Field) -> dict[str, str]:
    office = field.office
    store = office.open_store("静安店")
    ids = {"A": store, "李伟": office.hire("李伟"), "林静": office.hire("林静")}
    for name in ("李伟", "林静"):
        office.post(ids[name], store)
    return ids


def _out(field: Field) -> Outpost:
    found: Outpost = field.office.app.extensions["outpost"]
    return found


def _goes_on(field: Field, *devices: Gadget) -> None:
    """A minute passes, HQ does something, the log is entered and signed, and the devices sync."""
    field.time.true_ms += MINUTE_MS
    field.office.hire(f"somebody at {field.time.true_ms}")
    catch_up(_out(field))
    for device in devices:
        device.core.sync_once()


def _said(device: Gadget) -> list[str]:
    return [need.said.code for need in device.core.sync_state().needs_you]


def _alarms(field: Field) -> list[AuditAlarm]:
    return field.office.rows(sa.select(AuditAlarm))


def _held(device: Gadget) -> Any:
    found = device.core._parts.run.witness.head()
    assert found is not None
    return found[0]


def test_a_device_follows_the_log_as_it_grows_and_says_how_far_it_vouches(field: Field, shop: dict[str, str]) -> None:
    phone, tablet = field.phone_of(shop["李伟"]), field.tablet_of(shop["A"])
    sizes = []
    for _ in range(4):
        _goes_on(field, phone, tablet)
        sizes.append(phone.core.sync_state().log_size)
        assert phone.core.sync_state().log_at_ms == field.time.true_ms
        assert _held(phone) == _held(tablet)
    assert sizes == sorted(set(sizes)) and sizes[0] > 5
    assert _said(phone) == _said(tablet) == [] and _alarms(field) == []


def test_a_sync_in_which_nothing_is_new_stays_below_a_kilobyte_each_way(field: Field, shop: dict[str, str]) -> None:
    phone = field.phone_of(shop["李伟"])
    _goes_on(field, phone)
    phone.core.sync_once()
    answers: list[int] = []

    def weighed(*request: Any) -> Any:
        said = field.carry(*request)
        answers.append(len(said.body))
        return said

    phone.world.link.through = weighed
    phone.core.sync_once()
    assert len(phone.world.link.sent[-1][2]) < 1024 and answers[-1] < 1024
    assert phone.last_asked.tree is not None and phone.last_asked.tree.size == phone.core.sync_state().log_size


def test_an_entry_rewritten_with_every_right_on_the_database_is_noticed_at_the_next_sync(
    field: Field, shop: dict[str, str]
) -> None:
    phone, tablet = field.phone_of(shop["李伟"]), field.tablet_of(shop["A"])
    _goes_on(field, phone, tablet)
    kept = _held(tablet)
    rewrite_entry(field.office.db, 7)
    _goes_on(field, tablet)
    assert _said(tablet) == ["audit.split_view"] and tablet.core.sync_state().badge == "needs_you"
    assert _held(tablet) == kept
    tablet.core.sync_once()
    [alarm] = _alarms(field)
    assert alarm.code == "audit.split_view" and alarm.device_id == tablet.core._parts.identity.device_id
    public = _out(field).signer.public
    held, offered = (open_head(note, origin_of(public), public) for note in (alarm.held, alarm.offered))
    assert held == kept and offered.size >= held.size and offered.root != held.root


def test_hq_sees_the_report_in_the_console_on_the_audit_page_and_at_the_device(field: Field, shop: dict[str, str]) -> None:
    tablet = field.tablet_of(shop["A"])
    _goes_on(field, tablet)
    rewrite_entry(field.office.db, 3)
    _goes_on(field, tablet)
    tablet.core.sync_once()
    client = field.office.app.test_client()
    token = re.search(r'name="form_token" value="([^"]+)"', client.get("/console/sign-in").text)
    assert token is not None
    client.post("/console/sign-in", data={"form_token": token.group(1), "login": "chen", "password": PASSWORD})
    english = {"Accept-Language": "en"}
    device_id = tablet.core._parts.identity.device_id
    for path in ("/console/audit", f"/console/devices/{device_id}"):
        assert "Shown another past" in client.get(path, headers=english).text
    assert "A device was shown another log than before" in client.get("/console/audit", headers=english).text


def test_the_same_wrong_log_is_reported_once_however_often_it_is_shown(field: Field, shop: dict[str, str]) -> None:
    tablet = field.tablet_of(shop["A"])
    _goes_on(field, tablet)
    rewrite_entry(field.office.db, 3)
    for _ in range(4):
        _goes_on(field, tablet)
    assert len(_alarms(field)) == 1 and _said(tablet) == ["audit.split_view"]
    tablet.restart()
    assert _said(tablet) == ["audit.split_view"]


def test_a_punch_still_counts_on_a_device_that_has_raised_the_alarm(field: Field, shop: dict[str, str]) -> None:
    phone = field.phone_of(shop["李伟"])
    _goes_on(field, phone)
    rewrite_entry(field.office.db, 3)
    _goes_on(field, phone)
    phone.core.punch(kind="in", store_id=shop["A"])
    phone.core.sync_once()
    state = phone.core.sync_state()
    assert state.waiting == 0 and state.with_hq == 2 and _said(phone) == ["audit.split_view"]


def test_a_log_that_was_cut_is_noticed(field: Field, shop: dict[str, str]) -> None:
    tablet = field.tablet_of(shop["A"])
    for _ in range(3):
        _goes_on(field, tablet)
    cut_log(field.office.db, 4)
    field.time.true_ms += MINUTE_MS
    catch_up(_out(field))
    tablet.core.sync_once()
    assert _said(tablet) == ["audit.rolled_back"]
    tablet.core.sync_once()
    assert [alarm.code for alarm in _alarms(field)] == ["audit.rolled_back"]


def test_an_alarm_ends_when_the_true_log_is_back(field: Field, shop: dict[str, str]) -> None:
    tablet = field.tablet_of(shop["A"])
    _goes_on(field, tablet)
    whole = field.backup()
    rewrite_entry(field.office.db, 3)
    _goes_on(field, tablet)
    assert _said(tablet) == ["audit.split_view"]
    field.restore(whole)
    _goes_on(field, tablet)
    assert _said(tablet) == [] and _held(tablet).size > 4


def _declare(field: Field) -> None:
    """What `outpost restore` does after it has put the file back."""
    with field.office.db.writing_engine.begin() as connection:
        connection.execute(sa.update(table_of(SyncFeed)).values(epoch=f"epoch-{field.time.true_ms}"))


def test_a_declared_restore_is_no_alarm_and_hq_sees_what_each_device_had_seen(field: Field, shop: dict[str, str]) -> None:
    phone, tablet = field.phone_of(shop["李伟"]), field.tablet_of(shop["A"])
    _goes_on(field, phone, tablet)
    backup, early = field.backup(), _held(phone)
    for _ in range(3):
        _goes_on(field, tablet)
    seen = _held(tablet)
    field.restore(backup)
    _declare(field)
    _goes_on(field, phone, tablet)
    phone.core.sync_once()
    tablet.core.sync_once()
    assert _said(phone) == []  # it had seen nothing that is gone
    assert _held(phone).size > early.size and _held(phone).epoch.startswith("epoch-")
    [need] = tablet.core.sync_state().needs_you
    [restart] = field.office.rows(sa.select(AuditRestart))
    assert need.said.code == "audit.restarted" and need.said.facts["lost"] == seen.size - restart.size > 0
    [told] = _alarms(field)
    public = _out(field).signer.public
    assert told.code == "audit.restarted" and open_head(told.held, origin_of(public), public) == seen
    tablet.core.acknowledge(need.op_id)
    assert _said(tablet) == []
    _goes_on(field, phone, tablet)
    assert _said(tablet) == _said(phone) == [] and _held(tablet) == _held(phone)


def test_a_restore_that_nobody_declared_is_an_alarm(field: Field, shop: dict[str, str]) -> None:
    tablet = field.tablet_of(shop["A"])
    _goes_on(field, tablet)
    backup = field.backup()
    _goes_on(field, tablet)
    field.restore(backup)
    _goes_on(field, tablet)
    assert _said(tablet) in (["audit.split_view"], ["audit.rolled_back"])


def test_two_restores_in_a_row_are_followed_from_one_announcement_to_the_next(field: Field, shop: dict[str, str]) -> None:
    tablet = field.tablet_of(shop["A"])
    _goes_on(field, tablet)
    first = field.backup()
    _goes_on(field, tablet)
    field.restore(first)
    _declare(field)
    _goes_on(field)
    second = field.backup()
    _goes_on(field)
    field.restore(second)
    _declare(field)
    _goes_on(field, tablet)
    assert _said(tablet) == ["audit.restarted"] and len(field.office.rows(sa.select(AuditRestart))) == 2


def test_a_restore_is_no_cover_for_rewriting_what_the_backup_held(field: Field, shop: dict[str, str]) -> None:
    tablet = field.tablet_of(shop["A"])
    _goes_on(field, tablet)
    _goes_on(field, tablet)
    rewrite_entry(field.office.db, 2)
    _declare(field)
    _goes_on(field, tablet)
    assert _said(tablet) == ["audit.split_view"]


def test_a_device_that_goes_to_another_server_does_not_measure_it_by_the_first(field: Field, shop: dict[str, str]) -> None:
    tablet = field.tablet_of(shop["A"])
    _goes_on(field, tablet)
    assert tablet.core._parts.run.witness.held().size > 0
    other = tablet.core._parts.identity
    with instead(type(other), "server_key", property(lambda _self: bytes(32))):
        assert tablet.core._parts.run.witness.held().size == 0
    assert tablet.core._parts.run.witness.held().size > 0


def test_an_older_device_that_says_nothing_of_heads_is_told_none(field: Field, shop: dict[str, str]) -> None:
    phone = field.phone_of(shop["李伟"])
    held = witness_module.Witness.held
    with instead(witness_module.Witness, "held", lambda self: None):
        _goes_on(field, phone)
    assert phone.core.sync_state().log_size == 0 and held is witness_module.Witness.held


def test_a_report_with_heads_that_are_not_ours_is_refused(field: Field, shop: dict[str, str]) -> None:
    phone = field.phone_of(shop["李伟"])
    _goes_on(field, phone)
    parts = phone.core._parts
    with parts.db.write():
        report = audit.ReportSplitView(code="audit.split_view", held="invented\n", offered="too\n")
        parts.journal.say(report, actor=shop["李伟"], clocks=phone.world.clock.read())
    phone.core.sync_once()
    phone.core.sync_once()
    assert _said(phone) == ["audit.evidence_not_ours"] and _alarms(field) == []
    [entry] = field.office.rows(sa.select(OpLog).where(OpLog.type == "audit.report_split_view/1"))
    assert entry.status == "rejected"


def test_a_witness_that_believes_every_signature_misses_the_rewritten_log(field: Field, shop: dict[str, str]) -> None:
    """The control: without the proof the alarm is not raised, so it is the proof that raises it."""
    tablet = field.tablet_of(shop["A"])
    _goes_on(field, tablet)
    rewrite_entry(field.office.db, 7)
    with instead(audit, "is_consistent", lambda *_: True):
        _goes_on(field, tablet)
    assert _said(tablet) == []
