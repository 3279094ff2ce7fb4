"""No link of the console leads nowhere: whoever follows what a page offers them gets there."""

from __future__ import annotations

import html
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.org import AddUnit, ChangeUnit
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.org.model import OrgUnit
from tests.web.company_of_shops import SHOPS, Shops, hire, open_account, post
from tests.web.conftest import copied
from tests.web.visitor import Visitor
from tools.shots_console import pages_of

# Of pages alike (one of each person, each day) so many are looked at, and of all together so many: what differs comes early.
EACH, ALTOGETHER = 2, 260
_LINK = re.compile(r'href="(/console/[^"#]*)')
_WHICH = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|\d{4}-\d\d(-\d\d)?|=[^&]*")
ROLES = ("admin", "hr", "auditor", "manager", "employee", "head")
KITCHEN = "后厨部"


@pytest.fixture(scope="module")
def peopled(shops: Shops, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shops]:
    """The company with something on every page, and the head of a department whose cook came to a store today."""
    found = copied(shops, tmp_path_factory.mktemp("links"))
    pages_of(found)
    company, kitchen = found.company, new_id()
    with reading(company.db, Actor.system()) as session:
        root = session.scalars(sa.select(OrgUnit.id).where(OrgUnit.kind == "company")).one()
    since = "2020-01-01"
    company.must(AddUnit(unit_id=kitchen, kind="department", name=KITCHEN, parent_id=root, from_day=since))
    hire(found, "钱厨长", "K-1", KITCHEN)
    hire(found, "何帮厨", "K-2", KITCHEN)
    day = company.today()
    company.must(ChangeUnit(unit_id=kitchen, from_day=day.isoformat(), manager_id=company.people["钱厨长"]))
    open_account(found, "head", "钱厨长", "employee")
    post(found, "何帮厨", SHOPS[0][0], day)
    yield found
    found.company.close()


@pytest.fixture
def follower(peopled: Shops) -> Callable[[str], Visitor]:
    def signed_in(login: str) -> Visitor:
        visitor = Visitor(peopled.app).speak("en")
        assert visitor.sign_in(login).status_code == 303
        return visitor

    return signed_in


def leading_nowhere(visitor: Visitor, start: str = "/console/today") -> tuple[list[str], int]:
    """Links that do not lead to a page, with the page they stand on; and how many pages were looked at."""
    waiting, seen, alike, wrong = deque([("", start)]), set[str](), Counter[str](), list[str]()
    while waiting and len(seen) < ALTOGETHER:
        stands_on, path = waiting.popleft()
        kind = _WHICH.sub("*", path)
        if path in seen or alike[kind] >= EACH or "sign-out" in path or path.startswith("/console/static/"):
            continue
        seen.add(path)
        alike[kind] += 1
        answer = visitor.get(path)
        if answer.status_code >= 400:
            wrong.append(f"{path} ({answer.status_code}), on {stands_on}")
        elif answer.mimetype == "text/html":
            waiting.extend((path, html.unescape(link)) for link in _LINK.findall(answer.text))
    return wrong, len(seen)


@pytest.mark.parametrize("login", ROLES)
def test_whatever_a_page_offers_is_there(follower: Callable[[str], Visitor], login: str) -> None:
    visitor = follower(login)
    wrong, looked_at = leading_nowhere(visitor, visitor.get("/console/").headers["Location"])
    assert not wrong, "\n".join(wrong)
    assert looked_at > 15


def test_a_link_that_leads_nowhere_is_found(follower: Callable[[str], Visitor], peopled: Shops) -> None:
    """The control: a page that does not exist, offered on the first one."""
    visitor, gone = follower("admin"), "/console/nowhere-at-all"
    assert visitor.get(gone).status_code == 404
    answer = visitor.get("/console/today")
    answer.__dict__["text"] = answer.text.replace("</main>", f'<a href="{gone}">nobody</a></main>')
    as_it_was = visitor.get

    def planted(path: str) -> object:
        return answer if path == "/console/today" else as_it_was(path)

    visitor.get = planted  # type: ignore[method-assign, assignment]
    wrong, _ = leading_nowhere(visitor)
    assert wrong == [f"{gone} (404), on /console/today"]
