"""What a person and HQ have to say to each other, on the person's own phone: requests, inbox, leave, profile, who looked.

Everything here works with no signal: what is asked or decided is kept and signed at once, and goes to HQ by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from contract.approvals import Delegate, DelegationRow, EndDelegation, FlowRow, RequestRow, SubmitRequest, WithdrawRequest
from contract.forms import judge_form, photos_of
from contract.hours import GiveUpOvertime
from contract.ids import new_id
from contract.inbox import SeeItem
from contract.leave import BalanceRow
from contract.postings import TickItem
from contract.sync import Enrolled
from mobile.core.acts import Acts, born_with
from mobile.core.parts import Parts
from mobile.core.profile import stage_of
from mobile.core.request_photos import ask_for_photo, read_photo
from mobile.core.requests import Reader, asked_row, at, flow_card
from mobile.core.sync_status import wall_time
from mobile.core.views import Refused, Said
from mobile.core.views_hq import (
    Answer,
    Arrival,
    Both,
    Colleague,
    DelegationCard,
    Draft,
    FieldCard,
    FieldChoice,
    FlowCard,
    Inbox,
    LeaveCost,
    LeavePage,
    LookCard,
    Misfit,
    OnItsWay,
    Profile,
    RequestPage,
    Requests,
    StoresFound,
)

WARNING: Final = "approvals.warning"
LEAVE = "leave"  # the flow that leave is asked for by


class Office:
    def __init__(self, acts: Acts) -> None:
        self._acts = acts

    @property
    def _parts(self) -> Parts:
        return self._acts.parts

    # requests

    def flows(self) -> tuple[FlowCard, ...]:
        """What can be asked for."""
        self._acts.may_look()
        return self._parts.requests.flows()

    def requests(self) -> Requests:
        return self._parts.requests.page(self._reader())

    def request(self, request_id: str) -> RequestPage | None:
        return self._parts.requests.one(request_id, self._reader())

    def photo(self, request_id: str, sha: str) -> bytes | None:
        """A photo of a request, mine or one that was fetched; None while it is not here."""
        return read_photo(self._acts, self.request(request_id), sha)

    def ask_for_photo(self, request_id: str, sha: str) -> None:
        """Fetch a photo that somebody handed in. HQ writes down that I looked."""
        ask_for_photo(self._acts, self.request(request_id), sha)

    def draft(self, kind: str, known: Mapping[str, Answer] | None = None) -> Draft:
        """A form that is empty but for what is known."""
        self._acts.may_look()
        flow = self._flow(kind)
        keys = {field.key for field in flow.fields}
        return Draft(self._card(flow, known), tuple((key, answer) for key, answer in (known or {}).items() if key in keys))

    def draft_again(self, request_id: str) -> Draft | None:
        """The form of a request that HQ refused to take, with why, to be corrected and sent again."""
        self._acts.may_look()
        kept = self._parts.requests.kept(request_id)
        if kept is None or kept.counts:
            return None
        problem = self._parts.overlay.answer_to(kept.entry)
        form, photos = self._photos_again(self._flow(kept.row.kind), kept.row.form)
        warnings = warnings_in(problem) if problem.code == WARNING else ()
        return Draft(
            self._card(self._flow(kept.row.kind), kept.row.form),
            tuple(form.items()),
            kept.entry.op,
            None if warnings else problem,
            warnings,
            photos,
        )

    def _photos_again(self, flow: FlowRow, form: Mapping[str, Answer]) -> tuple[dict[str, Answer], tuple[bytes, ...]]:
        """A form without the photos that are no longer here, and those that are."""
        kept, found = dict(form), list[bytes]()
        for field in flow.fields:
            if field.kind != "photo" or field.key not in kept:
                continue
            here = {sha: photo for sha in photos_of(kept[field.key]) if (photo := self._parts.photos.read(sha)) is not None}
            found += here.values()
            kept[field.key] = ",".join(here) or None
        return {key: answer for key, answer in kept.items() if answer is not None}, tuple(found)

    def find_stores(self, sought: str) -> StoresFound:
        """All stores by name, number, city or the name's initials in pinyin; those named lately first."""
        self._acts.may_look()
        return self._parts.directory.find(sought)

    def judge(self, kind: str, form: Mapping[str, Answer]) -> tuple[Misfit, ...]:
        """What does not fit the form yet, by the judge the server asks too."""
        return tuple(Misfit(wrong.key, Said(wrong.code, wrong.facts)) for wrong in judge_form(self._flow(kind).fields, form))

    def submit(
        self, kind: str, form: Mapping[str, Answer], *, warned: Sequence[str] = (), instead_of: str | None = None,
        photos: Sequence[bytes] = (), request_id: str = "",
    ) -> str:  # fmt: skip
        """Ask for something. On the disk when this returns; answers the request's id. `instead_of`: the refused operation that
        this one corrects, which needs nobody any more. `photos`: those that the form names; they follow the request by
        themselves. `request_id`: where it was born before. Refused where the form does not fit."""
        who = self._acts.may_act()
        flow, person = self._flow(kind), self._acts.person()
        answers: dict[str, Answer] = {key: answer for key, answer in form.items() if answer not in (None, "")}
        for wrong in judge_form(flow.fields, answers):
            raise Refused(wrong.code, **wrong.facts)
        request_id = request_id or new_id()
        act = SubmitRequest(request_id=request_id, kind=kind, person_id=person, form=answers, warned=list(warned))
        row = self._row_of(act, flow, who.person_name or "")
        stores = [str(answers[field.key]) for field in flow.fields if field.kind == "store" and field.key in answers]

        def also(op: str, seq: int) -> None:
            self._parts.overlay.keep(op, "request", request_id, self._scope(), row)
            for photo in photos:
                self._parts.photos.keep(photo, seq)
            for store in stores:
                self._parts.directory.was_named(store)
            if instead_of is not None:
                self._parts.journal.acknowledge(instead_of)

        self._acts.keep(act, person, ent=request_id, also=also, room=sum(map(len, photos)))
        self._acts.ports.signals.kept()
        return request_id

    def decide(self, request_id: str, step_id: str, decision: str, comment: str = "") -> None:
        """Approve or refuse a step that waits for me."""
        page = self.request(request_id)
        self._acts.decide(page, step_id, decision, comment, actor=self._acts.person(), owner=self._scope())

    def withdraw(self, request_id: str, reason: str = "") -> None:
        """Take my request back."""
        self._acts.may_act()
        page = self.request(request_id)
        if page is None or not page.may_withdraw:
            raise Refused("client.not_yours_to_withdraw")
        act = WithdrawRequest(request_id=request_id, reason=reason.strip())
        self._acts.keep(
            act,
            self._acts.person(),
            ent=born_with(request_id),
            also=lambda op, _: self._parts.overlay.keep(op, "withdrawal", request_id, self._scope(), act),
        )

    def give_up(self, request_id: str, reason: str) -> None:
        """Do without the overtime that was granted to me by this request. A reason is needed: whoever approved it reads it."""
        self._acts.may_act()
        page = self.request(request_id)
        if page is None or not page.may_give_up:
            raise Refused("client.not_yours_to_withdraw")
        if not reason.strip():
            raise Refused("client.reason_needed")
        act = GiveUpOvertime(request_id=request_id, reason=reason.strip())
        self._acts.keep(
            act,
            self._acts.person(),
            ent=born_with(request_id),
            also=lambda op, _: self._parts.overlay.keep(op, "giving_up", request_id, self._scope(), act),
        )

    # inbox

    def inbox(self) -> Inbox:
        return self._parts.inbox.page(self._reader())

    def see(self, item_id: str) -> None:
        """A notice was read. What is to be done goes away by being done; what is read already is not read again."""
        self._acts.may_act()
        row = self._parts.inbox.row(item_id, self._scope())
        if row is None or row.kind != "notice" or row.done_ms is not None or self._parts.inbox.is_seen_here(item_id):
            return
        act = SeeItem(item_id=item_id)
        self._acts.keep(
            act, self._acts.person(), also=lambda op, _: self._parts.overlay.keep(op, "seen", item_id, self._scope(), act)
        )

    # leave

    def leave(self) -> LeavePage:
        return self._parts.leave.page(self._reader())

    def leave_cost(self, form: Mapping[str, Answer]) -> LeaveCost | None:
        """What a half-filled form for leave would take, and what would be left."""
        return self._parts.leave.cost(form, self._reader())

    # who I am

    def profile(self) -> Profile:
        return self._parts.profile.profile(self._parts.identity.need(), self._reader())

    def looks(self) -> tuple[LookCard, ...]:
        """Who looked at my position, photo or record, when and why."""
        return self._parts.profile.looks(self._reader())

    def today_here(self) -> str:
        """The day of the calendar it is here."""
        return wall_time(self._parts).local(self._acts.now_ms()).date().isoformat()

    # hand-overs, for whoever manages one of the two sides

    def hand_overs(self) -> tuple[Arrival, ...]:
        return self._parts.hand_overs.arrivals(self._reader(), at_desk=False)

    def tick(self, item_id: str, done: bool = True, note: str = "") -> None:
        """A line of my side of a hand-over list."""
        if self._parts.hand_overs.line(item_id, self._reader(), at_desk=False) is None:
            raise Refused("client.not_ours_to_tick")
        self._acts.tick(TickItem(item_id=item_id, done=done, note=note), actor=self._acts.person(), owner=self._scope())

    # while I am away

    def colleagues(self) -> tuple[Colleague, ...]:
        """People this phone knows of, by name: those who decide or have asked in the requests it holds."""
        reader, found = self._reader(), dict[str, str]()
        for row in self._parts.requests.rows(reader.scope):
            found |= {row.person_id: row.person_name, row.applicant_id: row.applicant_name}
            for step in row.steps:
                found |= dict(step.deciders)
        found.pop(reader.person_id, None)
        return tuple(Colleague(person, name) for person, name in sorted(found.items(), key=lambda one: (one[1], one[0])) if name)

    def delegations(self) -> tuple[DelegationCard, ...]:
        """What HQ knows of, and over it what was arranged or ended here; the latest first."""
        reader, me = self._reader(), self._acts.person()
        parts, names = self._parts, {one.person_id: one.name for one in self.colleagues()}
        ended = parts.overlay.latest("delegation_end", EndDelegation)
        found = []
        for row in parts.replica.all("delegation", DelegationRow, scope=reader.scope):
            over, mine = ended.get(row.id), row.person_id == me
            way = None if over is None else parts.overlay.on_its_way(over.entry, "delegate")
            found.append(_delegation(row.id, row.delegate_name if mine else row.person_name, row, reader, mine, way))
        for pk, laid in parts.overlay.latest("delegation", Delegate).items():
            way = parts.overlay.on_its_way(laid.entry, "delegate")
            found.append(_delegation(pk, names.get(laid.row.delegate_id, ""), laid.row, reader, True, way))
        return tuple(sorted(found, key=lambda card: (-card.starts.ms, card.delegation_id)))

    def delegate(self, to_id: str, first_day: str, last_day: str) -> str:
        """Somebody decides in my place from the beginning of one day to the end of another, by the clock here."""
        self._acts.may_act()
        when = wall_time(self._parts)
        starts, ends = when.midnight_ms(first_day), when.midnight_ms(last_day, days=1)
        if ends <= max(starts, self._acts.now_ms()):
            raise Refused("client.ends_before_start")
        delegation_id = new_id()
        act = Delegate(
            delegation_id=delegation_id, person_id=self._acts.person(), delegate_id=to_id, starts_ms=starts, ends_ms=ends
        )
        self._acts.keep(
            act,
            act.person_id,
            ent=delegation_id,
            also=lambda op, _: self._parts.overlay.keep(op, "delegation", delegation_id, self._scope(), act),
        )
        return delegation_id

    def end_delegation(self, delegation_id: str) -> None:
        """From now on I decide again."""
        self._acts.may_act()
        act = EndDelegation(delegation_id=delegation_id)
        self._acts.keep(
            act,
            self._acts.person(),
            ent=born_with(delegation_id),
            also=lambda op, _: self._parts.overlay.keep(op, "delegation_end", delegation_id, self._scope(), act),
        )

    # inside

    def _flow(self, kind: str) -> FlowRow:
        flow = self._parts.requests.flow(kind)
        if flow is None or flow.retired:
            raise Refused("client.kind_unknown")
        return flow

    def _card(self, flow: FlowRow, form: Mapping[str, Answer] | None = None) -> FlowCard:
        """The form, with what this phone knows to choose from where HQ listed nothing: the store that is answered (there are too
        many to list them all), its kinds of leave."""
        card = flow_card(flow)
        fields = [self._with_choices(field, (form or {}).get(field.key)) if field.is_open else field for field in card.fields]
        return replace(card, fields=tuple(fields))

    def _with_choices(self, field: FieldCard, answer: Answer) -> FieldCard:
        if field.kind == "leave_kind":
            return replace(field, choices=self._leave_kinds())
        named = self._parts.directory.named(answer) if field.kind == "store" and isinstance(answer, str) else None
        return field if named is None else replace(field, choices=(named,))

    def leave_form(self, kind: str, from_day: str, to_day: str) -> dict[str, Answer] | None:
        """What asks for whole days of leave of a kind; None where the company's form wants more than that to be answered, phones
        may not ask, or the person has no leave of that kind."""
        flow = self._parts.requests.flow(LEAVE)
        form: dict[str, Answer] = {"leave_kind": kind, "from_day": from_day, "to_day": to_day}
        if flow is None or flow.retired or not flow.from_phone or kind not in {one.value for one in self._leave_kinds()}:
            return None
        return None if judge_form(flow.fields, form) else form

    def _leave_kinds(self) -> tuple[FieldChoice, ...]:
        rows = self._parts.replica.all("balance", BalanceRow, scope=self._scope())
        return tuple(FieldChoice(row.kind, Both(row.name_zh, row.name_en)) for row in sorted(rows, key=lambda row: row.kind))

    def _reader(self) -> Reader:
        who: Enrolled = self._acts.may_look()
        return Reader(who.person_id or "", self._scope(), self._acts.now_ms(), wall_time(self._parts))

    def _scope(self) -> str:
        return f"private:{self._acts.person()}"

    def _row_of(self, act: SubmitRequest, flow: FlowRow, name: str) -> RequestRow:
        row = RequestRow(
            id=act.request_id,
            kind=act.kind,
            flow_id=flow.id,
            number="",
            person_id=act.person_id,
            person_name=name,
            applicant_id=act.person_id,
            applicant_name=name,
            kind_zh=flow.name_zh,
            kind_en=flow.name_en,
            state="running",
            form=dict(act.form),
            shown=_shown(self._card(flow, act.form), act.form),
            labels={field.key: (field.label_zh, field.label_en) for field in flow.fields},
            warnings=list(act.warned),
            steps=[],
            submitted_ms=self._acts.now_ms(),
        )
        return asked_row(flow, row)


def _delegation(
    pk: str, who: str, told: Delegate | DelegationRow, reader: Reader, is_mine: bool, way: OnItsWay | None
) -> DelegationCard:
    starts, ends = at(told.starts_ms, reader.when), at(told.ends_ms - 1, reader.when)
    return DelegationCard(pk, who, starts, ends, stage_of(told.starts_ms, told.ends_ms, reader.now_ms), is_mine, way)


def _shown(card: FlowCard, form: Mapping[str, Answer]) -> dict[str, str]:
    """The answers that were chosen from a list, in words."""
    words = {(field.key, choice.value): choice.words for field in card.fields for choice in field.choices}
    found = {key: words[key, answer] for key, answer in form.items() if isinstance(answer, str) and (key, answer) in words}
    return {key: f"{both.zh}|{both.en}" for key, both in found.items()}


def warnings_in(problem: Said) -> tuple[Said, ...]:
    """What HQ wants the applicant to have seen: the (code, facts) pairs in a refusal `approvals.warning`."""
    told: Any = problem.facts.get("warnings")
    pairs = told if isinstance(told, list) else [[problem.facts.get("warning"), {}]]
    return tuple(Said(str(code), dict(facts or {})) for code, facts in pairs if code)
