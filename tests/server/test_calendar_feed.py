"""One's shifts as a calendar at a secret address: read by a parser of another make, told of changes and cancellations."""

from __future__ import annotations

import hashlib
import io
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
import vobject

from contract.ids import new_id
from contract.people import LetGo
from contract.rosters import SetShift
from contract.shift_market import AnswerSwap, AskSwap, ClaimShift, OpenFeed, ReportAbsence, RevokeFeed
from contract.shifts import AssignPattern
from server.rosters.market import calendar, feed_api
from server.rosters.market.limits import PerMinute
from server.rosters.market.loan_model import CalendarFeed
from tests.server.market_of import MONDAY, Shop, ms, shop_on_sqlite
from tests.support.planted import instead

WEDNESDAY = MONDAY + timedelta(days=2)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with shop_on_sqlite(tmp_path) as made:
        made.approval()
        yield made


def opened(shop: Shop, person: str, language: str = "en") -> str:
    """The token of a feed that was just opened."""
    token = secrets.token_urlsafe(32)
    digest = hashlib.sha256(token.encode()).hexdigest()
    shop.must(person, OpenFeed(feed_id=new_id(), token_hash=digest, language=language))  # type: ignore[arg-type]
    return token


def fetch(shop: Shop, token: str, **headers: str) -> Any:
    return shop.world.app.test_client().get(f"/calendar/{token}.ics", headers=headers)


def events(shop: Shop, token: str) -> list[Any]:
    """The events, by start, as vobject reads them."""
    answer = fetch(shop, token)
    assert answer.status_code == 200 and answer.mimetype == "text/calendar", answer.get_data(as_text=True)[:200]
    read = vobject.readOne(io.StringIO(answer.get_data(as_text=True)))
    return sorted(read.contents.get("vevent", ()), key=lambda event: event.dtstart.value)


def said(event: Any) -> tuple[str, int, str]:
    return event.status.value, int(event.sequence.value), event.dtstart.value.strftime("%d %H:%M")


def test_a_calendar_of_another_make_reads_where_and_when_ones_shifts_are(shop: Shop) -> None:
    shop.shift(shop.li, MONDAY, tasks=["收货"], comment="带钥匙")
    token = opened(shop, shop.li)
    (event,) = events(shop, token)
    assert event.dtstart.value.astimezone(UTC) == datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    assert event.dtend.value.astimezone(UTC) == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert (event.summary.value, event.location.value) == ("Early · 门店A", "门店A")
    assert event.description.value == "收货\n带钥匙" and said(event) == ("CONFIRMED", 0, "23 08:00")
    text = fetch(shop, token).get_data(as_text=True)
    assert "TZID=Asia/Shanghai:20261123T080000" in text and "BEGIN:VTIMEZONE" in text and "\r\n" in text
    assert events(shop, opened(shop, shop.li, "zh"))[0].summary.value == "早班 · 门店A"


def test_changes_keep_the_uid_and_raise_the_sequence_and_what_goes_is_cancelled(shop: Shop) -> None:
    shift, other = shop.cell(shop.li, MONDAY), shop.cell(shop.li, WEDNESDAY)
    shop.publish()
    token = opened(shop, shop.li)
    before = {event.uid.value: said(event) for event in events(shop, token)}
    assert sorted(before.values()) == [("CONFIRMED", 0, "23 08:00"), ("CONFIRMED", 0, "25 08:00")]
    shop.world.must(
        SetShift(
            shift_id=shift, store_id=shop.a, day=MONDAY.isoformat(), person_id=shop.li, template="late",
            based_on=shop.cell_of(shift).version,
        )
    )  # fmt: skip
    assert {event.uid.value: said(event) for event in events(shop, token)} == before, "a draft is no news"
    shop.publish()
    shop.must(shop.li, ReportAbsence(absence_id=new_id(), from_day=WEDNESDAY.isoformat(), to_day=WEDNESDAY.isoformat()))
    after = {event.uid.value: said(event) for event in events(shop, token)}
    assert after.keys() == before.keys() and sorted(said[:2] for said in after.values()) == [("CANCELLED", 1), ("CONFIRMED", 1)]
    assert shop.holder(other) is None


def test_a_swap_reaches_both_calendars(shop: Shop) -> None:
    mine = shop.shift(shop.li, MONDAY)
    tokens = {person: opened(shop, person) for person in (shop.li, shop.min)}
    asked = AskSwap(
        swap_id=new_id(), shift_id=mine, version=1, colleague_id=shop.min, until_ms=ms(shop.world.clock() + timedelta(hours=9))
    )
    shop.must(shop.li, asked)
    shop.must(shop.min, AnswerSwap(swap_id=asked.swap_id, accept=True))
    assert [said(event)[0] for event in events(shop, tokens[shop.li])] == ["CANCELLED"]
    assert [said(event) for event in events(shop, tokens[shop.min])] == [("CONFIRMED", 0, "23 08:00")]


def test_who_follows_a_pattern_without_a_roster_sees_those_days(shop: Shop) -> None:
    shop.world.must(
        AssignPattern(assignment_id=new_id(), person_id=shop.qiang, pattern="office", from_day=MONDAY.isoformat())
    )
    found = events(shop, opened(shop, shop.qiang))
    assert len(found) >= 5 and {event.location.value for event in found} == {"门店B"}


