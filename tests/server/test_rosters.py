"""Rosters of stores: planned cell by cell, judged by the rules, published, confirmed, changed; nobody is told twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.attendance import KioskProof
from contract.ids import new_id
from contract.postings import EndPosting
from contract.rosters import ConfirmShifts, FillByPattern, SeenShift
from contract.shifts import AssignPattern, Window
from server.kernel.actors import Actor
from server.kernel.perform import writing
from server.rosters import cells, publishing
from server.rosters.model import RosterCell, RosterShift, RosterStretch
from server.rosters.rules import Change
from tests.server.rosters_of import MONDAY, SUNDAY, Desk, day, desk_on_sqlite
from tests.support.planted import instead


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = desk_on_sqlite(tmp_path)
    yield made
    made.world.close()


# -- planned and published ------------------------------------------------------------------------------------------------


def test_a_published_shift_is_what_its_person_works_and_is_told_of_once(desk: Desk) -> None:
    shift = desk.put(desk.li)
    assert desk.cell(shift).state == "draft" and desk.worked(desk.li) is None
    answer = desk.published()
    assert (answer["new"], answer["changed"], answer["cancelled"], answer["people"]) == (1, 0, 0, 1)
    assert desk.cell(shift).state == "published" and desk.shown(shift).person_id == desk.li
    assert desk.worked(desk.li) == "early" and desk.worked(desk.li, 1) == "", "no shift on a published day is off"
    assert desk.worked(desk.wang) == ""
    assert [item.facts["new"] for item in desk.notices(desk.li)] == [1] and desk.notices(desk.wang) == []


def test_the_first_shift_of_a_day_replaces_what_the_pattern_says_of_it(desk: Desk) -> None:
    """Li Wei follows a pattern; a draft for a day on which nobody has a shift yet is not judged beside the pattern's own."""
    desk.rotate(["early"] * 5 + ["", ""])
    assert desk.worked(desk.li) == "early"
    shift = desk.put(desk.li, 0, "late")
    assert desk.cell(shift).state == "draft"
    desk.published(MONDAY, MONDAY)
    assert desk.worked(desk.li) == "late"


def test_the_first_shift_of_a_week_replaces_what_the_pattern_says_of_it(desk: Desk) -> None:
    """Somebody who follows a pattern is planned otherwise: no day is worked twice, and the days the desk has not come to yet do
    not count against those it plans."""
    pattern = AssignPattern(assignment_id=new_id(), person_id=desk.li, pattern="three-shift", from_day=MONDAY.isoformat())
    desk.world.must(pattern, desk.as_qian)
    outcome = desk.world.do(desk.shift(desk.li, 0, "late"), desk.as_wu)
    assert outcome.status == "applied", outcome.code
    assert [one["rule"] for one in outcome.answer["verdicts"] if one["level"] == "hard"] == []
    for number in (3, 4, 5, 6):
        desk.put(desk.li, number)
    assert [one.rule for one in desk.grid().verdicts if one.level == "hard"] == []


def test_each_gets_one_notice_for_a_publish_whatever_changed_and_none_where_nothing_did(desk: Desk) -> None:
    one, two, _ = desk.put(desk.li, 0), desk.put(desk.li, 2), desk.put(desk.wang, 0)
    desk.published()
    assert len(desk.notices(desk.li)) == len(desk.notices(desk.wang)) == 1
    desk.world.clock.pass_(hours=1)
    desk.put(desk.li, 0, "late", shift_id=one, based_on=1)
    desk.remove(two)
    desk.put(desk.li, 3)
    desk.published()
    told = desk.notices(desk.li)[-1].facts
    assert len(desk.notices(desk.li)) == 2 and len(desk.notices(desk.wang)) == 1
    assert (told["new"], told["changed"], told["cancelled"]) == (1, 1, 1)
    assert told["what_en"] == "1 new, 1 changed, 1 cancelled" and told["store"] == "静安店"
    assert desk.publish().code == "rosters.nothing_to_publish"
    assert len(desk.notices(desk.li)) == 2


