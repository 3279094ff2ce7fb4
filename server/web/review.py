"""Doubtful punches and the decisions on them. What was made and what was decided are two facts; both are shown, and so is the
day around them: the case file."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request, url_for

from contract import wire
from contract.attendance import ReviewPunch
from contract.corrections import ReviewPunches, Vouch
from contract.evidence import DEFAULT
from contract.ids import is_id
from contract.moments import instant, to_ms
from server.attendance.case_file import CaseFile, case_file
from server.attendance.corrections_queries import open_appeals
from server.attendance.model import Punch
from server.attendance.review_queries import Story, punch_story, waiting_for_decision
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.web.maps import map_facts
from server.web.shell import (
    Look,
    action,
    done,
    form_status,
    go,
    looking,
    op_id_of_form,
    page,
    perform_form,
    safe_next,
    sentence_of,
    show,
)
from server.web.units import asked_unit

QUICK = {
    "accept": ("known", "phone", "camera", "roster"),
    "correct": ("forgot", "tablet_down", "seen", "roster"),
    "reject": ("absent", "double", "other_store", "cheat"),
}


AGES = {"late": timedelta(hours=24), "new": timedelta(hours=24), "week": timedelta(days=7)}


@page("/review", needs=Permission.REVIEW_PUNCHES)
def review(look: Look) -> Response:
    """The queue, and the story of the one that is chosen."""
    return _queue(look, None)


def _queue(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    asked = request.args
    store_id = asked["store"] if is_id(asked.get("store", "")) else None
    verdict = asked.get("verdict") if asked.get("verdict") in ("ask", "review") else None
    decided = asked.get("show") == "decided"
    age = asked.get("age", "")
    every = waiting_for_decision(
        look.session, verdict=verdict, decided=decided, unit_id=asked_unit(),
        received_before=look.now - AGES[age] if age in ("late", "week") else None,
        received_after=look.now - AGES[age] if age == "new" else None,
    )  # fmt: skip
    reachable = [line for line in every if look.may_at(Permission.REVIEW_PUNCHES, line[0].store_id)]
    of_store = [line for line in reachable if store_id is None or line[0].store_id == store_id]
    found = [line for line in of_store if not asked.get("reason") or asked["reason"] in reason_codes(line[0])]
    chosen = _chosen(look, found)
    return show(
        "review.html", look, status=status, lines=found[:300], more=max(0, len(found) - 300), story=chosen, decided=decided,
        problem=problem, ages=tuple(AGES), appeals=open_appeals(look.session), filtered=_filtered(),
        stores=sorted({(line[0].store_id, line[2]) for line in reachable}, key=lambda pair: pair[1]),
        reasons=sorted({code for line in of_store for code in reason_codes(line[0])}), quick=QUICK,
        **(story_values(look, chosen) if chosen else {}),
    )  # fmt: skip


def _filtered() -> bool:
    return any(request.args.get(name) for name in ("store", "verdict", "reason", "unit", "age"))


def reason_codes(punch: Punch) -> list[str]:
    """What speaks against a punch."""
    return [str(reason["code"]) for reason in punch.reasons if int(reason.get("points_db") or 0) <= 0]


def main_reason(punch: Punch) -> dict[str, Any] | None:
    """The reason to show where there is room for one: they are kept with the weightiest first."""
    return punch.reasons[0] if punch.reasons else None


def _chosen(look: Look, found: list[Any]) -> Story | None:
    asked = request.args.get("punch", "")
    if is_id(asked):
        return punch_story(look.session, asked)
    return punch_story(look.session, found[0][0].id) if found else None


@page("/punches/<punch_id>", needs=Permission.READ_PUNCHES)
def punch(look: Look, punch_id: str) -> Response:
    """One punch with its whole story."""
    return _punch_page(look, punch_id, None)


def _punch_page(look: Look, punch_id: str, problem: tuple[str, str] | None, status: int = 200) -> Response:
    story = punch_story(look.session, punch_id)
    if story is None:
        raise Problem("attendance.punch_unknown", id=punch_id)
    return show(
        "punch.html", look, status=status, story=story, problem=problem, quick=QUICK, section="console.punches",
        **story_values(look, story),
    )  # fmt: skip


def story_values(look: Look, story: Story) -> dict[str, Any]:
    """What the template shows beside the rows themselves."""
    made = story.punch
    own = made.person_id == look.actor.person_id
    claimed = instant(made.wall_ms) if made.wall_ms is not None else None
    local = (made.decided_taken_at or made.taken_at).astimezone(ZoneInfo(story.store.zone))
    file = case_file(look.session, made)
    before = (one.punch for one in file.punches if one.punch.id != made.id and one.punch.taken_at < made.taken_at)
    earlier = [(punch, story.person.name) for punch in before]
    return {
        "file": file,
        "day_line": day_line(look, story, file),
        "may_vouch": not own and look.may_at(Permission.VOUCH, made.store_id),
        "may_decide": not own and look.may_at(Permission.REVIEW_PUNCHES, made.store_id),
        "own": own,
        "claimed": claimed,
        "claimed_off_s": (claimed - made.taken_at).total_seconds() if claimed else None,
        "late_s": (made.received_at - made.taken_at).total_seconds(),
        "width_s": (made.taken_high - made.taken_low).total_seconds(),
        "ruler": ruler(made, claimed),
        "prior_db": DEFAULT.prior,
        "local": local,
        "map": map_facts(
            look, [story.fence or story.store], [*earlier, (made, story.person.name)], story.store.zone, about=made.id
        ),
        "has_place": made.lat_e7 is not None and made.place != "no_fix",
    }


def day_line(look: Look, story: Story, file: CaseFile) -> list[dict[str, Any]]:
    """The day in order: when somebody was due, every punch, every correction."""
    lines: list[dict[str, Any]] = []
    for window in file.duty.windows if file.duty is not None else ():
        name = (window.name_zh if look.language == "zh" else window.name_en) or window.template
        for at_ms, what in ((window.starts_ms, "due_from"), (window.ends_ms, "due_to")):
            lines.append({"at": instant(at_ms), "what": what, "name": name})
    lines += [
        {"at": one.punch.taken_at, "what": "punch", "punch": one.punch, "store": one.store, "device": one.device,
         "device_kind": one.device_kind, "is_this": one.punch.id == story.punch.id}
        for one in file.punches
    ]  # fmt: skip
    lines += [{"at": instant(row.at_ms), "what": "correction", "row": row} for row in file.corrections]
    order = {"due_from": 0, "punch": 1, "correction": 2, "due_to": 3}
    return sorted(lines, key=lambda line: (line["at"], order[line["what"]]))


def ruler(made: Punch, claimed: datetime | None) -> dict[str, float] | None:
    """Where the moments lie on a line from 0 to 100; None where it would be one point."""
    moments = [made.taken_low, made.taken_high, made.taken_at, *([claimed] if claimed else [])]
    low, high = min(moments), max(moments)
    width_s = (high - low).total_seconds()
    if width_s < 1:
        return None

    def place(moment: datetime) -> float:
        return round(6 + 88 * (moment - low).total_seconds() / width_s, 2)

    return {
        "low": place(made.taken_low),
        "high": max(place(made.taken_high), place(made.taken_low) + 0.6),
        "taken": place(made.taken_at),
        "claimed": place(claimed) if claimed else -1.0,
    }


@action("/punches/<punch_id>/decision", needs=Permission.REVIEW_PUNCHES)
def decide(who: Actor, punch_id: str) -> Response:
    """One decision on one punch; from the queue the next one follows."""
    try:
        perform_form(who, _decision(who, punch_id, request.form.get("decision", "")))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _punch_page(look, punch_id, sentence_of(wrong), form_status(wrong))
    back = safe_next(request.form.get("next"))
    what = f"decided_{request.form['decision']}"
    if back is None:
        return done("console.punch", what, punch_id=punch_id)
    return go(f"{back}{'&' if '?' in back else '?'}done={what}&undo={punch_id}")


def _decision(who: Actor, punch_id: str, decision: str) -> ReviewPunch:
    values: dict[str, Any] = {"punch_id": punch_id, "decision": decision, "reason": request.form.get("reason", "").strip()}
    if decision == "correct":
        with looking(who) as look:
            story = punch_story(look.session, punch_id)
            if story is None:
                raise Problem("attendance.punch_unknown", id=punch_id)
            values["corrected_ms"] = corrected_ms(story.store.zone)
        values["corrected_kind"] = request.form.get("corrected_kind") or None
    return wire.convert(values, ReviewPunch)


def corrected_ms(zone: str) -> int:
    """The corrected time: day and time of day on the store's wall."""
    return time_given("corrected", zone)


