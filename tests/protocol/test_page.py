"""docs/protocol.md says what the code does: its numbers are the code's, its tables name every field there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contract import feedback, limits, moments, store_code, sync
from contract.approvals import (
    DecideStep,
    Delegate,
    EndDelegation,
    FlowRow,
    FormField,
    RequestRow,
    StepRow,
    StepRule,
    SubmitRequest,
    TrailNote,
    WithdrawRequest,
)
from contract.attendance import AddProof, ClockIn, KioskProof, PunchRow
from contract.audit import ReportSplitView
from contract.corrections import Appeal, AppealRow, CorrectionRow, Vouch
from contract.geo import Fix
from contract.inbox import ItemRow, SeeItem
from contract.leave import BalanceRow, LeaveRow
from contract.moments import Anchor, ClockReading, Stamp
from contract.people import PersonRow, SetPin
from contract.postings import ArrivalRow, ChecklistItem, PastCourse, PastScore, PostingRow, TickItem
from contract.refusals import REFUSALS
from contract.roster_demand import DemandRow
from contract.rostering.shapes import Past, Placed, Worker
from contract.rosters import (
    ConfirmShifts,
    CopyDays,
    DiscardDraft,
    FillByPattern,
    PlacedWindow,
    Publish,
    PublishedBody,
    RemoveShift,
    RosterCellRow,
    RosterKitRow,
    RosterProfileRow,
    RosterShiftRow,
    RosterWorkerRow,
    SetShift,
    TemplateOfDay,
)
from contract.shift_market import (
    AbsenceRow,
    AcceptLoan,
    AnswerLoan,
    AnswerOffer,
    AnswerSwap,
    ApprovalRow,
    AskLoan,
    AskSwap,
    AvailabilityRow,
    CancelLoan,
    ClaimRow,
    ClaimShift,
    DecideClaim,
    DecideSwap,
    FeedRow,
    LoanRow,
    MakeWish,
    OfferRow,
    OfferShift,
    OpenFeed,
    ReportAbsence,
    RevokeFeed,
    SetAvailability,
    ShiftBrief,
    SwapRow,
    WeekStretch,
    WishRow,
    WithdrawAbsence,
    WithdrawClaim,
    WithdrawOffer,
    WithdrawSwap,
    WithdrawWish,
)
from contract.shifts import DutyBreak, DutyRow, DutyWindow
from contract.statements import ConfirmationRow, ConfirmWeek, DisputeRow, DisputeWeek, StatementDay, StatementRow, StatementText
from contract.stores import StoreRow
from mobile.core import anchors, exchange, journal, pins, sync_plan
from server.attendance import rules
from server.sync import projections, pull, scopes
from server.sync.exchange import MOST_BOOTS

TICKETS = (
    feedback.FileTicket, feedback.ReplyToTicket, feedback.AmendTicket, feedback.PassOn, feedback.TakeTicket, feedback.PauseTicket,
    feedback.ResumeTicket, feedback.ResolveTicket, feedback.CloseTicket, feedback.ReopenTicket, feedback.WatchTicket,
    feedback.CategoryRow, feedback.Hop, feedback.TicketRow, feedback.TicketEventRow, feedback.DeskRow,
)  # fmt: skip
MARKET = (
    ClaimShift, WithdrawClaim, DecideClaim, OfferShift, WithdrawOffer, AnswerOffer, AskSwap, AnswerSwap,
    DecideSwap, WithdrawSwap, SetAvailability, WeekStretch, MakeWish, WithdrawWish, ReportAbsence, WithdrawAbsence,
    AskLoan, AnswerLoan, AcceptLoan, CancelLoan, OpenFeed, RevokeFeed, ShiftBrief, ClaimRow,
    OfferRow, SwapRow, AbsenceRow, LoanRow, AvailabilityRow, WishRow, ApprovalRow, FeedRow,
)  # fmt: skip
APPROVALS = ("submit_request", "decide_step", "withdraw_request", "delegate", "end_delegation")
PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")

NUMBERS: dict[str, int | float] = {
    "operations per request": limits.MAX_OPS_PER_REQUEST,
    "request, inflated": limits.MAX_REQUEST_BYTES,
    "one operation": limits.MAX_OP_BYTES,
    "photo": limits.MAX_BLOB_BYTES,
    "JSON depth": limits.MAX_JSON_DEPTH,
    "rows per answer, most": pull.MAX_ROWS,
    "bytes counted per row": 300,
    "exact within": moments.EXACT_WITHIN_MS,
    "bounded up to": moments.NARROW_MS,
    "drift": moments.DRIFT_PER_MILLION,
    "anchors looked at": anchors.MOST_SENT,
    "boots looked at": MOST_BOOTS,
    "phone: stores ahead": scopes.PHONE_AHEAD_MS // 3_600_000,
    "kiosk: people ahead": scopes.KIOSK_AHEAD_MS // 3_600_000,
    "lease, phone": scopes.PHONE_LEASE_MS,
    "lease, kiosk": scopes.KIOSK_LEASE_MS,
    "store code step": store_code.STEP_MS,
    "store code digits": store_code.DIGITS,
    "store code skew": store_code.SKEW_STEPS,
    "typed code looked for in": rules.MOST_STEPS,
    "retention after the end": journal.RETENTION_MS,
    "request timeout": int(exchange.SYNC_TIMEOUT_S),
    "backoff, first ceiling": sync_plan.BACKOFF_FIRST_MS,
    "backoff, most while something waits": sync_plan.TRY_WITHIN_MS,
    "backoff, most": sync_plan.IDLE_MOST_MS,
    "refused request": sync_plan.REFUSED_MS,
    "Retry-After, most": sync_plan.RETRY_AFTER_MOST_MS,
    "poll, phone": sync_plan.POLL_MS["phone"],
    "poll, kiosk": sync_plan.POLL_MS["kiosk"],
    "budget": sync_plan.BUDGET_MOST,
    "budget, least": sync_plan.BUDGET_LEAST,
    "anchor replaced after": anchors.REFRESH_MS,
    "protocol": sync.PROTOCOL,
    "schema": sync.SCHEMA,
}


def test_each_number_of_the_table_is_the_codes() -> None:
    table = PAGE.split("## 16. Limits and constants")[1]
    stated = {what.strip(): int(number) for what, number in re.findall(r"^\| ([^|]+) \| (\d+)[^|]*\|$", table, re.MULTILINE)}
    assert stated == NUMBERS


def test_the_numbers_that_hide_in_code_are_the_pages_too(as_shipped: None) -> None:
    """Where a constant has no name of its own: a default, a division."""
    assert pull.rows_for(300 * 100) == 100 and pull.rows_for(1) == 8 and pull.rows_for(10**9) == pull.MAX_ROWS
    hasher = pins._HASHER
    stated = (hasher.time_cost, hasher.memory_cost, hasher.parallelism, hasher.hash_len, hasher.salt_len)
    assert stated == (2, 19_456, 1, 32, 16)
    assert "time cost 2, memory 19,456 KiB,\nparallelism 1, salt 16 random bytes, hash 32 bytes" in PAGE


def fields(shape: type) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(shape)}


@pytest.mark.parametrize(
    "shape",
    [
        sync.SyncRequest,
        sync.SyncResponse,
        sync.JournalHead,
        sync.ScopeCursor,
        sync.Standing,
        sync.SignedOperation,
        sync.WireOp,
        sync.Enrol,
        sync.Enrolled,
        sync.OpResult,
        sync.ProblemBody,
        sync.Receipt,
        ClockReading,
        Anchor,
        Stamp,
        Fix,
        ClockIn,
        KioskProof,
        AddProof,
        Vouch,
        Appeal,
        CorrectionRow,
        AppealRow,
        ConfirmWeek,
        DisputeWeek,
        StatementRow,
        StatementText,
        StatementDay,
        ConfirmationRow,
        DisputeRow,
        SetPin,
        PersonRow,
        StoreRow,
        PostingRow,
        ArrivalRow,
        ChecklistItem,
        PastCourse,
        PastScore,
        TickItem,
        PunchRow,
        SeeItem,
        sync.TreeHeld,
        sync.TreeSaid,
        ReportSplitView,
        ItemRow,
        LeaveRow,
        BalanceRow,
        DutyRow,
        DutyWindow,
        DutyBreak,
        SetShift,
        RemoveShift,
        CopyDays,
        FillByPattern,
        DiscardDraft,
        Publish,
        ConfirmShifts,
        RosterCellRow,
        RosterShiftRow,
        RosterWorkerRow,
        RosterProfileRow,
        RosterKitRow,
        DemandRow,
        PlacedWindow,
        PublishedBody,
        TemplateOfDay,
        *MARKET,
        *TICKETS,
        Placed,
        Worker,
        Past,
        SubmitRequest,
        DecideStep,
        WithdrawRequest,
        Delegate,
        EndDelegation,
        FlowRow,
        FormField,
        StepRule,
        RequestRow,
        StepRow,
        TrailNote,
    ],
    ids=lambda shape: shape.__name__,
)
def test_every_field_on_the_wire_is_in_the_page(shape: type) -> None:
    in_fences = re.findall(r"```.*?```", PAGE, re.DOTALL)
    in_ticks = re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))
    words = set(re.findall(r"[a-z_0-9]+", " ".join([*in_fences, *in_ticks])))
    assert fields(shape) - words == set()


@pytest.mark.parametrize(("section", "shape"), [("5", sync.SyncRequest), ("6", sync.SyncResponse), ("9", sync.SignedOperation)])
def test_the_tables_of_request_answer_and_operation_have_just_those_fields(section: str, shape: type) -> None:
    text = PAGE.split(f"\n## {section}. ")[1].split("\n## ")[0]
    first = text.split("\n\n", 1)[1]
    table = next(part for part in first.split("\n\n") if part.startswith("| field"))
    assert set(re.findall(r"^\| `([a-z_]+)` \|", table, re.MULTILINE)) == fields(shape)


def test_every_entity_that_travels_is_described() -> None:
    table = PAGE.split("## 15. Rows")[1].split("\n\n")[2]
    assert set(re.findall(r"^\| `([a-z_]+)` \|", table, re.MULTILINE)) == set(projections.PROJECTIONS)


def test_every_code_the_page_names_is_a_refusal_with_that_status() -> None:
    areas = "wire|device|sync|blob|operation|access|people|stores|attendance|inbox|approvals"
    known = set(re.findall(rf"`((?:{areas})\.[a-z_]+)`", PAGE))
    said = {"people.set_pin", "inbox.see_item", "attendance.vouch", "attendance.appeal"}
    named_after_them = said | {f"approvals.{verb}" for verb in APPROVALS}
    assert known <= set(REFUSALS) | named_after_them
    table = PAGE.split("Of a whole request:\n\n")[1].split("\n\n")[0]
    for statuses, codes in re.findall(r"^\| ([0-9, ]+)[^|]* \| (.+) \|$", table, re.MULTILINE):
        allowed = {int(status) for status in statuses.replace(" ", "").split(",") if status}
        for code in re.findall(r"`([a-z]+\.[a-z_]+)`", codes):
            assert REFUSALS[code].http in allowed, code


def test_the_enrolment_page_states_each_refusals_status() -> None:
    text = PAGE.split("Refusals: `device.code_unknown`")[1].split("\n\n")[0]
    stated: dict[str, Any] = dict(re.findall(r"`([a-z]+\.[a-z_]+)` (\d{3})", "`device.code_unknown`" + text))
    assert len(stated) >= 6
    assert {code: REFUSALS[code].http for code in stated} == {code: int(status) for code, status in stated.items()}


def test_limits_of_texts_and_numbers_are_the_contracts() -> None:
    """The ranges the page gives are the ones the judge enforces."""
    said = {
        "nonce": "text 8..64",
        "budget": "1,000..4,000,000 (default 200,000)",
        "code": "text 6..40",
        "hardware": "text 1..128",
        "verifier": "text 20..200",
        "note": "text 0..1,000",
    }
    for name, words in said.items():
        assert re.search(rf"`{name}`[^\n]*{re.escape(words)}", PAGE), name
    schema = msgspec.json.schema(sync.SyncRequest)["$defs"]["SyncRequest"]["properties"]
    assert (schema["nonce"]["minLength"], schema["nonce"]["maxLength"]) == (8, 64)
    assert (schema["budget"]["minimum"], schema["budget"]["maximum"], schema["budget"]["default"]) == (1_000, 4_000_000, 200_000)
    enrol = msgspec.json.schema(sync.Enrol)["$defs"]["Enrol"]["properties"]
    assert (enrol["code"]["minLength"], enrol["code"]["maxLength"], enrol["hardware"]["maxLength"]) == (6, 40, 128)
