"""More proof for a punch from the store's tablet: it saw the phone's code, or it asked for the extra proof it had drawn.

The tablet's word and the punch come from two devices, each with no network for days perhaps; whichever is here first waits for
the other. Where both were performed at the same moment and missed each other, a chore joins them within minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from contract.ids import derived_id, new_id
from contract.moments import TimeTaken, instant, to_ms
from contract.phone_code import SHOWN_FOR_MIN, PhoneQr, ShortForm, read_phone_code
from contract.proofs import CountersignPhone, ExtraProof, SetExtraRule
from server.attendance import corrections_queries
from server.attendance.case_model import Countersign, ExtraRule
from server.attendance.facts import Gathered, gather, seen_of
from server.attendance.model import Punch, PunchProof
from server.attendance.rules import Circumstances, CodeRead, extra_of, judge, reasons_as_data, storable, wall_was_off
from server.attendance.rules_proofs import Shown, grade_seen, made_before_seen, witnessed
from server.attendance.service import as_made, kiosk_step
from server.devices.model import Device
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.http import Outpost
from server.kernel.jobs import does
from server.kernel.perform import Act, DeviceFacts, Work, handles, reading, writing
from server.kernel.problems import Problem
from server.stores.model import Store

WAITS_FOR = timedelta(days=45)  # a phone that says nothing for so long has lost what it had
AT_ONCE = 100


# -- the reversed QR -----------------------------------------------------------------------------------------------------


def _punch_named(op: CountersignPhone) -> str | None:
    read = read_phone_code(op.text)
    return read.punch_id if isinstance(read, PhoneQr) else None


@handles(CountersignPhone, needs=Permission.PUNCH_SELF, touches=_punch_named)
def countersign(work: Work, op: CountersignPhone) -> None:
    """A tablet saw a phone's code. Kept whatever it is worth; it counts once the punch is here and everything fits."""
    device, read = work.device, read_phone_code(op.text)
    if device is None or device.kind != "kiosk" or device.store_id is None:
        raise Problem("access.not_allowed", needs=Permission.PUNCH_SELF.value)
    if read is None:
        raise Problem("wire.invalid", field="text")
    taken = work.act.taken
    row = Countersign(
        id=work.act.op_id, device_id=device.device_id, store_id=device.store_id, punch_id=None, phone_id=None, person_id=None,
        minute=None, short=None, is_signed=False, seen_low=instant(taken.low_ms), seen_high=instant(taken.high_ms),
        state="waiting",
    )  # fmt: skip
    with work.with_system_reach() as everything:  # the phone and its punch are beyond a tablet's reach; what follows is theirs
        if isinstance(read, ShortForm):
            row.short = read.digits
        else:
            phone = everything.get(Device, read.device_id)
            row.punch_id, row.phone_id, row.person_id, row.minute = read.punch_id, read.device_id, read.person_id, read.minute
            row.is_signed = phone is not None and read.is_signed_by(bytes(phone.public))
        everything.add(row)
        everything.flush()
        join(replace(work, session=everything), row)
        if row.state == "waiting" and (known := work.cache.get(Gathered)) is not None:
            known.seen.append(seen_of(row))  # a punch of this very batch may be the one


def join(work: Work, row: Countersign) -> None:
    """Let it count where its punch is here, or say why it does not. `work.session` reaches every row."""
    for punch in _punches_meant(work.session, row):
        shown = Shown(
            punch_id=punch.id, phone_id=punch.device_id, person_id=punch.person_id, store_id=punch.store_id,
            wall_ms=punch.wall_ms, taken_ms=(to_ms(punch.taken_low), to_ms(punch.taken_high)),
        )  # fmt: skip
        graded = grade_seen(seen_of(row), shown)
        if graded is None:
            continue
        counted = sa.select(Countersign.id).where(Countersign.counted_for == punch.id)
        if graded == "countersigned" and work.session.scalars(counted).first() is None:
            row.state, row.counted_for = "counted", punch.id
            _judge_anew(
                work,
                punch,
                row.id,
                row.device_id,
                "countersign",
                row.seen_high,
                lambda known: replace(known, code=_COUNTERSIGNED),
                made_before_seen((to_ms(row.seen_low), to_ms(row.seen_high))),
            )
        else:
            row.state, row.why = "refused", "used" if graded == "countersigned" else graded
        return