def test_the_zone_of_the_store_carries_its_nights_of_clock_change(shop: Shop) -> None:
    berlin = shop.world.open_store("柏林", lat=52.52, lng=13.405, zone="Europe/Berlin")
    shop.world.clock.now = datetime(2026, 10, 12, 8, 0, tzinfo=UTC)
    person = shop.world.hire("安娜")
    shop.world.post(person, berlin, "2026-10-01")
    shop.accounts[person] = shop.world.account(person, "anna", "employee")
    saturday = datetime(2026, 10, 24).date()
    shop.shift(person, saturday, store=berlin, starts=22 * 60, ends=29 * 60, override="盘点")
    (event,) = events(shop, opened(shop, person))
    starts, ends = event.dtstart.value, event.dtend.value
    assert (starts.strftime("%H:%M"), ends.strftime("%H:%M")) == ("22:00", "05:00")
    assert ends.astimezone(UTC) - starts.astimezone(UTC) == timedelta(hours=8), "the night has an hour twice"


def test_what_is_as_it_was_is_not_sent_again(shop: Shop) -> None:
    shift = shop.shift(None, MONDAY)
    token = opened(shop, shop.li)
    first = fetch(shop, token)
    etag = first.headers["ETag"]
    again = fetch(shop, token, **{"If-None-Match": etag})
    assert (again.status_code, again.get_data()) == (304, b"")
    shop.must(shop.li, ClaimShift(claim_id=new_id(), shift_id=shift, version=1))
    changed = fetch(shop, token, **{"If-None-Match": etag})
    assert changed.status_code == 200 and changed.headers["ETag"] != etag


def test_a_calendar_that_never_tells_it_has_changed_is_found(shop: Shop) -> None:
    """The control: an entity tag of the address alone."""
    shift = shop.shift(None, MONDAY)
    token = opened(shop, shop.li)
    with instead(feed_api, "etag_of", lambda feed, language, _events: calendar.etag_of(feed, language, ())):
        etag = fetch(shop, token).headers["ETag"]
        shop.must(shop.li, ClaimShift(claim_id=new_id(), shift_id=shift, version=1))
        assert fetch(shop, token, **{"If-None-Match": etag}).status_code == 304, "the new shift is not seen"


def test_a_revoked_address_answers_like_one_that_never_was(shop: Shop) -> None:
    token = opened(shop, shop.li)
    assert fetch(shop, token).status_code == 200
    client = shop.world.client("li")
    (row,) = client.get("/api/v1/market/feeds").json["items"]
    assert token not in json.dumps(row) and "token" not in json.dumps(row)
    assert shop.refused(shop.min, RevokeFeed(feed_id=row["id"])) == "market.feed_unknown"
    shop.must(shop.li, RevokeFeed(feed_id=row["id"]))
    gone, never = fetch(shop, token), fetch(shop, secrets.token_urlsafe(32))
    assert (gone.status_code, gone.json["code"]) == (never.status_code, never.json["code"]) == (404, "access.not_found")


def test_a_new_address_ends_the_old_one_and_leaving_ends_both(shop: Shop) -> None:
    old, new = opened(shop, shop.li), opened(shop, shop.li)
    assert [fetch(shop, token).status_code for token in (old, new)] == [404, 200]
    shop.world.must(LetGo(person_id=shop.li, reason="离职"))
    assert fetch(shop, new).status_code == 404


def test_the_secret_is_in_no_table_no_log_and_no_cookie(shop: Shop) -> None:
    token = opened(shop, shop.li)
    kept = shop.world.rows(sa.select(CalendarFeed))
    assert token not in repr([vars(row) for row in kept])
    with structlog.testing.capture_logs() as logs, instead(feed_api, "events_of", _broken):
        failed = fetch(shop, token)
    assert failed.status_code == 500 and logs and token not in repr([{**one, "exc_info": None} for one in logs])
    answer = fetch(shop, token)
    assert "Set-Cookie" not in answer.headers and answer.headers["Cache-Control"] == "private, no-cache"


def _broken(*_facts: object) -> None:
    raise RuntimeError("planted")


def test_who_asks_too_often_waits_and_whoever_guesses_sooner(shop: Shop) -> None:
    token = opened(shop, shop.li)
    asked = [fetch(shop, token).status_code for _ in range(feed_api.A_MINUTE + 1)]
    assert asked == [200] * feed_api.A_MINUTE + [429]
    late = fetch(shop, token)
    assert 0 < int(late.headers["Retry-After"]) <= 60
    shop.world.clock.pass_(seconds=61)
    assert fetch(shop, token).status_code == 200
    guesses = [fetch(shop, f"{n:040d}").status_code for n in range(feed_api.GUESSES + 1)]
    assert guesses == [404] * feed_api.GUESSES + [429]


def test_counting_forgets_the_least_recent_and_never_grows() -> None:
    limit, now = PerMinute(1, askers=2), datetime(2026, 11, 20, 4, 0, 30, tzinfo=UTC)
    assert [limit.wait_s(one, now) for one in ("a", "a", "b", "c", "a")] == [0, 30, 0, 0, 0]
