"""What must hold of a company and its devices: during any trouble, and once all is quiet. Names are those of docs on sync."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from contract.directory import part_of
from contract.moments import to_ms
from contract.refusals import FINAL
from server.approvals.model import Delegation, Flow
from server.archive.model import Look
from server.attendance.model import Punch
from server.devices.chain import find_device
from server.devices.verify import verify_chain
from server.feedback.desks_model import Desk
from server.feedback.model import Category
from server.inbox.channels_model import Wish
from server.inbox.model import InboxItem
from server.kernel.db import table_of
from server.kernel.ledger import OpLog, OpQuarantine
from server.leave.model import Leave, LeaveBalance
from server.org.model import UnitVersion
from server.org.queries import company_day
from server.postings.model import Arrival, Posting
from server.rosters.model import RosterCell
from server.rosters.people_model import RosterKit, StoreProfile
from server.scoring.card_model import ScoreCard, ScorePeriod
from server.scoring.cycle_model import Cycle, CyclePart
from server.scoring.model_library import Metric, Scheme, ScoreChannel
from server.scoring.report_model import ScoreReport
from server.shifts.duty import ON_DEVICES
from server.shifts.model import Duty
from server.stores.model import Store
from server.sync.projections import bodies
from server.sync.scopes import scopes_of
from server.timesheets.model import ON_DEVICES as DAYS_ON_DEVICES
from server.timesheets.model import WorkDay
from server.timesheets.overtime_model import OvertimeGrant
from tests.support.company import Company
from tests.support.handset import Handset, Made

SLACK_MS = 1_000
_op, _aside, _punch, _posting = table_of(OpLog), table_of(OpQuarantine), table_of(Punch), table_of(Posting)
_duty, _day = table_of(Duty), table_of(WorkDay)


def should_hold(company: Company, device: Handset) -> dict[tuple[str, str, str], Any]:
    """The oracle: every row that this device's principal may see now, by plain SELECTs, projected for it."""
    known = find_device(company.db, device.device_id)
    assert known is not None
    facts = known.facts
    with company.db.snapshot() as connection:
        scopes = scopes_of(connection, facts, company.now())
        keys: set[tuple[str, str, str]] = set()
        for scope in scopes:
            kind, _, of = scope.partition(":")
            if kind == "person":
                keys.add((scope, "person", of))
                for model, entity in ((Posting, "posting"), (Punch, "punch"), (Leave, "leave"), (OvertimeGrant, "overtime")):
                    table = table_of(model)
                    found = connection.scalars(sa.select(table.c.id).where(table.c.person_id == of))
                    keys.update((scope, entity, str(pk)) for pk in found)
                since = company_day(company.now()) - ON_DEVICES
                kept = sa.select(_duty.c.id).where(_duty.c.person_id == of, _duty.c.day >= since)
                keys.update((scope, "duty", str(pk)) for pk in connection.scalars(kept))
            elif kind == "store":
                keys.add((scope, "store", of))
                said = sa.select(table_of(ScoreChannel).c.id).where(table_of(ScoreChannel).c.id == of)
                keys.update((scope, "score_channel", str(pk)) for pk in connection.scalars(said))
            elif kind == "directory":
                numbers = connection.scalars(sa.select(table_of(Store).c.number))
                keys.update((scope, "directory", part_of(number)) for number in numbers)
            elif kind == "company":
                keys.update((scope, "flow", str(pk)) for pk in connection.scalars(sa.select(table_of(Flow).c.id)))
                keys.update((scope, "ticket_desk", str(pk)) for pk in connection.scalars(sa.select(table_of(Desk).c.id)))
                kinds = connection.execute(sa.select(table_of(Category).c.id, table_of(Category).c.scopes))
                keys.update((scope, "ticket_category", str(pk)) for pk, scopes_of_it in kinds if scope in scopes_of_it)
                keys.update((scope, "roster_kit", str(pk)) for pk in connection.scalars(sa.select(table_of(RosterKit).c.id)))
                counting = sa.select(table_of(Metric).c.id).where(table_of(Metric).c.state != "draft")
                keys.update((scope, "metric", str(pk)) for pk in connection.scalars(counting))
                keys.update((scope, "scheme", str(pk)) for pk in connection.scalars(sa.select(table_of(Scheme).c.id)))
                keys.update((scope, "score_period", str(pk)) for pk in connection.scalars(sa.select(table_of(ScorePeriod).c.id)))
                keys.update((scope, "cycle", str(pk)) for pk in connection.scalars(sa.select(table_of(Cycle).c.id)))
            elif kind == "private":
                for column, entity in (
                    (InboxItem.receiver_id, "item"), (Wish.person_id, "wish"), (LeaveBalance.person_id, "balance"),
                    (Look.person_id, "look"),
                    (Delegation.person_id, "delegation"), (Delegation.delegate_id, "delegation"),
                ):  # fmt: skip
                    found = connection.scalars(sa.select(column.class_.id).where(column == of))
                    keys.update((scope, entity, str(pk)) for pk in found)
                since = company.now().date() - DAYS_ON_DEVICES
                kept = sa.select(_day.c.id).where(_day.c.person_id == of, _day.c.day >= since)
                keys.update((scope, "day", str(pk)) for pk in connection.scalars(kept))
            if kind in ("store", "desk"):
                rules = sa.select(table_of(StoreProfile).c.id).where(table_of(StoreProfile).c.store_id == of)
                keys.update((scope, "roster_profile", str(pk)) for pk in connection.scalars(rules))
            if kind in ("private", "desk"):
                cards = sa.select(Arrival.id).where(Arrival.over_at.is_(None))
                concerns = Arrival.store_id == of if kind == "desk" else sa.or_(
                    Arrival.home_manager_id == of, Arrival.host_manager_id == of
                )  # fmt: skip
                keys.update((scope, "arrival", str(pk)) for pk in connection.scalars(cards.where(concerns)))
                for model, entity in ((ScoreCard, "score_card"), (ScoreReport, "score_report"), (CyclePart, "cycle_person")):
                    table = table_of(model)
                    mine = table.c.person_id == of if kind == "private" else table.c.store_id == of
                    if kind == "desk" and model is CyclePart:
                        mine = mine & table.c.takes_part
                    keys.update((scope, entity, str(pk)) for pk in connection.scalars(sa.select(table.c.id).where(mine)))
            if kind == "desk":
                cells = sa.select(table_of(RosterCell).c.id).where(table_of(RosterCell).c.store_id == of)
                keys.update((scope, "roster_cell", str(pk)) for pk in connection.scalars(cells))
                named = sa.select(UnitVersion.id).where(UnitVersion.unit_id == of, UnitVersion.manager_id.is_not(None))
                keys.update((scope, "manager", str(pk)) for pk in connection.scalars(named))
            if kind == "device":
                ended = connection.scalars(sa.select(_op.c.op_id).where(_op.c.device_id == of, _op.c.status != "received"))
                keys.update((scope, "op", str(pk)) for pk in ended)
        wanted: dict[str, set[str]] = {}
        for _, entity, pk in keys:
            wanted.setdefault(entity, set()).add(pk)
        found_bodies = bodies(connection, wanted, facts)
    return {key: msgspec.json.decode(found_bodies[key[1], key[2]]) for key in keys if (key[1], key[2]) in found_bodies}


