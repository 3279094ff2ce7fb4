"""Notifications in the console: the inbox with its undo, the table of triggers, channels, dead letters, one's own wishes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.inbox import InboxQuery
from server.archive.model import Look as LookedAt
from server.inbox.channels_model import Channel, Delivery, Wish
from server.inbox.model import InboxItem
from server.inbox.queries import inbox_page
from server.inbox.sending import MAX_TRIES
from tests.server.channels_of import put, send, server_of, states
from tests.server.world import PASSWORD, World
from tests.support.receivers import webhook
from tests.web.visitor import Visitor


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World.on_sqlite(tmp_path, private_targets="127.0.0.0/8")
    yield made
    made.close()


def chen(world: World, language: str = "en") -> Visitor:
    visitor = Visitor(world.app)
    visitor.sign_in("chen", PASSWORD)
    return visitor.speak(language)


def test_a_notice_that_was_read_can_be_taken_back_and_counts_are_those_of_the_api(world: World) -> None:
    visitor, boss = chen(world), world.people["陈思远"]
    put(world, boss, kind="notice")
    put(world, boss)
    page = visitor.get("/console/inbox").text
    assert "2 open" in page and page.count('<span class="count">1</span>') == 2
    (notice,) = world.rows(sa.select(InboxItem).where(InboxItem.kind == "notice"))
    answer = visitor.post(f"/console/inbox/{notice.id}/seen", show="open")
    assert "Marked as read" in visitor.get(answer.location).text and world.row(InboxItem, notice.id).done_at is not None
    assert notice.id in visitor.get("/console/inbox?show=done").text
    visitor.post(f"/console/inbox/{notice.id}/unseen", show="open")
    with world.looking() as session:
        assert inbox_page(session, InboxQuery()).open == 2
    assert "Nothing" in visitor.get("/console/inbox?about=swap").text


def test_the_table_of_triggers_names_each_and_its_log_says_when_and_for_whom(world: World) -> None:
    visitor = chen(world, "zh")
    put(world, world.hire("周敏"))
    page = visitor.get("/console/notifications").text
    assert "申请的一个步骤已通过" in page and "N-41" in page
    log = visitor.get("/console/notifications/triggers/N-02").text
    assert "周敏" in log and "李伟" not in log  # for whom, not what
    assert visitor.get("/console/notifications/triggers/N-99").status_code == 404


def test_the_log_of_a_trigger_goes_out_neutral_and_those_in_it_are_told(world: World) -> None:
    visitor, cheat = chen(world), world.hire("=HYPERLINK(1)")
    put(world, cheat)
    (line,) = visitor.get("/console/notifications/triggers/N-02?format=csv").text.splitlines()[1:]
    assert "'=HYPERLINK(1)" in line
    (noted,) = world.rows(sa.select(LookedAt).where(LookedAt.person_id == cheat))
    assert (noted.what, noted.times) == ("export", 1)


def test_a_channel_is_set_tested_and_retired_and_its_address_is_not_shown(world: World, tmp_path: Path) -> None:
    visitor = chen(world)
    with webhook(tmp_path) as hook:
        visitor.get("/console/notifications/channels")
        path = "/console/notifications/channels"
        answer = visitor.post(path, name="middleware", kind="webhook", url=hook.url, groups="approvals")
        assert answer.status_code == 303
        (channel,) = world.rows(sa.select(Channel))
        assert visitor.post(f"{path}/{channel.id}/test").status_code == 303
        send(server_of(world))
        page = visitor.get(path).text
        assert "Sent" in page and "kept-to-oneself" not in page and len(hook.taken()) == 1
    assert "reason" in visitor.post(f"{path}/{channel.id}/retire", reason="").text.lower()
    visitor.post(f"{path}/{channel.id}/retire", reason="moved")
    assert world.row(Channel, channel.id).retired_at is not None


@pytest.mark.parametrize("url", ["http://10.0.0.1/x", "not an address", "https://169.254.169.254/latest"])
def test_a_wrong_address_is_said_at_its_field_and_nothing_is_kept(world: World, url: str) -> None:
    answer = chen(world).post("/console/notifications/channels", name="inside", kind="webhook", url=url)
    assert answer.status_code == 422 and 'role="alert"' in answer.text and world.rows(sa.select(Channel)) == []


def test_dead_letters_are_tried_again_or_dropped_with_a_reason(world: World, tmp_path: Path) -> None:
    visitor, server = chen(world), server_of(world)
    with webhook(tmp_path, fails=-1) as hook:
        visitor.post("/console/notifications/channels", name="dead", kind="webhook", url=hook.url, groups="approvals")
        put(world, world.hire("周敏"))
        for _ in range(MAX_TRIES):
            send(server)
            world.clock.pass_(hours=7)
        visitor = chen(world)  # three days are over, and with them the session
        page = visitor.get("/console/notifications/deliveries").text
        (letter,) = world.rows(sa.select(Delivery))
        assert letter.id in page and "HTTP 500" in page
        (line,) = visitor.get("/console/notifications/deliveries?state=dead&format=csv").text.splitlines()[1:]
        assert "dead" in line and f",{letter.tries}," in line and "HTTP 500" in line
        assert len(visitor.get("/console/notifications/deliveries?state=sent&format=csv").text.splitlines()) == 1
        visitor.post("/console/notifications/deliveries/retry", deliveries=letter.id)
        assert states(world) == {"waiting": 1}
        for _ in range(MAX_TRIES):
            send(server)
            world.clock.pass_(hours=7)
    visitor = chen(world)
    visitor.get("/console/notifications/deliveries")
    visitor.post("/console/notifications/deliveries/drop", deliveries=letter.id, reason="system retired")
    dropped = visitor.get("/console/notifications/deliveries?state=dropped").text
    assert states(world) == {"dropped": 1} and "system retired" in dropped


def test_one_says_how_one_wants_to_be_told(world: World) -> None:
    visitor = chen(world)
    form = {"language": "en", "email": "chen@example.com", "quiet_from": "22:00", "quiet_until": "07:30", "zone": "Asia/Shanghai",
            "email_groups": "approvals", "push_groups": "shifts"}  # fmt: skip
    visitor.get("/console/told")
    assert visitor.post("/console/told", **form).status_code == 303
    (wish,) = world.rows(sa.select(Wish))
    assert (wish.quiet_from_min, wish.quiet_until_min, wish.email_groups) == (1320, 450, ["approvals"])
    half = visitor.post("/console/told", **{**form, "quiet_until": ""})
    nowhere = visitor.post("/console/told", **{**form, "zone": "Mars/Base"})
    assert half.status_code == nowhere.status_code == 422 and "Mars/Base" in nowhere.text
