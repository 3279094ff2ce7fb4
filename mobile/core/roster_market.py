"""The shift market as this phone knows it: what waits for my word, what I asked for, how things ended; my weeks and wishes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from contract.rostering.sentences import clock
from contract.rostering.shapes import Placed, Verdict
from contract.shift_market import (
    AbsenceRow,
    AcceptLoan,
    AnswerOffer,
    AnswerSwap,
    AvailabilityRow,
    LoanRow,
    OfferRow,
    ShiftBrief,
    SwapRow,
    WishRow,
    WithdrawAbsence,
    WithdrawSwap,
    WithdrawWish,
)
from contract.wire import Wire
from mobile.core.overlay import Laid
from mobile.core.rosters import Known, RosterBook
from mobile.core.views_hq import Act, Both, OnItsWay
from mobile.core.views_rosters import Judged, MarketCard, MarketPage, ShiftWords, Stretch, WishCard, WishesPage

SWAP, SWAP_ANSWER, SWAP_BACK = "shift_swap", "swap_answer", "swap_back"
OFFER, OFFER_ANSWER = "shift_offer", "offer_answer"
LOAN, LOAN_ANSWER = "shift_loan", "loan_answer"
ABSENCE, ABSENCE_BACK = "shift_absence", "absence_back"
WEEKS, WISH, WISH_BACK = "availability", "shift_wish", "wish_back"
W = TypeVar("W", bound=Wire)
ENDED_MOST: Final = 20
RUNNING_SWAPS: Final = ("asked", "consented")


@dataclass(frozen=True)
class _Laid:
    """What was done here and is not answered."""

    swaps: dict[str, Laid[SwapRow]]
    swap_answers: dict[str, Laid[AnswerSwap]]
    swaps_back: dict[str, Laid[WithdrawSwap]]
    offers: dict[str, Laid[AnswerOffer]]
    loans: dict[str, Laid[AcceptLoan]]
    absences: dict[str, Laid[AbsenceRow]]
    absences_back: dict[str, Laid[WithdrawAbsence]]


class MarketBook:
    """Reads beside a book of rosters."""

    def __init__(self, book: RosterBook) -> None:
        self._book, self._replica, self._overlay = book, book.replica, book.overlay

    def page(self, known: Known) -> MarketPage:
        """Everything of mine, the next shift first."""
        cards = self.cards(known)
        for_me = tuple(card for card in cards if card.may_answer)
        mine = tuple(card for card in cards if not card.may_answer and (card.may_withdraw or card.on_its_way is not None))
        ended = tuple(card for card in cards if card not in for_me and card not in mine)
        return MarketPage(self._book.open_shifts(known), for_me, mine, ended[::-1][:ENDED_MOST])

    def waiting(self, known: Known) -> int:
        """How much waits for my word."""
        return sum(card.may_answer for card in self.cards(known))

    def of_shift(self, shift_id: str, known: Known) -> tuple[MarketCard, ...]:
        """What is under way about one shift."""
        words = [card for card in self.cards(known) if shift_id in _shifts(card)]
        return tuple(card for card in words if card.may_answer or card.may_withdraw or card.on_its_way is not None)

    def cards(self, known: Known) -> list[MarketCard]:
        """All of it, by the day of the shift."""
        laid, scope = self._laid(), known.reader.scope
        swaps = {row.id: row for row in self._replica.all(SWAP, SwapRow, scope=scope)}
        absences = {row.id: row for row in self._replica.all(ABSENCE, AbsenceRow, scope=scope)}
        found = [self._claim(pk, known) for pk in known.claims.keys() | known.claimed.keys()]
        found += [self._offer(row, laid, known) for row in self._replica.all(OFFER, OfferRow, scope=scope)]
        found += [self._swap(row, laid, known) for row in _with_ours(swaps, laid.swaps)]
        found += [self._absence(row, laid, known) for row in _with_ours(absences, laid.absences)]
        found += [self._loan(row, laid, known) for row in self._replica.all(LOAN, LoanRow, scope=scope)]
        return sorted(found, key=lambda card: (_day(card), card.kind, card.card_id))

    # each kind

    def _claim(self, pk: str, known: Known) -> MarketCard:
        row = known.claims.get(pk) or known.claimed[pk].row
        state = self._book.claim_state(row, known)
        return MarketCard(
            kind="claim",
            card_id=pk,
            state=state,
            gets=_words(row.shift, known),
            who=row.decided_by_name or "",
            reason=row.reason,
            judged=self._costs(row.costs, row.shift, known) if state == "asked" else Judged(),
            asked_by_me=True,
            may_withdraw=state == "asked",
            on_its_way=self._book.claim_way(pk, known),
        )

    def _offer(self, row: OfferRow, laid: _Laid, known: Known) -> MarketCard:
        said = laid.offers.get(row.offer_id)
        is_open = row.state == "open" and row.until_ms > known.reader.now_ms
        may = is_open and not (said is not None and said.counts)
        return MarketCard(
            kind="offer",
            card_id=row.offer_id,
            state=row.state if is_open or row.state != "open" else "ended",
            gets=_words(row.shift, known),
            who=row.offered_by_name,
            until=known.reader.at(row.until_ms),
            note=row.note,
            judged=_set_aside(self._takes(row.shift, known)) if may else Judged(),
            may_answer=may,
            on_its_way=self._way(said, "agree" if said is not None and said.row.accept else "decline"),
        )

    def _swap(self, row: SwapRow, laid: _Laid, known: Known) -> MarketCard:
        asked_by_me = row.asker_id == known.reader.person_id
        gives, gets = (row.mine, row.theirs) if asked_by_me else (row.theirs, row.mine)
        said, back, made = laid.swap_answers.get(row.id), laid.swaps_back.get(row.id), laid.swaps.get(row.id)
        is_back, is_said = back is not None and back.counts, said is not None and said.counts
        may_answer = not asked_by_me and row.state == "asked" and row.until_ms > known.reader.now_ms and not is_said
        may_back = row.state == "consented" or (asked_by_me and row.state == "asked")
        way = self._way(back, "withdraw") or self._way(said, "agree" if said is not None and said.row.accept else "decline")
        return MarketCard(
            kind="swap",
            card_id=row.id,
            state="withdrawn" if is_back else "refused" if made is not None and not made.counts else row.state,
            gets=None if gets is None else _words(gets, known),
            gives=None if gives is None else _words(gives, known),
            who=row.colleague_name if asked_by_me else row.asker_name,
            until=known.reader.at(row.until_ms) if row.state == "asked" else None,
            note=row.note,
            reason=row.reason,
            judged=self._takes(gets, known, gives) if may_answer and gets is not None else Judged(),
            asked_by_me=asked_by_me,
            may_answer=may_answer,
            may_withdraw=may_back and not is_back and (made is None or made.counts),
            on_its_way=way or self._way(made, "swap"),
        )

    def _absence(self, row: AbsenceRow, laid: _Laid, known: Known) -> MarketCard:
        back, made = laid.absences_back.get(row.id), laid.absences.get(row.id)
        is_back = back is not None and back.counts
        first = row.shifts[0] if row.shifts else None
        return MarketCard(
            kind="absence",
            card_id=row.id,
            state="withdrawn" if is_back else "refused" if made is not None and not made.counts else row.state,
            gives=None if first is None else _words(first, known),
            note=row.note,
            has_leave=row.request_id is not None,
            asked_by_me=True,
            may_withdraw=row.state == "open" and not is_back and made is None and row.to_day >= known.today,
            on_its_way=self._way(back, "withdraw") or self._way(made, "absent"),
        )

    def _loan(self, row: LoanRow, laid: _Laid, known: Known) -> MarketCard:
        said = laid.loans.get(row.id)
        is_asked = row.state in ("asked", "lent") and row.consented_ms is None and row.until_ms > known.reader.now_ms
        may = is_asked and not (said is not None and said.counts)
        return MarketCard(
            kind="loan",
            card_id=row.id,
            state=row.state,
            gets=_words(row.shift, known),
            who=row.asked_by_name,
            until=known.reader.at(row.until_ms) if is_asked else None,
            note=row.note,
            reason=row.reason,
            judged=_set_aside(self._costs(row.costs, row.shift, known)) if may else Judged(),
            may_answer=may,
            on_its_way=self._way(said, "agree" if said is not None and said.row.accept else "decline"),
        )

    # my weeks and wishes

    def wishes(self, known: Known) -> WishesPage:
        """What I said about my weeks and single days, the last word first."""
        scope, today = known.reader.scope, known.today
        kept = self._overlay.latest(WEEKS, AvailabilityRow)
        weeks = {row.id: row for row in self._replica.all(WEEKS, AvailabilityRow, scope=scope)}
        said = _with_ours(weeks, {pk: one for pk, one in kept.items() if one.counts})
        counts = [row for row in said if row.until is None or row.until > today]
        last = max(counts, key=lambda row: (row.from_day, row.said_ms), default=None)
        newest = max(kept.values(), key=lambda one: one.entry.seq, default=None)
        return WishesPage(
            today=today,
            stretches=tuple(Stretch(one.weekday, one.from_min, one.to_min, one.kind) for one in last.stretches) if last else (),
            from_day=last.from_day if last is not None else "",
            wishes=self._wish_cards(known),
            on_its_way=self._way(newest, "tell"),
        )

    def _wish_cards(self, known: Known) -> tuple[WishCard, ...]:
        kept, back = self._overlay.latest(WISH, WishRow), self._overlay.latest(WISH_BACK, WithdrawWish)
        rows = {row.id: row for row in self._replica.all(WISH, WishRow, scope=known.reader.scope)}
        found = []
        for row in _with_ours(rows, kept):
            gone = row.withdrawn_ms is not None or (row.id in back and back[row.id].counts)
            if row.day >= known.today and not gone:
                way = self._way(back.get(row.id), "withdraw") or self._way(kept.get(row.id), "tell")
                found.append(WishCard(row.id, row.day, row.kind, row.from_min, row.to_min, row.note, way))
        return tuple(sorted(found, key=lambda card: (card.day, card.from_min, card.wish_id)))

    # inside

    def _laid(self) -> _Laid:
        latest = self._overlay.latest
        return _Laid(
            swaps=latest(SWAP, SwapRow),
            swap_answers=latest(SWAP_ANSWER, AnswerSwap),
            swaps_back=latest(SWAP_BACK, WithdrawSwap),
            offers=latest(OFFER_ANSWER, AnswerOffer),
            loans=latest(LOAN_ANSWER, AcceptLoan),
            absences=latest(ABSENCE, AbsenceRow),
            absences_back=latest(ABSENCE_BACK, WithdrawAbsence),
        )

    def _way(self, laid: Laid[Any] | None, act: Act) -> OnItsWay | None:
        return None if laid is None else self._overlay.on_its_way(laid.entry, act)

    def _takes(self, brief: ShiftBrief, known: Known, gives: ShiftBrief | None = None) -> Judged:
        """What the rules say to me, where this phone holds the shift itself."""
        row = known.rows.get(brief.id)
        if row is None:
            return Judged((), known=False)
        return self._book.judge(known, [row], [] if gives is None else [gives.id])

    def _costs(self, costs: list[Verdict], brief: ShiftBrief, known: Known) -> Judged:
        """What HQ said when it was asked."""
        return self._book.told(costs, [*known.line, _placed(brief, known)], "", known, is_known=True)


def _set_aside(judged: Judged) -> Judged:
    """Of what a manager offers: a rule that may be set aside was asked before, and is no more than told."""
    return replace(judged, says=tuple(replace(one, hard=one.hard and not one.overridable) for one in judged.says))


def _with_ours(rows: dict[str, W], ours: dict[str, Laid[W]]) -> list[W]:
    return list(({pk: one.row for pk, one in ours.items()} | rows).values())


def _words(brief: ShiftBrief, known: Known) -> ShiftWords:
    return ShiftWords(
        shift_id=brief.id,
        day=brief.day,
        starts=clock(brief.starts_min),
        ends=clock(brief.ends_min),
        store_name=known.names.get(brief.store_id, brief.store_name),
        name=Both(brief.name_zh, brief.name_en),
    )


def _placed(brief: ShiftBrief, known: Known) -> Placed:
    return Placed(
        id=brief.id, person_id=known.reader.person_id, store_id=brief.store_id, day=brief.day, starts_min=brief.starts_min,
        ends_min=brief.ends_min, starts_ms=brief.starts_ms, ends_ms=brief.ends_ms,
        work_min=(brief.ends_ms - brief.starts_ms) // 60_000, role=brief.role,
    )  # fmt: skip


def _shifts(card: MarketCard) -> set[str]:
    return {words.shift_id for words in (card.gets, card.gives) if words is not None}


def _day(card: MarketCard) -> str:
    words = card.gets or card.gives
    return words.day if words is not None else ""
