"""What is done in attendance: a punch is made, gets one more proof. What people decide on it is in decisions.py.

A punch is never refused for what the person could not help. It is stored with what it is worth.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from contract.attendance import AddProof, ClockIn, KioskProof
from contract.ids import derived_id
from contract.moments import Stamp, TimeTaken, business_date, instant, to_ms
from server.attendance.case_model import Countersign
from server.attendance.facts import Gathered, gather, gathered_for
from server.attendance.model import Punch, PunchProof
from server.attendance.rules import CodeRead, doubted, extra_of, judge, narrowed, reasons_as_data, storable
from server.attendance.rules_proofs import made_before_code, made_before_seen, witnessed
from server.devices.model import CodeUse
from server.kernel.actors import Permission
from server.kernel.perform import INSERTS, Act, Work, handles
from server.kernel.problems import Problem

DEFAULT_ZONE, DEFAULT_TURN = "Asia/Shanghai", 300


@handles(ClockIn, needs=Permission.PUNCH_SELF, prepares=gather)
def clock_in(work: Work, op: ClockIn) -> None:
    """Store the punch with its verdict. Refused only where there is nobody or no store it could belong to."""
    act, device = work.act, work.device
    if act.ent is None:
        raise Problem("wire.missing", field="ent")
    if device is None:
        raise Problem("access.not_allowed", needs=Permission.PUNCH_SELF.value)
    known = gathered_for(work, act, op)
    store = known.stores.get(op.store_id)
    if store is None:
        raise Problem("stores.unknown", id=op.store_id)
    if act.actor_id not in known.people:
        raise Problem("people.unknown", id=act.actor_id)
    around = known.circumstances(work, act, op)
    taken = narrowed(act.taken, around.code.shown_ms)
    kiosk = kiosk_step(op, device.kind)
    seen_by = known.countersigned(act.ent, work, act, op, taken)
    code = around.code
    if seen_by is not None:
        taken, around = witnessed(taken, made_before_seen(seen_by.seen_ms)), replace(around, code=CodeRead("countersigned"))
    place, verdict = judge(op.fix, around, taken, wall_ms=act.wall_ms, kiosk=kiosk, garbled=act.garbled)
    _use_code(work, known, act, code.counts, code.device_id, code.step)
    punch = work.insert(
        Punch,
        dict(
            id=act.ent,
            person_id=act.actor_id,
            store_id=op.store_id,
            device_id=device.device_id,
            op_id=act.op_id,
            hardware=device.hardware,
            kind=op.kind,
            **_times(taken),
            wall_ms=storable(act.wall_ms),
            received_at=act.received_at,
            business_date=business_date(
                instant(taken.at_ms), store.zone, day_turns_at_min=store.day_turns_at_min
            ),
            by_kiosk=device.kind == "kiosk",
            lat_e7=storable(op.fix.lat_e7) if op.fix else None,
            lng_e7=storable(op.fix.lng_e7) if op.fix else None,
            accuracy_dm=storable(op.fix.accuracy_dm) if op.fix else None,
            fix_age_ms=storable(op.fix.age_ms) if op.fix else None,
            place=place.verdict,
            distance_m=storable(place.distance_m),
            p_inside_pm=place.p_inside_pm,
            score_db=verdict.score_db,
            verdict=verdict.verdict,
            reasons=reasons_as_data(verdict),
            photo=op.photo,
            note=op.note,
            state="counted",
        ),
    )
    known.remember(punch, op.fix)
    if seen_by is not None:
        _count_seen(work, known, seen_by.id, act.ent)
    if around.same_hardware_other_person:
        _doubt_the_others(work, punch)


def _count_seen(work: Work, known: Gathered, seen_id: str, punch_id: str) -> None:
    """What the tablet saw has counted, for this punch and no other."""
    known.seen = [seen for seen in known.seen if seen.id != seen_id]
    with work.with_system_reach() as everything:  # the row is the tablet's; that it counted follows from the punch
        found = everything.get_one(Countersign, seen_id)
        found.state, found.counted_for = "counted", punch_id


def _doubt_the_others(work: Work, punch: Any) -> None:
    """Two people's punches from one phone on one day speak against each other, whichever of them arrived first."""
    fresh = [*work.cache.get(INSERTS, {}).get(Punch, ()), *work.cache.get("born", {}).get(Punch, ())]
    for values in fresh:  # of this very batch: not written yet, or about to be answered from memory
        same = (values["hardware"], values["business_date"]) == (punch.hardware, punch.business_date)
        other = values["person_id"] != punch.person_id and not values["by_kiosk"]
        if same and other and (found := doubted(values["reasons"], values["score_db"])):
            values.update(reasons=found[0], score_db=found[1], verdict="review")
    # rows of the other person are beyond this device's reach; what they are worth follows from what it did
    with work.with_system_reach() as everything:
        others = everything.scalars(
            sa.select(Punch).where(
                Punch.hardware == punch.hardware,
                Punch.business_date == punch.business_date,
                Punch.person_id != punch.person_id,
                Punch.by_kiosk.is_(False),
                Punch.state == "counted",
            )
        )
        for other in others:
            if found := doubted(other.reasons, other.score_db):
                other.reasons, other.score_db, other.verdict = found[0], found[1], "review"


