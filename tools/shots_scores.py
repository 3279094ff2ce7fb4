"""Pictures of scoring: the tablet's list, a card being filled in, one that was sent; on the phone a card, one's own word."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.handset import Handset
    from tests.web.company_of_shops import Shops

STAFF, TEA, SMILE, PLAIN = "梁爽", "tea_quality", "smile", "opened_on_time"
OpenStudio = Callable[["Handset"], Any]


def furnish(shops: Shops) -> Handset:
    """The shop of shots_learning with a manager and staff; a rubric, points and yes or no weigh 50, 30 and 20."""
    from contract.ids import new_id
    from contract.metrics import ActivateMetric, DefineMetric, DefineScheme, RubricLevel, SetWeights, Weighed
    from contract.scoring_turning import TurnPeriods
    from server.kernel.actors import Actor
    from server.kernel.perform import perform
    from tools import shots_learning

    kiosk = shots_learning.furnish(shops)
    company = shops.company
    texts = (
        ("40", "客人等候时没有招呼", "Guests wait without a word"),
        ("60", "打招呼，但不看客人", "Greets, without looking at the guest"),
        ("80", "微笑问候，目光接触", "Greets with a smile and looks at the guest"),
        ("100", "记得熟客，主动推荐", "Knows regulars and recommends by oneself"),
    )  # fmt: skip
    levels = [RubricLevel(points=points, text_zh=zh, text_en=en) for points, zh, en in texts]
    kinds: tuple[tuple[str, str, str, Any, dict[str, Any]], ...] = (
        (TEA, "饮品出品质量", "Quality of drinks", "points", {}),
        (SMILE, "服务态度", "Service", "rubric", {"levels": levels}),
        (PLAIN, "按时开档", "Counter opened on time", "yes_no", {}),
    )
    for code, zh, en, kind, more in kinds:
        said = DefineMetric(
            metric_id=new_id(), code=code, name_zh=zh, name_en=en, kind=kind, source="manager", rhythm="day", **more
        )
        shots_learning._must(shops, said)
        shots_learning._must(shops, ActivateMetric(metric_id=said.metric_id))
    scheme = DefineScheme(
        scheme_id=new_id(), code="tea_shop", name_zh="茶饮门店", name_en="Tea shop", store_id=kiosk_store(kiosk)
    )
    shots_learning._must(shops, scheme)
    lines = [Weighed(metric=code, owner="store", weight=weight) for code, weight in ((TEA, "50"), (SMILE, "30"), (PLAIN, "20"))]
    since = company.today().replace(day=1).isoformat()
    shots_learning._must(
        shops, SetWeights(version_id=new_id(), scheme_id=scheme.scheme_id, from_day=since, lines=lines, reason="2026")
    )
    done = perform(
        company.db, Actor.system(), TurnPeriods(), op_id=new_id(), now=company.now(), secret=company.settings.secret
    )
    assert done.status == "applied", done
    shots_learning._synced(shops, kiosk)
    return kiosk


def kiosk_store(kiosk: Handset) -> str:
    """The tablet's store."""
    found = kiosk.core._parts.identity.need().store_id
    assert found is not None
    return found


def kiosk_pictures(shops: Shops, open_studio: OpenStudio) -> None:
    from tools.shots_learning import PIN

    kiosk, who = furnish(shops), shops.company.people[STAFF]
    with open_studio(kiosk) as studio:
        studio.on("floor")
        desk = studio.vm("manager")
        studio.model.navigator.go("manager")
        studio.until(lambda: desk.state.step == "pin")
        for digit in PIN:
            desk.tap_digit(digit)
        studio.until(lambda: desk.state.scores.board)
        desk.tap_part("scores")
        studio.take("desk-scores")
        taps = desk.scores
        taps.tap_person(who)
        studio.until(lambda: taps.state.form)
        taps.tap_value(TEA, "90")
        taps.tap_value(SMILE, "80")
        taps.type_comment("午高峰很稳" if studio.language == "zh" else "Calm through the lunch rush")
        studio.until(lambda: taps.state.form.composite)
        studio.take("desk-score-card")
        taps.tap_give()
        studio.until(lambda: taps.state.given)
        studio.until(lambda: taps.state.board and taps.state.board.sent)
        studio.take("desk-score-given")
        taps.tap_card(taps.state.board.sent[0].card_id)
        studio.take("desk-score-sent")
        studio.model.navigator.home()


def phone_pictures(shops: Shops, open_studio: OpenStudio) -> None:
    from tests.web.company_of_shops import device
    from tools.shots_learning import MANAGER, PIN, _synced

    kiosk, people = furnish(shops), shops.company.people
    desk = kiosk.core.scores.desk
    said = (({TEA: "75", SMILE: "60"}, "上午有点忙乱"), ({TEA: "90", SMILE: "80", PLAIN: "1"}, "午高峰很稳，继续保持"))
    for marks, comment in said:
        assert kiosk.core.desk.open(people[MANAGER], PIN).ok
        desk.write(people[STAFF], marks, comment)
        card_id = desk.give(people[STAFF])
        _synced(shops, kiosk)
    phone = device(shops, f"{STAFF}手里的手机", person=STAFF)
    phone.sync()
    phone.core.scores.mine.reply(card_id, "谢谢，明天也一样")
    phone.sync()
    with open_studio(phone) as studio:
        scores = studio.vm("scores")
        studio.on("today")
        studio.model.navigator.go("scores")
        studio.until(lambda: scores.state.page)
        studio.take("scores")
        scores.tap_card(card_id)
        studio.take("score-card")
        scores.on_back()
        scores.tap_mode("assess")
        scores.tap_value(SMILE, "80")
        studio.take("score-myself")
        studio.model.navigator.home()
