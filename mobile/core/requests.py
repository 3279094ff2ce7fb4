"""Requests as this device knows them: the server's rows, and over them what was asked, decided or withdrawn here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from contract.approvals import DecideStep, FlowRow, FormField, RequestRow, RequestState, StepRow, TrailNote, WithdrawRequest
from contract.forms import Choice, choices_of, photos_of, read_choice
from contract.hours import GiveUpOvertime
from mobile.core.local_db import LocalDb
from mobile.core.media import Media
from mobile.core.overlay import Laid, Overlay
from mobile.core.photos import Photos
from mobile.core.punches import StoreTime
from mobile.core.replica import Replica
from mobile.core.request_photos import names_in, photo_cards
from mobile.core.views import Said
from mobile.core.views_hq import (
    AnswerLine,
    At,
    Both,
    FieldCard,
    FieldChoice,
    FlowCard,
    OnItsWay,
    RequestCard,
    RequestPage,
    Requests,
    StepCard,
)

_NAMED = frozenset({"person", "store", "post", "leave_kind"})  # HQ finds these by number or code
OVERTIME = "overtime"
_ENDED = frozenset({"overtime_given_up", "overtime_withdrawn"})  # lines of the trail: what was granted counts no more
_AS_IT_IS = frozenset({"date", "yes_no", "half_day"})  # the screen says these in the reader's way


@dataclass(frozen=True)
class Reader:
    """Who reads, from which scope, by which clock."""

    person_id: str
    scope: str
    now_ms: int
    when: StoreTime

    def at(self, ms: int | None) -> At | None:
        return None if ms is None else at(ms, self.when)


def at(ms: int, when: StoreTime) -> At:
    return At(ms, when.local(ms).date().isoformat(), when.hhmm(ms))


class RequestBook:
    """Reads in one go, so that no page mixes two states."""

    def __init__(self, db: LocalDb, replica: Replica, overlay: Overlay, photos: Photos, media: Media) -> None:
        self._db, self._replica, self._overlay = db, replica, overlay
        self._photos, self._media = photos, media

    # kinds of requests

    def flow(self, kind: str) -> FlowRow | None:
        """The version in force of a kind, retired or not."""
        found = [row for row in self._replica.all("flow", FlowRow) if row.kind == kind]
        return max(found, key=lambda row: row.version, default=None)

    def flows(self) -> tuple[FlowCard, ...]:
        """What can be asked for from here, the urgent first."""
        kinds = {row.kind for row in self._replica.all("flow", FlowRow)}
        found = [row for kind in kinds if (row := self.flow(kind)) is not None and row.from_phone and not row.retired]
        return tuple(flow_card(row) for row in sorted(found, key=lambda row: (not row.urgent, row.kind)))

    # requests

    def page(self, reader: Reader) -> Requests:
        with self._db.read():
            laid = self._laid()
            rows = self._rows(reader.scope, laid)
            cards = [(row, self._card(row, reader, laid)) for row in sorted(rows, key=_newest_first)]
        for_me = tuple(card for _, card in cards if card.waits_for_me)
        mine = tuple(card for _, card in cards if card.is_mine and not card.waits_for_me)
        others = tuple(card for _, card in cards if not card.is_mine and not card.waits_for_me)
        return Requests(for_me, mine, others)

    def about_day(self, kind: str, day: str, reader: Reader) -> tuple[RequestCard, ...]:
        """Requests of a kind whose form names that day, the newest first."""
        laid = self._laid()
        rows = [row for row in self._rows(reader.scope, laid) if row.kind == kind and row.form.get("day") == day]
        mine = [row for row in rows if row.person_id == reader.person_id]
        return tuple(self._card(row, reader, laid) for row in sorted(mine, key=_newest_first))

    def forms_about(self, kind: str, day: str, reader: Reader) -> list[Mapping[str, Any]]:
        """What requests of a kind about that day say that run or were granted."""
        mine = [row for row in self._rows(reader.scope, self._laid()) if row.kind == kind and row.person_id == reader.person_id]
        return [row.form for row in mine if row.form.get("day") == day and _stands(row) in ("running", "approved")]

    def one(self, request_id: str, reader: Reader) -> RequestPage | None:
        with self._db.read():
            laid = self._laid()
            row = next((row for row in self._rows(reader.scope, laid) if row.id == request_id), None)
            return None if row is None else self._page(row, reader, laid)

    def row(self, request_id: str, scope: str) -> RequestRow | None:
        """The server's row."""
        return next((row for row in self._replica.all("request", RequestRow, scope=scope) if row.id == request_id), None)

    def rows(self, scope: str) -> list[RequestRow]:
        """All the server's rows of a scope."""
        return self._replica.all("request", RequestRow, scope=scope)

    def photos_named(self) -> frozenset[str]:
        """Every photo that a request here names."""
        return names_in(answer for row in self._replica.all("request", RequestRow) for answer in row.form.values())

    def kept(self, request_id: str) -> Laid[RequestRow] | None:
        """What was asked here and is not the server's yet."""
        return self._overlay.latest("request", RequestRow).get(request_id)

    def is_settled_here(self, request_id: str) -> bool:
        """Whether somebody on this device has just decided a step of it, or taken it back, and HQ has not answered."""
        laid = self._laid()
        if (found := laid.withdrawals.get(request_id)) is not None and found.counts:
            return True
        steps = {step.id for row in self._replica.all("request", RequestRow) if row.id == request_id for step in row.steps}
        return any(step_id in steps and one.counts for step_id, one in laid.decisions.items())

    def _laid(self) -> _Laid:
        return _Laid(
            self._overlay.latest("request", RequestRow),
            self._overlay.latest("decision", DecideStep),
            self._overlay.latest("withdrawal", WithdrawRequest),
            self._overlay.latest("giving_up", GiveUpOvertime),
        )

    def _rows(self, scope: str, laid: _Laid) -> list[RequestRow]:
        rows = {row.id: row for row in self._replica.all("request", RequestRow, scope=scope)}
        ours = {pk: one.row for pk, one in laid.requests.items()} if scope.startswith("private:") else {}
        return list((ours | rows).values())

    def _card(self, row: RequestRow, reader: Reader, laid: _Laid) -> RequestCard:
        now = next((step for step in row.steps if step.state == "open"), None)
        return RequestCard(
            request_id=row.id,
            kind=row.kind,
            name=Both(row.kind_zh, row.kind_en),
            person_name=row.person_name,
            state=_stands(row),
            submitted=at(row.submitted_ms, reader.when),
            step=None if now is None else _title(now),
            waiting_ms=None if now is None or now.opened_ms is None else max(0, reader.now_ms - now.opened_ms),
            on_its_way=self._on_its_way(row, laid),
            is_mine=reader.person_id in (row.person_id, row.applicant_id),
            waits_for_me=_to_decide(row, reader, laid) is not None,
        )

    def _page(self, row: RequestRow, reader: Reader, laid: _Laid) -> RequestPage:
        card = self._card(row, reader, laid)
        waiting = _to_decide(row, reader, laid)
        steps = tuple(self._step(step, reader, laid) for step in sorted(row.steps, key=lambda step: step.order))
        withdrawn = laid.withdrawals.get(row.id)
        given_up = laid.given_up.get(row.id)
        is_granted = row.kind == OVERTIME and row.person_id == reader.person_id and _stands(row) == "approved"
        is_theirs = row.applicant_id == reader.person_id and row.state == "running" and row.id not in laid.requests
        return RequestPage(
            card=card,
            number=row.number,
            applicant_name=row.applicant_name,
            answers=self._answers(row),
            warnings=tuple(row.warnings),
            steps=steps,
            ended=reader.at(row.ended_ms),
            reason=row.reason,
            notes=tuple(
                (at(note.at_ms, reader.when), Said(f"approvals.note.{note.code}", dict(note.facts))) for note in row.notes
            ),
            may_withdraw=is_theirs and (withdrawn is None or not withdrawn.counts),
            to_decide=None if waiting is None else self._step(waiting, reader, laid),
            may_give_up=is_granted and (given_up is None or not given_up.counts),
        )

    def _step(self, step: StepRow, reader: Reader, laid: _Laid) -> StepCard:
        ours = laid.decisions.get(step.id)
        opened = step.opened_ms if step.state == "open" else None
        return StepCard(
            step_id=step.id,
            title=_title(step),
            state=step.state,
            order=step.order,
            who=tuple(name for _, name in step.deciders),
            opened=reader.at(step.opened_ms),
            waiting_ms=None if opened is None else max(0, reader.now_ms - opened),
            overdue=step.state == "open" and step.due_ms is not None and step.due_ms < reader.now_ms,
            decided=reader.at(step.decided_ms),
            decided_by=step.decided_by or "",
            for_whom=step.for_whom or "",
            comment=step.comment,
            signatures=step.signatures,
            signed=tuple(name for name, _ in step.signed),
            on_its_way=None if ours is None else self._decision_on_its_way(ours),
        )

    def _on_its_way(self, row: RequestRow, laid: _Laid) -> OnItsWay | None:
        """The last thing done here about it."""
        found: list[OnItsWay] = []
        if row.id in laid.requests:
            found.append(self._overlay.on_its_way(laid.requests[row.id].entry, "submit"))
        ours = [laid.decisions[step.id] for step in row.steps if step.id in laid.decisions]
        found += [self._decision_on_its_way(one) for one in sorted(ours, key=lambda one: one.entry.seq)]
        if row.id in laid.withdrawals:
            found.append(self._overlay.on_its_way(laid.withdrawals[row.id].entry, "withdraw"))
        if row.id in laid.given_up and _stands(row) == "approved":
            found.append(self._overlay.on_its_way(laid.given_up[row.id].entry, "give_up"))
        return found[-1] if found else None

    def _decision_on_its_way(self, ours: Laid[DecideStep]) -> OnItsWay:
        return self._overlay.on_its_way(ours.entry, "approve" if ours.row.decision == "approve" else "refuse")

    def _answers(self, row: RequestRow) -> tuple[AnswerLine, ...]:
        flow = self.flow(row.kind)
        fields = {} if flow is None else {field.key: field for field in flow.fields}
        keys = [*(key for key in row.labels if key in row.form), *(key for key in row.form if key not in row.labels)]
        found = (_answer(key, fields.get(key), row) for key in keys if row.form[key] not in (None, ""))
        return tuple(self._with_photos(line, row.form[line.key]) if line.kind == "photo" else line for line in found)

    def _with_photos(self, line: AnswerLine, answer: object) -> AnswerLine:
        named = photos_of(answer)
        count = Both(str(len(named)), str(len(named)))
        return replace(line, text=count, photos=photo_cards(named, self._photos, self._media))


