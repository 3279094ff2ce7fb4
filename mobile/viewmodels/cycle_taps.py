"""Words in somebody's part of a cycle, as taps: goals, how far they are, the interview and its confirmation, the plan.

The same at the manager's desk and on the phone; what either may say is the core's to refuse. All that is typed is on the disk
with the touch that made it, and offered again when one comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final, Literal

from contract.cycles import OF, Goal, Lack, PlanAction, asked
from contract.ids import new_id
from mobile.core.cycles import CyclePage, CycleWords, StageView
from mobile.core.papers import CyclePaper, PaperLine
from mobile.core.views import Said
from mobile.core.views_scores import SelfForm
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import ViewModel

AskCore = Callable[[Callable[[Any], Any], Callable[[Any], None]], None]
Mode = Literal["", "goals", "track", "assess", "note", "plan"]
GOALS_MOST, ACTIONS_MOST = 10, 20
PERCENTS: Final = ("0", "25", "50", "75", "100")
DUE_DAYS: Final = (14, 30, 90)  # after today: what a new action of the plan may be due by
HELD_DAYS: Final = (0, 1, 2)  # before today: when the talk may have been


@dataclass(frozen=True)
class CyclesState:
    """`pages`: all parts that are shown here; `part_id`: which lies open; `cycle_id`: which cycle is looked at, "" the newest.
    `mode`: what is being written. `lines`: of goals and plans; `day`: of the talk; `form`, `values`: of one's own word."""

    pages: tuple[CyclePage, ...] | None = None
    cycle_id: str = ""
    part_id: str = ""
    mode: Mode = ""
    goal_id: str = ""
    percent: str = ""
    words: str = ""
    day: str = ""
    lines: tuple[PaperLine, ...] = ()
    form: SelfForm | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    busy: bool = False
    problem: Said | None = None

    @property
    def page(self) -> CyclePage | None:
        return next((one for one in self.pages or () if one.part.id == self.part_id), None)

    @property
    def may_send(self) -> bool:
        if self.busy or self.page is None:
            return False
        if self.mode == "track":
            return bool(self.percent or self.words.strip())
        if self.mode == "assess":
            return any(self.values.values())
        if self.mode == "goals":
            return any(line.text.strip() for line in self.lines)
        return self.mode == "plan" or bool(self.words.strip())

    @property
    def may_add(self) -> bool:
        """Whether there is room for one more line, and the last one is not empty."""
        most = GOALS_MOST if self.mode == "goals" else ACTIONS_MOST
        return len(self.lines) < most and (not self.lines or bool(self.lines[-1].text.strip()))