def holds(device: Handset) -> dict[tuple[str, str, str], Any]:
    return {key: msgspec.json.decode(body) for key, (_, body) in device.parts.replica.rows().items()}


def check_converged(company: Company, device: Handset) -> None:
    """I4: what the device shows is what a SELECT shows."""
    here, there = holds(device), should_hold(company, device)
    missing = sorted(there.keys() - here.keys())
    extra = sorted(here.keys() - there.keys())
    other = sorted(key for key in here.keys() & there.keys() if here[key] != there[key])
    assert not (missing or extra or other), f"I4 {device.name}: missing {missing}, left over {extra}, different {other}"


def check_no_leftovers(company: Company, device: Handset) -> None:
    """I5: after a completed sync nothing is held of a scope that is not the device's, not even its key."""
    known = find_device(company.db, device.device_id)
    assert known is not None
    with company.db.snapshot() as connection:
        scopes = scopes_of(connection, known.facts, company.now())
    if known.facts.revoked_at is not None:
        scopes = set()
    held = {scope for scope, _, _ in device.parts.replica.rows()} | device.parts.keys.scopes()
    assert held <= scopes, f"I5 {device.name} still holds {sorted(held - scopes)}"


def check_sound(device: Handset) -> None:
    """No checksum ever had to heal anything: healing hides a fault, it does not excuse one."""
    healed = device.parts.settings.number("unsound")
    assert healed == 0, f"{device.name} had to heal {healed} scopes"


def check_once(company: Company) -> None:
    """I2: an operation has one effect if it was applied, and none otherwise."""
    with company.db.snapshot() as connection:
        ended = dict(connection.execute(sa.select(_op.c.op_id, _op.c.status).where(_op.c.type == "attendance.clock_in/1")).all())
        effects: dict[str, int] = dict(
            connection.execute(sa.select(_punch.c.op_id, sa.func.count()).group_by(_punch.c.op_id)).all()
        )
    for op_id, status in ended.items():
        want = 1 if status in ("applied", "merged") else 0
        assert effects.get(op_id, 0) == want, f"I2 {op_id} is {status} and has {effects.get(op_id, 0)} effects"
    assert effects.keys() <= ended.keys(), "I2 a punch that no operation made"