def kiosk_step(op: ClockIn, device_kind: str) -> str:
    if device_kind != "kiosk" or op.kiosk is None or not op.kiosk.pin:
        return "none"
    return "pin_and_photo" if op.kiosk.photo and op.photo else "pin"


def _times(taken: TimeTaken) -> dict[str, Any]:
    return {
        "taken_at": instant(taken.at_ms),
        "taken_low": instant(taken.low_ms),
        "taken_high": instant(taken.high_ms),
        "grade": taken.grade,
    }


def _use_code(
    work: Work, known: Gathered, act: Act, counts: str, tablet_id: str | None, step: int | None
) -> None:
    if counts not in ("fresh", "countersigned") or tablet_id is None or step is None or act.actor_id is None:
        return
    work.add(
        CodeUse(
            id=derived_id("code", tablet_id, str(step), act.actor_id),
            device_id=tablet_id,
            step=step,
            person_id=act.actor_id,
            op_id=act.op_id,
        )
    )
    known.code_uses.setdefault(act.actor_id, {}).setdefault(tablet_id, set()).add(step)


@handles(AddProof, needs=Permission.PUNCH_SELF, touches=lambda op: str(op.punch_id))
def add_proof(work: Work, op: AddProof) -> None:
    """The store code or a better fix for a punch that asked. The punch's own time and place stay; its worth is judged anew."""
    act, device = work.act, work.device
    punch = work.find(Punch, op.punch_id, "attendance.punch_unknown")
    if device is None or punch.person_id != act.actor_id:
        raise Problem("attendance.punch_unknown", id=op.punch_id)
    made, _ = as_made(work, punch)
    asked = ClockIn(store_id=punch.store_id, kind=punch.kind, fix=op.fix or made.fix, code=op.code, kiosk=made.kiosk)
    # proof counts for the moment it was given; close enough to the punch it speaks for the punch too
    minutes_apart = abs(act.taken.at_ms - to_ms(punch.taken_at)) / 60_000
    fresh = asked if minutes_apart <= 15 else ClockIn(store_id=punch.store_id, kind=punch.kind, fix=made.fix)
    known = gathered_for(work, act, fresh)
    around = replace(known.circumstances(work, act, fresh), extra=extra_of(punch.reasons))
    # a punch whose time nothing proved: the code says when it was read, and the phone how long before that it was made
    taken, at_punch = act.taken, _taken_of(punch)
    if at_punch.grade == "unverified":
        shown = around.code.shown_ms if around.code.counts == "fresh" else None
        taken = witnessed(at_punch, made_before_code(_stamp(work, punch.op_id), _stamp(work, act.op_id), shown))
    place, verdict = judge(
        fresh.fix, around, taken, wall_ms=act.wall_ms, kiosk=kiosk_step(made, device.kind), garbled=act.garbled
    )
    before = punch.verdict
    better = verdict.score_db > punch.score_db
    work.add(
        PunchProof(
            id=act.op_id,
            punch_id=punch.id,
            store_id=punch.store_id,
            device_id=device.device_id,
            kind="code" if op.code else "fix",
            verdict_before=before,
            verdict_after=verdict.verdict if better else before,
            score_db=verdict.score_db,
            added_at=instant(act.taken.at_ms),
        )
    )
    _use_code(work, known, act, around.code.counts, around.code.device_id, around.code.step)
    if better:
        punch.score_db, punch.verdict, punch.reasons = verdict.score_db, verdict.verdict, reasons_as_data(verdict)
        punch.place, punch.p_inside_pm, punch.distance_m = place.verdict, place.p_inside_pm, storable(place.distance_m)
    if at_punch.grade == "unverified" and taken.grade != "unverified":
        punch.taken_low, punch.taken_high, punch.grade = instant(taken.low_ms), instant(taken.high_ms), taken.grade


def _taken_of(punch: Punch) -> TimeTaken:
    return TimeTaken(to_ms(punch.taken_at), to_ms(punch.taken_low), to_ms(punch.taken_high), punch.grade)  # type: ignore[arg-type]


def _stamp(work: Work, op_id: str) -> Stamp | None:
    """What the device's clocks showed at an operation of its own."""
    from contract.sync import read_signed
    from server.kernel.intake import stamp_of
    from server.kernel.ledger import OpLog

    entry = work.session.get(OpLog, op_id)
    return None if entry is None or entry.erased_at is not None else stamp_of(read_signed(bytes(entry.raw)))


def as_made(work: Work, punch: Punch) -> tuple[ClockIn, tuple[str, ...]]:
    """The punch as its device signed it, and which of its fields were unreadable."""
    from contract import wire
    from contract.sync import read_signed
    from server.kernel.ledger import OpLog

    entry = work.find(OpLog, punch.op_id, "attendance.punch_unknown")
    if entry.erased_at is not None:  # its time is over (keeping.py): what the row still says stands in for what was signed
        kiosk = KioskProof(pin=True, photo=punch.photo is not None) if punch.by_kiosk else None
        return ClockIn(store_id=punch.store_id, kind=punch.kind, kiosk=kiosk, photo=punch.photo), ()  # type: ignore[arg-type]
    signed = read_signed(bytes(entry.raw))
    made, garbled = wire.decode_operation(signed.type, bytes(signed.data))
    assert isinstance(made, ClockIn)
    return made, tuple(garbled)
