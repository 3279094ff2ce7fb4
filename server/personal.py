"""What every table keeps about a person: handed out when they ask for their data, made empty when they are forgotten.

A new table with a person in it belongs here; tests/server/test_privacy.py asks for it.
"""

from __future__ import annotations

from typing import Any

from server.kernel.personal import ANY, BLANK, nobodys, personal


def _card(row: Any, pseudonym: str) -> str:
    return pseudonym


def _number(row: Any, pseudonym: str) -> str:
    return "X" + pseudonym.lstrip("#")


def _erased_code(row: Any, pseudonym: str) -> str:
    return f"X{row.id[-13:]}"


def _login(row: Any, pseudonym: str) -> str:
    return f"erased.{row.id[-12:]}"


def _reduced(row: Any, pseudonym: str) -> Any:
    from server.attendance.keeping import reduced_reasons

    return reduced_reasons(row.reasons)


def _banded(row: Any, pseudonym: str) -> Any:
    from server.attendance.keeping import band_of

    return band_of(row.distance_m)


# What a sentence of an inbox may still say of somebody who was forgotten.
_SAID = frozenset(
    {
        "store", "home", "starts_on", "ends_on", "until", "days", "kind", "kind_zh", "kind_en", "step", "step_zh", "step_en",
        "from_day", "to_day",
    }
)  # fmt: skip


def _sentence(row: Any, pseudonym: str) -> Any:
    return {name: value if name in _SAID or not isinstance(value, str) else pseudonym for name, value in row.facts.items()}


