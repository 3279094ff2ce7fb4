"""A statement on paper: the same bytes each time, Chinese that can be read back, a square that leads to its verification."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from contract.messages import LANGUAGES, Language
from contract.statements import ConfirmationRow, DisputeRow, StatementDay, StatementRow, StatementText
from server.statements.paper import NoText, hours, paper
from tests.server.statements_of import Signing, signing_in

ADDRESS = "https://hours.example.com/verify"
MONDAY = 1_793_926_800_000  # 2026-11-06 09:00 in Shanghai, moved to the week below by whole days
_DAY = 86_400_000


def example(**more: object) -> StatementRow:
    """A week with a night, two stretches on one day, a forgotten end, leave, and overtime of each class."""
    nine = MONDAY + 3 * _DAY
    hour = 3_600_000
    days = [
        StatementDay(day="2026-11-09", state="present", worked_min=480, regular_min=480, spans=[(nine, nine + 9 * hour)]),
        StatementDay(day="2026-11-10", state="late", worked_min=560, regular_min=480, overtime_normal_min=80,
                     spans=[(nine + _DAY + 12 * 60_000, nine + _DAY + 5 * hour),
                            (nine + _DAY + 6 * hour, nine + _DAY + 11 * hour)]),
        StatementDay(day="2026-11-11", state="present", worked_min=480, regular_min=480, night_min=420,
                     spans=[(nine + 2 * _DAY + 13 * hour, nine + 2 * _DAY + 21 * hour)]),
        StatementDay(day="2026-11-12", state="leave", leave_min=480),
        StatementDay(day="2026-11-13", state="present", worked_min=480, regular_min=480, flags=["assumed_out"],
                     spans=[(nine + 4 * _DAY, nine + 13 * hour + 4 * _DAY)]),
        StatementDay(day="2026-11-14", state="present", worked_min=300, overtime_weekend_min=300, flags=["corrected"],
                     spans=[(nine + 5 * _DAY, nine + 5 * _DAY + 5 * hour)]),
    ]  # fmt: skip
    text = StatementText(
        statement_id="s", revision=2, previous="ab" * 32, person_number="P0007", person_name="欧阳骐骥",
        home="中央厨房", store_number="S0001",
        store_name="豫园老城隍庙旗舰店", partner="蓝山咖啡（上海）有限公司",
        zone="Asia/Shanghai", week="2026-W46", from_day="2026-11-09",
        to_day="2026-11-15", rules=["standard 2026-01-01"], days=days, worked_min=2300, regular_min=1920, overtime_normal_min=80,
        overtime_weekend_min=300, overtime_holiday_min=0, leave_min=480, night_min=420,
    )  # fmt: skip
    row = StatementRow(
        id="r", statement_id="s", person_id="p", store_id="t", week="2026-W46", from_day="2026-11-09", to_day="2026-11-15",
        revision=2, digest="cd" * 32, code="7K3M-9QPA-X2RH", state="open", text=text,
        confirmed=[
            ConfirmationRow(side="employee", person_id="p", name="欧阳骐骥", confirmed_ms=nine + 7 * _DAY,
                            op_id="01a2012b-304a-7110-979a-344e599ae056", way="phone"),
            ConfirmationRow(side="store", person_id="q", name="吴芳", confirmed_ms=nine + 7 * _DAY + hour,
                            op_id="01a2012b-304a-7110-979a-344e599ae057", way="tablet"),
        ],
        disputes=[DisputeRow(id="d", statement_id="s", revision=2, side="employee", day="2026-11-13",
                             reason="周五我 21:30 才离开，平板没电了", made_ms=nine, outcome="corrected")],
    )  # fmt: skip
    return msgspec.structs.replace(row, **more)


def printed(row: StatementRow, language: Language) -> bytes:
    return paper(row, language, address=ADDRESS, company="蓝图餐饮")


def words(pdf: bytes) -> str:
    """What a reader of the file can select."""
    found: str = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    return found


def picture(pdf: bytes) -> Image.Image:
    found: Image.Image = pypdfium2.PdfDocument(pdf)[0].render(scale=3).to_pil()
    return found


@pytest.fixture
def signing(tmp_path: Path) -> Iterator[Signing]:
    found = signing_in(tmp_path, worked=True)
    yield found
    found.world.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_revision_gives_the_same_bytes(language: Language):
    assert printed(example(), language) == printed(example(), language)
    assert printed(example(), language) != printed(example(revision=3), language)


def test_chinese_can_be_read_back_and_every_number_is_there():
    text = words(printed(example(), "zh"))
    for piece in ("考勤周确认单", "欧阳骐骥", "豫园老城隍庙旗舰店", "蓝山咖啡", "周一 11-09",
                  "09:00–18:00", "22:00–06:00+1", "迟到", "请假", "未确认",
                  "7K3M-9QPA-X2RH", "第 2 版", "38:20", "手机确认", "平板 PIN 确认", "周五我 21:30 才离开"):  # fmt: skip
        assert piece in text, piece


def test_it_is_one_page_in_english_too_and_nothing_is_left_untranslated():
    pdf = printed(example(), "en")
    text = words(pdf)
    assert len(pypdfium2.PdfDocument(pdf)) == 1
    assert "Weekly attendance statement" in text and "Worked 38:20 h (2300 min)" in text and "statement." not in text


def test_only_the_letters_that_occur_are_embedded():
    assert len(printed(example(), "zh")) < 120_000


def test_the_square_leads_to_the_code():
    (found,) = zxingcpp.read_barcodes(picture(printed(example(), "zh")))
    assert found.text == f"{ADDRESS}/7K3M-9QPA-X2RH"


def test_a_text_that_was_erased_is_not_printed():
    with pytest.raises(NoText):
        printed(example(text=None), "zh")


def test_hours_are_hours_and_minutes():
    assert [hours(minutes) for minutes in (0, 5, 60, 2345)] == ["0:00", "0:05", "1:00", "39:05"]


def test_the_paper_comes_over_http_in_the_readers_language(signing: Signing):
    signing.all_three()
    client = signing.world.client("zhao.x")
    answered = client.get(f"/api/v1/statements/{signing.statement().id}/paper", headers={"Accept-Language": "zh"})
    assert answered.status_code == 200 and answered.mimetype == "application/pdf"
    text = words(answered.data)
    assert "三方已确认" in text and "李伟" in text and "45:00" in text
