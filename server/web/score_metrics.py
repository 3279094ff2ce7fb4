"""The library of metrics in the console: found, read with its rubric, written, activated, retired; and formulas tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from flask import Response, request

from contract import wire
from contract.ids import is_id
from contract.metrics import ActivateMetric, DefineMetric, Direction, Gathered, MetricKind, MetricSource, RetireMetric, Rhythm
from contract.score_library import LibraryMetric, MetricQuery, MetricState, TriedFormula, TryFormula
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.org.listings import posts
from server.org.queries import company_day
from server.scoring import library_queries as queries
from server.scoring.expressions.tree import FUNCTIONS
from server.scoring.model_library import manages
from server.web.find import person_meant, store_meant
from server.web.shell import Look, action, born_of_form, done, form_status, looking, page, perform_form, sentence_of, show
from server.web.tables import Column, csv_answer, table, wants_csv

READ, MANAGE = Permission.READ_SCORES, Permission.MANAGE_SCORING
Wrong = tuple[str, str] | None
AREAS = ("customer", "sales", "quality", "efficiency", "discipline", "growth", "innovation", "team")
LEVELS = 11  # a rubric has at most
SPARE_LEVELS = 2
COLUMNS = (
    Column("metric_name", lambda row: row.name, always=True),
    Column("metric_code", lambda row: row.one.metric.code),
    Column("metric_area", lambda row: row.area_name),
    Column("metric_posts", lambda row: ", ".join(row.one.posts)),
    Column("metric_kind", lambda row: row.one.metric.kind, hidden=True),
    Column("metric_target", lambda row: row.target),
    Column("metric_source", lambda row: row.one.metric.source or ""),
    Column("metric_rhythm", lambda row: row.one.metric.rhythm or ""),
    Column("metric_formula", lambda row: row.one.formula, hidden=True),
    Column("metric_schemes", lambda row: ", ".join(row.one.schemes)),
    Column("metric_state", lambda row: row.one.state),
)
_TEXTS = ("code", "name_zh", "name_en", "means_zh", "means_en", "area", "kind", "direction", "unit", "gathered", "formula")


class Line:
    """A metric in the reader's words."""

    def __init__(self, look: Look, one: LibraryMetric) -> None:
        self.one = one
        self.name = one.metric.name_zh if look.language == "zh" else one.metric.name_en
        self.area_name = area_name(look, one.area)
        self.target = " ".join(part for part in (one.metric.target or "", one.metric.unit) if part) if one.metric.target else ""


def area_name(look: Look, area: str) -> str:
    """An area of the product's in words, one of the company's as it was typed."""
    return look.t(f"console.score_library.area.{area}") if area in AREAS else area


@page("/scores/metrics", needs=READ)
def score_metrics(look: Look) -> Response:
    """The library, filtered by the address; the same as CSV."""
    given = request.args
    asked = MetricQuery(
        q=given.get("q", "")[:120], post=_known(given.get("post"), [one.code for one in posts(look.session).items]),
        area=given.get("area", "")[:120], source=_known(given.get("source"), get_args(MetricSource)),
        state=_known(given.get("state"), get_args(MetricState)),
    )  # fmt: skip
    everything = queries.metrics(look.session, MetricQuery()).items
    lines = [Line(look, one) for one in queries.metrics(look.session, asked).items]
    rows = table("metrics", COLUMNS, lines, sort="metric_name")
    if wants_csv():
        return csv_answer(look, rows)
    states = {state: sum(1 for one in everything if one.state == state) for state in get_args(MetricState)}
    areas = sorted({one.area for one in everything if one.area})
    return show(
        "score_metrics.html", look, table=rows, states=states, areas=[(one, area_name(look, one)) for one in areas],
        sources=get_args(MetricSource), posts=_posts(look), section="console.score_metrics", may=manages(look.actor),
    )  # fmt: skip


def _known(said: str | None, among: Any) -> Any:
    return said if said in among else None


def _posts(look: Look) -> list[tuple[str, str]]:
    return [(one.code, one.name_zh if look.language == "zh" else one.name_en) for one in posts(look.session).items]


@page("/scores/metrics/new", needs=MANAGE)
def score_metric_new(look: Look) -> Response:
    """An empty form."""
    return _metric(look, None, None, 200)


@page("/scores/metrics/<metric_id>", needs=READ)
def score_metric(look: Look, metric_id: str) -> Response:
    """A metric with all that was said of it; for who manages scoring also to change."""
    found = queries.metric(look.session, metric_id)
    if found is None:
        raise Problem("access.not_found", id=metric_id)
    return _metric(look, found, None, 200)


