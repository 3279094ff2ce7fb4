"""Notices for the rights matrix: each store's people got one of their own."""

from __future__ import annotations

from typing import Any

from contract.announcements import NoticeBody, PublishNotice, SaveNotice, To
from contract.ids import new_id
from server.kernel.actors import Actor
from server.kernel.perform import perform
from tests.support.company import Company


def plant(company: Company, things: dict[str, str]) -> None:
    """A notice to this store from HQ, and one that is out no more than as a draft."""
    for name, out in (("notice_id", True), ("notice_draft_id", False)):
        things[name] = new_id()
        body = NoticeBody(title_zh="本店通知", text_zh="字", to=To(units=[things["store_id"]]))
        hr = Actor.person(things["person_id"], new_id(), [("hr", None)])
        said = [SaveNotice(notice_id=things[name], body=body), PublishNotice(notice_id=things[name])]
        for one in said if out else said[:1]:
            done = perform(company.db, hr, one, op_id=new_id(), now=company.now(), secret=company.settings.secret)
            assert done.status == "applied", done


def bodies(mine: dict[str, str]) -> dict[str, Any]:
    """By path, a body that asks for something that can be done at this store."""
    notice, fresh = mine["notice_id"], new_id()
    return {
        "announcements": {"notice_id": fresh, "body": {"title_zh": "t", "text_zh": "x", "to": {"units": [mine["store_id"]]}}},
        "announcements/published": {"notice_id": mine["notice_draft_id"]},
        "announcements/withdrawn": {"notice_id": notice, "reason": "r"},
        "announcements/discarded": {"notice_id": fresh},
        "announcements/read": {"notice_id": notice},
        "announcements/reminders": {"reminder_id": fresh, "notice_id": notice},
        "voices": {"voice_id": fresh, "text": "t", "answer_key": fresh.replace("-", "").ljust(64, "0")},
        "voices/answers": {"answer_id": fresh, "voice_id": fresh, "text": "t"},
        "voices/answers/found": {"secrets": ["0" * 64]},
        "voices/sorted": {"voice_id": fresh, "themes": []},
        "voices/themes": {"theme_id": fresh, "code": fresh, "name_zh": "t", "name_en": "t", "words": ["t"]},
        "voices/themes/retired": {"theme_id": fresh, "reason": "r"},
    }


def query(rule: str, mine: dict[str, str]) -> str:
    """What is asked of a path that reads notices."""
    if rule.endswith(("/announcements/one", "/announcements/readers", "/announcements/audience")):
        return f"?notice_id={mine['notice_id']}"
    if rule.endswith(("/voices", "/voices/report")):
        return "?month=2026-11"
    return ""
