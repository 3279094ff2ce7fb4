"""Growth over HTTP."""

from __future__ import annotations

from flask_smorest import Blueprint

from contract.growth import (
    CareerRow,
    DefineIndicator,
    DefinePath,
    JoinPath,
    LeavePath,
    RecordPromotion,
    RecordValues,
    SayWish,
    SetRecommendation,
)
from contract.growth_views import (
    CareerPaths,
    CareerQuery,
    Careers,
    Effect,
    EffectQuery,
    Effects,
    EffectsQuery,
    Indicators,
    RecommendationRules,
    Recommendations,
    RecommendedQuery,
    ValueQuery,
    Values,
    WishQuery,
)
from server.growth import effects, queries, service
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import reads, writes

blueprint = Blueprint("growth", __name__, url_prefix="/api/v1", description="Indicators, recommendations, effects, careers")
assert service  # importing it registers the handlers

writes(
    blueprint,
    {
        "/growth/indicators": (DefineIndicator, Permission.MANAGE_TRAINING),
        "/growth/values": (RecordValues, Permission.MANAGE_TRAINING),
        "/growth/rules": (SetRecommendation, Permission.MANAGE_TRAINING),
        "/growth/paths": (DefinePath, Permission.MANAGE_TRAINING),
        "/growth/members": (JoinPath, Permission.MANAGE_TRAINING),
        "/growth/members/left": (LeavePath, Permission.MANAGE_TRAINING),
        "/growth/promotions": (RecordPromotion, Permission.MANAGE_TRAINING),
        "/growth/wishes": (SayWish, Permission.LEARN),
    },
)


@reads(blueprint, "/growth/indicators", needs=Permission.READ_SELF, answers=Indicators)
def indicators(session: ScopedSession) -> Indicators:
    """What is measured, and how many values of it one may see."""
    return queries.indicators(session)


@reads(blueprint, "/growth/values", needs=Permission.READ_SELF, answers=Values, asks=ValueQuery)
def values(session: ScopedSession, asked: ValueQuery) -> Values:
    """Values: one's own, and those of the people and stores one may see."""
    return queries.values(session, asked)


@reads(blueprint, "/growth/rules", needs=Permission.READ_TRAINING, answers=RecommendationRules)
def rules(session: ScopedSession) -> RecommendationRules:
    """The rules that recommend courses."""
    return queries.rules(session)


@reads(blueprint, "/growth/recommended", needs=Permission.READ_SELF, answers=Recommendations, asks=RecommendedQuery)
def recommended(session: ScopedSession, asked: RecommendedQuery) -> Recommendations:
    """What is recommended to oneself, to somebody, or at a store, with the reasons."""
    return queries.recommended(session, asked)


@reads(blueprint, "/growth/effect", needs=Permission.READ_TRAINING, answers=Effect, asks=EffectQuery)
def effect(session: ScopedSession, asked: EffectQuery) -> Effect:
    """What a course changed of an indicator, with its interval and those it is compared with."""
    return effects.effect(session, asked)


@reads(blueprint, "/growth/effects", needs=Permission.READ_TRAINING, answers=Effects, asks=EffectsQuery)
def all_effects(session: ScopedSession, asked: EffectsQuery) -> Effects:
    """What courses changed, those to revise first."""
    return effects.effects(session, asked)


@reads(blueprint, "/growth/paths", needs=Permission.READ_SELF, answers=CareerPaths)
def paths(session: ScopedSession) -> CareerPaths:
    """The career paths there are."""
    return queries.paths(session)


@reads(blueprint, "/growth/career", needs=Permission.READ_SELF, answers=CareerRow, asks=CareerQuery)
def career(session: ScopedSession, asked: CareerQuery) -> CareerRow:
    """Where somebody stands on their path, what is missing by name, and what they wish."""
    return queries.career(session, asked.person_id)


@reads(blueprint, "/growth/careers", needs=Permission.READ_TRAINING, answers=Careers, asks=WishQuery)
def careers(session: ScopedSession, asked: WishQuery) -> Careers:
    """People with a path or a wish, the newest wish first."""
    return queries.careers(session, asked)
