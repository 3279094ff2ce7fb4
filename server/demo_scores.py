"""The demo's scoring: the chef's scheme of 50/20/30 at the first store, last month's cards of three raters of whom one is
lenient, replies, a month report in its second revision, an appeal against one, a cycle that is open. By operations, made once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from contract.cycles import STAGES, OpenCycle, StageDays
from contract.growth import IndicatorValue, RecordValues
from contract.ids import derived_id
from contract.metrics import ActivateMetric, DefineScheme, SetWeights
from contract.score_reports import MakeScoreReports
from contract.scoring import AppealScore, Mark, ReplyToScore, ScoreWork, SetPeriod
from contract.wire import Wire
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.perform import perform, reading
from server.postings.model import Posting
from server.scoring.card_rules import month_of
from server.scoring.cycle_model import Cycle
from server.scoring.model_library import Metric
from server.scoring.month_end import month_before
from server.scoring.presets import scheme_presets
from server.scoring.reports import report_id_of
from server.stores.model import Store

SCORED_STORES, DAYS = 3, 2
LENIENT, LENIENT_BY = "lin", 12  # she manages the first store; HQ's two raters saw the same people
RATERS = (("chen", 0), ("zhou", 0))
ABLE = (84, 77, 71, 80, 66)  # what a store's people show, in the order of their ids
SPAN = ((-6, 4), (0, 20), (14, 26), (21, 32), (27, 40))  # first and last day of each stage of the cycle, from today on
COMPLAINTS, DISHES, NEW_DISHES, FOUND_LATER = 5, 200, 3, 4
METRICS = ("complaints", "dishes", "dish_quality", "complaint_rate", "new_dishes")


def score(db: Database, secret: bytes, stores: Sequence[Store], now: datetime, today: date, staff: dict[str, str]) -> None:
    """All of it. `staff`: people at HQ by login. On a day when nobody was posted in the month before, nothing."""
    month, does = month_before(today), _Doing(db, secret, now)
    first = date.fromisoformat(f"{month}-01")
    last = today.replace(day=1) - timedelta(days=1)
    with reading(db, Actor.system()) as session:
        if session.scalars(sa.select(Cycle.id).limit(1)).first() is not None:
            return
        asked = sa.select(Posting.store_id, Posting.person_id, Posting.starts_on).where(
            Posting.store_id.in_([store.id for store in stores[:SCORED_STORES]]), Posting.starts_on <= last
        )
        posted = session.execute(asked.order_by(Posting.store_id, Posting.person_id)).all()
        drafts = {row.code: row.id for row in session.scalars(sa.select(Metric).where(Metric.code.in_(METRICS)))}
    if not posted:
        return
    for code in METRICS:
        does.does(staff["zhou"], ActivateMetric(metric_id=drafts[code]), "activate", code)
    _scheme(does, staff["zhou"], stores[0], first)
    until = (today.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    does.does(staff["zhou"], SetPeriod(month=month, closes_on=until.isoformat(), reason="总部数据晚到"), "period")
    crews: dict[str, list[str]] = {}
    for row in posted:
        crews.setdefault(row.store_id, []).append(row.person_id)
    since = max(first, *(row.starts_on for row in posted))
    days = [max(since, last - timedelta(days=n)) for n in range(DAYS)]
    for store in stores[:SCORED_STORES]:
        for number, person in enumerate(crews.get(store.id, ())):
            raters = [*RATERS, (LENIENT, LENIENT_BY)] if store.id == stores[0].id else RATERS
            for login, more in raters:
                _cards(does, staff[login], person, store.id, days, ABLE[number % len(ABLE)] + more, login == LENIENT)
    _reckon(does, staff, stores[0], crews[stores[0].id], (first, last))
    stages = [
        StageDays(stage=stage, from_day=(today + timedelta(days=a)).isoformat(), until=(today + timedelta(days=b)).isoformat())
        for stage, (a, b) in zip(STAGES, SPAN, strict=True)
    ]
    opened = OpenCycle(
        cycle_id=_born("cycle"), name_zh="本月绩效", name_en="This month", from_month=month_of(today), to_month=month_of(today),
        stores=[stores[0].id], stages=stages,
    )  # fmt: skip
    does.does(staff["zhou"], opened, "cycle")  # last, so that all of it is there once it is


def _scheme(does: _Doing, hr_id: str, store: Store, first: date) -> None:
    """The preset of the chef's post, for the kitchen of one store."""
    preset = next(one for one in scheme_presets() if one.code == "chef")
    scheme_id = derived_id("demo", "scheme", "kitchen")
    said = DefineScheme(scheme_id=scheme_id, code="kitchen", name_zh="驻店厨师", name_en="Store chef", store_id=store.id)
    does.does(hr_id, said, "scheme")
    weights = SetWeights(
        version_id=_born("weights"), scheme_id=scheme_id, from_day=first.isoformat(), lines=preset.lines, reason="年度方案"
    )
    does.does(hr_id, weights, "weights")