def test_a_publish_that_tells_everybody_again_would_be_found(desk: Desk) -> None:
    """The control: whoever has a shift is told, also where nothing changed for them."""

    def all_new(pairs: Any) -> dict[str, Change]:
        return {after["person_id"]: Change([one], [], [], [after["day"]]) for one, _, after in pairs}

    desk.put(desk.wang, 0)
    shift = desk.put(desk.li, 0)
    desk.published()
    desk.put(desk.li, 0, shift_id=shift, based_on=1, locked=True)
    desk.put(desk.wang, 1)
    with instead(publishing, "changes_by_person", all_new):
        desk.published()
    assert len(desk.notices(desk.wang)) == 2


def test_what_is_published_stands_until_the_next_publish(desk: Desk) -> None:
    shift = desk.put(desk.li)
    desk.published()
    desk.put(desk.wang, 0, "late", shift_id=shift, based_on=1)
    cell = desk.cell(shift)
    assert (cell.state, cell.version, cell.published_version) == ("changed", 2, 1)
    assert desk.shown(shift).person_id == desk.li and desk.worked(desk.li) == "early"
    desk.world.clock.pass_(hours=1)
    desk.published()
    assert desk.shown(shift).person_id == desk.wang and desk.worked(desk.li) == "" and desk.worked(desk.wang) == "late"
    assert [item.facts["cancelled"] for item in desk.notices(desk.li)] == [0, 1]


def test_a_removed_shift_goes_with_the_next_publish_a_draft_at_once(desk: Desk) -> None:
    shown, draft = desk.put(desk.li, 0), desk.put(desk.li, 1)
    assert desk.remove(draft) == {"gone": True} and desk.cell(draft) is None
    desk.published()
    assert desk.remove(shown) == {"gone": False, "version": 2}
    assert desk.cell(shown).state == "removed" and desk.worked(desk.li) == "early"
    desk.published()
    assert desk.cell(shown) is None and desk.shown(shown) is None and desk.worked(desk.li) == ""
    assert desk.world.rows(sa.select(RosterStretch)) == []


def test_a_forgotten_draft_leaves_what_is_published(desk: Desk) -> None:
    kept, changed, removed = desk.put(desk.li, 0), desk.put(desk.li, 1), desk.put(desk.li, 2)
    desk.published()
    desk.put(desk.wang, 1, shift_id=changed, based_on=1)
    desk.remove(removed)
    fresh, held = desk.put(desk.wang, 3), desk.put(desk.wang, 4, locked=True)
    assert desk.discard() == {"gone": 1, "restored": 2}
    assert [desk.cell(one).state for one in (kept, changed, removed)] == ["published"] * 3
    assert desk.cell(changed).person_id == desk.li and desk.cell(fresh) is None and desk.cell(held) is not None


def test_a_shift_that_changes_back_is_published_again_and_confirmed_if_it_was(desk: Desk) -> None:
    shift = desk.put(desk.li)
    desk.published()
    desk.world.must(ConfirmShifts(shifts=[SeenShift(shift_id=shift, version=1)]), desk.own(desk.li))
    assert desk.cell(shift).state == "confirmed"
    desk.put(desk.li, 0, "late", shift_id=shift, based_on=1)
    assert desk.cell(shift).state == "changed"
    desk.put(desk.li, 0, "early", shift_id=shift, based_on=2)
    assert desk.cell(shift).state == "confirmed"


# -- confirmed ------------------------------------------------------------------------------------------------------------


def test_only_the_version_that_was_seen_is_confirmed_and_only_by_its_person(desk: Desk) -> None:
    first, second = desk.put(desk.li, 0), desk.put(desk.li, 1)
    desk.published()
    desk.put(desk.li, 1, "late", shift_id=second, based_on=1)
    desk.published()
    seen = ConfirmShifts(shifts=[SeenShift(shift_id=first, version=1), SeenShift(shift_id=second, version=1)])
    assert desk.world.refusal(seen, desk.own(desk.wang)) == "rosters.not_your_shift"
    answer = desk.world.must(seen, desk.own(desk.li)).answer
    assert answer == {"confirmed": [first], "changed": [second]}
    late = ConfirmShifts(shifts=[SeenShift(shift_id=second, version=1)])
    assert desk.world.refusal(late, desk.own(desk.li)) == "rosters.changed_meanwhile"
    assert desk.shown(first).confirmed_at is not None and desk.shown(second).confirmed_at is None


