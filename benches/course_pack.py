"""A course pack of 20 courses (10 cards and a quiz each, Chinese and English) on its way to a phone that has none of it.

python -m benches.course_pack        the app's core and the server in one process: no network, so bytes and CPU are what counts
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from contract.courses import Card, CheckItem, CourseBody, CourseRow, PublishVersion, SaveDraft
from contract.ids import new_id
from contract.quizzes import Choice, Question, Quiz, Solution

COURSES, CARDS, QUESTIONS = 20, 10, 6
GOAL_S, GOAL_BYTES = 2.0, 500_000
_ZH_TEXT = (
    "先 微笑 再 问候 顾客 进店 请 说 欢迎 光临 检查 温度 记录 时间 洗手 消毒 台面 咖啡机 预热 研磨 粉量 "
    "萃取 牛奶 打发 奶泡 杯型 出品 前 确认 订单 收银 找零 发票 会员 积分 推荐 新品 试饮 过敏 提示 库存 "
    "先进先出 保质期 标签 开封 日期 冰箱 冷藏 冷冻 交接 清单 钥匙 保险柜 监控 安全 出口 灭火器 急救 箱 上报 "
    "店长 排班 打卡 投诉 倾听 道歉 解决 跟进 回访 陈列 价签 清洁 垃圾 分类 设备 报修 停水 停电 应对 "
)
_EN_TEXT = (
    "first smile then greet the customer who comes in check temperature and write down time wash your hands clean "
    "counter warm machine grind dose extract steam milk foam cup before serving confirm order cash change receipt member "
    "points offer new taste allergy notice stock oldest out label opened date fridge cold store hand over list key safe "
    "camera exit extinguisher first aid box report manager shift punch complaint listen apologise solve follow up call "
    "back display price waste sort repair water power failure "
)
_ZH, _EN = _ZH_TEXT.split(), _EN_TEXT.split()


def _say(dice: random.Random, words: list[str], n: int, between: str) -> str:
    return between.join(dice.choice(words) for _ in range(n))


def course(dice: random.Random, number: int) -> CourseBody:
    """One course as people write them: some 60 to 140 characters of Chinese and as many words' worth of English on a card."""
    cards = []
    for n in range(CARDS):
        zh = [f"- {_say(dice, _ZH, dice.randint(6, 14), '')}。" for _ in range(dice.randint(3, 5))]
        en = [f"- {_say(dice, _EN, dice.randint(7, 15), ' ').capitalize()}." for _ in range(len(zh))]
        items = [CheckItem(key=f"i{i}", zh=_say(dice, _ZH, 5, ""), en=_say(dice, _EN, 6, " ")) for i in range(4)]
        is_list = n % 5 == 4
        cards.append(
            Card(
                key=f"k{n}", kind="checklist" if is_list else "text", title_zh=_say(dice, _ZH, 3, ""),
                title_en=_say(dice, _EN, 4, " "), zh="\n".join(zh), en="\n".join(en), items=items if is_list else [],
            )
        )  # fmt: skip
    questions = []
    for n in range(QUESTIONS):
        choices = [Choice(key=key, zh=_say(dice, _ZH, 5, ""), en=_say(dice, _EN, 6, " ")) for key in "abcd"]
        questions.append(
            Question(
                key=f"q{n}", kind="single", zh=_say(dice, _ZH, 9, "") + "？", en=_say(dice, _EN, 11, " ") + "?", choices=choices,
                solution=Solution(right=["a"]), why_zh=_say(dice, _ZH, 10, ""), why_en=_say(dice, _EN, 14, " "),
            )
        )  # fmt: skip
    return CourseBody(
        title_zh=f"{_say(dice, _ZH, 4, '')}（{number}）", title_en=_say(dice, _EN, 5, " "), cards=cards,
        quiz=Quiz(questions=questions),
    )  # fmt: skip


def measure(folder: Path) -> dict[str, Any]:
    """Seconds and processor time from the first request to the complete answer, and bytes of all answers as they travel."""
    from server.kernel.actors import Actor
    from server.kernel.perform import perform
    from tests.support.company import Company
    from tests.support.handset import new_handset

    company, dice = Company(folder / "server").prepare().found(people=2), random.Random(11)
    company.post("p1", "A", company.today() - timedelta(days=5))
    phone = new_handset(company, "phone", person="p1")
    phone.small_pages = False
    assert phone.sync()
    author = Actor.person(company.people["p2"], new_id(), [("admin", None)])
    for number in range(COURSES):
        said = SaveDraft(course_id=new_id(), version_id=new_id(), code=f"c{number}", body=course(dice, number))
        for operation in (said, PublishVersion(version_id=said.version_id, reason="r")):
            done = perform(
                company.db, author, operation, op_id=new_id(), now=company.now(), secret=company.settings.secret
            )
            assert done.status == "applied", done
    answers: list[bytes] = []
    through = phone.world.link.through

    def counted(method: str, path: str, body: bytes, headers: dict[str, str]) -> Any:
        answer = through(method, path, body, headers)
        answers.append(answer.body)
        return answer

    phone.world.link.through = counted
    begun, cpu = time.perf_counter(), time.process_time()
    assert phone.sync()
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    with phone.parts.db.read():
        held = len(list(phone.parts.replica.all("course", CourseRow)))
    phone.core.close()
    company.close()
    wire = sum(len(gzip.compress(body, 6)) for body in answers)
    return {
        "courses": held, "seconds": round(seconds, 3), "cpu_seconds": round(cpu, 3), "requests": len(answers),
        "bytes": wire, "bytes_before_gzip": sum(map(len, answers)), "met": seconds <= GOAL_S and wire <= GOAL_BYTES,
    }  # fmt: skip


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder)), indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
