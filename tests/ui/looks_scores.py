"""Looks of scores: the tablet's list, a card that is filled in, one that was sent; the phone's list, a card, a report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.ui.looks import look
from tests.ui.looks_hq import _open_desk
from tests.ui.scripted_core import ScriptedCore
from tests.ui.scripted_office import A_PHOTO


def _scores(model: Any) -> Any:
    _open_desk(model)
    model.screens["manager"].tap_part("scores")
    return model.screens["manager"].scores


@look("kiosk")
def _desk_scores(model: Any, core: ScriptedCore) -> None:
    _scores(model)


@look("kiosk")
def _desk_scores_of_nobody(model: Any, core: ScriptedCore) -> None:
    core.scores.desk.page = replace(core.scores.desk.page, people=(), sent=())
    _scores(model)


@look("kiosk")
def _desk_score_card(model: Any, core: ScriptedCore) -> None:
    _scores(model).tap_person("p1")


@look("kiosk")
def _desk_score_of_another_day_with_photos(model: Any, core: ScriptedCore) -> None:
    core.scores.desk.add_photo("p1", A_PHOTO)
    taps = _scores(model)
    taps.tap_person("p1")
    taps.tap_day(-1)


@look("kiosk")
def _desk_score_given(model: Any, core: ScriptedCore) -> None:
    taps = _scores(model)
    taps.tap_person("p1")
    taps.tap_give()


@look("kiosk")
def _desk_score_sent(model: Any, core: ScriptedCore) -> None:
    _scores(model).tap_card("c1")


@look("kiosk")
def _desk_score_corrected(model: Any, core: ScriptedCore) -> None:
    taps = _scores(model)
    taps.tap_card("c1")
    taps.tap_mode("correct")


@look("phone")
def _scores_page(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("scores")


@look("phone")
def _scores_page_empty(model: Any, core: ScriptedCore) -> None:
    core.scores.mine.shown = replace(core.scores.mine.shown, cards=(), reports=(), trend=(), to_assess=(), assessed=None)
    model.navigator.go("scores")


@look("phone")
def _score_card(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("scores", "c1")


@look("phone")
def _score_card_that_differs(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("scores", "c4")
    model.screens["scores"].tap_mode("appeal")


@look("phone")
def _score_report(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("scores", "m1")


@look("phone")
def _score_oneself(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("scores")
    model.screens["scores"].tap_mode("assess")