def test_a_confirmed_shift_that_changes_is_to_be_seen_again(desk: Desk) -> None:
    shift = desk.put(desk.li)
    desk.published()
    desk.world.must(ConfirmShifts(shifts=[SeenShift(shift_id=shift, version=1)]), desk.own(desk.li))
    desk.put(desk.li, 0, "late", shift_id=shift, based_on=1)
    desk.published()
    assert desk.shown(shift).confirmed_at is None and desk.cell(shift).state == "published"


# -- who was faster ---------------------------------------------------------------------------------------------------------


def test_who_has_not_seen_the_cell_as_it_is_changes_nothing_and_hears_what_it_is(desk: Desk) -> None:
    shift = desk.put(desk.li)
    desk.put(desk.wang, 0, shift_id=shift, based_on=1)
    outcome = desk.world.do(desk.shift(desk.chen, 0, shift_id=shift, based_on=1), desk.as_wu)
    assert outcome.code == "rosters.changed_meanwhile"
    assert (outcome.facts["version"], outcome.facts["now"]["person_id"]) == (2, desk.wang)
    assert desk.world.refusal(desk.shift(desk.chen, 0, shift_id=shift), desk.as_wu) == "rosters.changed_meanwhile"
    assert desk.cell(shift).person_id == desk.wang


def test_a_server_that_forgets_to_look_at_the_version_loses_a_change(desk: Desk) -> None:
    """The control."""
    shift = desk.put(desk.li)
    desk.put(desk.wang, 0, shift_id=shift, based_on=1)
    with instead(cells, "must_be_seen", lambda *_: None):
        desk.put(desk.chen, 0, shift_id=shift, based_on=1)
    assert desk.cell(shift).person_id == desk.chen


def test_the_same_again_is_no_change(desk: Desk) -> None:
    shift = desk.put(desk.li, comment="till 2", tasks=["count the till"])
    desk.put(desk.li, shift_id=shift, based_on=1, comment="till 2", tasks=["count the till"])
    assert desk.cell(shift).version == 1
    desk.put(desk.li, shift_id=shift, based_on=1, comment="till 3", tasks=["count the till"])
    assert desk.cell(shift).version == 2


# -- split, open, on call, locked -------------------------------------------------------------------------------------------