@dataclass(frozen=True)
class _Laid:
    requests: dict[str, Laid[RequestRow]]
    decisions: dict[str, Laid[DecideStep]]
    withdrawals: dict[str, Laid[WithdrawRequest]]
    given_up: dict[str, Laid[GiveUpOvertime]]


def flow_card(row: FlowRow) -> FlowCard:
    way = [Both(step.title_zh, step.title_en) for step in sorted(row.steps, key=lambda step: step.order) if step.only_if is None]
    return FlowCard(
        kind=row.kind,
        name=Both(row.name_zh, row.name_en),
        fields=tuple(field_card(field) for field in row.fields),
        way=tuple(way),
        urgent=row.urgent,
    )


def field_card(field: FormField) -> FieldCard:
    choices = tuple(FieldChoice(choice.value, Both(choice.zh, choice.en)) for choice in choices_of(field))
    is_open = field.kind in _NAMED and not choices
    return FieldCard(
        field.key, Both(field.label_zh, field.label_en), field.kind, field.required, choices, field.least, field.most, is_open
    )


def asked_row(flow: FlowRow, row: RequestRow) -> RequestRow:
    """How a request asked just now looks before the server has seen it: its way, and only the applicant's own step done."""
    steps = [
        StepRow(
            id=f"{row.id}-{step.key}",
            key=step.key,
            order=step.order,
            title_zh=step.title_zh,
            title_en=step.title_en,
            state="approved" if step.who == "applicant" else "waiting",
            decided_by=row.applicant_name if step.who == "applicant" else None,
            decided_ms=row.submitted_ms if step.who == "applicant" else None,
        )
        for step in flow.steps
        if step.only_if is None or step.only_if in row.warnings
    ]
    return msgspec.structs.replace(row, steps=steps)


