"""Each declared trigger makes one item for its receiver, and one message beside it, whatever runs twice or races; and the
triggers of the system itself (N-39 to N-41) from their events, each once, in the reader's language."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from contract.alarms import WatchSystem
from contract.ids import new_id
from contract.imports import StoreListTerms
from contract.inbox import facts_in, sentence_key
from contract.messages import LANGUAGES, say
from contract.triggers import TRIGGERS
from server.devices.model import Device, DeviceChain
from server.imports import noting
from server.imports.service import Server, import_stores
from server.inbox import service
from server.inbox.channels_model import Delivery
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.db import table_of
from server.kernel.jobs import Job
from server.kernel.perform import writing
from server.sync import alarms
from server.sync.attention import Matter
from tests.server.channels_of import channel, put
from tests.server.world import SECRET, World
from tests.support.planted import instead

LIST = (
    "Store Number,Store Name,Brand,City,Street Address,Timezone,Longitude,Latitude\n"
    "A-1,静安店,Blue,上海市,南京西路1号,Asia/Shanghai,121.4523,31.2231\n"
    "A-2,远店,Blue,上海市,南京西路2号,Asia/Shanghai,121.4523,312\n"
)


def items(world: World, trigger: str) -> list[InboxItem]:
    return world.rows(sa.select(InboxItem).where(InboxItem.trigger == trigger).order_by(InboxItem.born_at, InboxItem.id))


def watch(world: World) -> None:
    """The chore, twice: the second time finds nothing new."""
    for _ in range(2):
        world.must(WatchSystem(backup_late_min=60), Actor.system())


def spoken(item: InboxItem) -> dict[str, str]:
    """What its receiver reads, in both languages."""
    key = sentence_key(item.trigger, item.kind)
    return {language: say(language, key, **facts_in(item.facts, language)) for language in LANGUAGES}


@pytest.fixture(scope="module")
def one_world(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One for all rows of the table: they do not meet."""
    made = World.on_sqlite(tmp_path_factory.mktemp("triggers"))
    made.hire("周敏")
    groups = {trigger.group for trigger in TRIGGERS}
    channel(made, "webhook", "https://93.184.216.34/x", *sorted(groups))
    yield made
    made.close()


@pytest.mark.parametrize(("key", "kind"), [(row.key, kind) for row in TRIGGERS for kind in row.kinds])
def test_a_trigger_that_is_put_by_two_at_once_and_again_is_one_item_and_one_message(
    one_world: World, key: str, kind: str
) -> None:
    person, about = one_world.people["周敏"], new_id()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: put(one_world, person, trigger=key, kind=kind, about=about), range(3)))
    found = one_world.rows(sa.select(InboxItem).where(InboxItem.about_id == about))
    assert [(item.trigger, item.kind, item.receiver_id) for item in found] == [(key, kind, person)]
    assert len(one_world.rows(sa.select(Delivery).where(Delivery.item_id == found[0].id))) == 1


def test_a_trigger_that_is_put_twice_with_another_key_is_found(world: World) -> None:
    """The control: with an id that forgets what it is about, the same event is two items."""
    person, about = world.hire("周敏"), new_id()
    with instead(service, "item_id_of", lambda *_: new_id()):
        for _ in range(2):
            put(world, person, about=about)
    assert len(items(world, "N-02")) == 2


# -- the system's own -----------------------------------------------------------------------------------------------------


def test_an_import_with_errors_is_told_to_hr_once(world: World) -> None:
    hr = world.hire("何芳")
    world.account(hr, "he", "hr")
    for _ in range(2):
        server = Server(world.db, world.admin, world.clock(), SECRET, new_id())
        report = import_stores(server, LIST.encode(), StoreListTerms(), language="zh")
        assert report.bad == 1
    (item,) = items(world, noting.TRIGGER)
    assert item.trigger == "N-39" and item.receiver_id == hr and "1" in spoken(item)["en"] and "门店" in spoken(item)["zh"]