_COUNTERSIGNED = CodeRead("countersigned")


def _punches_meant(session: ScopedSession, row: Countersign) -> list[Punch]:
    if row.punch_id is not None:
        found = session.get(Punch, row.punch_id)
        return [] if found is None else [found]
    around = timedelta(minutes=SHOWN_FOR_MIN + 2)
    near = sa.select(Punch).where(
        Punch.store_id == row.store_id, Punch.by_kiosk.is_(False), Punch.taken_low <= row.seen_high + around,
        Punch.taken_high >= row.seen_low - around, Punch.taken_at >= row.seen_low - timedelta(days=1),
    )  # fmt: skip
    return list(session.scalars(near.order_by(Punch.taken_at.desc()).limit(500)))


@does("join_countersigns", every=lambda server: timedelta(minutes=5))
def join_what_waits(server: Outpost, _facts: dict[str, Any]) -> None:
    """For those that came in at the same moment as their punch and missed it. What nothing came for is given up."""
    now = server.clock()
    with reading(server.db, Actor.system()) as session:
        old = sa.select(Countersign.id).where(Countersign.state == "waiting", Countersign.seen_high < now - WAITS_FOR)
        here = sa.select(Countersign.id).where(
            Countersign.state == "waiting",
            sa.or_(Countersign.punch_id.in_(sa.select(Punch.id)), Countersign.short.is_not(None)),
        )
        over, waiting = set(session.scalars(old.limit(AT_ONCE))), set(session.scalars(here.limit(AT_ONCE)))
    for row_id in sorted(over | waiting):
        op_id = new_id()
        with writing(server.db, Actor.system(), op_id=op_id, now=now) as session:
            moment = TimeTaken(to_ms(now), to_ms(now), to_ms(now), "exact")
            row = session.get_one(Countersign, row_id)
            join(Work(session, Actor.system(), now, Act(op_id, None, None, moment, now), server.settings.secret), row)
            if row.state == "waiting" and row_id in over:
                row.state, row.why = "refused", "no_punch"


# -- the extra proof -----------------------------------------------------------------------------------------------------


@handles(ExtraProof, needs=Permission.PUNCH_SELF, touches=lambda op: str(op.punch_id))
def give_extra_proof(work: Work, op: ExtraProof) -> None:
    """The photo or the manager's word that a drawn punch waits for. Of the photo only the hash comes here."""
    device, act = work.device, work.act
    punch: Punch = work.find(Punch, op.punch_id, "attendance.punch_unknown")
    if device is None or device.kind != "kiosk" or punch.device_id != device.device_id:
        raise Problem("attendance.punch_unknown", id=op.punch_id)
    step = extra_of(punch.reasons)
    if step != "open":
        raise Problem("attendance.not_drawn" if step == "none" else "attendance.extra_given", id=punch.id)
    if op.way == "photo":
        if op.photo is None:
            raise Problem("attendance.photo_needed", field="photo")
        if act.actor_id != punch.person_id:
            raise Problem("attendance.punch_unknown", id=op.punch_id)
    with work.with_system_reach() as everything:  # who manages the store does not depend on whose punch it is
        if op.way == "manager":
            if op.kiosk is None or not op.kiosk.pin:
                raise Problem("attendance.pin_needed", field="kiosk")
            manager, at = act.actor_id or "", instant(act.taken.at_ms)
            if manager == punch.person_id or not corrections_queries.speaks_at(everything, manager, punch.store_id, at):
                raise Problem("attendance.not_your_store", id=punch.store_id)
        whole = replace(work, session=everything)
        own = everything.get_one(Punch, punch.id)
        given = instant(act.taken.at_ms)
        _judge_anew(whole, own, act.op_id, device.device_id, op.way, given, lambda known: replace(known, extra=op.way))
    work.session.refresh(punch)


