"""My roster on my own phone: seen, confirmed, claimed, swapped, with no signal. What is said is kept and signed at once."""

from __future__ import annotations

from datetime import date, timedelta

from contract.ids import new_id
from contract.rostering.local_time import day_of, monday_of, ordinal
from contract.rosters import ConfirmShifts, RosterShiftRow, SeenShift
from contract.shift_market import (
    AbsenceKind,
    AbsenceRow,
    AcceptLoan,
    AnswerOffer,
    AnswerSwap,
    AskSwap,
    AvailabilityRow,
    ClaimRow,
    ClaimShift,
    MakeWish,
    ReportAbsence,
    SetAvailability,
    ShiftBrief,
    SwapRow,
    WeekStretch,
    WishKind,
    WishRow,
    WithdrawAbsence,
    WithdrawClaim,
    WithdrawSwap,
    WithdrawWish,
)
from contract.shift_market_rows import LEAVE_OF
from contract.wire import Wire
from mobile.core import roster_market as mk
from mobile.core.acts import Acts, born_with
from mobile.core.office import LEAVE, Office
from mobile.core.parts import Parts
from mobile.core.requests import Reader
from mobile.core.rosters import CLAIM, CLAIM_BACK, CONFIRMED, Known
from mobile.core.sync_status import wall_time
from mobile.core.views import Refused
from mobile.core.views_hq import Answer
from mobile.core.views_rosters import (
    MarketCard,
    MarketPage,
    RosterWeek,
    ShiftPage,
    Stretch,
    SwapChoice,
    WishesPage,
)

CONFIRM_MOST = 100