def test_a_list_without_errors_and_a_dry_run_tell_nobody(world: World) -> None:
    world.account(world.hire("何芳"), "he", "hr")
    server = Server(world.db, world.admin, world.clock(), SECRET, new_id())
    import_stores(server, LIST.encode(), StoreListTerms(dry_run=True), language="zh")
    good = LIST.rpartition("A-2")[0]
    import_stores(server, good.encode(), StoreListTerms(), language="zh")
    assert items(world, noting.TRIGGER) == []


def _backup_done(world: World, when: Any) -> None:
    job = table_of(Job)
    with writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
        session.connection().execute(sa.delete(job))
        session.add(Job(id=new_id(), kind="backup", key="timed", facts={}, due_at=when, tries=0, last_done_at=when))


def test_a_late_backup_is_told_to_administrators_once_and_taken_back_when_it_is_there(world: World) -> None:
    _backup_done(world, world.clock() - timedelta(minutes=59))
    watch(world)
    assert (alarms.RED, alarms.CONFLICT) == ("N-40", "N-41_conflict")
    assert items(world, alarms.RED) == []
    world.clock.pass_(minutes=2)
    watch(world)
    (item,) = items(world, alarms.RED)
    assert item.receiver_id == world.people["陈思远"] and "备份" in spoken(item)["zh"] and "backup" in spoken(item)["en"]
    _backup_done(world, world.clock())
    watch(world)
    assert items(world, alarms.RED)[0].done_at is not None
    world.clock.pass_(hours=3)
    watch(world)
    assert len(items(world, alarms.RED)) == 2  # it is late again, which is another matter


def _tablet(world: World, store_id: str) -> None:
    """A store's tablet that was heard of just now."""
    device_id, now = new_id(), world.clock()
    with writing(world.db, Actor.system(), op_id=new_id(), now=now) as session:
        session.add(Device(id=device_id, kind="kiosk", label="柜台", person_id=None, store_id=store_id, alg="ed25519",
                           public=b"k", code_key=None, hardware="h", enrolled_at=now, enrolled_with=new_id(), revoked_at=None,
                           revoked_because=None, wiped_at=None, forked_at=None, app="1"))  # fmt: skip
        session.flush()
        session.add(DeviceChain(device_id=device_id, head_seq=0, head_hash=b"", head_at=None, reported_head=0, reported_at=None,
                                backed_seq=0, last_seen_at=now))  # fmt: skip


def test_a_tablet_that_is_silent_for_a_day_is_told_once_for_each_silence(world: World) -> None:
    hr = world.hire("何芳")
    world.account(hr, "he", "hr")
    store = world.open_store("静安店")
    _tablet(world, store)
    chain = table_of(DeviceChain)
    world.clock.pass_(hours=23)
    watch(world)
    assert items(world, alarms.SILENT) == []
    world.clock.pass_(hours=2)
    watch(world)
    told = [item for item in items(world, alarms.SILENT) if item.receiver_id == hr]
    assert len(told) == 1 and "静安店" in spoken(told[0])["zh"]
    with writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
        session.connection().execute(sa.update(chain).values(last_seen_at=world.clock()))
    world.clock.pass_(hours=25)
    watch(world)
    assert len([item for item in items(world, alarms.SILENT) if item.receiver_id == hr]) == 2


def test_an_operation_that_failed_here_is_told_until_it_is_well(world: World) -> None:
    hr = world.hire("何芳")
    world.account(hr, "he", "hr")
    store = world.open_store("静安店")
    _tablet(world, store)
    (device,) = world.rows(sa.select(Device))
    matter = Matter("0" * 36, "parked", device.id, "柜台", "李伟", "attendance.clock_in/1", 1, "", {}, None, 1, world.clock())
    matter = replace(matter, id=new_id())
    with instead(alarms, "matters", lambda _session: [matter]):
        watch(world)
    told = [item for item in items(world, alarms.CONFLICT) if item.receiver_id == hr]
    assert len(told) == 1 and told[0].done_at is None and "attendance.clock_in/1" in spoken(told[0])["en"]
    watch(world)
    assert all(item.done_at is not None for item in items(world, alarms.CONFLICT))
