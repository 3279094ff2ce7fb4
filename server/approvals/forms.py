"""A request's answers: judged by the one judge of forms, what they name is found, and they are put as people read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from contract.approvals import FormField
from contract.forms import choices_of, judge_form, photos_of
from contract.ids import is_id
from server.kernel.db import ScopedSession
from server.kernel.problems import Problem
from server.org.model import OrgUnit, Post
from server.people.model import Person
from server.stores.model import Store

# a kind of field -> fn(session, answer) -> (what is kept, zh, en), or None where there is no such thing
Reader = Callable[[ScopedSession, str], tuple[str, str, str] | None]
READERS: dict[str, tuple[Reader, str]] = {}


def reads_answer(kind: str, code: str) -> Callable[[Reader], Reader]:
    """Register how the answer to a kind of field is found; `code` refuses what is not there. A later area may: leave kinds."""

    def register(reader: Reader) -> Reader:
        READERS[kind] = (reader, code)
        return reader

    return register


def settle(
    session: ScopedSession, fields: Sequence[FormField], form: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """(the answers to keep, the answers as people read them). Raises Problem with `field="form.<key>"` for the first fault.

    A store may be named by its id or number, a person by id or number, a post by id or code; ids are kept.
    """
    wrong = judge_form(fields, form)
    if wrong:
        raise Problem(wrong[0].code, field=f"form.{wrong[0].key}", **wrong[0].facts)
    kept: dict[str, Any] = {}
    shown: dict[str, str] = {}
    for field in fields:
        answer = form.get(field.key)
        if answer is None or answer == "":
            continue
        if isinstance(answer, str) and field.kind in ("text", "long_text"):
            answer = answer.strip()
        kept[field.key], shown[field.key] = _found(session, field, answer)
    return kept, shown


def _found(session: ScopedSession, field: FormField, answer: Any) -> tuple[Any, str]:
    choices = {choice.value: choice for choice in choices_of(field)}
    if answer in choices and isinstance(answer, str):
        return answer, _both(choices[answer].zh, choices[answer].en)
    if isinstance(answer, bool):
        return answer, _both("是", "yes") if answer else _both("否", "no")
    if field.kind == "photo":
        count = len(photos_of(answer))
        return answer, _both(f"{count} 张", str(count))
    if field.kind in READERS:
        reader, code = READERS[field.kind]
        found = reader(session, str(answer))
        if found is None:
            raise Problem(code, field=f"form.{field.key}", id=str(answer)[:60])
        return found[0], _both(found[1], found[2])
    return answer, str(answer).replace("|", "｜")  # a bar parts the two languages


def _both(zh: str, en: str) -> str:
    return zh if zh == en else f"{zh}|{en}"


@reads_answer("person", "people.unknown")
def _person(session: ScopedSession, answer: str) -> tuple[str, str, str] | None:
    by = Person.id == answer if is_id(answer) else Person.number == answer
    found = session.scalars(sa.select(Person).where(by, Person.active)).one_or_none()
    return (found.id, found.name, found.name) if found is not None else None


@reads_answer("store", "stores.unknown")
def _store(session: ScopedSession, answer: str) -> tuple[str, str, str] | None:
    by = Store.id == answer if is_id(answer) else Store.number == answer
    found = session.scalars(sa.select(Store).join(OrgUnit, OrgUnit.id == Store.id).where(by)).one_or_none()
    return (found.id, found.name, found.name) if found is not None else None


@reads_answer("post", "approvals.post_unknown")
def _post(session: ScopedSession, answer: str) -> tuple[str, str, str] | None:
    by = Post.id == answer if is_id(answer) else Post.code == answer
    found = session.scalars(sa.select(Post).where(by)).one_or_none()
    return (found.id, found.name_zh, found.name_en) if found is not None else None