def _cards(does: _Doing, rater: str, person: str, store_id: str, days: Sequence[date], points: int, is_manager: bool) -> None:
    role = ("store_manager", store_id) if is_manager else ("admin", None)
    for number, day in enumerate(days):
        card = ScoreWork(
            card_id=_born("card", rater, person, str(number)), person_id=person, store_id=store_id, day=day.isoformat(),
            marks=[Mark(metric="dish_quality", value=str(min(100, points + 3 * number)))],
            comment="出品稳定" if points >= 75 else "摆盘需要更细致",
        )  # fmt: skip
        does.does(rater, card, "card", rater, person, str(number), role=role)


def _reckon(does: _Doing, staff: dict[str, str], store: Store, crew: Sequence[str], span: tuple[date, date]) -> None:
    """HQ's figures, the replies, the reports; then a dish that was counted late, and somebody who does not agree."""
    first, last = span
    month = month_of(first)

    def figures(name: str, *told: tuple[str, str, int]) -> None:
        begins, ends = first.isoformat(), last.isoformat()
        values = [
            IndicatorValue(indicator=code, person_id=person, value=str(value), from_day=begins, to_day=ends)
            for person, code, value in told
        ]
        does.does(staff["zhou"], RecordValues(batch_id=_born(name), values=values, source="ERP"), name)

    figures("figures", *(
        (person, code, value) for number, person in enumerate(crew)
        for code, value in (("complaints", COMPLAINTS - number % 3), ("dishes", DISHES), ("new_dishes", NEW_DISHES - number % 2))
    ))  # fmt: skip
    for number, text in enumerate(("谢谢，汤底的温度我再盯一下。", "明白，摆盘按样图来。")[: len(crew)]):
        card = _born("card", staff["chen"], crew[number], "0")
        reply = ReplyToScore(reply_id=_born("reply", card), card_id=card, text=text)
        does.does(crew[number], reply, "reply", card, role=("employee", None))
    does.does(None, MakeScoreReports(month=month, people=sorted(crew), last=True), "reports")  # the job makes everybody else's
    figures("a dish more", (crew[0], "new_dishes", FOUND_LATER))
    does.does(None, MakeScoreReports(month=month, people=[crew[0]]), "revision")
    report, why = report_id_of(crew[-1], store.id, month), "当月有一次投诉查实是配送问题，请复核。"
    asks = AppealScore(appeal_id=_born("appeal"), report_id=report, reason=why)
    does.does(crew[-1], asks, "appeal", role=("employee", None))


class _Doing:
    """Says things in people's names, each by an id derived from what it names, and fails loudly."""

    def __init__(self, db: Database, secret: bytes, now: datetime) -> None:
        self._db, self._secret, self._now = db, secret, now

    def does(self, who: str | None, operation: Wire, *name: str, role: tuple[str, str | None] = ("admin", None)) -> None:
        actor = Actor.person(who, derived_id("demo", "account of", who), [role], now=self._now) if who else Actor.system()
        op_id = derived_id("demo", "scores", *name)
        done = perform(self._db, actor, operation, op_id=op_id, now=self._now, secret=self._secret)
        if done.status != "applied":
            raise RuntimeError(f"{type(operation).__name__}: {done.code} {done.facts}")


def _born(*name: str) -> str:
    """An id as a device gives birth to one, derived from what it names."""
    found = derived_id("demo", "scores", "born", *name)
    return f"{found[:14]}7{found[15:]}"
