"""One exchange and the next: what moves the ticks, what is believed, what is thrown away."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contract.sealing import Signer, anchored_ms
from contract.sync import SUM_MODULUS, ScopeCursor, SyncRequest, mix
from contract.wire import encode
from mobile.core.ports import Answer, NoSignal, TooSlow
from mobile.core.sync_run import SyncRun
from mobile.core.views import Refused
from mobile.devices.fake import Send
from tests.mobile.devices_here import DAY_MS, LIN, STORE, WEI, Device, person_row, store_row
from tests.mobile.scripted_server import SECRET
from tests.mobile.test_journal import raw_store, result


def test_the_three_ticks_move_by_the_servers_word_alone(phone: Device) -> None:
    core = phone.set_up()
    kept = core.punch()

    def state() -> str:
        line = core.punch_line(kept.punch_id)
        assert line is not None
        return line.state

    assert state() == "kept"
    core.sync_once()
    assert state() == "with_hq"
    phone.server.backed = 1
    core.sync_once()
    assert state() == "backed_up"


def test_a_server_that_forgot_makes_the_ticks_go_back_and_gets_everything_again(phone: Device) -> None:
    """Restored from last night's backup: this device notices, and offers its journal again."""
    core = phone.set_up()
    kept = [core.punch() for _ in range(4)]
    core.sync_once()
    before = list(phone.server.ops)
    phone.server.ops, phone.server.head_hash = before[:1], bytes.fromhex(_hash_after(before[:1]))
    phone.server.pages.append(lambda asked: {"reset": True, "complete": False})
    phone.server.pages.append(phone.first_page())
    core.sync_once()
    assert phone.server.ops == before
    line = core.punch_line(kept[3].punch_id)
    assert line is not None and line.state == "with_hq"
    assert core.today().posting is not None


def _hash_after(raws: list[bytes]) -> str:
    from contract.sealing import CHAIN_START, head_of

    return head_of(CHAIN_START, raws).hex()


def test_need_from_makes_the_device_send_from_there(phone: Device) -> None:
    core = phone.set_up()
    for _ in range(3):
        core.punch()
    core.sync_once()
    sent = len(phone.server.asked)
    phone.server.pages.append({"need_from": 2})
    core.sync_once()
    again = [json.loads(op.b)["seq"] for asked in phone.server.asked[sent:] for op in asked.ops]
    assert again == [2, 3]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b"<html><body>Welcome to MallWiFi, please log in</body></html>"),
        Answer(200, b""),
        Answer(302, b"moved"),
        Answer(403, b"<html>Forbidden by gateway</html>"),
        Answer(200, b'{"nonce": "cut sho'),
        Answer(200, b"\xff\xfe\x00"),
        Answer(204, b""),
    ],
)
def test_a_captive_portals_page_is_no_signal(phone: Device, answer: Answer) -> None:
    core = phone.set_up()
    core.punch()
    phone.world.link.weather = lambda *_: answer
    outcome = core.sync_once()
    assert not outcome.reached and outcome.problem is None
    assert core.sync_state().with_hq == 0 and core.sync_state().badge == "offline"
    phone.world.link.weather = None
    assert core.sync_once().sent == 1


@pytest.mark.parametrize(
    "lie",
    [
        {"signed_by": Signer(b"z" * 32)},
        {"nonce": "another-nonce"},
    ],
)
def test_words_that_the_server_did_not_sign_for_this_request_change_nothing(phone: Device, lie: dict[str, Any]) -> None:
    core = phone.set_up()
    core.punch()
    phone.server.pages.append({**lie, "drop": [f"person:{WEI}"], "wipe": True, "forked": True, "backed": 1})
    assert not core.sync_once().reached
    assert core.enrolment is not None and core.today().posting is not None
    assert core.sync_state().with_hq == 0


def test_a_lost_answer_costs_a_second_request_and_nothing_else(phone: Device) -> None:
    core = phone.set_up()
    core.punch()

    def answers_get_lost(through: Send, *request: Any) -> Answer:
        through(*request)
        raise NoSignal("the answer got lost")

    phone.world.link.weather = answers_get_lost
    for _ in range(3):
        assert not core.sync_once().reached
    phone.world.link.weather = None
    core.sync_once()
    assert len(phone.server.ops) == 1 and core.sync_state().with_hq == 1