class CycleTaps(ViewModel[CyclesState]):
    """Taps over one part. `words_of` says whose words they are; what `ask_core` is refused must come to `refused`."""

    def __init__(self, toasts: Toasts, words_of: Callable[[Any], CycleWords], ask_core: AskCore) -> None:
        super().__init__(CyclesState())
        self._toasts, self.words_of, self.ask_core = toasts, words_of, ask_core

    def look(self) -> None:
        self.ask_core(lambda core: self.words_of(core).pages(), self.seen)

    def seen(self, pages: tuple[CyclePage, ...]) -> None:
        self.show(replace(self.state, pages=pages))

    def refused(self, said: Said) -> None:
        self.show(replace(self.state, busy=False, problem=said))

    def close_mode(self) -> bool:
        """What was being written is kept. False: nothing was."""
        if not self.state.mode:
            return False
        self.show(self._plain())
        return True

    def _plain(self) -> CyclesState:
        """The part as it lies open, nothing being written."""
        state = self.state
        return CyclesState(pages=state.pages, cycle_id=state.cycle_id, part_id=state.part_id)

    # one tap

    def tap_agree(self) -> None:
        self._say(lambda words, part_id: words.agree(part_id))

    def tap_confirm(self) -> None:
        self._say(lambda words, part_id: words.confirm(part_id))

    def tap_tick(self, action_id: str, done: bool) -> None:
        self._say(lambda words, part_id: words.tick(part_id, action_id, done=done))

    # writing

    def tap_goal(self, goal_id: str) -> None:
        """How far this goal is."""
        page = self.state.page
        if page is not None and page.may("tracking"):
            self._begin("track", CyclesState(mode="track", goal_id=goal_id))

    def tap_write(self, mode: Literal["goals", "note", "plan"]) -> None:
        """What stands, or what was begun over it."""
        page = self.state.page
        if page is None:
            return
        if mode == "goals":
            lines = [PaperLine(id=one.id, text=one.text, more=one.target or "") for one in page.part.goals.goals]
            self._begin(mode, CyclesState(mode=mode, lines=_open_ended(lines, "")))
        elif mode == "plan":
            lines = [PaperLine(id=one.id, text=one.text, more=one.due_on) for one in page.part.plan]
            self._begin(mode, CyclesState(mode=mode, lines=_open_ended(lines, days_after(page.today)[1])))
        else:
            talk = page.part.interview
            self._begin(mode, CyclesState(mode=mode, words=talk.note, day=talk.held_on or page.today))

    def type_words(self, text: str) -> None:
        if text != self.state.words:
            self._changed(words=text)

    def tap_percent(self, percent: str) -> None:
        """The same again takes it back."""
        self._changed(percent="" if percent == self.state.percent else percent)

    def tap_held(self, day: str) -> None:
        self._changed(day=day)

    def type_line(self, key: str, text: str) -> None:
        self._change_line(key, lambda line: PaperLine(id=line.id, text=text, more=line.more))

    def type_more(self, key: str, text: str) -> None:
        """A goal's target, an action's last day."""
        self._change_line(key, lambda line: PaperLine(id=line.id, text=line.text, more=text.strip()))

    def tap_add(self) -> None:
        """One more line. One that stays empty says nothing."""
        page = self.state.page
        if page is not None and self.state.may_add:
            more = days_after(page.today)[1] if self.state.mode == "plan" else ""
            self._changed(lines=(*self.state.lines, PaperLine(id=new_id(), more=more)))

    def tap_send(self) -> None:
        state, page = self.state, self.state.page
        if page is None or not state.may_send:
            return
        if state.mode == "goals":
            known = {one.id: one for one in page.part.goals.goals}
            goals = [_goal(line, known.get(line.id)) for line in state.lines]
            self._say(lambda words, part_id: words.set_goals(part_id, goals))
        elif state.mode == "track":
            goal_id, percent, note = state.goal_id, int(state.percent) if state.percent else None, state.words
            self._say(lambda words, part_id: words.track(part_id, goal_id, percent, note))
        elif state.mode == "note":
            note, day = state.words, state.day
            self._say(lambda words, part_id: words.record(part_id, note, day))
        elif state.mode == "plan":
            courses = {one.id: one.course_id for one in page.part.plan}
            actions = [
                PlanAction(id=line.id, text=line.text.strip(), due_on=line.more, course_id=courses.get(line.id))
                for line in state.lines if line.text.strip()
            ]  # fmt: skip
            self._say(lambda words, part_id: words.plan(part_id, actions))

    # inside

    def _begin(self, what: Literal["goals", "track", "note", "plan"], fresh: CyclesState) -> None:
        state = self.state
        part_id, key = state.part_id, _place(what, fresh.goal_id)

        def begun(paper: CyclePaper | None) -> None:
            opened = replace(fresh, pages=self.state.pages, cycle_id=state.cycle_id, part_id=part_id)
            if paper is not None and what in ("goals", "plan"):
                opened = replace(opened, lines=tuple(paper.lines))
            elif paper is not None:
                opened = replace(opened, words=paper.text, day=paper.day or fresh.day, percent=paper.percent)
            if self.state.part_id == part_id:
                self.show(opened)

        self.ask_core(lambda core: self.words_of(core).paper(part_id, key), begun)

    def _change_line(self, key: str, change: Callable[[PaperLine], PaperLine]) -> None:
        lines = tuple(change(line) if line.id == key else line for line in self.state.lines)
        if lines != self.state.lines:
            self._changed(lines=lines)

    def _changed(self, **what: Any) -> None:
        """On the disk with every touch."""
        self.show(replace(self.state, problem=None, **what))
        state = self.state
        if state.mode in ("goals", "track", "note", "plan"):
            paper = CyclePaper(lines=list(state.lines), text=state.words, day=state.day, percent=state.percent)
            part_id, key = state.part_id, _place(state.mode, state.goal_id)
            self.ask_core(lambda core: self.words_of(core).write(part_id, key, paper), lambda _: None)

    def _say(self, act: Callable[[CycleWords, str], None]) -> None:
        part_id = self.state.part_id
        if self.state.page is None or self.state.busy:
            return
        self.show(replace(self.state, busy=True, problem=None))
        self.ask_core(lambda core: act(self.words_of(core), part_id), self.said)

    def said(self, _: object) -> None:
        self.show(self._plain())
        self._toasts.say("cycle_page.kept", "good")
        self.look()


# -- what a part says of itself -------------------------------------------------------------------------------------------


def now_at(page: CyclePage) -> StageView:
    """The stage that matters: the first that is overdue, else the first that runs, else the next to come, else the last."""
    for state in ("overdue", "running", "ahead"):
        found = next((one for one in page.stages if one.state == state), None)
        if found is not None:
            return found
    return page.stages[-1]


def mine_to_do(page: CyclePage) -> tuple[tuple[StageView, Lack], ...]:
    """What waits for this side now (contract.cycles.asked), the stage that ends first before the others. Closed cycles ask
    nothing."""
    if page.cycle.state == "closed":
        return ()
    return tuple(
        (stage, lack) for stage in page.stages if stage.state in ("running", "overdue")
        for lack in asked(stage.lacks, page.detail.goals) if OF[lack] == page.side
    )  # fmt: skip


def may_agree(page: CyclePage) -> bool:
    """Whether this side has yet to agree to the goals as they stand."""
    there = page.part.goals.person_ms if page.side == "person" else page.part.goals.manager_ms
    return bool(page.part.goals.revision) and there is None and page.may("goals")


def may_confirm(page: CyclePage) -> bool:
    """Whether this side has yet to confirm the note as it stands."""
    there = page.part.interview.person_ms if page.side == "person" else page.part.interview.manager_ms
    return bool(page.part.interview.revision) and there is None and page.may("interview")


def days_after(today: str) -> tuple[str, ...]:
    """Days by which an action may be due."""
    return tuple((date.fromisoformat(today) + timedelta(days=days)).isoformat() for days in DUE_DAYS)


def days_before(today: str) -> tuple[str, ...]:
    """Days on which the talk may have been."""
    return tuple((date.fromisoformat(today) - timedelta(days=days)).isoformat() for days in HELD_DAYS)


def _open_ended(lines: Sequence[PaperLine], more: str) -> tuple[PaperLine, ...]:
    return tuple(lines) if lines else (PaperLine(id=new_id(), more=more),)


def _goal(line: PaperLine, before: Goal | None) -> Goal:
    """A line of goals; what measures it stays, and has a target only where something measures it."""
    metric = before.metric if before is not None else None
    return Goal(id=line.id, text=line.text.strip(), metric=metric, target=line.more or None if metric is not None else None)


def _place(what: str, goal_id: str) -> str:
    """Where what is begun lies: of each goal its own word."""
    return f"{what}|{goal_id}" if goal_id else what