def test_a_split_shift_is_worked_in_its_windows(desk: Desk) -> None:
    windows = [Window(starts_min=600, ends_min=840), Window(starts_min=1_020, ends_min=1_260)]
    shift = desk.put(desk.li, 0, windows=windows)
    desk.published()
    duty = desk.due(desk.li)
    assert duty is not None and [(w.ends_ms - w.starts_ms) // 60_000 for w in duty.windows] == [240, 240]
    assert len(desk.world.rows(sa.select(RosterStretch))) == 2 and len(desk.shown(shift).placed) == 2
    assert desk.refused(desk.li, 0, windows=[Window(starts_min=700, ends_min=1_000)]) == "rosters.breaks_overlap"
    between = desk.shift(desk.li, 0, store_id=desk.other, windows=[Window(starts_min=850, ends_min=1_000)])
    assert desk.world.refusal(between, desk.as_sun) == "rosters.breaks_dispatch_window", "the gap itself is free"


def test_an_open_shift_is_published_for_everybody_and_nobody_works_it(desk: Desk) -> None:
    shift = desk.put(None)
    answer = desk.published()
    assert answer["people"] == 0 and desk.shown(shift).person_id is None
    assert desk.world.rows(sa.select(RosterStretch)) == [] and desk.worked(desk.li) == ""


def test_a_locked_cell_stays_until_it_is_unlocked(desk: Desk) -> None:
    shift = desk.put(desk.li, locked=True)
    assert desk.refused(desk.wang, shift_id=shift, based_on=1, locked=True) == "rosters.breaks_locked"
    desk.put(desk.li, shift_id=shift, based_on=1, locked=False)
    desk.put(desk.wang, shift_id=shift, based_on=2)
    assert desk.cell(shift).person_id == desk.wang


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"template": "no-such"}, "shifts.template_unknown"),
        ({"day": "2026-02-30"}, "shifts.no_such_day"),
        ({"day": "2026-11-19"}, "rosters.day_is_over"),
        ({"windows": [Window(starts_min=600, ends_min=600)]}, "shifts.ends_before_start"),
        ({"windows": [Window(starts_min=600, ends_min=900), Window(starts_min=800, ends_min=1_000)]}, "shifts.windows_overlap"),
        ({"role": "no-such"}, "rosters.skill_unknown"),
        ({"person_id": new_id()}, "people.unknown"),
        ({"based_on": 1}, "rosters.shift_unknown"),
    ],
)
def test_what_can_be_no_shift_is_refused(desk: Desk, more: dict[str, Any], code: str) -> None:
    assert desk.refused(desk.li, **more) == code
    assert desk.cells() == []


def test_a_shift_stays_in_its_store_and_on_its_day(desk: Desk) -> None:
    shift = desk.put(desk.li)
    assert desk.refused(desk.li, 1, shift_id=shift, based_on=1) == "rosters.moved_to_other_day"
    elsewhere = [Window(starts_min=600, ends_min=900, store_id=desk.other)]
    assert desk.refused(desk.li, 1, windows=elsewhere) == "rosters.other_store"


# -- copied, filled -----------------------------------------------------------------------------------------------------------


def test_a_week_is_copied_with_or_without_its_people(desk: Desk) -> None:
    desk.put(desk.li, 0), desk.put(desk.wang, 1, "late")
    assert desk.copy(day(7))["made"] == 2 and desk.copy(day(14), with_people=False)["made"] == 2
    names = {(cell.day, cell.person_id) for cell in desk.cells() if cell.day >= day(7)}
    assert names == {(day(7), desk.li), (day(8), desk.wang), (day(14), None), (day(15), None)}
    again = desk.copy(day(7))
    assert (again["made"], again["skipped"]) == (0, 2), "what is there is not made twice"


def test_who_may_not_work_a_copied_shift_leaves_it_open_and_is_named(desk: Desk) -> None:
    desk.put(desk.li, 0)
    desk.world.must(EndPosting(posting_id=desk.postings[desk.li], ends_on=day(7).isoformat(), reason="r"))
    answer = desk.copy(day(7))
    assert (answer["made"], answer["open"]) == (1, 1)
    assert [one["rule"] for one in answer["verdicts"]] == ["dispatch_window"]
    assert [cell.person_id for cell in desk.cells() if cell.day == day(7)] == [None]


def test_early_late_night_off_rolls_over_four_weeks(desk: Desk) -> None:
    """C17: the pattern fills four weeks of drafts, across the end of the month, and is published as it is."""
    desk.rotate(["early", "early", "late", "late", "night", "night", "", ""])
    answer = desk.fill(MONDAY, day(27))
    assert (answer["made"], answer["open"]) == (3 * 22, 0), answer["verdicts"][:3]
    cycle = ["early", "early", "late", "late", "night", "night", None, None]
    mine = {cell.day: cell.template for cell in desk.cells() if cell.person_id == desk.li}
    assert [mine.get(day(n)) for n in range(28)] == [cycle[n % 8] for n in range(28)]
    desk.published(MONDAY, day(27), override="agreed")
    assert desk.worked(desk.li, 4) == "night" and desk.worked(desk.li, 6) == ""
    assert desk.fill(MONDAY, day(27))["made"] == 0, "days that have something stay"