def check_acknowledged_is_kept(company: Company, device: Handset) -> None:
    """I1: what the device was told HQ has, HQ has, byte for byte."""
    reach = device.parts.journal.with_hq
    _check_kept(company, device, lambda seq: seq <= reach)


def check_all_kept(company: Company, device: Handset) -> None:
    """I1 at rest: everything the app ever called "kept" is with HQ, byte for byte."""
    _check_kept(company, device, lambda seq: True)


def _check_kept(company: Company, device: Handset, which: Any) -> None:
    with company.db.snapshot() as connection:
        for (device_id, seq), made in device.made.items():
            if device_id != device.device_id or not which(seq):
                continue
            raw = connection.scalar(sa.select(_op.c.raw).where(_op.c.device_id == device_id, _op.c.seq == seq))
            if raw is None:
                asides = sa.select(_aside.c.raw).where(_aside.c.device_id == device_id, _aside.c.raw == made.raw)
                raw = connection.scalar(asides)
            assert raw is not None and bytes(raw) == made.raw, f"I1 {device.name}: operation {seq} is not with HQ"


def check_answered(company: Company, device: Handset) -> None:
    """I3 and I9: each operation has ended on its own device, with a reason where it was not accepted; and it is the
    fault of no other operation how it ended."""
    statuses = {op: (seq, status) for op, seq, status in device.parts.db.rows("SELECT op, seq, status FROM journal")}
    results = {pk: body for (_, entity, pk), body in holds(device).items() if entity == "op"}
    for op, (seq, status) in statuses.items():
        result = results.get(op)
        assert result is not None, f"I3 {device.name}: no answer to operation {seq}"
        assert status == result["status"], f"I3 {device.name}: operation {seq} is {status} here, {result['status']} there"
        want = _expected(device, device.made[device.device_id, seq])
        if want is None:
            assert status in FINAL and status != "rejected", f"I9 {device.name}: operation {seq} ended {status}"
        else:
            assert status == want, f"I3 {device.name}: operation {seq} ended {status}, not {want}"
            assert result.get("code"), f"I3 {device.name}: operation {seq} has no reason"


def _expected(device: Handset, made: Made) -> str | None:
    """How an operation must end: parked where our code fails, rejected where there is no such store, else accepted. What is
    said of a punch follows the punch."""
    if made.proof_of is not None:
        of = next(one for one in device.made.values() if one.punch_id == made.proof_of)
        return {"parked": "held", "rejected": "rejected", None: None}[_expected(device, of)]
    if b'"note":"poison"' in made.raw:
        return "parked"
    return "rejected" if b'"store_id":"0190dead' in made.raw else None


def check_times(company: Company, devices: list[Handset]) -> None:
    """I11 and time grades: the truth lies inside the interval; exact is within 30 s; and a punch is judged by where the
    person was posted at its own time, not at the time of the sync."""
    truth = {made.punch_id: made for device in devices for made in device.made.values() if made.punch_id}
    with company.db.snapshot() as connection:
        punches = connection.execute(sa.select(_punch)).all()
        postings = connection.execute(sa.select(_posting)).all()
    for punch in punches:
        made = truth[punch.id]
        low, high = to_ms(punch.taken_low) - SLACK_MS, to_ms(punch.taken_high) + SLACK_MS
        assert low <= made.true_ms <= high, f"time: {made.true_ms} is outside {low}..{high} ({punch.grade})"
        if punch.grade == "exact":
            off = abs(to_ms(punch.taken_at) - made.true_ms)
            assert off <= 30_000, f"time: called exact and {off} ms off"
        posted = any(
            p.person_id == punch.person_id and p.store_id == punch.store_id and to_ms(p.starts_at) <= made.true_ms
            and (p.ends_at is None or made.true_ms < to_ms(p.ends_at))
            for p in postings
        )  # fmt: skip
        said_not = any(reason["code"] == "evidence.not_posted_here" for reason in punch.reasons)
        if posted and made.judged_posted is None:
            made.judged_posted = not said_not
            assert not said_not, "authorised by the time of the sync, not of the act"
        elif made.judged_posted is None:
            made.judged_posted = not said_not


def check_chain(company: Company, device: Handset) -> None:
    """I10: the log of this device verifies from its first entry to its head."""
    found = verify_chain(company.db, device.device_id, company.outpost.signer.public)
    assert not found, f"I10 {device.name}: {found}"