def _metric(
    look: Look, found: LibraryMetric | None, problem: Wrong, status: int, typed: Mapping[str, Any] | None = None
) -> Response:
    form = dict(typed) if typed is not None else _filled(found)
    spare = min(LEVELS, len(form["levels"]) + SPARE_LEVELS) - len(form["levels"])
    known = dict(_posts(look))
    return show(
        "score_metric.html", look, status=status, problem=problem, found=found, form=form, spare=spare, areas=AREAS,
        line=Line(look, found) if found is not None else None, kinds=get_args(MetricKind), directions=get_args(Direction),
        sources=get_args(MetricSource), rhythms=get_args(Rhythm), gatherings=get_args(Gathered), may=manages(look.actor),
        posts=[*known.items(), *((code, code) for code in form["posts"] if code not in known)], section="console.score_metrics",
        functions=list(FUNCTIONS),
    )  # fmt: skip


def _filled(found: LibraryMetric | None) -> dict[str, Any]:
    """What the form begins with: the metric, else what most are."""
    if found is None:
        return {
            "kind": "points", "direction": "higher", "gathered": "mean", "source": "manager", "rhythm": "shift", "levels": [],
            "posts": [],
        }  # fmt: skip
    said = wire.plain(found.metric)
    return {"gathered": "mean", "levels": [], **said, "area": found.area, "formula": found.formula, "posts": found.posts,
            "core": found.core}  # fmt: skip


def _typed() -> dict[str, Any]:
    given = request.form
    levels = []
    for number in range(LEVELS):
        points, zh, en = (given.get(f"l{number}_{name}", "").strip() for name in ("points", "zh", "en"))
        if points or zh or en:
            levels.append({"points": points, "text_zh": zh or en, "text_en": en or zh})
    return {
        **{name: given.get(name, "").strip() for name in _TEXTS}, "target": given.get("target", "").strip() or None,
        "source": given.get("source") or None, "rhythm": given.get("rhythm") or None, "levels": levels,
        "posts": given.getlist("post"), "core": "core" in given,
    }  # fmt: skip


@action("/scores/metrics", needs=MANAGE)
def score_define_metric(who: Actor) -> Response:
    """Keep it, as a draft or as what it is; the form's other button also lets it count."""
    typed, said = _typed(), request.form.get("metric_id", "")
    metric_id = said if is_id(said) else born_of_form("metric")
    try:
        perform_form(who, wire.convert({"metric_id": metric_id, **typed}, DefineMetric))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _metric(look, queries.metric(look.session, metric_id), sentence_of(wrong), form_status(wrong), typed)
    return done("console.score_metric", "saved", metric_id=metric_id)


@action("/scores/metrics/<metric_id>/activate", needs=MANAGE)
def score_activate_metric(who: Actor, metric_id: str) -> Response:
    """It may be weighed from now on."""
    return _turned(who, metric_id, ActivateMetric(metric_id=metric_id), "metric_activated")


@action("/scores/metrics/<metric_id>/retire", needs=MANAGE)
def score_retire_metric(who: Actor, metric_id: str) -> Response:
    """No new weights take it."""
    said = {"metric_id": metric_id, "reason": request.form.get("reason", "").strip()}
    return _turned(who, metric_id, lambda: wire.convert(said, RetireMetric), "metric_retired")


def _turned(who: Actor, metric_id: str, operation: Any, what: str) -> Response:
    try:
        perform_form(who, operation() if callable(operation) else operation)
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            found = queries.metric(look.session, metric_id)
            if found is None:
                raise
            return _metric(look, found, sentence_of(wrong), form_status(wrong))
    return done("console.score_metric", what, metric_id=metric_id)


# -- formulas tried --------------------------------------------------------------------------------------------------------------


@page("/scores/formula", needs=MANAGE)
def score_formula(look: Look) -> Response:
    """A formula on the figures of somebody's month, with its working. All of it is in the address; nothing is kept."""
    given = request.args
    problem: Wrong = None
    tried: TriedFormula | None = None
    if given.get("formula", "").strip():
        try:
            if not manages(look.actor):
                raise Problem("access.out_of_scope", kind="metric")
            person = given.get("person", "").strip()
            asked = {
                "formula": given["formula"].strip(), "unit": given.get("unit", "").strip() or None,
                "person_id": person_meant(look, person) if person else None,
                "store_id": store_meant(look, given.get("store", "").strip()), "month": given.get("month", ""),
            }  # fmt: skip
            tried = queries.try_formula(look.session, wire.convert(asked, TryFormula))
        except (Problem, wire.Malformed) as wrong:
            problem = sentence_of(wrong)
    names = [one.metric for one in queries.metrics(look.session, MetricQuery()).items if one.state != "retired"]
    return show(
        "score_formula.html", look, problem=problem, tried=tried, given=given, metrics=names, functions=list(FUNCTIONS),
        this_month=company_day(look.now).isoformat()[:7], section="console.score_metrics",
    )  # fmt: skip


