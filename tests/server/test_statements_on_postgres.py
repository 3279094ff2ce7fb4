"""Weeks and months on PostgreSQL, where several work at the same time: what SQLite shows one after the other, and the races."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.statement_seal import open_sealed, seal
from contract.statements import AskReopen, CloseMonth, ConfirmWeek, DecideReopen
from server.kernel.actors import Actor
from server.kernel.perform import Outcome, writing
from server.statements import making, month_queries, queries
from server.statements.model import StatementConfirmation, StatementRevision
from server.timesheets.closing_model import ClosedStretch, MonthClosing
from server.timesheets.model import LateChange, WorkDay
from tests.server.statements_of import WORKED, Signing
from tests.server.test_months import MONTH, close, hours_of
from tests.server.world import World
from tests.support.planted import instead


@pytest.fixture
def signing(postgres_world: World) -> Signing:
    """Five days of nine to six, and the week is over."""
    made = Signing(postgres_world).furnish()
    made.work(*WORKED)
    return made.over()


def late_pair(signing: Signing, at: str) -> None:
    signing.hours.punch("李伟", "in", "2026-11-14 10:00", received=at)
    signing.hours.punch("李伟", "out", "2026-11-14 12:00", received=at)
    signing.hours.at(at)


def december(signing: Signing) -> Signing:
    signing.all_three()
    signing.hours.at("2026-12-02 10:00")
    signing.hours.round()
    return signing


def at_once(*acts: Callable[[], Outcome]) -> list[Outcome]:
    """Each in a thread of its own, all let go at the same moment."""
    gate, found = threading.Barrier(len(acts)), list[Outcome]()

    def run(act: Callable[[], Outcome]) -> None:
        gate.wait(30)
        found.append(act())

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_signed_by_three_then_a_late_punch_is_revision_2_and_revision_1_stays_verifiable(signing: Signing) -> None:
    signing.all_three()
    first = signing.row()
    assert first.text is not None
    file = seal(signing.world.rows(sa.select(StatementRevision.text))[0], first.confirmed, signing.hours.out.signer)
    late_pair(signing, "2026-11-17 09:00")
    signing.hours.round()
    second = signing.row()
    assert (second.revision, second.state, second.confirmed) == (2, "open", [])
    with signing.world.looking(signing.as_("zhao")) as session:
        detail = queries.detail(session, signing.statement().id)
        said = queries.verify(session, first.code)
    assert detail is not None
    changed = {(one.day, one.field): (one.before, one.after) for one in detail.differences[0]}
    assert changed["2026-11-14", "worked_min"] == (0, 120) and second.text is not None and second.text.previous == first.digest
    assert (said.state, said.revision, said.newest, len(said.confirmed)) == ("superseded", 1, 2, 3)
    assert open_sealed(file, signing.hours.out.signer.public).digest == first.digest
    signing.all_three()
    assert signing.row().state == "complete" and len(signing.row(1).confirmed) == 3


def test_a_closed_month_refuses_and_two_people_open_it(signing: Signing) -> None:
    world = december(signing).world
    first, before = close(signing), hours_of(signing)
    late_pair(signing, "2026-12-03 09:00")
    signing.hours.round()
    assert hours_of(signing) == before and len(world.rows(sa.select(LateChange))) == 1 and signing.row().revision == 1
    world.must(AskReopen(closing_id=first, reason="补传"), signing.as_("zhao"))
    deciding = DecideReopen(closing_id=first, agreed=True, reason="同意")
    assert world.refusal(deciding, signing.as_("zhao")) == "statements.second_person"
    world.must(deciding, signing.as_("qian"))
    signing.hours.round()
    assert hours_of(signing) == before + 120 and world.rows(sa.select(LateChange)) == []
    assert signing.row().revision == 2 and signing.row(1).state == "superseded"
    signing.all_three()
    with world.looking(signing.as_("zhao")) as session:
        detail = month_queries.closing_detail(session, close(signing, "qian"))
    assert detail is not None and detail.closing.revision == 2
    assert {one.field: (one.before, one.after) for one in detail.differences}["worked_min"] == (before, before + 120)


CHANGES: dict[str, sa.UpdateBase] = {
    "rewrite a day": sa.update(WorkDay).values(
        worked_min=WorkDay.worked_min + 1, regular_min=WorkDay.regular_min + 1, presence_min=WorkDay.presence_min + 1
    ),
    "remove a day": sa.delete(WorkDay),
    "delete the closing": sa.delete(MonthClosing),
    "open it alone": sa.update(MonthClosing).values(state="reopened", asked_reason="x"),
    "rewrite what was closed": sa.update(ClosedStretch).values(worked_min=0),
    "rewrite what was signed": sa.update(StatementRevision).values(text="{}"),
    "take a confirmation back": sa.delete(StatementConfirmation),
    "say how somebody confirmed": sa.update(StatementConfirmation).values(way="phone"),
}


def test_the_database_itself_refuses_to_change_what_was_closed_or_signed(signing: Signing) -> None:
    close(december(signing))
    passed = [name for name, change in CHANGES.items() if not _is_refused(signing, change)]
    assert passed == [] and hours_of(signing) == 2700
    assert not _is_refused(signing, sa.update(StatementRevision).values(text=None)), "an erasure may empty a text"


def _is_refused(signing: Signing, change: sa.UpdateBase) -> bool:
    try:
        with writing(signing.world.db, Actor.system(), op_id=new_id(), now=signing.world.clock()) as session:
            session.execute(change, execution_options={"unledgered": True})
    except (sa.exc.IntegrityError, sa.exc.InternalError, sa.exc.ProgrammingError):
        return True
    return False


def test_of_two_closings_at_once_one_stands_and_the_other_hears_why(signing: Signing) -> None:
    world = december(signing).world
    zhao, qian = signing.as_("zhao"), signing.as_("qian")
    told = at_once(
        *(
            lambda who=who: world.do(CloseMonth(closing_id=new_id(), month=MONTH, reason="r"), who)  # type: ignore[misc]
            for who in (zhao, qian)
        )
    )
    assert sorted((one.status, one.code or "") for one in told) == [
        ("applied", ""), ("rejected", "statements.month_already_closed"),
    ]  # fmt: skip
    assert len(world.rows(sa.select(MonthClosing))) == 1
    [stretch] = {(row.from_day, row.to_day) for row in world.rows(sa.select(ClosedStretch))}
    assert stretch == (date(2026, 11, 1), date(2026, 11, 30))


def test_of_two_who_confirm_one_side_at_once_one_is_kept(signing: Signing) -> None:
    acts = [_confirming(signing, login, "hq") for login in ("zhao", "qian")]
    told = at_once(*acts)
    assert sorted((one.status, one.code or "") for one in told) == [
        ("applied", ""), ("rejected", "statements.already_confirmed"),
    ]  # fmt: skip
    assert len(signing.row().confirmed) == 1


def _confirming(signing: Signing, login: str, side: str) -> Callable[[], Outcome]:
    operation: ConfirmWeek = signing.confirming(side)
    who = signing.as_(login)
    return lambda: signing.world.do(operation, who)


def third_signature_while_it_is_said_anew(signing: Signing) -> tuple[list[Outcome], Any]:
    """Two have signed; the third signs at the moment in which a late punch makes revision 2."""
    signing.confirm("wu", "store")
    signing.confirm("zhao", "hq")
    third = _confirming(signing, "li", "employee")
    late_pair(signing, "2026-11-17 09:00")
    told: list[Outcome] = []
    thread = threading.Thread(target=lambda: told.append(third()))
    real = making._text

    def slowly(*given: Any) -> Any:
        if not thread.ident:
            thread.start()
            thread.join(1.5)
        return real(*given)

    with instead(making, "_text", slowly):
        signing.hours.round()
    thread.join(60)
    return told, signing.row()


def test_a_third_signature_while_the_week_is_said_anew_signs_nothing_that_was_not_seen(signing: Signing) -> None:
    told, row = third_signature_while_it_is_said_anew(signing)
    assert [one.code for one in told] == ["statements.not_the_newest"]
    assert (row.revision, row.state, row.confirmed) == (2, "open", [])


def test_without_the_lock_it_would_count_as_signed_by_three(signing: Signing) -> None:
    with instead(making, "_hold", lambda session, statement: None):
        told, row = third_signature_while_it_is_said_anew(signing)
    assert [one.status for one in told] == ["applied"]
    assert (row.revision, row.state, row.confirmed) == (2, "complete", []), "which is what the lock is there for"