def test_one_request_at_a_time_and_a_late_answer_is_thrown_away(phone: Device) -> None:
    core = phone.set_up()
    core.punch()
    first = core.begin_exchange()
    assert first is not None
    assert core.begin_exchange() is None, "one is on its way"
    assert core.sync_once().problem is not None
    answer = core.carry(first)
    core.finish_exchange(first, NoSignal("gave up waiting"))
    second = core.begin_exchange()
    assert second is not None
    late = core.finish_exchange(first, answer)
    assert not late.reached and core.sync_state().with_hq == 0
    assert core.finish_exchange(second, answer).reached is False, "an answer to the first request is none to the second"
    core.sync_once()
    assert core.sync_state().with_hq == 1


def test_taps_made_while_a_request_is_on_its_way_go_out_with_the_next(phone: Device) -> None:
    core = phone.set_up()
    core.punch()
    out = core.begin_exchange()
    assert out is not None
    core.punch()
    core.finish_exchange(out, core.carry(out))
    assert core.sync_state().with_hq == 1 and core.next_sync_in_s() == 0
    core.sync_once()
    assert core.sync_state().with_hq == 2


def test_a_reader_sees_the_state_before_or_the_state_after_never_half(phone: Device) -> None:
    """Three pages; the app looks, and is even killed, between them."""
    core = phone.set_up()
    store, person = f"store:{STORE}", f"person:{WEI}"
    phone.server.pos = 300
    pages: list[dict[str, Any]] = [
        {"rows": [(store, "store", STORE, 290, store_row(name="新店名"))], "complete": False},
        {"rows": [(person, "person", WEI, 295, person_row(name="李伟二"))], "complete": False},
        {"rows": [(person, "posting", "01900000-0000-7000-8000-0000000000f0", 299, _posting("2026-06-10"))]},
    ]
    seen = []
    for page in pages:
        phone.server.pages.append({**page, "cur": {} if "complete" not in page else {store: _at(300)}})
        out = core.begin_exchange()
        assert out is not None
        core.finish_exchange(out, core.carry(out))
        seen.append((core.today().posting, core._parts.pages.person(WEI)))
        core = phone.restart()
    shown = [(card.store.name, card.last_day, who.name) for card, who in seen if card and who]
    assert shown == [("豫园店", "2026-06-30", "李伟")] * 2 + [("新店名", "2026-06-09", "李伟二")]


def _at(pos: int) -> ScopeCursor:
    return ScopeCursor(pos=pos, tag="t")


def _posting(ends_on: str) -> Any:
    from tests.mobile.devices_here import posting_row

    return posting_row(id="01900000-0000-7000-8000-0000000000f0", ends_on=ends_on)


def test_a_checksum_that_does_not_fit_heals_that_scope_alone(phone: Device) -> None:
    core = phone.set_up()
    store = f"store:{STORE}"
    true_sum = (1, mix("store", STORE, 10) % SUM_MODULUS)
    person_sum = core._parts.replica.checksum(f"person:{WEI}")
    db = core._parts.db
    with db.write():
        db.run("DELETE FROM base WHERE scope = ?", (store,))  # a flash cell died, a bug forgot a row

    def anew(asked: SyncRequest) -> dict[str, Any]:
        assert asked.have is not None and store not in asked.have and f"person:{WEI}" in asked.have
        return {"rows": [(store, "store", STORE, 10, store_row())], "clear": [store], "sums": {store: true_sum}}

    phone.server.pages += [{"sums": {store: true_sum, f"person:{WEI}": person_sum}}, anew]
    outcome = core.sync_once()
    assert outcome.complete and phone.server.pages == []
    assert core.sync_state().healed == 1
    assert core._parts.replica.checksum(store) == true_sum


def test_checksums_are_asked_for_at_each_start_and_daily(phone: Device) -> None:
    core = phone.set_up()
    assert phone.server.asked[-1].check
    core.sync_once()
    assert not phone.server.asked[-1].check
    phone.world.clock.pass_ms(DAY_MS)
    core.sync_once()
    assert phone.server.asked[-1].check
    core = phone.restart()
    core.sync_once()
    assert phone.server.asked[-1].check


def test_a_steady_device_says_where_it_stands_in_one_word_and_little(phone: Device) -> None:
    core = phone.set_up()
    core.sync_once()
    asked = phone.server.asked[-1]
    assert asked.at is not None and asked.have is None and asked.at.pos == phone.server.pos
    assert len(phone.world.link.sent[-1][2]) < 1024


def test_scopes_without_a_cursor_are_gone_after_a_complete_pass(phone: Device) -> None:
    """Restored server, person moved meanwhile: nobody says `drop`, and still nothing may stay."""
    core = phone.set_up()
    phone.server.pages.append({"reset": True, "complete": False})
    page = phone.first_page()
    phone.server.scopes.discard("company")
    page["clear"] = sorted(phone.server.scopes)
    phone.server.pages.append(page)
    core.sync_once()
    assert set(core._parts.replica.cursors()) == phone.server.scopes
    assert core._parts.keys.scopes() <= phone.server.scopes