def declare_all() -> None:
    """Enter every table. Done once, when the server's handlers are loaded."""
    personal("person", "id", secret=("pin_verifier",), becomes={
        "name": _card, "number": _number, "name_key": _card, "mobile": None, "pin_verifier": None,
    })  # fmt: skip
    personal("account", "person_id", secret=("password_hash",), becomes={"login": _login, "password_hash": "erased"})
    personal("home_stay", "person_id", becomes={"reason": BLANK})
    personal("posting", "person_id", becomes={"ended_because": BLANK})
    personal("arrival", "person_id")
    personal("hand_over_item", "posting_id", through="posting", becomes={"note": BLANK})
    personal("hand_over_tick", "item_id", through="hand_over_item", becomes={"note": BLANK})
    personal("request", "person_id", becomes={"form": {}, "shown": {}, "reason": BLANK})
    personal("request_step", "request_id", through="request", becomes={"comment": BLANK})
    personal("request_signature", "request_id", through="request", becomes={"comment": BLANK})
    personal("request_party", "request_id", through="request")
    personal("request_photo", "request_id", through="request", becomes={"photo": None})
    personal("delegation", ("person_id", "delegate_id"))
    personal("leave", "person_id", becomes={"called_off_because": BLANK})
    personal("leave_adjustment", "person_id", becomes={"reason": BLANK})
    personal("leave_balance", "person_id")
    personal("lieu_credit", "person_id")
    personal("pattern_assignment", "person_id")
    personal("rule_assignment", "person_id")
    personal("planned_day", "person_id", becomes={"note": BLANK})
    personal("duty", "person_id")
    personal("roster_cell", "person_id", becomes={"comment": BLANK, "override": BLANK, "published": None})
    personal("roster_shift", "person_id", becomes={"note": BLANK})
    personal("roster_worker", "person_id", removed=True)
    personal("skill_grant", "person_id", becomes={"certificate": None, "reason": BLANK})
    personal("roster_terms", "person_id", removed=True)
    nobodys("roster_proposal", "who asked for a roster to be computed and took it, by id; changes of an alternative by ids")
    nobodys("roster_proposal_run", "shifts and figures by ids; names are looked up when it is read")
    nobodys("roster_stretch", "ids and times of published shifts, for the database to compare")
    nobodys("roster_publication", "who published when, by id")
    personal("ticket", "author_id", becomes={"text": "", "form": {}, "photos": [], "fix": None, "spot": ""})
    personal("ticket_event", "by_id", becomes={"text": "", "form": {}, "photos": []})
    personal("ticket_watcher", "person_id")
    personal("ticket_photo", "by_id", becomes={"photo": None})
    personal("ticket_words", "id", through="ticket", becomes={"words": ""})
    personal("desk_person", "person_id", removed=True)
    personal("desk_turn", "person_id", removed=True)
    nobodys("desk", "who leads a desk, by id")
    nobodys("ticket_category", "kinds of tickets and their fields")
    nobodys("ticket_stop", "which desk a ticket was at")
    personal("device", "person_id", secret=("code_key",), becomes={"label": "", "hardware": _card, "revoked_because": BLANK})
    personal("punch", "person_id", becomes={
        "lat_e7": None, "lng_e7": None, "accuracy_dm": None, "fix_age_ms": None, "distance_m": _banded, "reasons": _reduced,
        "photo": None, "note": None, "wall_ms": None, "hardware": _card, "decision_reason": BLANK,
    })  # fmt: skip
    personal("punch_review", "punch_id", through="punch", becomes={"reason": ""})
    personal("punch_proof", "punch_id", through="punch")
    personal("punch_correction", "person_id", becomes={"reason": "", "withdrawn_because": BLANK})
    personal("appeal", "person_id", becomes={"text": "", "photo": None, "answer": BLANK})
    personal("case_file", "person_id", becomes={"reason": BLANK})
    personal("case_person", "person_id")
    nobodys("countersign", "ids: which phone a tablet saw, and whether it counted")
    personal("archive_basics", "person_id", removed=True, secret=("id_fingerprint",))
    personal("archive_contract", "person_id", removed=True)
    personal("archive_insurance", "person_id", removed=True)
    personal("archive_document", "person_id", removed=True)
    personal("archive_state", "person_id", removed=True)
    personal("look", "person_id", becomes={"why": ""})
    personal("erasure", "person_id", becomes={"reason": BLANK, "refused_because": BLANK})
    personal("inbox_item", "receiver_id", alias="inbox", becomes={"facts": _sentence})
    personal("notice_wish", "person_id", becomes={"email": ""})
    personal("push_subscription", "person_id", removed=True, secret=("sealed",))
    personal("delivery", "person_id", becomes={"address": "", "said": BLANK})
    personal("inbox_item", "about_id", through=ANY, becomes={"facts": _sentence}, told=False)
    personal("work_day", "person_id")
    personal("work_part", "person_id")
    personal("late_change", "person_id")
    personal("overtime_grant", "person_id", becomes={"withdrawn_because": BLANK})
    personal("availability", "person_id", becomes={"note": "", "stretches": []})
    personal("shift_wish", "person_id", becomes={"note": ""})
    personal("shift_claim", "person_id", becomes={"reason": "", "costs": []})
    personal("shift_offer", "person_id", becomes={"note": "", "override": BLANK})
    personal("shift_swap", ("asker_id", "colleague_id"), becomes={"note": "", "reason": "", "costs": []})
    personal("shift_absence", "person_id", becomes={"note": ""})
    personal("absence_shift", "person_id")
    personal("shift_loan", "person_id", becomes={"note": "", "reason": "", "costs": [], "override": BLANK})
    personal("training_task", "person_id", becomes={"note": "", "because": BLANK})
    personal("training_onboarding", "person_id", removed=True)
    nobodys("training_assignment", "which course was given to whom and why, by ids; its tasks are each person's own")
    nobodys("training_pack", "what a unit asks of whoever works there; who set it, by id")
    nobodys("training_reminder", "ids: who was reminded of which course")
    personal("announcement_receipt", "person_id")
    personal("voice", "person_id", becomes={"text": ""})
    nobodys("voice_answer", "what HQ answered; who did, by id")
    nobodys("voice_theme", "themes and their words")
    personal("score_card", "person_id", becomes={"given": [], "comment": "", "photos": [], "marks": []})
    personal("score_photo", "person_id", becomes={"photo": None})
    personal("score_fact", "person_id", becomes={
        "text": "", "marks": [], "comment": "", "before_marks": [], "comment_before": "",
    })  # fmt: skip
    personal("score_report", "person_id")
    personal("score_report_revision", "person_id", becomes={"text": None, "differences": []})
    nobodys("score_run", "how many figures or reports of a month were new, changed, the same")
    nobodys("value_import", "which file of figures was taken, and what its columns meant; who took it, by id")
    nobodys("score_period", "until when a month is scored, and why")
    personal("score_cycle_part", "person_id", becomes={"goals": [], "tracks": [], "talk_note": "", "plan": []})
    nobodys("score_review", "figures of raters by id and of metrics; names are looked up when it is read")
    nobodys("score_review_rule", "how often a review is made")
    nobodys("score_cycle", "the days of a cycle and whom it is for; who opened it, by id")
    nobodys("announcement", "what HQ or a store told many; who wrote it, by id")
    nobodys("announcement_readers", "how many have read, by store")
    nobodys("announcement_reminder", "ids and a number: who tapped, how many were told again")
    nobodys("announcement_file", "files of notices, by hash; who added one, by id")
    personal("calendar_feed", "person_id", secret=("token_hash",))
    personal("calendar_event", "person_id", removed=True)
    nobodys("board_row", "ids and words of the running day, made anew within hours")
    nobodys("board_change", "ids of people whose board rows are to be made anew")
    nobodys("dirty_day", "ids and days that are still to be computed, gone within seconds")
    personal("closed_stretch", "person_id")
    personal("statement", "person_id")
    personal("statement_revision", "person_id", becomes={"text": None})
    personal("statement_confirmation", ("person_id", "confirmed_by"))
    personal("card_event", "person_id", becomes={"answer": None})
    personal("reading", "person_id")
    personal("attempt", "person_id", becomes={"answers": [], "marks": []})
    personal("recall_review", "person_id", becomes={"answer": {}})
    personal("course_progress", "person_id")
    personal("recall", "person_id")
    personal("certificate", "person_id", becomes={"code": _erased_code})
    nobodys("course", "who began to write a course, by id")
    nobodys("course_version", "who wrote and saved a version, by id; courses are the company's")
    nobodys("course_media", "who added a picture to a course, by id")
    personal("statement_dispute", "person_id", becomes={"reason": "", "settled_reason": BLANK})
    personal("indicator_value", "person_id", becomes={"source": ""})
    personal("recommendation", "person_id", removed=True)
    personal("path_member", "person_id", becomes={"reason": BLANK})
    personal("career_wish", "person_id", becomes={"note": ""})
    personal("promotion", "person_id", becomes={"reason": "", "missing_zh": [], "missing_en": []})
    personal("career", "person_id", removed=True)
    nobodys("month_closing", "which month of a unit is final, decided by ids")
    nobodys("enrol_code", "a code for a phone, by its hash, gone within days")
    nobodys("role_change", "what a role may do, proposed and decided by ids")
    nobodys("unit_version", "which unit somebody managed, by id")
    nobodys("person_key", "the key itself is destroyed first, by the erasure")
    nobodys("person_store", "ids and days: where a card could be read")
    nobodys("grant", "which role an account had, without a name")
    nobodys("web_session", "hashes of tokens and days, forgotten after a month")
    nobodys("code_use", "ids: which code counted once")
    nobodys("op_log", "operations are forgotten by themselves: server/archive/forget.py")
    nobodys("op_quarantine", "emptied by the erasure, by device")
    nobodys("history", "emptied by the erasure, by row")


declare_all()
