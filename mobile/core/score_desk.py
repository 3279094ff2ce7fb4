"""Scoring at the manager's desk: who is there, a card in twenty seconds, what was sent, and what came back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from contract.attendance import KioskProof
from contract.composite import plain
from contract.ids import new_id
from contract.metrics import MetricRow
from contract.postings import PostingRow
from contract.scoring import CorrectScore, Mark, ReplyToScore, ScoreCardRow, ScoreWork, WithdrawScore
from contract.scoring_cards import judge_value
from contract.wire import Wire
from mobile.core.acts import Acts, born_with
from mobile.core.cycle_scores import day_in
from mobile.core.feedback_rows import Writer
from mobile.core.learning_rows import both
from mobile.core.papers import ROOM, ScorePaper
from mobile.core.parts import Parts
from mobile.core.score_photos import ask_for_photo, drop_photo, keep_photo, photos_of_card, read_photo, taken
from mobile.core.score_rows import ACT, Held, ScoreBook, act_of, mark_rows, running
from mobile.core.score_views import actuals, card_view, metric_card, working_of
from mobile.core.views import Refused
from mobile.core.views_scores import CardView, MetricCard, ScoreBoard, ScoreForm, ScorePerson, Working

COMMENT_MOST, LISTED, DAYS_BACK = 1_000, 60, 45
PROOF: Final = KioskProof(pin=True)


class DeskScores:
    """`who` raises Refused while the desk is shut."""

    def __init__(self, acts: Acts, who: Callable[[], Writer]) -> None:
        self._acts, self._who = acts, who

    @property
    def _parts(self) -> Parts:
        return self._acts.parts

    # looking

    def board(self) -> ScoreBoard:
        """Everybody posted here today but the manager, with what they were given; and all cards of this store."""
        who, parts = self._who(), self._parts
        with parts.db.read():
            book, day = self._book(), self._today(who)
            cards, metrics = book.cards(who), book.metrics()
            begun = parts.drafts.papers.scored(who.owner)
            names = self._names(cards)
            people = [
                self._person(row, cards, begun, day)
                for row in self._posted(book, who, day)
                if row.person_id != who.reader.person_id
            ]
            sent = sorted(cards.values(), key=lambda held: (-held.row.at_ms, held.row.id))[:LISTED]
            return ScoreBoard(
                day=day, people=tuple(sorted(people, key=lambda one: (one.today, one.name, one.person_id))),
                sent=tuple(self._view(held, book, who, metrics, names) for held in sent if held.row.rater != "self"),
                closed=book.closes_ms(day[:7], who) <= who.reader.now_ms,
            )  # fmt: skip

    def form(self, person_id: str, month: str | None = None) -> ScoreForm:
        """The card of somebody as far as it is filled in, with what the month would come to. `month`: of an evaluation, which
        is begun apart from the card of a day."""
        who, parts = self._who(), self._parts
        with parts.db.read():
            book, key = self._book(), _paper(person_id, month)
            paper = parts.drafts.papers.score(who.owner, key) or ScorePaper()
            day, days = self._chosen(book, who, person_id, paper, month)
            metrics = book.metrics()
            offered = self._offered(book, who, person_id, day, metrics, paper.marks)
            held = {pk: one for pk, one in book.cards(who).items() if one.row.person_id == person_id}
            names = self._names(held)
            total, lines = "", tuple[Working, ...]()
            measured = book.measured(who.store_id or "", person_id, day[:7])
            if measured is not None:
                draft = self._draft_row(who, person_id, day, paper, metrics)
                given = [one.row for one in held.values() if one.row.month == day[:7]]
                found, known = running(measured, [*given, *draft], metrics)
                total = plain(found.total) if found.total is not None else ""
                lines = working_of(measured, found, known, actuals(known), metrics)
            mine = sorted(held.values(), key=lambda one: (-one.row.at_ms, one.row.id))
            return ScoreForm(
                person_id=person_id, name=self._name(person_id), day=day, metrics=offered, comment=paper.comment,
                composite=total, working=lines, cards=tuple(self._view(one, book, who, metrics, names) for one in mine[:LISTED]),
                days=days, photos=tuple(taken(parts, who, key, paper).values()),
            )  # fmt: skip

    # a card that is being filled in

    def write(self, person_id: str, marks: Mapping[str, str], comment: str, month: str | None = None) -> None:
        """Keep it as far as it is filled in. On the disk when this returns."""
        self._acts.may_act()
        who = self._who()
        kept = {code: value for code, value in marks.items() if value}
        self._parts.db.need_space(ROOM)
        with self._parts.db.write():
            begun = self._begun(who, person_id, month)
            paper = ScorePaper(marks=kept, comment=comment[:COMMENT_MOST], photos=begun.photos, day=begun.day)
            self._parts.drafts.papers.put_score(who.owner, _paper(person_id, month), paper)
        who.stay_open()

    def choose_day(self, person_id: str, day: str) -> None:
        """The card is about another day of somebody's posting here, in a month that is open. On the disk when this returns."""
        self._acts.may_act()
        who = self._who()
        with self._parts.db.read():
            self._must_fit(self._book(), who, person_id, day, self._today(who))
            begun = self._begun(who, person_id, None)
        with self._parts.db.write():
            paper = ScorePaper(marks=begun.marks, comment=begun.comment, photos=begun.photos, day=day)
            self._parts.drafts.papers.put_score(who.owner, person_id, paper)
        who.stay_open()

    def add_photo(self, person_id: str, photo: bytes, month: str | None = None) -> None:
        """A photo of the work, laid bare and sealed. On the disk when this returns."""
        self._acts.may_act()
        who = self._who()
        keep_photo(self._parts, who, _paper(person_id, month), self._begun(who, person_id, month), photo)
        who.stay_open()

    def drop_photo(self, person_id: str, sha: str, month: str | None = None) -> None:
        """A photo that was taken is not wanted."""
        who = self._who()
        drop_photo(self._parts, who, _paper(person_id, month), self._begun(who, person_id, month), sha)
        who.stay_open()

    # photos of cards that were given

    def photo(self, card_id: str, sha: str) -> bytes | None:
        """A photo of a card of this store; None while it is not here."""
        return read_photo(self._parts, self._held(self._who(), card_id), sha)

    def ask_for_photo(self, card_id: str, sha: str) -> None:
        """Fetch a photo that somebody took elsewhere. HQ writes down that whoever sits at the desk looked."""
        who = self._who()
        ask_for_photo(self._acts, self._held(who, card_id), sha, by=who.reader.person_id)

    def throw_away(self, person_id: str) -> None:
        """What was filled in is not wanted."""
        who = self._who()
        with self._parts.db.write():
            self._parts.drafts.papers.drop_score(who.owner, person_id)

    def give(self, person_id: str, day: str | None = None, month: str | None = None) -> str:
        """Give the card as it is filled in. On the disk when this returns; answers its id. `month`: the one of an evaluation."""
        self._acts.may_act()
        who, parts = self._who(), self._parts
        with parts.db.read():
            book, today = self._book(), self._today(who)
            paper = parts.drafts.papers.score(who.owner, _paper(person_id, month))
            said_of = day or self._chosen(book, who, person_id, paper or ScorePaper(), month)[0]
            self._must_fit(book, who, person_id, said_of, today)
            metrics = book.metrics()
            marks = self._marks(paper.marks if paper is not None else {}, metrics)
            photos = taken(parts, who, _paper(person_id, month), paper or ScorePaper())
        op = ScoreWork(
            card_id=new_id(), person_id=person_id, store_id=who.store_id or "", day=said_of, marks=marks,
            comment=paper.comment.strip() if paper is not None else "", photos=list(photos), kiosk=PROOF,
        )  # fmt: skip
        row = ScoreCardRow(
            id=op.card_id, person_id=person_id, store_id=op.store_id, day=said_of, month=said_of[:7], rater="manager",
            rater_id=who.reader.person_id, rater_name=who.name, marks=mark_rows(marks, metrics), comment=op.comment,
            photos=op.photos, at_ms=who.reader.now_ms, arrived_ms=who.reader.now_ms,
        )  # fmt: skip

        def also(op_id: str, seq: int) -> None:
            parts.overlay.keep(op_id, ACT, op.card_id, who.owner, act_of(op, who, row))
            for photo in photos.values():
                parts.photos.keep(photo, seq)
            parts.drafts.papers.drop_score(who.owner, _paper(person_id, month))

        self._acts.keep(op, who.reader.person_id, ent=op.card_id, also=also, room=sum(map(len, photos.values())))
        self._acts.ports.signals.kept()
        who.stay_open()
        return op.card_id

    # later words

    def withdraw(self, card_id: str, reason: str) -> None:
        """The card was a mistake."""
        self._change(card_id, lambda: WithdrawScore(correction_id=new_id(), card_id=card_id, reason=_words(reason), kiosk=PROOF))

    def correct(self, card_id: str, marks: Mapping[str, str], comment: str, reason: str) -> None:
        """Said otherwise; what was said stays to be read."""
        def op() -> Wire:
            with self._parts.db.read():
                fitting = self._marks(marks, self._book().metrics())
            return CorrectScore(
                correction_id=new_id(), card_id=card_id, marks=fitting, comment=comment.strip()[:COMMENT_MOST],
                reason=_words(reason), kiosk=PROOF,
            )  # fmt: skip

        self._change(card_id, op)

    def reply(self, card_id: str, text: str) -> None:
        """A word under a card."""
        self._acts.may_act()
        who = self._who()
        self._held(who, card_id)
        said = ReplyToScore(reply_id=new_id(), card_id=card_id, text=_words(text), kiosk=PROOF)
        say(self._acts, who, card_id, said)

    def _change(self, card_id: str, make: Callable[[], Wire]) -> None:
        self._acts.may_act()
        who = self._who()
        held = self._held(who, card_id)
        if held.row.rater_id != who.reader.person_id:
            raise Refused("scoring.not_rater")
        if held.row.withdrawn:
            raise Refused("scoring.withdrawn")
        with self._parts.db.read():
            if who.reader.now_ms >= self._book().closes_ms(held.row.month, who):
                raise Refused("scoring.month_closed", month=held.row.month)
        say(self._acts, who, card_id, make())

    # inside

    def _must_fit(self, book: ScoreBook, who: Writer, person_id: str, day: str, today: str) -> None:
        """The same rules as the server's, as far as this tablet can know."""
        if person_id == who.reader.person_id:
            raise Refused("scoring.not_yourself")
        if day > today:
            raise Refused("scoring.day_ahead", day=day)
        here = (row for row in book.postings(who.store_id) if row.person_id == person_id)
        if not any(_covers(row, day) for row in here):  # also of whom this store knows nothing: the server says no more
            raise Refused("scoring.not_posted", day=day)
        if who.reader.now_ms >= book.closes_ms(day[:7], who):
            raise Refused("scoring.month_closed", month=day[:7])

    def _marks(self, values: Mapping[str, str], metrics: Mapping[str, MetricRow]) -> list[Mark]:
        found = []
        for code, value in values.items():
            metric = metrics.get(code)
            if metric is None:
                raise Refused("scoring.metric_unknown", metric=code)
            if not judge_value(metric.kind, [level.points for level in metric.levels], value):
                raise Refused("scoring.value_wrong", metric=metric.name_zh)
            found.append(Mark(metric=code, value=value))
        if not found:
            raise Refused("client.score_needed")
        return found

    def _offered(
        self, book: ScoreBook, who: Writer, person_id: str, day: str, metrics: dict[str, MetricRow], values: Mapping[str, str]
    ) -> tuple[MetricCard, ...]:
        return offered(book, who.store_id or "", person_id, day, metrics, values)

    def _draft_row(
        self, who: Writer, person_id: str, day: str, paper: ScorePaper, metrics: dict[str, MetricRow]
    ) -> list[ScoreCardRow]:
        fitting = [
            Mark(metric=code, value=value) for code, value in paper.marks.items()
            if code in metrics and judge_value(metrics[code].kind, [one.points for one in metrics[code].levels], value)
        ]  # fmt: skip
        return [ScoreCardRow(
            id="", person_id=person_id, store_id=who.store_id or "", day=day, month=day[:7], rater="manager",
            rater_id=who.reader.person_id, rater_name="", marks=mark_rows(fitting, metrics), at_ms=who.reader.now_ms,
            arrived_ms=who.reader.now_ms,
        )]  # fmt: skip

    def _posted(self, book: ScoreBook, who: Writer, day: str) -> list[PostingRow]:
        here = {row.person_id: row for row in book.postings(who.store_id) if _covers(row, day)}
        return list(here.values())

    def _person(self, row: PostingRow, cards: dict[str, Held], begun: set[str], day: str) -> ScorePerson:
        mine = [one.row for one in cards.values() if one.row.person_id == row.person_id and one.row.rater != "self"]
        counted = [one for one in mine if not one.withdrawn]
        return ScorePerson(
            person_id=row.person_id, name=self._name(row.person_id), post=both(row.post_zh or "", row.post_en or ""),
            today=any(one.day == day for one in counted), this_month=sum(one.month == day[:7] for one in counted),
            begun=row.person_id in begun,
        )  # fmt: skip

    def _view(
        self, held: Held, book: ScoreBook, who: Writer, metrics: dict[str, MetricRow], names: Mapping[str, str]
    ) -> CardView:
        is_open = who.reader.now_ms < book.closes_ms(held.row.month, who)
        person = names.get(held.row.person_id, "")
        photos = photos_of_card(self._parts, held)
        return card_view(held, who, metrics, self._parts.overlay, person=person, is_open=is_open, photos=photos)

    def _names(self, cards: Mapping[str, Held]) -> dict[str, str]:
        return {person: self._name(person) for person in {one.row.person_id for one in cards.values()}}

    def _name(self, person_id: str) -> str:
        row = self._parts.pages.person(person_id)
        return "" if row is None else row.name

    def _held(self, who: Writer, card_id: str) -> Held:
        with self._parts.db.read():
            found = self._book().cards(who).get(card_id)
        if found is None:
            raise Refused("scoring.card_unknown")
        return found

    def _begun(self, who: Writer, person_id: str, month: str | None) -> ScorePaper:
        return self._parts.drafts.papers.score(who.owner, _paper(person_id, month)) or ScorePaper()

    def _chosen(
        self, book: ScoreBook, who: Writer, person_id: str, paper: ScorePaper, month: str | None
    ) -> tuple[str, tuple[str, ...]]:
        """The day a card is about, and those it may be about instead. A day that was chosen and can no longer be is not."""
        days = self._days(book, who, person_id) if month is None else ()
        return paper.day if paper.day in days else self._day(who, month), days

    def _days(self, book: ScoreBook, who: Writer, person_id: str) -> tuple[str, ...]:
        """The last days of somebody's posting here whose months are open, the newest first."""
        here = [row for row in book.postings(who.store_id) if row.person_id == person_id]
        today = date.fromisoformat(self._today(who)).toordinal()
        back = [date.fromordinal(today - number).isoformat() for number in range(DAYS_BACK)]
        is_open = {month: who.reader.now_ms < book.closes_ms(month, who) for month in {day[:7] for day in back}}
        return tuple(day for day in back if is_open[day[:7]] and any(_covers(row, day) for row in here))

    def _today(self, who: Writer) -> str:
        return who.reader.when.day(who.reader.now_ms)

    def _day(self, who: Writer, month: str | None) -> str:
        """The day a card is about."""
        today = self._today(who)
        return today if month is None else day_in(month, today)

    def _book(self) -> ScoreBook:
        return ScoreBook(self._parts.replica, self._parts.overlay)