class MyRoster:
    """The employee's side of rosters."""

    def __init__(self, acts: Acts, office: Office) -> None:
        self._acts, self._office = acts, office

    @property
    def _parts(self) -> Parts:
        return self._acts.parts

    # looking

    def week(self, day: str | None = None) -> RosterWeek:
        """The week a day lies in; without one, this week. Refused past the lease."""
        reader = self._reader()
        with self._parts.db.read():
            known = self._parts.rosters.known(reader)
            waiting = self._parts.market.waiting(known)
        return self._parts.rosters.week(day, reader, waiting)

    def shift(self, shift_id: str) -> ShiftPage | None:
        """A published shift at one of my stores; None where it is not published any more."""
        book, market = self._parts.rosters, self._parts.market
        with self._parts.db.read():
            known = book.known(self._reader())
            row = known.rows.get(shift_id)
            if row is None:
                return None
            line, cards = book.shift_line(row, known), market.of_shift(shift_id, known)
            others = [one for one in known.rows.values() if (one.day, one.store_id) == (row.day, row.store_id)]
            return ShiftPage(
                line=line,
                cards=cards,
                others=tuple(book.shift_line(one, known) for one in others if one.id != row.id and one.person_id is not None),
                open_shift=book.open_shift(row, known) if row.person_id is None else None,
                may_confirm=line.state in ("new", "changed") and not line.over,
                leave=tuple(kind for kind in LEAVE_OF if line.is_mine and self._leave(kind, row.day, row.day) is not None),
                may_report=line.is_mine and not line.over and not any(card.kind == "absence" for card in cards),
                may_swap=line.is_mine and not line.begun and not _is_swapped(cards),
            )

    def choices(self, shift_id: str, week: str | None = None) -> tuple[SwapChoice, ...]:
        """Whom my shift could go to, and for what of the week a day lies in; without one, of the shift's own week."""
        with self._parts.db.read():
            known = self._parts.rosters.known(self._reader())
            row = self._mine(shift_id, known)
            return self._parts.rosters.choices(row, day_of(monday_of(ordinal(week or row.day))), known)

    def market(self) -> MarketPage:
        """Open shifts, what waits for my word, what I asked for."""
        with self._parts.db.read():
            return self._parts.market.page(self._parts.rosters.known(self._reader()))

    def wishes(self) -> WishesPage:
        """What I said about my weeks and single days."""
        with self._parts.db.read():
            return self._parts.market.wishes(self._parts.rosters.known(self._reader()))

    # shifts

    def confirm(self, shift_ids: tuple[str, ...] = (), *, week: str | None = None) -> int:
        """I have seen these shifts of mine and will come; without ids, all of a week that wait for it. Answers how many."""
        known = self._may_act()
        book = self._parts.rosters
        rows = [one for one in book.to_confirm(known, week) if not shift_ids or one.id in shift_ids][:CONFIRM_MOST]
        if not rows:
            raise Refused("client.nothing_to_confirm")
        seen = [SeenShift(shift_id=row.id, version=row.version) for row in rows]

        def also(op: str, _: int) -> None:
            for one in seen:
                self._parts.overlay.keep(op, CONFIRMED, one.shift_id, known.reader.scope, one)
            book.remember({one.shift_id: one.version for one in seen}, known)

        self._acts.keep(ConfirmShifts(shifts=seen), known.reader.person_id, also=also)
        self._acts.ports.signals.kept()
        return len(rows)

    def report_absence(
        self, shift_id: str, days: int = 1, kind: AbsenceKind = "sick", note: str = "", *, leave: bool = False
    ) -> str:
        """I cannot come: from that shift's day on for so many days. My published shifts of them become open.

        With `leave` the days are asked for as well: a request of its own right after it, so that what HQ says of one does not
        undo the other.
        """
        known = self._may_act()
        row = self._mine(shift_id, known)
        to_day = (date.fromisoformat(row.day) + timedelta(days=max(1, days) - 1)).isoformat()
        absence_id, me = new_id(), known.reader.person_id
        form = self._leave(kind, row.day, to_day) if leave else None
        request_id = new_id() if form is not None else None
        act = ReportAbsence(absence_id=absence_id, from_day=row.day, to_day=to_day, kind=kind, note=note.strip())
        gone = [one for one in known.rows.values() if known.is_mine(one) and row.day <= one.day <= to_day]
        laid = AbsenceRow(
            id=absence_id, person_id=me, person_name="", from_day=row.day, to_day=to_day, state="open",
            reported_ms=known.reader.now_ms, kind=kind, note=act.note, shifts=[_brief(one) for one in gone],
            request_id=request_id,
        )  # fmt: skip
        self._keep(act, mk.ABSENCE, absence_id, laid, known)
        if form is not None and request_id is not None:
            self._office.submit(LEAVE, form, request_id=request_id)
        return absence_id

    def _leave(self, kind: AbsenceKind, from_day: str, to_day: str) -> dict[str, Answer] | None:
        return self._office.leave_form(LEAVE_OF[kind], from_day, to_day)

    # the market

    def claim(self, shift_id: str) -> str:
        """I take this open shift. Refused where a rule forbids it, with the rule's sentence; who was first HQ says."""
        known = self._may_act()
        row = known.rows.get(shift_id)
        if row is None or row.person_id is not None:
            raise Refused("client.shift_not_open")
        told = self._parts.rosters.open_shift(row, known)
        for rule in told.judged.says:
            if rule.hard:
                said = {"said_zh": rule.sentence.zh, "said_en": rule.sentence.en}
                raise Refused(f"rosters.breaks_{rule.rule}", **said)
        if not told.may_claim:
            raise Refused("client.shift_asked_already")
        claim_id = new_id()
        laid = ClaimRow(
            id=claim_id, shift=_brief(row), person_id=known.reader.person_id, person_name="", state="asked",
            asked_ms=known.reader.now_ms,
        )  # fmt: skip
        return self._keep(ClaimShift(claim_id=claim_id, shift_id=shift_id, version=row.version), CLAIM, claim_id, laid, known)

    def ask_swap(self, shift_id: str, colleague_id: str, their_shift_id: str | None = None, note: str = "") -> str:
        """My shift for that one of a colleague's, or given away to them. They are asked until the first of both begins."""
        known = self._may_act()
        mine, theirs = self._mine(shift_id, known), known.rows.get(their_shift_id or "")
        if their_shift_id is not None and (theirs is None or theirs.person_id != colleague_id):
            raise Refused("client.shift_not_theirs")
        if _is_swapped(self._parts.market.of_shift(shift_id, known)):
            raise Refused("client.shift_asked_already")
        swap_id, both = new_id(), [mine, *([theirs] if theirs is not None else [])]
        until = min(row.placed[0].starts_ms for row in both)
        act = AskSwap(
            swap_id=swap_id, shift_id=shift_id, version=mine.version, colleague_id=colleague_id, their_shift_id=their_shift_id,
            their_version=theirs.version if theirs is not None else None, until_ms=until, note=note.strip(),
        )  # fmt: skip
        names = {row.person_id: row.person_name for row in known.rows.values()}
        laid = SwapRow(
            id=swap_id, asker_id=known.reader.person_id, asker_name="", colleague_id=colleague_id,
            colleague_name=names.get(colleague_id, ""), mine=_brief(mine), theirs=_brief(theirs) if theirs is not None else None,
            state="asked", asked_ms=known.reader.now_ms, until_ms=until, note=act.note,
        )  # fmt: skip
        return self._keep(act, mk.SWAP, swap_id, laid, known)

    def answer(self, card_id: str, accept: bool) -> None:
        """I agree to an offer, a swap or a loan that waits for my word, or do not."""
        known = self._may_act()
        card = self._card(card_id, known)
        if card is None or not card.may_answer:
            raise Refused("client.nothing_to_answer")
        if accept and card.judged.forbids:
            rule = next(one for one in card.judged.says if one.hard)
            raise Refused(f"rosters.breaks_{rule.rule}", said_zh=rule.sentence.zh, said_en=rule.sentence.en)
        if card.kind == "offer":
            self._say(AnswerOffer(offer_id=card_id, accept=accept), mk.OFFER_ANSWER, card_id, known)
        elif card.kind == "swap":
            self._say(AnswerSwap(swap_id=card_id, accept=accept), mk.SWAP_ANSWER, card_id, known)
        else:
            self._say(AcceptLoan(loan_id=card_id, accept=accept), mk.LOAN_ANSWER, card_id, known)

    def withdraw(self, card_id: str) -> None:
        """I take back a claim, a swap I asked for or agreed to, or that I cannot come."""
        known = self._may_act()
        card = self._card(card_id, known)
        if card is None or not card.may_withdraw:
            raise Refused("client.not_yours_to_withdraw")
        if card.kind == "claim":
            self._say(WithdrawClaim(claim_id=card_id), CLAIM_BACK, card_id, known)
        elif card.kind == "swap":
            self._say(WithdrawSwap(swap_id=card_id), mk.SWAP_BACK, card_id, known)
        else:
            self._say(WithdrawAbsence(absence_id=card_id), mk.ABSENCE_BACK, card_id, known)

    # my weeks and wishes

    def set_weeks(self, stretches: tuple[Stretch, ...]) -> str:
        """My weeks from today on, until I say something else."""
        known = self._may_act()
        pk = new_id()
        said = [WeekStretch(weekday=one.weekday, from_min=one.from_min, to_min=one.to_min, kind=one.kind) for one in stretches]
        act = SetAvailability(availability_id=pk, from_day=known.today, stretches=said)
        me, now = known.reader.person_id, known.reader.now_ms
        laid = AvailabilityRow(id=pk, person_id=me, from_day=known.today, stretches=said, said_ms=now)
        return self._keep(act, mk.WEEKS, pk, laid, known)

    def wish(self, day: str, kind: WishKind, from_min: int = 0, to_min: int = 1_440, note: str = "") -> str:
        """One day, or a part of it."""
        known = self._may_act()
        if day < known.today:
            raise Refused("client.day_is_over")
        pk = new_id()
        act = MakeWish(wish_id=pk, day=day, kind=kind, from_min=from_min, to_min=to_min, note=note.strip())
        me, now = known.reader.person_id, known.reader.now_ms
        laid = WishRow(id=pk, person_id=me, day=day, kind=kind, from_min=from_min, to_min=to_min, note=act.note, said_ms=now)
        return self._keep(act, mk.WISH, pk, laid, known)

    def withdraw_wish(self, wish_id: str) -> None:
        """A wish does not count any more."""
        known = self._may_act()
        if not any(card.wish_id == wish_id for card in self._parts.market.wishes(known).wishes):
            raise Refused("client.not_yours_to_withdraw")
        self._say(WithdrawWish(wish_id=wish_id), mk.WISH_BACK, wish_id, known)

    # inside

    def _card(self, card_id: str, known: Known) -> MarketCard | None:
        return next((card for card in self._parts.market.cards(known) if card.card_id == card_id), None)

    def _mine(self, shift_id: str, known: Known) -> RosterShiftRow:
        row = known.rows.get(shift_id)
        if row is None or not known.is_mine(row):
            raise Refused("client.shift_not_yours")
        return row

    def _keep(self, act: Wire, entity: str, pk: str, laid: Wire, known: Known) -> str:
        """Something new; answers its id."""
        overlay, owner = self._parts.overlay, known.reader.scope
        self._acts.keep(act, known.reader.person_id, ent=pk, also=lambda op, _: overlay.keep(op, entity, pk, owner, laid))
        self._acts.ports.signals.kept()
        return pk

    def _say(self, act: Wire, entity: str, pk: str, known: Known) -> None:
        """A word on something there is."""
        overlay, owner = self._parts.overlay, known.reader.scope
        also = lambda op, _: overlay.keep(op, entity, pk, owner, act)  # noqa: E731 - as the journal calls it
        self._acts.keep(act, known.reader.person_id, ent=born_with(pk), also=also)
        self._acts.ports.signals.kept()

    def _may_act(self) -> Known:
        self._acts.may_act()
        with self._parts.db.read():
            return self._parts.rosters.known(self._reader())

    def _reader(self) -> Reader:
        who = self._acts.may_look()
        me = who.person_id or ""
        return Reader(me, f"private:{me}", self._acts.now_ms(), wall_time(self._parts))


def _is_swapped(cards: tuple[MarketCard, ...]) -> bool:
    """A colleague is being asked already."""
    return any(card.kind == "swap" and card.asked_by_me and card.state in mk.RUNNING_SWAPS for card in cards)


def _brief(row: RosterShiftRow) -> ShiftBrief:
    """A shift as the market shows it, until HQ has said so itself."""
    first, last = row.placed[0], row.placed[-1]
    return ShiftBrief(
        id=row.id, store_id=row.store_id, store_name=row.store_name, day=row.day, zone="", starts_ms=first.starts_ms,
        ends_ms=last.ends_ms, starts_min=first.starts_min, ends_min=last.ends_min, template=row.template, name_zh=row.name_zh,
        name_en=row.name_en, role=row.role or "",
    )  # fmt: skip
