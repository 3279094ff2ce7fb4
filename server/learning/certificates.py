"""Certificates: one for each person and course that was settled, with a code by which anybody can ask whether it is genuine."""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sa

from contract.ids import derived_id
from contract.learning import CertificateCheck, CertificateRow
from contract.moments import instant, to_ms
from contract.statement_seal import code_of, read_code
from server.kernel.db import ScopedSession
from server.kernel.scope import whole
from server.learning.model import Certificate, Course
from server.learning.rules import Stands
from server.org.queries import company_day
from server.people.model import Person
from server.statements.rules import masked


def issue(session: ScopedSession, course: Course, person_id: str, stands: Stands) -> None:
    """Issue it, once. Scripts have none. `session` has the system's reach, and the standing's row is held by its caller."""
    certificate_id = derived_id("certificate", person_id, course.id)
    if course.kind == "script" or stands.settled_ms is None or session.get(Certificate, certificate_id) is not None:
        return
    session.add(
        Certificate(
            id=certificate_id, person_id=person_id, course_id=course.id, version_id=course.version_id,
            title_zh=course.title_zh, title_en=course.title_en, issued_at=instant(stands.settled_ms),
            percent=stands.grade if stands.passed_ms is not None else None,
            code=_free_code(session),
        )
    )  # fmt: skip
    session.flush()


def _free_code(session: ScopedSession) -> str:
    """A code like those of statements: 54 bits that nobody guesses. One that is taken is drawn again."""
    while True:
        code = code_of(secrets.token_hex(32))
        if session.scalar(sa.select(Certificate.id).where(Certificate.code == code)) is None:
            return code


def row_of(row: Any) -> CertificateRow:
    """A certificate as its owner reads it."""
    return CertificateRow(
        id=row.id, person_id=row.person_id, course_id=row.course_id, title_zh=row.title_zh, title_en=row.title_en,
        issued_ms=to_ms(row.issued_at), percent=row.percent, code=row.code,
    )  # fmt: skip


def check(session: ScopedSession, typed: str) -> CertificateCheck | None:
    """What anybody is told who asks by a code; None where it is no certificate's. Nobody is signed in, so the name is shortened
    as on statements: enough to compare with the paper."""
    code = read_code(typed)
    if code is None:
        return None
    asked = sa.select(Certificate, Person.name).join(Person, Person.id == Certificate.person_id).where(Certificate.code == code)
    with whole(session) as everything:
        found = everything.execute(asked).first()
    if found is None:
        return None
    row, name = found
    return CertificateCheck(
        code=row.code, name=masked(name), title_zh=row.title_zh, title_en=row.title_en, issued_ms=to_ms(row.issued_at),
        percent=row.percent,
    )  # fmt: skip


def issued_on(row: CertificateRow | CertificateCheck) -> str:
    """The company's day on which it was issued."""
    return company_day(instant(row.issued_ms)).isoformat()