def test_results_reach_the_person_with_their_reason_until_acknowledged(phone: Device) -> None:
    core = phone.set_up()
    punches = [core.punch(), core.punch(), core.punch()]
    core.sync_once()
    phone.server.pages.append(
        {
            "rows": [
                result(phone, 1, "rejected", code="stores.unknown", facts={"id": STORE}),
                result(phone, 2, "parked", code="operation.failed_here", trace="abc123"),
                result(phone, 3, "applied"),
            ]
        }
    )
    core.sync_once()
    needs = core.sync_state().needs_you
    assert [(one.seq, one.status, one.said.code) for one in needs] == [
        (1, "rejected", "stores.unknown"),
        (2, "parked", "operation.failed_here"),
    ]
    assert needs[0].said.facts == {"id": STORE} and needs[1].said.facts == {"trace": "abc123"}
    assert core.sync_state().badge == "needs_you"
    line = core.punch_line(punches[0].punch_id)
    assert line is not None and line.status == "rejected" and line.reasons[0].code == "stores.unknown"
    for need in needs:
        core.acknowledge(need.op_id)
    assert core.sync_state().needs_you == () and core.sync_state().badge == "synced"
    assert core.punch_line(punches[0].punch_id) is None


def test_a_refusal_of_the_whole_request_costs_no_operation_anything(phone: Device) -> None:
    core = phone.set_up()
    core.punch()
    phone.server.pages.append({"status": 401, "code": "device.unknown"})
    outcome = core.sync_once()
    assert outcome.problem is not None and outcome.problem.code == "device.unknown"
    assert core.sync_state().waiting == 1 and core.sync_state().needs_you == ()
    assert core.next_sync_in_s() == 300
    core.sync_once()
    assert core.sync_state().waiting == 0


def test_retry_after_is_honoured(phone: Device) -> None:
    core = phone.set_up()
    core.punch()
    phone.server.pages.append({"status": 429, "code": "sync.busy", "after": 42.0})
    core.sync_once()
    assert core.next_sync_in_s() == 42
    core.punch()
    assert core.next_sync_in_s() == 42, "the server asked us to wait; a tap does not overrule it"


