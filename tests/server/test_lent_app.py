"""The app that tests are lent is the server's own, and each has a company to itself."""

from __future__ import annotations

from pathlib import Path

from server.app import create_app
from tests.server.world import World


def test_two_who_are_lent_the_app_at_the_same_time_see_their_own_company(tmp_path: Path) -> None:
    here, there = World.on_sqlite(tmp_path), World.on_sqlite(tmp_path)
    here.hire("李伟")
    seen = [{row["name"] for row in world.client("chen").get("/api/v1/people").json["items"]} for world in (here, there)]
    here.app.view_functions["console.people"] = here.app.view_functions["console.stores"]
    assert seen == [{"陈思远", "李伟"}, {"陈思远"}]
    assert here.app.view_functions["console.people"] is not there.app.view_functions["console.people"]
    for world in (here, there):
        world.close()


def test_what_is_lent_answers_at_every_address_the_server_answers_at(world: World) -> None:
    true = create_app(world.settings, db=world.db, clock=world.clock)
    lent, made = ({(rule.rule, rule.endpoint) for rule in app.url_map.iter_rules()} for app in (world.app, true))
    assert lent == made and len(lent) > 100
    # the description of the API is the one thing that grows while a server answers: by what it was asked to document
    grows = {"API_SPEC_OPTIONS"}
    settings = ({name: value for name, value in app.config.items() if name not in grows} for app in (world.app, true))
    assert next(settings) == next(settings)