def _paper(person_id: str, month: str | None) -> str:
    """Where a card that is being filled in lies."""
    return person_id if month is None else f"{person_id}|{month}"


def offered(
    book: ScoreBook, store_id: str, person_id: str, day: str, metrics: dict[str, MetricRow], values: Mapping[str, str]
) -> tuple[MetricCard, ...]:
    """What a manager scores somebody by: what their scheme weighs and managers say, the heaviest first; where no scheme is
    theirs, all that managers score."""
    measured = book.measured(store_id, person_id, day[:7])
    weights = {line.metric: line.weight for line in measured.version.lines} if measured is not None else {}
    mine = [row for row in metrics.values() if row.source == "manager" and not row.retired]
    chosen = [row for row in mine if row.code in weights] or mine
    chosen.sort(key=lambda row: (-float(weights.get(row.code, "0")), row.code))
    return tuple(metric_card(row, weights.get(row.code, ""), values.get(row.code, "")) for row in chosen)


def say(acts: Acts, who: Writer, card_id: str, op: Wire) -> None:
    """A word over a card: signed, laid over it, on the disk when this returns."""
    def also(op_id: str, _: int) -> None:
        acts.parts.overlay.keep(op_id, ACT, card_id, who.owner, act_of(op, who))

    acts.keep(op, who.reader.person_id, ent=born_with(card_id), also=also)
    acts.ports.signals.kept()
    who.stay_open()


def _covers(row: PostingRow, day: str) -> bool:
    """Whether a posting counts on a day of the store: `ends_on` is the first day it does not. Somebody who was called back
    during a day was there on it."""
    return row.starts_on <= day and (row.ends_on is None or day < row.ends_on) and bool(date.fromisoformat(day))


def _words(text: str) -> str:
    if not text.strip():
        raise Refused("client.words_needed")
    return text.strip()[:COMMENT_MOST]