def test_a_request_that_is_too_much_goes_out_in_halves_until_it_passes(phone: Device) -> None:
    core = phone.set_up()
    for _ in range(40):
        core.punch(kind="in")

    def two_g(through: Send, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        if len(json.loads(body)["ops"]) > 12:
            raise TooSlow("2G")
        return through(method, path, body, headers)

    phone.world.link.weather = two_g
    for _ in range(12):
        phone.world.clock.pass_s(61)
        core.sync_once()
    assert len(phone.server.ops) == 40


def test_a_413_halves_too(phone: Device) -> None:
    core = phone.set_up()
    for _ in range(8):
        core.punch(kind="in")
    phone.server.pages.append({"status": 413, "code": "wire.too_large"})
    core.sync_once()
    assert core._parts.run.state().most_ops == 100


def test_operations_of_a_new_boot_wait_for_a_hello(phone: Device) -> None:
    core = phone.set_up()
    phone.world.clock.reboot()
    core = phone.restart()
    core.punch()
    core.sync_once()
    hello, push = phone.server.asked[-2:]
    assert hello.ops == [] and len(push.ops) == 1
    now = phone.world.clock.read().boot_id
    assert [anchor.bid for anchor in push.clock.anchors][:1] == [now]


def test_anchors_of_the_boots_that_operations_were_made_in_travel_with_them(phone: Device) -> None:
    core = phone.set_up()
    phone.world.link.up = False
    core.punch()
    first = phone.world.clock.read().boot_id
    phone.world.clock.reboot()
    core = phone.restart()
    core.punch()
    second = phone.world.clock.read().boot_id
    phone.world.link.up = True
    core.sync_once()
    push = phone.server.asked[-1]
    assert len(push.ops) == 2 and {anchor.bid for anchor in push.clock.anchors} == {first, second}


def test_the_tightest_exchange_of_a_boot_is_kept_and_refreshed_when_old(phone: Device) -> None:
    core = phone.set_up()
    clock = phone.world.clock

    def slow(seconds: float) -> None:
        def weather(through: Send, *request: Any) -> Answer:
            clock.pass_s(seconds / 2)
            answer = through(*request)
            clock.pass_s(seconds / 2)
            return answer

        phone.world.link.weather = weather
        core.sync_once()

    def rtt() -> int:
        known = core._parts.run.anchors.of(clock.read().boot_id)
        assert known is not None
        return known.got - known.sent

    assert rtt() == 0
    slow(4)
    assert rtt() == 0
    clock.pass_ms(7 * 3_600_000)
    slow(2)
    assert rtt() == 2000
    assert core._parts.run.anchors.server_ms(clock.read()) == clock.true_ms


def test_a_forked_chain_stops_sending_until_the_device_is_enrolled_anew(phone: Device) -> None:
    core = phone.set_up()
    core.punch(note="before")
    core.sync_once()
    phone.server.pages.append({"head_hash": b"\x01" * 32})
    core.sync_once()
    assert core.sync_state().standing == "forked" and core.sync_state().badge == "needs_you"
    after = core.punch(note="after")
    requests = len(phone.server.asked)
    assert not core.sync_once().reached and len(phone.server.asked) == requests
    former = core._parts.identity.device_id
    kept_apart = len(phone.server.ops)
    phone.server.ops, phone.server.head_hash = [], bytes(32)
    core.enrol("http://server", "NEWC-ODEN-EWCO")
    assert core._parts.identity.device_id != former
    phone.server.pages.append(phone.first_page())
    core.sync_once()
    [again] = [json.loads(raw) for raw in phone.server.ops]
    assert (again["seq"], again["data"]["note"], again["ent"]) == (1, "after", after.punch_id), "a new chain"
    stated = [anchored_ms(SECRET, core._parts.identity.device_id, one.id) for one in phone.server.asked[-1].clock.anchors]
    assert stated and None not in stated, "anchors stated to the old identity prove nothing for the new one"
    assert again["supersedes"] is not None and again["dev"] == core._parts.identity.device_id
    line = core.punch_line(after.punch_id)
    assert line is not None and line.state == "with_hq"
    past = core._parts.db.rows("SELECT dev, seq FROM past_journal ORDER BY seq")
    assert past == [(former, 1), (former, 2)] and kept_apart == 1, "what the old identity did is not thrown away"


def test_a_phone_that_goes_to_another_person_does_not_speak_for_the_first(phone: Device) -> None:
    core = phone.set_up()
    phone.world.link.up = False
    core.punch()
    phone.world.link.up = True
    phone.server.take_in = lambda asked: None  # type: ignore[method-assign]
    phone.server.pages.append({"forked": True})
    core.sync_once()
    del phone.server.take_in
    phone.server.person_id, phone.server.person_name = LIN, "林静"
    core.enrol("http://server", "NEWC-ODEN-EWCO")
    assert core.sync_state().journal_head == 0 and core.punches(WEI) == ()
    assert core._parts.db.value("SELECT count(*) FROM past_journal") == 1


def test_a_server_that_knows_more_of_our_journal_than_we_do_means_we_are_a_copy(phone: Device) -> None:
    core = phone.set_up()
    phone.server.pages.append({"head": 7, "head_hash": b"\x07" * 32})
    core.sync_once()
    assert core.sync_state().standing == "forked"


def test_a_wiped_device_forgets_everything_but_sends_what_it_still_had(phone: Device) -> None:
    core = phone.set_up()
    phone.world.link.up = False
    for _ in range(3):
        core.punch()
    phone.world.link.up = True
    phone.server.take_in = lambda asked: None  # type: ignore[method-assign]
    phone.server.pages.append({"wipe": True})
    core.sync_once()
    del phone.server.take_in
    assert core.enrolment is None and core.sync_state().badge == "revoked"
    assert core.sync_state().rows == 0 and core._parts.keys.scopes() == set()
    assert core.sync_state().waiting == 3
    with pytest.raises(Refused, match=r"device\.revoked"):
        core.punch()
    core = phone.restart()
    phone.server.pages += [{"wipe": True}, {"wipe": True}]
    core.sync_once()
    assert len(phone.server.ops) == 3
    assert phone.server.asked[-1].have == {}, "it says that it holds nothing any more"
    core.sync_once()
    assert core.sync_state().waiting == 0
    assert not any(name.startswith("device-key") for name in phone.world.vault.secrets)
    assert core._parts.db.value("SELECT count(*) FROM journal") == 0
    assert "李伟".encode() not in raw_store(core._parts.db)


def test_a_wipe_that_the_server_did_not_sign_is_no_wipe(phone: Device) -> None:
    core = phone.set_up()
    phone.server.pages.append({"wipe": True, "wipe_signed_by": Signer(b"z" * 32)})
    core.sync_once()
    assert core.enrolment is not None and core.sync_state().rows == 3


def test_past_the_lease_data_is_locked_and_punching_still_works(phone: Device) -> None:
    core = phone.set_up()
    phone.world.clock.pass_ms(14 * DAY_MS + 1000)
    today = core.today()
    assert today.locked and today.posting is None and today.next_posting is None
    kept = core.punch()
    assert [line.punch_id for line in core.today().punches] == [kept.punch_id], "one's own act is never locked"
    core.sync_once()
    assert not core.today().locked


@pytest.mark.parametrize("set_back", [0, -40 * DAY_MS])
def test_neither_a_reboot_nor_a_clock_set_back_prolongs_the_lease(phone: Device, set_back: int) -> None:
    core = phone.set_up()
    for _ in range(8):
        phone.world.clock.pass_ms(2 * DAY_MS)
        core = phone.restart()
        phone.world.clock.wall_off_ms = set_back
        phone.world.clock.reboot()
        core = phone.restart()
    assert core.today().locked


def test_a_locked_tablet_shows_names_to_punch_by_and_nothing_else(tablet: Device) -> None:
    core = tablet.set_up()
    core.punch(kind="in", person_id=WEI)
    tablet.world.clock.pass_ms(15 * DAY_MS)
    floor = core.floor()
    assert floor.locked
    assert {(one.number, one.presence, one.since) for one in floor.people} == {("", "unknown", None)}
    core.punch(kind="in", person_id=WEI)


def test_a_server_that_only_ever_says_more_is_not_asked_in_a_circle(phone: Device) -> None:
    core = phone.set_up()
    before = len(phone.server.asked)
    phone.server.pages += [{"complete": False}] * 50
    core.sync_once()
    assert len(phone.server.asked) - before <= 6
    assert core.next_sync_in_s() > 0


def test_a_fault_of_our_own_is_not_repeated_in_a_circle(phone: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    core = phone.set_up()
    core.punch()

    def bug(*_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(SyncRun, "_take_page", bug)
    with pytest.raises(ZeroDivisionError):
        core.sync_once()
    assert core.next_sync_in_s() > 0
    monkeypatch.undo()
    core.sync_once()
    assert core.sync_state().waiting == 0


def test_a_newer_servers_extra_fields_and_unknown_rows_are_kept_and_stop_nothing(phone: Device) -> None:
    core = phone.set_up()
    shift = {"id": "s1", "from": "09:00"}
    newer = json.loads(encode(person_row(name="李伟")))
    newer["nickname"] = "小李"
    phone.server.pages.append(
        {"rows": [(f"person:{WEI}", "person", WEI, 120, newer), (f"person:{WEI}", "shift", "s1", 121, shift)]}
    )
    assert core.sync_once().complete
    person = core._parts.pages.person(WEI)
    assert person is not None and person.name == "李伟"
    assert json.loads(core._parts.replica.rows()[f"person:{WEI}", "shift", "s1"][1]) == shift


def test_enrolling_again_after_a_lost_answer_says_the_same_words(phone: Device) -> None:
    seen: list[tuple[str, str]] = []

    def lost_once(through: Send, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        asked = json.loads(body)
        seen.append((asked["device_id"], asked["proof"]))
        if len(seen) < 3:
            through(method, path, body, headers)
            raise NoSignal("lost")
        return through(method, path, body, headers)

    phone.world.link.weather = lost_once
    for _ in range(2):
        with pytest.raises(NoSignal):
            phone.core.enrol("http://server", "abcd-efgh-jklm")
        phone.restart()
    enrolment = phone.core.enrol("http://server", " ABCD EFGH JKLM ")
    assert len(set(seen)) == 1 and enrolment.device_id == seen[0][0]


def test_enrolment_refused_says_why(phone: Device) -> None:
    body = encode({"code": "device.code_expired", "facts": {}})
    phone.world.link.weather = lambda *_: Answer(410, body)
    with pytest.raises(Refused, match=r"device\.code_expired"):
        phone.core.enrol("http://server", "ABCD-EFGH-JKLM")
    phone.world.link.weather = lambda *_: Answer(200, b"<html>log in to the mall</html>")
    with pytest.raises(NoSignal):
        phone.core.enrol("http://server", "ABCD-EFGH-JKLM")
    with pytest.raises(Refused, match=r"device\.code_unknown"):
        phone.core.enrol("http://server", "§§")
    assert phone.core.enrolment is None


def test_a_tablets_code_on_a_phone_is_refused(phone: Device) -> None:
    phone.server.kind = "kiosk"
    with pytest.raises(Refused, match=r"client\.wrong_kind"):
        phone.core.enrol("http://server", "ABCD-EFGH-JKLM")
    assert phone.core.enrolment is None
