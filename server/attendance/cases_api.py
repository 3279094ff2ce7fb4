"""Cases over HTTP: the list, one of them, closing, and looking now; and the extra proof of a store."""

from __future__ import annotations

from flask_smorest import Blueprint

from contract.corrections import CaseRow, CasesPage, CasesQuery, CloseCase, FindCases
from contract.proofs import SetExtraRule
from server.attendance import case_queries, cases, proofs
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import reads, writes
from server.kernel.problems import Problem

blueprint = Blueprint("cases", __name__, url_prefix="/api/v1", description="What many punches show together")
assert cases and proofs  # importing them registers the handlers


@reads(blueprint, "/cases", needs=Permission.READ_CASES, answers=CasesPage, asks=CasesQuery)
def list_cases(session: ScopedSession, asked: CasesQuery) -> CasesPage:
    """Cases of the stores one looks after, the latest first."""
    return case_queries.cases_page(session, asked)


@reads(blueprint, "/cases/<case_id>", needs=Permission.READ_CASES, answers=CaseRow)
def one_case(session: ScopedSession, case_id: str) -> CaseRow:
    """One case."""
    found = case_queries.case_of(session, case_id)
    if found is None:
        raise Problem("attendance.case_unknown", id=case_id)
    return found


writes(
    blueprint,
    {
        "/cases/closed": (CloseCase, Permission.REVIEW_PUNCHES),
        "/cases/searches": (FindCases, Permission.REVIEW_PUNCHES),
        "/stores/extra-proofs": (SetExtraRule, Permission.MANAGE_RULES),
    },
)
