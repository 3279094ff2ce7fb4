"""Training at the desk of the store's tablet: who has not finished what, and one tap that reminds exactly these. N-14."""

from __future__ import annotations

from typing import Final

from contract.attendance import KioskProof
from contract.ids import new_id
from contract.training import BoardPerson, OnboardingRow, RemindPeople, TaskRow, TaskState, board_of
from mobile.core.acts import Acts
from mobile.core.desk import ManagerDesk
from mobile.core.learning_pages import plain_onboarding
from mobile.core.learning_rows import ONBOARDING, TASK, both
from mobile.core.overlay import Laid
from mobile.core.requests import Reader
from mobile.core.sync_status import wall_time
from mobile.core.views import Refused
from mobile.core.views_learning import OnboardingCard, Standing, TrainingBoardPage, TrainingCourse, TrainingPerson

REMINDER: Final = "training_reminder"  # only laid here
_STANDING: Final[dict[TaskState, Standing]] = {"open": "new", "begun": "begun", "done": "done", "waived": "done", "ended": "done"}


class DeskTraining:
    """The board and reminding need the PIN that opened the desk."""

    def __init__(self, acts: Acts, desk: ManagerDesk) -> None:
        self._acts, self._desk = acts, desk

    def board(self) -> TrainingBoardPage:
        """The store's board by the same function as HQ's, and what newcomers still need."""
        reader, _ = self._desk.reader()
        replica = self._acts.parts.replica
        with self._acts.parts.db.read():
            told = self._told()
            day = reader.when.day(reader.now_ms)
            courses = board_of(replica.all(TASK, TaskRow, scope=reader.scope), day)
            lists = replica.all(ONBOARDING, OnboardingRow, scope=reader.scope)
            return TrainingBoardPage(
                day=day,
                courses=tuple(
                    TrainingCourse(
                        course_id=one.course_id,
                        title=both(one.title_zh, one.title_en),
                        finished=one.finished,
                        of=one.of,
                        begun=one.begun,
                        late=one.late,
                        people=tuple(self._person(person, one.course_id, told, reader) for person in one.people),
                    )
                    for one in courses
                ),
                newcomers=tuple(
                    (row.person_name, plain_onboarding(row, reader))
                    for row in sorted(lists, key=lambda row: (row.person_name, row.id))
                    if not row.complete
                ),
            )

    def newcomer(self, person_id: str) -> OnboardingCard | None:
        """What somebody still needs here, for who has just said their PIN to the tablet; None where nothing is missing."""
        here, parts = self._acts.may_look(), self._acts.parts
        reader = Reader(person_id, f"desk:{here.store_id or ''}", self._acts.now_ms(), wall_time(parts))
        with parts.db.read():
            rows = parts.replica.all(ONBOARDING, OnboardingRow, scope=reader.scope)
        found = next((row for row in rows if row.person_id == person_id and not row.complete), None)
        return plain_onboarding(found, reader) if found is not None else None

    def remind(self, course_id: str) -> tuple[str, ...]:
        """Tell exactly those who have not finished a course. Answers their names."""
        self._acts.may_act()
        reader, manager = self._desk.reader()
        course = next((one for one in self.board().courses if one.course_id == course_id), None)
        missing = course.missing if course is not None else ()
        if not missing:
            raise Refused("client.nobody_to_remind")
        people = [one.person_id for one in missing]
        act = RemindPeople(
            reminder_id=new_id(), store_id=self._acts.parts.identity.need().store_id or "", course_id=course_id,
            people=people, kiosk=KioskProof(pin=True),
        )  # fmt: skip
        overlay = self._acts.parts.overlay

        def also(op: str, _: int) -> None:
            overlay.keep(op, REMINDER, act.reminder_id, reader.scope, act)

        self._acts.keep(act, manager.person_id, ent=act.reminder_id, also=also)
        self._acts.ports.signals.kept()
        self._desk.stay_open()
        return tuple(one.name for one in missing)

    def _told(self) -> dict[tuple[str, str], Laid[RemindPeople]]:
        """The last reminder made here, by course and person."""
        found = self._acts.parts.overlay.all(REMINDER, RemindPeople)
        return {(laid.row.course_id, person): laid for laid in found for person in laid.row.people}

    def _person(
        self, one: BoardPerson, course_id: str, told: dict[tuple[str, str], Laid[RemindPeople]], reader: Reader
    ) -> TrainingPerson:
        laid = told.get((course_id, one.person_id))
        made = laid.entry.made_ms if laid is not None and laid.counts else 0
        return TrainingPerson(
            person_id=one.person_id,
            name=one.name,
            standing="failed" if one.failed and one.state != "done" else _STANDING[one.state],
            percent=one.percent,
            due_on=one.due_on,
            late=one.late,
            reminded=reader.at(max(made, one.reminded_ms or 0) or None),
            on_its_way=None if laid is None else self._acts.parts.overlay.on_its_way(laid.entry, "tell"),
        )
