"""One's own scores on one's phone: the newest at once, with what was said about it; one's own word; the month's report."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from contract.ids import new_id
from contract.schemes import last_day
from contract.scoring import AppealScore, AssessSelf, Mark, ReplyToScore, ScoreCardRow
from contract.scoring_cards import differing, digests, judge_value
from contract.wire import Wire
from mobile.core.acts import Acts
from mobile.core.cycle_scores import day_in
from mobile.core.feedback_rows import Writer
from mobile.core.papers import ROOM, Papers, ScorePaper
from mobile.core.parts import Parts
from mobile.core.score_desk import offered, say
from mobile.core.score_photos import ask_for_photo, photos_of_card, read_photo
from mobile.core.score_rows import ACT, Held, ScoreBook, act_of, mark_rows
from mobile.core.score_views import card_view, report_view
from mobile.core.views import Refused
from mobile.core.views_scores import MyScoresPage, SelfForm

WORDS_MOST, LISTED = 1_000, 120


class MyScores:
    """`who` raises Refused past the lease."""

    def __init__(self, acts: Acts, who: Callable[[], Writer]) -> None:
        self._acts, self._who = acts, who

    @property
    def _parts(self) -> Parts:
        return self._acts.parts

    @property
    def _papers(self) -> Papers:
        return self._parts.drafts.papers

    def page(self) -> MyScoresPage:
        """All there is. What each card says is remembered the first time it is seen here."""
        who, parts = self._who(), self._parts
        with parts.db.read():
            book = ScoreBook(parts.replica, parts.overlay)
            metrics, cards = book.metrics(), book.cards(who)
            seals = self._papers.seals(who.owner)
            told = book.told(who)
            differs = {pk for pk, row in told.items() if differing(row, seals.get(pk, {}))}
            fresh = {pk: _unsealed(row, seals.get(pk, {})) for pk, row in told.items()}
            month = self._month(who)
            store = self._store(book, who, month)
            mine = sorted(cards.values(), key=lambda one: (-one.row.at_ms, one.row.id))[:LISTED]
            views = tuple(
                card_view(one, who, metrics, parts.overlay, differs=one.row.id in differs, photos=photos_of_card(parts, one))
                for one in mine if one.row.rater != "self"
            )
            own = [one for one in mine if one.row.rater == "self" and one.row.month == month]
            said = book.report_appeals()
            reports = tuple(report_view(row, who, parts.overlay, said.get(row.id)) for row in book.reports(who))
            can_assess = store is not None and who.reader.now_ms < book.closes_ms(month, who)
            to_assess = offered(book, store, who.reader.person_id, month, metrics, {}) if store and can_assess else ()
            assessed = card_view(own[0], who, metrics, parts.overlay) if own else None
        if any(fresh.values()):
            with parts.db.write():
                for pk, more in fresh.items():
                    if more:
                        self._papers.seal(who.owner, pk, {**more, **seals.get(pk, {})})
        trend = tuple((one.month, one.composite) for one in reversed(reports) if one.composite)
        return MyScoresPage(month, views, reports, trend, to_assess, assessed)

    def photo(self, card_id: str, sha: str) -> bytes | None:
        """A photo of one's card; None while it is not here."""
        _, held = self._mine(card_id)
        return read_photo(self._parts, held, sha)

    def ask_for_photo(self, card_id: str, sha: str) -> None:
        """Fetch a photo of one's card, as soon as there is a signal."""
        _, held = self._mine(card_id)
        ask_for_photo(self._acts, held, sha)

    def reply(self, card_id: str, text: str) -> None:
        """A word to the rater."""
        who, _ = self._mine(card_id)
        say(self._acts, who, card_id, ReplyToScore(reply_id=new_id(), card_id=card_id, text=_words(text)))

    def appeal(self, card_id: str, reason: str) -> None:
        """One does not agree with a card."""
        who, held = self._mine(card_id)
        if held.row.withdrawn:
            raise Refused("scoring.withdrawn")
        if any(one.state == "open" for one in held.row.appeals):
            raise Refused("scoring.appeal_open")
        say(self._acts, who, card_id, AppealScore(appeal_id=new_id(), card_id=card_id, reason=_words(reason)))

    def appeal_report(self, report_id: str, reason: str) -> None:
        """One does not agree with a month report."""
        self._acts.may_act()
        report = next((one for one in self.page().reports if one.report_id == report_id), None)
        if report is None:
            raise Refused("scoring.report_unknown")
        if report.has_open_appeal:
            raise Refused("scoring.appeal_open")
        who = self._who()
        self._keep(who, report_id, AppealScore(appeal_id=new_id(), report_id=report_id, reason=_words(reason)))

    def form(self, month: str) -> SelfForm:
        """One's own word about a month, with what was begun."""
        self._acts.may_act()
        who, parts = self._who(), self._parts
        with parts.db.read():
            book = ScoreBook(parts.replica, parts.overlay)
            store = self._open_at(book, who, month)
            paper = self._papers.score(who.owner, f"self|{month}") or ScorePaper()
            metrics = offered(book, store, who.reader.person_id, last_day(month), book.metrics(), paper.marks)
            return SelfForm(month, metrics, paper.comment)

    def write(self, month: str, marks: Mapping[str, str], comment: str) -> None:
        """Keep one's own word as far as it is filled in. On the disk when this returns."""
        self._acts.may_act()
        who = self._who()
        self._parts.db.need_space(ROOM)
        with self._parts.db.write():
            kept = {code: value for code, value in marks.items() if value}
            paper = ScorePaper(marks=kept, comment=comment[:WORDS_MOST])
            self._papers.put_score(who.owner, f"self|{month}", paper)

    def assess(self, marks: Mapping[str, str], comment: str, month: str | None = None) -> str:
        """What one says of one's own month, this one unless another is said; answers the card's id."""
        self._acts.may_act()
        who, parts = self._who(), self._parts
        month = month or self._month(who)
        with parts.db.read():
            book = ScoreBook(parts.replica, parts.overlay)
            store, metrics = self._open_at(book, who, month), book.metrics()
        said = []
        for code, value in marks.items():
            metric = metrics.get(code)
            if not value:
                continue
            if metric is None or not judge_value(metric.kind, [one.points for one in metric.levels], value):
                raise Refused("scoring.value_wrong", metric=code)
            said.append(Mark(metric=code, value=value))
        if not said:
            raise Refused("client.score_needed")
        op = AssessSelf(card_id=new_id(), store_id=store, month=month, marks=said, comment=comment.strip()[:WORDS_MOST])
        row = ScoreCardRow(
            id=op.card_id, person_id=who.reader.person_id, store_id=store, day=who.reader.when.day(who.reader.now_ms),
            month=month, rater="self", rater_id=who.reader.person_id, rater_name=who.name, marks=mark_rows(said, metrics),
            comment=op.comment, at_ms=who.reader.now_ms, arrived_ms=who.reader.now_ms,
        )  # fmt: skip
        self._keep(who, op.card_id, op, row)
        return op.card_id

    def _keep(self, who: Writer, pk: str, op: Wire, row: ScoreCardRow | None = None) -> None:
        def also(op_id: str, _: int) -> None:
            self._parts.overlay.keep(op_id, ACT, pk, who.owner, act_of(op, who, row))
            if row is not None:
                self._papers.drop_score(who.owner, f"self|{row.month}")

        self._acts.keep(op, who.reader.person_id, ent=pk if row is not None else None, also=also)
        self._acts.ports.signals.kept()

    def _mine(self, card_id: str) -> tuple[Writer, Held]:
        self._acts.may_act()
        who = self._who()
        with self._parts.db.read():
            held = ScoreBook(self._parts.replica, self._parts.overlay).cards(who).get(card_id)
        if held is None:
            raise Refused("scoring.card_unknown")
        return who, held

    def _month(self, who: Writer) -> str:
        return who.reader.when.day(who.reader.now_ms)[:7]

    def _open_at(self, book: ScoreBook, who: Writer, month: str) -> str:
        """The store at which one says something of a month that is still open. Raises Refused."""
        store = self._store(book, who, month)
        if store is None:
            raise Refused("scoring.not_posted", day=month)
        if who.reader.now_ms >= book.closes_ms(month, who):
            raise Refused("scoring.month_closed", month=month)
        return store

    def _store(self, book: ScoreBook, who: Writer, month: str) -> str | None:
        """Where one works today, or worked on the last day of a month that is over."""
        day = day_in(month, who.reader.when.day(who.reader.now_ms))
        rows = [
            row for row in book.postings()
            if row.person_id == who.reader.person_id and row.starts_on <= day and (row.ends_on is None or day < row.ends_on)
        ]  # fmt: skip
        return max(rows, key=lambda row: row.starts_ms).store_id if rows else None


def _unsealed(row: ScoreCardRow, known: Mapping[str, str]) -> dict[str, str]:
    """Facts of a row that were never seen here, as they are now."""
    return {fact: found for fact, found in digests(row).items() if fact not in known}


def _words(text: str) -> str:
    if not text.strip():
        raise Refused("client.words_needed")
    return text.strip()[:WORDS_MOST]
