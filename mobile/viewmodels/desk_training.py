"""Training at the manager's desk: who has finished what, and the one tap that reminds exactly those who have not."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mobile.core.views import Said
from mobile.core.views_learning import TrainingBoardPage, TrainingCourse
from mobile.viewmodels.exceptions import DeskAsks
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import ViewModel


@dataclass(frozen=True)
class DeskTrainingState:
    """`course_id` is the course that lies open, `newcomer` the person whose list does; `told`: who was just reminded."""

    board: TrainingBoardPage | None = None
    course_id: str = ""
    newcomer: str = ""
    told: tuple[str, ...] = ()
    busy: bool = False
    problem: Said | None = None

    @property
    def course(self) -> TrainingCourse | None:
        found = self.board.courses if self.board is not None else ()
        return next((one for one in found if one.course_id == self.course_id), None)

    @property
    def missing(self) -> int:
        """People who are late with something."""
        found = self.board.courses if self.board is not None else ()
        return len({person.person_id for course in found for person in course.people if person.late})


class DeskTrainingTaps(ViewModel[DeskTrainingState]):
    """Forgets everything with the desk it belongs to."""

    def __init__(self, desk: DeskAsks, toasts: Toasts) -> None:
        super().__init__(DeskTrainingState())
        self._desk, self._toasts = desk, toasts

    def look(self) -> None:
        self._desk.ask_here(lambda core: core.desk_training.board(), self._seen)

    def forget(self) -> None:
        self.show(DeskTrainingState())

    def close(self) -> None:
        self.show(replace(self.state, course_id="", newcomer="", told=(), problem=None))

    def on_back(self) -> bool:
        if not (self.state.course_id or self.state.newcomer):
            return False
        self.close()
        return True

    def refused(self, said: Said) -> None:
        self.show(replace(self.state, busy=False, problem=said))

    def tap_course(self, course_id: str) -> None:
        self.close()
        self.show(replace(self.state, course_id=course_id))

    def tap_newcomer(self, person_id: str) -> None:
        self.close()
        self.show(replace(self.state, newcomer=person_id))

    def tap_remind(self) -> None:
        """Exactly those who are missing, by the board that stands here."""
        course = self.state.course
        if course is None or not course.missing or self.state.busy:
            return
        course_id = course.course_id
        self.show(replace(self.state, busy=True, problem=None))
        self._desk.ask_here(lambda core: core.desk_training.remind(course_id), self._reminded)

    def _reminded(self, names: tuple[str, ...]) -> None:
        self.show(replace(self.state, busy=False, told=names))
        self._toasts.say("desk_training.kept_remind", "good", count=len(names))
        self.look()

    def _seen(self, board: TrainingBoardPage) -> None:
        self.show(replace(self.state, board=board))
