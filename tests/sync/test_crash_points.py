"""The app and the server are killed before every single statement, one after the other: nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mobile.core.journal import Journal
from mobile.core.ports import NoSignal
from tests.support.company import Company
from tests.support.crashing_db import DeviceDied
from tests.support.handset import Handset, new_handset
from tests.support.planted import instead
from tests.sync import model_checks as checks

pytestmark = pytest.mark.slow


class Stage:
    """A company with a phone and a tablet that have news for each other; every try begins from the same copy."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.tries = folder, 0
        company = Company(folder / "first").prepare().found(people=2)
        for person in ("p1", "p2"):
            company.post(person, "A", company.today() - timedelta(days=3))
        phone, tablet = new_handset(company, "phone", person="p1"), new_handset(company, "tablet", store="A")
        for device in (phone, tablet):
            device.sync()
        company.pass_ms(600_000)
        self.about = [device.keep_copy(folder / "copy" / device.name) for device in (phone, tablet)]
        company.keep_copy(folder / "copy", None)
        for device in (phone, tablet):
            device.core.close()
        company.close()

    @contextmanager
    def again(self) -> Iterator[tuple[Company, Handset, Handset]]:
        self.tries += 1
        work = self.folder / f"try-{self.tries}"
        company, _ = Company.from_copy(self.folder / "copy", work / "server")
        phone, tablet = (
            Handset.from_copy(company, self.folder / "copy" / one[0], work / one[0], one) for one in self.about
        )
        try:
            yield company, phone, tablet
        finally:
            phone.core.close()
            tablet.core.close()
            company.close()


@pytest.fixture
def stage(quick_folder: Path) -> Stage:
    return Stage(quick_folder)


def all_is_well(company: Company, *devices: Handset) -> None:
    for _ in range(2):
        company.pass_ms(60_000)
        for device in devices:
            device.sync()
    checks.check_once(company)
    for device in devices:
        checks.check_all_kept(company, device)
        checks.check_sound(device)
        checks.check_converged(company, device)
        checks.check_answered(company, device)
        checks.check_chain(company, device)


def every_point(stage: Stage, dies: Callable[[Company, Handset, Handset, int], bool], *, most: int = 400) -> int:
    """Let it die at point 1, 2, 3, ... until a try comes to its end alive. Answers how many points there were."""
    for at in range(1, most):
        with stage.again() as (company, phone, tablet):
            if not dies(company, phone, tablet, at):
                return at - 1
            all_is_well(company, phone, tablet)
    raise AssertionError(f"more than {most} points")


def test_the_app_dies_anywhere_in_a_punch(stage: Stage) -> None:
    """Before the answer "kept" it may be there or not, but never half; after it, it is there."""

    def dies(company: Company, phone: Handset, tablet: Handset, at: int) -> bool:
        assert phone.punch()
        phone.fuse.renew(at)
        try:
            phone.core.punch()
        except DeviceDied:
            phone.die_and_open()
            assert phone.parts.journal.last_seq in (1, 2)
            if phone.parts.journal.last_seq == 2:
                phone.note_made()
            return True
        finally:
            phone.fuse.renew()
        return False

    assert every_point(stage, dies) >= 5


def test_the_app_dies_anywhere_while_it_takes_in_an_answer(stage: Stage) -> None:
    def dies(company: Company, phone: Handset, tablet: Handset, at: int) -> bool:
        assert phone.punch() and phone.punch()
        company.edit_person("p1", "李 Wei")
        phone.exchange("lost_reply")
        out = phone.begin()
        assert out is not None
        answer = phone.core.carry(out)
        assert not isinstance(answer, NoSignal)
        phone.fuse.renew(at)
        try:
            phone.core.finish_exchange(out, answer)
        except DeviceDied:
            phone.die_and_open()
            return True
        finally:
            phone.fuse.renew()
        return False

    assert every_point(stage, dies) >= 20


def _server_dies(person_of_tablet: str | None = None) -> Callable[[Company, Handset, Handset, int], bool]:
    def dies(company: Company, phone: Handset, tablet: Handset, at: int) -> bool:
        assert phone.punch() and phone.punch(note="again") and tablet.punch(person="p2")
        if person_of_tablet is not None:
            tablet.sync()
        out = phone.begin()
        assert out is not None
        company.fuse.renew(at)
        answer = phone.core.carry(out)
        blown = company.fuse.blown or isinstance(answer, NoSignal)
        company.fuse.renew()
        phone.core.finish_exchange(out, answer)
        return blown

    return dies


def test_the_server_dies_anywhere_in_a_sync(stage: Stage) -> None:
    assert every_point(stage, _server_dies()) >= 15


def test_a_journal_that_numbered_before_it_wrote_would_be_found(stage: Stage) -> None:
    """The control: an app that writes the entry and the chain's end apart loses its footing at one of these points."""
    honest = Journal.add

    def in_two_parts(self: Journal, *given: Any, **more: Any) -> str:
        also = more.pop("also", None)
        op = honest(self, *given, **more)
        if also is not None:
            with self._db.write():
                also(op, self.last_seq)
                self._db.run("UPDATE journal SET sealed = sealed WHERE op = ?", (op,))
        return op

    def dies(company: Company, phone: Handset, tablet: Handset, at: int) -> bool:
        phone.fuse.renew(at)
        try:
            phone.core.punch()
        except DeviceDied:
            phone.die_and_open()
            if phone.parts.journal.last_seq:
                phone.note_made()
            overlays = phone.parts.db.value("SELECT count(*) FROM overlay")
            assert overlays == phone.parts.journal.last_seq, "an entry without what it looks like"
            return True
        finally:
            phone.fuse.renew()
        return False

    assert every_point(stage, dies) >= 5
    with instead(Journal, "add", in_two_parts), pytest.raises(AssertionError, match="without what it looks like"):
        every_point(stage, dies)
