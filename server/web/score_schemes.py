"""Schemes in the console: whose they are, their weights with what is missing, their versions one below the other; presets."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from flask import Response, request

from contract import wire
from contract.composite import plain
from contract.ids import derived_id
from contract.metrics import Channel, DefineScheme, Owner, RetireScheme, SetStoreChannel, SetWeights, WhenMissing
from contract.schemes import last_day, version_on
from contract.score_library import HeldScheme, MetricQuery
from contract.score_reports import TryWeights
from server.kernel.actors import Actor, Permission
from server.kernel.http import do
from server.kernel.problems import Problem
from server.org.listings import posts
from server.org.queries import company_day
from server.scoring import library_queries as queries
from server.scoring.model_library import manages
from server.scoring.month_end import month_before
from server.scoring.presets import SchemePreset, scheme_presets, to_take
from server.scoring.report_queries import months_made, try_weights
from server.web.find import store_label, store_meant
from server.web.shell import (
    Look,
    action,
    born_of_form,
    done,
    form_status,
    looking,
    op_id_of_form,
    page,
    perform_form,
    sentence_of,
    show,
)

READ, MANAGE = Permission.READ_SCORES, Permission.MANAGE_SCORING
Wrong = tuple[str, str] | None
LINES = 30  # a scheme has at most
SPARE_LINES = 3


def _posts(look: Look) -> list[tuple[str, str]]:
    return [(one.id, one.name_zh if look.language == "zh" else one.name_en) for one in posts(look.session).items]


@page("/scores/schemes", needs=READ)
def score_schemes(look: Look) -> Response:
    """Every scheme with the weights that count today, presets to take, stores that sell online."""
    return _schemes(look, None, 200)


def _schemes(look: Look, problem: Wrong, status: int) -> Response:
    held = queries.schemes(look.session)
    taken = {one.scheme.code for one in held.items}
    presets = [one for one in scheme_presets() if one.code not in taken]
    known = {one.code for one in posts(look.session).items}
    return show(
        "score_schemes.html", look, status=status, problem=problem, schemes=held.items, names=_names(look), given=request.form,
        presets=presets, without_post=[one.code for one in presets if one.post is not None and one.post not in known],
        channels=[(store_label(look, store_id), channel) for store_id, channel in held.channels.items()], posts=_posts(look),
        all_channels=get_args(Channel), may=manages(look.actor), today=company_day(look.now).isoformat(),
        month_begins=company_day(look.now).replace(day=1).isoformat(), section="console.score_schemes",
    )  # fmt: skip


def _names(look: Look) -> dict[str, str]:
    found = queries.metrics(look.session, MetricQuery()).items
    return {one.metric.code: one.metric.name_zh if look.language == "zh" else one.metric.name_en for one in found}


@action("/scores/schemes", needs=MANAGE)
def score_define_scheme(who: Actor) -> Response:
    """A new scheme, without weights yet."""
    given = request.form
    scheme_id = born_of_form("scheme")
    try:
        with looking(who) as look:
            store = store_meant(look, given["store"]) if given.get("store", "").strip() else None
        said = {
            "scheme_id": scheme_id, "code": given.get("code", "").strip(), "name_zh": given.get("name_zh", "").strip(),
            "name_en": given.get("name_en", "").strip(), "post_id": given.get("post") or None, "store_id": store,
            "channel": given.get("channel") or None,
        }  # fmt: skip
        perform_form(who, wire.convert(said, DefineScheme))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _schemes(look, sentence_of(wrong), form_status(wrong))
    return done("console.score_scheme", "saved", scheme_id=scheme_id)


@action("/scores/schemes/take", needs=MANAGE)
def score_take_preset(who: Actor) -> Response:
    """A scheme the product brings, with its metrics: each step an operation of its own, and taken twice it is there once."""
    given = request.form
    preset = next((one for one in scheme_presets() if one.code == given.get("preset")), None)
    try:
        if preset is None:
            raise Problem("scoring.scheme_unknown", field="preset")
        scheme_id = _take(who, preset, given.get("from_day", ""))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _schemes(look, sentence_of(wrong), form_status(wrong))
    return done("console.score_scheme", "saved", scheme_id=scheme_id)


def _take(who: Actor, preset: SchemePreset, from_day: str) -> str:
    with looking(who) as look:
        post_id = next((one.id for one in posts(look.session).items if one.code == preset.post), None)
        if preset.post is not None and post_id is None:
            raise Problem("org.post_unknown", field="preset", id=preset.post)
        steps = to_take(look.session, preset, post_id=post_id, from_day=from_day, reason=look.t("console.score_library.preset"))
    scheme_id = ""
    for step in [wire.convert(wire.plain(one), type(one)) for one in steps]:  # all judged before the first: the day was typed
        outcome = do(who, step, op_id=derived_id("take", op_id_of_form(), type(step).__name__, str(wire.plain(step))))
        if outcome.status == "rejected" and outcome.code is not None:
            raise Problem(outcome.code, field=outcome.field, **{k: v for k, v in outcome.facts.items() if k != "field"})
        scheme_id = getattr(step, "scheme_id", scheme_id)
    return scheme_id


@page("/scores/schemes/<scheme_id>", needs=READ)
def score_scheme(look: Look, scheme_id: str) -> Response:
    """A scheme with all its versions; for who manages scoring also the editor of the next one."""
    return _scheme(look, _found(look, scheme_id), None, 200)


def _found(look: Look, scheme_id: str) -> HeldScheme:
    found = next((one for one in queries.schemes(look.session).items if one.scheme.id == scheme_id), None)
    if found is None:
        raise Problem("access.not_found", id=scheme_id)
    return found


def _scheme(
    look: Look, held: HeldScheme, problem: Wrong, status: int, typed: Mapping[str, Any] | None = None, **tried: Any
) -> Response:
    library = {one.metric.code: one for one in queries.metrics(look.session, MetricQuery()).items}
    lines = list(typed["lines"]) if typed is not None else _begun(held)
    there = {line["metric"] for line in lines}
    lines += [{"metric": code, "owner": "store", "weight": ""} for code in held.core if code not in there]
    summed, left = _sum(lines)
    active = [one for one in library.values() if one.state == "active"]
    today = company_day(look.now)
    following = today.replace(day=1)
    return show(
        "score_scheme.html", look, status=status, problem=problem, held=held, library=library, lines=lines, active=active,
        names=_names(look), summed=summed, left=left, spare=max(0, min(SPARE_LINES, LINES - len(lines))), owners=get_args(Owner),
        missings=get_args(WhenMissing), typed=typed or {}, from_day=(typed or {}).get("from_day") or following.isoformat(),
        today=today.isoformat(), may=manages(look.actor), section="console.score_schemes", **{"tried": None, **tried},
    )  # fmt: skip


def _begun(held: HeldScheme) -> list[dict[str, Any]]:
    """What the editor begins with: the newest weights."""
    return [wire.plain(line) for line in held.scheme.versions[-1].lines] if held.scheme.versions else []


def _sum(lines: list[dict[str, Any]]) -> tuple[str, str]:
    """What the weights typed sum to, and what is missing of 100 (with a minus: too much)."""
    total = Decimal(0)
    for line in lines:
        try:
            weight = Decimal(str(line.get("weight", "") or "0"))
        except InvalidOperation:
            continue
        total += weight if weight.is_finite() and abs(weight) <= 1000 else 0
    return plain(total), plain(100 - total)


def _typed() -> dict[str, Any]:
    given = request.form
    lines = []
    for number in range(LINES):
        at = f"m{number}_"
        metric, weight = given.get(f"{at}metric", ""), given.get(f"{at}weight", "").strip()
        if metric and (weight or f"{at}locked" in given):
            lines.append({
                "metric": metric, "weight": weight, "owner": given.get(f"{at}owner", "store"),
                "target": given.get(f"{at}target", "").strip() or None, "missing": given.get(f"{at}missing", "spread"),
            })  # fmt: skip
    return {"lines": lines, "from_day": given.get("from_day", ""), "reason": given.get("reason", "").strip()}


@action("/scores/schemes/<scheme_id>/weights", needs=MANAGE)
def score_set_weights(who: Actor, scheme_id: str) -> Response:
    """Weights from a day on. A line without a weight is left out."""
    typed = _typed()
    try:
        perform_form(who, wire.convert({"version_id": born_of_form("weights"), "scheme_id": scheme_id, **typed}, SetWeights))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _scheme(look, _found(look, scheme_id), sentence_of(wrong), form_status(wrong), typed)
    return done("console.score_scheme", "weights_set", scheme_id=scheme_id)


@action("/scores/schemes/<scheme_id>/try", needs=MANAGE)
def score_try_weights(who: Actor, scheme_id: str) -> Response:
    """What these weights would have made of the newest month that has reports, or of the last one. Nothing is kept."""
    typed = _typed()
    with looking(who) as look:
        held = _found(look, scheme_id)
        month = next(iter(months_made(look.session)), month_before(company_day(look.now)))
        try:
            said = {"scheme_id": scheme_id, "month": month, "lines": typed["lines"]}
            found = try_weights(look.session, wire.convert(said, TryWeights))
        except (Problem, wire.Malformed) as wrong:
            return _scheme(look, held, sentence_of(wrong), form_status(wrong), typed)
        names = _names(look)
        return _scheme(
            look, held, None, 200, typed, tried=found, tried_month=month,
            moved_weights=_moved(held, typed["lines"], month, names),
            unmeasured=[names.get(code, code) for code in found.unmeasured],
        )  # fmt: skip


def _moved(held: HeldScheme, lines: list[dict[str, Any]], month: str, names: dict[str, str]) -> list[tuple[str, str, str]]:
    """(metric, weight that month, weight now) of each that is another."""
    counted = version_on(held.scheme, last_day(month))
    before = {line.metric: line.weight for line in counted.lines} if counted is not None else {}
    after = {line["metric"]: line["weight"] for line in lines}
    codes = [code for code in dict.fromkeys([*after, *before]) if Decimal(after.get(code, "0")) != Decimal(before.get(code, "0"))]
    return [(names.get(code, code), before.get(code, "–"), after.get(code, "–")) for code in codes]


@action("/scores/schemes/<scheme_id>/retire", needs=MANAGE)
def score_retire_scheme(who: Actor, scheme_id: str) -> Response:
    """From a day on nobody is measured by it."""
    given = request.form
    said = {"scheme_id": scheme_id, "until": given.get("until", ""), "reason": given.get("reason", "").strip()}
    try:
        perform_form(who, wire.convert(said, RetireScheme))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _scheme(look, _found(look, scheme_id), sentence_of(wrong), form_status(wrong))
    return done("console.score_schemes", "scheme_retired")


@action("/scores/channels", needs=MANAGE)
def score_set_channel(who: Actor) -> Response:
    """Where a store sells."""
    given = request.form
    try:
        with looking(who) as look:
            store = store_meant(look, given.get("store", "").strip())
        perform_form(who, wire.convert({"store_id": store, "channel": given.get("channel", "")}, SetStoreChannel))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _schemes(look, sentence_of(wrong), form_status(wrong))
    return done("console.score_schemes", "saved")
