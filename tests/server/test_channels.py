"""Beside the inbox: each message once, in its reader's language, from real servers to real receivers; a dead one
holds up nobody."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.channels import DropDeliveries, RetireChannel, RetryDeliveries, SetChannel, TestChannel, WishNotices
from contract.ids import new_id
from contract.inbox import SeeItem
from server.inbox import sending, targets
from server.inbox.channel_queries import channel_list
from server.inbox.channels_model import Channel, Delivery
from server.inbox.model import InboxItem
from server.inbox.sending import MAX_TRIES, Lanes
from server.kernel.ledger import OpLog
from tests.architecture.tree import ROOT
from tests.server.channels_of import channel, put, send, server_of, states, wishing
from tests.server.world import World
from tests.support.planted import instead
from tests.support.receivers import mail_server, webhook


def test_a_mail_comes_once_in_its_readers_language_and_says_no_name_in_its_subject(world: World, tmp_path: Path) -> None:
    with mail_server(tmp_path) as box:
        channel(world, "email", box.url)
        zhou, _ = wishing(world, "周敏", "zhou", "zhou@example.com")
        wu, _ = wishing(world, "吴杰", "wu", "wu@example.com", language="en")
        server = server_of(world)
        put(world, zhou, wu)
        for _ in range(3):
            send(server)
        mails = {mail["To"]: mail for mail in box.mails()}
        assert len(box.mails()) == 2 and states(world) == {"sent": 2}
    ours, theirs = mails["zhou@example.com"], mails["wu@example.com"]
    assert "一项申请" in ours["Subject"] and "request" in theirs["Subject"]
    assert not any(word in mail["Subject"] for mail in mails.values() for word in ("李伟", "R-17", "调岗"))
    text, html = (theirs.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    assert (ours["Content-Language"], theirs["Content-Language"]) == ("zh-CN", "en") and '<html lang="en">' in html
    assert "李伟" in text and "R-17" in html and "https://outpost.example/console/inbox?item=" in text


def test_nothing_is_sent_of_what_was_not_committed(world: World, tmp_path: Path) -> None:
    with mail_server(tmp_path) as box:
        channel(world, "email", box.url)
        zhou, _ = wishing(world, "周敏", "zhou", "zhou@example.com")
        with pytest.raises(LookupError):
            put(world, zhou, trigger="N-99")
        send(server_of(world))
        assert states(world) == {} and box.mails() == []


def test_a_receiver_that_fails_five_times_gets_it_at_the_sixth(world: World, tmp_path: Path) -> None:
    with webhook(tmp_path, fails=5) as hook, mail_server(tmp_path, fails=5) as box:
        channel(world, "webhook", hook.url)
        channel(world, "email", box.url)
        zhou, _ = wishing(world, "周敏", "zhou", "zhou@example.com")
        put(world, zhou)
        server, lanes = server_of(world), Lanes(server_of(world))
        for _ in range(5):
            lanes.start()
            lanes.wait()
            assert hook.taken() == [] and box.mails() == []
            world.clock.pass_(hours=1)
        send(server)
        send(server)
        assert len(hook.taken()) == len(box.mails()) == 1
    rows = world.rows(sa.select(Delivery))
    assert {row.tries for row in rows} == {6} and states(world) == {"sent": 2}
    assert hook.taken()[0][0]["Idempotency-Key"] in {row.id for row in rows}


def test_one_that_always_fails_ends_as_a_dead_letter_and_delays_nobody(world: World, tmp_path: Path) -> None:
    with webhook(tmp_path, fails=-1) as broken, webhook(tmp_path) as whole:
        dead = channel(world, "webhook", broken.url)
        channel(world, "webhook", whole.url)
        zhou, _ = wishing(world, "周敏", "zhou")
        server = server_of(world)
        put(world, zhou)
        for _ in range(MAX_TRIES):
            send(server)
            assert len(whole.taken()) == 1
            world.clock.pass_(hours=7)
        send(server)
        (letter,) = world.rows(sa.select(Delivery).where(Delivery.channel_id == dead))
        assert letter.state == "dead" and letter.tries == MAX_TRIES and "500" in letter.said
    with webhook(tmp_path, fails=1) as mended:
        world.must(SetChannel(channel_id=dead, name="mended", kind="webhook", url=mended.url, groups=["approvals"]))
        world.must(RetryDeliveries(deliveries=[letter.id]))
        send(server)
        world.clock.pass_(minutes=2)
        send(server)
        assert len(mended.taken()) == 1
    assert states(world) == {"sent": 2}
    assert world.refusal(DropDeliveries(deliveries=[letter.id], reason="too late")) == "channels.not_dead"


def test_a_receiver_that_never_answers_holds_up_its_own_lane_only(world: World, tmp_path: Path) -> None:
    from server.inbox import transports

    with instead(transports, "WAIT_S", 1.5), webhook(tmp_path, fails=-2) as silent, webhook(tmp_path) as quick:
        channel(world, "webhook", silent.url)
        channel(world, "webhook", quick.url)
        put(world, wishing(world, "周敏", "zhou")[0])
        lanes = Lanes(server_of(world))
        assert lanes.start() == 2
        done = threading.Event()
        for _ in range(60):
            if quick.taken():
                break
            done.wait(0.05)
        assert len(quick.taken()) == 1 and states(world).get("waiting") == 1
        lanes.wait()
    assert states(world) == {"sent": 1, "waiting": 1}


def test_a_server_killed_before_it_hands_over_sends_once_after_its_restart(world: World, tmp_path: Path) -> None:
    with mail_server(tmp_path) as box:
        channel(world, "email", box.url)
        put(world, wishing(world, "周敏", "zhou", "zhou@example.com")[0])
        command = [sys.executable, "-m", "tests.support.killed_sender", str(world.settings.database_url), str(tmp_path)]
        with subprocess.Popen([*command, world.clock().isoformat()], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None and process.stdout.readline().strip() == "claimed"
            process.kill()
        server = server_of(world)
        send(server)
        assert box.mails() == []  # it is still another's
        world.clock.pass_(minutes=4)
        send(server)
        send(server)
        assert len(box.mails()) == 1 and states(world) == {"sent": 1}


def test_two_workers_that_race_send_it_once(any_world: World, tmp_path: Path) -> None:
    with webhook(tmp_path) as hook:
        channel(any_world, "webhook", hook.url)
        people = [any_world.hire(f"周敏{n}") for n in range(12)]
        put(any_world, *people)
        both = [Lanes(server_of(any_world)) for _ in range(2)]
        threads = [threading.Thread(target=lanes.start) for lanes in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for lanes in both:
            lanes.wait()
        keys = [headers["Idempotency-Key"] for headers, _ in hook.taken()]
    assert len(keys) == len(set(keys)) == 12 and states(any_world) == {"sent": 12}


def test_a_worker_that_does_not_claim_is_found_out(world: World, tmp_path: Path) -> None:
    """The control: with a claim that is over at once, a second sender takes the same message while the first has it."""
    with webhook(tmp_path) as hook, instead(sending, "CLAIM_FOR", sending.CLAIM_FOR * 0):
        channel(world, "webhook", hook.url)
        put(world, world.hire("周敏"))
        server = server_of(world)
        (lane,) = {row.lane for row in world.rows(sa.select(Delivery))}
        first, _ = sending.claim(world.db, world.clock(), lane)
        second, _ = sending.claim(world.db, world.clock(), lane)
        for letter in (*first, *second):
            with targets.guarded(targets.allowed_networks("127.0.0.0/8")), sending.line_for(server, letter) as line:
                sending.hand_over(server, letter, line)
        assert len(hook.taken()) == 2


def test_what_is_read_or_done_before_it_is_sent_is_not_sent(world: World, tmp_path: Path) -> None:
    with mail_server(tmp_path) as box:
        channel(world, "email", box.url)
        zhou, who = wishing(world, "周敏", "zhou", "zhou@example.com", email_groups=["approvals"])
        put(world, zhou, kind="notice")
        (item,) = world.rows(sa.select(InboxItem))
        world.must(SeeItem(item_id=item.id), who)
        send(server_of(world))
        assert box.mails() == [] and states(world) == {"moot": 1}


def test_quiet_hours_put_off_and_never_drop_and_what_is_urgent_goes_out(world: World, tmp_path: Path) -> None:
    world.clock.now = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai, 08:00 in New York
    night = {"quiet_from_min": 22 * 60, "quiet_until_min": 7 * 60}
    with mail_server(tmp_path) as box:
        channel(world, "email", box.url)
        zhou, _ = wishing(world, "周敏", "zhou", "zhou@example.com", **night)
        away, _ = wishing(world, "吴杰", "wu", "wu@example.com", zone="America/New_York", **night)
        server = server_of(world)
        put(world, zhou, away)
        send(server)
        assert [mail["To"] for mail in box.mails()] == ["wu@example.com"]
        put(world, zhou, urgent=True)
        send(server)
        assert len(box.mails()) == 2
        world.clock.now = datetime(2026, 11, 20, 22, 59, tzinfo=UTC)
        send(server)
        assert len(box.mails()) == 2
        world.clock.pass_(minutes=1)  # 07:00
        send(server)
        assert len(box.mails()) == 3 and states(world) == {"sent": 3}


def test_a_group_is_told_of_a_matter_once_and_reads_nothing_of_it(world: World, tmp_path: Path) -> None:
    from apprise.plugins.feishu import NotifyFeishu

    with webhook(tmp_path) as hook, instead(NotifyFeishu, "notify_url", f"http://127.0.0.1:{hook.port}/{{token}}"):
        channel(world, "chat", "feishu://abcdef0123456789abcdef0123456789")
        put(world, *[world.hire(f"周敏{n}") for n in range(4)])
        send(server_of(world))
        (said,) = hook.said()
    assert "一项申请" in json.dumps(said, ensure_ascii=False) and "李伟" not in json.dumps(said, ensure_ascii=False)
    assert states(world) == {"sent": 1}


def test_a_wish_decides_which_groups_come_by_mail(world: World, tmp_path: Path) -> None:
    with mail_server(tmp_path) as box:
        channel(world, "email", box.url, "approvals", "shifts")
        zhou, who = wishing(world, "周敏", "zhou", "zhou@example.com", email_groups=["shifts"])
        put(world, zhou)
        assert states(world) == {}
        world.must(WishNotices(language="zh", email="zhou@example.com"), who)
        put(world, zhou)
        send(server_of(world))
        assert len(box.mails()) == 1


def test_the_test_button_says_how_it_went(world: World, tmp_path: Path) -> None:
    with webhook(tmp_path) as hook, webhook(tmp_path, fails=-1) as broken:
        good, bad = channel(world, "webhook", hook.url), channel(world, "webhook", broken.url)
        for one in (good, bad):
            world.must(TestChannel(channel_id=one, test_id=new_id()))
        send(server_of(world))
        with world.looking() as session:
            found = {row.id: row for row in channel_list(session).channels}
    assert found[good].test == "sent" and found[bad].test == "dead" and "500" in found[bad].test_said
    assert hook.said()[0]["test"] is True and found[bad].dead == 0


def test_an_address_is_kept_sealed_and_never_said_again(world: World, tmp_path: Path) -> None:
    secret = "hook/kept-to-oneself"
    channel_id = channel(world, "webhook", f"https://93.184.216.34/{secret}")
    row = world.row(Channel, channel_id)
    logged = b"".join(entry.raw for entry in world.rows(sa.select(OpLog)))
    answered = world.client("chen").get("/api/v1/channels").get_data(as_text=True)
    assert secret not in row.url and secret.encode() not in logged and secret not in answered and "93.184.216.34" in answered
    world.must(RetireChannel(channel_id=channel_id, reason="moved"))
    assert world.row(Channel, channel_id).url == ""


def test_a_redirect_is_not_followed(world: World, tmp_path: Path) -> None:
    with webhook(tmp_path, fails=-3) as hook:
        channel(world, "webhook", hook.url)
        put(world, world.hire("周敏"))
        send(server_of(world))
        (row,) = world.rows(sa.select(Delivery))
    assert row.state == "waiting" and "302" in row.said and hook.taken() == []
