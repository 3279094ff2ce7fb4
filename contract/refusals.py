"""Every way an operation can be refused, held or parked, as data. Sentences live in `contract/messages`.

A code, once shipped, never changes its meaning.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Status = Literal["received", "applied", "merged", "held", "rejected", "parked"]
FINAL: frozenset[str] = frozenset({"applied", "merged", "rejected"})


class Refusal(NamedTuple):
    """HTTP status for the API, and whether asking again later may succeed."""

    http: int
    may_retry: bool = False


REFUSALS: dict[str, Refusal] = {
    # the organisation
    "org.unit_unknown": Refusal(404),
    "org.post_unknown": Refusal(404),
    "org.no_such_day": Refusal(422),
    "org.not_there_then": Refusal(409),
    "org.cannot_hold": Refusal(409),
    "org.below_itself": Refusal(409),
    "org.has_closed": Refusal(409),
    "org.not_empty": Refusal(409),
    "org.the_company_stays": Refusal(409),
    "org.code_taken": Refusal(409),
    "org.no_home_then": Refusal(409),
    "org.home_moves_later": Refusal(409),
    "org.over_headcount": Refusal(409),
    # shape
    "wire.not_json": Refusal(400),
    "wire.too_deep": Refusal(400),
    "wire.too_large": Refusal(413),
    "wire.missing": Refusal(422),
    "wire.unknown_field": Refusal(422),
    "wire.wrong_type": Refusal(422),
    "wire.out_of_range": Refusal(422),
    "wire.not_a_choice": Refusal(422),
    "wire.invalid": Refusal(422),
    # identity and rights
    "access.sign_in": Refusal(401),
    "access.wrong_password": Refusal(401),
    "access.too_many_tries": Refusal(429, True),
    "access.not_allowed": Refusal(403),
    "access.stale_form": Refusal(403),
    "access.out_of_scope": Refusal(404),
    "access.not_found": Refusal(404),
    # operations
    "operation.unknown": Refusal(422),
    "operation.newer_than_server": Refusal(409, True),
    "operation.id_reused": Refusal(409),
    "operation.stale": Refusal(409),
    "operation.depends_on_refused": Refusal(409),
    "operation.waits_for_parked": Refusal(409, True),
    "operation.failed_here": Refusal(500, True),
    "operation.already_exists": Refusal(409),
    "operation.breaks_a_rule": Refusal(409),
    # devices and sync
    "device.code_unknown": Refusal(404),
    "device.code_used": Refusal(409),
    "device.code_expired": Refusal(410),
    "device.key_not_proven": Refusal(422),
    "device.unknown": Refusal(401),
    "device.revoked": Refusal(403),
    "device.not_here": Refusal(422),
    "device.already_revoked": Refusal(409),
    "sync.bad_signature": Refusal(401),
    "sync.chain_broken": Refusal(409),
    "sync.chain_forked": Refusal(409),
    "sync.too_many_operations": Refusal(413),
    "sync.busy": Refusal(429, True),
    "blob.wrong_hash": Refusal(422),
    "blob.wrong_offset": Refusal(409),
    "blob.too_large": Refusal(413),
    "blob.unexpected": Refusal(404),
    # people, stores, postings
    "people.number_taken": Refusal(409),
    "people.login_taken": Refusal(409),
    "people.weak_password": Refusal(422),
    "people.unknown": Refusal(404),
    "people.has_left": Refusal(409),
    "people.account_unknown": Refusal(404),
    "people.grant_unknown": Refusal(404),
    "people.last_admin": Refusal(409),
    "people.pin_of_another": Refusal(403),
    "people.pin_already_set": Refusal(409),
    "stores.number_taken": Refusal(409),
    "stores.partner_unknown": Refusal(404),
    "stores.partner_name_taken": Refusal(409),
    "stores.unknown": Refusal(404),
    "stores.zone_unknown": Refusal(422),
    "stores.place_out_of_world": Refusal(422),
    "stores.fence_invalid": Refusal(422),
    "stores.lookup_failed": Refusal(503, True),
    "postings.overlaps": Refusal(409),
    "postings.ends_before_start": Refusal(422),
    "postings.unknown": Refusal(404),
    "postings.already_ended": Refusal(409),
    "postings.already_begun": Refusal(409),
    "postings.no_such_day": Refusal(422),
    # attendance
    "attendance.punch_unknown": Refusal(404),
    "attendance.already_decided": Refusal(409),
    "attendance.time_needed": Refusal(422),
    "attendance.time_in_future": Refusal(422),
    "attendance.own_punch": Refusal(403),
    # imports
    "imports.unreadable": Refusal(422),
    "imports.columns_missing": Refusal(422),
    "imports.too_large": Refusal(413),
    "imports.empty": Refusal(422),
    "imports.number_twice": Refusal(409),
    "imports.not_a_number": Refusal(422),
    "imports.too_many_columns": Refusal(422),
    # the inbox
    "inbox.unknown": Refusal(404),
    # the answers to a request's form
    "form.missing": Refusal(422),
    "form.unknown_field": Refusal(422),
    "form.not_a_text": Refusal(422),
    "form.too_short": Refusal(422),
    "form.too_long": Refusal(422),
    "form.not_a_number": Refusal(422),
    "form.too_small": Refusal(422),
    "form.too_big": Refusal(422),
    "form.not_a_day": Refusal(422),
    "form.not_a_choice": Refusal(422),
    "form.not_yes_or_no": Refusal(422),
}
