"""What is told of a cycle (N-22): a stage opened, ends soon, is overdue; each once to each person it concerns. To a manager in
one item for all who lack something at the store: "3 staff not scored"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import sqlalchemy as sa

from contract.cycles import OF, CycleNotice, CyclePersonRow, CycleRow, Lack, Stage, StageDays, asked, lacks, standing_of
from contract.messages import Language, say
from server.inbox.service import NewItem, close_items, put_items
from server.kernel.perform import Work
from server.org.queries import company_day, manager_of
from server.scoring.cycle_model import Cycle, CyclePart
from server.scoring.cycle_rows import cycle_row, parts_by_id
from server.training.notices import ends_at

OPEN, NEAR, LATE, TEAM, TALK = "N-22", "N-22_near", "N-22_late", "N-22_team", "N-22_talk"
_TRIGGER = {"open": OPEN, "near": NEAR, "late": LATE}
_THEIRS: tuple[Lack, ...] = tuple(one for one, side in OF.items() if side == "person")


def month_on(day: date) -> str:
    """The month of a day, which is not over yet."""
    return day.isoformat()[:7]


def tell(wide: Work, notice: CycleNotice) -> None:
    """Tell what a day brings of a stage, to whom it waits for now. The work reaches every row."""
    session, today = wide.session, company_day(wide.now)
    found = session.get(Cycle, notice.cycle_id)
    if found is None or found.closed_at is not None:
        return
    cycle = cycle_row(found)
    days = next(one for one in cycle.stages if one.stage == notice.stage)
    taking = sa.select(CyclePart.id).where(CyclePart.cycle_id == cycle.id, CyclePart.takes_part)
    missing: dict[str, list[Lack]] = {}
    rows = {row.id: row for row in parts_by_id(session.connection(), list(session.scalars(taking)))}
    for part_id, row in rows.items():
        if waits := _waits(notice.stage, cycle, row, today):
            missing[part_id] = waits
    put_items(wide, [
        _to_person(cycle, days, rows[part_id], notice, waits)
        for part_id, waits in missing.items()
        if _concerns_person(notice, waits)
    ])  # fmt: skip
    _tell_managers(wide, cycle, days, notice, rows, missing)


def _waits(stage: Stage, cycle: CycleRow, row: CyclePersonRow, today: date) -> list[Lack]:
    """What a stage asks of somebody and their manager."""
    return asked(lacks(stage, standing_of(cycle, row, month_on(today))), row.goals.goals)


def _concerns_person(notice: CycleNotice, waits: Sequence[Lack]) -> bool:
    """That a stage opened concerns everybody it is about; that it ends, or is over, whoever has not done their side of it."""
    if notice.what == "open":
        return notice.stage != "collection"
    return any(one in _THEIRS for one in waits)


def _to_person(
    cycle: CycleRow, days: StageDays, row: CyclePersonRow, notice: CycleNotice, waits: Sequence[Lack]
) -> NewItem:
    facts = {**_facts(cycle, days), **_both(lambda language: _words(language, "lack", [one for one in waits if one in _THEIRS]))}
    return NewItem(
        _TRIGGER[notice.what], row.person_id, "notice", "cycle", cycle.id, facts, days.stage,
        ends_at(date.fromisoformat(days.until)),
    )  # fmt: skip


def _tell_managers(
    wide: Work, cycle: CycleRow, days: StageDays, notice: CycleNotice, rows: Mapping[str, CyclePersonRow],
    missing: Mapping[str, Sequence[Lack]],
) -> None:  # fmt: skip
    today = company_day(wide.now)
    told = _both(lambda language: say(language, f"cycle.what.{notice.what}"), "what")
    items = []
    for store_id, name in sorted({(rows[one].store_id, rows[one].store_name) for one in missing}):
        manager = manager_of(wide.session, store_id, today)
        counts = Counter(lack for one, waits in missing.items() if rows[one].store_id == store_id for lack in waits)
        if manager is None:
            continue
        facts = {
            **_facts(cycle, days), "store": name, "count": sum(1 for one in missing if rows[one].store_id == store_id),
            "missing_zh": _counted("zh", counts), "missing_en": _counted("en", counts), **told,
        }  # fmt: skip
        items.append(NewItem(TEAM, manager, "notice", "cycle", cycle.id, facts, f"{notice.what} {days.stage} {store_id}"))
    put_items(wide, items)


def _facts(cycle: CycleRow, days: StageDays) -> dict[str, str]:
    return {
        "cycle_zh": cycle.name_zh, "cycle_en": cycle.name_en, "until": days.until,
        **_both(lambda language: say(language, f"cycle.stage.{days.stage}"), "stage"),
    }  # fmt: skip


def _both(made: Callable[[Language], str], name: str = "missing") -> dict[str, str]:
    return {f"{name}_zh": made("zh"), f"{name}_en": made("en")}


def _words(language: Language, group: str, of: Sequence[str]) -> str:
    return ("、" if language == "zh" else ", ").join(say(language, f"cycle.{group}.{one}") for one in of)


def _counted(language: Language, counts: Mapping[Lack, int]) -> str:
    """3 staff not scored; 1 without a plan."""
    return ("；" if language == "zh" else "; ").join(
        say(language, f"cycle.team.{lack}", count=counts[lack]) for lack in OF if counts.get(lack)
    )


def tell_note(wide: Work, part: CyclePart) -> None:
    """The note of the talk is there, to be read and confirmed by whom it is about. An earlier one need not be any more."""
    close_items(wide, part.cycle_id, triggers=[TALK], receiver_id=part.person_id)
    cycle = wide.session.get_one(Cycle, part.cycle_id)
    facts = {"cycle_zh": cycle.name_zh, "cycle_en": cycle.name_en, "day": part.talk_on}
    put_items(wide, [NewItem(TALK, part.person_id, "to_do", "cycle", part.cycle_id, facts, f"{part.id} {part.talk_revision}")])


def settle(wide: Work, part: CyclePart) -> None:
    """What somebody has done is not asked of them any more."""
    cycle = cycle_row(wide.session.get_one(Cycle, part.cycle_id))
    [row] = parts_by_id(wide.session.connection(), [part.id])
    for days in cycle.stages:
        if not any(one in _THEIRS for one in _waits(days.stage, cycle, row, company_day(wide.now))):
            close_items(
                wide, cycle.id, triggers=[NEAR, LATE], receiver_id=part.person_id, key=days.stage, kind="notice"
            )  # fmt: skip
    if part.talk_confirmed_person is not None:
        close_items(wide, cycle.id, triggers=[TALK], receiver_id=part.person_id)


def nothing_to_do(wide: Work, cycle_id: str) -> None:
    """The cycle is closed: nothing of it is asked any more."""
    close_items(wide, cycle_id, triggers=[TALK])
    close_items(wide, cycle_id, triggers=[OPEN, NEAR, LATE, TEAM], kind="notice")
