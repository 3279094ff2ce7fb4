"""Career paths: what somebody's phone and HR's list say, whatever the order in which it came."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from contract.growth import JoinPath, LeavePath, PathCondition, RecordPromotion, SayWish
from contract.growth_views import WishQuery
from contract.ids import new_id
from contract.moments import TimeTaken, to_ms
from server.growth import paths, queries, standing
from server.growth.model import Promotion
from server.kernel.actors import Actor
from server.kernel.perform import Act, DeviceFacts, Work, writing
from server.kernel.problems import Problem
from tests.server.growth_of import Growing, phone, stage, tablet
from tests.server.world import SECRET, World
from tests.support.planted import instead


@pytest.fixture
def shop(world: World) -> Growing:
    return Growing(world)


def ladder(shop: Growing) -> tuple[str, str, str]:
    """Two stages with a course each; answers the path and the courses."""
    first, second = shop.course("c1", "产品知识", "Product knowledge"), shop.course("c2", "销售", "Selling")
    exam = PathCondition(kind="exam", course_id=second, percent=80)
    path = shop.path([stage("1-3", 1, 3, first), stage("4-6", 4, 6, second, conditions=[exam])])
    return path, first, second


def said_on(shop: Growing, device: DeviceFacts, person: str, wish: SayWish, ago_min: int) -> None:
    """A wish as a device brings it: said so long ago by its own proven clock."""
    now = shop.world.clock()
    then = to_ms(now - timedelta(minutes=ago_min))
    actor = Actor.device(device.device_id, device.person_id)
    with writing(shop.world.db, actor, op_id=new_id(), now=now) as session:
        act = Act(new_id(), None, person, TimeTaken(then, then, then, "exact"), now)
        paths.say_wish(Work(session, actor, now, act, SECRET, device), wish)


def wishing(wish: str = "promotion", **more: object) -> SayWish:
    return SayWish(wish_id=new_id(), wish=wish, **more)  # type: ignore[arg-type]


def test_in_month_four_the_phone_shows_stage_two_and_what_stage_one_still_lacks(any_world: World) -> None:
    shop = Growing(any_world)
    path, first, second = ladder(shop)
    shop.join(shop.li, path, "2026-08-10")
    row = shop.career(shop.li)
    assert (row.month, row.name_zh, [one.when for one in row.stages]) == (4, "门店销售", ["past", "now"])
    assert row.missing_zh == ["课程“产品知识”", "课程“销售”", "考试“销售”≥ 80 %（目前 –）"]
    shop.attempt(shop.li, first, 5)
    assert shop.career(shop.li).missing_zh == ["课程“销售”", "考试“销售”≥ 80 %（目前 –）"]
    shop.attempt(shop.li, second, 3)
    assert shop.career(shop.li).missing_en == ['Exam "Selling" ≥ 80 % (now 60 %)'], "passed with 60 is not 80"
    shop.attempt(shop.li, second, 4)
    assert shop.career(shop.li).missing_zh == []


def test_a_month_turns_by_itself(shop: Growing) -> None:
    path, *_ = ladder(shop)
    shop.join(shop.li, path, "2026-11-01")
    assert (shop.career(shop.li).month, standing.keep_careers(shop.world.db, shop.world.clock())) == (1, 0)
    shop.world.clock.pass_(days=11)
    assert standing.keep_careers(shop.world.db, shop.world.clock()) == 1
    assert shop.career(shop.li).month == 2
    assert standing.keep_careers(shop.world.db, shop.world.clock()) == 0, "on a day it has seen it changes nothing"


def test_a_path_that_is_defined_anew_counts_for_those_who_follow_it(shop: Growing) -> None:
    path, first, _ = ladder(shop)
    shop.join(shop.li, path, "2026-11-01")
    shop.path([stage("only", 1, 12)], path_id=path)
    assert [one.key for one in shop.career(shop.li).stages] == ["only"] and shop.career(shop.li).missing_zh == []
    assert first not in str(shop.career(shop.li).stages)


def test_one_follows_one_path_at_a_time(shop: Growing) -> None:
    path, *_ = ladder(shop)
    other = shop.path([stage("a", 1, 12)], code="manager")
    member = shop.join(shop.li, path, "2026-11-01")
    joining = {"person_id": shop.li, "path_id": other, "from_day": "2026-12-01"}
    assert shop.world.refusal(JoinPath(member_id=new_id(), **joining), shop.as_qian) == "growth.on_a_path"
    shop.world.must(LeavePath(member_id=member, until="2026-12-01", reason="r"), shop.as_qian)
    assert shop.career(shop.li).path_id == path, "until that day"
    shop.world.must(JoinPath(member_id=new_id(), **joining), shop.as_qian)
    assert shop.career(shop.li).path_id == path
    later = LeavePath(member_id=member, until="2026-12-05", reason="r")
    assert shop.world.refusal(later, shop.as_qian) == "growth.leaves_after_next"
    shop.world.clock.pass_(days=12)
    standing.keep_careers(shop.world.db, shop.world.clock())
    assert (shop.career(shop.li).path_id, shop.career(shop.li).month) == (other, 1)


def test_who_leaves_a_path_and_wishes_nothing_has_no_career_on_the_phone(shop: Growing) -> None:
    path, *_ = ladder(shop)
    member = shop.join(shop.li, path, "2026-11-01")
    shop.world.must(LeavePath(member_id=member, until="2026-11-20", reason="r"), shop.as_qian)
    assert shop.rows(shop.li, "career") == []


def test_the_newest_word_of_a_wish_counts_whichever_device_is_heard_first(shop: Growing) -> None:
    """Said on the tablet two hours ago, on the phone an hour ago, at the console half an hour ago; heard in every order."""
    people = [shop.world.hire(f"申请人{n}") for n in range(6)]
    for person, order in zip(people, itertools.permutations(range(3)), strict=True):
        shop.world.post(person, shop.store)
        steps = (
            (tablet(shop.store), wishing("stay"), 120), (phone(person), wishing("other_store"), 60),
            (phone(person), wishing("promotion", note="想当店长"), 30),
        )  # fmt: skip
        for number in order:
            said_on(shop, steps[number][0], person, *steps[number][1:])
        row = shop.career(person)
        assert (row.wish, row.wish_note) == ("promotion", "想当店长"), order
        assert row.wished_ms == to_ms(shop.world.clock()) - 30 * 60_000


def test_a_wish_by_its_arrival_would_hang_on_the_order(shop: Growing) -> None:
    """The control: what comes last counts, though it was said first."""
    with instead(paths, "instant", lambda _ms: shop.world.clock()):
        said_on(shop, phone(shop.li), shop.li, wishing("promotion"), 10)
        shop.world.clock.pass_(minutes=1)
        said_on(shop, phone(shop.li), shop.li, wishing("stay"), 60)
    assert shop.career(shop.li).wish == "stay"


def test_a_wish_shows_on_hrs_list_and_to_the_manager_and_to_no_other_store(any_world: World) -> None:
    shop = Growing(any_world)
    path, *_ = ladder(shop)
    shop.world.must(wishing("promotion", path_id=path, note="n"), shop.own(shop.li))
    shop.world.clock.pass_(minutes=5)
    shop.world.must(wishing("stay"), shop.own(shop.lei))
    shop.join(shop.wang, path, "2026-08-10")

    def names(who: Actor, **asked: object) -> list[str]:
        with shop.world.looking(who) as session:
            return [line.name for line in queries.careers(session, WishQuery(**asked)).items]  # type: ignore[arg-type]

    assert names(shop.as_qian) == ["赵磊", "李伟", "王芳"], "the newest wish first"
    assert names(shop.as_qian, wish="promotion") == ["李伟"]
    assert sorted(names(shop.as_qian, path_id=path)) == sorted(["李伟", "王芳"]), "who follows it, and who wishes for it"
    assert sorted(names(shop.as_wu)) == sorted(["李伟", "王芳"]) and names(shop.as_sun) == ["赵磊"]
    with shop.world.looking(shop.as_qian) as session:
        first = queries.careers(session, WishQuery(limit=2))
        rest = queries.careers(session, WishQuery(limit=2, cursor=first.next_cursor))
    assert [line.name for line in (*first.items, *rest.items)] == ["赵磊", "李伟", "王芳"]


def test_on_a_shared_tablet_the_words_of_a_wish_are_not_shown(shop: Growing) -> None:
    shop.world.must(wishing("promotion", note="想离开这家店"), shop.own(shop.li))
    assert shop.career(shop.li).wish_note == "想离开这家店"
    shown = shop.career(shop.li, tablet(shop.store))
    assert (shown.wish, shown.wish_note) == ("promotion", "")


def test_at_a_tablet_only_who_works_there_says_a_wish(shop: Growing) -> None:
    with pytest.raises(Problem) as refused:
        said_on(shop, tablet(shop.store), shop.lei, wishing(), 1)
    assert refused.value.code == "growth.not_here"
    assert shop.world.refusal(wishing(path_id=new_id()), shop.own(shop.li)) == "growth.path_unknown"


def test_a_promotion_keeps_what_was_missing_at_that_moment(shop: Growing) -> None:
    path, first, _ = ladder(shop)
    shop.join(shop.li, path, "2026-08-10")
    op = RecordPromotion(promotion_id=new_id(), person_id=shop.li, path_id=path, from_day="2026-12-01", reason="r")
    shop.world.must(op, shop.as_qian)
    shop.attempt(shop.li, first, 5)
    kept = shop.world.row(Promotion, op.promotion_id)
    assert kept.missing_zh == ["课程“产品知识”", "课程“销售”", "考试“销售”≥ 80 %（目前 –）"]
    assert shop.career(shop.li).promoted_on == "2026-12-01"
    assert shop.world.refusal(op, shop.as_wu) == "access.not_allowed"
