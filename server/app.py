"""Builds the server: wiring and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask
from flask_smorest import Api

from server.kernel.clock import clock_from
from server.kernel.db import Database
from server.kernel.http import Outpost, answer_problems
from server.kernel.keys import server_signer
from server.kernel.logs import log_plainly
from server.kernel.schemas import keys_described
from server.settings import Settings


def create_app(settings: Settings, *, db: Database | None = None, clock: Callable[[], datetime] | None = None) -> Flask:
    """A Flask app over one database. `clock` is the server's time; tests bring their own, else the settings say."""
    from server.announcements.api import blueprint as announcements
    from server.approvals.api import blueprint as approvals
    from server.archive.api import blueprint as archive
    from server.attendance.api import blueprint as attendance
    from server.attendance.cases_api import blueprint as cases
    from server.audit.api import blueprint as audit
    from server.boards.api import blueprint as boards
    from server.devices.api import blueprint as devices
    from server.feedback.api import blueprint as feedback
    from server.feedback.desks_api import blueprint as desks
    from server.growth.api import blueprint as growth
    from server.imports.api import blueprint as imports
    from server.inbox.api import blueprint as inbox
    from server.learning.api import blueprint as learning
    from server.learning.xapi_sending import connect
    from server.leave.api import blueprint as leave
    from server.org.api import blueprint as org
    from server.people.api import blueprint as people
    from server.people.sign_in import authenticate
    from server.postings.api import blueprint as postings
    from server.postings.org_api import blueprint as org_as_of
    from server.rosters.api import blueprint as rosters
    from server.rosters.market.api import blueprint as market
    from server.rosters.market.feed_api import blueprint as calendar
    from server.rosters.proposal_api import blueprint as proposals
    from server.scoring.cards_api import blueprint as score_cards
    from server.scoring.cycles_api import blueprint as cycles
    from server.scoring.library_api import blueprint as score_library
    from server.scoring.quality_api import blueprint as score_quality
    from server.scoring.reports_api import blueprint as score_reports
    from server.shifts.api import blueprint as shifts
    from server.statements.api import blueprint as statements
    from server.stores.api import blueprint as stores
    from server.sync.api import blueprint as sync
    from server.timesheets.api import blueprint as timesheets
    from server.training.api import blueprint as training
    from server.voice.api import blueprint as voice
    from server.web.pages import install as install_console

    log_plainly()
    app = Flask("server", static_folder=None)
    app.config.update(
        API_TITLE="Outpost",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
        MAX_CONTENT_LENGTH=16 * 1024 * 1024,
        API_SPEC_OPTIONS={
            "info": {"description": "Field workforce: postings, punches, evidence. See docs/protocol.md for devices."},
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        },
    )
    app.extensions["outpost"] = Outpost(
        settings=settings,
        db=db or Database(settings.database_url, pool_size=settings.writer_pool),
        signer=server_signer(settings.secret),
        authenticate=authenticate,
        clock=clock or clock_from(settings.clock_file),
    )
    connect(app.extensions["outpost"].db, settings)
    api = Api(app)
    api.ma_plugin.converter.add_attribute_function(keys_described)
    answer_problems(app)  # after Api, which answers HTTP errors in its own way until somebody else does
    areas: list[Any] = [
        org, people, stores, devices, inbox, approvals, postings, org_as_of, leave, archive, shifts, attendance, cases,
        timesheets, statements, learning, training, growth, rosters, market, proposals, desks, feedback, announcements, voice,
        score_cards,
        cycles,
        score_library,
        score_quality,
        score_reports,
        boards,
        imports, sync, audit]  # fmt: skip
    for blueprint in areas:
        api.register_blueprint(blueprint)
    app.register_blueprint(calendar)
    install_console(app)
    return app