def test_100000_shifts_are_refused_by_their_number(desk: Desk) -> None:
    with instead(cells, "MOST_A_DAY", 2):
        desk.put(desk.li), desk.put(desk.wang)
        assert desk.refused(None) == "rosters.too_many_shifts"
    too_far = desk.days(FillByPattern, MONDAY, MONDAY + timedelta(days=400))
    assert desk.world.refusal(too_far, desk.as_wu) == "rosters.too_many_days"


# -- who leaves ---------------------------------------------------------------------------------------------------------------


def test_the_shifts_of_somebody_who_leaves_the_store_are_open_at_once(desk: Desk) -> None:
    before, after = desk.put(desk.li, 0), desk.put(desk.li, 2)
    desk.published()
    draft = desk.put(desk.li, 9)
    desk.world.clock.pass_(hours=1)
    desk.world.must(EndPosting(posting_id=desk.postings[desk.li], ends_on=day(1).isoformat(), reason="r"))
    assert desk.shown(before).person_id == desk.li and desk.shown(after).person_id is None
    assert desk.cell(after).state == "published" and desk.cell(draft).person_id is None
    assert desk.notices(desk.li)[-1].facts["cancelled"] == 1 and desk.worked(desk.li, 2) is None


# -- who may ------------------------------------------------------------------------------------------------------------------


def test_only_who_plans_the_store_changes_it_also_at_a_tablet(desk: Desk) -> None:
    pin = KioskProof(pin=True)
    op = desk.shift(desk.li)
    assert desk.world.refusal(op, desk.as_sun) == "access.out_of_scope"
    assert desk.by_device(op, kind="kiosk", actor=desk.wu, home=desk.store) == "rosters.pin_needed"
    proven = desk.shift(desk.li, kiosk=pin)
    assert desk.by_device(proven, kind="kiosk", actor=desk.li, home=desk.store) == "rosters.not_your_store"
    assert desk.by_device(proven, kind="kiosk", actor=desk.wu, home=desk.other) == "rosters.not_your_store"
    assert desk.by_device(op, kind="phone", actor=desk.li, home=desk.li) == "rosters.not_your_store"
    assert desk.cells() == []
    assert desk.by_device(proven, kind="kiosk", actor=desk.wu, home=desk.store) is None
    assert desk.by_device(desk.shift(desk.wang), kind="phone", actor=desk.wu, home=desk.wu) is None
    assert sorted(cell.person_id or "" for cell in desk.cells()) == sorted([desk.li, desk.wang])


def test_a_published_roster_on_a_tablet_is_the_same_as_at_the_console(desk: Desk) -> None:
    desk.put(desk.li)
    op = desk.publishing(kiosk=KioskProof(pin=True))
    assert desk.by_device(op, kind="kiosk", actor=desk.wu, home=desk.store) is None
    assert desk.worked(desk.li) == "early" and len(desk.notices(desk.li)) == 1


def test_a_draft_is_no_news_to_those_it_is_about(desk: Desk) -> None:
    shift = desk.put(desk.li)
    mine = desk.own(desk.li)
    with desk.world.looking(mine) as session:
        assert session.get(RosterCell, shift) is None
    desk.published()
    with desk.world.looking(mine) as session:
        assert session.get(RosterShift, shift) is not None and session.get(RosterCell, shift) is None


def test_two_published_shifts_of_one_person_cannot_share_a_minute_in_the_database(desk: Desk) -> None:
    first, second = desk.put(desk.li, 0), desk.put(desk.wang, 0)
    desk.published()
    stretch = desk.world.rows(sa.select(RosterStretch).where(RosterStretch.shift_id == second))[0]
    with pytest.raises(sa.exc.IntegrityError, match="overlap"):
        with writing(desk.world.db, Actor.system(), op_id=new_id(), now=desk.world.clock()) as session:
            session.get_one(RosterStretch, stretch.id).person_id = desk.li
    assert desk.shown(first).person_id == desk.li and SUNDAY > MONDAY