def _stands(row: RequestRow) -> RequestState:
    """How it ended for people: overtime that was granted and given up or withdrawn is as if it had been taken back."""
    return "withdrawn" if row.state == "approved" and any(note.code in _ENDED for note in row.notes) else row.state


def _to_decide(row: RequestRow, reader: Reader, laid: _Laid) -> StepRow | None:
    """The step of it that waits for the reader, unless they have decided it here already."""
    if row.state != "running":
        return None
    for step in row.steps:
        ours = laid.decisions.get(step.id)
        is_settled = ours is not None and ours.counts
        if step.state == "open" and not is_settled and _may_decide(step, reader):
            return step
    return None


def _may_decide(step: StepRow, reader: Reader) -> bool:
    """A store's tablet decides only what is for its own desk."""
    if reader.scope.startswith("desk:") and reader.scope != f"desk:{step.desk_id}":
        return False
    return any(person == reader.person_id for person, _ in step.deciders)


def _answer(key: str, field: FormField | None, row: RequestRow) -> AnswerLine:
    raw = row.form[key]
    said = str(raw).lower() if isinstance(raw, bool) else str(raw)
    label = Both(*row.labels.get(key, ("", "")))
    if field is None or field.kind in _AS_IT_IS:
        shown = read_choice(f"{said}|{row.shown[key]}") if key in row.shown and field is None else None
        text = Both(said, said) if shown is None else Both(shown.zh, shown.en)
        return AnswerLine(key, label, "text" if field is None else field.kind, text)
    if key in row.shown:
        chosen = read_choice(f"{said}|{row.shown[key]}")
    else:
        chosen = next((choice for choice in choices_of(field) if choice.value == said), Choice(said, said, said))
    return AnswerLine(key, label, field.kind, Both(chosen.zh, chosen.en))


def _said(note: TrailNote) -> Said:
    return Said(f"approvals.note.{note.code}", dict(note.facts))


def _title(step: StepRow) -> Both:
    return Both(step.title_zh, step.title_en)


def _newest_first(row: RequestRow) -> tuple[int, str]:
    return -row.submitted_ms, row.id
