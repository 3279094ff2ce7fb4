"""Employee voice in the console: the month in themes, the texts, answers, and the words of themes."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from flask import Response, request

from contract import wire
from contract.ids import is_id
from contract.voice import AnswerVoice, RetireTheme, SetTheme, SortVoice, VoiceLine, VoiceQuery, VoiceReportAsk
from server.kernel.actors import Actor
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.voice import queries
from server.voice.model import MANAGE, READ, Theme
from server.web.course_words import in_words
from server.web.shell import Look, action, done, form_status, looking, op_id_of_form, page, perform_form, sentence_of, show
from server.web.stores import everything
from server.web.tables import Column, csv_answer, table, wants_csv
from server.web.units import asked_unit

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
TEXTS = (
    Column("voice_text", lambda line: line["row"].text, always=True),
    Column("voice_about", lambda line: line["about"]),
    Column("voice_themes", lambda line: line["themes"]),
    Column("voice_who", lambda line: line["row"].name or ""),
    Column("voice_where", lambda line: line["row"].where or ""),
)


@page("/voices", needs=READ, endpoint="voices")
def voices(look: Look) -> Response:
    """A month: themes in counts, and the texts."""
    return _voices(look, None, 200)


def _voices(look: Look, problem: tuple[str, str] | None, status: int) -> Response:
    told = request.args.get("month", "")
    month = told if _MONTH.fullmatch(told) else company_day(look.now).isoformat()[:7]
    theme, unit = request.args.get("theme", ""), asked_unit()
    themes = list(look.session.scalars(sa.select(Theme).order_by(Theme.code)))
    names = {one.code: in_words(one.name_zh, one.name_en, look.language) for one in themes}
    words = request.args.get("q", "").replace("\0", "")[:120]
    asked = {"month": month, "unit_id": unit, "words": words, "theme": theme if theme in names else None}
    found: list[VoiceLine] = everything(
        lambda cursor: queries.voices(look.session, VoiceQuery(limit=200, cursor=cursor, **asked))
    )
    lines: list[dict[str, Any]] = [
        {"row": row, "about": look.t(f"console.voices.about.{row.about}"),
         "themes": "、".join(names.get(code, code) for code in row.themes)}
        for row in found
    ]  # fmt: skip
    rows = table("voices", TEXTS, lines, sort="voice_themes")
    if wants_csv():
        return csv_answer(look, rows)
    counts = queries.report(look.session, VoiceReportAsk(month=month, unit_id=unit))
    return show(
        "voices.html", look, status=status, problem=problem, table=rows, report=counts, month=month, names=names,
        themes=[one for one in themes if one.retired_because is None], chosen=request.args.get("edit", ""),
        may_manage=look.actor.has_everywhere(MANAGE), most=max((one.count for one in counts.themes), default=1) or 1,
    )  # fmt: skip


def _then(who: Actor, shape: type, values: dict[str, Any], what: str) -> Response:
    try:
        perform_form(who, wire.convert(values, shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _voices(look, sentence_of(wrong), form_status(wrong))
    return done("console.voices", what, month=request.args.get("month") or None)


@action("/voices/<voice_id>/answer", needs=MANAGE)
def voice_answer(who: Actor, voice_id: str) -> Response:
    """HQ's word."""
    values = {"answer_id": op_id_of_form(), "voice_id": voice_id, "text": request.form.get("text", "").strip()}
    return _then(who, AnswerVoice, values, "voice_answered")


@action("/voices/<voice_id>/sort", needs=MANAGE)
def voice_sort(who: Actor, voice_id: str) -> Response:
    """What a text is about, by a person."""
    return _then(who, SortVoice, {"voice_id": voice_id, "themes": request.form.getlist("theme")}, "voice_sorted")


@action("/voices/themes", needs=MANAGE)
def voice_theme(who: Actor) -> Response:
    """A theme and its words."""
    form = request.form
    told = form.get("theme_id", "")
    values = {
        "theme_id": told if is_id(told) else op_id_of_form(), "code": form.get("code", "").strip(),
        "name_zh": form.get("name_zh", "").strip(), "name_en": form.get("name_en", "").strip(),
        "words": [word for word in re.split(r"[\s,，、;；]+", form.get("words", "")) if word],
    }  # fmt: skip
    return _then(who, SetTheme, values, "voice_theme_set")


@action("/voices/themes/<theme_id>/retire", needs=MANAGE)
def voice_theme_retire(who: Actor, theme_id: str) -> Response:
    """It is counted no more."""
    values = {"theme_id": theme_id, "reason": request.form.get("reason", "").strip()}
    return _then(who, RetireTheme, values, "voice_theme_retired")
