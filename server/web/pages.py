"""The console is put on the server here: its pages, its headers, and how it says that something went wrong."""

from __future__ import annotations

import functools
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, g, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from contract import wire
from contract.ids import new_id
from contract.messages import say
from contract.refusals import REFUSALS
from server.hints.giving import origin_of
from server.kernel.actors import Actor
from server.kernel.http import declare, language, outpost
from server.kernel.problems import Problem
from server.web import (
    access,
    accounts,
    announcements,
    api_page,
    archive,
    audit,
    cases,
    corrections,
    course_editor,
    course_import,
    courses,
    devices,
    fences,
    find,
    flow_editor,
    growth,
    growth_effects,
    growth_paths,
    history,
    import_page,
    inbox,
    leave,
    live,
    months,
    notifications,
    operations,
    org,
    org_calendar,
    overtime,
    people,
    photos,
    postings,
    privacy,
    proposals,
    punches,
    request_new,
    requests,
    review,
    roles,
    roster_boards,
    roster_demand,
    roster_import,
    roster_market,
    roster_profiles,
    rosters,
    rule_sets,
    score_appeals,
    score_cards,
    score_compare,
    score_cycle_part,
    score_cycles,
    score_metrics,
    score_months,
    score_quality,
    score_reports,
    score_schemes,
    shifts,
    stand_ins,
    statements,
    stores,
    ticket_desks,
    ticket_rules,
    ticket_story,
    tickets,
    timesheets,
    today,
    training,
    training_packs,
    value_import,
    verify,
    voices,
)
from server.web.menu import menu_of
from server.web.shell import FORM_COOKIE, address_with, blueprint, form_token, go, looking, page, set_cookie, show
from server.web.units import units_to_choose
from server.web.words import template_words

log = structlog.get_logger()
STATIC = Path(__file__).parent / "static"
MODULES = (
    access, accounts, announcements, api_page, archive, audit, cases, corrections, course_editor, course_import, courses, devices,
    fences, find, flow_editor, growth, growth_effects, growth_paths, history, import_page,
    inbox, leave, live, notifications, operations, org, org_calendar, overtime, people,
    photos, postings, privacy, punches, request_new,
    requests, review, roles, roster_boards, roster_demand, roster_import, roster_market, roster_profiles, rosters,
    proposals,
    ticket_desks, ticket_rules, ticket_story, tickets,
    rule_sets, shifts, months, stand_ins, statements, stores, timesheets, today, training, training_packs,
    value_import, verify, voices, score_cycle_part, score_cycles, score_metrics, score_reports, score_schemes,
    score_cards, score_compare, score_quality, score_appeals, score_months,
)  # fmt: skip

declare("GET", "/console/static/<path:filename>", "public", "style, scripts and fonts; the same for everybody")


@page("/", needs="signed_in", endpoint="home")
def home(look: Any) -> Response:
    """The first page this person may see."""
    first = next((entry.endpoint for group in menu_of(look.may) for entry in group.entries), "console.me")
    return go(url_for(first))


@page("/<path:anything>", needs="public", endpoint="nothing_here")
def nothing_here(look: Any, anything: str) -> Response:
    """Whatever the console does not have."""
    raise Problem("access.not_found", id=anything[:60])


def install(app: Flask) -> None:
    """Put the console, the page of the API and the safety headers on an app."""
    app.register_blueprint(blueprint)
    app.register_blueprint(api_page.blueprint)
    app.register_blueprint(verify.blueprint)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_for_templates)
    app.after_request(_guard)

    declare("GET", "/", "public", "leads to the console")

    @app.get("/")
    def root() -> Response:
        return go("/console/")


def _for_templates() -> dict[str, Any]:
    if request.blueprint not in ("console", "api_page", "verify"):
        return {}
    return {
        **template_words(),
        "asset": asset,
        "form_token": form_token,
        "address_with": address_with,
        "units_to_choose": units_to_choose,
        "new_id": new_id,
        "args": request.args,
        "here": request.full_path.rstrip("?"),
        "endpoint": request.endpoint,
    }