def time_given(name: str, zone: str) -> int:
    """The moment of a form's `<name>_day` and `<name>_time` on a wall in that zone, in milliseconds."""
    try:
        on = date.fromisoformat(request.form.get(f"{name}_day", ""))
        hour, minute, *second = (int(part) for part in request.form.get(f"{name}_time", "").split(":"))
        local = datetime(on.year, on.month, on.day, hour, minute, second[0] if second else 0, tzinfo=ZoneInfo(zone))
        return to_ms(local)
    except (ValueError, OverflowError):
        raise Problem("attendance.time_needed", field=f"{name}_time") from None


@action("/review/decisions", needs=Permission.REVIEW_PUNCHES)
def decide_several(who: Actor) -> Response:
    """One decision with one reason on all that are chosen: all of them, or none. Taken again later, it is undone."""
    given = request.form
    decision = given.get("decision", "")
    values = {"punch_ids": given.getlist("punch"), "decision": decision, "reason": given.get("reason", "").strip()}
    try:
        perform_form(who, wire.convert(values, ReviewPunches))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _queue(look, sentence_of(wrong), form_status(wrong))
    back = safe_next(given.get("next")) or url_for("console.review")
    return go(f"{back}{'&' if '?' in back else '?'}done=several_{decision}&undo_all=1")


@action("/punches/<punch_id>/vouch", needs=Permission.VOUCH)
def vouch_for_punch(who: Actor, punch_id: str) -> Response:
    """A correction beside this punch, and instead of it where that is said."""
    given = request.form
    try:
        with looking(who) as look:
            story = punch_story(look.session, punch_id)
            if story is None:
                raise Problem("attendance.punch_unknown", id=punch_id)
            made, zone = story.punch, story.store.zone
        values = {
            "correction_id": op_id_of_form(), "person_id": made.person_id, "store_id": made.store_id,
            "kind": given.get("kind", ""), "at_ms": time_given("vouched", zone), "reason": given.get("reason", "").strip(),
            "replaces": punch_id if "replaces" in given else None,
        }  # fmt: skip
        perform_form(who, wire.convert(values, Vouch))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _punch_page(look, punch_id, sentence_of(wrong), form_status(wrong))
    return done("console.punch", "vouched", punch_id=punch_id)


def recent(days: int, now: datetime) -> tuple[str, str]:
    """The last days as (from, to) of a calendar."""
    return (now - timedelta(days=days)).date().isoformat(), (now + timedelta(days=1)).date().isoformat()
