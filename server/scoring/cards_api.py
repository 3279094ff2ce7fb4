"""Score cards over HTTP: what devices say too, and HQ's decisions on appeals and months."""

from __future__ import annotations

from flask_smorest import Blueprint

from contract.scoring import (
    AnswerScoreAppeal,
    AppealScore,
    AssessSelf,
    CorrectScore,
    ReplyToScore,
    ScoreWork,
    SetPeriod,
    WithdrawScore,
)
from server.kernel.http import writes
from server.scoring import appeals, cards, periods
from server.scoring.card_model import GIVE, MANAGE, OWN

blueprint = Blueprint("score_cards", __name__, url_prefix="/api/v1", description="Score cards, appeals and months")
assert appeals and cards and periods  # importing them registers the handlers

writes(
    blueprint,
    {
        "/scoring/cards": (ScoreWork, GIVE),
        "/scoring/cards/own": (AssessSelf, OWN),
        "/scoring/cards/corrected": (CorrectScore, OWN),
        "/scoring/cards/withdrawn": (WithdrawScore, OWN),
        "/scoring/cards/replies": (ReplyToScore, OWN),
        "/scoring/cards/appeals": (AppealScore, OWN),
        "/scoring/cards/appeals/answered": (AnswerScoreAppeal, MANAGE),
        "/scoring/periods": (SetPeriod, MANAGE),
    },
)
