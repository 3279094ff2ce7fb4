"""What score cards say in a cycle: which months were scored, and one's own marks beside the manager's and HQ's."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from msgspec.structs import replace

from contract.composite import exact, plain, rounded
from contract.cycles import CyclePersonRow, CycleRow, months_between
from contract.schemes import last_day
from contract.scoring import AssessSelf, ScoreCardRow, ScoreWork
from mobile.core.feedback_rows import Writer
from mobile.core.requests import at
from mobile.core.score_rows import Held, ScoreBook
from mobile.core.score_views import name_of
from mobile.core.views_cycles import CycleDetail, GoalLine, PairedMark
from mobile.core.views_hq import At


class CycleScores:
    """Reads for one reader. Everything is inside a read of the caller."""

    def __init__(self, book: ScoreBook, who: Writer) -> None:
        self._book, self._who = book, who
        self._metrics = book.metrics()
        self._cards: dict[str, list[ScoreCardRow]] = {}
        for held in book.cards(who).values():
            if not held.row.withdrawn and not _refused(held):
                self._cards.setdefault(held.row.person_id, []).append(held.row)

    def laid_over(self, row: CyclePersonRow, cycle: CycleRow) -> CyclePersonRow:
        """A part with the months that were scored or assessed here and that the server has not counted yet."""
        months = set(months_between(cycle.from_month, cycle.to_month))
        mine = [card for card in self._cards.get(row.person_id, ()) if card.month in months]
        own = {card.month for card in mine if card.rater == "self"}
        scored = {card.month for card in mine if card.rater not in ("self", "hq")}
        return replace(row, assessed=sorted({*row.assessed, *own}), scored=sorted({*row.scored, *scored}))

    def detail(self, row: CyclePersonRow, month: str) -> CycleDetail:
        """What a screen shows of a part. `month`: the one that is evaluated."""
        goals, talk = row.goals, row.interview
        measured = self._book.measured(row.store_id, row.person_id, month)
        weights = {line.metric: line.weight for line in measured.version.lines} if measured is not None else {}
        return CycleDetail(
            goals=tuple(self._goal(row, number, weights) for number in range(len(goals.goals))),
            agreed=self._at(goals.person_ms), agreed_manager=self._at(goals.manager_ms),
            confirmed=self._at(talk.person_ms), confirmed_manager=self._at(talk.manager_ms),
            marks=self._marks([card for card in self._cards.get(row.person_id, ()) if card.month == month], weights),
        )  # fmt: skip

    def _goal(self, row: CyclePersonRow, number: int, weights: dict[str, str]) -> GoalLine:
        goal = row.goals.goals[number]
        metric = self._metrics.get(goal.metric) if goal.metric is not None else None
        words = [one for one in row.tracks if one.goal_id == goal.id]
        said = next((one.percent for one in reversed(words) if one.percent is not None), None)
        return GoalLine(
            goal.id, goal.text, name_of(self._metrics, goal.metric) if goal.metric is not None else None, goal.target or "",
            metric.unit if metric is not None else "", weights.get(goal.metric or "", ""), said,
            words[-1].note if words else "", words[-1].by if words else "", self._at(words[-1].at_ms) if words else None,
        )  # fmt: skip

    def _marks(self, cards: list[ScoreCardRow], weights: dict[str, str]) -> tuple[PairedMark, ...]:
        """The heaviest first; of one's own word the newest counts."""
        own = max((card for card in cards if card.rater == "self"), key=lambda card: card.at_ms, default=None)
        by_manager = _points(card for card in cards if card.rater not in ("self", "hq"))
        by_hq = _points(card for card in cards if card.rater == "hq")
        mine = {mark.metric: mark.points for mark in own.marks} if own is not None else {}
        codes = sorted({*mine, *by_manager, *by_hq}, key=lambda code: (-exact(weights.get(code, "0")), code))
        return tuple(
            PairedMark(
                code, name_of(self._metrics, code), mine.get(code, ""), _mean(by_manager.get(code, [])),
                _mean(by_hq.get(code, [])), len(by_manager.get(code, [])),
            )
            for code in codes
        )  # fmt: skip

    def _at(self, ms: int | None) -> At | None:
        return at(ms, self._who.reader.when) if ms is not None else None


def evaluated_month(cycle: CycleRow, today: str) -> str:
    """The month an evaluation is of: the cycle's last, or this one while that has not begun."""
    return min(cycle.to_month, today[:7])


def day_in(month: str, today: str) -> str:
    """The day a card about a month is given for: today, or the month's last once it is over."""
    return today if today[:7] == month else last_day(month)


def _points(cards: Iterable[ScoreCardRow]) -> dict[str, list[Fraction]]:
    found: dict[str, list[Fraction]] = {}
    for card in cards:
        for mark in card.marks:
            if mark.points:
                found.setdefault(mark.metric, []).append(exact(mark.points))
    return found


def _mean(points: list[Fraction]) -> str:
    return plain(rounded(sum(points, Fraction(0)) / len(points))) if points else ""


def _refused(held: Held) -> bool:
    """Whether the card itself was refused."""
    return any(isinstance(done.op, ScoreWork | AssessSelf) and not done.counts for done in held.acts)