@lru_cache(maxsize=64)
def _sum_of(name: str, _changed: int) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """The address of a static file, with its sum in it: it may be kept for ever, and a new release is a new address."""
    known: dict[str, str] = g.setdefault("assets", {})  # a page shows the same icons a hundred times
    if name not in known:
        known[name] = url_for("console.static", filename=name, v=_sum_of(name, (STATIC / name).stat().st_mtime_ns))
    return known[name]


@functools.lru_cache(maxsize=64)
def policy(tile_url: str, news: str = "") -> str:
    """What a page of ours may load: from here, map tiles where a source of them is set, and news from the listener."""
    tiles = urlsplit(tile_url.replace("{s}", "*"))
    images = f"'self' data: {tiles.scheme}://{tiles.netloc}" if tiles.netloc else "'self' data:"
    return (
        "default-src 'self'; script-src 'self'; style-src 'self'; font-src 'self'; "
        f"connect-src 'self'{f' {news}' if news else ''}; "
        f"img-src {images}; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _guard(response: Response) -> Response:
    headers, settings = response.headers, outpost().settings
    news = origin_of(settings.hints_url, request.scheme, request.host)
    headers.setdefault("Content-Security-Policy", policy(settings.tile_url, news))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if settings.behind_tls:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint == "console.static":
        kept = "public, max-age=31536000, immutable" if "v" in request.args else "public, max-age=86400"
        headers["Cache-Control"] = kept
    elif request.blueprint in ("console", "api_page", "verify"):
        headers["Cache-Control"] = "no-store"
        headers["Vary"] = "Cookie, Accept-Language, HX-Request"
        if "form_seed" in g:
            set_cookie(response, FORM_COOKIE, g.form_seed, seconds=None)
    return response


# -- what went wrong -----------------------------------------------------------------------------------------------------


@blueprint.errorhandler(Problem)
def _problem(problem: Problem) -> Response:
    if problem.code == "access.sign_in":
        back = request.full_path.rstrip("?") if request.method == "GET" and "HX-Request" not in request.headers else None
        return go(url_for("console.sign_in", next=back))
    return _error_page(problem.code, dict(problem.facts), problem.http)


@blueprint.errorhandler(wire.Malformed)
def _malformed(bad: wire.Malformed) -> Response:
    return _error_page(bad.code, {"field": bad.field, **bad.facts}, REFUSALS[bad.code].http)


@blueprint.errorhandler(HTTPException)
def _http(error: HTTPException) -> Response:
    codes = {403: "access.not_allowed", 404: "access.not_found", 413: "wire.too_large"}
    status = error.code or 500
    return _error_page(codes.get(status, "wire.invalid"), {}, status)


@blueprint.errorhandler(Exception)
def _bug(bug: Exception) -> Response:
    trace = new_id()[-12:]
    log.error("a page failed", trace=trace, path=request.path, exc_info=bug)
    html = render_template(
        "console/error.html", layout="console/bare.html", status=500, code="operation.failed_here",
        sentence=say(language(), "operation.failed_here"), trace=trace,
    )  # fmt: skip
    return make_response(html, 500)


def _error_page(code: str, facts: dict[str, Any], status: int) -> Response:
    """The refusal in words. The frame around it is the signed-in person's, where somebody is."""
    facts = {"field": "", **facts}
    sentence = say(language(), code, **facts)
    values: dict[str, Any] = {"status": status, "code": code, "sentence": sentence, "facts": facts, "trace": None}
    who: Actor | None = g.get("actor") or outpost().authenticate()
    if who is None:
        html = render_template("console/error.html", layout="console/bare.html", **values)
        return make_response(html, status)
    with looking(who) as look:
        return show("error.html", look, **values)