@handles(SetExtraRule, needs=Permission.MANAGE_RULES)
def set_extra_rule(work: Work, op: SetExtraRule) -> None:
    """How often the store's tablet asks. It counts for punches made once the tablet has heard of it."""
    store = work.find(Store, op.store_id, "stores.unknown")
    if op.one_in == 1:
        raise Problem("wire.out_of_range", field="one_in", want="0, or 2 and more")
    rule_id = derived_id("extra rule", store.id)
    rule = work.session.get(ExtraRule, rule_id)
    if rule is None:
        rule = work.add(ExtraRule(id=rule_id, store_id=store.id, one_in=0, photo_days=op.photo_days, changed_at=work.now))
    rule.one_in, rule.photo_days, rule.changed_at = op.one_in, op.photo_days, work.now


# -- judging anew --------------------------------------------------------------------------------------------------------


def _judge_anew(
    work: Work, punch: Punch, proof_id: str, tablet_id: str, kind: str, given_at: Any,
    knowing: Callable[[Circumstances], Circumstances], witness_ms: tuple[int, int] | None = None,
) -> None:  # fmt: skip
    """The punch as it was made, judged with what is known now. What somebody has decided on stays decided. `witness_ms`: between
    which moments it was made, by a tablet's word."""
    device = work.session.get_one(Device, punch.device_id)
    was = TimeTaken(to_ms(punch.taken_at), to_ms(punch.taken_low), to_ms(punch.taken_high), punch.grade)  # type: ignore[arg-type]
    taken = witnessed(was, witness_ms)
    act = Act(punch.op_id, punch.id, punch.person_id, taken, punch.received_at, wall_ms=punch.wall_ms)
    facts = DeviceFacts(
        device.id, device.kind, device.person_id, device.store_id, device.hardware, device.revoked_at
    )  # fmt: skip
    then = replace(work, act=act, device=facts, cache={})
    made, garbled = as_made(then, punch)
    gather([(then, made)])
    around = then.cache[Gathered].circumstances(then, act, made)
    off_ms = wall_was_off(punch.reasons, punch.wall_ms, was.at_ms)
    known = replace(around, extra=extra_of(punch.reasons), code=_code_of(punch, around.code), wall_off_before_ms=off_ms)
    around = knowing(known)
    place, verdict = judge(
        made.fix, around, act.taken, wall_ms=punch.wall_ms, kiosk=kiosk_step(made, device.kind), garbled=garbled
    )
    before, counts = punch.verdict, punch.state == "counted"
    better = counts and (verdict.score_db > punch.score_db or kind in ("photo", "manager"))
    if counts and taken != was:
        punch.taken_low, punch.taken_high, punch.grade = instant(taken.low_ms), instant(taken.high_ms), taken.grade
    if better:
        punch.score_db, punch.verdict, punch.reasons = verdict.score_db, verdict.verdict, reasons_as_data(verdict)
        punch.place, punch.p_inside_pm, punch.distance_m = place.verdict, place.p_inside_pm, storable(place.distance_m)
    work.session.add(
        PunchProof(
            id=proof_id, punch_id=punch.id, store_id=punch.store_id, device_id=tablet_id, kind=kind, verdict_before=before,
            verdict_after=punch.verdict, score_db=verdict.score_db, added_at=given_at,
        )
    )  # fmt: skip
    work.session.flush()


def _code_of(punch: Punch, read: CodeRead) -> CodeRead:
    """The code as it counted when the punch was made: read again, its own use would look like somebody else's."""
    counted = next((str(r["code"]) for r in punch.reasons if str(r["code"]).startswith("evidence.code_")), None)
    if counted in (None, "evidence.code_missing"):
        return CodeRead("none")
    return replace(read, counts=str(counted).removeprefix("evidence.code_"))
